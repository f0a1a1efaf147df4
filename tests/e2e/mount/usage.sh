#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The command line: help, version, what is refused, and with which words and status.
. "$(dirname "$0")/../lib.sh"

# refuses STATUS WORDS ARGUMENT…: that exit status, a sentence with those words on stderr, nothing on stdout.
refuses() {
	local wanted=$1 words=$2 status=0
	shift 2
	timeout 20 "$BURNFS" -f "$@" >"$T/stdout" 2>"$T/stderr" || status=$?
	same "$status" "$wanted" "exit status of '$*' ($(cat "$T/stderr"))"
	contains "$(cat "$T/stderr")" "$words" "what '$*' says"
	same "$(cat "$T/stdout")" "" "stdout of '$*'"
	if mounted "$M"; then fail "'$*' has mounted"; fi
}

for option in -h --help; do
	"$BURNFS" $option >"$T/help" 2>"$T/stderr"
	same "$(cat "$T/stderr")" "" "stderr of $option"
	for word in RECORDER MOUNTPOINT capacity label keep overwrite gap names --print-config --list-recorders; do
		contains "$(cat "$T/help")" "$word" "$option"
	done
done
features=$("$BURNFS" -V | sed -n 's/^features: //p')
for word in data audio mixed sessions joliet cd-text verify copies; do
	contains " $features " " $word " "the features"
done
! "$BURNFS" -V | grep -q '^libsystemd ' || contains "$features " "systemd " "the features"
for option in -V --version; do
	for library in burnfs fuse libisofs libburn; do
		contains "$("$BURNFS" $option | tr '[:upper:]' '[:lower:]')" $library "$option"
	done
done
"$BURNFS" --list-recorders | grep -q none || fail "--list-recorders does not list 'none'"
"$BURNFS" --print-config >"$T/config.ini"
grep -Eq '^capacity *=' "$T/config.ini" || fail "--print-config has no capacity"
"$BURNFS" -o config="$T/config.ini" --print-config >"$T/again.ini"
no_difference "$T/config.ini" "$T/again.ini" "the configuration read back"

mkdir "$T/full"
: >"$T/full/something"
: >"$T/file"
refuses 1 ""
refuses 1 "no-such-option" --no-such-option "$M"
refuses 1 "nonsense" -o nonsense "$M"
refuses 1 "nonsense" -o nonsense=3 "$M"
refuses 1 "capacity" -o capacity=much "$M"
refuses 1 "keep" -o keep=perhaps "$M"
refuses 1 "" none "$M" "$M/more"
refuses 2 "$T/missing" -o stash="$S" "$T/missing"
refuses 2 "$T/full" -o stash="$S" "$T/full"
refuses 2 "$T/file" -o stash="$S" "$T/file"
[ -f "$T/full/something" ] || fail "the full mountpoint has lost its file"

refuses 1 "not an optical drive" -o stash="$S" /dev/null "$M"
refuses 1 "ftp:" -o stash="$S" ftp:somewhere "$M"

# What fstab lines carry for others is dropped in silence.
start_burnfs -o user,users,nofail,_netdev,auto,noauto,x-gvfs-show,rw,nodev,nosuid,noexec
same "$(cat "$LOG")" "" "the log after options that are not burnfs's"
stop_burnfs
start_burnfs -s
stop_burnfs
