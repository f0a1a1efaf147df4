#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""notify.py ADDRESS MOUNTPOINT: what systemd would be told at that address, a line at a time with seconds before it.
At READY=1 the mount's stats are read there and then, and "(answers)" or why not is printed as well."""

import os
import socket
import sys
import time

_, address, mountpoint = sys.argv
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("\0" + address[1:] if address[0] == "@" else address)
print("(listens)", flush=True)
while True:
    text = listener.recv(4096).decode()
    now = time.monotonic()
    if "READY=1" in text.split("\n"):
        try:
            with open(os.path.join(mountpoint, "stats")) as stats:
                text += "(answers)" if stats.readline().startswith("version=") else "(no stats)"
        except OSError as error:
            text += "(%s)" % error
    for line in text.strip("\n").split("\n"):
        print("%.2f %s" % (now, line), flush=True)
