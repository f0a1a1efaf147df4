#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What stats tells of the disc in a drive, as the drive's own discs and other programs have it.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
need_tools cdrskin xorriso

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
echo x >"$M/data/x"
head -c 3000000 /dev/zero >"$T/zeros"

# facts ERASABLE SESSIONS LAST-TRACK NEXT-BLOCK FREE WHAT
facts() {
	same "$(stats medium_erasable) $(stats medium_sessions) $(stats medium_last_track) $(stats medium_next_block) \
$(stats medium_free_blocks)" "$1 $2 $3 $4 $5" "$6: erasable, sessions, last track, next block, free blocks"
}

cd="706 1764 2822 4234 7056" dvd="2770 5540 11080 16620 22160"
ram="2770 4155 6925" bd="8990 17980 35960 53940"

# blank BLOCKS ERASABLE SPEEDS ID KIND [OPTION…]: what it holds, its formatting taken off
blank() {
	local blocks=$1 erasable=$2 speeds=$3 id=$4
	shift 4
	in_tray sr0 "blank-$RANDOM$RANDOM" "$@"
	try probe
	expect_stat data_total_blocks "$blocks"
	facts "$erasable" 0 0 0 "$blocks" "$*"
	expect_stat medium_speeds "$speeds"
	expect_stat medium_id "$id"
}

blank 359844 no "$cd" 97m26s65f/79m59s69f cd-r
blank 333000 yes "$cd" 97m26s65f/74m02s00f cd-rw blocks=333000
blank 2298496 no "$dvd" BURNFSMMC dvd-r
blank 2297888 yes "$dvd" BURNFSMMC dvd-rw
blank 2297888 yes "$dvd" BURNFSMMC dvd-rw-ro formatted
blank 2295104 no "$dvd" BURNFS/M01 dvd+r
blank 2295104 yes "$dvd" BURNFS/M01 dvd+rw
blank 12219392 no "$bd" BURNFS/M01 bd-r
blank 11455648 no "$bd" BURNFS/M01 bd-r spare=763744
blank 11837536 yes "$bd" BURNFS/M01 bd-re formatted
blank 12028448 yes "$bd" BURNFS/M01 bd-re formatted spare=190944
blank 2237696 yes "$ram" "" dvd-ram formatted
blank 2293472 yes "$ram" "" dvd-ram formatted spare=1600

# One that is not formatted yet will have spare areas: as many blocks as blank leaves.
for kind in bd-re dvd-ram; do
	in_tray sr0 "unformatted-$kind" $kind
	try probe
	before=$(stats data_total_blocks)
	try blank
	same "$(stats data_total_blocks)" "$before" "the blocks of $kind before and after it is formatted"
	facts yes 0 0 0 "$before" "$kind, formatted"
done

# Recorded: closed, or written over at random.
in_tray sr0 recorded-cd cd-r
try probe
burn
facts no 1 1 "" 0 "a closed cd-r"
in_tray sr0 recorded-bd bd-re formatted
try probe
burn
facts yes 1 1 192 11837344 "a bd-re with an image of ours, and more may follow"

# Several sessions, as another program has made them.
for kind in cd-r dvd-r dvd+r bd-r; do
	in_tray sr0 "sessions-$kind" $kind
	for n in 1 2; do
		mmc xorriso -outdev "$DRIVE" -map "$T/zeros" "/zeros$n" -commit -end >"$T/said" 2>&1 ||
			mmc xorriso -dev "$DRIVE" -map "$T/zeros" "/zeros$n" -commit -end >"$T/said" 2>&1 ||
			fail "$kind: no session $n: $(tail -n 3 "$T/said")"
	done
	try probe
	expect_stat medium_status appendable
	next=$(mmc cdrskin dev="$DRIVE" -msinfo 2>"$T/said" | sed -n 's/.*,//p')
	[ "$next" -gt 1500 ] || fail "$kind: cdrskin says that the next block is '$next': $(cat "$T/said")"
	same "$(sessions sr0)" 2 "$kind: sessions on the disc"
	facts no 2 2 "$next" "$(($(awk '$1 == "blocks" { print $2 }' "$(disc_dir sr0)/disc") - next))" "an open $kind"
done

# Audio: the last of the tracks.
control clear
for n in 1 2 3; do random_file "$M/audio/track0$n.cdr" $((2352 * 310)) "$n"; done
in_tray sr0 sound cd-r
try probe
burn
facts no 1 3 "" 0 "an audio disc"

# An open disc that is full up to the last block is a full file system, not one without blocks, which df does not list.
control clear
in_tray sr0 brimful cd-r blocks=12700
try probe
random_file "$M/data/large" 2000000
try burn multi
expect_stat medium_status appendable
expect_stat data_total_blocks 1
expect_stat data_free_blocks 0
expect_stat audio_total_blocks 1
same "$(stat -f -c '%b %f %a' "$M")" "1 0 0" "blocks of the file system, free, and for users"
df "$M" >/dev/null || fail "df does not list it"

# Nothing is known without a disc, or without a drive.
tell_drive sr0 remove
try probe
facts "" "" "" "" "" "no disc"
expect_stat medium_speeds ""
expect_stat medium_id ""
in_tray sr0 last dvd+r
try probe
expect_stat medium_id BURNFS/M01
control recorder "image:$T/x.iso"
facts "" "" "" "" "" "an image file"
expect_stat medium_speeds ""
stop_burnfs
