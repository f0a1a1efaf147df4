#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A burn waits for files that are open for writing, says for whom, and can be cancelled; who opens one meanwhile waits.
. "$(dirname "$0")/../lib.sh"
need_tools bsdtar

options=burn_wait=60
start_burnfs -o "$options" "image:$T/disc.iso"

# begin COMMAND…: in the background, its exit status to $T/NAME.status
begin() {
	local name=$1
	shift
	rm -f "$T/$name.status"
	(
		trap - ERR
		set +e
		"$@" 2>"$T/$name.said"
		echo $? >"$T/$name.new"
		mv "$T/$name.new" "$T/$name.status"
	) 8>&- &
	begun=$!
}

ended() {
	[ -e "$T/$1.status" ]
}

# status_is NAME STATUS
status_is() {
	eventually "the end of $1" ended "$1"
	same "$(cat "$T/$1.status")" "$2" "exit status of $1, which said '$(cat "$T/$1.said")'"
}

# Who is named may be a child of this shell, which has its files open as well.
waiting_for() {
	grep -qE "^preparing: waiting for data/$1 to be closed by .* \([0-9]+\)$" "$M/progress"
}

append() {
	echo "$1" >>"$2"
}

burning() {
	begin burn burn
	eventually "the burn to wait for $1" waiting_for "$1"
}

# The one that was begun last stands in its request: where the kernel does not say in which, it sleeps.
stands() {
	case $(cat "/proc/$begun/wchan") in
	*request_wait*) return 0 ;;
	0) grep -q ') S ' "/proc/$begun/stat" ;;
	*) return 1 ;;
	esac
}

# opening NAME FILE: appends to it, and waits for that.
opening() {
	begin "$1" append "$1" "$2"
	eventually "$1 to wait" stands
}

echo first >"$M/data/file"
mkdir "$M/data/dir"
exec 8>"$M/data/dir/open"
burning dir/open
expect_stat state preparing
grep -q " waiting for=data/dir/open " "$M/events" || fail "the log says nothing of the wait"

# Nobody else is kept waiting, but who opens for writing: a file that is there, and a new one.
same "$(cat "$M/data/file")" first "reading meanwhile"
mkdir "$M/data/dir2"
ls -lR "$M/data" "$M/image" >/dev/null
opening second "$M/data/file"
opening new "$M/data/dir2/new"
ended second && fail "a file was opened for writing while a burn waits"
ended new && fail "a file was made while a burn waits"
echo "whole" >&8
ended burn && fail "the burn did not wait"
exec 8>&-
status_is burn 0
status_is second 0
status_is new 0
same "$(bsdtar -xOf "$T/disc.iso" dir/open)" whole "what was written while the burn waited"
same "$(cat "$M/data/file")" $'first\nsecond' "the file that was opened meanwhile"
same "$(cat "$M/data/dir2/new")" new "the file that was made meanwhile"

# cancel ends it, and whoever waited goes on.
exec 8>>"$M/data/file"
burning file
opening newer "$M/data/newer"
control cancel
status_is burn 1
contains "$(cat "$T/burn.said")" "${STRERROR[ECANCELED]}" "what the burn said"
status_is newer 0
expect_stat last_result ECANCELED
expect_stat state staging

# A signal ends who waits: the burn, and who opens.
burning file
opening newest "$M/data/dir2/newest"
kill "$begun"
wait "$begun" 2>/dev/null || :
gone "$M/data/dir2/newest" || fail "a file was made by one who was killed"
control cancel
status_is burn 1
"$PYTHON" -c 'import os, signal, sys, threading
signal.signal(signal.SIGALRM, lambda *a: None)
signal.siginterrupt(signal.SIGALRM, True)
def interrupt():
    while not any(line.startswith("preparing: waiting") for line in open(sys.argv[2])):
        pass
    os.kill(os.getpid(), signal.SIGALRM)
threading.Thread(target=interrupt).start()
libc = __import__("ctypes").CDLL(None, use_errno=True)
fd = os.open(sys.argv[1], os.O_WRONLY)
if libc.write(fd, b"burn", 4) >= 0:
    sys.exit("it was not interrupted")
' "$M/control" "$M/progress"
eventually "the end of the interrupted burn" stat_is state staging
expect_stat last_result EINTR

# But not that a child of the shell which asked for it ends.
exec 8>&- 8>>"$M/data/file"
rm -f "$T/disc.iso"
control set overwrite yes
begin burn "$PYTHON" -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, lambda *a: None)
signal.siginterrupt(signal.SIGCHLD, True)
child = os.fork()
if child == 0:
    while not open(sys.argv[2]).read().startswith("preparing: waiting"):
        pass
    os._exit(0)
with open(sys.argv[3], "w") as file:
    print(child, file=file)
libc = __import__("ctypes").CDLL(None, use_errno=True)
sys.exit(libc.write(os.open(sys.argv[1], os.O_WRONLY), b"burn", 4) != 4)
' "$M/control" "$M/progress" "$T/child"
child_ended() {
	[ -s "$T/child" ] && grep -q ') Z ' "/proc/$(cat "$T/child")/stat"
}
eventually "the end of the child" child_ended
ended burn && fail "a burn ended with a child: $(cat "$T/burn.said")"
exec 8>&-
status_is burn 0
control wait
expect_stat last_result ok

# SIGTERM ends it as well.
exec 8>>"$M/data/file"
burning file
kill -TERM "$PID"
status_is burn 1
exec 8>&-
await_exit || : "it was not unmounted, so its status says that it was ended"

# With one thread: it is free, and both waits end.
options+=,keep=no
start_burnfs -s -o "$options" "image:$T/single.iso"
exec 8>"$M/data/slow"
burning slow
opening more "$M/data/dir/other"
timeout 10 ls "$M/data" >/dev/null
timeout 10 cat "$M/data/file" >/dev/null
exec 8>&-
status_is burn 0
status_is more 0
stop_burnfs
