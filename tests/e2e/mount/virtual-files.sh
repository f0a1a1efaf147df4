#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Virtual files tell their true size, and the same whole text to every reader.
. "$(dirname "$0")/../lib.sh"

need_tools busybox less
start_burnfs -o capacity=5000
echo x >"$M/data/x"

# same_text FILE READER…: the reader's output is what cat gives.
same_text() {
	local file=$1
	shift
	"$@" >"$T/got" 2>"$T/stderr" || fail "'$*': $(cat "$T/stderr")"
	cmp "$T/want" "$T/got" || fail "'$*' gives another text"
}

with_tar() {
	tar -C "$M" -cf - "$1" | tar -xOf -
}

in_pieces() {
	dd if="$M/$1" bs=7 status=none
}

with_cp() {
	rm -f "$T/copy"
	cp "$M/$1" "$T/copy"
	cat "$T/copy"
}

for name in control stats recorders progress events; do
	file=$M/$name
	cat "$file" >"$T/want"
	[ -s "$T/want" ] || fail "$name is empty"
	same "$(stat -c %s "$file")" "$(wc -c <"$T/want")" "the size of $name"
	[ "$(stat -c %b "$file")" -gt 0 ] || fail "$name has no blocks"
	same "$(tail -c 1 "$T/want" | od -An -c | tr -d ' ')" '\n' "the end of $name"
	same "$(tr -d '\0' <"$T/want" | wc -c)" "$(wc -c <"$T/want")" "$name without NUL"
	same_text $name cat "$file"
	same_text $name busybox cat "$file"
	same_text $name with_cp $name
	same_text $name in_pieces $name
	same_text $name dd if="$file" bs=1M status=none
	same_text $name tail -n +1 "$file"
	same_text $name tail -c 1000000 "$file"
	same_text $name head -c 1000000 "$file"
	same_text $name with_tar $name
	same_text $name less "$file"
	same_text $name "$PYTHON" "$HELPERS/readers.py" read "$file"
	same_text $name "$PYTHON" "$HELPERS/readers.py" sendfile "$file"
	same_text $name "$PYTHON" "$HELPERS/readers.py" mmap "$file"
	same_text $name "$PYTHON" "$HELPERS/readers.py" backwards "$file"
	same "$(wc -c <"$file")" "$(wc -c <"$T/want")" "wc -c of $name"
done

# A descriptor keeps the text it began with; a new one sees the change.
exec 9<"$M/stats"
read -r first <&9
control set label CHANGED
grep -q '^label=CHANGED' <&9 && fail "the text changed under a reader"
contains "$first" version= "the first line"
exec 9<&-
expect_stat label CHANGED

# Grown and shrunk by a lot between two looks.
for n in $(seq 120); do
	: >"$M/data/file$n"
	same "$(stat -c %s "$M/stats")" "$(wc -c < <(cat "$M/stats"))" "the size of stats at $n files"
done
stop_burnfs
