#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# add in control: a file of the stash's volume is staged without a copy, whole or not at all.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../mounts.sh"

own_namespace "acts as several people"
need_tools mkfs.btrfs mkfs.xfs xorriso bsdtar

# adding ERRNO PATH: it is refused so, and nothing is staged by it.
adding() {
	local before after
	before=$(find "$M/data" "$M/image" | sort)
	refused "$1" control add "$2"
	after=$(find "$M/data" "$M/image" | sort)
	same "$after" "$before" "what is staged after the refusal of $2"
	contains "$(stats last_error)" "$(basename "$2")" "last_error"
}

used() {
	sync -f "$1"
	df --output=used -B1M "$1" | tail -n 1
}

for type in btrfs xfs; do
	V=$T/$type
	option=()
	[ $type = btrfs ] || option=(-m reflink=1)
	volume $type 600 "$V" "${option[@]}"
	mkdir "$V/stash" "$V/src"
	random_file "$V/src/a large file" 100000001 1
	chmod 4750 "$V/src/a large file"
	chown 60001:60002 "$V/src/a large file"
	touch -d '2020-02-03 04:05:06.789' "$V/src/a large file"
	truncate -s 20G "$V/src/sparse"
	echo content >"$V/src/tree"
	xorriso -outdev "$V/src/disc.iso" -volid EXISTING -map "$V/src/tree" /tree -commit 2>/dev/null
	launch -o stash="$V/stash" "image:$V/disc.iso"

	# The kernel has asked for the name before, and knows that there was none.
	for _ in 1 2; do
		refused ENOENT stat "$M/data/a large file"
		ls "$M/data" "$M/image" >/dev/null
	done
	before=$(used "$V")
	control "add $V/src/a large file"
	after=$(used "$V")
	[ $((after - before)) -lt 20 ] || fail "$type: 100 MB took $((after - before)) MiB"
	same "$(ls "$M/data")" "a large file" "names in data/"
	cmp "$V/src/a large file" "$M/data/a large file"
	same "$(stat -c '%a %u %g %s %.Y' "$M/data/a large file")" \
		"$(stat -c '%a %u %g %s %.Y' "$V/src/a large file")" "attributes"
	expect_stat data_files 1

	control add "$V/src/disc.iso"
	cmp "$V/src/disc.iso" "$M/image/disc.iso"
	rm "$M/image/disc.iso"

	# 20 GB without a block: no time, no room in the stash, but room on the disc.
	control set capacity 100GB
	begin=$EPOCHREALTIME
	control add "$V/src/sparse"
	echo "$type: 20 GB were added in $(((${EPOCHREALTIME/./} - ${begin/./}) / 1000)) ms"
	same "$(stat -c %s "$M/data/sparse")" $((20 << 30)) "size of the sparse file"
	rm "$M/data/sparse"
	control set capacity 200MB
	adding ENOSPC "$V/src/sparse"
	control set capacity 0

	adding EEXIST "$V/src/a large file"
	adding EINVAL "src/tree"
	adding ENOENT "$V/src/missing"
	adding ENOTDIR "$V/src/tree/"
	adding EISDIR "$V/src"
	adding EISDIR "$V/src/"
	adding EISDIR /
	adding EPERM /dev/null
	mkfifo "$V/src/fifo"
	adding EPERM "$V/src/fifo"
	ln -s tree "$V/src/link"
	adding EINVAL "$V/src/link"
	adding ELOOP "$M/data/a large file"
	adding ELOOP "$M/stats"
	adding ELOOP "$V/stash/data/a large file"
	echo elsewhere >"$T/elsewhere"
	adding EOPNOTSUPP "$T/elsewhere"
	printf x >"$V/src/"$'\377'
	refused EILSEQ control add "$V/src/"$'\377'

	# It is a file of its own from now on: neither knows what becomes of the other.
	sum=$(sha1sum <"$V/src/a large file")
	printf 'overwritten' | dd of="$M/data/a large file" conv=notrunc status=none
	same "$(sha1sum <"$V/src/a large file")" "$sum" "the source after a write to what is staged"
	rm "$M/data/a large file"
	control "add $V/src/a large file"
	rm "$V/src/a large file"
	same "$(sha1sum <"$M/data/a large file")" "$sum" "what is staged without its source"

	# And it survives a crash, as it is recorded.
	wanted=$(stat -c '%a %u %g %s %.Y' "$M/data/a large file")
	kill_burnfs
	unmount "$M"
	launch -o stash="$V/stash" "image:$V/disc.iso"
	same "$(stat -c '%a %u %g %s %.Y' "$M/data/a large file")" "$wanted" "attributes after a crash"
	burn
	same "$(bsdtar -xOf "$V/disc.iso" "a large file" | sha1sum)" "$sum" "what was recorded"

	# A crash in the middle leaves all of it or nothing.
	for i in 1 2 3 4 5 6; do
		random_file "$V/src/file $i" $((i * 1000003)) "$i"
		(trap - ERR; control "add $V/src/file $i" 2>/dev/null || :) &
		[ $((i % 2)) = 0 ] || wait $!
		kill_burnfs
		wait
		unmount "$M"
		launch -o stash="$V/stash" "image:$V/disc.iso"
		[ ! -e "$M/data/file $i" ] || cmp "$V/src/file $i" "$M/data/file $i"
		[ $((i % 2)) = 0 ] || [ -e "$M/data/file $i" ] || fail "$type: file $i is gone"
	done
	stop_burnfs
	umount "$V"
done

etc fuse.conf user_allow_other
etc passwd "$(cat /etc/passwd; echo mounter:x:60001:60001::/:/bin/sh)"

# A user adds what he can read, and it becomes his.
volume btrfs 200 "$T/user"
chmod 777 "$T/user"
echo private >"$T/user/private"
echo public >"$T/user/public"
chmod 600 "$T/user/private"
chmod 4755 "$T/user/public"
chown 60001 "$M"
as 60001 60001 "$BURNFS" -f -o stash="$T/user/stash" none "$M" >>"$LOG" 2>&1 &
PID=$!
eventually "a mount" as 60001 60001 cat "$M/stats" >/dev/null
# shellcheck disable=SC2016 # for the user's shell
add_as_user='echo "add $1" >"$2/control"'
said=$(fails as 60001 60001 bash -c "$add_as_user" sh "$T/user/private" "$M")
contains "$said" "${STRERROR[EACCES]}" "add of what the user cannot read"
as 60001 60001 bash -c "$add_as_user" sh "$T/user/public" "$M"
same "$(as 60001 60001 stat -c '%a %u %g' "$M/data/public")" "755 60001 60001" "the mode and owner of public"
same "$(as 60001 60001 cat "$M/data/public")" public "the content of public"
as 60001 60001 fusermount3 -u "$M"
await_exit
chown 0 "$M"
umount "$T/user"

# Who may write commands, but is neither root nor the mounter, adds nothing: root could read more.
mkdir -m 755 "$T/group"
echo mine >"$T/group/mine"
start_burnfs -o allow_other,control_group=60104
said=$(fails as 60002 60104 bash -c "$add_as_user" sh "$T/group/mine" "$M")
contains "$said" "${STRERROR[EPERM]}" "add by somebody else"
contains "$(stats last_error)" "only root" "last_error"
same "$(ls "$M/data")" "" "names in data/"
stop_burnfs
