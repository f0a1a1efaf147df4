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
	DRIVE_PROBE,            /* its medium; another program that has the drive is waited for */
	DRIVE_PROBE_NOWAIT,     /* the same, but EBUSY at once */
	DRIVE_LOAD, DRIVE_EJECT,
	DRIVE_BLANK_FAST, DRIVE_BLANK_FULL,
};

#endif
