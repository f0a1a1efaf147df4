#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Write to a set-uid file as somebody who must not keep it so: set_id.py FILE UID

For each way to write, root makes FILE anew with mode 6775, UID writes, and a line tells the mode that is left. Ways
whose name begins with "late" open the file before it gets the bits. Root's own write comes last.
"""

import ctypes
import mmap
import os
import sys

libc = ctypes.CDLL(None, use_errno=True)
path, uid = sys.argv[1], int(sys.argv[2])
OLD = b"#!/bin/sh\n" + b"#" * 8000
CREATE = os.O_CREAT | os.O_EXCL | os.O_WRONLY


def fallocate(fd, mode):
    if libc.fallocate(fd, mode, ctypes.c_int64(0), ctypes.c_int64(4096)) < 0:
        raise OSError(ctypes.get_errno(), "fallocate")


def copy(fd):
    source = os.open("/proc/self/exe", os.O_RDONLY)
    os.sendfile(fd, source, 0, 4096)
    os.close(source)


def copy_range(fd):
    source = os.open(path + ".source", os.O_RDONLY)
    os.copy_file_range(source, fd, 4096)
    os.close(source)


def through_a_pipe(fd):
    out, into = os.pipe()
    os.write(into, b"x" * 100)
    os.splice(out, fd, 100)
    os.close(out)
    os.close(into)


def direct(fd):
    page = mmap.mmap(-1, 4096)
    os.pwritev(fd, [page], 0)


W, RW = os.O_WRONLY, os.O_RDWR
WAYS = [
    ("write", W, lambda fd: os.write(fd, b"x")),
    ("write-rdwr", RW, lambda fd: os.write(fd, b"x")),
    ("append", W | os.O_APPEND, lambda fd: os.write(fd, b"x")),
    ("pwrite", W, lambda fd: os.pwrite(fd, b"x", 5)),
    ("writev", W, lambda fd: os.writev(fd, [b"x", b"y"])),
    ("O_DIRECT", RW | os.O_DIRECT, direct),
    ("O_SYNC", W | os.O_SYNC, lambda fd: os.write(fd, b"x")),
    ("sendfile", W, copy),
    ("splice", W, through_a_pipe),
    ("copy_file_range", W, copy_range),
    ("fallocate", W, lambda fd: fallocate(fd, 0)),
    ("punch-hole", W, lambda fd: fallocate(fd, 3)),
    ("ftruncate", W, lambda fd: os.ftruncate(fd, 1)),
    ("ftruncate-rdwr", RW, lambda fd: os.ftruncate(fd, 1)),
    ("O_TRUNC", W | os.O_TRUNC, lambda fd: None),
    ("O_TRUNC-rdwr", RW | os.O_TRUNC, lambda fd: None),
    ("truncate", None, lambda fd: os.truncate(path, 1)),
    ("late-write", W, lambda fd: os.write(fd, b"x")),
    ("late-fallocate", W, lambda fd: fallocate(fd, 0)),
    ("late-copy_file_range", W, copy_range),
]


def as_user(work, *args):
    os.setegid(uid)
    os.seteuid(uid)
    try:
        return work(*args)
    finally:
        os.seteuid(0)
        os.setegid(0)


def make(name):
    if os.path.exists(name):
        os.unlink(name)
    fd = os.open(name, CREATE, 0o755)
    os.write(fd, OLD)
    os.close(fd)
    os.chown(name, uid, uid)


def attempt(word, flags, work):
    make(path)
    late = word.startswith("late")
    if not late:
        os.chmod(path, 0o6775)
    fd = as_user(os.open, path, flags) if flags is not None else None
    if late:
        os.chmod(path, 0o6775)
    as_user(work, fd)
    print(word, "%o" % (os.stat(path).st_mode & 0o7777))
    if fd is not None:
        os.close(fd)


make(path + ".source")
for way in WAYS:
    attempt(*way)
# A set-gid bit without x means mandatory locks, and stays for a member of the group; root keeps all.
os.chmod(path, 0o2764)
descriptor = as_user(os.open, path, W)
as_user(os.write, descriptor, b"x")
print("no-x", "%o" % (os.stat(path).st_mode & 0o7777))
os.chmod(path, 0o6775)
os.write(descriptor, b"x")
print("root", "%o" % (os.stat(path).st_mode & 0o7777))
os.close(descriptor)
os.unlink(path)
os.unlink(path + ".source")
