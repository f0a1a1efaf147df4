/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Taking up a stash: its objects become nodes and names again. */
#include "stage/priv.h"

#include <stdio.h>
#include <string.h>

struct recovery {
	struct stage *stage;
	enum branch branch;
	uint64_t found;
	struct node **linked;   /* files with several names that were met, by inode number */
	size_t nlinked, cap;
};

/* The node of a hard-linked file that was met under another name. */
static struct node *linked_find(const struct recovery *r, uint64_t ino)
{
	for (size_t i = ino % (r->cap | 1); r->cap && r->linked[i % r->cap]; i++)
		if (r->linked[i % r->cap]->ino == ino)
			return r->linked[i % r->cap];
	return NULL;
}

static void linked_put(struct recovery *r, struct node *n)
{
	size_t i = n->ino % (r->cap | 1);

	while (r->linked[i % r->cap])
		i++;
	r->linked[i % r->cap] = n;
}

static int linked_add(struct recovery *r, struct node *n)
{
	if (2 * (r->nlinked + 1) > r->cap) {
		struct recovery grown = { .cap = r->cap ? 2 * r->cap : 64 };

		grown.linked = calloc(grown.cap, sizeof(struct node *));
		if (!grown.linked)
			return -ENOMEM;
		for (size_t i = 0; i < r->cap; i++)
			if (r->linked[i])
				linked_put(&grown, r->linked[i]);
		free(r->linked);
		r->linked = grown.linked;
		r->cap = grown.cap;
	}
	linked_put(r, n);
	r->nlinked++;
	return 0;
}

static void node_take_stat(struct stage *s, struct node *n, const char *path, const struct stat *st)
{
	struct stash_attr attr;

	n->ino = st->st_ino;
	n->pages = (uint32_t)((st->st_blocks + 7) / 8);
	n->uid = s->uid;
	n->gid = s->gid;
	n->mtime = st->st_mtim;
	n->atime = st->st_atim;
	n->ctime = st->st_ctim;
	n->flags |= NODE_XATTRS;
	stash_xattr_want(s->stash, st->st_ino);
	if (stash_attr_get(s->stash, path, st->st_ino, &attr) &&
	    (attr.mode & S_IFMT) == (n->mode & S_IFMT)) {
		n->mode = (uint16_t)attr.mode;
		n->uid = attr.uid;
		n->gid = attr.gid;
		n->flags |= NODE_ATTR_LOGGED;
	}
}

/*
 * The directory that @path, "data/a/b/name", is in; sets @name. Directories come before their
 * content.
 */
static struct node *recover_parent(struct stage *s, const char *path, const char **name)
{
	const char *slash = strchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : strlen(path);
	struct node *dir = NULL;
	char text[256];

	for (int b = 0; b < BRANCHES && !dir; b++)
		if (tree_path(s->tree.root[b], text, sizeof(text)) == len &&
		    !strncmp(text, path, len))
			dir = s->tree.root[b];
	while (dir && slash) {
		struct name *nm;

		path = slash + 1;
		slash = strchr(path, '/');
		*name = path;
		if (!slash)
			return dir;
		snprintf(text, sizeof(text), "%.*s", (int)(slash - path), path);
		nm = tree_find(&s->tree, dir, text);
		dir = nm && node_is_dir(nm->node) ? nm->node : NULL;
	}
	return NULL;
}

static int recover_one(void *data, const char *path, const struct stat *st, const char *target)
{
	struct recovery *r = data;
	struct stage *s = r->stage;
	bool shared = !S_ISDIR(st->st_mode) && st->st_nlink > 1;
	const char *name = NULL;
	struct node *dir = recover_parent(s, path, &name), *n;

	if (!dir || !utf8_valid(name, strlen(name))) {
		log_warning("ignoring %s/%s, which was not staged", stash_path(s->stash), path);
		s->left_alone[r->branch] = true;
		return 0;
	}
	n = shared ? linked_find(r, st->st_ino) : NULL;
	if (!n) {
		n = tree_node_new((enum branch)dir->branch, st->st_mode & (S_IFMT | 0777), target);
		if (!n)
			return -ENOMEM;
		node_take_stat(s, n, path, st);
		if (shared && linked_add(r, n) < 0)
			return -ENOMEM;
	}
	if (!tree_link(&s->tree, dir, name, n))
		return -ENOMEM;
	if (node_is_file(n))
		tree_resize(&s->tree, n, (uint64_t)st->st_size);
	audio_take_titles(s, n, path);
	r->found++;
	return 0;
}

int stage_recover(struct stage *s, uint64_t *found, struct err *err)
{
	struct recovery r = { .stage = s };
	int rc = 0;

	for (int b = 0; b < BRANCHES && rc == 0; b++) {
		char branch[16];
		struct stat st;

		tree_path(s->tree.root[b], branch, sizeof(branch));
		rc = stash_stat(s->stash, branch, &st);
		if (rc < 0)
			return err_set(err, -rc, "%s/%s: %s", stash_path(s->stash), branch,
				       strerror(-rc));
		s->tree.root[b]->mode = S_IFDIR | 0755;
		node_take_stat(s, s->tree.root[b], branch, &st);
		audio_take_titles(s, s->tree.root[b], branch);
		r.branch = (enum branch)b;
		rc = stash_walk(s->stash, branch, recover_one, &r, err);
	}
	if (rc == 0)
		stash_attr_settle(s->stash, s->tree.nnames + BRANCHES);
	free(r.linked);
	*found = r.found;
	return rc;
}
