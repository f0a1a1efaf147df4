#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Many long names in one directory: a correct image, or a refusal that names the directory. Never a
# damaged one.
# TIMEOUT: 300
. "$(dirname "$0")/../lib.sh"

start_burnfs "image:$T/disc.iso"
burned=0
for case in "900 130" "500 200" "300 240" "800 180" "200 255"; do
	read -r count length <<<"$case"
	control clear
	mkdir "$M/data/many long names"
	"$PYTHON" -c 'import os, sys
count, length, top = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
for i in range(count):
    with open(os.path.join(top, ("%06d" % i) + "n" * (length - 6)), "w") as file:
        file.write(str(i))' "$count" "$length" "$M/data/many long names"
	rm -f "$T/disc.iso"
	status=0
	(burn) 2>"$T/said" || status=$?
	if [ $status -eq 0 ]; then
		burned=$((burned + 1))
		same "$(blocks_of_image "$T/disc.iso")" "$(stats data_used_blocks)" "blocks of the image"
		whole_image "$T/disc.iso" "$M/data"
		cmp "$M/image/disc.iso" "$T/disc.iso"
		echo "$case: burned"
	else
		expect_stat last_result EIO
		contains "$(stats last_error)" "many long names" "last_error of a refusal"
		gone "$T/disc.iso" || fail "an image in spite of the refusal"
		! cat "$M/image/disc.iso" >/dev/null 2>&1 || fail "image/disc.iso gives what the burn refuses"
		echo "$case: refused: $(stats last_error)"
	fi
done
[ $burned -gt 0 ] || fail "none of them could be burned"
stop_burnfs
