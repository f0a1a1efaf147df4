/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clearing a half of the stage: at once for who looks, bit by bit in memory and in the stash. */
#include "stage/priv.h"

#include <stdio.h>
#include <string.h>

enum { CLEAR_STEP = 512 }; /* names that are freed, or listed, under the lock at a time */

/*
 * Free some of what was cleared. Its stash objects are not deleted before, so their inode numbers,
 * by which attributes are forgotten, are no others' yet: attr_lock is not needed. Whether there is
 * more. No lock held
 */
static bool free_cleared(void *stage)
{
	struct stage *s = stage;
	bool more;

	lock_write(s);
	more = tree_free_cleared(&s->tree, CLEAR_STEP, node_last_name_gone, s);
	unlock(s);
	return more;
}

void stage_free_cleared_first(struct stage *s)
{
	stash_sweep_first(s->stash, free_cleared, s);
}

/* The names at the top, for the kernel to forget. gate held alone: they do not change */
static int list_top(struct stage *s, const struct node *root, struct text *out)
{
	struct name *nm = NULL;
	uint32_t i = 0;

	do {
		lock_read(s);
		for (unsigned n = 0; n < CLEAR_STEP && (nm = dir_next(root, &i)); n++)
			text_append(out, nm->text, (size_t)nm->len + 1);
		unlock(s);
	} while (nm);
	return out->failed ? -ENOMEM : 0;
}

/* attr_lock, and lock for writing, held */
static void take_out(struct stage *s, struct node *n)
{
	if (!n->names)
		return;
	while (n->names)
		tree_unlink(&s->tree, n->names);
	node_last_name_gone(s, n);
}

/* Files that are open, or being judged, still change: take them out one by one. The same locks */
static void take_out_busy(struct stage *s, enum branch branch)
{
	struct node *n;

	for (struct handle *h = s->handles; h; h = h->next)
		if (h->node->branch == branch)
			take_out(s, h->node);
	while (branch == BRANCH_AUDIO && (n = judge_staged(s)))
		take_out(s, n);
}

/*
 * Nothing of it is deleted before its nodes are freed. 1: some of it is, for the volume was full.
 * gate held alone
 */
static int clear_stash(struct stage *s, const char *path, struct stat *st, struct stash_id *id)
{
	int cleared, r;

	stash_sweep_end(s->stash);
	r = cleared = stash_clear(s->stash, path);
	if (r >= 0)
		r = stash_stat(s->stash, path, st);
	if (r == 0)
		r = stash_identify(s->stash, path, id);
	return r < 0 ? r : cleared;
}

/* gate held alone. The branch's names get to @cleared. */
static int clear_tree(struct stage *s, struct node *cleared, const struct stat *st,
		      const struct stash_id *id)
{
	enum branch branch = (enum branch)cleared->branch;
	struct node *root = s->tree.root[branch];
	int r;

	pthread_mutex_lock(&s->attr_lock);
	lock_change(s, branch);
	attr_forget(s, root);
	take_out_busy(s, branch);
	tree_clear(&s->tree, branch, cleared);
	s->left_alone[branch] = false;
	if (branch == BRANCH_AUDIO)
		s->titles = TITLES_NONE;
	root->ino = st->st_ino;
	root->mtime = st->st_mtim;
	root->ctime = st->st_ctim;
	r = attr_keep(s, root, id, true);
	unlock(s);
	pthread_mutex_unlock(&s->attr_lock);
	return r;
}

/* gate held alone. @gone gets the names that were at the top. */
static int clear_locked(struct stage *s, enum branch branch, struct text *gone)
{
	struct node *root = s->tree.root[branch], *cleared;
	struct stash_id id;
	char path[16];
	struct stat st;
	int early, r = list_top(s, root, gone);

	if (r < 0)
		return r;
	cleared = tree_node_new(branch, S_IFDIR, NULL);
	if (!cleared)
		return -ENOMEM;
	tree_path(root, path, sizeof(path));
	lock_change(s, branch);
	unlock(s);
	early = r = clear_stash(s, path, &st, &id);
	if (r >= 0) {
		r = clear_tree(s, cleared, &st, &id);
	} else {
		lock_write(s);
		tree_node_drop(&s->tree, cleared);
		unlock(s);
	}
	while (early > 0 && free_cleared(s))
		continue;
	stash_sweep_behind(s->stash);
	return r;
}

int stage_clear(struct stage *s, enum branch branch, const struct stage_patience *patience,
		struct err *err)
{
	cleanup_text struct text gone = { 0 };
	int r = gate_enter_unwritten(s, branch, patience, err);

	if (r < 0)
		return r;
	r = clear_locked(s, branch, &gone);
	gate_leave(s);
	for (size_t at = 0; at < gone.len && s->removed; at += strlen(gone.data + at) + 1)
		s->removed(s->removed_data, s->tree.root[branch], gone.data + at);
	if (r < 0)
		return err_set(err, -r, "cannot clear the stash %s: %s", stash_path(s->stash),
			       strerror(-r));
	/*
	 * Most often that is all: whoever looks next finds the volume as free as it is going to be.
	 */
	stash_sweep_wait(s->stash, 0.5);
	return 0;
}

void stage_observe_removals(struct stage *s, void (*removed)(void *, struct node *, const char *),
			    void *data)
{
	s->removed = removed;
	s->removed_data = data;
}
