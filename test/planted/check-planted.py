#!/usr/bin/env python3
# Compiles a model with a planted error and checks that verification finds it, and
# finds it where it is: op by op against goldens, or launch by launch against the
# model without the error.

import argparse
import json
import re
import subprocess
import sys


def judged_figures(output):
    """Name, verdict and finding of all that was judged."""
    figures = []
    for figure in output.get("figures", []):
        if "passed" in figure:
            figures.append(figure | {"finding": f"{figure['value']:.4g}"})
    for launch in output.get("launches", []):
        name = f"{launch['label']}: {launch['kernel']}: {launch['value']}"
        launch |= {"name": name, "finding": launch.get("failure", "")}
        figures.append(launch)
    return figures


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--compiler", required=True, help="dsv4c-planted")
    parser.add_argument("--runner", required=True, help="dsv4-run")
    parser.add_argument("--model", required=True)
    parser.add_argument("--golden", required=True)
    parser.add_argument("--bundle", required=True, help="file to compile to")
    parser.add_argument("--error", required=True)
    parser.add_argument(
        "--against", help="bundle without errors; both have been compiled"
    )
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

    if not arguments.against:
        subprocess.run(
            [arguments.compiler, arguments.error, arguments.model, "--target=host"]
            + ["--observe", "--buckets=16", "-j", "1", "-o", arguments.bundle],
            check=True,
        )
    verify = [arguments.runner, "verify", arguments.bundle, "--json"]
    verify += ["--weights", arguments.model]
    if arguments.against:
        verify += ["--against", arguments.against, "--steps", "16,16,16"]
    else:
        verify += ["--ops", "--golden", arguments.golden]
    verify = subprocess.run(verify, stdout=subprocess.PIPE, text=True)
    expected = 1 if arguments.fails else 0
    if verify.returncode != expected:
        return f"dsv4-run exited with {verify.returncode}, expected {expected}"
    figures = judged_figures(json.loads(verify.stdout))
    failed = [f for f in figures if not f["passed"]]
    print(f"{len(failed)} of {len(figures)} figures fail:")
    for figure in failed:
        print(f"  {figure['name']}: {figure['finding']}")

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
