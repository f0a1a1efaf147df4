/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A layout read as bytes, and every way in which its files may not be what they were. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fake_disc.h"
#include "image/mode1.h"
#include "image/source.h"

enum { BLOCKS = 200, SIZE = BLOCKS * BLOCK_SIZE };

/* A head, small files, gaps, a part of a file, two extents of one file, zeros at the end. */
static int setup(void **state)
{
	struct disc *d = malloc(sizeof(*d));

	disc_init(d, FORMAT_DATA, BLOCKS, 3 * BLOCK_SIZE);
	disc_add(d, 4 * BLOCK_SIZE, 1, 0, 1);
	disc_add(d, 5 * BLOCK_SIZE, BLOCK_SIZE, 0, BLOCK_SIZE);
	disc_add(d, 6 * BLOCK_SIZE, 5000, 0, 5000);
	disc_add(d, 9 * BLOCK_SIZE + 10, 3001, 44, 4000);
	disc_add(d, 20 * BLOCK_SIZE, 100000, 0, 100000);
	*state = d;
	return 0;
}

static struct source *open_source(struct disc *d)
{
	struct source *s;

	assert_int_equal(source_new(&s, &d->stage, &d->layout), 0);
	assert_int_equal(source_size(s), SIZE);
	assert_ptr_equal(source_layout(s), &d->layout);
	return s;
}

static void assert_part(struct disc *d, struct source *s, uint64_t pos, size_t len)
{
	static unsigned char buf[SIZE + 100];
	struct err err = { 0 };
	size_t left = pos < SIZE ? SIZE - (size_t)pos : 0;
	size_t want = len < left ? len : left;

	memset(buf, 0xee, sizeof(buf));
	assert_int_equal(source_read(s, buf, len, pos, &err), want);
	assert_int_equal(err.code, 0);
	assert_memory_equal(buf, d->image + (want ? pos : 0), want);
	assert_int_equal(buf[want], 0xee);
}

static void whole(void **state)
{
	struct disc *d = *state;
	struct source *s = open_source(d);

	assert_part(d, s, 0, SIZE);
	assert_int_equal(d->stage.opened, 5);
	assert_part(d, s, 0, SIZE + 100);
	assert_part(d, s, SIZE, 10);
	assert_part(d, s, SIZE + 5, 10);
	source_free(s);
}

static void any_part(void **state)
{
	struct disc *d = *state;
	struct source *s = open_source(d);
	uint32_t x = 1;

	for (int i = 0; i < 3000; i++) {
		size_t pos, len;

		x = x * 1664525U + 1013904223U;
		pos = (x >> 8) % (i % 2 ? SIZE : 30 * BLOCK_SIZE);
		x = x * 1664525U + 1013904223U;
		len = (x >> 8) % 20000;
		assert_part(d, s, pos, len);
	}
	source_free(s);
}

/* A file is opened once, however many reads it takes. */
static void in_steps(void **state)
{
	struct disc *d = *state;
	struct source *s = open_source(d);

	for (size_t pos = 0; pos < SIZE; pos += 1000)
		assert_part(d, s, pos, 1000);
	assert_int_equal(d->stage.opened, 5);
	source_free(s);
}

static void spans(void **state)
{
	struct disc *d = *state;
	struct source *s = open_source(d);
	unsigned kinds[3] = { 0 };
	uint64_t pos = 0;

	while (pos < SIZE) {
		struct span span;
		cleanup_free unsigned char *buf = NULL;

		assert_int_equal(source_span(s, pos, &span, NULL), 0);
		assert_true(span.len > 0 && span.len <= SIZE - pos);
		kinds[span.kind]++;
		buf = calloc(1, span.len);
		if (span.kind == SPAN_MEMORY)
			memcpy(buf, span.data, span.len);
		else if (span.kind == SPAN_FILE)
			assert_int_equal(read_at(span.fd, buf, span.len, span.offset), 0);
		assert_memory_equal(buf, d->image + pos, span.len);
		assert_int_equal(source_check(s, NULL), 0);
		pos += span.len;
	}
	assert_int_equal(pos, SIZE);
	assert_int_equal(kinds[SPAN_MEMORY], 1);
	assert_int_equal(kinds[SPAN_FILE], 5);
	assert_int_equal(kinds[SPAN_ZERO], 5);
	source_free(s);
}

