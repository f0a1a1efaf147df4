#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An image in image/ becomes the disc as it is: judged by its content, alone in the stage, to the byte.
. "$(dirname "$0")/../lib.sh"
need_tools xorriso

mkdir "$T/tree"
head -c 3000000 /dev/urandom >"$T/tree/random"
echo hello >"$T/tree/hello"
xorriso -as mkisofs -quiet -V GIVEN -J -R -o "$T/given.iso" "$T/tree" 2>/dev/null
blocks=$(($(stat -c %s "$T/given.iso") / 2048))

start_burnfs "image:$T/out.iso" -o capacity=$blocks
expect_stat formats "data audio mixed image"
expect_stat format none
expect_stat image ""
expect_stat image_state ""
refused ENODATA control burn
cp "$T/given.iso" "$M/image/not-named-by-suffix"
expect_stat image not-named-by-suffix
expect_stat image_kind iso9660
expect_stat image_state ok
expect_stat image_blocks "$blocks"
expect_stat format image
same "$(stat -fc '%S %b %f' "$M")" "2048 $blocks 0" "statfs of an image"
contains "$(head -c 3000 "$M/image/disc.svg")" "not-named-by-suffix" "the picture of the disc"
control burn simulate wait
expect_stat last_result ok
burn verify
cmp "$T/given.iso" "$T/out.iso"
contains "$(stats last_summary)" "burned image/not-named-by-suffix, " "last_summary"
cmp "$T/given.iso" "$M/image/not-named-by-suffix"

# What was recorded goes at umount, as with anything else that is staged.
stop_burnfs
[ ! -e "$S/image/not-named-by-suffix" ] || fail "the image is still there"

# One block too large: the write says so.
start_burnfs "image:$T/out.iso" -o "capacity=$((blocks - 1)),overwrite=yes"
refused ENOSPC cp "$T/given.iso" "$M/image/"
contains "$(stats last_error)" "the disc is full" "last_error of an image that does not fit"
control set capacity none
rm "$M/image/given.iso"

# Something else in the stage: nobody knows what is meant.
cp "$T/given.iso" "$M/image/"
echo x >"$M/data/x"
expect_stat format data
refused EINVAL control burn
contains "$(stats last_error)" 'write "format image" or "format data"' "last_error of two discs"
control format data
burn
! cmp -s "$T/given.iso" "$T/out.iso" || fail "the image was recorded, not the data"
control format image
burn
cmp "$T/given.iso" "$T/out.iso"
control format auto
control clear data

# Shorter than it says itself, compressed, raw: what is wrong is told with what to do.
control clear
head -c 2000000 "$T/given.iso" >"$M/image/cut.iso"
contains "$(stats image_state)" "cut short" "image_state of an image that is cut short"
refused EINVAL control burn
control clear
gzip <"$T/given.iso" >"$M/image/given.iso.gz"
expect_stat image_kind unknown
refused EINVAL control burn
contains "$(stats last_error)" "gunzip" "last_error of a compressed image"

# As a file among the data it is no disc: that is told, once it is recorded.
control clear
cp "$T/given.iso" "$M/data/"
burn
contains "$(stats last_summary)" "given.iso is on the disc as a file" "last_summary of an image in data/"
echo x >"$M/data/x"
burn
[[ $(stats last_summary) != *"as a file"* ]] || fail "last_summary of an image among other files"
control clear data
cp "$T/given.iso" "$M/image/"

# Two images, no image.
cp "$T/given.iso" "$M/image/second.iso"
refused EINVAL control burn
contains "$(stats last_error)" "2 images" "last_error of two images"
rm "$M/image/second.iso"
control clear image
head -c 5000 /dev/urandom >"$M/image/noise"
expect_stat image noise
expect_stat image_kind unknown
expect_stat format none
refused EINVAL control burn
contains "$(stats last_error)" '"format image"' "last_error of something unknown"
control format image
burn verify
cmp -n 5000 "$T/out.iso" "$M/image/noise"
same "$(stat -c %s "$T/out.iso")" 6144 "the last block, filled up"
contains "$(stats last_summary)" "1144 zero bytes that fill its last block" "last_summary of a block that is not whole"
same "$(tail -c 1144 "$T/out.iso" | tr -d '\0' | wc -c)" 0 "what fills it up"
echo text >"$M/image/README"
expect_stat image_kind unknown
refused EINVAL control burn
stop_burnfs

# With files beside it that no disc has, the stash stays.
start_burnfs "image:$T/out.iso" -o overwrite=yes
control clear
cp "$T/given.iso" "$M/image/"
echo text >"$M/image/README"
expect_stat image given.iso
expect_stat image_ignored 1
burn
stop_burnfs
same "$(cat "$S/image/README")" text "a file beside the image, after umount"
