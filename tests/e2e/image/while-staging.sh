#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who reads image/disc.iso while staging goes on gets one moment whole, or ESTALE: never a mixture.
. "$(dirname "$0")/../lib.sh"

start_burnfs
# generation N: the file is removed and made anew, full of lines that tell its generation.
generation() {
	local mark
	mark=$(printf '<<generation %016d>>' "$1")
	"$PYTHON" -c 'import sys; sys.stdout.write((sys.argv[1] + "\n") * 20000)' "$mark" >"$T/new"
	rm -f "$M/data/file"
	cp "$T/new" "$M/data/file"
}
generation 0
"$PYTHON" "$HELPERS/image.py" readers "$M/image/disc.iso" 6 >"$T/counts" 2>"$T/said" &
reader=$!
n=0
while kill -0 $reader 2>/dev/null; do
	n=$((n + 1))
	generation $n
	# Quiet for a moment now and then, so that some reading comes to its end.
	[ $((n % 20)) -ne 0 ] || cat "$M/image/disc.iso" >/dev/null
done
wait $reader || fail "$(cat "$T/said")"
read -r whole stale <"$T/counts"
echo "$n generations, $whole whole readings, $stale stale"
[ "$whole" -gt 0 ] || fail "no reading came to its end"
[ "$stale" -gt 0 ] || fail "no reading was ever stale: nothing was tried"
stop_burnfs
