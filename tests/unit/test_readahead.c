/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading ahead: the bytes, the first error and its place, and that it can be stopped wherever it
 * is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <pthread.h>
#include <semaphore.h>

#define DISC_FILES_MAX 2000
#include "fake_disc.h"
#include "image/readahead.h"

#define MIB ((uint64_t)1 << 20)

/* The window is full, and goes round, well before the end of such a disc. */
static const uint64_t LARGEST_WINDOW = 33 * MIB, SIZE = 48 * MIB;
enum { LAST_SMALL = 1400 };

static uint32_t dice;

static uint32_t roll(uint32_t sides)
{
	dice = dice * 1664525U + 1013904223U;
	return (dice >> 8) % sides;
}

/* Many small files, among them some of several chunks, and zeros at the end. */
static int setup(void **state)
{
	struct disc *d = calloc(1, sizeof(*d));
	uint64_t pos = 100 * BLOCK_SIZE;

	assert_non_null(d);
	dice = 1;
	disc_init(d, FORMAT_DATA, SIZE / BLOCK_SIZE, 99 * BLOCK_SIZE + 7);
	for (unsigned i = 1; i <= LAST_SMALL; i++) {
		uint64_t len = i % 300 ? 1 + roll(50000) : 2 * MIB + roll(2 * MIB);

		disc_add(d, pos, len, 0, len);
		pos += (len + BLOCK_SIZE - 1) / BLOCK_SIZE * BLOCK_SIZE;
		assert_true(pos < SIZE);
	}
	assert_true(pos > LARGEST_WINDOW + MIB);
	*state = d;
	return 0;
}

static struct source *open_source(struct disc *d)
{
	struct source *s;

	assert_int_equal(source_new(&s, &d->stage, &d->layout), 0);
	return s;
}

static struct readahead *open_ahead(struct disc *d)
{
	struct source *s = open_source(d);
	struct readahead *a;

	assert_int_equal(readahead_new(&a, s, NULL), 0);
	source_free(s); /* it is not used any further */
	return a;
}

/*
 * Read from @pos on, in steps of up to @step and with leaps of up to @leap, until there is no more:
 * where.
 */
static uint64_t read_on(struct disc *d, struct readahead *a, uint64_t pos, uint32_t step,
			uint32_t leap, struct err *err)
{
	cleanup_free unsigned char *buf = malloc(step + 1);
	ssize_t n = 1;

	assert_non_null(buf);
	while (n > 0) {
		size_t len = 1 + roll(step);

		n = readahead_read(a, buf, len, pos, err);
		assert_true(n <= (ssize_t)len);
		if (n < 0)
			assert_int_equal(n, -err->code);
		else
			assert_memory_equal(buf, d->image + pos, (size_t)n);
		pos += n > 0 ? (uint64_t)n : 0;
		if (n == (ssize_t)len && leap)
			pos += roll(leap);
	}
	return pos;
}

/* ---- bytes ---- */

static void in_order(void **state)
{
	static const uint32_t steps[] = { 3 * MIB, 100000, 40 * MIB };
	struct disc *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		struct err err = { 0 };
		struct readahead *a;

		atomic_store(&d->stage.opened, 0);
		a = open_ahead(d);
		assert_int_equal(read_on(d, a, 0, steps[i], 0, &err), SIZE);
		assert_int_equal(err.code, 0);
		assert_int_equal(readahead_read(a, (char[1]){ 0 }, 1, SIZE + 5, &err), 0);
		assert_int_equal(readahead_read(a, NULL, 0, SIZE, &err), 0);
		readahead_free(a);
		/* None is read in pieces by several. */
		assert_int_equal(d->stage.opened, d->layout.nextents);
	}
}

static void with_gaps(void **state)
{
	struct disc *d = *state;
	struct readahead *a = open_ahead(d);
	struct err err = { 0 };

	assert_true(read_on(d, a, 1234567, 300000, 200000, &err) >= SIZE);
	assert_int_equal(err.code, 0);
	readahead_free(a);
	a = open_ahead(d);
	assert_int_equal(readahead_read(a, (char[10]){ 0 }, 10, SIZE - 4, &err), 4);
	readahead_free(a);
}

static atomic_uint_fast64_t wanted;     /* byte that the consumer gets at most before its next
					   call */
static atomic_bool too_far;

static struct disc *disc_of(struct stage *stage)
{
	return (struct disc *)((char *)stage - offsetof(struct disc, stage));
}

static unsigned file_number(const char *path)
{
	return (unsigned)strtoul(strrchr(path, '/') + 1, NULL, 10);
}

static void look_how_far(struct stage *stage, const char *path)
{
	uint64_t start = disc_of(stage)->layout.extents[file_number(path) - 1].start;

	if (start > atomic_load(&wanted) + LARGEST_WINDOW)
		atomic_store(&too_far, true);
}

