#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The configuration: where it is read, what wins, and errors that name file and line.
. "$(dirname "$0")/../lib.sh"

mkdir "$XDG_CONFIG_HOME/burnfs"
cat >"$XDG_CONFIG_HOME/burnfs/burnfs.conf" <<'INI'
# a comment
label = FROM_HOME
[burnfs]
gap = 75
capacity = 7000
INI
start_burnfs
expect_stat label FROM_HOME
expect_stat data_total_blocks 7000
stop_burnfs

echo 'label = FROM_FILE' >"$T/own.conf"
start_burnfs -o config="$T/own.conf"
expect_stat label FROM_FILE
expect_stat data_total_blocks 7000
stop_burnfs
start_burnfs -o config="$T/own.conf",label=FROM_OPTION
expect_stat label FROM_OPTION
stop_burnfs

# bad LINE TEXT: refused, naming the file, the line and the culprit.
bad() {
	local said
	said=$(fails timeout 20 "$BURNFS" -f -o stash="$S",config="$T/bad.conf" "$M")
	[[ $said =~ "$T/bad.conf"[^0-9]*$1([^0-9]|$) ]] || fail "no file and line $1 in '$said'"
	contains "$said" "$2" "what is said of a bad line"
	! mounted "$M" || fail "mounted with a bad configuration"
}
printf 'label = A\n\ncolour = red\n' >"$T/bad.conf"
bad 3 colour
printf '[burnfs]\ncapacity = lots\n' >"$T/bad.conf"
bad 2 capacity
printf '# one\n# two\n# three\nthis is no line\n' >"$T/bad.conf"
bad 4 ""
printf '[somebody else]\nlabel = A\n' >"$T/bad.conf"
bad 2 section

# A file that was named must be there; those that are looked for need not be.
contains "$(fails timeout 20 "$BURNFS" -f -o stash="$S",config="$T/missing.conf" "$M")" "settings in $T/missing.conf: No such" "a missing file"
contains "$(fails timeout 20 "$BURNFS" -f -o stash="$S",config="$T" "$M")" "cannot read the settings in $T: " "a directory"
contains "$(fails timeout 20 "$BURNFS" -f -o stash="$S",config= "$M")" "config needs a value" "no file"

# What another user has written does not say where root burns to.
if is_root; then
	mkdir -p "$XDG_CONFIG_HOME/burnfs"
	echo label=THEIRS >"$XDG_CONFIG_HOME/burnfs/burnfs.conf"
	contains "$("$BURNFS" --print-config)" "label = THEIRS" "root's own file"
	chown 65534 "$XDG_CONFIG_HOME/burnfs/burnfs.conf"
	contains "$("$BURNFS" --print-config 2>&1)" "does not belong to root" "what is said of somebody else's file"
	[[ $("$BURNFS" --print-config 2>/dev/null) != *THEIRS* ]] || fail "somebody else's file counts for root"
fi
