#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Where stashes are: not in a cache, which is cleared. One that an earlier version left there is taken up once more,
# and purging the package keeps what is staged.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../mounts.sh"

own_namespace "has a /var of its own"
[[ $T != /var/* ]] || skip "the directory for temporary files is in /var"
cp "$BURNFS" "$T/burnfs"
BURNFS=$T/burnfs
postrm=$T/postrm
cp "$HELPERS/../../../debian/burnfs.postrm" "$postrm"
# What a sanitizer reads may be in /var, too.
if [[ ${TSAN_OPTIONS:-} == suppressions=* ]]; then
	cp "${TSAN_OPTIONS#*=}" "$T/suppressions"
	export TSAN_OPTIONS=suppressions=$T/suppressions
fi
mount -t tmpfs none /var
mkdir -p /var/lib /var/cache

name=$(systemd-escape --path "$M" 2>/dev/null || echo "${M#/}" | tr / -)
now=/var/lib/burnfs/$name
before=/var/cache/burnfs/$name

# ---- the new place, and the way there

launch
echo content >"$M/data/file"
same "$(cat "$now/data/file")" content "the stash of root"
same "$(stat -c %a "$now")" 700 "its mode"
stop_burnfs

mkdir -p /var/cache/burnfs
mv "$now" "$before"
launch
same "$(cat "$M/data/file")" content "what an earlier version staged"
same "$(cat "$now/data/file")" content "the stash that has moved"
gone "$before" || fail "the stash is still in the cache"
kill_burnfs
launch
same "$(cat "$M/data/file")" content "what an earlier version staged, after a crash"
stop_burnfs

# From another volume it cannot be renamed.
mount -t tmpfs none /var/cache/burnfs
cp -a "$now" "$before"
rm -r "$now"
launch
same "$(cat "$M/data/file")" content "what is staged on another volume"
[ -e "$before/data/file" ] || fail "the stash is not used where it is"
rm "$M/data/file"
stop_burnfs
gone "$before" || fail "an empty stash stays"
launch
[ -d "$now" ] || fail "the old place is used again"
stop_burnfs

# ---- a link of somebody else's does not lead to a directory of root's

mkdir -m 755 "$T/root-only"
ln -s "$T/root-only" "$T/predictable"
chown -h 1234 "$T/predictable"
contains "$(fails timeout 20 "$BURNFS" -f -o stash="$T/predictable" "$M")" "user 1234" "what is said of a foreign link"
same "$(stat -c %a "$T/root-only") $(ls -A "$T/root-only")" "755 " "the directory that the link leads to"
chown -h 0 "$T/predictable"
S=$T/predictable
start_burnfs
echo content >"$M/data/file"
[ -e "$T/root-only/data/file" ] || fail "a link of root's own is not followed"
stop_burnfs

# ---- purging

purge() {
	unshare --mount sh "$T/purge" 2>&1
}
cat >"$T/purge" <<END
set -e
# Its /etc, too, is none of this machine's.
mount -t tmpfs none /etc
: >/etc/burnfs.conf
sh "$postrm" purge
[ ! -e /etc/burnfs.conf ]
END
# What is below the directories of stashes.
left() {
	(shopt -s nullglob; cd /var; echo lib/burnfs/* cache/burnfs/*)
}
umount /var/cache/burnfs
launch
echo content >"$M/data/file"
contains "$(purge)" "$now is kept: it is in use" "what purging says of a mount"
same "$(cat "$M/data/file")" content "what is staged in a mount, after a purge"
stop_burnfs
cp -a "$now" /var/lib/burnfs/empty
rm /var/lib/burnfs/empty/data/file
mkdir /var/lib/burnfs/empty/gone/1.1
mkdir -p /var/cache/burnfs
cp -a "$now" "/var/cache/burnfs/old\\x20sound"
mv "/var/cache/burnfs/old\\x20sound/data/file" "/var/cache/burnfs/old\\x20sound/audio/"
mkdir /var/lib/burnfs/foreign
said=$(purge)
contains "$said" "$now is kept" "what purging says of a stash with work in it"
contains "$said" '/var/cache/burnfs/old\x20sound is kept' "what purging says of a stash in the cache"
same "$(left)" "lib/burnfs/foreign lib/burnfs/$name cache/burnfs/old\\x20sound" "what a purge leaves"
rm -r /var/lib/burnfs/* "/var/cache/burnfs/old\\x20sound"
same "$(purge)" "" "what purging says of nothing"
same "$(find /var/lib /var/cache -name burnfs)" "" "the empty directories after a purge"
