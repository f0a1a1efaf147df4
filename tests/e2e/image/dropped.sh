#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What is dropped into image/ lies there as it would in any directory, beside the views, and survives a crash.
. "$(dirname "$0")/../lib.sh"
need_tools rsync

start_burnfs "image:$T/disc.iso"
head -c 3000000 /dev/urandom >"$T/foreign.iso"
cp "$T/foreign.iso" "$M/image/"
cmp "$T/foreign.iso" "$M/image/foreign.iso"
same "$(ls "$M/image")" $'disc.svg\nforeign.iso' "what is in image/"
expect_stat data_files 0
expect_stat data_used_blocks 0

# Names come, go and move; a staged file hides a view of its name, which comes back behind it.
mv "$M/image/foreign.iso" "$M/image/b c.iso"
cp "$M/image/disc.svg" "$T/picture"
echo text >"$T/text"
mv "$T/text" "$M/image/text"
mv "$M/image/text" "$M/image/disc.svg"
same "$(cat "$M/image/disc.svg")" text "a staged disc.svg"
same "$(find "$M/image" -name disc.svg | wc -l)" 1 "names disc.svg"
rm "$M/image/disc.svg"
contains "$(head -c 5000 "$M/image/disc.svg")" "<svg" "disc.svg again"
refused EACCES rm "$M/image/disc.svg"
refused EACCES mv "$M/image/disc.svg" "$M/image/d.svg"
refused EXDEV "$PYTHON" -c 'import os, sys; os.rename(*sys.argv[1:])' "$M/image/b c.iso" "$M/data/b"
mkdir "$T/from"
cp "$T/foreign.iso" "$T/from/one.iso"
rsync -a "$T/from/" "$M/image"
cmp "$T/from/one.iso" "$M/image/one.iso"
same "$(stat -c %Y "$M/image/one.iso")" "$(stat -c %Y "$T/from/one.iso")" "the time of what rsync made"
ln "$M/image/one.iso" "$M/image/two.iso"
same "$(stat -c %h "$M/image/one.iso")" 2 "names of a file in image/"
for i in {001..300}; do
	: >"$M/image/$i"
done
same "$(find "$M/image" -mindepth 1 | wc -l)" 304 "names in image/, views included"
rm "$M/image/"[0-9]*

# Nothing but files.
refused EPERM mkdir "$M/image/folder"
contains "$(stats last_error)" "regular files only" "last_error of a folder"
refused EPERM ln -s /etc/passwd "$M/image/link"
refused EPERM mkfifo "$M/image/fifo"

# A crash takes nothing, and unmounting neither, for nothing of it was recorded.
kill_burnfs
start_burnfs "image:$T/disc.iso"
cmp "$T/foreign.iso" "$M/image/b c.iso"
same "$(stat -c %h "$M/image/two.iso")" 2 "names after a crash"
stop_burnfs
start_burnfs "image:$T/disc.iso"
cmp "$T/foreign.iso" "$M/image/b c.iso"

# The other branches know nothing of it.
mkdir "$M/data/x"
control clear data
cmp "$T/foreign.iso" "$M/image/b c.iso"
control clear image
same "$(ls "$M/image")" disc.svg "image/ after clear image"
refused ENOENT cat "$M/image/one.iso"
cp "$T/foreign.iso" "$M/image/"
control clear
same "$(ls "$M/image")" disc.svg "image/ after clear"
stop_burnfs
[ ! -e "$S/image" ] || fail "an empty stash is left behind"
