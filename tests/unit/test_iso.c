/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The metadata of data discs: addresses, determinism, and what iso_check() must find. Other
 * programs' readers are asked as well where they are installed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iso/format.h"
#include "iso/mend.h"
#include "iso/names.h"
#include "iso/values.h"
#include "made_tree.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

static struct settings settings;
static time_t next_time;

static int setup(void **state)
{
	memset(&settings, 0, sizeof(settings));
	snprintf(settings.label, sizeof(settings.label), "Test disc");
	snprintf(settings.publisher, sizeof(settings.publisher), "nobody");
	next_time = 1600000000;
	return tree_set_up(state);
}

/* ---- trees ---- */

static void stamp(struct node *n)
{
	n->mtime = (struct timespec){ .tv_sec = next_time, .tv_nsec = 999999999 };
	n->atime.tv_sec = next_time + 100;
	n->ctime.tv_sec = next_time + 200;
	next_time += 7;
}

static struct node *add(struct node *dir, const char *name, uint32_t mode, const char *target)
{
	struct node *n = add_node(dir, name, mode, target);

	n->uid = 500;
	n->gid = 600;
	stamp(n);
	return n;
}

static struct node *add_file(struct node *dir, const char *name, uint64_t size)
{
	struct node *n = add(dir, name, S_IFREG | 0640, NULL);

	tree_resize(&tree, n, size);
	return n;
}

static struct node *add_dir(struct node *dir, const char *name)
{
	return add(dir, name, S_IFDIR | 0750, NULL);
}

static void check_sound(const struct iso_layout *l)
{
	struct err err = { 0 };

	if (iso_check(still(&tree), l, &err) != 0)
		fail_msg("%s", err.msg);
}

static const struct iso_file *find_file(const struct iso_layout *l, const struct node *n)
{
	for (size_t i = 0; i < l->nfiles; i++)
		if (l->files[i].node == n)
			return &l->files[i];
	fail_msg("a file has no address");
	return NULL;
}

/* One of everything. */
static void add_everything(void)
{
	struct node *dir = add_dir(top(), "directory"), *deeper = add_dir(dir, "a deeper one");
	struct node *linked = add_file(top(), "linked", 5000);
	char name[256];

	stamp(top());
	assert_non_null(tree_link(&tree, deeper, "linked again", linked));
	linked->mode = S_IFREG | S_ISUID | 0755;
	add_file(top(), "empty", 0);
	add_file(top(), "no dot", 1);
	add_file(dir, ".hidden", 2048);
	add_file(dir, "Grüße aus Köln — naïve.txt", 2049);
	add_file(deeper, "日本語のファイル", 12345);
	add_file(deeper, "emoji 🎵.mp3", 99);
	add_file(deeper, "what?*:;.x", 98);
	add_file(deeper, "what_____.x", 97);
	add(dir, "link", S_IFLNK | 0777, "../no dot");
	add(dir, "absolute", S_IFLNK | 0777, "//usr//share/./x/");
	add(dir, "root", S_IFLNK | 0777, "/");
	add(dir, "fifo", S_IFIFO | 0600, NULL);
	add(dir, "socket", S_IFSOCK | 0755, NULL);
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%0200d.data", i);
		add_file(dir, name, 10);
		snprintf(name, sizeof(name), "long directory %0150d", i);
		add_file(add_dir(deeper, name), "in it", 11);
	}
	memset(name, 'l', 200);
	snprintf(name + 200, sizeof(name) - 200, "/%s", "x/x/x/../y");
	add(deeper, "a link with a name that does not fit into a record of its directory any more, "
		    "not by far, so that some of it goes elsewhere", S_IFLNK | 0777, name);
	memset(name, 'n', 255);
	name[255] = '\0';
	add(deeper, name, S_IFLNK | 0777, "some/where");
	add_file(deeper, name + 1, 12);
}

/* ---- tests ---- */

static void everything_reads_back(void **state)
{
	struct iso_layout l;

	(void)state;
	add_everything();
	l = lay_out_sound(&settings);
	assert_int_equal(l.head_len % BLOCK_SIZE, 0);
	iso_layout_fini(&l);
}

