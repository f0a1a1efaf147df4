#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tracks and discs are called: tags, attributes before them, codes, and what CD-TEXT cannot say. Every
# reader of CUE sheets finds the same.
. "$(dirname "$0")/../lib.sh"

need_tools cdrdao cd-info cueprint flac lame setfattr sox toc2cddb getfattr
sox -R -V1 -r 44100 -n -b 16 -c 2 "$T/sound.wav" synth 4 sine 440
start_burnfs "image:$T/disc"
# tagged N TITLE ARTIST ALBUM: a track with tags
tagged() {
	flac -s -f -T TITLE="$2" -T ARTIST="$3" -T ALBUM="$4" "$T/sound.wav" -o "$T/track$1.flac"
	cp "$T/track$1.flac" "$M/audio/track$1.flac"
}
attribute() {
	setfattr -n "user.$2" -v "$3" "$M/audio/$1"
}
# sheet: the burned sheet, which is that of image/, as all readers see it
sheet() {
	burn
	cmp "$T/disc.cue" "$M/image/disc.cue"
	iconv -f UTF-8 -t UTF-8 "$T/disc.cue" >/dev/null || fail "the sheet is no UTF-8"
	! grep -q "[[:cntrl:]]" "$T/disc.cue" || fail "control characters in the sheet: $(cat -A "$T/disc.cue")"
	disc agreed "$T/disc.cue" >"$T/agreed" || fail "readers differ: $(cat "$T/disc.cue")"
	cat "$T/agreed"
}
# says LINE…: what readers make of it
says() {
	printf '%s\n' "$@" >"$T/want"
	sheet >"$T/got"
	no_difference "$T/want" "$T/got" "what readers make of the sheet"
}

# Tags; an album and artist that all have alike are the disc's.
tagged 1 "First" "Them" "Best of"
tagged 2 "Second / part 2" "Them" "Best of"
tagged 3 "Dritter: für Élise" "Them" "Best of"
says "disc  | Them | Best of" "01 0  | Them | First" "02 450  | Them | Second / part 2" \
	"03 900  | Them | Dritter: für Élise" "end 1200"
expect_stat audio_titles_replaced 0
tagged 3 "Third" "Others" "Worst of"
says "disc  |  | " "01 0  | Them | First" "02 450  | Them | Second / part 2" \
	"03 900  | Others | Third" "end 1200"

# Settings come before tags, attributes before both, and only as long as they are there.
control set album "The concert"
control set performer "Everybody"
attribute . cdtext.performer "All of us"
attribute . mcn 4-006381-333931
attribute track2.flac cdtext.title "Zweiter"
attribute track2.flac isrc de-a12-24-00001
attribute track3.flac cdtext.performer "Hinz"
attribute track3.flac isrc USRC17607839
attribute track3.flac pregap 30
mv "$M/audio/track1.flac" "$M/audio/track5.flac"
says "disc 4006381333931 | All of us | The concert" "01 0 DEA122400001 | Them | Zweiter" \
	"02 330 USRC17607839 | Hinz | Third" "03 780  | Them | First" "end 1080"

# All of it survives a crash.
kill_burnfs
start_burnfs -o overwrite=yes -o "album=The concert,performer=Everybody" "image:$T/disc"
cp "$T/want" "$T/before"
sheet >"$T/got"
no_difference "$T/before" "$T/got" "the sheet after a crash"
setfattr -x user.cdtext.performer "$M/audio"
setfattr -x user.mcn "$M/audio"
setfattr -x user.cdtext.title "$M/audio/track2.flac"
setfattr -x user.isrc "$M/audio/track2.flac"
setfattr -x user.pregap "$M/audio/track3.flac"
control set album ""
says "disc  | Everybody | " "01 0  | Them | Second / part 2" "02 450 USRC17607839 | Hinz | Third" \
	"03 900  | Them | First" "end 1200"

# bad ATTRIBUTE VALUE FILE PART: refused with a sentence, and what was there stays.
attribute . mcn 0000000000000
attribute track2.flac isrc GBAYE0601498
bad() {
	local before
	before=$(getfattr -n "user.$1" --only-values --absolute-names "$M/audio/$3" 2>/dev/null || :)
	refused EINVAL attribute "$3" "$1" "$2"
	contains "$(stats last_error)" "$4" "last_error after user.$1=$2"
	same "$(getfattr -n "user.$1" --only-values --absolute-names "$M/audio/$3" 2>/dev/null || :)" "$before" \
		"user.$1 after a bad one"
}
for code in DEA12240000 DEA1224000011 1EA122400001 DEA12240000X ÄEA122400001 "DEA12 2400001x" none; do
	bad isrc "$code" track2.flac ISRC
done
for code in 400638133393 40063813339311 400638133393X ""x; do
	bad mcn "$code" . catalogue
