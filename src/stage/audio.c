/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: sound. Files in audio/ are judged by their content when whoever wrote them closes
 * them, when they get another name, and when a stash is taken up again: by the threads of
 * stage/judge.c.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "base/amount.h"
#include "stage/priv.h"
#include "tree/tracks.h"

enum { PATH_SKIP = sizeof("audio/") - 1 };

/*
 * A name by which a file is a track, with bare samples or without: any will do. NULL if none is.
 * lock held
 */
static const struct name *track_name(const struct node *n, bool bare)
{
	const struct name *nm = n->names;

	while (nm && !(nm->track && audio_is_bare(nm->text) == bare))
		nm = nm->next_link;
	return nm;
}

/* The path of such a name; -ENOENT if there is none. lock held */
static int track_path(struct path *path, const struct node *n, bool bare)
{
	const struct name *nm = track_name(n, bare);

	return nm ? path_of_name(path, nm) : -ENOENT;
}

static bool list_fits(struct stage *s)
{
	struct track_list list;
	bool fits = tracks_list(&s->tree, s->gap, &list) == 0 && list.sectors <= audio_capacity(s);

	tracks_free(&list);
	return fits;
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
	return n->track->sound[false].offset || track_name(n, true);
}

/* lock held */
static bool is_some_track(const struct node *n)
{
	return track_name(n, false) || track_name(n, true);
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
	/*
	 * A verdict on the old content says nothing of the new length; it stays if nothing changes.
	 */
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

void audio_unjudge(struct stage *s, struct node *n)
{
	if (n->branch != BRANCH_AUDIO || !node_is_file(n) || !n->track)
		return;
	judge_abandon(s, n);
	n->track->content++;
	n->track->failed = 0;
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
		err_set(&sound->why, ENOSPC, "it does not fit: the disc holds %s of sound",
			amount_of_disc(FORMAT_AUDIO, audio_capacity(s)).text);
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

/* What @j is about, opened; or -errno. No lock held */
static int judging_open(struct stage *s, struct judging *j)
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

/*
 * Judge what @fd has, which may decode all of it. Who changed it meanwhile has it judged after
 * that: then nothing is kept. No lock held; a lookup keeps the node.
 */
static int judging_end(struct stage *s, struct judging *j, int fd,
		       const struct judgement *judgement)
{
	struct stat st;
	int r = 0;

	if (fstat(fd, &st) < 0)
		return -errno;
	audio_judge(fd, j->path.text + PATH_SKIP, (uint64_t)st.st_size, &j->fresh.sound[0],
		    &j->fresh.tags);
	lock_write(s);
	if (j->node->track->content == j->content && j->node->names && judge_wanted(s, judgement)) {
		changed(s, BRANCH_AUDIO);
		r = verdict_keep(s, j);
	}
	unlock(s);
	return r;
}

static int judging_run(struct stage *s, struct judging *j, struct judgement *judgement)
{
	cleanup_close int fd = judging_open(s, j);
	int r = fd < 0 ? fd : 0;

	if (r == 0 && judge_reads(s, judgement, fd))
		r = judging_end(s, j, fd, judgement);
	judge_reads(s, judgement, -1);
	return r;
}

static void judge_as(struct stage *s, struct node *n, bool bare, struct judgement *judgement)
{
	struct judging *j = calloc(1, sizeof(*j));
	int r = j ? judging_begin(s, j, n, bare) : -ENOMEM;

	if (r > 0)
		r = judging_run(s, j, judgement);
	if (r < 0 && j && j->why.code) {
		stage_refuse(s, j->why.code, "%s: %s", j->path.text, j->why.msg);
	} else if (r < 0 && r != -ENOENT) {
		lock_write(s);
		if (track_info(n))
			n->track->failed = -r;
		unlock(s);
	}
	if (j)
		path_free(&j->path);
	free(j);
}

void audio_judge_node(struct stage *s, struct node *n, struct judgement *judgement)
{
	for (int bare = 0; bare < 2; bare++)
		judge_as(s, n, bare, judgement);
}

static const struct sound *sound_as(const struct node *n, bool bare)
{
	return track_name(n, bare) && n->track ? &n->track->sound[bare] : NULL;
}

/*
 * What the last judging came to: 0, -EINVAL or -ENOSPC with the track marked, or why it could not
 * be judged.
 */
static int audio_verdict(struct stage *s, struct node *n)
{
	int r = 0;

	lock_read(s);
	for (int bare = 0; bare < 2 && r == 0; bare++) {
		const struct sound *sound = sound_as(n, bare);

		if (sound && (sound->state == SOUND_BAD || sound->state == SOUND_NO_ROOM))
			r = -sound->why.code;
		else if (sound && sound->state == SOUND_UNJUDGED)
			r = -n->track->failed;
	}
	unlock(s);
	return r;
}

int stage_judged(struct stage *s, struct node *n, struct stage_waiter *w, double patience)
{
	int r = judge_await(s, n, w, patience);

	return r == 0 && n ? audio_verdict(s, n) : r;
}

/* ---- what is to be judged ---- */

int audio_judge_written(struct stage *s, struct node *n)
{
	if (n->branch != BRANCH_AUDIO || !node_is_file(n) || !n->size)
		return 0;
	for (int bare = 0; bare < 2; bare++) {
		const struct sound *sound = sound_as(n, bare);

		if (track_name(n, bare) && (!sound || sound->state == SOUND_UNJUDGED))
			return judge_later(s, n);
	}
	return 0;
}

int audio_judge_left(struct stage *s, struct node *n)
{
	/* What is still written to is judged when it is closed. */
	return file_is_written(s, n) ? 0 : audio_judge_written(s, n);
}

int audio_judge_all(struct stage *s)
{
	int any = 0;

	for (uint32_t i = 0; i < s->tree.ntracks; i++)
		if (audio_judge_left(s, s->tree.tracks[i]->node) > 0)
			any = 1;
	return any;
}

/* ---- when there is room again ---- */

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
