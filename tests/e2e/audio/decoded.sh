#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A disc of twelve tracks of every kind: CD samples and what holds them without loss to the bit, the rest as
# other programs decode and resample it, but for dither.
. "$(dirname "$0")/../lib.sh"

need_tools bchunk cdrdao cd-info cueprint flac lame oggenc opusdec opusenc sox toc2cddb
frames=221382   # 5.02 seconds: not whole sectors, and a whole number of samples at all the rates below
sectors=377
mkdir "$T/src"

# tones OUT RATE CHANNELS BITS: sounds that end in silence, so that nobody has to say what follows them
tones() {
	local samples=$((frames * $2 / 44100))s
	sox -R -r "$2" -c "$3" -n -b "$4" "$1" synth $samples sine 60:9000 sine 997 \
		synth $samples sine mix 3000 sine mix 50:8000 gain -n -1 fade h 0.1 0 0.1
}
tones "$T/tones.wav" 44100 2 16
sound wav "$T/src/track1 as is.wav" $((frames * 4)) 1 --before --after
sound wav "$T/random.wav" $((frames * 4)) 2
flac -s -8 -T TITLE=Two -T ARTIST=They -T ALBUM=All "$T/random.wav" -o "$T/src/track2.flac"
sox "$T/random.wav" "$T/src/track3.aiff"
oggenc -Q -q 6 -t Four -a They "$T/tones.wav" -o "$T/src/track4.ogg"
lame --quiet -V 2 --tt Five --ta They "$T/tones.wav" "$T/src/track5.mp3"
opusenc --quiet --title Six --artist They "$T/tones.wav" "$T/src/track6.opus"
tones "$T/src/track7-48k.wav" 48000 2 16
tones "$T/src/track8-mono.wav" 44100 1 16
tones "$T/src/track9-24-96.flac" 96000 2 24
tones "$T/src/track10-8-22.wav" 22050 1 8
sound loud "$T/src/track11-float.wav" $frames 1.5
sound raw "$T/src/track12.cdr" $((frames * 4)) 12
tracks=()
while read -r file; do
	tracks+=("$file")
done < <(ls -v "$T/src")

# Staged as cp does it, and as file managers and downloaders do: under another name first.
start_burnfs "image:$T/disc"
n=0
for name in "${tracks[@]}"; do
	n=$((n + 1))
	case $((n % 3)) in
	0) cp "$T/src/$name" "$M/audio/$name" ;;
	1)
		cp "$T/src/$name" "$M/audio/.goutputstream-ABC$n"
		expect_stat audio_tracks $((n - 1))
		mv "$M/audio/.goutputstream-ABC$n" "$M/audio/$name" ;;
	2)
		cp "$T/src/$name" "$M/audio/$name.part"
		expect_stat audio_tracks $((n - 1))
		mv "$M/audio/$name.part" "$M/audio/$name" ;;
	esac
	cmp "$T/src/$name" "$M/audio/$name"
	same "$(sed -n "s/^track\.$(printf %02d $n)=//p" "$M/stats")" "$sectors $name ok" "the line of track $n"
done
expect_stat audio_ignored 0
whole=$((12 * sectors + 11 * 150))
expect_stat audio_used_blocks $whole
burn
same "$(stat -c %s "$T/disc.bin")" $((whole * 2352)) "bytes of the BIN"
same "$(stat -c %s "$M/image/disc.bin")" $((whole * 2352)) "bytes of image/disc.bin"

# The live image is the burned one, however it is read: onwards, backwards in pieces, here and there at once.
cmp "$M/image/disc.bin" "$T/disc.bin"
for at in 1700 1600 900 898 500 30 0; do
	cmp <(dd if="$M/image/disc.bin" bs=5000 skip=$at count=9 status=none) \
		<(dd if="$T/disc.bin" bs=5000 skip=$at count=9 status=none) || fail "image/disc.bin from $at * 5000 on"
done
cmp <(tail -c 2000001 "$M/image/disc.bin") <(tail -c 2000001 "$T/disc.bin") || fail "the tail of image/disc.bin"
"$PYTHON" "$HELPERS/image.py" random "$M/image/disc.bin" "$T/disc.bin" 55 60

