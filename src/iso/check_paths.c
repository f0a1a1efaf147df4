/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Path tables (ECMA-119 6.9, 9.4).
 */
#include "iso/check_priv.h"

#include <string.h>

#include "iso/format.h"

struct path_table {
	struct bytes l, m;            /* little-endian and big-endian: what is left of each */
	uint32_t parent;              /* number of the directory whose children come */
};

/* The next records of both tables are that of a directory @id at @block. */
static bool path_record(struct path_table *t, struct bytes id, uint32_t block)
{
	size_t len = PATH_ID + id.len + id.len % 2;
	const unsigned char *l = t->l.p, *m = t->m.p;

	if (t->l.len < len || l[PATH_ID_LEN] != id.len || l[PATH_XATTR] ||
	    m[PATH_ID_LEN] != id.len || m[PATH_XATTR] || memcmp(l + PATH_ID, id.p, id.len) != 0 ||
	    memcmp(l + PATH_ID, m + PATH_ID, len - PATH_ID) != 0 || (id.len % 2 && l[len - 1]))
		return false;
	if (le32(l + PATH_BLOCK) != block || be32(m + PATH_BLOCK) != block)
		return false;
	/* There is room for 16 bits: readers of more directories do without. */
	if (le16(l + PATH_PARENT) != (t->parent & 0xffff) ||
	    be16(m + PATH_PARENT) != (t->parent & 0xffff))
		return false;
	t->l.p += len;
	t->m.p += len;
	t->l.len -= len;
	t->m.len -= len;
	return true;
}

/* The records of a directory's sub-directories. It has been checked and is what it should be. */
static bool path_children(const struct check *c, struct path_table *t, uint32_t block)
{
	struct bytes in = { check_block_at(c, block),
			    le32(check_block_at(c, block) + RECORD_SIZE) };
	struct iso_record r;

	for (int i = 0; iso_record_next(&in, &r) == 1; i++)
		if (i >= 2 && r.flags == RECORD_IS_DIR && !path_record(t, r.id, r.block))
			return false;
	return true;
}

static bool take_table(struct check *c, uint32_t block, uint32_t size, struct bytes *out)
{
	uint32_t blocks = (uint32_t)blocks_of(size);

	if (!check_claim(c, block, blocks, CHECK_PATHS))
		return false;
	*out = (struct bytes){ check_block_at(c, block), size };
	return bytes_zero(out->p + size, (size_t)blocks * BLOCK_SIZE - size);
}

/*
 * The tables list the directories by level, those of one level by parent, in the order of their
 * names: which is that of a queue. So the table itself serves as the queue.
 */
int check_path_tables(struct check *c, const unsigned char *vd)
{
	static const unsigned char root_id[] = { 0 };
	struct path_table t = { .parent = 1 };
	const unsigned char *at;
	uint32_t size;

	c->dir = NULL;
	if (!iso_read_both32(vd + VD_PATH_TABLE_SIZE, &size) || le32(vd + VD_PATH_TABLE_L2) ||
	    le32(vd + VD_PATH_TABLE_M2) || !take_table(c, le32(vd + VD_PATH_TABLE_L), size, &t.l) ||
	    !take_table(c, be32(vd + VD_PATH_TABLE_M), size, &t.m))
		return check_damage(c, "the place of the path tables");
	at = t.l.p;
	if (!path_record(&t, (struct bytes){ root_id, 1 }, le32(vd + VD_ROOT + RECORD_BLOCK)))
		return check_damage(c, "the path table's root");
	for (; at < t.l.p; t.parent++) {
		if (!path_children(c, &t, le32(at + PATH_BLOCK)))
			return check_damage(c, "the path table");
		at += PATH_ID + at[PATH_ID_LEN] + at[PATH_ID_LEN] % 2;
	}
	return t.l.len ? check_damage(c, "the length of the path table") : 0;
}
