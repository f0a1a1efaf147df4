#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# x-systemd.automount: the mount is made when somebody goes there, who waits for it; nothing waits in a circle.
# MAY-SKIP: needs root
# MAY-SKIP: needs autofs
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../mounts.sh"

own_namespace "makes an automount"
has_autofs || skip "needs autofs in the kernel"
installed
slow_dir slow 1M

# Not by a program that goes there to find out.
holds_burnfs() {
	grep -q " $M .* - fuse.burnfs " /proc/self/mountinfo
}

daemon_of() {
	pgrep -f "^[^ ]*burnfs .*$M( |\$)"
}

# Through mount(8), for both types, and without it.
echo "burnfs#none $M burnfs noauto,x-systemd.automount,stash=$S 0 0" >"$T/fstab.burnfs"
sed 's/ burnfs / fuse.burnfs /' "$T/fstab.burnfs" >"$T/fstab.fuse"
for command in "mount -T $T/fstab.burnfs $M" "mount -T $T/fstab.fuse $M" "burnfs -o stash=$S none $M"; do
	# shellcheck disable=SC2086 # words
	automount $command
	timeout "$PATIENCE" cat "$M/stats" >"$T/stats" || fail "nobody comes through to what was mounted by $command"
	grep -qx state=staging "$T/stats"
	echo staged >"$M/data/file"
	# It is alone by now.
	[ "$(ps -o sid= -p "$(daemon_of)")" -eq "$(daemon_of)" ] || fail "the daemon has not left the session"
	# Nobody goes there for a while, and then somebody does.
	same "$(tell_automount expire)" ok "what comes of unmounting"
	! holds_burnfs || fail "it has not gone"
	same "$(timeout "$PATIENCE" cat "$M/data/file")" staged "what was staged"
	umount "$M"
	end_automount
done

# The mount is there, and the automount has not been told: who is outside waits, and the daemon does not.
automount burnfs -o "stash=$S,overwrite=yes" "image:$T/disc" "$M"
tell_automount hold >/dev/null
cat "$M/stats" >"$T/stats" &
reader=$!
eventually "the mount is there" holds_burnfs
same "$(tell_automount run "echo burn wait >'$M/control'")" ok "a burn from within the group"
[ -s "$T/disc.iso" ] || fail "there is no image"
kill -0 $reader || fail "somebody came through to a mount that is not ready"
same "$(tell_automount release)" ok "telling it"
wait $reader || fail "who waited has not come through"

# While a job runs it stays, here as well.
random_file "$M/data/more" 4000000
control recorder "image:$T/slow/disc"
control burn
await_state burning
same "$(tell_automount expire)" EAGAIN "unmounting during a burn"
control cancel
eventually "the end of the job" stat_is state staging
same "$(tell_automount expire)" ok "unmounting after it"
end_automount

# What cannot be mounted is an error for who goes there, and no wait.
automount burnfs -o "stash=$S,nonsense" none "$M"
! timeout "$PATIENCE" ls "$M" >/dev/null 2>&1 || fail "mounted in spite of an unknown option"
end_automount
