#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# systemd, systemd-tmpfiles and udev take what is installed for them, or shown as an example, and find nothing wrong with it.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"

need_tools systemd-analyze systemd-escape systemd-tmpfiles udevadm
# What root changes here is in a mount namespace of its own.
! is_root || [ -n "${OWN_NAMESPACE:-}" ] || OWN_NAMESPACE=1 exec unshare --mount --propagation private bash "$0"
SOURCES=$(cd "$HELPERS/../../.." && pwd)

# ---- units

# units: as `make` makes them, for the program that is tested
units() {
	local kind unit
	for kind in system user; do
		mkdir -p "$T/units/$kind"
		for unit in "$SOURCES/share/systemd/$kind"/*.in; do
			sed "s|@bindir@|$(dirname "$BURNFS")|" "$unit" >"$T/units/$kind/$(basename "$unit" .in)"
		done
	done
}
verify() { "$SOURCES/tools/check-units" "$T/units/system" "$T/units/user"; }

units
verify || fail "systemd finds something wrong"
for unit in system/burnfs@ user/burnfs; do
	units
	echo "TimeoutStopSecs=infinity" >>"$T/units/$unit.service"
	contains "$(fails verify)" TimeoutStopSecs "what is said about a mistake in $unit"
	units
	sed -i 's|^ExecStart=.*/burnfs|ExecStart=/no/such/burnfs|' "$T/units/$unit.service"
	contains "$(fails verify)" /no/such/burnfs "what is said about a program that is not there"
done
units
same "$(systemd-escape --path /srv/disc)" srv-disc "the instance that is the example"

# What it all is for.
for unit in system/burnfs@ user/burnfs; do
	for line in Type=notify TimeoutStopSec=infinity KillMode=mixed; do
		grep -qx "$line" "$T/units/$unit.service" || fail "$unit.service has no $line"
	done
	# Each of these makes a mount namespace, where nobody else sees the mount; and a user's fusermount3 needs its rights.
	! grep -E '^(Private|Protect|ReadOnly|ReadWrite|Inaccessible|Mount|Root|Bind|TemporaryFile)' "$T/units/$unit.service" ||
		fail "$unit.service hides the mount"
done
! grep -E '^(NoNew|Restrict(Addr|Name|Real|SUID|File)|Lock|MemoryDeny|SystemCall|Capability)' "$T/units/user/burnfs.service" ||
	fail "a user's fusermount3 could not mount"

# ---- the rest needs root

need_root "the stash of root, and rules of udev"
mkdir -p "$T/root"
systemd-tmpfiles --create --root="$T/root" "$SOURCES/share/tmpfiles.d/burnfs.conf"
same "$(stat -c '%a %u:%g' "$T/root/var/lib/burnfs")" "700 0:0" "the directory of root's stashes"

# Rules are tried with no other ones near, on whatever block device there is, as if a blank disc were in it.
mkdir "$T/rules"
cp "$SOURCES/examples/udev/90-burnfs.rules" "$T/rules"
for dir in /run /etc/udev/rules.d /usr/lib/udev/rules.d /lib/udev/rules.d; do
	[ ! -d $dir ] || mount -t tmpfs none $dir
done
mount --bind "$T/rules" /etc/udev/rules.d
mount --bind /dev /dev
mount -o remount,bind,ro /dev
device=$(find /sys/block -mindepth 1 -maxdepth 1 | head -n 1)
[ -n "$device" ] || fail "no block device to try rules on"
wants() {
	echo "ENV{ID_CDROM_MEDIA_STATE}=\"$2\"" >"$T/rules/10-disc.rules"
	udevadm test --action="$1" "$device" >"$T/udev" 2>&1
	! grep -iE 'burnfs.rules:[0-9]+.*(invalid|unknown|fail|ignor)' "$T/udev" || fail "udev does not understand the rules"
	grep "^SYSTEMD_" "$T/udev" || :
}
same "$(wants change blank)" "SYSTEMD_WANTS=burnfs@media-disc.service" "what a blank disc starts"
same "$(wants change complete)" "" "what another disc starts"
same "$(wants remove blank)" "" "what a drive starts that is taken away"
same "$(systemd-escape --path /media/disc)" media-disc "the instance that the rule starts"
sed -i 's/^TAG/#&/; s/^#\(TAG.*%k\)/\1/' "$T/rules/90-burnfs.rules"
same "$(wants change blank)" "SYSTEMD_WANTS=burnfs@media-${device##*/}.service" "what it starts for this drive"
sed -i 's/^TAG/#&/; s/^#\(TAG.*USER\)/\1/' "$T/rules/90-burnfs.rules"
same "$(wants change blank)" "SYSTEMD_USER_WANTS=burnfs.service" "what it starts for users"
