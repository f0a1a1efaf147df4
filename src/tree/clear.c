/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clearing: all names of a branch go to a directory that nobody sees, at once, and are freed bit by
 * bit.
 */
#include "tree/priv.h"

#include <errno.h>
#include <stdlib.h>

#include "base/util.h"
#include "tree/snapshot.h"

/* Nothing is staged in the branch any more. */
static void forget_sums(struct tree *t, enum branch branch)
{
	t->counts[branch] = (struct tree_counts){ 0 };
	if (branch == BRANCH_AUDIO) {
		t->ntracks = t->nsounds = 0;
	}
	if (branch != BRANCH_DATA)
		return;
	t->clean = t->bound = (struct size_totals){ 0 };
	t->renamed = 0;
	t->dirty = NULL;
}

/* All names in @from are in @to from now on, which is new. */
static void move_names(struct node *from, struct node *to)
{
	struct dir *d = from->dir, *moved = to->dir;
	struct name *nm;

	moved->slots = steal_pointer(&d->slots);
	moved->nslots = d->nslots;
	moved->cap = d->cap;
	moved->nnames = d->nnames;
	moved->nsubdirs = d->nsubdirs;
	to->nlink = from->nlink;
	free(d->cookies);
	d->cookies = NULL;
	d->nslots = d->cap = d->nnames = d->nsubdirs = 0;
	from->nlink = 2;
	for (uint32_t i = 0; (nm = dir_next(to, &i)); )
		nm->parent = to;
}

void tree_clear(struct tree *t, enum branch branch, struct node *cleared)
{
	struct node *root = t->root[branch];

	snapshots_lose(t, -ESTALE);
	move_names(root, cleared);
	cleared->next_removed = t->cleared;
	t->cleared = cleared;
	forget_sums(t, branch);
	if (branch != BRANCH_DATA)
		return;
	root->dir->bound = (struct size_bound){ 0 };
	root->dir->dirty_prev = root->dir->dirty_next = NULL;
	tree_size_put_dirty(t, root);
}

/* What lives on without a name is in no sum. */
static void settle_gone(struct node *n)
{
	if (node_is_dir(n)) {
		n->dir->off = n->dir->hidden = true;
		n->dir->dirty = false;
		n->dir->dirty_prev = n->dir->dirty_next = NULL;
	} else if (node_is_file(n) && n->branch == BRANCH_DATA) {
		n->links = 0;
	}
}

/* As tree_unlink(), of what was cleared: the sums know nothing of it. */
static void unlink_cleared(struct tree *t, struct name *nm)
{
	struct node *node = nm->node, *dir = nm->parent;
	struct name **p = &node->names;

	while (*p != nm)
		p = &(*p)->next_link;
	*p = nm->next_link;
	tree_hash_remove(t, nm);
	dir_remove(dir->dir, nm);
	if (node_is_dir(node)) {
		dir->dir->nsubdirs--;
		dir->nlink--;
		node->nlink = 0;
	} else {
		node->nlink--;
	}
	if (!node->names)
		settle_gone(node);
	tree_name_free(t, nm);
}

/* The last name below @dir that names no directory with names. */
static struct name *last_below(const struct node *dir)
{
	const struct dir *d = dir->dir;

	while (node_is_dir(d->slots[d->nslots - 1]->node) &&
	       d->slots[d->nslots - 1]->node->dir->nnames)
		d = d->slots[d->nslots - 1]->node->dir;
	return d->slots[d->nslots - 1];
}

/*
 * Free up to @names names below @top, which has none; returns how many remain to be freed of
 * @names.
 */
size_t tree_free_below(struct tree *t, const struct node *top, size_t names,
			 void (*gone)(void *, struct node *), void *data)
{
	const struct node *dir = top;

	while (names > 0 && top->dir->nnames) {
		struct name *nm = dir->dir->nnames ? last_below(dir) : dir->names;
		struct node *node = nm->node;

		dir = nm->parent;
		unlink_cleared(t, nm);
		if (gone && !node->names)
			gone(data, node);
		tree_node_drop(t, node);
		names--;
	}
	return names;
}

bool tree_free_cleared(struct tree *t, size_t names, void (*gone)(void *, struct node *),
		       void *data)
{
	struct node *cleared;

	while ((cleared = t->cleared)) {
		names = tree_free_below(t, cleared, names, gone, data);
		if (cleared->dir->nnames)
			return true;
		t->cleared = cleared->next_removed;
		tree_node_drop(t, cleared);
	}
	return false;
}
