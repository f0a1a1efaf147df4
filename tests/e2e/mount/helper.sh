#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mount -t burnfs: what mount(8) says to its helper, the statuses that come back, and who sees the error.
# MAY-SKIP: needs root
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../mounts.sh"

own_namespace "runs mount(8)"
installed

# mounts STATUS WORDS ARGUMENT…: mount -t burnfs, whose words to the person contain WORDS
mounts() {
	local wanted=$1 words=$2
	shift 2
	same "$(status_of mount -t burnfs "$@")" "$wanted" "status of mount -t burnfs $*"
	contains "$(cat "$T/said")" "$words" "what mount says"
}

# all words that it may hand over, of the sort that a mount has anyway
every=auto,noauto,user=root,nofail,_netdev,defaults,comment=it,x-systemd.automount,X-mount.mkdir,relatime,strictatime,lazytime
every+=,nodiratime,silent,async,rw,suid,nosuid,dev,nodev,exec,noatime,uhelper=x,uid-is-no-option
mounts 1 uid-is-no-option none "$M" -o "$every"
mounts 0 '' none "$M" -o "${every%,*},stash=$S,label=A b"
expect_stat label 'A b'
same "$(findmnt -no SOURCE "$M")" none "the source"

# A second mount, and a remount, which there is not.
mounts 32 'a burnfs is already mounted at' none "$M" -o "stash=$S"
for options in remount,ro rw,nosuid,nodev,relatime,user_id=0,group_id=0,default_permissions,remount; do
	same "$(status_of mount -o "$options" "$M")" 1 "a remount"
	contains "$(cat "$T/said")" 'cannot change' "what mount -o $options says"
done
umount "$M"

# -f does all but mount, -s lets pass what nobody knows, -v tells, -n changes nothing.
mounts 0 '' -f none "$M" -o "stash=$S"
! mounted "$M" || fail "mount -f has mounted"
mounts 32 'No such file' -f none "$T/nowhere"
mounts 1 unknown_word none "$M" -o unknown_word
mounts 0 "$M" -s -v -n image:"$T/disc.iso" "$M" -o "unknown_word,stash=$S"
same "$(findmnt -no SOURCE "$M")" "image:$T/disc.iso" "the source"
umount "$M"

# What cannot be: 32, with words.
mounts 32 'not empty' none "$T"
: >"$HOME/letter"
mounts 32 "$HOME" none "$M" -o "stash=$HOME"
mounts 1 capacity none "$M" -o capacity=plenty
mounts 32 inside none "$M" -o "stash=$M/x"
eventually "the mountpoint free again" empty_dir "$M"

# In the mount namespace of another process.
unshare --mount bash -c 'echo $$ >"$1"; exec sleep 1000' sh "$T/there" &
eventually "the other namespace" test -s "$T/there"
mounts 0 '' -N "$(cat "$T/there")" none "$M" -o "stash=$S"
! mounted "$M" || fail "mounted in this namespace"
nsenter -t "$(cat "$T/there")" -m findmnt -n "$M" >/dev/null || fail "not mounted in the other namespace"
nsenter -t "$(cat "$T/there")" -m umount "$M"
