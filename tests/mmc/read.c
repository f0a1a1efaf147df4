/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * READ, and READ CD with its main channel: what was recorded, and errors where nothing was.
 */
#include "mmc.h"

#include <string.h>

enum { SYNC_BYTES = 12, HEADER_BYTES = 4 };

/* Parts of the main channel (MMC-5 6.19.2.6), byte 9 of READ CD. */
enum { PART_SYNC = 0x80, PART_HEADER = 0x20, PART_USER = 0x10, PART_OTHER = 0x4f };

static bool is_audio(const struct track *t)
{
	return !(t->control & 4);
}

/*
 * Whether that block of a disc can be read: a sense. @found: the track that it is in, if there are
 * any.
 */
static int readable(struct disc *k, int32_t lba, const struct track **found)
{
	const struct track *last = k->ntracks ? &k->tracks[k->ntracks - 1] : NULL, *t;

	*found = NULL;
	if (is_kind(k, KIND_RANDOM)) {
		if (!k->formatted)
			return NOT_FORMATTED;
		return lba >= 0 && lba < disc_capacity(k) ? 0 : LBA_RANGE;
	}
	if (!last || lba < 0 || lba >= last->nwa)
		return LBA_RANGE;
	*found = t = disc_track_at(k, lba);
	if (!t)
		return is_kind(k, KIND_CD) ? TRACK_MODE : BLANK_CHECK;
	if (lba >= t->nwa)
		return BLANK_CHECK;
	if (!is_audio(t) && t->flags & TRACK_RUNOUT &&
	    (lba < t->start || lba >= t->start + t->size - CD_RUNOUT))
		return TRACK_MODE;
	return 0;
}

int do_read(struct drive *d, struct cmd *c)
{
	int32_t lba = (int32_t)get32(c->cdb + 2);
	uint32_t n = c->cdb[0] == 0x28 ? get16(c->cdb + 7) : get32(c->cdb + 6);
	const struct track *t;
	int fault;

	if (c->len < (size_t)n * BLOCK_BYTES)
		return CDB_FIELD;
	for (uint32_t i = 0; i < n; i++) {
		int sense = readable(d->disc, lba + (int32_t)i, &t);

		if (!sense && t && is_audio(t))
			sense = TRACK_MODE;
		if (sense)
			return sense;
	}
	fault = fault_read(d, lba, n);
	if (fault)
		return fault;
	for (uint32_t i = 0; i < n; i++, c->done += BLOCK_BYTES)
		if (!disc_get(d->disc, lba + (int32_t)i, c->data + c->done, BLOCK_BYTES))
			return READ_ERROR;
	return 0;
}

/* ---- READ CD ---- */

static ssize_t put_data_sector(struct disc *k, int32_t lba, unsigned mode, unsigned parts,
			       uint8_t *to)
{
	uint8_t *p = to;

	if (parts & PART_SYNC) {
		memset(p, 0xff, SYNC_BYTES);
		p[0] = p[SYNC_BYTES - 1] = 0;
		p += SYNC_BYTES;
	}
	if (parts & PART_HEADER) {
		put_msf(p, lba);
		p[3] = (uint8_t)mode;
		for (int i = 0; i < 3; i++)
			p[i] = (uint8_t)(p[i] / 10 << 4 | p[i] % 10);
		p += HEADER_BYTES;
	}
	if (parts & PART_USER) {
		disc_get(k, lba, p, BLOCK_BYTES);
		p += BLOCK_BYTES;
	}
	return p - to;
}

/* Expected sector types: 0 any, 1 audio, 2 mode 1, 4 mode 2 form 1. */
static bool is_expected(unsigned expected, const struct track *t)
{
	if (expected == 0)
		return true;
	if (expected == 1)
		return is_audio(t);
	return !is_audio(t) && expected == (t->mode == 2 ? 4 : 2);
}

/* Sound comes from so many samples later than its address says: no drive has it exact. */
static void put_sound(struct disc *k, int32_t lba, int32_t offset, uint8_t *to)
{
	enum { SAMPLE_BYTES = 4, SECTOR_SAMPLES = SECTOR_BYTES / SAMPLE_BYTES };
	int32_t sectors = offset / SECTOR_SAMPLES - (offset % SECTOR_SAMPLES < 0);
	uint8_t two[2 * SECTOR_BYTES];

	offset -= sectors * SECTOR_SAMPLES;
	disc_get(k, lba + sectors, two, SECTOR_BYTES);
	disc_get(k, lba + sectors + 1, two + SECTOR_BYTES, SECTOR_BYTES);
	memcpy(to, two + (size_t)offset * SAMPLE_BYTES, SECTOR_BYTES);
}

/* The bytes of a sector that are wanted, or a negative sense. */
static ssize_t put_sector(struct drive *d, int32_t lba, unsigned expected, unsigned parts,
			  uint8_t *to)
{
	struct disc *k = d->disc;
	const struct track *t;
	int sense = readable(k, lba, &t);

	if (sense)
		return -sense;
	if (!is_expected(expected, t))
		return -TRACK_MODE;
	if (!is_audio(t) && parts & PART_OTHER)
		return -CDB_FIELD;
	if (!is_audio(t))
		return put_data_sector(k, lba, t->mode, parts, to);
	if (!(parts & PART_USER))
		return 0;
	put_sound(k, lba, fault_lie(d, FAULT_OFFSET), to);
	return SECTOR_BYTES;
}

int do_read_cd(struct drive *d, struct cmd *c)
{
	bool msf = c->cdb[0] == 0xb9;
	int32_t lba = msf ? get_msf(c->cdb + 3) : (int32_t)get32(c->cdb + 2);
	uint32_t n = msf ? (uint32_t)(get_msf(c->cdb + 6) - lba) : get24(c->cdb + 6);
	unsigned expected = c->cdb[1] >> 2 & 7;
	uint8_t sector[SECTOR_BYTES];
	int fault;

	if (!is_kind(d->disc, KIND_CD))
		return WRONG_MEDIUM;
	if (fault_of(d, FAULT_MUTE))
		return fault_of(d, FAULT_MUTE)->sense;
	/* Neither error flags nor sub-channels. */
	if (c->cdb[9] & 7 || c->cdb[10] & 7 || (msf && get_msf(c->cdb + 6) < lba))
		return CDB_FIELD;
	fault = fault_read(d, lba, n);
	if (fault)
		return fault;
	for (uint32_t i = 0; i < n; i++) {
		ssize_t len = put_sector(d, lba + (int32_t)i, expected, c->cdb[9], sector);

		if (len < 0)
			return (int)-len;
		if ((size_t)len > c->len - c->done)
			return CDB_FIELD;
		memcpy(c->data + c->done, sector, (size_t)len);
		c->done += (size_t)len;
	}
	return 0;
}
