#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A staged file that is shortened behind burnfs's back while it is burned: EIO, and no image.
. "$(dirname "$0")/../lib.sh"

slow_dir images 6M
start_burnfs "image:$T/images/disc.iso"
random_file "$M/data/a-first" 12000000
random_file "$M/data/b-second" 6000000
echo last >"$M/data/c-last"

control burn
await_state burning
truncate -s 100000 "$S/data/b-second"
refused EIO control wait
expect_stat last_result EIO
contains "$(stats last_error)" b-second "last_error"
empty_dir "$T/images.real" || fail "an image in spite of it: $(ls -A "$T/images.real")"
contains "$(grep complete "$M/events")" EIO "the event"

# Shortened before the burn; and grown, and rewritten: it is not what was staged.
refused EIO burn
contains "$(stats last_error)" b-second "last_error"
empty_dir "$T/images.real" || fail "an image in spite of it"
rm "$M/data/b-second"
burn
cmp "$M/image/disc.iso" "$T/images.real/disc.iso"
rm "$S/data/c-last"
refused EIO burn
contains "$(stats last_error)" c-last "last_error of a file that is gone"
! cat "$M/image/disc.iso" >/dev/null 2>&1 || fail "image/disc.iso reads well without one of its files"
stop_burnfs
