#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Gap 0 is gapless: the tracks' samples follow each other with nothing between.
. "$(dirname "$0")/../lib.sh"

start_burnfs -o gap=0 "image:$T/disc.iso"
for n in 1 2 3 4; do
	sound raw "$T/$n.raw" $((1000000 + n * 1004)) $n
	sound wav "$M/audio/track$n.wav" $((1000000 + n * 1004)) $n
done
cat "$T"/[1-4].raw >"$T/all"
sectors=$((($(stat -c %s "$T/all") + 2351) / 2352))
expect_stat audio_used_blocks $sectors
burn
same "$(stat -c %s "$T/disc.bin")" $((sectors * 2352)) "bytes of the BIN"
cmp -n "$(stat -c %s "$T/all")" "$T/all" "$T/disc.bin"
tail -c +$(($(stat -c %s "$T/all") + 1)) "$T/disc.bin" | tr -d '\0' | wc -c | grep -qx 0 || fail "the end is not silence"
! grep -q 'INDEX 00' "$T/disc.cue" || fail "a gap in a gapless sheet"
# A track begins in the sector where its first sample lies.
awk '/INDEX 01/ { split($3, t, ":"); print (t[1] * 60 + t[2]) * 75 + t[3] }' "$T/disc.cue" >"$T/got"
for n in 0 1 2 3; do
	echo $(((n * 1000000 + n * (n + 1) * 502) / 2352))
done >"$T/want"
no_difference "$T/want" "$T/got" "where tracks begin"
cmp "$M/image/disc.bin" "$T/disc.bin"
stop_burnfs
