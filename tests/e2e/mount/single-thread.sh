#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With -s one thread serves everybody: no burn and no wait may hold it.
. "$(dirname "$0")/../lib.sh"

slow_dir images 4M
start_burnfs -s "image:$T/images/disc.iso"
random_file "$M/data/big" 30000000
echo content >"$M/data/file"
control burn
await_state burning
(control wait) 2>/dev/null &
waiter=$!
tail -n +1 -s 0.1 -f "$M/events" >/dev/null &
tail=$!
for i in $(seq 20); do
	same "$(timeout 5 cat "$M/data/file")" content "reading with -s while burning"
	timeout 5 cat "$M/progress" "$M/control" >/dev/null
	timeout 5 ls -l "$M/data" "$M/image" >/dev/null
done
expect_stat state burning
refused EBUSY touch "$M/data/new"
timeout 5 bash -c "echo cancel >$M/control"
wait $waiter && fail "a cancelled job ended well"
kill $tail
expect_stat last_result ECANCELED

# A burn that meets a file just closed waits for its release, which the same thread brings.
control recorder "image:$T/disc.iso"
for i in $(seq 30); do
	{ cp "$M/stats" "$M/data/x$i" && timeout 20 bash -c "echo burn wait >$M/control"; } || fail "time $i: $(stats last_error)"
done
cmp "$M/image/disc.iso" "$T/disc.iso"
stop_burnfs
