/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Titles: attributes that anybody may have set, and how CD-TEXT says them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "sound/titles.h"

#define TEN_KB 10240

enum { TRACK = false, DISC = true };

static int set(struct titles *t, bool disc, const char *name, const char *value)
{
	struct err err = { 0 };

	return titles_set(t, disc, name, value, value ? strlen(value) : 0, &err);
}

/* A bad value changes nothing, and the sentence has what @says. */
static void assert_refused(bool disc, const char *name, const void *value, size_t len,
			   const char *says)
{
	struct titles t = { .title = "a", .performer = "b", .code = "c", .pregap = 7 };
	const struct titles before = t;
	struct err err = { 0 };

	if (titles_set(&t, disc, name, value, len, &err) != -EINVAL)
		fail_msg("%s was taken: %.*s", name, (int)len, (const char *)value);
	assert_memory_equal(&t, &before, sizeof(t));
	assert_int_equal(err.code, EINVAL);
	assert_true(utf8_valid(err.msg, strlen(err.msg)));
	if (!strstr(err.msg, says))
		fail_msg("'%s' says nothing of '%s'", err.msg, says);
	assert_int_equal(titles_set(&t, disc, name, value, len, NULL), -EINVAL);
}

/* ---- attributes ---- */

static void names_and_kinds(void **state)
{
	static const struct {
		const char *name, *value;
		int track, disc;
	} cases[] = {
		{ "user.cdtext.title", "x", 1, 1 },
		{ "user.cdtext.performer", "x", 1, 1 },
		{ "user.isrc", "DEA122400001", 1, 0 },
		{ "user.pregap", "150", 1, 0 },
		{ "user.mcn", "4006381333931", 0, 1 },
		{ "user.cdtext", "x", 0, 0 },
		{ "user.cdtext.title2", "x", 0, 0 },
		{ "user.cdtext.composer", "x", 0, 0 },
		{ "USER.ISRC", "DEA122400001", 0, 0 },
		{ "cdtext.title", "x", 0, 0 },
		{ "", "x", 0, 0 },
	};
	static const struct titles none;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct titles track = TITLES_NONE, disc = TITLES_NONE;

		assert_int_equal(set(&track, TRACK, cases[i].name, cases[i].value), cases[i].track);
		assert_int_equal(set(&disc, DISC, cases[i].name, cases[i].value), cases[i].disc);
		assert_int_equal(memcmp(&track, &none, sizeof(none)) != 0, cases[i].track);
		assert_int_equal(memcmp(&disc, &none, sizeof(none)) != 0, cases[i].disc);
	}
}

static void the_list_of_names(void **state)
{
	size_t rows = 0;

	(void)state;
	for (const char *name; (name = titles_attribute(rows)); rows++) {
		struct titles t = TITLES_NONE;

		/* None is of neither kind. */
		assert_true(titles_set(&t, TRACK, name, NULL, 0, NULL) == 1 ||
			    titles_set(&t, DISC, name, NULL, 0, NULL) == 1);
	}
	assert_int_equal(rows, 5);
	assert_null(titles_attribute(SIZE_MAX));
}

static void taken_away(void **state)
{
	struct titles t = TITLES_NONE;
	static const struct titles none;

	(void)state;
	for (int empty = 0; empty < 2; empty++) {
		const char *gone = empty ? "\n" : NULL;

		assert_int_equal(set(&t, TRACK, "user.cdtext.title", "x"), 1);
		assert_int_equal(set(&t, TRACK, "user.cdtext.performer", "y"), 1);
		assert_int_equal(set(&t, TRACK, "user.isrc", "DEA122400001"), 1);
		assert_int_equal(set(&t, TRACK, "user.pregap", "0"), 1);
		assert_true(t.has_pregap);
		assert_int_equal(set(&t, TRACK, "user.cdtext.title", gone), 1);
		assert_string_equal(t.title, "");
		assert_string_equal(t.performer, "y");
		assert_int_equal(set(&t, TRACK, "user.cdtext.performer", gone), 1);
		assert_int_equal(set(&t, TRACK, "user.isrc", gone), 1);
		assert_int_equal(set(&t, TRACK, "user.pregap", gone), 1);
		assert_string_equal(t.performer, "");
		assert_string_equal(t.code, "");
		assert_false(t.has_pregap);
		assert_int_equal(t.pregap, none.pregap);
		assert_int_equal(set(&t, DISC, "user.mcn", "4006381333931"), 1);
		assert_int_equal(set(&t, DISC, "user.mcn", gone), 1);
		assert_string_equal(t.code, "");
	}
	/* A length says nothing where there is no value. */
	assert_int_equal(titles_set(&t, TRACK, "user.cdtext.title", NULL, 99, NULL), 1);
}

