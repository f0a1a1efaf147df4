# SPDX-License-Identifier: GPL-2.0-or-later
"""The trees that are measured: the same bytes and names each time, at full size or a small part of it."""

import math
import os
import random
import shutil
import struct
import subprocess

MIB = 1 << 20


def block_writer(path, size, rng):
    with open(path, "wb") as file:
        while size:
            n = min(size, MIB)
            file.write(rng.randbytes(n))
            size -= n


def large(top, quick):
    """One file of 2 GiB."""
    block_writer(os.path.join(top, "large.bin"), (128 if quick else 2048) * MIB, random.Random(1))


def medium(top, quick):
    """2,000 files of 256 KiB."""
    rng = random.Random(2)
    for i in range(200 if quick else 2000):
        if i % 100 == 0:
            folder = os.path.join(top, "folder%02d" % (i // 100))
            os.mkdir(folder)
        block_writer(os.path.join(folder, "file%04d.dat" % i), 256 * 1024, rng)


WORDS = ["report", "Ünïcödé", "IMG_", "日本語", "a", "very-long-name-that-a-person-gave-to-a-file-once", "notes 2024",
         "Größe", "x.tar", "данные"]
SUFFIXES = ["", ".txt", ".jpg", ".c", ".HTML"]


def small_dirs(top, dirs, rng):
    """100 files of 1 to 4 KiB in each of that many directories, at most 8 levels deep."""
    folders = [top]
    for i in range(dirs):
        parent = rng.choice([f for f in folders if f.count("/") - top.count("/") < 8][-40:])
        folder = os.path.join(parent, "%s %d" % (rng.choice(WORDS), i))
        os.mkdir(folder)
        folders.append(folder)
        for j in range(100):
            name = "%s%d%s" % (rng.choice(WORDS), j, rng.choice(SUFFIXES))
            with open(os.path.join(folder, name), "wb") as file:
                file.write(rng.randbytes(rng.randrange(1024, 4097)))


def small(top, quick):
    """50,000 small files in 500 directories."""
    small_dirs(top, 50 if quick else 500, random.Random(3))


def small15(top, quick):
    """15,000 small files: what a file system with a descriptor for each inode can still hold."""
    small_dirs(top, 15 if quick else 150, random.Random(4))


def audio(top, quick):
    """12 WAV files of 5 minutes."""
    rng = random.Random(5)
    for i in range(3 if quick else 12):
        path = os.path.join(top, "track%02d.wav" % (i + 1))
        size = (30 if quick else 300) * 44100 * 4
        block_writer(path, size, rng)
        with open(path, "r+b") as file:
            file.write(wav_header(size - 44))


def wav_header(data):
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", data + 36, b"WAVE", b"fmt ", 16, 1, 2,
                       44100, 176400, 4, 16, b"data", data)


def chord(rng):
    """Five seconds that a FLAC encoder makes of what it makes of music: about half."""
    voices = [(rng.uniform(80, 3000), rng.uniform(500, 3000)) for _ in range(6)]
    frames = bytearray()
    for i in range(5 * 44100):
        level = sum(a * math.sin(2 * math.pi * f * i / 44100) for f, a in voices)
        frames += struct.pack("<hh", int(level) + rng.randrange(-150, 150), int(level / 2) + rng.randrange(-150, 150))
    return bytes(frames)


def flac(top, quick):
    """The same as FLAC files of something like music."""
    piece = chord(random.Random(6))
    times = 6 if quick else 60
    for i in range(3 if quick else 12):
        path = os.path.join(top, "track%02d.flac" % (i + 1))
        subprocess.run(["flac", "--silent", "-o", path, "-"], check=True,
                       input=wav_header(len(piece) * times) + piece * times)


TREES = {"LARGE": large, "MEDIUM": medium, "SMALL": small, "SMALL15": small15, "AUDIO": audio, "FLAC": flac}


def make(name, below, quick):
    """The tree's directory; made, and read once so that it is in the page cache, when it is not there."""
    top = os.path.join(below, name)
    if not os.path.isdir(top):
        shutil.rmtree(top + ".new", ignore_errors=True)
        os.makedirs(top + ".new")
        TREES[name](top + ".new", quick)
        os.rename(top + ".new", top)
    return top


def files_of(top):
    return [os.path.join(path, f) for path, _, files in os.walk(top) for f in files]
