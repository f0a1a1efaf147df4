/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sound/cdtext.c: libburn makes as many packs as are counted, and takes what was shortened. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <libburn/libburn.h>
#include <string.h>

#include "sound/cdtext.h"

enum { PACKS_MAX = 255 /* of a block: its number of packs is one byte */ };

static struct cdtext texts[TRACKS_MAX + 1];

/* ---- what libburn makes of them ---- */

static void set_kind(struct burn_session *session, struct burn_track **tracks, unsigned n,
		     const struct cdtext_kind *kind)
{
	char text[CDTEXT_CHARS + 1], no_name[] = "";
	bool any = false;
	int len;

	for (unsigned i = 0; i < n; i++)
		any = any || *cdtext_get(&texts[i], kind);
	for (unsigned i = 0; i < n && any; i++) {
		len = (int)titles_latin1(cdtext_get(&texts[i], kind), text) + 1;
		if (i == 0)
			assert_true(burn_session_set_cdtext(session, (int)kind->block,
							    (int)kind->type, no_name,
							    (unsigned char *)text, len, 0) > 0);
		else
			assert_true(burn_track_set_cdtext(tracks[i - 1], (int)kind->block,
							  (int)kind->type, no_name,
							  (unsigned char *)text, len, 0) > 0);
	}
}

/* Packs of the whole disc; negative: libburn refuses them. */
static int packs_of_libburn(unsigned n)
{
	struct burn_session *session = burn_session_create();
	struct burn_track *tracks[TRACKS_MAX];
	int packs;

	assert_non_null(session);
	for (unsigned i = 0; i + 1 < n; i++) {
		tracks[i] = burn_track_create();
		assert_non_null(tracks[i]);
		assert_true(burn_session_add_track(session, tracks[i], BURN_POS_END));
	}
	for (size_t row = 0; cdtext_kind(row); row++)
		set_kind(session, tracks, n, cdtext_kind(row));
	packs = burn_cdtext_from_session(session, NULL, NULL, 1);
	for (unsigned i = 0; i + 1 < n; i++)
		burn_track_free(tracks[i]);
	burn_session_free(session);
	return packs;
}

static int set_up(void **state)
{
	(void)state;
	memset(texts, 0, sizeof(texts));
	return burn_initialize() ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	burn_finish();
	return 0;
}

/* ---- texts ---- */

static unsigned below(unsigned n)
{
	return (unsigned)random() % n;
}

/* @chars of them, some of two bytes. */
static void fill(char *text, unsigned chars)
{
	static const char *const letters[] = { "a", "b", " ", "\u00fc", "\u00f1" };

	*text = '\0';
	while (chars--)
		text = stpcpy(text, letters[below(ARRAY_SIZE(letters))]);
}

static void fill_all(unsigned n, unsigned title, unsigned performer)
{
	for (unsigned i = 0; i < n; i++) {
		fill(texts[i].title, title);
		fill(texts[i].performer, performer);
	}
}

/* Texts of any length, with those that are missing and those that come again. */
static void random_texts(unsigned n, unsigned most)
{
	fill_all(n, 0, 0);
	for (unsigned i = 0; i < n; i++) {
		switch (below(4)) {
		case 0:
			break;
		case 1:
			if (i) {
				texts[i] = texts[i - 1];
				break;
			}
			__attribute__((fallthrough));
		default:
			fill(texts[i].title, below(most));
			fill(texts[i].performer, below(most));
		}
	}
}

static unsigned chars_of(const char *text)
{
	unsigned chars = 0;

	for (; *text; text++)
		chars += (*text & 0xc0) != 0x80;
	return chars;
}

static unsigned all_chars(unsigned n)
{
	unsigned chars = 0;

	for (unsigned i = 0; i < n; i++)
		chars += chars_of(texts[i].title) + chars_of(texts[i].performer);
	return chars;
}

/* ---- tests ---- */

static void packs_are_counted_as_libburn_makes_them(void **state)
{
	unsigned fit = 0;

	(void)state;
	srandom(1);
	for (unsigned round = 0; round < 400; round++) {
		unsigned n = 1 + below(TRACKS_MAX + 1);
		int packs;

		random_texts(n, 1 + below(CDTEXT_CHARS + 1));
		packs = packs_of_libburn(n);
		if (cdtext_packs(0, texts, n) > PACKS_MAX) {
			assert_true(packs < 0);
		} else {
			assert_int_equal(cdtext_packs(0, texts, n), packs);
			fit++;
		}
	}
	assert_in_range(fit, 50, 350);
}

