#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How much sound fits: exactly, at the write where the length is plain, and 99 tracks.
. "$(dirname "$0")/../lib.sh"

start_burnfs "image:$T/disc.iso"
expect_stat audio_total_blocks 360000
expect_stat audio_available_track_blocks 360000
head -c $((2352 * 400)) /dev/zero >"$M/audio/track01.cdr"
expect_stat audio_used_blocks 400
expect_stat audio_available_track_blocks $((360000 - 400 - 150))
control set capacity 1000
expect_stat audio_total_blocks 1000
expect_stat audio_available_track_blocks 450
refused ENOSPC bash -c "head -c $((2352 * 451)) /dev/zero >$M/audio/track02.cdr"
contains "$(stats last_error)" "the disc is full: it holds 14 seconds of sound" "last_error"
rm -f "$M/audio/track02.cdr"
head -c $((2352 * 450)) /dev/zero >"$M/audio/track02.cdr"
expect_stat audio_used_blocks 1000
expect_stat audio_free_blocks 0
expect_stat audio_available_track_blocks 0
refused ENOSPC bash -c "printf 1234 >>$M/audio/track02.cdr"
burn
same "$(stat -c %s "$T/disc.bin")" $((1000 * 2352)) "bytes of the BIN"

# WAV: the same, its header not counted.
rm "$M/audio/track02.cdr"
sound wav "$T/fits.wav" $((2352 * 450)) 1 --before
sound wav "$T/over.wav" $((2352 * 450 + 4)) 1
cp "$T/fits.wav" "$M/audio/track02.wav"
expect_stat audio_free_blocks 0
rm "$M/audio/track02.wav"
refused ENOSPC cp "$T/over.wav" "$M/audio/track02.wav"
rm -f "$M/audio/track02.wav"

# A short track takes four seconds.
head -c 4 /dev/zero >"$M/audio/track02.cdr"
expect_stat audio_used_blocks $((400 + 150 + 300))
grep '^track\.02=' "$M/stats" | grep -q 300 || fail "the line of a padded track: $(grep '^track\.02=' "$M/stats")"
rm "$M/audio/"*
expect_stat audio_used_blocks 0

# 99 tracks, not 100.
control set capacity cd80
for i in $(seq 99); do
	head -c 2352 /dev/zero >"$M/audio/track$i.cdr"
done
expect_stat audio_tracks 99
expect_stat audio_used_blocks $((99 * 300 + 98 * 150))
head -c 2352 /dev/zero >"$T/one.cdr"
refused ENOSPC cp "$T/one.cdr" "$M/audio/track100.cdr"
expect_stat audio_available_track_blocks 0
burn
same "$(grep -c 'TRACK' "$T/disc.cue")" 99 "tracks in the sheet"
stop_burnfs
