#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each system call of a burn to an image, with and without an earlier image, and of each change of the stage, fails in its
# turn: the outcome is right, and nothing is lost or half done.
# MAY-SKIP: needs root
# TIMEOUT: 300
. "$(dirname "$0")/../lib.sh"
need_root "a filter of system calls keeps fusermount3 from mounting"

for what in "burn iso new" "burn iso old" "burn pair new" "burn pair old" stage; do
	read -ra words <<<"$what"
	dir=$T/${what// /-}
	mkdir -p "$dir/mnt"
	LOG=$dir/log
	"$PYTHON" "$HELPERS/every_call.py" "${words[0]}" "$dir" "$BURNFS" "${words[@]:1}" || exit
	clean_log
done
