#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# RESTORING in burnfs(1), a disc with two sessions: the last session shows all files, and the first one can be read
# by its start sector, by xorriso and by the kernel.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
need_tools bsdtar isoinfo xorriso

in_tray sr0 sessions cd-r
start_burnfs "$DRIVE"
try probe
echo old >"$M/data/report"
echo same >"$M/data/letter"
burn multi
echo new >"$M/data/report"
try probe
burn multi
cd "$T"

mmc xorriso -indev /dev/sr0 -toc >toc 2>&1 || fail "xorriso: $(tail toc)"
mapfile -t starts < <(awk -F, '/^ISO session/ { print $2 + 0 }' toc)
same "${#starts[@]}" 2 "sessions that xorriso lists: $(cat toc)"

# restored WHERE REPORT: both files are there, the one that changed as it was then
restored() {
	same "$(cat "$1/report")" "$2" "$1/report"
	same "$(cat "$1/letter")" same "$1/letter"
}

mmc xorriso -osirrox on -indev /dev/sr0 -extract / last >said 2>&1 || fail "xorriso: $(tail said)"
restored last new
mmc xorriso -osirrox on -load session 1 -indev /dev/sr0 -extract / first >said 2>&1 || fail "xorriso: $(tail said)"
restored first old

# These know nothing of sessions, as the manual warns.
same "$(isoinfo -R -i "$(disc_dir sr0)/user" -x /report)" old "the report as isoinfo reads it"
same "$(bsdtar -xOf "$(disc_dir sr0)/user" report)" old "the report as bsdtar reads it"

# The kernel has no emulated drive: it reads what was recorded as a file.
mkdir mounted
for n in 0 1; do
	is_root || break
	mount -o "loop,ro,sbsector=${starts[n]}" "$(disc_dir sr0)/user" mounted 2>said || break
	restored mounted "$([ "$n" = 0 ] && echo old || echo new)"
	umount mounted
done
stop_burnfs
