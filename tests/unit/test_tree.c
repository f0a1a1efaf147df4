/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tree/tree.c: names and nodes, link counts, cookies, paths, how long nodes live, and the sums of
 * the size.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "fixture.h"
#include "made_tree.h"

static uint64_t random_state;

static int set_up(void **state)
{
	random_state = 42;
	return tree_set_up(state);
}

static unsigned below(unsigned n)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(random_state >> 33) % n;
}

static struct node *add_file(struct node *dir, const char *name, uint64_t size)
{
	struct node *n = add_node(dir, name, S_IFREG | 0644, NULL);

	tree_resize(&tree, n, size);
	return n;
}

static struct node *add_dir(struct node *dir, const char *name)
{
	return add_node(dir, name, S_IFDIR | 0755, NULL);
}

static void take(struct node *dir, const char *name)
{
	struct name *nm = tree_find(&tree, dir, name);
	struct node *n;

	assert_non_null(nm);
	n = nm->node;
	tree_unlink(&tree, nm);
	tree_node_drop(&tree, n);
}

static void check_size(void)
{
	uint64_t renamed, exact = blocks_from_scratch(&tree, &renamed);

	assert_in_range(tree_blocks_bound(&tree), exact, UINT64_MAX);
	assert_int_equal(tree_blocks(&tree), exact);
	assert_int_equal(tree_blocks_bound(&tree), exact);
	assert_int_equal(tree.renamed, renamed);
}

static void check_counts(uint64_t files, uint64_t directories, uint64_t bytes)
{
	assert_int_equal(tree.counts[BRANCH_DATA].files, files);
	assert_int_equal(tree.counts[BRANCH_DATA].directories, directories);
	assert_int_equal(tree.counts[BRANCH_DATA].bytes, bytes);
}

/* ---- names ---- */

static void an_empty_tree(void **state)
{
	uint32_t i = 0;

	(void)state;
	assert_int_equal(tree_blocks(&tree), 0);
	assert_int_equal(tree_blocks_bound(&tree), 0);
	assert_null(dir_next(top(), &i));
	assert_null(tree_find(&tree, top(), "x"));
	assert_int_equal(top()->nlink, 2);
	assert_int_equal(top()->uid, 1000);
	assert_int_equal(top()->gid, 1001);
	check_counts(0, 0, 0);
}

static void the_same_name_in_many_directories(void **state)
{
	struct node *dirs[20], *nodes[20][300];
	char name[16];

	(void)state;
	for (unsigned d = 0; d < 20; d++) {
		snprintf(name, sizeof(name), "dir%u", d);
		dirs[d] = add_dir(top(), name);
	}
	for (unsigned d = 0; d < 20; d++)
		for (unsigned i = 0; i < 300; i++) {
			snprintf(name, sizeof(name), "%u", i);
			nodes[d][i] = add_file(dirs[d], name, 0);
		}
	for (unsigned i = 0; i < 300; i += 2) {
		snprintf(name, sizeof(name), "%u", i);
		take(dirs[7], name);
	}
	for (unsigned d = 0; d < 20; d++)
		for (unsigned i = 0; i < 300; i++) {
			struct name *nm;

			snprintf(name, sizeof(name), "%u", i);
			nm = tree_find(&tree, dirs[d], name);
			if (d == 7 && i % 2 == 0)
				assert_null(nm);
			else
				assert_ptr_equal(nm->node, nodes[d][i]);
		}
	check_counts(20 * 300 - 150, 20, 0);
	check_size();
}

static void names_are_whole_bytes(void **state)
{
	char longest[256];

	(void)state;
	memset(longest, 'n', 255);
	longest[255] = '\0';
	add_file(top(), longest, 1);
	assert_int_equal(tree_find(&tree, top(), longest)->len, 255);
	longest[254] = '\0';
	assert_null(tree_find(&tree, top(), longest));
	add_file(top(), "A", 1);
	assert_null(tree_find(&tree, top(), "a"));
	check_size();
}

