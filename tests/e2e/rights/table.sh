#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Who can do what under which mount: each cell of the tables in SECURITY.md.
# MAY-SKIP: needs root
# TIMEOUT: 240
# shellcheck disable=SC2016 # what stands in single quotes is for another shell
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../mounts.sh"

own_namespace "acts as several people"
etc fuse.conf user_allow_other
etc passwd "$(cat /etc/passwd; echo mounter:x:60001:60001::/:/bin/sh)"
page=${SRCDIR:-$(cd "$(dirname "$0")/../../.." && pwd)}/SECURITY.md

declare -A uid=([root]=0 [mounter]=60001 [other]=60002 [users]=60003 [cdrom]=60004 [third]=60009)
declare -A gid=([root]=0 [mounter]=60001 [other]=60002 [users]=60103 [cdrom]=60104)
mkdir -m 777 "$T/public"

# mount_as KIND: as the line before a table says; whose files in question are a third person's.
mount_as() {
	local who=root options=stash=$S
	[[ $1 != *user* ]] || [[ $1 == *Root* ]] || who=mounter
	[[ $1 != *allow_other* ]] || options+=,allow_other
	[[ $1 != *stage_group* ]] || options+=,stage_group=${gid[users]},control_group=${gid[cdrom]}
	rm -rf "$S" "$T/public"/*
	mkdir "$S"
	chown "${uid[$who]}" "$M" "$S"
	# shellcheck disable=SC2086 # a list of words
	as "${uid[$who]}" "${gid[$who]}" "$BURNFS" -f $BURNFS_ARGS -o "$options" "image:$T/public/disc.iso" "$M" >>"$LOG" 2>&1 &
	PID=$!
	mounter=$who
	eventually "a mount" by "$who" cat "$M/stats" >/dev/null
	by "$who" bash -c 'for name in common gone private; do echo content >"$1/data/$name"; done' sh "$M"
	by "$who" chmod 600 "$M/data/private"
	if [[ $1 == *allow_other* ]]; then
		chown "${uid[third]}" "$M"/data/*
	fi
}

by() {
	local who=$1
	shift
	as "${uid[$who]}" "${gid[$who]}" "$@"
}

# What is tried for each column; $1 is the mountpoint, $2 the stash, $3 a directory where everybody may write.
declare -A action=(
	[look]='cat "$1/stats" && ls -l "$1/data"'
	[stage]='echo x >"$1/data/mine" && mkdir "$1/audio/mine" && rmdir "$1/audio/mine" && rm "$1/data/mine"'
	[change]='echo x >>"$1/data/common"'
	[remove]='rm -f "$1/data/gone" && ! test -e "$1/data/gone" && ls "$1/data"'
	[private]='cat "$1/data/private"'
	[image]='head -c 2048 "$1/image/disc.iso" | wc -c | grep -x 2048'
	[burn]='echo "set label MINE" >"$1/control" && echo "burn wait" >"$1/control"'
	[path]='echo "recorder image:$3/other.iso" >"$1/control" || echo "set overwrite yes" >"$1/control"'
	[unmount]='fusermount3 -u "$1"'
	[stash]='cat "$2/data/common"'
)

# try KIND WHO COLUMN CELL
try() {
	local got=no
	[ "$4" != – ] || return 0
	if (trap - ERR; by "$2" bash -c "${action[$3]}" sh "$M" "$S" "$T/public") >"$T/said" 2>&1; then
		got=yes
	fi
	same "$got" "$4" "$1: can $2 $3? $(tail -n 1 "$T/said")"
}

cells=0
row() {
	local kind=$1 column cell who
	shift
	mount_as "$kind"
	who=$1
	for column in "${columns[@]}"; do
		shift
		cell=$1
		try "$kind" "$who" "$column" "$cell"
		cells=$((cells + 1))
	done
	if mounted "$M"; then
		by "$mounter" fusermount3 -u "$M"
	fi
	await_exit || fail "burnfs ended with $?"
}

kind=
while IFS= read -r line; do
	case $line in
	'A user'* | "Root's"*) kind=$line ;;
	'| who |'*) read -ra columns <<<"${line//|/ }"; columns=("${columns[@]:1}") ;;
	'|---'*) ;;
	'| '*)
		read -ra words <<<"${line//|/ }"
		row "$kind" "${words[@]}" ;;
	esac
done <"$page"
[ "$cells" -ge 140 ] || fail "only $cells cells in $page"
