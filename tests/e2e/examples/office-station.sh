#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# examples/office-station: Samba exports the disc. What clients put there is staged as they put it; what does not
# fit, and what comes while a disc is burned, they are told; who may burn can do so from afar.
# MAY-SKIP: needs root
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../mounts.sh"

own_namespace "runs smbd"
need_tools smbd smbclient smbcontrol smbpasswd getfattr
installed
station=$(cd "$(dirname "$0")/../../.." && pwd)/examples/office-station

# The users of the example: disc, whose the files are; anna, who may burn; bert, who may not.
etc passwd "$(cat /etc/passwd)
disc:x:40001:40001::/nonexistent:/bin/false
anna:x:40002:40002::/nonexistent:/bin/false
bert:x:40003:40003::/nonexistent:/bin/false"
etc group "$(sed '/^cdrom:/d' /etc/group)
cdrom:x:40009:anna
disc:x:40001:
anna:x:40002:
bert:x:40003:"

# The example's own lines, but for the place, and for an image file instead of the drive.
sed "s|^burnfs#/dev/sr0 *|image:$T/disc.iso |; s|/srv/disc|$M|; s|eject=yes|stash=$S,capacity=20000,overwrite=yes|" \
	"$station/fstab" >"$T/fstab"
mount -T "$T/fstab" "$M"

mkdir "$T/samba"
sed "s|/srv/disc|$M|" "$station/smb.conf" >"$T/samba/disc.conf"
port=$((20000 + $$ % 20000))
cat >"$T/samba/smb.conf" <<END
[global]
	server role = standalone server
	map to guest = bad user
	bind interfaces only = yes
	interfaces = 127.0.0.1
	smb ports = $port
	disable netbios = yes
	disable spoolss = yes
	load printers = no
	private dir = $T/samba
	lock directory = $T/samba
	state directory = $T/samba
	cache directory = $T/samba
	pid directory = $T/samba
	ncalrpc dir = $T/samba/ncalrpc
	log file = $T/log.samba
include = $T/samba/disc.conf
END
for user in anna bert; do
	printf 'secret\nsecret\n' | smbpasswd -c "$T/samba/smb.conf" -s -a $user >/dev/null
done
smbd -F -s "$T/samba/smb.conf" </dev/null >"$T/log.smbd" 2>&1 &
SMBD=$!

# client SHARE COMMANDS [USER]: what smbclient says; its status is no matter, for it has one for all
client() {
	local who=(-N)
	[ -z "${3:-}" ] || who=(-U "$3%secret")
	(cd "$T" && smbclient -s "$T/samba/smb.conf" -p "$port" "${who[@]}" "//127.0.0.1/$1" -c "$2" 2>&1) || :
}

# says PART SHARE COMMANDS [USER]: it says that
says() {
	local said
	said=$(client "${@:2}")
	contains "$said" "$1" "what smbclient says of $3"
}

# silent SHARE COMMANDS [USER]: no error
silent() {
	local said
	said=$(client "$@")
	[[ $said != *NT_STATUS_* ]] || fail "smbclient says of $2: $said"
}

samba_answers() {
	[[ $(client disc ls) == *"blocks of size"* ]]
}
eventually "smbd" samba_answers

# ---- files come and go

random_file "$T/random" 3000001
silent disc "put random"
cmp "$T/random" "$M/data/random"
same "$(stat -c '%U %G %a' "$M/data/random")" "disc disc 664" "owner and mode of what was put"
silent disc "get random back"
cmp "$T/random" "$T/back"
silent disc "mkdir folder; rename random folder\\other; put random; put random"
cmp "$T/random" "$M/data/folder/other"
same "$(stat -c '%U %G %a' "$M/data/folder")" "disc disc 2775" "owner and mode of a folder"
silent disc "del random; cd folder; del other; cd ..; rmdir folder"
empty_dir "$M/data" || fail "not all of it is gone: $(ls -A "$M/data")"

mkdir -p "$T/tree/sub folder/deeper" "$T/tree/Ünïcödé" "$T/tree/empty folder"
random_file "$T/tree/sub folder/deeper/large file" 2000001 2
echo x >"$T/tree/sub folder/.hidden"
echo l >"$T/tree/$(printf 'n%.0s' {1..200})"
: >"$T/tree/empty"
echo y >"$T/tree/Ünïcödé/日本語 & 'Grüße' #1.txt"
silent disc "recurse; prompt; mput tree"
diff -r "$T/tree" "$M/data/tree"

# What a name may not be there is refused, and what is there already is found under another.
echo c >"$T/a:b"
says NT_STATUS_OBJECT_NAME_INVALID disc 'put a:b'
echo c >"$M/data/a:b"
short=$(client disc ls | grep -oE '[A-Z0-9_]+~[A-Z0-9]')
silent disc "get $short c"
cmp "$T/c" "$M/data/a:b"
rm "$M/data/a:b"

