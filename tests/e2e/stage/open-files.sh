#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Modes and owners of staged files do not lock burnfs itself out, nor what it has open.
. "$(dirname "$0")/../lib.sh"
need_tools bsdtar

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

# Mapped and shared, once who wrote has closed it, although a reader of that time still has it open.
"$PYTHON" -c 'import mmap, os, sys, time
path = sys.argv[1]
writer = os.open(path, os.O_WRONLY | os.O_CREAT)
os.write(writer, b"x" * 5000)
reader = os.open(path, os.O_RDONLY)
os.close(writer)
deadline = time.monotonic() + 60
while True:  # close(2) returns before the kernel lets go
    fd = os.open(path, os.O_RDWR)
    try:
        mapping = mmap.mmap(fd, 0)
        break
    except OSError as error:
        if time.monotonic() > deadline:
            sys.exit("not to be mapped: %s" % error)
        os.close(fd)
mapping[0:1] = b"M"
mapping.flush()
if os.pread(reader, 2, 0) != b"Mx":
    sys.exit("the reader sees something else")' "$M/data/mapped" || fail "a shared mapping beside an old reader"
stop_burnfs