done
for sectors in -1 4501 1.5 2s 99999999999999999999 0x10; do
	bad pregap "$sectors" track2.flac pregap
done
bad pregap 75 track2.flac "first track"
# What becomes the first later is marked, and not burned; behind data it is no matter.
attribute track3.flac pregap 200
mv "$M/audio/track2.flac" "$M/audio/track9.flac"
contains "$(stats track.01)" "track3.flac the first track cannot have a user.pregap" "the line of the first track"
refused EINVAL burn
contains "$(stats last_error)" "audio/track3.flac is the first track, which cannot have a user.pregap" "last_error"
echo x >"$M/data/x"
contains "$(stats track.01)" "track3.flac ok" "the line of the first track behind data"
grep -q "INDEX 01" "$M/image/disc.cue" || fail "no sheet of a mixed disc"
rm "$M/data/x"
mv "$M/audio/track9.flac" "$M/audio/track2.flac"
setfattr -x user.pregap "$M/audio/track3.flac"
bad cdtext.title 0xff4142 track2.flac UTF-8
says "disc 0000000000000 | Everybody | " "01 0 GBAYE0601498 | Them | Second / part 2" \
	"02 450 USRC17607839 | Hinz | Third" "03 900  | Them | First" "end 1200"
# On what is no track they are attributes as any.
: >"$M/audio/cover.jpg"
mkdir "$M/audio/folder"
attribute cover.jpg note nothing
attribute folder isrc "no code at all"

# What CD-TEXT cannot say is replaced, and counted: a character once, however it is made.
control clear audio
same "$(getfattr -d "$M/audio")" "" "attributes of audio/ after 'clear audio'"
control set performer ""
expect_stat audio_titles_replaced 0
# said TITLE SAID COUNT: as an attribute and as a tag
said() {
	local count
	tagged 1 tag "" ""
	attribute track1.flac cdtext.title "$1"
	count=$(stats audio_titles_replaced)
	same "$count" "$3" "characters replaced in '$1'"
	says "disc  |  | " "01 0  |  | $2" "end 300"
	rm "$M/audio/track1.flac"
	tagged 1 "$1" "" ""
	says "disc  |  | " "01 0  |  | $2" "end 300"
	expect_stat audio_titles_replaced "$3"
	rm "$M/audio/track1.flac"
}
said 'Plain & simple: 100% (é)' 'Plain & simple: 100% (é)' 0
said 'Подмосковные вечера' '???????????? ??????' 18
said '東京 Tokyo' '?? Tokyo' 2
said 'fire 🔥 and 👩 ice' 'fire ? and ? ice' 2
said 'Łódź — “noise”' "Lódz - 'noise'" 5
said "Cafe$(printf '\u0301')" 'Café' 0
said 'The "best" of'\''em' "The 'best' of'em" 0
said "AC\\DC, which ends in \\" 'AC/DC, which ends in /' 0

# Blanks of all kinds are one; nothing of a line break reaches the sheet.
tagged 1 tag "" ""
attribute track1.flac cdtext.title "$(printf 'two\r\n  lines\tand a tab\033[31m\001')"
says "disc  |  | " "01 0  |  | two lines and a tab [31m" "end 300"
attribute track1.flac cdtext.title "$(printf 'x"\n  TRACK 02 AUDIO\n    INDEX 01 00:00:00\nREM "')"
says "disc  |  | " "01 0  |  | x' TRACK 02 AUDIO INDEX 01 00:00:00 REM '" "end 300"

# A sheet has 80 bytes of a string, in whole characters.
long=$(printf 'a%.0s' {1..10000})
rm "$M/audio/track1.flac"
tagged 1 "$long" "$long" ""
says "disc  | ${long:0:80} | " "01 0  | ${long:0:80} | ${long:0:80}" "end 300"
[ "$(stats audio_titles_replaced)" -gt 0 ] || fail "what was cut off a long title is not counted"
umlauts=$(printf 'ü%.0s' {1..40})
rm "$M/audio/track1.flac"
tagged 1 tag "" ""
attribute track1.flac cdtext.title "x${umlauts}y"
says "disc  |  | " "01 0  |  | x${umlauts:0:39}" "end 300"
expect_stat audio_titles_replaced 0

# Other tags than FLAC's: ID3 in MP3, Vorbis comments are in 55. Those of old programs are no UTF-8.
control clear audio
lame --quiet --tt "Título" --ta "Niño" --tl "Disco" "$T/sound.wav" "$M/audio/1.mp3"
says "disc  | Niño | Disco" "01 0  | Niño | Título" "end 300"
lame --quiet --id3v2-utf16 --tt "Żółw" "$T/sound.wav" "$M/audio/1.mp3"
says "disc  |  | " "01 0  |  | Zólw" "end 300"
expect_stat audio_titles_replaced 2
stop_burnfs
