# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2034 # what it sets is for those who source this
#
# For tests with optical drives, to be sourced after lib.sh: the emulated recorder of tests/mmc under burnfs
# as it is, and under nothing else. Words of tests/mmc/lib.sh as well.
#
#   MMC_LIBRARY  the emulator; built in $T if it is not set          DRIVE  /dev/sr0

MMC=$(cd "$(dirname "${BASH_SOURCE[0]}")/../mmc" && pwd)
# shellcheck source=../mmc/lib.sh
. "$MMC/lib.sh"

if [ -z "${MMC_LIBRARY:-}" ]; then
	MMC_LIBRARY=$T/mmc.so
	"$MMC/build" "$MMC_LIBRARY" 2>"$T/build" || skip "the emulated recorder does not build: $(tail -n 1 "$T/build")"
fi
export BURNFS_MMC=$T/drives BURNFS_MMC_NAP=500
DRIVE=/dev/sr0
mkdir -p "$BURNFS_MMC/sr0"

# A sanitizer's library has to come first.
MMC_BEFORE=$(ldd "$BURNFS" | awk '/lib[at]san/ { print $3; exit }')
printf '#!/bin/sh\nexec env LD_PRELOAD="%s" "%s" "$@"\n' "${MMC_BEFORE:+$MMC_BEFORE:}$MMC_LIBRARY" "$BURNFS" \
	>"$T/burnfs-with-drives"
chmod +x "$T/burnfs-with-drives"
BURNFS=$T/burnfs-with-drives
# Other programs are not judged.
MMC_BEFORE=

no_faults() {
	faults sr0 ''
}

# The job ends with that errno, or ok; says why on stderr.
job_ends() {
	local wanted=$1
	shift
	(control wait) 2>/dev/null || :
	same "$(stats last_result)" "$wanted" "$* ($(stats last_error))"
}

# try VERB…: what it came to, in $outcome
try() {
	(control "$*") 2>/dev/null || :
	(control wait) 2>/dev/null || :
	outcome=$(stats last_result)
}

# same_disc FILE [BLOCK]: what was recorded is that image
same_disc() {
	cmp -n "$(stat -c %s "$1")" "$1" "$(disc_dir sr0)/user"
}

# released: nobody has the drive
released() {
	flock -n "$BURNFS_MMC/sr0/lock" true
}

# verified OUTCOME FAULTS SENTENCE…: what is staged is recorded and verified on a fresh CD with these faults
verified() {
	local wanted=$1 part
	in_tray sr0 "disc-$RANDOM$RANDOM" cd-r
	faults sr0 "$2"
	try burn verify
	same "$outcome" "$wanted" "with $2 ($(stats last_error))"
	for part in "${@:3}"; do contains "$(stats last_error)" "$part" "the sentence"; done
	no_faults
	released || fail "$2: the drive is still held"
}

# kernel_tells ACTION DRIVE [KEY=VALUE…]: a message about it to all who listen
kernel_tells() {
	"$PYTHON" - "$BURNFS_MMC" "$@" <<-'END'
	import glob, socket, sys
	directory, action, drive, *more = sys.argv[1:]
	path = "/devices/emulated/block/" + drive
	words = [f"{action}@{path}", f"ACTION={action}", f"DEVPATH={path}", "SUBSYSTEM=block", f"DEVNAME={drive}",
	         "DEVTYPE=disk", *more]
	for listener in glob.glob(directory + "/uevents.*"):
	    try:
	        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto("\0".join(words).encode() + b"\0", listener)
	    except ConnectionRefusedError:
	        pass  # it has ended
	END
}