static void same_stage_same_bytes(void **state)
{
	struct iso_layout a, b;
	void *hole[64];

	(void)state;
	add_everything();
	a = lay_out_sound(&settings);
	for (size_t i = 0; i < ARRAY_SIZE(hole); i++)
		hole[i] = malloc(24 + i % 3 * 16); /* the library's objects get other addresses */
	for (size_t i = 0; i < ARRAY_SIZE(hole); i += 2)
		free(hole[i]);
	b = lay_out_sound(&settings);
	for (size_t i = 1; i < ARRAY_SIZE(hole); i += 2)
		free(hole[i]);
	assert_int_equal(a.head_len, b.head_len);
	assert_memory_equal(a.head, b.head, a.head_len);
	iso_layout_fini(&a);
	iso_layout_fini(&b);
}

static void addresses_follow_names(void **state)
{
	struct node *b, *a, *in, *z;
	struct iso_layout l;

	(void)state;
	z = add_file(top(), "z", 1);
	b = add_file(top(), "b", 1);
	in = add_file(add_dir(top(), "c"), "x", 4097);
	a = add_file(top(), "a", 1);
	l = lay_out_sound(&settings);
	assert_int_equal(l.nfiles, 4);
	assert_ptr_equal(l.files[0].node, a);
	assert_ptr_equal(l.files[1].node, b);
	assert_ptr_equal(l.files[2].node, in);
	assert_ptr_equal(l.files[3].node, z);
	assert_int_equal(l.files[0].block, l.head_len / BLOCK_SIZE);
	assert_int_equal(l.files[3].block, l.files[0].block + 5);
	iso_layout_fini(&l);
}

/* Whatever the parity of the metadata, and of the files. */
static void large_files_are_aligned(void **state)
{
	bool parity[2] = { false, false };
	char name[80];

	(void)state;
	for (int i = 0; i < 60; i++) {
		struct iso_layout l;
		uint64_t end = 0;

		snprintf(name, sizeof(name),
			 "some small file with a long name, to let directories grow %d", i);
		add_file(top(), name, 100 * (uint64_t)i);
		if (i % 10 == 0) {
			snprintf(name, sizeof(name), "large %d", i);
			add_file(top(), name, MIB + 2048 * (uint64_t)i / 10 + 1);
		}
		l = lay_out_sound(&settings);
		parity[l.head_len / BLOCK_SIZE % 2] = true;
		for (int j = 0; j <= i / 10; j++) {
			assert_true(l.files[j].size >= MIB);
			assert_int_equal(l.files[j].block % 2, 0);
			if (end)
				assert_true(l.files[j].block - end < 2);
			end = l.files[j].block + blocks_of(l.files[j].size);
		}
		iso_layout_fini(&l);
	}
	assert_true(parity[0] && parity[1]);
}

static void hard_links_share_content(void **state)
{
	struct node *n, *other;
	struct iso_layout l;

	(void)state;
	other = add_file(top(), "b", 1);
	n = add_file(add_dir(top(), "z"), "last", 2 * MIB + 1);
	assert_non_null(tree_link(&tree, add_dir(top(), "a"), "first", n));
	assert_non_null(tree_link(&tree, top(), "c", n));
	assert_non_null(tree_link(&tree, top(), "d", other));
	assert_non_null(tree_link(&tree, top(), "e", add(top(), "link", S_IFLNK | 0777, "b")));
	l = lay_out_sound(&settings);
	assert_int_equal(l.nfiles, 2);
	assert_ptr_equal(l.files[0].node, n);
	iso_layout_fini(&l);
}

