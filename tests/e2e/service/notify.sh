#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A service manager is told that the mount answers, what goes on, and that it ends; time is asked for while a disc is
# finished. Who detaches tells nobody.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

# listen ADDRESS: what is told there goes to $T/told from now on
listen() {
	[ -z "${LISTENER:-}" ] || { kill "$LISTENER"; wait "$LISTENER" 2>/dev/null || :; }
	rm -f "$T/told"
	"$PYTHON" "$HELPERS/notify.py" "$1" "$M" >"$T/told" &
	LISTENER=$!
	eventually "a listener" grep -qs listens "$T/told"
	export NOTIFY_SOCKET=$1
}
told() { grep -q -- "$1" "$T/told"; }
# the words of everything that was told, without times and numbers
words() { sed -n 's/^[0-9.]* //p' "$T/told" | sed 's/[ =]*\[.*//; s/;.*//'; }

slow_dir images 5M
listen "$T/notify"
start_burnfs "image:$T/images/disc.iso"
eventually "READY=1" told READY=1
same "$(words | tr '\n' ' ')" "READY=1 STATUS=staging (answers) " "what is told at first"
random_file "$M/data/big" 16000000
burn
eventually "the end of the burn" told 'STATUS=staging; the last burn succeeded'
# What is over between two looks is not told.
same "$(words | tail -n +4 | grep -vE 'preparing|closing' | uniq | tr '\n' ' ')" "STATUS=burning STATUS=staging " \
	"the steps that were told"
percents=$(grep -o 'burning.* %' "$T/told" | uniq | wc -l)
[ "$percents" -ge 3 ] || fail "the text did not follow the burn: $(cat "$T/told")"
# Once a second, and one more where the state changes between two looks.
awk '/STATUS=burning/ { if (!first) first = $1; last = $1; n++ }
	END { exit !(n <= last - first + 2.5) }' "$T/told" || fail "told too often: $(cat "$T/told")"
stop_burnfs
eventually "STOPPING=1" told STOPPING=1
same "$(grep -cE 'READY|STOPPING' "$T/told")" 2 "READY and STOPPING together"

# An address that is in no file system; a disc is finished on SIGTERM, and time asked for meanwhile.
listen "@$T/notify"
in_tray sr0 first cd-rw
start_burnfs -o keep=yes "$DRIVE"
eventually "READY=1" told READY=1
random_file "$M/data/file" 3000000
no_faults
burn
third=$(grep -n 'WRITE 10' "$(log_of sr0)" | sed -n '3s/:.*//p')
in_tray sr0 second cd-rw
faults sr0 "stall $third 3"
control burn
eventually "the drive writes" test -s "$(disc_dir sr0)/user"
kill -TERM "$PID"
eventually "STOPPING=1" told STOPPING=1
eventually "time to finish in" told EXTEND_TIMEOUT_USEC=60000000
stat_is state burning || fail "the disc is not being finished"
await_exit
told 'STATUS=staging; the last burn succeeded' || fail "the end of the burn was not told: $(tail -n 3 "$T/told")"
same "$(words | grep -n STOPPING | cut -d: -f1)" "$(words | grep -n -m1 STOPPING | cut -d: -f1)" "STOPPING once"
[ "$(grep -c EXTEND "$T/told")" -ge 2 ] || fail "time was asked for once only"

# The children of others: nothing is told in the name of whoever's environment this was.
listen "$T/notify2"
"$BURNFS" -o "stash=$T/other,keep=no" none "$M"
[ -s "$M/stats" ] || fail "it does not answer"
unmount "$M"
eventually "its end" gone "$T/other"
same "$(cat "$T/told")" "(listens)" "what was told by one that detached"

# Nobody there, or no address: it mounts all the same.
for NOTIFY_SOCKET in "$T/nobody" "not an address" "$(printf '/%0200d' 0)"; do
	start_burnfs
	stop_burnfs
done
