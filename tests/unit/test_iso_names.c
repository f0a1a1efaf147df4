/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What Linux shows of long names on a data disc, and what readers that join all fields find. Both
 * are read here from the bytes alone, as fs/isofs/rock.c does it: get_rock_ridge_filename() and
 * rock_continue().
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "iso/format.h"
#include "made_tree.h"

static const struct settings settings;

/* ---- trees ---- */

static struct node *add_dir(const char *name)
{
	return add_node(top(), name, S_IFDIR | 0755, NULL);
}

/*
 * A name of @len bytes: @n tells it from others, then come @odd bytes, then @c as often as there is
 * room.
 */
static const char *name_of(size_t len, int n, const char *c, size_t odd)
{
	static char name[256];
	size_t at = (size_t)snprintf(name, sizeof(name), "%04d", n);

	assert_true(len < sizeof(name) && at + odd <= len);
	while (odd--)
		name[at++] = '-';
	while (at + strlen(c) <= len)
		at += (size_t)snprintf(name + at, sizeof(name) - at, "%s", c);
	while (at < len)
		name[at++] = '.';
	name[at] = '\0';
	return name;
}

/* ---- as Linux reads ---- */

struct linux_name {
	char shown[256], joined[1000];
	size_t nshown, njoined;
	bool truncated;
	unsigned fields, areas;
};

static void read_nm(struct linux_name *out, const unsigned char *nm)
{
	size_t len = nm[FIELD_LEN] - 5u;

	if (nm[FIELD_DATA] & 6)
		return;
	assert_true(out->njoined + len < sizeof(out->joined));
	memcpy(out->joined + out->njoined, nm + 5, len);
	out->njoined += len;
	out->fields++;
	out->truncated |= out->nshown + len >= 254;
	if (out->truncated)
		return;
	memcpy(out->shown + out->nshown, nm + 5, len);
	out->nshown += len;
}

static struct linux_name linux_name(const struct iso_layout *l, const unsigned char *su, size_t len)
{
	struct linux_name out = { 0 };
	uint32_t block, offset, size;

	for (int hops = 0; len; hops++) {
		block = 0;
		while (len > 2) {
			if (su[FIELD_LEN] < 3)
				break;
			assert_true(su[FIELD_LEN] <= len);
			if (memcmp(su, "NM", 2) == 0)
				read_nm(&out, su);
			if (memcmp(su, "CE", 2) == 0) {
				block = le32(su + CE_BLOCK);
				offset = le32(su + CE_OFFSET);
				size = le32(su + CE_SIZE);
			}
			len -= su[FIELD_LEN];
			su += su[FIELD_LEN];
		}
		if (!block)
			break;
		assert_true(hops < 32 && offset <= BLOCK_SIZE - 4 && size <= BLOCK_SIZE &&
			    offset + size <= BLOCK_SIZE);
		su = l->head + (size_t)block * BLOCK_SIZE + offset;
		len = size;
		out.areas++;
	}
	return out;
}

/* ---- what must be so ---- */

/* Whole characters up to LINUX_NAME_MAX bytes. */
static size_t bytes_to_show(const char *name)
{
	size_t at = 0, end = 0;

	while (name[at]) {
		unsigned char c = (unsigned char)name[at];

		at += c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		if (at <= 253)
			end = at;
	}
	return end;
}

struct tally {
	unsigned entries, lengthy, shown, unshown; /* of what is lengthy */
	unsigned crossing;            /* of the unshown: libisofs 1.5.6 fills blocks, and goes on in
					 the next */
	bool first_come;              /* none is shown behind one that is not */
};

static void judge_name(const struct linux_name *got, struct tally *t)
{
	size_t want = bytes_to_show(got->joined);

	t->entries++;
	if (got->njoined <= 253) {
		assert_false(got->truncated);
		assert_true(got->fields <= 2);
		assert_int_equal(got->nshown, got->njoined);
		return;
	}
	t->lengthy++;
	assert_true(got->truncated);
	if (got->nshown == want) {
		t->shown++;
		t->first_come &= !t->unshown;
	} else {
		t->unshown++;
		t->crossing += got->areas > 1;
		assert_int_equal(got->fields, 2);
	}
	assert_memory_equal(got->shown, got->joined, got->nshown);
}

static const unsigned char *block_at(const struct iso_layout *l, uint32_t block)
{
	return l->head + (size_t)block * BLOCK_SIZE;
}

/* The root has the path table's first record, and the one directory in it the second. */
static uint32_t directory_block(const struct iso_layout *l, bool root)
{
	const unsigned char *pvd = block_at(l, PVD_BLOCK);
	const unsigned char *paths = block_at(l, le32(pvd + VD_PATH_TABLE_L));

	return le32((root ? paths : paths + PATH_ID + 2) + PATH_BLOCK);
}

/* The names in the root or the directory below it: each must be there, whole. */
static struct tally read_directory(const struct iso_layout *l, const struct node *dir)
{
	uint32_t block = directory_block(l, dir == top());
	const unsigned char *p = block_at(l, block), *end = p + le32(p + RECORD_SIZE);
	struct tally t = { .first_come = true };

