/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of what changes while somebody reads a tree as it was. A directory's copy has its names at
 * the positions that they had, so a reader who is half through goes on in it.
 */
#include "tree/snapshot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

enum {
	STEP_NAMES = 512,         /* that are read under the lock at a time */
	BUCKETS_FIRST = 64,
	LIST_FIRST = 64,
};

/* ---- the copies ---- */

/* What a node was. */
struct snapshot_copy {
	const struct node *node;
	struct snapshot_copy *next;
	struct node_attr attr;
	struct name **slots;      /* of a directory */
	uint32_t nslots;
};

static size_t bucket_of(const struct node *n, size_t nbuckets)
{
	return (size_t)((uintptr_t)n / 16 * 0x9e3779b97f4a7c15u >> 32) & (nbuckets - 1);
}

static struct snapshot_copy *find_copy(const struct snapshot *s, const struct node *n)
{
	struct snapshot_copy *c = s->ncopies ? s->copies[bucket_of(n, s->nbuckets)] : NULL;

	while (c && c->node != n)
		c = c->next;
	return c;
}

static bool copies_grow(struct snapshot *s)
{
	size_t nbuckets = s->nbuckets ? s->nbuckets * 2 : BUCKETS_FIRST;
	struct snapshot_copy **fresh = calloc(nbuckets, sizeof(struct snapshot_copy *));

	if (!fresh)
		return s->nbuckets > 0; /* longer chains are slower, not wrong */
	for (size_t i = 0; i < s->nbuckets; i++) {
		for (struct snapshot_copy *c = s->copies[i], *next; c; c = next) {
			struct snapshot_copy **to = &fresh[bucket_of(c->node, nbuckets)];

			next = c->next;
			c->next = *to;
			*to = c;
		}
	}
	free(s->copies);
	s->copies = fresh;
	s->nbuckets = nbuckets;
	return true;
}

static void read_attr(const struct node *n, struct node_attr *out)
{
	*out = (struct node_attr){
		.size = n->size, .mtime = n->mtime, .atime = n->atime, .ctime = n->ctime,
		.uid = n->uid, .gid = n->gid, .mode = n->mode,
		.links = node_is_file(n) ? tree_links(n) : 1, .recorded = n->flags & NODE_RECORDED,
	};
}

static struct snapshot_copy *copy_of(const struct node *n)
{
	struct snapshot_copy *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->node = n;
	read_attr(n, &c->attr);
	if (!node_is_dir(n) || !n->dir->nslots)
		return c;
	c->nslots = n->dir->nslots;
	c->slots = malloc(c->nslots * sizeof(struct name *));
	if (!c->slots) {
		free(c);
		return NULL;
	}
	memcpy(c->slots, n->dir->slots, c->nslots * sizeof(struct name *));
	return c;
}

static void keep(struct snapshot *s, const struct node *n)
{
	struct snapshot_copy *c, **to;

	if (s->lost || find_copy(s, n))
		return;
	c = s->ncopies < s->nbuckets || copies_grow(s) ? copy_of(n) : NULL;
	if (!c) {
		s->lost = -ENOMEM;
		return;
	}
	to = &s->copies[bucket_of(n, s->nbuckets)];
	c->next = *to;
	*to = c;
	s->ncopies++;
}

void snapshots_keep(struct tree *t, const struct node *n)
{
	for (struct snapshot *s = t->snapshots; s && n->branch == BRANCH_DATA; s = s->next)
		keep(s, n);
}

void snapshots_lose(struct tree *t, int code)
{
	for (struct snapshot *s = t->snapshots; s; s = s->next)
		s->lost = s->lost ? s->lost : code;
}

static void free_copies(struct snapshot *s)
{
	for (size_t i = 0; i < s->nbuckets; i++) {
		for (struct snapshot_copy *c = s->copies[i], *next; c; c = next) {
			next = c->next;
			free(c->slots);
			free(c);
		}
	}
	free(s->copies);
}

/* ---- beginning and end ---- */

void snapshot_begin(struct snapshot *s, struct tree *t, pthread_rwlock_t *lock)
{
	*s = (struct snapshot){ .at = *t, .tree = t, .lock = lock, .next = t->snapshots };
	t->snapshots = s;
}

void snapshot_end(struct snapshot *s)
{
	struct tree_removed removed = { NULL, NULL };
	struct snapshot **p = &s->tree->snapshots;

	pthread_rwlock_wrlock(s->lock);
	while (*p != s)
		p = &(*p)->next;
	*p = s->next;
	if (!s->tree->snapshots) {
		removed = s->tree->removed;
		s->tree->removed = (struct tree_removed){ NULL, NULL };
	}
	pthread_rwlock_unlock(s->lock);
	tree_free_removed(&removed);
	free_copies(s);
}

/* ---- reading ---- */

static void lock(const struct snapshot *s)
{
	if (s->lock)
		pthread_rwlock_rdlock(s->lock);
}

static void unlock(const struct snapshot *s)
{
	if (s->lock)
		pthread_rwlock_unlock(s->lock);
}

int snapshot_lost(struct snapshot *s)
{
	int lost;

	lock(s);
	lost = s->lost;
	unlock(s);
	return lost;
}

