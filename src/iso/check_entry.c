/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the directories of both trees have in common: attributes, the place of content, the names to
 * be found, and the records of the directory itself and of the one above.
 */
#include "iso/check_priv.h"

#include <string.h>
#include <sys/stat.h>

#include "iso/format.h"
#include "iso/values.h"

enum {
	CE_HOPS_MAX = 64,             /* continuation areas of one record */
	SECTION_MAX = 0xfffff800u,    /* bytes of each section but the last: whole blocks */
};

/* ---- Rock Ridge ---- */

/* The fields of a record, those in its continuation areas included (SUSP 5.1). */
bool check_read_rock(struct check *c, struct bytes su)
{
	struct rock *r = &c->rock;

	if (!rock_read(r, su))
		return false;
	for (int hops = 0; r->seen & SEEN_CE; hops++) {
		struct bytes area = { .len = r->ce_size };

		if (hops == CE_HOPS_MAX ||
		    !check_claim_continuation(c, r->ce_block, r->ce_offset, r->ce_size))
			return false;
		area.p = check_block_at(c, r->ce_block) + r->ce_offset;
		if (!rock_read_on(r, area))
			return false;
	}
	return rock_complete(r);
}

static bool same_links(const struct rock *r, const struct node_attr *a)
{
	/* Some of a recorded file's names may be replaced. */
	return r->links == a->links ||
	       (S_ISREG(a->mode) && a->recorded && r->links && r->links < a->links);
}

bool check_same_attributes(const struct rock *r, const struct node_attr *a)
{
	return (r->seen & SEEN_PX) && (r->seen & SEEN_TF) && r->mode == a->mode &&
	       r->uid == a->uid && r->gid == a->gid && same_links(r, a) &&
	       r->mtime == iso_time(a->mtime) && r->atime == iso_time(a->atime) &&
	       r->ctime == iso_time(a->ctime);
}

/* A file or directory has a serial number of its own; a link or fifo has one for each name. */
bool check_same_serial(struct check *c, const struct node *n, const struct node_attr *a)
{
	uint32_t serial = c->rock.serial;

	if (!serial || serial >= c->nserials)
		return false;
	if (!c->serials[serial]) {
		c->serials[serial] = n;
		c->nfiles += S_ISREG(a->mode) && a->size;
		return true;
	}
	return c->serials[serial] == n && (S_ISREG(a->mode) || S_ISDIR(a->mode));
}

/* ---- content ---- */

/* The file whose content begins at @block, or NULL. */
static const struct iso_file *content_at(struct check *c, uint32_t block)
{
	const struct iso_file *files = c->layout->files;
	size_t from = 0, to = c->layout->nfiles;

	if (c->next_file < to && files[c->next_file].block == block)
		return &files[c->next_file++];
	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (files[mid].block < block)
			from = mid + 1;
		else
			to = mid;
	}
	if (from == c->layout->nfiles || files[from].block != block)
		return NULL;
	c->next_file = from + 1;
	return &files[from];
}

/* Whether @bytes at @block are the content of @n; what has none points to the head's last block. */
bool check_is_content(struct check *c, const struct node *n, const struct node_attr *a,
		      uint32_t block, uint64_t bytes)
{
	const struct iso_file *f = content_at(c, block);

	if (!S_ISREG(a->mode) || !a->size)
		return !bytes && block == c->blocks - 1;
	return f && f->node == n && f->size == a->size && bytes == a->size;
}

/* A record of what is no directory. False when it does not go on with the one before it. */
bool check_add_section(struct sections *s, const struct name *nm, const struct iso_record *r)
{
	if (!s->open)
		*s = (struct sections){ .name = nm, .id = r->id, .block = r->block };
	s->open = r->flags == RECORD_CONTINUES;
	if ((r->flags && !s->open) || s->name != nm || !bytes_equal(s->id, r->id) ||
	    r->block != s->block + s->bytes / BLOCK_SIZE || (s->open && r->size != SECTION_MAX))
		return false;
	s->bytes += r->size;
	return true;
}

/* ---- a directory ---- */

int check_push(struct check *c, struct pending p)
{
	if (c->ntodo == c->todo_cap) {
		size_t cap = c->todo_cap ? c->todo_cap * 2 : 64;
		struct pending *v = reallocarray(c->todo, cap, sizeof(*v));

		if (!v)
			return check_no_memory(c);
		c->todo = v;
		c->todo_cap = cap;
	}
	c->todo[c->ntodo++] = p;
	return 0;
}

int check_push_child(struct check *c, const struct pending *d, const struct node *n,
		      const struct iso_record *r)
{
	return check_push(c, (struct pending){ n, r->block, r->size, d->node, d->parent, d->block,
					       d->size });
}

int check_list_names(struct check *c)
{
	size_t need;
	int r;

	free(c->names);
	c->next_name = 0;
	r = snapshot_list(c->tree, c->dir, &c->names, &c->nnames);
	if (r == -ENOMEM)
		return check_no_memory(c);
	if (r < 0)
		return check_damage(c, "the stage has changed");
	snapshot_sort(c->names, c->nnames);
	need = c->nnames / 8 + 1;
	if (need > c->seen_cap) {
		unsigned char *v = realloc(c->seen, need);

		if (!v)
			return check_no_memory(c);
		c->seen = v;
		c->seen_cap = need;
	}
	memset(c->seen, 0, need);
	return 0;
}

static bool is_top(const struct check *c)
{
	return c->dir == c->tree->at.root[BRANCH_DATA];
}

/* The directory's own record, or its parent's: @which is 0 or 1 (6.8.2.2, RRIP 4.1.4). */
static bool dot_right(struct check *c, const struct iso_record *r, unsigned which,
		      const struct pending *d)
{
	const struct node *n = which ? d->parent : d->node;
	uint32_t block = which ? d->parent_block : d->block,
		 size = which ? d->parent_size : d->size;
	struct node_attr a, above;

	if (r->id.len != 1 || r->id.p[0] != which || r->flags != RECORD_IS_DIR ||
	    r->block != block || r->size != size)
		return false;
	snapshot_attr(c->tree, n, &a);
	snapshot_attr(c->tree, d->grandparent, &above);
	/* In the parent's record libisofs puts the time of that one's parent. */
	if (r->time != iso_time(a.mtime) && !(which && r->time == iso_time(above.mtime)))
		return false;
	if (c->joliet)
		return r->su.len == 0;
	return check_read_rock(c, r->su) && check_same_attributes(&c->rock, &a) &&
	       check_same_serial(c, n, &a) &&
	       c->rock.nm_flags == (which ? NM_PARENT : NM_CURRENT) && !c->rock.name_len &&
	       !(c->rock.seen & SEEN_SL) &&
	       (c->rock.seen & SEEN_MARKS) == (!which && is_top(c) ? SEEN_MARKS : 0);
}

int check_dots(struct check *c, const struct pending *d, struct bytes *in)
{
	struct iso_record r;

	if (iso_record_next(in, &r) != 1 || !dot_right(c, &r, 0, d))
		return check_damage(c, "its own record");
	if (iso_record_next(in, &r) != 1 || !dot_right(c, &r, 1, d))
		return check_damage(c, "the record of the directory above");
	return 0;
}
