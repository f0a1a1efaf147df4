#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The image's volume fills up: ENOSPC, and nothing is left there.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"

volume ext4 24 "$T/small"
start_burnfs "image:$T/small/disc.iso"
random_file "$M/data/big" 40000000
echo mine >"$T/small/neighbour"
before=$(ls -A "$T/small")
refused ENOSPC burn
expect_stat last_result ENOSPC
contains "$(stats last_error)" "$T/small" "last_error"
same "$(ls -A "$T/small")" "$before" "the image's directory"
rm "$M/data/big"
random_file "$M/data/small" 4000000
burn
cmp "$M/image/disc.iso" "$T/small/disc.iso"

# The old image stays when its replacement finds no room.
cp "$T/small/disc.iso" "$T/old.iso"
random_file "$M/data/big" 40000000
refused ENOSPC burn
cmp "$T/old.iso" "$T/small/disc.iso"
rm "$M/data/big"
for i in 1 2 3 4 5 6; do sound raw "$M/audio/track$i.cdr" 6000000 $i; done
control format audio
refused ENOSPC burn
same "$(ls -A "$T/small" | tr '\n' ' ')" "disc.iso lost+found neighbour " "after an audio image without room"
stop_burnfs
umount "$T/small"
