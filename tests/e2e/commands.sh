# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests in which each command of a verb fails in its turn, to be sourced after drives.sh. A verb that ends as ok
# has made of the disc what it makes of it when nothing fails, to the last byte and the last track; any other has
# said why. In either case the drive is free, nothing is held longer than before, and burnfs works.
#
#   COMMANDS_EVERY  3 takes one command of three, beginning with a different one each time. Not set: all

EVERY=${COMMANDS_EVERY:-1}
FIRST=$((1 + BASHPID % EVERY))
[ "$EVERY" -eq 1 ] || echo "every $EVERY. command, from the $FIRST. on"

copies=0
outcome=   # of try()

# disc_before KIND [OPTION…]: a new disc, for what is done to it before; keep_disc when that is done
disc_before() {
	no_faults
	kind=$1
	rm -rf "$(disc_dir sr0)"
	copies=$((copies + 1))
	in_tray sr0 "new-$copies" "$@"
	try probe
	same "$outcome" ok "a new $* ($(stats last_error))"
}

keep_disc() {
	rm -rf "$T/before"
	cp -r --sparse=always "$(disc_dir sr0)" "$T/before"
}

# again: the disc that was kept is in the drive, and burnfs knows it
again() {
	no_faults
	# By another name: the drive knows the last one until it has let go of it.
	rm -rf "$(disc_dir sr0)"
	copies=$((copies + 1))
	cp -r --sparse=always "$T/before" "$BURNFS_MMC/sr0/copy-$copies"
	in_tray sr0 "copy-$copies"
	try probe
	same "$outcome" ok "looking at the disc ($(stats last_error))"
	: >"$(log_of sr0)"
}

# What burnfs holds: its descriptors, but for those of the emulator's files.
held() {
	find "/proc/$PID/fd" -mindepth 1 -printf '%l\n' | grep -vE "^$BURNFS_MMC/.*/(command|log|user|raw)$" | sort
}

holds_no_more() {
	[ "$(held)" = "$holds" ]
}

# libfuse has up to ten threads, and burnfs a few: more are libburn's, for ever.
few_threads() {
	[ "$(find "/proc/$PID/task" -mindepth 1 -maxdepth 1 | wc -l)" -lt 20 ]
}

# unharmed WHAT: how things have to be, however it ended. $spoilt is called where it failed.
unharmed() {
	expect_stat state staging
	released || fail "$1: the drive is still held"
	case $outcome in
	ok)
		# The format of a DVD+RW that goes on in the background may have ended, or not.
		diff -r -I '^background [23]$' "$T/good" "$(disc_dir sr0)" >"$T/differs" || fail "$1: called ok, and the disc is not: $(head -n 9 "$T/differs")" ;;
	EIO | ENXIO | ENOMEDIUM | EMEDIUMTYPE | EROFS | ENOSPC | ESTALE | ECANCELED)
		[ "$(stats last_error)" ] || fail "$1: $outcome without a sentence"
		failed=$((failed + 1))
		"$spoilt" "$1: $outcome ($(stats last_error))" ;;
	*) fail "$1: $outcome ($(stats last_error))" ;;
	esac
	holds_no_more || eventually "$1: nothing is held ($(held), before: $holds)" holds_no_more
}

# How often a drive is asked whether it is ready is a matter of chance: there may be fewer commands.
held_or_over() {
	[ -e "$BURNFS_MMC/sr0/held" ] || stat_is state staging
}

# undisturbed VERB…: what it makes of the disc that was kept, and how many commands that takes
undisturbed() {
	again
	try "$@"
	same "$outcome" ok "$kind, $* without a fault ($(stats last_error))"
	rm -rf "$T/good"
	cp -r --sparse=always "$(disc_dir sr0)" "$T/good"
	cp "$(log_of sr0)" "$T/commands"
	commands=$(wc -l <"$T/commands")
	holds=$(held)
}

# each_command SPOILT VERB…: with the disc that was kept. SPOILT is a function that looks at a disc when the verb
# failed, or true.
each_command() {
	local k spoilt=$1 failed=0
	shift
	undisturbed "$@"
	for ((k = FIRST; k <= commands; k += EVERY)); do
		again
		faults sr0 "fail $k"
		try "$@"
		unharmed "$kind, $*, command $k of $commands, $(sed -n "${k}s/^[0-9]* //p" "$T/commands")"
	done
	echo "$kind, $*: $commands commands, a fault at $failed of them was the end"
	for ((k = FIRST; k <= commands; k += 7 * EVERY)); do
		again
		faults sr0 "gone-at $k"
		try "$@"
		no_faults
		unharmed "$kind, $*, gone at command $k of $commands"
		[ "$outcome" = ok ] || same "$outcome" ENXIO "$kind, $*, gone at command $k ($(stats last_error))"
	done
	again
	try "$@"
	same "$outcome" ok "$kind, $* after all that ($(stats last_error))"
	unharmed "$kind, $* after all that"
	eventually "$kind, $*: no more threads than before" few_threads
}
