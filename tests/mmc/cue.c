/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SEND CUE SHEET (MMC-5 6.33): a session that is told before it is written. A sheet that does not
 * describe one is refused, and what is written must follow it. Of the data forms there are audio
 * and mode 1.
 */
#include "mmc.h"

#include <stdlib.h>
#include <string.h>

enum {
	ENTRY = 8, LEADOUT = 0xaa,
	ADR_POSITION = 1, ADR_CATALOG, ADR_ISRC,
	FORM_SUBCHANNEL = 0xc0, FORM_RW = 0x40,
};

/* What is being read, and how far. */
struct reader {
	const uint8_t *p, *end;
	struct cue *cue;
	int32_t at;                /* of the last position */
	char isrc[13];             /* of the next track, */
	int isrc_number;           /* which is to be this one */
};

static const struct form {
	uint8_t code;
	unsigned bytes;            /* of a block from the host; 0: the drive makes them */
	unsigned control, mode;
} forms[] = {
	{ 0x00, SECTOR_BYTES, 0, 15 },
	{ 0x01, 0, 0, 15 },
	{ 0x10, BLOCK_BYTES, 4, 1 },
	{ 0x14, 0, 4, 1 },
};

static const struct form *form_of(const uint8_t *entry, bool from_host)
{
	for (size_t i = 0; i < COUNT(forms); i++)
		if (forms[i].code == (entry[3] & ~FORM_SUBCHANNEL) &&
		    forms[i].control == (entry[0] >> 4 & 4) && !!forms[i].bytes == from_host)
			return &forms[i];
	return NULL;
}

void cue_drop(struct drive *d)
{
	free(d->cue);
	d->cue = NULL;
}

/* ---- reading ---- */

/* Two entries with the same begin hold characters from @from on: @n, and six. */
static bool read_text(struct reader *r, size_t from, size_t n, char *to)
{
	const uint8_t *second = r->p + ENTRY;

	if (second + ENTRY > r->end || memcmp(r->p, second, from))
		return false;
	memcpy(to, r->p + from, n);
	memcpy(to + n, second + from, 6);
	to[n + 6] = '\0';
	r->p += 2 * ENTRY;
	return true;
}

/* Texts that stand before a position. */
static bool read_texts(struct reader *r)
{
	while (r->p < r->end && (r->p[0] & 15) != ADR_POSITION) {
		bool catalog = (r->p[0] & 15) == ADR_CATALOG;

		r->isrc_number = r->p[1];
		if (!catalog && (r->p[0] & 15) != ADR_ISRC)
			return false;
		if (!(catalog ? read_text(r, 1, 7, r->cue->mcn) : read_text(r, 2, 6, r->isrc)))
			return false;
	}
	return r->p < r->end;
}

static struct span *add_span(struct cue *cue, unsigned bytes, int track)
{
	struct span *s;

	if (cue->count == (int)COUNT(cue->spans))
		return NULL;
	s = &cue->spans[cue->count++];
	*s = (struct span){ .bytes = bytes, .track = track };
	return s;
}

/* The blocks from the last position to this one belong to what began there. */
static bool end_span(struct reader *r, int32_t lba)
{
	if (lba < r->at || (lba == r->at && r->cue->count > 1))
		return false;
	if (r->cue->count)
		r->cue->spans[r->cue->count - 1].end = lba;
	r->at = lba;
	return true;
}

static bool read_leadin(struct reader *r)
{
	if (!read_texts(r) || r->p[1] != 0 || r->p[2] != 0 || !form_of(r->p, false) ||
	    get_msf(r->p + 5) != r->at)
		return false;
	if ((r->p[3] & FORM_SUBCHANNEL) == FORM_RW) {
		if (r->at != CD_START)
			return false;
		r->cue->nwa = CD_LEADIN;
		add_span(r->cue, LEADIN_BYTES, -1)->end = CD_START;
	}
	r->p += ENTRY;
	return true;
}

/* An index of a track; the first of a track makes it. */
static bool read_index(struct reader *r, int first_number)
{
	struct cue *cue = r->cue;
	struct track *t = cue->ntracks ? &cue->tracks[cue->ntracks - 1] : NULL;
	const struct form *form = form_of(r->p, true);
	int32_t lba = get_msf(r->p + 5);

	if (!form || !end_span(r, lba))
		return false;
	if (!t || r->p[1] != t->number) {
		if (r->p[1] != first_number + cue->ntracks || r->p[1] > 99 || r->p[2] > !!t)
			return false;
		if (r->isrc[0] && r->isrc_number != r->p[1])
			return false;
		t = &cue->tracks[cue->ntracks++];
		*t = (struct track){
			.number = r->p[1], .pregap = lba, .start = INT32_MIN, .nwa = lba,
			.control = r->p[0] >> 4, .mode = form->mode,
			.flags = TRACK_SAO | TRACK_RESERVED | TRACK_DAMAGED,
		};
		memcpy(t->isrc, r->isrc, sizeof(t->isrc));
		r->isrc[0] = '\0';
		cue->last_index = -1;
	}
	if (form->mode != t->mode || r->p[2] <= cue->last_index)
		return false;
	cue->last_index = r->p[2];
	if (r->p[2] == 1)
		t->start = lba;
	r->p += ENTRY;
	return add_span(cue, form->bytes, cue->ntracks - 1) != NULL;
}

