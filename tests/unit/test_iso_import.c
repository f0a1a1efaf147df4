/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What iso_import() takes of a disc, and what it refuses: discs of ours that were damaged by hand,
 * and discs that are made up block by block as they are read, which no medium could hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "iso/check.h"
#include "iso/format.h"
#include "iso/import.h"
#include "iso/lib.h"
#include "iso/place.h"
#include "iso/survey.h"
#include "still.h"

enum { ORIGIN = 1000, PARTS = 400 /* of the link's target */ };

static struct tree staged;
static struct iso_layout layout;
static uint32_t origin;

/* ---- a disc of ours ---- */

static struct node *add(struct node *dir, const char *name, mode_t mode, const char *target)
{
	struct node *n = tree_node_new(BRANCH_DATA, mode, target);

	assert_non_null(n);
	assert_non_null(tree_link(&staged, dir, name, n));
	n->mtime = n->atime = n->ctime = (struct timespec){ 1600000000, 0 };
	return n;
}

/* 255 bytes (iso/names.h). */
#define TEN "ぬぬぬぬぬぬぬぬぬぬ"
static const char name_in_three_fields[] = TEN TEN TEN TEN TEN TEN TEN TEN "ぬぬぬぬぬ";

static void make_tree(void)
{
	struct node *top = staged.root[BRANCH_DATA], *outer, *inner, *other;
	char target[2 * PARTS];

	top->mtime = top->atime = top->ctime = (struct timespec){ 1600000000, 0 };
	outer = add(top, "outer", S_IFDIR | 0755, NULL);
	inner = add(outer, "inner", S_IFDIR | 0755, NULL);
	tree_resize(&staged, add(inner, "small", S_IFREG | 0644, NULL), 100);
	add(inner, "snail", S_IFREG | 0644, NULL);
	other = add(top, "other", S_IFDIR | 0700, NULL);
	tree_resize(&staged, add(top, "large", S_IFREG | 0644, NULL), 5000000000u);
	for (unsigned i = 0; i < sizeof(target); i++)
		target[i] = i % 2 ? '/' : 'a';
	target[sizeof(target) - 1] = '\0';
	add(top, "link", S_IFLNK | 0777, target);
	add(top, "pipe", S_IFIFO | 0644, NULL);
	add(top, "socket", S_IFSOCK | 0600, NULL);
	add(other, name_in_three_fields, S_IFLNK | 0777, target);
}

