/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording: where a kind of disc lets blocks be written, tracks that begin and end, sessions that
 * are closed. In a simulation all of this happens to a copy of the disc's state, and no data is
 * stored.
 */
#include "mmc.h"

#include <string.h>

/* The fields of mode page 05 (MMC-5 7.5). */
static unsigned write_type(const struct drive *d)
{
	return d->mode[PAGE_05][2] & 15;
}

/* A DVD-R: disc at once. */
static bool at_once(const struct drive *d, const struct disc *k)
{
	return is_kind(k, KIND_MINUS) && write_type(d) == 2;
}

static bool multi_session(const struct drive *d)
{
	return d->mode[PAGE_05][3] & 0xc0;
}

/* ---- where blocks may be written ---- */

static bool fits(int32_t lba, uint32_t n, int32_t end)
{
	return (int64_t)lba + n <= end;
}

static int place_on_cue(struct drive *d, int32_t lba, uint32_t n, struct place *p)
{
	const struct span *s;

	if (!d->cue)
		return SEQUENCE;
	if (lba != d->cue->nwa)
		return WRITE_ADDRESS;
	s = cue_span(d->cue, lba);
	if (!s || !fits(lba, n, d->cue->leadout))
		return LBA_RANGE;
	p->bytes = s->bytes;
	p->cue = true;
	/* Blocks of another size are another command. */
	for (int32_t last = lba + (int32_t)n - 1; s->end <= last; s++)
		if (s[1].bytes != p->bytes)
			return TRACK_MODE;
	return 0;
}

/* Data block types of page 05, track at once. */
static const struct block_type {
	uint8_t code;
	unsigned bytes, control, mode;
} block_types[] = {
	{ 0, SECTOR_BYTES, 0, 15 },
	{ 8, BLOCK_BYTES, 4, 1 },
	{ 10, BLOCK_BYTES, 4, 2 },
};

int place_cd(struct drive *d, struct disc *k, int32_t lba, uint32_t n, struct place *p)
{
	const struct block_type *type = NULL;

	if (write_type(d) == 2)
		return place_on_cue(d, lba, n, p);
	for (size_t i = 0; i < COUNT(block_types); i++)
		if (block_types[i].code == (d->mode[PAGE_05][4] & 15))
			type = &block_types[i];
	p->control = d->mode[PAGE_05][3] & 15;
	if (!type || type->control != (p->control & 4))
		return TRACK_MODE;
	p->bytes = type->bytes;
	p->mode = type->mode;
	p->track = disc_open_track(k);
	p->fresh = !p->track;
	if (p->track && p->track->flags & TRACK_SAO)
		return SEQUENCE;
	if (p->track && (p->track->mode != p->mode || p->track->control != p->control))
		return TRACK_MODE;
	if (lba != (p->track ? p->track->nwa : disc_next(k)))
		return WRITE_ADDRESS;
	return fits(lba, n, k->blocks - CD_RUNOUT) ? 0 : LBA_RANGE;
}

/* There may be some that are reserved, and behind them one that is not. */
static bool has_unreserved_track(const struct disc *k)
{
	return k->ntracks && !(k->tracks[k->ntracks - 1].flags & (TRACK_COMPLETE | TRACK_RESERVED));
}

int place_sequential(struct drive *d, struct disc *k, int32_t lba, uint32_t n, struct place *p)
{
	int32_t end = disc_capacity(k);

	(void)d;
	p->bytes = BLOCK_BYTES;
	p->control = 4;
	p->mode = 1;
	for (int i = 0; i < k->ntracks; i++)
		if (!(k->tracks[i].flags & TRACK_COMPLETE) && k->tracks[i].nwa == lba)
			p->track = &k->tracks[i];
	p->fresh = !p->track;
	if (p->fresh && (has_unreserved_track(k) || lba != disc_next(k)))
		return lba >= 0 && lba < end ? WRITE_ADDRESS : LBA_RANGE;
	if (p->track && p->track->flags & TRACK_RESERVED)
		return fits(lba, n, p->track->start + p->track->size) ? 0 : TRACK_END;
	return fits(lba, n, end) ? 0 : LBA_RANGE;
}

