#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every command of a burn fails in its turn, on each kind of medium that is written once, or erased.
# TIMEOUT: 600
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../commands.sh"

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
random_file "$M/data/file" 200000 1
tree --exact dir "$M/data" >"$T/staged"

for disc in cd-r cd-rw dvd-r dvd-rw "dvd-rw quick" dvd+r bd-r; do
	# shellcheck disable=SC2086 # a kind and its options
	disc_before $disc
	keep_disc
	each_command true burn
done
tree --exact dir "$M/data" >"$T/after"
no_difference "$T/staged" "$T/after" "the stage"
stop_burnfs
