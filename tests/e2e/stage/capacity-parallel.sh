#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many writers at once: the disc is never overfull, not for a moment.
. "$(dirname "$0")/../lib.sh"

total=4000
start_burnfs -o capacity=$total "image:$T/disc.iso"
random_file "$T/block" 65536

writer() {
	local i
	mkdir "$M/data/$1"
	for i in $(seq 60); do
		cp "$T/block" "$M/data/$1/file$i" || rm -f "$M/data/$1/file$i"
		[ $((i % 7)) -ne 0 ] || rm -f "$M/data/$1/file$((i - 3))"
	done 2>/dev/null
}

writers=()
for w in 1 2 3 4 5 6 7 8; do
	writer $w &
	writers+=($!)
done
looks=0
while kill -0 "${writers[@]}" 2>/dev/null; do
	used=$(stats data_used_blocks)
	[ "$used" -le $total ] || fail "overfull: $used of $total blocks"
	looks=$((looks + 1))
done
wait "${writers[@]}"
[ $looks -gt 5 ] || fail "looked only $looks times"
[ "$(stats data_used_blocks)" -le $total ] || fail "overfull in the end"
[ "$(stats data_free_blocks)" -lt 100 ] || fail "the disc was never full: $(stats data_free_blocks) blocks free"
same "$(stats data_used_blocks)" "$(blocks_of_image "$M/image/disc.iso")" "used blocks and image"

# Reservations of those that failed are given back: what is free can be used to the last block.
free=$(stats data_free_blocks)
head -c $((free * 2048)) /dev/zero >>"$M/data/1/$(ls "$M/data/1" | head -n 1)"
expect_stat data_free_blocks 0
burn
same "$(blocks_of_image "$T/disc.iso")" $total "blocks of the image"
rm -rf "${M:?}/data/"*
expect_stat data_used_blocks 0
expect_stat data_free_blocks $total
stop_burnfs
