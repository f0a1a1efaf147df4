#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# mount(8) mounts lines of fstab, of either type, and systemd makes units of them.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../mounts.sh"

own_namespace "runs mount(8)"
installed

lines="none $M fuse.burnfs noauto,user,nofail,_netdev,x-gvfs-show,label=FROM_FSTAB,stash=$S 0 0
none $M burnfs noauto,user,nofail,_netdev,x-systemd.automount,label=FROM_FSTAB,stash=$S 0 0
image:$T/disc.iso $M fuse.burnfs users,capacity=5000,stash=$S 0 0
$T/disc.iso $M burnfs users,capacity=5000,stash=$S 0 0
burnfs#none $M burnfs noauto,user,nofail,label=FROM_FSTAB,stash=$S 0 0
burnfs#none $M fuse.burnfs noauto,user,nofail,label=FROM_FSTAB,stash=$S 0 0
burnfs#none $M fuse noauto,user,nofail,label=FROM_FSTAB,stash=$S 0 0
burnfs#$T/disc.iso $M burnfs users,capacity=5000,stash=$S 0 0
burnfs#auto $M burnfs nofail,label=FROM_FSTAB,recorder=none,stash=$S 0 0"
while read -r line; do
	echo "$line" >"$T/fstab"
	findmnt --verify --tab-file "$T/fstab" >"$T/said" 2>&1 || fail "findmnt --verify: $(cat "$T/said")"
	mount -T "$T/fstab" "$M"
	[ -s "$M/stats" ] || fail "stats does not answer when mount has returned"
	case $line in
	none* | *#none* | *#auto*) expect_stat label FROM_FSTAB; expect_stat recorder none ;;
	*) expect_stat data_total_blocks 5000; expect_stat recorder "image:$T/disc.iso" ;;
	esac
	same "$(findmnt -no FSTYPE "$M")" fuse.burnfs "the type in mountinfo"
	case $line in
	*' fuse '*) same "$(findmnt -no SOURCE "$M")" none "the source in mountinfo" ;;
	*) same "$(findmnt -no SOURCE "$M")" "${line%% *}" "the source in mountinfo" ;;
	esac
	# It is there: mounting all lines once more does nothing.
	mount -a -T "$T/fstab" -O no_netdev
	same "$(mounts_below "$T" | grep -cx "$M")" 1 "mounts on $M after mount -a"
	umount "${line%% *}" 2>/dev/null || umount "$M"
	! mounted "$M" || fail "umount left it mounted"
done <<<"$lines"

# systemd unmounts what has a drive for its source when the disc is taken out, so none is shown. mount(8) does not find
# such a mount in fstab, and asks again: no error, and no second mount.
for type in burnfs fuse.burnfs; do
	echo "/dev/sr0 $M $type nofail,stash=$S 0 0" >"$T/fstab"
	mount -T "$T/fstab" "$M"
	same "$(findmnt -no SOURCE "$M")" burnfs#/dev/sr0 "the source in mountinfo"
	expect_stat recorder /dev/sr0
	mount -a -T "$T/fstab" 2>"$T/said" || fail "mount -a: $(cat "$T/said")"
	[ $type != burnfs ] || same "$(cat "$T/said")" '' "what mount -a says"
	same "$(mounts_below "$T" | grep -cx "$M")" 1 "mounts on $M after mount -a"
	fails mount -t "$type" -o "stash=$S" /dev/sr1 "$M" >"$T/said"
	contains "$(cat "$T/said")" "a burnfs is already mounted at" "another drive at the same place"
	umount "$M"
done

# An error comes back through mount(8), with words and a status.
for type in burnfs fuse.burnfs; do
	echo "none $M $type noauto,no_such_option,stash=$S 0 0" >"$T/fstab"
	contains "$(fails mount -T "$T/fstab" "$M")" no_such_option "what mount says"
	! mounted "$M" || fail "mounted in spite of an unknown option"
done

# systemd's generator makes a mount and an automount of a line, which it finds nothing wrong with.
generator=/lib/systemd/system-generators/systemd-fstab-generator
[ -x $generator ] || skip "needs the package systemd"
echo "burnfs#/dev/sr0 $M burnfs noauto,nofail,x-systemd.automount,x-systemd.mount-timeout=60,stash=$S 0 0" >"$T/fstab"
mkdir "$T/units"
SYSTEMD_FSTAB=$T/fstab $generator "$T/units" "$T/units" "$T/units"
name=$(systemd-escape -p "$M")
contains "$(cat "$T/units/$name.mount")" Type=burnfs "the mount unit"
contains "$(cat "$T/units/$name.mount")" What=burnfs#/dev/sr0 "the mount unit"
said=$(SYSTEMD_UNIT_PATH=$T/units: systemd-analyze verify "$T/units/$name.mount" "$T/units/$name.automount" 2>&1 |
	grep -F "$name" || :)
same "$said" '' "systemd-analyze verify"
