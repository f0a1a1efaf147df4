#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# examples/try-my-drive: nothing is written that was not agreed to, the report says what came of each step, and whatever
# ends it, the drive is free and nothing is left behind.
# TIMEOUT: 240
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
need_tools xorriso isoinfo bsdtar diff

export BURNFS
try_my_drive=$(cd "$(dirname "$0")/../../.." && pwd)/examples/try-my-drive
mkdir "$T/tmp" "$T/bin"
# Other programs find what is on the disc as they would in a drive.
program() {
	printf '#!/bin/sh\n%s\n' "$2" >"$T/bin/$1"
	chmod +x "$T/bin/$1"
}
program xorriso "LD_PRELOAD='$MMC_LIBRARY' exec $(command -v xorriso) \"\$@\""
program isoinfo "exec $(command -v isoinfo) -R -i '$T/now/user' -x \"\$5\""
program mount "unset LD_PRELOAD
rm -rf '$T/seen' && mkdir '$T/seen' && bsdtar -xf '$T/now/user' -C '$T/seen' && exec $(command -v mount) --bind '$T/seen' \"\$5\""
export TMPDIR=$T/tmp PATH=$T/bin:$PATH
cd "$T"

R=$T/report
PRELOAD=
# put KIND [OPTION…]: a new disc
put() {
	no_faults
	in_tray sr0 "disc-$RANDOM$RANDOM" "$@"
}
# run STATUS ARGUMENT…: with what is on stdin as answers; the report is $R, what it said $T/said
run() {
	local wanted=$1 status=0
	shift
	rm -f "$R"
	LD_PRELOAD=$PRELOAD "$try_my_drive" --size 1 --report "$R" "$@" "$DRIVE" >"$T/said" 2>&1 || status=$?
	same "$status" "$wanted" "status with $*: $(cat "$T/said")"
	left_nothing "$*"
}
left_nothing() {
	empty_dir "$T/tmp" || fail "$1: left behind: $(ls -A "$T/tmp")"
	[ -z "$(mounts_below "$T/tmp")" ] || fail "$1: left a mount behind"
	[ ! -e "$BURNFS_MMC/sr0" ] || eventually "the drive is free" released
	! grep -F -e "$T" -e folder "$R" || fail "$1: the report tells of files"
}
# reported LINE…: the report has lines that begin so, in this order
reported() {
	local line at=0
	for line; do
		at=$(awk -v at="$at" -v line="$line" 'NR > at && index($0, line) == 1 { print NR; exit }' "$R")
		[ "$at" ] || fail "the report has no '$line' there: $(cat "$R")"
	done
}
unreported() {
	! grep "$1" "$R" || fail "the report has '$1': $(cat "$R")"
}
finished() {
	! grep -q damaged "$(disc_dir sr0)/disc" && same "$(sessions sr0)" "$1" "sessions of $2"
}

# ---- agreed to, and not

for answer in n "" maybe; do
	put cd-rw
	run 1 <<<"$answer"
	nothing_recorded sr0 || fail "something was recorded after the answer '$answer'"
	reported "version: burnfs" "version: libburn" "drive: BURNFS EMULATED" "medium: cd-rw" "medium_speeds: 706" "simulate: ok" "not done: you did not say yes" "outcome: 3 steps, not all"
	contains "$(cat "$T/said")" "LOST" "the question"
done
run 1 </dev/null
nothing_recorded sr0 || fail "something was recorded without an answer"

put cd-r
run 0 <<<y
contains "$(cat "$T/said")" "USED UP" "the question"
reported "simulate: ok" "writing: " "burn and verify: ok" "read with xorriso: ok" "outcome: 5 steps, all succeeded"
unreported blank\ fast
finished 1 cd-r
# It is closed now, and cannot be tried again.
cp "$(disc_dir sr0)/user" "$T/user"
run 1 --yes
reported "not done: the cd-r is full"
cmp "$T/user" "$(disc_dir sr0)/user"

for kind in cd-rw dvd+rw; do
	put $kind
	run 0 --yes
	[ "$kind" != dvd+rw ] || reported "simulate: not possible"
	reported "simulate: " "burn and verify: ok" "read with xorriso: ok" "blank fast: ok" "burn again, and verify: ok" "read with xorriso: ok" "outcome: "
	# What is on it is asked about, and goes only then.
	cp "$(disc_dir sr0)/user" "$T/user"
	run 1 <<<n
	cmp "$T/user" "$(disc_dir sr0)/user"
	reported "medium_status: " "not done: "
	unreported blank\ fast
	run 1 --only-simulate
	cmp "$T/user" "$(disc_dir sr0)/user"
	run 0 <<<YES
	reported "writing: " "blank fast: ok" "simulate: " "burn and verify: ok" "burn again, and verify: ok"
done

for kind in dvd+r bd-r; do
	put $kind
	run 0 --yes
	reported "simulate: not possible, " "burn and verify: ok" "read with xorriso: ok"
	finished 1 $kind
done

# ---- more than that

put dvd-r
run 0 --only-simulate
reported "simulate: ok" "outcome: 3 steps, all succeeded"
nothing_recorded sr0 || fail "a simulation left something"
put bd-r
run 1 --only-simulate
nothing_recorded sr0 || fail "what cannot be simulated was recorded"

for kind in cd-r "dvd-rw quick" bd-r "bd-re formatted"; do
	# shellcheck disable=SC2086 # a kind and its options
	put $kind
	run 0 --yes --multi
	[ "${kind% *}" != dvd-rw ] || reported "simulate: ok" "blank full: ok"
	reported "burn and verify: ok" "read with xorriso: ok" "add a session, and verify: ok" "read with xorriso: ok"
