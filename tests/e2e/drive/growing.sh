#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is overwritten at random grows: a session goes behind what is there, and the beginning of the disc names it.
# Until that is written the disc is what it was.
# TIMEOUT: 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../sessions.sh"
need_tools xorriso isoinfo

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
for kind in dvd+rw bd-re dvd-ram dvd-rw-ro; do
	options=(formatted)
	three_sessions appendable
	tree --fields type,mode9,size,target dir "$E" >"$T/want"
	tree isoinfo "$(disc_dir sr0)/user" >"$T/got"
	no_difference "$T/want" "$T/got" "$kind as isoinfo reads it, from the first block on"

	# Broken off: in the session, and at the beginning of the disc.
	control clear
	echo four >"$M/data/four"
	cp "$(disc_dir sr0)/user" "$T/before"
	for fault in "write-error $(($(stat -c %s "$T/before") / 2048 + 64))" "write-error 0"; do
		faults sr0 "$fault"
		refused EIO burn
		cmp -n $((32 * 2048)) "$T/before" "$(disc_dir sr0)/user" || fail "$kind: the disc's beginning has changed"
		no_faults
		as_expected "$kind after $fault"
		expect_stat medium_status appendable
	done
	session
done

# Filled to the last block, of a disc that is no multiple of what is written at once.
control clear
in_tray sr0 filled dvd+rw formatted blocks=4016
try probe
head -c $(((4016 - 400) * 2048)) /dev/zero >"$M/data/x"
until left=$(stats data_free_blocks); [ "$left" -lt 4 ]; do
	dd if=/dev/zero of="$M/data/x" bs=2048 count=$((left & ~1)) conv=notrunc oflag=append status=none
done
burn verify
expect_stat medium_status appendable
expect_stat data_total_blocks 1
refused ENOSPC burn

# On a disc that held nothing a burn that is broken off leaves a mark, and the next one begins anew.
control clear
in_tray sr0 marked bd-re formatted
try probe
sample_tree "$M/data"
cp "$M/image/disc.iso" "$T"
faults sr0 "write-error 100"
refused EIO burn
no_faults
contains "$(head -c 70 "$(disc_dir sr0)/user")" "burnfs: the burn of this disc was not finished" "the mark"
expect_stat medium_status blank
# But not when somebody else has put something there since.
printf 'superblock' | dd of="$(disc_dir sr0)/user" bs=1 seek=1024 conv=notrunc status=none
refused EROFS burn
printf '\0\0\0\0\0\0\0\0\0\0' | dd of="$(disc_dir sr0)/user" bs=1 seek=1024 conv=notrunc status=none
burn verify
same_disc "$T/disc.iso" || fail "the disc is not what was staged"
stop_burnfs
