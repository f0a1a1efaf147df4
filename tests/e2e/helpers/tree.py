#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tree holds, a line for each name, so that diff(1) can compare a directory with a disc.

tree.py [--fields A,B…] [--exact] [--as READER] dir DIRECTORY | tar FILE | isoinfo IMAGE

Fields: type mode mode9 owner mtime size content target links. --exact: times to the nanosecond and
user.* attributes, which are staged but not recorded; for directories only. --as: without what that
reader cannot tell: bsdtar (always) that empty files are one, xorriso owners and times of symbolic links.
"""

import argparse
import hashlib
import os
import re
import stat
import subprocess
import sys
import tarfile

FIELDS = "type mode owner mtime size content target links"
KINDS = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "link", stat.S_IFIFO: "fifo"}


def digest(stream):
    total = hashlib.sha1()
    while chunk := stream.read(1 << 20):
        total.update(chunk)
    return total.hexdigest()


def from_dir(top, exact):
    top = os.fsencode(top)
    for path, dirs, files in os.walk(top):
        for name in [b"."] * (path == top) + dirs + files:
            full = os.path.join(path, name)
            st = os.lstat(full)
            kind = KINDS.get(stat.S_IFMT(st.st_mode), "other")
            entry = {
                "path": os.path.relpath(full, top), "type": kind,
                "mode": "%04o" % stat.S_IMODE(st.st_mode),
                "owner": "%d:%d" % (st.st_uid, st.st_gid),
                "mtime": st.st_mtime_ns if exact else st.st_mtime_ns // 10**9,
            }
            if kind == "file":
                entry["size"] = st.st_size
                entry["read"] = lambda full=full: open(full, "rb")
                if st.st_nlink > 1:
                    entry["same"] = (st.st_dev, st.st_ino)
            elif kind == "link":
                entry["target"] = os.readlink(full)
            if exact and kind in ("file", "dir"):
                entry["xattr"] = sorted((a, os.getxattr(full, a)) for a in os.listxattr(full)
                                        if a.startswith("user."))
            yield entry


def plain(name):
    name = os.fsencode(name).rstrip(b"/")
    return name.removeprefix(b"./") or b"."


def from_tar(name):
    source = {"fileobj": sys.stdin.buffer} if name == "-" else {"name": name}
    kinds = {tarfile.REGTYPE: "file", tarfile.DIRTYPE: "dir", tarfile.SYMTYPE: "link",
             tarfile.FIFOTYPE: "fifo", tarfile.LNKTYPE: "file", tarfile.GNUTYPE_SPARSE: "file"}
    seen = {}
    with tarfile.open(mode="r|", encoding="utf-8", errors="surrogateescape", **source) as tar:
        for member in tar:
            path = plain(member.name)
            entry = {
                "path": path, "type": kinds.get(member.type, "other"),
                "mode": "%04o" % member.mode, "owner": "%d:%d" % (member.uid, member.gid),
                "mtime": int(member.mtime // 1),
            }
            if member.islnk():
                first = seen[plain(member.linkname)]
                first["same"] = entry["same"] = first["path"]
                entry["size"], entry["content"] = first["size"], first["content"]
            elif member.isreg():
                entry["size"] = member.size
                entry["content"] = digest(tar.extractfile(member))
            elif member.issym():
                entry["target"] = os.fsencode(member.linkname)
            seen[path] = entry
    return seen.values()


def from_isoinfo(image):
    """The Rock Ridge listing: no set-uid bits, no more of a time than the day, and long owners run together."""
    text = subprocess.run(["isoinfo", "-R", "-l", "-i", image], check=True,
                          stdout=subprocess.PIPE).stdout
    kinds = {b"-": "file", b"d": "dir", b"l": "link", b"f": "fifo", b"p": "fifo"}
    line_re = re.compile(rb"^(.)([rwx-]{9})[\d\s]*\s(\d+)\s+[A-Z][a-z]+\s+\d+\s+\d+ "
                         rb"\[\s*\d+ (?:(\w\w)\]  |FFFF )(.*)$", re.S)
    where, pending, unnamed = b"", 0, 0
    for line in text.split(b"\n"):
        if line.startswith(b"Directory listing of /"):
            where, unnamed = line[len(b"Directory listing of /"):], 0
            continue
        found = line_re.match(line)
        if not found:
            continue
        kind, bits, size, flags, name = found.groups()
        kind = kinds.get(kind, "other")
        name = name[:-1] if name.endswith(b" ") else name
        # The directory itself and its parent come first; some discs give them names, others do not.
        if name in (b"", b".", b".."):
            unnamed += 1
            if where or unnamed > 1:
                continue
            name = b"."
        # A file over 4 GiB is a record for each section; isoinfo has no room for the flag of all but the last.
        if not flags:
            pending += int(size)
            continue
        entry = {"path": where + name, "type": kind,
                 "mode9": "".join("-" if b == ord("-") else chr(b) for b in bits)}
        if kind == "file":
            entry["size"] = pending + int(size)
        elif kind == "link":
            entry["path"], _, entry["target"] = (where + name).partition(b" -> ")
        pending = 0
        yield entry


def finish(entries, fields, reader):
    """Lines in order of paths; hard links are named by the first path of their family."""
    leaders = {}
    for entry in sorted(entries, key=lambda e: e["path"]):
        if "content" in fields and "read" in entry:
            with entry["read"]() as stream:
                entry["content"] = digest(stream)
        if "same" in entry and not (reader == "bsdtar" and entry.get("size") == 0):
            entry["links"] = leaders.setdefault(entry["same"], entry["path"])
        if reader == "xorriso" and entry["type"] == "link":
            entry = {k: entry[k] for k in ("path", "type", "target")}
        if "mode9" in fields and "mode" in entry and "mode9" not in entry:
            entry["mode9"] = stat.filemode(int(entry["mode"], 8) & 0o777)[1:]
        yield " ".join([ascii(entry["path"])[2:-1]] +
                       ["%s=%s" % (f, entry[f]) for f in fields if f in entry])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--fields")
    parser.add_argument("--exact", action="store_true")
    parser.add_argument("--as", dest="reader", choices=["bsdtar", "xorriso"])
    parser.add_argument("kind", choices=["dir", "tar", "isoinfo"])
    parser.add_argument("source")
    args = parser.parse_args()
    if args.kind == "dir":
        entries = from_dir(args.source, args.exact)
    elif args.kind == "tar":
        entries = from_tar(args.source)
    else:
        entries = from_isoinfo(args.source)
    default = "type,mode9,size,target" if args.kind == "isoinfo" else FIELDS.replace(" ", ",")
    fields = (args.fields or default).split(",") + ["xattr"] * args.exact
    for line in finish(entries, fields, args.reader):
        print(line)


main()
