/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of CUE sheets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <string.h>

#include "image/cue.h"

static void assert_sheet(const struct layout *l, const char *bin, const char *expected)
{
	cleanup_text struct text out = { 0 };

	cue_write(l, bin, &out);
	assert_false(out.failed);
	assert_string_equal(out.data, expected);
}

static void with_gaps(void **state)
{
	static const struct layout l = {
		.ntracks = 3,
		.tracks = {
			{ .start = 0, .blocks = 300 },
			{ .start = 450, .blocks = 13500, .gap = 150 },
			{ .start = 14100 + 74, .blocks = 300, .gap = 150 + 74 },
		},
	};

	(void)state;
	assert_sheet(&l, "disc.bin",
		     "FILE \"disc.bin\" BINARY\n"
		     "  TRACK 01 AUDIO\n"
		     "    INDEX 01 00:00:00\n"
		     "  TRACK 02 AUDIO\n"
		     "    INDEX 00 00:04:00\n"
		     "    INDEX 01 00:06:00\n"
		     "  TRACK 03 AUDIO\n"
		     "    INDEX 00 03:06:00\n"
		     "    INDEX 01 03:08:74\n");
}

static void gapless(void **state)
{
	static const struct layout l = {
		.ntracks = 2,
		.tracks = { { .start = 0 }, { .start = 100 * 60 * 75 + 59 * 75 + 1 } },
	};

	(void)state;
	assert_sheet(&l, "\xc3\xbc b.bin",
		     "FILE \"\xc3\xbc b.bin\" BINARY\n"
		     "  TRACK 01 AUDIO\n"
		     "    INDEX 01 00:00:00\n"
		     "  TRACK 02 AUDIO\n"
		     "    INDEX 01 100:59:01\n");
}

static void names(void **state)
{
	static const struct layout l = { .ntracks = 0 };

	(void)state;
	assert_sheet(&l, "a\"b\nc\x7f\x01 d%s.bin", "FILE \"a_b_c__ d%s.bin\" BINARY\n");
	assert_true(cue_name_fits("a b'\\%s\xc3\xbc.bin"));
	assert_false(cue_name_fits("a\"b.bin"));
	assert_false(cue_name_fits("a\nb.bin"));
	assert_false(cue_name_fits("a\x7f.bin"));
}

static void titles(void **state)
{
	static const struct layout l = {
		.cdtext = { .title = "It's \"live\"", .performer = "\xc3\x89" "dith",
			    .code = "4006381333931" },
		.ntracks = 2,
		.tracks = {
			{ .data = true, .start = 0 },
			{ .start = 1150, .gap = 150,
			  .cdtext = { .title = "One", .performer = "A \"B\" C",
				      .code = "DEABC2612345" } },
		},
	};

	(void)state;
	assert_sheet(&l, "disc.bin",
		     "CATALOG 4006381333931\n"
		     "TITLE \"It's 'live'\"\n"
		     "PERFORMER \"\xc3\x89" "dith\"\n"
		     "FILE \"disc.bin\" BINARY\n"
		     "  TRACK 01 MODE1/2352\n"
		     "    INDEX 01 00:00:00\n"
		     "  TRACK 02 AUDIO\n"
		     "    TITLE \"One\"\n"
		     "    PERFORMER \"A 'B' C\"\n"
		     "    ISRC DEABC2612345\n"
		     "    INDEX 00 00:13:25\n"
		     "    INDEX 01 00:15:25\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_gaps),
		cmocka_unit_test(gapless),
		cmocka_unit_test(names),
		cmocka_unit_test(titles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
