/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the system use area of a directory record says in Rock Ridge (SUSP 1.12, RRIP 1.12), from
 * bytes that may be anything. It does not know where continuation areas may lie: who reads a record
 * hands them on. No locks, no memory.
 */
#ifndef BURNFS_ISO_ROCK_H
#define BURNFS_ISO_ROCK_H

#include "iso/record.h"
#include "tree/size.h"

enum { ROCK_NAME_MAX = 255 };

enum rock_seen {
	SEEN_PX = 1 << 0, SEEN_TF = 1 << 1, SEEN_NM = 1 << 2, SEEN_SL = 1 << 3, SEEN_CE = 1 << 4,
	SEEN_SP = 1 << 5, SEEN_ER = 1 << 6,
	SEEN_MARKS = SEEN_SP | SEEN_ER  /* have their place in the root's own record only */
};

struct rock {
	unsigned seen;                /* enum rock_seen */
	unsigned nm_flags;
	bool nm_open, sl_open, part_open;  /* the last one said that it is continued */
	uint32_t mode, links, uid, gid, serial;
	int64_t mtime, atime, ctime;
	uint32_t ce_block, ce_offset, ce_size;
	size_t name_len, target_len;
	char name[ROCK_NAME_MAX + 1]; /* holds no 0; a 0 follows */
	char target[SIZE_LINK_MAX + 2];  /* target_len bytes */
};

/*
 * Read a record's area. SEEN_CE then says that it goes on at ce_block: hand that area to
 * rock_read_on(), and so forth. False when the fields are not valid, or none that a disc of ours
 * has.
 */
bool rock_read(struct rock *, struct bytes su);
bool rock_read_on(struct rock *, struct bytes area);

/* Whether all that was begun has come to an end. */
bool rock_complete(const struct rock *);

#endif
