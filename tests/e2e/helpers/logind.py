#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""logind.py SOCKET LOG MODE: a system bus with nothing on it but logind's method Inhibit and systemd's StartTransientUnit.

MODE: grant (gives locks), refuse (as polkit does), mute (never answers the call), deaf (never answers at all),
hang-up (ends the connection when it is called). Each line of LOG is a thing that happened: called WHAT WHO WHY MODE,
released, scope NAME [forever], left (a caller hung up). The wire format is that of the D-Bus specification, in its parts needed here.
"""

import array
import os
import select
import socket
import struct
import sys
import threading

_, path, log_path, mode = sys.argv
log_file = open(log_path, "a")


def log(*words):
    print(*words, sep="|", file=log_file, flush=True)


def pad(data, to):
    return data + b"\0" * (-len(data) % to)


def text(s):
    return struct.pack("<I", len(s)) + s.encode() + b"\0"


def message(kind, to_serial, signature, body, fds=0, error=None):
    """A reply (2) or an error (3)."""
    fields = [(5, "u", struct.pack("<I", to_serial)), (6, "s", text(":1.1")), (7, "s", text("org.freedesktop.DBus"))]
    if error:
        fields.append((4, "s", text(error)))
    if signature:
        fields.append((8, "g", bytes([len(signature)]) + signature.encode() + b"\0"))
    if fds:
        fields.append((9, "u", struct.pack("<I", fds)))
    array_ = b""
    for code, kind_, value in fields:
        array_ = pad(array_, 8) + bytes([code, 1]) + kind_.encode() + b"\0"
        array_ = pad(array_, 4) if kind_ in "us" else array_
        array_ += value
    head = b"l" + bytes([kind, 1, 1]) + struct.pack("<III", len(body), to_serial, len(array_)) + array_
    return pad(head, 8) + body


def strings(data):
    found, at = [], 0
    while at < len(data):
        at += -at % 4
        (n,) = struct.unpack_from("<I", data, at)
        found.append(data[at + 4:at + 4 + n].decode())
        at += 4 + n + 1
    return found


def hold(connection, serial):
    """Give a descriptor away, and wait until the last copy of it is closed."""
    mine, theirs = os.pipe()
    reply = message(2, serial, "h", struct.pack("<I", 0), fds=1)
    connection.sendmsg([reply], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [theirs]))])
    os.close(theirs)

    def wait():
        poll = select.poll()
        poll.register(mine, 0)
        poll.poll()
        log("released")

    threading.Thread(target=wait, daemon=True).start()


def answer(connection, data):
    """One message; returns what comes behind it, or None while it is not all there."""
    if len(data) < 16:
        return None
    body, serial, fields = struct.unpack_from("<III", data, 4)
    begin = 16 + fields + -fields % 8
    if len(data) < begin + body:
        return None
    head, body, rest = data[:begin], data[begin:begin + body], data[begin + body:]
    if b"\0Hello\0" in head:
        connection.sendall(message(2, serial, "s", text(":1.1")))
    elif b"\0Inhibit\0" in head and b"\0org.freedesktop.login1.Manager\0" in head:
        log("called", *strings(body))
        if mode == "grant":
            hold(connection, serial)
        elif mode == "refuse":
            connection.sendall(message(3, serial, "s", text("Interactive authentication required."),
                                       error="org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"))
        elif mode == "hang-up":
            connection.shutdown(socket.SHUT_RDWR)
    elif b"\0StartTransientUnit\0" in head and b"\0org.freedesktop.systemd1.Manager\0" in head:
        forever = b"\0TimeoutStopUSec\0\x01t\0" in body and b"\xff" * 8 in body
        log("scope", *strings(body[:4 + struct.unpack_from("<I", body)[0] + 1]), "forever" if forever else "")
    else:
        log("unknown", repr(head))
    return rest


def serve(connection):
    data = b""
    begun = False
    while chunk := connection.recv(65536):
        data += chunk
        while not begun and b"\r\n" in data:
            line, _, data = data.partition(b"\r\n")
            words = line.lstrip(b"\0").split()
            if words[0] == b"AUTH":
                connection.sendall(b"OK " + b"0" * 32 + b"\r\n" if len(words) > 2 else b"DATA\r\n")
            elif words[0] == b"DATA":
                connection.sendall(b"OK " + b"0" * 32 + b"\r\n")
            elif words[0] == b"NEGOTIATE_UNIX_FD":
                connection.sendall(b"AGREE_UNIX_FD\r\n")
            begun = words[0] == b"BEGIN"
        while begun and (rest := answer(connection, data)) is not None:
            data = rest
    log("left")


listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
listener.bind(path)
listener.listen()
log("listens")
kept = []
while True:
    caller, _ = listener.accept()
    if mode == "deaf":
        log("called")
        kept.append(caller)
    else:
        threading.Thread(target=serve, args=(caller,), daemon=True).start()
