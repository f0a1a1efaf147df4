/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The list of a directory, in order of creation, in which the places of readers have numbers
 * (cookies). And the walk over directories.
 */
#include "tree/priv.h"

#include <stdlib.h>
#include <string.h>

enum { SLOTS_FIRST = 8 };

uint64_t dir_cookie(const struct node *dir, uint32_t i)
{
	const struct dir *d = dir->dir;

	return d->cookies && i ? d->cookies[i - 1] + 1 : i;
}

uint32_t dir_index(const struct node *dir, uint64_t cookie)
{
	const struct dir *d = dir->dir;
	uint32_t from = 0, to = d->nslots;

	if (!d->cookies)
		return cookie < to ? (uint32_t)cookie : to;
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (d->cookies[middle] < cookie)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Make room for @cap slots, or give room back. */
static bool slots_resize(struct dir *d, uint32_t cap)
{
	struct name **slots;
	uint64_t *cookies;

	if (cap < d->cap)
		d->cap = cap; /* also if only one of the two gets smaller */
	if (d->cookies) {
		cookies = reallocarray(d->cookies, cap, sizeof(*cookies));
		if (!cookies)
			return false;
		d->cookies = cookies;
	}
	slots = reallocarray(d->slots, cap, sizeof(*slots));
	if (!slots)
		return false;
	d->slots = slots;
	d->cap = cap;
	return true;
}

/*
 * Before slots move: readers keep their places by cookies of their own, without readers a slot's
 * number will do.
 */
static bool cookies_hold(struct dir *d)
{
	if (!d->nopen) {
		free(d->cookies);
		d->cookies = NULL;
	} else if (!d->cookies) {
		d->cookies = reallocarray(NULL, d->cap, sizeof(*d->cookies));
		for (uint32_t i = 0; d->cookies && i < d->nslots; i++)
			d->cookies[i] = i;
		return d->cookies;
	}
	return true;
}

/* Close the gaps once half of the slots are gaps. */
static void slots_compact(struct dir *d)
{
	uint32_t to = 0;

	if (d->nslots < 2 * SLOTS_FIRST || d->nnames > d->nslots / 2 || !cookies_hold(d))
		return;
	for (uint32_t i = 0; i < d->nslots; i++) {
		if (!d->slots[i])
			continue;
		d->slots[i]->slot = to;
		if (d->cookies)
			d->cookies[to] = d->cookies[i];
		d->slots[to++] = d->slots[i];
	}
	d->nslots = to;
	if (to < d->cap / 4)
		slots_resize(d, to > SLOTS_FIRST ? to : SLOTS_FIRST);
}

bool dir_append(struct dir *d, struct name *nm)
{
	if (d->nslots == d->cap && !slots_resize(d, d->cap ? d->cap + d->cap / 2 : SLOTS_FIRST))
		return false;
	if (d->cookies)
		d->cookies[d->nslots] = d->nslots ? d->cookies[d->nslots - 1] + 1 : 0;
	nm->slot = d->nslots;
	d->slots[d->nslots++] = nm;
	d->nnames++;
	return true;
}

void dir_remove(struct dir *d, struct name *nm)
{
	d->slots[nm->slot] = NULL;
	d->nnames--;
	slots_compact(d);
	while (d->nslots && !d->slots[d->nslots - 1])
		d->nslots--;
}

struct name *dir_next(const struct node *dir, uint32_t *i)
{
	const struct dir *d = dir->dir;

	while (*i < d->nslots) {
		struct name *nm = d->slots[(*i)++];

		if (nm)
			return nm;
	}
	return NULL;
}

/* The next directory after @dir in the tree from @top on, parents first; or NULL. */
struct node *tree_next_dir(struct node *dir, const struct node *top)
{
	uint32_t i = 0;

	for (;;) {
		struct name *nm;

		while ((nm = dir_next(dir, &i)))
			if (node_is_dir(nm->node))
				return nm->node;
		if (dir == top)
			return NULL;
		i = dir->names->slot + 1;
		dir = dir->names->parent;
	}
}
