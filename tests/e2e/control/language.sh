#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The control language: what a write may look like, and how refusals come back.
. "$(dirname "$0")/../lib.sh"

start_burnfs
write() {
	"$PYTHON" "$HELPERS/syscall.py" write "$M/control" "$@"
}

# Unknown things are refused at the write, with a sentence that names them.
for bad in frobnicate BURN "burn sideways" "burn copies=none" "burn copies=0" "clear everything" \
	"format video" "recorder" "recorder somewhere" "set" "blank gently" "cancel now" "wait 5"; do
	# shellcheck disable=SC2086
	refused EINVAL control $bad
	expect_stat last_result EINVAL
	[ -n "$(stats last_error)" ] || fail "no sentence for '$bad'"
done
grep -q frobnicate "$M/events" || fail "the events do not tell of the unknown verb"

# > and >>, with a last newline and without, at any offset.
echo "set label A" >"$M/control"
expect_stat label A
echo "set label B" >>"$M/control"
expect_stat label B
printf 'set label C' >"$M/control"
expect_stat label C
printf 'set label D\n' | dd of="$M/control" bs=64 seek=3 conv=notrunc status=none
expect_stat label D
printf '   set   label   E F  \n' >"$M/control"
expect_stat label "E F"
truncate -s 0 "$M/control"
printf '# nothing but a comment\n\n   \n' >"$M/control"
printf '' >"$M/control"
expect_stat label "E F"

# Several lines in one write, in order; the first that fails ends it.
same "$(write $'# comment\nset label G\n\nset gap 75\nset capacity 7777')" ok "a write of several lines"
expect_stat label G
expect_stat data_total_blocks 7777
same "$(write $'set label H\nfrobnicate\nset label I\n')" EINVAL "a write with a bad line in the middle"
expect_stat label H

# A failure sticks to the open file, not to the control file.
exec 9>"$M/control"
printf 'set label J\n' >&9
refused EINVAL bash -c 'printf "frobnicate\n" >&9'
refused EINVAL bash -c 'printf "set label K\n" >&9'
exec 9>&-
expect_stat label J
refused EINVAL bash -c "printf 'frobnicate\nset label L\n' >$M/control"
expect_stat label J
control set label M
expect_stat label M

# Nonsense of any size and kind is answered, and harms nobody.
same "$(write --repeat 100000 'x')" EINVAL "one line of 100,000 bytes"
same "$(write --repeat 50000 $'#\n')" ok "50,000 lines of comment"
same "$(write --hex 00)" EINVAL "a NUL"
same "$(write --hex 736574206c6162656c20ff)" EINVAL "a label that is not UTF-8"
same "$(write --hex 736574206c6162656c204100420a)" EINVAL "a NUL within a line"
expect_stat label M

# Reading it: a crib with every verb, and the last outcome.
refused EINVAL control frobnicate
for word in burn cancel wait clear format recorder set probe frobnicate; do
	contains "$(cat "$M/control")" $word "the crib"
done

# help, and what was probably meant otherwise, are told where a person looks: in the last line.
control help
contains "$(tail -n 1 "$M/control")" "# Last: help: ok: the commands are burn, cancel" "help"
control help format
same "$(stats last_summary)" "format data|audio|mixed|image|auto: choose what the next burn records" "help of a command"
control set gap 2
contains "$(tail -n 1 "$M/control")" "write 2s for 2 seconds" "what is said of two sectors"
grep -q " warning the gap is" "$M/events" || fail "no event tells of two sectors"
control set gap 2s
same "$(stats last_summary)" "" "what is said of two seconds"
stop_burnfs
start_burnfs -o capacity=700
contains "$(cat "$LOG")" "write 700MB for 700 MB" "the log of a mount with a small capacity"
stop_burnfs
