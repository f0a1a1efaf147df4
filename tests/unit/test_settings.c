/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/settings.c: every row's values, who may set what, files with their lines, and printing
 * that reads back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/settings.h"

static struct settings s;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	settings_init(&s);
	return 0;
}

static int set(const char *key, const char *value)
{
	return settings_set(&s, key, value, SETTINGS_OPTION, &err);
}

static const char *get(const char *key)
{
	static char text[PATH_MAX];

	assert_int_equal(settings_text(&s, key, text, sizeof(text)), 0);
	return text;
}

static const char *write_file(const char *text, size_t len)
{
	static char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/burnfs-test.XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write_at(fd, text, len, 0), 0);
	close(fd);
	return path;
}

/* Load @text; the sentence begins with what is left of "PATH:" in @err. */
static int load(const char *text)
{
	const char *path = write_file(text, strlen(text));
	int r = settings_load(&s, path, &err);

	if (r < 0) {
		assert_memory_equal(err.msg, path, strlen(path));
		memmove(err.msg, err.msg + strlen(path), strlen(err.msg) - strlen(path) + 1);
	}
	unlink(path);
	return r;
}

static void defaults(void **state)
{
	static const char *const expected[][2] = {
		{ "recorder", "auto" }, { "stash", "" }, { "keep", "unburned" },
		{ "capacity", "none" },
		{ "label", "" }, { "publisher", "" }, { "album", "" }, { "performer", "" },
		{ "format", "auto" }, { "names", "any" },
		{ "exclude", EXCLUDE_DEFAULT },
		{ "gap", "150" },
		{ "speed", "max" }, { "burnfree", "yes" }, { "stream", "no" },
		{ "verify", "no" }, { "eject", "no" }, { "burn_wait", "10" }, { "overwrite", "no" },
		{ "control_group", "" },
		{ "stage_group", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(expected); i++) {
		assert_string_equal(settings_key(i), expected[i][0]);
		assert_true(settings_known(expected[i][0]));
		assert_string_equal(get(expected[i][0]), expected[i][1]);
	}
	assert_null(settings_key(ARRAY_SIZE(expected)));
	assert_false(settings_known("Label"));
	assert_int_equal(s.gap, GAP_DEFAULT);
}

/* Characters, not bytes: Joliet has two bytes for each. */
static void labels_in_joliet(void **state)
{
	char shown[LABEL_BYTES + 1];

	(void)state;
	assert_true(settings_joliet_label(&s, shown));
	assert_int_equal(set("label", "ÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜÜ"), 0);
	assert_true(settings_joliet_label(&s, shown));
	assert_string_equal(shown, s.label);
	assert_int_equal(set("label", "Ünïcödé Urlaub 2026"), 0);
	assert_false(settings_joliet_label(&s, shown));
	assert_string_equal(shown, "Ünïcödé Urlaub 2");
	/* Neither the one nor the other may come second. */
	assert_int_equal(set("names", "strict"), -ENAMETOOLONG);
	assert_false(s.names_strict);
	assert_int_equal(set("label", "HOLIDAYS"), 0);
	assert_int_equal(set("names", "strict"), 0);
	assert_int_equal(set("label", "HOLIDAY_PICTURES_2026"), -ENAMETOOLONG);
	assert_string_equal(s.label, "HOLIDAYS");
	assert_int_equal(set("label", "HOLIDAY_PICTURES"), 0);
}

static void words(void **state)
{
	(void)state;
	assert_int_equal(set("keep", "no"), 0);
	assert_int_equal(s.keep, KEEP_NO);
	assert_int_equal(set("keep", " YES\n"), 0);
	assert_int_equal(s.keep, KEEP_YES);
	assert_int_equal(set("format", "mixed"), 0);
	assert_int_equal(s.format, FORMAT_MIXED);
	assert_int_equal(set("names", "strict"), 0);
	assert_true(s.names_strict);
	assert_int_equal(set("overwrite", "yes"), 0);
	assert_true(s.overwrite);
	assert_int_equal(set("overwrite", "maybe"), -EINVAL);
	assert_string_equal(err.msg, "overwrite cannot be \"maybe\": use no or yes");
	assert_int_equal(set("keep", ""), -EINVAL);
	assert_string_equal(err.msg, "keep needs a value: use no, unburned or yes");
	assert_true(s.overwrite && s.keep == KEEP_YES);
	for (size_t i = 0; i < 4; i++) {
		static const char *const no[] = { "no", "off", "False", "0" },
			*const yes[] = { "yes", "on", "TRUE", "1" };

		assert_int_equal(set("verify", yes[i]), 0);
		assert_true(s.verify);
		assert_string_equal(get("verify"), "yes");
		assert_int_equal(set("verify", no[i]), 0);
		assert_false(s.verify);
		assert_string_equal(get("verify"), "no");
	}
}

static void says(const char *key, const char *value, const char *sentence)
{
	assert_int_equal(set(key, value), -EINVAL);
	assert_string_equal(err.msg, sentence);
}

static void what_was_meant(void **state)
{
	(void)state;
	says("speed", "fast", "speed cannot be \"fast\": use max, 8x, or kB/s such as 1764");
	says("speed", "8 kB/s", "speed cannot be \"8 kB/s\": use max, 8x, or kB/s such as 1764");
	says("gap", "2m",
	     "gap cannot be \"2m\": use 0 to 4500 sectors (75 a second), or seconds such as 2s");
	says("verify", "ture", "verify cannot be \"ture\"; did you mean \"yes\"? Use no or yes");
	says("keep", "true",
	     "keep cannot be \"true\"; did you mean \"yes\"? Use no, unburned or yes");
	says("format", "auido",
	     "format cannot be \"auido\"; did you mean \"audio\"? Use data, audio, mixed, image "
	     "or auto");
	says("capacity", "DVD+R",
	     "capacity cannot be \"DVD+R\"; did you mean \"dvd\"? Use none, cd74, cd80, dvd, "
	     "dvd-dl, bd, bd-dl, bdxl, a number of blocks, or a size such as 4.7GB");
	assert_string_equal(settings_nearest("lable"), "label");
	assert_string_equal(settings_nearest("volid"), "label");
	assert_string_equal(settings_nearest("device"), "recorder");
	assert_string_equal(settings_nearest("gap"), "gap");
	assert_null(settings_nearest("haste"));
	assert_int_equal(set("capasity", "1"), -EINVAL);
	assert_string_equal(err.msg, "unknown setting \"capasity\"; did you mean \"capacity\"?");
	assert_int_equal(set("haste", "1"), -EINVAL);
	assert_string_equal(err.msg, "unknown setting \"haste\": burnfs --help lists them");
}

static void lists_of_patterns(void **state)
{
	char list[EXCLUDE_BYTES + 1];

	(void)state;
	assert_int_equal(set("exclude", " *.tmp:a b:$x~:#y# "), 0);
	assert_string_equal(get("exclude"), "*.tmp:a b:$x~:#y#");
	assert_int_equal(set("exclude", "*.bak:dir/*.tmp"), -EINVAL);
	assert_string_equal(err.msg, "exclude cannot have \"dir/*.tmp\": a pattern is for single "
				     "names, so leave out \"/\"");
	assert_int_equal(set("exclude", "x\\"), -EINVAL);
	assert_int_equal(set("exclude", "\xff"), -EINVAL);
	memset(list, 'x', sizeof(list));
	list[EXCLUDE_BYTES] = '\0';
	assert_int_equal(set("exclude", list), -EINVAL);
	assert_string_equal(get("exclude"), "*.tmp:a b:$x~:#y#");
	list[EXCLUDE_BYTES - 1] = '\0';
	assert_int_equal(set("exclude", list), 0);
	assert_int_equal(set("exclude", ""), 0);
	assert_string_equal(get("exclude"), "");
	assert_int_equal(load("exclude = " EXCLUDE_DEFAULT ":*~ ; those, and backups\n"), 0);
	assert_string_equal(get("exclude"), EXCLUDE_DEFAULT ":*~");
	assert_int_equal(load("exclude = a:\nexclude = /\n"), -EINVAL);
	assert_memory_equal(err.msg, ":2: exclude", 11);
}

static void gaps(void **state)
{
	(void)state;
	assert_int_equal(set("gap", "0"), 0);
	assert_int_equal(s.gap, 0);
	assert_int_equal(set("gap", "4500"), 0);
	assert_int_equal(s.gap, 4500);
	assert_int_equal(set("gap", "4501"), -EINVAL);
	assert_int_equal(set("gap", "-1"), -EINVAL);
	assert_int_equal(set("gap", "61s"), -EINVAL);
	assert_int_equal(set("gap", "60.1s"), -EINVAL);
	assert_int_equal(set("gap", "s"), -EINVAL);
	assert_int_equal(set("gap", ".5s"), -EINVAL);
	assert_int_equal(set("gap", "1.5"), -EINVAL);
	assert_int_equal(set("gap", "99999999999999999999s"), -EINVAL);
	assert_int_equal(set("gap", "18446744073709551616"), -EINVAL);
	assert_int_equal(s.gap, 4500);
	assert_int_equal(set("gap", "2s"), 0);
	assert_int_equal(s.gap, 150);
	assert_int_equal(set("gap", "0.5S"), 0);
	assert_int_equal(s.gap, 38);
	for (size_t i = 0; i < 7; i++) {
		static const char *const two[] = { "2s",	"2 s",	     "2  S",
						   "2.0 sec",	"2 seconds", "150 sectors",
						   "150sector" };

		assert_int_equal(set("gap", "0"), 0);
		assert_int_equal(set("gap", two[i]), 0);
		assert_int_equal(s.gap, 150);
	}
	assert_int_equal(set("gap", "1.0 sectors"), -EINVAL);
	assert_int_equal(set("gap", "2 s s"), -EINVAL);
	assert_int_equal(set("gap", "2 minutes"), -EINVAL);
	assert_int_equal(set("gap", "60s"), 0);
	assert_string_equal(get("gap"), "4500");
}

static void remarks(const char *key, const char *value, const char *remark)
{
	char text[100];

	assert_int_equal(set(key, value), 0);
	settings_remark(&s, key, text, sizeof(text));
	assert_string_equal(text, remark);
}

static void what_may_have_been_meant_otherwise(void **state)
{
	(void)state;
	remarks("gap", "2", "the gap is 0.03 seconds; write 2s for 2 seconds");
	remarks("gap", "1", "the gap is 0.01 seconds; write 1s for 1 second");
	remarks("gap", "0", "");
	remarks("gap", "2s", "");
	remarks("capacity", "700", "the capacity is 1.4 MB; write 700MB for 700 MB");
	remarks("capacity", "700M", "");
	remarks("capacity", "cd74", "");
	remarks("capacity", "4.7G", "the capacity is 5.05 GB, more than a disc of 4.7 GB holds; "
				    "write dvd for that");
	remarks("capacity", "8.5GiB", "the capacity is 9.13 GB, more than a disc of 8.5 GB holds; "
				      "write dvd-dl for that");
	remarks("capacity", "25G", "the capacity is 26.84 GB, more than a disc of 25.0 GB holds; "
				   "write bd for that");
	remarks("capacity", "4.7GB", "");
	remarks("capacity", "bdxl", "");
	remarks("capacity", "4G", "");
	remarks("capacity", "40G", "");
	remarks("capacity", "none", "");
	remarks("label", "2", "");
}

static void capacities(void **state)
{
	static const struct {
		const char *text;
		uint64_t blocks;
	} good[] = {
		{ "none", 0 }, { "0", 0 }, { "cd74", 333000 }, { "CD80", 360000 },
		{ "dvd", 2295104 },
		{ "dvd-dl", 4171712 }, { "bd", 12219392 }, { "bd-dl", 24438784 },
		{ "bdxl", 48878592 },
		{ "1", 1 }, { "4294967295", 4294967295 }, { "2048B", 1 }, { "2K", 1 }, { "3k", 1 },
		{ "700M", 358400 }, { "700MiB", 358400 }, { "700 MB", 341796 },
		{ "4.7GB", 2294921 },
		{ "4.7 gb", 2294921 }, { "25GB", 12207031 }, { "1T", 536870912 },
		{ "1.5MB", 732 }, { "0.004096MB", 2 }, { "1TB", 488281250 },
	};
	static const char *const bad[] = {
		"", "cd", "-1", "1.5", "K", ".5K", "1.K", "1X", "1KK", "9T", "4294967296", "0.5K",
		"1B", "99999999999999999999", "18446744073709551615K", "18446744073709551615.9B",
		"1 2", "1e3",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		if (set("capacity", good[i].text) < 0)
			fail_msg("%s: %s", good[i].text, err.msg);
		if (s.capacity != good[i].blocks)
			fail_msg("%s is %ju", good[i].text, (uintmax_t)s.capacity);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (set("capacity", bad[i]) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
	assert_int_equal(set("capacity", "360000"), 0);
	assert_string_equal(get("capacity"), "cd80");
	assert_int_equal(set("capacity", "360001"), 0);
	assert_string_equal(get("capacity"), "360001");
}

static void speeds(void **state)
{
	static const struct {
		const char *text, *printed;
		unsigned speed;
	} good[] = {
		{ "max", "max", 0 }, { "0", "max", 0 }, { "100", "100", 100 },
		{ "1764", "1764", 1764 },
		{ "1000000", "1000000", 1000000 }, { "8x", "8x", SPEED_TIMES | 80 },
		{ "2.4X", "2.4x", SPEED_TIMES | 24 }, { "0.5x", "0.5x", SPEED_TIMES | 5 },
		{ "16.0x", "16x", SPEED_TIMES | 160 }, { "8", "8x", SPEED_TIMES | 80 },
		{ "8X", "8x", SPEED_TIMES | 80 }, { "8 x", "8x", SPEED_TIMES | 80 },
		{ "2.4", "2.4x", SPEED_TIMES | 24 }, { "1", "1x", SPEED_TIMES | 10 },
		{ "99", "99x", SPEED_TIMES | 990 }, { "100 x", "100x", SPEED_TIMES | 1000 },
		{ "1764kB/s", "1764", 1764 }, { "1764 KB", "1764", 1764 },
	};
	static const char *const bad[] = {
		"", "x", "0x", "0.0x", "-1", "1000001", "1000001x", "8xx", ".5x", "2.x", "2.45x",
		"2.05x", "2.45", "8y", "8 9", "18446744073709551616x", "18446744073709551616",
		"99 kB/s", "8 kB", "100.5", "0.0", "x8",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		assert_int_equal(set("speed", good[i].text), 0);
		assert_int_equal(s.speed, good[i].speed);
		assert_string_equal(get("speed"), good[i].printed);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		if (set("speed", bad[i]) != -EINVAL)
			fail_msg("'%s' was taken", bad[i]);
}

static void texts(void **state)
{
	char longest[200];

	(void)state;
	assert_int_equal(set("label", " \xc3\x84pfel, 1=2 #3;4\t"), 0);
	assert_string_equal(s.label, "\xc3\x84pfel, 1=2 #3;4");
	memset(longest, 'x', sizeof(longest));
	longest[32] = '\0';
	assert_int_equal(set("label", longest), 0);
	longest[32] = 'x';
	longest[33] = '\0';
	assert_int_equal(set("label", longest), -EINVAL);
	assert_non_null(strstr(err.msg, "33 bytes; use at most 32"));
	assert_int_equal(strlen(s.label), 32);
	longest[33] = 'x';
	longest[128] = '\0';
	assert_int_equal(set("publisher", longest), 0);
	longest[128] = 'x';
	longest[129] = '\0';
	assert_int_equal(set("publisher", longest), -EINVAL);
	assert_int_equal(set("label", "\xff"), -EINVAL);
	assert_int_equal(set("label", "a\nb"), -EINVAL);
	assert_int_equal(set("label", "a ;b"), -EINVAL);
	assert_int_equal(set("label", ";b"), -EINVAL);
	assert_int_equal(set("label", ""), 0);
	assert_string_equal(s.label, "");
	assert_int_equal(set("stash", "/a\xff;b"), 0);
	assert_int_equal(set("recorder", ""), 0);
	assert_string_equal(s.recorder, "auto");
}

static void who_may_set(void **state)
{
	(void)state;
	assert_int_equal(settings_set(&s, "recorder", "none", SETTINGS_VERB, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "write \"recorder RECORDER\""));
	assert_int_equal(settings_set(&s, "stash", "/x", SETTINGS_VERB, &err), -EINVAL);
	assert_int_equal(settings_set(&s, "gap", "3", SETTINGS_VERB, &err), 0);
	assert_int_equal(settings_set(&s, "recorder", "none", SETTINGS_FILE, &err), 0);
	assert_int_equal(settings_set(&s, "haste", "3", SETTINGS_FILE, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "\"haste\""));
	assert_int_equal(settings_set(&s, "haste", "3", SETTINGS_FILE, NULL), -EINVAL);
}

static void files(void **state)
{
	(void)state;
	assert_int_equal(load(""), 0);
	assert_int_equal(load("\xef\xbb\xbf# first\r\n; second\r\n\r\nlabel=a b\r\n"
			      "[burnfs]\r\n\tgap : 7\r\n  keep = no ; never\r\n"
			      "publisher = x;y # z\noverwrite=no\noverwrite=yes"), 0);
	assert_string_equal(s.label, "a b");
	assert_int_equal(s.gap, 7);
	assert_int_equal(s.keep, KEEP_NO);
	assert_string_equal(s.publisher, "x;y # z");
	assert_true(s.overwrite);
}

static void bad_lines_are_named(void **state)
{
	static const struct {
		const char *text, *sentence;
	} cases[] = {
		{ "gap=1\n\nkeep=often\n", ":3: keep cannot be \"often\"" },
		{ "gap=1\nword\nkeep=often\n", ":2: write " },
		{ "gap=1\nkeep=often\nword\n", ":2: keep cannot be" },
		{ "[burnfs]\ngap=1\n[other]\nkeep=no\n", ":4: unknown section [other]" },
		{ "[burnfs\ngap=1\n", ":1: write " },
		{ "gap=1\n and more\n", ":2: write " },
		{ "haste=1\n", ":1: unknown setting \"haste\"" },
		{ "=1\n", ":1: " },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		set_up(state);
		if (load(cases[i].text) != -EINVAL)
			fail_msg("case %zu was taken", i);
		if (strncmp(err.msg, cases[i].sentence, strlen(cases[i].sentence)) != 0)
			fail_msg("case %zu: %s", i, err.msg);
		/* A file is taken whole or not at all. */
		assert_int_equal(s.gap, GAP_DEFAULT);
	}
}

static void odd_files(void **state)
{
	static const char nul[] = "gap=1\nlab\0el=x\n";
	const char *path = write_file(nul, sizeof(nul) - 1);
	char text[3 * PATH_MAX];

	(void)state;
	assert_int_equal(settings_load(&s, path, &err), -EINVAL);
	assert_non_null(strstr(err.msg, ":2: the line has a NUL byte"));
	unlink(path);
	assert_int_equal(settings_load(&s, "/no/such/file", &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/no/such/file"));
	assert_int_equal(settings_load(&s, "/tmp", &err), -EIO);
	memset(text, 'x', sizeof(text));
	memcpy(text, "gap=1\n#", 7);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(load(text), -EINVAL);
	assert_memory_equal(err.msg, ":2: the line is longer", 22);
}

/* Whatever settings_set() takes comes back from a file that settings_print() wrote. */
static void printing_reads_back(void **state)
{
	static const char *const values[] = {
		"no", "yes", "strict", "mixed", "4711", "4.7GB", "cd74", "a;b", "a # b", "[x]",
		"a=b:c", "\"q\" 'r' \\", "/path with blanks/x.iso", "\xc3\x84", "#x", ": y",
		"= z", "image:/a:b=c", "max", "8x", "2.4x",
	};
	char longest[PATH_MAX];

	(void)state;
	memset(longest, 'y', sizeof(longest));
	longest[0] = '/';
	longest[PATH_MAX - 1] = '\0';
	for (size_t i = 0; i <= ARRAY_SIZE(values); i++) {
		const char *value = i < ARRAY_SIZE(values) ? values[i] : longest;
		struct settings before;
		char *text;
		size_t len;
		FILE *f = open_memstream(&text, &len);

		settings_init(&s);
		for (size_t row = 0; settings_key(row); row++)
			set(settings_key(row), value);
		before = s;
		settings_print(&s, f);
		fclose(f);
		settings_init(&s);
		if (load(text) < 0)
			fail_msg("'%.20s': %s in\n%s", value, err.msg, text);
		for (size_t row = 0; settings_key(row); row++) {
			const char *key = settings_key(row);
			char was[PATH_MAX];

			assert_int_equal(settings_text(&before, key, was, sizeof(was)), 0);
			assert_string_equal(get(key), was);
		}
		free(text);
	}
}

static void help_names_every_row(void **state)
{
	char *text, small[4];
	size_t len;
	FILE *f = open_memstream(&text, &len);

	(void)state;
	settings_help(f);
	fclose(f);
	for (size_t row = 0; settings_key(row); row++) {
		char line[64];

		snprintf(line, sizeof(line), "    %s=", settings_key(row));
		assert_non_null(strstr(text, line));
	}
	free(text);
	assert_int_equal(settings_text(&s, "none", small, sizeof(small)), -EINVAL);
	assert_int_equal(settings_text(&s, "recorder", small, sizeof(small)), -ERANGE);
	assert_int_equal(settings_text(&s, "gap", small, sizeof(small)), 0);
}

#define FRESH(test) cmocka_unit_test_setup(test, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(defaults),
		FRESH(labels_in_joliet), FRESH(words), FRESH(what_was_meant),
		FRESH(lists_of_patterns),
		FRESH(gaps),
		FRESH(what_may_have_been_meant_otherwise),
		FRESH(capacities),
		FRESH(speeds),
		FRESH(texts),
		FRESH(who_may_set),
		FRESH(files),
		FRESH(bad_lines_are_named),
		FRESH(odd_files),
		FRESH(printing_reads_back),
		FRESH(help_names_every_row),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
