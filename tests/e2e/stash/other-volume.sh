#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Letting a stash go does not cross into another file system that was mounted within it.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"

need_root "mounts within the stash"
mkdir "$T/other"
echo precious >"$T/other/file"
for how in clear unmount; do
	start_burnfs -o keep=no
	mkdir "$M/data/dir"
	echo x >"$M/data/dir/x"
	mount -t tmpfs none "$S/data/dir"
	echo precious >"$S/data/dir/file"
	[ $how != clear ] || control clear || :
	stop_burnfs
	mount_point=$(awk '$9 == "tmpfs" || /tmpfs none/ { print $5 }' /proc/self/mountinfo | grep "^$T" | head -n 1)
	[ -n "$mount_point" ] || fail "$how: the other file system is not there any more"
	same "$(cat "$mount_point/file")" precious "$how: a file of another file system"
	umount "$mount_point"
	rm -rf "$S"*
done