static void lines(void **state)
{
	static const struct {
		const char *value;
		size_t len;
		const char *title;
	} cases[] = {
#define CASE(value, title) { value, sizeof(value) - 1, title }
		CASE("Song", "Song"),
		CASE("Song\n", "Song"),
		CASE("Song\r\n\r\n", "Song"),
		CASE("  a \t b\n\nc  ", "a b c"),
		CASE("a\0b\0", "a b"),
		CASE("\0\0\0", ""),
		CASE(" \n \n", ""),
		CASE("a\x01\x1f\x7f" "b\x1b[31mc", "a b [31mc"),
		CASE("a\xc2\x80\xc2\x85\xc2\x9f" "b\xe2\x80\xa8\xe2\x80\xa9" "c", "a b c"),
		CASE("Борис Гребенщиков", "Борис Гребенщиков"),
		CASE("👩‍🚀 “x” ‘y’", "👩‍🚀 “x” ‘y’"),
		CASE("e\xcc\x81", "e\xcc\x81"),
		CASE("\"%s%n\" \\ / TITLE \"", "\"%s%n\" \\ / TITLE \""),
#undef CASE
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct titles t = { .title = "before" };

		assert_int_equal(titles_set(&t, TRACK, "user.cdtext.title", cases[i].value,
					    cases[i].len, NULL),
				 1);
		assert_string_equal(t.title, cases[i].title);
		assert_int_equal(titles_set(&t, DISC, "user.cdtext.performer", cases[i].value,
					    cases[i].len, NULL),
				 1);
		assert_string_equal(t.performer, cases[i].title);
	}
}

static void long_lines_are_cut_between_characters(void **state)
{
	static const char *const characters[] = { "a", "é", "€", "😀", "a ", "€  " };
	struct titles blank = TITLES_NONE;
	char *value = malloc(TEN_KB);

	(void)state;
	assert_non_null(value);
	for (size_t i = 0; i < ARRAY_SIZE(characters); i++) {
		const char *c = characters[i];
		struct titles t = TITLES_NONE;
		size_t len;

		for (size_t j = 0; j < TEN_KB; j++)
			value[j] = j < TEN_KB - TEN_KB % strlen(c) ? c[j % strlen(c)] : 'z';
		assert_int_equal(titles_set(&t, TRACK, "user.cdtext.title", value, TEN_KB, NULL),
				 1);
		len = strlen(t.title);
		assert_in_range(len, TITLE_BYTES - 5, TITLE_BYTES - 1);
		assert_true(utf8_valid(t.title, len));
		assert_int_not_equal(t.title[len - 1], ' ');
	}
	/* A blank that would fit, but not with what follows it, goes too. */
	memset(value, 'a', TITLE_BYTES - 2);
	memcpy(value + TITLE_BYTES - 2, " z", 2);
	assert_int_equal(titles_set(&blank, TRACK, "user.cdtext.title", value, TITLE_BYTES, NULL),
			 1);
	assert_int_equal(strlen(blank.title), TITLE_BYTES - 2);
	memset(value, ' ', TEN_KB);
	value[TEN_KB - 1] = 'z';
	assert_int_equal(titles_set(&blank, TRACK, "user.cdtext.title", value, TEN_KB, NULL),
			 1);
	assert_string_equal(blank.title, "z");
	free(value);
}

