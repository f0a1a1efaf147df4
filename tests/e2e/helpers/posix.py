#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What a POSIX directory tree promises, tried on a directory: posix.py DIRECTORY [CHECK…].

Each function named check_… gets an empty directory of its own as working directory. Run on a local
file system, all of them pass there, too: that is the measure.
"""

import ctypes
import errno
import fcntl
import mmap
import os
import random
import shutil
import socket
import stat
import subprocess
import sys
import threading
import time
import traceback

libc = ctypes.CDLL(None, use_errno=True)
KEEP_SIZE, PUNCH_HOLE, ZERO_RANGE = 1, 2, 16
NOREPLACE, EXCHANGE = 1, 2


def same(got, wanted, what=""):
    assert got == wanted, "%s: got %r, wanted %r" % (what, got, wanted)


def refused(code, function, *args, **kwargs):
    try:
        function(*args, **kwargs)
    except OSError as error:
        same(errno.errorcode.get(error.errno), errno.errorcode[code], "errno of %s%r" % (
            getattr(function, "__name__", function), args))
    else:
        raise AssertionError("%s%r succeeded, wanted %s" % (function, args, errno.errorcode[code]))


def renameat2(old, new, flags):
    if libc.renameat2(-100, os.fsencode(old), -100, os.fsencode(new), ctypes.c_uint(flags)) < 0:
        raise OSError(ctypes.get_errno(), "renameat2")


def fallocate(fd, mode, offset, length):
    if libc.fallocate(fd, mode, ctypes.c_int64(offset), ctypes.c_int64(length)) < 0:
        raise OSError(ctypes.get_errno(), "fallocate")


def write(path, data=b""):
    with open(path, "wb") as file:
        file.write(data)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def check_hard_links():
    write("a", b"one")
    os.link("a", "b")
    os.mkdir("d")
    os.link("b", "d/c")
    same(os.stat("a").st_nlink, 3)
    same(os.stat("a").st_ino, os.stat("d/c").st_ino)
    write("d/c", b"two, longer")
    same(read("a"), b"two, longer")
    os.chmod("b", 0o600)
    same(stat.S_IMODE(os.stat("a").st_mode), 0o600)
    os.unlink("a")
    same(os.stat("b").st_nlink, 2)
    refused(errno.EEXIST, os.link, "b", "d/c")
    refused(errno.EPERM, os.link, "d", "e")
    os.rename("b", "d/c")  # two names of one file: nothing happens
    same(sorted(os.listdir(".")), ["b", "d"])
    os.unlink("b")
    same(os.stat("d/c").st_nlink, 1)


def check_symlinks():
    os.symlink("nowhere", "l")
    same(os.readlink("l"), "nowhere")
    same(os.lstat("l").st_size, 7)
    refused(errno.ENOENT, os.stat, "l")
    refused(errno.EEXIST, os.symlink, "x", "l")
    os.symlink("directory-name/" * 14 + "end", "long")
    same(len(os.readlink("long")), 213)
    os.symlink("b", "a")
    os.symlink("a", "b")
    refused(errno.ELOOP, os.open, "a", os.O_RDONLY)
    refused(errno.EINVAL, os.readlink, ".")
    os.mkdir("d")
    write("d/f", b"content")
    os.symlink("d", "to-d")
    same(read("to-d/f"), b"content")
    os.link("l", "l2", follow_symlinks=False)
    same(os.readlink("l2"), "nowhere")
    os.utime("l", ns=(10**18, 10**18 + 5), follow_symlinks=False)
    same(os.lstat("l2").st_mtime_ns, 10**18 + 5)


def check_fifo():
    os.mkfifo("f", 0o640)
    assert stat.S_ISFIFO(os.stat("f").st_mode)
    got = []
    reader = threading.Thread(target=lambda: got.append(read("f")))
    reader.start()
    write("f", b"through")
    reader.join()
    same(got, [b"through"])
    os.rename("f", "g")
    os.unlink("g")


def check_rename():
    write("a", b"a")
    write("b", b"b")
    refused(errno.EEXIST, renameat2, "a", "b", NOREPLACE)
    renameat2("a", "c", NOREPLACE)
    same(sorted(os.listdir(".")), ["b", "c"])
    renameat2("b", "c", EXCHANGE)
    same((read("b"), read("c")), (b"a", b"b"))
    refused(errno.ENOENT, renameat2, "b", "missing", EXCHANGE)
    os.makedirs("d/e")
    write("d/e/f", b"deep")
    renameat2("c", "d", EXCHANGE)
    same((read("d"), read("c/e/f")), (b"b", b"deep"))
    refused(errno.EINVAL, os.rename, "c", "c/e/c")
    os.mkdir("empty")
    refused(errno.ENOTEMPTY, os.rename, "empty", "c")
    refused(errno.ENOTDIR, os.rename, "empty", "b")
    refused(errno.EISDIR, os.rename, "b", "empty")
    os.rename("c", "empty")
    same(read("empty/e/f"), b"deep")
    # Over a file that is open: the old one lives on in its descriptor.
    fd = os.open("b", os.O_RDWR)
    write("new", b"new")
    os.rename("new", "b")
    same((os.pread(fd, 9, 0), read("b")), (b"a", b"new"))
    os.pwrite(fd, b"Z", 0)
    same((os.pread(fd, 9, 0), read("b")), (b"Z", b"new"))
    os.close(fd)
    # A directory moved away from under an open file.
    fd = os.open("empty/e/f", os.O_RDWR)
    os.rename("empty/e", "moved")
    os.pwrite(fd, b"DEEP", 0)
    os.close(fd)
    same(read("moved/f"), b"DEEP")
    before = os.stat("moved").st_ino
    os.rename("moved", "moved2")
    same(os.stat("moved2").st_ino, before, "inode number after a rename")


def check_truncate():
    write("f", b"x" * 10000)
    os.truncate("f", 100)
    same(read("f"), b"x" * 100)
    os.truncate("f", 5000)
    same(read("f"), b"x" * 100 + bytes(4900))
    with open("f", "r+b") as file:
        file.truncate(3)
        file.seek(10)
        file.write(b"y")
    same(read("f"), b"xxx" + bytes(7) + b"y")
    refused(errno.EISDIR, os.truncate, ".", 0)
    refused(errno.EINVAL, os.truncate, "f", -1)
    fd = os.open("f", os.O_RDONLY)
    refused(errno.EINVAL, os.ftruncate, fd, 0)
    os.close(fd)
    before = os.stat("f").st_mtime_ns
    os.truncate("f", 4)
    assert os.stat("f").st_mtime_ns >= before


def check_fallocate():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    fallocate(fd, 0, 0, 100000)
    same(os.fstat(fd).st_size, 100000)
    fallocate(fd, KEEP_SIZE, 100000, 100000)
    same(os.fstat(fd).st_size, 100000)
    os.pwrite(fd, b"x" * 100000, 0)
    fallocate(fd, PUNCH_HOLE | KEEP_SIZE, 8192, 40960)
    same(os.fstat(fd).st_size, 100000)
    same(os.pread(fd, 100000, 0), b"x" * 8192 + bytes(40960) + b"x" * (100000 - 49152))
    fallocate(fd, ZERO_RANGE | KEEP_SIZE, 0, 4096)
    same(os.pread(fd, 4097, 0), bytes(4096) + b"x")
    refused(errno.EINVAL, fallocate, fd, 0, 0, 0)
    os.close(fd)


def check_holes():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.pwrite(fd, b"begin", 0)
    os.pwrite(fd, b"end", 50 * 1024 * 1024)
    os.fsync(fd)
    same(os.fstat(fd).st_size, 50 * 1024 * 1024 + 3)
    assert os.fstat(fd).st_blocks < 1000, "a hole takes space: %d" % os.fstat(fd).st_blocks
    same(os.pread(fd, 8192, 25 * 1024 * 1024), bytes(8192))
    hole = os.lseek(fd, 0, os.SEEK_HOLE)
    assert 5 <= hole <= 1024 * 1024, hole
    data = os.lseek(fd, hole, os.SEEK_DATA)
    assert hole < data <= 50 * 1024 * 1024, data
    refused(errno.ENXIO, os.lseek, fd, 50 * 1024 * 1024 + 3, os.SEEK_DATA)
    os.close(fd)
    subprocess.run(["cp", "--sparse=always", "f", "g"], check=True)
    subprocess.run(["cmp", "f", "g"], check=True)


def check_copy_file_range():
    data = random.Random(1).randbytes(3000000)
    write("a", data)
    write("b", b"0123456789")
    a, b = os.open("a", os.O_RDONLY), os.open("b", os.O_RDWR)
    done = 0
    while done < 2000000:
        n = os.copy_file_range(a, b, 2000000 - done, offset_src=1000 + done, offset_dst=5 + done)
        assert n > 0, "copy_file_range ended early"
        done += n
    same(read("b"), b"01234" + data[1000:2001000])
    same(os.copy_file_range(a, b, 10, offset_src=len(data)), 0)
    for fd in a, b:
        os.close(fd)


def check_mmap():
    data = random.Random(2).randbytes(400000)
    write("f", data)
    fd = os.open("f", os.O_RDWR)
    with mmap.mmap(fd, 0) as one, mmap.mmap(fd, 0) as other:
        one[1000:1005] = b"mmap!"
        same(other[998:1007], data[998:1000] + b"mmap!" + data[1005:1007])
        os.pwrite(fd, b"write", 200000)
        same(other[200000:200005], b"write")
        one.flush()
        same(os.pread(fd, 5, 1000), b"mmap!")
    os.close(fd)
    want = bytearray(data)
    want[1000:1005], want[200000:200005] = b"mmap!", b"write"
    same(read("f"), bytes(want))
    # Written after the descriptor was closed.
    fd = os.open("f", os.O_RDWR)
    mapping = mmap.mmap(fd, 0)
    os.close(fd)
    mapping[0:4] = want[0:4] = b"late"
    mapping.close()
    same(read("f"), bytes(want))
    with open("f", "rb") as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapping:
        same(mapping[:], bytes(want))


def in_child(function):
    """The child's exit status: 0 if the function returned, the errno if it raised one."""
    pid = os.fork()
    if pid == 0:
        try:
            function()
        except OSError as error:
            os._exit(error.errno)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def check_locks():
    write("f", b"0123456789")
    with open("f", "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)

        def flock():
            with open("f", "r+b") as mine:
                fcntl.flock(mine, fcntl.LOCK_EX | fcntl.LOCK_NB)
        same(in_child(flock), errno.EAGAIN, "flock while another has it")
        fcntl.flock(file, fcntl.LOCK_UN)
        same(in_child(flock), 0, "flock when it is free")

        fcntl.lockf(file, fcntl.LOCK_EX, 5, 0)

        def lockf(start):
            with open("f", "r+b") as mine:
                fcntl.lockf(mine, fcntl.LOCK_EX | fcntl.LOCK_NB, 5, start)
        assert in_child(lambda: lockf(0)) in (errno.EAGAIN, errno.EACCES)
        same(in_child(lambda: lockf(5)), 0, "another range")
    same(in_child(lambda: lockf(0)), 0, "after close")


def check_append_and_excl():
    write("log", b"")
    fds = [os.open("log", os.O_WRONLY | os.O_APPEND) for _ in range(4)]

    def lines(fd, mark):
        for _ in range(200):
            os.write(fd, mark * 63 + b"\n")
    threads = [threading.Thread(target=lines, args=(fd, b"%d" % i)) for i, fd in enumerate(fds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for fd in fds:
        os.close(fd)
    text = read("log").splitlines()
    same(len(text), 800, "appended lines")
    assert all(len(set(line)) == 1 and len(line) == 63 for line in text), "mixed lines"
    fd = os.open("log", os.O_RDWR | os.O_APPEND)
    os.pwrite(fd, b"!", 0)  # Linux appends
    same(read("log")[-1:], b"!")
    os.close(fd)
    os.close(os.open("once", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    refused(errno.EEXIST, os.open, "once", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    os.symlink("target", "l")
    refused(errno.EEXIST, os.open, "l", os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    winners = []

    def race(name):
        try:
            os.close(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL))
            winners.append(name)
        except FileExistsError:
            pass
    for i in range(50):
        threads = [threading.Thread(target=race, args=("race%d" % i,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    same(len(winners), 50, "winners of 50 races")


def check_fsync():
    fd = os.open("f", os.O_WRONLY | os.O_CREAT)
    os.write(fd, b"x" * 100000)
    os.fsync(fd)
    os.fdatasync(fd)
    os.close(fd)
    fd = os.open(".", os.O_RDONLY | os.O_DIRECTORY)
    os.fsync(fd)
    os.close(fd)


def check_unlinked_but_open():
    fd = os.open("f", os.O_RDWR | os.O_CREAT)
    os.write(fd, b"still here")
    os.unlink("f")
    same(os.listdir("."), [])
    same(os.fstat(fd).st_nlink, 0)
    same(os.pread(fd, 100, 0), b"still here")
    os.pwrite(fd, b"more" * 10000, 100)
    same(os.fstat(fd).st_size, 40100)
    os.fchmod(fd, 0o600)
    os.ftruncate(fd, 5)
    os.setxattr(fd, "user.a", b"1")
    same(os.getxattr(fd, "user.a"), b"1")
    os.utime(fd, ns=(1, 2))
    same(os.fstat(fd).st_mtime_ns, 2)
    same(os.pread(fd, 100, 0), b"still")
    write("f", b"another")
    same(os.pread(fd, 100, 0), b"still")
    os.close(fd)
    same(read("f"), b"another")
    os.mkdir("d")
    fd = os.open("d", os.O_RDONLY | os.O_DIRECTORY)
    os.rmdir("d")
    same(os.listdir(fd), [])
    refused(errno.ENOENT, os.open, "x", os.O_CREAT | os.O_WRONLY, dir_fd=fd)
    os.close(fd)


def check_deep_paths():
    top = os.getcwd()
    depth = 60
    for i in range(depth):
        os.mkdir("n" * 200)
        os.chdir("n" * 200)
    write("bottom", b"deep")
    os.rename("bottom", "bottom2")
    os.symlink("bottom2", "link")
    os.setxattr("bottom2", "user.deep", b"yes")
    same(read("link"), b"deep")
    os.link("bottom2", "hard")
    same(os.stat("hard").st_nlink, 2)
    same(sorted(os.listdir(".")), ["bottom2", "hard", "link"])
    os.chdir(top)
    os.rename("n" * 200, "top")
    fd = os.open("top", os.O_RDONLY)
    for i in range(depth - 1):
        below = os.open("n" * 200, os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = below
    bottom = os.open("bottom2", os.O_RDWR, dir_fd=fd)
    same(os.read(bottom, 9), b"deep")
    os.close(bottom)
    os.close(fd)


def check_names():
    names = ["a" * 255, "ü" * 127, "日" * 85, "😀" * 63, " ", "...", "-", "*?<>|:\\\"", "a\nb", "\x01",
             "trailing.", "trailing ", "CON", ".hidden", "ﬁ", "e\u0301", "é", "Case", "case", ";1", "a;1"]
    for name in names:
        write(name, name.encode())
    same(sorted(os.listdir(".")), sorted(names))
    for name in names:
        same(read(name), name.encode())
    refused(errno.ENAMETOOLONG, os.open, "a" * 256, os.O_CREAT | os.O_WRONLY)
    refused(errno.ENAMETOOLONG, os.mkdir, "日" * 86)
    refused(errno.ENAMETOOLONG, os.rename, " ", "b" * 256)
    refused(errno.ENAMETOOLONG, os.symlink, "x", "b" * 256)
    refused(errno.ENAMETOOLONG, os.link, " ", "b" * 256)
    refused(errno.ENAMETOOLONG, os.stat, "b" * 256)
    same(sorted(os.listdir(".")), sorted(names))


def check_xattrs():
    write("f")
    os.mkdir("d")
    for path in "f", "d":
        same(os.listxattr(path), [])
        os.setxattr(path, "user.a", b"value")
        os.setxattr(path, "user.empty", b"")
        os.setxattr(path, "user.big", b"x" * 2000)
        same(sorted(os.listxattr(path)), ["user.a", "user.big", "user.empty"])
        same(os.getxattr(path, "user.a"), b"value")
        same(os.getxattr(path, "user.big"), b"x" * 2000)
        refused(errno.EEXIST, os.setxattr, path, "user.a", b"", os.XATTR_CREATE)
        refused(errno.ENODATA, os.setxattr, path, "user.new", b"", os.XATTR_REPLACE)
        refused(errno.ENODATA, os.getxattr, path, "user.new")
        os.removexattr(path, "user.a")
        refused(errno.ENODATA, os.removexattr, path, "user.a")
    os.rename("f", "g")
    same(os.getxattr("g", "user.big"), b"x" * 2000)
    os.symlink("g", "l")
    refused(errno.EPERM, os.setxattr, "l", "user.a", b"", follow_symlinks=False)


def check_times_and_modes():
    write("f", b"x")
    os.utime("f", ns=(1_000_000_000_123_456_789, 1_100_000_000_987_654_321))
    same(os.stat("f").st_atime_ns, 1_000_000_000_123_456_789)
    same(os.stat("f").st_mtime_ns, 1_100_000_000_987_654_321)
    read("f")
    same(os.stat("f").st_mtime_ns, 1_100_000_000_987_654_321)
    # cp -p sets the time before it closes; a late release must not undo it.
    fd = os.open("p", os.O_CREAT | os.O_WRONLY, 0o400)
    os.write(fd, b"data")
    os.utime(fd, ns=(10**18, 10**18))
    os.close(fd)
    same(os.stat("p").st_mtime_ns, 10**18)
    same(stat.S_IMODE(os.stat("p").st_mode), 0o400)
    for mode in 0o000, 0o777, 0o500, 0o4755, 0o2711, 0o1700, 0o200:
        os.chmod("f", mode)
        same(oct(os.stat("f").st_mode), oct(stat.S_IFREG | mode))
    os.chmod("f", 0o644)
    same(read("f"), b"x")
    os.mkdir("d", 0o700)
    write("d/inside", b"in")
    for mode in 0o1777, 0o2755, 0o700:
        os.chmod("d", mode)
        same(oct(os.stat("d").st_mode), oct(stat.S_IFDIR | mode))
    same(read("d/inside"), b"in")
    old = os.umask(0o027)
    write("masked")
    os.mkdir("masked-d")
    os.umask(old)
    same(stat.S_IMODE(os.stat("masked").st_mode), 0o640)
    same(stat.S_IMODE(os.stat("masked-d").st_mode), 0o750)
    before = os.stat("d").st_mtime_ns
    time.sleep(0.02)  # the clock has to have moved for what is measured here
    write("d/another")
    assert os.stat("d").st_mtime_ns > before, "a directory's mtime does not tell of a new name"
    before, ctime = os.stat("f").st_mtime_ns, os.stat("f").st_ctime_ns
    os.chmod("f", 0o600)
    same(os.stat("f").st_mtime_ns, before)
    assert os.stat("f").st_ctime_ns >= ctime
    if os.geteuid() == 0:
        os.chown("f", 1234, 4321)
        same((os.stat("f").st_uid, os.stat("f").st_gid), (1234, 4321))
        os.chown("f", -1, 5)
        same((os.stat("f").st_uid, os.stat("f").st_gid), (1234, 5))


def check_directories():
    os.mkdir("d")
    same(os.stat("d").st_nlink, 2)
    os.mkdir("d/sub")
    same(os.stat("d").st_nlink, 3)
    refused(errno.EEXIST, os.mkdir, "d")
    refused(errno.ENOTEMPTY, os.rmdir, "d")
    refused(errno.EISDIR, os.unlink, "d")
    write("f")
    refused(errno.ENOTDIR, os.rmdir, "f")
    refused(errno.ENOTDIR, os.mkdir, "f/x")
    refused(errno.ENOENT, os.mkdir, "missing/x")
    refused(errno.EISDIR, os.open, "d", os.O_WRONLY)
    # Removing while listing: every name that stays is listed once.
    for i in range(3000):
        write("d/%d" % i)
    seen = []
    with os.scandir("d") as entries:
        for n, entry in enumerate(entries):
            seen.append(entry.name)
            if n == 500:
                for i in range(0, 3000, 2):
                    os.unlink("d/%d" % i)
    same(len(seen), len(set(seen)), "names listed twice")
    missing = {str(i) for i in range(1, 3000, 2)} - set(seen)
    same(missing, set(), "names that were there all the time and not listed")
    shutil.rmtree("d")
    same(os.listdir("."), ["f"])


def check_many_open():
    files = []
    for i in range(200):
        files.append(open("f%d" % i, "w+b"))
        files[-1].write(b"%d" % i)
    for i, file in enumerate(files):
        file.seek(0)
        same(file.read(), b"%d" % i)
        file.close()


def check_sockets():
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as client:
        server.bind("s")
        server.listen()
        assert stat.S_ISSOCK(os.stat("s").st_mode)
        os.chmod("s", 0o610)
        os.rename("s", "t")
        client.connect("t")
        peer, _ = server.accept()
        client.send(b"through")
        same(peer.recv(16), b"through")
        peer.close()
    same(stat.S_IMODE(os.stat("t").st_mode), 0o610)
    os.unlink("t")


def check_special_files():
    refused(errno.EPERM, os.mknod, "c", 0o600 | stat.S_IFCHR, os.makedev(1, 3))
    refused(errno.EPERM, os.mknod, "b", 0o600 | stat.S_IFBLK, os.makedev(7, 0))
    os.mknod("plain", 0o600 | stat.S_IFREG)
    same(os.stat("plain").st_size, 0)


def check_statvfs():
    total = os.statvfs(".")
    assert total.f_blocks > 0 and total.f_files > 0 and total.f_ffree > 0 and total.f_favail > 0
    same(total.f_namemax, 255)


def main():
    top = os.path.abspath(sys.argv[1])
    checks = {name[6:]: f for name, f in globals().items() if name.startswith("check_")}
    failed = 0
    for name in sys.argv[2:] or checks:
        where = os.path.join(top, name)
        os.mkdir(where)
        os.chdir(where)
        try:
            checks[name]()
            print("ok", name)
        except Exception:  # the next check may still tell something
            failed += 1
            print("FAILED", name)
            traceback.print_exc(file=sys.stdout)
        os.chdir(top)
    sys.exit(bool(failed))


main()
