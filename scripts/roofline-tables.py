#!/usr/bin/env python3
# Writes the tables of docs/Roofline.md, or checks that they are what the compiler
# prints:
#
#   scripts/roofline-tables.py --dsv4c build/release/bin/dsv4c             (minutes)
#   scripts/roofline-tables.py --dsv4c build/release/bin/dsv4c --check     (seconds)
#
# A table stands between "<!-- report: ARGUMENTS, table N -->" and
# "<!-- end of report -->". Checking generates no code: of tables that need it, it
# compares the columns that don't. --check --with-code compares everything.

import argparse
import functools
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BLOCK = re.compile(
    r"(<!-- report: (?P<arguments>.*?), table (?P<number>\d+) -->\n)(?P<table>.*?)"
    r"(<!-- end of report -->)", re.S)
# What is known without code.
FAST_COLUMNS = {"T", "sequences", "context", "launches", "launching ms", "weights MB", "state MB",
                "kernel", "workgroups", "MB", "HBM us", "cache us"}


@functools.lru_cache(maxsize=None)
def get_tables(dsv4c, arguments):
    command = [dsv4c, "report", *arguments.split()]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if result.returncode:
        sys.exit(f"{' '.join(command)}\nexited with {result.returncode}:\n{result.stderr[:2000]}")
    return re.findall(r"(?:^\|.*\n)+", result.stdout, re.M)


def get_cells(table, columns=None):
    """Rows of a table, its header first, cut to `columns`."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")]
            for line in table.strip().splitlines()]
    del rows[1]
    if columns is None:
        return rows
    kept = [i for i, name in enumerate(rows[0]) if name in columns]
    return [[row[i] for i in kept] for row in rows]


def check(match, options):
    """What differs in one block."""
    arguments, columns = match["arguments"], None
    if not options.with_code and "--no-code" not in arguments:
        arguments += " --no-code"
        columns = FAST_COLUMNS
    expected = get_cells(get_tables(options.dsv4c, arguments)[int(match["number"]) - 1], columns)
    found = get_cells(match["table"], columns)
    if len(found) != len(expected):
        yield f"{arguments}: {len(found)} lines, the compiler prints {len(expected)}"
    for before, now in zip(found, expected):
        if before != now:
            yield f"{arguments}:\n  documented {' | '.join(before)}\n  printed    {' | '.join(now)}"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dsv4c", default=os.path.join(ROOT, "build/release/bin/dsv4c"))
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--with-code", action="store_true")
    parser.add_argument("--file", default=os.path.join(ROOT, "docs/Roofline.md"))
    options = parser.parse_args()
    options.dsv4c = shutil.which(options.dsv4c) or os.path.abspath(options.dsv4c)
    with open(options.file, encoding="utf-8") as file:
        text = file.read()
    blocks = list(BLOCK.finditer(text))
    if not blocks:
        return f"{options.file} has no tables"
    if options.check:
        differences = [line for block in blocks for line in check(block, options)]
        for line in differences[:20]:
            print(line)
        if differences:
            return f"{len(differences)} differences; scripts/roofline-tables.py rewrites the tables"
        print(f"{len(blocks)} tables hold")
        return None

    def rewrite(match):
        tables = get_tables(options.dsv4c, match["arguments"])
        return match[1] + tables[int(match["number"]) - 1] + match[5]

    text = BLOCK.sub(rewrite, text)
    with open(options.file, "w", encoding="utf-8") as file:
        file.write(text)
    return None


if __name__ == "__main__":
    sys.exit(main())