static void link_counts(void **state)
{
	struct node *dir = add_dir(top(), "dir"), *sub = add_dir(dir, "sub"),
		    *file = add_file(dir, "f", 9);

	(void)state;
	assert_int_equal(top()->nlink, 3);
	assert_int_equal(dir->nlink, 3);
	assert_int_equal(sub->nlink, 2);
	assert_int_equal(file->nlink, 1);
	assert_non_null(tree_link(&tree, sub, "again", file));
	assert_non_null(tree_link(&tree, dir, "and again", file));
	assert_int_equal(file->nlink, 3);
	check_counts(3, 2, 9);
	tree_resize(&tree, file, 11);
	check_counts(3, 2, 11);
	check_size();
	take(dir, "f");
	assert_int_equal(file->nlink, 2);
	take(sub, "again");
	take(dir, "and again");
	take(dir, "sub");
	assert_int_equal(dir->nlink, 2);
	check_counts(0, 1, 0);
	check_size();
	take(top(), "dir");
	assert_int_equal(top()->nlink, 2);
	assert_int_equal(tree_blocks(&tree), 0);
}

/* As a rename does it: the new name first. */
static void a_directory_moves_with_its_content(void **state)
{
	struct node *a = add_dir(top(), "a"), *b = add_dir(top(), "b"), *c = add_dir(a, "c");
	char path[64];

	(void)state;
	add_file(c, "f", 100);
	assert_non_null(tree_link(&tree, b, "moved", c));
	tree_unlink(&tree, tree_find(&tree, a, "c"));
	assert_int_equal(a->nlink, 2);
	assert_int_equal(b->nlink, 3);
	assert_int_equal(c->nlink, 2);
	check_counts(1, 3, 100);
	tree_path(tree_find(&tree, c, "f")->node, path, sizeof(path));
	assert_string_equal(path, "data/b/moved/f");
	assert_true(tree_is_below(c, b));
	assert_true(tree_is_below(c, c));
	assert_true(tree_is_below(c, top()));
	assert_false(tree_is_below(c, a));
	assert_false(tree_is_below(b, c));
	check_size();
}

/* ---- how long a node lives: what is freed too early or never, the sanitizers tell ---- */

static void a_node_lives_while_it_is_held(void **state)
{
	struct node *file = add_file(top(), "f", 5);

	(void)state;
	node_ref(file);
	file->nopen = 1;
	take(top(), "f");
	assert_int_equal(file->nlink, 0);
	assert_int_equal(file->size, 5);
	file->nopen = 0;
	tree_node_drop(&tree, file);
	assert_int_equal(file->size, 5);
	tree_resize(&tree, file, 4096); /* content without a name is not on the disc */
	check_counts(0, 0, 0);
	assert_int_equal(tree_blocks(&tree), 0);
	assert_non_null(tree_link(&tree, top(), "back", file));
	check_counts(1, 0, 4096);
	check_size();
	take(top(), "back");
	atomic_store(&file->nlookup, 0);
	tree_node_drop(&tree, file);
	tree_node_drop(&tree, top());
	assert_int_equal(top()->nlink, 2);
}

static void the_end_frees_what_the_kernel_remembers(void **state)
{
	(void)state;
	node_ref(add_file(add_dir(top(), "d"), "f", 1));
	node_ref(add_node(top(), "l", S_IFLNK | 0777, "target"));
	node_ref(add_dir(tree.root[BRANCH_AUDIO], "d"));
}

/* ---- listing ---- */

static void a_reader_keeps_his_place(void **state)
{
	enum { NAMES = 200 };
	bool seen[NAMES] = { false };
	uint64_t cookie = 0;
	struct name *nm;
	char name[16];
	uint32_t at;

	(void)state;
	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "%u", i);
		add_file(top(), name, 0);
	}
	top()->dir->nopen++;
	while (at = dir_index(top(), cookie), nm = dir_next(top(), &at)) {
		unsigned i = (unsigned)strtoul(nm->text, NULL, 10);

		cookie = dir_cookie(top(), at);
		if (i < NAMES) {
			assert_false(seen[i]);
			seen[i] = true;
		}
		/*
		 * Take what was seen and two others, add one: no other may be missed, or seen
		 * twice.
		 */
		take(top(), nm->text);
		snprintf(name, sizeof(name), "%u", (i * 7 + 3) % NAMES);
		if (i < NAMES && i % 5 == 0 && tree_find(&tree, top(), name)) {
			take(top(), name);
			seen[(i * 7 + 3) % NAMES] = true;
		}
		if (cookie < 3 * NAMES) {
			snprintf(name, sizeof(name), "%u", NAMES + (unsigned)cookie);
			add_file(top(), name, 0);
		}
	}
	top()->dir->nopen--;
	for (unsigned i = 0; i < NAMES; i++)
		assert_true(seen[i]);
	check_size();
}

