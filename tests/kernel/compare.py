#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""compare.py KIND WANTED PORT NAME: is mount NAME of what the guest sent what list.c says of the stage?

KIND is how Linux read the disc:
    rock     everything; of names over 253 bytes at least the first 250, as many as `stats` says
    joliet   directories and files with all their bytes; by their paths where Joliet can have the names
    bare     the same, with no word about names
Prints what is not so, and ends with 1. With rock, the number of names that were shortened is printed.
"""

import collections
import re
import sys

KIND, WANTED, PORT, NAME = sys.argv[1:]
LINUX_NAME_MAX, LINUX_SHOWN = 253, 250
# What fs/isofs/joliet.c counts the bytes of a name with, ".;1" behind it included, is one byte.
JOLIET_LOST, JOLIET_MAX = 256, 103

Entry = collections.namedtuple("Entry", "path type mode links owner mtime size sum")
wrong = []


def plain(text):
    return re.sub(rb"\\([0-7]{3})", lambda m: bytes([int(m[1], 8)]), text)


def parse(lines, but=()):
    """By path, a tuple of names; without those paths."""
    found = {}
    for line in lines:
        if line.startswith(b"!"):
            wrong.append(line.decode())
            continue
        path, *fields = line.split(b" ")
        path = tuple(plain(name) for name in path.split(b"/")[1:])
        if path in but:
            continue
        if path in found:
            wrong.append("twice: %r" % (path,))
        found[path] = Entry(path, *(f.decode() for f in fields))
    return found


def section():
    with open(PORT, "rb") as file:
        text = file.read()
    _, mark, rest = text.partition(b"== %s\n" % NAME.encode())
    body, end, _ = rest.partition(b"== end %s\n" % NAME.encode())
    if not mark or not end:
        wrong.append("%s: not mounted, or not read to its end" % NAME)
        body = body.partition(b"\n== ")[0]
    return body.splitlines()


def as_seen(want, have):
    """Where Linux counts the seconds in 32 bits, as many as are left."""
    wrapped = (int(want.mtime) + 2**31) % 2**32 - 2**31
    return have._replace(mtime=want.mtime) if int(have.mtime) == wrapped else have


def shown(wanted, got):
    """Paths of wanted by the names that Linux shows: those are unique, and begin as they should."""
    children = collections.defaultdict(list)
    for path in filter(None, got):
        children[path[:-1]].append(path[-1])
    paths, count = {(): ()}, 0
    for path in sorted(wanted, key=len):
        if not path:
            continue
        parent, name = paths.get(path[:-1]), path[-1]
        if parent is None:
            continue
        if len(name) > LINUX_NAME_MAX:
            count += 1
            fits = [n for n in children[parent] if LINUX_SHOWN <= len(n) <= LINUX_NAME_MAX and name.startswith(n)]
            if len(fits) != 1:
                wrong.append("%d names where %r should be" % (len(fits), name))
                continue
            try:
                fits[0].decode()
            except UnicodeDecodeError:
                wrong.append("cut in a letter: %r" % fits[0])
            name = fits[0]
        paths[path] = parent + (name,)
    return paths, count


def rock(wanted, got):
    paths, count = shown(wanted, got)
    print(count)
    for path, want in wanted.items():
        path = paths.get(path)
        if path is None:
            continue
        have = got.pop(path, None)
        if not have:
            wrong.append("not there: %r" % (path,))
            continue
        have = as_seen(want, have)
        if want[1:] != have[1:]:
            wrong.append("%r\n  wanted %s\n  got    %s" % (path, " ".join(want[1:]), " ".join(have[1:])))
    wrong.extend("not wanted: %r" % (path,) for path in got)


def joliet_has(path):
    for name in path:
        text = name.decode()
        if len(text.encode("utf-16-be")) // 2 > 60 or re.search(r"[\x00-\x1f*/:;?\\\U00010000-\U0010ffff]|\.$", text):
            return False
    return True


def joliet_loses(path):
    """A file that Linux shows by the first letters of its name, or not at all, and reads another one for it."""
    name = path[-1] if path else b""
    return len(name) + 3 >= JOLIET_LOST and len(name.decode().encode("utf-16-be")) // 2 <= JOLIET_MAX


def instead(path):
    return path[:-1] + (path[-1][:len(path[-1]) + 3 - JOLIET_LOST],)


def contents(entries):
    """How many files there are of each content; what is empty may stand for a link."""
    return collections.Counter((e.size, e.sum) for e in entries if e.type == "f" and e.size != "0")


def directories(entries):
    return sum(e.type == "d" for e in entries.values())


def others(wanted, got, names, lost):
    if directories(wanted) != directories(got):
        wrong.append("%d directories, wanted %d" % (directories(got), directories(wanted)))
    may = contents(wanted.values())
    must = may - contents(wanted[path] for path in lost)
    have = contents(got.values())
    wrong.extend("not there: %d times %s" % (n, c) for c, n in (must - have).items())
    wrong.extend("not wanted: %d times %s" % (n, c) for c, n in (have - may).items())
    if not names:
        return
    for path, want in wanted.items():
        if want.type in "df" and joliet_has(path):
            have = got.get(path)
            if not have or (want.type, want.size, want.sum) != (have.type, have.size, have.sum):
                wrong.append("%r: %s" % (path, have))


def main():
    with open(WANTED, "rb") as file:
        wanted = parse(file.read().splitlines())
    lost = [p for p, e in wanted.items() if KIND == "joliet" and e.type == "f" and joliet_loses(p)]
    got = parse(section(), set(map(instead, lost)))
    if KIND == "rock":
        rock(wanted, got)
    else:
        others(wanted, got, KIND == "joliet", lost)
    for line in wrong[:20]:
        print(line[:700], file=sys.stderr)
    if wrong:
        sys.exit("%s: %d mistakes among %d names" % (NAME, len(wrong), len(wanted)))


main()
