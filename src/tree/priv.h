/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the tree share, and nobody else sees. All want the tree's lock for writing,
 * unless they only read. Calls go down this list: tree, clear, settle, measure, snapshot; then
 * hash, dir, node and path.
 */
#ifndef BURNFS_TREE_PRIV_H
#define BURNFS_TREE_PRIV_H

#include "tree/tree.h"

static inline bool node_is_root(const struct node *n)
{
	return n->flags & NODE_ROOT;
}

/* The directory of the tree under this one that has the same path, or NULL. */
static inline const struct node *dir_under(const struct tree *t, const struct node *dir)
{
	return t->under ? dir->dir->under : NULL;
}

/* tree/hash.c */
uint32_t tree_hash(const struct tree *, const struct node *dir, const char *text, size_t len);
void tree_hash_insert(struct tree *, struct name *);
void tree_hash_remove(struct tree *, struct name *);

/* tree/dir.c */
/* False without memory. */
bool dir_append(struct dir *, struct name *);
void dir_remove(struct dir *, struct name *);
/* The next directory after @dir in the tree from @top on, parents first; or NULL. */
struct node *tree_next_dir(struct node *dir, const struct node *top);

/* tree/node.c: a name is freed when no snapshot needs it any more, a node at once. */
void tree_name_free(struct tree *, struct name *);
void tree_node_free(struct node *);

/* tree/measure.c */
/* The content of a file is on the disc (1), or no more (-1). */
void tree_count_content(struct tree *, const struct node *, int sign);
/*
 * One more record or one less, by size_bound_add() or size_bound_remove(), in the directory of a
 * name.
 */
void tree_size_change(struct tree *, const struct name *,
		      void (*change)(struct size_bound *, const struct size_entry *));
/* Take what a directory takes out of the sums, and put it in again by its bound. */
void tree_size_take_out(struct tree *, struct node *dir);
void tree_size_put_dirty(struct tree *, struct node *dir);

/* tree/settle.c */
/* There is one name more (1), or one less (-1); its node's nlink says so already. */
void tree_count_name(struct tree *, const struct name *, int sign);
/* Make room for one more track, so that no change of what is hidden needs memory. False without. */
bool tree_tracks_reserve(struct tree *);
void tree_mark_track(struct tree *, struct name *, bool track);
/* A directory has another place, or there is another tree under it. Those above it are settled. */
void tree_dir_settle(struct tree *, struct node *dir);
/*
 * The directory @top has got a name, or lost one: settle it, and all below it whose place that
 * changes.
 */
void tree_dir_moved(struct tree *, struct node *top);

/*
 * tree/clear.c: free up to @names names below @top, which has none; returns how many remain to be
 * freed of @names.
 */
size_t tree_free_below(struct tree *, const struct node *top, size_t names,
		       void (*gone)(void *, struct node *), void *data);

#endif
