# Checks that the blocks a document quotes are what the tools print.
#
#   CheckQuotes.py DOCUMENT FOLDER
#
# A block is quoted from FOLDER/<name> if the line above its fence says
# <!-- from: <name> -->. Its lines must occur there in this order; "..." stands for
# anything within a line, and a line of its own for any lines. Names of values
# and registers (%...) and white space don't count.

import pathlib
import re
import sys

BLOCK = re.compile(r"<!-- from: (\S+) -->\n```\w*\n(.*?)```", re.DOTALL)


def normalise(line):
    line = re.sub(r"%[\w.#:]+", "%", line)
    return " ".join(line.split())


def pattern(line):
    parts = [re.escape(normalise(part)) for part in line.split("...")]
    return re.compile(".*".join(part for part in parts))


def first_missing(block, text):
    """The first line of the block that the rest of the text doesn't have."""
    lines = iter([normalise(line) for line in text.splitlines()])
    for quoted in block.splitlines():
        if not quoted.strip() or quoted.strip() == "...":
            continue
        wanted = pattern(quoted)
        if not any(wanted.search(line) for line in lines):
            return quoted
    return None


def main(document, folder):
    text = pathlib.Path(document).read_text()
    blocks = BLOCK.findall(text)
    failed = 0
    for name, block in blocks:
        missing = first_missing(block, (pathlib.Path(folder) / name).read_text())
        if missing:
            failed += 1
            print(f"{document}: quoted from {name}, but not there or not in this order:\n  {missing}")
    print(f"{len(blocks) - failed} of {len(blocks)} quotes hold")
    return 1 if failed or not blocks else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
