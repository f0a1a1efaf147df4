#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same stage makes the same bytes: in whatever order it was made, as long as it is one mount.
. "$(dirname "$0")/../lib.sh"
need_tools bsdtar

start_burnfs "image:$T/a.iso"
for i in 3 1 2 9 7 5; do echo $i >"$M/data/file$i"; done
mkdir "$M/data/d"
burn
control recorder "image:$T/b.iso"
burn
cmp "$T/a.iso" "$T/b.iso"
cat "$M/data/"* >/dev/null 2>&1 || :
burn
cmp "$T/a.iso" "$T/b.iso"
cmp "$T/a.iso" "$M/image/disc.iso"
# The order on the disc follows the names.
bsdtar -tf "$T/a.iso" | grep file >"$T/order"
no_difference <(sort "$T/order") "$T/order" "the order of files"
echo changed >"$M/data/file1"
burn
! cmp -s "$T/a.iso" "$T/b.iso" || fail "a change that does not show"
stop_burnfs
