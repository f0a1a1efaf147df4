#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A service manager of systemd's runs the units: started is what answers, stopped is what has finished its disc, and what
# crashed is there again. It is a user's manager, which knows no units but these, in namespaces of its own where all
# but this test's directory, /run and /var/lib can be read only.
# MAY-SKIP: needs root
# MAY-SKIP: no manager runs here

manager=/lib/systemd/systemd
if [ -z "${CONFINED:-}" ]; then
	. "$(dirname "$0")/../lib.sh"
	need_root "namespaces, with a file system of control groups"
	need_tools $manager sox systemctl systemd-escape unshare
	# In a group of its own, for what managers leave there.
	mkdir "$T/cgroup"
	mount -t cgroup2 none "$T/cgroup" || skip "no manager runs here: no control groups"
	above=$T/cgroup$(sed -n 's/^0:://p' /proc/self/cgroup)
	group=${above%/}/burnfs-test-$$
	mkdir "$group" || skip "no manager runs here: no group of its own"
	status=0
	(
		echo "$BASHPID" >"$group/cgroup.procs" || skip "no manager runs here: not let into a group of its own"
		CONFINED=$T exec unshare --mount --pid --cgroup --fork --kill-child --propagation private bash "$0"
	) || status=$?
	find "$group" -depth -type d -exec rmdir {} \;
	exit $status
fi

umount "$CONFINED/cgroup"
mount --bind "$CONFINED" "$CONFINED"
mount -o remount,bind,ro /
mount --rbind /dev /dev
mount -o remount,bind,ro /dev
mount -t proc proc /proc
mount -t tmpfs none /run
mount -t tmpfs none /var/lib
mount -t cgroup2 none /sys/fs/cgroup
! touch /etc/burnfs-test 2>/dev/null || { echo "FAILED: not confined" >&2; exit 1; }
export TMPDIR=$CONFINED
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
SOURCES=$(cd "$HELPERS/../../.." && pwd)
M=$HOME/Disc

# ---- the manager

mkdir -p "$T/units" /run/user /run/systemd/system
for unit in "$SOURCES"/share/systemd/*/*.in; do
	sed "s|@bindir@/burnfs|$BURNFS|" "$unit" >"$T/units/$(basename "$unit" .in)"
done
for target in default basic shutdown; do
	printf '[Unit]\nDescription=%s\n' $target >"$T/units/$target.target"
done
export XDG_RUNTIME_DIR=/run/user SYSTEMD_UNIT_PATH=$T/units SYSTEMD_COLORS=0
unset DBUS_SESSION_BUS_ADDRESS
$manager --user --log-target=console --default-standard-output=inherit --default-standard-error=inherit >>"$LOG" 2>&1 &
MANAGER=$!
running() { systemctl --user is-system-running >/dev/null || ! kill -0 $MANAGER; }
eventually "a manager" running
kill -0 $MANAGER || skip "no manager runs here: $(tail -n 1 "$LOG")"

show() { systemctl --user show -P "$1" "${2:-burnfs}"; }
# shows PROPERTY PATTERN [UNIT]
# shellcheck disable=SC2053
shows() { [[ $(show "$1" "${3:-burnfs}") == $2 ]]; }

# ---- the user's unit

mkdir -p "$T/units/burnfs.service.d"
printf '[Service]\nEnvironment="BURNFS_OPTIONS=-o keep=yes %s"\n' "$DRIVE" >"$T/units/burnfs.service.d/drive.conf"
systemctl --user daemon-reload
in_tray sr0 first cd-rw
systemctl --user start burnfs || fail "it does not start: $(tail -n 5 "$LOG")"
expect_stat recorder "$DRIVE"
same "$(show ActiveState) $(show StatusText)" "active staging" "what is shown"
random_file "$M/data/file" 3000000
cp "$M/image/disc.iso" "$T/disc.iso"
no_faults
burn
eventually "the outcome is shown" shows StatusText "staging; the last burn succeeded"

# It crashes, and is there again.
kill -KILL "$(show MainPID)"
again() { shows NRestarts 1 && shows ActiveState active; }
eventually "a restart" again
whole_image "$T/disc.iso" "$M/data"
# Its date is that of the last change, which another mount takes from the stash's file system.
cp "$M/image/disc.iso" "$T/disc.iso"

# Stopping finishes the disc.
# slow_burn DISC SECONDS: one each of whose commands takes so long
slow_burn() {
	in_tray sr0 "$1" cd-rw
	faults sr0 "stall 0 $2"
	control burn
	eventually "the drive writes" test -s "$(disc_dir sr0)/user"
}
slow_burn second 0.04
eventually "the burn is shown" shows StatusText 'burning*%*'
systemctl --user stop --no-block burnfs
eventually "it is stopping" shows ActiveState deactivating
stat_is state burning || fail "the mount is gone while the disc is finished"
eventually "it has stopped" shows ActiveState inactive
same "$(show Result)" success "the result"
same_disc "$T/disc.iso" || fail "the disc was not finished"
grep -q 'finalized 1' "$(disc_dir sr0)/disc" || fail "the disc was not closed"

# And "kill" gives it up.
systemctl --user start burnfs
slow_burn third 0.1
systemctl --user stop --no-block burnfs
eventually "it is stopping" shows ActiveState deactivating
systemctl --user kill burnfs
eventually "it has stopped" shows ActiveState inactive
! grep -q 'finalized 1' "$(disc_dir sr0)/disc" || fail "the disc was finished in spite of that"
no_faults

# What cannot be started is not tried again and again.
printf '[Service]\nEnvironment=BURNFS_OPTIONS=--no-such-option\n' >"$T/units/burnfs.service.d/drive.conf"
systemctl --user daemon-reload
fails systemctl --user start burnfs >/dev/null
same "$(show ActiveState) $(show NRestarts)" "failed 0" "a command line that is wrong"

# ---- the system's unit, with all that protects it: it mounts, decodes and burns in spite of that

M="$T/a place"
unit="burnfs@$(systemd-escape --path "$M").service"
mkdir "$T/units/$unit.d"
printf '[Service]\nEnvironment="BURNFS_OPTIONS=-o label=UNIT image:%s/made"\n' "$T" >"$T/units/$unit.d/image.conf"
systemctl --user daemon-reload
systemctl --user start "$unit" || fail "it does not start: $(tail -n 5 "$LOG")"
awk '$1 == "Seccomp:" { exit $2 != 2 }' "/proc/$(show MainPID "$unit")/status" || fail "it is not protected"
expect_stat label UNIT
contains "$(grep fuse.burnfs /proc/self/mountinfo)" allow_other "the mount's options"
sample_tree "$T/tree"
cp -a "$T/tree/." "$M/data"
tree dir "$M/data" >"$T/staged"
tree dir "$T/tree" >"$T/wanted"
no_difference "$T/wanted" "$T/staged" "what was staged"
control format data
burn
sox -n -r 48000 "$M/audio/track01.flac" synth 5 sine 440
control format audio
burn
for image in iso bin; do [ -s "$T/made.$image" ] || fail "no made.$image: $(ls "$T")"; done
systemctl --user stop "$unit"
same "$(show Result "$unit")" success "the result"
! mounted "$M" || fail "still mounted"
clean_log
