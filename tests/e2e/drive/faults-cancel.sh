#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A job is cancelled while one command or another is being carried out. It ends soon, as cancelled, or as ok with all
# of it done; the drive is usable, and what follows works.
# TIMEOUT: 600
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../commands.sh"

# cancelled_at SPOILT VERB…: with the disc that was kept. SPOILT is a function that looks at a disc when the verb did
# not end as ok, or true.
cancelled_at() {
	local k spoilt=$1 failed=0 longest=0 after last=0
	shift
	undisturbed "$@"
	for ((k = FIRST; k <= commands; k += 3 * EVERY)); do
		again
		faults sr0 "hold $k"
		control "$@"
		eventually "command $k is carried out" held_or_over
		control cancel
		no_faults
		(control wait) 2>/dev/null || :
		outcome=$(stats last_result)
		after=$(($(wc -l <"$(log_of sr0)") - k))
		[ "$outcome" = ok ] || last=$k
		[ "$outcome" = ok ] || [ $after -lt $longest ] || longest=$after
		unharmed "$kind, $*, cancelled at command $k of $commands, $(sed -n "${k}s/^[0-9]* //p" "$T/commands")"
	done
	echo "$kind, $*: $commands commands, cancelled at $failed of them, $last the last, with up to $longest to follow"
	[ $failed -gt 0 ] || fail "$kind, $*: never cancelled"
	[ $longest -lt 150 ] || fail "$kind, $*: it went on for $longest commands"
	again
	try "$@"
	same "$outcome" ok "$kind, $* after all that ($(stats last_error))"
	unharmed "$kind, $* after all that"
}

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
random_file "$M/data/file" 200000 1

disc_before cd-rw
keep_disc
cancelled_at true burn
disc_before dvd+rw
keep_disc
cancelled_at true burn
# One that is formatted first.
disc_before bd-re
keep_disc
cancelled_at true burn verify

# A second session: the first is read before, and stays.
first_is_there() {
	cmp -n "$old" "$T/before/user" "$(disc_dir sr0)/user" || fail "$1: the first session has changed"
}
disc_before cd-r
try burn multi
keep_disc
old=$(stat -c %s "$T/before/user")
cancelled_at first_is_there burn verify
cancelled_at first_is_there probe
cancelled_at first_is_there load

# Erased, or not at all.
not_erased() {
	diff -r "$T/before" "$(disc_dir sr0)" >&2 || fail "$1: the disc has changed"
}
for disc in cd-rw bd-re; do
	disc_before $disc
	try burn
	keep_disc
	cancelled_at not_erased blank full
done
stop_burnfs
