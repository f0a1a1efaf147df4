#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A lazy unmount lets the job finish; SIGTERM cancels it; both leave nothing half done.
. "$(dirname "$0")/../lib.sh"

slow_dir images 6M
start_burnfs "image:$T/images/disc.iso"
random_file "$M/data/big" 12000000
cp "$M/image/disc.iso" "$T/expected.iso"
control burn
await_state burning
detach "$M"
kill -0 "$PID" || fail "the daemon has gone with a job running"
await_exit || fail "exit status $? after a lazy unmount"
cmp "$T/expected.iso" "$T/images.real/disc.iso"
rm "$T/images/disc.iso"

start_burnfs "image:$T/images/disc.iso"
[ -e "$M/data/big" ] || random_file "$M/data/big" 12000000
control burn
await_state burning
SECONDS=0
kill -TERM "$PID"
await_exit || :
[ $SECONDS -lt 15 ] || fail "SIGTERM took $SECONDS s"
! mounted "$M" || fail "still mounted after SIGTERM"
empty_dir "$T/images.real" || fail "SIGTERM left $(ls -A "$T/images.real")"
start_burnfs
same "$(stat -c %s "$M/data/big")" 12000000 "the staged file after SIGTERM"
stop_burnfs
