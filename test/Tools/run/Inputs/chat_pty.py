# Talks to dsv4-run chat as a user at a terminal does.
#
#   chat_pty.py DIRECTORY COMMAND...
#
# Prints "ok <step>" for each step that went as it should, and ends with 1 and
# what the terminal showed if one does not.

import os
import re
import sys

from terminal import Terminal, check

# Of an answer: no line of progress or timing has two words in a row.
WORDS = r"[a-z]{2,} [a-z]{2,}"


def conversation(directory, command):
    saved = os.path.join(directory, "saved.chat")
    terminal = Terminal(command)
    terminal.expect(r"/help lists commands", "greets")
    terminal.expect(r"> ", "asks")
    terminal.type("/help\n")
    terminal.expect(r"/reset .*> ", "explains")

    terminal.type("Who is there?\n")
    # Without a limit the small model would write until the context is full.
    terminal.expect(r"\x1b\[2m", "dims reasoning")
    terminal.expect(WORDS, "answers")
    terminal.type("\x03")
    shown = terminal.expect(r"\(interrupted\).*?> ", "Ctrl-C stops the answer")
    check("error" not in shown, "without an error", shown)

    terminal.type("/think off\n")
    terminal.expect(r"think: off.*> ", "switches reasoning off")
    terminal.type("first line\\\n")
    terminal.expect(r"\. ", "goes on in a second line")
    terminal.type("And then?\n")
    terminal.expect(r"then\?\r\n", "echoes")
    terminal.expect(WORDS, "answers again")
    terminal.type("\x03")
    shown = terminal.expect(r"\(\d+ reused\).*?\(interrupted\).*?> ", "after Ctrl-C")
    terminal.type(f"/save {saved}\n")
    terminal.expect(r"saved to .*> ", "saves")

    terminal.type("\x03")
    terminal.expect(r"leaves.*> ", "Ctrl-C while nothing runs")
    terminal.type("/reset\n")
    terminal.expect(r"is empty.*> ", "resets")
    terminal.type(f"/load {saved}\n")
    terminal.expect(r"loaded 4 messages.*> ", "loads")
    terminal.type("Go on.\n")
    terminal.expect(r"on\.\r\n", "echoes")
    terminal.expect(WORDS, "answers from the state")
    terminal.type("\x03")
    shown = terminal.expect(r"prompt: (\d+) tokens \((\d+) reused\).*?> ", "with the state")
    total, reused = re.search(r"prompt: (\d+) tokens \((\d+) reused", shown).groups()
    check(0 < int(total) - int(reused) < 16, "computes only the new tokens", shown)
    terminal.type("/nonsense\n")
    terminal.expect(r"error: unknown command /nonsense.*> ", "names a wrong command")
    terminal.type("\x04")
    check(terminal.exit_code() == 1, "Ctrl-D leaves, with 1 for the error", terminal.shown)


def no_color(command):
    terminal = Terminal(command + ["--max-new-tokens", "5"], {"NO_COLOR": "1"})
    terminal.expect(r"> ", "asks without colours")
    terminal.type("Who is there?\n")
    shown = terminal.expect(r"\(length\).*?> ", "answers without colours")
    check("\x1b[2m" not in shown and "[reasoning]" in shown, "NO_COLOR", shown)
    terminal.type("\x04")
    check(terminal.exit_code() == 0, "leaves", terminal.shown)


def quiet(command):
    terminal = Terminal(command + ["--max-new-tokens", "5", "--quiet"])
    terminal.expect(r"> ", "asks quietly")
    terminal.type("Who is there?\n")
    shown = terminal.expect(r"\n.*\n> ", "answers quietly")
    check("prompt:" not in shown and "tokens" not in shown, "--quiet", shown)
    terminal.type("/exit\n")
    check(terminal.exit_code() == 0, "/exit leaves", terminal.shown)


def main():
    directory, command = sys.argv[1], sys.argv[2:]
    conversation(directory, command)
    no_color(command)
    quiet(command)
    print("all steps done")


main()
