# Checks that a document has every command and option that a program's --help lists,
# and names no other option.
#
#   CheckOptions.py DOCUMENT PROGRAM
#
# Options of a command count if they stand in the section with its name or in one
# whose sentence says that it is for that command too ("Also in `chat`", or a list
# of commands in the section's first lines).

import pathlib
import re
import subprocess
import sys


def run(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=True).stdout


def listed(text):
    """Options that stand at the beginning of a line of --help."""
    return re.findall(r"^  (?:-\w, )?(--[\w-]+)", text, re.MULTILINE)


def sections(text):
    """Title and text of each section; a sub-section belongs to its section."""
    parts = re.split(r"^##+ (.*)$", text, flags=re.MULTILINE)
    return list(zip(parts[1::2], parts[2::2]))


def commands_of(title, text, current):
    """The commands whose options a section documents."""
    named = set(re.findall(r"`(\w+)`", text.split("|")[0]))
    return named | {title} | ({current} if current else set())


def main(document, program):
    text = pathlib.Path(document).read_text()
    commands = re.findall(r"^  (\w+) +\w", run(program, "--help"), re.MULTILINE)
    documented = {command: set() for command in commands}
    current = None
    for line_title, body in sections(text):
        if line_title in commands:
            current = line_title
        elif f"\n## {line_title}\n" in text:
            current = None
        options = set(re.findall(r"^\|[^|]*?`(--[\w-]+)", body, re.MULTILINE))
        for command in commands_of(line_title, body, current) & set(commands):
            documented[command] |= options
    failed = checked = 0
    for command in commands:
        for option in listed(run(program, command, "--help")):
            checked += 1
            if option not in documented[command] | {"--help"}:
                failed += 1
                print(f"{document}: {command} lacks {option}")
    every = {o for command in commands for o in listed(run(program, command, "--help"))}
    for option in sorted(set().union(*documented.values()) - every):
        failed += 1
        print(f"{document}: no command has {option}")
    print(f"{checked - failed} of {checked} options of {len(commands)} commands are documented")
    return 1 if failed or not checked or not commands else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
