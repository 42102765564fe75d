#!/usr/bin/env python3
# Runs a command and fails if it takes more processor time or memory than allowed.
# Processor time of all threads bounds the time that an idle machine takes.

import argparse
import resource
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--gigabytes", type=float, required=True)
    parser.add_argument("command", nargs=argparse.REMAINDER)
    arguments = parser.parse_args()

    code = subprocess.run(arguments.command).returncode
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = usage.ru_utime + usage.ru_stime
    gigabytes = usage.ru_maxrss * 1024 / 1e9
    print(f"{seconds:.1f} s of processor time, {gigabytes:.2f} GB at the peak")
    if code:
        return f"the command exited with {code}"
    if seconds > arguments.seconds:
        return f"{seconds:.1f} s, expected at most {arguments.seconds:g}"
    if gigabytes > arguments.gigabytes:
        return f"{gigabytes:.2f} GB, expected at most {arguments.gigabytes:g}"
    return None


if __name__ == "__main__":
    sys.exit(main())
