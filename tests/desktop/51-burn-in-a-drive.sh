#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# burnfs-desktop with a drive: the disc that is not there, full, too small, or holds something; what fails, in words.
# TIMEOUT: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/installed.sh"
. "$(dirname "$0")/../e2e/drives.sh"

cp "$BURNFS" "$PREFIX/bin/burnfs"
start_desktop
# No file manager: its windows are of no interest here, and what cannot be opened is no reason to stop.
printf '#!/bin/sh\nexit 4\n' >"$PREFIX/bin/xdg-open"
chmod +x "$PREFIX/bin/xdg-open"

# where_to [KEY…]: take what is chosen in the list, after those keys
where_to() {
	says 'Where to'
	focus 'Disc to Burn'
	[ $# -eq 0 ] || keys "$@"
	shot where
	press OK
}

start open
says 'Burns to: .*\(/dev/sr0\), without a disc'
mkdir "$M/data/files"
random_file "$M/data/files/one" 600000
says 'In it now: 1 file '

# No disc; then a blank one.
press 'Burn…'
answer LETTERS
where_to
says 'There is no disc in .*sr0'
shot no-disc
in_tray sr0 first cd-r
press 'Try again'
says 'The disc is ready: 1 file .* read back'
shot ready
press OK
cp "$M/image/disc.iso" "$T"
same_disc "$T/disc.iso"
says 'with a CD-R that is full'

# That one is full; the next is too small; the one after holds something, and is erased.
press 'Burn…'
answer LETTERS
where_to
says 'cannot be recorded again'
in_tray sr0 small dvd+r blocks=200
press 'Try again'
says 'It does not fit: .* to burn, and the DVD\+R'
shot too-small
in_tray sr0 used cd-rw
press 'Try again'
says 'The disc is ready'
press OK
press 'Burn…'
answer LETTERS
where_to
says 'Erase it\? All data on it is lost'
shot erase
press Erase
says 'The disc is ready'
press OK
same "$(sessions sr0)" 1 "sessions on the disc that was erased"

# A bad disc, told in words and with what burnfs says.
in_tray sr0 bad cd-r
faults sr0 'corrupt 60'
press 'Burn…'
answer LETTERS
where_to
says 'Reading or recording failed'
says 'In detail: .*differs'
shot bad
no_faults
press OK

# Without verifying; stopped.
in_tray sr0 slow cd-r
faults sr0 'stall 0 0.05'
press 'Burn…'
answer LETTERS
says 'Where to'
press Cancel
says 'In it now'
press 'Burn…'
answer LETTERS
where_to
says Burning
press 'Stop…'
says 'Stop now'
press Stop
says 'In it now'
no_faults
expect_stat last_result ECANCELED

# An image file though there is a drive.
press 'Burn…'
answer LETTERS
where_to End
save "$T/instead"
says 'The image file is ready: .*/instead.iso'
press OK
says 'Burns to: the image file'

# Closed by somebody else.
eventually "nobody to use the mount" unmount "$M"
says 'was closed by another program'
press 'Burn…'
says 'has disappeared'
shot gone
press OK
eventually "the end" desktop_gone
