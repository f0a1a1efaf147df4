/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The media: a row each. Another kind of disc is another row, and a mention in the features of
 * config.c.
 */
#include "mmc.h"

#include <string.h>

static const uint16_t cd_speeds[] = { 7056, 4234, 2822, 1764, 706, 0 };
static const uint16_t dvd_speeds[] = { 22160, 16620, 11080, 5540, 2770, 0 };
static const uint16_t ram_speeds[] = { 6925, 4155, 2770, 0 };
static const uint16_t bd_speeds[] = { 53940, 35960, 17980, 8990, 0 };

#define CD (KIND_CD | KIND_PAGE5)
#define MINUS (KIND_DVD | KIND_MINUS)
#define PLUS (KIND_DVD | KIND_PLUS)
#define REWRITABLE (KIND_RANDOM | KIND_ERASABLE)

/*
 * Sizes of the gaps: CD lead-out and lead-in of the Orange Book, with the pre-gap; the border zones
 * of a DVD-R are larger at its begin; closure and intro zones of a DVD+R; a BD-R has none.
 */
const struct kind kinds[] = {
	{ "cd-r", 0x09, CD, 359844, 1, 11400, 6900, 0, cd_speeds, place_cd, { { 0 } } },
	{ "cd-rw", 0x0a, CD | KIND_BLANK | KIND_ERASABLE, 359844, 1, 11400, 6900, 0,
	  cd_speeds, place_cd, { { 0 } } },
	{ "dvd-r", 0x11, MINUS | KIND_PAGE5, 2298496, 16, 28672, 6144, 2,
	  dvd_speeds, place_minus, { { 0 } } },
	{ "dvd-ram", 0x12, KIND_DVD | REWRITABLE | KIND_RAW, 2295072, 16, 0, 0, 1,
	  ram_speeds, place_random, { { 1, 0x00, 40 }, { 1, 0x00, 0 }, { 1, 0x01, 20 } } },
	{ "dvd-rw-ro", 0x13, MINUS | REWRITABLE | KIND_RIGID | KIND_BLANK, 2297888, 16, 0, 0, 3,
	  dvd_speeds, place_random, { { 1, 0x00, 0 }, { 1, 0x10, 0 }, { 1, 0x15, 0 } } },
	{ "dvd-rw", 0x14, MINUS | KIND_PAGE5 | KIND_BLANK | KIND_ERASABLE, 2297888, 16, 28672, 6144,
	  3, dvd_speeds, place_minus, { { 1, 0x00, 0 }, { 1, 0x10, 0 }, { 1, 0x15, 0 } } },
	{ "dvd-r-dl", 0x15, MINUS | KIND_PAGE5, 4171712, 16, 28672, 6144, 2,
	  dvd_speeds, place_minus, { { 0 } } },
	{ "dvd+rw", 0x1a, PLUS | REWRITABLE, 2295104, 16, 0, 0, 9,
	  dvd_speeds, place_random, { { 1, 0x26, 0 } } },
	{ "dvd+r", 0x1b, PLUS, 2295104, 16, 2048, 2048, 10,
	  dvd_speeds, place_sequential, { { 0 } } },
	{ "dvd+r-dl", 0x2b, PLUS, 4173824, 16, 2048, 2048, 14,
	  dvd_speeds, place_sequential, { { 0 } } },
	{ "bd-r", 0x41, KIND_BD, 12219392, 32, 0, 0, 0, bd_speeds, place_sequential,
	  { { 1, 0x00, 32 }, { 1, 0x32, 64 }, { 1, 0x32, 32 }, { 1, 0x32, 16 } } },
	{ "bd-re", 0x43, KIND_BD | REWRITABLE | KIND_RAW, 12219392, 32, 0, 0, 0,
	  bd_speeds, place_random,
	  { { 1, 0x00, 32 }, { 1, 0x30, 32 }, { 1, 0x30, 16 }, { 1, 0x30, 64 }, { 1, 0x31, 0 } } },
};

const size_t kinds_count = COUNT(kinds);

const struct kind *kind_named(const char *name)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (!strcmp(kinds[i].name, name))
			return &kinds[i];
	return NULL;
}

int32_t format_spare(const struct kind *kind, const struct format *f, int32_t blocks)
{
	return f->spare ? blocks / f->spare / kind->granule * kind->granule : 0;
}
