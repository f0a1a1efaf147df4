#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Programs that make sound write it straight into audio/: through pipes that know no length, seeking back
# to finish a header, several at once; and what else lies in a music folder is no track.
. "$(dirname "$0")/../lib.sh"

need_tools bchunk flac lame oggenc opusenc rsync setfattr sox
start_burnfs "image:$T/disc"
sox -R -V1 -r 44100 -n -b 16 -c 2 "$T/a.wav" synth 5 sine 440 sine 660 gain -n -3
sox -V1 "$T/a.wav" -t raw "$T/a.raw"
sox -V1 "$T/a.wav" -t raw "$T/b.raw" reverse
sox -V1 "$T/a.wav" "$T/b.wav" reverse

# written NAME [RAW]: it is a track of 5 seconds, and its samples are those
n=0
raws=()
names=()
written() {
	grep -q "^track\.[0-9]*=375 $1 ok\$" "$M/stats" || fail "the line of $1: $(grep -F "$1" "$M/stats")"
	names+=("$1")
	raws+=("${2-}")
}

# Streams: the header never learns the length.
stream() {
	cat | sox -V1 -t raw -r 44100 -c 2 -b 16 -e signed - -t "$1" - | cat
}
stream wav <"$T/a.raw" >"$M/audio/01-pipe.wav"
written 01-pipe.wav "$T/a.raw"
flac -s - -o - < <(cat "$T/a.wav") 2>/dev/null >"$M/audio/02-pipe.flac"
written 02-pipe.flac "$T/a.raw"
stream aiff <"$T/b.raw" | dd of="$M/audio/03-pipe.aiff" bs=7777 status=none
written 03-pipe.aiff "$T/b.raw"
lame --quiet - - < <(cat "$T/a.wav") >"$M/audio/04-pipe.mp3"
contains "$(grep 04-pipe "$M/stats")" " ok" "an MP3 from a pipe"
rm "$M/audio/04-pipe.mp3"   # its length is what frames make, as nobody could tell it
oggenc -Q - < <(cat "$T/a.wav") >"$M/audio/04-pipe.ogg"
written 04-pipe.ogg
opusenc --quiet - - < <(cat "$T/a.wav") >"$M/audio/05-pipe.opus"
written 05-pipe.opus

# Files: the header is written last, after seeking back.
sox -V1 "$T/a.wav" "$M/audio/06-sox.wav" reverse
written 06-sox.wav "$T/b.raw"
sox -V1 "$T/a.wav" "$M/audio/07-sox.aiff"
written 07-sox.aiff "$T/a.raw"
sox -V1 "$T/a.wav" "$M/audio/08-sox.flac"
written 08-sox.flac "$T/a.raw"
flac -s "$T/b.wav" -o "$M/audio/09-flac.flac"
written 09-flac.flac "$T/b.raw"
flac -s -d "$M/audio/09-flac.flac" -o "$M/audio/10-flac-d.wav"
written 10-flac-d.wav "$T/b.raw"
lame --quiet "$T/a.wav" "$M/audio/11-lame.mp3"
written 11-lame.mp3
oggenc -Q "$T/a.wav" -o "$M/audio/12-oggenc.ogg"
written 12-oggenc.ogg
opusenc --quiet "$T/a.wav" "$M/audio/13-opusenc.opus"
written 13-opusenc.opus
"$PYTHON" -c 'import sys, wave
source = wave.open(sys.argv[1])
with wave.open(sys.argv[2], "wb") as out:
    out.setparams((2, 2, 44100, 0, "NONE", ""))
    while block := source.readframes(1001):
        out.writeframes(block)' "$T/a.wav" "$M/audio/14-python.wav"
written 14-python.wav "$T/a.raw"

# Several at once: every track grows by turns. Each program that writes a part closes the file, as far as it can
# tell: what is there by then must be a sound, which a stream is at any length.
for x in a b; do
	stream wav <"$T/$x.raw" >"$T/stream-$x.wav"
done
control set burn_wait 0
exec 5>"$M/audio/15-at-once.cdr" 6>"$M/audio/16-at-once.wav" 7>"$M/audio/17-at-once.wav"
for part in 0 1 2 3 4; do
	dd if="$T/a.raw" bs=200000 skip=$part count=1 status=none >&5
	dd if="$T/stream-b.wav" bs=200000 skip=$part count=1 status=none >&6
	dd if="$T/stream-a.wav" bs=200000 skip=$part count=1 status=none >&7
	contains "$(grep 15-at-once "$M/stats")" "15-at-once.cdr" "a track that is being written"
	refused EBUSY burn
