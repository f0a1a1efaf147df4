/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The room on the disc, and the exact size of what is staged: measured in steps, and a large
 * directory without the lock.
 */
#include "stage/priv.h"

#include <string.h>

uint64_t data_capacity(const struct stage *s)
{
	if (s->medium[BRANCH_DATA] != BLOCKS_UNKNOWN)
		return s->medium[BRANCH_DATA];
	return s->capacity ? s->capacity : BLOCKS_MAX;
}

uint64_t audio_capacity(const struct stage *s)
{
	if (s->medium[BRANCH_AUDIO] != BLOCKS_UNKNOWN)
		return s->medium[BRANCH_AUDIO];
	return s->capacity ? s->capacity : CD80_SECTORS;
}

uint64_t stage_generation(struct stage *s)
{
	return atomic_load(&s->generation);
}

uint64_t stage_changed(struct stage *s, enum branch branch)
{
	uint64_t changed;

	lock_read(s);
	changed = s->changed[branch];
	unlock(s);
	return changed;
}

enum {
	MEASURE_STEP = 2048,      /* names that are measured under the lock at a time */
	MEASURE_TRIES = 3,        /* for a directory with more, which changes meanwhile */
};

/* Measure a large directory without the lock. False if it changed meanwhile. */
static bool measure_aside(struct stage *s, struct node *dir, struct snapshot *snapshot)
{
	struct size_dir exact;
	bool good = snapshot_measure(snapshot, dir, &exact) == 0;

	lock_write(s);
	good = good && snapshot_unchanged(snapshot, dir);
	if (good && dir->dir->dirty)
		tree_measured(&s->tree, dir, &exact);
	unlock(s);
	return good;
}

/* lock held */
static void fill_info(struct stage *s, struct stage_info *info)
{
	info->data_blocks = tree_blocks_bound(&s->tree);
	info->added = s->recorded != NULL;
	info->joliet_renamed = s->tree.renamed;
	memcpy(info->counts, s->tree.counts, sizeof(info->counts));
	info->generation = stage_generation(s);
}

/*
 * Measure some of what has changed, and tell how it is now. 1: there is more; 0: all is exact;
 * -EAGAIN: a large directory changed meanwhile.
 */
static int measure_some(struct stage *s, struct stage_info *info)
{
	struct recorded *under = NULL;
	struct snapshot snapshot;
	struct node *large = NULL;
	int r = 0;

	lock_read(s);
	if (s->tree.dirty) {
		unlock(s);
		lock_write(s);
		r = tree_measure_some(&s->tree, MEASURE_STEP);
	}
	if (r > 0 && tree_dir_names(&s->tree, s->tree.dirty) >= MEASURE_STEP) {
		large = s->tree.dirty;
		under = recorded_get(s->recorded); /* another disc may come meanwhile */
		snapshot_begin(&snapshot, &s->tree, &s->lock);
	}
	fill_info(s, info);
	unlock(s);
	if (large) {
		r = measure_aside(s, large, &snapshot) ? 1 : -EAGAIN;
		snapshot_end(&snapshot);
		recorded_put(under);
	}
	return r;
}

void stage_info(struct stage *s, struct stage_info *info)
{
	int tries = MEASURE_TRIES, r = 1;

	/* A large directory that goes on changing counts with its bound. */
	while (r > 0 || (r == -EAGAIN && --tries > 0))
		r = measure_some(s, info);
}

unsigned stage_excluded_names(struct stage *s, char (*names)[256], unsigned most)
{
	unsigned n;

	lock_read(s);
	n = tree_excluded_names(&s->tree, names, most);
	unlock(s);
	return n;
}

bool space_fits(struct stage *s)
{
	uint64_t most = data_capacity(s);

	return tree_blocks_bound(&s->tree) <= most || tree_blocks(&s->tree) <= most;
}
