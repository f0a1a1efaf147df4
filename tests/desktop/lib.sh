# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash
#
# What every test of a desktop begins with: all of ../e2e/lib.sh, and a desktop of its own on a display that
# nobody sees, with a bus, windows that can be read, and no network. The mount is a folder of the user's home,
# where desktops show mounts. Such a test is run by ../e2e/run --in DIRECTORY-OF-THIS-FILE.
#
#   SHOTS   a directory for pictures of the screen: where a test asks for one, and where it failed
#
# Programs of the desktop get LANG=C.UTF-8, so their sentences are English.

. "$(dirname "${BASH_SOURCE[0]}")/../e2e/lib.sh"

DESKTOP_HELPERS=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/helpers
PATIENCE=60
SHOTS=${SHOTS:-}
TEST_NAME=$(basename "$0" .sh)
M=$HOME/Disc
mkdir "$M"

# ---- a desktop

# Sockets have short names: not below $T.
RUNTIME=$(mktemp -d /tmp/burnfs-desktop.XXXXXX)
ALSO_REMOVE+=("$RUNTIME")

DESKTOP_PIDS=()   # whose end is waited for: the shell would tell of it

# Everything that carries the mark in its environment: what the bus started is nobody's child here.
desktop_processes() {
	grep -alsF "BURNFS_DESKTOP=$RUNTIME" /proc/[0-9]*/environ | sed 's,/proc/\([0-9]*\)/.*,\1,'
}

desktop_end() {
	local status=$?
	trap - ERR
	set +e
	if [ "$status" -ne 0 ] && [ "$status" -ne 77 ] && [ -n "${DISPLAY-}" ]; then
		{ echo "--- what dialogs say"; dialog_text; } >&2
		shot failed
	fi
	# shellcheck disable=SC2046 # numbers
	{
		kill -KILL $(desktop_processes)
		[ ${#DESKTOP_PIDS[@]} -eq 0 ] || wait "${DESKTOP_PIDS[@]}"
	} 2>/dev/null
	(exit "$status")
	end
}
trap desktop_end EXIT

# start_desktop: display, window manager, bus. What is started later finds them in the environment.
start_desktop() {
	need_tools Xvfb openbox dbus-daemon xdotool import gio
	unset WAYLAND_DISPLAY GTK_THEME NO_AT_BRIDGE XAUTHORITY SESSION_MANAGER DBUS_STARTER_ADDRESS
	export BURNFS_DESKTOP=$RUNTIME XDG_RUNTIME_DIR=$RUNTIME XDG_SESSION_TYPE=x11 LANG=C.UTF-8
	export XDG_DATA_HOME=$HOME/.local/share XDG_CURRENT_DESKTOP=X-Test
	export LIBGL_ALWAYS_SOFTWARE=1 GSK_RENDERER=cairo GTK_USE_PORTAL=0 GDK_BACKEND=x11
	export GTK_MODULES=gail:atk-bridge GSETTINGS_BACKEND=keyfile GVFS_DISABLE_FUSE=1
	mkdir -p "$XDG_DATA_HOME"

	Xvfb -displayfd 7 -screen 0 1200x800x24 -nolisten tcp 7>"$RUNTIME/display" >"$T/x.log" 2>&1 &
	DESKTOP_PIDS+=($!)
	eventually "a display" grep -q . "$RUNTIME/display"
	DISPLAY=:$(<"$RUNTIME/display")
	export DISPLAY DBUS_SESSION_BUS_ADDRESS=unix:path=$RUNTIME/bus
	dbus-daemon --session --nofork --nopidfile --address="$DBUS_SESSION_BUS_ADDRESS" >"$T/bus.log" 2>&1 &
	DESKTOP_PIDS+=($!)
	eventually "a bus" test -S "$RUNTIME/bus"
	start_window_manager
}

# Of a display that has only just begun it does not always take hold at once.
start_window_manager() {
	local deadline=$((SECONDS + PATIENCE)) pid=
	until window_manager_is_there; do
		[ $SECONDS -lt $deadline ] || fail "no window manager within $PATIENCE s"
		if [ -z "$pid" ] || ! kill -0 "$pid" 2>/dev/null; then
			openbox >>"$T/log.wm" 2>&1 &
			pid=$!
			DESKTOP_PIDS+=("$pid")
		fi
		sleep 0.1
	done
}

window_manager_is_there() {
	[[ $(timeout 5 xprop -root _NET_SUPPORTING_WM_CHECK 2>/dev/null || :) == *"window id"* ]]
}

# ---- its windows

screen() {
	# Debian's own, whichever else comes first: bindings are made for it.
	/usr/bin/python3 -W ignore::DeprecationWarning "$DESKTOP_HELPERS/screen.py" "$@"
}

# shot NAME: the screen as it is now, for eyes.
shot() {
	[ -n "$SHOTS" ] || return 0
	mkdir -p "$SHOTS"
	import -window root "$SHOTS/$TEST_NAME-$1.png"
}

# start_manager PROGRAM [OPTION…] DIR: a window of it that shows the folder, and has the focus.
start_manager() {
	local dir=${*: -1}
	"$@" >>"$T/$1.log" 2>&1 &
	DESKTOP_PIDS+=($!)
	focus "^${dir##*/}( - .*)?$"
}

# keys KEY…: as xdotool names them, to the window that has the focus.
keys() {
	xdotool key --clearmodifiers --delay 30 "$@"
}

typed() {
	xdotool type --clearmodifiers --delay 30 "$1"
}

window() {
	xdotool search --onlyvisible --name "$1" | tail -n 1
}

# focus TITLE: the window whose title matches has the focus, and is waited for.
focus() {
	eventually "a window '$1'" window_is_there "$1"
	xdotool windowactivate --sync "$(window "$1")"
}

window_is_there() {
	[ -n "$(window "$1")" ]
}

# press NAME…: the button (menu item, …) of the first of these names, wherever it is shown; waits for it.
press() {
	eventually "something to press that is called '$1'" screen press "$@"
}

# click NAME: the file of that name in the window that has the focus; waits for it.
click() {
	eventually "something that is called '$1'" item_is_there "$1"
	# shellcheck disable=SC2046 # two numbers
	xdotool mousemove --sync $(<"$T/where") click 1
}

item_is_there() {
	screen where "$1" >"$T/where"
}

# What all dialogs that are shown say, and their buttons.
dialog_text() {
	screen dialogs
}

# await_dialog PART: wait for a dialog that says so, and print all of what it says.
await_dialog() {
	eventually "a dialog that says '$1'" dialog_says "$1"
	cat "$T/dialog"
}

dialog_says() {
	dialog_text >"$T/dialog" && grep -qF -- "$1" "$T/dialog"
}

no_dialog() {
	[ -z "$(dialog_text)" ]
}

# window_says TEXT: somewhere in the windows; a regular expression of grep -E.
window_says() {
	screen texts >"$T/windows" && grep -qE -- "$1" "$T/windows"
}