static void bounded(void **state)
{
	struct disc *d = *state;
	struct readahead *a;
	char byte;

	atomic_store(&wanted, 0);
	atomic_store(&too_far, false);
	d->stage.on_open = look_how_far;
	a = open_ahead(d);
	for (uint64_t pos = 0; pos < SIZE; pos += 50000) {
		atomic_store(&wanted, pos + 1);
		assert_int_equal(readahead_read(a, &byte, 1, pos, NULL), 1);
	}
	readahead_free(a);
	assert_false(atomic_load(&too_far));
}

static void nothing_but_head(void **state)
{
	struct disc d;
	struct readahead *a;

	(void)state;
	disc_init(&d, FORMAT_DATA, 4, 2 * BLOCK_SIZE + 1);
	a = open_ahead(&d);
	assert_int_equal(read_on(&d, a, 0, 1000, 0, &(struct err){ 0 }), 4 * BLOCK_SIZE);
	readahead_free(a);
	readahead_free(NULL);
	disc_fini(&d);
}

static sem_t behind_is_open;
static atomic_bool next_long, both_at_once;
enum { LONG = 300, NEXT_LONG = 600, BEHIND = 700 };

static void look_who_waits(struct stage *stage, const char *path)
{
	unsigned number = file_number(path);

	(void)stage;
	if (number == BEHIND)
		sem_post(&behind_is_open);
	if (number == NEXT_LONG)
		atomic_store(&next_long, true);
	if (number == LONG) {
		sem_wait(&behind_is_open);
		atomic_store(&both_at_once, atomic_load(&next_long));
	}
}

/*
 * Files of several chunks are read one after the other; small ones beside them, even such as lie
 * behind.
 */
static void one_long_file(void **state)
{
	struct disc *d = *state;
	struct readahead *a;

	sem_init(&behind_is_open, 0, 0);
	atomic_store(&next_long, false);
	d->stage.on_open = look_who_waits;
	a = open_ahead(d);
	assert_int_equal(read_on(d, a, 0, 32768, 0, &(struct err){ 0 }), SIZE);
	assert_false(atomic_load(&both_at_once));
	assert_true(atomic_load(&next_long));
	readahead_free(a);
	sem_destroy(&behind_is_open);
}

/* ---- sound ---- */

enum { WAV_HEADER = 44, TRACKS = 3, TRACK_SECTORS = 1500, GAP = 150 };

static void add_sound(struct disc *d, uint64_t start, uint32_t len)
{
	unsigned char header[WAV_HEADER] = {
		'R', 'I', 'F', 'F', [8] = 'W', 'A', 'V', 'E', 'f', 'm', 't', ' ', 16,
		[20] = 1, [22] = 2,
		[24] = 0x44, 0xac, [28] = 0x10, 0xb1, 2, [32] = 4, [34] = 16,
		[36] = 'd', 'a', 't', 'a',
	};
	struct extent *e = &d->layout.extents[d->layout.nextents];
	cleanup_close int fd = -1;
	char path[64];

	for (int i = 0; i < 4; i++) {
		header[4 + i] = (unsigned char)((len + WAV_HEADER - 8) >> 8 * i);
		header[40 + i] = (unsigned char)(len >> 8 * i);
	}
	disc_add(d, start, len, WAV_HEADER, len + WAV_HEADER);
	e->decoded = true;
	e->samples = len;
	e->offset = 0;
	fake_path(&d->stage, e->node, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write_at(fd, header, sizeof(header), 0), 0);
}

static uint64_t add_tracks(struct disc *d, uint64_t sector)
{
	for (unsigned i = 0; i < TRACKS; i++) {
		add_sound(d, sector * SECTOR_SIZE, TRACK_SECTORS * SECTOR_SIZE - 100 * i);
		sector += TRACK_SECTORS + GAP;
	}
	return sector;
}

/* Each file is opened once: so by one reader, which decodes it in sequence. */
static void decoded(void **state)
{
	const uint64_t sectors = TRACKS * (TRACK_SECTORS + GAP);
	struct err err = { 0 };
	struct readahead *a;
	struct disc d;

	(void)state;
	disc_init(&d, FORMAT_AUDIO, sectors, 0);
	assert_int_equal(add_tracks(&d, 0), sectors);
	a = open_ahead(&d);
	assert_int_equal(read_on(&d, a, 0, 32768, 0, &err), sectors * SECTOR_SIZE);
	assert_int_equal(err.code, 0);
	readahead_free(a);
	assert_int_equal(d.stage.opened, TRACKS);
	disc_fini(&d);
}

