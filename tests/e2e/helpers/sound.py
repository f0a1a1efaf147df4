#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Makes sound files and the discs that they should become; knows nothing of burnfs.

sound.py wav OUT BYTES SEED [--rate N] [--channels N] [--bits N] [--before] [--after] [--odd]
         [--claim BYTES] [--cut BYTES] [--float]   a WAV of that many bytes of pseudo-random samples
sound.py raw OUT BYTES SEED                        the same samples without a header
sound.py loud OUT FRAMES PEAK                      a float WAV, 44.1 kHz, stereo: tones that reach PEAK; 1 is full scale
sound.py bin OUT GAP FILE…                         the BIN of these raw tracks, GAP sectors between
sound.py sectors GAP FILE…                         how many sectors that is
"""

import array
import math
import os
import random
import struct
import sys

SECTOR, SHORTEST = 2352, 300


def samples(count, seed):
    rng, left = random.Random("sound" + seed), count
    while left:
        yield rng.randbytes(min(left, 1 << 20))
        left -= min(left, 1 << 20)


def option(args, name, default):
    return int(args[args.index(name) + 1]) if name in args else default


def wav(out, count, seed, *args):
    count = int(count)
    rate, channels = option(args, "--rate", 44100), option(args, "--channels", 2)
    bits = option(args, "--bits", 16)
    frame = channels * bits // 8
    fmt = struct.pack("<HHIIHH", 3 if "--float" in args else 1, channels, rate, rate * frame, frame, bits)
    chunks = [b"fmt " + struct.pack("<I", len(fmt)) + fmt]
    if "--before" in args:
        chunks.append(b"LIST" + struct.pack("<I", 26) + b"INFOISFT" + struct.pack("<I", 14) + b"burnfs's tests")
    if "--odd" in args:  # a chunk of odd length is followed by a pad byte that it does not count
        chunks.insert(0, b"junk" + struct.pack("<I", 3) + b"odd\0")
    after = b"id3 " + struct.pack("<I", 8) + b"not a sound"[:8] if "--after" in args else b""
    claim = option(args, "--claim", count)
    head = b"".join(chunks) + b"data" + struct.pack("<I", claim)
    with open(out, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", (4 + len(head) + claim + len(after)) & 0xFFFFFFFF) + b"WAVE" + head)
        for block in samples(count, seed):
            file.write(block)
        file.write(after)
        if "--cut" in args:
            file.truncate(option(args, "--cut", 0))


def raw(out, count, seed):
    with open(out, "wb") as file:
        for block in samples(int(count), seed):
            file.write(block)


def loud(out, frames, peak):
    tones = array.array("f")
    for i in range(int(frames)):
        tones.extend(float(peak) * math.sin(i * step) for step in (0.09, 0.2))
    data = tones.tobytes()
    with open(out, "wb") as file:
        file.write(b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack(
            "<IHHIIHH4sI", 16, 3, 2, 44100, 352800, 8, 32, b"data", len(data)) + data)


def layout(gap, files):
    """Silence before each track, in bytes, the file, and silence after it."""
    for number, path in enumerate(files):
        size = os.path.getsize(path)
        whole = max(-(-size // SECTOR), SHORTEST) * SECTOR
        if gap == 0 and number + 1 < len(files):
            whole = size  # gapless: no sample is added between tracks
        yield (gap * SECTOR if number else 0), path, whole - size


def make_bin(out, gap, *files):
    with open(out, "wb") as file:
        for before, path, after in layout(int(gap), files):
            file.write(bytes(before))
            with open(path, "rb") as track:
                file.write(track.read())
            file.write(bytes(after))
        file.write(bytes(-file.tell() % SECTOR))


def sectors(gap, *files):
    total = sum(b + os.path.getsize(p) + a for b, p, a in layout(int(gap), files))
    print(-(-total // SECTOR))


{"wav": wav, "raw": raw, "loud": loud, "bin": make_bin, "sectors": sectors}[sys.argv[1]](*sys.argv[2:])
