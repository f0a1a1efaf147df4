#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""follow.py poll FILE WORD SECONDS: read what is there, then poll(2) for more, until a line with WORD."""

import os
import select
import sys
import time

_, _, path, word, patience = sys.argv
fd = os.open(path, os.O_RDONLY)
poller = select.poll()
poller.register(fd, select.POLLIN)
deadline = time.monotonic() + float(patience)
while (text := os.read(fd, 65536)):
    pass
print("has read what is there", flush=True)
woken = 0
while time.monotonic() < deadline:
    if not poller.poll(max(0, deadline - time.monotonic()) * 1000):
        break
    woken += 1
    text = os.read(fd, 65536)
    if not text:
        sys.exit("poll said there is something to read, and there was not")
    sys.stdout.write(text.decode())
    if word in text.decode():
        sys.exit(0)
sys.exit("woken %d times, and never with '%s'" % (woken, word))
