#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Looks at image/disc.iso as shell tools do not.

image.py random IMAGE OTHER SEED COUNT    the same bytes at random offsets, from several threads
image.py stale IMAGE STAGED               a descriptor is stale after STAGED was changed, at every offset
image.py readers IMAGE SECONDS            reads it whole again and again while others change the stage;
                                          prints how many readings were whole and how many stale
"""

import errno
import os
import random
import sys
import threading
import time


def random_reads(image, other, seed, count):
    size = os.stat(image).st_size
    wrong = []

    def reader(rng):
        a, b = os.open(image, os.O_RDONLY), os.open(other, os.O_RDONLY)
        for _ in range(int(count) // 4):
            at = rng.randrange(-5, size + 5) if rng.random() < 0.9 else rng.choice(
                [0, 16 * 2048, size - 1, size, size - 2048])
            at, length = max(at, 0), rng.choice([1, 2, 512, 2048, 4097, 100000, 1 << 20])
            if os.pread(a, length, at) != os.pread(b, length, at):
                wrong.append((at, length))
    threads = [threading.Thread(target=reader, args=(random.Random("%s%d" % (seed, i)),))
               for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        sys.exit("other bytes at %s" % wrong[:5])


def outcome(fd, at):
    try:
        return "%d bytes" % len(os.pread(fd, 2048, at))
    except OSError as error:
        return errno.errorcode[error.errno]


def stale(image, staged):
    fd = os.open(image, os.O_RDONLY)
    size = os.fstat(fd).st_size
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_RANDOM)
    if outcome(fd, 0) != "2048 bytes":
        sys.exit("not readable at first")
    with open(staged, "r+b") as file:
        file.write(b"changed")
    got = {outcome(fd, at) for at in range(size // 2 // 2048 * 2048, size, 2048)}
    if got != {"ESTALE"}:
        sys.exit("after a change, in parts not read before: %s" % got)
    if outcome(fd, 0) != "ESTALE":
        sys.exit("after a change, in a part read before: %s" % outcome(fd, 0))
    new = os.open(image, os.O_RDONLY)
    if outcome(new, 0) != "2048 bytes":
        sys.exit("opened anew: %s" % outcome(new, 0))


def consistent(data):
    """The volume descriptor tells the size, and all lines of the staged file are of one generation."""
    if data[16 * 2048:16 * 2048 + 6] != b"\x01CD001":
        return False
    if int.from_bytes(data[16 * 2048 + 80:16 * 2048 + 84], "little") * 2048 != len(data):
        return False
    at = data.find(b"<<generation ")  # not there while the file is removed or still empty
    return data.count(b"<<generation ") == data.count(data[at:at + 31] if at >= 0 else b"<<generation ")


def readers(image, seconds):
    end = time.monotonic() + float(seconds)
    counts = {"whole": 0, "stale": 0}
    while time.monotonic() < end:
        try:
            with open(image, "rb", buffering=0) as file:
                data = file.readall()
        except OSError as error:
            if error.errno not in (errno.ESTALE, errno.ENOENT):
                sys.exit("reading ended with " + errno.errorcode[error.errno])
            counts["stale"] += 1
            continue
        if not consistent(data):
            sys.exit("a mixture was read")
        counts["whole"] += 1
    print(counts["whole"], counts["stale"])


{"random": random_reads, "stale": stale, "readers": readers}[sys.argv[1]](*sys.argv[2:])