static void mixed(void **state)
{
	const uint64_t blocks = 2000, first = blocks + GAP,
		       sectors = first + TRACKS * (TRACK_SECTORS + GAP);
	struct layout data = { .refs = 1,
			       .format = FORMAT_DATA,
			       .generation = 7,
			       .block_size = BLOCK_SIZE,
			       .blocks = blocks };
	struct err err = { 0 };
	struct source *s;
	struct readahead *a;
	struct disc d;

	(void)state;
	disc_init(&d, FORMAT_AUDIO, sectors, 0);
	disc_add(&d, 16 * BLOCK_SIZE, 3000000, 0, 3000000);
	data.extents = &(struct extent){ 0 };
	*data.extents = d.layout.extents[0];
	data.nextents = 1;
	d.layout.nextents = 0;
	add_tracks(&d, first);
	d.layout.format = FORMAT_MIXED;
	d.layout.data = &data;
	s = open_source(&d);
	assert_int_equal(source_read(s, d.image, first * SECTOR_SIZE, 0, &err),
			 first * SECTOR_SIZE);
	source_free(s);
	atomic_store(&d.stage.opened, 0);
	a = open_ahead(&d);
	assert_int_equal(read_on(&d, a, 0, 32768, 0, &err), sectors * SECTOR_SIZE);
	assert_int_equal(err.code, 0);
	readahead_free(a);
	assert_int_equal(d.stage.opened, 1 + TRACKS);
	assert_int_equal(data.refs, 1);
	disc_fini(&d);
}

/* ---- errors ---- */

static void cut_file(struct disc *d, unsigned file)
{
	char path[64];

	fake_path(&d->stage, &d->nodes[file - 1], path, sizeof(path));
	assert_int_equal(truncate(path, 0), 0);
}

static void assert_ends_at(struct disc *d, unsigned file, uint32_t step)
{
	const struct extent *e = &d->layout.extents[file - 1];
	struct source *s = open_source(d);
	struct readahead *a = open_ahead(d);
	struct err err = { 0 }, again = { 0 }, want;
	char byte;

	assert_int_equal(source_read(s, &byte, 1, e->start, &want), -EIO);
	assert_int_equal(read_on(d, a, 0, step, 0, &err), e->start);
	assert_int_equal(err.code, EIO);
	assert_string_equal(err.msg, want.msg);
	/* There is nothing behind it. */
	assert_int_equal(readahead_read(a, &byte, 1, e->start, &again), -EIO);
	assert_string_equal(again.msg, want.msg);
	assert_int_equal(readahead_read(a, &byte, 1, e->start + e->len, NULL), -EIO);
	readahead_free(a);
	source_free(s);
}

/*
 * Near the beginning, the first to be read, one of several chunks, and far behind the first window.
 */
static void errors(void **state)
{
	static const unsigned files[] = { LAST_SMALL, 1200, 777, 300, 20, 1 };
	struct disc *d = *state;

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		cut_file(d, files[i]);
		assert_ends_at(d, files[i], i % 2 ? 32768 : 2 * MIB);
	}
}

static sem_t later_is_open;
enum { EARLIER = 100, LATER = 400 };

static void later_first(struct stage *stage, const char *path)
{
	unsigned number = file_number(path);

	(void)stage;
	if (number == LATER)
		sem_post(&later_is_open);
	if (number == EARLIER)
		sem_wait(&later_is_open);
}

/* The first in the order of addresses, not of time. */
static void first_of_two(void **state)
{
	struct disc *d = *state;
	struct readahead *a;
	struct err err = { 0 };

	sem_init(&later_is_open, 0, 0);
	cut_file(d, EARLIER);
	cut_file(d, LATER);
	d->stage.on_open = later_first;
	a = open_ahead(d);
	assert_int_equal(read_on(d, a, 0, 32768, 0, &err), d->layout.extents[EARLIER - 1].start);
	assert_non_null(strstr(err.msg, "data/100 has 0 bytes"));
	readahead_free(a);
	sem_destroy(&later_is_open);
}

/* Found where it ends: nothing of the last piece, nor what is behind it. */
static void damaged_sound(void **state)
{
	struct err err = { 0 };
	const struct extent *e;
	struct readahead *a;
	uint64_t end;
	struct disc d;

	(void)state;
	disc_init(&d, FORMAT_AUDIO, TRACKS * (TRACK_SECTORS + GAP), 0);
	add_tracks(&d, 0);
	d.layout.extents[1].samples -= 4;
	e = &d.layout.extents[1];
	a = open_ahead(&d);
	end = read_on(&d, a, 0, 32768, 0, &err);
	assert_in_range(end, e->start, e->start + e->len - 1);
	assert_int_equal(err.code, EIO);
	assert_non_null(strstr(err.msg, "data/2: "));
	readahead_free(a);
	disc_fini(&d);
}

