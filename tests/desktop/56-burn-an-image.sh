#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "Burn to Disc…" of a file that is the image of a disc: it asks once which disc is meant.
# TIMEOUT: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/installed.sh"
need_tools bsdtar xorriso

start_desktop
printf '#!/bin/sh\nexit 4\n' >"$PREFIX/bin/xdg-open"
chmod +x "$PREFIX/bin/xdg-open"

ended() {
	eventually "the end" desktop_gone
}

mkdir "$T/tree"
random_file "$T/tree/random" 2000000 1
xorriso -as mkisofs -quiet -V GIVEN -R -o "$T/given <b>.iso" "$T/tree" 2>/dev/null

# The disc that it holds.
start burn "$T/given <b>.iso"
says 'is the image of a disc'
shot asked
press 'The disc in it'
save "$T/out.iso"
says 'The image file is ready'
press OK
ended
cmp "$T/given <b>.iso" "$T/out.iso" || fail "the disc is not the image"

# A disc with the file on it.
start burn "$T/given <b>.iso"
says 'is the image of a disc'
press 'A disc with the file'
says '1 file .*will be burned'
answer 'WITH_FILE'
save "$T/with.iso"
says 'The image file is ready'
press OK
ended
bsdtar -xOf "$T/with.iso" "given <b>.iso" | cmp - "$T/given <b>.iso" || fail "the file on the disc is not the image"

# A sheet comes with the files that it names; one that is not there is told.
random_file "$T/sound.bin" $((2352 * 400)) 2
printf 'FILE "sound.bin" BINARY\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n' >"$T/sound.cue"
start burn "$T/sound.cue"
press 'The disc in it'
save "$T/copy.bin"
says 'The image file is ready'
press OK
ended
cmp "$T/sound.bin" "$T/copy.bin" || fail "the CD is not the one that the sheet describes"

mv "$T/sound.bin" "$T/elsewhere.bin"
start burn "$T/sound.cue"
press 'The disc in it'
says 'sound.bin'
press OK