static void an_open_directory_does_not_grow(void **state)
{
	const struct dir *d = top()->dir;
	uint64_t cookie;
	uint32_t at = 0;
	char name[16];

	(void)state;
	top()->dir->nopen++;
	add_file(top(), "first", 0);
	add_file(top(), "0", 0);
	dir_next(top(), &at);
	cookie = dir_cookie(top(), at);
	for (unsigned i = 1; i < 100000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		add_file(top(), name, 0);
		if (i == 50000) {
			at = dir_index(top(), cookie);
			assert_string_equal(dir_next(top(), &at)->text, "49999");
			cookie = dir_cookie(top(), at);
		}
		snprintf(name, sizeof(name), "%u", i - 1);
		take(top(), name);
	}
	assert_in_range(d->nslots, d->nnames, 64);
	assert_in_range(d->cap, d->nslots, 64);
	/*
	 * What came after the place that was read last, and is still there, is found; what was read
	 * is not.
	 */
	at = dir_index(top(), cookie);
	assert_string_equal(dir_next(top(), &at)->text, "99999");
	assert_null(dir_next(top(), &at));
	at = dir_index(top(), 0);
	assert_string_equal(dir_next(top(), &at)->text, "first");
	/* Many names that only go leave no gaps to be walked, and give their memory back. */
	for (unsigned i = 0; i < 10000; i++) {
		snprintf(name, sizeof(name), "x%u", i);
		add_file(top(), name, 0);
	}
	for (unsigned i = 0; i < 9999; i++) {
		snprintf(name, sizeof(name), "x%u", i);
		take(top(), name);
	}
	assert_in_range(d->nslots, 3, 64);
	assert_in_range(d->cap, d->nslots, 256);
	top()->dir->nopen--;
}

static void closed_directories_are_compacted_in_order(void **state)
{
	uint32_t at = 0;
	char name[16];
	struct name *nm;
	unsigned last = 0;

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%u", i);
		add_file(top(), name, 0);
		if (i % 10) {
			snprintf(name, sizeof(name), "%u", i);
			take(top(), name);
		}
	}
	for (unsigned i = 0; i < 900; i++) {
		snprintf(name, sizeof(name), "x%u", i);
		add_file(top(), name, 0);
		snprintf(name, sizeof(name), "x%u", i / 2);
		if (i % 2 && tree_find(&tree, top(), name))
			take(top(), name);
	}
	assert_in_range(top()->dir->nslots, top()->dir->nnames, 2 * top()->dir->nnames + 16);
	while ((nm = dir_next(top(), &at)) && nm->text[0] != 'x') {
		unsigned i = (unsigned)strtoul(nm->text, NULL, 10);

		assert_in_range(i, last, 999);
		last = i;
		assert_ptr_equal(top()->dir->slots[nm->slot], nm);
	}
	assert_int_equal(last, 990);
}

/* ---- paths ---- */

static void paths_into_buffers_of_any_size(void **state)
{
	static const char whole[] = "audio/one/two/three";
	struct node *n = add_dir(add_dir(add_dir(tree.root[BRANCH_AUDIO], "one"), "two"), "three");
	char buf[40];

	(void)state;
	for (size_t len = 0; len < sizeof(buf); len++) {
		memset(buf, '#', sizeof(buf));
		assert_int_equal(tree_path(n, buf, len), strlen(whole));
		if (len > strlen(whole))
			assert_string_equal(buf, whole);
		for (size_t i = len; i < sizeof(buf); i++)
			assert_int_equal(buf[i], '#');
	}
	assert_int_equal(tree_path(tree.root[BRANCH_DATA], buf, 4), 4);
	assert_int_equal(tree_path(tree.root[BRANCH_DATA], buf, 5), 4);
	assert_string_equal(buf, "data");
}

