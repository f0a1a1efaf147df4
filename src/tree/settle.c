/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the staged names the disc gets: what is kept off it, what lies over a name of a disc that
 * is added to, and which sounds are tracks. What follows from the place of a directory is settled
 * when it moves.
 */
#include "tree/priv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tree/snapshot.h"

enum { TRACKS_FIRST = 128 };

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

static const struct node *find_under(const struct tree *t, const struct node *dir)
{
	const struct node *above = dir->names ? dir_under(t, dir->names->parent) : NULL;
	const struct name *nm;

	if (node_is_root(dir))
		return t->under ? t->under->root[BRANCH_DATA] : NULL;
	nm = above ? tree_find(t->under, above, dir->names->text) : NULL;
	return nm && node_is_dir(nm->node) ? nm->node : NULL;
}

/* ---- what is on the disc, and what is kept off it ---- */

/* There is one name more, or one less; its node's nlink says so already. */
void tree_count_name(struct tree *t, const struct name *nm, int sign)
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
	tree_size_change(t, nm, sign > 0 ? size_bound_add : size_bound_remove);
	if (!node_is_file(n))
		return;
	tree_keep(t, n);
	if (n->branch == BRANCH_DATA)
		n->links += (uint32_t)sign;
	/* With its first name there the content comes onto the disc, with the last it leaves it. */
	if (tree_links(n) == (sign > 0))
		tree_count_content(t, n, sign);
}

static void names_count(struct tree *t, const struct node *dir, int sign)
{
	struct name *nm;

	for (uint32_t i = 0; (nm = dir_next(dir, &i)); )
		tree_count_name(t, nm, sign);
}

/* Whether a directory is kept off the disc where it is now, or is nowhere. */
static bool dir_is_off(const struct node *dir)
{
	return !node_is_root(dir) && (!dir->names || name_is_off(dir->names));
}

/* ---- what is a track ---- */

/* Make room for one more, so that no change of what is hidden needs memory. */
bool tree_tracks_reserve(struct tree *t)
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
void tree_mark_track(struct tree *t, struct name *nm, bool track)
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

	return !node_is_root(dir) && (!nm || nm->text[0] == '.' || nm->parent->dir->hidden);
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
		tree_mark_track(t, nm, nm->sound && !hidden);
}

/* A directory has another place, or there is another tree under it. Those above it are settled. */
void tree_dir_settle(struct tree *t, struct node *dir)
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
		tree_size_take_out(t, dir);
	d->off = off;
	d->under = find_under(t, dir);
	if (!d->off)
		tree_size_put_dirty(t, dir);
	if (turns)
		names_count(t, dir, 1);
}

/*
 * The directory @top has got a name, or lost one: settle it, and all below it whose place that
 * changes.
 */
void tree_dir_moved(struct tree *t, struct node *top)
{
	bool off = dir_is_off(top), lies_over = t->under && top->branch == BRANCH_DATA;
	bool turns = off != top->dir->off ||
		     (top->branch == BRANCH_AUDIO && dir_is_hidden(top) != top->dir->hidden);

	if (!turns && (off || !lies_over))
		return;
	for (struct node *dir = top; dir; dir = tree_next_dir(dir, top))
		tree_dir_settle(t, dir);
}

void tree_lay_over(struct tree *t, const struct tree *under)
{
	struct node *root = t->root[BRANCH_DATA];

	if (t->under == under)
		return;
	snapshots_lose(t, -ESTALE);
	t->under = under;
	for (struct node *dir = root; dir; dir = tree_next_dir(dir, root))
		tree_dir_settle(t, dir);
}

/* Compare a name with the list. Whether that brought it onto the disc, or took it away. */
static bool name_judge(struct tree *t, struct name *nm)
{
	bool excluded = exclude_matches(&t->exclude, nm->text);

	if (excluded == nm->excluded)
		return false;
	tree_count_name(t, nm, -1);
	nm->excluded = excluded;
	tree_count_name(t, nm, 1);
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
	for (struct node *dir = root; dir; dir = tree_next_dir(dir, root)) {
		if (dir_is_off(dir) != dir->dir->off)
			tree_dir_settle(t, dir);
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
	for (struct node *dir = root; dir && n < most; dir = tree_next_dir(dir, root))
		for (uint32_t i = 0; !dir->dir->off && n < most && (nm = dir_next(dir, &i)); )
			if (nm->excluded && !is_among(names, n, nm->text))
				memcpy(names[n++], nm->text, (size_t)nm->len + 1);
	return n;
}
