#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Several sessions on one disc: what was there stays, what has the same name is replaced. A reader that finds the last
# session by the drive's tables sees all of them.
# TIMEOUT: 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../sessions.sh"
need_tools xorriso isoinfo

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
options=()
for kind in cd-r cd-rw dvd-r dvd-rw dvd+r dvd+r-dl bd-r; do
	three_sessions full
	refused EROFS burn
done

# One session and no more, where there is room for no other.
in_tray sr0 layers dvd-r-dl
try probe
refused EMEDIUMTYPE burn multi
contains "$(stats last_error)" "multi" "the reason"

# The room is that of the disc that is added to, and so is what is counted.
control clear
in_tray sr0 room dvd+r blocks=8992
try probe
random_file "$M/data/first" 3000000 1
burn multi
control clear
free=$(stats data_total_blocks)
[ "$free" -lt 7000 ] || fail "there are $free blocks left of 8992"
refused ENOSPC dd if=/dev/zero of="$M/data/large" bs=$((free * 2048)) count=1
rm "$M/data/large"
echo x >"$M/data/x"
used=$(stats data_used_blocks)
rm "$M/data/x"
# What is large is aligned, which takes a block or two.
head -c $(((free - used - 2) * 2048)) /dev/zero >"$M/data/x"
left=$(stats data_free_blocks)
[ "$left" -lt 4 ] || fail "$left blocks are left"
refused ENOSPC dd if=/dev/zero of="$M/data/x" bs=1 count=1 seek=$(((free - used + 3) * 2048)) conv=notrunc
burn verify
expect_stat last_result ok

# Where no room is left, there is none, and not as much as anywhere.
control clear
in_tray sr0 nearly cd-r blocks=12600
try probe
random_file "$M/data/first" 1500000 1
burn multi
expect_stat medium_status appendable
control clear
expect_stat data_total_blocks 1
expect_stat data_free_blocks 0
refused ENOSPC dd if=/dev/zero of="$M/data/large" bs=100000 count=1
rm -f "$M/data/large"
# A track at once has two blocks behind it.
in_tray sr0 edge cd-r blocks=20000
try probe
random_file "$M/data/first" 1500000 1
burn multi
control clear
free=$(stats data_free_blocks)
head -c $(((free - 200) * 2048)) /dev/zero >"$M/data/x"
until left=$(stats data_free_blocks); [ "$left" -eq 0 ]; do
	dd if=/dev/zero of="$M/data/x" bs=2048 count="$left" conv=notrunc oflag=append status=none
done
burn verify
expect_stat last_result ok

# Another disc than the one that was looked at.
control clear
in_tray sr0 one dvd+r
try probe
echo one >"$M/data/one"
burn multi
in_tray sr0 two dvd+r
echo two >"$M/data/two"
refused ESTALE burn multi
contains "$(stats last_error)" "has changed since it was last checked" "the reason"
expect_stat medium_status blank
nothing_recorded sr0
burn multi
in_tray sr0 one
refused ESTALE burn
in_tray sr0 two
refused ESTALE burn
# Nor is anything added where a blank disc lay.
in_tray sr0 blank dvd+r
try probe
in_tray sr0 two
refused ESTALE burn
burn
expect_stat last_result ok
# What an image shows is the stage by itself: that a disc was found does not change it.
exec {image}<"$M/image/disc.iso"
in_tray sr0 one
try probe
expect_stat medium_status appendable
head -c 2048 <&"$image" >"$T/first block" || fail "an image is stale, and nothing was changed"
exec {image}<&-
# And when the recorder is another, the disc in the drive is no matter from then on.
added=$(stats data_used_blocks)
for _ in {1..20}; do
	control "recorder image:$T/other.iso"
	same "$(($(stats data_used_blocks) * 2048))" "$(stat -c %s "$M/image/disc.iso")" "the size of an image"
	control "recorder $DRIVE"
	eventually "the disc is looked at" stat_is data_used_blocks "$added"
done
rm -rf "$T/extracted"
cp "$M/image/disc.iso" "$T/alone.iso"
whole_image "$T/alone.iso" "$M/data"
stop_burnfs
