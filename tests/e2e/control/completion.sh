#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What bash completes for burnfs and burnfs-watch, as somebody at a terminal gets it: every option and setting that
# the program has, values, files, mountpoints.
. "$(dirname "$0")/../lib.sh"

COMPLETION=$(cd "$(dirname "$0")/../../.." && pwd)/share/bash-completion/burnfs
[ -e /usr/share/bash-completion/bash_completion ] || skip "needs the package bash-completion"

mkdir "$T/bin" "$T/work" "$T/work/dir" "$T/work/other dir"
ln -s "$BURNFS" "$T/bin/burnfs"
PATH=$T/bin:$PATH
cd "$T/work"
: >next.iso
: >next.txt

# typed LINE…: the words that come of typing each; \t is the tab key, \e* puts in all that could be completed
typed() {
	"$PYTHON" "$HELPERS/complete.py" "$COMPLETION" "$@"
}

# becomes LINE WORDS: that is what shall come of typing the line, when all of them are typed.
lines=() words=()
becomes() {
	lines+=("$1")
	words+=("$2")
}

# offered LINE: what could be completed there, one a line
offered() {
	typed "$1\\e*" | sed "s/^${1% *} //" | tr ' ' '\n'
}

# ---- everything that the program has

offered 'burnfs -' >"$T/offered"
"$BURNFS" --help | grep -oE '^  -.*  |^  -.*$' | grep -oE -- '(^|[ ,])--?[a-zA-Z-]+' | tr -d ' ,' >"$T/options"
[ "$(wc -l <"$T/options")" -ge 9 ] || fail "--help lists hardly any option: $(cat "$T/options")"
while read -r option; do
	grep -qxe "$option" "$T/offered" || fail "the option $option is not offered"
done <"$T/options"

offered 'burnfs -o ' >"$T/offered"
offered 'burnfs -o label=x,' | sed 's/^\(label=\)*x\\,//' >"$T/offered-later"
"$BURNFS" --print-config | sed -n 's/^\([a-z_]*\) *=.*/\1/p' >"$T/settings"
grep -qx keep "$T/settings" || fail "--print-config lists no settings"
while read -r word; do
	grep -qxF "$word" "$T/offered" || fail "-o $word is not offered"
	grep -qxF "$word" "$T/offered-later" || fail "-o $word is not offered behind a comma"
done < <(sed 's/$/=/' "$T/settings"; printf '%s\n' allow_other max_threads= noexec config=)

# Each word that is offered for a setting is one that the program takes, and a wrong one it would not. What is
# completed first is put behind "key=", the others are words of their own.
mapfile -t keys < <(grep -vxE 'recorder|stash|exclude' "$T/settings") # these are files, and anything
mapfile -t asked < <(printf 'burnfs -o %s=\\e*\n' "${keys[@]}")
while read -r _ _ first others; do
	key=${first%%=*}
	for value in ${first#*=} $others; do
		echo "$value" >>"$T/values"
		"$BURNFS" -o "$key=$value" --print-config | grep -q "^$key *=" || fail "-o $key=$value is offered"
	done
done < <(typed "${asked[@]}")
for value in unburned bd-dl mixed strict max; do
	grep -qxe "$value" "$T/values" || fail "no setting has the value $value"
done

# ---- as it is typed

becomes 'burnfs --pr\t' 'burnfs --print-config'
becomes 'burnfs -o ke\tu\t' 'burnfs -o keep=unburned'
becomes 'burnfs -o capacity=bd-dl,ke\tu\t,verify=y\t' 'burnfs -o capacity=bd-dl\,keep=unburned\,verify=yes'
becomes 'burnfs -oke\tu\t' 'burnfs -okeep=unburned'
becomes 'burnfs -o stash=oth\t' "burnfs -o stash=other\\ dir/"
becomes 'burnfs -o recorder=im\tnext.t\t' 'burnfs -o recorder=image:next.txt'
becomes 'burnfs -o config=next.t\t' 'burnfs -o config=next.txt'
becomes 'burnfs no\tdi\t' 'burnfs none dir/'
becomes 'burnfs ne\toth\t' "burnfs next.iso other\\ dir/"
becomes 'burnfs -o keep=no ne\tdi\t' 'burnfs -o keep=no next.iso dir/'
becomes 'burnfs im\tnext.i\t' 'burnfs image:next.iso'
becomes 'burnfs none dir ne\t' 'burnfs none dir ne'
becomes 'burnfs none ne\t' 'burnfs none ne'

becomes 'burnfs-watch di\t' 'burnfs-watch dir/'

mapfile -t got < <(typed "${lines[@]}")
for i in "${!lines[@]}"; do
	same "${got[i]}" "${words[i]}" "what comes of typing '${lines[i]}'"
done

# A mountpoint may be called anything, and is a name at that.
# shellcheck disable=SC2016 # the name itself
M=$T/work/'a disc $(touch called)'
mkdir "$M"
start_burnfs none
typed 'burnfs-watch \e*' "burnfs-watch $T/work/a\\t" >"$T/watched"
stop_burnfs
[ ! -e called ] || fail "completing has run a part of a mountpoint's name"
contains "$(head -n 1 "$T/watched") " " $(printf %q "$M") " "what is offered to burnfs-watch"
same "$(tail -n 1 "$T/watched")" "burnfs-watch $(printf %q "$M")/" "the mountpoint completed"
