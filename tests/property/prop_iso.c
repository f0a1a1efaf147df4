/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does iso_check() take every good disc, and no bad one? Random trees are edited and laid out after every round
 * of edits: the layout must be taken, and be as large as tree_blocks() says; with a bit of the Joliet tree
 * turned over, it must be refused. (The ISO tree is turned over bit by bit in test_iso.c.)
 *
 *	prop_iso [-n TREES] [-s SEED]
 */
#include "iso_check.h"
#include "iso_format.h"
#include "random_tree.h"

enum {
	FLIPS = 4,              /* bits that are turned over in each layout */
};

/*
 * From what is made up to what is staged
 */

struct staged {
	struct tree tree;
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

static void stage_directory(struct staged *s, const struct item *dir, struct node *to)
{
	for (size_t i = 0; i < dir->n; i++) {
		const struct item *child = dir->children[i];
		struct node *n = stage_node(s, child);

		must(tree_link(&s->tree, to, child->name, n));
		if (child->kind == SIZE_FILE)
			tree_resize(&s->tree, n, child->size);
		if (child->kind == SIZE_DIRECTORY)
			stage_directory(s, child, n);
	}
}

static void stage(struct staged *s, const struct item *root)
{
	*s = (struct staged){ .files = must(calloc(last_ino + 1, sizeof(*s->files))) };
	must(tree_init(&s->tree, 1000, 1000) == 0 ? s : NULL);
	set_attributes(s->tree.root[BRANCH_DATA], "the root");
	stage_directory(s, root, s->tree.root[BRANCH_DATA]);
	s->blocks = tree_blocks(&s->tree);
}

static void unstage(struct staged *s)
{
	iso_layout_fini(&s->layout);
	tree_fini(&s->tree);
	free(s->files);
}

/*
 * What iso_check() says
 */

static struct stats {
	uint64_t states, names, flips, nanoseconds;
} stats;

static bool is_sound(struct staged *s)
{
	struct settings settings;
	uint64_t start;
	int ret;

	settings_init(&settings);
	if (iso_lay_out(&s->tree, &settings, NULL, &s->layout, &s->err) != 0)
		return false;
	start = now();
	ret = iso_check(&s->tree, &s->layout, &s->err);
	stats.nanoseconds += now() - start;
	stats.states++;
	stats.names += s->tree.nnames;
	return ret == 0 && s->layout.blocks == s->blocks;
}

/* The time in the record of the directory above may be that of the one above that. */
static bool may_differ(const unsigned char *block, size_t in)
{
	const unsigned char *above = block + RECORD_ID + 1;

	return in >= RECORD_ID + 1 + RECORD_TIME && in < RECORD_ID + 1 + RECORD_FLAGS &&
	       block[RECORD_LEN] == RECORD_ID + 1 && above[RECORD_ID_LEN] == 1 && above[RECORD_ID] == 1;
}

/* The Joliet tree comes last in the head. */
static bool flip_is_found(struct staged *s, uint64_t chance)
{
	const unsigned char *svd = s->layout.head + SVD_BLOCK * BLOCK_SIZE;
	size_t from = (size_t)le32(svd + VD_ROOT + RECORD_BLOCK) * BLOCK_SIZE;
	size_t at = from + (size_t)(chance >> 3) % (s->layout.head_len - from);
	unsigned char bit = (unsigned char)(1u << (chance & 7)), *block;
	struct err err;
	bool found;

	block = s->layout.head + (at - at % BLOCK_SIZE);
	if (may_differ(block, at % BLOCK_SIZE))
		return true;
	s->layout.head[at] ^= bit;
	found = iso_check(&s->tree, &s->layout, &err) == -EIO;
	s->layout.head[at] ^= bit;
	if (!found)
		err_set(&s->err, EIO, "bit %u of byte %zu of block %zu is not looked at",
			(unsigned)(chance & 7), at % BLOCK_SIZE, at / BLOCK_SIZE);
	stats.flips++;
	return found;
}

static bool judge(struct staged *s, const struct item *root)
{
	bool good;

	stage(s, root);
	good = is_sound(s);
	for (unsigned i = 0; i < FLIPS && good; i++)
		good = flip_is_found(s, hash((char[]){ (char)('0' + i), '\0' }) ^ s->tree.nnames << 20);
	return good;
}

static bool holds(struct item *root)
{
	struct staged s;
	bool good;

	if (root->n == 0)
		return true; /* there is no disc of nothing */
	good = judge(&s, root);
	unstage(&s);
	return good;
}

static void explain(struct item *root)
{
	struct staged s;

	judge(&s, root);
	printf("%s\nblocks: tree %" PRIu64 ", layout %" PRIu64 "\n",
	       s.err.code ? s.err.msg : "taken", s.blocks, s.layout.blocks);
	unstage(&s);
}

int main(int argc, char **argv)
{
	static const struct property property = { holds, explain };
	struct run run;

	if (!run_start(&run, argc, argv))
		return 2;
	iso_set_size_model();
	run_trees(&run, &property);
	printf("%" PRIu64 " states, %" PRIu64 " names; %.2f us for a name; %" PRIu64 " bits turned over\n",
	       stats.states, stats.names, (double)stats.nanoseconds / 1e3 / (double)stats.names,
	       stats.flips);
	return run_end(&run);
}
