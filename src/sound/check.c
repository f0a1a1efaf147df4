/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the decoders do not tell, looked for before they see the file: the end of FLAC, broken pages
 * of Ogg, what would take much memory, and formats that are none of ours; sound/chunks.c does so
 * for WAV and AIFF. Reads bounded parts, of Ogg all. No locks: a decoder has one user.
 */
#include "sound/priv.h"

#include <string.h>

enum {
	OGG_HEADER = 27,         /* bytes of a page before its segment table (RFC 3533) */
	OGG_BEGINS = 2, OGG_ENDS = 4, /* flags of a page */
	PACKET_MAX = 16 << 20,   /* bytes; libsndfile has a whole one in memory, and its comments */
	ID3_HEADER = 10,
	ID3_TAGS_MAX = 16,       /* one after another */
	ID3_MAX = 16 << 20,      /* bytes of them, which libmpg123 has in memory; covers take a
				    few */
	ID3V1 = 128,             /* bytes of a tag at the end */
	APE_FOOTER = 32,
	FLAC_INFO = 8,           /* where STREAMINFO begins: behind the file's name and a header */
	FLAC_INFO_END = 42,
	FLAC_FRAME_MAX = 1 << 20, /* bytes: 65535 samples of 8 channels at 16 bits */
	FLAC_HEADER_MAX = 16,    /* bytes of a frame's header */
};

/* Where in an Ogg file, and what was seen of its stream. */
struct ogg {
	uint64_t pos, granule;   /* granule: of the last page that has one, a count of samples */
	uint32_t stream, page;   /* its number, and that of the page */
	uint64_t packet;         /* bytes so far of the one that is not at its end */
	unsigned rate;
	bool begun, ended;
	bool other;              /* a page of another stream came */
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
		rate = sound_number(packet + 12, false);
	if (len >= OGG_HEADER + 1 + 19 && !memcmp(packet, "OpusHead", 8))
		rate = OPUS_RATE;
	return rate ? rate : RATE;
}

/* A page of @len bytes is whole and the next of its stream: NULL, or what is wrong. */
static const char *ogg_next_page(struct ogg *o, const unsigned char *page, size_t len)
{
	uint64_t granule = sound_number(page + 6, false) |
			   (uint64_t)sound_number(page + 10, false) << 32;
	uint32_t stream = sound_number(page + 14, false), count = sound_number(page + 18, false);

	if (ogg_crc(o->crc, page, len) != sound_number(page + 22, false))
		return "a checksum is wrong";
	o->other = o->begun && (page[5] & OGG_BEGINS || stream != o->stream);
	if (o->other)
		return NULL;
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
	for (unsigned i = 0; i < page[26] && o->packet <= PACKET_MAX; i++)
		o->packet = page[OGG_HEADER + i] < 255 ? 0 : o->packet + 255;
	o->pos += len;
	return NULL;
}

/* One stream after the other, or side by side. */
static int refuse_streams(const struct sound_decoder *d, const struct ogg *o, struct err *err)
{
	if (o->ended || o->granule)
		return sound_joined(d, o->granule, o->rate, err);
	return err_set(err, EINVAL,
		       "the %s file has several streams at once: convert it to WAV or FLAC "
		       "first",
		       d->info.kind);
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
		const char *wrong = o.ended ? NULL : "a page is damaged or incomplete";
		int len = ogg_read_page(d, &o);

		if (len < 0) {
			sound_note_failure(d, -len, o.pos);
			return sound_read_failed(d, err);
		}
		if (len > 0)
			wrong = ogg_next_page(&o, d->in.page, (size_t)len);
		if (o.other)
			return refuse_streams(d, &o, err);
		if (wrong)
			return sound_damaged(d, wrong, o.granule, o.rate, err);
		if (o.packet > PACKET_MAX)
			return err_set(err, EINVAL,
				       "the header of the Ogg file has more than %d MiB: "
				       "remove the pictures from its tags",
				       PACKET_MAX >> 20);
		if (len == 0)
			break;
	}
	return 0;
}

/* What a FLAC file says of itself (RFC 9639). */
struct flac {
	unsigned block;          /* samples of a frame, but for the last one */
	uint64_t total;          /* samples; 0: not known */
	unsigned char depth;     /* what shares a byte with it */
	uint64_t start, end;     /* where its frames can lie in the file */
};

/* Tags that others put behind FLAC: APEv2, which has its length in its last bytes, and ID3v1. */
static int find_flac_end(const struct sound_decoder *d, struct flac *f)
{
	unsigned char tail[ID3V1] = { 0 };
	uint64_t ape;
	int ret = 0;

	f->end = d->size;
	if (f->end - f->start >= ID3V1)
		ret = read_at(d->fd, tail, ID3V1, f->end - ID3V1);
	if (!memcmp(tail, "TAG", 3))
		f->end -= ID3V1;
	if (ret == 0 && f->end - f->start >= APE_FOOTER)
		ret = read_at(d->fd, tail, APE_FOOTER, f->end - APE_FOOTER);
	ape = sound_number(tail + 12, false) + (tail[23] & 0x80 ? (uint64_t)APE_FOOTER : 0);
	if (!memcmp(tail, "APETAGEX", 8) && ape <= f->end - f->start)
		f->end -= ape;
	return ret;
}

