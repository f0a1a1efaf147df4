/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a node: its attributes, those that are kept beside its object, and its time in
 * memory.
 */
#include "stage/priv.h"

#include <fcntl.h>
#include <stdlib.h>

enum { BLOCK_PREFERRED = 1024 * 1024 /* what copying programs read and write at once */ };

void node_stat(const struct node *n, struct stat *st)
{
	*st = (struct stat){
		.st_ino = n->ino,
		.st_mode = n->mode,
		.st_nlink = n->nlink,
		.st_uid = n->uid,
		.st_gid = n->gid,
		.st_size = (off_t)n->size,
		.st_blksize = BLOCK_PREFERRED,
		.st_blocks = (blkcnt_t)n->pages * 8,
		.st_atim = n->atime,
		.st_mtim = n->mtime,
		.st_ctim = n->ctime,
	};
}

bool attr_is_plain(const struct stage *s, const struct node *n)
{
	if (n->uid != s->uid || n->gid != s->gid)
		return false;
	return node_is_symlink(n) || stash_mode(n->mode) == (n->mode & 07777u);
}

int attr_keep(struct stage *s, struct node *n, const struct stash_id *id, bool always)
{
	struct stash_attr attr = { .id = *id, .mode = n->mode, .uid = n->uid, .gid = n->gid };
	int r;

	if (!always && !(n->flags & NODE_ATTR_LOGGED) && attr_is_plain(s, n)) {
		/* What had this number before may have left its record: forgetting can fail. */
		stash_attr_forget(s->stash, n->ino);
		return 0;
	}
	r = stash_attr_put(s->stash, &attr);
	if (r == 0)
		n->flags |= NODE_ATTR_LOGGED;
	return r;
}

void attr_forget(struct stage *s, struct node *n)
{
	if (n->flags & NODE_ATTR_LOGGED)
		stash_attr_forget(s->stash, n->ino);
	n->flags &= (uint8_t)~NODE_ATTR_LOGGED;
	stash_xattr_forget(s->stash, n->ino);
}

struct track_info *track_info(struct node *n)
{
	if (!n->track)
		n->track = calloc(1, sizeof(*n->track));
	return n->track;
}

void stage_forget(struct stage *s, struct node *n, uint64_t nlookup)
{
	lock_write(s);
	atomic_fetch_sub(&n->nlookup, nlookup);
	tree_node_drop(&s->tree, n);
	unlock(s);
}

static int open_for_both(struct stash *stash, const char *path, void *unused)
{
	(void)unused;
	/* Always: any handle's descriptor serves all of them. */
	return stash_open_file(stash, path, O_RDWR);
}

bool file_is_written(struct stage *s, const struct node *n)
{
	struct handle *h;

	pthread_mutex_lock(&s->handles_lock);
	for (h = s->handles; h && !(h->node == n && atomic_load(&h->wrote)); h = h->next)
		;
	pthread_mutex_unlock(&s->handles_lock);
	return h;
}

int open_stash(struct stage *s, const struct node *n)
{
	return with_path(s, n, open_for_both, NULL);
}
