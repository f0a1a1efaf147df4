/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a drive tells about its disc: state, tracks, capacities, formats, structures and speeds.
 */
#include "mmc.h"

#include <string.h>

/* ---- READ DISC INFORMATION (MMC-5 6.22) ---- */

enum { SESSION_EMPTY, SESSION_INCOMPLETE, SESSION_COMPLETE = 3 };

static unsigned last_session_state(const struct disc *k, int session)
{
	if (disc_status(k) >= 2)
		return SESSION_COMPLETE;
	return session_last(k, session) ? SESSION_INCOMPLETE : SESSION_EMPTY;
}

/* The last track counts the invisible one that could be written next. */
static void put_track_numbers(struct disc *k, int session, uint8_t *data)
{
	const struct track *first = session_first(k, session);
	int last = k->ntracks + (disc_status(k) < 2 && !disc_open_track(k));

	if (is_kind(k, KIND_RANDOM) || last < 1)
		last = 1;
	put16(data + 10, 0);
	data[5] = (uint8_t)(first ? first->number : last);
	data[6] = (uint8_t)last;
	data[10] = (uint8_t)((first ? first->number : last) >> 8);
	data[11] = (uint8_t)(last >> 8);
}

static void put_disc_area(const struct disc *k, uint8_t *data)
{
	int32_t leadin = k->closed ? disc_next(k) - CD_PREGAP - 4500 : CD_LEADIN;

	memset(data + 16, 0xff, 8);
	if (disc_status(k) == 2)
		return;
	if (!is_kind(k, KIND_CD)) {
		put32(data + 16, 0);
		put32(data + 20, (uint32_t)disc_capacity(k));
		return;
	}
	data[16] = data[20] = 0;
	put_msf(data + 17, leadin);
	put_msf(data + 21, k->blocks);
}

static uint8_t disc_type(const struct disc *k)
{
	if (!is_kind(k, KIND_CD))
		return 0;
	if (!k->closed)
		return 0xff;
	return k->tracks[0].mode == 2 ? 0x20 : 0x00;
}

int do_disc_info(struct drive *d, struct cmd *c)
{
	struct disc *k = d->disc;
	int sessions = disc_status(k) >= 2 ? (k->closed ? k->closed : 1) : k->closed + 1;
	uint8_t data[34] = { 0, 32, 0, 1 };

	if (c->cdb[1] & 7)
		return CDB_FIELD;
	data[2] = (uint8_t)(is_kind(k, KIND_ERASABLE) << 4 | disc_status(k));
	data[2] |= (uint8_t)(last_session_state(k, sessions) << 2);
	data[4] = (uint8_t)sessions;
	data[9] = (uint8_t)(sessions >> 8);
	put_track_numbers(k, sessions, data);
	data[7] = (uint8_t)(0x20 | (k->kind->profile == 0x1a ? k->background & 3 : 0));
	data[8] = disc_type(k);
	put_disc_area(k, data);
	return reply(c, data, sizeof(data), get16(c->cdb + 7));
}

/* ---- READ TRACK INFORMATION (MMC-5 6.27) ---- */

static void put_track(struct drive *d, const struct disc *k, const struct track *t, uint8_t *data)
{
	unsigned dead = TRACK_DAMAGED | TRACK_SAO;
	bool complete = t->flags & TRACK_COMPLETE, packets = t->flags & TRACK_INCREMENTAL;
	int32_t end = t->flags & TRACK_RESERVED ? t->start + t->size : disc_capacity(k);
	int32_t nwa = t->nwa + fault_lie(d, FAULT_NWA);
	int32_t rest = end - t->nwa + fault_lie(d, FAULT_FREE);

	data[2] = (uint8_t)t->number;
	data[3] = (uint8_t)t->session;
	data[5] = (uint8_t)(!!(t->flags & TRACK_DAMAGED) << 5 | (t->control & 15));
	data[6] = (uint8_t)((packets ? 0x30 : 0) | t->mode);
	data[6] |= (uint8_t)(!!(t->flags & TRACK_RESERVED) << 7 | (t->nwa == t->start) << 6);
	data[7] = (uint8_t)((t->nwa > t->start) << 1 | (!complete && (t->flags & dead) != dead));
	put32(data + 8, (uint32_t)t->start);
	if (data[7] & 1) {
		put32(data + 12, (uint32_t)nwa);
		put32(data + 16, (uint32_t)(rest > 0 ? rest : 0));
	}
	put32(data + 20, packets ? (uint32_t)k->kind->granule : 0);
	put32(data + 24, (uint32_t)(complete ? t->size : end - t->start));
	if (t->nwa > t->start)
		put32(data + 28, (uint32_t)(complete ? t->start + t->size : t->nwa) - 1);
	data[32] = (uint8_t)(t->number >> 8);
	data[33] = (uint8_t)(t->session >> 8);
}

/* The track that is not there yet, and would be the next. */
static struct track invisible_track(const struct disc *k)
{
	bool packets = is_kind(k, KIND_MINUS);