/* Within a span, too. */
static void span_inside(void **state)
{
	struct disc *d = *state;
	struct source *s = open_source(d);
	struct span span;

	assert_int_equal(source_span(s, 9 * BLOCK_SIZE + 11, &span, NULL), 0);
	assert_int_equal(span.kind, SPAN_FILE);
	assert_int_equal(span.len, 3000);
	assert_int_equal(span.offset, 45);
	assert_int_equal(source_span(s, 1, &span, NULL), 0);
	assert_int_equal(span.kind, SPAN_MEMORY);
	assert_int_equal(span.len, 3 * BLOCK_SIZE - 1);
	source_free(s);
}

static void set_size(struct disc *d, unsigned file, off_t size)
{
	char path[64];

	fake_path(&d->stage, &d->nodes[file - 1], path, sizeof(path));
	assert_int_equal(truncate(path, size), 0);
}

static void assert_fails(struct source *s, uint64_t pos, size_t len, int code, const char *words)
{
	static unsigned char buf[SIZE];
	struct err err = { 0 };

	assert_int_equal(source_read(s, buf, len, pos, &err), -code);
	assert_int_equal(err.code, code);
	if (!strstr(err.msg, words))
		fail_msg("\"%s\" does not say \"%s\"", err.msg, words);
}

static void wrong_size(void **state)
{
	struct disc *d = *state;
	struct source *s = open_source(d);
	struct span span;

	set_size(d, 3, 4999);
	assert_part(d, s, 0, 6 * BLOCK_SIZE);
	assert_fails(s, 0, SIZE, EIO, "data/3 has 4999 bytes");
	assert_fails(s, 6 * BLOCK_SIZE, 1, EIO, "data/3");
	assert_int_equal(source_span(s, 6 * BLOCK_SIZE, &span, NULL), -EIO);
	set_size(d, 3, 5001);
	assert_fails(s, 0, SIZE, EIO, "staged with 5000");
	assert_int_equal(source_read(s, (char[10]){ 0 }, 10, 6 * BLOCK_SIZE, NULL), -EIO);
	source_free(s);
}

static void vanished(void **state)
{
	struct disc *d = *state;
	struct source *s = open_source(d);
	char path[64];

	fake_path(&d->stage, &d->nodes[1], path, sizeof(path));
	assert_int_equal(unlink(path), 0);
	assert_fails(s, 0, SIZE, EIO, "cannot open data/2: No such file");
	/* The others can still be read. */
	assert_part(d, s, 6 * BLOCK_SIZE, SIZE);
	source_free(s);
}

static void ended_early(void **state)
{
	struct disc *d = *state;
	struct source *s = open_source(d);

	assert_part(d, s, 20 * BLOCK_SIZE, 1000);
	set_size(d, 5, 50000);
	assert_fails(s, 20 * BLOCK_SIZE + 1000, 99000, EIO,
		     "data/5 ended early: 50000 of 100000 bytes");
	source_free(s);
}

static void changed_meanwhile(void **state)
{
	const struct timespec times[2] = { { .tv_sec = 5 }, { .tv_sec = 6 } };
	struct disc *d = *state;
	struct source *s = open_source(d);
	struct err err = { 0 };
	struct span span;
	char path[64];

	fake_path(&d->stage, &d->nodes[4], path, sizeof(path));
	assert_part(d, s, 20 * BLOCK_SIZE, 1000);
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
	assert_fails(s, 20 * BLOCK_SIZE + 1000, 99000, EIO, "data/5 changed");
	assert_int_equal(source_span(s, 20 * BLOCK_SIZE, &span, &err), 0);
	assert_int_equal(source_check(s, &err), -EIO);
	assert_non_null(strstr(err.msg, "data/5 changed"));
	assert_string_equal(source_path(s), "data/5");
	source_free(s);
}

static void stale(void **state)
{
	struct disc *d = *state;
	struct source *s = open_source(d);
	struct span span;

	assert_part(d, s, 0, SIZE);
	assert_int_equal(source_span(s, 4 * BLOCK_SIZE, &span, NULL), 0);
	d->stage.generation++;
	assert_fails(s, 0, SIZE, ESTALE, "has changed");
	assert_fails(s, 0, 10, ESTALE, "has changed");
	assert_int_equal(source_check(s, NULL), -ESTALE);
	source_free(s);
}

/* The change is named as the reason, whatever the file looks like then. */
static void stale_and_short(struct stage *stage, const char *path)
{
	if (stage->opened == 3) {
		stage->generation++;
		assert_int_equal(truncate(path, 3), 0);
	}
}

static void stale_while_reading(void **state)
{
	struct disc *d = *state;
	struct source *s = open_source(d);

	d->stage.on_open = stale_and_short;
	assert_fails(s, 0, SIZE, ESTALE, "has changed");
	source_free(s);
}

