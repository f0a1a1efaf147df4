#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""loader.py TEXT [BLOCKS]: the smallest boot loader, on standard output: it says TEXT on the first serial line
and resets the machine. With BLOCKS it is a boot record of a disk, with a partition over so many blocks of 2048."""
import struct
import sys

CODE = bytes([
    0xFC,              # cld
    0x0E, 0x1F,        # ds = cs
    0xE8, 0x00, 0x00,  # call the next instruction, so that si tells where we are
    0x5E,              # pop si
    0x83, 0xC6, 34,    # add si, to the text
    0xAC,              # next: lodsb
    0x84, 0xC0,        # test al, al
    0x74, 18,          # jz end
    0x88, 0xC4,        # mov ah, al
    0xBA, 0xFD, 0x03,  # wait: mov dx, 0x3fd: the state of the line
    0xEC,              # in al, dx
    0xA8, 0x20,        # test al, 0x20: it takes a byte
    0x74, 0xF8,        # jz wait
    0xBA, 0xF8, 0x03,  # mov dx, 0x3f8
    0x88, 0xE0,        # mov al, ah
    0xEE,              # out dx, al
    0xEB, 0xE9,        # jmp next
    0xB0, 0xFE,        # end: mov al, 0xfe
    0xE6, 0x64,        # out 0x64, al: reset
    0xF4,              # hlt
    0xEB, 0xFD,        # jmp to the hlt
])

program = CODE + sys.argv[1].encode() + b"\r\n\0"
if len(sys.argv) > 2:
    sectors = int(sys.argv[2]) * 4
    entry = struct.pack("<B3sB3sII", 0x80, b"\0\1\0", 0x17, b"\xfe\xff\xff", 0, sectors)
    program = program.ljust(446, b"\0") + entry.ljust(64, b"\0") + b"\x55\xaa"
sys.stdout.buffer.write(program.ljust(2048, b"\0"))
