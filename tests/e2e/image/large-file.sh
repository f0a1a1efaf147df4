#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A file over 4 GiB: several sections on the disc, one file to everybody who reads it.
# TIMEOUT: 400
# MAY-SKIP: needs 6 GB of space
. "$(dirname "$0")/../lib.sh"
need_tools bsdtar isoinfo xorriso

[ "$(df --output=avail -B1M "$T" | tail -n 1)" -gt 6000 ] || skip "needs 6 GB of space in $T"
start_burnfs "image:$T/disc.iso"
size=$((5 * 1024 * 1024 * 1024 + 12345))
truncate -s $size "$M/data/large"
# Something at the beginning, on both sides of where the sections meet, and at the end.
for at in 0 4294965248 4294967294 4294967296 $((size - 6)); do
	printf 'MARK%02d' $((at % 97)) | dd of="$M/data/large" bs=1 seek=$at conv=notrunc status=none
done
echo small >"$M/data/small"
same "$(stats data_used_blocks)" "$(blocks_of_image "$M/image/disc.iso")" "used blocks"
burn
same "$(blocks_of_image "$T/disc.iso")" "$(stats data_used_blocks)" "blocks of the image"
bsdtar -xOf "$T/disc.iso" large | cmp - "$M/data/large"
isoinfo -R -l -i "$T/disc.iso" >"$T/list"
tree isoinfo "$T/disc.iso" >"$T/got"
grep -qx "large type=file .* size=$size" "$T/got" || fail "isoinfo: $(cat "$T/list")"
xorriso -indev "$T/disc.iso" -lsl /large 2>/dev/null | grep -q " $size " || fail "xorriso tells another size"
"$PYTHON" "$HELPERS/image.py" random "$M/image/disc.iso" "$T/disc.iso" 3 400
same "$(bsdtar -xOf "$T/disc.iso" small)" small "the file behind it"
stop_burnfs
