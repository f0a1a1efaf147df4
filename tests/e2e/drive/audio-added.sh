#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sound that is added to a CD with an open session: a session at once cannot be there, so each track is written at
# once, with the gap of two seconds that the drive makes. Samples are where the table of contents says.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
need_tools setfattr

in_tray sr0 first cd-r
start_burnfs "$DRIVE"

# begin NAME [OPTION…]: a CD-R with one session of sound, 310 sectors
begin() {
	in_tray sr0 "$1" cd-r "${@:2}"
	try probe
	rm -f "$M"/audio/*
	random_file "$M/audio/begin.cdr" $((2352 * 310)) 1
	try burn multi
	same "$outcome" ok "the first session ($(stats last_error))"
	expect_stat medium_status appendable
	rm "$M/audio/begin.cdr"
}

# stage: three tracks, the last one shorter than a track can be
stage() {
	random_file "$M/audio/track1.cdr" $((2352 * 320)) 2
	random_file "$M/audio/track2.cdr" $((2352 * 333 - 100)) 3
	random_file "$M/audio/track3.cdr" 5000 4
	setfattr -n user.isrc -v DEA123456789 "$M/audio/track2.cdr"
	setfattr -n user.mcn -v 4006381333931 "$M/audio"
}

# track_is NUMBER SECTORS FILE: of the disc; it and the run-out follow a pause of 150
track_is() {
	local start size
	start=$(track sr0 "$1" start)
	size=$(stat -c %s "$3")
	same "$(track sr0 "$1" size)" $(($2 + 2)) "sectors of track $1"
	same "$((start - $(track sr0 "$1" pregap)))" 150 "the pause before track $1"
	same "$(track sr0 "$1" control)" 0 "the control of track $1"
	cmp -n "$size" -i "$(((start + 150) * 2352)):0" "$(disc_dir sr0)/raw" "$3" || fail "track $1 is not what was staged"
	[ -z "$(tail -c +$(((start + 150) * 2352 + size + 1)) "$(disc_dir sr0)/raw" |
		head -c $(($2 * 2352 - size)) | tr -d '\0')" ] || fail "what fills track $1 up is no silence"
}

begin added
cp "$BURNFS_MMC/sr0/added/raw" "$T/first"
stage
burn verify multi
expect_stat medium_status appendable
same "$(sessions sr0)" 2 "sessions"
track_is 2 320 "$M/audio/track1.cdr"
track_is 3 333 "$M/audio/track2.cdr"
track_is 4 300 "$M/audio/track3.cdr"
same "$(track sr0 3 isrc)" DEA123456789 "the ISRC"
grep -qx "mcn 4006381333931" "$(disc_dir sr0)/disc" || fail "no catalogue number"
cmp -n "$(stat -c %s "$T/first")" "$T/first" "$(disc_dir sr0)/raw" || fail "the first session has changed"
end=$(($(track sr0 4 start) + 302))

# A third one, read back at some drive's shift; and one with a fault.
faults sr0 "audio-offset 667"
burn verify
no_faults
expect_stat medium_status full
same "$(sessions sr0)" 3 "sessions"
track_is 6 333 "$M/audio/track2.cdr"
begin damaged
stage
faults sr0 "corrupt $((11400 + 310 + 40))"
try burn verify
no_faults
same "$outcome" EIO "a sector that is stored wrong ($(stats last_error))"
contains "$(stats last_error)" "sector 40, track 1" "the place"

# Other gaps cannot be made, and are refused before anything is written.
for gap in 0 151; do
	begin "gap-$gap"
	stage
	control set gap "$gap"
	cp "$(disc_dir sr0)/disc" "$T"
	refused EMEDIUMTYPE burn
	contains "$(stats last_error)" "gaps of 2 seconds" "the reason"
	cmp "$T/disc" "$(disc_dir sr0)/disc"
	control set gap 150
done

# What a track at once takes more is room, too: one sector less, and nothing is written.
begin large
stage
next=$((end - $(stats audio_used_blocks) - 3 * 2))
for less in 1 0; do
	begin "small-$less" blocks=$((end - less))
	stage
	cp "$(disc_dir sr0)/disc" "$T"
	if [ $less -eq 1 ]; then
		refused ENOSPC burn
		cmp "$T/disc" "$(disc_dir sr0)/disc"
	else
		burn verify
		same "$(track sr0 2 start)" "$next" "where the second session begins"
	fi
done

# Data behind the first session take no less than a track has.
rm "$M"/audio/*
begin room blocks=$((310 + 11400 + 301))
expect_stat data_total_blocks 1
refused ENOSPC dd if=/dev/zero of="$M/data/x" bs=1 count=1
rm -f "$M/data/x"
begin room-enough blocks=$((310 + 11400 + 302))
echo x >"$M/data/x"
burn verify
stop_burnfs
