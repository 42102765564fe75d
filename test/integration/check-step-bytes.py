#!/usr/bin/env python3
# Compares the bytes of HBM that the emulator counted for the launches of a step of
# one token with the weights and state that such a step must read.

import argparse
import json
import os
import subprocess
import sys
import tempfile


def run(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\nexited with {result.returncode}:\n{result.stderr}")


def get_needed(options, folder):
    """Weights by the checkpoint's shapes, and the launches of the step."""
    compiled = os.path.join(folder, "compile.json")
    run([options.dsv4c, "compile", options.model, "--target=gfx942",
         f"--buckets={options.buckets}", "--emit=exec", f"--report={compiled}",
         "-o", os.devnull])
    weights = json.load(open(compiled))["step"]["weights_read_by_one_token"]["total"]
    report = os.path.join(folder, "report.json")
    run([options.dsv4c, "report", options.model, "--tokens", "1", "--contexts",
         str(options.context), "--sequences", "1", "--buckets", options.buckets,
         "--no-code", "--json", report])
    return weights, json.load(open(report))[0]["launches"]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dsv4c", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--buckets", required=True)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--counters", required=True)
    parser.add_argument("--limit", type=float, required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        weights, launches = get_needed(options, folder)
    counted = {(launch["kernel"], launch["label"]): launch["hbm_bytes"] / launch["runs"]
               for launch in json.load(open(options.counters))["launches"]}
    missing = [launch["kernel"] for launch in launches
               if (launch["kernel"], launch["label"]) not in counted]
    if missing:
        sys.exit(f"{options.counters} has no counters of {', '.join(missing)}")
    total = sum(counted[launch["kernel"], launch["label"]] for launch in launches)
    needed = weights + sum(launch["bytes"]["state"] for launch in launches)
    print(f"{len(launches)} launches: {total:.0f} bytes of HBM counted, {needed} to be read")
    if total > options.limit * needed:
        sys.exit(f"{total / needed:.4f} times what must be read, at most "
                 f"{options.limit:.4f} times that expected")
    print(f"{total / needed:.4f} times what must be read")


if __name__ == "__main__":
    main()
