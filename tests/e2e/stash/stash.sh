#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The stash is a directory of burnfs's own: what is not its own it leaves alone.
. "$(dirname "$0")/../lib.sh"

# refused_stash DIRECTORY: burnfs does not take it, says its name, and harms nothing in it.
refused_stash() {
	local before
	before=$(cd "$1" && find . -type f -exec cksum {} + | sort)
	contains "$(fails timeout 20 "$BURNFS" -f -o stash="$1" "$M")" "$1" "what is said of a foreign stash"
	! mounted "$M" || fail "mounted on a foreign stash"
	same "$(cd "$1" && find . -type f -exec cksum {} + | sort)" "$before" "the foreign directory"
}
mkdir -p "$T/photos/holiday"
echo precious >"$T/photos/holiday/beach.jpg"
refused_stash "$T/photos"
mkdir -p "$HOME/data" "$HOME/audio"
echo dear >"$HOME/data/letter"
refused_stash "$HOME"
echo plain >"$T/plain"
contains "$(fails timeout 20 "$BURNFS" -f -o stash="$T/plain" "$M")" "$T/plain" "what is said of a file as stash"
fails timeout 20 "$BURNFS" -f -o stash=/proc/burnfs-stash "$M" >"$T/said"
contains "$(cat "$T/said")" /proc/burnfs-stash "what is said of a stash that cannot be made"
fails timeout 20 "$BURNFS" -f -o stash="$M/stash" "$M" >"$T/said"

# One stash, one daemon.
start_burnfs
echo one >"$M/data/one"
mkdir "$T/mnt2"
SECONDS=0
said=$(fails timeout 20 "$BURNFS" -f -o stash="$S" "$T/mnt2")
[ $SECONDS -lt 5 ] || fail "a second mount took $SECONDS s to be refused"
[[ $said == *"$M"* || $said == *"$PID"* ]] || fail "it does not say who holds the stash: $said"
same "$(cat "$M/data/one")" one "the first mount after the second was refused"
# A stash in a stash would be cleared away with it.
contains "$(fails timeout 20 "$BURNFS" -f -o stash="$S/data/inner" "$T/mnt2")" "is inside another stash" "a stash in a stash"
contains "$(fails timeout 20 "$BURNFS" -f -o stash="$S/data" "$T/mnt2")" "is inside another stash" "a stash in a stash"
stop_burnfs

# Two mounts on stashes of their own do not know of each other.
start_burnfs
same "$(cat "$M/data/one")" one "kept after an unmount without a burn"
first=$M first_pid=$PID
M=$T/mnt2 LOG=$T/log2
launch -o stash="$T/stash2"
echo two >"$M/data/two"
same "$(ls "$first/data") $(ls "$M/data")" "one two" "two mounts"
stop_burnfs
M=$first PID=$first_pid LOG=$T/log
stop_burnfs

# A second mount meets a first that is just ending: it waits for it.
for i in 1 2 3 4 5; do
	start_burnfs
	echo "$i" >"$M/data/$i"
	unmount "$M"
	pid=$PID
	start_burnfs
	wait "$pid"
	same "$(cat "$M/data/$i")" "$i" "taken over from a daemon that was ending"
	stop_burnfs
done

# Nobody else looks into it; the default place is made from the mountpoint.
same "$(stat -c %a "$S")" 700 "the stash's mode"
if ! is_root; then
	launch
	echo x >"$M/data/somewhere"
	found=$(find "$XDG_STATE_HOME/burnfs" -name somewhere)
	[ -n "$found" ] || fail "no stash below $XDG_STATE_HOME/burnfs"
	stop_burnfs
	launch
	[ -e "$M/data/somewhere" ] || fail "the default stash is not taken up again"
	rm "$M/data/somewhere"
	stop_burnfs
	mkdir "$T/sealed"
	chmod 500 "$T/sealed"
	contains "$(fails timeout 20 "$BURNFS" -f -o stash="$T/sealed/stash" "$M")" "$T/sealed" "a stash that cannot be written"
fi

# The stash mirrors the tree by its names: it can be looked into.
start_burnfs
mkdir "$M/data/dir"
echo content >"$M/data/dir/file"
same "$(cat "$S/data/dir/file")" content "the file in the stash"
stop_burnfs