/* DVD-R and DVD-RW: incremental, or a disc at once whose size was reserved. */
int place_minus(struct drive *d, struct disc *k, int32_t lba, uint32_t n, struct place *p)
{
	const struct track *open = disc_open_track(k);
	int sense;

	if (at_once(d, k) && (!open || !(open->flags & TRACK_RESERVED)))
		return SEQUENCE;
	if (!at_once(d, k) && k->quick)
		return TRACK_MODE;
	sense = place_sequential(d, k, lba, n, p);
	p->control = 5;
	return sense;
}

int place_random(struct drive *d, struct disc *k, int32_t lba, uint32_t n, struct place *p)
{
	(void)d;
	if (!k->formatted || (k->kind->profile == 0x1a && !k->background))
		return NOT_FORMATTED;
	if (lba < 0 || !fits(lba, n, disc_capacity(k)))
		return LBA_RANGE;
	if (is_kind(k, KIND_RIGID) && ((uint32_t)lba | n) % (uint32_t)k->kind->granule)
		return WRITE_ADDRESS;
	p->bytes = BLOCK_BYTES;
	return 0;
}

/* ---- WRITE ---- */

/* Before the first block of a session the power of the laser is found out. */
static int calibrate(struct drive *d)
{
	const struct fault *f = fault_of(d, FAULT_POWER);

	if (f && !d->calibrated)
		return f->sense;
	d->calibrated = true;
	return 0;
}

/* The codes that page 05 has for a CD: of the disc, and of the track. */
static void take_codes(const struct drive *d, struct disc *k, struct track *t)
{
	const uint8_t *p = d->mode[PAGE_05];

	if (p[16] & 0x80)
		memcpy(k->mcn, p + 17, 13);
	if (p[32] & 0x80)
		memcpy(t->isrc, p + 33, 12);
}

static struct track *begin_track(struct drive *d, struct disc *k, int32_t lba,
				 const struct place *p)
{
	bool cd = is_kind(k, KIND_CD);
	struct track *t = disc_new_track(k, cd ? lba - CD_PREGAP : lba, lba);

	if (!t)
		return NULL;
	t->control = p->control;
	t->mode = p->mode;
	if (cd)
		take_codes(d, k, t);
	else if (is_kind(k, KIND_PAGE5))
		t->flags |= TRACK_INCREMENTAL;
	return t;
}

static bool store(struct drive *d, struct disc *k, int32_t lba, uint8_t *from, unsigned bytes,
		  uint32_t n)
{
	off_t leadin_at = (off_t)(lba - CD_LEADIN) * LEADIN_BYTES;
	bool good = true;

	if (bytes == LEADIN_BYTES) {
		disc_put_file(k, "leadin", k->closed + 1, leadin_at, from, (size_t)n * bytes);
		return true;
	}
	for (uint32_t i = 0; i < n; i++)
		if (fault_corrupts(d, lba + (int32_t)i))
			from[i * bytes + bytes / 2] ^= 0x55;
	good = disc_put(k, lba, from, bytes, n);
	for (uint32_t i = 0; i < n; i++)
		if (fault_corrupts(d, lba + (int32_t)i))
			from[i * bytes + bytes / 2] ^= 0x55;
	return good;
}

static void advance(struct drive *d, struct disc *k, int32_t lba, uint32_t n, const struct place *p)
{
	for (uint32_t i = 0; p->cue && i < n; i++)
		cue_advance(d, k, lba + (int32_t)i);
	if (p->track)
		p->track->nwa = lba + (int32_t)n;
}

