#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The scan of the daemon's log, which every test ends with, finds what the program says of its own faults.
. "$(dirname "$0")/../lib.sh"

marker='internal error: '
grep -aqF -- "$marker" "$BURNFS" || fail "the program does not say '$marker'"
for line in "burnfs: error: ${marker}predicted 1 blocks, got 2" "==1==ERROR: AddressSanitizer: heap-use-after-free" \
	"WARNING: ThreadSanitizer: data race" "x.c:1: runtime error: signed integer overflow"; do
	echo "$line" >"$LOG"
	if (clean_log) >/dev/null 2>&1; then
		fail "the scan passes over '$line'"
	fi
done
echo "burnfs: warning: burn: the disc is full" >"$LOG"
clean_log
