#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""terminal.py COLUMNS[,COLUMNS2] [KEY@TEXT] -- COMMAND...

Runs a command in a terminal of its own, that many columns wide, and writes to standard output what the command sent to
it. Once something was drawn, it becomes COLUMNS2 wide; KEY (a number: 3 is ctrl-C) is pressed when TEXT has appeared.
The exit status is the command's, or 128 and the signal's number."""
import fcntl
import os
import pty
import struct
import sys
import termios

split = sys.argv.index("--")
widths = [int(n) for n in sys.argv[1].split(",")]
presses = [arg.split("@", 1) for arg in sys.argv[2:split]]


def resize(fd, columns):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))


gate_read, gate_write = os.pipe()
pid, fd = pty.fork()
if pid == 0:
    os.close(gate_write)
    os.read(gate_read, 1)
    os.execvp(sys.argv[split + 1], sys.argv[split + 1:])
resize(fd, widths[0])
os.close(gate_write)
seen = b""
while True:
    try:
        some = os.read(fd, 65536)
    except OSError:
        break
    if not some:
        break
    seen += some
    sys.stdout.buffer.write(some)
    sys.stdout.buffer.flush()
    if len(widths) > 1 and b"%" in seen:
        resize(fd, widths.pop())
    for press in presses[:]:
        if press[1].encode() in seen:
            os.write(fd, bytes([int(press[0])]))
            presses.remove(press)
status = os.waitpid(pid, 0)[1]
sys.exit(os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status))
