/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The largest names at the top of data/. All names are walked over for it, once for each state of
 * the stage: whoever looks at a picture of the disc again and again does not pay for it again.
 */
#include <errno.h>
#include <search.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "stage/priv.h"

struct tops {
	struct snapshot *tree;
	const struct node **v;    /* directories that are still to be looked into */
	size_t n, cap;
	void *linked;             /* of tsearch(): files with several names, seen */
};

static int push(struct tops *t, const struct node *dir)
{
	if (t->n == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		const struct node **v = reallocarray(t->v, cap, sizeof(*v));

		if (!v)
			return -ENOMEM;
		t->v = v;
		t->cap = cap;
	}
	t->v[t->n++] = dir;
	return 0;
}

static int compare_addresses(const void *a, const void *b)
{
	return (uintptr_t)a < (uintptr_t)b ? -1 : (uintptr_t)a > (uintptr_t)b;
}

static void keep(void *node)
{
	(void)node;
}

/* Whether the file had its turn by another of its names. */
static bool seen_before(struct tops *t, const struct node *n, uint32_t links)
{
	if (links < 2)
		return false;
	if (tfind(n, &t->linked, compare_addresses))
		return true;
	tsearch(n, &t->linked, compare_addresses); /* without memory for it, it is counted twice in
						      a picture */
	return false;
}

/* Add a name's own content; what is below a directory comes later. */
static int add_name(struct tops *t, const struct name *nm, struct stage_top *top)
{
	struct node_attr a;

	snapshot_attr(t->tree, nm->node, &a);
	if (S_ISREG(a.mode) && !seen_before(t, nm->node, a.links))
		top->blocks += size_content(a.size);
	return S_ISDIR(a.mode) ? push(t, nm->node) : 0;
}

static int add_names(struct tops *t, const struct node *dir, struct stage_top *top)
{
	cleanup_free const struct name **names = NULL;
	size_t n;
	int r = snapshot_list(t->tree, dir, &names, &n);

	for (size_t i = 0; i < n && r == 0; i++)
		r = add_name(t, names[i], top);
	return r;
}

/* Measure @nm and all below it. */
static int measure_top(struct tops *t, const struct name *nm, struct stage_top *top)
{
	int r = add_name(t, nm, top);

	top->directory = t->n > 0;
	memcpy(top->name, nm->text, nm->len + 1u);
	while (t->n && r == 0)
		r = add_names(t, t->v[--t->n], top);
	return r;
}

static bool comes_before(const struct stage_top *a, const struct stage_top *b)
{
	return a->blocks != b->blocks ? a->blocks > b->blocks : strcmp(a->name, b->name) < 0;
}

static void put_in_order(struct stage_tops *tops, const struct stage_top *top)
{
	unsigned at = tops->n;

	while (at > 0 && comes_before(top, &tops->top[at - 1]))
		at--;
	if (at == STAGE_TOPS)
		return;
	if (tops->n < STAGE_TOPS)
		tops->n++;
	memmove(&tops->top[at + 1], &tops->top[at], (tops->n - at - 1) * sizeof(tops->top[0]));
	tops->top[at] = *top;
}

static int find_tops(struct snapshot *tree, struct stage_tops *out)
{
	cleanup_free const struct name **names = NULL;
	struct tops t = { .tree = tree };
	size_t n;
	int r = snapshot_list(tree, tree->at.root[BRANCH_DATA], &names, &n);

	*out = (struct stage_tops){ .names = n };
	for (size_t i = 0; i < n && r == 0; i++) {
		struct stage_top top = { .blocks = 0 };

		r = measure_top(&t, names[i], &top);
		put_in_order(out, &top);
	}
	free(t.v);
	tdestroy(t.linked, keep);
	return r;
}

void stage_tops(struct stage *s, struct stage_tops *out)
{
	struct snapshot tree;
	uint64_t now;

	pthread_mutex_lock(&s->tops_lock);
	now = stage_changed(s, BRANCH_DATA);
	now = now ? now : 1;
	if (s->tops_of != now) {
		stage_tree_snapshot(s, &tree);
		stage_tree_release(s);
		tree.at.under = NULL; /* what is staged alone */
		s->tops_of = find_tops(&tree, &s->tops) == 0 ? now : 0;
		snapshot_end(&tree);
	}
	*out = s->tops;
	pthread_mutex_unlock(&s->tops_lock);
}
