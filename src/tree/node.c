/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes and names as objects: made, counted, and freed when neither the tree nor a snapshot needs
 * them.
 */
#include "tree/priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "tree/snapshot.h"

uint32_t tree_links(const struct node *n)
{
	uint32_t links = 0;

	if (node_is_dir(n))
		return !n->dir->off;
	if (node_is_file(n))
		return n->branch == BRANCH_DATA ? n->links : n->nlink;
	for (const struct name *nm = n->names; nm; nm = nm->next_link)
		links += !name_is_off(nm);
	return links;
}

struct node *tree_node_new(enum branch branch, mode_t mode, const char *target)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->mode = (uint16_t)mode;
	n->branch = (uint8_t)branch;
	if (S_ISDIR(mode))
		n->dir = calloc(1, sizeof(*n->dir));
	else if (S_ISLNK(mode))
		n->target = strdup(target);
	if ((S_ISDIR(mode) && !n->dir) || (S_ISLNK(mode) && !n->target)) {
		free(n);
		return NULL;
	}
	if (S_ISDIR(mode))
		n->dir->off = true; /* until it has a name */
	if (S_ISDIR(mode) && branch == BRANCH_AUDIO)
		n->dir->hidden = true;
	n->size = S_ISLNK(mode) ? strlen(target) : 0;
	n->mtime = n->atime = n->ctime = time_now();
	return n;
}

void tree_node_free(struct node *n)
{
	if (node_is_dir(n)) {
		free(n->dir->slots);
		free(n->dir->cookies);
		free(n->dir);
	} else if (node_is_symlink(n)) {
		free(n->target);
	} else if (n->branch == BRANCH_AUDIO) {
		free(n->track);
	} else if (n->branch == BRANCH_IMAGE) {
		free(n->image);
	}
	free(n);
}

void tree_node_drop(struct tree *t, struct node *n)
{
	bool held = n->nopen || atomic_load_explicit(&n->nlookup, memory_order_relaxed);

	if (n->names || (held && !t->closing) || node_is_root(n))
		return;
	if (t->snapshots) {
		n->next_removed = t->removed.nodes;
		t->removed.nodes = n;
	} else {
		tree_node_free(n);
	}
}

void tree_name_free(struct tree *t, struct name *nm)
{
	if (t->snapshots) {
		nm->hash_next = t->removed.names;
		t->removed.names = nm;
	} else {
		free(nm);
	}
}

void tree_free_removed(struct tree_removed *removed)
{
	struct name *nm, *next_name;
	struct node *n, *next;

	for (nm = removed->names; nm; nm = next_name) {
		next_name = nm->hash_next;
		free(nm);
	}
	for (n = removed->nodes; n; n = next) {
		next = n->next_removed;
		tree_node_free(n);
	}
}
