/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Does iso_check() take every good disc, and no bad one? Random trees are edited and laid out after
 * every round of edits: the layout must be taken, have the names that are not excluded, and be as
 * large as tree_blocks() says; with a bit of the Joliet tree turned over, it must be refused. (The
 * ISO tree is turned over bit by bit in test_iso.c.)
 *
 *	prop_iso [-n TREES] [-s SEED]
 */
#include "../unit/still.h"
#include "iso/check.h"
#include "iso/format.h"
#include "iso/lib.h"
#include "random_tree.h"
#include "staged_tree.h"

enum {
	FLIPS = 4,              /* bits that are turned over in each layout */
};

/*
 * What iso_check() says
 */

static struct stats {
	uint64_t states, names, excluded, flips, nanoseconds;
} stats;

/* What of the tree is for the disc, by its names alone; content aside. */
static void count(const struct item *dir, bool off, struct tree_counts *c)
{
	for (size_t i = 0; i < dir->n; i++) {
		const struct item *n = dir->children[i];
		bool below = off || is_junk(n->name);

		*(below                       ? &c->excluded :
		  n->kind == SIZE_DIRECTORY   ? &c->directories :
						&c->files) += 1;
		count(n, below, c);
	}
}

static bool is_counted(const struct staged *s, const struct tree_counts *want)
{
	const struct tree_counts *c = &s->tree.counts[BRANCH_DATA];

	return c->files == want->files && c->directories == want->directories &&
	       c->excluded == want->excluded;
}

static bool is_sound(struct staged *s)
{
	struct settings settings;
	uint64_t start;
	int ret;

	settings_init(&settings);
	if (iso_lay_out(still(&s->tree), &settings, NULL, &s->layout, &s->err) != 0)
		return false;
	start = now();
	ret = iso_check(still(&s->tree), &s->layout, &s->err);
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
	       block[RECORD_LEN] == RECORD_ID + 1 && above[RECORD_ID_LEN] == 1 &&
	       above[RECORD_ID] == 1;
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
	found = iso_check(still(&s->tree), &s->layout, &err) == -EIO;
	s->layout.head[at] ^= bit;
	if (!found)
		err_set(&s->err, EIO, "bit %u of byte %zu of block %zu is not looked at",
			(unsigned)(chance & 7), at % BLOCK_SIZE, at / BLOCK_SIZE);
	stats.flips++;
	return found;
}

static bool judge(struct staged *s, const struct item *root)
{
	struct tree_counts want = { 0 };
	bool good;

	stage_begin(s, EXCLUDE_DEFAULT);
	stage_fill(s, root, NULL);
	count(root, false, &want);
	if (!is_counted(s, &want)) {
		err_set(&s->err, EIO, "other names are excluded than should be");
		return false;
	}
	if (!s->blocks) /* there is no disc of nothing */
		return want.files + want.directories == 0;
	stats.excluded += want.excluded;
	good = is_sound(s);
	for (unsigned i = 0; i < FLIPS && good; i++)
		good = flip_is_found(s, hash((char[]){ (char)('0' + i), '\0' }) ^ s->tree.nnames
											  << 20);
	return good;
}

static bool holds(struct item *root)
{
	struct staged s;
	bool good;

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
	printf("%" PRIu64 " states, %" PRIu64 " names, %" PRIu64 " of them excluded; %.2f us for a "
								 "name; %" PRIu64 " bits turned "
										  "over\n",
	       stats.states, stats.names, stats.excluded,
	       (double)stats.nanoseconds / 1e3 / (double)stats.names, stats.flips);
	return run_end(&run);
}
