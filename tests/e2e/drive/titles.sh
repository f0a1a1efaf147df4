#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Titles that need more room than CD-TEXT has: the disc is recorded all the same, simulated as well, with what
# image/disc.cue said before, and stats counts what was cut off.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
need_tools setfattr

in_tray sr0 first cd-r
start_burnfs -o gap=0 "$DRIVE"
for n in $(seq -w 99); do
	truncate -s $((2352 * 300)) "$M/audio/$n.cdr"
	setfattr -n user.cdtext.title -v "$n, that is called so" "$M/audio/$n.cdr"
done
setfattr -n user.cdtext.performer -v "The choir of people" "$M"/audio/*.cdr

# One performer for all is recorded once.
expect_stat audio_titles_replaced 0
titles_in_sheet() { grep -c "$1" "$M/image/disc.cue"; }
same "$(titles_in_sheet 'PERFORMER "The choir of people"')" 99 "performers in the sheet"

# Many performers are cut, until all fits. 99 titles are 183 packs, the disc's with them; 69 are left for the performers,
# which have 7 characters then.
for n in $(seq -w 99); do
	setfattr -n user.cdtext.performer -v "$n performer" "$M/audio/$n.cdr"
done
same "$(titles_in_sheet 'TITLE ".., that is called so"')" 99 "titles in the sheet"
same "$(titles_in_sheet 'PERFORMER ".. perf"')" 99 "performers in the sheet"
expect_stat audio_titles_replaced $((99 * 5))
cp "$M/image/disc.bin" "$M/image/disc.cue" "$T"
burn simulate
expect_stat last_result ok
nothing_recorded sr0 || fail "a simulation left something"
burn
expect_stat last_result ok
said=$("$PYTHON" "$HELPERS/sao.py" "$T/disc.cue" "$(disc_dir sr0)" 2>&1) || fail "$said"
stop_burnfs
