#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What systemd does for x-systemd.automount: an autofs mount that mounts when somebody goes there.

    automount.py DIR SOCKET PATIENCE COMMAND...

puts a direct autofs mount on DIR, in a process group of its own. Whoever walks there from outside that group
waits until COMMAND has run within it and the kernel is told so. SOCKET takes a line at a time, and answers each:

    hold      tell the kernel nothing from now on          release   tell what was held back
    run TEXT  run the shell's TEXT within the group        expire    unmount DIR as after an idle time
    end       let everybody through who still waits, and end

The answer is "ok", or what is wrong. A COMMAND that takes longer than PATIENCE seconds is killed, and has failed;
and nothing is held longer.
"""
import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys

READY, FAIL, CATATONIC = 0x9360, 0x9361, 0x9362
EXPIRE_MULTI = 0x40049366
EXPIRE_NOW = 1
MISSING_DIRECT, EXPIRE_DIRECT = 5, 6
PACKET = struct.Struct('iiIIQIIIII256s4x')

libc = ctypes.CDLL(None, use_errno=True)


def mount_autofs(directory, pipe):
    options = f'fd={pipe},pgrp={os.getpgrp()},minproto=5,maxproto=5,direct'
    if libc.mount(b'automount.py', directory.encode(), b'autofs', 0, options.encode()) < 0:
        sys.exit(f'automount.py: mount: {os.strerror(ctypes.get_errno())}')


class Automount:
    def __init__(self, directory, patience, command):
        self.directory, self.patience, self.command = directory, patience, command
        self.held, self.holding = [], False
        self.pipe, write = os.pipe()
        mount_autofs(directory, write)
        self.root = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)

    def run(self, *command):
        child = subprocess.Popen(command)
        try:
            return child.wait(self.patience) == 0
        except subprocess.TimeoutExpired:
            child.kill()
            return False

    def tell(self, how, token):
        if self.holding:
            self.held.append((how, token))
        else:
            fcntl.ioctl(self.root, how, token)

    def packet(self):
        packet = PACKET.unpack(os.read(self.pipe, PACKET.size))
        kind, token = packet[1], packet[2]
        if kind == MISSING_DIRECT:
            good = self.run(*self.command)
        else:
            good = kind == EXPIRE_DIRECT and self.run('umount', self.directory)
        self.tell(READY if good else FAIL, token)

    def expire(self):
        """The kernel answers by a packet, and lets this call wait until it was told of the end."""
        child = os.fork()
        if child == 0:
            try:
                fcntl.ioctl(self.root, EXPIRE_MULTI, struct.pack('i', EXPIRE_NOW))
            except OSError as e:
                os._exit(e.errno)
            os._exit(0)
        while True:
            pid, status = os.waitpid(child, os.WNOHANG)
            if pid:
                return errno.errorcode.get(os.waitstatus_to_exitcode(status), 'ok')
            if select.select([self.pipe], [], [], 0.02)[0]:
                self.packet()

    def do(self, line):
        verb, _, text = line.partition(' ')
        if verb == 'hold':
            self.holding = True
        elif verb == 'release':
            self.holding = False
            for how, token in self.held:
                self.tell(how, token)
            self.held = []
        elif verb == 'run':
            return 'ok' if self.run('bash', '-c', text) else 'failed'
        elif verb == 'expire':
            return self.expire()
        else:
            return 'unknown'
        return 'ok'

    def end(self):
        fcntl.ioctl(self.root, CATATONIC)


def serve(mount, listener):
    while True:
        ready = select.select([mount.pipe, listener], [], [], mount.patience if mount.holding else None)[0]
        if not ready:
            sys.exit('automount.py: held for too long')
        if mount.pipe in ready:
            mount.packet()
        if listener in ready:
            client = listener.accept()[0]
            line = client.makefile().readline().rstrip('\n')
            if line == 'end':
                mount.end()
                client.sendall(b'ok')
                return
            client.sendall(mount.do(line).encode())
            client.close()


def main():
    directory, path, patience, *command = sys.argv[1:]
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    os.setsid()
    mount = Automount(directory, int(patience), command)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    try:
        serve(mount, listener)
    except BaseException:
        mount.end()
        raise


main()
