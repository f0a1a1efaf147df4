#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Whatever goes wrong in a drive: a burn that ends as ok has a whole disc, one that does not says why, and in either
# case the drive is free, the stage as it was, and the next burn works. Every command in its turn: 94-drive-faults-*.
# TIMEOUT: 300
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
random_file "$M/data/file" 200000 1
tree --exact dir "$M/data" >"$T/before"
cp -f "$M/image/disc.iso" "$T"

fresh() {
	rm -rf "$(disc_dir sr0)"
	no_faults
	in_tray sr0 "disc-$RANDOM$RANDOM" "$@"
	try probe
}

# after WHAT: how things have to be, however it ended.
after() {
	expect_stat state staging
	released || fail "$1: the drive is still held"
	if [ "$outcome" = ok ]; then
		same_disc "$T/disc.iso" || fail "$1: called ok, and the disc is not whole"
		! grep -q damaged "$(disc_dir sr0)/disc" || fail "$1: called ok, and the disc is damaged"
	else
		[ "$(stats last_error)" ] || fail "$1: $outcome without a sentence"
	fi
}

# works KIND: the next burn, on a fresh disc
works() {
	no_faults
	fresh "$@"
	try burn verify
	same "$outcome" ok "the burn after a fault ($(stats last_error))"
	same_disc "$T/disc.iso"
	tree --exact dir "$M/data" >"$T/after"
	no_difference "$T/before" "$T/after" "the stage"
}

# ends ERRNO FAULT BURN-WORDS…: a burn with that fault
ends() {
	local wanted=$1 fault=$2
	shift 2
	fresh "$kind" "${options[@]}"
	faults sr0 "$fault"
	try burn "$@"
	same "$outcome" "$wanted" "$kind with $fault ($(stats last_error))"
	after "$kind with $fault"
}

# Each fault there is.
for kind in cd-r dvd-r dvd+r bd-r bd-re; do
	options=()
	[ $kind != bd-re ] || options=(formatted)
	ends EIO "write-error 40"
	ends EIO "full 60"
	ends EIO "power"
	ends EIO "corrupt 77" verify
	contains "$(stats last_error)" "block 77, data/file" "what verifying says"
	ends EIO "read-error 90" verify
	ends ENXIO "gone 40"
	no_faults
	ends EIO "pull 40"
	tell_drive sr0 close
	works $kind "${options[@]}"
	in_tray sr0 first cd-r
done

# What is staged cannot be read, a large file first and a small one behind it; and then it can.
rm "$M/data/file"
random_file "$M/data/a-large" 3000000 2
random_file "$M/data/last" 50000 3
tree --exact dir "$M/data" >"$T/before"
cp -f "$M/image/disc.iso" "$T"
for name in last a-large; do
	mv "$S/data/$name" "$T/aside"
	for kind in cd-r dvd+r bd-re; do
		options=()
		[ $kind != bd-re ] || options=(formatted)
		fresh $kind "${options[@]}"
		try burn
		same "$outcome" EIO "$kind without $name ($(stats last_error))"
		contains "$(stats last_error)" "cannot open data/$name" "$kind without $name"
		after "$kind without $name"
	done
	mv "$T/aside" "$S/data/$name"
	works cd-r
done
rm "$M/data/a-large" "$M/data/last"

# Cancelled in the middle: the drive takes its time.
random_file "$M/data/large" 6000000 2
tree --exact dir "$M/data" >"$T/before"
cp -f "$M/image/disc.iso" "$T"
for kind in cd-r cd-rw dvd-r dvd-rw dvd+r dvd+rw bd-r bd-re dvd-ram dvd-rw-ro; do
	options=()
	case $kind in bd-re | dvd-ram | dvd-rw-ro) options=(formatted) ;; esac
	works $kind "${options[@]}"
	fresh $kind "${options[@]}"
	faults sr0 "stall 0 0.02"
	control burn
	eventually "the drive writes" test -s "$(disc_dir sr0)/user"
	control cancel
	(control wait) 2>/dev/null || :
	no_faults
	outcome=$(stats last_result)
	same "$outcome" ECANCELED "$kind cancelled ($(stats last_error))"
	after "$kind cancelled"
	case $kind in
	cd-rw | dvd-rw)
		try blank
		same "$outcome" ok "blanking $kind after that ($(stats last_error))" ;;
	dvd+rw | bd-re | dvd-ram | dvd-rw-ro)
		expect_stat medium_status blank ;;
	esac
	case $kind in
	*rw | bd-re | dvd-ram | dvd-rw-ro)
		try burn verify
		same "$outcome" ok "burning $kind after that ($(stats last_error))"
		after "$kind once more" ;;
	esac
	works $kind "${options[@]}"
done
stop_burnfs