static void files_of_many_sections(void **state)
{
	static const uint64_t sizes[] = {
		4 * GIB - 2049, 4 * GIB - 2048, 4 * GIB - 1, 4 * GIB, 4 * GIB + 1, 8 * GIB - 4096,
		8 * GIB - 2049, 8 * GIB - 2048, 8 * GIB, 100 * GIB + 12345,
	};
	struct node *nodes[ARRAY_SIZE(sizes)];
	struct iso_layout l;
	char name[256];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		snprintf(name, sizeof(name), "%s%0*zu", i % 2 ? "file " : "", i % 3 ? 3 : 180, i);
		nodes[i] = add_file(top(), name, sizes[i]);
	}
	l = lay_out_sound(&settings);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		assert_int_equal(find_file(&l, nodes[i])->size, sizes[i]);
	iso_layout_fini(&l);
}

/* What libisofs up to 1.5.4 writes in fewer blocks than it counts. */
static void many_long_names(void **state)
{
	static const struct {
		int names, length;
	} cases[] = {
		{ 900, 130 }, { 500, 200 }, { 300, 240 }, { 800, 180 },
		{ 100, 255 }, { 41, 130 },  { 1, 255 },
	};
	char name[256], path[40];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct node *dir;
		struct iso_layout l;

		snprintf(path, sizeof(path), "directory %zu", i);
		dir = add_dir(top(), path);
		for (int j = 0; j < cases[i].names; j++) {
			snprintf(name, sizeof(name), "%0*d", cases[i].length, j);
			if (j % 5)
				add_file(dir, name, 1);
			else
				add(dir, name, S_IFLNK | 0777,
				    "some/where/else/far/away/from/here");
		}
		l = lay_out_sound(&settings);
		iso_layout_fini(&l);
	}
}

/* A name of @n times the same text, and an end. */
static const char *repeated(const char *part, int n, const char *end)
{
	static char name[256];
	size_t len = 0;

	for (int i = 0; i < n; i++)
		len += (size_t)snprintf(name + len, sizeof(name) - len, "%s", part);
	snprintf(name + len, sizeof(name) - len, "%s", end);
	return name;
}

/* Names that are one in Joliet, where numbers tell them apart, whatever their times say. */
static void colliding_joliet_names(void **state)
{
	char end[8];

	for (int step = -1; step <= 1; step++) {
		struct iso_layout l;
		uint32_t i = 0;
		struct name *nm;

		add_file(add_dir(top(), repeated("😀", 31, "")), "in the first", 1);
		add_dir(top(), repeated("🎵", 53, ".txt"));
		add_dir(top(), repeated("_", 31, "")); /* is one already, and counts as they do */
		add_file(add_dir(top(), repeated("_", 30, "0")), "in the way", 0);
		for (int j = 0; j < 12; j++) {
			snprintf(end, sizeof(end), "%02d.x", j * 5 % 12);
			add_file(top(), repeated("f", 110, end), j % 3 ? (uint64_t)j : 0);
			add_dir(add_dir(top(), repeated("d", 110, end)), end);
		}
		add_file(top(), "a?b", 5);
		add_file(top(), "a*b", 5);
		add_file(top(), "a_b.", 5); /* Joliet gives all files a dot */
		while ((nm = dir_next(top(), &i)))
			nm->node->mtime.tv_sec = 1500000000 + step * (time_t)i;
		l = lay_out_sound(&settings);
		iso_layout_fini(&l);
		tree_tear_down(state);
		setup(state);
	}
}

static void deep_trees(void **state)
{
	struct node *dir = top();
	struct iso_layout l;
	struct err err = { 0 };

	(void)state;
	for (int i = 0; i < ISO_DEPTH_MAX - 1; i++)
		dir = add_dir(dir, "d");
	add_file(dir, "at the bottom", 1);
	l = lay_out_sound(&settings);
	iso_layout_fini(&l);
	add_file(add_dir(dir, "d"), "too deep", 1);
	assert_int_equal(iso_lay_out(still(&tree), &settings, NULL, &l, &err), -ENAMETOOLONG);
	assert_non_null(strstr(err.msg, "too deep"));
}

static void times_are_clamped(void **state)
{
	static const int64_t times[] = {
		0, -1, -2208988800, -2208988801, 5680281600, 5680281601, INT64_C(1) << 50,
		951782400, 68169600,
	};
	struct iso_layout l;
	char name[20];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		struct node *n;

		snprintf(name, sizeof(name), "time %zu", i);
		n = add_file(top(), name, 1);
		n->mtime.tv_sec = n->atime.tv_sec = n->ctime.tv_sec = times[i];
	}
	l = lay_out_sound(&settings);
	iso_layout_fini(&l);
}