/* What was read before is right and may still come; then it is told. */
static void stale(void **state)
{
	struct disc *d = *state;
	struct readahead *a = open_ahead(d);
	struct err err = { 0 };
	char byte;

	assert_int_equal(readahead_read(a, &byte, 1, 0, &err), 1);
	atomic_fetch_add(&d->stage.generation, 1);
	assert_true(read_on(d, a, 1, MIB, 0, &err) <= LARGEST_WINDOW);
	assert_int_equal(err.code, ESTALE);
	readahead_free(a);
}

static void change(struct stage *stage, const char *path)
{
	if (file_number(path) == 700)
		atomic_fetch_add(&stage->generation, 1);
}

static void stale_while_reading(void **state)
{
	struct disc *d = *state;
	struct readahead *a;
	struct err err = { 0 };

	d->stage.on_open = change;
	a = open_ahead(d);
	assert_true(read_on(d, a, 0, MIB, 0, &err) <= d->layout.extents[699].start);
	assert_int_equal(err.code, ESTALE);
	assert_non_null(strstr(err.msg, "has changed"));
	readahead_free(a);
}

/* ---- stopping ---- */

static void stopped_at_once(void **state)
{
	struct disc *d = *state;
	struct readahead *a = open_ahead(d);
	struct err err = { 0 };

	readahead_free(a);
	a = open_ahead(d);
	readahead_stop(a);
	readahead_stop(a);
	assert_int_equal(d->layout.refs, 1);
	assert_int_equal(readahead_read(a, (char[1]){ 0 }, 1, 0, &err), -ECANCELED);
	assert_int_equal(err.code, ECANCELED);
	readahead_free(a);
}

static void stopped_halfway(void **state)
{
	struct disc *d = *state;

	for (uint64_t pos = 1; pos < SIZE; pos += 5 * MIB) {
		struct readahead *a = open_ahead(d);
		char byte;

		assert_int_equal(readahead_read(a, &byte, 1, pos, NULL), 1);
		readahead_stop(a);
		assert_int_equal(readahead_read(a, &byte, 1, pos + 1, NULL), -ECANCELED);
		readahead_free(a);
	}
}

enum { HEAD = MIB };

static sem_t hangs, waits, goes_on;

static void hang(struct stage *stage, const char *path)
{
	(void)stage;
	(void)path;
	sem_post(&hangs);
	sem_wait(&goes_on);
}

/* As libburn's thread does; returns the last result. */
static void *consume(void *data)
{
	static char buf[HEAD];
	ssize_t n = readahead_read(data, buf, HEAD, 0, NULL);

	sem_post(&waits);
	if (n == HEAD)
		n = readahead_read(data, buf, 1, HEAD, NULL);
	return (void *)(intptr_t)n;
}

static void *stop(void *data)
{
	readahead_stop(data);
	return NULL;
}

/* The consumer is let go while the one file there is still hangs. */
static void stopped_while_waiting(void **state)
{
	pthread_t consumer, stopper;
	struct readahead *a;
	struct disc d;
	void *last;

	(void)state;
	sem_init(&hangs, 0, 0);
	sem_init(&waits, 0, 0);
	sem_init(&goes_on, 0, 0);
	disc_init(&d, FORMAT_DATA, HEAD / BLOCK_SIZE + 1, HEAD);
	disc_add(&d, HEAD, 100, 0, 100);
	d.stage.on_open = hang;
	a = open_ahead(&d);
	assert_int_equal(pthread_create(&consumer, NULL, consume, a), 0);
	sem_wait(&hangs);
	sem_wait(&waits);
	assert_int_equal(pthread_create(&stopper, NULL, stop, a), 0);
	pthread_join(consumer, &last);
	assert_int_equal((intptr_t)last, -ECANCELED);
	sem_post(&goes_on);
	pthread_join(stopper, NULL);
	readahead_free(a);
	disc_fini(&d);
	sem_destroy(&hangs);
	sem_destroy(&waits);
	sem_destroy(&goes_on);
}

#define with_disc(test) cmocka_unit_test_setup_teardown(test, setup, disc_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		with_disc(in_order),
		with_disc(with_gaps),
		with_disc(bounded),
		with_disc(one_long_file),
		cmocka_unit_test(nothing_but_head),
		cmocka_unit_test(decoded),
		cmocka_unit_test(mixed),
		with_disc(errors),
		with_disc(first_of_two),
		cmocka_unit_test(damaged_sound),
		with_disc(stale),
		with_disc(stale_while_reading),
		with_disc(stopped_at_once),
		with_disc(stopped_halfway),
		cmocka_unit_test(stopped_while_waiting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
