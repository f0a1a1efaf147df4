/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The path tables name every directory once: each is gone through for its records, and the
 * continuation areas of these. Section numbers are those of ECMA-119, unless they name SUSP.
 */
#include "iso/place.h"

#include <string.h>

#include "base/disc.h"
#include "iso/format.h"

struct placing {
	struct iso_layout *layout;
	uint32_t origin;
	uint64_t end;           /* of what is to be written: what lies behind it is recorded
				   already */
};

static unsigned char *at_block(const struct placing *p, uint32_t block)
{
	return p->layout->head + (size_t)block * BLOCK_SIZE;
}

/* The recorded file that the layout has at @block. */
static const struct iso_file *recorded_at(const struct iso_layout *l, uint32_t block)
{
	size_t from = l->nfiles - l->nrecorded, to = l->nfiles;

	while (to - from > 1) {
		size_t mid = from + (to - from) / 2;

		if (l->files[mid].block <= block)
			from = mid;
		else
			to = mid;
	}
	return &l->files[from];
}

static uint32_t new_address(const struct placing *p, uint32_t block)
{
	const struct iso_file *f;

	if (block < p->end)
		return block + p->origin;
	f = recorded_at(p->layout, block);
	return (uint32_t)(f->node->block + (block - f->block));
}

/* System use fields: only a continuation area has an address (SUSP 5.1). */
static void place_fields(const struct placing *p, unsigned char *su, size_t len)
{
	size_t at = 0;

	while (at + FIELD_DATA <= len && su[at + FIELD_LEN] >= FIELD_DATA) {
		unsigned char *f = su + at;

		at += f[FIELD_LEN];
		if (memcmp(f, "CE", 2) != 0)
			continue;
		place_fields(p, at_block(p, le32(f + CE_BLOCK)) + le32(f + CE_OFFSET),
			     le32(f + CE_SIZE));
		put_both32(f + CE_BLOCK, le32(f + CE_BLOCK) + p->origin);
	}
}

static void place_record(const struct placing *p, unsigned char *r)
{
	unsigned su = RECORD_ID + r[RECORD_ID_LEN] + (r[RECORD_ID_LEN] % 2 == 0);

	put_both32(r + RECORD_BLOCK, new_address(p, le32(r + RECORD_BLOCK)));
	place_fields(p, r + su, r[RECORD_LEN] - su);
}

static void place_directory(const struct placing *p, uint32_t block)
{
	unsigned char *dir = at_block(p, block);
	uint32_t size = le32(dir + RECORD_SIZE);

	for (uint32_t at = 0; at < size; ) {
		if (!dir[at]) { /* no record crosses the end of a block (6.8.1.1) */
			at = (at / BLOCK_SIZE + 1) * BLOCK_SIZE;
			continue;
		}
		place_record(p, dir + at);
		at += dir[at];
	}
}

static void put_le32(unsigned char *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[i] = (unsigned char)(v >> 8 * i);
}

static void put_be32(unsigned char *at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		at[3 - i] = (unsigned char)(v >> 8 * i);
}

/* A tree: its directories, both its path tables (9.4), and its volume descriptor (8.4, 8.5). */
static void place_tree(const struct placing *p, unsigned char *vd)
{
	unsigned char *l = at_block(p, le32(vd + VD_PATH_TABLE_L)),
		      *m = at_block(p, be32(vd + VD_PATH_TABLE_M));
	uint32_t size = le32(vd + VD_PATH_TABLE_SIZE);

	for (uint32_t at = 0; at < size; at += PATH_ID + l[at] + l[at] % 2u) {
		uint32_t block = le32(l + at + PATH_BLOCK);

		place_directory(p, block);
		put_le32(l + at + PATH_BLOCK, block + p->origin);
		put_be32(m + at + PATH_BLOCK, block + p->origin);
	}
	put_le32(vd + VD_PATH_TABLE_L, le32(vd + VD_PATH_TABLE_L) + p->origin);
	put_be32(vd + VD_PATH_TABLE_M, be32(vd + VD_PATH_TABLE_M) + p->origin);
	put_both32(vd + VD_ROOT + RECORD_BLOCK, le32(vd + VD_ROOT + RECORD_BLOCK) + p->origin);
	put_both32(vd + VD_BLOCKS, (uint32_t)(p->origin + p->layout->blocks));
}

void iso_place(struct iso_layout *l, uint32_t origin)
{
	struct placing p = { .layout = l, .origin = origin };

	for (size_t i = l->nfiles - l->nrecorded; i < l->nfiles; i++)
		l->blocks -= blocks_of(l->files[i].size);
	p.end = l->blocks - SIZE_TAIL_BLOCKS;
	place_tree(&p, at_block(&p, PVD_BLOCK));
	place_tree(&p, at_block(&p, SVD_BLOCK));
	l->nfiles -= l->nrecorded;
	l->nrecorded = 0;
}
