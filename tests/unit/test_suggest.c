/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/suggest.c: what is near, what is too far, and what means the same. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/suggest.h"

static void edits_are_counted(void **state)
{
	static const struct {
		const char *a, *b;
		size_t distance;
	} cases[] = {
		{ "burn", "burn", 0 }, { "BURN", "burn", 0 },	   { "", "", 0 },
		{ "brun", "burn", 1 }, { "bur", "burn", 1 },	   { "buurn", "burn", 1 },
		{ "bern", "burn", 1 }, { "", "abc", 3 },	   { "abc", "", 3 },
		{ "ca", "abc", 3 },    { "kitten", "sitting", 3 }, { "ab", "ba", 1 },
		{ "abcd", "badc", 2 },
	};
	char longest[42];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(edit_distance(cases[i].a, cases[i].b, 9), cases[i].distance);
		assert_int_equal(edit_distance(cases[i].b, cases[i].a, 9), cases[i].distance);
	}
	assert_int_equal(edit_distance("kitten", "sitting", 2), 3);
	assert_int_equal(edit_distance("abcdefgh", "stuvwxyz", 2), 3);
	memset(longest, 'a', sizeof(longest) - 1);
	longest[41] = '\0';
	assert_int_equal(edit_distance(longest, longest, 2), 3);
	assert_int_equal(edit_distance(longest + 1, longest + 1, 2), 0);
	assert_int_equal(edit_distance(longest, "a", 50), 51);
}

static const char *nearest(const char *word)
{
	static const char *const right[] = { "burn", "cancel",	 "no",
					     "yes",  "burnfree", "control_group" };
	static const struct synonym others[] = { { "write", "burn" }, { "bern", "cancel" }, { 0 } };
	struct suggestion s = { .word = word };

	for (size_t i = 0; i < sizeof(right) / sizeof(*right); i++)
		suggest(&s, right[i]);
	suggest_synonym(&s, others);
	return s.best ? s.best : "";
}

static void near_words_are_suggested(void **state)
{
	(void)state;
	assert_string_equal(nearest("brun"), "burn");
	assert_string_equal(nearest("cancle"), "cancel");
	assert_string_equal(nearest("canecl!"), "cancel");
	assert_string_equal(nearest("contrl-gruop"), "control_group");
	assert_string_equal(nearest("bunfree"), "burnfree");
	assert_string_equal(nearest("ye"), "");
	assert_string_equal(nearest("on"), "");
	assert_string_equal(nearest("brnu!"), "");
	assert_string_equal(nearest("format"), "");
	assert_string_equal(nearest(""), "");
}

static void synonyms_come_first(void **state)
{
	(void)state;
	assert_string_equal(nearest("Write"), "burn");
	assert_string_equal(nearest("bern"), "cancel");
	assert_string_equal(nearest("writes"), "");
}

static void it_is_a_question(void **state)
{
	struct suggestion s = { .word = "brun", .best = "burn" }, none = { .word = "x" };
	char buf[40];

	(void)state;
	assert_string_equal(suggestion_text(&s, ".", buf, sizeof(buf)), "; did you mean \"burn\"?");
	assert_string_equal(suggestion_text(&none, "", buf, sizeof(buf)), "");
	assert_string_equal(suggestion_text(&none, ".", buf, sizeof(buf)), ".");
	assert_string_equal(suggestion_text(&s, ".", buf, 6), "; did");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_are_counted),
		cmocka_unit_test(near_words_are_suggested),
		cmocka_unit_test(synonyms_come_first),
		cmocka_unit_test(it_is_a_question),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
