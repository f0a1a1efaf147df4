#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Lets each system call of a burn to an image, or of a change of the stage, fail in its turn.

every_call.py burn DIR BURNFS iso|pair old|new   the image's name is taken by an earlier one, or free
every_call.py stage DIR BURNFS                   each change of data/; CRASH_EVERY=N: a crash after each n-th failure

After each failure the outcome has to be right, and nothing lost or half done. Prints what was tried; exits with 77 and the
reason where calls cannot be made to fail.
"""

import errno
import hashlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import time

from failing import Failing, Unsupported

PATIENCE = 60 * int(os.environ.get("TIMEOUT_SCALE", "1"))
RENAME_EXCHANGE = 2
CRASH_EVERY = int(os.environ.get("CRASH_EVERY", "2"))


def fail(*words):
    print("FAILED:", *words, file=sys.stderr)
    sys.stderr.flush()
    give_up()


class Mount:
    """burnfs at DIR/mnt, whose calls can be made to fail."""

    def __init__(self, top, program, *args):
        self.top, self.program, self.args = top, program, list(args)
        self.dir = os.path.join(top, "mnt")
        self.start()

    def start(self):
        argv = [self.program, "-f", *os.environ.get("BURNFS_ARGS", "").split(), *self.args, self.dir]
        self.calls = Failing(argv, os.path.join(self.top, "log"))
        deadline = time.monotonic() + PATIENCE
        while not os.path.exists(self.path("control")):
            if time.monotonic() > deadline or not self.calls.alive():
                fail("burnfs has not mounted")
            time.sleep(0.01)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def control(self, line):
        """0, or the errno of the write."""
        try:
            fd = os.open(self.path("control"), os.O_WRONLY)
            try:
                os.write(fd, line.encode() + b"\n")
            finally:
                os.close(fd)
        except OSError as trouble:
            return trouble.errno
        return 0

    def stats(self):
        with open(self.path("stats"), encoding="utf-8") as file:
            return dict(line.rstrip("\n").split("=", 1) for line in file)

    def stop(self):
        subprocess.run(["umount", self.dir] if os.geteuid() == 0 else ["fusermount3", "-u", self.dir], check=True)
        if self.calls.wait() != 0:
            fail("burnfs ended with an error")

    def crash(self):
        self.calls.kill()
        subprocess.run(["umount", "-l", self.dir] if os.geteuid() == 0 else ["fusermount3", "-uz", self.dir], check=True)


def digest(path):
    try:
        with open(path, "rb") as file:
            return hashlib.sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None


# ---- a burn to an image


def expected_files(mount, kind):
    """What a burn makes now: the suffix of each file, and its content's digest."""
    if kind == "iso":
        return {".iso": digest(mount.path("image", "disc.iso"))}
    return {".bin": digest(mount.path("image", "disc.bin"))}


def images(out):
    return {name: digest(os.path.join(out, name)) for name in sorted(os.listdir(out))}


def visible(names):
    return {name: facts for name, facts in names.items() if not name.startswith(".")}


def stage_something(mount, kind, turn):
    if kind == "pair":
        with open(mount.path("audio", "track01.cdr"), "wb") as file:
            file.write(hashlib.sha256(b"%d" % turn).digest() * 30000)
        return
    os.makedirs(mount.path("data", "dir"), exist_ok=True)
    with open(mount.path("data", "dir", "changing"), "wb") as file:
        file.write(b"turn %d" % turn)
    if not os.path.exists(mount.path("data", "large")):
        with open(mount.path("data", "large"), "wb") as file:
            file.write(os.urandom(1 << 21))


def check_burn(mount, out, before, new, result, call):
    """After a burn that ended with that errno."""
    stats = mount.stats()
    after = images(out)
    where = f"when {call} failed: {stats['last_result']}: {stats['last_error']}"
    if stats["state"] != "staging":
        fail("the state is", stats["state"], where)
    if (stats["last_result"] == "ok") != (result == 0):
        fail("the write and the outcome differ", where)
    if result and len(stats["last_error"]) < 10:
        fail("there is no sentence", where)
    if result == 0:
        for suffix, wanted in new.items():
            if after.get("disc" + suffix) != wanted:
                fail("a success, and", suffix, "is not what was staged;", where)
        if len(visible(after)) != (1 if ".iso" in new else 2):
            fail("a success with files left over:", list(after), where)
    elif {name: after.get(name) for name in before} != before:
        fail("the burn failed, and what was there before is not there any more;", where)
    elif visible(after) != visible(before):
        fail("the burn failed and left", sorted(set(after) - set(before)), where)
    # What could not be removed has a hidden name until the next burn.
    if after != visible(after) and call not in ("unlinkat", "newfstatat", "fstat"):
        fail("files are left over:", list(after), where)