	while (p < end) {
		unsigned su = RECORD_ID + p[RECORD_ID_LEN] + (p[RECORD_ID_LEN] % 2 == 0);
		struct linux_name name;

		if (!p[RECORD_LEN]) { /* the rest of the block is empty */
			p += BLOCK_SIZE - (size_t)(p - l->head) % BLOCK_SIZE;
			continue;
		}
		name = linux_name(l, p + su, p[RECORD_LEN] - su);
		p += p[RECORD_LEN];
		if (!name.njoined)
			continue; /* the directory itself, or the one above */
		assert_non_null(tree_find(&tree, dir, name.joined));
		judge_name(&name, &t);
	}
	return t;
}

static struct tally burn_and_read(const struct node *dir)
{
	struct iso_layout l = lay_out_sound(&settings);
	struct tally t = read_directory(&l, dir);

	iso_layout_fini(&l);
	assert_true(!t.crossing || strcmp(iso_library_version(), "1.5.4") != 0);
	return t;
}

/* ---- tests ---- */

static const char *const characters[] = { "a", "é", "語", "🎵" };

/* All lengths, and all ways that the last characters can lie. */
static void the_cut(void **state)
{
	for (size_t len = 250; len <= 255; len++) {
		for (size_t i = 0; i < ARRAY_SIZE(characters) * 4; i++) {
			struct node *dir = add_dir("dir");
			struct tally t;

			add_node(dir, name_of(len, 0, characters[i / 4], i % 4), S_IFREG | 0644,
				 NULL);
			t = burn_and_read(dir);
			assert_int_equal(t.entries, 1);
			assert_int_equal(t.lengthy, len > 253);
			assert_int_equal(t.shown, len > 253);
			tree_tear_down(state);
			tree_set_up(state);
		}
	}
}

/*
 * Of every kind, between names of all lengths, so that what is behind them has to move, and links
 * go on.
 */
static void among_others(void **state)
{
	static const uint32_t modes[] = { S_IFREG | 0644, S_IFIFO | 0600, S_IFDIR | 0755,
					  S_IFLNK | 0777 };
	struct node *dir = add_dir("dir");
	char target[SIZE_LINK_MAX + 1];
	struct tally t;
	int n = 0;

	(void)state;
	memset(target, 'x', sizeof(target));
	for (size_t at = 150; at < SIZE_LINK_MAX; at += 151)
		target[at] = '/';
	for (size_t len = 20; len <= 250; len += 10) {
		target[4 * len] = '\0';
		for (size_t i = 0; i < 4; i++, n++) {
			add_node(dir, name_of(len, n, characters[i], 0), modes[(i + len) % 4],
				 "target");
			if (len % 40 == 0)
				add_node(dir, name_of(254 + i % 2, 1000 + n, characters[i], 0),
					 modes[n / 4 % 4], target);
		}
		target[4 * len] = 'x';
	}
	t = burn_and_read(dir);
	assert_int_equal(t.lengthy, 24);
	assert_int_equal(t.shown + t.crossing, 24);
	assert_int_equal(t.entries, n + 24);
}

/* Nothing but such names: there is room for all. */
static void many(void **state)
{
	static const size_t counts[] = { 11, 12, 500 };

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct node *dir = add_dir("dir");
		struct tally t;

		for (size_t n = 0; n < counts[i]; n++)
			add_node(dir, name_of(254 + n % 2, (int)n, characters[n / 2 % 4], 0),
				 S_IFREG | 0644, NULL);
		t = burn_and_read(dir);
		assert_int_equal(t.entries, counts[i]);
		assert_int_equal(t.shown + t.crossing, counts[i]);
		tree_tear_down(state);
		tree_set_up(state);
	}
}

/*
 * Eleven areas of 175 bytes, and one of 95 behind them: libisofs leaves 28 bytes, which is room for
 * five.
 */
static void no_room_for_all(void **state)
{
	struct node *dir = add_dir("dir");
	struct tally t;

	(void)state;
	for (int n = 0; n < 11; n++)
		add_node(dir, name_of(255, n, "n", 0), S_IFREG | 0644, NULL);
	add_node(dir, name_of(175, 99, "n", 0), S_IFREG | 0644, NULL);
	t = burn_and_read(dir);
	assert_int_equal(t.entries, 12);
	assert_int_equal(t.lengthy, 11);
	assert_int_equal(t.shown, 5);
	assert_true(t.first_come);
}

/* In the root the text of ER comes before them. A file of several sections has its name in each. */
static void in_the_root(void **state)
{
	struct node *root = top();
	struct tally t;

	(void)state;
	for (int i = 0; i < 20; i++)
		tree_resize(&tree, add_node(root, name_of(255, i, "é", 0), S_IFREG | 0644, NULL),
			    (uint64_t)i << 30);
	t = burn_and_read(root);
	assert_true(t.entries > 40);
	assert_int_equal(t.lengthy, t.entries);
	assert_int_equal(t.shown + t.crossing, t.entries);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, tree_set_up, tree_tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(the_cut),
		TEST(among_others),
		TEST(many),
		TEST(no_room_for_all),
		TEST(in_the_root),
	};

	iso_set_size_model();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
