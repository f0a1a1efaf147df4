#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A disc that is put in is noticed without a command, by the kernel's message alone; the drive is left alone else.
. "$(dirname "$0")/../lib.sh"
. "$(dirname "$0")/../drives.sh"

logged() { grep -q " $1\$" "$M/events"; }

in_tray sr0 first cd-r
start_burnfs "$DRIVE"
eventually "a look at the drive" stat_is medium_status blank
eventually "the event" logged 'medium cd-r blank'
commands=$(wc -l <"$BURNFS_MMC/sr0/log")

# Nobody asks while nobody is told.
before=$(grep -c ' medium ' "$M/events")
kernel_tells change sr1 DISK_MEDIA_CHANGE=1
kernel_tells change sr0 DISK_EJECT_REQUEST=1
kernel_tells change sda DISK_MEDIA_CHANGE=1
same "$(wc -l <"$BURNFS_MMC/sr0/log")" "$commands" "commands that the drive got"

# Another disc: the kernel's echo of our own look is over after a second.
in_tray sr0 second dvd+r
told() { kernel_tells change sr0 DISK_MEDIA_CHANGE=1; stat_is medium dvd+r; }
eventually "another disc" told
eventually "the event" logged 'medium dvd+r blank'
tell_drive sr0 remove
gone_now() { kernel_tells change sr0 DISK_MEDIA_CHANGE=1; stat_is medium_status none; }
eventually "no disc" gone_now
eventually "the event" logged 'medium none none'
[ "$(grep -c ' medium ' "$M/events")" -eq $((before + 2)) ] || fail "events: $(grep ' medium ' "$M/events")"

# Who waits with poll(2) is woken.
kernel_tells add sr1
eventually "the event" logged 'plugged /dev/sr1'
kernel_tells remove sr1
eventually "the event" logged 'unplugged /dev/sr1'
stop_burnfs
