/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the decoders do not tell, looked for before they see the file: cut and endless chunks of WAV
 * and AIFF, broken pages of Ogg, and formats that are none of ours. Reads bounded parts, of Ogg
 * all. No locks: a decoder has one user.
 */
#include "sound_priv.h"

#include <endian.h>
#include <string.h>

enum {
	CHUNKS_MAX = 256,        /* before the samples; real files have a handful */
	TAIL_MAX = 1 << 20,      /* bytes behind them, of titles and pictures */
	CHUNK_HEADER = 8,        /* name, length */
	RIFF_HEADER = 12,        /* name, length, name */
	OGG_HEADER = 27,         /* bytes of a page before its segment table (RFC 3533) */
	OGG_BEGINS = 2, OGG_ENDS = 4, /* flags of a page */
	ID3_HEADER = 10,
};

/* Streaming writers leave 0xFFFFFFFF, 0x7FFFF000 or 0x7F000000: more than a disc holds. */
#define PLACEHOLDER 0x7f000000U

static uint32_t number(const unsigned char *p, bool big_endian)
{
	uint32_t little = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

	return big_endian ? __builtin_bswap32(little) : little;
}

/* What a WAV or AIFF file says of itself. */
struct chunks {
	bool big_endian, aiff;
	uint32_t total;          /* of the file behind its name and this number */
};

/* The chunk of the samples claims @len bytes from @pos on. */
static int check_samples(struct sound_decoder *d, const struct chunks *c, uint64_t pos,
			 uint32_t len, struct err *err)
{
	uint64_t rest = d->size - pos;
	bool unknown = len >= PLACEHOLDER || c->total == 0 || c->total >= PLACEHOLDER;
	uint32_t known;

	if (len > rest && !unknown)
		return err_set(err, EINVAL, "the %s file was cut: %llu of %u bytes of samples are "
			       "missing; copy it again", d->info.kind,
			       (unsigned long long)(len - rest), len);
	/* libsndfile mends lengths that are too long, and takes a 0 for the truth. */
	if (len == 0 && rest && (uint64_t)c->total + CHUNK_HEADER != d->size) {
		known = rest < PLACEHOLDER ? (uint32_t)rest : PLACEHOLDER;
		known = c->big_endian ? htobe32(known) : htole32(known);
		memcpy(d->length, &known, sizeof(known));
		d->length_at = pos - sizeof(known);
	} else if (len < rest && rest - len > TAIL_MAX) {
		d->size = pos + len;
	}
	return 0;
}

static bool is_name(const unsigned char *p)
{
	for (int i = 0; i < 4; i++)
		if (p[i] < ' ' || p[i] > '~')
			return false;
	return true;
}

/*
 * Look for the samples of WAV and AIFF, which are made of chunks alike. libsndfile remembers every
 * chunk that it sees, and looks at each byte for one where a name makes no sense: it gets to see a
 * few good ones before the samples, and no long tail behind them.
 */
static int check_chunks(struct sound_decoder *d, struct err *err)
{
	unsigned char chunk[CHUNK_HEADER] = { 0 };
	uint64_t pos = RIFF_HEADER;
	struct chunks c;
	int ret = d->size < RIFF_HEADER ? 0 : read_at(d->fd, chunk, sizeof(chunk), 0);

	c.aiff = !memcmp(chunk, "FORM", 4);
	c.big_endian = c.aiff || !memcmp(chunk, "RIFX", 4);
	c.total = number(chunk + 4, c.big_endian);
	for (int i = 0; i < CHUNKS_MAX && pos <= d->size && d->size - pos >= CHUNK_HEADER; i++) {
		uint32_t len;

		ret = read_at(d->fd, chunk, sizeof(chunk), pos);
		if (ret < 0 || !is_name(chunk))
			break;
		len = number(chunk + 4, c.big_endian);
		pos += CHUNK_HEADER;
		if (!memcmp(chunk, c.aiff ? "SSND" : "data", 4))
			return check_samples(d, &c, pos, len, err);
		pos += (uint64_t)len + len % 2;
	}
	if (ret < 0) {
		sound_note_failure(d, -ret, pos);
		return sound_read_failed(d, err);
	}
	return err_set(err, EINVAL, "no samples were found in the %s file: it is damaged, or of a "
		       "variety that is not decoded", d->info.kind);
}

/* Where in an Ogg file, and what was seen of its stream. */
struct ogg {
	uint64_t pos, granule;   /* granule: of the last page that has one, a count of samples */
	uint32_t stream, page;   /* its number, and that of the page */
	unsigned rate;
	bool begun, ended;
	uint32_t crc[256];
};

/* The checksum of Ogg pages (RFC 3533): polynomial 0x04c11db7, nothing reflected or inverted. */
static void ogg_crc_table(uint32_t *table)
{
	for (uint32_t i = 0; i < 256; i++) {
		table[i] = i << 24;
		for (int bit = 0; bit < 8; bit++)
			table[i] = table[i] << 1 ^ (table[i] >> 31 ? 0x04c11db7 : 0);
	}
}

static uint32_t ogg_crc(const uint32_t *table, const unsigned char *page, size_t len)
{
	uint32_t crc = 0;

	for (size_t i = 0; i < len; i++)
		crc = crc << 8 ^ table[crc >> 24 ^ (i >= 22 && i < 26 ? 0 : page[i])];
	return crc;
}

