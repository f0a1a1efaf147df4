#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# While a job runs: changes are EBUSY, reading goes on, a second burn and an unmount are EBUSY.
. "$(dirname "$0")/../lib.sh"

slow_dir images 4M
start_burnfs "image:$T/images/disc.iso"
sample_tree "$M/data"
random_file "$M/data/big" 40000000
sound raw "$M/audio/track01.cdr" 1000000 1
control format data
tree --exact dir "$M/data" >"$T/before"
cp "$M/image/disc.iso" "$T/expected.iso"
control burn
await_state burning

cd "$M/data"
refused EBUSY touch new
refused EBUSY mkdir new
refused EBUSY ln hello.txt new
refused EBUSY ln -s x new
refused EBUSY mkfifo new
refused EBUSY rm -f hello.txt
refused EBUSY rmdir "empty dir"
refused EBUSY mv -T hello.txt other
refused EBUSY mv -T hello.txt case
refused EBUSY bash -c 'echo x >hello.txt'
refused EBUSY bash -c 'echo x >>hello.txt'
refused EBUSY truncate -s 3 hello.txt
refused EBUSY chmod 600 hello.txt
refused EBUSY touch -d 2001-01-01 hello.txt
refused EBUSY setfattr -n user.x -v y hello.txt
refused EBUSY touch "$M/audio/track02.cdr"
refused EBUSY rm -f "$M/audio/track01.cdr"
cd /
refused EBUSY control burn
refused EBUSY control clear
refused EBUSY control recorder none
expect_stat state burning

# Reading goes on: names, attributes, bytes, also image/disc.iso.
tree --exact dir "$M/data" >"$T/after"
no_difference "$T/before" "$T/after" "data/ while burning"
cmp "$M/image/disc.iso" "$T/expected.iso"
expect_stat state burning

# No unmount under a job.
refused_unmount() {
	if is_root; then umount "$M"; else fusermount3 -u "$M"; fi
}
said=$(fails refused_unmount)
[[ $said == *busy* ]] || fail "what umount says while burning: $said"
expect_stat state burning
control wait
cmp "$T/images.real/disc.iso" "$T/expected.iso"
expect_stat last_result ok

# And afterwards everything goes again.
echo more >"$M/data/hello.txt"
rm "$M/audio/track01.cdr"
stop_burnfs
