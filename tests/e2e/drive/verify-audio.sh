#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sound is read back wherever the drive puts it, and what is not as it was staged is named: track, time, sector.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
# Two seconds of silence, then noise: the drive's shift is not to be seen at once.
head -c $((2352 * 150)) /dev/zero >"$M/audio/track01.cdr"
random_file "$T/noise" $((2352 * 400)) 1
cat "$T/noise" >>"$M/audio/track01.cdr"
# A square wave: many shifts would do for a while.
"$PYTHON" -c 'import sys; sys.stdout.buffer.write((b"\0\20\0\20" * 50 + b"\0\360\0\360" * 50) * 3000)' >"$M/audio/track02.cdr"
head -c $((2352 * 320)) /dev/zero >"$M/audio/track03.cdr"
random_file "$M/audio/track04.cdr" $((2352 * 333 - 1000)) 4
total=$(stats audio_used_blocks)

verified ok ""
for shift in 1 -1 6 30 -582 667 1776 -2999 3000; do verified ok "audio-offset $shift"; done
for shift in 3001 -3500 60000; do verified EIO "audio-offset $shift" "more than 3000 samples"; done
# The addresses that the disc tells count, and a little beside is like the drive's own shift.
verified ok "lie-toc 2"
verified EIO "lie-toc 20" "more than 3000 samples"

# Anywhere, in silence and sound, in a gap, before and after the shift is known.
for place in "40, track 1 at 0:00, audio/track01.cdr" "149, track 1 at 0:01, audio/track01.cdr" \
	"160, track 1 at 0:02, audio/track01.cdr" "549, track 1 at 0:07, audio/track01.cdr" "600, track 1 at 0:08, in no file" \
	"790, track 2 at 0:01, audio/track02.cdr" "$((total - 7)), track 4 at 0:04, audio/track04.cdr"; do
	for shift in 0 667; do
		# The last byte of a sector is stored wrong, so 667 samples later it is the next sector's reading.
		verified EIO "corrupt ${place%%,*}
audio-offset $shift" "track"
		[ $shift -ne 0 ] || contains "$(stats last_error)" "differs from what was staged in sector $place" "the place"
		[ "${place%%,*}" -lt 160 ] || contains "$(stats last_error)" "sector $place" "the place"
	done
done
verified EIO "corrupt 300
corrupt $((total - 50))
audio-offset -30" "sector 300, track 1" "the stage: 2 (audio/track01.cdr, audio/track04.cdr)"
verified EIO "read-error 300
audio-offset 12" "cannot be read back in sector 300, track 1 at 0:04, audio/track01.cdr"
verified EIO "read-error 20"
verified ok "read-error-once 300"
expect_stat last_error ''
verified EOPNOTSUPP "no-audio" "cannot read sound" "not verified"

# Sound that is added to a disc lies in its last session, track by track.
in_tray sr0 open cd-r
burn multi verify
expect_stat medium_status appendable
burn verify
expect_stat last_result ok
same "$(sessions sr0)" 2 "sessions"
same "$(track sr0 8 session)" 2 "the session of the last track"
in_tray sr0 bad cd-r
burn multi
faults sr0 "corrupt $(($(stats medium_next_block) + 500))"
try burn verify
same "$outcome" EIO "a bad place in the second session ($(stats last_error))"
contains "$(stats last_error)" "track 1 at 0:06, audio/track01.cdr" "the place"
no_faults

# What is decoded is compared as it was decoded for the burn.
control clear
sound wav "$M/audio/track1.wav" 3000000 1 --rate 48000
sound wav "$M/audio/track2.wav" 1000000 2 --rate 22050 --channels 1
verified ok "audio-offset -102"
verified EIO "corrupt 900" "sector 900, track 1 at 0:12, audio/track1.wav"
stop_burnfs
