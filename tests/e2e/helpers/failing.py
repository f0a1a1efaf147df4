#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs a program whose system calls can be made to fail, one after the other, at a known call and not at a known time.

A seccomp filter hands each call that works on files to this process before the kernel does it (seccomp_unotify(2)); it is
let through, or answered with an error. Other calls are not held up. No root is needed but where the program needs it:
no_new_privs is set, so set-uid programs have no effect.
"""

import ctypes
import errno
import fcntl
import os
import platform
import select
import signal
import socket
import struct
import threading

# Numbers of the calls: linux/unistd.h of that machine.
CALLS = {
    "x86_64": {
        "openat": 257, "pread64": 17, "pwrite64": 18, "copy_file_range": 326, "fsync": 74, "fdatasync": 75,
        "ftruncate": 77, "fallocate": 285, "renameat": 264, "renameat2": 316, "unlinkat": 263, "linkat": 265,
        "mkdirat": 258, "symlinkat": 266, "mknodat": 259, "fchmod": 91, "fchmodat": 268, "fchown": 93, "fchownat": 260,
        "utimensat": 280, "fsetxattr": 190, "lsetxattr": 189, "setxattr": 188, "fremovexattr": 199,
        "lremovexattr": 198, "removexattr": 197, "newfstatat": 262, "fstat": 5, "statx": 332, "getdents64": 217,
        "readlinkat": 267, "fstatfs": 138, "mkdir": 83, "lseek": 8, "syncfs": 306, "sync_file_range": 277,
    },
    "aarch64": {
        "openat": 56, "pread64": 67, "pwrite64": 68, "copy_file_range": 285, "fsync": 82, "fdatasync": 83,
        "ftruncate": 46, "fallocate": 47, "renameat": 38, "renameat2": 276, "unlinkat": 35, "linkat": 37,
        "mkdirat": 34, "symlinkat": 36, "mknodat": 33, "fchmod": 52, "fchmodat": 53, "fchown": 55, "fchownat": 54,
        "utimensat": 88, "fsetxattr": 7, "lsetxattr": 6, "setxattr": 5, "fremovexattr": 16, "lremovexattr": 15,
        "removexattr": 14, "newfstatat": 79, "fstat": 80, "statx": 291, "getdents64": 61, "readlinkat": 78,
        "fstatfs": 44, "lseek": 62, "syncfs": 267, "sync_file_range": 84,
    },
}
ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
SECCOMP = {"x86_64": 317, "aarch64": 277}
ALLOW, USER_NOTIF = 0x7FFF0000, 0x7FC00000
SET_MODE_FILTER, NEW_LISTENER = 1, 8
RECV, SEND, CONTINUE = 0xC0502100, 0xC0182101, 1
PR_SET_NO_NEW_PRIVS = 38

machine = platform.machine()
libc = ctypes.CDLL(None, use_errno=True)


class Unsupported(Exception):
    """This machine or kernel cannot do it; the reason is the text."""


def program(numbers):
    """The filter: those calls of this machine's are handed over, all others go on."""
    lines = [(0x20, 0, 0, 4), (0x15, 1, 0, ARCH[machine]), (0x06, 0, 0, ALLOW), (0x20, 0, 0, 0)]
    for i, number in enumerate(numbers):
        lines.append((0x15, len(numbers) - i, 0, number))
    lines += [(0x06, 0, 0, ALLOW), (0x06, 0, 0, USER_NOTIF)]
    return b"".join(struct.pack("<HBBI", *line) for line in lines), len(lines)


def install(numbers):
    """Filter this process and its children from now on; returns the descriptor that tells of calls."""
    code, count = program(numbers)
    buffer = ctypes.create_string_buffer(code, len(code))
    head = struct.pack("@HP", count, ctypes.addressof(buffer))
    if os.geteuid() != 0 and libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0:
        raise Unsupported("no_new_privs cannot be set")
    fd = libc.syscall(SECCOMP[machine], SET_MODE_FILTER, NEW_LISTENER, ctypes.create_string_buffer(head, len(head)))
    if fd < 0:
        raise Unsupported("seccomp: " + os.strerror(ctypes.get_errno()))
    return fd


class Failing:
    """A child process, one of those in children. arm(n) lets the n-th call from then on fail, disarm() says which call that was."""

    children = set()

    def __init__(self, argv, log):
        if machine not in CALLS:
            raise Unsupported("the numbers of system calls are not known for " + machine)
        self.names = {number: name for name, number in CALLS[machine].items()}
        self.lock = threading.Lock()
        self.left, self.error, self.only, self.fired = 0, errno.EIO, None, None
        ours, theirs = socket.socketpair()
        self.pid = os.fork()
        if self.pid == 0:
            self._child(theirs, argv, log)
        theirs.close()
        Failing.children.add(self.pid)
        said, fds, _, _ = socket.recv_fds(ours, 100, 1)
        ours.close()
        if not fds:
            os.waitpid(self.pid, 0)
            raise Unsupported(said.decode() or "the program did not start")
        self.listener = fds[0]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _child(self, link, argv, log):
        try:
            out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(out, 1)
            os.dup2(out, 2)
            fd = install(sorted(self.names))
            socket.send_fds(link, [b"ok"], [fd])
            os.close(fd)
            os.execv(argv[0], argv)
        except (Unsupported, OSError) as trouble:
            link.send(str(trouble).encode())
        finally:
            os._exit(127)

    def _serve(self):
        ready = select.poll()
        ready.register(self.listener, select.POLLIN)
        while True:
            call = bytearray(80)
            if not ready.poll()[0][1] & select.POLLIN:
                os.close(self.listener) # nobody is left who could call
                return
            try:
                fcntl.ioctl(self.listener, RECV, call)
            except OSError as trouble:
                if trouble.errno in (errno.EINTR, errno.ENOENT):
                    continue
                return
            number = struct.unpack_from("<i", call, 16)[0]
            error = self._judge(self.names.get(number, "?"))
            answer = struct.pack("<QqiI", struct.unpack_from("<Q", call)[0], 0, -error, 0 if error else CONTINUE)
            try:
                fcntl.ioctl(self.listener, SEND, bytearray(answer))
            except OSError as trouble:
                if trouble.errno not in (errno.ENOENT, errno.EINPROGRESS):
                    return

    def _judge(self, name):
        with self.lock:
            if not self.left or (self.only and name not in self.only):
                return 0
            self.left -= 1
            if self.left:
                return 0
            self.fired = name
            return self.error

    def arm(self, nth, error=errno.EIO, only=None):
        """Let the nth call from now on fail, of those named in only if it is given."""
        with self.lock:
            self.left, self.error, self.only, self.fired = nth, error, only, None

    def disarm(self):
        """The name of the call that failed since arm(), or None."""
        with self.lock:
            self.left = 0
            return self.fired

    def alive(self):
        return os.waitpid(self.pid, os.WNOHANG) == (0, 0)

    def kill(self):
        os.kill(self.pid, signal.SIGKILL)
        self.wait()

    def wait(self):
        """The exit status."""
        status = os.waitpid(self.pid, 0)[1]
        Failing.children.discard(self.pid)
        return os.waitstatus_to_exitcode(status)
