#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Discs that other programs began, and go on with; and those that cannot be added to without losing something.
# TIMEOUT: 120
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"
. "$(dirname "$0")/../sessions.sh"
need_tools xorriso isoinfo genisoimage cdrskin

O=$T/others
mkdir -p "$O/from others/deep/er"
echo one >"$O/from others/deep/er/one"
random_file "$O/large.bin" 1500000 7
echo replaced >"$O/both"
ln -s "from others/deep" "$O/link"
touch -d '2011-01-01 00:00:00 UTC' "$O/large.bin" "$O/from others"

fresh_disc() {
	control clear
	in_tray sr0 "$1-$RANDOM" "$@"
	rm -rf "$E"
	mkdir "$E"
}

stage_mine() {
	mkdir -p "$M/data/from others/deep"
	echo mine >"$M/data/from others/deep/mine"
	echo new >"$M/data/both"
}

in_tray sr0 first cd-r
start_burnfs "$DRIVE"

for kind in cd-r dvd+r bd-re; do
	options=()
	[ $kind != bd-re ] || options=(formatted)
	fresh_disc "$kind" "${options[@]}"
	mmc xorriso -abort_on FATAL -outdev /dev/sr0 -close off -map "$O" / -commit >"$T/xorriso" 2>&1 ||
		fail "xorriso writes: $(tail -n 3 "$T/xorriso")"
	cp -a "$O/." "$E/"
	try probe
	expect_stat medium_status appendable
	stage_mine
	session multi
	# xorriso goes on with it, and so do we.
	echo theirs >"$T/theirs"
	mmc xorriso -abort_on FATAL -dev /dev/sr0 -close off -map "$T/theirs" "/from others/theirs" -commit \
		>"$T/xorriso" 2>&1 || fail "xorriso adds: $(tail -n 3 "$T/xorriso")"
	cp -a "$T/theirs" "$E/from others/theirs"
	touch -r "$M/data/from others" "$E/from others"
	refused ESTALE burn
	control clear
	mkdir "$M/data/last"
	session
done

# Without Rock Ridge, with Joliet and without.
for option in -J -N; do
	fresh_disc cd-r
	genisoimage -quiet $option -input-charset utf-8 -o "$T/plain.iso" "$O" 2>/dev/null
	mmc cdrskin dev=/dev/sr0 -multi -tao padsize=150s "$T/plain.iso" >"$T/cdrskin" 2>&1 ||
		fail "cdrskin: $(tail -n 3 "$T/cdrskin")"
	try probe
	expect_stat medium_status appendable
	echo mine >"$M/data/mine"
	burn verify
	mmc xorriso -abort_on WARNING -indev /dev/sr0 -find / -exec lsdl >"$T/list" 2>"$T/xorriso"
	contains "$(cat "$T/list")" "'/mine'" "what was added"
	grep -qi "one" "$T/list" || fail "what was there is gone: $(cat "$T/list")"
done

# not_added WHY IMAGE [ERRNO]: nothing is added to a disc with that, and it says why
not_added() {
	fresh_disc bd-re formatted
	try probe
	cp "$2" "$(disc_dir sr0)/user"
	try probe
	expect_stat medium_status full
	echo x >"$M/data/x"
	refused "${3:-EROFS}" burn
	contains "$(stats last_error)" "$1" "why nothing is added"
	contains "$(stats last_error)" "blank" "the remedy"
	cmp "$2" "$(disc_dir sr0)/user"
}

image() {
	rm -f "$T/made.iso"
	xorriso -as mkisofs -quiet -o "$T/made.iso" "$@" >/dev/null 2>"$T/xorriso" || fail "$(tail -n 3 "$T/xorriso")"
}

image -R -b both -no-emul-boot "$O"
not_added "bootable" "$T/made.iso"
if is_root; then
	mkdir "$T/devices"
	mknod "$T/devices/null" c 1 3
	image -R "$T/devices"
	not_added "a device" "$T/made.iso"
fi
mkdir "$T/names"
touch "$T/names/$(printf 'not \xff utf-8')"
LC_ALL=C image -R "$T/names"
not_added '"not ? utf-8", a name that burnfs cannot write again' "$T/made.iso"
rm -f "$T/made.iso"
head -c 300000 /dev/zero >"$T/zeros"
xorriso -outdev "$T/made.iso" -zisofs default -map "$T/zeros" /zeros -set_filter_r --zisofs /zeros -- -commit \
	>"$T/xorriso" 2>&1
not_added "compressed with zisofs" "$T/made.iso"
genisoimage -quiet -R -udf -o "$T/made.iso" "$O" 2>/dev/null
not_added "a UDF file system" "$T/made.iso"
# The volume says that it is smaller than it is: what is added must not come upon its files.
image -R "$O"
"$PYTHON" - "$T/made.iso" <<'END'
import struct, sys
with open(sys.argv[1], "r+b") as f:
    f.seek(16 * 2048 + 80); f.write(struct.pack("<I", 192) + struct.pack(">I", 192))
END
fresh_disc bd-re formatted
try probe
cp "$T/made.iso" "$(disc_dir sr0)/user"
try probe
cp -a "$O/." "$E/"
echo mine >"$M/data/mine"
session
# A volume descriptor, and nothing behind it that makes sense.
image -R "$O"
"$PYTHON" - "$T/made.iso" <<'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(16 * 2048 + 158); f.write(b"\xff" * 8)
END
not_added "cannot read block" "$T/made.iso" EIO
stop_burnfs