done
put dvd-r-dl
run 1 --yes --multi
nothing_recorded sr0 || fail "a second session was begun where there is none"

put cd-r
run 0 --yes --audio
reported "simulate: ok" "burn and verify: ok"
same "$(grep -c ^track "$(disc_dir sr0)/disc")" 2 "tracks"
[ -s "$(disc_dir sr0)/raw" ] || fail "there is no sound"
put dvd+r
run 1 --yes --audio
reported "not done: a dvd+r takes no sound"

# As where the kernel has the drive: other readers see it, after the tray was out and in.
put bd-re formatted
ln -sfn "$(disc_dir sr0)" "$T/now"
PRELOAD=$MMC_LIBRARY
run 0 --yes
reported "burn and verify: ok" "read with xorriso: ok" "tray out and in: ok" "read with isoinfo: ok"
! is_root || reported "read by the kernel: ok" "burn again" "tray out and in: ok" "read by the kernel: ok"
# A reader that finds something else.
put dvd+r
program isoinfo "echo something else"
run 1 --yes
reported "burn and verify: ok" "read with isoinfo: FAILED" "outcome: "
PRELOAD=

# ---- what goes wrong

# with FAULT LINE…: the report tells of it
with() {
	local kind=$1 fault=$2
	shift 2
	put "$kind"
	faults sr0 "$fault"
	run 1 --yes
	reported "$@" "outcome: "
	no_faults
}
with dvd+r "corrupt 300" "burn and verify: FAILED" "not done: the burn failed"
contains "$(cat "$R")" "EIO: the disc differs from what was staged in block 300" "the report"
unreported xorriso
with bd-r "write-error 200" "burn and verify: FAILED" "not done: the burn failed"
with cd-r "write-error 200" "simulate: FAILED" "not done: what cannot be simulated is not burned"
nothing_recorded sr0 || fail "burned after a simulation that failed"
with dvd+r "gone 200" "burn and verify: FAILED"
contains "$(cat "$R")" "ENXIO" "the report"
with cd-r gone "look at the disc: FAILED" "not done: the drive cannot be used"
# What was burned and cannot be read by others is bad, but no reason to stop.
put dvd+rw
mv "$T/bin/xorriso" "$T/bin/good-xorriso"
program xorriso "exit 32"
run 1 --yes
reported "read with xorriso: FAILED" "burn again, and verify: ok" "outcome: 9 steps, not all succeeded"
mv "$T/bin/good-xorriso" "$T/bin/xorriso"

tell_drive sr0 remove
run 1 --yes
reported "look at the disc: ok" "medium_status: none" "not done: there is no disc"
mv "$BURNFS_MMC/sr0" "$BURNFS_MMC/away"
run 1 --yes
reported "look at the disc: FAILED" "not done: "
mv "$BURNFS_MMC/away" "$BURNFS_MMC/sr0"

# Another program has the drive, and lets go of it.
put dvd+r
faults sr0 busy
run 0 --yes &
running=$!
eventually "it tells that it waits" grep -q "waiting, for another program uses" "$T/said"
no_faults
wait $running || fail "it did not go on when the drive was free"
reported "burn and verify: ok"

# ---- interrupted

# interrupted SIGNAL STATUS: as by a terminal, so that all it has started gets it
interrupted() {
	local status=0
	kill "-$1" -- "-$running"
	wait $running || status=$?
	no_faults
	same "$status" "$2" "status after SIG$1: $(cat "$T/said")"
	left_nothing "SIG$1"
	reported "interrupted: " "outcome: "
}
# begin ARGUMENT…: in a group of its own, and with SIGINT, which a shell keeps from its background jobs
begin() {
	rm -f "$R" "$T/said"
	setsid env --default-signal=INT "$try_my_drive" --size 8 --report "$R" "$@" "$DRIVE" >"$T/said" 2>&1 <"$T/input" &
	running=$!
}
mkfifo "$T/input"
exec 9<>"$T/input"   # which nobody ever says anything in
for signal in "INT 130" "TERM 143"; do
	put dvd+r
	faults sr0 "stall 0 0.02"
	begin --yes
	eventually "the drive writes" test -s "$(disc_dir sr0)/user"
	# shellcheck disable=SC2086 # the signal and the status
	interrupted $signal
	contains "$(cat "$R")" "ECANCELED" "the report"
done
put cd-r
begin
eventually "it asks" grep -q "Go on" "$T/said"
interrupted INT 130
nothing_recorded sr0 || fail "something was recorded"

# ---- a line like none of these

# usage_is STATUS PART ARGUMENT…
usage_is() {
	local wanted=$1 part=$2 status=0 said
	shift 2
	said=$("$try_my_drive" "$@" 2>&1) || status=$?
	same "$status" "$wanted" "status with $*"
	contains "$said" "$part" "what it says with $*"
	empty_dir "$T/tmp" || fail "left behind: $(ls -A "$T/tmp")"
}
usage_is 0 "usage: try-my-drive" --help
usage_is 2 "takes a drive"
usage_is 2 "--all" --all "$DRIVE"
usage_is 2 "one drive" "$DRIVE" /dev/sr1
usage_is 2 "--size" --size many "$DRIVE"
usage_is 2 "takes a value" "$DRIVE" --size
usage_is 2 "two tries" --audio --multi "$DRIVE"
usage_is 1 "is there already" --report "$R" "$DRIVE"
usage_is 1 "cannot be made" --report "$T/nowhere/report" "$DRIVE"
BURNFS=$T/nothing usage_is 1 "no program burnfs" "$DRIVE"
