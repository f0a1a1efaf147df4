#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# data/ and audio/ are two file systems in one mount: rename and link say EXDEV, mv copies.
. "$(dirname "$0")/../lib.sh"

start_burnfs
echo content >"$M/data/file"
same "$("$PYTHON" "$HELPERS/syscall.py" rename "$M/data/file" "$M/audio/file.txt")" EXDEV "rename"
same "$("$PYTHON" "$HELPERS/syscall.py" rename "$M/data/file" "$M/audio/file.txt" noreplace)" EXDEV "rename, noreplace"
refused EXDEV ln "$M/data/file" "$M/audio/hard"
same "$(cat "$M/data/file")" content "the file after the refusals"
mkdir -p "$M/data/dir/sub"
echo deep >"$M/data/dir/sub/deep.txt"
touch -d '2005-05-05 05:05:05.123456789 UTC' "$M/data/dir/sub/deep.txt"
tree --exact dir "$M/data" >"$T/before"
mv "$M/data/dir" "$M/data/file" "$M/audio/"
same "$(ls -A "$M/data")" "" "data/ after mv"
same "$(cat "$M/audio/dir/sub/deep.txt")" deep "what mv moved"
mv "$M/audio/dir" "$M/audio/file" "$M/data/"
tree --exact dir "$M/data" >"$T/after"
no_difference <(grep -v '^\. ' "$T/before") <(grep -v '^\. ' "$T/after") "what came back"
for kind in char block; do
	same "$("$PYTHON" "$HELPERS/syscall.py" mknod "$M/data/$kind" $kind)" EPERM "mknod of a $kind"
done
stop_burnfs