static void nothing_but_head(void **state)
{
	struct disc d;
	struct source *s;
	unsigned char buf[4 * BLOCK_SIZE];

	(void)state;
	disc_init(&d, FORMAT_DATA, 4, 2 * BLOCK_SIZE + 1);
	assert_int_equal(source_new(&s, &d.stage, &d.layout), 0);
	assert_int_equal(source_read(s, buf, sizeof(buf), 0, NULL), sizeof(buf));
	assert_memory_equal(buf, d.image, sizeof(buf));
	assert_string_equal(source_path(s), "");
	source_free(s);
	source_free(NULL);
	disc_fini(&d);
}

/* ---- files that hold their bytes otherwise ---- */

enum { RAW_LBA = 20, RAW_SECTORS = 30, RAW_OFFSET = 96 };

static void write_file(struct disc *d, const struct extent *e, const unsigned char *bytes,
		       size_t len, off_t at)
{
	cleanup_close int fd = -1;
	char path[64];

	fake_path(&d->stage, e->node, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write_at(fd, bytes, len, at), 0);
}

/* Big-endian samples, and raw sectors. */
static int setup_forms(void **state)
{
	struct disc *d = malloc(sizeof(*d));
	unsigned char sector[SECTOR_SIZE];
	struct extent *e;

	disc_init(d, FORMAT_DATA, BLOCKS, 0);
	disc_add(d, 2 * BLOCK_SIZE, 20000, 44, 20044);
	e = &d->layout.extents[0];
	e->swapped = true;
	for (uint64_t i = e->start; i < e->start + e->len; i += 2) {
		unsigned char first = d->image[i];

		d->image[i] = d->image[i + 1];
		d->image[i + 1] = first;
	}
	disc_add(d, RAW_LBA * BLOCK_SIZE, RAW_SECTORS * BLOCK_SIZE, RAW_OFFSET,
		 RAW_OFFSET + RAW_SECTORS * SECTOR_SIZE);
	e = &d->layout.extents[1];
	e->raw = true;
	for (uint32_t i = RAW_LBA; i < RAW_LBA + RAW_SECTORS; i++) {
		sector_mode1(sector, d->image + i * BLOCK_SIZE, i);
		write_file(d, e, sector, sizeof(sector),
			   RAW_OFFSET + (off_t)(i - RAW_LBA) * SECTOR_SIZE);
	}
	*state = d;
	return 0;
}

/* One byte of the fourth raw sector is another: what is said of it. */
static void assert_refused(struct disc *d, size_t byte, const char *words)
{
	size_t at = RAW_OFFSET + 3 * SECTOR_SIZE + byte;
	struct source *s = open_source(d);
	unsigned char sector[SECTOR_SIZE], other;

	sector_mode1(sector, d->image + (RAW_LBA + 3) * BLOCK_SIZE, RAW_LBA + 3);
	other = sector[byte] ^ 0x10;
	write_file(d, &d->layout.extents[1], &other, 1, (off_t)at);
	assert_part(d, s, RAW_LBA * BLOCK_SIZE, 3 * BLOCK_SIZE);
	assert_fails(s, (RAW_LBA + 3) * BLOCK_SIZE + 5, 1, EMEDIUMTYPE, words);
	write_file(d, &d->layout.extents[1], &sector[byte], 1, (off_t)at);
	source_free(s);
}

static void raw_sectors_of_others(void **state)
{
	assert_refused(*state, 0, "sector 23 of data/2 has no sync pattern");
	assert_refused(*state, 13, "has the address of another sector");
	assert_refused(*state, 15, "is not of Mode 1");
	assert_refused(*state, 100, "has another checksum or parity");
	assert_refused(*state, SECTOR_SIZE - 1, "has another checksum or parity");
}

#define with_forms(test) cmocka_unit_test_setup_teardown(test, setup_forms, disc_tear_down)
#define with_disc(test) cmocka_unit_test_setup_teardown(test, setup, disc_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_disc(whole),
		with_disc(any_part),
		with_disc(in_steps),
		with_disc(spans),
		with_disc(span_inside),
		with_disc(wrong_size),
		with_disc(vanished),
		with_disc(ended_early),
		with_disc(changed_meanwhile),
		with_disc(stale),
		with_disc(stale_while_reading),
		with_forms(any_part),
		with_forms(raw_sectors_of_others),
		cmocka_unit_test(nothing_but_head),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