static void what_cannot_be(void **state)
{
	atomic_bool cancelled = true;
	struct iso_layout l;
	struct err err = { 0 };

	(void)state;
	add_file(top(), "a", 1);
	assert_int_equal(iso_lay_out(still(&tree), &settings, &cancelled, &l, &err), -ECANCELED);
	add_file(top(), "huge", UINT64_C(1) << 62);
	add_file(top(), "huge as well", UINT64_C(1) << 62);
	assert_int_equal(iso_lay_out(still(&tree), &settings, NULL, &l, &err), -ENOSPC);
}

static void link_targets(void **state)
{
	static const struct { const char *from, *to; } cases[] = {
		{ "a", "a" }, { "a/b", "a/b" }, { "a//b", "a/b" }, { "a/", "a" }, { "a///", "a" },
		{ "/", "/" }, { "///", "/" }, { "//a", "/a" }, { "./..//.", "./../." },
	};
	char buf[100];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(iso_link_target(cases[i].from, buf), strlen(cases[i].to));
		assert_string_equal(buf, cases[i].to);
	}
}

/* ---- damage ---- */

/* What the reader leaves to the library, or cannot know: texts and dates of the volume, */
static bool descriptor_may_differ(size_t block, size_t in)
{
	static const struct {
		size_t block, from, to;
	} free_bytes[] = {
		{ PVD_BLOCK, VD_VERSION + 1, VD_BLOCKS },
		{ PVD_BLOCK, VD_BLOCKS + 8, VD_SET_SIZE },
		{ PVD_BLOCK, VD_ROOT + RECORD_ID + 1, BLOCK_SIZE },
		{ SVD_BLOCK, VD_VERSION + 1, VD_BLOCKS },
		{ SVD_BLOCK, VD_ESCAPES + 3, VD_SET_SIZE },
		{ SVD_BLOCK, VD_ROOT + RECORD_ID + 1, BLOCK_SIZE },
	};

	for (size_t i = 0; i < ARRAY_SIZE(free_bytes); i++)
		if (block == free_bytes[i].block && in >= free_bytes[i].from &&
		    in < free_bytes[i].to)
			return true;
	return false;
}

/* the text of ER, the identifiers of ISO records, and the time in those of "..". */
static bool may_differ(const struct iso_layout *l, size_t at)
{
	size_t in = at % BLOCK_SIZE, pos = 0;
	const unsigned char *b = l->head + (at - in);
	const unsigned char *joliet = l->head + SVD_BLOCK * BLOCK_SIZE + VD_ROOT; /* comes last */

	if (at / BLOCK_SIZE <= TERMINATOR_BLOCK)
		return descriptor_may_differ(at / BLOCK_SIZE, in);
	if (memcmp(b, "ER", 2) == 0)
		return in >= 8u + b[4] && in < b[2];
	while (pos + RECORD_ID < BLOCK_SIZE && b[pos] > RECORD_ID && pos + b[pos] <= in)
		pos += b[pos];
	in -= pos;
	b += pos;
	if (b[RECORD_ID_LEN] == 1 && b[RECORD_ID] == 1)
		return in >= RECORD_TIME && in < RECORD_FLAGS;
	return at / BLOCK_SIZE < le32(joliet + RECORD_BLOCK) && in >= RECORD_ID &&
	       in < (size_t)RECORD_ID + b[RECORD_ID_LEN];
}

