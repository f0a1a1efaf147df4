#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# From the menu to a disc that is burned, by windows alone: what a person does who has never seen burnfs.
# TIMEOUT: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/installed.sh"

desktop-file-validate "$PREFIX"/share/applications/*.desktop "$PREFIX"/share/Thunar/sendto/*.desktop
for entry in "$PREFIX"/share/applications/*.desktop "$PREFIX"/share/Thunar/sendto/*.desktop; do
	program=$(sed -n 's/^TryExec=//p' "$entry")
	[ -x "$PREFIX/bin/$program" ] || fail "$entry starts $program, which is not installed"
	[ -e "$PREFIX/share/icons/hicolor/scalable/apps/$(sed -n 's/^Icon=//p' "$entry").svg" ] || fail "$entry has no icon"
done

start_desktop
printf '[Default Applications]\ninode/directory=thunar.desktop\n' >"$XDG_CONFIG_HOME/mimeapps.list"
slow_dir out 1M

start_entry
says 'Put files into "data"'
says 'in the folder .?/Disc'
says 'In it now: nothing'
eventually "the folder" window_is_there '^Disc.*Thunar'
shot opened
mounted "$M" || fail "nothing is mounted at $M"

# The window tells what is dropped into the folder.
mkdir "$T/photos"
sample_tree "$T/photos"
random_file "$T/photos/large" 9000000
cp -a "$T/photos" "$M/data/"
files=$(stats data_files)
says "In it now: $files files"
shot filled

# Whoever starts it once more is shown the folder, and there is one window.
timeout "$PATIENCE" burnfs-desktop || fail "the second one ends with $?"
same "$(xdotool search --onlyvisible --name '^Disc to Burn$' | wc -l)" 1 "windows"

press 'Burn…'
answer 'HOLIDAYS'
save "$T/out/holidays"
says 'Burning: .*left'
shot burning
press 'Stop…'
says 'Stop now'
press 'Go on'
says 'The image file is ready'
shot ready
same "$(bsdtar -tf "$T/out/holidays.iso" | wc -l)" "$(find "$T/photos" -printf x | wc -c | awk '{ print $1 + 1 }')" "names in the image"
tree --as bsdtar dir "$M/data" >"$T/want"
bsdtar --format=pax -cf - "@$T/out/holidays.iso" | tree --as bsdtar tar - >"$T/got"
no_difference "$T/want" "$T/got" "the image"
contains "$(isoinfo -d -i "$T/out/holidays.iso")" "HOLIDAYS" "the name of the disc"
expect_stat last_op set
press OK

# A file that is there is not lost without a question, and stopping is stopping.
echo mine >"$T/out.real/mine.iso"
press 'Burn…'
answer 'AGAIN'
save "$T/out/mine.iso"
says 'These files exist:'
press 'Choose another name'
save "$T/out/mine.iso"
says 'These files exist:'
press Replace
says 'Burning: .*left'
same "$(cat "$T/out/mine.iso")" mine "the file while its successor is made"
press 'Stop…'
says "Stop now"
press Stop
says 'In it now'
same "$(cat "$T/out/mine.iso")" mine "the file after that was stopped"

# What is not burned yet is kept when it is closed; a folder that is in use is told.
echo new >"$M/data/not burned yet"
(cd "$M/data" && exec sleep 1000) &
user=$!
press Close
says 'still in use by: .*sleep'
shot in-use
kill "$user"
wait "$user" 2>/dev/null || :
press 'Try again'
eventually "the end" desktop_gone
! mounted "$M" || fail "it is still mounted"
start_entry
says "In it now: $((files + 1)) files"
press 'Empty…'
says 'Empty the disc to burn'
press 'Empty it'
says 'In it now: nothing'
press 'Burn…'
says 'nothing to burn yet'
shot nothing
press OK
press Close
eventually "the end" desktop_gone
! mounted "$M" || fail "it is still mounted"
empty_dir "$M"
