#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An audio disc: every sample is where image/disc.bin has it, and the cue sheet, ISRC, catalogue number and
# CD-TEXT that the drive was sent say what image/disc.cue says.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
need_tools setfattr

in_tray sr0 first cd-r
start_burnfs -o album=Nightfall "$DRIVE"
for n in 1 2 3 4; do
	random_file "$M/audio/track0$n.cdr" $((2352 * (310 + 7 * n))) "$n"
done
random_file "$M/audio/track05.cdr" 5000 5   # shorter than a track can be
setfattr -n user.cdtext.title -v "Première" "$M/audio/track01.cdr"
setfattr -n user.cdtext.performer -v "Somebody" "$M/audio/track02.cdr"
setfattr -n user.isrc -v DEA123456789 "$M/audio/track02.cdr"
setfattr -n user.pregap -v 0 "$M/audio/track03.cdr"
setfattr -n user.pregap -v 333 "$M/audio/track04.cdr"
setfattr -n user.mcn -v 4006381333931 "$M/audio"
cp "$M/image/disc.bin" "$M/image/disc.cue" "$T"

same_audio() {
	local bytes
	bytes=$(stat -c %s "$T/disc.bin")
	cmp -n "$bytes" -i "0:$((150 * 2352))" "$T/disc.bin" "$(disc_dir sr0)/raw" ||
		fail "$1: the samples are not where they were staged"
	# The pause before the first track is silent, and nothing follows the last.
	[ -z "$(head -c $((150 * 2352)) "$(disc_dir sr0)/raw" | tr -d '\0')" ] || fail "$1: a noisy pause"
	same "$(stat -c %s "$(disc_dir sr0)/raw")" $((bytes + 150 * 2352)) "$1: bytes on the disc"
}

burn verify
expect_stat last_result ok
expect_stat medium cd-r
expect_stat medium_status full
same_audio cd-r

said=$("$PYTHON" "$HELPERS/sao.py" "$T/disc.cue" "$(disc_dir sr0)" 2>&1) || fail "$said"

# Simulated, it leaves nothing; then it is recorded as well, on what is blanked for it.
in_tray sr0 second cd-rw
burn simulate
nothing_recorded sr0 || fail "a simulation left something"
burn
same_audio cd-rw
refused EROFS burn
control blank fast
job_ends ok blank
expect_stat medium_status blank
burn
same_audio "a CD-RW that was blanked"

# No other disc takes audio, with data or without.
in_tray sr0 third dvd+r
refused EMEDIUMTYPE burn
nothing_recorded sr0
echo x >"$M/data/x"
refused EMEDIUMTYPE burn
contains "$(stats last_error)" "format data" "the remedy"
nothing_recorded sr0
stop_burnfs