	return (struct track){
		.number = k->ntracks + 1, .session = k->closed + 1, .start = disc_next(k),
		.nwa = disc_next(k), .control = packets ? 5 : 4, .mode = 1,
		.flags = packets ? TRACK_INCREMENTAL : 0,
	};
}

/* All of a disc with random access is one track. */
static struct track whole_disc(const struct disc *k)
{
	return (struct track){
		.number = 1, .session = 1, .size = disc_readable(k), .nwa = disc_readable(k),
		.control = 4, .mode = 1, .flags = k->formatted ? TRACK_COMPLETE : 0,
	};
}

static const struct track *track_of_number(struct disc *k, uint32_t which,
					    const struct track *next)
{
	const struct track *open = disc_open_track(k);

	if (which == 0xff && (open || next))
		return open ? open : next;
	if ((int)which == k->ntracks + 1)
		return next;
	return which >= 1 && (int)which <= k->ntracks ? &k->tracks[which - 1] : NULL;
}

static const struct track *track_of_session(struct disc *k, uint32_t which,
					    const struct track *next)
{
	const struct track *t = session_first(k, (int)which);

	return t || (int)which != k->closed + 1 ? t : next;
}

static const struct track *track_of_address(struct disc *k, uint32_t which,
					    const struct track *next)
{
	const struct track *t = (int32_t)which < 0 ? NULL : disc_track_at(k, (int32_t)which);
	bool behind = next && (int32_t)which >= next->start && (int32_t)which < disc_capacity(k);

	return t || !behind ? t : next;
}

/* What byte 1 of READ TRACK INFORMATION chooses. @next is NULL when nothing more can be written. */
static const struct track *(*const finders[])(struct disc *k, uint32_t which,
					       const struct track *next) = {
	track_of_address, track_of_number, track_of_session,
};

int do_track_info(struct drive *d, struct cmd *c)
{
	struct disc *k = d->shadow ? d->shadow : d->disc;
	uint8_t data[36] = { 0, 34 };
	bool random = is_kind(k, KIND_RANDOM);
	struct track next = random ? whole_disc(k) : invisible_track(k);
	unsigned how = c->cdb[1] & 3;
	const struct track *t = &next;

	if (how >= COUNT(finders) || c->cdb[1] & 0x3c)
		return CDB_FIELD;
	if (random ? how == 1 && get32(c->cdb + 2) != 1 :
	    !(t = finders[how](k, get32(c->cdb + 2), disc_status(k) < 2 ? &next : NULL)))
		return CDB_FIELD;
	put_track(d, k, t, data);
	return reply(c, data, sizeof(data), get16(c->cdb + 7));
}

/* ---- capacities and formats ---- */

int do_capacity(struct drive *d, struct cmd *c)
{
	int32_t blocks = disc_readable(d->disc);
	uint8_t data[8];

	put32(data, (uint32_t)(blocks ? blocks - 1 : 0));
	put32(data + 4, BLOCK_BYTES);
	return reply(c, data, sizeof(data), sizeof(data));
}

static void put_format(const struct disc *k, const struct format *f, uint8_t *to)
{
	int32_t spare = format_spare(k->kind, f, k->blocks);

	put32(to, (uint32_t)(k->blocks - spare));
	to[4] = (uint8_t)(f->type << 2);
	if (f->type == 0x00 || f->type == 0x01 || f->type == 0x31)
		put24(to + 5, BLOCK_BYTES);
	else if (f->type == 0x10 || f->type == 0x15)
		put24(to + 5, 16);
	else
		put24(to + 5, (uint32_t)(spare / k->kind->granule));
}

static bool is_formatted(const struct disc *k)
{
	if (is_kind(k, KIND_RANDOM))
		return k->formatted && (k->kind->profile != 0x1a || k->background);
	return disc_status(k) == 2;
}

/* MMC-5 6.24: the capacity now, and what FORMAT UNIT could make of the disc. */
int do_format_capacities(struct drive *d, struct cmd *c)
{
	enum { UNFORMATTED = 1, FORMATTED, NO_DISC };
	const struct disc *k = d->disc;
	uint8_t data[4 + 8 * 7] = { 0 };
	/* A BD-R is formatted when it is blank, or never. */
	bool can = k && !(k->kind->profile == 0x41 && disc_status(k));
	const struct format *f = can ? k->kind->formats : NULL;
	size_t n = 12;

	put32(data + 4, (uint32_t)(k ? is_formatted(k) ? disc_readable(k) : disc_capacity(k) : 0));
	data[8] = k ? is_formatted(k) ? FORMATTED : UNFORMATTED : NO_DISC;
	put24(data + 9, BLOCK_BYTES);
	for (; f && f < k->kind->formats + FORMATS_MAX && f->offered; f++, n += 8)
		put_format(k, f, data + n);
	data[3] = (uint8_t)(n - 4);
	return reply(c, data, n, get16(c->cdb + 7));
}

/* ---- READ DISC STRUCTURE (MMC-5 6.23) ---- */

