#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "Burn to Disc" where file managers offer it: in the menus of Thunar and PCManFM, for folders and files as chosen there.
# TIMEOUT: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/installed.sh"

start_desktop
printf '[Default Applications]\ninode/directory=thunar.desktop\n' >"$XDG_CONFIG_HOME/mimeapps.list"
contains "$(gio mime inode/directory)" "zz-burnfs-folder.desktop" "programs for folders"
contains "$(gio mime inode/directory | sed 1q)" thunar "the program for folders"
mkdir -p "$HOME/docs/folder & one"
echo hello >"$HOME/docs/folder & one/file"
echo letter >"$HOME/docs/letter.txt"

# menu TITLE: of all that lies in the folder shown in that window
menu() {
	focus "$1"
	keys ctrl+a
	keys shift+F10
}

thunar "$HOME/docs" >"$T/log.thunar" 2>&1 &
DESKTOP_PIDS+=($!)
menu 'docs.*Thunar'
press 'Send To'
shot thunar
press 'Burn to Disc'
says '2 files .*will be burned'
no_difference <(cd "$HOME/docs" && find . | sort) <(cd "$M/data" && find . | sort) "what was copied"
press Cancel
eventually "the end" desktop_gone
thunar -q
rm "$HOME/docs/letter.txt"

pcmanfm "$HOME/docs" >"$T/log.pcmanfm" 2>&1 &
DESKTOP_PIDS+=($!)
menu '^docs$'
shot pcmanfm
press 'Burn to Disc'
says '1 file .*will be burned'
same "$(cat "$M/data/folder & one/file")" hello "the file that was copied"
press Cancel
kill "${DESKTOP_PIDS[-1]}"
eventually "the end" desktop_gone
