#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# stats: every key is there at any time, once, in the same order.
. "$(dirname "$0")/../lib.sh"

keys="version state formats format recorder medium medium_status medium_erasable
medium_sessions medium_last_track medium_next_block medium_free_blocks medium_speeds medium_id label data_block_size
data_total_blocks data_used_blocks data_free_blocks data_files data_directories data_bytes
joliet_renamed data_excluded linux_shortened audio_block_size audio_total_blocks audio_used_blocks audio_free_blocks
audio_available_track_blocks audio_tracks audio_ignored audio_titles_replaced job job_done_blocks job_total_blocks job_track
job_tracks job_eta_seconds job_kib_per_second job_buffer_percent job_copy job_copies job_waits_for last_op last_result last_error
last_output"

check_keys() {
	grep -vE '^[a-z_]+(\.[0-9]+)?=' "$M/stats" && fail "a line that is no key=value"
	cut -d= -f1 "$M/stats" | grep -v '^track\.' >"$T/keys"
	same "$(sort "$T/keys" | uniq -d)" "" "keys that come twice"
	for key in $keys; do
		grep -qx "$key" "$T/keys" || fail "no key $key"
	done
	[ ! -e "$T/first-keys" ] || no_difference "$T/first-keys" "$T/keys" "the order of keys"
	cp "$T/keys" "$T/first-keys"
}

slow_dir images 4M
start_burnfs -o capacity=30000
check_keys
same "$(stats data_block_size) $(stats audio_block_size)" "2048 2352" "block sizes"
expect_stat recorder none
expect_stat format none
expect_stat data_total_blocks 30000
expect_stat data_used_blocks 0
expect_stat data_free_blocks 30000
expect_stat data_files 0
expect_stat audio_used_blocks 0
expect_stat last_op ""
contains "$(stats formats)" data "formats"
contains "$(stats formats)" audio "formats"

sample_tree "$M/data"
check_keys
expect_stat format data
expect_stat data_files "$(find "$M/data" -type f -o -type l -o -type p | wc -l)"
expect_stat data_directories "$(find "$M/data" -mindepth 1 -type d | wc -l)"
expect_stat joliet_renamed 1
same "$(stats data_used_blocks)" "$(blocks_of_image "$M/image/disc.iso")" "used blocks and image/disc.iso"
same "$(($(stats data_used_blocks) + $(stats data_free_blocks)))" 30000 "used + free"
control set capacity 100
expect_stat data_free_blocks 0
control set capacity 30000

random_file "$M/data/big" 40000000
control recorder "image:$T/images/disc.iso"
expect_stat recorder "image:$T/images/disc.iso"
expect_stat medium file
expect_stat state staging
control burn
await_state burning
check_keys
expect_stat job burn
expect_stat job_total_blocks "$(stats data_used_blocks)"
begun() { [ "$(stats job_done_blocks)" -gt 0 ]; }
eventually "blocks done" begun
expect_stat job_tracks 1
[ "$(stats job_done_blocks)" -le "$(stats job_total_blocks)" ] || fail "more done than there is"
control cancel
refused ECANCELED control wait
check_keys
expect_stat last_op burn
expect_stat last_result ECANCELED

rm "$M/data/big"
control recorder "image:$T/disc.iso"
burn
expect_stat last_result ok
expect_stat last_error ""
expect_stat last_output "$T/disc.iso"
check_keys

# Without a capacity the total is what the stash's volume can still take.
stop_burnfs
start_burnfs
[ "$(stats data_total_blocks)" -gt "$(stats data_used_blocks)" ] || fail "no room without a capacity"
stop_burnfs
