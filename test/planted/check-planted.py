#!/usr/bin/env python3
# Compiles a model with a planted error and checks that op-by-op verification
# finds it, and finds it where it is.

import argparse
import json
import re
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True, help="dsv4c-planted")
    parser.add_argument("--runner", required=True, help="dsv4-run")
    parser.add_argument("--model", required=True)
    parser.add_argument("--golden", required=True)
    parser.add_argument("--bundle", required=True, help="file to compile to")
    parser.add_argument("--error", required=True)
    parser.add_argument(
        "--fails",
        action="append",
        default=[],
        help="regular expression; at least one figure with such a name must fail",
    )
    parser.add_argument(
        "--passes",
        action="append",
        default=[],
        help="regular expression; there are figures with such names and all pass",
    )
    arguments = parser.parse_args()

    subprocess.run(
        [arguments.compiler, arguments.error, arguments.model, "--target=host"]
        + ["--observe", "--buckets=16", "-j", "1", "-o", arguments.bundle],
        check=True,
    )
    verify = subprocess.run(
        [arguments.runner, "verify", "--ops", arguments.bundle, "--json"]
        + ["--weights", arguments.model, "--golden", arguments.golden],
        stdout=subprocess.PIPE,
        text=True,
    )
    expected = 1 if arguments.fails else 0
    if verify.returncode != expected:
        return f"dsv4-run exited with {verify.returncode}, expected {expected}"
    figures = [f for f in json.loads(verify.stdout)["figures"] if "passed" in f]
    failed = [f for f in figures if not f["passed"]]
    print(f"{len(failed)} of {len(figures)} figures fail:")
    for figure in failed:
        print(f"  {figure['name']}: {figure['value']:.4g}")

    for pattern in arguments.fails:
        if not any(re.search(pattern, f["name"]) for f in failed):
            return f"no figure '{pattern}' fails"
    for pattern in arguments.passes:
        if not any(re.search(pattern, f["name"]) for f in figures):
            return f"there is no figure '{pattern}'"
        wrong = [f["name"] for f in failed if re.search(pattern, f["name"])]
        if wrong:
            return f"'{pattern}' fails, which the error does not reach: {wrong}"
    return None


if __name__ == "__main__":
    sys.exit(main())
