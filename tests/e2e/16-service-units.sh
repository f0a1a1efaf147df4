#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# systemd and systemd-tmpfiles take what is installed for them, and find nothing wrong with it.
# MAY-SKIP: needs root
. "$(dirname "$0")/lib.sh"

need_tools systemd-analyze systemd-escape systemd-tmpfiles
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
same "$(stat -c '%a %u:%g' "$T/root/var/cache/burnfs")" "700 0:0" "the directory of root's stashes"
