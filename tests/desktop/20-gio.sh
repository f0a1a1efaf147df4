#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# gio(1): what programs of GLib do with files, without their windows.
. "$(dirname "$0")/lib.sh"

start_desktop
start_burnfs -o capacity=20000 "image:$T/disc.iso"
mkdir "$HOME/source"
random_file "$HOME/source/large" 5000000 1
printf words >"$HOME/source/small"
touch -d '2001-02-03 04:05:06 UTC' "$HOME/source/small"

# Copying, with progress and attributes; moving in, within and out.
gio copy --progress "$HOME/source/large" "$M/data/" >"$T/progress"
grep -q Transferred "$T/progress" || fail "gio copy told nothing of its progress: $(<"$T/progress")"
cmp "$HOME/source/large" "$M/data/large"
gio copy --preserve "$HOME/source/small" "$M/data/copied"
same "$(stat -c %Y "$M/data/copied")" 981173106 "the time of a copied file"
gio mkdir --parent "$M/data/a folder/deeper"
gio move "$M/data/copied" "$M/data/a folder/moved"
same "$(<"$M/data/a folder/moved")" words "what was moved"
gio rename "$M/data/a folder/moved" renamed >/dev/null
gio move "$HOME/source/small" "$M/data/small"
gone "$HOME/source/small" || fail "moved, and still there"
gio move "$M/data/small" "$HOME/out"
same "$(<"$HOME/out")" words "what was moved out again"
gone "$M/data/small" || fail "moved out, and still there"
gio set "$M/data/large" xattr::note kept
contains "$(gio info -a xattr::note "$M/data/large")" kept "an attribute"
printf saved | gio save "$M/data/a folder/renamed"
same "$(gio cat "$M/data/a folder/renamed")" saved "what was saved over a file"
same "$(ls "$M/data/a folder")" $'deeper\nrenamed' "what saving left in the folder"
refused EEXIST gio mkdir "$M/data/a folder"
contains "$(fails gio copy -T "$HOME/source" "$M/data/tree")" "recurs" "copying a folder, which gio does not do"

# The trash: none, and nothing is tried in data/.
contains "$(fails gio trash "$M/data/large")" "trash directory" "what gio trash says"
[ -e "$M/data/large" ] || fail "what could not be trashed is gone"
same "$(find "$M" -iname '*trash*')" "" "trash in the mount"
contains "$(fails gio trash "$M/control")" "trash directory" "what gio trash says of control"

# Facts that programs decide by.
info=$(gio info -f "$M/data")
contains "$info" "filesystem::type: fuse" "the file system"
contains "$info" "filesystem::free: $(($(stats data_free_blocks) * 2048))" "free space"
contains "$info" "filesystem::size: $((20000 * 2048))" "size"
contains "$(gio info "$M/data")" "access::can-write: TRUE" "rights in data/"
contains "$(gio info "$M/stats")" "standard::content-type: text/plain" "the type of stats"
contains "$(gio mount -l 2>"$T/gio.log")" "Mount(0): Disc -> file://$M" "the list of mounts"

# Words for what does not work.
truncate -s 60M "$HOME/film"
contains "$(fails gio copy "$HOME/film" "$M/data/")" "No space left on device" "a full disc"
rm -f "$M/data/film"
contains "$(fails gio mkdir "$M/new")" "Permission denied" "a folder in the root"
contains "$(fails gio remove "$M/stats")" "Permission denied" "deleting a virtual file"

# A window hears of what changes in it.
stdbuf -oL gio monitor --dir "$M/data" >"$T/monitored" &
monitor=$!
touched() {
	echo x >"$M/data/watched"
	grep -q "watched: chang" "$T/monitored"
}
eventually "what gio monitor says" touched
kill "$monitor"
rm "$M/data/watched"

burn
whole_image "$T/disc.iso" "$M/data"
same "$(cd "$M/data" && find . | sort)" $'.\n./a folder\n./a folder/deeper\n./a folder/renamed\n./large' "what was staged"
gio mount --unmount "$M" 2>>"$T/gio.log"
await_exit
