#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `format`: what the next burn records, when one half is staged, or both.
. "$(dirname "$0")/../lib.sh"

start_burnfs "image:$T/disc.iso"
expect_stat format none
refused ENODATA burn
echo content >"$M/data/file"
expect_stat format data
for format in audio mixed; do
	control format $format
	refused ENODATA burn
	expect_stat format none
done
control format auto
expect_stat format data
sound wav "$M/audio/track01.wav" 1000000 1
same "$(ls "$M/image" | tr '\n' ' ')" "disc.bin disc.cue disc.iso disc.svg " "image/ with both staged"
expect_stat format mixed

control format data
burn
expect_stat last_output "$T/disc.iso"
gone "$T/disc.bin" || fail "audio burned as data was asked for"
rm "$T/disc.iso"
control format audio
burn
gone "$T/disc.iso" || fail "data burned as audio was asked for"
[ -s "$T/disc.bin" ] && [ -s "$T/disc.cue" ]
[[ $(stats last_output) == "$T"/disc.* ]] || fail "last_output: $(stats last_output)"
! grep -q MODE1 "$T/disc.cue" || fail "data burned as audio was asked for"
for format in auto mixed; do
	rm "$T/disc.bin" "$T/disc.cue"
	control format $format
	burn
	gone "$T/disc.iso" || fail "an image of data beside a mixed one"
	contains "$(cat "$T/disc.cue")" 'TRACK 01 MODE1/2352' "the sheet of a mixed disc"
	contains "$(cat "$T/disc.cue")" 'TRACK 02 AUDIO' "the sheet of a mixed disc"
done
refused EINVAL control format both

# Choosing a format clears nothing.
same "$(cat "$M/data/file")" content "the staged file"
[ -s "$M/audio/track01.wav" ] || fail "the staged track is gone"
control clear audio
expect_stat audio_tracks 0
same "$(cat "$M/data/file")" content "data after 'clear audio'"
control clear data
same "$(ls -A "$M/data")" "" "data after 'clear data'"
echo content >"$M/data/file"
sound raw "$M/audio/a.cdr" 4000 1
control clear
same "$(ls -A "$M/data")$(ls -A "$M/audio")" "" "what is staged after 'clear'"
expect_stat audio_tracks 0
control format auto
refused ENODATA burn
stop_burnfs