static void what_was_removed_has_no_path(void **state)
{
	struct node *dir = add_dir(top(), "d");
	char buf[40];

	(void)state;
	node_ref(dir);
	take(top(), "d");
	assert_int_equal(tree_path(dir, buf, sizeof(buf)), 0);
	atomic_store(&dir->nlookup, 0);
	tree_node_drop(&tree, dir);
}

/* ---- clearing ---- */

static void clear_data(void)
{
	struct node *cleared = tree_node_new(BRANCH_DATA, S_IFDIR, NULL);

	assert_non_null(cleared);
	tree_clear(&tree, BRANCH_DATA, cleared);
}

static void count_gone(void *data, struct node *n)
{
	assert_null(n->names);
	++*(unsigned *)data;
}

static void clearing_is_done_before_names_are_freed(void **state)
{
	enum { NAMES = 1000, STEP = 64 };
	struct node *dir = add_dir(top(), "d"), *known = add_dir(dir, "known");
	unsigned gone = 0, before;
	char buf[40];

	(void)state;
	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(buf, sizeof(buf), "%u", i);
		add_file(i % 2 ? dir : known, buf, 5000);
	}
	add_file(tree.root[BRANCH_AUDIO], "kept.wav", 1);
	node_ref(known);
	clear_data();
	check_counts(0, 0, 0);
	assert_int_equal(tree_blocks(&tree), 0);
	assert_int_equal(top()->dir->nnames, 0);
	assert_null(tree_find(&tree, top(), "d"));
	assert_int_equal(tree_path(known, buf, sizeof(buf)), 0);
	add_file(add_dir(top(), "d"), "f", 1);
	check_size();
	do {
		before = gone;
		assert_true(tree_free_cleared(&tree, STEP, count_gone, &gone));
		assert_int_equal(gone - before, STEP);
		check_size();
	} while (gone + STEP < NAMES + 2);
	clear_data();
	assert_false(tree_free_cleared(&tree, 2 * STEP, count_gone, &gone));
	assert_int_equal(gone, NAMES + 4);
	assert_int_equal(tree.nnames, 1);
	assert_int_equal(tree.ntracks, 1);
	assert_int_equal(known->nlink, 0);
	assert_int_equal(known->dir->nnames, 0);
	atomic_store(&known->nlookup, 0);
	tree_node_drop(&tree, known);
}

static void the_end_frees_what_was_cleared(void **state)
{
	struct node *dir = add_dir(top(), "d"), *known = add_file(dir, "f", 1);

	(void)state;
	node_ref(known);
	clear_data();
	add_file(top(), "new", 1);
	clear_data();
	/* tree_tear_down() ends the tree, and a leak fails. */
}

static void clearing_goes_to_any_depth(void **state)
{
	struct node *dir = top(), *held = NULL, *open;

	(void)state;
	for (unsigned i = 0; i < 20000; i++) {
		dir = add_dir(dir, "d");
		if (i == 10000)
			held = dir;
	}
	open = add_file(dir, "f", 77);
	add_node(dir, "l", S_IFLNK | 0777, "t");
	assert_non_null(tree_link(&tree, held, "linked", open));
	add_file(tree.root[BRANCH_AUDIO], "kept", 1);
	node_ref(held);
	open->nopen = 1;
	clear_data();
	check_counts(0, 0, 0);
	assert_true(tree_is_gone(held));
	while (tree_free_cleared(&tree, 100, NULL, NULL))
		continue;
	assert_int_equal(tree_blocks(&tree), 0);
	assert_int_equal(top()->nlink, 2);
	assert_int_equal(open->nlink, 0);
	assert_int_equal(held->dir->nnames, 0);
	assert_int_equal(tree.counts[BRANCH_AUDIO].files, 1);
	open->nopen = 0;
	tree_node_drop(&tree, open);
	atomic_store(&held->nlookup, 0);
	tree_node_drop(&tree, held);
	add_file(top(), "new", 1);
	check_size();
}

/* ---- the size ---- */

