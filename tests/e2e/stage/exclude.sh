#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What desktops leave about is staged like anything else, and no disc has it: exclude.
. "$(dirname "$0")/../lib.sh"
need_tools rsync gio bsdtar xorriso isoinfo

# junk DIR: adds to a tree what others would have strewn in it; in the end $junk is how many names that is.
junk() {
	local d
	mkdir -p "$1/.Trash-1000/files/was a directory" "$1/.Trash-1000/info" "$1/dir/\$RECYCLE.BIN/S-1-5-21" \
		"$1/System Volume Information" "$1/dir/sub dir/.Spotlight-V100/Store-V2"
	random_file "$1/.Trash-1000/files/large" 3000001 5
	echo gone >"$1/.Trash-1000/files/was a directory/hello.txt"
	echo x >"$1/.Trash-1000/info/large.trashinfo"
	echo x >"$1/dir/\$RECYCLE.BIN/S-1-5-21/\$I30.txt"
	for d in "$1" "$1/dir" "$1/empty dir" "$1/Ünïcödé"; do
		echo x >"$d/.DS_Store"
		random_file "$d/._hello.txt" 4096 1
		echo x >"$d/Thumbs.db"
		echo x >"$d/Desktop.ini"
	done
	echo x >"$1/.~lock.hello.odt#"
	echo x >"$1/~\$hello.docx"
	ln -s hello.txt "$1/._link"
	mkfifo "$1/.nfs000000000000a1b200000003"
	# Names of what is also there under others.
	ln "$1/hello.txt" "$1/.fuse_hidden0000000500000001"
	ln "$1/dir/large.bin" "$1/.Trash-1000/files/large.bin"
	# Nothing but junk in it.
	mkdir "$1/left over"
	echo x >"$1/left over/.DS_Store"
	junk=$((9 + 4 + 16 + 4 + 2 + 1))
}

# is_clean IMAGE WHAT: every reader finds what is in data/ there, without the junk. Directories have its times.
is_clean() {
	local d
	rm -rf "$T/clean"
	cp -a "$M/data" "$T/clean"
	find "$T/clean" -depth \( -iname '.Trash-*' -o -name '.DS_Store' -o -name '._*' -o -iname 'thumbs.db' \
		-o -iname 'desktop.ini' -o -name '[$]RECYCLE.BIN' -o -name 'System Volume Information' \
		-o -name '.Spotlight-V100' -o -name '.~lock.*#' -o -name '~[$]*' -o -name '.nfs*' -o -name '.fuse_hidden*' \
		-o -name '.goutputstream-*' \) -exec rm -rf {} +
	(cd "$T/clean" && find . -depth -type d -print0) | while IFS= read -r -d '' d; do
		touch -r "$M/data/$d" "$T/clean/$d"
	done
	whole_image "$1" "$T/clean"
	bsdtar -tf "$1" >"$T/names"
	! grep -iE '(^|/)(\.Trash|\.DS_Store|\._|Thumbs|desktop\.ini|[$]RECYCLE|System|\.nfs|\.fuse|~)' "$T/names" ||
		fail "$2: junk is on the disc"
	same "$(blocks_of_image "$1")" "$(stats data_used_blocks)" "$2: the size of the image and data_used_blocks"
}

src=$T/src
sample_tree "$src"
start_burnfs -o overwrite=yes "image:$T/disc.iso"

# ---- it costs nothing, and is there
cp -a "$src/." "$M/data/"
used=$(stats data_used_blocks)
files=$(stats data_files) dirs=$(stats data_directories) bytes=$(stats data_bytes)
expect_stat data_excluded 0
junk "$src"
cp -a --remove-destination "$src/." "$M/data/"
with_dir=$(stats data_used_blocks)
expect_stat data_excluded "$junk"
expect_stat data_files "$files"
expect_stat data_directories $((dirs + 1))
expect_stat data_bytes "$bytes"
rm "$M/data/left over/.DS_Store"
rmdir "$M/data/left over"
expect_stat data_used_blocks "$used"
mkdir "$M/data/left over"
echo x >"$M/data/left over/.DS_Store"
expect_stat data_used_blocks "$with_dir"
tree --exact --fields type,mode,owner,size,content,target,links dir "$src" >"$T/want"
tree --exact --fields type,mode,owner,size,content,target,links dir "$M/data" >"$T/got"
no_difference "$T/want" "$T/got" "what is staged"
burn verify
is_clean "$T/disc.iso" "after cp -a"
cmp "$M/image/disc.iso" "$T/disc.iso"

