#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# examples/album: from a folder of sound files to an image, or to the disc that is mounted; what it refuses.
. "$(dirname "$0")/../lib.sh"

need_tools cdrdao cd-info cueprint flac oggenc sox toc2cddb
export BURNFS
album=$(cd "$(dirname "$0")/../../.." && pwd)/examples/album
mkdir "$T/Our 'best' album"
cd "$T/Our 'best' album"
sox -R -V1 -r 44100 -n -b 16 -c 2 "$T/sound.wav" synth 4 sine 440
sox -R -V1 -r 44100 -n -b 16 -c 2 "$T/other.wav" synth 4 sine 550
flac -s -T TITLE="Über allem" -T ARTIST=Wir -T ALBUM=Alles "$T/sound.wav" -o "01 first \$track.flac"
flac -s -T TITLE=Zwei -T ARTIST=Wir -T ALBUM=Alles "$T/other.wav" -o "02 second \"track\".flac"
oggenc -Q -t Zehn -a Wir -l Alles "$T/sound.wav" -o "10 *.ogg"
echo picture >cover.jpg
ln -s "01 first \$track.flac" "11 again.flac"
cd "$T"

# says LINE…: what readers make of the sheet of $T/NAME.cue
says() {
	local name=$1
	shift
	printf '%s\n' "$@" >"$T/want"
	disc agreed "$T/$name.cue" >"$T/got"
	no_difference "$T/want" "$T/got" "what readers make of $name.cue"
}
left_nothing() {
	empty_dir "$T/tmp" || fail "left behind: $(ls -A "$T/tmp")"
	[ -z "$(mounts_below "$T/tmp")" ] || fail "left a mount behind"
}

# An image, by any of its names; nothing else stays behind.
mkdir "$T/tmp"
export TMPDIR=$T/tmp
"$album" "Our 'best' album" "an image.cue" >"$T/out"
grep -qF "an image.bin" "$T/out" || fail "it does not say what it made: $(cat "$T/out")"
same "$(grep -c '0:04  ' "$T/out")" 4 "tracks that it lists: $(cat "$T/out")"
says "an image" "disc  | Wir | Alles" "01 0  | Wir | Über allem" "02 450  | Wir | Zwei" "03 900  | Wir | Zehn" \
	"04 1350  | Wir | Über allem" "end 1650"
sox "$T/sound.wav" -t raw "$T/sound.raw"
cmp -n 705600 "$T/sound.raw" "$T/an image.bin"
left_nothing

# Files in any number, gapless, and what the tags do not say.
"$album" -g 0 -t "Another \"title\"" -p Ich "$T/sound.wav" "$T/Our 'best' album" "$T/two.bin" >"$T/out"
same "$(stat -c %s "$T/two.bin")" $((5 * 705600)) "bytes of a gapless image"
contains "$(cat "$T/two.cue")" "TITLE \"Another 'title'\"" "the sheet"
contains "$(cat "$T/two.cue")" 'PERFORMER "Ich"' "the sheet"
left_nothing

# A disc that is mounted gets the tracks, and is not burned.
start_burnfs "image:$T/mounted"
"$album" -g 75 -t Mounted "$T/Our 'best' album" "$M" >"$T/out"
expect_stat audio_tracks 4
contains "$(cat "$T/out")" "echo burn" "what to do next"
gone "$T/mounted.bin" || fail "burned without being asked to"
burn
says mounted "disc  | Wir | Mounted" "01 0  | Wir | Über allem" "02 375  | Wir | Zwei" "03 750  | Wir | Zehn" \
	"04 1125  | Wir | Über allem" "end 1425"
contains "$(fails "$album" "$T/sound.wav" "$M")" "clear audio" "a disc with tracks"
expect_stat audio_tracks 4
stop_burnfs

# wrong STATUS PART ARGUMENT…: it fails with that status and a sentence with that part, and makes nothing.
wrong() {
	local wanted=$1 part=$2 status=0 said
	shift 2
	said=$("$album" "$@" 2>&1 >/dev/null) || status=$?
	same "$status" "$wanted" "status of album $*"
	contains "$said" "$part" "what album $* says"
	contains "$said" "album: " "what album $* says"
	gone "$T/new.bin" || fail "album $* made an image"
	left_nothing
}
wrong 2 "album -h"
wrong 2 "target" "$T/sound.wav"
wrong 2 "-x" -x "$T/sound.wav" "$T/new"

# A sheet is not read, so what it divides is refused, wherever it lies; what it does not divide is recorded.
mkdir -p "$T/live/cd 1"
sox "$T/sound.wav" "$T/live/cd 1/Live at home.flac"
printf 'FILE "C:\\rips\\Live at home.wav" WAVE\r\n  TRACK 01 AUDIO\r\n    INDEX 01 00:00:00\r\n' >"$T/live/cd 1/Live.CUE"
"$album" "$T/live" "$T/one.bin" >"$T/out"
same "$(grep -c '0:04  ' "$T/out")" 1 "tracks of a sheet with one"
printf '  TRACK 02 AUDIO\n    INDEX 01 00:02:00\n' >>"$T/live/cd 1/Live.CUE"
wrong 1 "Live.CUE divides it" "$T/live" "$T/new"
wrong 1 "shnsplit" "$T/live/cd 1/Live at home.flac" "$T/new"
wrong 1 "is a cue sheet" "$T/sound.wav" "$T/live/cd 1/Live.CUE" "$T/new"
mv "$T/live/cd 1/Live at home.flac" "$T/live/cd 1/01 split.flac"
"$album" "$T/live" "$T/split.bin" >"$T/out"
same "$(grep -c '0:04  ' "$T/out")" 1 "tracks of what was split already"
mv "$T/live/cd 1/01 split.flac" "$T/live/cd 1/live.flac"
mv "$T/live/cd 1/Live.CUE" "$T/live/cd 1/live.flac.cue"
wrong 1 "live.flac.cue divides it" "$T/live" "$T/new"
wrong 2 "-g needs" -g many "$T/sound.wav" "$T/new"
wrong 2 "-t needs" -g 0 -t
wrong 2 "more than one line" -t $'a\nburn' "$T/sound.wav" "$T/new"
wrong 1 "gap" -g 5000 "$T/sound.wav" "$T/new"
wrong 1 "$T/nothing is not there" "$T/nothing" "$T/new"
wrong 1 "no burnfs is mounted" "$T/sound.wav" "$T"
wrong 1 "no directory" "$T/sound.wav" "$T/nowhere/new"
wrong 1 "an image.bin exists" "$T/sound.wav" "$T/an image"
mkdir "$T/silence"
echo picture >"$T/silence/cover.jpg"
wrong 1 "there is no sound in $T/silence" "$T/silence" "$T/new"
head -c 100000 "$T/sound.wav" >"$T/cut.wav"
wrong 1 "cut.wav the WAV file is incomplete" "$T/sound.wav" "$T/cut.wav" "$T/new"
mkdir "$T/more"
cp "$T/other.wav" "$T/more/sound.wav"
wrong 1 "another sound.wav" "$T/sound.wav" "$T/more/sound.wav" "$T/new"
flac -s "$T/sound.wav" -o "$T/broken.flac"
dd if="$T/sound.wav" of="$T/broken.flac" bs=1 seek=$(($(stat -c %s "$T/broken.flac") / 2)) count=200 conv=notrunc status=none
wrong 1 "broken.flac" "$T/broken.flac" "$T/new"
contains "$(fails env BURNFS="$T/no-program" "$album" "$T/sound.wav" "$T/new")" "cannot find burnfs" "without the program"
contains "$("$album" -h)" "usage: album" "album -h"
