/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a disc holds already when a session is added to it, and where that session will lie. Shared
 * by whoever asks; nothing of it changes.
 */
#ifndef BURNFS_TREE_RECORDED_H
#define BURNFS_TREE_RECORDED_H

#include "tree/tree.h"

struct recorded {
	atomic_int refs;
	struct tree tree;       /* settled; without names where the sessions so far have sound
				   only */
	uint64_t disc;          /* tells this disc in this state from others; never 0 */
	uint32_t next;          /* block where the next session begins */
};

static inline struct recorded *recorded_get(struct recorded *r)
{
	if (r)
		atomic_fetch_add_explicit(&r->refs, 1, memory_order_relaxed);
	return r;
}

/* Which disc it is of, 0 for none (NULL). */
static inline uint64_t recorded_disc(const struct recorded *r)
{
	return r ? r->disc : 0;
}

static inline void recorded_put(struct recorded *r)
{
	if (!r || atomic_fetch_sub_explicit(&r->refs, 1, memory_order_acq_rel) != 1)
		return;
	tree_fini(&r->tree);
	free(r);
}

#endif
