/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sums behind the size of the data disc, kept as names come and go. A directory counts by its
 * exact size, or after a change by a bound until it is measured; the model itself is in
 * tree/size.c.
 */
#include "tree/priv.h"

#include "tree/snapshot.h"

uint64_t tree_names_most(const struct tree *t)
{
	const struct tree_counts *own = &t->counts[BRANCH_DATA];
	uint64_t most = own->files + own->directories;

	return t->under ? most + tree_names_most(t->under) : most;
}


static void totals_add(struct size_totals *t, const struct size_dir *d, int sign)
{
	t->iso_blocks += (uint64_t)sign * d->iso_blocks;
	t->joliet_blocks += (uint64_t)sign * d->joliet_blocks;
	t->path_bytes += (uint64_t)sign * d->path_bytes;
	t->joliet_path_bytes += (uint64_t)sign * d->joliet_path_bytes;
}

void tree_count_content(struct tree *t, const struct node *n, int sign)
{
	uint64_t blocks = size_content(n->size);

	t->counts[n->branch].bytes += (uint64_t)sign * n->size;
	if (n->branch != BRANCH_DATA)
		return;
	if (n->size < SIZE_ALIGN_MIN) {
		t->clean.small_blocks += (uint64_t)sign * blocks;
	} else {
		t->clean.large_blocks += (uint64_t)sign * blocks;
		t->clean.large_files += (uint64_t)sign;
	}
}

/* Take what a directory takes out of the totals; it is on no list then. */
void tree_size_take_out(struct tree *t, struct node *dir)
{
	struct dir *d = dir->dir;

	if (!d->dirty) {
		totals_add(&t->clean, &d->size, -1);
		t->renamed -= d->size.joliet_renamed;
		return;
	}
	totals_add(&t->bound, &d->size, -1);
	if (d->dirty_prev)
		d->dirty_prev->dir->dirty_next = d->dirty_next;
	else
		t->dirty = d->dirty_next;
	if (d->dirty_next)
		d->dirty_next->dir->dirty_prev = d->dirty_prev;
	d->dirty_prev = d->dirty_next = NULL;
	d->dirty = false;
}

/* What lies under is counted as if nothing of it were replaced. */
static void size_bound_both(const struct tree *t, const struct node *dir, struct size_dir *out)
{
	const struct node *under = dir_under(t, dir);
	struct size_bound both = dir->dir->bound;

	if (under)
		size_bound_join(&both, &under->dir->bound);
	size_bound_dir(&both, node_is_root(dir), out);
	if (under) {
		size_dir_add(out, &under->dir->below, 1);
		size_dir_add(out, &under->dir->size, -1);
	}
}

/* Put it in again by its bound. */
void tree_size_put_dirty(struct tree *t, struct node *dir)
{
	struct dir *d = dir->dir;

	size_bound_both(t, dir, &d->size);
	totals_add(&t->bound, &d->size, 1);
	d->dirty = true;
	d->dirty_prev = NULL;
	d->dirty_next = t->dirty;
	if (t->dirty)
		t->dirty->dir->dirty_prev = dir;
	t->dirty = dir;
}

void tree_size_change(struct tree *t, const struct name *nm,
			void (*change)(struct size_bound *, const struct size_entry *))
{
	const struct node_attr attr = { .size = nm->node->size, .mode = nm->node->mode };
	struct size_entry e = tree_entry(nm, &attr);

	if (nm->parent->branch != BRANCH_DATA || name_is_off(nm))
		return;
	tree_size_take_out(t, nm->parent);
	change(&nm->parent->dir->bound, &e);
	tree_size_put_dirty(t, nm->parent);
}

bool tree_is_empty(const struct tree *t)
{
	const struct tree_counts *c = &t->counts[BRANCH_DATA];

	return c->files + c->directories == 0;
}

uint64_t tree_blocks_bound(const struct tree *t)
{
	struct size_totals sum = t->clean;

	if (tree_is_empty(t))
		return 0;
	sum.iso_blocks += t->bound.iso_blocks;
	sum.joliet_blocks += t->bound.joliet_blocks;
	sum.path_bytes += t->bound.path_bytes;
	sum.joliet_path_bytes += t->bound.joliet_path_bytes;
	return size_image(&sum);
}

size_t tree_dir_names(const struct tree *t, const struct node *dir)
{
	const struct node *under = dir_under(t, dir);

	return (size_t)dir->dir->nnames + (under ? under->dir->nnames : 0);
}

void tree_measured(struct tree *t, struct node *dir, const struct size_dir *exact)
{
	tree_size_take_out(t, dir);
	dir->dir->size = *exact;
	totals_add(&t->clean, exact, 1);
	t->renamed += exact->joliet_renamed;
}

int tree_measure_some(struct tree *t, size_t names)
{
	struct snapshot still = SNAPSHOT_STILL(*t);
	struct size_dir exact;

	while (t->dirty) {
		struct node *dir = t->dirty;
		size_t n = tree_dir_names(t, dir) + 1;
		int r = n <= names ? snapshot_measure(&still, dir, &exact) : 1;

		if (r != 0)
			return r;
		tree_measured(t, dir, &exact);
		names -= n;
	}
	return 0;
}

uint64_t tree_blocks(struct tree *t)
{
	tree_measure_some(t, SIZE_MAX);
	return tree_blocks_bound(t);
}
