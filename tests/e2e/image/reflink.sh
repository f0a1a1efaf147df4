#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# On Btrfs and XFS a large file reaches the image without being copied.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"

need_tools mkfs.btrfs mkfs.xfs filefrag bsdtar
for type in btrfs xfs; do
	option=()
	[ $type = btrfs ] || option=(-m reflink=1)
	volume $type 600 "$T/$type" "${option[@]}"
	mkdir "$T/$type/stash"
	launch -o stash="$T/$type/stash" "image:$T/$type/disc.iso"
	random_file "$M/data/large" 150000001 1
	random_file "$M/data/another" 20000000 2
	echo small >"$M/data/small"
	sync -f "$T/$type"
	before=$(df --output=used -B1M "$T/$type" | tail -n 1)
	burn
	sync -f "$T/$type"
	after=$(df --output=used -B1M "$T/$type" | tail -n 1)
	echo "$type: $before MiB used before the burn, $after after"
	[ $((after - before)) -lt 30 ] || fail "$type: the image of 170 MB took $((after - before)) MiB"
	filefrag -v "$T/$type/disc.iso" | grep -q shared || fail "$type: nothing of the image is shared"
	blocks=$(stats data_used_blocks)
	same "$(blocks_of_image "$T/$type/disc.iso")" "$blocks" "blocks of the image"
	cmp "$M/image/disc.iso" "$T/$type/disc.iso"
	bsdtar -xOf "$T/$type/disc.iso" large | cmp - "$M/data/large"

	# What is staged later does not reach the image that is there.
	sum=$(sha1sum <"$T/$type/disc.iso")
	printf 'overwritten' | dd of="$M/data/large" conv=notrunc status=none
	same "$(sha1sum <"$T/$type/disc.iso")" "$sum" "$type: the image after a change of the stage"
	stop_burnfs
	umount "$T/$type"
done

# The same tree has the same size everywhere: alignment is one rule.
start_burnfs
random_file "$M/data/large" 150000001 1
random_file "$M/data/another" 20000000 2
echo small >"$M/data/small"
expect_stat data_used_blocks "$blocks"
stop_burnfs