/* Every single byte that is changed is found, or is one of those that are nobody's business. */
static void every_flipped_byte(void **state)
{
	static const unsigned char masks[] = { 0x01, 0x20, 0x80, 0xff };
	size_t missed = 0, excused = 0;
	struct iso_layout l;
	struct err err;

	(void)state;
	add_everything();
	l = lay_out_sound(&settings);
	for (size_t at = 0; at < l.head_len; at++) {
		bool found = true;

		for (size_t m = 0; m < sizeof(masks) && found; m++) {
			l.head[at] ^= masks[m];
			found = iso_check(still(&tree), &l, &err) != 0;
			l.head[at] ^= masks[m];
		}
		if (!found && may_differ(&l, at))
			excused++;
		else if (!found && missed++ < 10)
			print_message("byte %zu of block %zu is not looked at\n", at % BLOCK_SIZE,
				      at / BLOCK_SIZE);
	}
	print_message("%zu of %zu bytes may change\n", excused, l.head_len);
	assert_int_equal(missed, 0);
	check_sound(&l);
	iso_layout_fini(&l);
}

/* The root's records in Joliet, behind those of itself and of what is above. */
static unsigned char *joliet_records(const struct iso_layout *l)
{
	const unsigned char *root = l->head + SVD_BLOCK * BLOCK_SIZE + VD_ROOT;

	return l->head + (size_t)le32(root + RECORD_BLOCK) * BLOCK_SIZE + 2 * (RECORD_ID + 1);
}

static void swap_bytes(unsigned char *a, unsigned char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		unsigned char c = a[i];

		a[i] = b[i];
		b[i] = c;
	}
}

/* Names that only their numbers tell apart must each lead to what they stand for. */
static void joliet_names_mixed_up(void **state)
{
	const size_t place = RECORD_TIME - RECORD_BLOCK;
	struct iso_layout l;
	struct err err;
	unsigned char *r;
	char end[8];

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct node *dir = add_dir(top(), repeated("d", 104 + i, ""));

		snprintf(end, sizeof(end), "%d", i);
		add_file(dir, end, i < 2 ? 10 : 0);
		dir->mtime.tv_sec = dir->names->parent->mtime.tv_sec;
		add_file(top(), repeated("f", 104 + i, ""), 10)->mtime = dir->mtime;
	}
	l = lay_out_sound(&settings);
	r = joliet_records(&l);
	for (unsigned char *next = r + *r; *next; r = next, next += *next) {
		swap_bytes(r + RECORD_BLOCK, next + RECORD_BLOCK, place);
		assert_int_equal(iso_check(still(&tree), &l, &err), -EIO);
		swap_bytes(r + RECORD_BLOCK, next + RECORD_BLOCK, place);
		if (*r != *next)
			continue; /* the last directory and the first file */
		swap_bytes(r + RECORD_ID, next + RECORD_ID, r[RECORD_ID_LEN]);
		assert_int_equal(iso_check(still(&tree), &l, &err), -EIO);
		swap_bytes(r + RECORD_ID, next + RECORD_ID, r[RECORD_ID_LEN]);
	}
	check_sound(&l);
	iso_layout_fini(&l);
}

/* The sentence names the directory, if not with all that lies above it. */
static void damage_far_below(void **state)
{
	static const char *const parts[] = { "d", "語", "🎵🎵", "ab" };
	struct node *dir = add_dir(top(), "the top"), *file;

	for (int depth = 0; depth < 90; depth++) {
		struct iso_layout l;
		struct err err = { 0 };

		dir = add_dir(dir, repeated(parts[depth % 4], 1 + depth % 30, ""));
		file = add_file(dir, "file", 10);
		l = lay_out_sound(&settings);
		file->uid++;
		assert_int_equal(iso_check(still(&tree), &l, &err), -EIO);
		assert_non_null(strstr(err.msg, "\"data/the top/"));
		assert_non_null(strstr(err.msg, "1.5.6 or newer")); /* it is all there */
		assert_true(utf8_valid(err.msg, strlen(err.msg)));
		if (depth > 20) {
			assert_non_null(strstr(err.msg, "…"));
			assert_non_null(strstr(err.msg, depth % 4 ? "\" (" : "d\" ("));
		}
		file->uid--;
		iso_layout_fini(&l);
	}
	(void)state;
}

