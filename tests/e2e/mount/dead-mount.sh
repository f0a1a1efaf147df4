#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A burnfs that died leaves a mount that answers nothing: the next one takes its place.
. "$(dirname "$0")/../lib.sh"

start_burnfs
echo kept >"$M/data/file"
kill_burnfs
refused ENOTCONN ls "$M"
start_burnfs
same "$(cat "$M/data/file")" kept "the staged file after the crash"
same "$(awk -v m="$M" '$5 == m' /proc/self/mountinfo | wc -l)" 1 "mounts on the mountpoint"
stop_burnfs

# Somebody else's dead mount is nobody's to take away by force of being dead alone: a live one is left be.
need_tools bindfs
mkdir "$T/other"
bindfs --no-allow-other "$T/other" "$M"
: >"$T/other/file"
said=$(fails timeout 20 "$BURNFS" -f -o stash="$S" "$M")
contains "$said" "$M" "what is said of an occupied mountpoint"
[ -e "$M/file" ] || fail "the other mount is gone"
