/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The largest names at the top of data/. All names are walked over for it, once for each state of the stage:
 * whoever looks at a picture of the disc again and again does not pay for it again.
 */
#include <string.h>

#include "stage_priv.h"

/* Blocks of a name's own content; of a file with several names it is with one of those that are on the disc. */
static uint64_t own_blocks(const struct name *nm)
{
	const struct name *first = nm->node->names;

	while (first != nm && name_is_off(first))
		first = first->next_link;
	return node_is_file(nm->node) && first == nm ? size_content(nm->node->size) : 0;
}

/* Blocks of all that is called @top or lies below it; no recursion, whatever the depth. */
static uint64_t blocks_of_top(const struct name *top)
{
	const struct node *dir = top->node;
	uint64_t blocks = own_blocks(top);
	uint32_t i = 0;

	while (node_is_dir(dir)) {
		const struct name *nm = dir_next(dir, &i);

		if (nm && nm->excluded)
			continue;
		if (nm)
			blocks += own_blocks(nm);
		if (nm && node_is_dir(nm->node)) {
			dir = nm->node;
			i = 0;
		} else if (!nm && dir == top->node) {
			break;
		} else if (!nm) {
			i = dir->names->slot + 1;
			dir = dir->names->parent;
		}
	}
	return blocks;
}

static bool comes_before(const struct name *nm, uint64_t blocks, const struct stage_top *other)
{
	return blocks != other->blocks ? blocks > other->blocks : strcmp(nm->text, other->name) < 0;
}

static void put_in_order(struct stage_tops *tops, const struct name *nm, uint64_t blocks)
{
	unsigned at = tops->n;

	while (at > 0 && comes_before(nm, blocks, &tops->top[at - 1]))
		at--;
	if (at == STAGE_TOPS)
		return;
	if (tops->n < STAGE_TOPS)
		tops->n++;
	memmove(&tops->top[at + 1], &tops->top[at], (tops->n - at - 1) * sizeof(tops->top[0]));
	tops->top[at].blocks = blocks;
	tops->top[at].directory = node_is_dir(nm->node);
	memcpy(tops->top[at].name, nm->text, nm->len + 1u);
}

static void find_tops(const struct node *root, struct stage_tops *tops)
{
	const struct name *nm;
	uint32_t i = 0;

	*tops = (struct stage_tops){ .n = 0 };
	while ((nm = dir_next(root, &i))) {
		if (nm->excluded)
			continue;
		tops->names++;
		put_in_order(tops, nm, blocks_of_top(nm));
	}
}

void stage_tops(struct stage *s, struct stage_tops *out)
{
	uint64_t now;

	pthread_mutex_lock(&s->tops_lock);
	lock_read(s);
	now = s->changed[BRANCH_DATA] ? s->changed[BRANCH_DATA] : 1;
	if (s->tops_of != now)
		find_tops(s->tree.root[BRANCH_DATA], &s->tops);
	s->tops_of = now;
	unlock(s);
	*out = s->tops;
	pthread_mutex_unlock(&s->tops_lock);
}
