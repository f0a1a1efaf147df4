# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What every end-to-end test begins with: a private directory, burnfs mounted in it, and words to ask
# and to expect with. A test is a bash script that sources this file; it ends with 0, or with 77 after
# a printed reason. Whatever it mounted or started is gone when it ends.
#
#   BURNFS       the program                 $T  a private directory     $M    the mountpoint
#   BURNFS_ARGS  options for every mount     $S  the stash               $LOG  the daemon's log

set -Eeuo pipefail
export LC_ALL=C.UTF-8 LANGUAGE=''
unset LESSOPEN LESS CDPATH GREP_OPTIONS

BURNFS=${BURNFS:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/burnfs}
BURNFS_ARGS=${BURNFS_ARGS:-}
HELPERS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/helpers
PYTHON=${PYTHON:-python3}
PATIENCE=${PATIENCE:-$((60 * ${TIMEOUT_SCALE:-1}))}   # seconds until something that should happen counts as not happening

T=$(mktemp -d "${TMPDIR:-/tmp}/burnfs-e2e.XXXXXX")
M=$T/mnt
S=$T/stash
LOG=$T/log
PID=
mkdir "$M"
export HOME=$T/home XDG_CACHE_HOME=$T/cache XDG_CONFIG_HOME=$T/config XDG_STATE_HOME=$T/state
mkdir "$HOME" "$XDG_CACHE_HOME" "$XDG_CONFIG_HOME" "$XDG_STATE_HOME"
# Nobody's machine is kept awake, and nobody's service manager is told, by a test.
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/no-bus
unset NOTIFY_SOCKET

declare -A STRERROR=(
	[EPERM]='Operation not permitted' [ENOENT]='No such file or directory'
	[EIO]='Input/output error' [ENXIO]='No such device or address'
	[EACCES]='Permission denied' [EBUSY]='Device or resource busy' [EEXIST]='File exists'
	[EXDEV]='Invalid cross-device link' [ENODEV]='No such device'
	[ENOTDIR]='Not a directory' [EISDIR]='Is a directory' [EINVAL]='Invalid argument'
	[ENOSPC]='No space left on device' [EROFS]='Read-only file system'
	[ENAMETOOLONG]='File name too long' [ENOTEMPTY]='Directory not empty'
	[ELOOP]='Too many levels of symbolic links' [ENODATA]='No data available'
	[EILSEQ]='Invalid or incomplete multibyte or wide character'
	[EOPNOTSUPP]='Operation not supported' [ESTALE]='Stale file handle'
	[ENOMEDIUM]='No medium found' [EMEDIUMTYPE]='Wrong medium type'
	[ECANCELED]='Operation canceled' [ENOTCONN]='Transport endpoint is not connected'
)

# ---- ending ----

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	exit 1
}

skip() {
	printf 'SKIPPED: %s\n' "$*"
	exit 77
}

is_root() {
	[ "$(id -u)" -eq 0 ]
}

need_root() {
	is_root || skip "needs root: $*"
}

need_tools() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "needs the program $tool"
	done
}

detach() {
	if is_root; then
		umount -l "$1"
	else
		fusermount3 -uz "$1"
	fi
}

mounts_below() {
	# blanks in them are written as \040
	awk -v top="$1" 'index($5, top "/") == 1 { print $5 }' /proc/self/mountinfo | tac | xargs -rd '\n' printf '%b\n'
}

end() {
	local status=$? mountpoint pid loop log
	trap - EXIT ERR
	set +e
	while read -r mountpoint; do
		detach "$mountpoint" 2>/dev/null
	done < <(mounts_below "$T")
	for pid in $(jobs -p); do
		kill -KILL "$pid" 2>/dev/null
	done
	wait 2>/dev/null
	if [ "$status" -ne 0 ] && [ "$status" -ne 77 ]; then
		for log in "$T"/log*; do
			[ -s "$log" ] && { echo "--- end of ${log##*/}"; tail -n 25 "$log"; }
		done >&2
	fi
	for loop in "${LOOPS[@]}"; do
		losetup -d "$loop"
	done
	# Modes that a test left would keep a plain user from clearing up.
	is_root || chmod -R u+rwX "$T" 2>/dev/null
	rm -rf --one-file-system "$T" "${ALSO_REMOVE[@]}"
	exit "$status"
}

