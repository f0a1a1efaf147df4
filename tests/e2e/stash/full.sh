#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The stash's volume fills up: ENOSPC to who writes, told apart from a full disc; nothing else suffers.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"

volume ext4 24 "$T/small"
launch -o stash="$T/small/stash" "image:$T/disc.iso"
random_file "$T/large" 60000000
random_file "$T/fits" 5000000
echo good >"$M/data/good"

# During cp, and on something in between: one file after the other.
refused ENOSPC cp "$T/large" "$M/data/large"
contains "$(stats last_error)" "$T/small" "last_error of a full stash volume"
same "$(cat "$M/data/good")" good "another file while the volume is full"
chmod 600 "$M/data/good"
mv "$M/data/good" "$M/data/better"
rm "$M/data/large"
cp "$T/fits" "$M/data/fits"
cmp "$T/fits" "$M/data/fits"

# During an mmap over a hole: msync or fsync tells it, and burnfs lives on.
truncate -s 60000000 "$M/data/hole"
said=$("$PYTHON" "$HELPERS/map_full.py" "$M/data/hole") || fail "mmap on a full volume: $said"
[[ $said == ENOSPC || $said == EIO ]] || fail "what msync and fsync say of a full volume: $said"
expect_stat state staging
same "$(cat "$M/data/better")" good "another file after the mmap"
rm "$M/data/hole"
cmp "$T/fits" "$M/data/fits"
cp "$T/fits" "$M/data/fits2"
burn
whole_image "$T/disc.iso" "$M/data"

# On a full volume attributes can be changed, of what has none to remember yet, too; and what was removed
# leaves nothing to what gets its inode number.
mkdir "$M/data/many"
touch "$M"/data/many/{1..1000}
dd if=/dev/zero of="$M/data/filler" bs=4096 2>/dev/null || :
chmod 4711 "$M"/data/many/*
chown 7:8 "$M"/data/many/*
for mode in 0600 0711 4711; do
	chmod "$mode" "$M"/data/many/*
done
chmod 1777 "$M/data/many"
tree dir "$M/data" >"$T/before"
kill_burnfs
launch -o stash="$T/small/stash" "image:$T/disc.iso"
tree dir "$M/data" >"$T/after"
no_difference "$T/before" "$T/after" "attributes that were set on a full volume"
same "$(find "$M/data/many" -perm 4711 -user 7 -group 8 | wc -l)" 1000 "files with other modes and owners"
rm "$M"/data/many/*
touch "$M"/data/many/{1..1000}
same "$(find "$M/data/many" -type f \( -perm /6000 -o ! -user 0 \) | wc -l)" 0 "files that inherited from removed ones"
kill_burnfs
launch -o stash="$T/small/stash" "image:$T/disc.iso"
same "$(find "$M/data/many" -type f -perm 644 -user 0 | wc -l)" 1000 "new files as they were made"
rm -r "$M/data/many" "$M/data/filler"

# Full to the last byte: what cannot be kept is not pretended, and removing works.
dd if=/dev/zero of="$M/data/filler" bs=4096 2>/dev/null || :
for i in $(seq 3000); do
	mkdir "$M/data/dir$i" 2>/dev/null || break
done
tree dir "$M/data" >"$T/before"
kill_burnfs
launch -o stash="$T/small/stash" "image:$T/disc.iso"
tree dir "$M/data" >"$T/after"
no_difference <(sed 's/ mtime=[0-9]*//' "$T/before") <(sed 's/ mtime=[0-9]*//' "$T/after") "what was staged on a full volume"
rm -rf "${M:?}/data/"*
expect_stat data_files 0
stop_burnfs
