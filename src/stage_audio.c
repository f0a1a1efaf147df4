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
	if (s->medium[BRANCH_AUDIO] != BLOCKS_UNKNOWN)
		return s->medium[BRANCH_AUDIO];
	return s->capacity ? s->capacity : CD80_SECTORS;
}

/* Whether the file of that path below the stash is meant as a track, with bare samples or without. */
static bool is_track(const struct path *path, bool bare)
{
	return strlen(path->text) > PATH_SKIP && audio_is_track(path->text + PATH_SKIP) &&
	       audio_is_bare(path->text + PATH_SKIP) == bare;
}

/* A path by which a file is such a track: any of its names will do. -ENOENT if none is. lock held */
static int track_path(struct path *path, const struct node *n, bool bare)
{
	for (const struct name *nm = n->names; nm; nm = nm->next_link) {
		int r = path_of_name(path, nm);

		if (r < 0 || is_track(path, bare))
			return r;
		path_free(path);
		path->heap = NULL;
	}
	return -ENOENT;
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

/* What a header tells by now. lock held for writing */
static void peek(struct node *n, int fd)
{
	cleanup_path struct path path = { .heap = NULL };

	if (track_path(&path, n, false) == 0)
		audio_peek(fd, path.text + PATH_SKIP, n->size, &n->track->sound[false]);
}

/* Whether the length of its samples is plain before it is closed. lock held */
static bool is_plain(const struct node *n)
{
	cleanup_path struct path path = { .heap = NULL };

	return n->track->sound[false].offset || track_path(&path, n, true) == 0;
}

/* lock held */
static bool is_some_track(const struct node *n)
{
	cleanup_path struct path by_content = { .heap = NULL }, bare = { .heap = NULL };

	return track_path(&by_content, n, false) == 0 || track_path(&bare, n, true) == 0;
}

bool audio_fits(struct stage *s, struct node *n, int fd)
{
	struct track_info *info = is_some_track(n) ? track_info(n) : NULL;
	struct sound before[2], *by_content;
	bool fits;

	if (!info)
		return true; /* it takes no room, or close(2) will tell */
	by_content = &info->sound[false];
	memcpy(before, info->sound, sizeof(before));
	/* A verdict on the old content says nothing of the new length; it stays if nothing changes. */
	for (int bare = 0; bare < 2; bare++)
		if (before[bare].state != SOUND_UNJUDGED)
			info->sound[bare] = (struct sound){ .state = SOUND_UNJUDGED };
	if (!by_content->offset && !by_content->decoded)
		peek(n, fd);
	fits = list_fits(s);
	if (!fits) {
		peek(n, fd); /* more may be known now */
		fits = list_fits(s) || !is_plain(n);
	}
	for (int bare = 0; bare < 2 && !fits; bare++)
		if (before[bare].state != SOUND_UNJUDGED)
			info->sound[bare] = before[bare];
	return fits;
}

void audio_unjudge(struct node *n)
{
	if (n->branch != BRANCH_AUDIO || !node_is_file(n) || !n->track)
		return;
	n->track->content++;
	for (int bare = 0; bare < 2; bare++)
		if (n->track->sound[bare].state != SOUND_UNJUDGED)
			n->track->sound[bare] = (struct sound){ .state = SOUND_UNJUDGED };
	n->track->tags = (struct sound_tags){ "" };
}

/* ---- verdicts ---- */

/* Judging one file, as bare samples or by its content. */
struct judging {
	struct node *node;
	bool bare;
	uint32_t content;           /* that it is about */
	struct path path;
	struct track_info fresh;
	struct err why;
};

/* Keep a verdict. lock held for writing */
static int verdict_keep(struct stage *s, struct judging *j)
{
	struct track_info *info = j->node->track;
	struct sound *sound = &info->sound[j->bare];

	*sound = j->fresh.sound[0];
	if (!j->bare)
		info->tags = j->fresh.tags;
	if (sound->state == SOUND_OK && !list_fits(s)) {
		sound->state = SOUND_NO_ROOM;
		err_set(&sound->why, ENOSPC, "it does not fit: the disc holds %llu sectors",
			(unsigned long long)audio_capacity(s));
	}
	j->why = sound->why;
	audio_reconsider(s); /* it may take less than was thought */
	return sound->state == SOUND_BAD || sound->state == SOUND_NO_ROOM ? -j->why.code : 0;
}

/*
 * Find out what there is to judge: 1; 0 if nothing, for it is no such track, empty, or known.
 * No lock held.
 */
static int judging_begin(struct stage *s, struct judging *j, struct node *n, bool bare)
{
	int r;

	*j = (struct judging){ .node = n, .bare = bare };
	lock_write(s);
	r = track_path(&j->path, n, bare);
	if (r == 0 && !track_info(n))
		r = -ENOMEM;
	if (r == 0) {
		j->content = n->track->content;
		r = n->size && n->track->sound[bare].state == SOUND_UNJUDGED;
	}
	unlock(s);
	return r == -ENOENT ? 0 : r;
}

/*
 * Judge what @fd has, which may decode all of it. Who changed it meanwhile judges it after that: then
 * nothing is kept. No lock held; an open handle or a lookup keeps the node.
 */
static int judging_end(struct stage *s, struct judging *j, int fd)
{
	struct stat st;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	audio_judge(fd, j->path.text + PATH_SKIP, (uint64_t)st.st_size, &j->fresh.sound[0], &j->fresh.tags);
	lock_write(s);
	if (j->node->track->content == j->content && j->node->names) {
		changed(s, BRANCH_AUDIO);
		r = verdict_keep(s, j);
	}
	unlock(s);
	return r;
}

static int judge_as(struct stage *s, struct node *n, bool bare, int (*open)(struct stage *, struct judging *))
{
	struct judging *j = calloc(1, sizeof(*j));
	cleanup_close int fd = -1;
	int r = j ? judging_begin(s, j, n, bare) : -ENOMEM;

	if (r > 0) {
		fd = r = open(s, j);
		if (r >= 0)
			r = judging_end(s, j, fd);
	}
	if (r < 0 && j && j->why.code)
		stage_refuse(s, j->why.code, "%s: %s", j->path.text, j->why.msg);
	if (j)
		path_free(&j->path);
	free(j);
	return r;
}

static int open_by_handle(struct stage *s, struct judging *j)
{
	int fd;

	lock_read(s);
	fd = j->node->file ? fcntl(j->node->file->fd, F_DUPFD_CLOEXEC, 0) : -1;
	unlock(s);
	return fd < 0 ? -EBADF : fd;
}

int audio_close(struct handle *h)
{
	int r = judge_as(h->stage, h->node, false, open_by_handle);
	int as_bare = judge_as(h->stage, h->node, true, open_by_handle);

	return r < 0 ? r : as_bare;
}

static int open_by_path(struct stage *s, struct judging *j)
{
	int fd;

	pthread_rwlock_rdlock(&s->gate);
	path_free(&j->path);
	j->path.heap = NULL;
	lock_read(s);
	fd = track_path(&j->path, j->node, j->bare);
	unlock(s);
	if (fd == 0)
		fd = stash_open_file(s->stash, j->path.text, O_RDONLY);
	gate_leave(s);
	return fd;
}

void audio_judging(struct stage *s, bool begin)
{
	pthread_mutex_lock(&s->handles_lock);
	s->judging += begin ? 1 : -1U;
	pthread_cond_broadcast(&s->handle_left);
	pthread_mutex_unlock(&s->handles_lock);
}

/* Whether somebody wrote to it who has not closed it: that will judge it. */
static bool will_be_closed(struct stage *s, const struct node *n)
{
	struct handle *h;

	pthread_mutex_lock(&s->handles_lock);
	for (h = s->handles; h && !(h->node == n && atomic_load(&h->wrote)); h = h->next)
		;
	pthread_mutex_unlock(&s->handles_lock);
	return h;
}

void audio_judge_node(struct stage *s, struct node *n)
{
	if (n->branch != BRANCH_AUDIO || !node_is_file(n) || will_be_closed(s, n))
		return;
	for (int bare = 0; bare < 2; bare++)
		judge_as(s, n, bare, open_by_path);
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

/* What the attributes of an object say, in the stash it was taken up from; mostly nothing. */
static bool read_titles(int fd, bool disc, struct titles *out)
{
	cleanup_free char *value = malloc(XATTR_SIZE_MAX);
	bool says = false;
	const char *name;
	struct err err;

	*out = TITLES_NONE;
	for (size_t i = 0; value && (name = titles_attribute(i)); i++) {
		ssize_t n = fgetxattr(fd, name, value, XATTR_SIZE_MAX);

		if (n >= 0 && titles_set(out, disc, name, value, (size_t)n, &err) > 0)
			says = true;
	}
	return says;
}

void audio_take_titles(struct stage *s, struct node *n, const char *path)
{
	cleanup_close int fd = -1;
	struct title_edit edit;

	if (n->branch != BRANCH_AUDIO || (!node_is_file(n) && n != s->tree.root[BRANCH_AUDIO]))
		return;
	fd = stash_open_file(s->stash, path, O_RDONLY);
	if (fd < 0)
		return;
	edit.says = read_titles(fd, node_is_dir(n), &edit.next);
	lock_write(s);
	audio_title_keep(s, n, &edit);
	unlock(s);
}

static bool any_has_no_room(const struct tree *t)
{
	for (uint32_t i = 0; i < t->ntracks; i++) {
		const struct name *nm = t->tracks[i];
		const struct track_info *info = nm->node->track;

		if (info && info->sound[audio_is_bare(nm->text)].state == SOUND_NO_ROOM)
			return true;
	}
	return false;
}

/* Of all names of the node that take it the same way: they share a verdict. */
static void list_mark(struct track_list *list, const struct track_file *as, enum sound_state state)
{
	for (unsigned i = 0; i < list->n; i++) {
		struct track_file *f = &list->files[i];

		if (f->node == as->node && audio_is_bare(f->path) == audio_is_bare(as->path))
			f->sound.state = state;
	}
}

bool audio_reconsider(struct stage *s)
{
	struct track_list list;
	bool changed = false;

	if (!any_has_no_room(&s->tree) || tracks_list(&s->tree, s->gap, &list) < 0)
		return false;
	for (unsigned i = 0; i < list.n; i++) {
		struct track_file *f = &list.files[i];

		if (f->sound.state != SOUND_NO_ROOM)
			continue;
		list_mark(&list, f, SOUND_OK);
		tracks_place(&list, s->gap);
		if (list.sectors > audio_capacity(s)) {
			list_mark(&list, f, SOUND_NO_ROOM);
			continue;
		}
		f->node->track->sound[audio_is_bare(f->path)].state = SOUND_OK;
		f->node->track->sound[audio_is_bare(f->path)].why = (struct err){ 0 };
		changed = true;
	}
	tracks_free(&list);
	return changed;
}

void audio_judge_all(struct stage *s)
{
	struct track_list list;
	int r;

	lock_read(s);
	r = tracks_list(&s->tree, s->gap, &list);
	for (unsigned i = 0; r == 0 && i < list.n; i++)
		node_ref(list.files[i].node);
	unlock(s);
	if (r < 0)
		return;
	for (unsigned i = 0; i < list.n; i++) {
		audio_judge_node(s, list.files[i].node);
		stage_forget(s, list.files[i].node, 1);
	}
	tracks_free(&list);
}
