#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A plain user mounts, uses and unmounts what fstab lets him, with mount(8) and umount(8).
# MAY-SKIP: needs root
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../mounts.sh"

own_namespace "runs mount(8) as somebody else"
installed
chown 65534 "$M"
mkdir "$T/disc" "$T/state.65534" "$T/closed"
chown 65534 "$T/disc" "$T/state.65534"
as_user() { as 65534 65534 "$@"; }

for type in burnfs fuse.burnfs; do
	etc fstab "image:$T/disc/$type.iso $M $type noauto,user,nofail,x-gvfs-show,capacity=5000 0 0
none $T/closed $type noauto 0 0"
	findmnt --verify >"$T/verify" 2>&1 || fail "findmnt --verify: $(cat "$T/verify")"

	as_user mount "$M"
	contains "$(findmnt -no OPTIONS "$M")" user_id=65534 "whose mount it is"
	[[ $(findmnt -no OPTIONS "$M") == *nosuid,nodev* ]] || fail "set-uid files or devices count in a user's mount"
	fails cat "$M/stats" >/dev/null
	echo content | as_user tee "$M/data/file" >/dev/null
	as_user bash -c 'echo burn wait >"$1"' sh "$M/control"
	same "$(stat -c %u "$T/disc/$type.iso")" 65534 "the image's owner"
	# umount(8) knows whose it is.
	same "$(status_of as 65533 65533 umount "$M")" 32 "umount by somebody else"
	mounted "$M" || fail "somebody else unmounted it"
	as_user umount "$M"
	! mounted "$M" || fail "umount left it mounted"

	# The source is as it stands in fstab, so umount(8) finds that everybody may.
	etc fstab "burnfs#image:$T/disc/$type.iso $M $type noauto,users 0 0"
	as_user mount "$M"
	same "$(as_user sed -n 's/^recorder=//p' "$M/stats")" "image:$T/disc/$type.iso" "the recorder"
	as 65533 65533 umount "$M"
	! mounted "$M" || fail "umount left it mounted"

	# What fstab does not say he may is refused by mount(8); what burnfs refuses, by burnfs, in words.
	[ "$(status_of as_user mount "$T/closed")" -gt 0 ] || fail "a line without user was mounted"
	contains "$(cat "$T/said")" "$T/closed" "what mount says"
	etc fstab "none $M $type noauto,users,allow_other 0 0"
	etc fuse.conf "# nothing is allowed"
	[ "$(status_of as_user mount "$M")" -gt 0 ] || fail "allow_other without user_allow_other"
	contains "$(cat "$T/said")" 'needs a line "user_allow_other" in /etc/fuse.conf' "what mount says"
	! mounted "$M" || fail "mounted with allow_other"
done

# Nowhere to put the stash.
said=$(as_user env -u XDG_STATE_HOME -u XDG_CACHE_HOME HOME=/nonexistent "$BURNFS" none "$M" 2>&1) && fail "mounted without a home"
contains "$said" "the home directory /nonexistent does not exist; set HOME, or choose a stash" "what is said of a home"
