#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where something is added to a disc: what is excluded and staged is not added, and hides nothing that is on the disc;
# what is on the disc stays, however it is called.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../sessions.sh"
need_tools xorriso

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
for kind in cd-r dvd+rw; do
	rm -rf "$E"
	mkdir "$E"
	control clear
	in_tray sr0 "junk-$kind" "$kind"
	try probe
	expect_stat medium_status blank

	# The first session has it all.
	control set exclude ""
	mkdir -p "$M/data/.Trash-0/below" "$M/data/dir" "$M/data/Thumbs.db"
	echo old >"$M/data/.DS_Store"
	echo old >"$M/data/.Trash-0/below/f"
	echo old >"$M/data/dir/._f"
	echo old >"$M/data/Thumbs.db/f"
	echo old >"$M/data/f"
	session multi

	# The second one has a list: of what is staged only dir/new and f are new.
	control clear
	control set exclude '.Trash-*:.DS_Store:._*:thumbs.db'
	mkdir -p "$M/data/.Trash-0/below" "$M/data/dir"
	random_file "$M/data/.DS_Store" 100000 1
	echo new >"$M/data/.Trash-0/below/f"
	random_file "$M/data/.Trash-0/g" 2000000 2
	echo new >"$M/data/dir/._f"
	echo new >"$M/data/Thumbs.db"
	expect_stat data_excluded 7
	expect_stat data_files 0
	expect_stat data_directories 1
	rm -r "$M/data/dir"
	expect_stat data_used_blocks 0
	refused ENODATA control burn
	contains "$(stats last_error)" "data_excluded=6" "the sentence"
	mkdir "$M/data/dir"
	echo new >"$M/data/dir/new"
	echo new >"$M/data/dir/._f"
	echo new >"$M/data/f"
	cp -a "$M/data/f" "$E/f"
	cp -a "$M/data/dir/new" "$E/dir/new"
	touch -r "$M/data/dir" "$E/dir"
	touch -r "$M/data" "$E"
	used=$(stats data_used_blocks)
	burn multi verify
	expect_stat last_result ok
	grep -a ' complete ' "$M/events" | tail -n 1 >"$T/complete"
	contains "$(cat "$T/complete")" "blocks=$used" "$kind: what was written is what stats said"
	as_expected "$kind, the second session"

	# In the third one nothing is excluded again: what was staged stands for what was there.
	control set exclude ""
	rm -rf "$E/Thumbs.db"
	cp -a "$M/data/." "$E/"
	used=$(stats data_used_blocks)
	burn verify
	expect_stat last_result ok
	grep -a ' complete ' "$M/events" | tail -n 1 >"$T/complete"
	contains "$(cat "$T/complete")" "blocks=$used" "$kind: what was written then"
	as_expected "$kind, the third session"
done
stop_burnfs