/* The number in a frame's header, which is made like a character of UTF-8; its length, or 0. */
static unsigned flac_number(const unsigned char *p, uint64_t *value)
{
	unsigned len = 0;

	while (len < 8 && p[0] & 0x80 >> len)
		len++;
	if (len == 1 || len == 8)
		return 0;
	*value = p[0] & 0x7f >> len;
	for (unsigned i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		*value = *value << 6 | (p[i] & 0x3f);
	}
	return len ? len : 1;
}

/* The checksum of a frame's header: polynomial 0x07. */
static unsigned char flac_crc8(const unsigned char *p, size_t len)
{
	unsigned crc = 0;

	while (len--) {
		crc ^= *p++;
		for (int bit = 0; bit < 8; bit++)
			crc = (crc << 1 ^ (crc & 0x80 ? 0x07 : 0)) & 0xff;
	}
	return (unsigned char)crc;
}

/* The number of samples up to the end of the frame with this header; 0: it is none. */
static uint64_t flac_samples(const struct flac *f, const unsigned char head[FLAC_HEADER_MAX])
{
	unsigned code = head[2] >> 4, rate = head[2] & 15, len;
	uint64_t at, block = code == 1 ? 192 : code < 6 ? 144u << code : 1u << code;

	if (head[0] != 0xff || (head[1] & 0xfe) != 0xf8 || code == 0)
		return 0;
	len = flac_number(head + 4, &at);
	if (len == 0)
		return 0;
	len += 4;
	if (code == 6)
		block = head[len] + 1u;
	else if (code == 7)
		block = ((unsigned)head[len] << 8 | head[len + 1]) + 1u;
	len += code == 6 ? 1 : code == 7 ? 2 : 0;
	len += rate == 12 ? 1 : rate == 13 || rate == 14 ? 2 : 0;
	if (flac_crc8(head, len) != head[len])
		return 0;
	return (head[1] & 1 ? at : at * f->block) + block;
}

static int flac_frame_end(const struct sound_decoder *d, const struct flac *f, uint64_t pos,
			  uint64_t *samples)
{
	unsigned char head[FLAC_HEADER_MAX] = { 0 };
	uint64_t rest = f->end - pos;
	int ret = read_at(d->fd, head, rest < sizeof(head) ? rest : sizeof(head), pos);

	if (ret == 0)
		*samples = flac_samples(f, head);
	return ret;
}

/*
 * What the last frame says of the end, 0 if no whole one ends there. Backwards, so that one pass
 * finds it: @crc is that of all from the place on (CRC-16, polynomial 0x8005), and 0 where a frame
 * begins that is whole, for it ends with its checksum. Zeros behind it change nothing.
 */
static int flac_last_frame(struct sound_decoder *d, const struct flac *f, uint64_t *samples)
{
	unsigned char *part = d->in.page;
	uint64_t least = f->end - f->start > FLAC_FRAME_MAX ? f->end - FLAC_FRAME_MAX : f->start;
	uint16_t crc = 0, power = 1;
	int ret;

	*samples = 0;
	for (uint64_t pos = f->end, len; pos > least;) {
		len = pos - least < sizeof(d->in.page) ? pos - least : sizeof(d->in.page);
		pos -= len;
		ret = read_at(d->fd, part, len, pos);
		while (ret == 0 && len-- > 0) {
			for (int bit = 0; bit < 8; bit++) {
				crc ^= part[len] >> bit & 1 ? power : 0;
				power = (uint16_t)(power << 1 ^ (power & 0x8000 ? 0x8005 : 0));
			}
			if (crc == 0 && part[len] == 0xff)
				ret = flac_frame_end(d, f, pos + len, samples);
			if (*samples)
				return 0;
		}
		if (ret < 0)
			return ret;
	}
	return 0;
}

/* STREAMINFO, which comes first: 0, 1 if it does not, or -errno. */
static int read_flac_info(const struct sound_decoder *d, struct flac *f)
{
	unsigned char head[FLAC_INFO_END] = { 0 }, *info = head + FLAC_INFO;
	int ret = 0;

	if (d->size - f->start >= sizeof(head))
		ret = read_at(d->fd, head, sizeof(head), f->start);
	if (ret < 0 || (head[4] & 0x7f) != 0 || head[7] != FLAC_INFO_END - FLAC_INFO)
		return ret < 0 ? ret : 1;
	f->block = (unsigned)info[2] << 8 | info[3];
	f->depth = info[13] & 0xf0;
	f->total = (uint64_t)(info[13] & 15) << 32 | sound_number(info + 14, true);
	f->start += sizeof(head);
	return find_flac_end(d, f);
}

