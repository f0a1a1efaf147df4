#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# WAV and bare samples become a BIN and a CUE sheet: sample for sample, in natural order, with gaps.
. "$(dirname "$0")/../lib.sh"

need_tools bchunk cueprint cd-info
start_burnfs "image:$T/disc.iso"
expect_stat audio_used_blocks 0
# Lengths: whole sectors; not whole; shorter than 4 seconds; one sample frame; chunks before and after.
n=0
raw_tracks=()
for spec in "track1.wav 2352000" "track2.wav 1234568 --before --after" "track10.wav 2352004 --odd" \
	"track11.cdr 1000000" "track12.raw 2352000" "track13.pcm 4" "Zz/track01.wav 1500000" "track9.wav 800000 --after"; do
	read -r name bytes options <<<"$spec"
	n=$((n + 1))
	sound raw "$T/$n.raw" "$bytes" $n
	mkdir -p "$M/audio/$(dirname "$name")"
	cp "$T/$n.raw" "$T/$n"
	# shellcheck disable=SC2086
	[[ $name != *.wav ]] || sound wav "$T/$n" "$bytes" $n $options
	cp "$T/$n" "$M/audio/$name"
	cmp "$T/$n" "$M/audio/$name"
done
# Natural order of paths: track1 2 9 10 11 12 13, and what lies in a folder where its path says.
expect_stat format audio
expect_stat audio_tracks 8
order=$(sed -n 's/^track\.[0-9]*=//p' "$M/stats" | grep -o 'Zz/track01\|track[0-9]*\.' | tr -d . | tr '\n' ' ')
[ "${order/Zz\/track01 /}" = "track1 track2 track9 track10 track11 track12 track13 " ] || fail "the order of tracks: $order"
raw_tracks=("$T/1.raw" "$T/2.raw" "$T/8.raw" "$T/3.raw" "$T/4.raw" "$T/5.raw" "$T/6.raw")
if [[ $order == Zz* ]]; then raw_tracks=("$T/7.raw" "${raw_tracks[@]}"); else raw_tracks+=("$T/7.raw"); fi
grep -q '^track\.02=.*track2.wav.*ok' "$M/stats" || grep -q '^track\.03=.*track2.wav.*ok' "$M/stats" ||
	fail "no line of track2.wav in stats: $(grep '^track' "$M/stats")"

# burned GAP: the burned BIN is what it should be, and so are the keys and image/.
burned() {
	control set gap "$1"
	same "$(stats audio_used_blocks)" "$(sound sectors "$1" "${raw_tracks[@]}")" "audio_used_blocks with gap $1"
	burn
	same "$(ls "$T"/disc.* | tr '\n' ' ')" "$T/disc.bin $T/disc.cue " "what was burned"
	sound bin "$T/want" "$1" "${raw_tracks[@]}"
	cmp "$T/want" "$T/disc.bin"
	same "$(stats audio_used_blocks)" "$(($(stat -c %s "$T/disc.bin") / 2352))" "audio_used_blocks and the BIN"
	cmp "$M/image/disc.bin" "$T/disc.bin"
	cmp "$M/image/disc.cue" "$T/disc.cue"
	"$PYTHON" "$HELPERS/image.py" random "$M/image/disc.bin" "$T/disc.bin" 5 800
	! grep -q PREGAP "$T/disc.cue" || fail "a PREGAP in the sheet"
	same "$(grep -c 'TRACK .* AUDIO' "$T/disc.cue")" ${#raw_tracks[@]} "tracks in the sheet"
	contains "$(cat "$T/disc.cue")" 'FILE "disc.bin" BINARY' "the sheet"
}
burned 150
same "$(grep -c 'INDEX 00' "$T/disc.cue")" 7 "gaps in the sheet"

# Readers of CUE sheets: as many tracks, where they should be, with the samples of the sources.
same "$(cueprint -d '%N\n' "$T/disc.cue")" 8 "tracks that cueprint counts"
cd-info --no-header --no-device-info --no-analyze -c "$T/disc.cue" >"$T/info" 2>&1
same "$(grep -cE '^ *[0-9]+: .* audio ' "$T/info")" 8 "audio tracks that cd-info sees: $(cat "$T/info")"
same "$(awk '/leadout/ { print $3 + 0 }' "$T/info")" "$(stats audio_used_blocks)" "sectors that cd-info sees"
(cd "$T" && bchunk -w disc.bin disc.cue out >/dev/null)
same "$(ls "$T"/out*.wav | wc -l)" 8 "tracks that bchunk splits"
n=0
for raw in "${raw_tracks[@]}"; do
	n=$((n + 1))
	cmp -n "$(stat -c %s "$raw")" -i 44:0 "$T/out$(printf %02d $n).wav" "$raw" || fail "track $n as bchunk splits it"
done

burned 75
burned 1

# Removing and renaming renumber; what is no sound by name is kept, counted, and no track.
control set gap 150
: >"$M/audio/cover.jpg"
echo x >"$M/audio/notes.log"
sound raw "$M/audio/.hidden.cdr" 4000 1
expect_stat audio_ignored 3
expect_stat audio_tracks 8
rm "$M/audio/track9.wav"
expect_stat audio_tracks 7
mv "$M/audio/track10.wav" "$M/audio/a-first.wav"
order=$(sed -n 's/^track\.[0-9]*=//p' "$M/stats" | grep -o '[^ ]*\.wav\|[^ ]*\.cdr\|[^ ]*\.raw\|[^ ]*\.pcm' | tr '\n' ' ')
contains " $order" " a-first.wav track1.wav track2.wav track11.cdr " "the order after a rename"
stop_burnfs
