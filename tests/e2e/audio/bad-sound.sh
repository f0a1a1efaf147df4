#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A file with a sound's name is judged when it is closed; what is no sound is kept, marked, and not burned.
# What only decoding finds out ends a burn. What is odd, but sound, is taken.
. "$(dirname "$0")/../lib.sh"

need_tools bchunk flac lame oggenc opusenc sox
start_burnfs "image:$T/disc.iso"
track() {
	sed -n 's/^track\.01=//p' "$M/stats"
}

not_burned() {
	gone "$T/disc.bin" || fail "$1: burned"
	gone "$T/disc.cue" || fail "$1: a sheet was written"
}

# bad WORDS FILE [SAID]: closing it fails, stats and a burn say why (SAID) and which; it is kept as it is.
bad() {
	local name=track01.${2##*.}
	refused EINVAL cp "$2" "$M/audio/$name"
	cmp "$2" "$M/audio/$name"
	contains "$(stats last_error)" "${3:-}" "$1: why it is bad"
	contains "$(track)" "$name" "$1: its line in stats"
	[[ $(track) != *" ok"* ]] || fail "$1: marked ok: $(track)"
	refused EINVAL burn
	contains "$(stats last_error)" "$name" "$1: last_error"
	contains "$(stats last_error)" "${3:-}" "$1: last_error"
	not_burned "$1"
	! head -c 1 "$M/image/disc.bin" >/dev/null 2>&1 || fail "$1: image/disc.bin is there"
	rm "$M/audio/$name"
	expect_stat audio_tracks 0
}

# spoiled WORDS FILE: what its header does not tell ends the burn, which says where.
spoiled() {
	local name=track01.${2##*.}
	if ! cp "$2" "$M/audio/$name" 2>/dev/null; then
		rm "$M/audio/$name"
		bad "$1" "$2"
		return
	fi
	refused EIO burn
	contains "$(stats last_error)" "audio/$name" "$1: last_error"
	[[ $(stats last_error) =~ [0-9]:[0-5][0-9] ]] || fail "$1: no place in '$(stats last_error)'"
	expect_stat last_result EIO
	not_burned "$1"
	refused EIO cat "$M/image/disc.bin"
	rm "$M/audio/$name"
}

# zap FILE OFFSET BYTES: noise in its middle
zap() {
	random_file "$T/zap" "$3"
	dd if="$T/zap" of="$1" bs=1 seek="$2" conv=notrunc status=none
}

# cut_off FILE OUT: its first two thirds
cut_off() {
	head -c $(($(stat -c %s "$1") * 2 / 3)) "$1" >"$2"
}

for suffix in wav flac ogg opus mp3 aiff; do
	echo "this is no sound, and says so in several words, which nobody will hear" >"$T/text.$suffix"
	bad "text as $suffix" "$T/text.$suffix" "FLAC"
	random_file "$T/noise.$suffix" 20000 3
	bad "noise as $suffix" "$T/noise.$suffix" "FLAC"
done
printf 'fLaC and so on' >"$T/x.flac"
bad "a beginning of FLAC" "$T/x.flac"
{ printf 'ID3\4\0\0\0\0\0\12'; random_file "$T/zap" 5000 4; cat "$T/zap"; } >"$T/x.mp3"
bad "noise behind an ID3 tag" "$T/x.mp3"
printf 'RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff' >"$T/huge.wav"
bad "a chunk beyond everything" "$T/huge.wav"

for rate in 44100 48000; do
	for cut in 20 44 500000; do
		sound wav "$T/cut.wav" 1000000 1 --rate $rate --cut $cut
		bad "$rate Hz, cut at $cut" "$T/cut.wav"
	done
	contains "$(stats last_error)" "incomplete" "a file that was cut"
	sound wav "$T/lies.wav" 1000000 1 --rate $rate --claim 2000000
	bad "$rate Hz, a length that is not there" "$T/lies.wav" "incomplete"
	sound wav "$T/none.wav" 0 1 --rate $rate
	bad "$rate Hz, no samples" "$T/none.wav" "no samples"
done
sound wav "$T/51.wav" 1200000 1 --channels 6
bad "5.1" "$T/51.wav" "6 channels"
sox -R -r 44100 -n -b 16 -c 6 "$T/51.flac" synth 1 sine 440
bad "5.1 as FLAC" "$T/51.flac" "6 channels"
sound wav "$T/slow.wav" 100000 1 --rate 1000
bad "1 kHz" "$T/slow.wav" "1000 Hz"

sox -R -V1 -r 44100 -n -b 16 -c 2 "$T/good.wav" synth 8 pinknoise
flac -s "$T/good.wav" -o "$T/good.flac"
lame --quiet -b 128 "$T/good.wav" "$T/good.mp3"
oggenc -Q "$T/good.wav" -o "$T/good.ogg"
opusenc --quiet "$T/good.wav" "$T/good.opus"
sox "$T/good.wav" "$T/good.aiff"
for suffix in flac mp3 ogg opus aiff; do
	cut_off "$T/good.$suffix" "$T/cut.$suffix"
	cp "$T/good.$suffix" "$T/zapped.$suffix"
	zap "$T/zapped.$suffix" $(($(stat -c %s "$T/good.$suffix") * 11 / 20)) 300
done
bad "cut Ogg" "$T/cut.ogg"
bad "cut Opus" "$T/cut.opus"
bad "cut MP3" "$T/cut.mp3" "incomplete"
bad "cut AIFF" "$T/cut.aiff" "incomplete"
bad "a broken page of Ogg" "$T/zapped.ogg" "checksum"
bad "a broken page of Opus" "$T/zapped.opus" "checksum"
for suffix in ogg opus mp3; do
	cat "$T/good.$suffix" "$T/good.$suffix" >"$T/joined.$suffix"
	bad "$suffix joined of two" "$T/joined.$suffix" "as joined files do: convert it"
done
spoiled "broken frames of MP3" "$T/zapped.mp3"
bad "cut FLAC" "$T/cut.flac" "incomplete"
spoiled "a broken frame of FLAC" "$T/zapped.flac"
cp "$T/zapped.flac" "$M/audio/track01.flac"
refused EIO burn
contains "$(stats last_error)" "at 0:04" "where FLAC is broken"
# The others are no more burned than it is, and once it is replaced all are.
cp "$T/good.wav" "$M/audio/track02.wav"
refused EIO burn
not_burned "a disc with a broken track"
cp "$T/good.flac" "$M/audio/track01.flac"
burn
[ -s "$T/disc.bin" ] || fail "no BIN of good tracks"
rm "$T/disc.bin" "$T/disc.cue" "$M/audio/"*

# Good ones that look odd: a stream's unknown length, a length shorter than the file.
sound wav "$T/stream.wav" 1000000 1 --claim 4294967295
sound wav "$T/zero.wav" 1000000 1 --claim 0
sound wav "$T/short.wav" 1000000 1 --claim 800000
sound raw "$T/raw" 1000000 1
head -c 800000 "$T/raw" >"$T/raw-short"
for name in stream zero short; do
	cp "$T/$name.wav" "$M/audio/track01.wav"
	contains "$(track)" ok "the line of $name.wav"
	burn
	raw=$T/raw
	[ $name != short ] || raw=$T/raw-short
	sound bin "$T/want" 150 "$raw"
	cmp "$T/want" "$T/disc.bin" || fail "the BIN of $name.wav"
	rm "$M/audio/track01.wav"
done

# Behind bytes that are no frame an MP3 is the same sound.
{ head -c 300 /dev/zero; cat "$T/good.mp3"; } >"$T/zeros.mp3"
for name in good zeros; do
	cp "$T/$name.mp3" "$M/audio/track01.mp3"
	contains "$(track)" ok "the line of $name.mp3"
	cp "$M/image/disc.bin" "$T/$name.bin"
done
cmp "$T/good.bin" "$T/zeros.bin" || fail "the BIN of an MP3 behind zeros"
rm "$M/audio/track01.mp3"

# A second of every rate, width and number of channels: as sox has it, 8 bits to the bit, others but for dither.
n=0
kinds=()
while read -r rate channels bits encoding; do
	n=$((n + 1))
	file=$T/kind$n.wav
	sox -R -V1 -r "$rate" -c "$channels" -n -b "$bits" -e "$encoding" "$file" \
		synth "${rate}s" sine 100:8000 sine 997 gain -n -3 fade h 0.1 0 0.1
	kinds+=("$rate Hz, $channels, $bits bits, $encoding")
	cp "$file" "$M/audio/track$n.wav"
	same "$(sed -n "s/^track\.$(printf %02d $n)=//p" "$M/stats")" "300 track$n.wav ok, padded to 4 seconds" "${kinds[n - 1]}"
done <<-END
	22050 2 16 signed
	32000 1 16 signed
	48000 2 16 signed
	88200 1 24 signed
	96000 2 24 signed
	176400 2 32 signed
	192000 2 32 floating-point
	44100 2 24 signed
	44100 1 32 signed
	44100 2 32 floating-point
	44100 1 64 floating-point
	44100 1 16 signed
	44100 2 8 unsigned
	44100 1 8 unsigned
END
burn
(cd "$T" && bchunk -w disc.bin disc.cue out >/dev/null)
for n in $(seq $n); do
	case ${kinds[n - 1]} in
	44100*", 8 bits"* | 44100*", 16 bits"*) wanted="0 0 0" ;;
	*) wanted="1.6 0.48 0.52" ;;
	esac
	sox -V1 "$T/kind$n.wav" -t f64 -c 2 "$T/floats" rate -v 44100
	# shellcheck disable=SC2086
	disc near "$T/out$(printf %02d "$n").wav" "$T/floats" $wanted 44100 || fail "${kinds[n - 1]}"
