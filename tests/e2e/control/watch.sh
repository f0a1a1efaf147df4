#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# burnfs-watch: what it shows on a terminal, in a pipe and to a dialog, and how it ends. It never holds a mount that
# rests, and never ends a job.
. "$(dirname "$0")/../lib.sh"
WATCH=${BURNFS%/*}/burnfs-watch
[ -x "$WATCH" ] || fail "no burnfs-watch beside $BURNFS"
. "$(dirname "$0")/../drives.sh"
unset COLUMNS

# watch WANTED [ARGUMENT…]: it ends with that status; what it said is in $T/out and $T/err
watch() {
	local wanted=$1 status=0
	shift
	"$WATCH" "$@" >"$T/out" 2>"$T/err" || status=$?
	same "$status" "$wanted" "the status of burnfs-watch $* ($(cat "$T/err"))"
}

# begin FILE [ARGUMENT…]: follow the next job; wait until it does
begin() {
	local file=$1
	shift
	"$WATCH" --next "$@" "$M" >"$file" 2>"$file.err" &
	WATCHER=$!
	waits "$WATCHER"
}
# waits PID: it has looked, and waits for the next job without a file of the mount's
waits() {
	eventually "burnfs-watch to wait for a job" waiting "$1"
}
waiting() {
	find "/proc/$1/fd" -lname '*inotify*' | grep -q . && [ -z "$(find "/proc/$1/fd" -lname "$M/*")" ]
}

# done_with WANTED: the watcher that begin has started ended so
done_with() {
	local status=0
	wait "$WATCHER" || status=$?
	same "$status" "$1" "the status of burnfs-watch ($(cat "$T"/*.err))"
}

# no_controls FILE…: nothing in it but text, newlines and returns
no_controls() {
	! LC_ALL=C grep -nP '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8e\x8f\xaa-\xae]|\xff' "$@" ||
		fail "control characters in $*"
}

# narrow FILE COLUMNS: nothing that is drawn again is as wide as the terminal
narrow() {
	tr '\r' '\n' <"$1" | grep -v 'succeeded' | awk -v max="$2" 'length($0) >= max { print; bad = 1 } END { exit bad }' >"$T/wide" ||
		fail "too wide for $2 columns: $(cat "$T/wide")"
}

slow_dir images 4M
image=image:$T/images/disc.iso

# ---- without a mount, and without a job

watch 2 --frobnicate
watch 2 "$T" "$T"
contains "$(cat "$T/err")" "too many arguments, from \"$T\" on" "what it says of two mounts"
watch 2 "$T"
contains "$(cat "$T/err")" "not in a burnfs mount" "what it says of a plain directory"
watch 2 "$T/none"
watch 0 -h
contains "$(cat "$T/out")" --gauge "its help"
watch 0 -V

start_burnfs "$image"
random_file "$M/data/file" 8000000
watch 0 "$M"
contains "$(cat "$T/out")" "no job has run" "what it says when none has run"
watch 0 -q "$M/data/file"
same "$(cat "$T/out" "$T/err")" "" "what -q says"
(cd "$M/data" && watch 0)

# Without a name it is the only one, or names them all.
second=$T/second
mkdir "$second"
"$BURNFS" -o "stash=$T/stash2" none "$second"
cat >"$T/alone" <<'END'
# alone KEEP COMMAND…: where no other burnfs is mounted than those below KEEP
keep=$1; shift
awk '$0 ~ / - fuse\.burnfs / { print $5 }' /proc/self/mountinfo | while read -r other; do
	case $other in "$keep"/*) ;; *) umount -l "$(printf %b "$other")" ;; esac
done
cd /
exec "$@"
END
if is_root && unshare --mount true; then
	status=0
	unshare --mount sh "$T/alone" "$T" "$WATCH" 2>"$T/err" || status=$?
	same "$status" 2 "with two mounts"
	contains "$(cat "$T/err")" "$M" "the candidates"
	contains "$(cat "$T/err")" "$second" "the candidates"
	unmount "$second"
	unshare --mount sh "$T/alone" "$T" "$WATCH" >"$T/out"
	contains "$(cat "$T/out")" "no job has run" "the only mount"
else
	echo "not tested: which mount it takes by itself (needs root and mount namespaces)"
	unmount "$second"
fi

# ---- a job in a pipe, on terminals, in a dialog

begin "$T/lines"
lines=$WATCHER
begin "$T/gauge" --gauge
gauge=$WATCHER
begin "$T/quiet" -q
"$PYTHON" "$HELPERS/terminal.py" 70 -- env TERM=vt100 "$WATCH" -n "$M" >"$T/wide-terminal" &
terminals=$!
"$PYTHON" "$HELPERS/terminal.py" 70,24 -- env TERM=vt100 "$WATCH" -n "$M" >"$T/narrow-terminal" &
terminals+=" $!"
"$PYTHON" "$HELPERS/terminal.py" 70 -- env TERM=dumb "$WATCH" -n "$M" >"$T/dumb-terminal" &
terminals+=" $!"
all_three() { [ "$(pgrep -c -f "^$WATCH -n $M\$")" -eq 3 ]; }
eventually "watchers on terminals" all_three
for pid in $(pgrep -f "^$WATCH -n $M\$"); do waits "$pid"; done
control burn
"$WATCH" "$M" >"$T/late" || fail "joining a job that runs: $?"
done_with 0
for pid in $lines $gauge $terminals; do
	wait "$pid" || fail "a watcher ended with $?"
done
expect_stat last_result ok

same "$(head -n 1 "$T/lines")" preparing "the first line"
same "$(tail -n 1 "$T/lines")" "burn succeeded: $T/images/disc.iso" "the last line"
[ "$(grep -c '^burning [0-9]* %' "$T/lines")" -ge 4 ] || fail "too few lines: $(cat "$T/lines")"
[ "$(wc -l <"$T/lines")" -le 16 ] || fail "too many lines: $(cat "$T/lines")"
grep -q 'burning [0-9]* %.*left.*MB/s' "$T/lines" || fail "no figures: $(cat "$T/lines")"
grep -qx closing "$T/lines" || fail "not each state: $(cat "$T/lines")"
same "$(cat "$T/quiet" "$T/quiet.err")" "" "what -q says"
same "$(tail -n 1 "$T/late")" "burn succeeded: $T/images/disc.iso" "what a late watcher says"
no_difference <(grep -vE '^(burning|closing) [0-9]' "$T/lines") \
	<(tr -d '\r' <"$T/dumb-terminal" | grep -vE '^(burning|closing) [0-9]') \
	"what a dumb terminal gets"

no_controls "$T/wide-terminal" "$T/narrow-terminal" "$T/dumb-terminal"
narrow "$T/wide-terminal" 70
tr '\r' '\n' <"$T/wide-terminal" | grep -q '^burning  *[0-9]* % \[#* *\]  .*left, .*MB/s' || fail "no bar: $(cat "$T/wide-terminal")"
same "$(tr '\r' '\n' <"$T/wide-terminal" | grep . | tail -n 1)" "burn succeeded: $T/images/disc.iso" "the last line on a terminal"
# Once it has become narrow only what matters most is left.
tr '\r' '\n' <"$T/narrow-terminal" | grep ^burning | tail -n 1 >"$T/narrowed"
narrow "$T/narrowed" 24

grep -qvE '^([0-9]+|# .*)$' "$T/gauge" && fail "no lines of a gauge: $(cat "$T/gauge")"
grep -q '^# Burning: .*left' "$T/gauge" || fail "no text in the gauge: $(cat "$T/gauge")"
same "$(tail -n 1 "$T/gauge")" 100 "the end of the gauge"
same "$(grep -c '^100$' "$T/gauge")" 1 "how often the gauge says 100"

# ---- outcomes

watch 0 "$M"
contains "$(cat "$T/out")" "no job is running; the last burn succeeded: $T/images/disc.iso" "the last outcome"
control set label ANYTHING
watch 0 "$M"
begin "$T/cancelled"
control burn
await_state burning
control cancel
done_with 3
contains "$(cat "$T/cancelled.err")" "$(stats last_error)" "the sentence of a cancelled burn"
watch 3 "$M"
contains "$(cat "$T/err")" "no job is running; the last burn was cancelled" "what is said of a burn that was cancelled before"

echo mine >"$T/foreign.iso"
control recorder "image:$T/foreign.iso"
refused EEXIST control burn
watch 1 "$M"
contains "$(cat "$T/err")" "foreign.iso" "the sentence of a burn that was refused"
control recorder "$image"

# A burn that is refused because one runs is nothing to who follows that.
begin "$T/undisturbed"
control burn
refused EBUSY control burn
done_with 0
control recorder "$image"

# ---- names and texts of others

evil=$'\u009b31mevil\u202e\\n<b>'
control recorder "image:$T/$evil$(printf '\xff\xfe').iso"
control set label $'\u009b31mlabel'
begin "$T/evil"
lines=$WATCHER
begin "$T/evil-gauge" --gauge
"$PYTHON" "$HELPERS/terminal.py" 70 -- env TERM=vt100 "$WATCH" -n "$M" >"$T/evil-terminal" &
terminal=$!
eventually "a watcher on a terminal" pgrep -f "^$WATCH -n $M\$" >/dev/null
waits "$(pgrep -f "^$WATCH -n $M\$")"
control burn wait
done_with 0
wait "$lines"
wait "$terminal"
contains "$(cat "$T/evil")" '?31mevil?\n<b>??.iso' "the image's name"
printf 'no sound' >"$M/audio/"$'\e]0;evil\a'"$evil.wav" || :
refused EINVAL control burn
watch 1 "$M"
contains "$(cat "$T/err")" "?]0;evil??31mevil" "the track's name"
no_controls "$T/evil" "$T/evil-gauge" "$T/evil-terminal" "$T/err"
contains "$(cat "$T/evil-gauge")" '\\n<b>' "a backslash in the gauge"
LC_ALL=C "$WATCH" "$M" 2>"$T/err" || :
! LC_ALL=C grep -q $'[\x80-\xff]' "$T/err" || fail "what the locale cannot say is said"
rm "$M/audio"/*
control recorder "$image"

# ---- it holds nothing that rests, and ends when the mount does

begin "$T/idle"
awake() { awk '/^voluntary/ { print $2 }' "/proc/$WATCHER/status"; }
before=$(awake)
random_file "$T/some-time" 30000000
ls "$M" >/dev/null
cat "$M/stats" >/dev/null
# It wakes up when anything is mounted anywhere, and when a file of the mount is read: not all the time.
[ $(($(awake) - before)) -lt 200 ] || fail "it was awake $(($(awake) - before)) times"
control set label QUIET
waits "$WATCHER"
kill -0 "$WATCHER" || fail "a setting was taken for a job"
# A job that is over before anybody could look is one all the same, and so is one that control waits for.
rm "$M/data/file"
echo content >"$M/data/file"
control recorder "image:$T/quick.iso"
burn
done_with 0
contains "$(cat "$T/idle")" "burn succeeded: $T/quick.iso" "a short burn"
begin "$T/idle"
stop_burnfs
done_with 2
contains "$(cat "$T/idle.err")" "no longer mounted" "the end of the mount"

fresh() {
	rm -f "$T/images/disc.iso"
	start_burnfs "$image"
}
fresh
random_file "$M/data/file" 16000000
begin "$T/gone"
control burn
await_state burning
detach "$M"
done_with 2
contains "$(cat "$T/gone.err")" "no longer mounted" "a lazy unmount"
await_exit

fresh
random_file "$M/data/file" 16000000
begin "$T/killed"
control burn
await_state burning
kill_burnfs
done_with 2
contains "$(cat "$T/killed.err")" "no longer running" "a burnfs that was killed"
watch 2 "$M"
contains "$(cat "$T/err")" "no longer running" "a dead mount"
detach "$M"

# ---- ctrl-C ends the watching

fresh
status=0
(eventually "a watcher" pgrep -f "^$WATCH -n $M\$" >/dev/null; control burn) &
"$PYTHON" "$HELPERS/terminal.py" 70 3@% -- env TERM=vt100 "$WATCH" -n "$M" >"$T/interrupted" || status=$?
same "$status" 130 "the status after ctrl-C"
contains "$(cat "$T/interrupted")" "the burn continues" "what it says"
control wait
expect_stat last_result ok
stop_burnfs

# ---- news that look like old ones

# Jobs of one second leave the same lines.
ended() { ! kill -0 "$1" 2>/dev/null; }
start_burnfs "$T/again.iso"
echo content >"$M/data/file"
seconds=2
for ((i = 0; i < 30 && seconds > 1; i++)); do
	control $'burn wait\nburn wait\nburn wait'
	begin "$T/again" -q
	kill -STOP "$WATCHER"
	control burn wait
	kill -CONT "$WATCHER"
	eventually "the watcher to see one more job" ended "$WATCHER"
	done_with 0
	seconds=$(grep ' complete ' "$M/events" | tail -n 4 | cut -d ' ' -f 1 | uniq | wc -l)
done
same "$seconds" 1 "the seconds that it took"
stop_burnfs

# ---- a log that has lost its lines

# flood WORD: refused lines, until the log has none of that kind any more
flood() {
	"$PYTHON" - "$M" "$1" <<'END'
import sys
mount, word = sys.argv[1:]
def told():
    return any(line.split()[1] == word for line in open(mount + "/events"))
while told():
    for i in range(500):
        try:
            with open(mount + "/control", "w") as control:
                control.write("set nosuch setting")
        except OSError:
            pass
END
}

fresh
truncate -s 400M "$M/data/file"
begin "$T/lost"
kill -STOP "$WATCHER"
control burn
flood state
expect_stat state burning
kill -CONT "$WATCHER"
eventually "a burn that the log does not tell of" grep -q ^burning "$T/lost"
control cancel
done_with 3
flood complete
status=0
"$WATCH" "$M" >"$T/out" 2>"$T/err" || status=$?
same "$status" 2 "the status when nobody knows how the last job ended"
contains "$(cat "$T/err")" "no longer has the result" "what it says then"
stop_burnfs

# ---- several discs, in a drive

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
random_file "$M/data/file" 200000
begin "$T/copies"
lines=$WATCHER
begin "$T/copies-gauge" --gauge
gauge=$WATCHER
"$PYTHON" "$HELPERS/terminal.py" 90 -- env TERM=vt100 "$WATCH" -n "$M" >"$T/copies-terminal" &
WATCHER=$!
eventually "a watcher on a terminal" pgrep -f "^$WATCH -n $M\$" >/dev/null
waits "$(pgrep -f "^$WATCH -n $M\$")"
control burn copies=2
for name in copies copies-gauge copies-terminal; do
	eventually "the prompt in $name" grep -qi 'put in disc 2 of 2' "$T/$name"
done
in_tray sr0 first
for name in copies copies-gauge copies-terminal; do
	eventually "the reason in $name" grep -qi 'put in disc 2 of 2: .*not blank' "$T/$name"
done
"$WATCH" "$M" >"$T/joined" &
joined=$!
eventually "who comes while a disc is waited for sees it" grep -q 'put in disc 2 of 2: .*not blank' "$T/joined"
in_tray sr0 second cd-r
done_with 0
wait "$lines"
wait "$gauge"
wait "$joined"
contains "$(cat "$T/copies")" "disc 1 of 2 is done" "the lines"
same "$(tail -n 1 "$T/copies")" "burn succeeded" "the last line"
no_controls "$T/copies-terminal"
narrow "$T/copies-terminal" 90
begin "$T/eject"
control eject
done_with 0
contains "$(cat "$T/eject")" "eject succeeded" "another job"
stop_burnfs
