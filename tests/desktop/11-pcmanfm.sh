#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# PCManFM, the file manager of LXDE, with libfm.
. "$(dirname "$0")/manager.sh"

opens() {
	start_manager pcmanfm -n "$1"
}

renames() {
	shows "$M/data"
	click "$1"
	keys F2
	await_dialog "Please enter a new name" >"$T/said"
	keys ctrl+a
	typed "$2"
	keys Return
}

deletes() {
	shows "$M/data"
	click "$1"
	keys Delete
	await_dialog "to trash can?" >"$T/said"
	press Yes
	await_dialog "Do you want to delete them instead?" >"$T/said"
	contains "$(<"$T/said")" "the underlying file systems don't support this" "what PCManFM says of deleting"
	shot delete
	press Yes
}

too_large() {
	await_dialog "completed with errors" >"$T/said"
	contains "$(<"$T/said")" "film: Error splicing file: $FULL" "what PCManFM says of a large file"
	shot large
	press Close
	gone "$M/data/film" || fail "half of a file was left"
}

file_manager