/* A tree with every entry in turn left out of what was staged, or renamed. */
static void missing_names(void **state)
{
	struct iso_layout l;
	struct err err;
	uint32_t i = 0;
	struct name *nm;

	(void)state;
	for (int k = 0; k < 20; k++)
		add_file(top(), (char[]){ (char)('a' + k), '\0' }, (uint64_t)k);
	l = lay_out_sound(&settings);
	while ((nm = dir_next(top(), &i))) {
		nm->text[0] ^= 0x10;
		assert_int_equal(iso_check(still(&tree), &l, &err), -EIO);
		nm->text[0] ^= 0x10;
	}
	check_sound(&l);
	iso_layout_fini(&l);
}

static void mend_again(struct iso_layout *l)
{
	uint32_t serials[10] = { 0 }, blocks = (uint32_t)(l->head_len / BLOCK_SIZE);
	struct iso_mend mend = { .serials = serials, .nserials = ARRAY_SIZE(serials) };

	for (uint32_t pos = 0; pos < blocks; pos++)
		pos = iso_mend_block(&mend, l->head, pos, blocks);
	iso_mend_parents(l->head, blocks);
	iso_names_split(l->head, blocks);
}

/* No bytes whatever lead the reader astray, nor the mender: sanitizers and valgrind look on. */
static void random_bytes(void **state)
{
	struct iso_layout l;
	struct err err;
	unsigned char *sound;

	(void)state;
	add_everything();
	l = lay_out_sound(&settings);
	sound = malloc(l.head_len);
	assert_non_null(sound);
	memcpy(sound, l.head, l.head_len);
	srandom(1);
	for (int round = 0; round < 3000; round++) {
		for (int i = 0; i <= round % 20; i++) {
			size_t range = l.head_len - 17 * BLOCK_SIZE;
			size_t at = (size_t)random() % range + 16 * BLOCK_SIZE;
			size_t from = (size_t)random() % (l.head_len - 16);

			if (round % 2)
				l.head[at] = (unsigned char)random();
			else
				memcpy(l.head + at - at % 2, sound + from, 16 - at % 8);
		}
		iso_check(still(&tree), &l, &err);
		mend_again(&l);
		memcpy(l.head, sound, l.head_len);
	}
	for (size_t i = 16 * BLOCK_SIZE; i < l.head_len; i++)
		l.head[i] = (unsigned char)random();
	assert_int_equal(iso_check(still(&tree), &l, &err), -EIO);
	free(sound);
	iso_layout_fini(&l);
}

static void other_trees_differ(void **state)
{
	struct node *dir = add_dir(top(), "dir"), *n;
	struct iso_layout l;
	struct err err = { 0 };

	(void)state;
	n = add_file(dir, "file", 10);
	l = lay_out_sound(&settings);
	n->uid++;
	assert_int_equal(iso_check(still(&tree), &l, &err), -EIO);
	assert_non_null(strstr(err.msg, "data/dir"));
	n->uid--;
	n->mtime.tv_sec++;
	assert_int_equal(iso_check(still(&tree), &l, &err), -EIO);
	n->mtime.tv_sec--;
	check_sound(&l);
	add_file(dir, "another", 1);
	assert_int_equal(iso_check(still(&tree), &l, &err), -EIO);
	iso_layout_fini(&l);
}

/* A head cut short, and none at all. */
static void short_heads(void **state)
{
	struct iso_layout l;
	struct err err;
	size_t whole;

	(void)state;
	add_everything();
	l = lay_out_sound(&settings);
	whole = l.head_len;
	for (l.head_len = 0; l.head_len < whole; l.head_len += BLOCK_SIZE)
		assert_int_equal(iso_check(still(&tree), &l, &err), -EIO);
	check_sound(&l);
	iso_layout_fini(&l);
}

/* ---- random trees ---- */

static void random_name(char *name)
{
	static const char *const parts[] = {
		"a", "B", "_", ".", "é", "語", "🎵", "?", "0", "long part"
	};
	size_t len = 0, max = random() % 4 ? 20 : 20 + (size_t)random() % 235;

	name[0] = '\0';
	do {
		const char *part = parts[(size_t)random() % ARRAY_SIZE(parts)];

		if (len + strlen(part) > max)
			break;
		len += (size_t)snprintf(name + len, max + 1 - len, "%s", part);
	} while (random() % 40);
	if (!len || !strcmp(name, ".") || !strcmp(name, ".."))
		snprintf(name, max + 1, "name");
}

