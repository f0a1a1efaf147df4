#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes a whole file through a shared mapping; prints the errno's name that msync or fsync gives."""

import errno
import mmap
import os
import signal
import sys


def by_bus_error(*_):
    print("SIGBUS")
    os._exit(1)


signal.signal(signal.SIGBUS, by_bus_error)
fd = os.open(sys.argv[1], os.O_RDWR)
size = os.fstat(fd).st_size
try:
    with mmap.mmap(fd, size) as mapping:
        for at in range(0, size, 1 << 20):
            mapping[at:at + 4096] = os.urandom(min(4096, size - at))
            mapping[at:min(at + (1 << 20), size)] = b"x" * min(1 << 20, size - at)
        mapping.flush()
    os.fsync(fd)
    print("ok")
except OSError as error:
    print(errno.errorcode[error.errno])
