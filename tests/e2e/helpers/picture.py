# SPDX-License-Identifier: GPL-2.0-or-later
"""What there is to see in image/disc.svg.

picture.py texts SVG       its title and texts, a line each; fails unless it is plain, well-formed SVG
picture.py filled PNG      how many of a thousand parts of the ring are no free ones, as it was rendered
"""
import math
import struct
import sys
import xml.etree.ElementTree
import zlib

SPACE = "{http://www.w3.org/2000/svg}"
PLAIN = {"svg", "title", "g", "path", "rect", "text"}
# Of the picture's width: the middle of the disc, and from where to where its ring bears neither edges nor marks.
WIDTH, CENTRE, INNER, OUTER = 640, 320, 140, 230


def texts(name):
    root = xml.etree.ElementTree.parse(name).getroot()
    assert root.tag == SPACE + "svg", root.tag
    for element in root.iter():
        tag = element.tag.removeprefix(SPACE)
        assert tag in PLAIN, f"an element {tag}"
        for key, value in element.items():
            assert ":" not in value and "url" not in value, f"{key}={value} of {tag} points elsewhere"
        if tag in ("title", "text"):
            assert not list(element), f"{tag} has elements in it"
            print(element.text)


def rows(data):
    """The pixels of a PNG of 8 bits and four channels, as rows of bytes (PNG, second edition)."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed, width = 8, b"", 0
    while at < len(data):
        length, kind = struct.unpack(">I4s", data[at:at + 8])
        body = data[at + 8:at + 8 + length]
        at += 12 + length
        if kind == b"IHDR":
            width, _, depth, colour, _, _, interlaced = struct.unpack(">IIBBBBB", body)
            assert (depth, colour, interlaced) == (8, 6, 0), "a PNG of another kind"
        elif kind == b"IDAT":
            packed += body
    raw, line = zlib.decompress(packed), bytearray(4 * width)
    for start in range(0, len(raw), 4 * width + 1):
        above, line = line, bytearray(raw[start + 1:start + 4 * width + 1])
        unfilter(raw[start], line, above)
        yield line


def unfilter(kind, line, above):
    for i in range(len(line)):
        left, corner = (line[i - 4], above[i - 4]) if i >= 4 else (0, 0)
        up = above[i]
        near = min((abs(up - corner), 0, left), (abs(left - corner), 1, up), (abs(left + up - 2 * corner), 2, corner))
        line[i] = (line[i] + (0, left, up, (left + up) // 2, near[2])[kind]) & 255


def filled(name):
    with open(name, "rb") as file:
        picture = list(rows(file.read()))
    scale = len(picture[0]) / 4 / WIDTH
    free = taken = 0
    for y, row in enumerate(picture):
        for x in range(len(row) // 4):
            away = math.hypot((x + 0.5) / scale - CENTRE, (y + 0.5) / scale - CENTRE)
            if INNER < away < OUTER:
                red, green, blue, alpha = row[4 * x:4 * x + 4]
                assert alpha == 255, "the disc can be seen through"
                if (red + green + blue) / 3 < 200:
                    taken += 1
                else:
                    free += 1
    print(1000 * taken // (free + taken))


if __name__ == "__main__":
    {"texts": texts, "filled": filled}[sys.argv[1]](sys.argv[2])
