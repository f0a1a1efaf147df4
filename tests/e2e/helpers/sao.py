# SPDX-License-Identifier: GPL-2.0-or-later
"""sao.py SHEET DISC: what an emulated drive was sent for a session at once (its cue sheet, and CD-TEXT in the
lead-in) says what a CUE file says. Ends with a sentence where it does not."""
import os
import re
import sys


# CONTROL in the upper half of the first byte, and SCMS in the fifth
FLAGS = {"PRE": 1, "DCP": 2, "4CH": 8, "SCMS": 0x80}


def frames(minutes, seconds, rest):
    return (int(minutes) * 60 + int(seconds)) * 75 + int(rest)


def read_sheet(path):
    """Indices, codes, texts and flags of a CUE file; track 0 is the disc."""
    indices, codes, titles, names, flags, track = {}, {}, {}, {}, {}, 0
    for line in open(path, encoding="utf-8"):
        if m := re.match(r"\s*TRACK (\d+) ", line):
            track = int(m[1])
        elif m := re.match(r"\s*INDEX (\d+) (\d+):(\d+):(\d+)", line):
            indices[track, int(m[1])] = frames(*m.groups()[1:])
        elif m := re.match(r"\s*(?:ISRC|CATALOG) (\w+)", line):
            codes[track] = m[1]
        elif m := re.match(r'\s*(TITLE|PERFORMER) "(.*)"', line):
            (titles if m[1] == "TITLE" else names)[track] = m[2]
        elif m := re.match(r"\s*FLAGS (.*)", line):
            flags[track] = set(m[1].split())
    return indices, codes, titles, names, flags


def read_cue(path):
    """The drive's cue sheet (MMC-3, SEND CUE SHEET): lines of 8 bytes."""
    raw = open(path, "rb").read()
    indices, codes, flags = {}, {}, {}
    for line in (raw[i:i + 8] for i in range(0, len(raw), 8)):
        kind = line[0] & 15
        if kind == 1:
            indices[line[1], line[2]] = frames(*line[5:8]) - 150
            bits = line[0] >> 4 | (line[4] & 0x80)
            if bits and 0 < line[1] < 0xAA:
                flags[line[1]] = {word for word, bit in FLAGS.items() if bits & bit}
        else:  # 2 the catalogue number, 3 an ISRC, in two lines each
            track = line[1] if kind == 3 else 0
            codes[track] = codes.get(track, b"") + line[2 if kind == 3 else 1:8]
    return indices, flags, {track: code.replace(b"\0", b"").decode() for track, code in codes.items()}


def read_packs(path):
    """Texts of CD-TEXT (MMC-3, annex J): kind, track, number, block, 12 bytes, CRC. A TAB is what the track before has."""
    raw, texts = open(path, "rb").read(), {}
    for pack in dict.fromkeys(raw[i:i + 18] for i in range(0, len(raw), 18)):
        texts[pack[0]] = texts.get(pack[0], b"") + pack[4:16]
    lists = {kind: [part.decode("latin-1") for part in text.split(b"\0")] for kind, text in texts.items()}
    for parts in lists.values():
        for i, part in enumerate(parts):
            parts[i] = parts[i - 1] if part == "\t" else part
    return lists


def same(got, want, what):
    if got != want:
        sys.exit(f"{what}: the drive was sent {got}, wanted {want}")


sheet, disc = sys.argv[1:]
want, want_codes, want_titles, want_names, want_flags = read_sheet(sheet)
got, got_flags, got_codes = read_cue(disc + "/cue.1")
tracks = max(track for track, _ in want)
same(got.pop((0xAA, 1)), os.path.getsize(sheet[:-3] + "bin") // 2352, "the lead-out")
got.pop((0, 0))
want[1, 0] = -150
same(got, want, "indices")
same(got_codes, want_codes, "codes")
same(got_flags, want_flags, "flags")
for kind, texts in (0x80, want_titles), (0x81, want_names):
    expected = [texts.get(track, "") for track in range(tracks + 1)]
    if texts:
        same(read_packs(disc + "/cdtext.1").get(kind, [])[:tracks + 1], expected, f"texts {kind:#x}")
