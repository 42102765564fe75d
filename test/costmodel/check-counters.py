#!/usr/bin/env python3
# Runs a prompt and one more token in the emulator and compares, launch by launch,
# what it counts with what `dsv4c report` says of the same steps.
#
#   bytes      those of HBM, with empty caches: whole lines that are touched, and
#              again those that are written. The emulator counts the lines of a
#              kernel's arguments too.
#   MFMA       cycles, exactly.
#   VALU       instructions and cycles. The model takes branches that depend on data
#              as taken.
#   LDS        accesses, and cycles without conflicts; of loads and atomics as if all
#              lanes were active, so that a launch in which one lane adds has too many.
#
# Experts depend on data. The model deals tokens out in turn; in steps of several
# tokens these kernels are compared loosely.

import argparse
import json
import os
import subprocess
import sys
import tempfile

LINE = 128

# Relative: of one launch, and of all launches together.
TOLERANCES = {
    "mfma_cycles": (0.0, 0.0),
    "valu": (0.02, 0.005),
    "valu_cycles": (0.02, 0.005),
    "lds_accesses": (0.05, 0.02),
    "lds_cycles": (0.05, 0.05),
}
UPPER_BOUNDS = {"lds_cycles"}
# VALU instructions of a wave in launches with less than a thousandth of all: rows
# beyond the step's are stored by branches that are modelled as taken.
UNTAKEN = 16
ROUTED = 0.35


def run(command):
    result = subprocess.run(command, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\nexited with {result.returncode}:\n{result.stderr}")


def get_counted(options, folder):
    file = os.path.join(folder, "counters.json")
    run([options.dsv4_run, "bench", options.bundle, "--weights", options.model,
         "--device", "emulator", "--prompt-tokens", str(options.prompt),
         "--decode-tokens", "1", "--repetitions", "1", "--counters", file])
    counted = {}
    for launch in json.load(open(file))["launches"]:
        classes = launch["classes"]
        counted[launch["kernel"], launch["label"]] = {
            "runs": launch["runs"],
            "bytes": launch["hbm_bytes"],
            "mfma_cycles": launch["mfma_cycles"],
            "valu": classes.get("valu", 0) + classes.get("trans", 0),
            "valu_cycles": launch["valu_cycles"],
            "lds_accesses": launch["lds_accesses"],
            "lds_cycles": launch["lds_cycles"] - launch["lds_conflict_cycles"],
        }
    return counted


def get_modelled(options, folder):
    buckets = [int(number) for number in options.buckets.split(",")]
    steps, done = [], 0
    while done < options.prompt:
        tokens = min(options.prompt - done, buckets[-1])
        done += tokens
        steps.append((tokens, done))
    steps.append((1, done + 1))
    modelled = {}
    for tokens, context in steps:
        file = os.path.join(folder, f"report-{context}.json")
        run([options.dsv4c, "report", options.model, "--tokens", str(tokens),
             "--contexts", str(context + options.context_error), "--sequences", "1",
             "--buckets", options.buckets, "--max-batch", "8", "--max-context", "4096",
             "--routing", "in-turn", "--json", file])
        for launch in json.load(open(file))[0]["launches"]:
            data, code = launch["bytes"], launch["instructions"]
            sums = modelled.setdefault((launch["kernel"], launch["label"]), {
                "runs": 0, "waves": 0, "bytes": 0, "arguments": 0,
                "several": tokens > 1,
                **{name: 0 for name in TOLERANCES}})
            sums["runs"] += 1
            sums["waves"] += 4 * launch["workgroups"]
            sums["bytes"] += data["touched"] + data["written"]
            sums["arguments"] += -(-8 * launch["parameters"] // LINE) * LINE
            for name in TOLERANCES:
                sums[name] += code[name]
    return modelled


def compare(modelled, counted):
    """The messages of what differs, and a summary."""
    errors = []
    if modelled.keys() != counted.keys():
        errors.append(f"launches differ: {sorted(modelled.keys() ^ counted.keys())}")
    totals = {name: [0, 0] for name in ["bytes", *TOLERANCES]}
    worst = dict.fromkeys(totals, 0.0)
    sums = {name: sum(count[name] for count in counted.values()) for name in TOLERANCES}
    for key in modelled.keys() & counted.keys():
        model, count = modelled[key], counted[key]
        where = f"{key[0]} ({key[1]})"
        if model["runs"] != count["runs"]:
            errors.append(f"{where}: {model['runs']} runs modelled, {count['runs']} counted")
        routed = model["several"] and "expert" in key[0]
        # Loads whose result isn't needed after all, and where buffers begin.
        slack = 4 * LINE * count["runs"]
        # Rows of tables by the tokens' ids share lines.
        if model["several"] and ("route" in key[0] or "embed" in key[0]):
            slack += 16 * LINE * count["runs"]
        expected = model["bytes"] + model["arguments"]
        if routed:
            slack = ROUTED * expected
        else:
            totals["bytes"][0] += expected
            totals["bytes"][1] += count["bytes"]
            worst["bytes"] = max(worst["bytes"], abs(expected - count["bytes"]))
        if abs(expected - count["bytes"]) > slack:
            errors.append(f"{where}: {expected} bytes modelled, {count['bytes']} counted")
        for name, (each, _) in TOLERANCES.items():
            if routed:
                each = ROUTED
            else:
                totals[name][0] += model[name]
                totals[name][1] += count[name]
            # A few instructions of one wave are no error of a small kernel.
            difference = abs(model[name] - count[name])
            if name in UPPER_BOUNDS and model[name] > count[name]:
                continue
            if name.startswith("valu") and 1000 * count[name] < sums[name]:
                untaken = UNTAKEN * model["waves"] * (4 if name == "valu_cycles" else 1)
                if 0 < model[name] - count[name] <= untaken:
                    continue
            if not routed and difference > 64:
                worst[name] = max(worst[name], difference / max(count[name], 1))
            if difference > each * count[name] and (difference > 64 or each == 0):
                errors.append(f"{where}: {name} {model[name]:g} modelled, {count[name]} counted")
    for name, (model, count) in totals.items():
        most = TOLERANCES[name][1] if name != "bytes" else 0.01
        if abs(model - count) > most * count:
            errors.append(f"all launches: {name} {model:g} modelled, {count} counted")
        unit = "bytes" if name == "bytes" else "of a launch's"
        print(f"{name}: {model:.0f} modelled, {count} counted, {(model - count) / count:+.2%};"
              f" worst {worst[name]:.3g} {unit}")
    return errors


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dsv4c", required=True)
    parser.add_argument("--dsv4-run", required=True)
    parser.add_argument("--bundle", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--buckets", required=True)
    parser.add_argument("--prompt", type=int, required=True)
    parser.add_argument("--context-error", type=int, default=0,
                        help="model a context that is longer by so much")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        errors = compare(get_modelled(options, folder), get_counted(options, folder))
    for error in errors[:20]:
        print(error)
    if errors:
        return f"{len(errors)} differences"
    return None


if __name__ == "__main__":
    sys.exit(main())
