/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tree that nobody changes, for what reads snapshots.
 */
#include "tree/snapshot.h"

/* Good until the next call. */
static inline struct snapshot *still(struct tree *t)
{
	static struct snapshot s;

	s = (struct snapshot)SNAPSHOT_STILL(*t);
	return &s;
}

/* The name that the disc gets in a directory, or NULL. */
static inline const struct name *on_disc(struct tree *t, const struct node *dir, const char *text)
{
	const struct name **names, *found = NULL;
	size_t n, at;

	if (snapshot_list(still(t), dir, &names, &n) < 0)
		return NULL;
	snapshot_sort(names, n);
	at = snapshot_find(names, n, text);
	if (at < n)
		found = names[at];
	free(names);
	return found;
}
