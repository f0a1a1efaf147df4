#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The commands of RESTORING in burnfs(1): what is on a disc is read without burnfs, and comes back into a stage.
. "$(dirname "$0")/../lib.sh"

need_tools bsdtar isoinfo osirrox bchunk sox

# Data: the whole disc, and one file of it.
start_burnfs "image:$T/backup.iso"
mkdir -p "$M/data/letters"
random_file "$M/data/letters/to-anna.txt" 300000 1
echo small >"$M/data/other file"
burn verify
cp -a "$M/data" "$T/original"
cd "$T"

mkdir bsdtar one
bsdtar -xpf backup.iso -C bsdtar
diff -r original bsdtar
bsdtar -xpf backup.iso -C one letters/to-anna.txt
diff -r original/letters one/letters
[ ! -e "one/other file" ] || fail "bsdtar extracted more than was asked for"
osirrox -indev backup.iso -extract / osirrox >"$T/said" 2>&1 || fail "osirrox: $(tail "$T/said")"
diff -r original osirrox
osirrox -indev backup.iso -extract /letters/to-anna.txt to-anna.txt >"$T/said" 2>&1
cmp original/letters/to-anna.txt to-anna.txt
contains "$(isoinfo -R -f -i backup.iso)" "/letters/to-anna.txt" "the list of isoinfo"
isoinfo -R -i backup.iso -x /letters/to-anna.txt >isoinfo.txt
cmp original/letters/to-anna.txt isoinfo.txt

# Into the stage, to be changed and recorded again.
control clear data
bsdtar -xpf backup.iso -C "$M/data"
diff -r original "$M/data"

# Sound: the tracks of a BIN.
control clear
control recorder "$T/album.cue"
sox -R -V1 -r 44100 -n -b 16 -c 2 first.wav synth 5 sine 440
sox -R -V1 -r 44100 -n -b 16 -c 2 second.wav synth 6 sine 550
cp first.wav "$M/audio/track01.wav"
cp second.wav "$M/audio/track02.wav"
burn
mkdir tracks
bchunk -w album.bin album.cue tracks/track >"$T/said"
sox first.wav -t raw first.raw
sox tracks/track01.wav -t raw track01.raw
cmp -n "$(stat -c %s first.raw)" first.raw track01.raw

# The kernel reads the image, where this machine lets us mount one.
mkdir loop
if is_root && mount -o loop,ro backup.iso loop 2>"$T/said"; then
	diff -r original loop
	umount loop
fi
stop_burnfs
