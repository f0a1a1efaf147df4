#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whoever walks over the whole mount does no harm, and is not held up.
. "$(dirname "$0")/../lib.sh"

need_tools file
start_burnfs "image:$T/disc.iso"
sample_tree "$M/data"
tree --exact dir "$M/data" >"$T/before"

status=0
grep -r "no such text anywhere" "$M" || status=$?
same "$status" 1 "status of grep -r that finds nothing and meets no error"
[ "$(grep -rl hello "$M/data" | wc -l)" -ge 1 ] || fail "grep -r finds nothing in data"
cp -r "$M" "$T/copy"
cp -a "$M" "$T/archive"
tar -C "$M" -cf - . | tar -tf - >"$T/list"
contains "$(cat "$T/list")" "./image/disc.iso" "what tar saw"
cmp "$T/copy/data/dir/large.bin" "$M/data/dir/large.bin"
cmp "$T/archive/image/disc.iso" "$M/image/disc.iso"
find "$M" -type f -exec file {} + >"$T/kinds"
contains "$(cat "$T/kinds")" "ISO 9660" "what file(1) says of image/disc.iso"
find "$M" -ls >"$T/list"
[ "$(wc -l <"$T/list")" -gt 20 ] || fail "find sees too little"
du -s "$M" >"$T/list"

expect_stat state staging
expect_stat last_op ""
gone "$T/disc.iso" || fail "reading has started a burn"
tree --exact dir "$M/data" >"$T/after"
no_difference "$T/before" "$T/after" "data/ after the readers"

# By another user, where root can ask for that.
if is_root; then
	stop_burnfs
	chmod 755 "$T"
	start_burnfs -o allow_other
	setpriv --reuid=65534 --regid=65534 --clear-groups bash -c \
		"cat $M/stats $M/progress $M/recorders $M/events >/dev/null && ls -l $M $M/data $M/image" >"$T/list" ||
		fail "another user cannot read the mount"
fi
stop_burnfs
