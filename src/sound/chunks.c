/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that are made of chunks: WAV, AIFF, and the kinds of WAV for more than 4 GiB, which are
 * RF64 (EBU Tech 3306), BW64 (ITU-R BS.2088) and Sony's Wave64. Looks for the samples and for what
 * libsndfile passes over: samples that are missing, lengths that were never filled in, and tails
 * without an end. Reads headers only. No locks: a decoder has one user.
 */
#include "sound/priv.h"

#include <endian.h>
#include <string.h>

enum {
	CHUNKS_MAX = 256,        /* before the samples; real files have a handful */
	TAIL_MAX = 1 << 20,      /* bytes behind them, of titles and pictures */
	CHUNK_HEADER = 8,        /* name, length */
	GUID = 16,               /* a name of Wave64, which begins with the four letters of WAV */
	DS64 = 16,               /* bytes of a chunk "ds64" that matter */
	RF64_MENDED = 3,         /* by mend_rf64() */
};

/* Streaming writers leave 0xFFFFFFFF, 0x7FFFF000 or 0x7F000000: more than a disc holds. */
#define PLACEHOLDER 0x7f000000U
/* And of 64 bits 2^63 - 1 or 2^64 - 1. */
#define PLACEHOLDER_64 (UINT64_C(1) << 56)
#define UNKNOWN UINT64_MAX

struct chunks;

/* A chunk's content. */
struct chunk {
	char name[4];
	uint64_t pos, len;       /* UNKNOWN: that was never filled in */
};

/* How a file is made of chunks. */
struct form {
	const char *magic;
	uint64_t head;           /* bytes before the first chunk */
	unsigned header;         /* of a chunk */
	unsigned align;          /* of a chunk's length */
	bool big_endian;
	const char *samples;     /* name of their chunk */
	/* @real bytes are samples: have libsndfile see that. */
	void (*mend)(struct sound_decoder *, const struct chunks *, const struct chunk *,
		     uint64_t real);
};

/* A file of chunks. */
struct chunks {
	const struct form *form;
	uint64_t total;          /* what the file should measure; UNKNOWN: that was never filled
				    in */
	uint64_t ds64;           /* where RF64 has its 64-bit lengths; 0: nowhere */
	uint64_t samples;        /* bytes of samples, as these say */
};

static uint64_t number_64(const unsigned char *p)
{
	uint64_t n = sound_number(p, false) | (uint64_t)sound_number(p + 4, false) << 32;

	return n < PLACEHOLDER_64 ? n : UNKNOWN;
}

static uint64_t number_32(const struct chunks *c, const unsigned char *p)
{
	uint32_t n = sound_number(p, c->form->big_endian);

	return n < PLACEHOLDER ? n : UNKNOWN;
}

/* ---- what libsndfile is to see ---- */

/* It mends lengths that are too long, and takes a 0 for the truth. */
static void mend_wav(struct sound_decoder *d, const struct chunks *c, const struct chunk *samples,
		     uint64_t real)
{
	uint32_t len = real < PLACEHOLDER ? (uint32_t)real : PLACEHOLDER;

	if (samples->len || !real)
		return;
	len = c->form->big_endian ? htobe32(len) : htole32(len);
	sound_mend(d, samples->pos - sizeof(len), &len, sizeof(len));
}

/* It does not know BW64, which is RF64 by another name, and believes any 64-bit length. */
static void mend_rf64(struct sound_decoder *d, const struct chunks *c, const struct chunk *samples,
		      uint64_t real)
{
	const uint64_t len = htole64(real);

	sound_mend(d, 0, "RF64\xff\xff\xff\xff", 8);
	sound_mend(d, c->ds64 + 8, &len, sizeof(len));
	sound_mend(d, samples->pos - 4, "\xff\xff\xff\xff", 4);
}

/* It does not expect the byte that fills up an odd chunk of RF64. */
static void mend_odd(struct sound_decoder *d, const struct chunk *chunk)
{
	const uint32_t len = htole32((uint32_t)chunk->len + 1);

	if (d->nmended < MENDED_MAX - RF64_MENDED)
		sound_mend(d, chunk->pos - sizeof(len), &len, sizeof(len));
}

/* It takes what follows the samples of W64 for samples. */
static void mend_w64(struct sound_decoder *d, const struct chunks *c, const struct chunk *samples,
		     uint64_t real)
{
	const uint64_t len = htole64(real + c->form->header);

	sound_mend(d, samples->pos - sizeof(len), &len, sizeof(len));
	d->size = samples->pos + real;
}

static const struct form forms[] = {
	{ "RIFF", 12, CHUNK_HEADER, 2, false, "data", mend_wav },
	{ "RIFX", 12, CHUNK_HEADER, 2, true, "data", mend_wav },
	{ "FORM", 12, CHUNK_HEADER, 2, true, "SSND", mend_wav },
	{ "RF64", 12, CHUNK_HEADER, 2, false, "data", mend_rf64 },
	{ "BW64", 12, CHUNK_HEADER, 2, false, "data", mend_rf64 },
	{ "riff", GUID + 8 + GUID, GUID + 8, 8, false, "data", mend_w64 },
};

/* ---- walking ---- */

