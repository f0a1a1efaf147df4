/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage as a whole, from a stash to its end, and what layouts ask. What happens to names,
 * attributes and content is in the files beside this one.
 */
#include "stage/image.h"
#include "stage/priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* ---- the whole ---- */

static void init_locks(struct stage *s)
{
	pthread_rwlockattr_t fair;

	/* A rename, or the freeze of a burn, must get its turn however many others are at work. */
	pthread_rwlockattr_init(&fair);
	pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&s->gate, &fair);
	pthread_rwlock_init(&s->lock, &fair);
	pthread_rwlockattr_destroy(&fair);
	pthread_mutex_init(&s->attr_lock, NULL);
	pthread_mutex_init(&s->tops_lock, NULL);
	pthread_mutex_init(&s->image_lock, NULL);
	pthread_mutex_init(&s->handles_lock, NULL);
	cond_init(&s->handle_left);
	pthread_cond_init(&s->judge_work, NULL);
}

/* What an earlier mount left unjudged. */
static void judge_found(struct stage *s)
{
	struct stage_waiter waiter = { .interrupted = false };

	lock_read(s);
	audio_judge_all(s);
	unlock(s);
	stage_judged(s, NULL, &waiter, JUDGED_AT_LAST);
}

int stage_new(struct stage **out, struct stash *stash, const struct settings *settings,
	      struct events *events, uint64_t *found, struct err *err)
{
	struct stage *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	if (!s || tree_init(&s->tree, geteuid(), getegid()) < 0) {
		free(s);
		stash_close(stash, false);
		return err_set(err, ENOMEM, "not enough memory to start");
	}
	init_locks(s);
	s->medium[BRANCH_DATA] = s->medium[BRANCH_AUDIO] = BLOCKS_UNKNOWN;
	s->stash = stash;
	s->events = events;
	s->uid = geteuid();
	s->gid = getegid();
	s->generation = 1;
	s->judge = audio_judge_node;
	stage_apply(s, settings);
	r = stage_recover(s, found, err);
	if (r < 0) {
		stage_free(s);
		return r;
	}
	judge_found(s);
	stage_free_cleared_first(s);
	stash_sweep_behind(stash);
	*out = s;
	return 0;
}

void stage_free(struct stage *s)
{
	struct stash *stash = stage_release(s);

	if (stash)
		stash_close(stash, false);
}

struct stash *stage_release(struct stage *s)
{
	struct stash *stash;

	if (!s)
		return NULL;
	stash = s->stash;
	stash_sweep_end(stash);
	stash_sweep_first(stash, NULL, NULL);
	stage_end_judging(s);
	while (s->handles) /* the kernel releases nothing when a connection breaks */
		stage_close(s->handles);
	tree_fini(&s->tree);
	recorded_put(s->recorded);
	pthread_rwlock_destroy(&s->gate);
	pthread_rwlock_destroy(&s->lock);
	pthread_mutex_destroy(&s->attr_lock);
	pthread_mutex_destroy(&s->tops_lock);
	pthread_mutex_destroy(&s->image_lock);
	free(s->image);
	image_cd_put(s->image_cd);
	pthread_mutex_destroy(&s->handles_lock);
	pthread_cond_destroy(&s->handle_left);
	pthread_cond_destroy(&s->judge_work);
	free(s);
	return stash;
}

struct stash *stage_stash(struct stage *s)
{
	return s->stash;
}

void stage_apply(struct stage *s, const struct settings *settings)
{
	lock_write(s);
	atomic_fetch_add(&s->generation, 1);
	s->capacity = settings->capacity;
	s->gap = settings->gap;
	s->names_strict = settings->names_strict;
	if (tree_exclude(&s->tree, settings->exclude))
		changed(s, BRANCH_DATA);
	audio_reconsider(s);
	unlock(s);
}

struct node *stage_root(struct stage *s, enum branch branch)
{
	return s->tree.root[branch];
}

/* ---- for layouts ---- */

const struct tree *stage_tree_hold(struct stage *s)
{
	lock_read(s);
	return &s->tree;
}

const struct tree *stage_tree_snapshot(struct stage *s, struct snapshot *snapshot)
{
	lock_write(s);
	snapshot_begin(snapshot, &s->tree, &s->lock);
	return &s->tree;
}

void stage_tree_release(struct stage *s)
{
	unlock(s);
}

const struct titles *stage_disc_titles(struct stage *s)
{
	return &s->titles;
}

int stage_open_at(struct stage *s, const struct node *n, uint64_t generation)
{
	cleanup_path struct path path = { .heap = NULL };
	int r = -ESTALE;

	pthread_rwlock_rdlock(&s->gate);
	lock_read(s);
	if (stage_generation(s) == generation)
		r = path_of_node(&path, n);
	unlock(s);
	if (r == 0)
		r = stash_open_file(s->stash, path.text, O_RDONLY);
	gate_leave(s);
	return r;
}

void stage_path_at(struct stage *s, const struct node *n, uint64_t generation, char *buf,
		   size_t len)
{
	snprintf(buf, len, "?");
	lock_read(s);
	if (stage_generation(s) == generation)
		path_text(n, buf, len);
	unlock(s);
}
