/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The disc that is staged for: what it holds, what it takes, and how full it is. */
#include "stage/image.h"
#include "stage/priv.h"

#include <string.h>

int stage_tracks(struct stage *s, struct track_list *list)
{
	int r;

	lock_read(s);
	r = tracks_list(&s->tree, s->gap, list);
	for (unsigned i = 0; i < list->n; i++)
		if (list->files[i].sound.state == SOUND_UNJUDGED)
			list->files[i].checked = judge_has(s, list->files[i].node);
	unlock(s);
	return r;
}

unsigned stage_titles_replaced(struct stage *s, const struct settings *settings)
{
	struct track_list list;
	unsigned replaced = 0;
	struct cdtext *texts;

	lock_read(s);
	if (tracks_list(&s->tree, s->gap, &list) == 0) {
		texts = tracks_cdtext(&list, &s->titles, settings->album, settings->performer,
				      &replaced);
		free(texts);
		tracks_free(&list);
	}
	unlock(s);
	return replaced;
}

static uint64_t audio_sectors(struct stage *s)
{
	struct track_list list;
	uint64_t sectors;

	if (stage_tracks(s, &list) < 0)
		return 0;
	sectors = list.sectors;
	tracks_free(&list);
	return sectors;
}

uint64_t stage_disc(struct stage *s)
{
	uint64_t disc;

	lock_read(s);
	disc = recorded_disc(s->recorded);
	unlock(s);
	return disc;
}

struct recorded *stage_recorded(struct stage *s)
{
	return s->recorded;
}

void stage_set_medium(struct stage *s, uint64_t data_blocks, uint64_t audio_blocks,
		      struct recorded *recorded)
{
	struct recorded *old;

	lock_write(s);
	old = s->recorded;
	s->recorded = recorded_get(recorded);
	tree_lay_over(&s->tree, recorded ? &recorded->tree : NULL);
	s->medium[BRANCH_DATA] = data_blocks;
	if (s->medium[BRANCH_AUDIO] != audio_blocks) {
		s->medium[BRANCH_AUDIO] = audio_blocks;
		if (audio_reconsider(s))
			atomic_fetch_add(&s->generation, 1);
	}
	unlock(s);
	recorded_put(old);
}

/* Without a medium and without a capacity the disc ends where the stash's volume does. */
static uint64_t stash_free_blocks(struct stage *s)
{
	struct statvfs vfs;

	if (stash_statvfs(s->stash, &vfs) < 0)
		return 0;
	return (uint64_t)vfs.f_bavail * vfs.f_frsize / BLOCK_SIZE;
}

void stage_space(struct stage *s, enum branch branch, struct stage_space *space)
{
	bool sectors = branch == BRANCH_AUDIO;
	struct stage_image image;
	struct stage_info info;
	uint64_t most;
	bool volume_decides;

	if (branch == BRANCH_IMAGE) {
		stage_image(s, &image);
		sectors = image.block_size == SECTOR_SIZE;
	}
	lock_read(s);
	most = sectors ? audio_capacity(s) : data_capacity(s);
	volume_decides = !sectors && !s->capacity && s->medium[BRANCH_DATA] == BLOCKS_UNKNOWN;
	unlock(s);
	if (branch == BRANCH_AUDIO) {
		space->used = audio_sectors(s);
	} else if (branch == BRANCH_IMAGE) {
		space->used = image.blocks;
	} else {
		stage_info(s, &info);
		space->used = info.data_blocks;
	}
	space->block_size = sectors ? SECTOR_SIZE : BLOCK_SIZE;
	space->total = volume_decides ? space->used + stash_free_blocks(s) : most;
	if (space->total > most)
		space->total = most;
	space->free = space->total > space->used ? space->total - space->used : 0;
	/*
	 * Of a file system without a single block df(1) says nothing, and file managers refuse to
	 * look into it.
	 */
	if (space->total == 0)
		space->total = 1;
}