static void what_is_no_utf8(void **state)
{
	static const char *const values[] = {
		"\x80", "a\xff", "caf\xe9", "\xc3", "a\xe2\x82", "\xc0\xaf", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xc3\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(values); i++) {
		assert_refused(TRACK, "user.cdtext.title", values[i], strlen(values[i]), "UTF-8");
		assert_refused(DISC, "user.cdtext.performer", values[i], strlen(values[i]),
			       "UTF-8");
	}
}

static void isrc(void **state)
{
	static const char *const same[] = {
		"DEA122400001", "DE-A12-24-00001", "de-a12-24-00001", "DE A12 24 00001",
		" DEA122400001 \n", "-D-E-A-1-2-2-4-0-0-0-0-1-",
	};
	static const char *const bad[] = {
		"DEA12240000", "DEA1224000011", "D1A122400001", "1EA122400001", "DEA12240000A",
		"DEA1_2400001", "DEA122400001\t", "DEÄ122400001", "-", " ", "ISRC DEA122400001",
		"DEA122400001\n\n", "\xff\xff\xff",
	};
	struct titles t;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(same); i++) {
		t = TITLES_NONE;
		assert_int_equal(set(&t, TRACK, "user.isrc", same[i]), 1);
		assert_string_equal(t.code, "DEA122400001");
	}
	assert_int_equal(set(&t, TRACK, "user.isrc", "us0009999999"), 1);
	assert_string_equal(t.code, "US0009999999");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(TRACK, "user.isrc", bad[i], strlen(bad[i]), "DE-A12-24-00001");
	assert_refused(TRACK, "user.isrc", "DEA12\0002400001", 13,
		       "\"DEA12 2400001\" is not an ISRC");
	assert_refused(TRACK, "user.isrc", "DEA122400001\0", 13, "DEA122400001");
}

