#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The tools that people stage with keep everything, attributes and nanoseconds included.
. "$(dirname "$0")/../lib.sh"

need_tools rsync setfattr bsdtar
src=$T/src
sample_tree "$src"
# Not of this second: rsync leaves a time alone that is the same to the second.
find "$src" -depth -exec touch -h -d '2010-10-10 10:10:10.101010101 UTC' {} +
setfattr -n user.note -v 'of a file' "$src/hello.txt"
setfattr -n user.note -v 'of a directory' "$src/dir"
touch -d '2012-12-12 12:12:12.123456789 UTC' "$src/dir/random.bin" "$src/empty dir"
tree --exact dir "$src" >"$T/want"

start_burnfs
# staged WITH COMMAND…: it succeeds and data/ is then what the source is.
staged() {
	local with=$1
	shift
	"$@" || fail "$with failed"
	tree --exact dir "$M/data" >"$T/got"
	no_difference "$T/want" "$T/got" "data/ after $with"
	find "$M/data" -mindepth 1 -delete
	expect_stat data_files 0
}
tar_pipe() {
	tar -C "$src" --xattrs -cf - . | tar -C "$M/data" --xattrs -xpf -
}
staged "cp -a" cp -a "$src/." "$M/data/"
staged "rsync -aHX" rsync -aHX "$src/" "$M/data/"
staged "rsync -aHX --inplace" rsync -aHX --inplace "$src/" "$M/data/"
staged "tar" tar_pipe

# Again over what is there: nothing to do.
rsync -aHX "$src/" "$M/data/"
same "$(rsync -aHXn --itemize-changes "$src/" "$M/data/")" "" "what a second rsync would change"
rsync -aHXc --delete "$src/dir/" "$M/data/"
stop_burnfs
