#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Data and sound on one CD in a drive: the sound in the first session, with all that belongs to an audio disc, and the
# data in the second, where a reader finds them by the drive's tables. And sessions of sound that are left open.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../sessions.sh"
need_tools xorriso
ABORT=FAILURE   # xorriso looks for data at block 16, which is sound here

in_tray sr0 first cd-r
start_burnfs -o album=Nightfall "$DRIVE"
for n in 1 2 3; do
	random_file "$M/audio/track0$n.cdr" $((2352 * (310 + 7 * n))) "$n"
done
cp "$M/image/disc.bin" "$M/image/disc.cue" "$T"
sample_tree "$M/data"
mkdir "$E"
overlay

same_audio() {
	cmp -n "$(stat -c %s "$T/disc.bin")" -i "0:$((150 * 2352))" "$T/disc.bin" "$(disc_dir sr0)/raw" ||
		fail "$1: the samples are not where they were staged"
	said=$("$PYTHON" "$HELPERS/sao.py" "$T/disc.cue" "$(disc_dir sr0)" 2>&1) || fail "$said"
}

expect_stat format mixed
for kind in cd-r cd-rw; do
	in_tray sr0 "extra-$kind" $kind
	try probe
	burn verify
	expect_stat last_result ok
	expect_stat medium_status full
	same "$(sessions sr0)" 2 "sessions"
	same "$(track sr0 4 session)" 2 "the session of the data"
	same_audio $kind
	as_expected $kind
done
contains "$(cat "$M/events")" "state verifying" "the events"

# A read that fails once, in either session, is no outcome.
data_block=$(track sr0 4 start)
for block in 200 $((data_block + 150)); do
	verified ok "read-error-once $block"
	expect_stat last_error ''
done

# The second can be left open, and added to.
in_tray sr0 open cd-r
try probe
burn multi
expect_stat medium_status appendable
control format data
rm -rf "$M/data/dir"
echo more >"$M/data/more"
overlay
burn verify
same_audio open
as_expected "a third session"
same "$(sessions sr0)" 3 "sessions"

# Step by step, as the two jobs that they are.
in_tray sr0 steps cd-r
try probe
control format audio
burn multi verify
expect_stat medium_status appendable
control format data
rm -rf "$E"
mkdir "$E"
overlay
used=$(stats data_used_blocks)
burn verify
grep -a ' complete ' "$M/events" | tail -n 1 >"$T/complete"
contains "$(cat "$T/complete")" "blocks=$used" "what was written is what stats said"
same_audio steps
as_expected steps

# What does not fit is refused before anything is written, and so is what cannot be.
control format auto
audio=$(stats audio_used_blocks)
used=302   # no track of a CD is shorter, and two blocks follow it
in_tray sr0 small cd-r blocks=$((audio + used + 11399))
try probe
try probe
refused ENOSPC burn
nothing_recorded sr0
in_tray sr0 enough cd-r blocks=$((audio + used + 11400))
try probe
burn
same_audio enough
in_tray sr0 simulated cd-r
try probe
refused EOPNOTSUPP burn simulate
nothing_recorded sr0
in_tray sr0 steps
try probe
refused EROFS burn
in_tray sr0 begun cd-r
try probe
control format data
burn multi
control format auto
refused EROFS burn
contains "$(stats last_error)" "blank CD" "the reason"

# A failure in the second session is not the loss of the first, nor a success.
in_tray sr0 fails cd-r
try probe
faults sr0 "write-error $((audio + 11400 + 40))"
refused EIO burn
no_faults
contains "$(stats last_error)" "the sound is recorded, but the data is not" "what is there"
same_audio fails
stop_burnfs
