#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Nautilus, the file manager of GNOME, without what its dialogs say: whoever asks its windows while they change may
# end it (GTK 4.8). So it is driven by keys, its windows are counted, and what comes of it is looked at.
. "$(dirname "$0")/manager.sh"

export GTK_A11Y=none

# Its keys do nothing before there was a click: beside the files.
shows() {
	focus "^${1##*/}$"
	xdotool mousemove --window "$(window "^${1##*/}$")" 600 400 click 1
}

opens() {
	start_manager nautilus --new-window "$1"
	shows "$1"
}

windows() {
	xdotool search --onlyvisible --class nautilus | wc -l
}

windows_are() {
	test "$(windows)" "$1" "$2"
}

# asks KEY: it opens a dialog or a field; the key may come before the last dialog has given the focus back.
asks() {
	before=$(windows)
	eventually "a dialog upon $1" asked "$1"
}

asked() {
	local i
	keys "$1"
	for ((i = 0; i < 50; i++)); do
		windows_are -gt "$before" && return
		sleep 0.02
	done
	return 1
}

answered() {
	keys Return
	eventually "the end of a dialog" windows_are -eq "$before"
}

# It does not say where on the screen its files are.
picks() {
	shows "$M/data"
	asks ctrl+s
	typed "$1"
	answered
}

renames() {
	picks "$1"
	asks F2
	keys ctrl+a
	typed "$2"
	answered
}

deletes() {
	picks "$1"
	asks Delete
	shot delete
	answered
}

start_desktop
start_burnfs -o capacity=20000 "image:$T/disc.iso"
opens "$M/data"
copies_a_folder
renames_a_file
deletes_to_nowhere
makes_a_thumbnail
burns
stop_burnfs
