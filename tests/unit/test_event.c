/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base/event.c: lines, the ring that drops whole ones, readers by position, observers, many
 * threads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <pthread.h>

#include "base/event.h"

enum { STAMP = sizeof("2026-01-01T00:00:00Z") };  /* with the blank after it */

static void a_line_has_time_name_and_rest(void **state)
{
	struct events *ev = events_new(1000);
	char line[200] = "";
	size_t n;

	(void)state;
	assert_int_equal(events_read(ev, line, sizeof(line), 0), 0);
	events_add(ev, "burn", "result=%s n=%d", "ok", 3);
	n = events_read(ev, line, sizeof(line) - 1, 0);
	assert_int_equal(n, events_end(ev));
	assert_string_equal(line + STAMP, "burn result=ok n=3\n");
	assert_int_equal(line[4], '-');
	assert_int_equal(line[10], 'T');
	assert_int_equal(line[19], 'Z');
	events_free(ev);
}

static void a_line_stays_one_line(void **state)
{
	struct events *ev = events_new(10000);
	char text[4000], line[2 * EVENT_LINE_MAX] = "";
	size_t n;

	(void)state;
	events_add(ev, "x", "a\nb\n");
	n = events_read(ev, line, sizeof(line), 0);
	assert_string_equal(line + STAMP, "x a b\n");
	events_add(ev, "x", "%s", "");
	memset(line, 0, sizeof(line));
	events_read(ev, line, sizeof(line), n);
	assert_string_equal(line + STAMP, "x\n");
	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	n = events_end(ev);
	events_add(ev, "x", "%s", text);
	assert_in_range(events_end(ev) - n, EVENT_LINE_MAX - 1, EVENT_LINE_MAX);
	events_read(ev, line, sizeof(line), n);
	assert_ptr_equal(memchr(line, '\n', sizeof(line)), line + (events_end(ev) - n) - 1);
	events_free(ev);
}

static void old_lines_go_whole_and_read_as_newlines(void **state)
{
	struct events *ev = events_new(100);
	char all[10000];
	uint64_t start;
	size_t n;

	(void)state;
	for (int i = 0; i < 200; i++) {
		events_add(ev, "n", "i=%d", i);
		assert_true(events_end(ev) - events_start(ev) <= 100);
		start = events_start(ev);
		n = events_read(ev, all, sizeof(all), 0);
		assert_int_equal(n, events_end(ev));
		for (size_t k = 0; k < start; k++)
			assert_int_equal(all[k], '\n');
		assert_int_equal(all[start], '2');
		assert_int_equal(all[n - 1], '\n');
		assert_int_equal(events_read(ev, all, 5, start > 2 ? start - 2 : 0), 5);
	}
	assert_true(events_start(ev) > 0);
	assert_int_equal(events_read(ev, all, sizeof(all), events_end(ev) + 1), 0);
	assert_int_equal(events_read(ev, all, sizeof(all), UINT64_MAX), 0);
	events_free(ev);
}

static void a_tiny_ring_cuts(void **state)
{
	char line[40];

	(void)state;
	assert_null(events_new(0));
	for (size_t capacity = 1; capacity < 40; capacity++) {
		struct events *ev = events_new(capacity);

		events_add(ev, "name", "key=value");
		events_add(ev, "name", "key=value");
		assert_true(events_end(ev) - events_start(ev) <= capacity);
		assert_true(events_read(ev, line, sizeof(line), events_start(ev)) > 0);
		events_free(ev);
	}
}

static void count_up(void *data)
{
	__atomic_add_fetch((int *)data, 1, __ATOMIC_RELAXED);
}

static void read_in_observer(void *data)
{
	struct events *ev = *(struct events **)data;
	char c;

	assert_int_equal(events_read(ev, &c, 1, events_end(ev) - 1), 1);
	assert_int_equal(c, '\n');
	*(struct events **)data = NULL;
}

static void the_observer_may_read(void **state)
{
	struct events *ev = events_new(1000), *seen = ev;

	(void)state;
	events_observe(ev, read_in_observer, &seen);
	events_add(ev, "x", "a=1");
	assert_null(seen);
	events_observe(ev, NULL, NULL);
	events_add(ev, "x", "a=2");
	events_free(ev);
}

static void *add_many(void *data)
{
	for (int i = 0; i < 2000; i++)
		events_add(data, "thread", "i=%d filler=%.*s", i, i % 50,
			   "--------------------------------------------------");
	return NULL;
}

/* Read all of it as tail does, and count what is no whole line. */
static void *read_all(void *data)
{
	struct events *ev = data;
	uint64_t pos = 0, broken = 0;
	char buf[4096];

	while (pos < 4 * 2000 * 40) {
		size_t n = events_read(ev, buf, sizeof(buf), pos);

		for (size_t i = 0; i < n; i++)
			broken += buf[i] == '\0';
		pos += n;
		if (n == 0 && events_end(ev) == pos && pos > 0)
			break;
	}
	return (void *)(uintptr_t)broken;
}

static void many_threads(void **state)
{
	struct events *ev = events_new(5000);
	pthread_t writers[4], readers[2];
	char kept[5000];
	int count = 0;
	size_t n;

	(void)state;
	events_observe(ev, count_up, &count);
	for (size_t i = 0; i < ARRAY_SIZE(writers); i++)
		pthread_create(&writers[i], NULL, add_many, ev);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++)
		pthread_create(&readers[i], NULL, read_all, ev);
	for (size_t i = 0; i < ARRAY_SIZE(writers); i++)
		pthread_join(writers[i], NULL);
	for (size_t i = 0; i < ARRAY_SIZE(readers); i++) {
		void *broken;

		pthread_join(readers[i], &broken);
		assert_null(broken);
	}
	assert_int_equal(count, 8000);
	n = events_read(ev, kept, sizeof(kept), events_start(ev));
	for (char *p = kept; p < kept + n; p = (char *)memchr(p, '\n', (size_t)(kept + n - p)) + 1)
		assert_memory_equal(p + STAMP, "thread i=", 9);
	events_free(ev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_time_name_and_rest),
		cmocka_unit_test(a_line_stays_one_line),
		cmocka_unit_test(old_lines_go_whole_and_read_as_newlines),
		cmocka_unit_test(a_tiny_ring_cuts),
		cmocka_unit_test(the_observer_may_read),
		cmocka_unit_test(many_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
