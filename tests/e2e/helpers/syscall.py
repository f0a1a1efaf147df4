#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""One system call that no shell tool makes just so; prints ok or the errno's name.

syscall.py write FILE [--repeat N] [--hex] TEXT    one write(2)
syscall.py rename OLD NEW [noreplace] [exchange]   renameat2(2)
syscall.py close-write FILE BYTES                  creates, writes, prints what close(2) says
syscall.py fallocate FILE FLAGS OFFSET LENGTH      FLAGS as a number
syscall.py mknod FILE char|block|socket|fifo|file
syscall.py inodes DIR                              the names that readdir(3) gives another number than stat(2)
"""

import ctypes
import errno
import os
import stat
import sys

libc = ctypes.CDLL(None, use_errno=True)


def check(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), "")


def write(path, *args):
    *options, text = args
    data = bytes.fromhex(text) if "--hex" in options else os.fsencode(text)
    if "--repeat" in options:
        data *= int(options[options.index("--repeat") + 1])
    fd = os.open(path, os.O_WRONLY)
    if os.write(fd, data) != len(data):
        sys.exit("short write")


def rename(old, new, *flags):
    bits = sum({"noreplace": 1, "exchange": 2}[flag] for flag in flags)
    check(libc.renameat2(-100, os.fsencode(old), -100, os.fsencode(new), ctypes.c_uint(bits)))


def close_write(path, count):
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    os.write(fd, b"x" * int(count))
    os.close(fd)


def fallocate(path, flags, offset, length):
    fd = os.open(path, os.O_RDWR)
    check(libc.fallocate(fd, int(flags), ctypes.c_int64(int(offset)), ctypes.c_int64(int(length))))


def mknod(path, kind):
    kinds = {"char": stat.S_IFCHR, "block": stat.S_IFBLK, "socket": stat.S_IFSOCK,
             "fifo": stat.S_IFIFO, "file": stat.S_IFREG}
    os.mknod(path, 0o644 | kinds[kind], os.makedev(1, 3))


class Dirent(ctypes.Structure):
    _fields_ = [("ino", ctypes.c_uint64), ("off", ctypes.c_int64), ("reclen", ctypes.c_uint16),
                ("type", ctypes.c_uint8), ("name", ctypes.c_char * 256)]


def inodes(path):
    libc.opendir.restype = ctypes.c_void_p
    libc.readdir64.restype = ctypes.POINTER(Dirent)
    listing = ctypes.c_void_p(libc.opendir(os.fsencode(path)))
    while entry := libc.readdir64(listing):
        name = os.fsdecode(entry.contents.name)
        number = os.lstat(os.path.join(path, name)).st_ino
        if number != entry.contents.ino and not (name == ".." and os.path.ismount(path)):
            print(f"{path}/{name}: {entry.contents.ino}, and by stat {number}")


calls = {"write": write, "rename": rename, "close-write": close_write, "fallocate": fallocate,
         "mknod": mknod, "inodes": inodes}
try:
    calls[sys.argv[1]](*sys.argv[2:])
    print("ok")
except OSError as error:
    print(errno.errorcode[error.errno])