# Marks of files are kept, as attributes; further streams are not.
silent disc "setmode tree\\empty +h"
says "attributes: HA" disc "allinfo tree\\empty"
getfattr -n user.DOSATTRIB "$M/data/tree/empty" >/dev/null 2>&1 || fail "no attribute for the marks"
says NT_STATUS_OBJECT_NAME_INVALID disc "put random tree\\empty:stream"

# ---- room

# The client's blocks have 1024 bytes.
says "$((2 * $(stats data_total_blocks))) blocks of size 1024. $((2 * $(stats data_free_blocks))) blocks available" \
	disc ls
truncate -s 60M "$T/large"
says NT_STATUS_DISK_FULL disc "put large"
silent disc "del large"
rm "$T/large"

# ---- sound

sound wav "$T/good.wav" $((588 * 4 * 400)) 1
echo "no sound" >"$T/bad.wav"
silent sound "put good.wav"
expect_stat audio_tracks 1
says NT_STATUS_INVALID_PARAMETER sound "put bad.wav"
silent sound "del bad.wav; del good.wav"

# ---- burning

# Whatever was put is closed when the client says so.
for _ in {1..5}; do
	silent disc "put random"
	burn
done
cp "$T/disc.iso" "$T/burned.iso"
whole_image "$T/burned.iso" "$M/data"

# Who keeps a file open is named.
coproc OPEN { cd "$T" && exec smbclient -s "$T/samba/smb.conf" -p "$port" -N //127.0.0.1/disc 2>&1; }
client=$OPEN_PID # bash forgets that one when it ends
echo "open random" >&"${OPEN[1]}"
is_open() {
	[ -n "$(find /proc/[0-9]*/fd -lname "$M/data/random" -print -quit 2>/dev/null)" ]
}
eventually "smbd has the file open" is_open
control set burn_wait 0
# smbd may open it more than once until it keeps it open.
burn_is_busy() {
	if (burn) 2>/dev/null; then return 1; fi
	[ "$(stats last_result)" = EBUSY ]
}
eventually "a burn that is refused" burn_is_busy
contains "$(stats last_error)" "data/random" "the reason"
# A folder in which smbd stands cannot be unmounted.
contains "$(fails umount "$M")" busy "umount with a client"
echo "exit" >&"${OPEN[1]}"
wait "$client" || :
eventually "burning when it is closed" burn

# anna burns, from afar; nobody else does.
echo "burn wait" >"$T/order"
rm "$T/disc.iso"
says NT_STATUS_ACCESS_DENIED burn "put order control"
says NT_STATUS_ACCESS_DENIED burn "put order control" bert
gone "$T/disc.iso" || fail "somebody has burned who may not"
silent burn "put order control" anna
cmp "$T/disc.iso" "$T/burned.iso"
silent burn "get stats theirs; get image\\disc.svg picture; get image\\disc.iso image" anna
contains "$(cat "$T/theirs")" "last_result=ok" "stats"
contains "$(cat "$T/picture")" "</svg>" "the picture"
cmp "$T/image" "$T/disc.iso"
echo "nonsense" >"$T/order"
says NT_STATUS_INVALID_PARAMETER burn "put order control" anna
says NT_STATUS_ACCESS_DENIED burn "put order somewhere" anna
echo "recorder image:$T/theirs.iso" >"$T/order"
says NT_STATUS_ACCESS_DENIED burn "put order control" anna

# While a disc is burned nothing changes, and all can be read.
slow_dir slow 1M
control "recorder image:$T/slow/disc.iso"
control burn
await_state burning
for change in "put random" "put random new" "mkdir new" "del random" "rename random new"; do
	says NT_STATUS_ACCESS_DENIED disc "$change"
done
silent disc "get random back; ls"
cmp "$T/random" "$T/back"
expect_stat state burning
control cancel
refused ECANCELED control wait
silent disc "put random new"

# ---- the end

echo "clear" >"$T/order"
silent burn "put order control" anna
[[ $(client disc ls) != *random* ]] || fail "what was cleared is still there for clients"
coproc STAY { cd "$T" && exec smbclient -s "$T/samba/smb.conf" -p "$port" -N //127.0.0.1/disc 2>&1; }
echo ls >&"${STAY[1]}"
smbd_stands_there() {
	[ -n "$(find /proc/[0-9]*/cwd -lname "$M/data" -print -quit 2>/dev/null)" ]
}
eventually "a client is connected" smbd_stands_there
contains "$(fails umount "$M")" busy "umount with a client"
smbcontrol -s "$T/samba/smb.conf" smbd close-share disc
eventually "unmounting without clients" umount "$M"
echo exit >&"${STAY[1]}" || :
kill "$SMBD"
