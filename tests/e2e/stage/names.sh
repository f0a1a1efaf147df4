#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Names that a disc cannot carry are refused when they are made, whoever makes them.
. "$(dirname "$0")/../lib.sh"

start_burnfs
cd "$M/data"
: >plain
for name in $'\xff' $'latin1-\xe9' $'\xc3' $'\xc0\xaf' $'\xed\xa0\x80' $'\xf5\x80\x80\x80'; do
	refused EILSEQ touch "$name"
	refused EILSEQ mkdir "$name"
	refused EILSEQ ln -s x "$name"
	refused EILSEQ ln plain "$name"
	refused EILSEQ mv -T plain "$name"
	refused EILSEQ mkfifo "$name"
done
long=$(printf 'n%.0s' {1..256})
for command in touch mkdir "ln -s x" "ln plain" "mv -T plain" mkfifo; do
	# shellcheck disable=SC2086
	refused ENAMETOOLONG $command "$long"
done
same "$(ls -A)" plain "what is there after the refusals"

# A name that Joliet shortens is accepted and counted. It keeps 103 characters.
expect_stat joliet_renamed 0
touch "$(printf 'f%.0s' {1..103})"
mkdir "$(printf 'd%.0s' {1..103})"
expect_stat joliet_renamed 0
touch "$(printf 'F%.0s' {1..120})"
mkdir "$(printf 'ü%.0s' {1..110})"
expect_stat joliet_renamed 2
rm "$(printf 'F%.0s' {1..120})"
expect_stat joliet_renamed 1
rmdir "$(printf 'ü%.0s' {1..110})"
expect_stat joliet_renamed 0

# A name of more than 253 bytes is recorded whole, and counted: Linux does not show all of it. Other readers do.
for bytes in 253 254 255; do touch "$(printf 'l%.0s' $(seq $bytes))"; done
expect_stat linux_shortened 2
ln "$(printf 'l%.0s' {1..254})" "$(printf 'm%.0s' {1..254})"
expect_stat linux_shortened 3
mkdir "l$(printf 'é%.0s' {1..127})"
ln -s "$(printf 'target/%.0s' {1..25})end" "$(printf '語%.0s' {1..85})"
touch "lll$(printf '🎵%.0s' {1..63})"
expect_stat linux_shortened 6
control recorder "image:$T/long.iso"
burn
contains "$(stats last_summary)" "; Linux shows 6 names shortened" "the outcome"
whole_image "$T/long.iso" "$M/data"
rm -r [lm語]*
expect_stat linux_shortened 0

# A label has 32 bytes, and 16 characters in Joliet: that is counted and told as names are.
renamed=$(stats joliet_renamed)
control set label HOLIDAY_PICTURES
expect_stat joliet_renamed "$renamed"
control set label HOLIDAY_PICTURES_2026
expect_stat joliet_renamed $((renamed + 1))
contains "$(cat "$M/events")" "label=HOLIDAY_PICTURES_2026 joliet=HOLIDAY_PICTURES" "what is said of a label"
control set overwrite yes
burn
contains "$(stats last_summary)" '; Joliet shortens the label to "HOLIDAY_PICTURES"' "the outcome"
control set names strict # which leaves what is there
control set label HOLIDAYS

# With names=strict it is refused.
control set names strict
refused ENAMETOOLONG control set label HOLIDAY_PICTURES_2026
contains "$(stats last_error)" "Joliet" "what is said of a label"
expect_stat label HOLIDAYS
for command in touch mkdir "ln plain" "mv -T plain"; do
	# shellcheck disable=SC2086
	refused ENAMETOOLONG $command "$(printf 'x%.0s' {1..104})"
done
touch "$(printf 'y%.0s' {1..103})"
contains "$(stats last_error)$(cat "$M/events")" Joliet "what is said of it"
refused ENAMETOOLONG ln -s x "$(printf 'x%.0s' {1..254})"
contains "$(stats last_error)" "Linux would shorten" "what is said of a longer one"
refused ENAMETOOLONG touch "a$(printf 'é%.0s' {1..110})"
iconv -f UTF-8 -t UTF-8 "$M/stats" >/dev/null || fail "a name is cut within a character"
ln -s x "$(printf 'x%.0s' {1..253})"
expect_stat joliet_renamed 0
cd /
stop_burnfs
start_burnfs -o names=strict
refused ENAMETOOLONG touch "$M/data/$(printf 'x%.0s' {1..104})"
stop_burnfs
