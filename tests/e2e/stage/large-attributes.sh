#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Extended attributes of any size that the kernel allows, also where the stash's file system takes 4 KiB of them.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"

need_tools setfattr getfattr
volume ext4 32 "$T/small"
launch -o stash="$T/small/stash" "image:$T/disc.iso"
large=$(head -c 65536 /dev/zero | tr '\0' a)
touch "$M/data/f"
# 64 KiB are more than a command line takes in one word.
"$PYTHON" -c 'import os, sys; os.setxattr(sys.argv[1], "user.large", b"a" * 65536)' "$M/data/f"
mkdir "$M/data/dir"
setfattr -n user.medium -v "${large:0:5000}" "$M/data/dir"
setfattr -n user.small -v x "$M/data/f"
same "$(stats last_error)" "" "what was refused"

attributes() {
	getfattr -dh -m - --absolute-names "$@" | sed "s,$M,,"
}
attributes "$M/data/f" "$M/data/dir" >"$T/before"
same "$(grep -c '^user' "$T/before")" 3 "the attributes that are listed"
kill_burnfs
launch -o stash="$T/small/stash" "image:$T/disc.iso"
attributes "$M/data/f" "$M/data/dir" >"$T/after"
no_difference "$T/before" "$T/after" "large attributes after kill -9"

# They go where the file goes, and with it.
ln "$M/data/f" "$M/data/dir/link"
mv "$M/data/f" "$M/data/moved"
rm "$M/data/moved"
attributes "$M/data/dir/link" "$M/data/dir" | sed 's,/dir/link,/f,' >"$T/after"
no_difference "$T/before" "$T/after" "large attributes of a hard link"
rm "$M/data/dir/link"
touch "$M/data/f"
same "$(attributes "$M/data/f")" "" "the attributes of a new file"
stop_burnfs

# A volume that is full is said to be.
launch -o stash="$T/small/stash" "image:$T/disc.iso"
dd if=/dev/zero of="$M/data/filler" bs=4096 2>/dev/null || :
refused ENOSPC setfattr -n user.large -v "${large:0:30000}" "$M/data/f"
contains "$(stats last_error)" "stash's volume is full" "last_error of an attribute on a full volume"
setfattr -x user.medium "$M/data/dir"
rm "$M/data/filler"
setfattr -n user.large -v "${large:0:30000}" "$M/data/f"
same "$(getfattr --only-values -n user.large --absolute-names "$M/data/f" | wc -c)" 30000 "an attribute once there is room"
stop_burnfs
