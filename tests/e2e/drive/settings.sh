#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What the settings say of a burn is what the drive is sent: speed, underrun protection, stream recording; and
# what every burn does unasked.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
random_file "$M/data/file" 300000 1
cp "$M/image/disc.iso" "$T"
used=$(stats data_used_blocks)

# fresh KIND [OPTION…]: a new one of these, which burnfs has seen
fresh() {
	in_tray sr0 "$1-$RANDOM$RANDOM" "$@"
	try probe
}

burned() {
	fresh "$@"
	burn
	same_disc "$T/disc.iso" || fail "$1: the disc is not what was staged"
}

# sent PATTERN WHAT: a command that went well
sent() {
	grep -qE "$1.* : ok" "$(log_of sr0)" || fail "$2: no '$1' in $(grep -E 'S[EP]*ED|STREAMING|MODE SEL' "$(log_of sr0)")"
}

# told WANTED TAKEN: what the log says of the speed, as its last word on it
told() {
	contains "$(grep ' speed ' "$M/events" | tail -n 1)" "wanted=$1 kb_per_second=$2" "the event"
}

# ---- speed: the drive's CDs have 706, 1764, 2822, 4234, 7056

# cd_speed SETTING KB: it is SET CD SPEED that tells it
cd_speed() {
	control set speed "$1"
	burned cd-r
	sent "SET CD SPEED +bb 00 .. .. $(printf '%02x %02x' $(($2 / 256)) $(($2 % 256))) 00" "speed $1"
	[ "$1" = max ] || told "$1" "$2"
}

cd_speed max 7056
! grep ' speed ' "$M/events" || fail "an event where nothing was wanted"
cd_speed 10x 1764
cd_speed 8x 706
cd_speed 4x 706
cd_speed 5000 4234
cd_speed 100 706
cd_speed 100x 7056
cd_speed max 7056

# dvd_speed KIND SETTING KB: SET STREAMING, 1000 bytes times so many a second
dvd_speed() {
	local word
	word=$(printf '%02x %02x %02x %02x' $(($3 >> 24)) $(($3 >> 16 & 255)) $(($3 >> 8 & 255)) $(($3 & 255)))
	control set speed "$2"
	# shellcheck disable=SC2086
	burned $1
	sent "SET STREAMING .* 00 00 03 e8 $word 00 00 03 e8\]" "speed $2 of $1"
	[ "$2" = max ] || told "$2" "$3"
}

dvd_speed dvd+r max 22160
dvd_speed dvd+r 8x 11080
dvd_speed dvd-r 2.4x 2770
dvd_speed dvd-r 1x 2770
dvd_speed "dvd-ram formatted" 4x 4155
dvd_speed bd-r 4x 17980
dvd_speed bd-r 30000 17980
dvd_speed "bd-re formatted" 100x 53940
control set speed max

# ---- underrun protection: bit 6 of the third byte of mode page 05

for kind in cd-r cd-rw dvd-r; do
	burned $kind
	sent "MODE SELECT .*\[.{24}05 32 [4-7][0-9a-f] " "burnfree on $kind"
	! grep -E "MODE SELECT .*\[.{24}05 32 [0-3]" "$(log_of sr0)" || fail "$kind was written without burnfree"
done
control set burnfree no
burned cd-r
tail -n +"$(grep -n 'SET CD SPEED' "$(log_of sr0)" | tail -n 1 | cut -d: -f1)" "$(log_of sr0)" >"$T/writing"
grep -qE "MODE SELECT .*\[.{24}05 32 [0-3][0-9a-f] " "$T/writing" || fail "no burn without burnfree"
! grep -E "MODE SELECT .*\[.{24}05 32 [4-7]" "$T/writing" || fail "burnfree although it was turned off"
control set burnfree yes

# ---- stream recording: WRITE 12 with bit 7 of its byte 10, where there is defect management

STREAMED="WRITE 12 +aa( ..){9} 80 00"
for kind in bd-r "bd-re formatted" "dvd-ram formatted" dvd+r cd-r; do
	control set stream no
	# shellcheck disable=SC2086
	burned $kind
	! grep "WRITE 12" "$(log_of sr0)" || fail "$kind: stream recording unasked"
	control set stream yes
	# shellcheck disable=SC2086
	burned $kind
	case $kind in
	bd* | dvd-ram*)
		sent "$STREAMED" "stream recording on $kind"
		# 32 blocks a command; the volume descriptors may be written apart.
		[ "$(grep -cE "$STREAMED" "$(log_of sr0)")" -ge $((used / 32 - 1)) ] || fail "$kind: not all was streamed" ;;
	*) ! grep "WRITE 12" "$(log_of sr0)" || fail "$kind has no stream recording" ;;
	esac
done
control set stream no

# ---- what every burn does

control set eject yes
control set verify yes
fresh cd-r
burn
grep -q '^open' "$BURNFS_MMC/sr0/tray" || fail "the tray is not open"
grep -q "state verifying" "$M/events" || fail "it was not verified"
control set eject no
fresh cd-r
faults sr0 "corrupt 77"
try burn
same "$outcome" EIO "verifying by the setting"
no_faults
# The words add to the settings.
control set verify no
fresh cd-r
faults sr0 "corrupt 77"
try burn verify
same "$outcome" EIO "verifying by the word"
no_faults
# Sound as well.
control clear
random_file "$M/audio/track01.cdr" $((2352 * 400)) 2
control set verify yes
fresh cd-r
burn
expect_stat last_result ok
grep " state " "$M/events" | tail -n 2 | grep -q verifying || fail "sound was not verified"
stop_burnfs

# From the command line, and for an image file.
start_burnfs -o verify=yes,speed=4x,stream=yes,burnfree=no,eject=yes "image:$T/x.bin"
control format audio
random_file "$M/audio/track02.cdr" $((2352 * 400)) 3
burn
expect_stat last_result ok
grep -q "state verifying" "$M/events" || fail "the image was not verified"
stop_burnfs
