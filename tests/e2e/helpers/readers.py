#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Copies a file to stdout in ways that shell tools do not: readers.py WAY FILE."""

import mmap
import os
import sys


def read(fd):
    os.write(1, os.fdopen(fd, "rb").read())


def sendfile(fd):
    """To a pipe, and by the size that fstat gives, as those who use it do."""
    out, into = os.pipe()
    left, offset = os.fstat(fd).st_size, 0
    while left:
        sent = os.sendfile(into, fd, offset, min(left, 4096))
        if not sent:
            sys.exit("sendfile ended %d bytes early" % left)
        os.write(1, os.read(out, sent))
        offset, left = offset + sent, left - sent


def map_it(fd):
    with mmap.mmap(fd, os.fstat(fd).st_size, prot=mmap.PROT_READ, flags=mmap.MAP_PRIVATE) as text:
        os.write(1, text[:])


def backwards(fd):
    """A byte at a time from the end: every offset gives the byte of the whole."""
    size = os.fstat(fd).st_size
    os.write(1, b"".join(os.pread(fd, 1, at) for at in reversed(range(size)))[::-1])


ways = {"read": read, "sendfile": sendfile, "mmap": map_it, "backwards": backwards}
ways[sys.argv[1]](os.open(sys.argv[2], os.O_RDONLY))
