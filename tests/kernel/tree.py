#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""tree.py DIRECTORY WHAT [N]: fills it with what a disc can hold, always the same.

    many N      N small files, twenty in a directory: the kernel looks for a name from the beginning of its directory
                on, and the processor that this is for is emulated
    all         one of everything: see the functions
    session N   what is new in the Nth session of a disc; some of it replaces what is there
"""

import os
import random
import sys

os.chdir(sys.argv[1])
WHAT, N = sys.argv[2], int((sys.argv + ["1"])[3])
R = random.Random(N)
LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_+,=@ .~#'\"()[]{}!$%&"
FOREIGN = "äöüßéñçøåžłøΩλдяжשملअआ日本語漢字한국어😀🎵𝄞é‰€"


def put(name, content=b""):
    with open(name, "wb") as file:
        file.write(content)
    return name


def folder(name):
    os.makedirs(name)
    return name


def random_name(limit):
    """Not over LIMIT bytes, of letters of one to four bytes."""
    name = ""
    letters = LETTERS if R.random() < 0.6 else LETTERS[:64] + FOREIGN * 4
    for _ in range(R.randrange(1, limit + 1)):
        letter = R.choice(letters)
        if len((name + letter).encode()) > limit:
            break
        name += letter
    return "x" if name in (".", "..") else name


def many_names():
    made = 0
    while made < N:
        if made % 2000 == 0:
            upper = "many/%03d" % (made // 2000)
        where = folder("%s/%02d" % (upper, made // 20 % 100))
        for _ in range(min(20, N - made)):
            made += 1
            with open("%s/%06d" % (where, made), "wb") as file:
                file.write(b"%d" % made * (made % 4 // 3))


def random_names(folders):
    for i in range(folders):
        where = folder("random/%s %d" % (random_name(60), i))
        for _ in range(50):
            path = where + "/" + random_name(R.choice((12, 60, 110, 253)))
            if not os.path.lexists(path):
                put(path, R.randbytes(R.choice((0, 1, 2047, 2048, 2049, 7000))))


def long_names():
    """The last bytes that Linux shows, in names of letters of each length; and two that differ at byte 250."""
    folder("long")
    for last in "xä語😀":
        for size in (127, 128, 180, 250, 251, 252, 253, 254, 255):
            for front in ("%d" % size + "y" * i for i in range(4)):
                name = front + last * ((size - len(front)) // len(last.encode()))
                name += "z" * (size - len(name.encode()))
                put("long/" + name, name.encode())
    for size in (253, 254, 255):
        folder("long folder %d" % size)
        put("long folder %d/" % size + "d" * 249 + "1" + "e" * (size - 250), b"one")
        put("long folder %d/" % size + "d" * 249 + "2" + "e" * (size - 250), b"two")
        os.mkdir("long folder %d/" % size + "f" * size)
        put("long folder %d/" % size + "f" * size + "/below", b"below")


def deep():
    """Below all that PATH_MAX lets anybody name."""
    here = os.open(folder("deep"), os.O_RDONLY)
    for i in range(60):
        name = "%02d %s" % (i, "deeper" * R.randrange(1, 30))
        os.mkdir(name, dir_fd=here)
        there = os.open(name, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = there
        with open(os.open("file", os.O_WRONLY | os.O_CREAT, dir_fd=here), "wb") as file:
            file.write(b"%d" % i)
    os.close(here)


def kinds():
    """Links, modes, owners and times."""
    folder("kinds")
    for i, target in enumerate(("modes", "../long", "/", "/nowhere/at/all", ".", "..", "../.././../x", "a/b", "ü/語 x",
                                "t" * 250, "t" * 255, "/".join(["part"] * 200), "/".join(["p" * 240] * 4))):
        os.symlink(target, "kinds/link %02d" % i)
    os.mkfifo("kinds/fifo", 0o640)
    first = put("kinds/hard link 1", b"hard" * 1000)
    for i in (2, 3):
        os.link(first, "kinds/hard link %d" % i)
    folder("kinds/modes")
    for mode in (0o000, 0o400, 0o644, 0o777, 0o1777, 0o2755, 0o4755, 0o6711, 0o7777):
        os.chmod(put("kinds/modes/%04o" % mode, b"%o" % mode), mode)
        os.chmod(folder("kinds/modes/folder %04o" % mode), mode)
    if os.geteuid() == 0:
        for i, owner in enumerate(((0, 1000), (1234, 4321), (65534, 65534), (100000, 4000000000))):
            os.chown(put("kinds/owner %d" % i), *owner)
    for i, when in enumerate((-86401, 0, 1, 68169599, 951782399, 951868799, 1719792000, 2**31 - 1, 2**31, 4102444800, 5600000000)):
        os.utime(put("kinds/time %d" % i), (when, when))
        os.utime(folder("kinds/time of a folder %d" % i), (when, when))


def contents(sizes):
    """Around the sizes of a block, and of what is aligned."""
    folder("contents")
    for size in sizes:
        put("contents/%d" % size, R.randbytes(size))


def very_large():
    """Around the end of a section of a file."""
    with open(put("contents/over 4 GiB"), "r+b") as file:
        for at in (0, 2**31 - 5, 2**32 - 2048 - 5, 2**32 - 5, 2**32 + 2**20 + 5):
            file.seek(at)
            file.write(R.randbytes(10))


def session():
    random_names(5)
    folder("replaced")
    for i in range(20):
        put("replaced/%d" % (i * N), R.randbytes(1000 * N))
    folder("%d times the same folder" % N)
    if N > 1:
        put("link or file", b"file")
    else:
        os.symlink("elsewhere", "link or file")
    contents((R.randrange(3 * 2**20), 10))


SIZES = (0, 1, 2047, 2048, 2049, 4096, 65537, 2**20 - 1, 2**20, 2**20 + 1, 3 * 2**20 + 7)
if WHAT == "many":
    many_names()
elif WHAT == "session":
    session()
else:
    random_names(40)
    long_names()
    deep()
    kinds()
    contents(SIZES)
    very_large()
