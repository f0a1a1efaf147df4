#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""long_flac.py HOURS >FILE: a small FLAC file of silence that does not tell its length, so that it takes long to judge.

Each frame is 65535 samples of one value (RFC 9639); only its number and its check sums differ.
"""
import sys

RATE, BLOCK = 44100, 65535


def table(width, polynomial):
    mask = (1 << width) - 1
    rows = []
    for byte in range(256):
        crc = byte << (width - 8)
        for _ in range(8):
            crc = (crc << 1 ^ (polynomial if crc >> (width - 1) else 0)) & mask
        rows.append(crc)
    return rows


CRC8, CRC16 = table(8, 0x07), table(16, 0x8005)


def crc8(data):
    crc = 0
    for byte in data:
        crc = CRC8[crc ^ byte]
    return crc


def crc16(data):
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xff00) ^ CRC16[crc >> 8 ^ byte]
    return crc


def frame(number):
    coded = chr(number).encode("utf-8", "surrogatepass")
    head = b"\xff\xf8\x79\x08" + coded + (BLOCK - 1).to_bytes(2, "big")
    data = head + bytes([crc8(head)]) + b"\0\0\0"
    return data + crc16(data).to_bytes(2, "big")


sizes = BLOCK.to_bytes(2, "big") * 2 + bytes(6)
rate = (RATE << 44 | 0 << 41 | 15 << 36).to_bytes(8, "big")
sys.stdout.buffer.write(b"fLaC" + b"\x80\0\0\x22" + sizes + rate + bytes(16))
for n in range(int(sys.argv[1]) * 3600 * RATE // BLOCK):
    sys.stdout.buffer.write(frame(n))
