#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The log tells what each burn came to, and each refusal with its reason: so one can look up last night's disc.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

# logged PATTERN: a line of the log, as grep -E takes it
logged() {
	grep -qE -- "$1" "$LOG" || fail "the log has no line '$1': $(tail -n 5 "$LOG")"
}

start_burnfs -o label=HOLIDAYS "image:$T/out"
refused ENODATA control burn wait
logged '^burnfs: warning: burn: nothing is staged'
refused EINVAL control "brun"
logged '^burnfs: warning: control: .*brun'

random_file "$M/data/one" 3000000
echo x >"$M/data/two"
mkdir "$M/data/.Trash-1000"
for name in .DS_Store Thumbs.db desktop.ini .Trash-1000/more; do echo x >"$M/data/$name"; done
burn verify
want='burned 3\.[0-9] MB, 2 files, to [^ ]*/out\.iso \("HOLIDAYS"\), verified, in [0-9]+ seconds?; left out 5: '
logged "^burnfs: $want"
summary=$(stats last_summary)
grep -qE "^$want" <<<"$summary" || fail "last_summary is '$summary'"
contains "$summary" "…" "names that are not all told"
contains "$(cat "$M/control")" "# Last: burn: ok: $summary" "control"
rm -r "$M/data/.Trash-1000" "$M/data/Thumbs.db" "$M/data/desktop.ini"
burn
summary=$(stats last_summary)
same "${summary##*; }" "left out 1: .DS_Store" "what was left out"
control set exclude
burn
[[ $(stats last_summary) != *"left out"* ]] || fail "nothing was left out: $(stats last_summary)"
refused EINVAL control nonsense
expect_stat last_summary ""

# Sound, and a drive. Stopping that one stops what is said twice.
control clear
sound wav "$M/audio/track01.wav" $((2352 * 75 * 61)) 1
burn
[[ $(stats last_summary) =~ ^"burned 1 track, 1:01 minutes of sound, to $T/out.bin, in "[0-9]+" second"s?$ ]] || fail "$(stats last_summary)"
stop_burnfs

in_tray sr0 first cd-r
start_burnfs -o label=HOLIDAYS "$DRIVE"
echo x >"$M/data/x"
burn simulate
[[ $(stats last_summary) =~ ^"simulated burning 0."[0-9]" MB, 1 file, to $DRIVE (cd-r \"HOLIDAYS\"), in "[0-9]+" second"s?$ ]] ||
	fail "$(stats last_summary)"
burn
logged 'burned 0\.[0-9] MB, 1 file, to .* \(cd-r "HOLIDAYS"\), in [0-9]+ seconds?$'
refused EROFS burn
logged '^burnfs: warning: burn: the cd-r is closed'
