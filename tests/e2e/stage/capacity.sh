#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ENOSPC if and only if the disc would be overfull, to the block; what is removed is room again.
. "$(dirname "$0")/../lib.sh"
need_tools setfattr

start_burnfs "image:$T/disc.iso"
sample_tree "$T/src"
cp -a "$T/src/." "$M/data/"
used=$(stats data_used_blocks)

# The same tree fits a disc of just that size, and none a block smaller.
control clear
control set capacity "$used"
cp -a "$T/src/." "$M/data/"
expect_stat data_used_blocks "$used"
expect_stat data_free_blocks 0
burn
same "$(blocks_of_image "$T/disc.iso")" "$used" "blocks of the image"
control clear
control set capacity $((used - 1))
refused ENOSPC cp -a "$T/src/." "$M/data/"
contains "$(stats last_error)" disc "last_error of a full disc"
[ "$(stats data_used_blocks)" -lt "$used" ] || fail "overfull: $(stats data_used_blocks)"

# Block by block up to the brim, and not a byte more.
control clear
control set capacity 600
: >"$M/data/file"
free=$(stats data_free_blocks)
head -c $((free * 2048)) /dev/zero >>"$M/data/file"
expect_stat data_free_blocks 0
refused ENOSPC dd if=/dev/zero of="$M/data/file" bs=1 count=1 oflag=append conv=notrunc
told=$(grep -c ' refused ' "$M/events" || :)
refused ENOSPC truncate -s +1 "$M/data/file"
contains "$(stats last_error)" "the disc is full" "last_error after truncate"
same "$(grep -c ' refused ' "$M/events")" "$told" "lines in the log, which has this refusal already"
refused ENOSPC fallocate -l $(((free + 1) * 2048)) "$M/data/file"
same "$(stat -c %s "$M/data/file")" $((free * 2048)) "the size after the refusals"

# What needs no more room is never refused: overwriting, punching, attributes, keeping the size.
dd if=/dev/urandom of="$M/data/file" bs=4096 count=10 conv=notrunc status=none
fallocate -p -o 4096 -l 8192 "$M/data/file"
fallocate -n -l $((free * 4096)) "$M/data/file"
chmod 600 "$M/data/file"
touch -d 2001-01-01 "$M/data/file"
setfattr -n user.x -v y "$M/data/file"
mv "$M/data/file" "$M/data/same"

# Freed space is room at once, also while the unlinked file is open.
exec 9<"$M/data/same"
rm "$M/data/same"
head -c $((free * 2048)) /dev/zero >"$M/data/file"
expect_stat data_free_blocks 0
exec 9<&-
truncate -s -2048 "$M/data/file"
expect_stat data_free_blocks 1
: >"$M/data/file"
head -c $((free * 2048)) /dev/zero >"$M/data/file"
burn
same "$(blocks_of_image "$T/disc.iso")" 600 "blocks of the full image"

# Directories and names cost as well, and are counted just so.
control clear
control set capacity 300
made=0
while mkdir "$M/data/$(printf 'directory%04d' $made)" 2>"$T/said"; do
	made=$((made + 1))
	[ $made -lt 1000 ] || fail "1000 directories on a disc of 300 blocks"
done
contains "$(cat "$T/said")" "${STRERROR[ENOSPC]}" "why the last one was refused"
[ $made -gt 20 ] || fail "only $made directories on a disc of 300 blocks"
[ "$(stats data_free_blocks)" -lt 6 ] || fail "refused with $(stats data_free_blocks) blocks free"
burn
same "$(blocks_of_image "$T/disc.iso")" "$(stats data_used_blocks)" "blocks of the image of directories"
rmdir "$M/data/directory0000"
mkdir "$M/data/another-name1"

# A capacity below what is staged is no fault of the stage: nothing free, and a burn says it.
control set capacity 100
expect_stat data_free_blocks 0
refused ENOSPC burn
rm -r "$M/data/"*
stop_burnfs
