#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# examples/fstab: each line is one that mount(8) and findmnt(8) take, and what its comment says of it is so.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../mounts.sh"

own_namespace "runs mount(8)"
installed
# Nothing of this machine's is touched: the directories of the lines are below $T/root.
mkdir -p "$T/root/srv/images" "$T/root/srv/large"
sed -E "s|^image:/|image:$T/root/|; s|([[:blank:]])/|\1$T/root/|; s|stash=/|stash=$T/root/|" \
	"$(dirname "$0")/../../../examples/fstab" >"$T/fstab"
mount -t tmpfs -o mode=755 none /var/lib

lines=0
while read -r source M type options _; do
	[[ -n $source && $source != \#* ]] || continue
	lines=$((lines + 1))
	mkdir -p "$M"
	echo "$source $M $type $options 0 0" >"$T/line"
	findmnt --verify --tab-file "$T/line" >"$T/said" 2>&1 || fail "findmnt --verify: $(cat "$T/said")"
	auto=
	if [[ $options == *x-systemd.automount* ]] && has_autofs; then
		auto=yes
		automount mount -T "$T/line" "$M"
	else
		mount -T "$T/line" "$M"
	fi
	timeout "$PATIENCE" cat "$M/stats" >"$T/stats" || fail "nobody comes through to $M"
	same "$(findmnt -nt fuse.burnfs -o SOURCE "$M")" "$source" "the source"
	expect_stat recorder "${source#burnfs#}"
	echo content >"$M/data/file"
	case $M in
	*/srv/disc)
		same "$(stat -c '%G %a' "$M/data") $(stat -c '%G %a' "$M/control")" "users 2775 cdrom 664" "who may" ;;
	*/srv/stage)
		expect_stat data_total_blocks 2295104
		burn
		echo more >"$M/data/more"
		burn
		cmp "$M/image/disc.iso" "$T/root/srv/images/next.iso" ;;
	*/srv/album)
		sound raw "$M/audio/1.cdr" $((588 * 4 * 300)) 1
		sound raw "$M/audio/2.cdr" $((588 * 4 * 300)) 2
		burn
		same "$(stat -c %s "$T/root/srv/images/album.bin")" $((2 * 300 * 2352)) "an album without a pause" ;;
	*/srv/collected)
		expect_stat label COLLECTED
		umount "$M"
		same "$(cat "$T/root/srv/large/stash/data/file")" content "what was collected"
		mount -T "$T/line" "$M"
		same "$(cat "$M/data/file")" content "what is there again" ;;
	esac
	umount "$M"
	[ -z "$auto" ] || end_automount
done <"$T/fstab"
same "$lines" 5 "lines"
