#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Checksums beside an image are compared before it is recorded.
. "$(dirname "$0")/../lib.sh"
need_tools xorriso md5sum sha256sum

mkdir "$T/tree"
random_file "$T/tree/random" 3000000 1
xorriso -as mkisofs -quiet -V GIVEN -J -R -o "$T/given.iso" "$T/tree" 2>/dev/null
cd "$T" || exit

start_burnfs "image:$T/out.iso" -o overwrite=yes
cp given.iso "$M/image/"
good() {
	expect_stat image given.iso
	expect_stat image_ignored 0
	burn
	cmp "$T/given.iso" "$T/out.iso" || fail "$1"
	rm "$T/out.iso"
}
bad() {
	refused EIO burn
	contains "$(stats last_error)" "line $1 of image/$2" "last_error: $(stats last_error)"
	[ ! -e "$T/out.iso" ] || fail "recorded, though $2 says otherwise"
}

good "without sums"
{ echo "# lines that are no sums, and sums of other files"; sha256sum given.iso tree/random; } >"$M/image/SHA256SUMS"
good "a list of sums"
contains "$(cat "$M/events")" "checking file=image/given.iso" "the log"
sha256sum --tag given.iso >"$M/image/given.iso.sha256"
md5sum -b given.iso >"$M/image/given.md5"
sha512sum ./given.iso >"$M/image/given.iso.sha512"
good "sums of other kinds"
sha1sum <given.iso | cut -c -40 >"$M/image/given.iso.sha1"
good "a sum alone"

# Each of them counts.
echo "$(head -c 128 /dev/zero | tr '\0' a)  given.iso" >"$M/image/given.iso.sha512"
bad 1 given.iso.sha512
rm "$M/image/given.iso.sha512"
{ sha256sum tree/random; sha256sum tree/random | sed s,tree/random,given.iso,; } >"$M/image/SHA256SUMS"
bad 2 SHA256SUMS

# Sums, and none of this one: told.
rm "$M/image/"*.md5 "$M/image/"*.sha*
sha256sum tree/random >"$M/image/SHA256SUMS"
good "a list without it"
contains "$(cat "$M/events")" "warning no checksum is there for image/given.iso" "the log"
stop_burnfs
