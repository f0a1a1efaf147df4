#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every command fails in its turn while a disc is erased, taken in, looked at, and read back.
# TIMEOUT: 600
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../commands.sh"

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
random_file "$M/data/file" 200000 1

# as_before: what only looks at a disc leaves it alone
as_before() {
	diff -r "$T/before" "$(disc_dir sr0)" >&2 || fail "$1: the disc has changed"
}

# Another try makes it blank.
blank_after_all() {
	no_faults
	try blank
	same "$outcome" ok "$1: blanking it again ($(stats last_error))"
	expect_stat medium_status blank
	try burn
	same "$outcome" ok "$1: burning it after that ($(stats last_error))"
}

for disc in cd-rw dvd-rw "dvd-rw-ro formatted" dvd+rw "dvd-ram formatted" "bd-re formatted"; do
	# shellcheck disable=SC2086 # a kind and its options
	disc_before $disc
	try burn
	same "$outcome" ok "burning $disc ($(stats last_error))"
	keep_disc
	each_command blank_after_all blank
	case $disc in bd-re* | dvd-rw-ro*) each_command blank_after_all blank full ;; esac
done

disc_before cd-r
try burn multi
keep_disc
each_command as_before probe
each_command as_before load
disc_before bd-r
keep_disc
each_command true burn verify
stop_burnfs
