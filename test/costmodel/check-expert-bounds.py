#!/usr/bin/env python3
"""Checks what bounds the routed experts' kernels of full-size steps.

    check-expert-bounds.py --dsv4c DSV4C --model CONFIG [--tokens T,..] [--most RATIO]

Decoding FP4 must hide behind reading it: VALU time of each launch at most RATIO (1) times
the longer of HBM and MFMA time.
"""
import argparse
import json
import os
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dsv4c", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--tokens", default="1,1024")
    parser.add_argument("--most", type=float, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "report.json")
        subprocess.run([options.dsv4c, "report", options.model, "--tokens", options.tokens,
                        "--contexts", "4096", "--json", path],
                       check=True, stdout=subprocess.DEVNULL)
        with open(path) as file:
            steps = json.load(file)
    found, over = set(), 0
    for step in steps:
        for launch in step["launches"]:
            name, seconds = launch["kernel"], launch["seconds"]
            if not name.startswith("expert_linear") or name in found:
                continue
            found.add(name)
            bound = max(seconds["HBM"], seconds["MFMA"])
            verdict = "ok" if seconds["VALU"] <= options.most * bound else "OVER"
            over += verdict == "OVER"
            print(f"{verdict} {name}: VALU {seconds['VALU'] * 1e6:.1f} us, "
                  f"HBM {seconds['HBM'] * 1e6:.1f}, MFMA {seconds['MFMA'] * 1e6:.1f}")
    print(f"{len(found)} kernels of routed experts, {over} take longer for vector instructions")
    # Two of each step.
    return over or len(found) != 2 * len(steps)


sys.exit(main())
