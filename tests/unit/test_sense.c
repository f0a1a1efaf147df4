/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drive/sense.c: the reason in a message of libburn's, and no reason in what is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "drive/sense.h"

static void messages_of_libburn(void **state)
{
	static const struct {
		const char *message, *words;
		int code;
	} cases[] = {
		{ "SCSI error on write(32,16): [3 0C 00] Medium error. Write error.",
		  "does not take what is written", EIO },
		{ "SCSI error on write(-150,16): [3 73 03] Medium error. Power calibration area "
		  "error.", "adjust its laser", EIO },
		{ "SCSI error on write(0,16): [3 02 00] Medium error.", "bad or dirty", EIO },
		{ "SCSI error on write(0,16): [7 27 00] Data protect. Write protected.",
		  "write-protected", EROFS },
		{ "SCSI error on write(32,16): See MMC specs: Sense Key B \"Command aborted\", ASC "
		  "00 ASCQ 00.", "cable", EIO },
		{ "See MMC specs: Sense Key 3 \"Medium error\", ASC 73 ASCQ 0F.", "laser", EIO },
		{ "[x] on [/dev/sr0] and [4 44 00]", "has a fault", EIO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct sense_reason *r = sense_reason(cases[i].message);

		assert_non_null(r);
		assert_non_null(strstr(r->words, cases[i].words));
		assert_non_null(strstr(r->words, ": "));
		assert_int_equal(r->code, cases[i].code);
	}
}

static void what_has_no_reason(void **state)
{
	static const char *const messages[] = {
		"", "[", "[]", "[3 0C", "[3 0C 00", "Sense Key ", "Sense Key 3", "Sense Key 3 ASC ",
		"[0 00 00] No error", "[7 20 00] Data protect", "[F FF FF]", "Timeout exceeded",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(*messages); i++)
		assert_null(sense_reason(messages[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_of_libburn),
		cmocka_unit_test(what_has_no_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
