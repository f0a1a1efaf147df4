/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/util.c: sentences, text that grows, UTF-8, natural order, whole reads and writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/amount.h"
#include "base/util.h"

static void err_says_code_and_sentence(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(err_set(&err, EBUSY, "%s has %d", "it", 3), -EBUSY);
	assert_int_equal(err.code, EBUSY);
	assert_string_equal(err.msg, "it has 3");
	assert_int_equal(err_wrap(&err, "track %d", 7), -EBUSY);
	assert_string_equal(err.msg, "track 7: it has 3");
	assert_int_equal(err_set(NULL, EIO, "nobody listens"), -EIO);
	assert_int_equal(err_wrap(NULL, "nobody listens"), -EIO);
}

static void err_is_one_line_and_is_cut_between_characters(void **state)
{
	struct err err;
	char many[3 * sizeof(err.msg)] = "";

	(void)state;
	err_set(&err, EIO, "a\nb\tc\033d");
	assert_string_equal(err.msg, "a b c?d");
	/* Longer ones that a terminal obeys, and their neighbours that are text. */
	err_set(&err, EIO, "\xc2\x9b" "31m\xc2\x80.\xc2\x9f.\xc2\xa0.\xc3\x9b");
	assert_string_equal(err.msg, "?31m?.?.\xc2\xa0.\xc3\x9b");
	err_set(&err, EIO,
		"\xe2\x80\xa8.\xe2\x80\xae.\xe2\x81\xa6.\xe2\x81\xa9.\xe2\x80\xa7.\xe2\x80\xaf");
	assert_string_equal(err.msg, "?.?.?.?.\xe2\x80\xa7.\xe2\x80\xaf");
	for (int shift = 0; shift < 3; shift++) {
		memset(many, 'x', sizeof(many));
		for (size_t i = (size_t)shift; i + 3 < sizeof(many); i += 3)
			memcpy(many + i, "\xe2\x82\xac", 3);
		many[sizeof(many) - 1] = '\0';
		err_set(&err, EIO, "%s", many);
		assert_in_range(strlen(err.msg), sizeof(err.msg) - 4, sizeof(err.msg) - 1);
		assert_true(utf8_valid(err.msg, strlen(err.msg)));
		err_wrap(&err, "%s", many);
		assert_true(utf8_valid(err.msg, strlen(err.msg)));
		err_set(&err, EIO, "\"%.10s\" is too long", many);
		assert_true(utf8_valid(err.msg, strlen(err.msg)));
		assert_non_null(strstr(err.msg, "\" is too long"));
	}
	err_set(&err, EIO, "%.3s\xe2\x80\xa6 %.2s, %.4s", "ab\xc3\xa9", "\xf0\x9f\x98\x80",
		"\xf0\x9f\x98\x80");
	assert_string_equal(err.msg, "ab?\xe2\x80\xa6 ?, \xf0\x9f\x98\x80");
}

static void err_names(void **state)
{
	(void)state;
	assert_string_equal(err_name(0), "ok");
	assert_string_equal(err_name(EBUSY), "EBUSY");
	assert_string_equal(err_name(EMEDIUMTYPE), "EMEDIUMTYPE");
	assert_string_equal(err_name(EAGAIN), "EAGAIN");
	assert_string_equal(err_name(4711), "E4711");
}

static void text_grows(void **state)
{
	struct text t = { 0 };
	char expected[5001] = "";

	(void)state;
	for (int i = 0; i < 1000; i++) {
		text_add(&t, "%04d", i);
		text_append(&t, "-", 1);
		snprintf(expected + 5 * i, 6, "%04d-", i);
	}
	assert_int_equal(t.len, 5000);
	assert_string_equal(t.data, expected);
	text_append(&t, NULL, 0);
	assert_int_equal(t.len, 5000);
	text_free(&t);
	assert_null(t.data);
}

static void text_without_memory_fails_and_keeps(void **state)
{
	struct text t = { 0 };

	(void)state;
	text_add(&t, "kept");
	text_append(&t, "x", SIZE_MAX - 2);
	assert_true(t.failed);
	text_add(&t, "dropped");
	assert_string_equal(t.data, "kept");
	text_free(&t);
}

