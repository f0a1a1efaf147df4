#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where an image goes: how a RECORDER may be written, and that the suffix follows the content.
. "$(dirname "$0")/../lib.sh"

mkdir "$T/work"
cd "$T/work"
# goes_to RECORDER IMAGE: a data burn with that recorder on the command line makes that file.
goes_to() {
	start_burnfs "$1"
	[ -e "$M/data/file" ] || echo content >"$M/data/file"
	burn
	expect_stat last_output "$2"
	[ -s "$2" ] || fail "'$1' has not made $2"
	same "$(cd "$T/work" && ls -A)" "${2##*/}" "what '$1' has made"
	rm "$2"
	stop_burnfs
}
goes_to "image:$T/work/a.iso" "$T/work/a.iso"
goes_to "$T/work/b.iso" "$T/work/b.iso"
goes_to c.iso "$T/work/c.iso"
goes_to ./d.iso "$T/work/d.iso"
goes_to image:e.iso "$T/work/e.iso"
goes_to "image:$T/work/f" "$T/work/f.iso"
goes_to "$T/work/g.bin" "$T/work/g.iso"
goes_to "$T/work/h.cue" "$T/work/h.iso"
goes_to "image:$T/work/with a blank.iso" "$T/work/with a blank.iso"
goes_to "image:$T/work/two.dots.iso" "$T/work/two.dots.iso"
cd "$T"

# The settings' recorder is used when the command names none, or says auto.
start_burnfs -o recorder="image:$T/work/i.iso"
expect_stat recorder "image:$T/work/i.iso"
stop_burnfs
start_burnfs -o recorder="image:$T/work/i.iso" auto
expect_stat recorder "image:$T/work/i.iso"
stop_burnfs
start_burnfs -o recorder="image:$T/work/i.iso" none
expect_stat recorder none
echo content >"$M/data/file"
refused ENODEV burn
contains "$(stats last_error)" image: "the candidates in last_error"
gone "$T/work/i.iso" || fail "an image in spite of 'none'"

# The active one is marked in the list.
contains "$(grep -F '*' "$M/recorders")" none "the marked recorder"
control recorder "image:$T/work/j.iso"
contains "$(grep -F '*' "$M/recorders")" "$T/work/j.iso" "the marked recorder"
stop_burnfs
