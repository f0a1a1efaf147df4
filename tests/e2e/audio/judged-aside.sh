#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Sound is judged beside all other requests, however long that takes and however many files are closed at once; who
# waits for it can be interrupted, and neither removing the file nor unmounting waits for a decoder.
. "$(dirname "$0")/../lib.sh"

HOURS=100   # to decode them takes longer than this test
"$PYTHON" "$HELPERS/long_flac.py" $HOURS >"$T/long.flac"
size=$(stat -c %s "$T/long.flac")

# written N: N files have got all their bytes, and are in close(2).
written() {
	[ "$(find "$M/audio" -name 'long*.flac' -size "${size}c" | wc -l)" = "$1" ]
}

begin_copies() {
	local i
	copies=()
	for i in $(seq "$1"); do
		cp "$T/long.flac" "$M/audio/long$i.flac" 2>/dev/null &
		copies+=($!)
	done
	eventually "$1 copies are being closed" written "$1"
}

everything_answers() {
	timeout 20 cat "$M/stats" "$M/progress" "$M/control" >/dev/null || fail "$1: the virtual files do not answer"
	timeout 20 bash -c "echo cancel >'$M/control'" || fail "$1: cancel waits"
	timeout 20 ls -l "$M/audio" "$M/data" >/dev/null || fail "$1: a listing waits"
	timeout 20 cp "$T/long.flac" "$M/data/" || fail "$1: data/ cannot be written to"
	timeout 20 mv "$M/audio/cover.jpg" "$M/audio/front.jpg" || fail "$1: a name that is no sound's waits"
	mv "$M/audio/front.jpg" "$M/audio/cover.jpg"
}

ended() {
	! kill -0 "$1" 2>/dev/null
}

# interrupt PID…: these copies end at once, for a signal.
interrupt() {
	local pid
	for pid; do
		kill -0 "$pid" 2>/dev/null || fail "a close(2) did not wait for the judging"
		kill -TERM "$pid"
	done
	for pid; do
		eventually "a copy ends on a signal" ended "$pid"
	done
}

for threads in '' -s; do
	# shellcheck disable=SC2086
	start_burnfs $threads "image:$T/disc.iso"
	touch "$M/audio/cover.jpg"
	begin_copies 12
	everything_answers "12 closes at once${threads:+ with $threads}"
	interrupt "${copies[@]}"
	everything_answers "after the interrupts${threads:+ with $threads}"
	contains "$(stats track.01)" 'being checked' "a track that is being judged"
	refused EBUSY burn
	contains "$(stats last_error)" '.flac is still being checked' "why there is no burn"

	# What is removed keeps no decoder: others get their turn.
	rm "$M"/audio/long*.flac
	sound wav "$T/short.wav" 44100 1
	timeout 60 cp "$T/short.wav" "$M/audio/" || fail "a short sound is not judged"
	contains "$(stats track.01)" ' ok' "a short sound behind long ones"

	rm "$M/audio/short.wav"
	stop_burnfs
done

# While a name is given, the kernel keeps others out of the directory: that must not last.
start_burnfs "image:$T/disc.iso"
cp "$T/long.flac" "$M/audio/long.part"
timeout 20 mv "$M/audio/long.part" "$M/audio/long0.flac" || fail "a rename waits for its judging"
everything_answers "a rename"
rm "$M/audio/long0.flac"

# Neither a signal nor an unmount waits; what is not judged then the next mount judges.
begin_copies 3
kill -TERM "$PID"
await_exit || fail "burnfs ended with $?"
wait "${copies[@]}" || :
rm "$S"/audio/long*.flac
cp "$T/short.wav" "$S/audio/"
start_burnfs "image:$T/disc.iso"
contains "$(stats track.01)" ' ok' "a sound that was left"
cp "$T/long.flac" "$M/audio/" 2>/dev/null &
eventually "the copy is being closed" written 1
interrupt $!
stop_burnfs
