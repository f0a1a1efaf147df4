/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recorder may be asked to do.
 */
#ifndef BURNFS_RECORD_REQUEST_H
#define BURNFS_RECORD_REQUEST_H

#include <stdbool.h>

/* What a burn may ask for. */
struct burn_options {
	bool simulate, verify, eject, multi;
	unsigned copies;
};

/* What a recorder with a tray does besides recording. */
enum drive_verb {
	DRIVE_LOOK,             /* at what lies in it, without a wait for another program */
	DRIVE_PROBE,            /* the same, with one */
	DRIVE_LOAD, DRIVE_EJECT,
	DRIVE_BLANK_FAST, DRIVE_BLANK_FULL,
};

#endif
