/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mode pages (SPC-3 7.4, MMC-5 7): what they are at first, what of them can be changed, and who
 * judges a change.
 */
#include "mmc.h"

#include <string.h>

enum { HEADER = 8 };

/* Page 05: which ways to write there are for a kind of disc (MMC-5 7.5). */
static int check_page_05(const struct drive *d, const uint8_t *p)
{
	unsigned type = p[2] & 15, block = p[4] & 15, multi = p[3] >> 6;

	if (d->disc && !is_kind(d->disc, KIND_PAGE5))
		return LIST_FIELD;
	if (multi == 1 || multi == 2)
		return LIST_FIELD;
	if (d->disc && is_kind(d->disc, KIND_MINUS)) {
		if (type != 0 && type != 2)
			return LIST_FIELD;
		return block == 8 ? 0 : LIST_FIELD;
	}
	if (type == 2)
		return 0;
	if (type != 1 || (block != 0 && block != 8 && block != 10))
		return LIST_FIELD;
	return 0;
}

static const struct page {
	uint8_t code, length;
	uint8_t initial[52];
	uint8_t changeable[52];
	int (*check)(const struct drive *d, const uint8_t *page);
} pages[MODE_PAGES] = {
	[PAGE_01] = { 0x01, 0x0a, { [3] = 0x20, [8] = 0x20 },
		      { [2] = 0xff, [3] = 0xff, [8] = 0xff }, NULL },
	[PAGE_05] = { 0x05, 0x32, { [2] = 0x01, [3] = 0x04, [4] = 8, [15] = 150 },
		      { [2] = 0x7f, [3] = 0xff, [4] = 0x0f, [5] = 0xff, [8] = 0xff, [13] = 0xff,
			[15] = 0xff, [16] = 0xff, [32] = 0xff }, check_page_05 },
	[PAGE_08] = { 0x08, 0x0a, { [2] = 0x04 }, { [2] = 0x04 }, NULL },
	[PAGE_1A] = { 0x1a, 0x0a, { 0 }, { [3] = 0x03 }, NULL },
	[PAGE_1D] = { 0x1d, 0x0a, { [2] = 0x04, [7] = 60, [9] = 60 }, { 0 }, NULL },
	[PAGE_2A] = { 0x2a, 0x3e, { [2] = 0x3f, [3] = 0x37, [4] = 0xf1, [5] = 0x77, [6] = 0x29 },
		      { 0 }, NULL },
};

void mode_reset(struct drive *d)
{
	for (int i = 0; i < MODE_PAGES; i++) {
		memset(d->mode[i], 0, MODE_PAGE_MAX);
		memcpy(d->mode[i], pages[i].initial, sizeof(pages[i].initial));
		d->mode[i][0] = pages[i].code;
		d->mode[i][1] = pages[i].length;
	}
}

/* The capabilities that depend on the disc: its write speeds (MMC-3 5.5.10, MMC-5 annex E). */
static void fill_page_2a(const struct drive *d, uint8_t *p)
{
	const uint16_t none[] = { 0 }, *speeds = d->disc ? d->disc->kind->speeds : none;
	int n = 0;

	put16(p + 8, 8467);
	put16(p + 12, 4096);
	put16(p + 14, 8467);
	for (; speeds[n]; n++) {
		p[32 + 4 * n + 1] = 0;
		put16(p + 32 + 4 * n + 2, speeds[n]);
	}
	put16(p + 18, speeds[0]);
	put16(p + 20, speeds[0]);
	put16(p + 28, speeds[0]);
	put16(p + 30, (uint32_t)n);
	p[27] = 1;
	p[1] = (uint8_t)(32 + 4 * n - 2);
}

/* PC: 0 current, 1 changeable, 2 default, 3 saved values (SPC-3 6.10). */
static size_t put_page(const struct drive *d, int i, unsigned pc, uint8_t *to)
{
	const uint8_t *const from[] = { d->mode[i], pages[i].changeable, pages[i].initial };

	memset(to, 0, MODE_PAGE_MAX);
	memcpy(to, from[pc], sizeof(pages[i].initial));
	to[0] = pages[i].code;
	to[1] = pages[i].length;
	if (i == PAGE_2A && pc != 1)
		fill_page_2a(d, to);
	return 2u + to[1];
}

int do_mode_sense(struct drive *d, struct cmd *c)
{
	uint8_t data[HEADER + MODE_PAGES * MODE_PAGE_MAX] = { 0 };
	unsigned code = c->cdb[2] & 0x3f, pc = c->cdb[2] >> 6;
	size_t n = HEADER;

	if (pc == 3)
		return NOT_SAVED;
	if (c->cdb[3])
		return CDB_FIELD; /* there are no sub-pages */
	for (int i = 0; i < MODE_PAGES; i++)
		if (code == 0x3f || code == pages[i].code)
			n += put_page(d, i, pc, data + n);
	if (n == HEADER)
		return CDB_FIELD;
	put16(data, (uint32_t)n - 2);
	return reply(c, data, n, get16(c->cdb + 7));
}

static int select_page(struct drive *d, const uint8_t *p)
{
	for (int i = 0; i < MODE_PAGES; i++) {
		int sense;

		if ((p[0] & 0x3f) != pages[i].code)
			continue;
		if (i == PAGE_2A || i == PAGE_1D || p[1] != pages[i].length)
			return LIST_FIELD;
		sense = pages[i].check ? pages[i].check(d, p) : 0;
		if (sense)
			return sense;
		memcpy(d->mode[i] + 2, p + 2, p[1]);
		return 0;
	}
	return LIST_FIELD;
}

/* A new page 05 ends a simulation, and a cue sheet that was not followed to its end. */
static int select_writing(struct drive *d, const uint8_t *p)
{
	const struct track *open = d->disc ? disc_open_track(drive_recorded(d)) : NULL;
	bool test = d->mode[PAGE_05][2] & 0x10;
	int sense;

	if (open && is_kind(d->disc, KIND_CD) && !(open->flags & TRACK_SAO) &&
	    open->nwa > open->start)
		return SEQUENCE;
	sense = select_page(d, p);
	if (sense)
		return sense;
	cue_drop(d);
	if (test && !(d->mode[PAGE_05][2] & 0x10)) {
		disc_free(d->shadow);
		d->shadow = NULL;
	}
	return 0;
}

int do_mode_select(struct drive *d, struct cmd *c)
{
	size_t len = get16(c->cdb + 7), at;
	int sense = 0;

	if ((c->cdb[1] & 0x11) != 0x10)
		return CDB_FIELD; /* PF set, SP not */
	if (len == 0)
		return 0;
	if (len < HEADER || c->len < len)
		return LIST_LENGTH;
	at = HEADER + get16(c->data + 6);
	while (!sense && at < len) {
		const uint8_t *page = c->data + at;

		if (at + 2 > len || at + 2u + page[1] > len)
			return LIST_LENGTH;
		sense = (page[0] & 0x3f) == 0x05 ? select_writing(d, page) : select_page(d, page);
		at += 2u + page[1];
	}
	c->done = len;
	return sense;
}