void snapshot_attr(struct snapshot *s, const struct node *n, struct node_attr *out)
{
	const struct snapshot_copy *c;

	lock(s);
	c = find_copy(s, n);
	if (c)
		*out = c->attr;
	else
		read_attr(n, out);
	unlock(s);
}

bool snapshot_unchanged(const struct snapshot *s, const struct node *dir)
{
	return !s->lost && !find_copy(s, dir);
}

char *snapshot_path(struct snapshot *s, const struct node *n)
{
	size_t len;
	char *path;

	lock(s);
	len = tree_path(n, NULL, 0);
	path = calloc(1, len + 1);
	if (path)
		tree_path(n, path, len + 1);
	unlock(s);
	return path;
}

/* ---- lists ---- */

struct list {
	const struct name **v;
	size_t n, cap;
};

static bool list_room(struct list *l, size_t more)
{
	size_t cap = l->cap ? l->cap : LIST_FIRST;
	const struct name **v;

	while (cap < l->n + more)
		cap += cap / 2;
	if (cap == l->cap)
		return true;
	v = realloc(l->v, cap * sizeof(*v));
	if (!v)
		return false;
	l->v = v;
	l->cap = cap;
	return true;
}

/* Add the names of some slots, from *@at on. False behind the last. The tree's lock held */
static bool list_step(const struct snapshot *s, const struct node *dir, uint32_t *at,
		      struct list *l)
{
	const struct snapshot_copy *c = find_copy(s, dir);
	struct name *const *slots = c ? c->slots : dir->dir->slots;
	uint32_t nslots = c ? c->nslots : dir->dir->nslots, end = *at + STEP_NAMES;

	if (end > nslots)
		end = nslots;
	for (; *at < end; ++*at)
		if (slots[*at] && !slots[*at]->excluded)
			l->v[l->n++] = slots[*at];
	return *at < nslots;
}

/* The names in the directory itself, and what lies under it. */
static int list_own(struct snapshot *s, const struct node *dir, struct list *l,
		    const struct node **under)
{
	bool more = true;
	uint32_t at = 0;

	while (more) {
		int lost;

		if (!list_room(l, STEP_NAMES))
			return -ENOMEM;
		lock(s);
		lost = s->lost;
		*under = s->at.under ? dir->dir->under : NULL;
		more = !lost && list_step(s, dir, &at, l);
		unlock(s);
		if (lost)
			return lost;
	}
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp((*(const struct name *const *)a)->text,
		      (*(const struct name *const *)b)->text);
}

void snapshot_sort(const struct name **list, size_t n)
{
	qsort(list, n, sizeof(struct name *), compare_names);
}

size_t snapshot_find(const struct name *const *list, size_t n, const char *text)
{
	size_t from = 0, to = n;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (strcmp(list[mid]->text, text) < 0)
			from = mid + 1;
		else
			to = mid;
	}
	return from < n && strcmp(list[from]->text, text) == 0 ? from : n;
}

/*
 * Add the names that the disc has there and that no staged one stands for. What lies under does not
 * change.
 */
static int list_under(const struct node *under, struct list *l)
{
	size_t own = l->n;
	struct name *nm;

	snapshot_sort(l->v, own);
	for (uint32_t i = 0; (nm = dir_next(under, &i)); ) {
		if (snapshot_find(l->v, own, nm->text) < own)
			continue;
		if (!list_room(l, 1))
			return -ENOMEM;
		l->v[l->n++] = nm;
	}
	return 0;
}

int snapshot_list(struct snapshot *s, const struct node *dir, const struct name ***out, size_t *n)
{
	const struct node *under = NULL;
	struct list l = { NULL, 0, 0 };
	int r = list_own(s, dir, &l, &under);

	if (r == 0 && under)
		r = list_under(under, &l);
	if (r < 0) {
		free(l.v);
		l.v = NULL;
		l.n = 0;
	}
	*out = l.v;
	*n = l.n;
	return r;
}

/* ---- the size of a directory ---- */

struct size_entry tree_entry(const struct name *nm, const struct node_attr *attr)
{
	struct size_entry e = { .name = nm->text, .kind = SIZE_FILE };

	if (S_ISDIR(attr->mode)) {
		e.kind = SIZE_DIRECTORY;
	} else if (S_ISLNK(attr->mode)) {
		e.kind = SIZE_SYMLINK;
		e.target = nm->node->target;
	} else if (S_ISREG(attr->mode)) {
		e.size = attr->size;
	} else {
		e.kind = SIZE_FIFO;
	}
	return e;
}

int snapshot_measure(struct snapshot *s, const struct node *dir, struct size_dir *out)
{
	cleanup_free struct size_entry *entries = NULL;
	cleanup_free const struct name **names = NULL;
	struct size_dir brought = { 0 };
	size_t n;
	int r = snapshot_list(s, dir, &names, &n);

	if (r < 0)
		return r;
	entries = malloc((n + 1) * sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct node_attr attr;

		snapshot_attr(s, names[i]->node, &attr);
		entries[i] = tree_entry(names[i], &attr);
		/* A recorded directory that has no staged one over it comes with all below it. */
		if (S_ISDIR(attr.mode) && names[i]->parent != dir)
			size_dir_add(&brought, &names[i]->node->dir->below, 1);
	}
	r = size_dir(entries, n, dir == s->at.root[BRANCH_DATA], out);
	size_dir_add(out, &brought, 1);
	return r;
}
