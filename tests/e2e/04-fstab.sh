#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mount(8) mounts a line of fstab of the type fuse.burnfs.
# MAY-SKIP: needs root
. "$(dirname "$0")/lib.sh"

need_root "runs mount(8)"
# mount(8) looks for the program where programs are installed and heeds no PATH. So put it there, in a
# mount namespace of our own where nobody else sees it.
[ -n "${OWN_NAMESPACE:-}" ] || OWN_NAMESPACE=1 exec unshare --mount bash "$0"
cp "$BURNFS" "$T/burnfs"
mount -t tmpfs none /usr/local/bin
ln -s "$T/burnfs" /usr/local/bin/burnfs

lines="none $M fuse.burnfs noauto,user,nofail,_netdev,x-gvfs-show,label=FROM_FSTAB,stash=$S 0 0
image:$T/disc.iso $M fuse.burnfs users,capacity=5000,stash=$S 0 0"
while read -r line; do
	echo "$line" >"$T/fstab"
	mount -T "$T/fstab" "$M"
	[ -s "$M/stats" ] || fail "stats does not answer when mount has returned"
	case $line in
	none*) expect_stat label FROM_FSTAB; expect_stat recorder none ;;
	image*) expect_stat data_total_blocks 5000; expect_stat recorder "image:$T/disc.iso" ;;
	esac
	same "$(findmnt -no FSTYPE "$M")" fuse.burnfs "the type in mountinfo"
	umount "$M"
done <<<"$lines"

# An error comes back through mount(8), with words and a status.
echo "none $M fuse.burnfs noauto,no_such_option,stash=$S 0 0" >"$T/fstab"
contains "$(fails mount -T "$T/fstab" "$M")" no_such_option "what mount says"
! mounted "$M" || fail "mounted in spite of an unknown option"
