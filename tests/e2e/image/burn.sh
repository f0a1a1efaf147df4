#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A tree of everything is burned to an image that other people's programs read back whole.
. "$(dirname "$0")/../lib.sh"

need_tools xorriso isoinfo bsdtar
umask 027
start_burnfs -o label=SAMPLE "image:$T/disc.iso"
sample_tree "$M/data"
used=$(stats data_used_blocks)
burn
expect_stat last_op burn
expect_stat last_result ok
expect_stat last_output "$T/disc.iso"
expect_stat state staging
same "$(blocks_of_image "$T/disc.iso")" "$used" "blocks of the image"
whole_image "$T/disc.iso" "$M/data"
contains "$(isoinfo -d -i "$T/disc.iso")" "Volume id: SAMPLE" "the label"
contains "$(isoinfo -d -i "$T/disc.iso")" "Volume size is: $used" "the size that the volume tells"
xorriso -indev "$T/disc.iso" -pvd_info 2>&1 | grep -q "SAMPLE" || fail "xorriso does not see the label"

# Joliet carries the names, too: what it has to change, it changes.
bsdtar --options '!rockridge' -tf "$T/disc.iso" | sed 's:^\./::; s:/$::' | sort >"$T/joliet"
for name in hello.txt 'dir/sub dir/hard link' Ünïcödé/日本語のとても長い名前.txt 'dir/sub dir/a_b_c_d_e_f' \
	"dir/$(printf 'n%.0s' {1..103})"; do
	grep -qx -e "$name" -e "$name." "$T/joliet" || fail "no '$name' in Joliet: $(cat "$T/joliet")"
done
same "$(grep -ic '^case' "$T/joliet")" 2 "files whose names differ in case only"

# The stage is as it was; the next copy is one burn away, and equal.
cp "$T/disc.iso" "$T/first.iso"
burn
cmp "$T/first.iso" "$T/disc.iso"
cmp "$M/image/disc.iso" "$T/disc.iso"
same "$(find "$T" -maxdepth 1 -name "*.iso*" | wc -l)" 2 "images in the directory"

same "$(stat -c %a "$T/disc.iso")" 640 "the image's mode, by the umask of who mounted"

# A link's target may take several records. (bsdtar drops a slash where one ends.)
ln -s "$(printf '%04d/' {1..200})end" "$M/data/long link"
burn
tree --fields type,target dir "$M/data" >"$T/want"
xorriso -osirrox on -indev "$T/disc.iso" -extract / "$T/extracted" >"$T/xorriso" 2>&1
tree --fields type,target dir "$T/extracted" >"$T/got"
no_difference "$T/want" "$T/got" "a long link as xorriso reads it"
tree --fields type,target isoinfo "$T/disc.iso" >"$T/got"
no_difference "$T/want" "$T/got" "a long link as isoinfo reads it"
rm "$M/data/long link"
burn
cp "$T/disc.iso" "$T/first.iso"

# A simulation writes nothing and changes nothing.
control recorder "image:$T/simulated.iso"
burn simulate
expect_stat last_result ok
gone "$T/simulated.iso" || fail "a simulation has made an image"

# verify reads it back; copies and multi say what they can do with a file.
burn verify
expect_stat last_result ok
cmp "$T/first.iso" "$T/simulated.iso"
stop_burnfs
