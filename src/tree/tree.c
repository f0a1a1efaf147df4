/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nodes and names in memory: one hash table over (directory, name), and per directory a list in order
 * of creation, in which the places of readers have numbers (cookies). The sums behind the size of the data disc
 * are kept here as names come and go; the model itself is tree/size.c's.
 */
#include "tree/tree.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "base/util.h"
#include "sound/audio.h"
#include "tree/snapshot.h"

enum { BUCKETS_FIRST = 1024, SLOTS_FIRST = 8, TRACKS_FIRST = 128 };

static const char *const branch_names[BRANCHES] = {
	[BRANCH_DATA] = "data",
	[BRANCH_AUDIO] = "audio",
};

/* ---- the hash table ---- */

static uint32_t hash_name(const struct tree *t, const struct node *dir, const char *text, size_t len)
{
	uint64_t h = t->seed ^ (uintptr_t)dir;

	for (size_t i = 0; i < len; i++)
		h = (h ^ (unsigned char)text[i]) * 0x9fb21c651e98df25u;
	h ^= h >> 32;
	return (uint32_t)(h * 0xd6e8feb86659fd93u >> 32);
}

static void buckets_grow(struct tree *t)
{
	size_t n = t->nbuckets * 2;
	struct name **fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return; /* longer chains are slower, not wrong */
	for (size_t i = 0; i < t->nbuckets; i++) {
		for (struct name *nm = t->buckets[i], *next; nm; nm = next) {
			next = nm->hash_next;
			nm->hash_next = fresh[nm->hash & (n - 1)];
			fresh[nm->hash & (n - 1)] = nm;
		}
	}
	free(t->buckets);
	t->buckets = fresh;
	t->nbuckets = n;
}

static void hash_insert(struct tree *t, struct name *nm)
{
	struct name **bucket;

	if (t->nnames >= t->nbuckets)
		buckets_grow(t);
	bucket = &t->buckets[nm->hash & (t->nbuckets - 1)];
	nm->hash_next = *bucket;
	*bucket = nm;
	t->nnames++;
}

static void hash_remove(struct tree *t, struct name *nm)
{
	struct name **p = &t->buckets[nm->hash & (t->nbuckets - 1)];

	while (*p != nm)
		p = &(*p)->hash_next;
	*p = nm->hash_next;
	t->nnames--;
}

struct name *tree_find(const struct tree *t, const struct node *dir, const char *text)
{
	size_t len = strlen(text);
	uint32_t hash = hash_name(t, dir, text, len);
	struct name *nm = t->buckets[hash & (t->nbuckets - 1)];

	while (nm && !(nm->hash == hash && nm->parent == dir && nm->len == len &&
		       memcmp(nm->text, text, len) == 0))
		nm = nm->hash_next;
	return nm;
}

/* ---- a directory's list ---- */

uint64_t dir_cookie(const struct node *dir, uint32_t i)
{
	const struct dir *d = dir->dir;

	return d->cookies && i ? d->cookies[i - 1] + 1 : i;
}

