#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kill -9 while burning: the half image is gone at the next mount, the stage is whole, others' files are left.
. "$(dirname "$0")/../lib.sh"

slow_dir images 8M
start_burnfs "image:$T/images/disc.iso"
sample_tree "$M/data"
random_file "$M/data/big" 60000000
tree --exact dir "$M/data" >"$T/before"
echo mine >"$T/images/neighbour"
control burn
await_state burning
begun() { [ "$(du -sm "$T/images.real" | cut -f1)" -ge 4 ]; }
eventually "a part of the image on the disk" begun
gone "$T/images/disc.iso" || fail "the image has its name before it is whole"
kill_burnfs
[ "$(ls -A "$T/images" | wc -l)" -ge 2 ] || fail "no half image: nothing was tried"

start_burnfs "image:$T/images/disc.iso"
same "$(ls -A "$T/images")" neighbour "the image's directory at the next mount"
same "$(cat "$T/images/neighbour")" mine "the file beside it"
tree --exact dir "$M/data" >"$T/after"
no_difference "$T/before" "$T/after" "the stage after the crash"
control recorder "image:$T/disc.iso"
burn
whole_image "$T/disc.iso" "$M/data"

# An image that was there stays the old one when its replacement is killed.
cp "$T/disc.iso" "$T/images/disc.iso"
control set overwrite yes
control recorder "image:$T/images/disc.iso"
echo changed >"$M/data/hello.txt"
control burn
await_state burning
kill_burnfs
start_burnfs
same "$(ls -A "$T/images" | tr '\n' ' ')" "disc.iso neighbour " "the image's directory at the next mount"
cmp "$T/disc.iso" "$T/images/disc.iso"

# What took the half image's name meanwhile is not the half image.
control recorder "image:$T/images/other.iso"
control burn
await_state burning
eventually "a temporary file" bash -c "[ \$(ls -A $T/images | wc -l) -ge 3 ]"
half=$(find "$T/images" -type f ! -name disc.iso ! -name neighbour -printf "%f\n")
kill_burnfs
# Made before the other goes, or it could get the same inode number.
echo "somebody else's" >"$T/images/another"
mv -f "$T/images/another" "$T/images/$half"
start_burnfs
same "$(cat "$T/images/$half")" "somebody else's" "a file that took the half image's name"
stop_burnfs