# As rsync stages it, and again; nothing changes, and the disc is the same to the byte.
find "$M/data" -mindepth 1 -delete
expect_stat data_excluded 0
expect_stat data_used_blocks 0
rsync -aH "$src/" "$M/data/"
same "$(rsync -aHn --itemize-changes "$src/" "$M/data/")" "" "what a second rsync would change"
expect_stat data_excluded "$junk"
expect_stat data_used_blocks "$with_dir"
burn
cp "$T/disc.iso" "$T/first.iso"
is_clean "$T/disc.iso" "after rsync"
random_file "$M/data/.Trash-1000/files/large" 5000000 6
chmod 600 "$M/data/.DS_Store"
cmp "$M/image/disc.iso" "$T/first.iso" || fail "the content of what is excluded alters the disc"

# ---- saving through a temporary file, in and out of the trash
expect_stat data_excluded "$junk"
head -c 50000 /dev/zero | gio save "$M/data/hello.txt"
same "$(stat -c %s "$M/data/hello.txt")" 50000 "what gio saved"
expect_stat data_excluded "$junk"
is_clean "$M/image/disc.iso" "after gio save"
used=$(stats data_used_blocks)
random_file "$M/data/.goutputstream-4FHX2Z" 100000 3
expect_stat data_used_blocks "$used"
expect_stat data_excluded $((junk + 1))
mv "$M/data/.goutputstream-4FHX2Z" "$M/data/case"
same "$(stats data_used_blocks)" $((used + 49 - 1)) "with the new content"
expect_stat data_excluded "$junk"
used=$(stats data_used_blocks)
mv "$M/data/dir" "$M/data/.Trash-1000/files/"
[ "$(stats data_used_blocks)" -lt $((used - 800)) ] || fail "what is in the trash takes room"
is_clean "$M/image/disc.iso" "with a directory in the trash"
mv "$M/data/.Trash-1000/files/dir" "$M/data/"
expect_stat data_used_blocks "$used"
mv "$M/data/.Trash-1000" "$M/data/kept"
[ "$(stats data_used_blocks)" -gt $((used + 2441)) ] || fail "what came out of the trash takes no room"
is_clean "$M/image/disc.iso" "with what was the trash"
same "$("$PYTHON" "$HELPERS/syscall.py" rename "$M/data/kept" "$M/data/System Volume Information" exchange)" ok exchange
is_clean "$M/image/disc.iso" "after an exchange"
same "$("$PYTHON" "$HELPERS/syscall.py" rename "$M/data/kept" "$M/data/System Volume Information" exchange)" ok exchange
mv "$M/data/kept" "$M/data/.Trash-1000"
expect_stat data_used_blocks "$used"
expect_stat data_excluded "$junk"

# ---- another list, at any time
all=$((junk + $(stats data_files) + $(stats data_directories)))
same "$all" "$(find "$M/data" -mindepth 1 | wc -l)" "names in all"
control set exclude ""
expect_stat data_excluded 0
same $(($(stats data_files) + $(stats data_directories))) "$all" "names that are on the disc"
burn
whole_image "$T/disc.iso" "$M/data"
same "$(blocks_of_image "$T/disc.iso")" "$(stats data_used_blocks)" "an image with all of it"
control set exclude '*'
expect_stat data_excluded "$all"
expect_stat data_used_blocks 0
expect_stat format none
same "$(ls -A "$M/image")" disc.svg "image/ with nothing for a disc"
refused ENODATA control burn
contains "$(stats last_error)" "data_excluded=$all" "the sentence"
control set capacity 5000
same "$(stat -f -c '%S %b %f' "$M")" "2048 5000 5000" "statfs"
control set capacity none
control set exclude ':?:*.TXT::.T*:dir'
burn
bsdtar -tf "$T/disc.iso" >"$T/names"
! grep -iE 'hello\.txt|large' "$T/names" || fail "a list of its own excludes nothing"
grep -qE '(^|/)\.DS_Store$' "$T/names" || fail "what it does not exclude is not there"
same "$(blocks_of_image "$T/disc.iso")" "$(stats data_used_blocks)" "its size"
for bad in 'a/b' '*.tmp:/' "x\\"; do
	refused EINVAL control set exclude "$bad"
	contains "$(stats last_error)" "${bad##*:}" "last_error of $bad"
