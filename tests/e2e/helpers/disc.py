#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Judges discs with sound by programs and rules that are not burnfs's.

disc.py agreed CUE                  what every reader of CUE sheets makes of this one: "disc MCN | PERFORMER
                                    | TITLE", then "NN START ISRC | PERFORMER | TITLE" a track ("NN START
                                    data"), then "end SECTORS"; fails, saying who says what, if two differ
disc.py near WAV FLOATS MOST LOW HIGH [FRAMES [MISSING]]
                                    the samples of a 16-bit stereo WAV against 64-bit floats of the same
                                    rate, in steps of 1/65536 of the range: no difference is above MOST, and
                                    their root mean square is from LOW to HIGH. FRAMES: there are so many,
                                    silence follows, and FLOATS may have up to MISSING less, or one more
disc.py step WAV…                   the largest step from one sample to the next, over all of them joined
disc.py mode1 BIN SECTORS           so many sectors from the first on are as ECMA-130 has them for Mode 1
disc.py sectors BYTES:GAP…          what a disc takes with tracks of so many bytes of samples after such gaps
"""

import array
import ctypes
import math
import os
import re
import subprocess
import sys

SECTOR, SHORTEST = 2352, 300
HEADER = 44   # of the WAV files that bchunk and sox make of CD samples


def said(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode("utf-8", "replace")
    if done.returncode:
        sys.exit("%s ended with %d: %s" % (" ".join(command), done.returncode, text))
    return text


# ---- readers of CUE sheets: each gives what it can tell of {starts, data, end, mcn, isrc, title, performer, album}


def cdrdao(cue):
    text = said("cdrdao", "show-toc", cue)
    tracks = re.split(r"^TRACK +\d+ +Mode ", text, flags=re.M)
    mcn = re.search(r"CATALOG NUMBER: (\d+)", tracks[0])
    isrc = [re.search(r"ISRC (.*)", t) for t in tracks[1:]]
    return {
        "starts": [int(re.search(r"START.*\( *(\d+)\)", t)[1]) for t in tracks[1:]],
        "data": [not t.startswith("AUDIO") for t in tracks[1:]],
        "end": int(re.search(r"END.*\( *(\d+)\)", tracks[-1])[1]),
        "mcn": mcn[1] if mcn else "",
        "isrc": [i[1].replace(" ", "") if i else "" for i in isrc],
    }


def cdrdao_titles(cue):
    text = said("toc2cddb", cue)
    disc = re.search(r"^DTITLE=(.*)", text, re.M)[1]
    return {
        "starts": [int(n) - 150 for n in re.findall(r"^# (\d+)$", text, re.M)],
        "title": re.findall(r"^TTITLE\d+=(.*)", text, re.M),
        "disc": disc or " / ",
    }


def libcdio(cue):
    text = said("cd-info", "--no-header", "--no-device-info", "--no-analyze", "-c", cue)
    rows = re.findall(r"^ *\d+: \S+ +(\d+) (\w+)", text, re.M)
    mcn = re.search(r"\(MCN\): (\d{13})", text)
    return {
        "starts": [int(start) for start, kind in rows if kind != "leadout"],
        "data": [kind == "data" for _, kind in rows if kind != "leadout"],
        "end": int(rows[-1][0]),
        "mcn": mcn[1] if mcn else "",
    }


def cuetools(cue):
    def table(*args):
        return [line.split("\t") for line in said("cueprint", *args, cue).splitlines()]
    (count, performer, title), = table("-d", r"%N\t%P\t%T\n")
    mcn = re.search(r'^CATALOG "(.*)"', said("cueconvert", "-i", "cue", "-o", "toc", cue), re.M)
    tracks = table("-t", r"%i\t%p\t%t\n")
    breaks = [re.match(r"(\d+):(\d+)\.(\d+)", line) for line in said("cuebreakpoints", cue).splitlines()]
    if len(tracks) != int(count):
        sys.exit("cueprint tells of %s tracks and lists %d" % (count, len(tracks)))
    return {
        "starts": [0] + [(int(b[1]) * 60 + int(b[2])) * 75 + int(b[3]) for b in breaks],
        "mcn": mcn[1] if mcn else "", "isrc": [t[0] for t in tracks],
        "performer": [t[1] for t in tracks], "title": [t[2] for t in tracks],
        "disc": performer + " / " + title,
    }


def libburn(cue):
    lib, void, text = ctypes.CDLL("libburn.so.4"), ctypes.c_void_p, ctypes.POINTER(ctypes.c_char)
    lib.burn_session_create.restype = void
    lib.burn_session_get_tracks.restype = ctypes.POINTER(void)

    def title(call, what, kind):
        out, length = text(), ctypes.c_int()
        if call(void(what), 0, kind, b"", ctypes.byref(out), ctypes.byref(length), 0) <= 0:
            sys.exit("libburn has no CD-TEXT")
        return out[:length.value].rstrip(b"\0").decode() if length.value else ""

    lib.burn_initialize()
    session, fifo, packs, n = void(lib.burn_session_create()), void(), void(), ctypes.c_int()
    if lib.burn_session_by_cue_file(session, os.fsencode(cue), 0, ctypes.byref(fifo), ctypes.byref(packs),
                                    ctypes.byref(n), 0) <= 0:
        sys.exit("libburn does not read the sheet")
    tracks = lib.burn_session_get_tracks(session, ctypes.byref(n))[:n.value]
    one, all_ = lib.burn_track_get_cdtext, lib.burn_session_get_cdtext
    performer, album = title(all_, session.value, 0x81), title(all_, session.value, 0x80)
    return {
        "count": n.value,
        "end": sum(lib.burn_track_get_sectors(void(t)) for t in tracks),
        "mcn": title(all_, session.value, 0x8e), "isrc": [title(one, t, 0x8e) for t in tracks],
        "performer": [title(one, t, 0x81) for t in tracks], "title": [title(one, t, 0x80) for t in tracks],
        "disc": performer + " / " + album,
    }


def agreed(cue):
    os.chdir(os.path.dirname(cue) or ".")
    cue = os.path.basename(cue)
    told = {reader.__name__: reader(cue) for reader in (cdrdao, libcdio, cuetools)}
    if all(told["cuetools"]["title"]):     # for a track without one it says the last again
        told["cdrdao_titles"] = cdrdao_titles(cue)
    if not any(told["libcdio"]["data"]):   # mixed sheets it does not take
        told["libburn"] = libburn(cue)
    disc = {}
    for reader, values in told.items():
        values.setdefault("count", len(values.get("starts", [])))
        for key, value in values.items():
            if disc.setdefault(key, value) != value:
                sys.exit("%s: %s says %s, others %s" % (key, reader, value, disc[key]))
    print("disc %s | %s" % (disc["mcn"], disc["disc"].replace(" / ", " | ", 1)))
    for i, start in enumerate(disc["starts"]):
        print("%02d %d %s" % (i + 1, start, "data" if disc["data"][i] else "%s | %s | %s" % (
            disc["isrc"][i], disc["performer"][i], disc["title"][i])))
    print("end", disc["end"])


# ---- samples


def near(wav, floats, most, low, high, frames=0, missing=0):
    with open(wav, "rb") as file:
        got = array.array("h", file.read()[HEADER:])
    with open(floats, "rb") as file:
        want = array.array("d", file.read())
    end = int(frames) * 2 or len(want)
    if any(got[end:]) or len(got) < end:
        sys.exit("%d samples, and no silence behind %d" % (len(got), end))
    if not -2 <= end - len(want) <= 2 * (int(missing) or 1):
        sys.exit("%d samples to compare with %d" % (len(want), end))
    gaps = [abs(g - 32768.0 * w) for g, w in zip(got[:end], want)]
    worst, mean = max(gaps), math.sqrt(math.fsum(gap * gap for gap in gaps) / len(gaps))
    print("%-28s max %.3f at %d, rms %.4f" % (os.path.basename(wav), worst, gaps.index(worst) // 2, mean))
    if worst > float(most) or not float(low) <= mean <= float(high):
        sys.exit("wanted max %s, rms %s to %s" % (most, low, high))


def step(*wavs):
    samples = array.array("h")
    for wav in wavs:
        with open(wav, "rb") as file:
            samples.frombytes(file.read()[HEADER:])
    print(max(abs(a - b) for a, b in zip(samples, samples[2:])))


# ---- Mode 1 (ECMA-130, clause 14, annexes A and B). Parity is not made again: it is right where the syndromes are 0


def edc_table():
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (0xd8018001 if value & 1 else 0)
        yield value


EDC = list(edc_table())
DOUBLE = bytes((x << 1 ^ (0x11d if x & 0x80 else 0)) & 0xff for x in range(256))


def xor(a, b):
    return (int.from_bytes(a, "little") ^ int.from_bytes(b, "little")).to_bytes(len(a), "little")


def syndromes(rows):
    """Of many codewords at once: rows has their first bytes, their second bytes …"""
    plain = weighted = bytes(len(rows[0]))
    for row in rows:
        plain, weighted = xor(plain, row), xor(weighted.translate(DOUBLE), row)
    return any(plain) or any(weighted)


Q_PLACES = [[12 + 2 * ((44 * m + 43 * n) % 1118) + b for n in range(26) for b in (0, 1)] for m in range(43)]


def bcd(number):
    return number // 10 << 4 | number % 10


def wrong(sector, lba):
    address = bytes(map(bcd, ((lba + 150) // 75 // 60, (lba + 150) // 75 % 60, lba % 75)))
    if sector[:12] != b"\0" + b"\xff" * 10 + b"\0":
        return "sync"
    if sector[12:16] != address + b"\1":
        return "header %s" % sector[12:16].hex()
    edc = 0
    for byte in sector[:2064]:
        edc = edc >> 8 ^ EDC[(edc ^ byte) & 0xff]
    if edc != int.from_bytes(sector[2064:2068], "little") or any(sector[2068:2076]):
        return "EDC"
    if syndromes([sector[12 + 86 * m:98 + 86 * m] for m in range(26)]):
        return "P parity"
    q = [bytes(map(sector.__getitem__, places)) for places in Q_PLACES]
    if syndromes(q + [sector[2248:2300], sector[2300:2352]]):
        return "Q parity"
    return None


def mode1(path, sectors):
    with open(path, "rb") as file:
        for lba in range(int(sectors)):
            trouble = wrong(file.read(SECTOR), lba)
            if trouble:
                sys.exit("sector %d: %s" % (lba, trouble))


# ---- how long a disc is


def sectors(*tracks):
    """Tracks begin on a sector after a gap; without one samples follow those before, and what is short is filled."""
    at = 0
    for i, track in enumerate(tracks):
        length, gap = map(int, track.split(":"))
        if i and gap:
            at = (-(-at // SECTOR) + gap) * SECTOR
        at += max(length, SHORTEST * SECTOR)
    print(-(-at // SECTOR))


{"agreed": agreed, "near": near, "step": step, "mode1": mode1, "sectors": sectors}[sys.argv[1]](*sys.argv[2:])
