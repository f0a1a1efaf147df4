#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Discs on which the target of a link is damaged in ways that libisofs does not survive: burnfs says why nothing can be
# added to them, and goes on.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
need_tools python3

# damaged KIND: the fields of the link, and of the directory where that takes it, become others of the same length
damaged() {
	python3 - "$T/disc/user" "$BURNFS_MMC/sr0/$1/user" "$1" <<'PYTHON'
import struct, sys
source, target, kind = sys.argv[1:]
disc = bytearray(open(source, 'rb').read())
link = disc.index(b'NM\x09\x01\x00link')
times = disc.rindex(b'TF\x1a\x01', 0, link)
target_field = disc.index(b'SL', link)
if kind == 'empty-target':
    length = disc[target_field + 2]
    disc[target_field + 2] = 5
    disc[target_field + 4] = 1
    disc[target_field + 5:target_field + 9] = bytes([ord('x'), ord('x'), length - 5, 1])
else:
    name = disc.index(b'NM\x0e\x01\x00directory')
    record = disc.rindex(b'DIRECTORY', 0, name) - 33
    field = disc.rindex(b'TF\x1a\x01', 0, name)
    block = struct.unpack_from('<I', disc, record + 2)[0]
    disc[field:field + 2] = b'RE'
    struct.pack_into('<2s2xII', disc, times, b'CL', block, 0)
    struct.pack_into('>I', disc, times + 8, block)
    disc[times + 2:times + 4] = b'\x1a\x01'
open(target, 'wb').write(disc)
PYTHON
}

in_tray sr0 damaged cd-r
start_burnfs "$DRIVE"
mkdir "$M/data/directory"
target=$(printf 'a/%.0s' {1..400})
ln -s "${target%/}" "$M/data/link"
burn multi
control clear
cp -r "$(disc_dir sr0)" "$T/disc"
stop_burnfs

# One that has never seen the disc.
in_tray sr0 blank cd-r
start_burnfs "$DRIVE"
echo x >"$M/data/x"

cp -r "$T/disc" "$BURNFS_MMC/sr0/good"
for kind in empty-target link-to-directory; do
	cp -r "$T/disc" "$BURNFS_MMC/sr0/$kind"
	damaged "$kind"
	in_tray sr0 "$kind"
	try probe
	refused EROFS burn multi
	contains "$(stats last_error)" "a field of Rock Ridge is broken" "the reason"
done
in_tray sr0 good
try probe
burn multi
