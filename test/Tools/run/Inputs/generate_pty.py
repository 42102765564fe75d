# Runs dsv4-run generate as a user at a terminal does: progress, Ctrl-C, --quiet.
#
#   generate_pty.py PROMPT_FILE COMMAND...

import sys

from terminal import Terminal, check


def main():
    prompt, command = sys.argv[1], sys.argv[2:]
    long = command + ["--prompt-file", prompt, "--max-new-tokens", "100000"]
    terminal = Terminal(long)
    terminal.expect(r"prompt 0/\d+ tokens", "shows that it begins")
    terminal.expect(r"\r\x1b\[Kprompt \d\d+/\d+ tokens", "shows how far it is")
    terminal.type("\x03")
    terminal.expect(r"\r\x1b\[K", "clears the line")
    terminal.expect(r"new: 0 tokens \(interrupted\)", "stops in the prompt")
    check(terminal.exit_code() == 130, "exit code of a stopped prompt", terminal.shown)

    terminal = Terminal(command + ["--prompt", "ROMEO:", "--max-new-tokens", "100000"])
    terminal.expect(r"prompt 0/2 tokens", "begins")
    terminal.expect(r"[a-z]{2,} [a-z]{2,}", "writes text")
    terminal.type("\x03")
    terminal.expect(r"new: [1-9]\d* tokens, [\d.]+ tokens/s \(interrupted\)", "stops")
    check(terminal.exit_code() == 130, "exit code of a stopped text", terminal.shown)

    terminal = Terminal(long[:-1] + ["2", "--quiet"])
    code = terminal.exit_code()
    check(code == 0 and "tokens" not in terminal.shown, "--quiet", terminal.shown)
    print("all steps done")


main()
