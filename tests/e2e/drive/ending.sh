#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# burnfs ends while a drive records: on SIGTERM the disc is finished first, on a second one it is given up; and
# nothing is unmounted under it.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

in_tray sr0 first cd-rw
start_burnfs -o keep=yes "$DRIVE"
random_file "$M/data/file" 3000000 1
cp "$M/image/disc.iso" "$T"
no_faults
burn
third=$(grep -n 'WRITE 10' "$(log_of sr0)" | sed -n '3s/:.*//p')

# slow_burn NAME: one that holds on for a second in the third write, and has begun
slow_burn() {
	in_tray sr0 "$1" cd-rw
	faults sr0 "stall $third 1"
	control burn
	eventually "the drive writes" test -s "$(disc_dir sr0)/user"
}

heard() {
	[ "$(grep -c 'shutting down on signal' "$LOG")" -eq "$1" ]
}

slow_burn busy
fails unmount "$M" >"$T/said"
for words in "burn" "blank" "eject" "probe" "recorder none"; do refused EBUSY control "$words"; done
job_ends ok "the burn meanwhile"
same_disc "$T/disc.iso"

slow_burn finished
kill -TERM "$PID"
await_exit
same_disc "$T/disc.iso" || fail "the disc was not finished"
grep -q 'finalized 1' "$(disc_dir sr0)/disc" || fail "the disc was not closed"
released || fail "the drive is still held"

start_burnfs -o keep=yes "$DRIVE"
slow_burn given-up
kill -TERM "$PID"
eventually "the first signal is heard" heard 2
stat_is state burning || fail "the mount does not answer while the disc is finished"
kill -TERM "$PID"
await_exit
! grep -q 'finalized 1' "$(disc_dir sr0)/disc" || fail "the disc was finished in spite of a second signal"
released || fail "the drive is still held"
