#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# While a disc or an image is made, logind's lock against sleep and shutdown is held; and whatever the bus does, the
# burn goes on as if there were none.
# MAY-SKIP: built without libsystemd
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

"$BURNFS" -V | grep -q '^libsystemd ' || skip "built without libsystemd"

# bus MODE: another bus from now on, see logind.py
bus() {
	[ -z "${LOGIND:-}" ] || { kill "$LOGIND"; wait "$LOGIND" 2>/dev/null || :; }
	rm -f "$T/bus" "$T/heard"
	"$PYTHON" "$HELPERS/logind.py" "$T/bus" "$T/heard" "$1" &
	LOGIND=$!
	eventually "a bus" grep -qs listens "$T/heard"
}
export DBUS_SYSTEM_BUS_ADDRESS=unix:path=$T/bus

heard() { [ "$(grep -c "^$1" "$T/heard")" -eq "$2" ]; }
held() { heard called "$1" && heard released $(($1 - 1)); }
free() { heard called "$1" && heard released "$1"; }
# said WORD: the log has it, since the last mark
mark() { MARK=$(wc -l <"$LOG"); }
said() { tail -n "+$((MARK + 1))" "$LOG" | grep -q "$1"; }

slow_dir images 6M
bus grant
start_burnfs -o overwrite=yes "image:$T/images/disc.iso"
random_file "$M/data/big" 9000000

# An image: from the beginning to the end, for that time only, and on the bus only until it is there.
control burn
eventually "the lock" held 1
same "$(grep called "$T/heard")" \
	"called|shutdown:sleep:idle:handle-lid-switch|burnfs|a disc is being burned|block" "what was asked for"
eventually "hanging up" heard left 1
expect_stat state burning
held 1 || fail "the lock was let go during the burn: $(cat "$T/heard")"
control wait
eventually "the lock is free after the burn" free 1

# When it is cancelled, when it fails, and when burnfs ends.
control burn
eventually "the lock" held 2
control cancel
refused ECANCELED control wait
eventually "the lock is free after cancelling" free 2
control burn
eventually "the lock" held 3
truncate -s 1000 "$S/data/big"
refused EIO control wait
eventually "the lock is free after a failure" free 3
random_file "$M/data/big" 9000000
control burn
eventually "the lock" held 4
kill -TERM "$PID"
await_exit
eventually "the lock is free when burnfs has ended" free 4

! grep -q ^scope "$T/heard" || fail "a scope for a process in the foreground: $(cat "$T/heard")"

# Root's daemon gets a scope of its own with the first disc, for which systemd waits at shutdown.
if is_root; then
	bus grant
	"$BURNFS" -o "stash=$S,overwrite=yes" "image:$T/images.real/disc.iso" "$M" 2>>"$LOG"
	for n in 1 2; do
		burn
		eventually "a lock, and given back" free $n
		heard scope 1 || fail "burn $n: $(cat "$T/heard")"
	done
	grep -qx "scope|burnfs-$(pgrep -f "^[^ ]*burnfs .*$M\$").scope|forever" "$T/heard" || fail "$(cat "$T/heard")"
	umount "$M"
	eventually "the end of it" gone "$S"
fi

bus grant

# A drive: burning and blanking, not looking or the tray; and not while it waits for a disc.
in_tray sr0 first cd-rw
start_burnfs "$DRIVE"
random_file "$M/data/big" 3000000
for verb in probe eject load; do control $verb; control wait; done
heard called 0 || fail "a lock for probe, eject or load"
in_tray sr0 second cd-rw
no_faults
burn
eventually "a lock for the burn, and given back" free 1
control blank
control wait
eventually "a lock for blanking, and given back" free 2
same "$(grep called "$T/heard" | tail -n 1 | cut -d'|' -f 4)" "a disc is being erased" "why"
control burn copies=2
eventually "two discs, and waiting for the second" grep -q ' insert ' "$M/events"
eventually "no lock while it waits" free 3
in_tray sr0 third cd-rw
eventually "a lock for the second" heard called 4
control wait
expect_stat last_result ok
eventually "given back" free 4
stop_burnfs
released || fail "the drive is still held"

# Whatever the bus does, a burn does not notice; it is told once.
for mode in refuse mute deaf hang-up none; do
	bus "$([ $mode = none ] && echo grant || echo $mode)"
	[ $mode != none ] || rm "$T/bus"
	rm -f "$T"/images.real/*
	mark
	start_burnfs "image:$T/images.real/disc.iso"
	random_file "$M/data/file" 300000
	SECONDS=0
	for _ in 1 2; do
		control set overwrite yes
		burn || fail "with a bus that is $mode: $(stats last_error)"
	done
	[ $SECONDS -lt 10 ] || fail "a bus that is $mode: two burns took $SECONDS s"
	case $mode in
	refuse) eventually "the refusal is told" said 'logind: Interactive authentication required' ;;
	hang-up) eventually "the end of the bus is told" said 'the machine may sleep or shut down' ;;
	none) eventually "that there is no bus is told" said 'the system bus: No such file' ;;
	esac
	stop_burnfs
	[ $SECONDS -lt 15 ] || fail "a bus that is $mode: ending took long"
	same "$(tail -n "+$((MARK + 1))" "$LOG" | grep -c 'the machine may sleep')" \
		"$([[ $mode == mute || $mode == deaf ]] && echo 0 || echo 1)" "times it was told, $mode"
	[ $mode = none ] || grep -q called "$T/heard" || fail "$mode: nobody called"
done
