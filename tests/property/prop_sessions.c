/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is a disc of several sessions what it should be? Random trees are shared out to sessions, in
 * which names come again, as other things too. Each session must be as large as tree_blocks() says,
 * be taken by iso_check(), and be read back as what was staged over what was there, every file of
 * every session where it lies. From the second session on names are excluded: those that the first
 * one has recorded stay what they are.
 *
 *	prop_sessions [-n TREES] [-s SEED]
 */
#include "../unit/still.h"
#include "iso/check.h"
#include "iso/import.h"
#include "iso/lib.h"
#include "iso/place.h"
#include "iso/values.h"
#include "random_tree.h"
#include "staged_tree.h"

enum { SESSIONS = 4, GAP = 37 /* blocks between two sessions, at least */ };

static unsigned session;        /* that is being staged */
static uint64_t states, names, excluded;

/*
 * The disc: what has been written, which is but the heads
 */

struct disc {
	struct part {
		uint32_t origin;
		struct iso_layout layout;
	} parts[SESSIONS];
	unsigned n;
	struct tree trees[SESSIONS];    /* as they were read back */
	struct err err;
};

static int read_block(void *data, uint32_t block, unsigned char *buf, struct err *err)
{
	struct disc *d = data;

	memset(buf, 0, BLOCK_SIZE);
	for (unsigned i = 0; i < d->n; i++) {
		const struct part *p = &d->parts[i];

		if (block >= p->origin && block - p->origin < p->layout.blocks) {
			if (block - p->origin < p->layout.head_len / BLOCK_SIZE)
				memcpy(buf,
				       p->layout.head + (size_t)(block - p->origin) * BLOCK_SIZE,
				       BLOCK_SIZE);
			return 0;
		}
	}
	return err_set(err, EIO, "block %u was never written", block);
}

static uint32_t next_origin(const struct disc *d)
{
	const struct part *last = d->n ? &d->parts[d->n - 1] : NULL;

	return last ? (uint32_t)(last->origin + last->layout.blocks + GAP + (uint32_t)(d->n * 11)) :
		      0;
}

/*
 * What is staged for which session
 */

static bool comes(const struct item *i, struct item *as)
{
	uint64_t h = hash(i->name) ^ session * 0x9e3779b97f4a7c15u;

	h ^= h >> 31;
	if (h % 5 < 2)
		return false;
	as->size += i->kind == SIZE_FILE && i->size ? session * 700 : 0;
	if (i->kind == SIZE_DIRECTORY && (h >> 8) % 16 == 0) {
		/* Its name comes as a file's. */
		as->kind = SIZE_FILE;
		as->ino = 0;
		as->n = 0;
		as->size = 0;
	}
	return true;
}

/*
 * What was read back
 */

/* libisofs takes the first second of 1970 for a time that is missing. */
static bool same_time(struct timespec want, struct timespec got)
{
	return iso_time(want) == 0 || iso_time(want) == got.tv_sec;
}

static bool same_node(const struct node *want, const struct node *got)
{
	char target[SIZE_LINK_MAX + 1];

	if (want->mode != got->mode || want->uid != got->uid || want->gid != got->gid ||
	    !same_time(want->mtime, got->mtime) || !same_time(want->atime, got->atime) ||
	    !same_time(want->ctime, got->ctime))
		return false;
	if (node_is_file(want))
		return want->size == got->size && (!want->size || want->block == got->block);
	if (node_is_symlink(want)) {
		iso_link_target(want->target, target);
		return strcmp(target, got->target) == 0;
	}
	return true;
}

static bool same_directory(struct staged *s, const struct node *want, const struct tree *read,
			   const struct node *got)
{
	cleanup_free const struct name **list = NULL;
	size_t n;

	if (snapshot_list(still(&s->tree), want, &list, &n) < 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		const struct name *nm = list[i], *other = tree_find(read, got, nm->text);

		names++;
		if (!other || !same_node(nm->node, other->node)) {
			err_set(&s->err, EIO, "\"%.200s\" is %s", nm->text,
				other ? "another" : "not there");
			return false;
		}
		if (node_is_dir(nm->node) && !same_directory(s, nm->node, read, other->node))
			return false;
	}
	if (n == got->dir->nnames)
		return true;
	err_set(&s->err, EIO, "a directory has %u names, and should have %zu", got->dir->nnames, n);
	return false;
}

