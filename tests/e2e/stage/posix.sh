#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# data/ is a POSIX directory tree: everything that a local file system does, and no devices.
. "$(dirname "$0")/../lib.sh"

start_burnfs "image:$T/disc.iso"
mkdir "$M/data/tried"
"$PYTHON" "$HELPERS/posix.py" "$M/data/tried"

# What all that left is staged like anything else: after another mount, and on the disc.
chmod -R u+rwX "$M/data/tried"
rm -rf "$M/data/tried/deep_paths" "$M/data/tried/names"
tree --exact dir "$M/data" >"$T/before"
stop_burnfs
start_burnfs "image:$T/disc.iso"
tree --exact dir "$M/data" >"$T/after"
no_difference "$T/before" "$T/after" "what the next mount takes up"
burn
whole_image "$T/disc.iso" "$M/data"

# Nothing of it was left open, and all of it can go.
rm -rf "$M/data/tried"
expect_stat data_files 0
expect_stat data_directories 0
expect_stat data_used_blocks 0

# audio/ has the same ground under it.
mkdir "$M/audio/tried"
"$PYTHON" "$HELPERS/posix.py" "$M/audio/tried" rename hard_links truncate unlinked_but_open directories xattrs
rm -rf "$M/audio/tried"
stop_burnfs