# Readers of CUE sheets agree on what is where, and what it is called.
disc agreed "$T/disc.cue" >"$T/got"
{
	echo "disc  |  | "
	n=0
	for title in "" "They | Two" "" "They | Four" "They | Five" "They | Six" "" "" "" "" "" ""; do
		printf '%02d %d  | %s\n' $((n + 1)) $((n * (sectors + 150))) "${title:- | }"
		n=$((n + 1))
	done
	echo "end $whole"
} >"$T/want"
no_difference "$T/want" "$T/got" "what readers make of the sheet"

# The tracks, as bchunk splits them.
(cd "$T" && bchunk -w disc.bin disc.cue out >/dev/null)

# bits TRACK RAW: not one differs, and silence follows
bits() {
	cmp -n $((frames * 4)) -i 44:0 "$T/out$1.wav" "$2" || fail "samples of track $1"
	[ "$(tail -c +$((45 + frames * 4)) "$T/out$1.wav" | tr -d '\0' | wc -c)" -eq 0 ] || fail "no silence behind track $1"
}
# near TRACK WANTED MOST LOW HIGH [MISSING]: disc.py says what these are
near() {
	disc near "$T/out$1.wav" "$2" "$3" "$4" "$5" $frames "${6:-0}" || fail "samples of track $1"
}
# floats FILE [EFFECT…]: what sox makes of it, in stereo at 44.1 kHz, as 64-bit floats
floats() {
	local file=$1
	shift
	sox -V1 "$file" -t f64 -c 2 "$T/floats" rate -v 44100 "$@"
}

sound raw "$T/1.raw" $((frames * 4)) 1
sound raw "$T/2.raw" $((frames * 4)) 2
sox "$T/src/track8-mono.wav" -D -t raw -c 2 "$T/8.raw"
bits 01 "$T/1.raw"
bits 02 "$T/2.raw"
bits 03 "$T/2.raw"
bits 08 "$T/8.raw"
bits 12 "$T/src/track12.cdr"

# Triangular dither over two steps and rounding leave a difference of 1.5 steps at most, and of exactly 0.5 in
# root mean square; rounding alone would leave 0.29. Compared with rounded samples it is sqrt(1/3) of a step.
floats "$T/src/track7-48k.wav"
near 07 "$T/floats" 1.6 0.495 0.505
floats "$T/src/track9-24-96.flac"
near 09 "$T/floats" 1.6 0.495 0.505
floats "$T/src/track10-8-22.wav"
near 10 "$T/floats" 1.6 0.495 0.505
floats "$T/src/track4.ogg"   # in 16 bits
near 04 "$T/floats" 1.01 0.57 0.585
# Half of these samples are beyond full scale, where they are cut off, and do not wrap around: sox at 32768.
floats "$T/src/track11-float.wav"
near 11 "$T/floats" 1.6 0.5 0.8
opusdec --quiet --float --rate 48000 "$T/src/track6.opus" "$T/opus.wav"
floats "$T/opus.wav"
near 06 "$T/floats" 1.6 0.495 0.505
# sox gives the frame that only tells the length, the delay of encoder and decoder, and not the last frame.
floats "$T/src/track5.mp3" trim $((1152 + 576 + 529))s
near 05 "$T/floats" 1.6 0.495 0.505 1152
# lame takes them off, but rounds in its own way.
lame --quiet --decode "$T/src/track5.mp3" "$T/mp3.wav"
floats "$T/mp3.wav"
near 05 "$T/floats" 2.5 0.57 0.8

# A sine cut in two, with no gap between: what is on the disc has no step that the sine has not.
control clear audio
control set gap 0
sox -R -r 44100 -n -b 16 -c 2 "$T/sine.wav" synth 12 sine 997 sine 441 gain -n -1
sox -R "$T/sine.wav" "$T/head.wav" trim 0 300001s
sox -R "$T/sine.wav" "$T/tail.wav" trim 300001s
flac -s "$T/head.wav" -o "$M/audio/1.flac"
flac -s "$T/tail.wav" -o "$M/audio/2.flac"
burn
rm "$T"/out*.wav
(cd "$T" && bchunk -w disc.bin disc.cue out >/dev/null)
same "$(ls "$T"/out*.wav | wc -l)" 2 "tracks of a sine cut in two"
step=$(disc step "$T/out01.wav" "$T/out02.wav")
same "$step" "$(disc step "$T/sine.wav")" "the largest step of a sine cut in two"
stop_burnfs
