# SPDX-License-Identifier: GPL-2.0-or-later
"""What lines become for a person who types them into an interactive bash, tabs and all.

complete.py COMPLETION LINE...: for each LINE the words that the command would get, quoted, on one line.
In a LINE \\t is the tab key, and \\e* puts in all that could be completed. COMPLETION is the file that is tested.
"""
import os
import pty
import select
import sys
import time

MARK = b"\r\nready\r\n"
PATIENCE = 30


class Bash:
    def __init__(self):
        pid, self.fd = pty.fork()
        if pid == 0:
            os.environ.update(TERM="dumb", PS1="", HISTFILE="")
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])

    def answer(self, line):
        """Type the line; what bash prints until it has run it."""
        os.write(self.fd, line.encode() + b"; printf '\\n%s\\n' ready\n")
        seen, deadline = b"", time.monotonic() + PATIENCE
        while MARK not in seen:
            if not select.select([self.fd], [], [], max(0, deadline - time.monotonic()))[0]:
                sys.exit(f"bash does not answer {line!r}: {seen!r}")
            seen += os.read(self.fd, 65536)
        return seen[:seen.index(MARK)].decode()


def main(completion, *lines):
    bash = Bash()
    bash.answer("stty -echo; bind 'set bell-style none' 'set enable-bracketed-paste off' 'set page-completions off'"
                " 'set completion-query-items 0'")
    bash.answer(f". /usr/share/bash-completion/bash_completion; . '{completion}'")
    for line in lines:
        line = line.replace("\\t", "\t").replace("\\e", "\x1b")
        # Home, a command that shows its arguments, and End.
        words = bash.answer(line + "\x01printf 'words: '; printf '%q ' \x05")
        print(words.split("words: ")[1].strip())


main(*sys.argv[1:])
