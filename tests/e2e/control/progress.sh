#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# progress: one line for people.
. "$(dirname "$0")/../lib.sh"

one_line() {
	same "$(wc -l <"$M/progress")" 1 "lines in progress"
	cat "$M/progress"
}

slow_dir images 4M
start_burnfs "image:$T/images/disc.iso"
[ -n "$(one_line)" ] || fail "nothing to say"
random_file "$M/data/file" 30000000
control burn
await_state burning
half() { [ "$(stats job_done_blocks)" -gt 1000 ]; }
eventually "a part to be done" half
said=$(one_line)
[[ ${said,,} == *burn* || ${said,,} == *writ* || ${said,,} == *record* ]] || fail "it does not say what goes on: $said"
[[ $said =~ [0-9]+\ *% ]] || fail "no share done in: $said"
[[ $said == *B/s* ]] || fail "no speed in: $said"
control cancel
refused ECANCELED control wait
[[ $(one_line) != *%*B/s* ]] || fail "progress of a job that is over: $(one_line)"
same "$(one_line)" "staging; the last burn was cancelled" "progress after a cancelled burn"
stop_burnfs
