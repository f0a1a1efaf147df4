/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The corners of tree/size.c, with figures derived by hand from ECMA-119, SUSP, Rock Ridge and
 * Joliet. What libisofs makes of arbitrary trees is compared in tests/property/prop_size.c.
 *
 * Two records come up again and again. A file whose name has two characters takes
 *	ISO 9660: even(33 + 3 for "NN." + 2 for ";1") + even(PX 44 + TF 26 + NM 5 + 2) = 116
 *	Joliet: 34 + 2 * 3 + 4 = 44
 * and "." and ".." take 220 (254 in the root) and 68, so that a directory of one block holds 15 of
 * the former ((2048 - 220) / 116) and 45 of the latter; each further block 17 and 46.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tree/size.h"

enum { NAMES_MAX = 400, NAME_SIZE = 256 };

#define ENGLAND "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xa5\xf3\xa0\x81\xae" \
		"\xf3\xa0\x81\xa7\xf3\xa0\x81\xbf" /* a black flag and six language tags */

/* A directory as it grows. */
static struct size_entry entries[NAMES_MAX];
static char names[NAMES_MAX][NAME_SIZE];
static size_t count;

static int empty(void **state)
{
	(void)state;
	count = 0;
	return 0;
}

static void add(const char *name, enum size_kind kind, const char *target, uint64_t size)
{
	assert_true(count < NAMES_MAX);
	snprintf(names[count], NAME_SIZE, "%s", name);
	entries[count] = (struct size_entry){ names[count], target, size, kind };
	count++;
}

static void add_numbered(size_t n, enum size_kind kind, const char *target)
{
	char name[NAME_SIZE];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "%02zu", count);
		add(name, kind, target, 0);
	}
}

/* @n names of @length bytes, that differ at their beginning or at their end. */
static void add_long(size_t n, int length, enum size_kind kind, bool at_end)
{
	char name[NAME_SIZE];

	for (size_t i = 0; i < n; i++) {
		memset(name, 'x', (size_t)length);
		name[length] = '\0';
		for (int j = 0, k = (int)count; j < 3; j++, k /= 10)
			name[at_end ? length - 1 - j : 2 - j] = (char)('0' + k % 10);
		add(name, kind, NULL, 0);
	}
}

/* Directories with names of two characters of which none is in ISO 9660: "__" all. */
static void add_family(size_t n)
{
	char name[NAME_SIZE];

	for (size_t i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "\xe4\xb8%c\xe4\xb8%c", (char)(0x80 + i / 64),
			 (char)(0x80 + i % 64));
		add(name, SIZE_DIRECTORY, NULL, 0);
	}
}

static struct size_dir measure(void)
{
	struct size_dir d;

	assert_int_equal(size_dir(entries, count, false, &d), 0);
	return d;
}

static struct size_dir bound_of(void)
{
	struct size_bound b = { 0 };
	struct size_dir d;

	for (size_t i = 0; i < count; i++)
		size_bound_add(&b, &entries[i]);
	size_bound_dir(&b, false, &d);
	return d;
}

static void assert_bounded(void)
{
	struct size_dir exact = measure(), bound = bound_of();

	assert_true(exact.iso_blocks <= bound.iso_blocks);
	assert_true(exact.joliet_blocks <= bound.joliet_blocks);
	assert_true(exact.path_bytes <= bound.path_bytes);
	assert_true(exact.joliet_path_bytes <= bound.joliet_path_bytes);
}

static void test_empty_root(void **state)
{
	struct size_dir d;
	struct size_totals t = { 0 };

	(void)state;
	assert_int_equal(size_dir(NULL, 0, true, &d), 0);
	assert_int_equal(d.iso_blocks, 2); /* the ER field of "." is in the continuation area */
	assert_int_equal(d.joliet_blocks, 1);
	assert_int_equal(d.path_bytes, 0);
	assert_int_equal(d.joliet_path_bytes, 0);
	t.iso_blocks = d.iso_blocks;
	t.joliet_blocks = d.joliet_blocks;
	/* 19 + 2 + 1 + 4 path tables are below the floor */
	assert_int_equal(size_data_start(&t), 32);
	assert_int_equal(size_image(&t), 32 + 1 + 150);
}

static void test_empty_directory(void **state)
{
	struct size_dir d = measure();

	(void)state;
	assert_int_equal(d.iso_blocks, 1);
	assert_int_equal(d.joliet_blocks, 1);
}