static int write_blocks(struct drive *d, struct disc *k, struct cmd *c, int32_t lba, uint32_t n,
			const struct place *p)
{
	const struct fault *hit;
	uint32_t good = fault_write(d, lba, n, &hit);
	int sense = hit ? hit->sense : 0;

	if (!store(d, k, lba, c->data, p->bytes, good))
		sense = WRITE_ERROR;
	else
		advance(d, k, lba, good, p);
	if (sense && p->track)
		p->track->flags |= TRACK_DAMAGED;
	c->done = (size_t)good * p->bytes;
	if (p->cue || p->track)
		d->unsaved++;
	if (hit && hit->id == FAULT_PULL)
		drive_pull(d);
	return sense;
}

int do_write(struct drive *d, struct cmd *c)
{
	int32_t lba = (int32_t)get32(c->cdb + 2);
	uint32_t n = c->cdb[0] == 0x2a ? get16(c->cdb + 7) : get32(c->cdb + 6);
	struct disc *k = drive_recorded(d);
	struct place p = { 0 };
	int sense;

	if (n == 0)
		return 0;
	if (k->finalized)
		return WRITE_PROTECTED;
	sense = calibrate(d);
	if (!sense)
		sense = k->kind->place(d, k, lba, n, &p);
	if (sense)
		return sense;
	if (c->len < (size_t)n * p.bytes)
		return CDB_FIELD;
	if (p.cue)
		cue_begin(d, k);
	if (p.fresh && !(p.track = begin_track(d, k, lba, &p)))
		return TRACK_END;
	return write_blocks(d, k, c, lba, n, &p);
}

/* ---- the end of tracks ---- */

void end_open_track(struct disc *k, struct track *t)
{
	int32_t end = t->start + t->size;

	if (is_kind(k, KIND_CD)) {
		if (t->nwa - t->start < TRACK_BLOCKS_MIN)
			t->nwa = t->start + TRACK_BLOCKS_MIN;
		t->nwa += CD_RUNOUT;
		t->flags |= TRACK_RUNOUT;
	}
	t->nwa = t->flags & TRACK_RESERVED ? end : round_up(t->nwa, k->kind->granule);
	t->size = t->nwa - t->start;
	t->flags |= TRACK_COMPLETE;
	t->flags &= ~(unsigned)TRACK_RESERVED;
}

/* A flush fills an ECC unit up; on a CD it ends the track. */
static void flush_track(struct disc *k, struct track *t)
{
	if (t->flags & (TRACK_COMPLETE | TRACK_SAO) || t->nwa == t->start)
		return;
	if (is_kind(k, KIND_CD))
		end_open_track(k, t);
	else
		t->nwa = round_up(t->nwa, k->kind->granule);
}

/* A DVD-R that was written at once is closed by the drive. */
static void finish_at_once(struct drive *d, struct disc *k)
{
	struct track *t = disc_open_track(k);

	if (!at_once(d, k) || !t || t->nwa < t->start + t->size)
		return;
	end_open_track(k, t);
	k->closed++;
	k->finalized = 1;
}

/* What was simulated is forgotten when a session, or a disc at once, would have been complete. */
static void end_simulation(struct drive *d)
{
	if (!d->shadow || d->shadow->closed == d->disc->closed)
		return;
	disc_free(d->shadow);
	d->shadow = NULL;
}

static int recorded(struct drive *d, struct disc *k, bool immediate)
{
	disc_save(k);
	end_simulation(d);
	drive_busy(d, immediate, LONG_WRITE);
	return 0;
}

int do_flush(struct drive *d, struct cmd *c)
{
	struct disc *k = drive_recorded(d);

	if (is_kind(k, KIND_RANDOM)) {
		drive_busy(d, c->cdb[1] & 2, LONG_WRITE);
		return 0;
	}
	for (int i = 0; i < k->ntracks; i++)
		flush_track(k, &k->tracks[i]);
	cue_finish(d, k);
	finish_at_once(d, k);
	return recorded(d, k, c->cdb[1] & 2);
}