static void sizes_at_which_the_disc_changes_its_ways(void **state)
{
	static const uint64_t sizes[] = {
		0,
		1,
		2047,
		2048,
		2049,
		SIZE_ALIGN_MIN - 1,
		SIZE_ALIGN_MIN,
		SIZE_ALIGN_MIN + 1,
		UINT32_MAX - 1,
		UINT32_MAX,
		UINT64_C(1) << 32,
		(UINT64_C(1) << 32) + 1,
		UINT64_C(9) << 32,
	};
	struct node *n = add_file(top(), "n", 0), *m = add_file(top(), "m", 0);

	(void)state;
	assert_non_null(tree_link(&tree, add_dir(top(), "d"), "n", n));
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(sizes); j++) {
			tree_resize(&tree, n, sizes[i]);
			tree_resize(&tree, m, sizes[j]);
			check_size();
			tree_resize(&tree, n, 3);
		}
	}
}

static void random_name(char *name, size_t len)
{
	static const char *const parts[] = {
		"a",
		"B",
		"readme",
		".txt",
		".",
		"\xc3\xa4",
		"\xe2\x82\xac",
		"\xf0\x9f\x98\x80",
		"0",
		"~1",
		" ",
		"; ",
		"._",
		".DS_Store",
		"Thumbs.db",
		".Trash-1000",
		"a rather long part of a name that goes on",
		"abcdefghijklmnopqrstuvwxyz0123456789",
	};

	name[0] = '\0';
	for (unsigned n = 1 + below(below(8) ? 3 : 12); n; n--) {
		const char *part = parts[below(ARRAY_SIZE(parts))];

		if (strlen(name) + strlen(part) < len)
			memcpy(name + strlen(name), part, strlen(part) + 1);
	}
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		name[0] = 'x';
}

static struct node *random_dir(void)
{
	struct node *dir = top();

	while (below(3)) {
		uint32_t at = below(dir->dir->nslots + 1);
		struct name *nm = dir_next(dir, &at);

		if (nm && node_is_dir(nm->node))
			dir = nm->node;
	}
	return dir;
}

static void random_addition(struct node *dir, const char *name)
{
	static const uint64_t sizes[] = {
		0, 1, 5000, SIZE_ALIGN_MIN, SIZE_ALIGN_MIN * 3 + 1, UINT64_C(5) << 30,
	};
	char target[SIZE_LINK_MAX + 1] = "/";

	if (tree_find(&tree, dir, name))
		return;
	switch (below(5)) {
	case 0:
		add_dir(dir, name);
		break;
	case 1:
		for (unsigned n = below(100); n; n--)
			memcpy(target + strlen(target), "./target/", 10);
		add_node(dir, name, S_IFLNK | 0777, target);
		break;
	case 2:
		add_node(dir, name, S_IFIFO | 0644, NULL);
		break;
	default:
		add_file(dir, name, sizes[below(ARRAY_SIZE(sizes))]);
	}
}

/* As renames do it. */
static void random_move(struct name *nm, struct node *to, const char *name)
{
	struct node *node = nm->node;

	if (tree_find(&tree, to, name) || (node_is_dir(node) && tree_is_below(to, node)))
		return;
	assert_non_null(tree_link(&tree, to, name, node));
	if (node_is_dir(node) || below(2))
		tree_unlink(&tree, nm);
}

static void random_exclusion(void)
{
	static const char *const lists[] = { EXCLUDE_DEFAULT, EXCLUDE_DEFAULT, "",
					     "a*:*.txt",      "*b*",	       "*" };
	uint64_t before = tree_blocks(&tree), excluded = tree.counts[BRANCH_DATA].excluded;

	if (tree_exclude(&tree, lists[below(ARRAY_SIZE(lists))]))
		return;
	assert_null(tree.dirty);
	assert_int_equal(tree_blocks(&tree), before);
	assert_int_equal(tree.counts[BRANCH_DATA].excluded, excluded);
}

