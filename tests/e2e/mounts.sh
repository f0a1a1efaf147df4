# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests of mount(8) and of other users, after lib.sh: they run as root in a mount namespace of their own, in
# which burnfs is installed, plain users may mount, and files in /etc are other ones. Nobody else sees that.

# own_namespace WHY: begin the test again in there. To be called before anything is made.
own_namespace() {
	need_root "$1"
	[ -n "${OWN_NAMESPACE:-}" ] || OWN_NAMESPACE=1 exec unshare --mount bash "$0"
	chmod 755 "$T"
	mknod -m 666 "$T/fuse" c 10 229
	mount --bind "$T/fuse" /dev/fuse
}

# beside DIR: a new directory in its place, with links to all that was in it, for more to be put in.
beside() {
	local old
	old=$T/old$(tr / - <<<"$1")
	mkdir "$old"
	mount --bind "$1" "$old"
	mount -t tmpfs -o mode=755 none "$1"
	find "$old" -mindepth 1 -maxdepth 1 -exec ln -st "$1" {} +
}

# installed: burnfs is where programs are installed, and mount.burnfs where mount(8) looks for its helpers.
installed() {
	cp "$BURNFS" "$T/burnfs"
	mount -t tmpfs -o mode=755 none /usr/local/bin
	ln -s "$T/burnfs" /usr/local/bin/burnfs
	beside "$(realpath /sbin)"
	ln -s "$T/burnfs" /sbin/mount.burnfs
}

# etc FILE TEXT: what /etc/FILE says in here; the file has to be there.
etc() {
	[ -e "/etc/$1" ] || fail "there is no /etc/$1"
	mkdir -p "$T/etc"
	printf '%s\n' "$2" >"$T/etc/$1"
	mountpoint -q "/etc/$1" || mount --bind "$T/etc/$1" "/etc/$1"
}

# as UID GIDS COMMAND…: GIDS are one or more numbers, with commas.
as() {
	local uid=$1 gids=$2
	shift 2
	setpriv --reuid="$uid" --regid="${gids%%,*}" --groups="$gids" env HOME="$T/home" \
		XDG_STATE_HOME="$T/state.$uid" "$@"
}

# status_of COMMAND…: its exit status; what it says goes to $T/said
status_of() {
	local status=0
	(trap - ERR; "$@") >"$T/said" 2>&1 || status=$?
	echo $status
}

# ---- automounts: see helpers/automount.py ----

# The kernel may load it when it is asked for, also in vain.
has_autofs() {
	mount -t autofs none "$T" 2>/dev/null || :
	grep -qw autofs /proc/filesystems
}

# automount COMMAND…: one on $M, that mounts by COMMAND
automount() {
	rm -f "$T/socket"
	"$PYTHON" "$HELPERS/automount.py" "$M" "$T/socket" $((PATIENCE / 3)) "$@" >>"$LOG" 2>&1 &
	AUTOMOUNT=$!
	eventually "the automount" test -S "$T/socket"
}

# tell_automount LINE: and the answer
tell_automount() {
	"$PYTHON" -c 'import socket, sys
s = socket.socket(socket.AF_UNIX); s.connect(sys.argv[1]); s.sendall(sys.argv[2].encode() + b"\n")
print(s.makefile().read())' "$T/socket" "$*"
}

end_automount() {
	same "$(tell_automount end)" ok "the end of the automount"
	wait "$AUTOMOUNT"
	umount "$M"
}