static bool is_name(const char *p)
{
	for (int i = 0; i < 4; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	return true;
}

static uint64_t chunk_length(const struct chunks *c, const unsigned char *header)
{
	uint64_t len;

	if (c->form->header == CHUNK_HEADER)
		return number_32(c, header + 4);
	len = number_64(header + GUID);
	return len == UNKNOWN ? len : len < c->form->header ? 0 : len - c->form->header;
}

/* The chunk at @pos: 1; 0 if there is none; -errno. */
static int read_chunk(struct sound_decoder *d, struct chunks *c, uint64_t pos, struct chunk *out)
{
	unsigned char header[GUID + 8];
	int ret;

	if (pos > d->size || d->size - pos < c->form->header)
		return 0;
	ret = read_at(d->fd, header, c->form->header, pos);
	if (ret < 0)
		return sound_note_failure(d, -ret, pos);
	memcpy(out->name, header, sizeof(out->name));
	out->pos = pos + c->form->header;
	out->len = chunk_length(c, header);
	if (c->ds64 && out->len == UNKNOWN)
		out->len = c->samples;
	return is_name(out->name);
}

/* The head of the file: 0 or -errno. */
static int read_head(struct sound_decoder *d, struct chunks *c)
{
	unsigned char head[GUID + 8 + GUID] = { 0 };
	uint64_t len = d->size < sizeof(head) ? d->size : sizeof(head);
	int ret = read_at(d->fd, head, (size_t)len, 0);

	if (ret < 0)
		return sound_note_failure(d, -ret, 0);
	for (size_t i = 0; i < ARRAY_SIZE(forms); i++)
		if (!memcmp(head, forms[i].magic, 4))
			c->form = &forms[i];
	if (c->form->header == CHUNK_HEADER) {
		c->total = number_32(c, head + 4);
		if (c->total && c->total != UNKNOWN)
			c->total += CHUNK_HEADER;
	} else {
		c->total = number_64(head + GUID);
	}
	return 0;
}

/* The 64-bit lengths of RF64, which come first: of the file, and of the samples. */
static int read_ds64(struct sound_decoder *d, struct chunks *c, const struct chunk *chunk)
{
	unsigned char lengths[DS64];
	int ret;

	if (d->size - chunk->pos < sizeof(lengths))
		return 0;
	ret = read_at(d->fd, lengths, sizeof(lengths), chunk->pos);
	if (ret < 0)
		return sound_note_failure(d, -ret, chunk->pos);
	c->ds64 = chunk->pos;
	c->total = number_64(lengths);
	if (c->total && c->total != UNKNOWN)
		c->total += CHUNK_HEADER;
	c->samples = number_64(lengths + 8);
	return 0;
}

/* ---- the samples ---- */

static int check_samples(struct sound_decoder *d, const struct chunks *c,
			 const struct chunk *samples, struct err *err)
{
	uint64_t rest = d->size - samples->pos, real = samples->len;
	bool unknown = real == UNKNOWN || c->total == 0 || c->total == UNKNOWN;

	if (real > rest && !unknown)
		return err_set(err, EINVAL,
			       plural(real - rest,
				      "the %s file is incomplete: %llu of %llu bytes of samples is "
				      "missing; copy it again",
				      "the %s file is incomplete: %llu of %llu bytes of samples "
				      "are missing; copy it again"),
			       d->info.kind, (unsigned long long)(real - rest),
			       (unsigned long long)real);
	if (real > rest || (real == 0 && c->total != d->size))
		real = rest;
	c->form->mend(d, c, samples, real);
	if (real < rest && rest - real > TAIL_MAX)
		d->size = samples->pos + real;
	return 0;
}

static bool is_rf64(const struct chunks *c)
{
	return c->form->mend == mend_rf64;
}

/* A chunk before the samples of RF64: 0 or -errno. */
static int pass_rf64(struct sound_decoder *d, struct chunks *c, const struct chunk *chunk)
{
	if (chunk->len % 2)
		mend_odd(d, chunk);
	return !c->ds64 && !memcmp(chunk->name, "ds64", 4) ? read_ds64(d, c, chunk) : 0;
}

/*
 * libsndfile remembers every chunk that it sees, and looks at each byte for one where a name makes
 * no sense: it gets to see a few good ones before the samples, and no long tail behind them.
 */
int sound_check_chunks(struct sound_decoder *d, struct err *err)
{
	struct chunks c = { .form = forms };
	struct chunk chunk;
	int ret = read_head(d, &c);
	uint64_t pos = c.form->head;

	for (int i = 0; ret >= 0 && i < CHUNKS_MAX; i++) {
		ret = read_chunk(d, &c, pos, &chunk);
		if (ret <= 0)
			break;
		/* Without its 64-bit lengths libsndfile sees no samples in RF64. */
		if (!memcmp(chunk.name, c.form->samples, 4) && (c.ds64 || !is_rf64(&c)))
			return check_samples(d, &c, &chunk, err);
		if (chunk.len > d->size)
			break;
		if (is_rf64(&c))
			ret = pass_rf64(d, &c, &chunk);
		pos = chunk.pos + (chunk.len + c.form->align - 1) / c.form->align * c.form->align;
	}
	if (ret < 0)
		return sound_read_failed(d, err);
	return err_set(err, EINVAL,
		       "the %s file has no samples that burnfs can read: convert it to plain "
		       "WAV or FLAC",
		       d->info.kind);
}
