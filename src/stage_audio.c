/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: sound. Files in audio/ are judged by their content when whoever wrote them closes them, when
 * they get another name, and when a stash is taken up again.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "stage_priv.h"
#include "tracks.h"

enum { PATH_SKIP = sizeof("audio/") - 1 };

uint64_t audio_capacity(const struct stage *s)
{
	return s->capacity ? s->capacity : CD80_SECTORS;
}

/* Whether the file of that path below the stash is meant as a track. */
static bool is_track(const struct path *path)
{
	return strlen(path->text) > PATH_SKIP && audio_is_track(path->text + PATH_SKIP);
}

/* The path by which a file is a track: any of its names will do. -ENOENT if none is. lock held */
static int track_path(struct path *path, const struct node *n)
{
	for (const struct name *nm = n->names; nm; nm = nm->next_link) {
		int r = path_of_name(path, nm);

		if (r < 0 || is_track(path))
			return r;
		path_free(path);
		path->heap = NULL;
	}
	return -ENOENT;
}

bool audio_names_track(const struct node *dir, const char *name)
{
	cleanup_path struct path path = { .heap = NULL };
	char full[512];

	if (path_of_node(&path, dir) < 0)
		return false;
	/* Only dots and the suffix count, and a path that is cut here is no canonical one. */
	snprintf(full, sizeof(full), "%s/%s", path.text, name);
	return audio_is_track(full + PATH_SKIP);
}

int audio_admit_name(struct stage *s, const struct node *dir, const char *name)
{
	return audio_names_track(dir, name) && tracks_count(&s->tree) >= TRACKS_MAX ? -ENOSPC : 0;
}

static bool list_fits(struct stage *s)
{
	struct track_list list;
	bool fits = tracks_list(&s->tree, s->gap, &list) == 0 && list.sectors <= audio_capacity(s);

	tracks_free(&list);
	return fits;
}

/* Where the samples of a file that is still being written begin, once its header is there. */
static struct sound *header_so_far(const struct path *path, int fd, uint64_t size)
{
	struct sound *sound = calloc(1, sizeof(*sound));

	if (!sound)
		return NULL;
	audio_judge(fd, path->text + PATH_SKIP, size, sound);
	if (!sound->offset) {
		free(sound);
		return NULL;
	}
	/* Samples that reach to the end, or shall reach beyond it, may become more. */
	if (sound->state != SOUND_OK || sound->offset + sound->bytes + 4 > size)
		sound->bytes = 0;
	sound->state = SOUND_UNJUDGED;
	return sound;
}

static bool grown_fits(struct stage *s, struct node *n, int fd)
{
	cleanup_path struct path path = { .heap = NULL };

	if (list_fits(s) || track_path(&path, n) < 0)
		return true;
	if (audio_is_bare(path.text))
		return false;
	/* The guess did not fit; the header says exactly. Without one, close(2) will tell. */
	free(n->sound);
	n->sound = header_so_far(&path, fd, n->size);
	return !n->sound || list_fits(s);
}

bool audio_fits(struct stage *s, struct node *n, int fd)
{
	struct sound *judged = NULL;
	bool fits;

	/* A verdict on the old content says nothing of the new length; it stays if nothing changes. */
	if (n->sound && n->sound->state != SOUND_UNJUDGED)
		judged = steal_pointer(&n->sound);
	fits = grown_fits(s, n, fd);
	if (judged && !fits) {
		free(n->sound);
		n->sound = judged;
	} else {
		free(judged);
	}
	return fits;
}

void audio_unjudge(struct node *n)
{
	if (n->branch != BRANCH_AUDIO || !node_is_file(n))
		return;
	if (n->sound && n->sound->state == SOUND_UNJUDGED)
		return;
	free(n->sound);
	n->sound = NULL;
}

/* Keep a verdict. Fills @why of a bad one. lock held for writing */
static int verdict_keep(struct stage *s, struct node *n, struct sound *sound, struct err *why)
{
	free(n->sound);
	n->sound = sound;
	if (sound->state == SOUND_OK && !list_fits(s)) {
		sound->state = SOUND_NO_ROOM;
		err_set(&sound->why, ENOSPC, "it does not fit: the disc holds %llu sectors",
			(unsigned long long)audio_capacity(s));
	}
	*why = sound->why;
	return sound->state == SOUND_BAD || sound->state == SOUND_NO_ROOM ? -why->code : 0;
}

/* gate held, no lock */
static int judge(struct stage *s, struct node *n, int fd, const struct path *path, struct err *why)
{
	struct sound *sound;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	sound = calloc(1, sizeof(*sound));
	if (!sound)
		return -ENOMEM;
	audio_judge(fd, path->text + PATH_SKIP, (uint64_t)st.st_size, sound);
	lock_change(s, BRANCH_AUDIO);
	r = verdict_keep(s, n, sound, why);
	unlock(s);
	return r;
}

int audio_close(struct handle *h)
{
	cleanup_path struct path path = { .heap = NULL };
	struct stage *s = h->stage;
	struct node *n = h->node;
	struct err why = { 0 };
	uint64_t size;
	int r;

	pthread_rwlock_rdlock(&s->gate);
	lock_read(s);
	r = track_path(&path, n);
	size = n->size;
	unlock(s);
	/* A shell closes a descriptor before anything was written: an empty file is no verdict yet. */
	if (r == 0 && size > 0)
		r = judge(s, n, handle_fd(h), &path, &why);
	gate_leave(s);
	if (why.code)
		stage_refuse(s, why.code, "%s: %s", path.text, why.msg);
	return r == -ENOENT ? 0 : r;
}

static bool being_written(struct stage *s, const struct node *n)
{
	struct handle *h;

	pthread_mutex_lock(&s->handles_lock);
	for (h = s->handles; h && !(h->writable && h->node == n); h = h->next)
		;
	pthread_mutex_unlock(&s->handles_lock);
	return h;
}

void audio_judge_node(struct stage *s, struct node *n)
{
	cleanup_path struct path path = { .heap = NULL };
	cleanup_close int fd = -1;
	struct err why = { 0 };
	int r;

	if (n->branch != BRANCH_AUDIO || !node_is_file(n) || being_written(s, n))
		return;
	lock_change(s, BRANCH_AUDIO);
	r = track_path(&path, n);
	free(n->sound);
	n->sound = NULL;
	unlock(s);
	if (r < 0 || n->size == 0)
		return;
	fd = stash_open_file(s->stash, path.text, O_RDONLY);
	if (fd >= 0)
		judge(s, n, fd, &path, &why);
}

void audio_reconsider(struct stage *s)
{
	struct track_list list;

	if (tracks_list(&s->tree, s->gap, &list) < 0)
		return;
	for (unsigned i = 0; i < list.n; i++) {
		struct sound *sound = list.files[i].node->sound;

		if (!sound || sound->state != SOUND_NO_ROOM)
			continue;
		sound->state = SOUND_OK;
		if (!list_fits(s))
			sound->state = SOUND_NO_ROOM;
	}
	tracks_free(&list);
}

/* gate held, no lock */
void audio_judge_all(struct stage *s)
{
	struct track_list list;

	/* The nodes stay, for nobody else is in the gate. */
	if (stage_tracks(s, &list) < 0)
		return;
	for (unsigned i = 0; i < list.n; i++)
		audio_judge_node(s, list.files[i].node);
	tracks_free(&list);
	/* Each was judged while those behind it still counted by their size. */
	lock_write(s);
	audio_reconsider(s);
	unlock(s);
}
