#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What would keep a burn from being recorded is said when the recorder is named, once, and not after hours of staging.
# A place that never takes an image is refused then.
. "$(dirname "$0")/../lib.sh"

# said TIMES WORDS: how often a log has them
said() {
	same "$(grep -c -- "$2" "$LOG" || :)" "$1" "times that the log says '$2'"
}

# warns RECORDER WORDS: at the mount
warns() {
	: >"$LOG"
	start_burnfs "$1"
	said 1 "$2"
	contains "$(cat "$M/events")" "$2" "the events"
	stop_burnfs
	said 1 "is not there\|does not exist\|exists and"
}

echo precious >"$T/old.iso"
echo precious >"$T/old.cue"
warns /dev/no-such-drive "plug it in"
warns "image:$T/nowhere/disc.iso" "make it, or choose another place"
warns "image:$T/old.iso" "set overwrite yes"
warns "image:$T/old" "old.iso exists"
rm "$T/old.iso"
warns "image:$T/old" "old.cue exists"
warns "$T/old.bin" "old.cue exists"
echo precious >"$T/old.iso"
: >"$LOG"
start_burnfs -o overwrite=yes "image:$T/old.iso"
said 0 warning
stop_burnfs
start_burnfs -o format=data "image:$T/new.iso"
said 0 warning

# By the verb.
for wrong in "/dev/no-such-drive ENXIO" "image:$T/nowhere/disc.iso ENOENT" "image:$T/old.iso EEXIST"; do
	control recorder "${wrong% *}"
	expect_stat last_result ok
	expect_stat last_error ''
	contains "$(tail -n 1 "$M/events")" "warning result=${wrong#* } error=" "the event"
	contains "$(tail -n 1 "$M/events")" "$(stats last_summary)" "the event"
	contains "$(cat "$M/control")" "$(stats last_summary)" "the crib"
	same "$(tail -n 1 "$LOG")" "burnfs: warning: $(stats last_summary)" "the end of the log"
done
control set overwrite yes
control recorder "image:$T/old.iso"
expect_stat last_summary ''
control set overwrite no
echo content >"$M/data/file"
control recorder "image:$T/mine.iso"
burn
control recorder "image:$T/mine.iso"
expect_stat last_summary ''

# In the mount or its stash, under whatever name.
mkdir -p "$M/data/sub/deeper" "$T/bind"
never() {
	refused ELOOP control recorder "$1"
	expect_stat recorder "image:$T/mine.iso"
}
never "$M/data/x.iso"
never "$S/data/sub/x.iso"
if is_root; then
	for shown in "$S" "$S/data" "$S/data/sub" "$S/data/sub/deeper" "$M" "$M/data/sub"; do
		mount --bind "$shown" "$T/bind"
		never "$T/bind/x.iso"
		[ ! -d "$T/bind/deeper" ] || never "$T/bind/deeper/x.iso"
		umount "$T/bind"
	done
	mount --bind "$T" "$T/bind"
	control recorder "image:$T/bind/x.iso"
	never() { refused ELOOP control recorder "$1"; }
	never "$T/bind/stash/data/x.iso"
	umount "$T/bind"
else
	echo "not root: bind mounts are not tried"
fi
stop_burnfs

# The same at the mount, whose directory is still an empty one.
for inside in "$M/x.iso" "$S/x.iso"; do
	contains "$(fails "$BURNFS" -f -o "stash=$S" "$inside" "$M")" "choose another place" "the refusal of $inside"
	mounted "$M" && fail "mounted with $inside"
done
gone "$M/x.iso" || fail "something is in the mountpoint"

# Who starts it without -f sees it on the terminal, once.
"$BURNFS" -o "stash=$T/empty" "image:$T/old.iso" "$M" 2>"$T/stderr"
same "$(cat "$T/stderr")" "burnfs: warning: $T/old.iso exists and was not recorded by this mount: choose another name, \
or write \"set overwrite yes\" to control" "what the terminal shows"
unmount "$M"
