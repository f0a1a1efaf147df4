/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of optical drives by itself: plugged in, plugged out, a disc put in or
 * taken out. No drive is opened, asked or kept awake by it. Discs are told of where the kernel
 * polls for them, as udev has it do (/sys/block/sr0/events_poll_msecs); some drives tell by
 * themselves.
 */
#ifndef BURNFS_DRIVE_UEVENTS_H
#define BURNFS_DRIVE_UEVENTS_H

enum drive_news { DRIVE_PLUGGED, DRIVE_UNPLUGGED, DRIVE_DISC_CHANGED };

struct drive_uevents;

/*
 * Call @told from a thread of its own, with "/dev/sr0", until drive_uevents_free(). Returns 0, or
 * -errno where the kernel does not tell us or there is no thread: then one does without.
 */
int drive_uevents_new(struct drive_uevents **out,
		      void (*told)(void *data, const char *device, enum drive_news), void *data);
/* NULL is none. @told is not called any more when this returns. */
void drive_uevents_free(struct drive_uevents *);

#endif