static void test_records_do_not_cross_blocks(void **state)
{
	static const struct { size_t n; uint32_t iso, joliet; } at[] = {
		{ 1, 1, 1 }, { 15, 1, 1 }, { 16, 2, 1 }, { 32, 2, 1 }, { 33, 3, 1 },
		{ 45, 3, 1 }, { 46, 3, 2 }, { 91, 6, 2 }, { 92, 6, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		add_numbered(at[i].n - count, SIZE_FILE, NULL);
		assert_int_equal(measure().iso_blocks, at[i].iso);
		assert_int_equal(measure().joliet_blocks, at[i].joliet);
		assert_bounded();
	}
}

static void test_root_has_less_room(void **state)
{
	struct size_dir d;

	(void)state;
	/* records of 130, see test_link_components() */
	add_numbered(14, SIZE_SYMLINK, "usr/lib");
	assert_int_equal(measure().iso_blocks, 1);
	assert_int_equal(size_dir(entries, 13, true, &d), 0);
	assert_int_equal(d.iso_blocks, 1 + 1);
	assert_int_equal(size_dir(entries, 14, true, &d), 0);
	assert_int_equal(d.iso_blocks, 2 + 1);
}

static void test_longest_name_without_continuation(void **state)
{
	(void)state;
	/* 66 with the 31 characters of ISO 9660, and 70 + 5 + 113 are 254 */
	add_long(1, 113, SIZE_FILE, false);
	assert_int_equal(measure().iso_blocks, 1);
	empty(NULL);
	add_long(1, 114, SIZE_FILE, false);
	assert_int_equal(measure().iso_blocks, 1 + 1);
}

static void test_continuation_area(void **state)
{
	/*
	 * Of 240 bytes 85 fit, 5 + 155 go to the continuation area: 12 times 160 with room for a CE
	 * field. The 13th skips 128 bytes to the next block and, as libisofs reckons, 128 there; so
	 * that block holds ten more and not twelve. Records of 254: 7, then 8 in a block.
	 */
	static const struct { size_t n; uint32_t records, continuation; } at[] = {
		{ 7, 1, 1 }, { 8, 2, 1 }, { 12, 2, 1 }, { 13, 2, 2 }, { 23, 3, 2 }, { 24, 4, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		add_long(at[i].n - count, 240, SIZE_FILE, false);
		assert_int_equal(measure().iso_blocks, at[i].records + at[i].continuation);
		assert_bounded();
	}
}

static void test_sections(void **state)
{
	const uint64_t last = UINT32_MAX, others = 0xfffff800;
	static const struct { uint64_t sections; uint32_t iso, joliet; } at[] = {
		{ 1, 1, 1 }, { 15, 1, 1 }, { 16, 2, 1 }, { 45, 3, 1 }, { 46, 3, 2 },
	};

	(void)state;
	add("00", SIZE_FILE, NULL, 0);
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		entries[0].size = last + (at[i].sections - 1) * others;
		assert_int_equal(measure().iso_blocks, at[i].iso);
		assert_int_equal(measure().joliet_blocks, at[i].joliet);
		assert_bounded();
		/* one byte less than one section more */
		if (i > 0) {
			entries[0].size = last + (at[i].sections - 2) * others + 1;
			assert_int_equal(measure().iso_blocks, at[i].iso);
			assert_int_equal(measure().joliet_blocks, at[i].joliet);
		}
	}
	entries[0].size = last + 14 * others + 1;
	assert_int_equal(measure().iso_blocks, 2);
}

static void test_families(void **state)
{
	/* path table records: 8 + even length of "__" and 1, 1 + 2, 1 + 2 + 3 digits */
	static const struct { size_t n; uint32_t each; } at[] = {
		{ 1, 8 + 2 }, { 2, 8 + 4 }, { 10, 8 + 4 }, { 11, 8 + 6 }, { 100, 8 + 6 },
		{ 101, 8 + 8 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		empty(NULL);
		add_family(at[i].n);
		assert_int_equal(measure().path_bytes, at[i].n * at[i].each);
		assert_int_equal(measure().joliet_path_bytes, at[i].n * (8 + 4));
		assert_bounded();
	}
}

static void test_numbers_in_the_way(void **state)
{
	char name[] = "__0";

	(void)state;
	add_family(2);
	for (; name[2] <= '8'; name[2]++)
		add(name, SIZE_DIRECTORY, NULL, 0);
	/* only 9 is free: the first gets it, and is "__9" when both get two digits more */
	assert_int_equal(measure().path_bytes, 9 * (8 + 4) + 2 * (8 + 6));
	add(name, SIZE_DIRECTORY, NULL, 0);
	/* none is free: both get two digits, and only these */
	assert_int_equal(measure().path_bytes, 10 * (8 + 4) + 2 * (8 + 4));
	assert_bounded();
}

static void test_order_does_not_matter(void **state)
{
	struct size_dir before, after;

	(void)state;
	add_family(101);
	add_long(100, 200, SIZE_FILE, true);
	add_numbered(100, SIZE_FILE, NULL);
	before = measure();
	for (size_t i = 0; i < count / 2; i++) {
		struct size_entry e = entries[i];

		entries[i] = entries[count - 1 - i];
		entries[count - 1 - i] = e;
	}
	after = measure();
	assert_memory_equal(&before, &after, sizeof(before));
}

static void test_names_become_31_characters(void **state)
{
	(void)state;
	add_long(1, 255, SIZE_DIRECTORY, false);
	assert_int_equal(measure().path_bytes, 8 + 32);
	assert_int_equal(measure().joliet_path_bytes, 8 + 2 * 103);
	/* a number takes the place of what is cut off */
	add_long(1, 255, SIZE_DIRECTORY, true);
	add_long(1, 255, SIZE_DIRECTORY, true);
	assert_int_equal(measure().path_bytes, 3 * (8 + 32));
	assert_int_equal(measure().joliet_path_bytes, 3 * (8 + 2 * 103));
	assert_int_equal(measure().joliet_renamed, 3);
	assert_bounded();
}

static void test_joliet_fits(void **state)
{
	static const struct { int base; const char *ext; enum size_kind kind; bool fits; } at[] = {
		{ 103, "", SIZE_FILE, true }, { 104, "", SIZE_FILE, false },
		{ 100, ".txt", SIZE_FILE, true }, { 101, ".txt", SIZE_FILE, false },
		{ 102, ".", SIZE_FILE, true }, { 103, ".", SIZE_FILE, false },
		{ 103, "", SIZE_DIRECTORY, true }, { 104, "", SIZE_DIRECTORY, false },
		{ 99, ".txt", SIZE_DIRECTORY, true }, { 100, ".txt", SIZE_DIRECTORY, false },
		{ 200, "", SIZE_SYMLINK, true }, { 200, "", SIZE_FIFO, true },
		{ 5, "*?:;\\", SIZE_FILE, true }, { 102, "\xf0\x9f\x98\x80", SIZE_FILE, true },
		{ 103, "\xf0\x9f\x98\x80", SIZE_FILE, false }, { 102, ENGLAND, SIZE_FILE, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		char name[NAME_SIZE];

		snprintf(name, sizeof(name), "%0*d%s", at[i].base, 0, at[i].ext);
		assert_int_equal(size_joliet_fits(name, at[i].kind), at[i].fits);
		empty(NULL);
		add(name, at[i].kind, "x", 0);
		assert_int_equal(measure().joliet_renamed, !at[i].fits);
	}
}

/* Appends "name=what was staged " to the text at @arg; all is ASCII. Stops behind a "stop". */
static int list_joliet(void *arg, const struct size_entry *e, const uint16_t *text, unsigned length)
{
	const unsigned char *bytes = (const unsigned char *)text;
	char *out = (char *)arg + strlen(arg);

	for (unsigned i = 0; i < length; i++) {
		assert_int_equal(bytes[2 * i], 0);
		*out++ = (char)bytes[2 * i + 1];
	}
	snprintf(out, NAME_SIZE, "=%s ", e->name);
	return strcmp(e->name, "stop") == 0 ? -EINTR : 0;
}

static void test_joliet_names(void **state)
{
	char list[2 * NAME_SIZE] = "";

	(void)state;
	add("a;b", SIZE_FILE, NULL, 0);
	add("z", SIZE_FILE, NULL, 0);
	add("d?", SIZE_DIRECTORY, NULL, 0);
	add("a_b", SIZE_FILE, NULL, 0);
	add("link", SIZE_SYMLINK, "x", 0);
	add("a_b1", SIZE_DIRECTORY, NULL, 0); /* in the way */
	add("B.c", SIZE_FILE, NULL, 0);
	add("d*", SIZE_DIRECTORY, NULL, 0);
	add("a:b", SIZE_FILE, NULL, 0);
	assert_int_equal(size_joliet_names(entries, count, list_joliet, list), 0);
	assert_string_equal(list, "B.c=B.c a_b0=a:b a_b1=a_b1 a_b2=a;b a_b3=a_b d_0=d* d_1=d? "
				  "z.=z ");
	add("stop", SIZE_DIRECTORY, NULL, 0);
	list[0] = '\0';
	assert_int_equal(size_joliet_names(entries, count, list_joliet, list), -EINTR);
	assert_null(strstr(list, "=z"));
	list[0] = '\0';
	assert_int_equal(size_joliet_names(NULL, 0, list_joliet, list), 0);
	assert_string_equal(list, "");
}

static void test_links_and_fifos_are_not_in_joliet(void **state)
{
	(void)state;
	add_numbered(100, SIZE_SYMLINK, "x");
	add_numbered(100, SIZE_FIFO, NULL);
	assert_int_equal(measure().joliet_blocks, 1);
	assert_int_equal(bound_of().joliet_blocks, 1);
}

/* Links with names of two characters take even(38 + 77 + SL); 14 of 130 fit the first block. */
static void test_link_components(void **state)
{
	static const struct { const char *target; uint32_t blocks; } at[] = {
		{ "usr/lib", 1 },           /* 5 + (2 + 3) + (2 + 3) = 15: 130 */
		{ "usr/lib/", 1 },          /* the slash at the end is dropped */
		{ "usr/libs", 2 },          /* 16: 132 */
		{ "../../../../..", 1 },    /* 5 + 5 * 2 */
		{ "././././.", 1 },
		{ "ab/ab/ab/ab/ab", 2 },
		{ "/usr/l", 1 },            /* 5 + 2 + 5 + 3 */
		{ "//usr///l//", 1 },       /* a run of slashes is one */
		{ "/", 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		empty(NULL);
		add_numbered(14, SIZE_SYMLINK, at[i].target);
		assert_int_equal(measure().iso_blocks, at[i].blocks);
		assert_bounded();
	}
}

/* For how many lengths of a name a directory of links takes a block more with a later library. */
static unsigned larger_with_158(const char *target)
{
	unsigned larger = 0;

	for (int n = 1; n < 100; n++) {
		char name[NAME_SIZE];
		uint32_t before;

		empty(NULL);
		snprintf(name, sizeof(name), "%0*d", n, 0);
		add(name, SIZE_SYMLINK, target, 0);
		add_numbered(13, SIZE_SYMLINK, target);
		size_set_library(1, 5, 6);
		before = measure().iso_blocks;
		size_set_library(1, 5, 8);
		larger += measure().iso_blocks != before;
		assert_bounded();
		size_set_library(1, 5, 4);
	}
	return larger;
}

/* Its two bytes for an empty component behind a root that stands alone. */
static void test_link_to_root(void **state)
{
	(void)state;
	assert_in_range(larger_with_158("/"), 1, 98);
	assert_int_equal(larger_with_158("/a"), 0);
	assert_int_equal(larger_with_158("a/"), 0);
}

static void test_link_fits(void **state)
{
	static const struct { int parts[4]; bool fits; } at[] = {
		{ { 255 }, true }, { { 256 }, false }, { { 255, 255, 255, 255 }, true },
		{ { 255, 255, 255, 256 }, false }, { { 248, 248, 248 }, true },
		{ { 241, 249, 1 }, true },  /* two bytes of it go into the field that the first
					       began */
		{ { 247, 249, 1 }, false }, { { 247, 249 }, true }, { { 246, 255, 1 }, false },
		{ { 200, 249, 249, 1 }, true },
	};
	char target[SIZE_LINK_MAX + 2];

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		size_t length = 0;

		for (int j = 0; j < 4 && at[i].parts[j]; j++)
			length += (size_t)snprintf(target + length, sizeof(target) - length,
						   "%s%0*d", j ? "/" : "", at[i].parts[j], 0);
		assert_int_equal(size_link_fits(target), at[i].fits);
	}
	memset(target, '/', SIZE_LINK_MAX + 1);
	target[SIZE_LINK_MAX + 1] = '\0';
	assert_false(size_link_fits(target));
	target[SIZE_LINK_MAX] = '\0';
	assert_true(size_link_fits(target));
}

static void test_long_link(void **state)
{
	char target[NAME_SIZE];

	(void)state;
	memset(target, 't', 255);
	target[255] = '\0';
	/* one component in two fields, 255 and 5 + 257 - 248: 7 * 269 and a CE field fit a block */
	add_numbered(7, SIZE_SYMLINK, target);
	assert_int_equal(measure().iso_blocks, 1 + 1);
	assert_bounded();
	add_numbered(1, SIZE_SYMLINK, target);
	assert_int_equal(measure().iso_blocks, 1 + 2);
	assert_bounded();
}

/* Links of all lengths of target, by the hundred: most of the directory is continuation area. */
static void test_bound_of_links(void **state)
{
	char target[SIZE_LINK_MAX + 1];

	(void)state;
	for (size_t length = 1; length <= SIZE_LINK_MAX; length++) {
		for (size_t i = 0; i < length; i++)
			target[i] = i % 200 == 199 || length > 700 ? '/' : 't';
		target[length] = '\0';
		empty(NULL);
		add_numbered(100, SIZE_SYMLINK, target);
		assert_bounded();
	}
}

/* Long and short ones in turn: one spoils blocks for the other. */
static void test_bound_of_mixed_links(void **state)
{
	static char targets[NAMES_MAX][SIZE_LINK_MAX + 1];

	(void)state;
	for (size_t step = 1; step < 300; step++) {
		empty(NULL);
		add_long(200, 60, SIZE_SYMLINK, false);
		for (size_t i = 0; i < count; i++) {
			size_t length = 1 + i * step * 37 % (SIZE_LINK_MAX - 1);

			memset(targets[i], i % 3 ? '/' : 't', length);
			for (size_t j = 100; j < length; j += 100)
				targets[i][j] = '/';
			targets[i][length] = '\0';
			entries[i].target = targets[i];
		}
		assert_bounded();
	}
}

static void test_bound_of_long_names(void **state)
{
	(void)state;
	for (int length = 3; length < NAME_SIZE; length++)
		for (unsigned at_end = 0; at_end < 2; at_end++) {
			empty(NULL);
			add_long(120, length, length % 2 ? SIZE_FILE : SIZE_DIRECTORY, at_end);
			assert_bounded();
		}
}

static void test_bound_after_removal(void **state)
{
	struct size_bound b = { 0 }, zero = { 0 };
	struct size_dir exact, bound;

	(void)state;
	add_family(101);
	add_long(100, 255, SIZE_FILE, true);
	add_numbered(50, SIZE_SYMLINK, "../somewhere/else");
	add("big", SIZE_FILE, NULL, 20ULL << 32);
	for (size_t i = 0; i < count; i++)
		size_bound_add(&b, &entries[i]);
	while (count > 0) {
		size_bound_dir(&b, true, &bound);
		assert_int_equal(size_dir(entries, count, true, &exact), 0);
		assert_true(exact.iso_blocks <= bound.iso_blocks);
		assert_true(exact.joliet_blocks <= bound.joliet_blocks);
		assert_true(exact.path_bytes <= bound.path_bytes);
		assert_true(exact.joliet_path_bytes <= bound.joliet_path_bytes);
		size_bound_remove(&b, &entries[count / 2]);
		entries[count / 2] = entries[count - 1];
		count--;
	}
	assert_memory_equal(&b, &zero, sizeof(b));
}

/* A bound that is far off would be safe and useless. */
static void test_bound_is_near(void **state)
{
	(void)state;
	assert_int_equal(bound_of().iso_blocks, 1);
	assert_int_equal(bound_of().joliet_blocks, 1);
	add_numbered(100, SIZE_FILE, NULL);
	assert_int_equal(measure().iso_blocks, 6);
	assert_in_range(bound_of().iso_blocks, 6, 7);
	assert_in_range(bound_of().joliet_blocks, 3, 4);
}

static void test_content(void **state)
{
	static const struct { uint64_t bytes, blocks; } at[] = {
		{ 0, 0 }, { 1, 1 }, { 2048, 1 }, { 2049, 2 }, { 4097, 3 },
		{ SIZE_ALIGN_MIN - 2048, 511 }, { SIZE_ALIGN_MIN - 1, 512 },
		{ SIZE_ALIGN_MIN, 512 },
		{ SIZE_ALIGN_MIN + 1, 514 }, { SIZE_ALIGN_MIN + 2049, 514 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		assert_int_equal(size_content(at[i].bytes), at[i].blocks);
}

static void test_alignment(void **state)
{
	struct size_totals t = { .iso_blocks = 2, .joliet_blocks = 1, .small_blocks = 7 };

	(void)state;
	assert_false(size_leading_filler(&t));
	assert_int_equal(size_image(&t), 32 + 1 + 7 + 150);
	t.large_files = 1;
	t.large_blocks = 512;
	/* content begins at 33: a filler, so that the file begins at 34 */
	assert_true(size_leading_filler(&t));
	assert_int_equal(size_image(&t), 32 + 1 + 1 + 512 + 7 + 150);
	/* 19 + 10 + 4 path tables: content begins at 34 */
	t.iso_blocks = 9;
	assert_int_equal(size_data_start(&t), 33);
	assert_false(size_leading_filler(&t));
	assert_int_equal(size_image(&t), 33 + 1 + 512 + 7 + 150);
}

static void test_path_tables(void **state)
{
	struct size_totals t = { .iso_blocks = 100 };

	(void)state;
	/* the root's record is 10 bytes; each table is there twice */
	assert_int_equal(size_data_start(&t), 19 + 100 + 2 + 2);
	t.path_bytes = 2038;
	assert_int_equal(size_data_start(&t), 19 + 100 + 2 + 2);
	t.path_bytes = 2040;
	t.joliet_path_bytes = 4088;
	assert_int_equal(size_data_start(&t), 19 + 100 + 4 + 6);
}

static void test_language_tags_vanish(void **state)
{
	(void)state;
	add("x" ENGLAND, SIZE_DIRECTORY, NULL, 0);
	assert_int_equal(measure().path_bytes, 8 + 2);
	assert_int_equal(measure().joliet_path_bytes, 8 + 2 * 2);
	assert_true(size_name_remains("x" ENGLAND));
	assert_false(size_name_remains("\xf3\xa0\x80\x80\xf3\xa0\x81\xbf"));
	assert_true(size_name_remains("\xf3\xa0\x82\x80")); /* U+E0080 is no tag */
}

/* Not valid, and not exact: but nothing outside of the name is read. */
static void test_broken_utf8_does_no_harm(void **state)
{
	static const char *const broken[] = {
		"\xff", "a\xf0", "\xe4\xb8", "\x80\x80", "\xf0\x9f\x98",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
		add(broken[i], SIZE_FILE, NULL, 0);
	assert_int_equal(measure().iso_blocks, 1);
	assert_bounded();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_empty_root, empty),
		cmocka_unit_test_setup(test_empty_directory, empty),
		cmocka_unit_test_setup(test_records_do_not_cross_blocks, empty),
		cmocka_unit_test_setup(test_root_has_less_room, empty),
		cmocka_unit_test_setup(test_longest_name_without_continuation, empty),
		cmocka_unit_test_setup(test_continuation_area, empty),
		cmocka_unit_test_setup(test_sections, empty),
		cmocka_unit_test_setup(test_families, empty),
		cmocka_unit_test_setup(test_numbers_in_the_way, empty),
		cmocka_unit_test_setup(test_order_does_not_matter, empty),
		cmocka_unit_test_setup(test_names_become_31_characters, empty),
		cmocka_unit_test_setup(test_joliet_fits, empty),
		cmocka_unit_test_setup(test_joliet_names, empty),
		cmocka_unit_test_setup(test_links_and_fifos_are_not_in_joliet, empty),
		cmocka_unit_test_setup(test_link_components, empty),
		cmocka_unit_test_setup(test_link_to_root, empty),
		cmocka_unit_test_setup(test_link_fits, empty),
		cmocka_unit_test_setup(test_long_link, empty),
		cmocka_unit_test_setup(test_bound_of_links, empty),
		cmocka_unit_test_setup(test_bound_of_mixed_links, empty),
		cmocka_unit_test_setup(test_bound_of_long_names, empty),
		cmocka_unit_test_setup(test_bound_after_removal, empty),
		cmocka_unit_test_setup(test_bound_is_near, empty),
		cmocka_unit_test_setup(test_content, empty),
		cmocka_unit_test_setup(test_alignment, empty),
		cmocka_unit_test_setup(test_path_tables, empty),
		cmocka_unit_test_setup(test_language_tags_vanish, empty),
		cmocka_unit_test_setup(test_broken_utf8_does_no_harm, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
