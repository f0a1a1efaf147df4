#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes the same random edits in several trees: edits.py SEED COUNT TREE…

What to do next is decided by looking at the first tree; the trees are equal before, and have to be
after. An edit that one tree refuses and another takes is an error.
"""

import os
import random
import stat
import sys

SEED, COUNT, *TREES = sys.argv[1:]
rng = random.Random(SEED)
LETTERS = ["abcdefgh", "ABCabc", "äöüßé", "日本語漢字", "ЖЗИй", "😀🎵", "a.b. -_;*?"]


def new_name():
    length = rng.choice([1, 2, 3, 8, 8, 12, 30, 31, 64, 104, 130, 200, 255])
    letters = rng.choice(LETTERS)
    if rng.random() < 0.3:  # families that collide once they are cut or mapped
        name = "collide" * 40
        name = name[:length] + rng.choice(["", "1", "é", ".txt", ".TXT", ".Text"])
    else:
        name = "".join(rng.choice(letters) for _ in range(length))
        if rng.random() < 0.3:
            name += rng.choice([".txt", ".tar.gz", ".x", "."])
    while len(name.encode()) > 255:
        name = name[1:]
    return "x" if name in ("", ".", "..") else name


def survey():
    dirs, files = ["."], []
    for path, below, plain in os.walk(TREES[0]):
        base = os.path.relpath(path, TREES[0])
        dirs += [os.path.normpath(os.path.join(base, d)) for d in below
                 if not os.path.islink(os.path.join(path, d))]
        files += [os.path.normpath(os.path.join(base, f)) for f in plain]
    return sorted(dirs), sorted(files)


def edit_for(dirs, files):
    """An edit: a function of a tree's root. All chance is used up here, once for all trees."""
    def at(path):
        return lambda top: os.path.join(top, path)
    spot = at(os.path.join(rng.choice(dirs), new_name()))
    some = at(rng.choice(files or ["none"]))
    folder = at(rng.choice(dirs[1:] or ["none"]))
    size = rng.choice([0, 1, 2047, 2048, 2049, 30000, 1 << 20, (1 << 20) + 1, 3 << 20])
    data = rng.randbytes(min(size, 50000))
    seed, offset = rng.random(), rng.randrange(100000)
    mode = rng.choice([0o644, 0o600, 0o755, 0o4755])

    def create(top):
        with open(spot(top), "xb") as file:
            file.write(data)
            file.truncate(size)

    def overwrite(top):
        if stat.S_ISREG(os.lstat(some(top)).st_mode):
            fd = os.open(some(top), os.O_WRONLY)
            os.pwrite(fd, data, offset)
            os.close(fd)

    def truncate(top):
        if stat.S_ISREG(os.lstat(some(top)).st_mode):
            os.truncate(some(top), size)

    def chmod(top):
        if not os.path.islink(some(top)):
            os.chmod(some(top), mode)

    def many(top):
        for i in range(30):
            # What is there already may be a fifo, which would wait for a reader.
            with open(spot(top)[:-1] + "%d" % i, "xb"):
                pass

    edits = [
        (8, create), (4, overwrite), (3, truncate), (2, chmod), (1, many),
        (4, lambda top: os.mkdir(spot(top))),
        (2, lambda top: os.symlink("some-directory/" * int(seed * 14) + "target", spot(top))),
        (1, lambda top: os.mkfifo(spot(top))),
        (3, lambda top: os.link(some(top), spot(top), follow_symlinks=False)),
        (5, lambda top: os.unlink(some(top))),
        (4, lambda top: os.rename(some(top), spot(top))),
        (2, lambda top: os.rename(folder(top), spot(top))),
        (2, lambda top: os.rmdir(folder(top))),
    ]
    return rng.choices([e for _, e in edits], [w for w, _ in edits])[0]


for number in range(int(COUNT)):
    edit = edit_for(*survey())
    outcomes = []
    for tree in TREES:
        try:
            edit(tree)
            outcomes.append("ok")
        except OSError as error:
            outcomes.append(os.strerror(error.errno))
    if len(set(outcomes)) != 1:
        sys.exit("edit %d of seed %s (%s): %s" % (number, SEED, edit.__name__, outcomes))