def try_burn(mount, out, kind, old, nth, turn):
    """One burn in which the nth call fails; returns that call's name, or None when there were not so many."""
    if not old:
        for name in os.listdir(out):
            os.unlink(os.path.join(out, name))
    stage_something(mount, kind, turn)
    before = images(out)
    if before != visible(before):
        fail("files are left over from the burn before:", list(before))
    mount.calls.arm(nth)
    result = mount.control("burn verify wait")
    call = mount.calls.disarm()
    if not mount.calls.alive():
        fail("the daemon is gone after", call)
    check_burn(mount, out, before, expected_files(mount, kind), result, call)
    # Whatever it was: nothing stands in the way of the next one.
    again = mount.control("burn verify wait")
    if again:
        fail("the burn after", call, "had failed:", mount.stats()["last_error"])
    check_burn(mount, out, images(out), expected_files(mount, kind), 0, "no call")
    return call


def burn(top, program, kind, old):
    out = os.path.join(top, "out")
    os.mkdir(out)
    mount = Mount(top, program, "-o", f"stash={top}/stash", f"image:{out}/disc")
    stage_something(mount, kind, 0)
    if old == "old" and mount.control("burn wait"):
        fail("the first burn:", mount.stats()["last_error"])
    seen, nth = {}, 0
    while True:
        nth += 1
        call = try_burn(mount, out, kind, old == "old", nth, nth)
        if not call:
            break
        seen[call] = seen.get(call, 0) + 1
    if nth < 20 or "fsync" not in seen:
        fail("only", nth - 1, "calls were seen:", seen)
    print(f"{kind}, {old}: {nth - 1} calls failed:", " ".join(f"{n} x {name}" for name, n in sorted(seen.items())))
    mount.stop()


# ---- changes of the stage


def view(top):
    """All that can be seen of a tree, but for times that a failed change may move: path -> facts."""
    seen = {}
    for path, dirs, files in os.walk(top):
        for name in dirs + files + ["."]:
            full = os.path.join(path, name)
            st = os.lstat(full)
            facts = [oct(st.st_mode), st.st_uid, st.st_gid, st.st_nlink]
            if stat.S_ISREG(st.st_mode):
                facts += [st.st_size, digest(full), sorted((a, os.getxattr(full, a)) for a in os.listxattr(full))]
            if stat.S_ISLNK(st.st_mode):
                facts.append(os.readlink(full))
            seen[os.path.relpath(full, top)] = facts
    return seen


def write_new(top):
    with open(os.path.join(top, "new"), "wb", buffering=0) as file:
        file.write(b"content")


def write_over(top):
    fd = os.open(os.path.join(top, "file"), os.O_WRONLY)
    try:
        os.pwrite(fd, b"CHANGED", 2)
        os.fsync(fd)
    finally:
        os.close(fd)


def at(function, *names):
    """That call with the paths of those names in the tree."""
    return lambda top: function(*(os.path.join(top, name) for name in names))


def exchange(top):
    import ctypes
    libc = ctypes.CDLL(None, use_errno=True)
    names = [os.fsencode(os.path.join(top, name)) for name in ("file", "dir/inner")]
    if libc.renameat2(-100, names[0], -100, names[1], RENAME_EXCHANGE) < 0:
        raise OSError(ctypes.get_errno(), "renameat2")