int do_reserve(struct drive *d, struct cmd *c)
{
	struct disc *k = drive_recorded(d);
	int32_t start = disc_next(k);
	uint32_t size = get32(c->cdb + 5);
	struct track *t;

	if (is_kind(k, KIND_RANDOM | KIND_CD))
		return WRONG_MEDIUM;
	if (c->cdb[1] & 7 || !size)
		return CDB_FIELD;
	if (k->finalized)
		return WRITE_PROTECTED;
	if (has_unreserved_track(k) || (at_once(d, k) && k->ntracks))
		return SEQUENCE;
	if (!fits(start, size, disc_capacity(k)))
		return LBA_RANGE;
	t = disc_new_track(k, start, start);
	if (!t)
		return TRACK_END;
	t->size = round_up((int32_t)size, k->kind->granule);
	t->flags = TRACK_RESERVED;
	if (is_kind(k, KIND_MINUS) && !at_once(d, k))
		t->flags |= TRACK_INCREMENTAL;
	disc_save(k);
	return 0;
}

/* ---- CLOSE TRACK/SESSION (MMC-5 6.3) ---- */

static int close_track(struct disc *k, unsigned number)
{
	struct track *t = disc_open_track(k);

	if (number && number != 0xff)
		t = number <= (unsigned)k->ntracks ? &k->tracks[number - 1] : NULL;
	if (!t)
		return number && (int)number > k->ntracks + 1 ? CDB_FIELD : 0;
	if (t->flags & TRACK_COMPLETE)
		return 0;
	if (t->flags & TRACK_SAO)
		return FIXATION;
	end_open_track(k, t);
	return 0;
}

static int close_session(struct drive *d, struct disc *k, unsigned number)
{
	struct track *t;

	(void)number;
	if (k->kind->profile == 0x1a && k->background)
		k->background = 3;
	if (is_kind(k, KIND_RANDOM) || !session_first(k, k->closed + 1))
		return 0;
	while ((t = disc_open_track(k))) {
		if (t->flags & TRACK_SAO)
			return FIXATION;
		if (t->flags & TRACK_RESERVED && t->nwa < t->start + t->size)
			return RESERVED_UNFILLED;
		end_open_track(k, t);
	}
	k->closed++;
	if (is_kind(k, KIND_PAGE5) && !multi_session(d))
		k->finalized = 1;
	d->calibrated = false;
	return 0;
}

static int finalize(struct drive *d, struct disc *k, unsigned number)
{
	int sense = close_session(d, k, number);

	if (sense || is_kind(k, KIND_RANDOM))
		return sense;
	if (!k->closed)
		return FIXATION;
	k->finalized = 1;
	return 0;
}

static int stop_format(struct drive *d, struct disc *k, unsigned number)
{
	(void)d;
	(void)number;
	if (k->background == 2)
		k->background = 1;
	return 0;
}

static int close_one(struct drive *d, struct disc *k, unsigned number)
{
	(void)d;
	return close_track(k, number);
}

static const struct close_function {
	unsigned kinds;            /* flags, of which a disc must have one; 0: any disc */
	int (*run)(struct drive *d, struct disc *k, unsigned number);
} close_functions[8] = {
	[0] = { KIND_PLUS, stop_format },
	[1] = { 0, close_one },
	[2] = { 0, close_session },
	[3] = { KIND_MINUS, finalize },
	[5] = { KIND_PLUS, finalize },
	[6] = { KIND_PLUS | KIND_BD, finalize },
};

int do_close(struct drive *d, struct cmd *c)
{
	struct disc *k = drive_recorded(d);
	const struct close_function *f = &close_functions[c->cdb[2] & 7];
	int sense;

	if (!f->run || (f->kinds && !(k->kind->flags & f->kinds)))
		return CDB_FIELD;
	if (k->finalized)
		return 0;
	if (d->cue && d->cue->begun)
		return SEQUENCE;
	sense = f->run(d, k, get16(c->cdb + 4));
	return sense ? sense : recorded(d, k, c->cdb[1] & 1);
}

int do_opc(struct drive *d, struct cmd *c)
{
	if (!(c->cdb[1] & 1) || get16(c->cdb + 7))
		return CDB_FIELD; /* what other drives have found is not taken */
	if (d->disc->finalized)
		return WRITE_PROTECTED;
	d->calibrated = false;
	return calibrate(d);
}
