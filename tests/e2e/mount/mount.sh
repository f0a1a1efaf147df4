#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Mounting, unmounting, and the exit statuses that scripts go by.
. "$(dirname "$0")/../lib.sh"

start_burnfs
same "$(ls "$M" | tr '\n' ' ')" "audio control data events image progress recorders stats " "the tree"
mounted "$M"
expect_stat state staging
expect_stat format none
stop_burnfs
! mounted "$M" || fail "still mounted"
same "$(ls -A "$M")" "" "what is left at the mountpoint"

# Without -f it returns when the mount answers, and the daemon ends with the mount.
daemon_gone() {
	local program process
	program=$(readlink -f "$BURNFS")
	for process in /proc/[0-9]*; do
		[ "$(readlink "$process/exe" 2>/dev/null)" = "$program" ] || continue
		! grep -aqsF -- "$M" "$process/cmdline" || return 1
	done
}
# shellcheck disable=SC2086
"$BURNFS" $BURNFS_ARGS -o stash="$S" "$M" >>"$LOG" 2>&1
[ -s "$M/stats" ] || fail "stats does not answer right after burnfs returned"
unmount "$M"
eventually "the daemon's end" daemon_gone

# A daemon that is told to end unmounts, with success.
for signal in TERM INT HUP; do
	start_burnfs
	kill -$signal "$PID"
	status=0
	await_exit || status=$?
	same "$status" 0 "exit status after SIG$signal"
	! mounted "$M" || fail "still mounted after SIG$signal"
done

# A relative mountpoint, and a name with a blank.
mkdir "$T/a b"
# shellcheck disable=SC2086
(cd "$T" && "$BURNFS" $BURNFS_ARGS -o stash="$S" "a b" >>"$LOG" 2>&1)
[ -s "$T/a b/stats" ] || fail "no mount on a name with a blank"
unmount "$T/a b"
