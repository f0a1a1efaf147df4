#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Several discs of one stage: each is asked for, one that cannot be used is asked for again, and whatever ends
# it says how many there are.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
random_file "$M/data/file" 200000 1
cp "$M/image/disc.iso" "$T"
tree --exact dir "$M/data" >"$T/before"

event() {
	grep -c " $1" "$M/events" || :
}

# asked COPY COUNT: the drive is open, and disc COPY is asked for, for the COUNT-th time since the mount
asked() {
	eventually "disc $1 is asked for" events_are "insert copy=$1 copies=" "$2"
	eventually "the tray is open" grep -q ^open "$BURNFS_MMC/sr0/tray"
	await_state preparing
	expect_stat job burn
	contains "$(cat "$M/progress")" "put in disc $1 of $(stats job_copies), into $DRIVE" "what progress says"
	expect_stat job_waits_for "disc $1 of $(stats job_copies) in $DRIVE"
	expect_stat job_copy "$1"
	eventually "the drive is let go" released
}
events_are() {
	[ "$(event "$1")" -eq "$2" ]
}

# Three discs, verified. Meanwhile the stage is frozen, and others may use the drive.
control burn copies=3 verify
asked 2 1
refused EBUSY touch "$M/data/new"
refused EBUSY control probe
flock -n "$BURNFS_MMC/sr0/lock" true || fail "the drive cannot be had while a disc is waited for"
same_disc "$T/disc.iso"
in_tray sr0 second cd-rw
asked 3 1
same_disc "$T/disc.iso"
in_tray sr0 third dvd+r
job_ends ok "three discs"
same_disc "$T/disc.iso"
grep -q ^closed "$BURNFS_MMC/sr0/tray" || fail "the last disc was put out unasked"
same "$(event 'copy done=')" 3 "events of discs"
contains "$(grep ' copy ' "$M/events" | tail -n 1)" "done=3 total=3" "the last of them"
expect_stat job_copy ""
expect_stat job_copies ""
expect_stat job_waits_for ""
tree --exact dir "$M/data" >"$T/after"
no_difference "$T/before" "$T/after" "the stage"

# What cannot be used is put out again: the disc just made, one of another kind, one too small, one that is
# overwritten and holds this very image.
in_tray sr0 a bd-re formatted
control burn copies=2 eject
asked 2 2
n=2
for disc in a "b cd-r blocks=100" first "c dvd+r blocks=100" "d dvd-rw quick blocks=200"; do
	# shellcheck disable=SC2086 # a name, a kind, options
	in_tray sr0 $disc
	asked 2 $((n += 1))
	[ "$disc" != first ] || contains "$(grep insert "$M/events" | tail -n 1)" "reason=the cd-r in the drive is not blank" "the reason"
done
contains "$(grep insert "$M/events" | tail -n 1)" "reason=" "the reason"
# A drive that somebody else uses meanwhile is no end.
faults sr0 busy
in_tray sr0 e bd-re formatted
eventually "the drive is looked at" test ! -e "$BURNFS_MMC/sr0/control"
no_faults
job_ends ok "the second disc at last"
same_disc "$T/disc.iso"
grep -q ^open "$BURNFS_MMC/sr0/tray" || fail "the last disc was not put out"

# Sound.
random_file "$M/audio/track1.cdr" 800000 1
control format audio
cp "$M/image/disc.bin" "$T"
in_tray sr0 sound1 cd-r
n=$(event "insert copy=2")
control burn copies=2 verify
asked 2 $((n + 1))
in_tray sr0 sound2 cd-r
job_ends ok "two discs of sound"
cmp "$(disc_dir sr0)/raw" "$BURNFS_MMC/sr0/sound1/raw"
# Both, in two sessions each.
control format auto
expect_stat format mixed
in_tray sr0 both1 cd-r
n=$(event "insert copy=2")
control burn copies=2
asked 2 $((n + 1))
in_tray sr0 both2 cd-r
job_ends ok "two discs of data and sound"
same "$(sessions sr0)" 2 "sessions"
for file in raw user; do
	cmp "$(disc_dir sr0)/$file" "$BURNFS_MMC/sr0/both1/$file"
done
rm "$M/audio/track1.cdr"

# Ends: cancelled while a disc is waited for, and while it is written; a bad disc; the drive unplugged.
begin() {
	in_tray sr0 "begin-$RANDOM$RANDOM" cd-r
	n=$(event "insert copy=2")
	control burn copies=3 verify
	asked 2 $((n + 1))
}
begin
control cancel
job_ends ECANCELED "cancelled while it waits"
contains "$(stats last_error)" "disc 2 of 3 (1 done)" "the sentence"
released || fail "the drive is still held"

begin
faults sr0 "corrupt 60"
in_tray sr0 "bad-$RANDOM" cd-r
job_ends EIO "a bad disc"
contains "$(stats last_error)" "disc 2 of 3 (1 done): the disc differs" "the sentence"
no_faults

begin
faults sr0 "stall 0 0.02"
in_tray sr0 "slow-$RANDOM" cd-r
eventually "the drive writes" test -s "$(disc_dir sr0)/user"
control cancel
no_faults
job_ends ECANCELED "cancelled while it writes"
contains "$(stats last_error)" "disc 2 of 3 (1 done)" "the sentence"

begin
faults sr0 gone
job_ends ENXIO "unplugged while it waits"
contains "$(stats last_error)" "disc 2 of 3 (1 done)" "the sentence"
no_faults

# The first disc is refused as ever; a simulation is one, and so is an image.
in_tray sr0 first
try burn copies=2
same "$outcome" EROFS "the first disc is closed ($(stats last_error))"
refused EINVAL control burn simulate copies=2
control recorder "image:$T/x.iso"
refused EOPNOTSUPP control burn copies=2
control recorder "$DRIVE"

# burnfs ends at once while it waits, after a signal as after a lazy unmount; what is staged is kept.
begin
kill -TERM "$PID"
await_exit
start_burnfs "$DRIVE"
same "$(stat -c %s "$M/data/file")" 200000 "the staged file"
begin
fails unmount "$M" >"$T/said"
detach "$M"
await_exit || fail "exit status $? after a lazy unmount"
start_burnfs "$DRIVE"
mkdir "$T/connections"
if is_root && mount -t fusectl none "$T/connections"; then
	# The end of the connection is the end of the wait.
	begin
	echo 1 >"$T/connections/$(mountpoint -d "$M" | cut -d: -f2)/abort"
	await_exit || :
	detach "$M" 2>/dev/null || :
	start_burnfs "$DRIVE"
fi
in_tray sr0 "last-$RANDOM" cd-r
burn copies=1
expect_stat last_result ok
stop_burnfs
