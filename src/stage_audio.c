/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: sound. Files in audio/ are judged by their content when whoever wrote them closes them, when
 * they get another name, and when a stash is taken up again.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

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

struct track_info *track_info(struct node *n)
{
	if (!n->track)
		n->track = calloc(1, sizeof(*n->track));
	return n->track;
}

static bool grown_fits(struct stage *s, struct node *n, int fd)
{
	cleanup_path struct path path = { .heap = NULL };

	if (list_fits(s) || track_path(&path, n) < 0)
		return true;
	if (audio_is_bare(path.text))
		return false;
	/* The guess did not fit; the header says exactly. Without one, close(2) will tell. */
	audio_peek(fd, path.text + PATH_SKIP, n->size, &n->track->sound);
	return !n->track->sound.offset || list_fits(s);
}

bool audio_fits(struct stage *s, struct node *n, int fd)
{
	struct track_info *info = track_info(n);
	struct sound before;
	bool fits;

	if (!info)
		return true; /* close(2) will tell */
	before = info->sound;
	/* A verdict on the old content says nothing of the new length; it stays if nothing changes. */
	if (before.state != SOUND_UNJUDGED)
		info->sound = (struct sound){ .state = SOUND_UNJUDGED };
	fits = grown_fits(s, n, fd);
	if (!fits && before.state != SOUND_UNJUDGED)
		info->sound = before;
	return fits;
}

void audio_unjudge(struct node *n)
{
	if (n->branch != BRANCH_AUDIO || !node_is_file(n) || !n->track ||
	    n->track->sound.state == SOUND_UNJUDGED)
		return;
	n->track->sound = (struct sound){ .state = SOUND_UNJUDGED };
	n->track->tags = (struct sound_tags){ "" };
}

/* Keep a verdict. Fills @why of a bad one. lock held for writing */
static int verdict_keep(struct stage *s, struct node *n, const struct track_info *fresh, struct err *why)
{
	struct track_info *info = track_info(n);
	struct sound *sound;

	if (!info)
		return -ENOMEM;
	info->tags = fresh->tags;
	info->sound = fresh->sound;
	sound = &info->sound;
	if (sound->state == SOUND_OK && !list_fits(s)) {
		sound->state = SOUND_NO_ROOM;
		err_set(&sound->why, ENOSPC, "it does not fit: the disc holds %llu sectors",
			(unsigned long long)audio_capacity(s));
	}
	*why = sound->why;
	return sound->state == SOUND_BAD || sound->state == SOUND_NO_ROOM ? -why->code : 0;
}

/* Whether it still is a track by that path. lock held */
static bool is_named(const struct node *n, const struct path *path)
{
	cleanup_path struct path now = { .heap = NULL };

	return track_path(&now, n) == 0 && strcmp(now.text, path->text) == 0;
}

/*
 * May decode all of it. No lock; an open handle or the gate keeps the node. -EAGAIN when it was
 * renamed meanwhile.
 */
static int judge(struct stage *s, struct node *n, int fd, const struct path *path, struct err *why)
{
	struct track_info *fresh;
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return -errno;
	fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return -ENOMEM;
	audio_judge(fd, path->text + PATH_SKIP, (uint64_t)st.st_size, &fresh->sound, &fresh->tags);
	lock_change(s, BRANCH_AUDIO);
	r = is_named(n, path) ? verdict_keep(s, n, fresh, why) : -EAGAIN;
	unlock(s);
	free(fresh);
	return r;
}

static int close_as_named(struct handle *h)
{
	cleanup_path struct path path = { .heap = NULL };
	struct stage *s = h->stage;
	struct node *n = h->node;
	struct err why = { 0 };
	uint64_t size;
	int r;

	lock_read(s);
	r = track_path(&path, n);
	size = n->size;
	unlock(s);
	/* A shell closes a descriptor before anything was written: an empty file is no verdict yet. */
	if (r == 0 && size > 0)
		r = judge(s, n, handle_fd(h), &path, &why);
	if (why.code)
		stage_refuse(s, why.code, "%s: %s", path.text, why.msg);
	return r == -ENOENT ? 0 : r;
}

int audio_close(struct handle *h)
{
	int r;

	/* A rename leaves the judging of an open file to its closing: not that of its old name. */
	do
		r = close_as_named(h);
	while (r == -EAGAIN);
	return r;
}

/* ---- what it is called ---- */

int audio_title_check(struct stage *s, const struct node *n, const char *name, const void *value, size_t len,
		      struct title_edit *edit)
{
	bool disc = n == s->tree.root[BRANCH_AUDIO];
	struct err err = { 0 };
	int r;

	edit->says = false;
	if (n->branch != BRANCH_AUDIO || (!disc && !node_is_file(n)))
		return 0;
	lock_read(s);
	if (disc)
		edit->next = s->titles;
	else if (n->track)
		edit->next = n->track->titles;
	else
		edit->next = TITLES_NONE;
	unlock(s);
	r = titles_set(&edit->next, disc, name, value, len, &err);
	if (r < 0)
		return stage_refuse(s, err.code, "%s: %s", name, err.msg);
	edit->says = r > 0;
	return 0;
}

void audio_title_keep(struct stage *s, struct node *n, const struct title_edit *edit)
{
	if (!edit->says)
		return;
	if (n == s->tree.root[BRANCH_AUDIO])
		s->titles = edit->next;
	else if (track_info(n))
		n->track->titles = edit->next;
}

/* What the attributes of an object say, in the stash it was taken up from. */
static void read_titles(int fd, bool disc, struct titles *out)
{
	cleanup_free char *value = malloc(XATTR_SIZE_MAX);
	const char *name;
	struct err err;

	*out = TITLES_NONE;
	for (size_t i = 0; value && (name = titles_attribute(i)); i++) {
		ssize_t n = fgetxattr(fd, name, value, XATTR_SIZE_MAX);

		if (n >= 0)
			titles_set(out, disc, name, value, (size_t)n, &err);
	}
}

static void take_titles(struct stage *s, struct node *n, int fd)
{
	struct titles titles;

	if (!(n->flags & NODE_XATTRS))
		return;
	read_titles(fd, node_is_dir(n), &titles);
	lock_write(s);
	audio_title_keep(s, n, &(struct title_edit){ true, titles });
	unlock(s);
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
	if (r == 0 && n->track && audio_stands(&n->track->sound, path.text + PATH_SKIP))
		r = -EALREADY;
	else
		audio_unjudge(n);
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
		struct track_info *info = list.files[i].node->track;

		if (!info || info->sound.state != SOUND_NO_ROOM)
			continue;
		info->sound.state = SOUND_OK;
		if (!list_fits(s))
			info->sound.state = SOUND_NO_ROOM;
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

static void take_titles_of(struct stage *s, struct node *n, const char *path)
{
	cleanup_close int fd = stash_open_file(s->stash, path, O_RDONLY);

	if (fd >= 0)
		take_titles(s, n, fd);
}

void audio_recover(struct stage *s)
{
	struct track_list list;

	take_titles_of(s, s->tree.root[BRANCH_AUDIO], "audio");
	if (stage_tracks(s, &list) < 0)
		return;
	for (unsigned i = 0; i < list.n; i++) {
		cleanup_path struct path path = { .heap = NULL };

		if (path_of_node(&path, list.files[i].node) == 0)
			take_titles_of(s, list.files[i].node, path.text);
	}
	tracks_free(&list);
	audio_judge_all(s);
}
