/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stage: the files in image/ at one time, reading them, and giving back what was found. */
#include <stdlib.h>
#include <string.h>

#include "stage/image_priv.h"

static void find_one(struct image_survey *sv, const struct name *nm)
{
	struct found *f = &sv->v[sv->n++];

	f->node = nm->node;
	node_ref(nm->node);
	memcpy(f->name, nm->text, nm->len + 1u);
	f->size = nm->node->size;
	f->written = file_is_written(sv->stage, nm->node);
	if (nm->node->image)
		f->seen = *nm->node->image;
}

int image_find(struct image_survey *sv)
{
	struct stage *s = sv->stage;
	const struct node *dir = s->tree.root[BRANCH_IMAGE];
	const struct name *nm;

	lock_read(s);
	sv->change = s->changed[BRANCH_IMAGE];
	sv->v = calloc(dir->dir->nnames + 1, sizeof(*sv->v));
	for (uint32_t i = 0; sv->v && (nm = dir_next(dir, &i)); )
		find_one(sv, nm);
	unlock(s);
	return sv->v ? 0 : -ENOMEM;
}

struct image_cd *image_cd_get(struct image_cd *cd)
{
	if (cd)
		atomic_fetch_add_explicit(&cd->refs, 1, memory_order_relaxed);
	return cd;
}

void image_cd_put(struct image_cd *cd)
{
	if (!cd || atomic_fetch_sub_explicit(&cd->refs, 1, memory_order_acq_rel) != 1)
		return;
	sheet_free(cd->sheet);
	free(cd);
}

void image_survey_free(struct image_survey *sv)
{
	for (unsigned i = 0; i < sv->n; i++) {
		image_cd_put(sv->v[i].cd);
		stage_forget(sv->stage, sv->v[i].node, 1);
	}
	free(sv->v);
}

int image_open(struct stage *s, const struct found *f)
{
	int fd;

	pthread_rwlock_rdlock(&s->gate);
	fd = open_stash(s, f->node);
	gate_leave(s);
	return fd;
}
