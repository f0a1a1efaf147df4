#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Over a random sequence of edits, data/ stays what a local directory with the same edits is, and
# data_used_blocks is the size of the image that a burn then writes.
# TIMEOUT: 300
. "$(dirname "$0")/../lib.sh"

seed=${SEED:-4711}   # SEED=$RANDOM tries others
echo "SEED=$seed"
start_burnfs "image:$T/disc.iso"
mkdir "$T/native"
for round in $(seq 25); do
	"$PYTHON" "$HELPERS/edits.py" "$seed$round" 40 "$T/native" "$M/data"
	used=$(stats data_used_blocks)
	if [ -n "$(ls -A "$M/data")" ]; then
		same "$(blocks_of_image "$M/image/disc.iso")" "$used" "image/disc.iso in round $round, SEED=$seed"
		burn
		same "$(blocks_of_image "$T/disc.iso")" "$used" "the image in round $round, SEED=$seed"
	else
		same "$used" 0 "blocks of nothing"
	fi
	[ $((round % 5)) -ne 0 ] || {
		tree --fields type,mode,size,content,target,links dir "$T/native" >"$T/want"
		tree --fields type,mode,size,content,target,links dir "$M/data" >"$T/got"
		no_difference "$T/want" "$T/got" "data/ in round $round, SEED=$seed"
	}
done
whole_image "$T/disc.iso" "$M/data"
stop_burnfs
