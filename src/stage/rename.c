/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Renaming, which the tree and the stash do both or neither. */
#include "stage/priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* A rename: @from goes to @name in @dir; what was there goes away, or to where @from was. */
struct rename_op {
	struct node *from_dir, *to_dir;
	const char *from_name, *to_name;
	struct node *moved, *replaced;
	bool exchange;
	bool judging;              /* what has another name in audio/ is to be judged */
};

static int kinds_agree(const struct node *moved, const struct node *replaced)
{
	if (!node_is_dir(moved))
		return node_is_dir(replaced) ? -EISDIR : 0;
	if (!node_is_dir(replaced))
		return -ENOTDIR;
	return replaced->dir->nnames ? -ENOTEMPTY : 0;
}

/* Resolve and check a rename. 1: nothing to do. lock held */
static int rename_check(struct stage *s, struct rename_op *m, unsigned flags)
{
	struct name *from = tree_find(&s->tree, m->from_dir, m->from_name);
	struct name *to = tree_find(&s->tree, m->to_dir, m->to_name);

	if (!from || (m->exchange && !to) || tree_is_gone(m->to_dir))
		return -ENOENT;
	if (to && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	m->moved = from->node;
	m->replaced = to ? to->node : NULL;
	if (m->moved == m->replaced)
		return 1; /* POSIX: two names of one file stay as they are */
	if (node_is_dir(m->moved) && tree_is_below(m->to_dir, m->moved))
		return -EINVAL;
	if (m->exchange && node_is_dir(m->replaced) && tree_is_below(m->from_dir, m->replaced))
		return -EINVAL;
	return to && !m->exchange ? kinds_agree(m->moved, m->replaced) : 0;
}

/* Do it in the tree; @back undoes what was done before. 0 or -ENOMEM with nothing changed. */
static int rename_apply(struct stage *s, const struct rename_op *m, bool back)
{
	struct node *from_dir = back ? m->to_dir : m->from_dir,
		    *to_dir = back ? m->from_dir : m->to_dir;
	const char *from_name = back ? m->to_name : m->from_name;
	const char *to_name = back ? m->from_name : m->to_name;
	struct name *from = tree_find(&s->tree, from_dir, from_name);
	struct name *to = tree_find(&s->tree, to_dir, to_name);
	bool swap = m->replaced && (m->exchange || back);
	struct name *first = tree_link(&s->tree, to_dir, to_name, m->moved), *second = NULL;

	if (first && swap)
		second = tree_link(&s->tree, from_dir, from_name, m->replaced);
	if (!first || (swap && !second)) {
		if (first)
			tree_unlink(&s->tree, first);
		return -ENOMEM;
	}
	if (to)
		tree_unlink(&s->tree, to);
	tree_unlink(&s->tree, from);
	return 0;
}

/*
 * Do it in the tree if the disc holds it afterwards. A rename that makes the disc no larger is
 * always right, also on a disc that is too full already.
 */
static int rename_admit(struct stage *s, const struct rename_op *m)
{
	const uint64_t *directories = &s->tree.counts[BRANCH_DATA].directories;
	uint64_t before = *directories, tracks = s->tree.ntracks, after;
	int r = rename_apply(s, m, false);
	bool too_many = *directories >= DIRECTORIES_MAX && *directories > before;

	/* Names in folders that are hidden no more are tracks, too. */
	if (r == 0 && s->tree.ntracks > TRACKS_MAX && s->tree.ntracks > tracks)
		return rename_apply(s, m, true) < 0 ? 0 : -ENOSPC;
	if (r < 0 || m->to_dir->branch != BRANCH_DATA || (!too_many && space_fits(s)))
		return r;
	after = tree_blocks(&s->tree);
	if (rename_apply(s, m, true) < 0)
		return 0; /* cannot be taken back for want of memory: then it stands */
	if (too_many)
		return -EMLINK;
	if (after > tree_blocks(&s->tree))
		return -ENOSPC;
	return rename_apply(s, m, false);
}

static void rename_done(struct stage *s, struct rename_op *m)
{
	struct timespec now = time_now();

	tree_keep(&s->tree, m->moved);
	m->moved->ctime = now;
	if (m->replaced)
		node_left_by_name(s, m->replaced, &now);
	if (m->to_dir->branch != BRANCH_AUDIO)
		return;
	audio_reconsider(s);
	m->judging = (m->exchange || node_is_dir(m->moved) ? audio_judge_all(s) :
							     audio_judge_left(s, m->moved)) > 0;
}

static int rename_paths(struct stage *s, const struct rename_op *m, struct path *from,
			struct path *to)
{
	struct name *nm = tree_find(&s->tree, m->from_dir, m->from_name);
	char *text;
	size_t len;
	int r = nm ? path_of_name(from, nm) : -ENOENT;

	if (r == 0)
		r = path_of_node(to, m->to_dir);
	if (r < 0)
		return r;
	len = strlen(to->text) + 1 + strlen(m->to_name) + 1;
	text = malloc(len);
	if (!text)
		return -ENOMEM;
	snprintf(text, len, "%s/%s", to->text, m->to_name);
	path_free(to);
	to->text = to->heap = text;
	return 0;
}

/* gate held alone */
static int rename_locked(struct stage *s, struct rename_op *m, unsigned flags)
{
	cleanup_path struct path from = { .heap = NULL }, to = { .heap = NULL };
	int r;

	lock_write(s);
	r = rename_check(s, m, flags);
	if (r == 0)
		r = rename_paths(s, m, &from, &to);
	if (r == 0)
		r = rename_admit(s, m);
	if (r == 0)
		changed(s, m->to_dir->branch);
	unlock(s);
	if (r != 0)
		return r < 0 ? refuse_disc(s, (enum branch)m->to_dir->branch, r) : 0;
	pthread_mutex_lock(&s->attr_lock);
	r = stash_rename(s->stash, from.text, to.text, flags);
	lock_change(s, m->to_dir->branch);
	if (r == 0)
		rename_done(s, m);
	else if (rename_apply(s, m, true) < 0)
		log_error("not enough memory: %s and %s may be exchanged until the next mount",
			  from.text, to.text);
	unlock(s);
	pthread_mutex_unlock(&s->attr_lock);
	if (r == 0) {
		dir_take_times(s, m->from_dir, from.text);
		dir_take_times(s, m->to_dir, to.text);
	}
	return refuse_stash(s, r);
}

static mode_t mode_of(struct stage *s, const struct node *dir, const char *name)
{
	struct name *nm;
	mode_t mode;

	lock_read(s);
	nm = tree_find(&s->tree, dir, name);
	mode = nm ? nm->node->mode : S_IFREG;
	unlock(s);
	return mode;
}

int stage_rename(struct stage *s, struct node *dir, const char *name, struct node *newdir,
		 const char *newname, unsigned flags)
{
	struct rename_op m = {
		.from_dir = dir, .from_name = name, .to_dir = newdir, .to_name = newname,
		.exchange = flags & RENAME_EXCHANGE,
	};
	int r = name_check(s, newdir, newname, mode_of(s, dir, name));

	if (r < 0)
		return r;
	if (flags & ~(unsigned)(RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	if (dir->branch != newdir->branch)
		return -EXDEV;
	r = gate_enter_alone(s);
	if (r < 0)
		return r;
	r = rename_locked(s, &m, flags);
	gate_leave(s);
	return r == 0 ? m.judging : r;
}
