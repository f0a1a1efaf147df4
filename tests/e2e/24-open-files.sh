#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Modes and owners of staged files do not lock burnfs itself out, nor what it has open.
. "$(dirname "$0")/lib.sh"

start_burnfs "image:$T/disc.iso"
cd "$M/data"
echo secret >sealed
chmod 0000 sealed
echo program >setuid
chmod 4755 setuid
mkdir closed
echo inside >closed/file
chmod 0500 closed
printf 'written to a file that is born read-only' | install -m 0400 /dev/stdin born
same "$(stat -c %a sealed setuid closed born | tr '\n' ' ')" "0 4755 500 400 " "modes"
cd /

# Nothing in the stash is a set-uid program of the host's.
same "$(find "$S" -perm /6000)" "" "set-uid files in the stash"
burn
expect_stat last_result ok
bsdtar --format=pax -cf - "@$T/disc.iso" | tree --fields type,mode,size tar - >"$T/got"
for line in 'sealed type=file mode=0000 size=7' 'setuid type=file mode=4755 size=8' \
	'closed type=dir mode=0500' 'closed/file type=file mode=0644 size=7'; do
	grep -qx "$line" "$T/got" || fail "no '$line' in the image: $(cat "$T/got")"
done

# After a crash the modes are still those that were staged.
kill_burnfs
start_burnfs "image:$T/disc.iso"
same "$(cd "$M/data" && stat -c %a sealed setuid closed born | tr '\n' ' ')" "0 4755 500 400 " "modes after a crash"
if is_root; then
	chown 1000:2000 "$M/data/setuid"
	chown -h 11:12 "$M/data/sealed"
	kill_burnfs
	start_burnfs
	same "$(stat -c %u:%g "$M/data/setuid" "$M/data/sealed" | tr '\n' ' ')" "1000:2000 11:12 " "owners after a crash"
fi
chmod -R u+rwX "$M/data"
stop_burnfs
