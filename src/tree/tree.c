/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree as a whole: names are linked and unlinked, files grow; all that has to follow is called
 * from here.
 */
#include "tree/priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "sound/audio.h"
#include "tree/snapshot.h"

enum { BUCKETS_FIRST = 1024 };

/* ---- names ---- */

struct name *tree_link(struct tree *t, struct node *dir, const char *text, struct node *node)
{
	size_t len = strlen(text);
	struct name *nm = malloc(sizeof(*nm) + len + 1);

	if (!nm)
		return NULL;
	nm->parent = dir;
	nm->node = node;
	nm->hash = tree_hash(t, dir, text, len);
	nm->len = (uint8_t)len;
	nm->excluded = dir->branch == BRANCH_DATA && exclude_matches(&t->exclude, text);
	nm->sound = dir->branch == BRANCH_AUDIO && node_is_file(node) && audio_is_track(text);
	nm->track = false;
	memcpy(nm->text, text, len + 1);
	tree_keep(t, dir);
	tree_keep(t, node);
	if ((nm->sound && !tree_tracks_reserve(t)) || !dir_append(dir->dir, nm)) {
		free(nm);
		return NULL;
	}
	t->nsounds += nm->sound;
	tree_mark_track(t, nm, nm->sound && !dir->dir->hidden);
	tree_hash_insert(t, nm);
	nm->next_link = node->names;
	node->names = nm;
	node->nlink = node_is_dir(node) ? 2 + node->dir->nsubdirs : node->nlink + 1;
	if (node_is_dir(node)) {
		dir->dir->nsubdirs++;
		dir->nlink++;
	}
	tree_count_name(t, nm, 1);
	if (node_is_dir(node))
		tree_dir_moved(t, node);
	return nm;
}

void tree_unlink(struct tree *t, struct name *nm)
{
	struct node *node = nm->node, *dir = nm->parent;
	struct name **p = &node->names;

	tree_keep(t, dir);
	tree_keep(t, node);
	while (*p != nm)
		p = &(*p)->next_link;
	*p = nm->next_link;
	tree_mark_track(t, nm, false);
	t->nsounds -= nm->sound;
	tree_hash_remove(t, nm);
	dir_remove(dir->dir, nm);
	if (node_is_dir(node)) {
		dir->dir->nsubdirs--;
		dir->nlink--;
		node->nlink = node->names ? node->nlink : 0;
	} else {
		node->nlink--;
	}
	tree_count_name(t, nm, -1);
	if (node_is_dir(node))
		tree_dir_moved(t, node);
	tree_name_free(t, nm);
}

/*
 * A file of several sections has several records in every directory that names it (ECMA-119 6.5.1).
 */
static bool records_change(uint64_t from, uint64_t to)
{
	return from > UINT32_MAX || to > UINT32_MAX;
}

void tree_resize(struct tree *t, struct node *n, uint64_t size)
{
	bool records = records_change(n->size, size);

	if (size == n->size)
		return;
	tree_keep(t, n);
	for (struct name *nm = n->names; nm && records; nm = nm->next_link) {
		tree_keep(t, nm->parent);
		tree_size_change(t, nm, size_bound_remove);
	}
	if (tree_links(n))
		tree_count_content(t, n, -1);
	n->size = size;
	if (tree_links(n))
		tree_count_content(t, n, 1);
	for (struct name *nm = n->names; nm && records; nm = nm->next_link)
		tree_size_change(t, nm, size_bound_add);
}

/* ---- the whole ---- */

static struct node *root_new(struct tree *t, enum branch branch, uid_t uid, gid_t gid)
{
	struct node *n = tree_node_new(branch, S_IFDIR | 0755, NULL);

	if (!n)
		return NULL;
	n->flags |= NODE_ROOT;
	n->nlink = 2;
	n->uid = uid;
	n->gid = gid;
	tree_dir_settle(t, n);
	return n;
}

int tree_init(struct tree *t, uid_t uid, gid_t gid)
{
	*t = (struct tree){ .nbuckets = BUCKETS_FIRST };
	if (getrandom(&t->seed, sizeof(t->seed), GRND_NONBLOCK) < 0)
		t->seed = (uintptr_t)t;
	t->buckets = calloc(t->nbuckets, sizeof(*t->buckets));
	if (!t->buckets)
		return -ENOMEM;
	for (int b = 0; b < BRANCHES; b++) {
		t->root[b] = root_new(t, (enum branch)b, uid, gid);
		if (!t->root[b]) {
			tree_fini(t);
			return -ENOMEM;
		}
	}
	return 0;
}

void tree_fini(struct tree *t)
{
	t->closing = true;
	tree_free_cleared(t, SIZE_MAX, NULL, NULL);
	for (int b = 0; b < BRANCHES; b++) {
		if (!t->root[b])
			continue;
		tree_free_below(t, t->root[b], SIZE_MAX, NULL, NULL);
		tree_node_free(t->root[b]);
	}
	free(t->buckets);
	free(t->tracks);
	*t = (struct tree){ 0 };
}
