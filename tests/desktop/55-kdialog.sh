#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same with the windows of KDE, where there is no zenity.
# MAY-SKIP: needs the program kdialog
# TIMEOUT: 240
. "$(dirname "$0")/lib.sh"
. "$(dirname "$0")/installed.sh"
need_tools kdialog

start_desktop
export QT_LINUX_ACCESSIBILITY_ALWAYS_ON=1 QT_ACCESSIBILITY=1
mkdir "$T/bin"
cp -s /bin/* /usr/bin/* "$T/bin/" 2>/dev/null || :
rm -f "$T/bin/zenity"
export PATH=$PREFIX/bin:$T/bin
printf '#!/bin/sh\nexit 4\n' >"$PREFIX/bin/xdg-open"
chmod +x "$PREFIX/bin/xdg-open"
slow_dir out 2M

start open
eventually "the first window" window_is_there 'Disc to Burn'
eventually "its text" window_says 'In it now: nothing'
shot opened
random_file "$M/data/<b>&amp;\\n" 6000000
press 'Burn…'
eventually "the question for a name" window_says 'Name of the disc'
focus 'Disc to Burn'
keys ctrl+a
typed KDE
shot name
keys Return
eventually "the file dialog" window_says '^File.?name'
focus 'Disc to Burn'
shot file
keys ctrl+a
typed "$T/out/kde.iso"
keys Return
eventually "progress" window_says 'Burning'
shot burning
eventually "the end" window_says 'The image file is ready'
shot ready
bsdtar -tf "$T/out/kde.iso" >"$T/list"
contains "$(cat "$T/list")" '<b>&amp;\\n' "the list of the image"
keys Return
eventually "the first window" window_says 'In it now: 1 file'
press Close
eventually "the end" desktop_gone
