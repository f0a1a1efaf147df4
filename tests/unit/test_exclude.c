/* SPDX-License-Identifier: GPL-2.0-or-later */
/* base/exclude.c: which lists are refused, and which names they match. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/exclude.h"

static struct exclude patterns;
static struct err err;

static bool matches(const char *list, const char *name)
{
	assert_int_equal(exclude_check(list, &err), 0);
	exclude_set(&patterns, list);
	return exclude_matches(&patterns, name);
}

static void the_default_list(void **state)
{
	static const char *const junk[] = {
		".Trash-1000",
		".Trash",
		".Trashes",
		".DS_Store",
		"._report.odt",
		"._",
		"Thumbs.db",
		"thumbs.db",
		"THUMBS.DB",
		"ehthumbs.db",
		"ehthumbs_vista.db",
		"Desktop.ini",
		"desktop.ini",
		"$RECYCLE.BIN",
		"$Recycle.Bin",
		"System Volume Information",
		"~$report.docx",
		".~lock.report.odt#",
		".goutputstream-3HK2Y1",
		".fuse_hidden0000000500000001",
		".nfs000000000000a1b200000003",
		".Spotlight-V100",
		".fseventsd",
		".TemporaryItems",
		".apdisk",
	};
	static const char *const wanted[] = {
		"report.odt",
		".directory",
		".hidden",
		".bashrc",
		"Trash",
		"DS_Store",
		"Thumbs.db.txt",
		"my Thumbs.db",
		"desktop.ini~",
		"~",
		"~lock",
		".~lock.report.odt",
		"autorun.inf",
		"x.part",
		"backup~",
		"RECYCLE.BIN",
		".git",
		".Trash1000",
		"goutputstream-3HK2Y1",
		".n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(junk); i++)
		if (!matches(EXCLUDE_DEFAULT, junk[i]))
			fail_msg("%s is not excluded", junk[i]);
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (matches(EXCLUDE_DEFAULT, wanted[i]))
			fail_msg("%s is excluded", wanted[i]);
}

static void patterns_are_those_of_the_shell(void **state)
{
	(void)state;
	assert_false(matches("", "x"));
	assert_false(matches(":::", "x"));
	assert_true(matches("*", ".x"));
	assert_true(matches("?x", ".x"));
	assert_false(matches("?x", "x"));
	assert_true(matches("a[0-9]", "A7"));
	assert_false(matches("a[!0-9]", "a7"));
	assert_true(matches("\\*", "*"));
	assert_false(matches("\\*", "x"));
	assert_true(matches("*.TMP", "a.b.tmp"));
	assert_false(matches("*.tmp", "a.tmp.b"));
	assert_true(matches("x[", "x["));
	/* Bytes: a letter of another script has several, and its case counts. */
	assert_true(matches("\xc3\x84*", "\xc3\x84x"));
	assert_false(matches("\xc3\x84*", "\xc3\xa4x"));
	assert_false(matches("?", "\xc3\xa4"));
	assert_true(matches("??", "\xc3\xa4"));
}

static void each_pattern_of_a_list(void **state)
{
	static const char list[] = ":a:b*::c d:";

	(void)state;
	assert_true(matches(list, "a"));
	assert_true(matches(list, "bee"));
	assert_true(matches(list, "c d"));
	assert_false(matches(list, "c"));
	assert_false(matches(list, "a:b"));
	assert_false(matches(list, ""));
	assert_true(matches("a?b", "a:b"));
}

static void a_list_is_told_from_another(void **state)
{
	(void)state;
	patterns = (struct exclude){ "" };
	assert_false(exclude_set(&patterns, ""));
	assert_true(exclude_set(&patterns, "a:b"));
	assert_false(exclude_set(&patterns, ":a::b:"));
	assert_true(exclude_set(&patterns, "ab"));
	assert_true(exclude_set(&patterns, "b:a"));
	assert_true(exclude_set(&patterns, "b"));
	assert_true(exclude_set(&patterns, ""));
	assert_false(exclude_matches(&patterns, "b"));
}

static void refused(const char *list, const char *why)
{
	assert_int_equal(exclude_check(list, &err), -EINVAL);
	assert_non_null(strstr(err.msg, why));
}

static void lists_that_are_refused(void **state)
{
	char list[EXCLUDE_BYTES + 1];

	(void)state;
	refused("a/b", "\"a/b\"");
	refused("ok:/", "\"/\"");
	refused("tmp/:x", "\"tmp/\"");
	refused("a\\", "\"a\\\"");
	refused("a\\:b", "\"a\\\"");
	assert_int_equal(exclude_check("a\\\\:b", &err), 0);
	refused("\xff", "UTF-8");
	memset(list, 'x', sizeof(list));
	list[EXCLUDE_BYTES] = '\0';
	refused(list, "too long: 2048 bytes; use at most 2047");
	list[EXCLUDE_BYTES - 1] = '\0';
	assert_true(matches(list, list));
	/* As many patterns as can be. */
	for (size_t i = 1; i < EXCLUDE_BYTES - 1; i += 2)
		list[i] = ':';
	list[EXCLUDE_BYTES - 2] = 'y';
	assert_true(matches(list, "xy") || matches(list, "y"));
	assert_true(matches(list, "x"));
	assert_false(matches(list, "xx"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_list),
		cmocka_unit_test(patterns_are_those_of_the_shell),
		cmocka_unit_test(each_pattern_of_a_list),
		cmocka_unit_test(a_list_is_told_from_another),
		cmocka_unit_test(lists_that_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
