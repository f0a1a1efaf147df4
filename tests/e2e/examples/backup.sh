#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# examples/backup: silent when the disc is whole, words and a status when it is not, and nothing left behind either way.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

need_tools bsdtar flock rsync xorriso
export BURNFS
backup=$(cd "$(dirname "$0")/../../.." && pwd)/examples/backup
mkdir "$T/tmp" "$T/images"
export TMPDIR=$T/tmp
cd "$T"

left_nothing() {
	empty_dir "$T/tmp" || fail "left behind: $(ls -A "$T/tmp")"
	[ -z "$(mounts_below "$T/tmp")" ] || fail "left a mount behind"
}
# works ARGUMENT…: without a word
works() {
	"$backup" "$@" >"$T/said" 2>&1 || fail "backup $* failed: $(cat "$T/said")"
	same "$(cat "$T/said")" "" "what backup $* says"
	left_nothing
}
# wrong STATUS PART ARGUMENT…: it fails with that status and a sentence with that part
wrong() {
	local wanted=$1 part=$2 status=0
	shift 2
	"$backup" "$@" >"$T/said" 2>&1 || status=$?
	same "$status" "$wanted" "status of backup $* ($(cat "$T/said"))"
	contains "$(cat "$T/said")" "$part" "what backup $* says"
	contains "$(cat "$T/said")" "backup: " "what backup $* says"
	left_nothing
}
# holds IMAGE DIR: the image has what is in the directory, and nothing else
holds() {
	rm -rf "$T/got"
	xorriso -abort_on WARNING -osirrox on -hardlinks on -indev "$1" -extract / "$T/got" >"$T/xorriso" 2>&1 ||
		fail "xorriso: $(tail -n 3 "$T/xorriso")"
	touch -r "$2" "$T/got"
	tree --as xorriso dir "$2" >"$T/want.list"
	tree --as xorriso dir "$T/got" >"$T/got.list"
	no_difference "$T/want.list" "$T/got.list" "$1"
}

mkdir -p "$T/all/some folder" "$T/all/other"
sample_tree "$T/all/some folder"
rm "$T/all/some folder/fifo"
random_file "$T/all/other/large" 5000000 3
touch -h -d '2001-02-03 04:05:06 UTC' "$T/all/some folder"

# Images: by name, and in a directory.
works "$T/all/some folder" all/other "$T/first.iso"
holds "$T/first.iso" "$T/all"
works -l NAME -c cd74 "$T/all/some folder" "$T/all/other/" "$T/images"
holds "$T/images/NAME.iso" "$T/all"
contains "$(head -c 40000 "$T/images/NAME.iso" | tr -d '\0')" NAME "the label"
wrong 1 "NAME.iso exists" -l NAME "$T/all/other" "$T/images"
works "$T/all/other" "$T/images"
same "$(find "$T/images" -name 'BACKUP_[0-9]*.iso' | wc -l)" 1 "images called by the time"

# Names that discs of other kinds are kept clean of are in a backup.
mkdir -p "$T/plain/home/.Trash-1000/files" "$T/plain/home/mac"
for name in letter mac/._resource desktop.ini "~\$draft.docx" .nfs-server.conf .Trash-1000/files/thing Thumbs.db .DS_Store; do
	echo "$name" >"$T/plain/home/$name"
done
works "$T/plain/home" "$T/plain.iso"
holds "$T/plain.iso" "$T/plain"

# The copy itself is left out; fifos and sockets are not.
mkfifo "$T/all/other/fifo"
"$PYTHON" "$HELPERS/syscall.py" mknod "$T/all/other/socket" socket >/dev/null
TMPDIR=$T/all/other works "$T/all/other" "$T/second.iso"
same "$(bsdtar -tf "$T/second.iso" | sort)" $'.\n./other\n./other/fifo\n./other/large\n./other/socket' \
	"what is on the second one"
rm "$T/all/other/fifo" "$T/all/other/socket"
mkdir "$T/only"
cp -a "$T/all/other" "$T/only"