static void utf8(void **state)
{
	static const struct {
		const char *s;
		bool valid;
	} cases[] = {
		{ "", true }, { "abc", true }, { "\xc3\xa4", true }, { "\xe2\x82\xac", true },
		{ "\xf0\x9f\x92\xbf", true }, { "\xf4\x8f\xbf\xbf", true },
		{ "\xef\xbf\xbf", true },
		{ "\x80", false }, { "\xc0\xaf", false }, { "\xc1\xbf", false }, { "\xc3", false },
		{ "\xc3(", false }, { "\xe0\x9f\xbf", false }, { "\xed\xa0\x80", false },
		{ "\xed\x9f\xbf", true }, { "\xee\x80\x80", true }, { "\xf0\x8f\xbf\xbf", false },
		{ "\xf4\x90\x80\x80", false }, { "\xf5\x80\x80\x80", false },
		{ "a\xe2\x82", false },
		{ "\xff", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		if (utf8_valid(cases[i].s, strlen(cases[i].s)) != cases[i].valid)
			fail_msg("case %zu", i);
	assert_true(utf8_valid("a\0b", 3));
}

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void natural_order(void **state)
{
	static const char *const sorted[] = {
		"", "0", "00", "000", "1", "01", "01a", "2", "10", "010", "18446744073709551616",
		"18446744073709551617", "CD/track1", "CD 1/track1", "CD 1/track2", "CD 1/track10",
		"CD 01/track1", "CD 2/track1", "CD 10/track1", "a", "a/b", "a b", "a-b", "a1",
		"a1b2", "a1b10",
		"a02", "track2.wav", "track02.wav", "track10.wav", "\xc3\xa4",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		for (size_t j = 0; j < ARRAY_SIZE(sorted); j++)
			if (sign(natural_compare(sorted[i], sorted[j])) != sign((int)i - (int)j))
				fail_msg("'%s' and '%s'", sorted[i], sorted[j]);
}

static void whole_reads_and_writes(void **state)
{
	char buf[8];
	FILE *f = tmpfile();
	int fd = fileno(f);

	(void)state;
	assert_int_equal(write_at(fd, "abcdefgh", 8, 100), 0);
	assert_int_equal(read_at(fd, buf, 8, 100), 0);
	assert_memory_equal(buf, "abcdefgh", 8);
	assert_int_equal(read_at(fd, buf, 8, 101), -EIO);
	assert_int_equal(read_at(fd, buf, 0, 1000), 0);
	assert_int_equal(read_at(-1, buf, 8, 0), -EBADF);
	assert_int_equal(write_at(-1, buf, 8, 0), -EBADF);
	fclose(f);
}

static void clean_up_keeps_errno(void **state)
{
	(void)state;
	errno = ERANGE;
	{
		cleanup_close int fd = -1;
		cleanup_close int closed = dup(STDERR_FILENO);
		cleanup_free char *p = malloc(3);

		close(closed);
		errno = ERANGE;
		assert_int_equal(fd, -1);
		assert_non_null(p);
	}
	assert_int_equal(errno, ERANGE);
}

/*
 * The deadline and the condition go by the same clock: by different ones the wait ends at once, or
 * lasts for years.
 */
static void waits_go_by_the_monotonic_clock(void **state)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	double begin = time_monotonic();
	struct timespec deadline;
	pthread_cond_t cond;
	int r = 0;

	(void)state;
	cond_init(&cond);
	deadline = deadline_in(0.05);
	pthread_mutex_lock(&lock);
	while (r == 0)
		r = pthread_cond_timedwait(&cond, &lock, &deadline);
	pthread_mutex_unlock(&lock);
	assert_int_equal(r, ETIMEDOUT);
	assert_true(time_monotonic() - begin >= 0.05);
	pthread_cond_destroy(&cond);
}

static void amounts_are_for_people(void **state)
{
	static const struct {
		uint64_t n;
		const char *text;
	} bytes[] = {
		{ 0, "0 kB" }, { 1, "1 kB" }, { 2048, "3 kB" }, { 99999, "100 kB" },
		{ 100000, "0.1 MB" }, { 31600000, "31.6 MB" }, { 999900000, "999.9 MB" },
		{ 4700372992, "4.70 GB" },
	}, seconds[] = {
		{ 0, "0 seconds" }, { 1, "1 second" }, { 59, "59 seconds" }, { 60, "1:00 minutes" },
		{ 4800, "80:00 minutes" }, { 5999, "99:59 minutes" }, { 6000, "1:40:00 hours" },
		{ 360000, "100:00:00 hours" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bytes); i++) {
		assert_string_equal(amount_of_bytes(bytes[i].n).text, bytes[i].text);
		assert_string_equal(amount_of_seconds(seconds[i].n).text, seconds[i].text);
	}
	assert_string_equal(amount_of_disc(FORMAT_DATA, 2295104).text, "4.70 GB");
	assert_string_equal(amount_of_disc(FORMAT_MIXED, 360000).text, "737.3 MB");
	assert_string_equal(amount_of_disc(FORMAT_AUDIO, 360000).text, "80:00 minutes");
	assert_string_equal(amount_of_disc(FORMAT_AUDIO, 1).text, "1 second");
	assert_string_equal(amount_of_disc(FORMAT_AUDIO, 76).text, "2 seconds");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(err_says_code_and_sentence),
		cmocka_unit_test(err_is_one_line_and_is_cut_between_characters),
		cmocka_unit_test(err_names),
		cmocka_unit_test(text_grows),
		cmocka_unit_test(text_without_memory_fails_and_keeps),
		cmocka_unit_test(utf8),
		cmocka_unit_test(natural_order),
		cmocka_unit_test(whole_reads_and_writes),
		cmocka_unit_test(amounts_are_for_people),
		cmocka_unit_test(clean_up_keeps_errno),
		cmocka_unit_test(waits_go_by_the_monotonic_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