static void random_edits(unsigned steps)
{
	for (unsigned step = 0; step < steps; step++) {
		struct node *dir = random_dir(), *other = random_dir();
		uint32_t at = below(dir->dir->nslots + 1);
		struct name *nm = dir_next(dir, &at);
		char name[256];

		random_name(name, sizeof(name));
		if (!nm || below(3))
			random_addition(dir, name);
		else if (node_is_file(nm->node) && below(2))
			tree_resize(&tree, nm->node,
				    below(2) ? below(10000) : (uint64_t)below(5) << 31);
		else if (below(2))
			random_move(nm, other, name);
		else if (!node_is_dir(nm->node) || !nm->node->dir->nnames)
			take(dir, nm->text);
		if (below(100) == 0)
			random_exclusion();
		if (below(40) == 0)
			check_size();
	}
	check_size();
}

static void random_edits_keep_the_sums(void **state)
{
	(void)state;
	random_edits(6000);
}

/* ---- what is kept off the disc ---- */

static void check_excluded(uint64_t excluded)
{
	assert_int_equal(tree.counts[BRANCH_DATA].excluded, excluded);
	check_size();
}

static void an_excluded_name_costs_nothing(void **state)
{
	struct node *trash, *files;
	uint64_t blocks;

	(void)state;
	tree_exclude(&tree, EXCLUDE_DEFAULT);
	trash = add_dir(top(), ".Trash-1000");
	files = add_dir(trash, "files");
	add_file(files, "large", 10 * SIZE_ALIGN_MIN);
	add_file(files, "many sections", UINT64_C(9) << 32);
	add_node(files, "link", S_IFLNK | 0777, "target");
	check_counts(0, 0, 0);
	check_excluded(5);
	assert_true(tree_is_empty(&tree));
	assert_int_equal(tree_blocks(&tree), 0);
	assert_int_equal(tree_blocks_bound(&tree), 0);
	add_file(top(), "f", 1);
	blocks = tree_blocks(&tree);
	add_file(top(), "._f", 4096);
	add_dir(top(), ".fseventsd");
	assert_null(tree.dirty);
	assert_int_equal(tree_blocks(&tree), blocks);
	tree_resize(&tree, tree_find(&tree, files, "large")->node, 3);
	assert_int_equal(tree_blocks(&tree), blocks);
	check_counts(1, 0, 1);
	check_excluded(7);
	take(top(), "._f");
	take(files, "link");
	check_excluded(5);
	/* Another list that makes no other disc. */
	assert_false(tree_exclude(&tree, EXCLUDE_DEFAULT ":large"));
	assert_false(tree_exclude(&tree, ".Trash-*:.fs*"));
	assert_true(tree_exclude(&tree, ".Trash-*:._*"));
	assert_true(tree_exclude(&tree, EXCLUDE_DEFAULT));
	check_excluded(5);
	/* In audio/ there is nothing to exclude. */
	add_file(tree.root[BRANCH_AUDIO], "._f", 1);
	assert_int_equal(tree.counts[BRANCH_AUDIO].files, 1);
	assert_int_equal(tree.counts[BRANCH_AUDIO].excluded, 0);
	check_excluded(5);
}

static void a_file_of_which_some_names_are_excluded(void **state)
{
	struct node *file, *trash;

	(void)state;
	tree_exclude(&tree, EXCLUDE_DEFAULT);
	trash = add_dir(top(), ".Trash-1000");
	file = add_file(trash, "f", 5000);
	assert_int_equal(tree_links(file), 0);
	assert_non_null(tree_link(&tree, top(), "f", file));
	assert_non_null(tree_link(&tree, top(), "._f", file));
	assert_non_null(tree_link(&tree, top(), "g", file));
	assert_int_equal(file->nlink, 4);
	assert_int_equal(tree_links(file), 2);
	check_counts(2, 0, 5000);
	check_excluded(3);
	tree_resize(&tree, file, UINT64_C(5) << 30);
	check_excluded(3);
	take(top(), "f");
	check_counts(1, 0, UINT64_C(5) << 30);
	take(top(), "g");
	check_counts(0, 0, 0);
	check_excluded(3);
	tree_exclude(&tree, "._*");
	assert_int_equal(tree_links(file), 1);
	check_counts(1, 1, UINT64_C(5) << 30);
	check_excluded(1);
	take(trash, "f");
	take(top(), "._f");
	check_counts(0, 1, 0);
	check_excluded(0);
}

