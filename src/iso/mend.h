/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three things that libisofs gets wrong, put right in the metadata, the first two as it comes:
 *
 * Up to 1.5.4 it counts the gap before a continuation area that starts at the next block twice, but
 * writes it once. Each such directory is sound and knows its right address, yet may be written in
 * fewer blocks than were counted, so that everything behind it comes too early: it is moved to its
 * address.
 *
 * File serial numbers (RRIP 4.1.1) follow the addresses of objects in memory, so that the same tree
 * gave different bytes each time: they are given anew, in order of the records.
 *
 * Joliet's ".." records have the address of the directory that they are in, not of the one above.
 *
 * Whether all is right then is for iso_check() to say. No locks, no I/O.
 */
#ifndef BURNFS_ISO_MEND_H
#define BURNFS_ISO_MEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct iso_mend {
	uint32_t *serials;     /* [old number] = new number, or 0; the caller's, zeroed */
	size_t nserials;
	uint32_t last_serial;
	uint32_t records;      /* blocks of directory records that are still to come */
	bool done;             /* the path tables have come: nothing is to be moved any more */
};

/*
 * Block @pos of @head has just been read, and nothing behind it; @blocks is where the head ends.
 * Puts the block right and where it belongs, and returns the number of the block that it is now.
 */
uint32_t iso_mend_block(struct iso_mend *, unsigned char *head, uint32_t pos, uint32_t blocks);

/* Give each Joliet directory below the root its parent (ECMA-119 6.8.2.2). The head is complete. */
void iso_mend_parents(unsigned char *head, uint32_t blocks);

#endif
