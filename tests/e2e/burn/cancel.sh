#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `cancel` at every stage of a job: ECANCELED, no image, the stage as it was, and the next burn works.
# TIMEOUT: 240
. "$(dirname "$0")/../lib.sh"

slow_dir images 6M
start_burnfs "image:$T/images/disc.iso"
random_file "$M/data/big" 9000000
mkdir "$M/data/many"
for i in $(seq 3000); do : >"$M/data/many/$i"; done
tree --exact dir "$M/data" >"$T/before"

# after_cancel WHERE: how things have to be then.
after_cancel() {
	local status=0
	(control wait) 2>"$T/said" || status=$?
	if [ $status -eq 0 ]; then
		# It was over before the cancel came: then it is a whole burn.
		expect_stat last_result ok
		cmp "$M/image/disc.iso" "$T/images.real/disc.iso" || fail "$1: neither cancelled nor whole"
		rm "$T/images/disc.iso"
		return 1
	fi
	contains "$(cat "$T/said")" "${STRERROR[ECANCELED]}" "$1: what wait says"
	expect_stat last_result ECANCELED
	expect_stat state staging
	empty_dir "$T/images.real" || fail "$1: left behind $(ls -A "$T/images.real")"
}

# Right away: the burn is still preparing, or not even that.
for i in 1 2 3 4 5; do
	printf 'burn\ncancel\n' | dd of="$M/control" bs=4096 status=none
	after_cancel "at once" || fail "a cancel right behind the burn came too late"
done

# A moment later each time, up to where it is nearly written and closing.
cancelled=0
for share in 0 1 20 50 80 95 99 100; do
	control burn
	total=$(stats job_total_blocks)
	reached() {
		[ "$(stats state)" = staging ] || [ "$(stats state)" = closing ] ||
			[ $(($(stats job_done_blocks) * 100)) -ge $((${total:-0} * share)) ] && [ "$(stats state)" != preparing ]
	}
	[ $share -eq 0 ] || eventually "$share % done" reached
	control cancel || :
	if after_cancel "at $share %"; then cancelled=$((cancelled + 1)); fi
done
[ $cancelled -ge 5 ] || fail "only $cancelled of 8 were cancelled"

tree --exact dir "$M/data" >"$T/after"
no_difference "$T/before" "$T/after" "the stage after all that"
control recorder "image:$T/disc.iso"
burn
cmp "$M/image/disc.iso" "$T/disc.iso"
stop_burnfs
