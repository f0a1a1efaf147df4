#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A CD that a sheet describes, on a drive: the sheet that the drive is sent has the same indices, codes, flags
# and texts, and the samples are where the sheet has them, those of gaps as well.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

SECTOR=2352
random_file "$T/cd.bin" $((SECTOR * 2000)) 1
cat >"$T/cd.cue" <<'END'
CATALOG 4006381333931
TITLE "An Album"
PERFORMER "Somebody"
FILE "cd.bin" BINARY
  TRACK 01 AUDIO
    TITLE "One"
    ISRC DEA123456789
    FLAGS DCP PRE
    INDEX 00 00:00:00
    INDEX 01 00:01:05
    INDEX 02 00:02:10
    INDEX 03 00:05:00
  TRACK 02 AUDIO
    FLAGS 4CH
    TITLE "Two"
    INDEX 00 00:08:00
    INDEX 01 00:09:33
  TRACK 03 AUDIO
    TITLE "Three"
    FLAGS SCMS
    INDEX 01 00:16:00
    INDEX 02 00:20:00
END

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
cp "$T/cd.cue" "$T/cd.bin" "$M/image/"
expect_stat image_state ok
burn verify
expect_stat last_result ok
expect_stat medium_status full
cmp -n $((SECTOR * 2000)) -i "0:$((150 * SECTOR))" "$T/cd.bin" "$(disc_dir sr0)/raw" ||
	fail "the samples are not where the sheet has them"
same "$(stat -c %s "$(disc_dir sr0)/raw")" $((2150 * SECTOR)) "bytes on the disc"
said=$("$PYTHON" "$HELPERS/sao.py" "$T/cd.cue" "$(disc_dir sr0)" 2>&1) || fail "$said"

# Only a CD, and a blank one.
refused EROFS burn
in_tray sr0 second dvd+r
try probe
refused EMEDIUMTYPE burn
nothing_recorded sr0

# Shorter than 4 seconds: libburn would fill it up.
in_tray sr0 third cd-r
try probe
sed -i 's/INDEX 01 00:16:00/INDEX 01 00:24:00/;/INDEX 02 00:20:00/d' "$M/image/cd.cue"
refused EMEDIUMTYPE burn
contains "$(stats last_error)" "track 3 has 200 sectors" "last_error of a short track"
nothing_recorded sr0

# One track with data.
control clear
head -c 1000000 /dev/urandom >"$T/data.iso"
truncate -s 1001472 "$T/data.iso"
cp "$T/data.iso" "$M/image/"
printf 'FILE "data.iso" BINARY\n  TRACK 01 MODE1/2048\n    INDEX 01 00:00:00\n' >"$M/image/data.cue"
burn verify
same_disc "$T/data.iso" || fail "the disc is not the track with data"

# Data and sound: a track at a time, with the gaps of 2 seconds that a drive makes.
mixed() {
	in_tray sr0 "mixed-$RANDOM" cd-r
	try probe
	control clear
	cp "$T/data.iso" "$T/cd.bin" "$M/image/"
	printf '%s\n' 'FILE "data.iso" BINARY' '  TRACK 01 MODE1/2048' '    INDEX 01 00:00:00' 'FILE "cd.bin" BINARY' \
		'  TRACK 02 AUDIO' "$@" >"$M/image/mixed.cue"
}
mixed '    PREGAP 00:02:00' '    INDEX 01 00:00:00'
expect_stat image_state ok
burn verify
expect_stat medium_last_track 2
same_disc "$T/data.iso" || fail "the first track is not the data"
# Behind the two run-out blocks of the first track, the gap, and the pause before the disc.
cmp -n $((SECTOR * 2000)) -i "0:$(((150 + 1001472 / 2048 + 2 + 150) * SECTOR))" "$T/cd.bin" "$(disc_dir sr0)/raw" ||
	fail "the sound is not where the drive puts it"
# A gap with sound in it, or of another length, no drive makes.
mixed '    INDEX 00 00:00:00' '    INDEX 01 00:02:00'
refused EMEDIUMTYPE burn
contains "$(stats last_error)" "is not silent" "last_error of a gap with sound"
nothing_recorded sr0
mixed '    PREGAP 00:03:00' '    INDEX 01 00:00:00'
refused EMEDIUMTYPE burn
nothing_recorded sr0
stop_burnfs
