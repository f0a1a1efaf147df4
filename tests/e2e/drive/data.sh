#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A data disc on every kind of medium, verified, and read back from what the drive recorded.
# TIMEOUT: 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
sample_tree "$M/data"
cp -f "$M/image/disc.iso" "$T/disc.iso"
used=$(stats data_used_blocks)

# record KIND [OPTION…]
record() {
	in_tray sr0 "$1-$RANDOM" "$@"
	try probe
	burn verify
	expect_stat last_result ok
	expect_stat state staging
	contains "$1" "$(stats medium)" "the medium"
	case $1 in
	dvd+rw | dvd-ram | bd-re | dvd-rw-ro) expect_stat medium_status appendable ;;
	*) expect_stat medium_status full ;;
	esac
	same_disc "$T/disc.iso" || fail "$1: the disc is not what was staged"
	head -c $((used * 2048)) "$(disc_dir sr0)/user" >"$T/recorded.iso"
	released || fail "$1: the drive is still held"
	[ "$(stats medium_status)" = appendable ] || refused EROFS burn
}

record cd-r
whole_image "$T/recorded.iso" "$M/data"
record cd-rw
record dvd-r
record dvd-rw
record dvd-rw quick
record dvd-rw-ro formatted
record dvd-r-dl
record dvd+r
record dvd+r-dl
record dvd+rw
record dvd-ram formatted
record dvd-ram
record bd-r
record bd-re
grep " state " "$M/events" | grep -A1 "state blanking" | grep -q "state burning" || fail "the disc was not formatted before it was written"
record bd-re formatted
whole_image "$T/recorded.iso" "$M/data"

# A track of a CD has 300 sectors at least: what is staged is less.
control clear
echo x >"$M/data/x"
cp -f "$M/image/disc.iso" "$T/small.iso"
[ "$(stats data_used_blocks)" -lt 300 ] || fail "not a small image"
for kind in cd-r cd-rw dvd-r dvd+r bd-r; do
	in_tray sr0 "small-$kind" "$kind"
	try probe
	burn verify
	same_disc "$T/small.iso" || fail "$kind: the small disc is not what was staged"
	! grep damaged "$(disc_dir sr0)/disc" || fail "$kind: the small disc is damaged"
done
control clear
sample_tree "$M/data"
cp -f "$M/image/disc.iso" "$T/disc.iso"

stop_burnfs
