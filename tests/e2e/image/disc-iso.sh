#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# image/disc.iso is the disc without a burn: the same bytes at any offset, of one moment, for any reader.
. "$(dirname "$0")/../lib.sh"

start_burnfs "image:$T/disc.iso"
same "$(ls -A "$M/image")" disc.svg "image/ with nothing staged"
sample_tree "$M/data"
same "$(ls -A "$M/image" | sort)" $'disc.iso\ndisc.svg' "image/ with data staged"
same "$(stat -c %s "$M/image/disc.iso")" $(($(stats data_used_blocks) * 2048)) "its size"
burn
cmp "$M/image/disc.iso" "$T/disc.iso"
"$PYTHON" "$HELPERS/image.py" random "$M/image/disc.iso" "$T/disc.iso" 7 3000
busybox cat "$M/image/disc.iso" | cmp - "$T/disc.iso"
cp --sparse=never "$M/image/disc.iso" "$T/copy.iso"
cmp "$T/copy.iso" "$T/disc.iso"
whole_image "$M/image/disc.iso" "$M/data"

# Nobody writes it.
refused EACCES truncate -s 0 "$M/image/disc.iso"
refused EACCES rm -f "$M/image/disc.iso"

# After a change, what was opened before is stale: never a mixture.
"$PYTHON" "$HELPERS/image.py" stale "$M/image/disc.iso" "$M/data/dir/large.bin"
for change in "echo more >>$M/data/hello.txt" "touch $M/data/new" "mv $M/data/new $M/data/newer" \
	"rm $M/data/newer" "chmod 700 $M/data/dir" "touch -d 2002-02-02 $M/data/hello.txt" \
	"ln $M/data/hello.txt $M/data/hard" "printf x | dd of=$M/data/dir/hole conv=notrunc status=none"; do
	exec 9<"$M/image/disc.iso"
	head -c 100 <&9 >/dev/null
	bash -c "$change"
	refused ESTALE bash -c "tail -c 5000 <&9"
	exec 9<&-
	burn
	cmp "$M/image/disc.iso" "$T/disc.iso" || fail "not the burned image after: $change"
done
whole_image "$T/disc.iso" "$M/data"

# Reading changes nothing: the same bytes again, access times or not.
cp "$T/disc.iso" "$T/first.iso"
cat "$M/data/hello.txt" "$M/data/dir/random.bin" "$M/control" >/dev/null
ls -lR "$M/data" >/dev/null
cmp "$M/image/disc.iso" "$T/first.iso"
rm -rf "${M:?}/data/"*
same "$(ls -A "$M/image")" disc.svg "image/ with nothing staged any more"
stop_burnfs
