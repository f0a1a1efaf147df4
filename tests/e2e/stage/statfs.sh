#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# statfs and df are the disc gauge: they agree with stats, in the blocks of the active format.
. "$(dirname "$0")/../lib.sh"

# agrees PREFIX PATH…: statfs on each path says what stats says.
agrees() {
	local half=$1 path
	shift
	for path; do
		same "$(stat -f -c '%S %b %f %a' "$path")" \
			"$(stats "${half}_block_size") $(stats "${half}_total_blocks") $(stats "${half}_free_blocks") $(stats "${half}_free_blocks")" \
			"statfs of $path"
		[ "$(stat -f -c %c "$path")" -gt 0 ] || fail "no files in statfs of $path"
		[ "$(stat -f -c %d "$path")" -gt 0 ] || fail "no free files in statfs of $path"
		same "$(stat -f -c %l "$path")" 255 "the longest name"
	done
}

start_burnfs -o capacity=20000
agrees data "$M" "$M/data" "$M/audio" "$M/stats"
random_file "$M/data/file" 3000000
agrees data "$M" "$M/data" "$M/data/file" "$M/image/disc.iso" "$M/control"
same "$(df --block-size=2048 --output=used "$M/data" | tail -n 1 | tr -d ' ')" "$(stats data_used_blocks)" "df's used blocks"
free=$(stats data_free_blocks)
rm "$M/data/file"
[ "$(stats data_free_blocks)" -gt "$free" ] || fail "removing frees nothing"
agrees data "$M"

head -c 2352000 /dev/zero >"$M/audio/track01.cdr"
expect_stat format audio
agrees audio "$M" "$M/data" "$M/audio"
same "$(stats audio_used_blocks)" 1000 "audio_used_blocks"
stop_burnfs

start_burnfs
[ "$(stat -f -c %b "$M")" -gt 0 ] || fail "a total of zero without a capacity"
agrees_now() { agrees audio "$M"; }
eventually "statfs and stats agree without a capacity" agrees_now
stop_burnfs
