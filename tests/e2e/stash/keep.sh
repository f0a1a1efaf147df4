#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What becomes of the stash at unmount: keep=no, unburned, yes.
. "$(dirname "$0")/../lib.sh"
need_tools bsdtar

stash_gone() { gone "$S"; }
staged_again() {
	start_burnfs "$@"
	same "$(cat "$M/data/file" 2>/dev/null)" content "the staged file at the next mount"
	grep -q . "$M/events" || fail "no word of what was taken up again"
}
lost() {
	start_burnfs "$@"
	same "$(ls -A "$M/data")" "" "what is staged after the stash was let go"
}

# The default: kept until recorded, with success, and not changed since.
start_burnfs "image:$T/disc.iso"
echo content >"$M/data/file"
stop_burnfs
staged_again "image:$T/disc.iso"
burn simulate
stop_burnfs
staged_again "image:$T/disc.iso"
burn
stop_burnfs
stash_gone || fail "the stash is there after a burn and an unmount: $(find "$S")"
cmp <(bsdtar -xOf "$T/disc.iso" file) <(echo content)
rm "$T/disc.iso"

lost "image:$T/disc.iso"
echo content >"$M/data/file"
burn
echo more >"$M/data/another"
stop_burnfs
staged_again -o overwrite=yes "image:$T/disc.iso"
same "$(cat "$M/data/another")" more "what was changed after the burn"
# A failed burn after a good one, and audio that was not burned, keep it, too.
burn
sound raw "$M/audio/track01.cdr" 4000 1
stop_burnfs
staged_again -o overwrite=yes "image:$T/disc.iso"
[ -s "$M/audio/track01.cdr" ] || fail "the track that was not burned is gone"
rm "$M/audio/track01.cdr"
burn
stop_burnfs
stash_gone || fail "the stash is there after all was burned"

# What others strew is nobody's work, and goes with a stage that was recorded. What a user keeps off the disc is work.
start_burnfs "image:$T/strewn.iso"
mkdir "$M/data/._photos"
echo content >"$M/data/._photos/file"
stop_burnfs
start_burnfs -o overwrite=yes "image:$T/strewn.iso"
same "$(cat "$M/data/._photos/file")" content "what is excluded by default, with nothing burned"
echo content >"$M/data/file"
echo raw >"$M/data/only.raw"
control 'set exclude ._*:*.raw'
burn
stop_burnfs
staged_again -o overwrite=yes "image:$T/strewn.iso"
same "$(cat "$M/data/only.raw")" raw "what a pattern of the user's kept off the disc"
burn
stop_burnfs
stash_gone || fail "the stash is there, though what is left was excluded by default alone"

# keep=yes keeps what was burned; keep=no lets go what was not.
start_burnfs -o keep=yes,overwrite=yes "image:$T/disc.iso"
echo content >"$M/data/file"
burn
stop_burnfs
staged_again -o keep=no
stop_burnfs
stash_gone || fail "the stash is there after keep=no"

# A crash or a signal is no unmount: keep=no does not apply.
for signal in KILL TERM; do
	start_burnfs -o keep=no
	echo content >"$M/data/file"
	kill -$signal "$PID"
	wait "$PID" || :
	staged_again -o keep=no
	stop_burnfs
	stash_gone || fail "the stash is there after keep=no"
done

# A signal lets go what was recorded, as systemctl stop after a good burn; not what has changed, nor what is being written.
start_burnfs -o overwrite=yes "image:$T/disc.iso"
echo content >"$M/data/file"
burn
kill -TERM "$PID"
await_exit || fail "burnfs has not ended well on a signal"
stash_gone || fail "the stash is there after a signal, though all was burned"
start_burnfs -o overwrite=yes "image:$T/disc.iso"
echo content >"$M/data/file"
burn
exec 7>>"$M/data/file"
kill -TERM "$PID"
await_exit || fail "burnfs has not ended well on a signal"
exec 7>&- || :
staged_again -o overwrite=yes "image:$T/disc.iso"
burn
echo more >"$M/data/another"
kill -TERM "$PID"
await_exit || fail "burnfs has not ended well on a signal"
staged_again -o keep=no
stop_burnfs

# Clearing and letting go remove only what burnfs put there, and follow no link.
mkdir "$T/outside"
echo outside >"$T/outside/file"
start_burnfs -o keep=no
ln -s "$T/outside" "$M/data/link"
ln -s "$T/outside/file" "$M/data/link2"
control clear
same "$(cat "$T/outside/file")" outside "what a staged link pointed to, after 'clear'"
ln -s "$T/outside" "$M/data/link"
echo foreign >"$S/foreign"
stop_burnfs
same "$(cat "$T/outside/file")" outside "what a staged link pointed to, after the unmount"
same "$(cat "$S/foreign")" foreign "a file in the stash that burnfs did not put there"
