#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Every command fails in its turn while sound is recorded, sound and data, and while both are read back.
# TIMEOUT: 600
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../commands.sh"
need_tools setfattr

in_tray sr0 first cd-r
start_burnfs -o album=Nightfall "$DRIVE"
random_file "$M/audio/track1.cdr" $((2352 * 310)) 1
random_file "$M/audio/track2.cdr" $((2352 * 301)) 2
setfattr -n user.cdtext.title -v Something "$M/audio/track1.cdr"
setfattr -n user.isrc -v DEA123456789 "$M/audio/track2.cdr"

disc_before cd-r
keep_disc
each_command true burn
setfattr -x user.cdtext.title "$M/audio/track1.cdr" # a lead-in of its own takes a hundred commands
disc_before cd-rw
keep_disc
each_command true burn multi verify

# The sound stays whatever becomes of the data.
sound_is_there() {
	[[ $1 != *"the sound is recorded, but the data is not"* ]] ||
		cmp "$T/good/raw" "$(disc_dir sr0)/raw" || fail "$1: the sound is not there"
}
random_file "$M/data/file" 200000 1
disc_before cd-r
keep_disc
each_command sound_is_there burn
stop_burnfs
