#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every command of a burn fails in its turn where the disc holds something already: what is there stays, in
# another session of a disc that is written once, and on one that is overwritten and grows.
# TIMEOUT: 600
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../commands.sh"
need_tools xorriso

in_tray sr0 first cd-r
start_burnfs "$DRIVE"

# first_session KIND [OPTION…]: with that on a new disc, another is staged
first_session() {
	disc_before "$@"
	control clear
	random_file "$M/data/old" 100000 1
	echo replaced >"$M/data/replaced"
	old=$(($(stats data_used_blocks) * 2048))
	try burn multi
	same "$outcome" ok "the first session on $* ($(stats last_error))"
	expect_stat medium_status appendable
	keep_disc
	control clear
	random_file "$M/data/new" 150000 2
	echo new >"$M/data/replaced"
}

# What is there is as it was, block by block.
old_is_there() {
	cmp -n "$old" "$T/before/user" "$(disc_dir sr0)/user" || fail "$1: the first session has changed"
}

# Overwritten: but for the beginning, which is that of before or, when it was the last that went wrong, the new one.
old_or_new() {
	local head=65536
	if cmp -s -n $head "$T/before/user" "$(disc_dir sr0)/user"; then
		cmp -n "$old" "$T/before/user" "$(disc_dir sr0)/user" || fail "$1: what was there has changed"
	else
		cmp "$T/good/user" "$(disc_dir sr0)/user" || fail "$1: the disc is a mixture"
		mixed=$((mixed + 1))
	fi
}

for disc in cd-r dvd+r bd-r dvd-r; do
	first_session $disc
	each_command old_is_there burn
done
for disc in dvd+rw "bd-re formatted"; do
	# shellcheck disable=SC2086 # a kind and its options
	first_session $disc
	mixed=0
	each_command old_or_new burn
	echo "the new session was there $mixed times"
done
stop_burnfs
