# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# For tests of what is installed, to be sourced after lib.sh: $PREFIX has programs and entries as `make install` puts
# them, and the desktop finds them there. $M is where burnfs-desktop mounts, and not there yet.

PREFIX=$T/usr
rmdir "$M"
if [ -e "${BURNFS%/bin/*}/share/applications/burnfs.desktop" ]; then
	cp -r "${BURNFS%/bin/*}" "$PREFIX"
else
	make -s -C "${BURNFS%/*}" install prefix="$PREFIX" >"$T/install" 2>&1 || fail "make install: $(tail -n 3 "$T/install")"
fi
export PATH=$PREFIX/bin:$PATH XDG_DATA_DIRS=$PREFIX/share:/usr/local/share:/usr/share
update-desktop-database "$PREFIX/share/applications"

# start ARGUMENT…: burnfs-desktop, whose errors are in $T/log.burnfs-desktop
start() {
	burnfs-desktop "$@" >>"$T/log.burnfs-desktop" 2>&1 &
	DESKTOP_PIDS+=($!)
}

# start_entry: from the menu, as a desktop does it
start_entry() {
	gio launch "$PREFIX/share/applications/burnfs.desktop" >>"$T/log.burnfs-desktop" 2>&1 &
	DESKTOP_PIDS+=($!)
}

# says TEXT: some window does
says() {
	eventually "a window that says '$1'" window_says "$1"
}

# The window with the question for the disc's name, or whatever asks for a line: answer it.
answer() {
	says 'Name of the disc'
	keys ctrl+a
	typed "$1"
	shot name
	press OK
}

# save FILE: into the file chooser
save() {
	eventually "a file chooser" window_says 'File Chooser Widget'
	focus 'Disc to Burn'
	keys ctrl+a
	typed "$1"
	shot file
	# Return might only take what the chooser proposes.
	press OK
}

desktop_gone() {
	! pgrep -f "bash $PREFIX/bin/burnfs-desktop" >/dev/null
}
