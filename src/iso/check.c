/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks the directories of the disc alongside those of the tree: each of the tree's once, so
 * whatever the bytes say, the walk ends. Section numbers are those of ECMA-119 unless they name
 * SUSP or RRIP. The tree is a snapshot, so no lock is held.
 */
#include "iso/check_priv.h"

#include <string.h>

#include "iso/format.h"
#include "iso/values.h"

static int check_directory(struct check *c, const struct pending *d)
{
	struct bytes in;
	int ret;

	c->dir = d->node;
	c->dir_owner = CHECK_FIRST_DIR + c->ndirs++;
	c->ca_end = 0;
	if (d->size % BLOCK_SIZE || !check_claim(c, d->block, d->size / BLOCK_SIZE, c->dir_owner))
		return check_damage(c, "its place");
	in = (struct bytes){ check_block_at(c, d->block), d->size };
	ret = check_dots(c, d, &in);
	if (ret == 0)
		ret = c->joliet ? check_joliet_children(c, d, in) : check_rock_children(c, d, in);
	return ret;
}

static bool descriptor_right(const struct check *c, const unsigned char *vd, unsigned type)
{
	uint32_t blocks;

	if (vd[VD_TYPE] != type || memcmp(vd + VD_MAGIC, "CD001", 5) != 0 || vd[VD_VERSION] != 1)
		return false;
	if (type == VD_TYPE_TERMINATOR)
		return bytes_zero(vd + VD_VERSION + 1, BLOCK_SIZE - VD_VERSION - 1);
	if (type == VD_TYPE_SUPPLEMENTARY && memcmp(vd + VD_ESCAPES, "%/@", 3) != 0 &&
	    memcmp(vd + VD_ESCAPES, "%/C", 3) != 0 && memcmp(vd + VD_ESCAPES, "%/E", 3) != 0)
		return false;
	return iso_read_both32(vd + VD_BLOCKS, &blocks) && blocks == c->layout->blocks &&
	       le16(vd + VD_SET_SIZE) == 1 && both16_agree(vd + VD_SET_SIZE) &&
	       le16(vd + VD_SEQUENCE) == 1 && both16_agree(vd + VD_SEQUENCE) &&
	       le16(vd + VD_BLOCK_SIZE) == BLOCK_SIZE && both16_agree(vd + VD_BLOCK_SIZE);
}

static int check_descriptors(struct check *c)
{
	if (!check_claim(c, 0, TERMINATOR_BLOCK + 1, CHECK_SYSTEM) ||
	    !bytes_zero(c->layout->head, (size_t)PVD_BLOCK * BLOCK_SIZE) ||
	    !descriptor_right(c, check_block_at(c, PVD_BLOCK), VD_TYPE_PRIMARY) ||
	    !descriptor_right(c, check_block_at(c, SVD_BLOCK), VD_TYPE_SUPPLEMENTARY) ||
	    !descriptor_right(c, check_block_at(c, TERMINATOR_BLOCK), VD_TYPE_TERMINATOR))
		return check_damage(c, "the volume descriptors");
	return 0;
}

static int check_volume(struct check *c, const unsigned char *vd, bool joliet)
{
	const struct node *top = c->tree->at.root[BRANCH_DATA];
	struct node_attr attr;
	struct iso_record r;
	int ret;

	c->joliet = joliet;
	c->dir = NULL;
	snapshot_attr(c->tree, top, &attr);
	if (!iso_record_read((struct bytes){ vd + VD_ROOT, RECORD_ID + 1 }, &r) ||
	    r.flags != RECORD_IS_DIR || r.id.len != 1 || r.id.p[0] || r.su.len ||
	    r.time != iso_time(attr.mtime))
		return check_damage(c, "the root's record");
	ret = check_push(c, (struct pending){ top, r.block, r.size, top, top, r.block, r.size });
	while (ret == 0 && c->ntodo) {
		struct pending d = c->todo[--c->ntodo];

		ret = check_directory(c, &d);
	}
	return ret == 0 ? check_path_tables(c, vd) : ret;
}

/* Files lie behind the head, one behind the other, and each has been met. */
static int check_files(struct check *c)
{
	uint64_t end = c->blocks;

	c->dir = NULL;
	c->joliet = false;
	for (size_t i = 0; i < c->layout->nfiles; i++) {
		const struct iso_file *f = &c->layout->files[i];

		if (f->block < end || !f->size)
			return check_damage(c, "the order of files");
		end = f->block + blocks_of(f->size);
	}
	if (end > c->layout->blocks || c->nfiles != c->layout->nfiles)
		return check_damage(c, "the number of files");
	return 0;
}

static int check_rest(struct check *c)
{
	for (uint32_t i = 0; i < c->blocks; i++)
		if (!c->owner[i] && !bytes_zero(check_block_at(c, i), BLOCK_SIZE))
			return check_damage(c, "a block that belongs to nothing");
	return 0;
}

static int check_all(struct check *c)
{
	int ret = check_descriptors(c);

	if (ret == 0)
		ret = check_volume(c, check_block_at(c, PVD_BLOCK), false);
	if (ret == 0)
		ret = check_volume(c, check_block_at(c, SVD_BLOCK), true);
	if (ret == 0)
		ret = check_files(c);
	if (ret == 0)
		ret = check_rest(c);
	return ret;
}

int iso_check(struct snapshot *tree, const struct iso_layout *layout, struct err *err)
{
	struct check c = { .tree = tree, .layout = layout, .err = err };
	int ret;

	if (layout->head_len / BLOCK_SIZE > UINT32_MAX || layout->head_len % BLOCK_SIZE)
		return check_damage(&c, "the length of the metadata");
	c.blocks = (uint32_t)(layout->head_len / BLOCK_SIZE);
	c.nserials = tree_names_most(&tree->at) + 2; /* from 1 on, the root included */
	c.owner = calloc((size_t)c.blocks + 1, sizeof(*c.owner));
	c.serials = calloc(c.nserials, sizeof(*c.serials));
	ret = c.owner && c.serials ? check_all(&c) : check_no_memory(&c);
	free(c.owner);
	free(c.serials);
	free(c.todo);
	free(c.seen);
	free(c.entries);
	free(c.names);
	return ret;
}
