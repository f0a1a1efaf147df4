/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FORMAT UNIT (MMC-5 6.5) and BLANK (6.1). Both are done at once; with Immed the next commands find
 * the drive at work for a while.
 */
#include "mmc.h"

enum { LIST = 12, ALL_BLOCKS = -1 };

/* Formats for which the host says how large the disc shall be, within what is offered. */
static bool has_choice(uint8_t type)
{
	return type == 0x30 || type == 0x32;
}

/* The spare blocks of the format that is wanted; -1: there is none such. */
static int32_t find_format(const struct disc *k, uint8_t type, int32_t blocks)
{
	const struct kind *kind = k->kind;
	int32_t least = INT32_MAX, most = -1;

	for (size_t i = 0; i < COUNT(kind->formats) && kind->formats[i].offered; i++) {
		int32_t spare = format_spare(kind, &kind->formats[i], k->blocks);

		if (kind->formats[i].type != type)
			continue;
		if (blocks == k->blocks - spare || blocks == ALL_BLOCKS || (blocks == 0 && !spare))
			return spare;
		least = spare < least ? spare : least;
		most = spare > most ? spare : most;
	}
	if (!has_choice(type) || most < 0 || blocks % kind->granule)
		return -1;
	return k->blocks - blocks >= least && k->blocks - blocks <= most ? k->blocks - blocks : -1;
}

static void format_background(struct disc *k, const uint8_t *list)
{
	bool restart = list[11] & 1;

	if (!restart)
		disc_erase(k);
	k->background = 2;
}

static void format(struct disc *k, uint8_t type, int32_t spare, const uint8_t *list)
{
	if (type == 0x26) {
		format_background(k, list);
		return;
	}
	disc_erase(k);
	k->spare = spare;
	k->formatted = 1;
	if (is_kind(k, KIND_MINUS))
		k->kind = kind_named("dvd-rw-ro");
}

int do_format(struct drive *d, struct cmd *c)
{
	const uint8_t *list = c->data;
	struct disc *k = d->disc;
	int32_t spare;

	if ((c->cdb[1] & 0x17) != 0x11)
		return CDB_FIELD;
	if (!k->kind->formats[0].offered || (k->kind->profile == 0x41 && disc_status(k)))
		return CANNOT_FORMAT;
	if (c->len < LIST || get16(list + 2) != 8)
		return LIST_LENGTH;
	spare = find_format(k, list[8] >> 2, (int32_t)get32(list + 4));
	if (spare < 0)
		return LIST_FIELD;
	drive_changed(d);
	format(k, list[8] >> 2, spare, list);
	disc_save(k);
	drive_busy(d, list[1] & 2, FORMATTING);
	c->done = LIST;
	return 0;
}

int do_blank(struct drive *d, struct cmd *c)
{
	enum { FULL, MINIMAL };
	struct disc *k = d->disc;
	unsigned type = c->cdb[1] & 7;

	if (!is_kind(k, KIND_BLANK))
		return WRONG_MEDIUM;
	if (type != FULL && type != MINIMAL)
		return CDB_FIELD;
	drive_changed(d);
	disc_erase(k);
	if (is_kind(k, KIND_MINUS)) {
		k->kind = kind_named("dvd-rw");
		k->quick = type == MINIMAL;
	}
	disc_save(k);
	drive_busy(d, c->cdb[1] & 0x10, LONG_WRITE);
	return 0;
}
