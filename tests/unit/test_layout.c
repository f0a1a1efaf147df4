/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is staged becomes extents and tracks: over a real stage in a directory of the test's own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <string.h>

#include "fixture.h"
#include "image/layout.h"
#include "iso/lib.h"
#include "iso/write.h"

static const struct cred nobody = { 1, 1 };

/* Returns what close(2) would. */
static int put(enum branch branch, const char *name, const void *bytes, size_t len)
{
	struct stage_waiter waiter = { .interrupted = false };
	struct node *node;
	struct handle *h;
	int ret;

	assert_int_equal(stage_create(fx.stage, stage_root(fx.stage, branch), name, 0644,
				      O_RDWR | O_CREAT, nobody, &node, &h),
			 0);
	if (len)
		assert_int_equal(stage_write(h, bytes, len, 0), len);
	ret = stage_flush(h);
	if (ret > 0)
		ret = stage_judged(fx.stage, node, &waiter, JUDGED_AT_LAST);
	stage_close(h);
	stage_forget(fx.stage, node, 1);
	return ret;
}

static void put_sectors(const char *name, unsigned sectors)
{
	char *bytes = calloc(sectors, SECTOR_SIZE);

	assert_non_null(bytes);
	assert_int_equal(put(BRANCH_AUDIO, name, bytes, (size_t)sectors * SECTOR_SIZE), 0);
	free(bytes);
}

static struct layout *make(enum format format)
{
	struct layout *l;
	struct err err = { 0 };

	if (layout_new(&l, fx.stage, &fx.settings, format, false, NULL, &err) != 0)
		fail_msg("%s", err.msg);
	return l;
}

static void refused(enum format format, int code, const char *words)
{
	struct layout *l;
	struct err err = { 0 };

	assert_int_equal(layout_new(&l, fx.stage, &fx.settings, format, false, NULL, &err), -code);
	assert_int_equal(err.code, code);
	if (!strstr(err.msg, words))
		fail_msg("\"%s\" says nothing of \"%s\"", err.msg, words);
}

static void nothing_staged(void **state)
{
	(void)state;
	refused(FORMAT_DATA, ENODATA, "data/");
	refused(FORMAT_AUDIO, ENODATA, "audio/");
	refused(FORMAT_MIXED, ENODATA, "staged");
	refused(FORMAT_AUTO, EINVAL, "format");
	refused(FORMAT_NONE, EINVAL, "format");
}

static void data_disc(void **state)
{
	struct stage_info info;
	struct layout *l;
	char bytes[5000], back[5000];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	put(BRANCH_DATA, "b", bytes, sizeof(bytes));
	put(BRANCH_DATA, "a", "hello", 5);
	put(BRANCH_DATA, "empty", "", 0);
	l = make(FORMAT_DATA);
	stage_info(fx.stage, &info);
	assert_int_equal(l->format, FORMAT_DATA);
	assert_int_equal(l->blocks, info.data_blocks);
	assert_int_equal(l->generation, info.generation);
	assert_int_equal(l->block_size, BLOCK_SIZE);
	assert_int_equal(l->ntracks, 1);
	assert_int_equal(l->tracks[0].start, 0);
	assert_int_equal(l->tracks[0].blocks, l->blocks);
	assert_int_equal(l->nextents, 2);
	assert_int_equal(l->extents[0].start, l->head_len);
	assert_int_equal(l->extents[0].len, 5);
	assert_int_equal(l->extents[1].start, l->head_len + BLOCK_SIZE);
	for (size_t i = 0; i < l->nextents; i++) {
		int fd = stage_open_at(fx.stage, l->extents[i].node, l->generation);

		assert_true(fd >= 0);
		assert_int_equal(read_at(fd, back, l->extents[i].len, l->extents[i].offset), 0);
		assert_memory_equal(back, i ? bytes : "hello", l->extents[i].len);
		close(fd);
	}
	layout_put(l);
}

static void finding(void **state)
{
	struct layout *l;
	uint64_t start;

	(void)state;
	put(BRANCH_DATA, "a", "hello", 5);
	put(BRANCH_DATA, "b", "world", 5);
	l = make(FORMAT_DATA);
	start = l->extents[0].start;
	assert_int_equal(layout_find(l, 0), 0);
	assert_int_equal(layout_find(l, start), 0);
	assert_int_equal(layout_find(l, start + 4), 0);
	assert_int_equal(layout_find(l, start + 5), 1);
	assert_int_equal(layout_find(l, start + BLOCK_SIZE + 4), 1);
	assert_int_equal(layout_find(l, start + BLOCK_SIZE + 5), 2);
	assert_int_equal(layout_find(l, UINT64_MAX), 2);
	layout_put(layout_get(l));
	layout_put(l);
	layout_put(NULL);
}

static void cancelling(void **state)
{
	atomic_bool cancelled = true;
	struct layout *l;
	struct err err;

	(void)state;
	put(BRANCH_DATA, "a", "hello", 5);
	assert_int_equal(layout_new(&l, fx.stage, &fx.settings, FORMAT_DATA, false, &cancelled,
				    &err),
			 -ECANCELED);
}