static void random_target(char *target)
{
	static const char *const parts[] = { "..", ".", "directory", "/", "x", "/", "üüü", "/" };
	size_t len = 0;

	do {
		const char *part = parts[(size_t)random() % ARRAY_SIZE(parts)];

		if (len + strlen(part) < SIZE_LINK_MAX)
			len += (size_t)snprintf(target + len, SIZE_LINK_MAX + 1 - len, "%s", part);
	} while (random() % (random() % 9 ? 10 : 300));
}

static void random_tree(int entries)
{
	struct node *dirs[200] = { top() };
	struct node *file = NULL;
	size_t ndirs = 1;
	char name[300], target[SIZE_LINK_MAX + 1];

	for (int i = 0; i < entries; i++) {
		struct node *dir = dirs[(size_t)random() % ndirs];
		unsigned kind = (unsigned)random() % 12;

		random_name(name);
		next_time -= random() % 10;
		if (tree_find(&tree, dir, name))
			continue;
		if (kind == 0 && ndirs < ARRAY_SIZE(dirs))
			dirs[ndirs++] = add_dir(dir, name);
		else if (kind == 1)
			random_target(target), add(dir, name, S_IFLNK | 0777, target);
		else if (kind == 2)
			add(dir, name, S_IFIFO | 0644, NULL);
		else if (kind == 3 && file)
			tree_link(&tree, dir, name, file);
		else
			file = add_file(dir, name, random() % 5 ? (uint64_t)random() % 9000 :
							 (uint64_t)random() % 3 * (MIB + 5));
	}
}

static void random_trees(void **state)
{
	for (unsigned seed = 1; seed <= 60; seed++) {
		struct iso_layout l;

		srandom(seed);
		random_tree(seed % 10 ? (int)seed * 5 : 3000);
		l = lay_out_sound(&settings);
		iso_layout_fini(&l);
		tree_tear_down(state);
		setup(state);
	}
}

/* ---- readers of other make ---- */

/* $D is the test's directory. */
static int shell(const char *command)
{
	char *argv[] = { (char[]){ "sh" }, (char[]){ "-c" }, strdup(command), NULL };
	int status = -1;
	pid_t pid;

	assert_int_equal(posix_spawnp(&pid, "sh", NULL, NULL, argv, environ), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	free(argv[2]);
	return status;
}

static void run(const char *command)
{
	if (shell(command) != 0)
		fail_msg("failed: %s", command);
}

static bool have(const char *program)
{
	char command[100];

	snprintf(command, sizeof(command), "command -v %s >/dev/null", program);
	if (shell(command) == 0)
		return true;
	print_message("%s is not installed: not asked\n", program);
	return false;
}

/* A byte of content that tells the file and the place. */
static char content_byte(const struct node *n, uint64_t at)
{
	return (char)(n->mtime.tv_sec + (time_t)at * 31 + (time_t)(at >> 11));
}

static void write_image(const struct iso_layout *l, const char *path)
{
	int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write_at(fd, l->head, l->head_len, 0), 0);
	assert_int_equal(ftruncate(fd, (off_t)(l->blocks * BLOCK_SIZE)), 0);
	for (size_t i = 0; i < l->nfiles; i++) {
		const struct iso_file *f = &l->files[i];
		char *bytes = malloc(f->size);

		assert_non_null(bytes);
		for (uint64_t at = 0; at < f->size; at++)
			bytes[at] = content_byte(f->node, at);
		assert_int_equal(write_at(fd, bytes, f->size, f->block * BLOCK_SIZE), 0);
		free(bytes);
	}
	close(fd);
}

