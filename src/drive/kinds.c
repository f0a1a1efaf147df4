/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of discs that a drive may tell of.
 */
#include "drive/priv.h"

/* MMC-6, table of profiles. */
static const struct drive_kind kinds[] = {
	{ 0x08, "cd-rom", .cd = true },
	{ 0x09, "cd-r", .cd = true },
	{ 0x0a, "cd-rw", .cd = true, .erasable = true },
	{ 0x10, "dvd-rom" },
	{ 0x11, "dvd-r" },
	{ 0x12, "dvd-ram", .overwritable = true },
	{ 0x13, "dvd-rw", .erasable = true, .overwritable = true },
	{ 0x14, "dvd-rw", .erasable = true },
	{ 0x15, "dvd-r-dl" },
	{ 0x16, "dvd-r-dl" },
	{ 0x1a, "dvd+rw", .overwritable = true },
	{ 0x1b, "dvd+r" },
	{ 0x2b, "dvd+r-dl" },
	{ 0x40, "bd-rom" },
	{ 0x41, "bd-r" },
	{ 0x43, "bd-re", .overwritable = true },
};

const struct drive_kind *drive_kind(int profile)
{
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].profile == profile)
			return &kinds[i];
	return NULL;
}
