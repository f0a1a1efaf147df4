/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tree as it was at one moment, for whoever reads it for long while it goes on changing: a
 * layout, and what measures a large directory.
 *
 * Copy on write: before a node's attributes or the names in a directory change, tree_keep() gives
 * every snapshot a copy of them as they were, and names and nodes that are removed are freed when
 * the last snapshot has ended. So a snapshot of a tree that does not change costs nothing, and what
 * it hands out (nodes, names, their texts and link targets) may be looked at without a lock until
 * it ends; what may change of a node is read with snapshot_attr() alone. Only data/ is kept.
 *
 * The functions for readers take the tree's lock themselves, for a bounded number of names at a
 * time.
 */
#ifndef BURNFS_TREE_SNAPSHOT_H
#define BURNFS_TREE_SNAPSHOT_H

#include <pthread.h>

#include "tree/tree.h"

/* What may change of a node. */
struct node_attr {
	uint64_t size;
	struct timespec mtime, atime, ctime;
	uint32_t uid, gid;
	uint32_t links;            /* names of a file that the disc gets; of anything else 1 */
	uint16_t mode;
	bool recorded;             /* it is on the disc already: nothing of it changes */
};

struct snapshot_copy;  /* of a node: tree/snapshot.c */

struct snapshot {
	struct tree at;            /* roots, counts, sums and the tree under it as they were; no
				      names */
	struct tree *tree;
	pthread_rwlock_t *lock;    /* the tree's; NULL: nobody changes it meanwhile */
	struct snapshot *next;     /* of the same tree */
	struct snapshot_copy **copies; /* hash table by node */
	size_t ncopies, nbuckets;
	int lost;                  /* 0, or -errno: something was not kept */
};

/* A snapshot of a tree that nobody changes while it is used. It needs no end. */
#define SNAPSHOT_STILL(t) { .at = (t), .tree = &(t) }

/* Begin a snapshot; @lock guards the tree. write */
void snapshot_begin(struct snapshot *, struct tree *, pthread_rwlock_t *lock);
/* No lock held. */
void snapshot_end(struct snapshot *);
/*
 * 0 while the snapshot is whole. -ESTALE: there was a change of which no copy is made (clearing,
 * another list of what is excluded, another disc under the tree); -ENOMEM: there was no memory for
 * a copy. What was read since may be mixed: take another snapshot. No lock held.
 */
int snapshot_lost(struct snapshot *);

void snapshot_attr(struct snapshot *, const struct node *, struct node_attr *);
/*
 * The names that the disc gets in a directory of either tree that is on it, those of the tree under
 * it included, in the order of creation. The array is the caller's to free. 0, -ENOMEM, or
 * snapshot_lost().
 */
int snapshot_list(struct snapshot *, const struct node *dir, const struct name ***out, size_t *n);
/* Sort such a list by text, and find a name in it: its index, or @n. */
void snapshot_sort(const struct name **list, size_t n);
size_t snapshot_find(const struct name *const *list, size_t n, const char *text);
/* The path that a directory has now, as tree_path(), to be freed; NULL without memory. */
char *snapshot_path(struct snapshot *, const struct node *);
/*
 * What tree/size.c wants to know of a name with these attributes; the texts are borrowed from the
 * snapshot.
 */
struct size_entry tree_entry(const struct name *, const struct node_attr *);
/* How much of the disc a directory takes. 0, -ENOMEM, -EMLINK as size_dir(), or snapshot_lost(). */
int snapshot_measure(struct snapshot *, const struct node *dir, struct size_dir *out);
/* Whether the names in a directory are still those of the snapshot. The tree's lock held */
bool snapshot_unchanged(const struct snapshot *, const struct node *dir);

/* ---- for who changes the tree ---- all: write */

void snapshots_keep(struct tree *, const struct node *);
/* A node, or the names in a directory, are about to change. */
static inline void tree_keep(struct tree *t, const struct node *n)
{
	if (t->snapshots)
		snapshots_keep(t, n);
}
/* The whole tree is about to change. */
void snapshots_lose(struct tree *, int code);

#endif
