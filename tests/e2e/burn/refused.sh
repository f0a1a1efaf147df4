#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a burn refuses: nothing staged, no recorder, a foreign image, a path it must not take.
. "$(dirname "$0")/../lib.sh"

start_burnfs
refused ENODATA burn
echo content >"$M/data/file"
refused ENODEV burn
expect_stat last_result ENODEV
# Only a drive that is there is named.
[ -e /dev/sr0 ] || wanted="this machine has no drive"
refused ENODEV control eject
contains "$(stats last_error)" "${wanted:-recorder /dev/sr}" "what eject says"

# An image that this mount did not record is not overwritten unless asked; what it recorded, it may.
echo precious >"$T/old.iso"
control recorder "image:$T/old.iso"
refused EEXIST burn
expect_stat last_result EEXIST
contains "$(stats last_error)" "$T/old.iso" "last_error"
contains "$(stats last_error)" overwrite "the remedy in last_error"
same "$(cat "$T/old.iso")" precious "the file that was there"
control recorder "image:$T/mine.iso"
burn
echo more >>"$M/data/file"
burn
cmp "$M/image/disc.iso" "$T/mine.iso"
rm "$T/mine.iso"
echo "not ours any more" >"$T/mine.iso"
refused EEXIST burn
same "$(cat "$T/mine.iso")" "not ours any more" "a foreign file under the name of our image"
control set overwrite yes
control recorder "image:$T/old.iso"
burn
cmp "$M/image/disc.iso" "$T/old.iso"
control set overwrite no

# A link to a foreign file is no way around, and a directory is no image.
echo precious >"$T/target"
ln -s "$T/target" "$T/link.iso"
control recorder "image:$T/link.iso"
refused EEXIST burn
same "$(cat "$T/target")" precious "what the link points to"
ln -s "$T/nowhere" "$T/dangling.iso"
mkdir "$T/directory.iso"
for path in dangling.iso directory.iso; do
	(control recorder "image:$T/$path" && burn) 2>"$T/said" && fail "burned onto $path"
done
gone "$T/nowhere" || fail "burned through a dangling link"
empty_dir "$T/directory.iso" || fail "something in the directory"

# recorder: absolute paths, not inside this mount or its stash, nothing unknown, no device yet.
refused EINVAL control recorder relative.iso
refused EINVAL control recorder image:relative.iso
refused EINVAL control recorder gopher:hole
# Whether the verb says it or the burn: it is said before anything is made.
to_path() { control recorder "image:$1" && burn; }
ln -s "$M/data" "$T/into-mount"
ln -s "$S" "$T/into-stash"
for inside in "$M/data/x.iso" "$M/x.iso" "$M/image/x.iso" "$S/x.iso" "$S/data/x.iso" "$T/./mnt/data/x.iso" \
	"$T/into-mount/x.iso" "$T/into-stash/x.iso"; do
	refused ELOOP to_path "$inside"
	gone "$inside" || fail "made $inside"
done
refused EINVAL control recorder /dev/null
contains "$(stats last_error)" image: "what is said of a device"
refused ENOENT to_path "$T/no/such/directory/x.iso"
stop_burnfs
