#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Only root and the one who mounted may name a path, or give orders.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"

need_root "acts as another user"
chmod 755 "$T"
mkdir -m 777 "$T/public"
start_burnfs -o allow_other "image:$T/disc.iso"
echo content >"$M/data/file"
as_nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
for order in "recorder image:$T/public/x.iso" "set overwrite yes" clear burn; do
	said=$(fails as_nobody bash -c "echo '$order' >$M/control")
	[[ $said == *"${STRERROR[EACCES]}"* || $said == *"${STRERROR[EPERM]}"* ]] || fail "'$order' by another user: $said"
done
empty_dir "$T/public" || fail "another user has made an image"
expect_stat recorder "image:$T/disc.iso"
same "$(cat "$M/data/file")" content "the stage after another user's orders"
fails as_nobody touch "$M/data/theirs" >/dev/null
as_nobody cat "$M/stats" "$M/control" >/dev/null
fails as_nobody cat "$S/data/file" >/dev/null
stop_burnfs