# What does not fit.
used=$((2 * $(stat -c %s "$T/second.iso") / 2048))
wrong 1 "it does not fit on 1MB: remove $((used - 2 * 488)) KiB" -c 1MB "$T/all/other" "$T/third.iso"
gone "$T/third.iso" || fail "there is an image of what does not fit"

# Wrong lines, and what is not there.
wrong 2 "backup -h" "$T/all"
wrong 2 "-x" -x "$T/all" "$T/third.iso"
wrong 2 "control character" -l $'a\nburn' "$T/all" "$T/third.iso"
wrong 2 "control character" "$T/all" "$T/third"$'\n'"burn.iso"
wrong 1 "no folder $T/none" "$T/none" "$T/third.iso"
wrong 1 "neither a drive" "$T/all" "$T/nowhere/third.iso"
wrong 1 "neither a drive" "$T/all" "$T/third"
wrong 1 capacity -c plenty "$T/all/other" "$T/third.iso"
wrong 1 "two folders" "$T/all/other" "$T/only/other" "$T/third.iso"
wrong 1 "leave out -m" -m "$T/all/other" "$T/third.iso"
if ! is_root; then
	chmod 0 "$T/all/other/large"
	wrong 1 "cannot copy" "$T/all/other" "$T/third.iso"
	chmod 600 "$T/all/other/large"
fi
gone "$T/third.iso" || fail "there is an image of nothing"
contains "$("$backup" -h)" "usage: backup" "backup -h"

# What goes away while it is copied is no reason to have no copy; what cannot be read is.
mkdir "$T/bin"
# program STATUS: rsync, as it ends then
program() {
	printf '#!/bin/sh\n"%s" "$@"\necho trouble >&2\nexit %s\n' "$(PATH=/usr/bin:/bin command -v rsync)" "$1" >"$T/bin/rsync"
	chmod +x "$T/bin/rsync"
}
program 24
PATH=$T/bin:$PATH works "$T/only/other" "$T/fifth.iso"
holds "$T/fifth.iso" "$T/only"
program 23
PATH=$T/bin:$PATH wrong 1 "trouble" "$T/all/other" "$T/third.iso"

# Two at a time are one too many; the one that is ended takes its mount with it.
mkfifo "$T/gate"
printf '#!/bin/sh\n: >"%s"\ncat "%s"\nexec "%s" "$@"\n' "$T/came" "$T/gate" "$(PATH=/usr/bin:/bin command -v rsync)" \
	>"$T/bin/rsync"
PATH=$T/bin:$PATH "$backup" "$T/all/other" "$T/third.iso" >"$T/first.said" 2>&1 &
first=$!
eventually "the first one copies" test -e "$T/came"
contains "$(fails "$backup" "$T/all/other" "$T/fourth.iso")" "another backup" "a second one"
kill "$first"
echo >"$T/gate"
status=0
wait "$first" || status=$?
same "$status" 143 "status of the one that was ended ($(cat "$T/first.said"))"
left_nothing
gone "$T/third.iso" || fail "it burned all the same"

# A drive: session after session, each in a folder of its own, until the disc is full.
in_tray sr0 first cd-r blocks=30000
works -m "$T/all/other" "$DRIVE"
works -m "$T/all/some folder" "$DRIVE"
same "$(sessions sr0)" 2 "sessions on the disc"
wrong 1 "it does not fit on cd-r: " -m "$T/all/other" "$T/all/some folder" "$T/only" "$T/images" "$DRIVE"
in_tray sr0 second dvd+r
works -e "$T/all/other" "$DRIVE"
grep -q '^open' "$BURNFS_MMC/sr0/tray" || fail "the tray is not open"
wrong 1 "insert a blank disc" "$T/all/other" "$DRIVE"
in_tray sr0 third cd-r
faults sr0 "corrupt 1000"
wrong 1 "differs from what was staged in block 1000" "$T/all/other" "$DRIVE"
in_tray sr0 fourth cd-r
faults sr0 "write-error 0 7/27/00"
wrong 1 "write" "$T/all/other" "$DRIVE"
