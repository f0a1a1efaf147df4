/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of a stage no disc gets. What the default list of excluded names matches is left by other
 * programs, and nobody misses it; all else may be somebody's only copy.
 */
#include "stage/priv.h"

enum fate { ON_DISC, STREWN, MISSED };

/* Of a name whose directory is not strewn itself. lock held */
static enum fate fate_of(const struct exclude *strewn, const struct node *dir,
			 const struct name *nm)
{
	bool data = dir->branch == BRANCH_DATA;

	if (data && !name_is_off(nm))
		return ON_DISC;
	if (exclude_matches(strewn, nm->text))
		return STREWN;
	if (dir->branch == BRANCH_IMAGE)
		return image_has(nm->node) ? ON_DISC : MISSED;
	return !data && (node_is_dir(nm->node) || nm->track) ? ON_DISC : MISSED;
}

/* All names of the branch, or as many as it takes to find one that would be missed. lock held */
static void look_through(const struct node *root, const struct exclude *strewn,
			 struct stage_left *out)
{
	const struct node *dir = root;
	uint32_t i = 0;

	while (!out->missed) {
		const struct name *nm = dir_next(dir, &i);
		enum fate fate;

		if (!nm && dir == root)
			break;
		if (!nm) {
			i = dir->names->slot + 1;
			dir = dir->names->parent;
			continue;
		}
		fate = fate_of(strewn, dir, nm);
		out->recordable |= fate == ON_DISC;
		out->strewn |= fate == STREWN;
		out->missed |= fate == MISSED;
		if (fate != STREWN && node_is_dir(nm->node)) {
			dir = nm->node;
			i = 0;
		}
	}
}

void stage_left(struct stage *s, enum branch branch, struct stage_left *out)
{
	struct exclude strewn = { "" };

	exclude_set(&strewn, EXCLUDE_DEFAULT);
	lock_read(s);
	*out = (struct stage_left){ .missed = s->left_alone[branch] };
	look_through(s->tree.root[branch], &strewn, out);
	unlock(s);
}