/* Whether all that is excluded now is what was there before; @old is NULL where nothing was. */
static bool nothing_new(struct staged *s, const struct node *dir, const struct tree *before,
			const struct node *old, bool off)
{
	struct name *nm;

	for (uint32_t i = 0; (nm = dir_next(dir, &i)); ) {
		const struct name *was = old ? tree_find(before, old, nm->text) : NULL;
		bool below = off || is_junk(nm->text);

		if (below && (!was || !same_node(was->node, nm->node))) {
			err_set(&s->err, EIO, "\"%.200s\" should not be there", nm->text);
			return false;
		}
		if (node_is_dir(nm->node) &&
		    !nothing_new(s, nm->node, before,
				 was && node_is_dir(was->node) ? was->node : NULL, below))
			return false;
		excluded += below;
	}
	return true;
}

/* From now on staged files know where they lie, as recorded ones do: none of them is open. */
static void remember_places(const struct part *p)
{
	for (size_t i = 0; i < p->layout.nfiles; i++)
		((struct node *)(uintptr_t)p->layout.files[i].node)
			->block = p->origin + p->layout.files[i].block;
}

static bool add_session(struct disc *d, struct staged *s, const struct item *root)
{
	struct part *p = &d->parts[d->n];
	const struct tree *under = d->n ? &d->trees[d->n - 1] : NULL;
	struct settings settings;
	uint32_t blocks;

	settings_init(&settings);
	session = d->n;
	stage_begin(s, d->n ? EXCLUDE_DEFAULT : "");
	if (d->n % 2)
		tree_lay_over(&s->tree, under);
	stage_fill(s, root, comes);
	tree_lay_over(&s->tree, under);
	s->blocks = tree_blocks(&s->tree);
	if (!s->blocks)
		return true;
	*p = (struct part){ .origin = next_origin(d) };
	if (iso_lay_out(still(&s->tree), &settings, NULL, &p->layout, &s->err) != 0 ||
	    iso_check(still(&s->tree), &p->layout, &s->err) != 0)
		return false;
	iso_place(&p->layout, p->origin);
	d->n++;
	states++;
	remember_places(p);
	if (p->layout.blocks != s->blocks) {
		err_set(&s->err, EIO, "%llu blocks, foreseen were %llu",
			(unsigned long long)p->layout.blocks, (unsigned long long)s->blocks);
		return false;
	}
	if (iso_import(read_block, d, p->origin, &d->trees[d->n - 1], &blocks, &s->err) != 0)
		return false;
	return blocks == p->origin + p->layout.blocks &&
	       (!under || nothing_new(s, d->trees[d->n - 1].root[BRANCH_DATA], under,
				      under->root[BRANCH_DATA], false)) &&
	       same_directory(s, s->tree.root[BRANCH_DATA], &d->trees[d->n - 1],
			      d->trees[d->n - 1].root[BRANCH_DATA]);
}

static bool judge(const struct item *root, struct err *err)
{
	struct disc d = { .n = 0 };
	bool good = true;

	for (unsigned i = 0; i < SESSIONS && good; i++) {
		struct staged s;

		good = add_session(&d, &s, root);
		*err = s.err;
		unstage(&s);
	}
	while (d.n > 0) {
		d.n--;
		iso_layout_fini(&d.parts[d.n].layout);
		if (d.trees[d.n].nbuckets)
			tree_fini(&d.trees[d.n]);
	}
	return good;
}

static bool holds(struct item *root)
{
	struct err err;

	return judge(root, &err);
}

static void explain(struct item *root)
{
	struct err err = { 0 };

	printf("%s\n", judge(root, &err) ? "all is well" :
		       err.code		 ? err.msg :
					   "it is another volume");
}

int main(int argc, char **argv)
{
	static const struct property property = { holds, explain };
	struct run run;

	if (!run_start(&run, argc, argv))
		return 2;
	iso_set_size_model();
	run_trees(&run, &property);
	printf("%" PRIu64 " sessions, %" PRIu64 " names read back, of which %" PRIu64
	       " would be excluded\n", states, names, excluded);
	return run_end(&run);
}
