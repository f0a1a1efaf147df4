#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Data and sound on one disc: the ISO image in Mode 1 sectors, as image/disc.iso has it, then the tracks,
# as other programs read them; and how much fits.
. "$(dirname "$0")/../lib.sh"

need_tools bchunk bsdtar cdrdao cd-info cueprint flac isoinfo sox toc2cddb xorriso setfattr
start_burnfs "image:$T/disc"
sample_tree "$M/data"
for n in 1 2 3; do
	sound raw "$T/$n.raw" $((1000000 + n * 4)) $n
done
sox -t raw -r 44100 -c 2 -b 16 -e signed "$T/1.raw" "$T/1.flac"
cp "$T/1.flac" "$M/audio/track1.flac"
sound wav "$M/audio/track2.wav" $((1000000 + 2 * 4)) 2
cp "$T/3.raw" "$M/audio/track3.cdr"
setfattr -n user.cdtext.title -v One "$M/audio/track1.flac"
setfattr -n user.isrc -v GBAYE0601498 "$M/audio/track2.wav"
setfattr -n user.pregap -v 77 "$M/audio/track3.cdr"
setfattr -n user.mcn -v 4006381333931 "$M/audio"
expect_stat format mixed

# mixed GAP FIRST: it burns, and all of it is where it should be, FIRST sectors behind the data.
mixed() {
	local data at second
	control set gap "$1"
	data=$(stats data_used_blocks)
	cat "$M/image/disc.iso" >"$T/live.iso"
	burn
	expect_stat last_output "$T/disc.bin"
	at=$((data + $2))
	second=$((at + (1000004 + $1 * 2352 + 2351) / 2352))
	[ "$1" -gt 0 ] || second=$((at + 1000004 / 2352))
	disc agreed "$T/disc.cue" >"$T/got" || fail "readers of the sheet differ: $(cat "$T/disc.cue")"
	head -n 4 "$T/got" >"$T/first"
	printf '%s\n' "disc 4006381333931 |  | " "01 0 data" "02 $at  |  | One" "03 $second GBAYE0601498 |  | " >"$T/want"
	no_difference "$T/want" "$T/first" "what readers make of the sheet with gap $1"
	same "$(tail -n 1 "$T/got")" "end $((data + $2 + $(stats audio_used_blocks)))" "the end of the disc"
	same "$(stat -c %s "$T/disc.bin")" $(((data + $2 + $(stats audio_used_blocks)) * 2352)) "bytes of the BIN"
	cmp "$M/image/disc.bin" "$T/disc.bin"
	cmp "$M/image/disc.cue" "$T/disc.cue"
	# df counts what the disc takes.
	same "$(($(stat -f -c '%b - %f' "$M")))" $((data + $2 + $(stats audio_used_blocks))) "blocks that statfs says are used"
	same "$(stat -f -c %S "$M")" 2352 "the size of a block"

	rm -f "$T"/out*
	(cd "$T" && bchunk -w disc.bin disc.cue out >/dev/null)
	cmp "$T/out01.iso" "$T/live.iso" || fail "the data track is not image/disc.iso"
	disc mode1 "$T/disc.bin" "$data"
	[ "$1" -gt 0 ] || return 0   # without gaps bchunk cuts within a sector
	for n in 1 2 3; do
		cmp -n $((1000000 + n * 4)) -i 44:0 "$T/out0$((n + 1)).wav" "$T/$n.raw" || fail "samples of track $n"
	done
}
mixed 400 400
mixed 0 150
head -c $((($(stats data_used_blocks) + 150) * 2352)) "$T/disc.bin" | tail -c $((150 * 2352)) | tr -d '\0' |
	wc -c | grep -qx 0 || fail "no silence before the first track"
cat "$T/1.raw" "$T/2.raw" >"$T/gapless"
cmp -n 2000012 -i $((($(stats data_used_blocks) + 150) * 2352)):0 "$T/disc.bin" "$T/gapless" || fail "gapless tracks behind data"
mixed 150 150

# What is in the data track is what was staged, for everybody who reads ISO images.
whole_image "$T/out01.iso" "$M/data"
cd-info --no-header --no-device-info -c "$T/disc.cue" >"$T/info" 2>&1
grep -q 'mixed mode CD' "$T/info" || fail "cd-info sees no mixed disc: $(cat "$T/info")"
grep -qi 'ISO 9660' "$T/info" || fail "cd-info sees no ISO 9660: $(cat "$T/info")"

# The live image, however it is read.
"$PYTHON" "$HELPERS/image.py" random "$M/image/disc.bin" "$T/disc.bin" 57 200
for at in 2500 1200 700 690 3 0; do
	cmp <(dd if="$M/image/disc.bin" bs=2000 skip=$at count=9 status=none) \
		<(dd if="$T/disc.bin" bs=2000 skip=$at count=9 status=none) || fail "image/disc.bin from $at * 2000 on"
done
cmp <(tail -c 3000001 "$M/image/disc.bin") <(tail -c 3000001 "$T/disc.bin") || fail "the tail of image/disc.bin"
"$PYTHON" "$HELPERS/image.py" stale "$M/image/disc.bin" "$M/data/dir/large.bin"

# Each half alone is what it was.
for format in audio data; do
	control format $format
	expect_stat format $format
done
same "$(stat -c %s "$M/image/disc.bin")" $(($(stats audio_used_blocks) * 2352)) "image/disc.bin of the format data"
control format auto

# What fits: to the sector.
all=$(($(stats data_used_blocks) + 150 + $(stats audio_used_blocks)))
control set capacity $all
same "$(stat -f -c '%b %f' "$M")" "$all 0" "statfs of a full disc"
burn
control set capacity $((all - 1))
same "$(stat -f -c %f "$M")" 0 "free blocks of a disc that is more than full"
refused ENOSPC burn
contains "$(stats last_error)" " MB, and what is staged is 3 kB too much" "last_error"
control format data
burn
control format auto
control set capacity cd80

# The data is a track as well: 99 others are one too many.
rm "$M/audio/"*
for n in $(seq 99); do
	head -c 2352 /dev/zero >"$M/audio/track$n.cdr"
done
refused ENOSPC burn
contains "$(stats last_error)" 99 "last_error"
rm "$M/audio/track50.cdr"
burn
disc agreed "$T/disc.cue" >"$T/got"
same "$(grep -c '^[0-9]' "$T/got")" 99 "tracks of a full disc"
rm -r "$M/data"/*
head -c 2352 /dev/zero >"$M/audio/track50.cdr"
expect_stat format audio
burn
same "$(grep -c TRACK "$T/disc.cue")" 99 "tracks of a disc without data"
stop_burnfs