done
rm "$M/audio/"*

# An empty file is marked so. A redirect's first close, before any content, judges nothing.
: >"$M/audio/track01.wav"
contains "$(track)" empty "the line of an empty track"
cat "$T/stream.wav" >"$M/audio/track01.wav"
contains "$(track)" ok "the line of a track written by a redirect"

# Written in pieces, header last, as recorders do it; a rename judges anew.
"$PYTHON" -c 'import sys
data = open(sys.argv[1], "rb").read()
with open(sys.argv[2], "wb") as file:
    file.write(bytes(44)); file.write(data[44:]); file.seek(0); file.write(data[:44])' \
	"$T/short.wav" "$M/audio/track01.wav"
contains "$(track)" ok "the line of a track whose header came last"
mv "$M/audio/track01.wav" "$M/audio/track01.txt"
expect_stat audio_tracks 0
expect_stat audio_ignored 1
mv "$M/audio/track01.txt" "$M/audio/track01.wav"
contains "$(track)" ok "the line of a track renamed back"
# A sound under another sound's name is what it is.
cp "$T/good.flac" "$M/audio/track02.wav"
cp "$T/good.wav" "$M/audio/track03.flac"
same "$(grep -c '^track\.0[23]=600 .* ok$' "$M/stats")" 2 "sounds with another sound's suffix: $(grep ^track "$M/stats")"
rm "$M/audio/track02.wav" "$M/audio/track03.flac"
cp "$T/text.wav" "$M/audio/text.txt"
mv "$M/audio/text.txt" "$M/audio/track02.wav" 2>/dev/null || :
refused EINVAL burn
contains "$(stats last_error)" track02.wav "last_error of a file renamed into a track"
stop_burnfs
