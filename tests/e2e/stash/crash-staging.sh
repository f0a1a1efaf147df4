#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# kill -9 while staging: everything that was written and closed is there at the next mount.
. "$(dirname "$0")/../lib.sh"
need_tools setfattr

mkdir "$T/src"
random_file "$T/random" 40000
for i in $(seq 400); do
	{ echo "$i"; head -c $((i * 137 % 30000)) "$T/random"; } >"$T/src/file$i"
done

for round in 1 2 3; do
	start_burnfs
	mkdir -p "$M/data/$round"
	: >"$T/closed"
	(
		trap - ERR EXIT
		set +e
		for i in $(seq 400); do
			cp -p "$T/src/file$i" "$M/data/$round/file$i" 2>/dev/null || exit 0
			echo "$i" >>"$T/closed"
		done
	) &
	writer=$!
	closed() { [ "$(wc -l <"$T/closed")" -ge $((round * 60)) ]; }
	eventually "some files staged" closed
	kill_burnfs
	wait $writer || :

	start_burnfs
	while read -r i; do
		cmp "$T/src/file$i" "$M/data/$round/file$i" || fail "round $round: file$i is not what was closed"
		same "$(stat -c '%a %Y' "$M/data/$round/file$i")" "$(stat -c '%a %Y' "$T/src/file$i")" "mode and time of file$i"
	done <"$T/closed"
	grep -qiE 'restored [0-9]+ file' "$LOG" || fail "the daemon does not say that it takes up a stash: $(cat "$LOG")"
	same "$(stats data_used_blocks)" "$(blocks_of_image "$M/image/disc.iso")" "used blocks after the crash"
	stop_burnfs
done

# Everything else that a stage can hold survives as well.
rm -rf "$S"
start_burnfs "image:$T/disc.iso"
sample_tree "$M/data"
setfattr -n user.note -v kept "$M/data/hello.txt"
touch -d '2003-03-03 03:03:03.333333333 UTC' "$M/data/dir/random.bin"
sound wav "$M/audio/track01.wav" 1000000 1
tree --exact dir "$M/data" >"$T/before"
used="$(stats data_used_blocks) $(stats audio_used_blocks)"
kill_burnfs
start_burnfs "image:$T/disc.iso"
tree --exact dir "$M/data" >"$T/after"
no_difference "$T/before" "$T/after" "the stage after a crash"
same "$(stats data_used_blocks) $(stats audio_used_blocks)" "$used" "used blocks after a crash"
control format data
burn
whole_image "$T/disc.iso" "$M/data"
stop_burnfs