done
refused EINVAL control set exclude "$(printf 'x%.0s' {1..2048})"
contains "$(stats last_error)" 2047 "how long it may be"
stop_burnfs

# ---- by file and option; after a crash the same is excluded
expected=$("$BURNFS" --print-config | sed -n 's/^exclude = //p')
contains "$expected" ':._*:' "the default"
echo "exclude = *.bak:~\$*:.~lock.*#" >"$T/own.conf"
start_burnfs -o config="$T/own.conf" "image:$T/disc.iso"
rm -rf "${M:?}/data/"*
find "$M/data" -mindepth 1 -delete
touch "$M/data/a.BAK" "$M/data/.~lock.a#" "$M/data/~\$a" "$M/data/.DS_Store"
expect_stat data_excluded 3
expect_stat data_files 1
stop_burnfs
start_burnfs -o config="$T/own.conf",exclude='*.bak:a\,b' "image:$T/disc.iso"
touch "$M/data/a,b"
expect_stat data_excluded 2
kill_burnfs
start_burnfs -o exclude="$expected",overwrite=yes "image:$T/disc.iso"
expect_stat data_excluded 3
expect_stat data_files 2
same "$(blocks_of_image "$M/image/disc.iso")" "$(stats data_used_blocks)" "what is taken up again"
find "$M/data" -mindepth 1 -delete

# ---- a disc that is full: room in the stash is all that they need
echo x >"$M/data/f"
control set capacity "$(stats data_used_blocks)"
expect_stat data_free_blocks 0
refused ENOSPC cp "$T/src/dir/large.bin" "$M/data/large.bin"
rm -f "$M/data/large.bin"
capacity=$(stats data_total_blocks)
control set capacity 1 # it is even too full
mkdir "$M/data/.Trash-0"
cp "$T/src/dir/large.bin" "$M/data/.Trash-0/large.bin"
cmp "$T/src/dir/large.bin" "$M/data/.Trash-0/large.bin"
control set capacity "$capacity"
refused ENOSPC "$PYTHON" -c 'import os, sys; os.rename(sys.argv[1], sys.argv[2])' \
	"$M/data/.Trash-0/large.bin" "$M/data/f"
contains "$(stats last_error)" "the disc is full" "last_error"
same "$(cat "$M/data/f")" x "the file that was not replaced"
expect_stat data_free_blocks 0
expect_stat data_excluded 2

# ---- a file that may yet be renamed is waited for
exec 7>"$M/data/.goutputstream-AAAAAA"
control set burn_wait 0
refused EBUSY control burn
contains "$(stats last_error)" .goutputstream-AAAAAA "the file that is open"
exec 7>&-
rm "$M/data/.goutputstream-AAAAAA"

# ---- what counts as recorded: not what is excluded
burn
echo more >>"$M/data/.Trash-0/large.bin"
stop_burnfs
gone "$S" || fail "the stash is there although all that is not excluded was recorded"
start_burnfs -o overwrite=yes "image:$T/disc.iso"
echo x >"$M/data/f"
echo x >"$M/data/.DS_Store"
burn
control set exclude ""
stop_burnfs
gone "$S" && fail "what was excluded and is no more went unrecorded"
start_burnfs
expect_stat data_excluded 1
rm "$M/data/f"
stop_burnfs
[ -e "$S/data/.DS_Store" ] || fail "what is excluded is gone, and nothing was burned"
start_burnfs
rm "$M/data/.DS_Store"
stop_burnfs
gone "$S" || fail "the stash is there with nothing in it"

# ---- tracks know nothing of it
start_burnfs -o exclude='*'
sound wav "$M/audio/track01.wav" 200000 1
expect_stat audio_tracks 1
expect_stat data_excluded 0
stop_burnfs