static void whatever_is_too_long_fits_then(void **state)
{
	(void)state;
	srandom(2);
	for (unsigned round = 0; round < 400; round++) {
		unsigned n = 2 + below(TRACKS_MAX);
		unsigned before, lost;
		bool fits;

		random_texts(n, 1 + below(CDTEXT_CHARS + 1));
		before = all_chars(n);
		fits = cdtext_packs(0, texts, n) <= PACKS_MAX;
		lost = cdtext_shorten(texts, n);
		assert_int_equal(before - all_chars(n), lost);
		assert_int_equal(lost == 0, fits);
		assert_in_range(packs_of_libburn(n), 0, PACKS_MAX);
	}
}

static void the_longest_disc_fits_as_well(void **state)
{
	(void)state;
	srandom(3);
	fill_all(TRACKS_MAX + 1, CDTEXT_CHARS, CDTEXT_CHARS);
	cdtext_shorten(texts, TRACKS_MAX + 1);
	assert_string_equal(texts[7].performer, "");
	/* 252 packs of 12 bytes for 100 titles with a NUL each. */
	for (unsigned i = 0; i <= TRACKS_MAX; i++)
		assert_int_equal(chars_of(texts[i].title), 252 * 12 / 100 - 1);
	assert_int_equal(packs_of_libburn(TRACKS_MAX + 1), cdtext_packs(0, texts, TRACKS_MAX + 1));
}

/* One pack more than there are is worth as much as can be. */
static void no_more_is_cut_than_must_be(void **state)
{
	enum { N = 21, LEN = 252 * 12 / N - 1 };

	(void)state;
	srandom(4);
	_Static_assert(N * (LEN + 1) == 252 * 12, "it fits just so");
	fill_all(N, LEN, 0);
	assert_int_equal(cdtext_packs(0, texts, N), PACKS_MAX);
	assert_int_equal(cdtext_shorten(texts, N), 0);
	fill(texts[3].title, LEN + 1);
	assert_int_equal(cdtext_packs(0, texts, N), PACKS_MAX + 1);
	assert_int_equal(cdtext_shorten(texts, N), 1);
	assert_int_equal(cdtext_packs(0, texts, N), PACKS_MAX);
}

static void performers_give_way_and_the_longest_first(void **state)
{
	static struct cdtext before[41];

	(void)state;
	srandom(5);
	fill_all(41, 55, 10);
	fill(texts[5].performer, 100);
	fill(texts[6].performer, 150);
	fill_all(1, 55, 150);
	memcpy(before, texts, sizeof(before));
	/* 41 * 56 bytes are 192 packs; the performers have 60, and 101 bytes too many. */
	assert_int_equal(cdtext_shorten(texts, 41), 103);
	for (unsigned i = 0; i < 41; i++) {
		assert_string_equal(texts[i].title, before[i].title);
		if (i != 0 && i != 5 && i != 6)
			assert_string_equal(texts[i].performer, before[i].performer);
		assert_memory_equal(texts[i].performer, before[i].performer,
				    strlen(texts[i].performer));
	}
	for (unsigned i = 0; i < 3; i++)
		assert_int_equal(chars_of(texts[(const unsigned[]){ 0, 5, 6 }[i]].performer), 99);
}

/* A performer that all tracks have is recorded once, so that it leaves room for the titles. */
static void what_comes_again_is_shared(void **state)
{
	(void)state;
	srandom(6);
	fill_all(TRACKS_MAX + 1, 24, 0);
	for (unsigned i = 0; i <= TRACKS_MAX; i++)
		memcpy(texts[i].performer, "The same quartet on every track", 32);
	assert_int_equal(cdtext_shorten(texts, TRACKS_MAX + 1), 0);
	assert_int_equal(packs_of_libburn(TRACKS_MAX + 1), cdtext_packs(0, texts, TRACKS_MAX + 1));
}

static void nothing_takes_no_room(void **state)
{
	(void)state;
	fill_all(TRACKS_MAX + 1, 0, 0);
	assert_int_equal(cdtext_packs(0, texts, TRACKS_MAX + 1), 0);
	assert_int_equal(cdtext_shorten(texts, TRACKS_MAX + 1), 0);
	assert_int_equal(packs_of_libburn(TRACKS_MAX + 1), 0);
	assert_null(cdtext_kind(SIZE_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packs_are_counted_as_libburn_makes_them),
		cmocka_unit_test(whatever_is_too_long_fits_then),
		cmocka_unit_test(the_longest_disc_fits_as_well),
		cmocka_unit_test(no_more_is_cut_than_must_be),
		cmocka_unit_test(performers_give_way_and_the_longest_first),
		cmocka_unit_test(what_comes_again_is_shared),
		cmocka_unit_test(nothing_takes_no_room),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
