#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# burnfs-desktop notify: tells of burns that nobody looks at, and of none that a window shows; and keeps no mount.
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/installed.sh"

start_desktop
printf '#!/bin/sh\nexit 4\n' >"$PREFIX/bin/xdg-open"
chmod +x "$PREFIX/bin/xdg-open"
/usr/bin/python3 "$DESKTOP_HELPERS/notifications.py" "$T/told" >"$T/log.notifications" 2>&1 &
DESKTOP_PIDS+=($!)
eventually "somebody to take notifications" test -e "$T/told"

mkdir "$M"
slow_dir out 4M
start_burnfs "image:$T/out/one.iso"
start notify "$M/data"
notifier=${DESKTOP_PIDS[-1]}
waits() {
	local pid
	pid=$(pgrep -f "^burnfs-watch --next --gauge $M$") && find "/proc/$pid/fd" -lname '*inotify*' | grep -q . &&
		[ -z "$(find "/proc/$pid/fd" -lname "$M*")" ]
}
eventually "it to wait for a burn" waits

# Progress in one notification, and the end in the same.
random_file "$M/data/file" 8000000
burn
eventually "the end to be told" grep -q 'The disc is ready' "$T/told"
[ "$(grep -c 'Burning' "$T/told")" -ge 3 ] || fail "no progress: $(cat "$T/told")"
same "$(cut -f1 "$T/told" | sort -u | wc -l)" 1 "notifications"
grep -qP '\t[1-9]\d\tBurning\t.*left' "$T/told" || fail "no figures: $(cat "$T/told")"

# A failure, with a name that is no markup; a setting is nothing to tell.
: >"$T/told"
eventually "it to wait for a burn" waits
control set label LABEL
mkdir "$T/out/<b>&"
control recorder "image:$T/out/<b>&/two.iso"
control burn
await_state burning
rm -r "$T/out.real/<b>&"
eventually "the failure to be told" grep -q 'Burning the disc failed.*&lt;b&gt;&amp;' "$T/told"
! grep -q '<b>' "$T/told" || fail "markup: $(cat "$T/told")"
! grep -q LABEL "$T/told" || fail "a setting was told"

# Stopped.
: >"$T/told"
control recorder "image:$T/out/three.iso"
control burn
await_state burning
control cancel
eventually "that it was stopped" grep -q 'Burning was stopped' "$T/told"

# While a window shows it nothing is told.
: >"$T/told"
eventually "it to wait for a burn" waits
start burn "$M/data/file"
answer SHOWN
save "$T/out/four"
says 'The image file is ready'
press OK
burn_gone() { ! pgrep -f "bash $PREFIX/bin/burnfs-desktop burn" >/dev/null; }
eventually "the window to be gone" burn_gone

# Waiting it keeps nothing, and ends with the mount.
eventually "it to wait for a burn" waits
! grep -q . "$T/told" || fail "told although a window shows it: $(cat "$T/told")"
stop_burnfs
eventually "the end" sh -c "! kill -0 $notifier"
burnfs-desktop notify "$T" 2>"$T/said" && fail "it follows what is no mount"
contains "$(cat "$T/said")" "not in a burnfs mount" "what it says of another folder"