# What is done, and whether a failure may leave a part of it: several calls make it up, and each is whole by itself.
CHANGES = [
    ("create and write", write_new, True),
    ("write into a file", write_over, True),
    ("mkdir", at(os.mkdir, "newdir"), False),
    ("symlink", lambda top: os.symlink("to/somewhere", os.path.join(top, "newlink")), False),
    ("mkfifo", at(os.mkfifo, "newfifo"), False),
    ("link", at(os.link, "file", "newname"), False),
    ("rename", at(os.rename, "file", "dir/moved"), False),
    ("rename over a file", at(os.rename, "file", "other"), False),
    ("exchange", exchange, False),
    ("unlink", at(os.unlink, "file"), False),
    ("unlink one of two names", at(os.unlink, "linked"), False),
    ("rmdir", at(os.rmdir, "empty"), False),
    ("chmod", lambda top: os.chmod(os.path.join(top, "file"), 0o4751), False),
    ("chmod of a directory", lambda top: os.chmod(os.path.join(top, "dir"), 0o1500), False),
    ("truncate", lambda top: os.truncate(os.path.join(top, "file"), 3), False),
    ("grow", lambda top: os.truncate(os.path.join(top, "file"), 1 << 20), False),
    ("utimens", lambda top: os.utime(os.path.join(top, "file"), (1000, 2000)), False),
    ("setxattr", lambda top: os.setxattr(os.path.join(top, "file"), "user.new", b"value"), False),
    ("setxattr of many bytes", lambda top: os.setxattr(os.path.join(top, "file"), "user.long", b"x" * 20000), False),
    ("removexattr", lambda top: os.removexattr(os.path.join(top, "file"), "user.old"), False),
]
if os.geteuid() == 0:
    CHANGES.append(("chown", lambda top: os.chown(os.path.join(top, "file"), 1234, 4321), False))


def fill(top):
    """The tree that each change begins with."""
    for name in os.listdir(top):
        full = os.path.join(top, name)
        if stat.S_ISDIR(os.lstat(full).st_mode):
            os.chmod(full, 0o755)
            shutil.rmtree(full)
        else:
            os.unlink(full)
    os.mkdir(os.path.join(top, "dir"))
    os.mkdir(os.path.join(top, "empty"))
    for name in ("file", "other", "dir/inner"):
        with open(os.path.join(top, name), "wb") as file:
            file.write(name.encode() * 100)
    os.setxattr(os.path.join(top, "file"), "user.old", b"value")
    os.link(os.path.join(top, "other"), os.path.join(top, "linked"))


def apply(change, top):
    """0 or the errno."""
    try:
        change(top)
    except OSError as trouble:
        return trouble.errno
    return 0


def try_change(mount, name, change, parts, nth, error, wanted):
    """The change while its nth call fails with that error; returns the call's name, or None."""
    data = mount.path("data")
    fill(data)
    before = view(data)
    mount.calls.arm(nth, error)
    result = apply(change, data)
    call = mount.calls.disarm()
    if not mount.calls.alive():
        fail("the daemon is gone after", call, "in", name)
    after = view(data)
    if result == 0 and after != wanted:
        fail(name, "succeeded though", call, "failed, and is not done:", difference(wanted, after))
    if result and not parts and after != before:
        fail(name, "failed with", errno.errorcode[result], "when", call, "did, and is half done:", difference(before, after))
    # What the next daemon finds is what this one showed. That takes its time, so not after each call.
    if nth % CRASH_EVERY == 1 or not call:
        mount.crash()
        mount.start()
        later = view(data)
        if later != after:
            fail(name, "with", call, "failing is something else after a crash:", difference(after, later))
    return call


def difference(one, two):
    return {path: (one.get(path), two.get(path)) for path in sorted(set(one) | set(two)) if one.get(path) != two.get(path)}


def stage(top, program):
    mount = Mount(top, program, "-o", f"stash={top}/stash", "none")
    total = 0
    for name, change, parts in CHANGES:
        data = mount.path("data")
        fill(data)
        if apply(change, data):
            fail(name, "does not work at all")
        wanted = view(data)
        for error in (errno.EIO, errno.ENOSPC):
            nth = 1
            while try_change(mount, name, change, parts, nth, error, wanted):
                nth += 1
            if nth == 1:
                fail("no call was seen in", name)
            total += nth - 1
    print(len(CHANGES), "changes,", total, "calls failed")
    mount.stop()


def give_up(*_):
    """The daemon waits for this process, and must not outlive it: who closes its files waits for the daemon."""
    for pid in Failing.children:
        os.kill(pid, signal.SIGKILL)
    os._exit(1)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, give_up)
    try:
        {"burn": burn, "stage": stage}[sys.argv[1]](*sys.argv[2:])
    except Unsupported as reason:
        print("SKIPPED: system calls cannot be made to fail here:", reason)
        sys.exit(77)
