# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What a person does with a disc in a file manager, from the first folder to the burned image. The test of one
# sources this file and says how that one is driven:
#
#   opens DIR         has a window that shows the folder
#   renames OLD NEW   in the window of data/, up to the last key
#   deletes NAME      by key, and answers what is asked
#   too_large         what it says of a file that does not fit, and gives up
#
# All that burnfs itself says there is an errno, so what is asserted on are its words, in a dialog.

. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

SOURCE=$HOME/source
FULL='No space left on device'
BUSY='Device or resource busy'

# In front is the window of that folder.
shows() {
	focus "^${1##*/}( - .*)?$"
}

# A folder as people have them: what file managers do not copy at all, or rename for FUSE, is not in it.
folder() {
	mkdir -p "$SOURCE/folder/sub folder/deeper" "$SOURCE/folder/empty"
	printf 'hello\n' >"$SOURCE/folder/hello.txt"
	printf 'x' >"$SOURCE/folder/Ünïcödé 日本語.txt"
	random_file "$SOURCE/folder/sub folder/random.bin" 3000001 1
	random_file "$SOURCE/folder/sub folder/deeper/small.bin" 5 2
	ln -s ../hello.txt "$SOURCE/folder/sub folder/link"
	convert -size 640x480 xc:magenta "$SOURCE/folder/picture.png"
	chmod 0640 "$SOURCE/folder/hello.txt"
	touch -d '2001-02-03 04:05:06 UTC' "$SOURCE/folder/hello.txt"
}

all_copied() {
	keys ctrl+a ctrl+c
	xclip -o -selection clipboard -t text/uri-list | grep -q "/${1##*/}/[^/]*\$"
}

# brings DIR: all that is in the folder is copied into the window of data/ by the clipboard.
brings() {
	opens "$1"
	eventually "files in the clipboard" all_copied "$1"
	shows "$M/data"
	keys ctrl+v
}

same_tree() {
	tree --fields type,mode,size,content,target dir "$SOURCE/folder" >"$T/want" &&
		tree --fields type,mode,size,content,target dir "$M/data/folder" >"$T/got" &&
		cmp -s "$T/want" "$T/got"
}

copies_a_folder() {
	folder
	brings "$SOURCE"
	eventually "the folder in data/" same_tree
	eventually "the end of its progress" no_dialog
	same "$(stat -c %Y "$M/data/folder/hello.txt")" 981173106 "the time of a copied file"
	shot copied
}

shows_free_space() {
	local wanted
	wanted=$(screen size $(($(stats data_free_blocks) * 2048)))
	keys Escape   # or the file that was copied is told of
	eventually "free space of $wanted" window_says "Free space: $wanted"
}

renames_a_file() {
	echo words >"$M/data/old name.txt"
	renames "old name.txt" "new name.txt"
	eventually "the new name" test -e "$M/data/new name.txt"
	gone "$M/data/old name.txt" || fail "the old name is still there"
	eventually "the end of renaming" no_dialog
	same "$(<"$M/data/new name.txt")" words "what is in the file after it was renamed"
}

deletes_to_nowhere() {
	deletes "new name.txt"
	eventually "the file to be gone" gone "$M/data/new name.txt"
	eventually "the end of deleting" no_dialog
	same "$(find "$M" -iname '*trash*')" "" "trash in the mount"
	same "$(gio list trash:///)" "" "the user's trash"
}

# As many points of the screen are magenta, which no icon is.
magenta() {
	local points
	points=$(import -window root png:- | convert - -format %c histogram:info:- | sed -n 's/:.*#FF00FF .*//p')
	[ "${points:-0}" -ge 200 ]
}

makes_a_thumbnail() {
	opens "$M/data/folder"
	eventually "a thumbnail on the screen" magenta
	shot thumbnail
}

is_told_what_is_full() {
	mkdir "$SOURCE/large" "$SOURCE/many"
	random_file "$SOURCE/large/film" 60000000
	brings "$SOURCE/large"
	too_large
	eventually "the end of copying" no_dialog
	rm -f "$M/data/film"

	# Fits by its bytes, and not by the blocks that it takes: only write(2) can tell.
	touch "$SOURCE"/many/{1..100}
	for file in "$SOURCE"/many/*; do echo x >"$file"; done
	head -c $((($(stats data_free_blocks) - 50) * 2048)) /dev/zero >"$M/data/filler"
	brings "$SOURCE/many"
	await_dialog "$FULL" >"$T/said"
	shot full
	contains "$(stats last_error)" "the disc is full" "last_error"
	press Close Cancel
	eventually "the end of copying many" no_dialog
	rm -f "$M"/data/[0-9]*
}

# The job lasts a minute, until it is cancelled: long enough for slow machines.
is_told_of_a_job() {
	control recorder "image:$T/images/disc.iso"
	control burn
	await_state burning
	shows "$M/data"
	renames folder other
	await_dialog "$BUSY" >"$T/said"
	shot busy-rename
	press Close Cancel
	brings "$SOURCE/folder/sub folder/deeper"
	await_dialog "$BUSY" >"$T/said"
	shot busy-copy
	stat_is state burning || fail "the job was too short to try anything"
	press Close Cancel
	eventually "the end of copying while burning" no_dialog
	control cancel
	fails control wait >"$T/said"
	[ -d "$M/data/folder" ] || fail "renamed while burning"
	control recorder "image:$T/disc.iso"
}

burns() {
	rm -f "$M/data/filler"
	tree dir "$M/data" >"$T/staged"
	burn
	expect_stat last_result ok
	whole_image "$T/disc.iso" "$M/data"
	bsdtar -tf "$T/disc.iso" | sed 's,^\./,,;s,/$,,' | grep -vx '\.' | sort >"$T/names"
	(cd "$SOURCE" && find folder) | sort >"$T/wanted"
	no_difference "$T/wanted" "$T/names" "what is on the disc"
}

file_manager() {
	start_desktop
	slow_dir images 1M
	start_burnfs -o capacity=20000 "image:$T/disc.iso"
	opens "$M/data"
	copies_a_folder
	shows_free_space
	renames_a_file
	deletes_to_nowhere
	makes_a_thumbnail
	is_told_what_is_full
	is_told_of_a_job
	burns
	stop_burnfs
}