static void mcn(void **state)
{
	static const struct {
		const char *value, *code;
	} good[] = {
		{ "4006381333931", "4006381333931" },
		{ "4-006381-333931\n", "4006381333931" },
		{ " 4 006381 333931", "4006381333931" },
		{ "4006381333930", "4006381333930" }, /* its check digit would be 1 */
		{ "0000000000000", "0000000000000" },
	};
	static const char *const bad[] = {
		"400638133393", "40063813339310", "400638133393X", "-", "4006381333931\t",
		"４００６",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct titles t = TITLES_NONE;

		assert_int_equal(set(&t, DISC, "user.mcn", good[i].value), 1);
		assert_string_equal(t.code, good[i].code);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(DISC, "user.mcn", bad[i], strlen(bad[i]), "13 digits");
}

static void pregap(void **state)
{
	static const struct {
		const char *value;
		uint32_t sectors;
	} good[] = {
		{ "0", 0 }, { "150", 150 }, { "150\n", 150 }, { "0000000000150", 150 },
		{ "4500", PREGAP_MAX },
	};
	static const char *const bad[] = {
		"4501", "-1", "+1", " 1", "1 ", "2s", "00:02:00", "1.5", "0x10",
		"4294967296", "18446744073709551616", "99999999999999999999999999999999", "٣",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		struct titles t = TITLES_NONE;

		assert_int_equal(set(&t, TRACK, "user.pregap", good[i].value), 1);
		assert_true(t.has_pregap);
		assert_int_equal(t.pregap, good[i].sectors);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(TRACK, "user.pregap", bad[i], strlen(bad[i]), "0 to 4500");
	assert_refused(TRACK, "user.pregap", "15\0", 3, "\"15\" is not a pregap");
}

/* ---- CD-TEXT ---- */

/* What holds for anything that is said. */
static unsigned say(const char *utf8, char out[static TITLE_SAID])
{
	char latin1[CDTEXT_CHARS + 1];
	unsigned lost;
	size_t len;

	memset(out, 'X', TITLE_SAID);
	memset(latin1, 'X', sizeof(latin1));
	lost = titles_to_cdtext(utf8, out);
	assert_non_null(memchr(out, '\0', TITLE_SAID));
	assert_true(utf8_valid(out, strlen(out)));
	len = titles_latin1(out, latin1);
	assert_true(len <= CDTEXT_CHARS);
	assert_int_equal(strlen(latin1), len);
	for (size_t i = 0; i < len; i++)
		assert_true((latin1[i] & 0x7f) >= 0x20 && latin1[i] != 0x7f);
	return lost;
}

static void said(void **state)
{
	static const struct {
		const char *title, *said;
		unsigned lost;
	} cases[] = {
		{ "", "", 0 },
		{ "Plain ASCII ~!", "Plain ASCII ~!", 0 },
		{ "Björk ½ ¿ÀÿßØ×", "Björk ½ ¿ÀÿßØ×", 0 },
		{ "Don’t", "Don't", 1 },
		{ "‘a’ “b” „c‟ ‚d‹e›", "'a' \"b\" \"c\" ,d<e>", 9 },
		{ "a–b—c‐d−e", "a-b-c-d-e", 4 },
		{ "wait…", "wait...", 1 },
		{ "5 €", "5 EUR", 1 },
		{ "•™№ F♯ B♭", "·TMNo F# Bb", 5 },
		{ "œuvre ŒĲĳ ŉ", "oeuvre OEIJij 'n", 5 },
		{ "ﬁﬂ", "fifl", 2 },
		{ "Dvořák Győr Łódź", "Dvorák Gyor Lódz", 4 },
		{ "Škoda Žižek Ÿ", "Skoda Zizek Y", 4 },
		{ "ȘșȚț Ǎǎ Ñ", "SsTt Aa Ñ", 6 },
		{ "Tiếng Việt ẞ", "Tiêng Viêt ß", 3 },
		{ "đĐħŋıſ", "dDhnis", 6 },
		{ "ＡＢｃ！～　", "ABc!~ ", 6 },
		{ "Привет", "??????", 6 },
		{ "日本 Ω", "?? ?", 3 },
		/* decomposed */
		{ "Cafe\xcc\x81", "Café", 0 },
		{ "u\xcc\x88 n\xcc\x83 a\xcc\x8a c\xcc\xa7 o\xcc\x80 I\xcc\x82 y\xcc\x88",
		  "ü ñ å ç ò Î ÿ", 0 },
		{ "o\xcc\x8b", "o", 1 },
		{ "Y\xcc\x88", "Y", 1 },
		{ "e\xcc\x82\xcc\x81", "ê", 1 },
		{ "e\xcc\xa3\xcc\x82", "ê", 1 },
		{ "u\xcc\x81\xcc\x81\xcc\x81\xcc\x81", "ú", 1 },
		{ "и\xcc\x86", "?", 1 },
		{ "\xcc\x81x", "?x", 1 },
		{ "e\xe2\x80\x8d\xcc\x81", "é", 0 },
		{ "e\xcc", "e?", 1 },
		/* emoji */
		{ "😀!", "?!", 1 },
		{ "❤️", "?", 1 },
		{ "👩‍🚀", "??", 2 },
		{ "1️⃣", "1", 1 },
		{ "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "?", 1 },
		/* not seen */
		{ "\xef\xbb\xbf" "a\xe2\x80\x8b" "b\xc2\xad" "c\xe2\x80\xae" "d", "abcd", 0 },
		{ "a\xe2\x80\x89" "b\xc2\xa0" "c", "a b\xc2\xa0" "c", 1 },
		/* what titles_set() would have refused or mended */
		{ "a\nb\x7f\xc2\x85", "a b  ", 3 },
		{ "a\xff\xc3", "a??", 2 },
		{ "\xe2\x82", "??", 2 },
		{ "\xed\xa0\x80", "???", 3 },
		{ "�", "?", 1 },
	};
	char out[TITLE_SAID];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned lost = say(cases[i].title, out);

		assert_string_equal(out, cases[i].said);
		if (lost != cases[i].lost)
			fail_msg("'%s' has lost %u", cases[i].title, lost);
		/* What was said can be said. */
		assert_int_equal(say(cases[i].said, out), 0);
		assert_string_equal(out, cases[i].said);
	}
}

static void *repeat(const char *part, size_t times)
{
	struct text all = { 0 };

	for (size_t i = 0; i < times; i++)
		text_add(&all, "%s", part);
	assert_false(all.failed);
	return all.data;
}

static void said_shortened(void **state)
{
	static const struct {
		const char *part;
		unsigned times, chars, lost;
	} cases[] = {
		{ "a", 160, 160, 0 },
		{ "a", 161, 160, 1 },
		{ "a", TEN_KB, 160, TEN_KB - 160 },
		{ "ü", 160, 160, 0 },
		{ "ü", 1000, 160, 840 },
		{ "u\xcc\x88", 161, 160, 1 },
		{ "a\xe2\x80\x8b", 200, 160, 40 },
		{ "…", 53, 159, 53 },
		{ "…", 60, 159, 60 },
		{ "😀", 161, 160, 161 },
		{ "\xff", 200, 160, 200 },
		{ "\xcc\x81", 200, 1, 1 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		cleanup_free char *title = repeat(cases[i].part, cases[i].times);
		char out[TITLE_SAID], latin1[CDTEXT_CHARS + 1];

		assert_int_equal(say(title, out), cases[i].lost);
		assert_int_equal(titles_latin1(out, latin1), cases[i].chars);
	}
}

static void nothing_follows_what_did_not_fit(void **state)
{
	cleanup_free char *front = repeat("…", 53);
	cleanup_text struct text all = { 0 };
	char out[TITLE_SAID];

	(void)state;
	text_add(&all, "%s…a", front);
	assert_int_equal(say(all.data, out), 55);
	assert_int_equal(strlen(out), 159);
}

/* Each code point, alone and between letters: nothing breaks, and Latin-1 stays what it is. */
static void every_character_is_said(void **state)
{
	char out[TITLE_SAID];

	(void)state;
	for (uint32_t c = 1; c <= 0x10ffff; c++) {
		char title[] = { 'A', 0, 0, 0, 0, 0, 0 };
		char *p = title + 1;
		bool latin1 = (c >= 0x20 && c < 0x7f) || (c >= 0xa0 && c < 0x100 && c != 0xad);
		unsigned lost;

		if (c < 0x80) {
			*p++ = (char)c;
		} else if (c < 0x800) {
			*p++ = (char)(0xc0 | c >> 6);
		} else if (c < 0x10000) {
			*p++ = (char)(0xe0 | c >> 12);
			*p++ = (char)(0x80 | (c >> 6 & 0x3f));
		} else {
			*p++ = (char)(0xf0 | c >> 18);
			*p++ = (char)(0x80 | (c >> 12 & 0x3f));
			*p++ = (char)(0x80 | (c >> 6 & 0x3f));
		}
		if (c >= 0x80)
			*p++ = (char)(0x80 | (c & 0x3f));
		*p = 'z';
		lost = say(title, out);
		assert_int_equal(out[strlen(out) - 1], 'z');
		if (latin1) {
			assert_int_equal(lost, 0);
			assert_string_equal(out, title);
		} else if (c >= 0xd800 && c <= 0xdfff) {
			assert_int_equal(lost, 3);
		} else {
			assert_true(lost <= 1);
		}
	}
}

static void latin1_bytes(void **state)
{
	char out[CDTEXT_CHARS + 1];
	cleanup_free char *too_long = repeat("ü", 500);

	(void)state;
	assert_int_equal(titles_latin1("Béla ÿ", out), 6);
	assert_string_equal(out, "B\xe9la \xff");
	assert_int_equal(titles_latin1("", out), 0);
	assert_string_equal(out, "");
	assert_int_equal(titles_latin1("ő\xff", out), 2);
	assert_string_equal(out, "??");
	assert_int_equal(titles_latin1(too_long, out), CDTEXT_CHARS);
	assert_int_equal(strlen(out), CDTEXT_CHARS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_and_kinds),
		cmocka_unit_test(the_list_of_names),
		cmocka_unit_test(taken_away),
		cmocka_unit_test(lines),
		cmocka_unit_test(long_lines_are_cut_between_characters),
		cmocka_unit_test(what_is_no_utf8),
		cmocka_unit_test(isrc),
		cmocka_unit_test(mcn),
		cmocka_unit_test(pregap),
		cmocka_unit_test(said),
		cmocka_unit_test(said_shortened),
		cmocka_unit_test(nothing_follows_what_did_not_fit),
		cmocka_unit_test(every_character_is_said),
		cmocka_unit_test(latin1_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
