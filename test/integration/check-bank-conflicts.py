#!/usr/bin/env python3
# Holds the bank conflicts that the emulator counted against the accesses to LDS,
# launch by launch, for all launches with matrix instructions: products and
# attention.

import argparse
import json
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--counters", required=True)
    parser.add_argument("--limit", type=float, required=True,
                        help="conflict cycles per access")
    options = parser.parse_args()
    errors, worst, kernels = [], 0.0, set()
    for launch in json.load(open(options.counters))["launches"]:
        accesses = launch["lds_accesses"]
        if not launch["mfma_cycles"] or not accesses:
            continue
        kernels.add(launch["kernel"])
        conflicts = launch["lds_conflict_cycles"]
        worst = max(worst, conflicts / accesses)
        if conflicts > options.limit * accesses:
            errors.append(f"{launch['kernel']} ({launch['label']}): {conflicts} conflict cycles, "
                          f"{conflicts / accesses:.1%} of its {accesses} LDS accesses, "
                          f"at most {options.limit:.1%} expected")
    for part in "attention", "scaled_matmul", "expert", "linear":
        if not any(part in kernel for kernel in kernels):
            errors.append(f"{options.counters} has no launch of a kernel {part}... that uses LDS")
    for error in errors:
        print(error)
    if errors:
        return f"{len(errors)} errors"
    print(f"{len(kernels)} kernels, at most {worst:.1%} of a launch's accesses")
    return None


if __name__ == "__main__":
    sys.exit(main())
