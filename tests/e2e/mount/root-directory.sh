#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The root takes no names, and the virtual files are not to be changed.
. "$(dirname "$0")/../lib.sh"

start_burnfs
refused EACCES touch "$M/file"
refused EACCES mkdir "$M/directory"
refused EACCES ln -s x "$M/link"
refused EACCES mkfifo "$M/fifo"
refused EACCES rm -f "$M/stats"
refused EACCES rmdir "$M/data"
refused EACCES mv -T "$M/stats" "$M/statistics"
refused EACCES mv -T "$M/data" "$M/other"
refused EACCES ln "$M/stats" "$M/hard"

# Who drops a file there learns where files go; what programs try by themselves is not told.
touch "$M/data/file"
refused_here() {
	refused EACCES "$@"
	contains "$(stats last_error)" "\"${!###*/}\" cannot be made here: copy files into data/" "$*"
}
refused_here touch "$M/one"
refused_here mkdir "$M/two"
refused_here ln -s x "$M/three"
refused_here mkfifo "$M/four"
refused_here mv "$M/data/file" "$M/five"
contains "$(tail -n 1 "$M/events")" "refused op=stage result=EACCES" "events of a name in the root"
told=$(cat "$M/events")
refused EACCES mkdir "$M/.Trash-0"
refused EACCES mkdir "$M/five"
refused EACCES rm -f "$M/stats"
same "$(cat "$M/events")" "$told" "events of what is not told"
rm "$M/data/file"

for name in stats recorders progress events; do
	refused EACCES bash -c "echo x >$M/$name"
	refused EACCES truncate -s 0 "$M/$name"
done
[ "$(ls -A "$M" | wc -l)" -eq 8 ] || fail "the root has changed"
[ ! -e "$M/no such name" ]

# A listing gives everything the number that stat(2) gives it.
mkdir -p "$M/data/dir/sub" "$M/audio/folder"
touch "$M/data/dir/file"
for dir in "$M" "$M/image" "$M/data" "$M/data/dir" "$M/data/dir/sub" "$M/audio"; do
	same "$("$PYTHON" "$HELPERS/syscall.py" inodes "$dir")" ok "the inode numbers in $dir"
done
stop_burnfs
