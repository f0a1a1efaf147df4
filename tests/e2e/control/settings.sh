#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `set`: for this mount, by the same table as -o and the configuration.
. "$(dirname "$0")/../lib.sh"

start_burnfs -o label=BEFORE,capacity=5000
expect_stat label BEFORE
control set label A label of several words
expect_stat label "A label of several words"
control set capacity 9000
expect_stat data_total_blocks 9000
control set capacity dvd
[ "$(stats data_total_blocks)" -gt 2290000 ] || fail "a DVD has $(stats data_total_blocks) blocks"
control set capacity 700M
expect_stat data_total_blocks 358400
control set gap 0
control set gap 150
control set names strict
control set overwrite yes
control set speed 2.4x
control set burnfree no
control set burnfree on
control set verify yes
control set eject yes

refused EINVAL control set colour red
contains "$(stats last_error)" colour "last_error"
refused EINVAL control set volid X
contains "$(stats last_error)" 'did you mean "label"?' "another program's word"
for bad in "capacity much" "capacity -5" "gap -1" "gap many" "gap 999999999999999999999" \
	"names loose" "overwrite perhaps" "speed fast" "speed 8 kB/s" "speed 2.45x" "burnfree 2" "label $(printf 'x%.0s' {1..33})" "keep sometimes" "format video"; do
	# shellcheck disable=SC2086
	refused EINVAL control set $bad
	contains "$(stats last_error)" "${bad%% *}" "last_error of 'set $bad'"
done
refused EINVAL control set
refused EINVAL control set stash "$T/elsewhere"
expect_stat label "A label of several words"
stop_burnfs

start_burnfs -o label=BEFORE,capacity=5000
expect_stat label BEFORE
stop_burnfs
