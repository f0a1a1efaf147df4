#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Thunar, the file manager of Xfce.
. "$(dirname "$0")/manager.sh"

# The list with columns is the one that can be read.
opens() {
	start_manager thunar "$1"
	keys ctrl+2
}

renames() {
	shows "$M/data"
	click "$1"
	keys F2
	await_dialog "Enter the new name" >"$T/said"
	keys ctrl+a
	typed "$2"
	keys Return
}

deletes() {
	shows "$M/data"
	click "$1"
	keys Delete
	contains "$(await_dialog "permanently delete it?")" "Unable to find or create trash directory" \
		"what Thunar says of deleting"
	shot delete
	press Yes
}

too_large() {
	contains "$(await_dialog "There is not enough space on the destination")" "more space is required" \
		"what Thunar says of a large file"
	shot large
	press "Copy Anyway"
	contains "$(await_dialog "$FULL")" "Error" "what Thunar says when it copied anyway"
	press Close
}

file_manager