/* As a rename does it: the new name first. */
static void rename_to(struct node *dir, const char *name, struct node *to, const char *new_name)
{
	struct name *nm = tree_find(&tree, dir, name), *old = tree_find(&tree, to, new_name);
	struct node *replaced = old ? old->node : NULL;

	assert_non_null(nm);
	assert_non_null(tree_link(&tree, to, new_name, nm->node));
	if (old) {
		tree_unlink(&tree, old);
		tree_node_drop(&tree, replaced);
	}
	tree_unlink(&tree, nm);
}

static void a_file_is_saved_through_another(void **state)
{
	(void)state;
	tree_exclude(&tree, EXCLUDE_DEFAULT);
	add_file(top(), "report.odt", 5000);
	add_file(top(), ".goutputstream-ABCDEF", 2 * SIZE_ALIGN_MIN);
	check_counts(1, 0, 5000);
	check_excluded(1);
	rename_to(top(), ".goutputstream-ABCDEF", top(), "report.odt");
	check_counts(1, 0, 2 * SIZE_ALIGN_MIN);
	check_excluded(0);
	rename_to(top(), "report.odt", top(), "._report.odt");
	check_counts(0, 0, 0);
	check_excluded(1);
	assert_int_equal(tree_blocks(&tree), 0);
}

static void a_directory_goes_into_the_trash_and_comes_back(void **state)
{
	struct node *trash, *dir, *sub;

	(void)state;
	tree_exclude(&tree, EXCLUDE_DEFAULT);
	trash = add_dir(top(), ".Trash-1000");
	dir = add_dir(top(), "dir");
	sub = add_dir(dir, "sub");
	add_file(sub, "f", 3000);
	add_file(sub, ".DS_Store", 6000);
	add_dir(dir, ".Trashes");
	add_file(top(), "f", 1);
	check_counts(2, 2, 3001);
	check_excluded(3);
	rename_to(top(), "dir", trash, "dir");
	check_counts(1, 0, 1);
	check_excluded(6);
	assert_int_equal(tree_links(sub), 0);
	/* Within it, and to another excluded name. */
	rename_to(trash, "dir", trash, "dir.2");
	rename_to(trash, "dir.2", top(), ".Trash-0");
	check_excluded(6);
	rename_to(top(), ".Trash-0", top(), "back");
	check_counts(2, 2, 3001);
	check_excluded(3);
	assert_int_equal(tree_links(sub), 1);
	/* Taken back, as a rename is that does not fit. */
	assert_non_null(tree_link(&tree, trash, "back", dir));
	tree_unlink(&tree, tree_find(&tree, trash, "back"));
	check_excluded(3);
	tree_exclude(&tree, EXCLUDE_DEFAULT ":back:f");
	check_counts(0, 0, 0);
	check_excluded(7);
	tree_exclude(&tree, "");
	check_counts(3, 4, 9001);
	check_excluded(0);
}

static void an_excluded_name_hides_no_recorded_one(void **state)
{
	struct node *old;
	struct tree disc;

	(void)state;
	add_file(add_dir(top(), ".Trash-1000"), "recorded", 10);
	old = add_file(top(), ".DS_Store", 10);
	add_file(add_dir(top(), "d"), "f", 10);
	disc = tree;
	assert_int_equal(tree_settle(&disc), 0);
	assert_int_equal(tree_init(&tree, 0, 0), 0);
	tree_exclude(&tree, EXCLUDE_DEFAULT);
	tree_lay_over(&tree, &disc);
	add_file(top(), ".DS_Store", 5000);
	add_file(add_dir(top(), ".Trash-1000"), "staged", 5000);
	assert_int_equal(tree_blocks(&tree), 0);
	add_file(top(), "._d", 1);
	add_file(top(), "new", 1);
	check_excluded(4);
	assert_ptr_equal(on_disc(&tree, top(), ".DS_Store")->node, old);
	assert_null(on_disc(&tree, top(), "._d"));
	assert_ptr_equal(on_disc(&tree, top(), "new")->node, tree_find(&tree, top(), "new")->node);
	assert_true(on_disc(&tree, top(), ".DS_Store")->node->flags & NODE_RECORDED);
	/* An excluded directory lies over nothing until it is one that is not. */
	rename_to(top(), ".Trash-1000", top(), "d");
	check_excluded(2);
	assert_non_null(on_disc(&tree, tree_find(&tree, top(), "d")->node, "f"));
	rename_to(top(), "d", top(), ".Trash-1000");
	check_excluded(4);
	tree_exclude(&tree, "");
	check_excluded(0);
	assert_ptr_not_equal(on_disc(&tree, top(), ".DS_Store")->node, old);
	tree_exclude(&tree, EXCLUDE_DEFAULT);
	check_excluded(4);
	tree_lay_over(&tree, NULL);
	check_size();
	tree_fini(&disc);
}

