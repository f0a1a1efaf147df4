#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What was recorded is read back, and what is not as it was staged is named: the first block and its file, and
# how many files there are of the kind.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
for n in 1 2 3 4 5; do random_file "$M/data/file$n" 40960 "$n"; done   # 20 blocks each
cp "$M/image/disc.iso" "$T"
block_of() {
	"$PYTHON" -c 'import sys
image, part = (open(n, "rb").read() for n in sys.argv[1:]); print(image.index(part) // 2048)' "$T/disc.iso" "$M/data/$1"
}
second=$(block_of file2)
fourth=$(block_of file4)

verified EIO "corrupt $((second + 3))" "differs from what was staged in block $((second + 3)), data/file2"
[[ $(stats last_error) != *"files"* ]] || fail "one file is told as many: $(stats last_error)"
verified EIO "corrupt $((second + 3))
corrupt $((second + 4))
corrupt $((fourth + 19))" "block $((second + 3)), data/file2" "the stage: 2 (data/file2, data/file4)"
verified EIO "corrupt 18" "block 18, in its directories"
verified EIO "corrupt 18
corrupt $fourth" "block 18, in its directories" "the stage: 1 (data/file4)"
verified EIO "read-error $fourth" "cannot be read back in block $fourth, data/file4"
verified EIO "read-error $fourth
corrupt $((second + 3))" "differs from what was staged in block $((second + 3)), data/file2" "the stage: 2 (data/file2, data/file4)"

# What is read when it is tried again is read.
verified ok "read-error-once $((second + 3))"
expect_stat last_error ''

# Cancelled, it is not called good either.
in_tray sr0 slow cd-r
burn
reads=$(wc -l <"$(log_of sr0)")
in_tray sr0 slower cd-r
faults sr0 "stall $((reads + 8)) 2"
control burn verify
await_state verifying
control cancel
no_faults
job_ends ECANCELED "cancelled while verifying"
contains "$(stats last_error)" "recorded, but not verified" "the sentence"
same_disc "$T/disc.iso"
stop_burnfs
