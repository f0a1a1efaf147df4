/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The optical drives of this machine, as the kernel knows them: no drive is opened, asked or waited
 * for, so that listing them disturbs no burn. No state, no locks.
 */
#ifndef BURNFS_DRIVE_LIST_H
#define BURNFS_DRIVE_LIST_H

#include "base/util.h"

enum { DRIVES_MAX = 32 };

struct drive_entry {
	char device[16];        /* "/dev/sr0" */
	char is[64];            /* vendor, product, revision: one line */
	char records[48];       /* "cd-r cd-rw", as far as the kernel knows */
};

/* Fill @all and return how many there are, those that only read left out. */
unsigned drive_list(struct drive_entry all[static DRIVES_MAX]);

#endif
