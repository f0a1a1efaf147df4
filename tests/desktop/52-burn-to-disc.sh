#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "Burn to Disc…" of file managers: burnfs-desktop burn PATH…, with names of all kinds, and what stands in its way.
# TIMEOUT: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/installed.sh"

start_desktop
printf '#!/bin/sh\nexit 4\n' >"$PREFIX/bin/xdg-open"
chmod +x "$PREFIX/bin/xdg-open"

ended() {
	eventually "the end" desktop_gone
}

# ---- without what it needs

said=$(fails env -u DISPLAY burnfs-desktop)
contains "$said" "needs a desktop" "what it says without a display"
mkdir "$T/bare"
for program in bash sed awk grep tr cat dirname readlink mkdir notify-send; do
	ln -s "$(command -v "$program")" "$T/bare/"
done
cp "$PREFIX/bin/burnfs-desktop" "$T/bare/burnfs-desktop"
said=$(fails env PATH="$T/bare" burnfs-desktop)
contains "$said" "install the package zenity" "what it says without a program for windows"
fails burnfs-desktop burn >/dev/null
fails burnfs-desktop frobnicate >/dev/null
contains "$(burnfs-desktop --help)" "burn PATH" "its help"
burnfs-desktop -V | grep -q 'burnfs [0-9]'

# A desktop that opens folders with whatever comes first must not burn them.
start burn "$T"
says 'opens all folders with "Burn to Disc"'
press Cancel
ended
printf '[Default Applications]\ninode/directory=thunar.desktop\n' >"$XDG_CONFIG_HOME/mimeapps.list"

mkdir "$M"
echo "not yours" >"$M/precious"
start burn "$T"
says 'has files of yours in it'
shot precious
press OK
ended
same "$(cat "$M/precious")" "not yours" "the file that was there"
rm -r "$M"
start burn "$T/none"
says 'There is no .*/none'
press OK
ended

# ---- a folder and a file with names that are traps, for a shell, for markup and for options

evil=$'-rf <b>&amp;\\n $(touch x) %s "quoted" \e[31m'
mkdir -p "$T/from/$evil/sub"
echo content >"$T/from/$evil/sub/<i>file"
echo more >"$T/from/--help"
(cd "$T/from" && exec burnfs-desktop burn "$evil" --help) >>"$T/log.burnfs-desktop" 2>&1 &
DESKTOP_PIDS+=($!)
says '2 files .*will be burned'
shot name
no_difference <(cd "$T/from" && find . | LC_ALL=C sort) <(cd "$M/data" && find . | LC_ALL=C sort) "what was copied"
answer 'A_B <b>&\n'
save "$T/evil <b>&.iso"
says 'The image file is ready: .*evil <b>&.iso'
shot ready
press OK
# What was mounted for that is unmounted after it.
ended
! mounted "$M" || fail "it is still mounted"
mkdir "$T/read"
bsdtar -xf "$T/evil <b>&.iso" -C "$T/read"
diff -r "$T/from" "$T/read"
for dir in "$T/from" "$HOME" /; do gone "$dir/x" || fail "a shell has read the name"; done

# ---- several at once, URIs, names that are there

mkdir -p "$T/one two" "$T/again/one two"
echo 1 >"$T/one two/a"
echo 2 >"$T/again/one two/a"
echo 3 >"$T/three"
start burn "file://$T/one%20two"
start burn "$T/three"
says '2 files .*will be burned'
same "$(screen texts | grep -c 'Name of the disc')" 1 "questions"
for file in "one two/a" three; do [ -e "$M/data/$file" ] || fail "$file was not copied"; done
press Cancel
# What was copied for it is taken back, and what was mounted for it is unmounted.
ended
! mounted "$M" || fail "it is still mounted after Cancel"

# ---- what is there from an earlier time

windows() { xdotool search --onlyvisible --name '^Disc to Burn$' | wc -l; }
one_window() { [ "$(windows)" -eq 1 ]; }
holds_only() { no_difference <(printf '%s\n' "$@") <(cd "$M/data" && find . -type f | LC_ALL=C sort) "what is in the disc"; }
start open
says 'In it now: nothing'
mkdir "$M/data/one two"
echo 1 >"$M/data/one two/a"
start burn "$T/three"
says 'still has from before: .*1 file'
shot earlier
press Cancel
eventually "one window" one_window
holds_only "./one two/a"
start burn "$T/three"
says 'still has from before'
press 'Both together'
says '2 files .*will be burned'
press Cancel
eventually "what was copied to be gone" gone "$M/data/three"
holds_only "./one two/a"
start burn "$T/three"
says 'still has from before'
press 'Only the new'
says '1 file .*will be burned'
answer 'ONLY'
save "$T/only.iso"
says 'The image file is ready: .*only.iso'
press OK
eventually "one window" one_window
same "$(bsdtar -tf "$T/only.iso" | sort)" $'.\n./three' "what was burned"
holds_only "./one two/a"

# Names that are there.
start burn "$T/again/one two"
says 'still has from before'
press 'Both together'
says 'already has: one two'
shot replace
press Cancel
eventually "one window" one_window
same "$(cat "$M/data/one two/a")" 1 "the file that was there"
start burn "$T/again/one two"
says 'still has from before'
press 'Both together'
says 'already has'
press Replace
says 'Name of the disc'
same "$(cat "$M/data/one two/a")" 2 "the file that was replaced"
press Cancel
eventually "one window" one_window

# Of what lies in the mount that is burned which is there.
start burn "$M/data/one two/a"
says '1 file .*will be burned'
press Cancel
eventually "one window" one_window
control clear

# ---- what does not fit, and what is stopped

control set capacity 1MB
random_file "$T/large" 3000000
start burn "$T/large"
says 'It does not fit: 3.0 MB to add, and there is room for'
shot no-room
press OK
# Found only when it is copied, for names take room as well: half a folder is none.
mkdir "$T/small"
for i in {1..900}; do echo >"$T/small/$i"; done
start burn "$T/small"
says 'There is not enough room'
shot full
press OK
eventually "what was copied to be gone" gone "$M/data/small"
control set capacity none
mkdir "$T/stopped" "$T/stopped.real"
random_file "$T/stopped.real/large" 40000000
bindfs --no-allow-other --read-rate=1M "$T/stopped.real" "$T/stopped"
start burn "$T/stopped"
says 'Copying: .* of 40.0 MB'
shot copying
press Stop
eventually "what was copied to be gone" gone "$M/data/stopped"

# ---- music

sox -n -r 44100 -c 2 -b 16 "$T/song.wav" synth 5 sine 440
start burn "$T/song.wav"
says 'These are sound files'
press 'Music disc'
says '1 track of music .*will be burned'
[ -e "$M/audio/song.wav" ] || fail "the song is not among the music"
press Cancel
press Close
ended
