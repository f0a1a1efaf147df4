/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What lies in a recorder: plain values, which are copied.
 */
#ifndef BURNFS_RECORD_MEDIUM_H
#define BURNFS_RECORD_MEDIUM_H

#include <stdbool.h>
#include <stdint.h>

enum { MEDIUM_SPEEDS_MAX = 32 };

/* More of it, for people to read. */
struct medium_facts {
	bool known;             /* what follows is */
	bool erasable;
	unsigned sessions, last_track;        /* sessions that are complete, and the number of their
						 last track */
	int64_t next_block;                   /* where recording would go on; -1: nowhere */
	uint64_t free_blocks;                 /* from there on */
	unsigned speeds[MEDIUM_SPEEDS_MAX];   /* of recording, in 1000 bytes a second, rising */
	unsigned nspeeds;
	char id[64];                          /* who made the disc and what it calls itself; empty:
						 not told */
};

/* What lies in a recorder, as it was last seen. A plain value. */
struct medium {
	char kind[16];          /* "cd-r", "file"; empty: not known */
	const char *status;     /* "none", "blank", "appendable", "full", "unsuitable"; static */
	uint64_t data_blocks, audio_blocks;   /* that it takes now */
	bool data_known, audio_known;         /* whether it is known, 0 as well */
	char records[128];      /* what the recorder says it records: "cd-r cd-rw"; empty: not
				   known */
	struct medium_facts facts;
};

#endif
