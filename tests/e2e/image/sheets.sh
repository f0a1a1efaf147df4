#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A sheet in image/, with the files that it names: the CD that it describes, to the sample; what is wrong with
# it; sheets of data in raw sectors.
. "$(dirname "$0")/../lib.sh"
need_tools cdrdao bchunk toc2cddb cueprint cd-info sox

SECTOR=2352
random_file "$T/cd.bin" $((SECTOR * 2000)) 1

cat >"$T/cd.cue" <<'END'
CATALOG 4006381333931
TITLE "An Album"
PERFORMER "Somebody"
FILE "CD.BIN" BINARY
  TRACK 01 AUDIO
    TITLE "One"
    ISRC DEA123456789
    FLAGS DCP PRE
    INDEX 01 00:00:00
    INDEX 02 00:02:10
    INDEX 03 00:05:00
  TRACK 02 AUDIO
    TITLE "Two"
    INDEX 00 00:08:00
    INDEX 01 00:09:33
  TRACK 03 AUDIO
    PREGAP 00:02:00
    INDEX 01 00:16:00
END
# Track 3 begins at sector 1200 of the BIN, 150 sectors of silence before it.
{
	head -c $((SECTOR * 1200)) "$T/cd.bin"
	head -c $((SECTOR * 150)) /dev/zero
	tail -c +$((SECTOR * 1200 + 1)) "$T/cd.bin"
} >"$T/want.bin"

start_burnfs "image:$T/out" -o overwrite=yes

# A sheet alone is not enough, and says which file is missing. It is found by its name, whatever its case.
cp "$T/cd.cue" "$M/image/"
expect_stat image cd.cue
expect_stat image_kind cd
contains "$(stats image_state)" "CD.BIN" "image_state of a sheet without its file"
refused EINVAL control burn
contains "$(stats last_error)" "CD.BIN" "last_error of a sheet without its file"
cp "$T/cd.bin" "$M/image/"
expect_stat image_state ok
expect_stat image_blocks 2150
expect_stat image_ignored 0
expect_stat format image
same "$(stat -fc '%S' "$M")" $SECTOR "statfs of a sheet of sound"
burn verify
expect_stat last_output "$T/out.bin"
cmp "$T/want.bin" "$T/out.bin"
disc agreed "$T/out.cue" >"$T/got" || fail "readers of the new sheet differ: $(cat "$T/out.cue")"
printf '%s\n' "disc 4006381333931 | Somebody | An Album" "01 0 DEA123456789 |  | One" "02 708  |  | Two" \
	"03 1350  |  | " "end 2150" >"$T/want"
no_difference "$T/want" "$T/got" "what readers make of the new sheet"
contains "$(cat "$T/out.cue")" "FLAGS DCP PRE" "flags in the new sheet"
contains "$(cat "$T/out.cue")" "INDEX 03 00:05:00" "a further index in the new sheet"

# The new sheet makes the same disc again.
control clear
cp "$T/out.bin" "$T/out.cue" "$M/image/"
mv "$T/out.cue" "$T/first.cue"
burn
cmp "$T/want.bin" "$T/out.bin"
cmp "$T/first.cue" "$T/out.cue"

# A file with sound for each track, and big-endian samples.
control clear
sox -t raw -r 44100 -c 2 -b 16 -e signed "$T/want.bin" "$M/image/all.wav"
sox -t raw -r 44100 -c 2 -b 16 -e signed "$T/want.bin" "$M/image/all.flac"
sox -t raw -L -r 44100 -c 2 -b 16 -e signed "$T/want.bin" -t raw -B "$M/image/all.be"
for file in "all.wav WAVE" "all.flac WAVE" "all.be MOTOROLA"; do
	printf 'FILE "%s" %s\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n' "${file% *}" "${file#* }"
done >"$M/image/three.cue"
sed -i -e '5s/01/02/;8s/01/03/' "$M/image/three.cue"
expect_stat image_state ok
expect_stat image_blocks $((2150 * 3))
burn verify
cat "$T/want.bin" "$T/want.bin" "$T/want.bin" | cmp - "$T/out.bin"
# In the middle of a file, twice.
printf 'FILE "all.flac" WAVE\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n  TRACK 02 AUDIO\n    INDEX 00 00:07:00\n    INDEX 01 00:10:00\n' \
	>"$M/image/three.cue"
expect_stat image_ignored 2
burn verify
cmp "$T/want.bin" "$T/out.bin"

# A single track with data, in raw sectors: those of a mixed disc, which a test of these compares with others'.
control clear
echo hello >"$M/data/hello"
random_file "$M/data/random" 400000 2
sound wav "$M/audio/track1.wav" 1000000 3
cat "$M/image/disc.iso" >"$T/data.iso"
blocks=$(($(stat -c %s "$T/data.iso") / 2048))
head -c $((blocks * SECTOR)) "$M/image/disc.bin" >"$T/raw.bin"
control clear
cp "$T/raw.bin" "$M/image/"
printf 'FILE "raw.bin" BINARY\n  TRACK 01 MODE1/2352\n    INDEX 01 00:00:00\n' >"$M/image/raw.cue"
expect_stat image_state ok
expect_stat image_blocks "$blocks"
same "$(stat -fc '%S' "$M")" 2048 "statfs of a sheet of data"
burn verify
expect_stat last_output "$T/out.iso"
cmp "$T/data.iso" "$T/out.iso"
# One bit in the parity of the second sector, which a drive would make otherwise.
rm "$T/out.iso"
printf '\377' | dd of="$M/image/raw.bin" bs=1 seek=$((SECTOR * 2 - 1)) conv=notrunc status=none
refused EMEDIUMTYPE burn
contains "$(stats last_error)" "sector 1 of image/raw.bin" "last_error of a damaged sector"
[ ! -e "$T/out.iso" ] || fail "a damaged sector was recorded"

# The same sheet with the blocks alone.
control clear
cp "$T/data.iso" "$M/image/"
printf 'FILE "data.iso" BINARY\n  TRACK 01 MODE1/2048\n    INDEX 01 00:00:00\n' >"$M/image/data.cue"
expect_stat image data.cue
burn verify
cmp "$T/data.iso" "$T/out.iso"

# A sheet and an image that it does not name are two discs.
printf 'FILE "none.iso" BINARY\n  TRACK 01 MODE1/2048\n    INDEX 01 00:00:00\n' >"$M/image/data.cue"
refused EINVAL control burn
contains "$(stats image_state)" "2 images" "image_state of a sheet and an image"

# What no drive records through burnfs.
rm "$M/image/data.iso"
random_file "$M/image/mode2.bin" $((2336 * 400)) 4
printf 'FILE "mode2.bin" BINARY\n  TRACK 01 MODE2/2336\n    INDEX 01 00:00:00\n' >"$M/image/data.cue"
contains "$(stats image_state)" "MODE2" "image_state of a mode that cannot be recorded"
refused EMEDIUMTYPE control burn

# Never out of image/.
for name in ../data/x /etc/passwd; do
	printf 'FILE "%s" BINARY\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n' "$name" >"$M/image/data.cue"
	refused EINVAL control burn
done
stop_burnfs
