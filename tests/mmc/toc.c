/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * READ TOC/PMA/ATIP (MMC-5 6.26): the tables of a CD, and what is made up for discs that have none.
 */
#include "mmc.h"

#include <string.h>

enum { TOC_MAX = 65536, LEADOUT = 0xaa };

struct table {
	uint8_t data[TOC_MAX];
	size_t len;
};

/* The address of a track, as READ TOC tells it. */
static int32_t told(struct drive *d, int32_t lba)
{
	return lba + fault_lie(d, FAULT_TOC);
}

static void put_address(uint8_t *to, int32_t lba, bool msf)
{
	if (!msf) {
		put32(to, (uint32_t)lba);
		return;
	}
	to[0] = 0;
	put_msf(to + 1, lba);
}

/* ---- format 0: all tracks, and the last lead-out ---- */

static void put_descriptor(struct table *t, unsigned control, int number, int32_t lba, bool msf)
{
	uint8_t *p = t->data + t->len;

	memset(p, 0, 8);
	p[1] = (uint8_t)(1 << 4 | control);
	p[2] = (uint8_t)number;
	put_address(p + 4, lba, msf);
	t->len += 8;
}

static int tracks_in_toc(const struct disc *k)
{
	int n = 0;

	while (n < k->ntracks && k->tracks[n].session <= k->closed)
		n++;
	return n;
}

static int toc_tracks(struct drive *d, struct table *t, bool msf, unsigned first)
{
	const struct disc *k = d->disc;
	bool random = is_kind(k, KIND_RANDOM);
	int n = random ? disc_readable(k) > 0 : tracks_in_toc(k);
	unsigned control = 4;

	if (!n || (first > (unsigned)n && first != LEADOUT))
		return CDB_FIELD;
	for (int i = 0; i < n; i++) {
		int32_t start = random ? 0 : told(d, k->tracks[i].start);

		control = random ? 4 : k->tracks[i].control;
		if (i + 1 >= (int)first)
			put_descriptor(t, control, i + 1, start, msf);
	}
	put_descriptor(t, control, LEADOUT, told(d, disc_readable(k)), msf);
	t->data[2] = 1;
	t->data[3] = (uint8_t)n;
	return 0;
}

/* ---- format 1: the first track of the last complete session ---- */

static int toc_sessions(struct drive *d, struct table *t, bool msf, unsigned first)
{
	const struct disc *k = d->disc;
	const struct track *last = session_first(k, k->closed);

	(void)first;
	if (is_kind(k, KIND_RANDOM) && disc_readable(k)) {
		put_descriptor(t, 4, 1, 0, msf);
		t->data[2] = t->data[3] = 1;
		return 0;
	}
	if (!last)
		return CDB_FIELD;
	put_descriptor(t, last->control, last->number, told(d, last->start), msf);
	t->data[2] = 1;
	t->data[3] = (uint8_t)k->closed;
	return 0;
}

/* ---- formats 2 and 3: the Q sub-channel of the lead-ins, and of the PMA ---- */

/* @zero: the byte between the two addresses. */
static void put_raw(struct table *t, int session, unsigned control, unsigned point, uint8_t zero,
		    const uint8_t *pmsf)
{
	uint8_t *p = t->data + t->len;

	memset(p, 0, 11);
	p[0] = (uint8_t)session;
	p[1] = (uint8_t)(1 << 4 | control);
	p[3] = (uint8_t)point;
	p[7] = zero;
	memcpy(p + 8, pmsf, 3);
	t->len += 11;
}

/*
 * Points B0 and C0, while sessions can follow: where the next may begin, and where the disc ends.
 */
static void put_next_session(const struct disc *k, struct table *t, int session)
{
	const struct track *next = session_first(k, session + 1);
	uint8_t end[3];
	size_t at = t->len;

	if (!next && k->finalized)
		return;
	put_msf(end, k->blocks);
	put_raw(t, session, 4, 0xb0, session == 1 ? 2 : 1, end);
	t->data[at + 1] = 5 << 4 | 4;
	put_msf(t->data + at + 4, (next ? next->start : disc_next(k)) - CD_PREGAP);
	if (session > 1)
		return;
	at = t->len;
	put_msf(end, CD_LEADIN);
	put_raw(t, session, 4, 0xc0, 0, end);
	t->data[at + 1] = 5 << 4 | 4;
}

