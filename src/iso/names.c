/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The path table names every directory once. Walks are handed on by value: a copy looks ahead.
 */
#include "iso/names.h"

#include <string.h>

#include "base/disc.h"
#include "base/util.h"
#include "iso/format.h"
#include "iso/record.h"

enum { NM_TEXT = FIELD_DATA + 1 }; /* bytes of a field NM before its text */

struct walk {
	unsigned char *head;
	uint32_t blocks;
	struct bytes in;        /* what is left of the directory */
};

/* A record that has a continuation area. */
struct entry {
	unsigned char *nm, *ce; /* fields of the record; nm may be NULL */
	uint32_t block, offset, size;
};

/* The first field of at least @len bytes with that signature, or NULL. */
static unsigned char *find_field(const struct walk *w, struct bytes su, const char *signature,
				 unsigned len)
{
	while (su.len >= FIELD_DATA && su.p[FIELD_LEN] >= FIELD_DATA && su.p[FIELD_LEN] <= su.len) {
		unsigned char *f = w->head + (su.p - w->head);

		if (memcmp(f, signature, 2) == 0 && f[FIELD_LEN] >= len)
			return f;
		su.p += f[FIELD_LEN];
		su.len -= f[FIELD_LEN];
	}
	return NULL;
}

/* False at the end, or where an area is not within a block of the head. */
static bool next_entry(struct walk *w, struct entry *e)
{
	struct iso_record r;

	while (iso_record_next(&w->in, &r) == 1) {
		e->ce = find_field(w, r.su, "CE", CE_LEN);
		if (!e->ce)
			continue;
		e->nm = find_field(w, r.su, "NM", NM_TEXT);
		e->block = le32(e->ce + CE_BLOCK);
		e->offset = le32(e->ce + CE_OFFSET);
		e->size = le32(e->ce + CE_SIZE);
		return e->block < w->blocks && e->offset < BLOCK_SIZE &&
		       e->size <= BLOCK_SIZE - e->offset;
	}
	return false;
}

/* The field that goes on with the name that the record begins, or NULL if Linux shows that. */
static unsigned char *field_left_out(const struct walk *w, const struct entry *e)
{
	struct bytes area = { w->head + (size_t)e->block * BLOCK_SIZE + e->offset, e->size };
	unsigned char *rest = find_field(w, area, "NM", NM_TEXT);

	if (!e->nm || !rest || e->nm[FIELD_DATA] != NM_CONTINUE || rest[FIELD_DATA] != 0 ||
	    e->nm[FIELD_LEN] + rest[FIELD_LEN] - 2 * NM_TEXT <= LINUX_NAME_MAX)
		return NULL;
	return rest;
}

/* Where the areas end in the block of @e's, or BLOCK_SIZE if they do not follow each other. */
static uint32_t areas_end(struct walk w, struct entry e)
{
	uint32_t block = e.block, end = e.offset + e.size;

	for (; next_entry(&w, &e) && e.block == block; end += e.size)
		if (e.offset != end)
			return BLOCK_SIZE;
	return end;
}

/* The areas behind @e's in its block begin later by the head of a field. */
static void move_areas(struct walk w, struct entry e)
{
	uint32_t block = e.block;

	while (next_entry(&w, &e) && e.block == block)
		put_both32(e.ce + CE_OFFSET, e.offset + NM_TEXT);
}

/*
 * Split a field so that the first part ends with a character. What lies behind it ends at @end, and
 * moves.
 */
static void split_field(unsigned char *nm, unsigned text, const unsigned char *end)
{
	unsigned char *second;

	while (text && (nm[NM_TEXT + text] & 0xc0) == 0x80)
		text--;
	second = nm + NM_TEXT + text;
	memmove(second + NM_TEXT, second, (size_t)(end - second));
	memcpy(second, nm, NM_TEXT);
	second[FIELD_LEN] = (unsigned char)(nm[FIELD_LEN] - text);
	nm[FIELD_LEN] = (unsigned char)(NM_TEXT + text);
	nm[FIELD_DATA] = NM_CONTINUE;
}

/* @w is what comes behind the entry. */
static void split_name(struct walk w, struct entry e)
{
	unsigned char *block = w.head + (size_t)e.block * BLOCK_SIZE,
		      *rest = field_left_out(&w, &e);
	uint32_t end = rest ? areas_end(w, e) : BLOCK_SIZE;

	if (end > BLOCK_SIZE - NM_TEXT || !bytes_zero(block + end, NM_TEXT))
		return;
	split_field(rest, LINUX_NAME_MAX - (e.nm[FIELD_LEN] - NM_TEXT), block + end);
	put_both32(e.ce + CE_SIZE, e.size + NM_TEXT);
	move_areas(w, e);
}

static void split_directory(struct walk w, uint32_t block)
{
	const unsigned char *dir = w.head + (size_t)block * BLOCK_SIZE;
	struct entry e;

	if (block >= w.blocks || le32(dir + RECORD_SIZE) / BLOCK_SIZE > w.blocks - block)
		return;
	w.in = (struct bytes){ dir, le32(dir + RECORD_SIZE) / BLOCK_SIZE * (size_t)BLOCK_SIZE };
	while (next_entry(&w, &e))
		split_name(w, e);
}

void iso_names_split(unsigned char *head, uint32_t blocks)
{
	const unsigned char *pvd = head + (size_t)PVD_BLOCK * BLOCK_SIZE;
	size_t table = (size_t)le32(pvd + VD_PATH_TABLE_L) * BLOCK_SIZE,
	       size = le32(pvd + VD_PATH_TABLE_SIZE);
	size_t end = (size_t)blocks * BLOCK_SIZE;

	if (table > end || size > end - table)
		return;
	for (size_t at = table; at + PATH_ID <= table + size;
	     at += PATH_ID + head[at] + head[at] % 2u)
		split_directory((struct walk){ .head = head, .blocks = blocks },
				le32(head + at + PATH_BLOCK));
}
