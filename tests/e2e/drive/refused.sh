#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a drive or its disc cannot do has the errno of the contract, and leaves disc, stage and drive as they were.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
random_file "$M/data/file" 300000 1
tree --exact dir "$M/data" >"$T/before"

# burn_is ERRNO WORDS…
burn_is() {
	local wanted=$1
	shift
	try burn "$@"
	same "$outcome" "$wanted" "burn $* ($(stats last_error))"
	expect_stat state staging
	[ "$(stats last_error)" ] || fail "$wanted without a sentence"
	tree --exact dir "$M/data" >"$T/after"
	no_difference "$T/before" "$T/after" "the stage after $wanted"
}

burn_is EINVAL simulate copies=2
nothing_recorded sr0

# Too small, not formatted, closed.
in_tray sr0 small cd-r blocks=100
burn_is ENOSPC
nothing_recorded sr0 || fail "a disc that is too small was written"
# What is not formatted is not formatted for nothing.
in_tray sr0 unformatted bd-re
burn_is EMEDIUMTYPE simulate
grep -qx "formatted 0" "$(disc_dir sr0)/disc" || fail "a simulation has formatted the disc"
try format audio
random_file "$M/audio/track01.cdr" $((2352 * 400)) 2
try burn
same "$outcome" EMEDIUMTYPE "audio on a BD"
grep -qx "formatted 0" "$(disc_dir sr0)/disc" || fail "a refused burn has formatted the disc"
control clear audio
control format auto
expect_stat medium_status blank
in_tray sr0 formattable bd-re
try probe
no_faults
try burn
same "$outcome" ok "a burn that formats the disc ($(stats last_error))"
formats=$(awk '$3 == "FORMAT" && $4 == "04" { print $2 }' "$(log_of sr0)")
in_tray sr0 unformattable bd-re
try probe
faults sr0 "fail $formats"
burn_is EIO
contains "$(stats last_error)" "cannot format the disc" "the reason"
nothing_recorded sr0
no_faults
in_tray sr0 closed dvd-r
burn
burn_is EROFS
expect_stat medium_status full

in_tray sr0 protected dvd+r
faults sr0 "write-error 0 7/27/00"
burn_is EROFS
contains "$(stats last_error)" "write-protected: insert another one (SCSI error" "the reason"
in_tray sr0 bad dvd-r
faults sr0 "write-error 0"
burn_is EIO
contains "$(stats last_error)" "use another disc or a lower speed (SCSI error on write(0,16): [3 0C 00] " "the remedy"
no_faults

tell_drive sr0 remove
burn_is ENOMEDIUM
try blank
same "$outcome" ENOMEDIUM blank
expect_stat medium_status none

# Something else on a disc that is overwritten at random, wherever it is.
for place in 0 1024 32768 65600 524288; do
	in_tray sr0 "foreign-$place" dvd+rw background=2
	rm -f "$BURNFS_MMC/sr0/foreign-$place/user"
	try probe
	truncate -s 1M "$(disc_dir sr0)/user"
	printf 'something' | dd of="$(disc_dir sr0)/user" bs=1 seek="$place" conv=notrunc status=none
	cp "$(disc_dir sr0)/user" "$T/user"
	burn_is EROFS
	contains "$(stats last_error)" blank "the remedy"
	cmp "$T/user" "$(disc_dir sr0)/user"
done

# Another program has it.
in_tray sr0 free cd-r
exec {held}<"$BURNFS_MMC/sr0/lock"
flock "$held"
burn_is EBUSY
nothing_recorded sr0
exec {held}<&-
burn
expect_stat last_result ok

# Cancelled while another program has it.
in_tray sr0 free2 cd-r
exec {held}<"$BURNFS_MMC/sr0/lock"
flock "$held"
control burn
control cancel
job_ends ECANCELED "burn while the drive is busy"
exec {held}<&-

# A disc that takes a while to come up to speed.
in_tray sr0 slow cd-r
tell_drive sr0 spin-up 9
burn
expect_stat last_result ok

# Gone, and back.
mv "$BURNFS_MMC/sr0" "$BURNFS_MMC/away"
burn_is ENXIO
contains "$(cat "$M/recorders")" "* /dev/sr0" "a drive that is gone"
mv "$BURNFS_MMC/away" "$BURNFS_MMC/sr0"
in_tray sr0 free3 cd-r
burn verify
expect_stat last_result ok
stop_burnfs
