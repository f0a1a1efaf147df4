#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Over random lengths, gaps, formats and edits, audio_used_blocks is the length of the BIN that a burn then
# writes, and what one works out on paper.
. "$(dirname "$0")/../lib.sh"

need_tools cdrdao cd-info cueprint flac lame oggenc opusenc sox toc2cddb setfattr
seed=${SEED:-4711}   # SEED=$RANDOM tries others
echo "SEED=$seed"
RANDOM=$seed
start_burnfs "image:$T/disc"

# below N: a random number from 0 to N - 1
below() {
	REPLY=$(((RANDOM << 15 | RANDOM) % $1))
}

# stage NAME RATE FRAMES KIND: a sound of so many samples
stage() {
	sox -R -V1 -r "$2" -c 2 -n -b 16 "$T/new.wav" synth "$3"s brownnoise
	case $4 in
	wav) cp "$T/new.wav" "$M/audio/$1.wav" ;;
	cdr) sox "$T/new.wav" -t raw "$M/audio/$1.cdr" ;;
	aiff) sox "$T/new.wav" "$M/audio/$1.aiff" ;;
	flac) flac -s "$T/new.wav" -o "$M/audio/$1.flac" ;;
	mp3) lame --quiet "$T/new.wav" "$M/audio/$1.mp3" ;;
	ogg) oggenc -Q "$T/new.wav" -o "$M/audio/$1.ogg" ;;
	opus) opusenc --quiet "$T/new.wav" "$M/audio/$1.opus" ;;
	esac
}

kinds=(wav wav cdr aiff flac mp3 ogg opus)
rates=(44100 44100 44100 48000 32000 22050 96000)
declare -A bytes pregap name_of
# The number of the first track, which can have no gap of its own.
first() { printf '%s\n' "${!bytes[@]}" | sort -n | head -n 1; }
for round in 1 2 3 4 5 6 7 8 9 10; do
	for _ in 1 2 3; do
		below 9
		n=$REPLY
		rm -f "$M/audio/$n".*
		unset "bytes[$n]" "pregap[$n]" "name_of[$n]"
		below 8
		[ "$REPLY" -gt 0 ] || continue   # taken away
		below ${#kinds[@]}
		kind=${kinds[REPLY]}
		below ${#rates[@]}
		rate=${rates[REPLY]}
		case $kind$rate in
		cdr*) rate=44100 ;;
		mp396000) rate=48000 ;;
		opus*) rate=48000 ;;   # its own clock: others it takes only for what it once was
		esac
		below 4
		case $REPLY in
		0) below 1000 ;;                          # next to nothing
		1) below 3; REPLY=$((REPLY - 1 + 588 * 350)) ;; # around whole sectors
		*) below 400000 ;;
		esac
		samples=$((REPLY + 1))
		stage "$n" "$rate" "$samples" "$kind"
		# shellcheck disable=SC2017 # whole samples
		bytes[$n]=$(((samples * 44100 + rate - 1) / rate * 4))
		name_of[$n]=$n.$kind
		below 3
		if [ "$REPLY" -eq 0 ] && [ "$(first)" != "$n" ]; then
			below 300
			pregap[$n]=$REPLY
			setfattr -n user.pregap -v "$REPLY" "$M/audio/$n.$kind"
		fi
	done
	gaps=(0 1 75 150 400)
	below 5
	gap=${gaps[REPLY]}
	control set gap "$gap"
	n=$(first)
	if [ -n "$n" ] && [ -n "${pregap[$n]-}" ]; then
		[ "${pregap[$n]}" -eq 0 ] || refused EINVAL burn
		setfattr -x user.pregap "$M/audio/${name_of[$n]}"
		unset "pregap[$n]"
	fi
	tracks=()
	for n in 0 1 2 3 4 5 6 7 8; do
		[ -z "${bytes[$n]-}" ] || tracks+=("${bytes[$n]}:${pregap[$n]-$gap}")
	done
	[ ${#tracks[@]} -gt 0 ] || continue
	where="round $round, SEED=$seed, gap $gap: ${name_of[*]} as ${tracks[*]}: $(grep ^track "$M/stats")"
	used=$(stats audio_used_blocks)
	same "$used" "$(disc sectors "${tracks[@]}")" "audio_used_blocks in $where"
	burn
	same "$(stat -c %s "$T/disc.bin")" $((used * 2352)) "bytes of the BIN in $where"
	same "$(stat -c %s "$M/image/disc.bin")" $((used * 2352)) "bytes of image/disc.bin in $where"
	cmp "$M/image/disc.bin" "$T/disc.bin"
	disc agreed "$T/disc.cue" >"$T/agreed" || fail "readers of the sheet differ in $where"
	same "$(tail -n 1 "$T/agreed")" "end $used" "what readers make of the sheet in $where"
	same "$(grep -c '^[0-9]' "$T/agreed")" ${#tracks[@]} "tracks of the sheet in $where"
done
stop_burnfs
