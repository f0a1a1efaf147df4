#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A home directory has sockets in it: copying programs come through, and the disc has the names with their type.
. "$(dirname "$0")/../lib.sh"
need_tools rsync xorriso

start_burnfs "image:$T/disc.iso"
mkdir "$T/from"
echo content >"$T/from/file"
(cd "$T/from" && "$PYTHON" -c 'import socket; socket.socket(socket.AF_UNIX).bind("S.agent")')
chmod 0711 "$T/from/S.agent"
cp -a "$T/from" "$M/data/copied"
rsync -a "$T/from/" "$M/data/synced"
for dir in copied synced; do
	same "$(stat -c '%F %a' "$M/data/$dir/S.agent")" "socket 711" "the socket in $dir"
done
expect_stat data_files 4
burn
xorriso -indev "$T/disc.iso" -lsl /copied -- 2>/dev/null >"$T/listed"
grep -q "^srwx--x--x.*'S.agent'$" "$T/listed" || fail "the socket is not on the disc: $(cat "$T/listed")"
same "$(blocks_of_image "$T/disc.iso")" "$(stats data_used_blocks)" "blocks of the image"
kill_burnfs
start_burnfs "image:$T/disc.iso"
same "$(stat -c '%F %a' "$M/data/synced/S.agent")" "socket 711" "the socket after a crash"
expect_stat data_files 4

# Devices are refused, and told why. A plain user gets no further than the kernel.
if is_root; then
	refused EPERM mknod "$M/data/null" c 1 3
	contains "$(stats last_error)" "is a device" "last_error of a device"
fi
stop_burnfs