/* Read the page at @o->pos into `in`: its length, 0 if there is no whole page, or -errno. */
static int ogg_read_page(struct sound_decoder *d, const struct ogg *o)
{
	unsigned char *page = d->in.page;
	uint64_t rest = d->size - o->pos;
	size_t len = OGG_HEADER;
	int ret;

	if (rest < len)
		return 0;
	ret = read_at(d->fd, page, len, o->pos);
	if (ret < 0 || memcmp(page, "OggS", 4) || rest < len + page[26])
		return ret;
	ret = read_at(d->fd, page + len, page[26], o->pos + len);
	if (ret < 0)
		return ret;
	for (unsigned i = 0; i < page[26]; i++)
		len += page[OGG_HEADER + i];
	len += page[26];
	if (rest < len)
		return 0;
	ret = read_at(d->fd, page, len, o->pos);
	return ret < 0 ? ret : (int)len;
}

/* The rate that a stream counts in, by its first page, of @len bytes: for sentences only. */
static unsigned ogg_rate(const unsigned char *page, size_t len)
{
	const unsigned char *packet = page + OGG_HEADER + 1;
	uint32_t rate = 0;

	if (len >= OGG_HEADER + 1 + 30 && !memcmp(packet, "\x01vorbis", 7))
		rate = number(packet + 12, false);
	if (len >= OGG_HEADER + 1 + 19 && !memcmp(packet, "OpusHead", 8))
		rate = OPUS_RATE;
	return rate ? rate : RATE;
}

/* A page of @len bytes is whole and the next of its stream: NULL, or what is wrong. */
static const char *ogg_next_page(struct ogg *o, const unsigned char *page, size_t len)
{
	uint64_t granule = number(page + 6, false) | (uint64_t)number(page + 10, false) << 32;
	uint32_t stream = number(page + 14, false), count = number(page + 18, false);

	if (ogg_crc(o->crc, page, len) != number(page + 22, false))
		return "a checksum is wrong";
	if (o->begun && (page[5] & OGG_BEGINS || stream != o->stream))
		return "a second stream begins, and only files of one are decoded";
	if (o->begun && count != o->page + 1)
		return "pages are missing";
	if (!o->begun)
		o->rate = ogg_rate(page, len);
	o->begun = true;
	o->stream = stream;
	o->page = count;
	o->ended = page[5] & OGG_ENDS;
	if (granule != UINT64_MAX)
		o->granule = granule;
	o->pos += len;
	return NULL;
}

/*
 * libsndfile leaves out broken and missing pages without a word, and does not read on where a
 * second stream follows the first. It gets to see whole pages only: it loses some memory on every
 * file whose first ones it cannot read.
 */
static int check_ogg(struct sound_decoder *d, struct err *err)
{
	struct ogg o = { .rate = RATE };

	ogg_crc_table(o.crc);
	while (o.pos < d->size) {
		const char *wrong = o.ended ? NULL : "a page is broken, or was cut";
		int len = ogg_read_page(d, &o);

		if (len < 0) {
			sound_note_failure(d, -len, o.pos);
			return sound_read_failed(d, err);
		}
		if (len > 0)
			wrong = ogg_next_page(&o, d->in.page, (size_t)len);
		if (wrong)
			return sound_damaged(d, wrong, o.granule, o.rate, err);
		if (len == 0)
			break;
	}
	return 0;
}

/*
 * What a file begins with. libsndfile knows two dozen formats more, for which nobody has written
 * music in decades: it does not get to see them.
 */
static const struct beginning {
	const char *magic, *kind;
	int (*check)(struct sound_decoder *, struct err *);
} beginnings[] = {
	{ "RIFF", "WAV", check_chunks },  { "RIFX", "WAV", check_chunks },
	{ "FORM", "AIFF", check_chunks }, { "fLaC", "FLAC", NULL },
	{ "OggS", "Ogg", check_ogg },
};

/* Bytes of the tag in front (ID3v2: seven bits in each byte of its length). */
static uint64_t skip_id3(const struct sound_decoder *d)
{
	unsigned char id3[ID3_HEADER];

	if (d->size < sizeof(id3) || read_at(d->fd, id3, sizeof(id3), 0) < 0 ||
	    memcmp(id3, "ID3", 3))
		return 0;
	return sizeof(id3) + ((uint64_t)(id3[6] & 0x7f) << 21 | (uint64_t)(id3[7] & 0x7f) << 14 |
			      (uint64_t)(id3[8] & 0x7f) << 7 | (id3[9] & 0x7f));
}

int sound_check(struct sound_decoder *d, struct err *err)
{
	uint64_t pos = skip_id3(d);
	unsigned char head[4] = { 0 };
	int ret = pos < d->size && d->size - pos >= sizeof(head) ?
		  read_at(d->fd, head, sizeof(head), pos) : 0;

	if (ret < 0) {
		sound_note_failure(d, -ret, pos);
		return sound_read_failed(d, err);
	}
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		const struct beginning *b = &beginnings[i];

		if (memcmp(head, b->magic, sizeof(head)) || (pos && b->check))
			continue;
		d->info.kind = b->kind;
		return b->check ? b->check(d, err) : 0;
	}
	d->info.kind = "MP3";
	d->mpeg = pos || (head[0] == 0xff && (head[1] & 0xe0) == 0xe0);
	if (d->mpeg)
		return 0;
	return err_set(err, EINVAL, "the content is no sound that is decoded: WAV, AIFF, FLAC, Ogg "
		       "Vorbis, Opus and MP3 are");
}

