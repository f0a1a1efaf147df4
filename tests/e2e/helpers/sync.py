#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Which ways to write are synced: sync.py DIRECTORY TRACE

TRACE is where strace writes down each fsync and fdatasync of who serves the directory. One line a way: its name, and
the calls that were made until it returned.
"""

import ctypes
import os
import re
import sys

libc = ctypes.CDLL(None, use_errno=True)
DSYNC, SYNC = 2, 4  # RWF_DSYNC and RWF_SYNC
DATA = b"x" * 5000

directory, trace = sys.argv[1:]


def calls():
    with open(trace, encoding="ascii", errors="replace") as lines:
        return re.findall(r"\b(fsync|fdatasync)\(", lines.read())


def fallocate(fd):
    if libc.fallocate(fd, 0, ctypes.c_int64(0), ctypes.c_int64(100000)) < 0:
        raise OSError(ctypes.get_errno(), "fallocate")


def copy(fd):
    source = os.open(os.path.join(directory, "source"), os.O_RDONLY)
    os.copy_file_range(source, fd, len(DATA))
    os.close(source)


def attempt(name, flags, work):
    path = os.path.join(directory, name)
    for how in "created", "opened":
        fd = os.open(path, flags | (os.O_CREAT if how == "created" else 0), 0o644)
        before = len(calls())
        work(fd)
        # The log of attributes is synced as well.
        print(name, how, *sorted(set(calls()[before:])) or ["unsynced"])
        os.close(fd)


with open(os.path.join(directory, "source"), "wb") as source_file:
    source_file.write(DATA)
for mode, access in ("wronly", os.O_WRONLY), ("rdwr", os.O_RDWR):
    for word, flag in ("plain", 0), ("dsync", os.O_DSYNC), ("sync", os.O_SYNC):
        attempt(mode + "-" + word, access | flag, lambda fd: os.write(fd, DATA))
        attempt(mode + "-append-" + word, access | os.O_APPEND | flag, lambda fd: os.write(fd, DATA))
    attempt(mode + "-rwf_dsync", access, lambda fd: os.pwritev(fd, [DATA], 0, DSYNC))
    attempt(mode + "-rwf_sync", access, lambda fd: os.pwritev(fd, [DATA], 0, SYNC))
    attempt(mode + "-fallocate-sync", access | os.O_SYNC, fallocate)
    attempt(mode + "-copy-sync", access | os.O_SYNC, copy)
