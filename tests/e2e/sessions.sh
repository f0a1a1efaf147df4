# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests with several sessions, to be sourced after drives.sh. What should be on the disc in the end is kept in a
# directory.

E=$T/expected
kind=cd-r      # of the disc at hand
options=()     # and its options

# overlay: what is staged comes onto what is expected on the disc
overlay() {
	local path
	(cd "$M/data" && find . -mindepth 1 -print0) | while IFS= read -r -d '' path; do
		if [ ! -d "$M/data/$path" ] || [ -L "$M/data/$path" ] || [ ! -d "$E/$path" ] || [ -L "$E/$path" ]; then
			rm -rf "${E:?}/$path"
		fi
	done
	cp -a "$M/data/." "$E/"
}

# as_expected WHAT: xorriso finds the last session by the drive's own tables, and extracts it
as_expected() {
	need_tools xorriso
	rm -rf "$T/extracted"
	mmc xorriso -abort_on "${ABORT:-WARNING}" -return_with "${ABORT:-WARNING}" 32 -osirrox on -hardlinks on -indev /dev/sr0 -extract / "$T/extracted" \
		>"$T/xorriso" 2>&1 || fail "$1: xorriso: $(tail -n 12 "$T/xorriso")"
	tree --as xorriso dir "$E" >"$T/want"
	tree --as xorriso dir "$T/extracted" >"$T/got"
	no_difference "$T/want" "$T/got" "$1: the disc as xorriso reads it"
	chmod -R u+rwX "$T/extracted"
}

# session WORD…: burn, and look
session() {
	local used
	overlay
	used=$(stats data_used_blocks)
	burn "$@" verify
	expect_stat last_result ok
	grep -a ' complete ' "$M/events" | tail -n 1 >"$T/complete"
	contains "$(cat "$T/complete")" "blocks=$used" "what was written is what stats said"
	as_expected "$kind, $*"
}

# three_sessions STATUS: on a fresh disc of $kind, with $options; that is what the last one leaves
three_sessions() {
	local last=$1
	rm -rf "$E"
	mkdir "$E"
	control clear
	in_tray sr0 "many-$kind" "$kind" "${options[@]}"
	try probe
	expect_stat medium_status blank

	sample_tree "$M/data"
	mkdir "$M/data/stays" "$M/data/becomes a file"
	echo one >"$M/data/stays/one"
	echo old >"$M/data/replaced"
	echo gone >"$M/data/becomes a file/below"
	session multi
	expect_stat medium_status appendable

	control clear
	expect_stat data_used_blocks 0
	mkdir -p "$M/data/stays/more" "$M/data/dir"
	echo two >"$M/data/stays/two"
	echo new and longer >"$M/data/replaced"
	echo file >"$M/data/becomes a file"
	random_file "$M/data/dir/large.bin" 2500001 3
	echo one >"$M/data/$(printf 'm%.0s' {1..180})"
	session multi
	expect_stat medium_status appendable

	# As another mount finds it.
	control clear
	stop_burnfs
	start_burnfs "$DRIVE"
	eventually "the disc is looked at" stat_is medium_status appendable
	mkdir "$M/data/stays"
	echo three >"$M/data/stays/three"
	mv "$M/data/stays" "$M/data/stays elsewhere"
	mkdir "$M/data/dir"
	echo deep >"$M/data/dir/deep"
	mv "$M/data/dir" "$M/data/stays elsewhere/dir"
	mv "$M/data/stays elsewhere" "$M/data/stays"
	session
	expect_stat medium_status "$last"
}