/* Format 00 of a DVD, with what the ADIP of a DVD+R adds; 10 of a DVD-R is its begin. */
static size_t physical_format(const struct disc *k, uint8_t *data)
{
	bool two_layers = k->kind->profile == 0x15 || k->kind->profile == 0x2b;
	uint32_t first = 0x30000;

	data[0] = (uint8_t)(k->kind->book << 4 | 1);
	data[1] = 0x0f;
	data[2] = (uint8_t)(two_layers << 5 | (is_kind(k, KIND_ERASABLE) ? 4 : 2));
	put24(data + 5, first);
	put24(data + 9, first + (uint32_t)k->blocks - 1);
	if (is_kind(k, KIND_PLUS)) {
		memcpy(data + 19, "BURNFS\0\0", 8);
		memcpy(data + 27, "M01", 3);
		data[30] = 1;
	}
	return 2048;
}

static size_t prerecorded(const struct disc *k, uint8_t *data)
{
	(void)k;
	data[0] = 1;
	data[16] = 3;
	memcpy(data + 17, "BURNFS", 6);
	data[24] = 4;
	memcpy(data + 25, "MMC   ", 6);
	return 44;
}

static size_t disc_information(const struct disc *k, uint8_t *data)
{
	memcpy(data, "DI\1", 3);
	data[8] = 'B';
	memcpy(data + 8, k->kind->profile == 0x41 ? "BDR" : "BDW", 3);
	memcpy(data + 100, "BURNFS", 6);
	memcpy(data + 106, "M01", 3);
	data[111] = 1;
	return 112;
}

static size_t spare_areas(const struct disc *k, uint8_t *data)
{
	put32(data + 4, (uint32_t)k->spare);
	put32(data + 8, (uint32_t)k->spare);
	return 12;
}

static const struct structure {
	unsigned kinds;
	uint8_t media, code;       /* media: 0 DVD, 1 BD */
	size_t (*fill)(const struct disc *k, uint8_t *data);
} structures[] = {
	{ KIND_DVD, 0, 0x00, physical_format },
	{ KIND_MINUS, 0, 0x0e, prerecorded },
	{ KIND_MINUS, 0, 0x10, physical_format },
	{ KIND_PLUS, 0, 0x11, physical_format },
	{ KIND_BD, 1, 0x00, disc_information },
	{ KIND_BD, 1, 0x0a, spare_areas },
};

/* Format FF: which there are. */
static size_t structure_list(const struct disc *k, uint8_t *data)
{
	size_t n = 0;

	for (size_t i = 0; i < COUNT(structures); i++) {
		if (!(k->kind->flags & structures[i].kinds))
			continue;
		data[n] = structures[i].code;
		data[n + 1] = 0x40; /* can be read */
		put16(data + n + 2, 112);
		n += 4;
	}
	return n;
}

int do_structure(struct drive *d, struct cmd *c)
{
	uint8_t data[4 + 2048] = { 0 };
	size_t n = c->cdb[7] == 0xff ? structure_list(d->disc, data + 4) : 0;

	for (size_t i = 0; !n && i < COUNT(structures); i++)
		if (structures[i].kinds & d->disc->kind->flags && structures[i].code == c->cdb[7] &&
		    structures[i].media == (c->cdb[1] & 15))
			n = structures[i].fill(d->disc, data + 4);
	if (!n)
		return CDB_FIELD;
	put16(data, (uint32_t)n + 2);
	return reply(c, data, 4 + n, get16(c->cdb + 8));
}

/* ---- GET PERFORMANCE (MMC-5 6.8) ---- */

static size_t put_performance(const struct drive *d, unsigned type, unsigned max, uint8_t *data)
{
	const struct disc *k = d->disc;
	uint32_t end = k ? (uint32_t)disc_capacity(k) - 1 : 0;
	unsigned n = 0;

	for (; k && k->kind->speeds[n] && n < max && (type == 3 || n < 1); n++) {
		uint8_t *p = data + 8 + 16 * n;

		memset(p, 0, 16);
		if (type == 3) {
			put32(p + 4, end);
			put32(p + 8, k->kind->speeds[0]);
			put32(p + 12, k->kind->speeds[n]);
		} else {
			put32(p + 4, k->kind->speeds[0]);
			put32(p + 8, end);
			put32(p + 12, k->kind->speeds[0]);
		}
	}
	return n;
}

static uint32_t performances(const struct drive *d, unsigned type)
{
	uint32_t n = 0;

	if (type == 0)
		return d->disc != NULL;
	while (d->disc && d->disc->kind->speeds[n])
		n++;
	return n;
}

int do_performance(struct drive *d, struct cmd *c)
{
	uint8_t data[8 + 16 * 8] = { 0 };
	unsigned type = c->cdb[10], max = get16(c->cdb + 8);
	size_t n;

	if (type != 0 && type != 3)
		return CDB_FIELD;
	n = put_performance(d, type, max > 8 ? 8 : max, data);
	put32(data, 4 + 16 * performances(d, type));
	return reply(c, data, 8 + 16 * n, c->len);
}
