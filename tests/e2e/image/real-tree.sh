#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A real tree of at least 20,000 files, staged with cp -a and with rsync -aHX, burned, and read back.
# TIMEOUT: 600
# MAY-SKIP: needs 6 GB of space
. "$(dirname "$0")/../lib.sh"

need_tools rsync xorriso isoinfo bsdtar
[ "$(df --output=avail -B1M "$T" | tail -n 1)" -gt 6000 ] || skip "needs 6 GB of space in $T"

# What of them can be read, as a tree of its own that nobody changes meanwhile.
mkdir "$T/src"
for top in /etc /usr/include /usr/share/{doc,perl,man,locale,zoneinfo} /usr/lib/python3 /usr/share/* /usr/lib/*; do
	if ! [ -d "$top" ] || [ -e "$T/src$top" ]; then
		continue
	fi
	mkdir -p "$T/src$(dirname "$top")"
	cp -a --sparse=never "$top" "$T/src$(dirname "$top")/" 2>/dev/null || :
	[ "$(find "$T/src" -type f | wc -l)" -lt 20000 ] || break
done
find "$T/src" \( -type s -o -type b -o -type c \) -delete
chmod -R u+rX "$T/src" 2>/dev/null || :
ln "$T/src/etc/passwd" "$T/src/etc/passwd hard link"
files=$(find "$T/src" -type f | wc -l)
echo "$files files, $(find "$T/src" | wc -l) names, $(du -sm "$T/src" | cut -f1) MiB"
[ "$files" -ge 20000 ] || fail "this machine has only $files real files"
tree --exact dir "$T/src" >"$T/want-exact"

# All of it, whatever it is called.
start_burnfs -o exclude= "image:$T/disc.iso"
cp -a "$T/src/." "$M/data/"
tree --exact dir "$M/data" >"$T/got"
no_difference "$T/want-exact" "$T/got" "data/ after cp -a"
same "$(stats data_used_blocks)" "$(blocks_of_image "$M/image/disc.iso")" "used blocks and image/disc.iso"
burn
same "$(blocks_of_image "$T/disc.iso")" "$(stats data_used_blocks)" "blocks of the image"
whole_image "$T/disc.iso" "$T/src"

# Staged anew with rsync: the same tree, and an image of the same size.
blocks=$(stats data_used_blocks)
control clear data
expect_stat data_files 0
rsync -aHX "$T/src/" "$M/data/"
tree --exact dir "$M/data" >"$T/got"
no_difference "$T/want-exact" "$T/got" "data/ after rsync"
burn
same "$(blocks_of_image "$T/disc.iso")" "$blocks" "blocks of the image after rsync"
bsdtar --format=pax -cf - "@$T/disc.iso" | tree tar - >"$T/got"
tree --as bsdtar dir "$T/src" >"$T/want"
no_difference "$T/want" "$T/got" "the image after rsync, as bsdtar reads it"
rm -rf "${M:?}/data/"*
expect_stat data_files 0
stop_burnfs
