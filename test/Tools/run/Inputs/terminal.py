# A program on a terminal of its own, for tests of what a user sees and types.

import os
import pty
import re
import select
import signal
import sys
import time

TIMEOUT = 60


class Terminal:
    def __init__(self, command, environment=None):
        self.shown = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # A runner in the background may have left it ignored.
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            os.environ.update({"TERM": "xterm", **(environment or {})})
            os.execvp(command[0], command)

    def read(self):
        ready, _, _ = select.select([self.fd], [], [], 0.2)
        if not ready:
            return False
        try:
            data = os.read(self.fd, 65536)
        except OSError:  # the other end is closed
            return None
        self.shown += data.decode("utf-8", "replace")
        return bool(data) or None

    def expect(self, pattern, step):
        """Waits until the pattern is shown and forgets everything up to it."""
        end = time.time() + TIMEOUT
        while time.time() < end:
            match = re.search(pattern, self.shown, re.DOTALL)
            if match:
                before = self.shown[: match.start()]
                self.shown = self.shown[match.end() :]
                print("ok", step, flush=True)
                return before + match[0]
            if self.read() is None:
                break
        print(f"FAILED {step}: expected {pattern!r}, found {self.shown[-2000:]!r}")
        os.kill(self.pid, signal.SIGKILL)
        sys.exit(1)

    def type(self, text):
        os.write(self.fd, text.encode())

    def exit_code(self):
        end = time.time() + TIMEOUT
        while time.time() < end:
            self.read()
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        return None


def check(condition, step, shown):
    if not condition:
        print(f"FAILED {step}: found {shown!r}")
        sys.exit(1)
    print("ok", step, flush=True)
