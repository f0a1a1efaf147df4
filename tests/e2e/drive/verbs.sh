#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# blank, eject, load, probe, and what stats and recorders tell of a drive.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

tray_is() {
	grep -q "^$1" "$BURNFS_MMC/sr0/tray"
}

# verb WANTED VERB…
verb() {
	local wanted=$1
	shift
	try "$@"
	same "$outcome" "$wanted" "$* ($(stats last_error))"
	same "$(stats last_op)" "${1%% *}" "last_op"
	expect_stat state staging
	released || fail "$*: the drive is still held"
}

in_tray sr0 small dvd+r blocks=4096
start_burnfs -o capacity=bd "$DRIVE"

# The drive is looked at when it is chosen, and the room on the disc follows what lies in it.
eventually "the disc is known" stat_is medium dvd+r
expect_stat medium_status blank
expect_stat data_total_blocks 4096
expect_stat audio_total_blocks 12219392
refused ENOSPC dd if=/dev/zero of="$M/data/large" bs=9000000 count=1
rm "$M/data/large"
contains "$(cat "$M/recorders")" "* /dev/sr0" "the active drive"
# Plugged in and out: recorders knows as soon as it is read.
! grep /dev/sr1 "$M/recorders" || fail "a drive that is not there"
mkdir -p "$BURNFS_MMC/sr1"
contains "$(cat "$M/recorders")" "  /dev/sr1" "the other drive"
contains "$(cat "$M/recorders")" \
	"records cd-r cd-rw dvd-r dvd-ram dvd-rw dvd-r-dl dvd+rw dvd+r dvd+r-dl bd-r bd-re" "what the drive itself says"
rm -r "$BURNFS_MMC/sr1"
! grep /dev/sr1 "$M/recorders" || fail "a drive that was plugged out"
mkdir -p "$BURNFS_MMC/sr1"
contains "$(cat "$M/recorders")" "  /dev/sr1" "the other drive"
contains "$(cat "$M/recorders")" \
	"records cd-r cd-rw dvd-r dvd-ram dvd-rw dvd-r-dl dvd+rw dvd+r dvd+r-dl bd-r bd-re" "what the drive itself says"
# And stats forgets what lies in the one that is chosen, and finds it again.
mv "$BURNFS_MMC/sr0" "$BURNFS_MMC/away"
expect_stat medium ""
expect_stat medium_status none
expect_stat medium_id ""
eventually "the disc takes no part in the room" stat_is data_total_blocks 12219392
mv "$BURNFS_MMC/away" "$BURNFS_MMC/sr0"
eventually "the disc is known again" stat_is medium dvd+r
eventually "it is the room again" stat_is data_total_blocks 4096
contains "$(cat "$M/recorders")" "BURNFS EMULATED TWO 1.00, records cd-r cd-rw dvd-r dvd-ram" "what it is"
contains "$(cat "$M/recorders")" "  image:PATH" "images"
control recorder none
contains "$(cat "$M/recorders")" "* none" "no drive"
eventually "the disc is forgotten" stat_is data_total_blocks 12219392
expect_stat medium_status none
echo x >"$M/data/x"
refused ENODEV burn
contains "$(stats last_error)" /dev/sr0 "the candidates"
for word in eject load blank probe; do
	verb ENODEV $word
	contains "$(stats last_error)" 'write "recorder /dev/sr0", "recorder /dev/sr1" to control' "the candidates of $word"
done
control recorder "image:$T/x.iso"
for word in eject load "blank full"; do verb EOPNOTSUPP "$word"; done
verb ok probe
control recorder "$DRIVE"

# The tray.
eventually "the disc is known" stat_is medium dvd+r
verb ok eject
tray_is open || fail "the tray is not open"
expect_stat medium_status none
verb ok probe
tray_is open || fail "a probe has closed the tray"
verb ok load
tray_is closed || fail "the tray is not closed"
expect_stat medium dvd+r
expect_stat medium_status blank

# A burn takes the disc in, and puts it out when told to.
verb ok eject
burn eject
tray_is open || fail "the disc is still in"
expect_stat medium_status none
cp "$M/image/disc.iso" "$T"
same_disc "$T/disc.iso"
verb ok load
expect_stat medium_status full

# blanked KIND [OPTION…]: every way of emptying it leaves a disc that can be recorded.
blanked() {
	local how
	in_tray sr0 "$1-$RANDOM" "$@"
	for how in fast full ""; do
		verb ok "blank $how"
		expect_stat medium_status blank
		[ "$how" ] || continue
		burn verify
		case $1 in
		cd-rw | dvd-rw*) expect_stat medium_status full ;;
		*) expect_stat medium_status appendable ;;
		esac
		same_disc "$T/disc.iso"
	done
}

blanked cd-rw
blanked dvd-rw
blanked dvd-rw-ro formatted
blanked dvd+rw
blanked dvd-ram
blanked bd-re
contains "$(cat "$M/events")" "state blanking" "the events"

for kind in cd-r dvd-r dvd+r bd-r; do
	in_tray sr0 never "$kind"
	verb EMEDIUMTYPE blank
	rm -rf "$BURNFS_MMC/sr0/never"
done

# Simulating leaves nothing, or is refused where the medium cannot.
for kind in cd-r cd-rw dvd-r dvd-rw; do
	in_tray sr0 "simulated-$kind" "$kind"
	verb ok burn simulate
	nothing_recorded sr0 || fail "a simulation left something on $kind"
	expect_stat medium_status blank
done
for kind in dvd+r dvd+rw bd-r dvd-ram bd-re; do
	in_tray sr0 "simulated-$kind" "$kind"
	verb EMEDIUMTYPE burn simulate
	contains "$(stats last_error)" "on a $kind: burn without \"simulate\"" "the remedy"
	nothing_recorded sr0 || fail "a refused simulation left something on $kind"
done
[ ! -e "$T/x.iso" ] || fail "an image was made"
stop_burnfs

# Without burnfs running, and when there is but one drive.
contains "$("$BURNFS" --list-recorders)" "/dev/sr1" "--list-recorders"
rm -r "$BURNFS_MMC/sr1"
start_burnfs
expect_stat recorder "$DRIVE"
stop_burnfs
