#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A mount by root that others stage in lends them none of root's rights.
# MAY-SKIP: needs root
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../mounts.sh"

own_namespace "acts as several people"
by() { as 60003 60103 "$@"; }   # who may stage and burn
start_burnfs -o allow_other,stage_group=60103,control_group=60103 "image:$T/disc.iso"
[[ $(findmnt -no OPTIONS "$M") == *nosuid,nodev* ]] || fail "root's mount lets set-uid files or devices count"

# Set-uid programs: his, not root's, in the mount, in the stash and on the disc.
by cp /bin/true "$M/data/program"
by chmod 6755 "$M/data/program"
same "$(stat -c '%u %a' "$M/data/program")" "60003 6755" "a staged set-uid program"
same "$(find "$S" -perm /7000)" '' "set-uid files in the stash"
refused EPERM by chown 0 "$M/data/program"
refused EPERM by mknod "$M/data/null" c 1 3
refused EPERM mknod "$M/data/null" c 1 3

# What he stages is his, and of the group that the directory has.
by mkdir "$M/data/dir"
same "$(stat -c '%u %g %a' "$M/data/dir")" "60003 60103 2755" "a staged directory"

# Links stay links: burnfs, which is root, never reads what they point to.
sound wav "$T/secret.wav" $((5 * 176400)) 1
chmod 600 "$T/secret.wav"
by ln -s "$T/secret.wav" "$M/audio/track01.wav"
by ln -s /etc/shadow "$M/data/shadow"
expect_stat audio_tracks 0
refused EACCES by cat "$M/audio/track01.wav"
refused EACCES by cat "$M/data/shadow"

# Who may neither stage nor burn learns nothing from the disc's picture.
refused EACCES as 60002 60002 cat "$M/image/disc.svg"

# He burns; where to, and over what, is root's affair.
refused EACCES by bash -c 'echo "recorder image:/etc/x.iso" >"$1"' sh "$M/control"
refused EACCES by bash -c 'echo "set overwrite yes" >"$1"' sh "$M/control"
# A set-uid program that says what he likes, to a file that he has opened, is no root's command either.
need_tools fusermount3 bsdtar
by bash -c 'exec -a "$0" fusermount3 --no-such 2>"$1"' $'set overwrite yes\n#' "$M/control" || true
by bash -c 'exec -a "$0" fusermount3 --no-such 2>"$1"' "recorder image:$T/other.iso"$'\n#' "$M/control" || true
contains "$(cat "$M/events")" 'may choose a recorder' "what the set-uid program has written"
expect_stat recorder "image:$T/disc.iso"
by bash -c 'echo "burn wait" >"$1"' sh "$M/control"
same "$(bsdtar -tvf "$T/disc.iso" | awk '$NF == "./program" { print $1, $3, $4 }')" "-rwsr-sr-x 60003 60103" \
	"the set-uid program on the disc"
contains "$(bsdtar -tvf "$T/disc.iso")" 'shadow -> /etc/shadow' "the link on the disc"
echo precious >"$T/precious.iso"
control recorder "image:$T/precious.iso"
refused EEXIST by bash -c 'echo "burn wait" >"$1"' sh "$M/control"
same "$(cat "$T/precious.iso")" precious "root's file"
stop_burnfs

# Another group takes the place of the one that the stash has; without any, it is its owner's to take back.
start_burnfs -o allow_other,stage_group=60104 none
same "$(stat -c '%g %a' "$M/data" "$M/audio")" $'60104 2775\n60104 2775' "data/ and audio/"
refused EACCES by touch "$M/data/more"
stop_burnfs
start_burnfs -o allow_other none
as 60005 60104 touch "$M/data/more"
chmod g-w "$M/data" "$M/audio"
refused EACCES as 60005 60104 touch "$M/data/much more"
stop_burnfs