static void audio_disc(void **state)
{
	struct layout *l;

	(void)state;
	put_sectors("track10.cdr", 400);
	put_sectors("track2.cdr", 100);
	put_sectors("track1.cdr", 500);
	put(BRANCH_AUDIO, "cover.jpg", "no sound", 8);
	l = make(FORMAT_AUDIO);
	assert_int_equal(l->format, FORMAT_AUDIO);
	assert_int_equal(l->block_size, SECTOR_SIZE);
	assert_int_equal(l->ntracks, 3);
	assert_int_equal(l->tracks[0].blocks, 500);
	assert_int_equal(l->tracks[2].blocks, 400);
	assert_int_equal(l->tracks[0].gap, 0);
	assert_int_equal(l->tracks[1].gap, fx.settings.gap);
	assert_int_equal(l->tracks[1].start, 500 + fx.settings.gap);
	assert_int_equal(l->tracks[1].blocks, TRACK_MIN_SECTORS);
	assert_true(l->tracks[1].padded);
	assert_false(l->tracks[2].padded);
	assert_int_equal(l->blocks,
			 500 + fx.settings.gap + TRACK_MIN_SECTORS + fx.settings.gap + 400);
	assert_null(l->head);
	assert_int_equal(l->nextents, 3);
	for (size_t i = 0; i < l->nextents; i++) {
		assert_int_equal(l->extents[i].start, l->tracks[i].start * SECTOR_SIZE);
		assert_int_equal(l->extents[i].len, l->extents[i].file_size);
	}
	layout_put(l);
}

/* The data first, its own 150 blocks of padding behind it, and two seconds of silence at least. */
static void mixed_disc(void **state)
{
	struct layout *l;

	(void)state;
	put(BRANCH_DATA, "a", "hello", 5);
	put_sectors("1.cdr", 500);
	put_sectors("2.cdr", 400);
	fx.settings.gap = 10;
	l = make(FORMAT_MIXED);
	assert_int_equal(l->block_size, SECTOR_SIZE);
	assert_int_equal(l->ntracks, 3);
	assert_true(l->tracks[0].data);
	assert_int_equal(l->tracks[0].start, 0);
	assert_int_equal(l->tracks[0].blocks, l->data->blocks);
	assert_false(l->tracks[1].data);
	assert_int_equal(l->tracks[1].gap, GAP_DEFAULT);
	assert_int_equal(l->tracks[1].start, l->data->blocks + GAP_DEFAULT);
	assert_int_equal(l->tracks[2].gap, 10);
	assert_int_equal(l->tracks[2].start, l->tracks[1].start + 500 + 10);
	assert_int_equal(l->blocks, l->tracks[2].start + 400);
	for (size_t i = 0; i < l->nextents; i++)
		assert_int_equal(l->extents[i].start, l->tracks[i + 1].start * SECTOR_SIZE);
	layout_put(l);
	fx.settings.gap = 300;
	l = make(FORMAT_MIXED);
	assert_int_equal(l->tracks[1].gap, 300);
	layout_put(l);
}

static void gapless(void **state)
{
	struct layout *l;
	static char bytes[400 * SECTOR_SIZE + 4];

	(void)state;
	fx.settings.gap = 0;
	put(BRANCH_AUDIO, "1.cdr", bytes, sizeof(bytes));
	put(BRANCH_AUDIO, "2.cdr", bytes, sizeof(bytes));
	l = make(FORMAT_AUDIO);
	assert_int_equal(l->extents[1].start, l->extents[0].start + l->extents[0].len);
	assert_int_equal(l->blocks, 801);
	layout_put(l);
}

static void refused_tracks(void **state)
{
	struct node *node;
	struct handle *h;

	(void)state;
	put_sectors("1.cdr", 300);
	put(BRANCH_AUDIO, "2.cdr", "", 0);
	refused(FORMAT_AUDIO, EINVAL, "audio/2.cdr is empty");
	assert_int_equal(stage_unlink(fx.stage, stage_root(fx.stage, BRANCH_AUDIO), "2.cdr"), 0);
	put(BRANCH_AUDIO, "3.wav", "this is no sound at all, however long it may be, is it? no",
	    58);
	refused(FORMAT_AUDIO, EINVAL, "audio/3.wav");
	assert_int_equal(stage_unlink(fx.stage, stage_root(fx.stage, BRANCH_AUDIO), "3.wav"), 0);
	assert_int_equal(stage_create(fx.stage, stage_root(fx.stage, BRANCH_AUDIO), "4.cdr", 0644,
				      O_WRONLY | O_CREAT, nobody, &node, &h), 0);
	assert_int_equal(stage_write(h, "abcd", 4, 0), 4);
	refused(FORMAT_AUDIO, EINVAL, "audio/4.cdr is still open for writing");
	stage_close(h);
	stage_forget(fx.stage, node, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_set_up, fixture_tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(nothing_staged), TEST(data_disc), TEST(finding), TEST(cancelling),
		TEST(audio_disc), TEST(mixed_disc), TEST(gapless), TEST(refused_tracks),
	};

	iso_set_size_model();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