static bool read_leadout(struct reader *r)
{
	if (r->p[1] != LEADOUT || r->p[2] != 1 || !form_of(r->p, false) ||
	    !end_span(r, get_msf(r->p + 5)))
		return false;
	r->cue->leadout = r->at;
	r->p += ENTRY;
	return r->p == r->end;
}

/*
 * Lengths: each track has its index 1, and lasts four seconds; the first begins with a pause of
 * two.
 */
static bool measure(struct cue *cue)
{
	for (int i = 0; i < cue->ntracks; i++) {
		struct track *t = &cue->tracks[i];
		int32_t end = i + 1 < cue->ntracks ? t[1].pregap : cue->leadout;

		t->size = end - t->start;
		if (t->start == INT32_MIN || t->size < TRACK_BLOCKS_MIN)
			return false;
	}
	return cue->ntracks && cue->tracks[0].start - cue->tracks[0].pregap >= CD_PREGAP;
}

static bool read_sheet(struct cue *cue, const uint8_t *sheet, size_t len, int32_t begin,
		       int first_number)
{
	struct reader r = { .p = sheet, .end = sheet + len, .cue = cue, .at = begin };

	cue->nwa = begin;
	if (!read_leadin(&r))
		return false;
	while (read_texts(&r) && r.p[1] != LEADOUT)
		if (!read_index(&r, first_number))
			return false;
	return r.p < r.end && read_leadout(&r) && measure(cue);
}

int do_cue_sheet(struct drive *d, struct cmd *c)
{
	struct disc *k = drive_recorded(d);
	size_t len = get24(c->cdb + 6);
	struct cue *cue;

	if (!is_kind(k, KIND_CD))
		return WRONG_MEDIUM;
	if (k->finalized)
		return WRITE_PROTECTED;
	if ((d->mode[PAGE_05][2] & 15) != 2 || disc_open_track(k))
		return SEQUENCE;
	if (len % ENTRY || len < 4 * ENTRY || len > sizeof(cue->sheet))
		return CDB_FIELD;
	if (c->len < len)
		return LIST_LENGTH;
	cue_drop(d);
	cue = calloc(1, sizeof(*cue));
	if (!cue || !read_sheet(cue, c->data, len, disc_next(k) - CD_PREGAP, k->ntracks + 1)) {
		free(cue);
		return LIST_FIELD;
	}
	if (cue->leadout > k->blocks) {
		free(cue);
		return LBA_RANGE;
	}
	memcpy(cue->sheet, c->data, len);
	cue->sheet_len = len;
	d->cue = cue;
	c->done = len;
	return 0;
}

/* ---- what follows from it ---- */

const struct span *cue_span(const struct cue *cue, int32_t lba)
{
	for (int i = 0; i < cue->count; i++)
		if (lba < cue->spans[i].end)
			return &cue->spans[i];
	return NULL;
}

void cue_begin(struct drive *d, struct disc *k)
{
	struct cue *cue = d->cue;
	int session = k->closed + 1;

	if (cue->begun)
		return;
	cue->begun = true;
	cue->first = k->ntracks;
	for (int i = 0; i < cue->ntracks; i++) {
		k->tracks[k->ntracks] = cue->tracks[i];
		k->tracks[k->ntracks++].session = session;
	}
	if (cue->mcn[0])
		memcpy(k->mcn, cue->mcn, sizeof(k->mcn));
	disc_put_file(k, "cue", session, 0, cue->sheet, cue->sheet_len);
}

void cue_advance(struct drive *d, struct disc *k, int32_t lba)
{
	const struct span *s = cue_span(d->cue, lba);

	d->cue->nwa = lba + 1;
	if (s && s->track >= 0)
		k->tracks[d->cue->first + s->track].nwa = lba + 1;
}

void cue_finish(struct drive *d, struct disc *k)
{
	if (!d->cue || !d->cue->begun || d->cue->nwa < d->cue->leadout)
		return;
	for (int i = d->cue->first; i < k->ntracks; i++) {
		k->tracks[i].flags &= ~(unsigned)(TRACK_DAMAGED | TRACK_RESERVED);
		k->tracks[i].flags |= TRACK_COMPLETE;
	}
	k->closed++;
	k->finalized = !(d->mode[PAGE_05][3] & 0xc0);
	if (!k->shadow)
		cdtext_store(k, k->closed);
	cue_drop(d);
}
