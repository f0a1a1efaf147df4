#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An image in image/ on every kind of medium, verified; on discs that hold something it is refused.
# TIMEOUT: 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
need_tools xorriso

mkdir "$T/tree"
head -c 2000000 /dev/urandom >"$T/tree/random"
xorriso -as mkisofs -quiet -V GIVEN -R -o "$T/given.iso" "$T/tree" 2>/dev/null
head -c 40000 /dev/urandom >"$T/small"

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
cp "$T/given.iso" "$M/image/"
expect_stat image_state ok

# record FILE KIND [OPTION…]
record() {
	in_tray sr0 "$2-$RANDOM" "${@:2}"
	try probe
	burn verify
	expect_stat last_result ok
	same_disc "$1" || fail "$2: the disc is not the image"
	released || fail "$2: the drive is still held"
}

for medium in cd-r cd-rw dvd-r dvd-rw "dvd-rw-ro formatted" dvd-r-dl dvd+r dvd+rw dvd-ram bd-r "bd-re formatted"; do
	# shellcheck disable=SC2086 # a kind and its options
	record "$T/given.iso" $medium
done

# A disc that holds something, also what burnfs would add to: only after it is erased.
refused EROFS burn
contains "$(stats last_error)" 'write "blank"' "last_error of a disc that holds something"
control blank
control wait
burn verify
same_disc "$T/given.iso" || fail "after blank: the disc is not the image"
control clear
in_tray sr0 growing cd-r
try probe
echo x >"$M/data/x"
burn multi
control clear
cp "$T/given.iso" "$M/image/"
refused EROFS burn
contains "$(stats last_error)" "an image takes a disc for itself" "last_error of an appendable disc"

# Fewer blocks than are written last on what can be overwritten.
control clear
cp "$T/small" "$M/image/"
control format image
record "$T/small" dvd+rw
record "$T/small" dvd+r

# It does not fit.
in_tray sr0 tiny cd-r blocks=500
try probe
control clear
refused ENOSPC cp "$T/given.iso" "$M/image/"
control set eject yes
stop_burnfs
