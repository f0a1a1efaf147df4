#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# burnfs-desktop believes no folder that only looks like a mount, makes no commands of names, and replaces no file
# without a question. Its windows are a script here, which plays a person; no display is needed.
. "$(dirname "$0")/lib.sh"
need_tools bindfs flock mountpoint

export XDG_RUNTIME_DIR=$RUNTIME T
unset WAYLAND_DISPLAY DISPLAY
mkdir "$T/bin"
desktop=${BURNFS%/*}/burnfs-desktop
[ -e "$desktop" ] || desktop=$(cd "$(dirname "$0")/../../src" && pwd)/burnfs-desktop
ln -s "$BURNFS" "$T/bin/burnfs"
ln -s "${BURNFS%/*}/burnfs-watch" "$T/bin/burnfs-watch"
# It notes what each window says, answers with $ANSWER_LABEL and, once, $ANSWER_FILE, and each question with no.
cat >"$T/bin/zenity" <<'END'
#!/bin/bash
printf '%s\n' "$*" >>"$T/windows"
case $* in
*--entry*) printf '%s\n' "$ANSWER_LABEL" ;;
*--file-selection*) [ ! -e "$T/saved" ] || exit 1; : >"$T/saved"; printf '%s\n' "$ANSWER_FILE" ;;
*--progress*) cat >/dev/null ;;
*--question*) exit 1 ;;
esac
END
chmod +x "$T/bin/zenity"

# burn_by_windows LABEL FILE PATH: by a person who calls the disc so and wants that image
burn_by_windows() {
	rm -f "$T/saved"
	: >"$T/windows"
	DISPLAY=:none ANSWER_LABEL=$1 ANSWER_FILE=$2 PATH=$T/bin:$PATH timeout "$PATIENCE" bash "$desktop" burn "$3" >"$T/said" 2>&1 || :
	cat "$T/said" >>"$T/windows"
}

# ---- a stick whose stats are commands, on another file system of FUSE

mkdir -p "$T/stick/data" "$T/elsewhere"
: >"$T/stick/control"
: >"$T/stick/events"
echo photo >"$T/stick/data/photo.jpg"
printf '%s\n' format=data data_files=1 data_directories=0 "data_bytes=UID[\$(id >$T/code)]" "\$(id >$T/code)=1" \
	audio_tracks=0 >"$T/stick/stats"
bindfs --no-allow-other "$T/stick" "$T/elsewhere"
burn_by_windows DISC "$T/stick.iso" "$T/elsewhere/data/photo.jpg"
gone "$T/code" || fail "the stick's code was run"
same "$(cat "$T/elsewhere/control")" "" "what was written to the stick's control"
# It was put into a disc as any file is, and everything is as it was after the burn.
same "$(bsdtar -tf "$T/stick.iso" | sort)" $'.\n./photo.jpg' "what was burned"
! mounted "$M" || fail "it is still mounted"

# ---- names that would be commands, and files that are there

start_burnfs none
echo hello >"$M/data/hello"
burn_by_windows $'DISC\nset capacity 1MB' "$T/name.iso" "$M/data"
contains "$(cat "$T/windows")" "line break" "what is said of such a name"
expect_stat label ''
burn_by_windows DISC "$T/image"$'\n'"clear.iso" "$M/data"
contains "$(cat "$T/windows")" "line break" "what is said of such a file"
same "$(cat "$M/data/hello")" hello "the staged file"

echo "a backup" >"$T/BACKUP.ISO"
burn_by_windows DISC "$T/BACKUP.ISO" "$M/data"
contains "$(grep -A 9 -- --question "$T/windows")" "$T/BACKUP.ISO" "the question"
same "$(cat "$T/BACKUP.ISO")" "a backup" "the file in capitals"
control clear

sound wav "$T/track.wav" 882000 1
cp "$T/track.wav" "$M/audio/track01.wav"
echo "a sheet" >"$T/album.cue"
for name in album album.iso album.bin album.cue; do
	burn_by_windows DISC "$T/$name" "$M/audio"
	contains "$(grep -A 9 -- --question "$T/windows")" "$T/album.cue" "the question for $name"
	same "$(cat "$T/album.cue")" "a sheet" "the sheet"
	gone "$T/album.bin" || fail "an image was made of $name"
done
stop_burnfs
