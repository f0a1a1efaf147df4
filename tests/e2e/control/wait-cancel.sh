#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `wait` waits without keeping anybody from `cancel`, can be interrupted, and tells the job's end.
. "$(dirname "$0")/../lib.sh"

slow_dir images 4M
start_burnfs "image:$T/images/disc.iso"
control wait   # no job since the mount: success, at once
random_file "$M/data/big" 40000000

# cancel gets through while two others wait; all of them hear how it ended.
control burn
await_state burning
control wait >"$T/waiter1" 2>&1 &
waiter1=$!
"$PYTHON" "$HELPERS/syscall.py" write "$M/control" wait >"$T/waiter2" &
waiter2=$!
kill -0 $waiter1 $waiter2
expect_stat state burning
control cancel
status=0
wait $waiter1 || status=$?
same $status 1 "status of the shell that waited"
contains "$(cat "$T/waiter1")" "${STRERROR[ECANCELED]}" "what the waiting shell says"
wait $waiter2
same "$(cat "$T/waiter2")" ECANCELED "what the other one got"
expect_stat last_op burn
expect_stat last_result ECANCELED
refused ECANCELED control wait
await_state staging
empty_dir "$T/images.real" || fail "the cancelled job left $(ls -A "$T/images.real")"

# `burn wait` is such a waiter, too.
control burn wait >"$T/waiter1" 2>&1 &
waiter1=$!
await_state burning
control cancel
wait $waiter1 && fail "a cancelled 'burn wait' succeeded"
contains "$(cat "$T/waiter1")" "${STRERROR[ECANCELED]}" "what 'burn wait' says"

# A signal ends the waiting, and nothing else.
control burn
await_state burning
bash -c "echo wait >$M/control" 2>"$T/waiter1" &
waiter1=$!
asleep() {
	[ "$(readlink "/proc/$waiter1/fd/1")" = "$M/control" ] && grep -q '^State:.*S' "/proc/$waiter1/status"
}
eventually "a waiter that sleeps" asleep
kill -TERM $waiter1
gone_process() { ! kill -0 $waiter1; }
eventually "the interrupted waiter's end" gone_process
expect_stat state burning
control cancel
eventually "the end of the job" stat_is state staging

# Nothing to cancel: no harm. The recorder is left usable.
control cancel || :
random_file "$M/data/big" 100000
burn
expect_stat last_result ok
cmp "$M/image/disc.iso" "$T/images.real/disc.iso"
control wait

# A job that was refused is the last one: wait and stats agree. What is no job changes nothing of it.
refuses() {
	refused "$@"
	expect_stat last_result "$1"
	refused "$1" control wait
}
refuses EINVAL control burn sideways
refuses EOPNOTSUPP control eject
refuses EINVAL control blank gently
control recorder none
refuses ENODEV control burn
refused EINVAL control frobnicate
control set label L
refused ENODEV control wait
control recorder "image:$T/images/disc.iso"
control probe
control wait
burn
refused EINVAL control set gap loud
control wait
stop_burnfs
