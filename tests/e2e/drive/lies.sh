#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A drive that tells wrong addresses and sizes while a second session is recorded: what is called ok is a disc that
# reads as it should in a drive that tells the truth, and nothing that was there is lost.
# TIMEOUT: 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../sessions.sh"
. "$(dirname "$0")/../commands.sh"
need_tools xorriso

in_tray sr0 first cd-r
start_burnfs "$DRIVE"

# judge WHAT: however it ended
judge() {
	said=$(stats last_error)
	no_faults
	released || fail "$1: the drive is still held"
	cmp -n "$old" "$T/before/user" "$(disc_dir sr0)/user" || fail "$1: the first session has changed"
	if [ "$outcome" = ok ]; then
		told_ok=$((told_ok + 1))
		diff -r "$T/good" "$(disc_dir sr0)" || fail "$1: called ok, and the session is not there"
	else
		[ "$said" ] || fail "$1: $outcome without a sentence"
		refusals=$((refusals + 1))
	fi
}

# lies LIE: from before the disc is looked at, and since then
lies() {
	again
	faults sr0 "$1"
	try probe
	try burn multi
	judge "$kind with $1"
	again
	faults sr0 "$1"
	try burn multi
	judge "$kind with $1 from the burn on"
}

# lies_until LIE: up to one command or another of the burn, and the truth from then on
lies_until() {
	local k
	for ((k = 1 + BASHPID % 4; k <= commands; k += 4)); do
		again
		faults sr0 "$1"
		try probe
		faults sr0 "$1
hold $k"
		control burn multi
		eventually "command $k is carried out" held_or_over
		no_faults
		(control wait) 2>/dev/null || :
		outcome=$(stats last_result)
		judge "$kind with $1 until command $k"
	done
}

for disc in cd-r dvd-r dvd+r bd-r; do
	disc_before $disc
	rm -rf "$E" "$M"/data/*
	mkdir "$E"
	random_file "$M/data/old" 100000 1
	echo replaced >"$M/data/replaced"
	overlay
	try burn multi
	same "$outcome" ok "the first session on $disc ($(stats last_error))"
	keep_disc
	old=$(stat -c %s "$T/before/user")
	rm "$M"/data/*
	random_file "$M/data/new" 150000 2
	echo new >"$M/data/another"
	overlay
	undisturbed burn multi
	as_expected "$kind without a lie"
	told_ok=0 refusals=0
	for lie in nwa free toc; do
		for n in 1 16 320 100000 -16 -100000000; do
			lies "lie-$lie $n"
		done
	done
	lies_until "lie-nwa 16"
	lies_until "lie-nwa -16"
	echo "$kind: $told_ok burns with lies were good all the same, and $refusals were no success"
	[ $refusals -gt 10 ] || fail "$kind: too few lies mattered"
done
stop_burnfs
