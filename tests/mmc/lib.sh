# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# For tests that use the emulated recorder: discs, faults, and what was recorded. To be sourced. The drives are
# in $BURNFS_MMC, the library is $MMC_LIBRARY; $MMC_BEFORE is one that must be preloaded before it, as libasan.so.

# mmc COMMAND…: with the emulator under it
mmc() { env LD_PRELOAD="${MMC_BEFORE:+$MMC_BEFORE:}$MMC_LIBRARY" "$@"; }

# tell_drive DRIVE LINE: what the drive is told, before its next command; after what it has not heard yet
tell_drive()
{
	mkdir -p "$BURNFS_MMC/$1"
	mv "$BURNFS_MMC/$1/control" "$BURNFS_MMC/$1/control.new" 2>/dev/null || :
	echo "${*:2}" >>"$BURNFS_MMC/$1/control.new"
	mv "$BURNFS_MMC/$1/control.new" "$BURNFS_MMC/$1/control"
}

# in_tray DRIVE NAME [KIND [OPTION…]]: that disc, which is made where there is none; the log begins anew
in_tray()
{
	tell_drive "$1" insert "${@:2}"
	: >"$BURNFS_MMC/$1/log"   # which a program may have opened
	tray_name=$2
}

# faults DRIVE LINES
faults()
{
	mkdir -p "$BURNFS_MMC/$1"
	echo "$2" >"$BURNFS_MMC/$1/faults.new"
	mv "$BURNFS_MMC/$1/faults.new" "$BURNFS_MMC/$1/faults"
}

log_of() { echo "$BURNFS_MMC/$1/log"; }

# The directory of the disc that was put in last.
disc_dir() { echo "$BURNFS_MMC/$1/$tray_name"; }

# track DRIVE NUMBER FIELD
track()
{
	awk -v n="$2" -v field="$3" '$1 == "track" && $2 == n {
		for (i = 3; i < NF; i += 2) if ($i == field) { print $(i + 1); found = 1 } }
		END { exit !found }' "$(disc_dir "$1")/disc"
}

sessions() { awk '$1 == "closed" { print $2 }' "$(disc_dir "$1")/disc"; }

# Commands of these names that ended with a sense.
no_sense() { ! grep -E "$2" "$(log_of "$1")" | grep -E ' : .*[0-9a-f]/[0-9a-f]{2}/' | grep -v 'long write'; }

# No track, no data.
nothing_recorded()
{
	! grep -q '^track' "$(disc_dir "$1")/disc" && ! [ -s "$(disc_dir "$1")/user" ] && ! [ -s "$(disc_dir "$1")/raw" ]
}
