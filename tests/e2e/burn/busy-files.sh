#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# `burn` while a staged file is open for writing, or mapped so, is EBUSY and names it, and the program that has it.
. "$(dirname "$0")/../lib.sh"
need_tools bsdtar

start_burnfs -o burn_wait=0 "image:$T/disc.iso"
mkdir "$M/data/dir"
echo content >"$M/data/dir/file"

exec 9>>"$M/data/dir/file"
refused EBUSY burn
contains "$(stats last_error)" "data/dir/file is still open for writing in " "last_error"
contains "$(stats last_error)" " ($BASHPID)" "the process in last_error"
refused EBUSY control clear
contains "$(stats last_error)" " ($BASHPID)" "the process in last_error of clear"
expect_stat last_result EBUSY
gone "$T/disc.iso" || fail "burned with a file open for writing"
expect_stat state staging
echo "still mine" >&9
refused EBUSY burn
# A child of the shell has it, too, and has closed it: that was no last close.
(:) 9>&-
refused EBUSY burn
contains "$(stats last_error)" "is still open for writing in " "last_error of a descriptor that was closed elsewhere"
exec 9>&-
burn

# Read-only and closed ones do not count; nor does one that was only opened to read and write nothing.
exec 9<"$M/data/dir/file"
burn
exec 9<&-

# Mapped, writable and shared, with the descriptor closed: still open for writing.
"$PYTHON" -c 'import mmap, os, sys
fd = os.open(sys.argv[1], os.O_RDWR)
mapping = mmap.mmap(fd, 0)
os.close(fd)
print("mapped", flush=True)
sys.stdin.read()
mapping[0:1] = b"C"' "$M/data/dir/file" < <(until [ -e "$T/unmap" ]; do sleep 0.02; done) >"$T/mapper" &
mapper=$!
eventually "the mapping" grep -q mapped "$T/mapper"
refused EBUSY burn
contains "$(stats last_error)" "data/dir/file is still " "last_error with a mapped file"
contains "$(stats last_error)" " ($mapper)" "the process that maps it"
: >"$T/unmap"
wait $mapper
burn
same "$(bsdtar -xOf "$T/disc.iso" dir/file | head -c 1)" C "what was written through the mapping"

# By its present name, when it was moved; and an unlinked one keeps nobody from burning.
exec 9>>"$M/data/dir/file"
mv "$M/data/dir" "$M/data/moved"
refused EBUSY burn
contains "$(stats last_error)" moved/file "last_error after a rename"
rm "$M/data/moved/file"
burn
echo "written to nowhere" >&9
exec 9>&-
control wait
stop_burnfs