done
exec 6>&-
written 16-at-once.wav "$T/b.raw"
exec 5>&-
written 15-at-once.cdr "$T/a.raw"
# A track that is renamed while it is written is the same track.
mv "$M/audio/17-at-once.wav" "$M/audio/17-renamed.wav"
exec 7>&-
written 17-renamed.wav "$T/a.raw"

# Copiers that keep times, modes and attributes.
mkdir "$T/src"
cp "$T/a.wav" "$T/src/18-cp.wav"
touch -d '2001-02-03 04:05:06 UTC' "$T/src/18-cp.wav"
cp -p "$T/src/18-cp.wav" "$M/audio/"
same "$(stat -c %Y "$M/audio/18-cp.wav")" "$(stat -c %Y "$T/src/18-cp.wav")" "the time that cp -p keeps"
written 18-cp.wav "$T/a.raw"
mv "$T/src/18-cp.wav" "$T/src/19-rsync.wav"
setfattr -n user.cdtext.title -v "As copied" "$T/src/19-rsync.wav"
rsync -aX "$T/src/" "$M/audio/"
written 19-rsync.wav "$T/a.raw"
mkdir "$M/audio/20 more"
rsync -a --inplace "$T/src/19-rsync.wav" "$M/audio/20 more/"
written "20 more/19-rsync.wav" "$T/a.raw"

# What else is in a music folder.
mkdir "$M/audio/.Trash-1000"
cp "$T/a.wav" "$M/audio/.Trash-1000/old.wav"
cp "$T/a.wav" "$M/audio/.hidden.wav"
for name in cover.jpg folder.png album.cue list.m3u list.m3u8 rip.log Thumbs.db notes.txt 1.wav~ 2.flac.part 3.mp3.tmp 4.wav.crdownload; do
	echo "no sound" >"$M/audio/$name"
done
expect_stat audio_ignored 14
expect_stat audio_tracks ${#names[@]}
listed() {
	sed -n 's/^track\.[0-9]*=[0-9]* \(.*\) ok$/\1/p' "$M/stats"
}
same "$(listed)" "$(printf '%s\n' "${names[@]}" | sort -V)" "the order of tracks"

# What is on the disc.
burn
same "$(stat -c %s "$T/disc.bin")" $((($(stats audio_used_blocks)) * 2352)) "bytes of the BIN"
grep -q 'TITLE "As copied"' "$T/disc.cue" || fail "the attribute that rsync copied is no title: $(cat "$T/disc.cue")"
(cd "$T" && bchunk -w disc.bin disc.cue out >/dev/null)
for n in "${!names[@]}"; do
	nr=$(listed | grep -nxF "${names[n]}" | cut -d: -f1)
	[ -z "${raws[n]}" ] || cmp -i 44:0 "$T/out$(printf %02d "$nr").wav" "${raws[n]}" || fail "samples of ${names[n]}"
done

# Renaming reorders, deleting closes the gap, exchanging exchanges.
mv "$M/audio/19-rsync.wav" "$M/audio/00-first.wav"
same "$(listed | head -n 2 | tr '\n' ' ')" "00-first.wav 01-pipe.wav " "the first tracks after a rename"
rm "$M/audio/01-pipe.wav"
"$PYTHON" "$HELPERS/syscall.py" rename "$M/audio/06-sox.wav" "$M/audio/07-sox.aiff" exchange | grep -qx ok
same "$(listed | head -n 2 | tr '\n' ' ')" "00-first.wav 02-pipe.flac " "the first tracks after one is deleted"
mv "$M/audio/20 more" "$M/audio/000"
same "$(listed | head -n 2 | tr '\n' ' ')" "00-first.wav 000/19-rsync.wav " "the first tracks after a folder is renamed"
mv "$M/audio/02-pipe.flac" "$M/audio/.02-pipe.flac"
expect_stat audio_tracks $((${#names[@]} - 2))
mv "$M/audio/3.mp3.tmp" "$M/audio/.Trash-1000/"
mv "$M/audio/.Trash-1000" "$M/audio/trash"
expect_stat audio_tracks $((${#names[@]} - 1))
burn
same "$(grep -c TRACK "$T/disc.cue")" $((${#names[@]} - 1)) "tracks of the sheet"
rm -r "$M/audio"/* "$M/audio"/.[!.]*
expect_stat audio_tracks 0
expect_stat audio_ignored 0
stop_burnfs