static void put_session(struct drive *d, struct table *t, int session)
{
	const struct disc *k = d->disc;
	const struct track *first = session_first(k, session), *last = session_last(k, session);
	uint8_t msf[3] = { (uint8_t)first->number, first->mode == 2 ? 0x20 : 0, 0 };

	put_raw(t, session, first->control, 0xa0, 0, msf);
	msf[0] = (uint8_t)last->number;
	msf[1] = 0;
	put_raw(t, session, last->control, 0xa1, 0, msf);
	put_msf(msf, told(d, session_leadout(k, session)));
	put_raw(t, session, last->control, 0xa2, 0, msf);
	for (const struct track *track = first; track <= last; track++) {
		put_msf(msf, told(d, track->start));
		put_raw(t, session, track->control, (unsigned)track->number, 0, msf);
	}
	put_next_session(k, t, session);
}

static int toc_raw(struct drive *d, struct table *t, bool msf, unsigned first)
{
	const struct disc *k = d->disc;

	(void)msf;
	if (!is_kind(k, KIND_CD) || !k->closed)
		return CDB_FIELD;
	for (int session = first ? (int)first : 1; session <= k->closed; session++)
		if (session_first(k, session))
			put_session(d, t, session);
	t->data[2] = 1;
	t->data[3] = (uint8_t)k->closed;
	return 0;
}

static int toc_pma(struct drive *d, struct table *t, bool msf, unsigned first)
{
	const struct disc *k = d->disc;
	uint8_t at[3];

	(void)msf;
	(void)first;
	if (!is_kind(k, KIND_CD))
		return CDB_FIELD;
	for (int i = 0; i < k->ntracks; i++) {
		put_msf(at, k->tracks[i].start);
		put_raw(t, 0, k->tracks[i].control, (unsigned)k->tracks[i].number, 0, at);
		put_msf(t->data + t->len - 7, k->tracks[i].start + k->tracks[i].size);
	}
	return 0;
}

/* ---- format 4: ATIP ---- */

static int toc_atip(struct drive *d, struct table *t, bool msf, unsigned first)
{
	const struct disc *k = d->disc;
	bool rw = is_kind(k, KIND_ERASABLE);
	uint8_t *p = t->data;

	(void)msf;
	(void)first;
	if (!is_kind(k, KIND_CD))
		return CDB_FIELD;
	memset(p + 4, 0, 24);
	p[4] = 0x80 | 4 << 4 | rw;
	p[5] = 0x40;
	p[6] = (uint8_t)(0x80 | rw << 6 | rw << 2);
	put_msf(p + 8, CD_LEADIN);
	put_msf(p + 12, k->blocks);
	p[16] = rw ? 1 << 4 | 4 : 0;
	t->len = 28;
	return 0;
}

/* ---- format 5: CD-TEXT of the first session ---- */

static int toc_text(struct drive *d, struct table *t, bool msf, unsigned first)
{
	ssize_t n;

	(void)msf;
	(void)first;
	if (!is_kind(d->disc, KIND_CD))
		return CDB_FIELD;
	n = d->disc->closed ? disc_get_file(d->disc, "cdtext", 1, t->data + 4, TOC_MAX - 8) : 0;
	t->len = n > 0 ? 4 + (size_t)n : 4;
	return 0;
}

static int (*const formats[])(struct drive *d, struct table *t, bool msf, unsigned first) = {
	toc_tracks, toc_sessions, toc_raw, toc_pma, toc_atip, toc_text,
};

int do_toc(struct drive *d, struct cmd *c)
{
	/* Of the drives one is enough: its lock is held, and the other's may be, too. */
	static struct table tables[DRIVES];
	struct table *t = &tables[d->number];
	unsigned format = c->cdb[2] & 15;
	int sense;

	/* The format was in the last byte when this was SFF-8020. */
	if (!format)
		format = c->cdb[9] >> 6;
	if (format >= COUNT(formats))
		return CDB_FIELD;
	memset(t->data, 0, 4);
	t->len = 4;
	sense = formats[format](d, t, c->cdb[1] & 2, c->cdb[6]);
	if (sense)
		return sense;
	put16(t->data, (uint32_t)t->len - 2);
	return reply(c, t->data, t->len, get16(c->cdb + 7));
}