uint32_t dir_index(const struct node *dir, uint64_t cookie)
{
	const struct dir *d = dir->dir;
	uint32_t from = 0, to = d->nslots;

	if (!d->cookies)
		return cookie < to ? (uint32_t)cookie : to;
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;

		if (d->cookies[middle] < cookie)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

/* Make room for @cap slots, or give room back. */
static bool slots_resize(struct dir *d, uint32_t cap)
{
	struct name **slots;
	uint64_t *cookies;

	if (cap < d->cap)
		d->cap = cap; /* also if only one of the two gets smaller */
	if (d->cookies) {
		cookies = reallocarray(d->cookies, cap, sizeof(*cookies));
		if (!cookies)
			return false;
		d->cookies = cookies;
	}
	slots = reallocarray(d->slots, cap, sizeof(*slots));
	if (!slots)
		return false;
	d->slots = slots;
	d->cap = cap;
	return true;
}

/* Before slots move: readers keep their places by cookies of their own, without readers a slot's number will do. */
static bool cookies_hold(struct dir *d)
{
	if (!d->nopen) {
		free(d->cookies);
		d->cookies = NULL;
	} else if (!d->cookies) {
		d->cookies = reallocarray(NULL, d->cap, sizeof(*d->cookies));
		for (uint32_t i = 0; d->cookies && i < d->nslots; i++)
			d->cookies[i] = i;
		return d->cookies;
	}
	return true;
}

/* Close the gaps once half of the slots are gaps. */
static void slots_compact(struct dir *d)
{
	uint32_t to = 0;

	if (d->nslots < 2 * SLOTS_FIRST || d->nnames > d->nslots / 2 || !cookies_hold(d))
		return;
	for (uint32_t i = 0; i < d->nslots; i++) {
		if (!d->slots[i])
			continue;
		d->slots[i]->slot = to;
		if (d->cookies)
			d->cookies[to] = d->cookies[i];
		d->slots[to++] = d->slots[i];
	}
	d->nslots = to;
	if (to < d->cap / 4)
		slots_resize(d, to > SLOTS_FIRST ? to : SLOTS_FIRST);
}

static bool slots_append(struct dir *d, struct name *nm)
{
	if (d->nslots == d->cap && !slots_resize(d, d->cap ? d->cap + d->cap / 2 : SLOTS_FIRST))
		return false;
	if (d->cookies)
		d->cookies[d->nslots] = d->nslots ? d->cookies[d->nslots - 1] + 1 : 0;
	nm->slot = d->nslots;
	d->slots[d->nslots++] = nm;
	d->nnames++;
	return true;
}

static void slots_remove(struct dir *d, struct name *nm)
{
	d->slots[nm->slot] = NULL;
	d->nnames--;
	slots_compact(d);
	while (d->nslots && !d->slots[d->nslots - 1])
		d->nslots--;
}

struct name *dir_next(const struct node *dir, uint32_t *i)
{
	const struct dir *d = dir->dir;

	while (*i < d->nslots) {
		struct name *nm = d->slots[(*i)++];

		if (nm)
			return nm;
	}
	return NULL;
}

/* ---- what lies under ---- */

static const struct node *dir_under(const struct tree *t, const struct node *dir)
{
	return t->under ? dir->dir->under : NULL;
}

uint64_t tree_names_most(const struct tree *t)
{
	const struct tree_counts *own = &t->counts[BRANCH_DATA];
	uint64_t most = own->files + own->directories;

	return t->under ? most + tree_names_most(t->under) : most;
}

/* ---- the size of the data disc ---- */

static void totals_add(struct size_totals *t, const struct size_dir *d, int sign)
{
	t->iso_blocks += (uint64_t)sign * d->iso_blocks;
	t->joliet_blocks += (uint64_t)sign * d->joliet_blocks;
	t->path_bytes += (uint64_t)sign * d->path_bytes;
	t->joliet_path_bytes += (uint64_t)sign * d->joliet_path_bytes;
}

static void content_add(struct tree *t, const struct node *n, int sign)
{
	uint64_t blocks = size_content(n->size);

	t->counts[n->branch].bytes += (uint64_t)sign * n->size;
	if (n->branch != BRANCH_DATA)
		return;
	if (n->size < SIZE_ALIGN_MIN) {
		t->clean.small_blocks += (uint64_t)sign * blocks;
	} else {
		t->clean.large_blocks += (uint64_t)sign * blocks;
		t->clean.large_files += (uint64_t)sign;
	}
}

static bool is_root(const struct node *n)
{
	return n->flags & NODE_ROOT;
}

/* Take what a directory takes out of the totals; it is on no list then. */
static void size_take_out(struct tree *t, struct node *dir)
{
	struct dir *d = dir->dir;

	if (!d->dirty) {
		totals_add(&t->clean, &d->size, -1);
		t->renamed -= d->size.joliet_renamed;
		return;
	}
	totals_add(&t->bound, &d->size, -1);
	if (d->dirty_prev)
		d->dirty_prev->dir->dirty_next = d->dirty_next;
	else
		t->dirty = d->dirty_next;
	if (d->dirty_next)
		d->dirty_next->dir->dirty_prev = d->dirty_prev;
	d->dirty_prev = d->dirty_next = NULL;
	d->dirty = false;
}

/* What lies under is counted as if nothing of it were replaced. */
static void size_bound_both(const struct tree *t, const struct node *dir, struct size_dir *out)
{
	const struct node *under = dir_under(t, dir);
	struct size_bound both = dir->dir->bound;

	if (under)
		size_bound_join(&both, &under->dir->bound);
	size_bound_dir(&both, is_root(dir), out);
	if (under) {
		size_dir_add(out, &under->dir->below, 1);
		size_dir_add(out, &under->dir->size, -1);
	}
}

/* Put it in again by its bound. */
static void size_put_dirty(struct tree *t, struct node *dir)
{
	struct dir *d = dir->dir;

	size_bound_both(t, dir, &d->size);
	totals_add(&t->bound, &d->size, 1);
	d->dirty = true;
	d->dirty_prev = NULL;
	d->dirty_next = t->dirty;
	if (t->dirty)
		t->dirty->dir->dirty_prev = dir;
	t->dirty = dir;
}

static void size_change(struct tree *t, const struct name *nm,
			void (*change)(struct size_bound *, const struct size_entry *))
{
	const struct node_attr attr = { .size = nm->node->size, .mode = nm->node->mode };
	struct size_entry e = tree_entry(nm, &attr);

	if (nm->parent->branch != BRANCH_DATA || name_is_off(nm))
		return;
	size_take_out(t, nm->parent);
	change(&nm->parent->dir->bound, &e);
	size_put_dirty(t, nm->parent);
}

bool tree_is_empty(const struct tree *t)
{
	const struct tree_counts *c = &t->counts[BRANCH_DATA];

	return c->files + c->directories == 0;
}

uint64_t tree_blocks_bound(const struct tree *t)
{
	struct size_totals sum = t->clean;

	if (tree_is_empty(t))
		return 0;
	sum.iso_blocks += t->bound.iso_blocks;
	sum.joliet_blocks += t->bound.joliet_blocks;
	sum.path_bytes += t->bound.path_bytes;
	sum.joliet_path_bytes += t->bound.joliet_path_bytes;
	return size_image(&sum);
}

size_t tree_dir_names(const struct tree *t, const struct node *dir)
{
	const struct node *under = dir_under(t, dir);

	return (size_t)dir->dir->nnames + (under ? under->dir->nnames : 0);
}

void tree_measured(struct tree *t, struct node *dir, const struct size_dir *exact)
{
	size_take_out(t, dir);
	dir->dir->size = *exact;
	totals_add(&t->clean, exact, 1);
	t->renamed += exact->joliet_renamed;
}

int tree_measure_some(struct tree *t, size_t names)
{
	struct snapshot still = SNAPSHOT_STILL(*t);
	struct size_dir exact;

	while (t->dirty) {
		struct node *dir = t->dirty;
		size_t n = tree_dir_names(t, dir) + 1;
		int r = n <= names ? snapshot_measure(&still, dir, &exact) : 1;

		if (r != 0)
			return r;
		tree_measured(t, dir, &exact);
		names -= n;
	}
	return 0;
}

uint64_t tree_blocks(struct tree *t)
{
	tree_measure_some(t, SIZE_MAX);
	return tree_blocks_bound(t);
}

/* ---- a tree over another ---- */

static void add_below(struct node *dir)
{
	struct dir *d = dir->dir;
	struct name *nm;
	uint32_t i = 0;

	dir->flags |= NODE_RECORDED;
	d->below = d->size;
	while ((nm = dir_next(dir, &i))) {
		nm->node->flags |= NODE_RECORDED;
		if (!node_is_dir(nm->node))
			continue;
		add_below(nm->node);
		size_dir_add(&d->below, &nm->node->dir->below, 1);
	}
}

int tree_settle(struct tree *t)
{
	tree_blocks(t);
	if (t->dirty)
		return -ENOMEM;
	add_below(t->root[BRANCH_DATA]);
	return 0;
}

/* The next directory after @dir in the tree from @top on, parents first; or NULL. */
static struct node *next_dir(struct node *dir, const struct node *top)
{
	uint32_t i = 0;

	for (;;) {
		struct name *nm;

		while ((nm = dir_next(dir, &i)))
			if (node_is_dir(nm->node))
				return nm->node;
		if (dir == top)
			return NULL;
		i = dir->names->slot + 1;
		dir = dir->names->parent;
	}
}

static const struct node *find_under(const struct tree *t, const struct node *dir)
{
	const struct node *above = dir->names ? dir_under(t, dir->names->parent) : NULL;
	const struct name *nm;

	if (is_root(dir))
		return t->under ? t->under->root[BRANCH_DATA] : NULL;
	nm = above ? tree_find(t->under, above, dir->names->text) : NULL;
	return nm && node_is_dir(nm->node) ? nm->node : NULL;
}

/* ---- what is on the disc, and what is kept off it ---- */

uint32_t tree_links(const struct node *n)
{
	uint32_t links = 0;

	if (node_is_dir(n))
		return !n->dir->off;
	if (node_is_file(n))
		return n->branch == BRANCH_DATA ? n->links : n->nlink;
	for (const struct name *nm = n->names; nm; nm = nm->next_link)
		links += !name_is_off(nm);
	return links;
}

/* There is one name more, or one less; its node's nlink says so already. */
static void name_count(struct tree *t, const struct name *nm, int sign)
{
	struct node *n = nm->node;
	struct tree_counts *c = &t->counts[n->branch];

	if (name_is_off(nm)) {
		c->excluded += (uint64_t)sign;
		return;
	}
	if (node_is_dir(n))
		c->directories += (uint64_t)sign;
	else
		c->files += (uint64_t)sign;
	if (nm->len > LINUX_NAME_MAX)
		c->linux_shortened += (uint64_t)sign;
	size_change(t, nm, sign > 0 ? size_bound_add : size_bound_remove);
	if (!node_is_file(n))
		return;
	tree_keep(t, n);
	if (n->branch == BRANCH_DATA)
		n->links += (uint32_t)sign;
	/* With its first name there the content comes onto the disc, with the last it leaves it. */
	if (tree_links(n) == (sign > 0))
		content_add(t, n, sign);
}

static void names_count(struct tree *t, const struct node *dir, int sign)
{
	struct name *nm;

	for (uint32_t i = 0; (nm = dir_next(dir, &i)); )
		name_count(t, nm, sign);
}

/* Whether a directory is kept off the disc where it is now, or is nowhere. */
static bool dir_is_off(const struct node *dir)
{
	return !is_root(dir) && (!dir->names || name_is_off(dir->names));
}

/* ---- what is a track ---- */

/* Make room for one more, so that no change of what is hidden needs memory. */
static bool tracks_reserve(struct tree *t)
{
	uint32_t cap = t->tracks_cap ? 2 * t->tracks_cap : TRACKS_FIRST;
	struct name **fresh;

	if (t->nsounds < t->tracks_cap)
		return true;
	fresh = realloc(t->tracks, cap * sizeof(struct name *));
	if (!fresh)
		return false;
	t->tracks = fresh;
	t->tracks_cap = cap;
	return true;
}

/* Whether a name is a track has been decided, perhaps anew. */
static void name_be_track(struct tree *t, struct name *nm, bool track)
{
	uint32_t i = t->ntracks;

	if (track == nm->track)
		return;
	nm->track = track;
	if (track) {
		t->tracks[t->ntracks++] = nm;
		return;
	}
	while (t->tracks[--i] != nm)
		;
	t->tracks[i] = t->tracks[--t->ntracks];
}

static bool dir_is_hidden(const struct node *dir)
{
	const struct name *nm = dir->names;

	return !is_root(dir) && (!nm || nm->text[0] == '.' || nm->parent->dir->hidden);
}

/* A directory in audio/ has another place. Those above it are settled. */
static void dir_settle_tracks(struct tree *t, struct node *dir)
{
	bool hidden = dir_is_hidden(dir);
	struct name *nm;

	if (hidden == dir->dir->hidden)
		return;
	dir->dir->hidden = hidden;
	for (uint32_t i = 0; (nm = dir_next(dir, &i)); )
		name_be_track(t, nm, nm->sound && !hidden);
}

/* A directory has another place, or there is another tree under it. Those above it are settled. */
static void dir_settle(struct tree *t, struct node *dir)
{
	struct dir *d = dir->dir;
	bool off = dir_is_off(dir), turns = off != d->off;

	tree_keep(t, dir);
	if (dir->branch != BRANCH_DATA) {
		d->off = off;
		dir_settle_tracks(t, dir);
		return;
	}
	if (turns)
		names_count(t, dir, -1);
	if (!d->off)
		size_take_out(t, dir);
	d->off = off;
	d->under = find_under(t, dir);
	if (!d->off)
		size_put_dirty(t, dir);
	if (turns)
		names_count(t, dir, 1);
}

/* The directory @top has got a name, or lost one: settle it, and all below it whose place that changes. */
static void dir_moved(struct tree *t, struct node *top)
{
	bool off = dir_is_off(top), lies_over = t->under && top->branch == BRANCH_DATA;
	bool turns = off != top->dir->off ||
		     (top->branch == BRANCH_AUDIO && dir_is_hidden(top) != top->dir->hidden);

	if (!turns && (off || !lies_over))
		return;
	for (struct node *dir = top; dir; dir = next_dir(dir, top))
		dir_settle(t, dir);
}

void tree_lay_over(struct tree *t, const struct tree *under)
{
	struct node *root = t->root[BRANCH_DATA];

	if (t->under == under)
		return;
	snapshots_lose(t, -ESTALE);
	t->under = under;
	for (struct node *dir = root; dir; dir = next_dir(dir, root))
		dir_settle(t, dir);
}

/* Compare a name with the list. Whether that brought it onto the disc, or took it away. */
static bool name_judge(struct tree *t, struct name *nm)
{
	bool excluded = exclude_matches(&t->exclude, nm->text);

	if (excluded == nm->excluded)
		return false;
	name_count(t, nm, -1);
	nm->excluded = excluded;
	name_count(t, nm, 1);
	return !nm->parent->dir->off;
}

bool tree_exclude(struct tree *t, const char *list)
{
	struct node *root = t->root[BRANCH_DATA];
	bool turned = false;
	struct name *nm;

	if (!exclude_set(&t->exclude, list))
		return false;
	snapshots_lose(t, -ESTALE);
	for (struct node *dir = root; dir; dir = next_dir(dir, root)) {
		if (dir_is_off(dir) != dir->dir->off)
			dir_settle(t, dir);
		for (uint32_t i = 0; (nm = dir_next(dir, &i)); )
			turned |= name_judge(t, nm);
	}
	return turned;
}

static bool is_among(char (*names)[256], unsigned n, const char *text)
{
	while (n > 0)
		if (strcmp(names[--n], text) == 0)
			return true;
	return false;
}

unsigned tree_excluded_names(const struct tree *t, char (*names)[256], unsigned most)
{
	struct node *root = t->root[BRANCH_DATA];
	struct name *nm;
	unsigned n = 0;

	if (!t->counts[BRANCH_DATA].excluded)
		return 0;
	for (struct node *dir = root; dir && n < most; dir = next_dir(dir, root))
		for (uint32_t i = 0; !dir->dir->off && n < most && (nm = dir_next(dir, &i)); )
			if (nm->excluded && !is_among(names, n, nm->text))
				memcpy(names[n++], nm->text, (size_t)nm->len + 1);
	return n;
}

/* ---- nodes ---- */

struct node *tree_node_new(enum branch branch, mode_t mode, const char *target)
{
	struct node *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->mode = (uint16_t)mode;
	n->branch = (uint8_t)branch;
	if (S_ISDIR(mode))
		n->dir = calloc(1, sizeof(*n->dir));
	else if (S_ISLNK(mode))
		n->target = strdup(target);
	if ((S_ISDIR(mode) && !n->dir) || (S_ISLNK(mode) && !n->target)) {
		free(n);
		return NULL;
	}
	if (S_ISDIR(mode))
		n->dir->off = true; /* until it has a name */
	if (S_ISDIR(mode) && branch == BRANCH_AUDIO)
		n->dir->hidden = true;
	n->size = S_ISLNK(mode) ? strlen(target) : 0;
	n->mtime = n->atime = n->ctime = time_now();
	return n;
}

static void node_free(struct node *n)
{
	if (node_is_dir(n)) {
		free(n->dir->slots);
		free(n->dir->cookies);
		free(n->dir);
	} else if (node_is_symlink(n)) {
		free(n->target);
	} else if (n->branch == BRANCH_AUDIO) {
		free(n->track);
	}
	free(n);
}

void tree_node_drop(struct tree *t, struct node *n)
{
	bool held = n->nopen || atomic_load_explicit(&n->nlookup, memory_order_relaxed);

	if (n->names || (held && !t->closing) || is_root(n))
		return;
	if (t->snapshots) {
		n->next_removed = t->removed.nodes;
		t->removed.nodes = n;
	} else {
		node_free(n);
	}
}

static void name_free(struct tree *t, struct name *nm)
{
	if (t->snapshots) {
		nm->hash_next = t->removed.names;
		t->removed.names = nm;
	} else {
		free(nm);
	}
}

void tree_free_removed(struct tree_removed *removed)
{
	struct name *nm, *next_name;
	struct node *n, *next;

	for (nm = removed->names; nm; nm = next_name) {
		next_name = nm->hash_next;
		free(nm);
	}
	for (n = removed->nodes; n; n = next) {
		next = n->next_removed;
		node_free(n);
	}
}

/* ---- names ---- */

struct name *tree_link(struct tree *t, struct node *dir, const char *text, struct node *node)
{
	size_t len = strlen(text);
	struct name *nm = malloc(sizeof(*nm) + len + 1);

	if (!nm)
		return NULL;
	nm->parent = dir;
	nm->node = node;
	nm->hash = hash_name(t, dir, text, len);
	nm->len = (uint8_t)len;
	nm->excluded = dir->branch == BRANCH_DATA && exclude_matches(&t->exclude, text);
	nm->sound = dir->branch == BRANCH_AUDIO && node_is_file(node) && audio_is_track(text);
	nm->track = false;
	memcpy(nm->text, text, len + 1);
	tree_keep(t, dir);
	tree_keep(t, node);
	if ((nm->sound && !tracks_reserve(t)) || !slots_append(dir->dir, nm)) {
		free(nm);
		return NULL;
	}
	t->nsounds += nm->sound;
	name_be_track(t, nm, nm->sound && !dir->dir->hidden);
	hash_insert(t, nm);
	nm->next_link = node->names;
	node->names = nm;
	node->nlink = node_is_dir(node) ? 2 + node->dir->nsubdirs : node->nlink + 1;
	if (node_is_dir(node)) {
		dir->dir->nsubdirs++;
		dir->nlink++;
	}
	name_count(t, nm, 1);
	if (node_is_dir(node))
		dir_moved(t, node);
	return nm;
}

void tree_unlink(struct tree *t, struct name *nm)
{
	struct node *node = nm->node, *dir = nm->parent;
	struct name **p = &node->names;

	tree_keep(t, dir);
	tree_keep(t, node);
	while (*p != nm)
		p = &(*p)->next_link;
	*p = nm->next_link;
	name_be_track(t, nm, false);
	t->nsounds -= nm->sound;
	hash_remove(t, nm);
	slots_remove(dir->dir, nm);
	if (node_is_dir(node)) {
		dir->dir->nsubdirs--;
		dir->nlink--;
		node->nlink = node->names ? node->nlink : 0;
	} else {
		node->nlink--;
	}
	name_count(t, nm, -1);
	if (node_is_dir(node))
		dir_moved(t, node);
	name_free(t, nm);
}

/* A file of several sections has several records in every directory that names it (ECMA-119 6.5.1). */
static bool records_change(uint64_t from, uint64_t to)
{
	return from > UINT32_MAX || to > UINT32_MAX;
}

void tree_resize(struct tree *t, struct node *n, uint64_t size)
{
	bool records = records_change(n->size, size);

	if (size == n->size)
		return;
	tree_keep(t, n);
	for (struct name *nm = n->names; nm && records; nm = nm->next_link) {
		tree_keep(t, nm->parent);
		size_change(t, nm, size_bound_remove);
	}
	if (tree_links(n))
		content_add(t, n, -1);
	n->size = size;
	if (tree_links(n))
		content_add(t, n, 1);
	for (struct name *nm = n->names; nm && records; nm = nm->next_link)
		size_change(t, nm, size_bound_add);
}

/* ---- clearing ---- */

/* Nothing is staged in the branch any more. */
static void forget_sums(struct tree *t, enum branch branch)
{
	t->counts[branch] = (struct tree_counts){ 0 };
	if (branch == BRANCH_AUDIO) {
		t->ntracks = t->nsounds = 0;
		return;
	}
	t->clean = t->bound = (struct size_totals){ 0 };
	t->renamed = 0;
	t->dirty = NULL;
}

/* All names in @from are in @to from now on, which is new. */
static void move_names(struct node *from, struct node *to)
{
	struct dir *d = from->dir, *moved = to->dir;
	struct name *nm;

	moved->slots = steal_pointer(&d->slots);
	moved->nslots = d->nslots;
	moved->cap = d->cap;
	moved->nnames = d->nnames;
	moved->nsubdirs = d->nsubdirs;
	to->nlink = from->nlink;
	free(d->cookies);
	d->cookies = NULL;
	d->nslots = d->cap = d->nnames = d->nsubdirs = 0;
	from->nlink = 2;
	for (uint32_t i = 0; (nm = dir_next(to, &i)); )
		nm->parent = to;
}

void tree_clear(struct tree *t, enum branch branch, struct node *cleared)
{
	struct node *root = t->root[branch];

	snapshots_lose(t, -ESTALE);
	move_names(root, cleared);
	cleared->next_removed = t->cleared;
	t->cleared = cleared;
	forget_sums(t, branch);
	if (branch != BRANCH_DATA)
		return;
	root->dir->bound = (struct size_bound){ 0 };
	root->dir->dirty_prev = root->dir->dirty_next = NULL;
	size_put_dirty(t, root);
}

/* What lives on without a name is in no sum. */
static void settle_gone(struct node *n)
{
	if (node_is_dir(n)) {
		n->dir->off = n->dir->hidden = true;
		n->dir->dirty = false;
		n->dir->dirty_prev = n->dir->dirty_next = NULL;
	} else if (node_is_file(n) && n->branch == BRANCH_DATA) {
		n->links = 0;
	}
}

/* As tree_unlink(), of what was cleared: the sums know nothing of it. */
static void unlink_cleared(struct tree *t, struct name *nm)
{
	struct node *node = nm->node, *dir = nm->parent;
	struct name **p = &node->names;

	while (*p != nm)
		p = &(*p)->next_link;
	*p = nm->next_link;
	hash_remove(t, nm);
	slots_remove(dir->dir, nm);
	if (node_is_dir(node)) {
		dir->dir->nsubdirs--;
		dir->nlink--;
		node->nlink = 0;
	} else {
		node->nlink--;
	}
	if (!node->names)
		settle_gone(node);
	name_free(t, nm);
}

/* The last name below @dir that names no directory with names. */
static struct name *last_below(const struct node *dir)
{
	const struct dir *d = dir->dir;

	while (node_is_dir(d->slots[d->nslots - 1]->node) && d->slots[d->nslots - 1]->node->dir->nnames)
		d = d->slots[d->nslots - 1]->node->dir;
	return d->slots[d->nslots - 1];
}

/* Free up to @names names below @top, which has none; returns how many remain to be freed of @names. */
static size_t free_below(struct tree *t, const struct node *top, size_t names,
			 void (*gone)(void *, struct node *), void *data)
{
	const struct node *dir = top;

	while (names > 0 && top->dir->nnames) {
		struct name *nm = dir->dir->nnames ? last_below(dir) : dir->names;
		struct node *node = nm->node;

		dir = nm->parent;
		unlink_cleared(t, nm);
		if (gone && !node->names)
			gone(data, node);
		tree_node_drop(t, node);
		names--;
	}
	return names;
}

bool tree_free_cleared(struct tree *t, size_t names, void (*gone)(void *, struct node *), void *data)
{
	struct node *cleared;

	while ((cleared = t->cleared)) {
		names = free_below(t, cleared, names, gone, data);
		if (cleared->dir->nnames)
			return true;
		t->cleared = cleared->next_removed;
		tree_node_drop(t, cleared);
	}
	return false;
}

/* ---- paths ---- */

/* Put @text before @end of the buffer if there is room; count it in any case. */
static char *path_prepend(char *buf, char *end, const char *text, size_t len)
{
	if (!end || (size_t)(end - buf) < len)
		return NULL;
	return memcpy(end - len, text, len);
}

size_t tree_name_path(const struct name *nm, char *buf, size_t len)
{
	const char *root;
	const struct name *up;
	const struct node *dir;
	size_t total = 0;
	char *end;

	for (up = nm; up; up = up->parent->names)
		total += 1u + up->len;
	for (dir = nm->parent; dir->names; dir = dir->names->parent)
		;
	if (!is_root(dir))
		return 0; /* in a directory that has been removed */
	root = branch_names[dir->branch];
	total += strlen(root);
	end = total < len ? buf + total : NULL;
	if (end)
		*end = '\0';
	for (up = nm; up && end; up = up->parent->names) {
		end = path_prepend(buf, end, up->text, up->len);
		end = path_prepend(buf, end, "/", 1);
	}
	if (end)
		memcpy(buf, root, strlen(root));
	return total;
}

size_t tree_path(const struct node *n, char *buf, size_t len)
{
	if (n->names)
		return tree_name_path(n->names, buf, len);
	if (!is_root(n))
		return 0;
	if (strlen(branch_names[n->branch]) < len)
		memcpy(buf, branch_names[n->branch], strlen(branch_names[n->branch]) + 1);
	return strlen(branch_names[n->branch]);
}

bool tree_is_gone(const struct node *n)
{
	while (n->names)
		n = n->names->parent;
	return !is_root(n);
}

bool tree_is_below(const struct node *node, const struct node *dir)
{
	while (node != dir && node->names)
		node = node->names->parent;
	return node == dir;
}

/* ---- the whole ---- */

static struct node *root_new(struct tree *t, enum branch branch, uid_t uid, gid_t gid)
{
	struct node *n = tree_node_new(branch, S_IFDIR | 0755, NULL);

	if (!n)
		return NULL;
	n->flags |= NODE_ROOT;
	n->nlink = 2;
	n->uid = uid;
	n->gid = gid;
	dir_settle(t, n);
	return n;
}

int tree_init(struct tree *t, uid_t uid, gid_t gid)
{
	*t = (struct tree){ .nbuckets = BUCKETS_FIRST };
	if (getrandom(&t->seed, sizeof(t->seed), GRND_NONBLOCK) < 0)
		t->seed = (uintptr_t)t;
	t->buckets = calloc(t->nbuckets, sizeof(*t->buckets));
	if (!t->buckets)
		return -ENOMEM;
	for (int b = 0; b < BRANCHES; b++) {
		t->root[b] = root_new(t, (enum branch)b, uid, gid);
		if (!t->root[b]) {
			tree_fini(t);
			return -ENOMEM;
		}
	}
	return 0;
}

void tree_fini(struct tree *t)
{
	t->closing = true;
	tree_free_cleared(t, SIZE_MAX, NULL, NULL);
	for (int b = 0; b < BRANCHES; b++) {
		if (!t->root[b])
			continue;
		free_below(t, t->root[b], SIZE_MAX, NULL, NULL);
		node_free(t->root[b]);
	}
	free(t->buckets);
	free(t->tracks);
	*t = (struct tree){ 0 };
}