static int setup(void **state)
{
	struct settings settings;
	struct err err = { 0 };

	(void)state;
	settings_init(&settings);
	origin = 0;
	assert_int_equal(tree_init(&staged, 1000, 1000), 0);
	make_tree();
	assert_int_equal(iso_lay_out(still(&staged), &settings, NULL, &layout, &err), 0);
	assert_int_equal(iso_check(still(&staged), &layout, &err), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	iso_layout_fini(&layout);
	tree_fini(&staged);
	return 0;
}

static int read_layout(void *data, uint32_t block, unsigned char *buf, struct err *err)
{
	uint64_t at = (uint64_t)(block - origin) * BLOCK_SIZE;

	(void)data;
	if (block < origin || block - origin >= layout.blocks)
		return err_set(err, EIO, "block %u was never written", block);
	if (at < layout.head_len)
		memcpy(buf, layout.head + at, BLOCK_SIZE);
	else
		memset(buf, 0, BLOCK_SIZE);
	return 0;
}

static int import(iso_block_reader *read, struct err *err)
{
	struct tree tree;
	uint32_t blocks = 0;
	int ret;

	*err = (struct err){ 0 };
	ret = iso_import(read, NULL, origin, &tree, &blocks, err);
	if (ret == 0)
		tree_fini(&tree);
	return ret;
}

static void expect(iso_block_reader *read, int code, const char *sentence)
{
	struct err err;

	assert_int_equal(import(read, &err), -code);
	assert_int_equal(err.code, code);
	if (!strstr(err.msg, sentence))
		fail_msg("\"%s\" says nothing of \"%s\"", err.msg, sentence);
	if (code == EROFS && strncmp(err.msg, "it", 2) != 0)
		fail_msg("\"%s\" does not begin as it should", err.msg);
}

/* ---- where things are in its head ---- */

static unsigned char *block_at(uint32_t block)
{
	assert_true(block >= origin && (uint64_t)(block - origin) * BLOCK_SIZE < layout.head_len);
	return layout.head + (size_t)(block - origin) * BLOCK_SIZE;
}

static uint32_t top_block(void)
{
	return le32(block_at(origin + PVD_BLOCK) + VD_ROOT + RECORD_BLOCK);
}

/* A field of a record, in its own area or in the block that CE tells of; NULL: it has none. */
static unsigned char *find_field(unsigned char *record, const char *signature)
{
	unsigned char *p = record + RECORD_ID + record[RECORD_ID_LEN] +
			   (record[RECORD_ID_LEN] % 2 == 0);
	unsigned char *end = record + record[RECORD_LEN], *more = NULL;

	for (;;) {
		for (; p + FIELD_DATA <= end && p[FIELD_LEN]; p += p[FIELD_LEN]) {
			if (memcmp(p, signature, 2) == 0)
				return p;
			if (memcmp(p, "CE", 2) == 0)
				more = p;
		}
		if (!more)
			return NULL;
		p = block_at(le32(more + CE_BLOCK)) + le32(more + CE_OFFSET);
		end = p + le32(more + CE_SIZE);
		more = NULL;
	}
}

static unsigned char *field(unsigned char *record, const char *signature)
{
	unsigned char *f = find_field(record, signature);

	assert_non_null(f);
	return f;
}

/* The field of that kind that comes next in the same area. */
static unsigned char *next_field(unsigned char *f, const char *signature)
{
	do
		f += f[FIELD_LEN];
	while (f[FIELD_LEN] && memcmp(f, signature, 2) != 0);
	assert_int_not_equal(f[FIELD_LEN], 0);
	return f;
}

static bool is_named(unsigned char *record, const char *name)
{
	unsigned char *nm = find_field(record, "NM");

	return nm && nm[FIELD_LEN] == FIELD_DATA + 1 + strlen(name) &&
	       memcmp(nm + FIELD_DATA + 1, name, strlen(name)) == 0;
}

/* The record of a name in the directory that begins at a block. */
static unsigned char *record_in(uint32_t block, const char *name)
{
	unsigned char *p = block_at(block);

	while (p[RECORD_LEN] && !is_named(p, name))
		p += p[RECORD_LEN];
	assert_int_not_equal(p[RECORD_LEN], 0);
	return p;
}

static unsigned char *top_record(const char *name)
{
	return record_in(top_block(), name);
}

static uint32_t inside(const char *name)
{
	return le32(top_record(name) + RECORD_BLOCK);
}

static unsigned char *inner_record(const char *name)
{
	return record_in(le32(record_in(inside("outer"), "inner") + RECORD_BLOCK), name);
}

/* ---- damages ---- */

static void rename_to(unsigned char *record, const char *name)
{
	memcpy(field(record, "NM") + FIELD_DATA + 1, name, strlen(name));
}

static void loop_to_top(void)
{
	put_both32(record_in(inside("outer"), "inner") + RECORD_BLOCK, top_block());
}

static void loop_to_itself(void)
{
	put_both32(record_in(inside("outer"), "inner") + RECORD_BLOCK, inside("outer"));
}

static void two_of_one(void)
{
	put_both32(top_record("other") + RECORD_BLOCK, inside("outer"));
}

static void no_directory(void)
{
	put_both32(top_record("other") + RECORD_BLOCK,
		   (uint32_t)(origin + layout.head_len / BLOCK_SIZE + 1));
}

static void another_dot(void)
{
	put_both32(block_at(inside("other")) + RECORD_BLOCK, inside("outer"));
}

static void beyond_the_end(void)
{
	put_both32(top_record("other") + RECORD_BLOCK, 0xfffffff0);
}

static void boot_record(void)
{
	unsigned char *vd = block_at(origin + SVD_BLOCK);

	vd[VD_TYPE] = 0;
	memcpy(vd + 7, "EL TORITO SPECIFICATION", 23);
}

static void no_volume(void)
{
	block_at(origin + PVD_BLOCK)[VD_MAGIC] = 'X';
}

static void small_blocks(void)
{
	block_at(origin + PVD_BLOCK)[VD_BLOCK_SIZE + 1] = 2;
}

static void no_terminator(void)
{
	block_at(origin + TERMINATOR_BLOCK)[VD_MAGIC] = 0;
}

/* TF has as many bytes as a field of zisofs and padding. */
static void zisofs(void)
{
	static const unsigned char zf[TF_LEN] = {
		'Z', 'F', 16, 1, 'p', 'z', 4, 15, 9, 0, 0, 0, 0, 0, 0, 9, 'P', 'D', 10, 1,
	};

	memcpy(field(inner_record("small"), "TF"), zf, sizeof(zf));
}

static void zisofs2(void)
{
	zisofs();
	memcpy(field(inner_record("small"), "ZF"), "Z2\x10\x02PZ", 6);
}

static void set_mode(unsigned char *record, uint32_t mode)
{
	put_both32(field(record, "PX") + PX_MODE, mode);
}

static void device(void)
{
	set_mode(inner_record("snail"), S_IFCHR | 0644);
}

static void file_as_directory(void)
{
	set_mode(inner_record("snail"), S_IFDIR | 0755);
}

static void directory_as_file(void)
{
	set_mode(top_record("outer"), S_IFREG | 0644);
}

static void no_type(void)
{
	set_mode(inner_record("snail"), 0644);
}

static void latin1(void)
{
	rename_to(inner_record("small"), "sm\xe4ll");
}

static void slash(void)
{
	rename_to(inner_record("small"), "sm/ll");
}

static void nul(void)
{
	field(inner_record("small"), "NM")[FIELD_DATA + 2] = '\0';
}

static void same_name(void)
{
	rename_to(inner_record("snail"), "small");
}

static void dot_again(void)
{
	static const unsigned char id_and_padding[] = { 1, 'P', 'D', 8, 1, 0, 0, 0, 0 };
	unsigned char *r = inner_record("snail");

	assert_int_equal(r[RECORD_ID_LEN], strlen("SNAIL.;1"));
	r[RECORD_ID_LEN] = 1;
	memcpy(r + RECORD_ID, id_and_padding, sizeof(id_and_padding));
}

static void pieces(void)
{
	unsigned char *r = top_record("large");

	assert_int_not_equal(r[RECORD_FLAGS] & RECORD_CONTINUES, 0);
	r += r[RECORD_LEN];
	put_both32(r + RECORD_BLOCK, le32(r + RECORD_BLOCK) + 1);
}

static void piece_lost(void)
{
	inner_record("small")[RECORD_FLAGS] |= RECORD_CONTINUES;
}

static void last_piece_lost(void)
{
	inner_record("snail")[RECORD_FLAGS] |= RECORD_CONTINUES;
}

static void both_orders(void)
{
	inner_record("small")[RECORD_BLOCK] ^= 1;
}

static void short_record(void)
{
	inner_record("small")[RECORD_LEN] = 20;
}

static void long_record(void)
{
	inner_record("snail")[RECORD_LEN] = 255;
}

static void long_id(void)
{
	inner_record("small")[RECORD_ID_LEN] = 200;
}

static void interleaved(void)
{
	inner_record("small")[RECORD_GAP] = 1;
}

/* Each part of one byte says that it is "..", whatever its byte. */
static void long_target(void)
{
	unsigned char *p = field(top_record("link"), "SL"), *end;

	for (; memcmp(p, "SL", 2) == 0; p = end) {
		end = p + p[FIELD_LEN];
		for (p += FIELD_DATA + 1; p < end; p += 2 + p[1])
			if (p[1] == 1)
				p[0] = SL_PART_PARENT;
	}
}

static void part_too_long(void)
{
	field(top_record("link"), "SL")[FIELD_DATA + 2] = 250;
}

static void no_target(void)
{
	unsigned char *r = top_record("link"), *sl;

	while ((sl = find_field(r, "SL")))
		memcpy(sl, "xx", 2);
}

/* What could be read of the target before is never freed by the library. */
static void relocated_link(void)
{
	unsigned char *sl = field(top_record("link"), "SL");

	memcpy(next_field(sl, "SL"), "RE", 2);
}

static void link_to_directory(void)
{
	unsigned char *tf = field(top_record("link"), "TF");

	memcpy(field(top_record("other"), "TF"), "RE", 2);
	memcpy(tf, "CL", 2);
	put_both32(tf + FIELD_DATA, inside("other"));
}

/* The library reads no fields behind the end of the volume. */
static void area_behind_volume(void)
{
	uint32_t last = origin + (uint32_t)(layout.head_len / BLOCK_SIZE) - 1;
	unsigned char *ce = field(top_record("link"), "CE");

	memmove(block_at(last), block_at(le32(ce + CE_BLOCK)) + le32(ce + CE_OFFSET),
		le32(ce + CE_SIZE));
	put_both32(ce + CE_BLOCK, last);
	put_both32(ce + CE_OFFSET, 0);
	put_both32(block_at(origin + PVD_BLOCK) + VD_BLOCKS, last);
}

/* The first field says that the target goes on, but has none of it. */
static void empty_target(void)
{
	unsigned char *sl = field(top_record("link"), "SL"), rest = sl[FIELD_LEN] - FIELD_DATA - 1;

	sl[FIELD_LEN] = FIELD_DATA + 1;
	memcpy(sl + FIELD_DATA + 1, (unsigned char[]){ 'x', 'x', rest, 1 }, 4);
}

static void relocated_piece(void)
{
	unsigned char *first = top_record("large");

	memcpy(field(first + first[RECORD_LEN], "TF"), "RE", 2);
}

/* The area that goes on where it began. */
static void endless_area(void)
{
	unsigned char *ce = field(top_record("link"), "CE");

	put_both32(ce + CE_SIZE, CE_LEN);
	memcpy(block_at(le32(ce + CE_BLOCK)) + le32(ce + CE_OFFSET), ce, CE_LEN);
}

/* Fields in the midst of a directory. */
static void shared_area(void)
{
	put_both32(field(top_record("link"), "CE") + CE_BLOCK, inside("other"));
	put_both32(field(top_record("link"), "CE") + CE_OFFSET, RECORD_ID + 1 + PX_LEN);
	put_both32(field(top_record("link"), "CE") + CE_SIZE, TF_LEN);
}

static void area_beyond(void)
{
	put_both32(field(top_record("link"), "CE") + CE_BLOCK, 0xffffff00);
}

static void large_area(void)
{
	put_both32(field(top_record("link"), "CE") + CE_SIZE, 1 << 20);
}

static void field_of_nothing(void)
{
	field(inner_record("small"), "PX")[FIELD_LEN] = 0;
}

static void field_too_long(void)
{
	field(inner_record("small"), "NM")[FIELD_LEN] = 200;
}

static void name_goes_on(void)
{
	field(inner_record("small"), "NM")[FIELD_DATA] = NM_CONTINUE;
}

static void sparse(void)
{
	memcpy(field(inner_record("small"), "TF"), "SF", 2);
}

/* Dates in long form that have no end. */
static void long_dates(void)
{
	unsigned char *tf = field(inner_record("small"), "TF");

	tf[FIELD_DATA] = 0x82;
	memset(tf + FIELD_DATA + 1, '9', TF_LEN - FIELD_DATA - 1);
	memset(tf + TF_LEN, 0xff, (size_t)(block_at(origin) + BLOCK_SIZE - tf) % BLOCK_SIZE);
}

/* What follows is taken for a part of it. */
static void huge_directory(void)
{
	put_both32(block_at(inside("other")) + RECORD_SIZE, 0xfffff800);
}

static const struct damage {
	const char *name;
	void (*damage)(void);
	int code;
	const char *sentence;
} damages[] = {
#define DAMAGE(name, code, sentence) { #name, name, code, sentence }
	DAMAGE(loop_to_top, EROFS, "a directory occurs twice"),
	DAMAGE(loop_to_itself, EROFS, "a directory occurs twice"),
	DAMAGE(two_of_one, EROFS, "a directory occurs twice"),
	DAMAGE(no_directory, EROFS, "a directory record is broken"),
	DAMAGE(another_dot, EROFS, "there is no directory"),
	DAMAGE(beyond_the_end, EIO, "was never written"),
	DAMAGE(huge_directory, EROFS, "a directory occurs twice"),
	DAMAGE(boot_record, EROFS, "it is bootable"),
	DAMAGE(no_volume, EROFS, "it has no readable ISO 9660"),
	DAMAGE(small_blocks, EROFS, "a descriptor is broken"),
	DAMAGE(no_terminator, EROFS, "it has no readable ISO 9660"),
	DAMAGE(zisofs, EROFS, "\"small\", which is compressed"),
	DAMAGE(zisofs2, EROFS, "\"small\", which is compressed"),
	DAMAGE(sparse, EROFS, "\"small\", a sparse file"),
	DAMAGE(device, EROFS, "\"snail\", a device"),
	DAMAGE(file_as_directory, EROFS, "a directory record is broken"),
	DAMAGE(directory_as_file, EROFS, "a directory record is broken"),
	DAMAGE(no_type, EROFS, "are readable"),
	DAMAGE(latin1, EROFS, "a name that burnfs cannot write again"),
	DAMAGE(slash, EROFS, "a name that burnfs cannot write again"),
	DAMAGE(nul, EROFS, "a name that burnfs cannot write again"),
	DAMAGE(same_name, EROFS, "one name twice"),
	DAMAGE(dot_again, EROFS, "a directory record is broken"),
	DAMAGE(pieces, EROFS, "\"large\", which is in several pieces"),
	DAMAGE(piece_lost, EROFS, "lacks its last part"),
	DAMAGE(last_piece_lost, EROFS, "lacks its last part"),
	DAMAGE(both_orders, EROFS, "a directory record is broken"),
	DAMAGE(short_record, EROFS, "a directory record is broken"),
	DAMAGE(long_record, EROFS, "a field of Rock Ridge is broken"),
	DAMAGE(long_id, EROFS, "a directory record is broken"),
	DAMAGE(interleaved, EROFS, "a directory record is broken"),
	DAMAGE(long_target, EROFS, "\"link\", a link whose target burnfs cannot write again"),
	DAMAGE(part_too_long, EROFS, "a field of Rock Ridge is broken"),
	DAMAGE(no_target, EROFS, "10 names, and only 9 of them are readable"),
	DAMAGE(relocated_link, EROFS, "a field of Rock Ridge is broken"),
	DAMAGE(link_to_directory, EROFS, "a field of Rock Ridge is broken"),
	DAMAGE(area_behind_volume, EROFS, "fields of Rock Ridge are beyond the end of the volume"),
	DAMAGE(empty_target, EROFS, "a field of Rock Ridge is broken"),
	DAMAGE(relocated_piece, EROFS, "a directory record is broken"),
	DAMAGE(endless_area, EROFS, "fields of Rock Ridge occur twice"),
	DAMAGE(shared_area, EROFS, "a directory occurs twice"),
	DAMAGE(area_beyond, EROFS, "beyond the end of the volume"),
	DAMAGE(large_area, EROFS, "a field of Rock Ridge is broken"),
	DAMAGE(field_of_nothing, EROFS, "a field of Rock Ridge is broken"),
	DAMAGE(field_too_long, EROFS, "a field of Rock Ridge is broken"),
	DAMAGE(name_goes_on, EROFS, "a field of Rock Ridge is broken"),
	DAMAGE(long_dates, EROFS, "a field of Rock Ridge is broken"),
#undef DAMAGE
};

/* Bytes. A sanitizer's malloc() says nothing, and finds leaks itself. */
static size_t in_use(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/*
 * Being damaged in whatever way costs nothing that lasts: what malloc() itself keeps for later is
 * bounded.
 */
static void expect_no_growth(void)
{
	enum { TIMES = 1000, KEPT = 256 * 1024 };
	size_t before = in_use();
	struct err err;

	for (unsigned i = 0; i < TIMES; i++)
		import(read_layout, &err);
	assert_in_range(in_use(), 0, before + KEPT);
}

static void damaged_discs(void **state)
{
	cleanup_free unsigned char *whole = malloc(layout.head_len);

	(void)state;
	assert_non_null(whole);
	memcpy(whole, layout.head, layout.head_len);
	for (size_t i = 0; i < ARRAY_SIZE(damages); i++) {
		print_message("%s\n", damages[i].name);
		memcpy(layout.head, whole, layout.head_len);
		damages[i].damage();
		expect(read_layout, damages[i].code, damages[i].sentence);
		expect_no_growth();
	}
}

/* ---- what is taken ---- */

static void check_taken(void)
{
	struct err err = { 0 };
	struct name *outer, *other;
	struct tree tree;
	uint32_t blocks;

	assert_int_equal(iso_import(read_layout, NULL, origin, &tree, &blocks, &err), 0);
	assert_int_equal(blocks, origin + layout.blocks);
	outer = tree_find(&tree, tree.root[BRANCH_DATA], "outer");
	assert_non_null(outer);
	assert_non_null(tree_find(&tree, outer->node, "inner"));
	other = tree_find(&tree, tree.root[BRANCH_DATA], "other");
	assert_non_null(other);
	assert_non_null(tree_find(&tree, other->node, name_in_three_fields));
	assert_int_equal(tree_find(&tree, tree.root[BRANCH_DATA], "large")->node->size,
			 5000000000u);
	assert_int_equal(tree_find(&tree, tree.root[BRANCH_DATA], "socket")->node->mode,
			 S_IFSOCK | 0600);
	assert_int_equal(tree.root[BRANCH_DATA]->dir->nnames, 6);
	tree_fini(&tree);
}

static void whole_disc(void **state)
{
	(void)state;
	check_taken();
}

static void later_session(void **state)
{
	(void)state;
	iso_place(&layout, ORIGIN);
	origin = ORIGIN;
	check_taken();
}

/* Attributes in AAIP are not taken up, so it does not matter what they are. */
static void attributes_of_any_kind(void **state)
{
	unsigned char *tf = field(inner_record("small"), "TF");

	(void)state;
	memcpy(tf, "AL", 2);
	memset(tf + FIELD_DATA, 0xff, TF_LEN - FIELD_DATA);
	memcpy(field(top_record("outer"), "TF"), "AA", 2);
	check_taken();
}

/*
 * No damage of one byte does any harm; much of the metadata is of no consequence to who reads it.
 */
static void every_flipped_byte(void **state)
{
	(void)state;
	for (size_t at = (size_t)PVD_BLOCK * BLOCK_SIZE; at < layout.head_len; at++) {
		static const unsigned char flips[] = { 0x01, 0x80, 0xff };

		if (!layout.head[at])
			continue;
		for (unsigned i = 0; i < ARRAY_SIZE(flips); i++) {
			struct err err;
			int ret;

			layout.head[at] ^= flips[i];
			ret = import(read_layout, &err);
			assert_true(ret == 0 || ret == -EROFS || ret == -EIO);
			layout.head[at] ^= flips[i];
		}
	}
	check_taken();
}

/* ---- discs that are made up as they are read ---- */

enum { FIRST = 100 /* block of the topmost directory; all blocks behind it are directories */ };

static unsigned children;       /* of each directory */
static uint32_t (*child_of)(uint32_t block, unsigned i);

static uint32_t first_size;     /* of the topmost directory */

static unsigned char *put_record(unsigned char *p, uint32_t block, const char *id, size_t len)
{
	p[RECORD_LEN] = (unsigned char)((RECORD_ID + len + 1) & ~(size_t)1);
	put_both32(p + RECORD_BLOCK, block);
	put_both32(p + RECORD_SIZE, block == FIRST ? first_size : BLOCK_SIZE);
	p[RECORD_FLAGS] = RECORD_IS_DIR;
	p[RECORD_ID_LEN] = (unsigned char)len;
	memcpy(p + RECORD_ID, id, len);
	return p + p[RECORD_LEN];
}

static int make_up(void *data, uint32_t block, unsigned char *buf, struct err *err)
{
	unsigned char *p = buf;
	char id[16];

	(void)data;
	(void)err;
	memset(buf, 0, BLOCK_SIZE);
	if (block < FIRST) {
		buf[VD_TYPE] = block == PVD_BLOCK ? VD_TYPE_PRIMARY : VD_TYPE_TERMINATOR;
		memcpy(buf + VD_MAGIC, "CD001\1", 6);
		buf[881] = 1; /* the version of what follows (8.4.31) */
		buf[VD_BLOCK_SIZE + 1] = buf[VD_BLOCK_SIZE + 2] = BLOCK_SIZE >> 8;
		put_record(buf + VD_ROOT, FIRST, "", 1);
		return 0;
	}
	if (block > FIRST && !children)
		return 0;
	p = put_record(p, block, "", 1);
	p = put_record(p, FIRST, "\1", 1);
	for (unsigned i = 0; i < children; i++) {
		if (!child_of(block, i))
			break;
		snprintf(id, sizeof(id), "D%02u", i);
		p = put_record(p, child_of(block, i), id, 3);
	}
	return 0;
}

static uint32_t itself(uint32_t block, unsigned i)
{
	(void)i;
	return block;
}

static uint32_t ever_deeper(uint32_t block, unsigned i)
{
	(void)i;
	return block + 1;
}

/* 50 to the power of 20 paths. */
static uint32_t twenty_levels(uint32_t block, unsigned i)
{
	(void)i;
	return block < FIRST + 20 ? block + 1 : 0;
}

/* More than there may be, and none is met twice: they are numbered as a heap is. */
static uint32_t many(uint32_t block, unsigned i)
{
	uint32_t number = (block - FIRST) * children + i + 1;

	return number <= ISO_SURVEY_BLOCKS_MAX ? FIRST + number : 0;
}

static uint32_t nothing(uint32_t block, unsigned i)
{
	(void)block;
	(void)i;
	return 0;
}

static void made_up(unsigned n, uint32_t (*child)(uint32_t, unsigned), const char *sentence)
{
	children = n;
	child_of = child;
	expect(make_up, EROFS, sentence);
}

static void made_up_discs(void **state)
{
	struct err err;

	(void)state;
	children = 50;
	child_of = nothing;
	first_size = BLOCK_SIZE;
	assert_int_equal(import(make_up, &err), 0);
	made_up(1, itself, "a directory occurs twice");
	made_up(50, twenty_levels, "a directory occurs twice");
	made_up(1, ever_deeper, "nested more than 2048 deep");
	made_up(50, many, "more names than burnfs can keep");
	first_size = 0xfffff800;
	made_up(0, nothing, "more names than burnfs can keep");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(whole_disc),
		TEST(later_session),
		TEST(attributes_of_any_kind),
		TEST(damaged_discs),
		TEST(every_flipped_byte),
		TEST(made_up_discs),
	};

	iso_set_size_model();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
