#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A file with a sound's name is judged when it is closed; what is no sound is kept, marked, and not burned.
. "$(dirname "$0")/lib.sh"

start_burnfs "image:$T/disc.iso"
track() {
	sed -n 's/^track\.01=//p' "$M/stats"
}

# bad WORDS FILE: closing it fails, stats and a burn say why and which; it is kept as it is.
bad() {
	refused EINVAL cp "$2" "$M/audio/track01.wav"
	cmp "$2" "$M/audio/track01.wav"
	contains "$(track)" track01.wav "the line of a bad track"
	[[ $(track) != *" ok"* ]] || fail "$1: marked ok: $(track)"
	refused EINVAL burn
	contains "$(stats last_error)" track01.wav "last_error"
	gone "$T/disc.bin" || fail "$1: burned"
	! head -c 1 "$M/image/disc.bin" >/dev/null 2>&1 || fail "$1: image/disc.bin is there"
	rm "$M/audio/track01.wav"
	expect_stat audio_tracks 0
}
echo "this is no sound" >"$T/text.wav"
bad "text" "$T/text.wav"
sound wav "$T/48k.wav" 1000000 1 --rate 48000
bad "48 kHz" "$T/48k.wav"
sound wav "$T/mono.wav" 1000000 1 --channels 1
bad "mono" "$T/mono.wav"
sound wav "$T/8bit.wav" 1000000 1 --bits 8
bad "8 bit" "$T/8bit.wav"
sound wav "$T/float.wav" 1000000 1 --bits 32 --float
bad "float" "$T/float.wav"
sound wav "$T/cut.wav" 1000000 1 --cut 20
bad "cut within the header" "$T/cut.wav"
sound wav "$T/cut.wav" 1000000 1 --cut 44
bad "cut before its first sample" "$T/cut.wav"
sound wav "$T/cut.wav" 1000000 1 --cut 500000
bad "cut within the samples" "$T/cut.wav"
sound wav "$T/lies.wav" 1000000 1 --claim 2000000
bad "a length that is not there" "$T/lies.wav"
head -c 44 /dev/urandom >"$T/noise.wav"
bad "noise" "$T/noise.wav"
printf 'RIFF\xff\xff\xff\xffWAVEfmt \xff\xff\xff\xff' >"$T/huge.wav"
bad "a chunk beyond everything" "$T/huge.wav"
printf 'fLaC and so on' >"$T/x.flac"
refused EINVAL cp "$T/x.flac" "$M/audio/track01.flac"
contains "$(stats last_error)$(cat "$M/events")" WAV "what is taken"
rm "$M/audio/track01.flac"

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
cp "$T/text.wav" "$M/audio/text.txt"
mv "$M/audio/text.txt" "$M/audio/track02.wav" 2>/dev/null || :
refused EINVAL burn
contains "$(stats last_error)" track02.wav "last_error of a file renamed into a track"
stop_burnfs
