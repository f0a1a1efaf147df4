/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random trees as they are staged. Include this, after random_tree.h, in one file of a program.
 */
#ifndef BURNFS_STAGED_TREE_H
#define BURNFS_STAGED_TREE_H

#include "iso/write.h"
#include "random_tree.h"

struct staged {
	struct tree tree;
	const char *exclude;    /* what is kept off the disc */
	struct node **files;    /* by ino, for hard links */
	uint64_t blocks;        /* what tree_blocks() says */
	struct iso_layout layout;
	struct err err;
};

static uint64_t hash(const char *s)
{
	uint64_t h = 14695981039346656037ULL;

	for (; *s; s++)
		h = (h ^ (unsigned char)*s) * 1099511628211ULL;
	return h ^ h >> 29;
}

/* Attributes follow from the name alone, so that a tree can be made smaller. Many are alike. */
static void set_attributes(struct node *n, const char *name)
{
	static const int64_t seconds[] = {
		1600000000, 1600000000, 1600000000, 1600000001, 1599999999, 0, -1, INT64_C(1) << 40,
		-(INT64_C(1) << 40),
	};
	uint64_t h = hash(name);

	if (!node_is_symlink(n))
		n->mode = (uint16_t)((n->mode & S_IFMT) | (h & 07777));
	n->uid = (uint32_t)(h >> 12 & 3) * 1000;
	n->gid = (uint32_t)(h >> 14 & 3) * 1000;
	n->mtime.tv_sec = seconds[(h >> 16) % ARRAY_LEN(seconds)];
	n->atime.tv_sec = seconds[(h >> 24) % ARRAY_LEN(seconds)];
	n->ctime.tv_sec = seconds[(h >> 32) % ARRAY_LEN(seconds)];
}

static struct node *stage_node(struct staged *s, const struct item *i)
{
	static const mode_t kinds[] = { S_IFREG, S_IFDIR, S_IFLNK | 0777, S_IFIFO };
	struct node *n = i->kind == SIZE_FILE ? s->files[i->ino] : NULL;

	if (n)
		return n;
	n = must(tree_node_new(BRANCH_DATA, kinds[i->kind], i->target));
	set_attributes(n, i->name);
	if (i->kind == SIZE_FILE)
		s->files[i->ino] = n;
	return n;
}

/* What of a made-up tree is staged, and as what; NULL: all of it as it is. */
typedef bool stage_filter(const struct item *, struct item *as);

static void stage_directory(struct staged *s, const struct item *dir, struct node *to,
			    stage_filter *filter)
{
	for (size_t i = 0; i < dir->n; i++) {
		struct item *child = dir->children[i], as = *child;
		struct node *n;

		if (filter && !filter(dir->children[i], &as))
			continue;
		child = &as;
		n = stage_node(s, child);
		must(tree_link(&s->tree, to, child->name, n));
		if (child->kind == SIZE_FILE)
			tree_resize(&s->tree, n, child->size);
		if (child->kind == SIZE_DIRECTORY)
			stage_directory(s, child, n, filter);
	}
}

static void stage_begin(struct staged *s, const char *exclude)
{
	*s = (struct staged){
		.exclude = exclude, .files = must(calloc(last_ino + 1, sizeof(*s->files))),
	};
	must(tree_init(&s->tree, 1000, 1000) == 0 ? s : NULL);
	tree_exclude(&s->tree, exclude);
	set_attributes(s->tree.root[BRANCH_DATA], "the root");
}

/* As a rename does it: the new name first. */
static struct name *rename_to(struct staged *s, struct name *nm, struct node *dir, const char *text)
{
	struct name *fresh = must(tree_link(&s->tree, dir, text, nm->node));

	tree_unlink(&s->tree, nm);
	return fresh;
}

/*
 * One in some names goes to a name that is excluded, or to one that is not, or into an excluded
 * directory; and back.
 */
static void stir_directory(struct staged *s, struct node *dir, struct node *trash)
{
	uint32_t nslots = dir->dir->nslots;

	dir->dir->nopen++; /* so that no slot moves */
	for (uint32_t i = 0; i < nslots; i++) {
		struct name *nm = dir->dir->slots[i];
		uint64_t h = nm ? hash(nm->text) >> 7 : 0;
		char text[NAME_MAX_BYTES + 1];

		if (!nm || nm->node == trash)
			continue;
		if (node_is_dir(nm->node))
			stir_directory(s, nm->node, trash);
		if (h % 4)
			continue;
		strcpy(text, nm->text);
		nm = rename_to(s, nm, h & 4 ? trash : dir, h & 8 ? "._stirred" : "stirred");
		if (h % 64 == 0)
			tree_blocks(&s->tree);
		rename_to(s, nm, dir, text);
	}
	dir->dir->nopen--;
}

/* What must leave everything as it is. */
static void stir(struct staged *s)
{
	static const char *const lists[] = { "*[aeiou]*", "", "._*:*.*", "*" };
	struct node *root = s->tree.root[BRANCH_DATA];
	struct node *trash = must(tree_node_new(BRANCH_DATA, S_IFDIR | 0755, NULL));

	must(tree_link(&s->tree, root, ".Trash-stirred", trash));
	stir_directory(s, root, trash);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		tree_exclude(&s->tree, lists[i]);
		if (s->tree.nnames % 3 == i)
			tree_blocks(&s->tree);
	}
	tree_exclude(&s->tree, s->exclude);
	tree_unlink(&s->tree, trash->names);
	tree_node_drop(&s->tree, trash);
}

static void stage_fill(struct staged *s, const struct item *root, stage_filter *filter)
{
	stage_directory(s, root, s->tree.root[BRANCH_DATA], filter);
	stir(s);
	s->blocks = tree_blocks(&s->tree);
}

static void unstage(struct staged *s)
{
	iso_layout_fini(&s->layout);
	tree_fini(&s->tree);
	free(s->files);
}

#endif
