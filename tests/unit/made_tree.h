/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A tree without a stage, made by hand. There is one: include this in one file of a test program,
 * after cmocka.h.
 */
#ifndef BURNFS_MADE_TREE_H
#define BURNFS_MADE_TREE_H

#include <string.h>

#include "iso/check.h"
#include "iso/lib.h"
#include "iso/write.h"
#include "still.h"

static struct tree tree;

static inline int tree_set_up(void **state)
{
	(void)state;
	return tree_init(&tree, 1000, 1001);
}

static inline int tree_tear_down(void **state)
{
	(void)state;
	tree_fini(&tree);
	return 0;
}

static inline struct node *top(void)
{
	return tree.root[BRANCH_DATA];
}

static inline struct node *add_node(struct node *dir, const char *name, mode_t mode,
				    const char *target)
{
	struct node *n = tree_node_new((enum branch)dir->branch, mode, target);

	assert_non_null(n);
	assert_non_null(tree_link(&tree, dir, name, n));
	return n;
}

/* Lay it out, and hold it against the second reader and the model of the size. */
static inline struct iso_layout lay_out_sound(const struct settings *settings)
{
	uint64_t blocks = tree_blocks(&tree);
	struct iso_layout l;
	struct err err = { 0 };

	if (iso_lay_out(still(&tree), settings, NULL, &l, &err) != 0 ||
	    iso_check(still(&tree), &l, &err) != 0)
		fail_msg("%s", err.msg);
	if (strcmp(iso_library_version(), "1.5.4") == 0)
		assert_int_equal(l.blocks, blocks);
	return l;
}

#endif