/* ---- a tree over another ---- */

static void a_staged_name_stands_for_a_recorded_one(void **state)
{
	struct tree disc;
	struct node *d, *file;

	(void)state;
	add_file(add_dir(top(), "d"), "old", 10);
	add_file(add_dir(add_dir(top(), "hidden"), "deep"), "f", 10);
	add_file(top(), "f", 4096);
	disc = tree;
	assert_int_equal(tree_settle(&disc), 0);
	assert_int_equal(tree_init(&tree, 0, 0), 0);
	tree_lay_over(&tree, &disc);
	assert_int_equal(tree_blocks(&tree), 0);
	d = add_dir(top(), "d");
	add_file(d, "new", 3000);
	check_size();
	assert_non_null(on_disc(&tree, d, "old"));
	assert_null(tree_find(&tree, d, "old"));
	file = add_file(top(), "hidden", 5);
	check_size();
	assert_ptr_equal(on_disc(&tree, top(), "hidden")->node, file);
	assert_true(on_disc(&tree, top(), "f")->node->flags & NODE_RECORDED);
	/* Elsewhere a directory lies over nothing. */
	assert_non_null(tree_link(&tree, top(), "e", d));
	tree_unlink(&tree, tree_find(&tree, top(), "d"));
	assert_null(on_disc(&tree, d, "old"));
	check_size();
	assert_non_null(tree_link(&tree, top(), "d", d));
	tree_unlink(&tree, tree_find(&tree, top(), "e"));
	assert_non_null(on_disc(&tree, d, "old"));
	check_size();
	tree_lay_over(&tree, NULL);
	check_size();
	tree_fini(&disc);
}

static void random_edits_over_another_tree_keep_the_sums(void **state)
{
	struct tree disc;

	(void)state;
	random_edits(1500);
	tree_exclude(&tree, "");
	disc = tree;
	assert_int_equal(tree_settle(&disc), 0);
	assert_int_equal(tree_init(&tree, 0, 0), 0);
	random_edits(300);
	tree_lay_over(&tree, &disc);
	random_edits(2500);
	clear_data();
	assert_int_equal(tree_blocks(&tree), 0);
	random_edits(500);
	tree_lay_over(&tree, NULL);
	check_size();
	tree_fini(&disc);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tree_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(an_empty_tree),
		FRESH(the_same_name_in_many_directories),
		FRESH(names_are_whole_bytes),
		FRESH(link_counts),
		FRESH(a_directory_moves_with_its_content),
		FRESH(a_node_lives_while_it_is_held),
		FRESH(the_end_frees_what_the_kernel_remembers),
		FRESH(a_reader_keeps_his_place),
		FRESH(an_open_directory_does_not_grow),
		FRESH(closed_directories_are_compacted_in_order),
		FRESH(paths_into_buffers_of_any_size),
		FRESH(what_was_removed_has_no_path),
		FRESH(clearing_goes_to_any_depth),
		FRESH(clearing_is_done_before_names_are_freed),
		FRESH(the_end_frees_what_was_cleared),
		FRESH(sizes_at_which_the_disc_changes_its_ways),
		FRESH(random_edits_keep_the_sums),
		FRESH(an_excluded_name_costs_nothing),
		FRESH(a_file_of_which_some_names_are_excluded),
		FRESH(a_file_is_saved_through_another),
		FRESH(a_directory_goes_into_the_trash_and_comes_back),
		FRESH(an_excluded_name_hides_no_recorded_one),
		FRESH(a_staged_name_stands_for_a_recorded_one),
		FRESH(random_edits_over_another_tree_keep_the_sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
