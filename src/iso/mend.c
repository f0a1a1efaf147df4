/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks into directory records just as far as it must, and leaves alone what it does not recognise.
 */
#include "iso/mend.h"

#include <string.h>

#include "base/disc.h"
#include "iso/format.h"

enum { DOT_LEN = RECORD_ID + 1 }; /* of a directory's own record, without system use fields */

/* The address that a directory's first block gives as its own; 0 if it is not such a block. */
static uint32_t own_address(const unsigned char *b)
{
	if (b[RECORD_LEN] < DOT_LEN || b[RECORD_ID_LEN] != 1 || b[RECORD_ID] != 0 ||
	    b[RECORD_FLAGS] != RECORD_IS_DIR || !both32_agree(b + RECORD_BLOCK))
		return 0;
	return le32(b + RECORD_BLOCK);
}

/* The same of a directory with Rock Ridge. */
static uint32_t own_rock_address(const unsigned char *b)
{
	const unsigned char *su = b + DOT_LEN;

	if (b[RECORD_LEN] < DOT_LEN + FIELD_DATA ||
	    (memcmp(su, "PX", 2) != 0 && memcmp(su, "SP", 2) != 0))
		return 0;
	return own_address(b);
}

/* Where the little-endian path table lies, if this is its first block; else 0. */
static uint32_t path_table_address(const unsigned char *head, const unsigned char *b)
{
	const unsigned char *pvd = head + PVD_BLOCK * BLOCK_SIZE;
	const unsigned char *root = pvd + VD_ROOT;

	/* The root's record: one byte of name, the root's address, itself as its parent. */
	if (b[0] != 1 || b[1] != 0 || memcmp(b + 2, root + RECORD_BLOCK, 4) != 0 ||
	    le16(b + 6) != 1)
		return 0;
	return le32(pvd + VD_PATH_TABLE_L);
}

static uint32_t place_of(struct iso_mend *m, const unsigned char *head, uint32_t pos)
{
	const unsigned char *b = head + (size_t)pos * BLOCK_SIZE;
	uint32_t place = own_rock_address(b);

	if (place) {
		m->records = le32(b + RECORD_SIZE) / BLOCK_SIZE;
		return place;
	}
	place = path_table_address(head, b);
	m->done = place != 0;
	return m->done ? place : pos;
}

static void number_anew(struct iso_mend *m, unsigned char *serial)
{
	uint32_t old = le32(serial);

	if (old >= m->nserials)
		return;
	if (!m->serials[old])
		m->serials[old] = ++m->last_serial;
	put_both32(serial, m->serials[old]);
}

/* The PX field stands in the record itself, never in a continuation area. */
static void number_record(struct iso_mend *m, unsigned char *r)
{
	unsigned len = r[RECORD_LEN];
	unsigned pos = RECORD_ID + r[RECORD_ID_LEN] + (r[RECORD_ID_LEN] % 2 == 0);

	for (; pos + 4 <= len && r[pos + 2] >= 4 && pos + r[pos + 2] <= len; pos += r[pos + 2])
		if (memcmp(r + pos, "PX", 2) == 0 && r[pos + 2] == PX_LEN)
			number_anew(m, r + pos + PX_SERIAL);
}

/* The record at *@pos of a block of them, or NULL behind the last; *@pos is then behind it. */
static unsigned char *next_record(unsigned char *b, unsigned *pos)
{
	unsigned char *r = b + *pos;

	if (*pos + RECORD_ID >= BLOCK_SIZE || r[RECORD_LEN] <= RECORD_ID ||
	    *pos + r[RECORD_LEN] > BLOCK_SIZE)
		return NULL;
	*pos += r[RECORD_LEN];
	return r;
}

static void number_block(struct iso_mend *m, unsigned char *b)
{
	unsigned char *r;
	unsigned pos = 0;

	while ((r = next_record(b, &pos)))
		number_record(m, r);
}

uint32_t iso_mend_block(struct iso_mend *m, unsigned char *head, uint32_t pos, uint32_t blocks)
{
	unsigned char *from = head + (size_t)pos * BLOCK_SIZE;
	uint32_t place = pos;

	if (m->done || pos <= PVD_BLOCK)
		return pos;
	if (!m->records)
		place = place_of(m, head, pos);
	if (m->records) {
		m->records--;
		number_block(m, from);
	}
	if (place <= pos || place >= blocks)
		return pos;
	memcpy(head + (size_t)place * BLOCK_SIZE, from, BLOCK_SIZE);
	memset(from, 0, BLOCK_SIZE);
	return place;
}

/* Let the sub-directories in a block of records say what directory they are in. */
static void name_parent(unsigned char *head, uint32_t blocks, unsigned char *b, uint32_t parent,
			uint32_t size)
{
	unsigned char *r, *child;
	unsigned pos = 0;

	while ((r = next_record(b, &pos))) {
		uint32_t at = le32(r + RECORD_BLOCK);

		if (r[RECORD_FLAGS] != RECORD_IS_DIR || r[RECORD_ID_LEN] == 1 || at >= blocks)
			continue;
		child = head + (size_t)at * BLOCK_SIZE;
		if (own_address(child) != at || child[RECORD_LEN] != DOT_LEN)
			continue;
		put_both32(child + DOT_LEN + RECORD_BLOCK, parent);
		put_both32(child + DOT_LEN + RECORD_SIZE, size);
	}
}

void iso_mend_parents(unsigned char *head, uint32_t blocks)
{
	const unsigned char *svd = head + SVD_BLOCK * BLOCK_SIZE;
	uint32_t pos = le32(svd + VD_ROOT + RECORD_BLOCK), end = le32(svd + VD_PATH_TABLE_L);

	while (pos < end && pos < blocks) {
		unsigned char *dir = head + (size_t)pos * BLOCK_SIZE;
		uint32_t size = le32(dir + RECORD_SIZE), n = size / BLOCK_SIZE;

		if (own_address(dir) != pos || !n || n > blocks - pos)
			return;
		for (uint32_t i = 0; i < n; i++)
			name_parent(head, blocks, dir + (size_t)i * BLOCK_SIZE, pos, size);
		pos += n;
	}
}
