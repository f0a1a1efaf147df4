#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# image/disc.svg: well-formed, read by other programs, and what it shows is what stats says.
. "$(dirname "$0")/../lib.sh"

need_tools rsvg-convert setfattr sox xmllint
picture() {
	"$PYTHON" "$HELPERS/picture.py" "$@"
}

# shown TEXT…: the picture is well-formed, and each of these is one of its texts.
shown() {
	local text
	cp -f "$M/image/disc.svg" "$T/disc.svg"
	same "$(stat -c %s "$M/image/disc.svg")" "$(stat -c %s "$T/disc.svg")" "the picture's size"
	cmp "$M/image/disc.svg" "$T/disc.svg" || fail "the same stage, another picture"
	xmllint --noout --nonet "$T/disc.svg"
	picture texts "$T/disc.svg" >"$T/texts"
	for text; do
		grep -qxF -e "$text" "$T/texts" || fail "no '$text' in the picture: $(cat "$T/texts")"
	done
}

# looks USED TOTAL: so much of the ring is filled, also where it is small
looks() {
	local width got wanted=$((1000 * $1 / $2))
	for width in 64 512; do
		rsvg-convert -w $width -h $width -a "$M/image/disc.svg" -o "$T/disc.png"
		got=$(picture filled "$T/disc.png")
		# Lines between the parts are white, and thicker where all is small.
		if [ $((got - wanted)) -gt 20 ] || [ $((wanted - got)) -gt $((width == 64 ? 60 : 30)) ]; then
			fail "$got of 1000 parts are filled at $width pixels, wanted $wanted"
		fi
	done
}

start_burnfs -o capacity=10000,label=LABEL none
same "$(ls -A "$M/image")" disc.svg "image/ with nothing staged"
shown LABEL "LABEL: 20.5 MB free" "0 %" empty "20.5 MB free"
looks 0 10000

mkdir "$M/data/folder" "$M/data/other"
truncate -s 4M "$M/data/folder/file"
truncate -s 1M "$M/data/other/file"
shown "folder/" "4.2 MB" "other/" "1.0 MB" "directories" free "27 %"
contains "$(cat "$T/texts")" "MB of 20.5 MB, " "the sum"
looks "$(stats data_used_blocks)" 10000
truncate -s 15M "$M/data/folder/file"
shown "folder/" "15.7 MB" free
looks "$(stats data_used_blocks)" 10000
for i in {1..20}; do
	echo x >"$M/data/$i"
done
control set capacity 5000
shown "14 more" "too full"
looks 1 1

# Names are others' affair.
rm -r "${M:?}/data/"*
for name in '<script>alert(1)' '&amp; <!-- "'"'" $'new\nline\ttab\x01\x7f' ']]>' $'\u202edisguised' \
	$'\ufffe' "$(printf '子%.0s' {1..80})"; do
	truncate -s 4K "$M/data/$name"
done
control set label '</title><i a="b'
shown '</title><i a="b' '<script>alert(1)' '&amp; <!-- "'"'" ']]>' $'new\ufffdline\ufffdtab\ufffd\ufffd' \
	$'\ufffddisguised' $'\ufffd'
looks "$(stats data_used_blocks)" 5000
rm -r "${M:?}/data/"*

# An album, and data beside it.
control set capacity cd80
sox -R -V1 -r 44100 -n -b 16 -c 2 "$T/sound.wav" synth 60 sine 440
for i in {1..12}; do
	cp "$T/sound.wav" "$M/audio/track$i.wav"
done
setfattr -n user.cdtext.title -v "The <first> & only" "$M/audio/track1.wav"
setfattr -n user.cdtext.title -v "Our album" "$M/audio"
shown "Our album" "The <first> & only" track12.wav "1:00" "12 tracks, 12:22 of 80:00 minutes, 67:38 free" CD80
looks "$(stats audio_used_blocks)" "$(stats audio_total_blocks)"
truncate -s 100M "$M/data/file"
shown file "105 MB" "12 tracks and data, 23:49 of 80:00 minutes, 56:11 free"
looks 107000 360000

# Nobody writes it, and it is no hindrance.
refused EACCES bash -c ": >'$M/image/disc.svg'"
refused EACCES rm -f "$M/image/disc.svg"
cp -r "$M/image" "$T/image"
cmp "$M/image/disc.svg" "$T/image/disc.svg"
control clear
stop_burnfs

# Without a capacity it is drawn on the smallest disc that will do.
start_burnfs none
shown "fits on a CD80"
truncate -s 1G "$M/data/file"
shown "fits on a DVD" "22 %"
stop_burnfs

# What earlier sessions took is told from what is free, and nobody asks the drive for it.
. "$(dirname "$0")/../drives.sh"
in_tray sr0 first cd-r
start_burnfs "$DRIVE"
control clear
random_file "$M/data/first" 90000000 1
burn multi
control clear
shown "CD-R, appendable" "already on the disc"
before=$(wc -l <"$BURNFS_MMC/sr0/log")
next=$(stats medium_next_block)
looks "$next" $((next + $(stats data_total_blocks)))
truncate -s 90M "$M/data/second"
shown second "94.4 MB" "already on the disc"
looks $((next + $(stats data_used_blocks))) $((next + $(stats data_total_blocks)))
same "$(grep -v "TEST UNIT READY" < <(tail -n +$((before + 1)) "$BURNFS_MMC/sr0/log") || :)" "" "commands for the drive"

# What is kept off the disc is not in its picture.
cp "$M/image/disc.svg" "$T/before.svg"
mkdir "$M/data/.Trash-1000"
fallocate -l 20000000 "$M/data/.Trash-1000/thrown away"
cmp "$M/image/disc.svg" "$T/before.svg" || fail "the picture has what is excluded"
stop_burnfs