# A command failed that nobody expected to: say which, and how we came there.
unexpected() {
	local i
	echo "FAILED: $1"
	for ((i = 1; i < ${#FUNCNAME[@]}; i++)); do
		echo "  ${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}"
	done
} >&2

LOOPS=()         # loop devices to give back at the end
ALSO_REMOVE=()   # directories outside $T
trap end EXIT
trap 'exit 143' TERM INT
trap 'unexpected "$BASH_COMMAND"' ERR

# ---- expecting ----

# same GOT WANTED WHAT
same() {
	[ "$1" = "$2" ] || fail "$3: got '$1', wanted '$2'"
}

# contains TEXT PART WHAT
contains() {
	[[ $1 == *"$2"* ]] || fail "$3: '$2' is not in '$1'"
}

# refused ERRNO COMMAND…: the command fails, and what it says on stderr is that errno.
refused() {
	local wanted=$1 said status=0
	shift
	said=$(trap - ERR; set +e; "$@" 2>&1 >/dev/null) || status=$?
	[ "$status" -ne 0 ] || fail "'$*' succeeded, wanted $wanted"
	[[ $said == *"${STRERROR[$wanted]}"* ]] || fail "'$*': wanted $wanted, got '$said'"
}

# fails COMMAND…: it must not succeed, and prints what it said on both streams.
fails() {
	local said status=0
	said=$(trap - ERR; set +e; "$@" 2>&1) || status=$?
	[ "$status" -ne 0 ] || fail "'$*' succeeded: $said"
	[ "$status" -lt 124 ] || fail "'$*' died with $status: $said"
	printf '%s\n' "$said"
}

# eventually WHAT COMMAND…: try until it succeeds.
eventually() {
	local what=$1 deadline=$((SECONDS + PATIENCE))
	shift
	until (trap - ERR; set +e; "$@") 2>/dev/null; do
		[ $SECONDS -lt $deadline ] || fail "not within $PATIENCE s: $what"
		sleep 0.02
	done
}

gone() {
	[ ! -e "$1" ] && [ ! -L "$1" ]
}

empty_dir() {
	[ -z "$(ls -A "$1")" ]
}

# ---- burnfs ----

mounted() {
	awk -v m="$1" '$5 == m { found = 1 } END { exit !found }' /proc/self/mountinfo
}

# start_burnfs [OPTION…] [RECORDER]: mount on $M with the stash $S; sets PID.
start_burnfs() {
	launch -o stash="$S" "$@"
}

# launch [ARGUMENT…]: the same with the default stash.
launch() {
	local deadline=$((SECONDS + PATIENCE))
	# shellcheck disable=SC2086
	"$BURNFS" -f $BURNFS_ARGS "$@" "$M" >>"$LOG" 2>&1 &
	PID=$!
	# A dead mount may still be there at first: what counts is that this one answers.
	until (: <"$M/stats") 2>/dev/null; do
		kill -0 "$PID" 2>/dev/null || fail "burnfs ended before it mounted: $(tail -n 3 "$LOG")"
		[ $SECONDS -lt $deadline ] || fail "burnfs has not mounted within $PATIENCE s"
		sleep 0.02
	done
}

# The daemon's exit status, which has to come within $PATIENCE.
await_exit() {
	local pid=$PID deadline=$((SECONDS + PATIENCE)) status=0
	while kill -0 "$pid" 2>/dev/null; do
		[ $SECONDS -lt $deadline ] || fail "burnfs has not ended within $PATIENCE s"
		sleep 0.02
	done
	wait "$pid" || status=$?
	clean_log
	return $status
}

clean_log() {
	local said
	said=$(grep -aE 'ERROR: AddressSanitizer|ERROR: LeakSanitizer|ThreadSanitizer|runtime error|[Aa]ssert|internal error: |==[0-9]+==' "$LOG") || return 0
	fail "the log tells of a bug: $said"
}

unmount() {
	if is_root; then
		umount "$1"
	else
		fusermount3 -u "$1"
	fi
}

# stop_burnfs: unmount, and expect that it ends well.
stop_burnfs() {
	local status=0
	unmount "$M"
	await_exit || status=$?
	same "$status" 0 "burnfs's exit status"
	PID=
}

# kill_burnfs: as a crash would; the dead mount stays.
kill_burnfs() {
	kill -KILL "$PID"
	wait "$PID" 2>/dev/null || :
	clean_log
	PID=
}

# In a shell of its own, which has no children: a signal, SIGCHLD as well, would interrupt a `wait`.
control() {
	bash -c 'printf "%s\n" "$1" >"$2"' control "$*" "$M/control"
}

burn() {
	control burn "$@" wait
}

# stats KEY: its value. A key that is not there is a failure.
stats() {
	local text
	text=$(cat "$M/stats")
	[[ $'\n'$text == *$'\n'"$1="* ]] || fail "stats has no key '$1'"
	text=${text#*"$1="}
	printf '%s\n' "${text%%$'\n'*}"
}

expect_stat() {
	same "$(stats "$1")" "$2" "stats key $1"
}

stat_is() {
	[ "$(stats "$1")" = "$2" ]
}

await_state() {
	eventually "state $1" stat_is state "$1"
}

blocks_of_image() {
	local size
	size=$(stat -c %s "$1")
	same $((size % 2048)) 0 "bytes beyond whole blocks of $1"
	echo $((size / 2048))
}

# ---- surroundings ----

# slow_dir NAME RATE: $T/NAME, where writing is limited to RATE (as 4M) a second by bindfs. What is in
# it lies in $T/NAME.real.
slow_dir() {
	need_tools bindfs
	mkdir "$T/$1" "$T/$1.real"
	bindfs --no-allow-other --write-rate="$2" "$T/$1.real" "$T/$1"
}

# volume FSTYPE MIB DIR [MKFS OPTION…]: a small file system of its own on DIR.
volume() {
	local type=$1 mib=$2 dir=$3 loop
	shift 3
	need_root "mounts a volume of its own"
	truncate -s "${mib}M" "$dir.volume"
	"mkfs.$type" -q "$@" "$dir.volume"
	loop=$(losetup --find --show "$dir.volume") || fail "no loop device"
	LOOPS+=("$loop")
	mkdir -p "$dir"
	mount "$loop" "$dir"
}

# random_file FILE BYTES SEED: the same bytes for the same seed.
random_file() {
	"$PYTHON" -c 'import random, sys
r = random.Random(int(sys.argv[2])); left = int(sys.argv[1])
while left:
    n = min(left, 1 << 20); sys.stdout.buffer.write(r.randbytes(n)); left -= n' "$2" "${3:-1}" >"$1"
}

tree() {
	"$PYTHON" "$HELPERS/tree.py" "$@"
}

# sample_tree DIR: a small tree with one of everything that a disc can hold.
sample_tree() {
	mkdir -p "$1/dir/sub dir/deeper" "$1/empty dir" "$1/Ünïcödé"
	printf 'hello\n' >"$1/hello.txt"
	: >"$1/empty"
	random_file "$1/dir/random.bin" 300001 1
	random_file "$1/dir/large.bin" 1500000 2
	truncate -s 100000 "$1/dir/hole"
	printf 'x' >"$1/Ünïcödé/日本語のとても長い名前.txt"
	printf 'upper' >"$1/CASE"
	printf 'lower' >"$1/case"
	printf 'q' >"$1/dir/sub dir/a;b:c*d?e\\f"
	printf 'n' >"$1/dir/$(printf 'n%.0s' {1..200})"
	ln "$1/hello.txt" "$1/dir/sub dir/hard link"
	ln -s ../hello.txt "$1/dir/link"
	ln -s /nowhere/at/all "$1/dangling"
	mkfifo "$1/fifo"
	chmod 0400 "$1/CASE"
	chmod 0751 "$1/dir"
	chmod 2755 "$1/empty dir"
	is_root && chown 1234:4321 "$1/case" "$1/dir/link" -h
	touch -h -d '2001-02-03 04:05:06 UTC' "$1/hello.txt" "$1/dangling" "$1/dir"
}

sound() {
	"$PYTHON" "$HELPERS/sound.py" "$@"
}

disc() {
	"$PYTHON" "$HELPERS/disc.py" "$@"
}

# no_difference A B WHAT: two manifests made by `tree`.
no_difference() {
	diff "$1" "$2" >"$T/difference" || fail "$3 differs: $(head -n 12 "$T/difference")"
}

# whole_image IMAGE DIR: every reader finds in the image exactly what is in the directory.
whole_image() {
	local image=$1 dir=$2
	need_tools bsdtar isoinfo xorriso
	tree --as bsdtar dir "$dir" >"$T/want"
	bsdtar --format=pax -cf - "@$image" | tree --as bsdtar tar - >"$T/got"
	no_difference "$T/want" "$T/got" "the image as bsdtar reads it"
	xorriso -abort_on WARNING -osirrox on -hardlinks on -indev "$image" -extract / "$T/extracted" \
		>"$T/xorriso" 2>&1 || fail "xorriso: $(tail -n 3 "$T/xorriso")"
	tree --as xorriso dir "$dir" >"$T/want"
	tree --as xorriso dir "$T/extracted" >"$T/got"
	no_difference "$T/want" "$T/got" "the image as xorriso reads it"
	chmod -R u+rwX "$T/extracted"
	rm -rf "$T/extracted"
	tree --fields type,mode9,size,target dir "$dir" >"$T/want"
	tree isoinfo "$image" >"$T/got"
	no_difference "$T/want" "$T/got" "the image as isoinfo reads it"
}
