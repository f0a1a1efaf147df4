#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An image path to which the one who mounted has no right.
# MAY-SKIP: needs a plain user
. "$(dirname "$0")/../lib.sh"

! is_root || skip "needs a plain user: root has all rights"
mkdir "$T/sealed"
chmod 500 "$T/sealed"
start_burnfs
echo content >"$M/data/file"
to_path() { control recorder "image:$1" && burn; }
refused EACCES to_path "$T/sealed/disc.iso"
contains "$(stats last_error)" "$T/sealed" "last_error"
chmod 000 "$T/sealed"
refused EACCES to_path "$T/sealed/disc.iso"
chmod 700 "$T/sealed"
empty_dir "$T/sealed" || fail "something was made"
to_path "$T/sealed/disc.iso"
expect_stat last_result ok
stop_burnfs