/* Zeros at the end are mostly not FLAC's, and then libFLAC stumbles over them. */
static bool ends_in_zeros(const struct sound_decoder *d)
{
	uint32_t last;

	return read_at(d->fd, &last, sizeof(last), d->size - sizeof(last)) == 0 && last == 0;
}

/* A total of 0 has libsndfile go on to the last frame. */
static void hide_flac_total(struct sound_decoder *d, const struct flac *f)
{
	const unsigned char total[5] = { f->depth };

	d->told = f->total;
	sound_mend(d, d->begin + FLAC_INFO + 13, total, sizeof(total));
}

/*
 * libFLAC ends where the header says that it ends, and libsndfile calls the end of a cut file an
 * end. Where the last frame and the header differ, all are counted.
 */
static int check_flac(struct sound_decoder *d, struct err *err)
{
	struct flac f = { .start = d->begin };
	uint64_t samples = 0;
	int ret = read_flac_info(d, &f);

	if (ret == 0)
		ret = flac_last_frame(d, &f, &samples);
	if (ret < 0) {
		sound_note_failure(d, -ret, f.start);
		return sound_read_failed(d, err);
	}
	if (ret > 0)
		return err_set(err, EINVAL,
			       "the FLAC file is damaged: its stream information is missing; "
			       "copy or make it again");
	if (!samples)
		return err_set(err, EINVAL,
			       "the FLAC file is incomplete, or has data after its last "
			       "frame; copy or make it again");
	d->size = f.end;
	if (f.total && (f.total != samples || ends_in_zeros(d)))
		hide_flac_total(d, &f);
	return 0;
}

/*
 * What a file begins with. libsndfile knows two dozen formats more, for which nobody has written
 * music in decades: it does not get to see them.
 */
static const struct beginning {
	const char *magic, *kind;
	bool tagged;             /* ID3 may come first */
	int (*check)(struct sound_decoder *, struct err *);
} beginnings[] = {
	{ "RIFF", "WAV", false, sound_check_chunks },
	{ "RIFX", "WAV", false, sound_check_chunks },
	{ "RF64", "RF64", false, sound_check_chunks },
	{ "BW64", "BW64", false, sound_check_chunks },
	{ "riff", "W64", false, sound_check_chunks },
	{ "FORM", "AIFF", false, sound_check_chunks },
	{ "fLaC", "FLAC", true, check_flac },
	{ "OggS", "Ogg", false, check_ogg },
};

/* Bytes of the tags in front (ID3v2: seven bits in each byte of a length; a footer may follow). */
static uint64_t skip_id3(struct sound_decoder *d)
{
	unsigned char id3[ID3_HEADER];
	uint64_t pos = 0;
	int i;

	for (i = 0; i <= ID3_TAGS_MAX; i++) {
		if (pos > d->size || d->size - pos < sizeof(id3) ||
		    read_at(d->fd, id3, sizeof(id3), pos) < 0 || memcmp(id3, "ID3", 3))
			break;
		pos += sizeof(id3);
		pos += (uint64_t)(id3[6] & 0x7f) << 21 | (uint64_t)(id3[7] & 0x7f) << 14 |
		       (uint64_t)(id3[8] & 0x7f) << 7 | (id3[9] & 0x7f);
		pos += id3[5] & 0x10 ? sizeof(id3) : 0;
	}
	d->untitled = pos > ID3_MAX || i > ID3_TAGS_MAX;
	return pos;
}

/* The frames begin at @pos, which is behind the tags, or a little later. */
static int check_mp3(struct sound_decoder *d, uint64_t pos, const unsigned char head[4],
		     struct err *err)
{
	uint64_t frames = pos;
	int ret = sound_find_mp3(d, pos, &frames);

	if (ret < 0)
		return sound_read_failed(d, err);
	d->info.kind = "MP3";
	d->mpeg = ret > 0 || pos || (head[0] == 0xff && (head[1] & 0xe0) == 0xe0);
	if (!d->mpeg)
		return err_set(err, EINVAL, UNREADABLE_SOUND);
	d->junk_at = pos;
	d->junk_len = ret > 0 ? frames - pos : 0;
	d->size -= d->junk_len;
	return 0;
}

int sound_check(struct sound_decoder *d, struct err *err)
{
	uint64_t pos = d->begin = skip_id3(d);
	unsigned char head[4] = { 0 };
	int ret = pos < d->size && d->size - pos >= sizeof(head) ?
		  read_at(d->fd, head, sizeof(head), pos) : 0;

	if (ret < 0) {
		sound_note_failure(d, -ret, pos);
		return sound_read_failed(d, err);
	}
	for (size_t i = 0; i < ARRAY_SIZE(beginnings); i++) {
		const struct beginning *b = &beginnings[i];

		if (memcmp(head, b->magic, sizeof(head)) || (pos && !b->tagged))
			continue;
		d->info.kind = b->kind;
		return b->check(d, err);
	}
	return check_mp3(d, pos, head, err);
}