static void compare_file(const char *path, const struct node *n)
{
	int fd = open(path, O_RDONLY);
	char *bytes = malloc(n->size + 1);

	if (fd < 0)
		fail_msg("%s is missing", path);
	assert_non_null(bytes);
	assert_int_equal(read_at(fd, bytes, n->size, 0), 0);
	for (uint64_t at = 0; at < n->size; at++)
		if (bytes[at] != content_byte(n, at))
			fail_msg("%s differs at byte %llu", path, (unsigned long long)at);
	free(bytes);
	close(fd);
}

/* Compare what was extracted from an image with the tree. */
static void compare_extracted(const struct node *dir, const char *path)
{
	uint32_t i = 0;
	const struct name *nm;

	while ((nm = dir_next(dir, &i))) {
		const struct node *n = nm->node;
		char below[4096], target[2048], wanted[2048];
		struct stat st;

		if (S_ISSOCK(n->mode))
			continue; /* these programs make files of it, or nothing */
		snprintf(below, sizeof(below), "%s/%s", path, nm->text);
		if (lstat(below, &st) != 0)
			fail_msg("%s is missing", below);
		assert_int_equal(st.st_mode & S_IFMT, n->mode & S_IFMT);
		if (node_is_symlink(n)) {
			ssize_t len = readlink(below, target, sizeof(target) - 1);

			assert_true(len > 0);
			target[len] = '\0';
			iso_link_target(n->target, wanted);
			assert_string_equal(target, wanted);
		} else if (node_is_dir(n)) {
			compare_extracted(n, below);
		} else {
			assert_int_equal(st.st_mode & 0777, n->mode & 0777);
			assert_int_equal(st.st_mtime, n->mtime.tv_sec);
		}
		if (node_is_file(n))
			compare_file(below, n);
	}
}

static void other_readers(void **state)
{
	static const struct {
		const char *program, *command;
	} readers[] = {
		{ "bsdtar", "mkdir $D/out && bsdtar -xpf $D/disc.iso -C $D/out" },
		{ "xorriso",
		  "xorriso -abort_on WARNING -osirrox on -indev $D/disc.iso -extract / $D/out "
		  ">$D/log 2>&1" },
	};
	char dir[] = "/tmp/test_iso.XXXXXX", path[100], name[256];
	struct node *many = add_dir(top(), "many long names");
	struct iso_layout l;

	(void)state;
	assert_non_null(mkdtemp(dir));
	assert_int_equal(setenv("D", dir, 1), 0);
	for (int i = 0; i < 700; i++) {
		snprintf(name, sizeof(name),
			 "%d is a name that is so long that a part of it must go to a "
			 "continuation area, where it is met again by those who look for it",
			 i);
		add_file(many, name, 1 + (uint64_t)i * 5);
	}
	add_everything();
	add_file(top(), "large", 3 * MIB + 1);
	l = lay_out_sound(&settings);
	snprintf(path, sizeof(path), "%s/disc.iso", dir);
	write_image(&l, path);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		if (!have(readers[i].program))
			continue;
		run(readers[i].command);
		snprintf(path, sizeof(path), "%s/out", dir);
		compare_extracted(top(), path);
		run("chmod -R u+w $D/out && rm -r $D/out");
	}
	if (have("isoinfo"))
		run("for tree in -R -J; do "
		    "test $(isoinfo $tree -f -i $D/disc.iso | wc -l) -gt 700; done");
	run("rm -r $D");
	iso_layout_fini(&l);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, tree_tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(everything_reads_back),
		TEST(same_stage_same_bytes),
		TEST(addresses_follow_names),
		TEST(large_files_are_aligned),
		TEST(hard_links_share_content),
		TEST(files_of_many_sections),
		TEST(many_long_names),
		TEST(colliding_joliet_names),
		TEST(deep_trees),
		TEST(times_are_clamped),
		TEST(what_cannot_be),
		TEST(link_targets),
		TEST(every_flipped_byte),
		TEST(joliet_names_mixed_up),
		TEST(missing_names),
		TEST(random_bytes),
		TEST(other_trees_differ),
		TEST(damage_far_below),
		TEST(short_heads),
		TEST(random_trees),
		TEST(other_readers),
	};

	iso_set_size_model();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
