/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files are tracks, which of their bytes are samples, and where those come to lie on the
 * disc. WAV is read as the RIFF chunks say (Multimedia Programming Interface and Data
 * Specifications 1.0), from files that anybody may have written: every length is checked, and the
 * reads are bounded.
 */
#include "sound/audio.h"

#include <string.h>
#include <strings.h>

enum {
	RIFF_HEADER = 12,       /* "RIFF", length, "WAVE" */
	CHUNK_HEADER = 8,       /* name, length */
	CHUNKS_MAX = 256,       /* looked at before the samples; real files have a handful */
	FORMAT_BYTES = 16,      /* of a plain fmt chunk */
	FORMAT_EXTENDED = 40,   /* of one with a sub-format */
	FORMAT_PCM = 1,
	FORMAT_EXTENSIBLE = 0xfffe,
	RATE = 44100,
	CHANNELS = 2,
	BITS = 16,
	FRAME = CHANNELS * BITS / 8,
};

/* Streaming writers leave 0xFFFFFFFF or something like 0x7FFFF000: more than a disc holds. */
#define PLACEHOLDER 0x7fff0000U
/* No disc is near it, and 99 of them do not overflow. */
#define BYTES_MAX (UINT64_C(1) << 56)

#define TAKEN                                                                                      \
	"use WAV, AIFF, FLAC, Ogg, Opus or MP3, mono or stereo, or bare CD samples as .cdr, .raw " \
	"or .pcm"

#define bad(sound, ...) \
	((sound)->state = SOUND_BAD, err_set(&(sound)->why, EINVAL, __VA_ARGS__))

/* A file at hand. */
struct content {
	int fd;
	uint64_t size;
};

static unsigned le16(const unsigned char *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static uint32_t le32(const unsigned char *p)
{
	return le16(p) | (uint32_t)le16(p + 2) << 16;
}

/* @bytes of samples from @offset on, which is where the file has them. */
static void good(struct sound *out, uint64_t offset, uint64_t bytes)
{
	if (bytes == 0) {
		bad(out, "the file has no samples: replace or remove it");
	} else if (bytes % FRAME) {
		bad(out,
		    plural(bytes, "%llu byte is not a whole 4-byte stereo sample; " TAKEN,
			   "%llu bytes are not a whole number of 4-byte stereo samples; " TAKEN),
		    (unsigned long long)bytes);
	} else {
		out->state = SOUND_OK;
		out->offset = offset;
		out->bytes = bytes;
	}
}

static void judge_bare(const struct content *c, struct sound *out)
{
	good(out, 0, c->size);
}

/* What sound/sound.c makes of it decides. The file is looked at, not the name. */
static void judge_decoded(const struct content *c, struct sound *out)
{
	struct sound_decoder *d;

	*out = (struct sound){ .state = SOUND_BAD };
	if (sound_open(&d, c->fd, c->size, 0, &out->why) < 0)
		return;
	out->state = SOUND_OK;
	out->decoded = true;
	out->bytes = sound_info(d)->bytes;
	sound_close(d);
}

/* The tag that counts: an extensible format names the true one in the first bytes of a GUID. */
static unsigned true_tag(const unsigned char *chunk, uint32_t len)
{
	static const unsigned char guid_end[14] = {
		0x00, 0x00, 0x00, 0x00, 0x10, 0x00, 0x80, 0x00, 0x00, 0xaa, 0x00, 0x38, 0x9b, 0x71
	};
	unsigned tag = le16(chunk);

	if (tag != FORMAT_EXTENSIBLE || len < FORMAT_EXTENDED ||
	    memcmp(chunk + 26, guid_end, sizeof(guid_end)))
		return tag;
	return le16(chunk + 24);
}

/* Whether the fmt chunk of @len bytes at @pos is that of CD samples: 0 or 1; -1 with the reason. */
static int judge_format(int fd, uint64_t pos, uint32_t len, struct sound *out)
{
	unsigned char chunk[FORMAT_EXTENDED] = { 0 };
	int ret;

	if (len < FORMAT_BYTES) {
		bad(out,
		    plural(len, "the WAV header is damaged, its format has %u byte: replace or "
				"remove the file",
			   "the WAV header is damaged, its format has %u bytes: replace or remove "
			   "the file"),
		    len);
		return -1;
	}
	ret = read_at(fd, chunk, len < sizeof(chunk) ? len : sizeof(chunk), pos);
	if (ret < 0) {
		bad(out, "cannot read the WAV header: %s", strerror(-ret));
		return -1;
	}
	return true_tag(chunk, len) == FORMAT_PCM && le16(chunk + 2) == CHANNELS &&
	       le32(chunk + 4) == RATE && le16(chunk + 12) == FRAME && le16(chunk + 14) == BITS;
}

/* A data chunk at @pos that claims @len bytes where the file has @rest: as many are samples. */
static void judge_data(uint64_t pos, uint32_t len, uint64_t rest, uint32_t riff_len,
		       struct sound *out)
{
	bool unknown = len == 0 || len >= PLACEHOLDER || riff_len == 0 || riff_len >= PLACEHOLDER;
	bool whole = len && len <= rest;

	if (whole || unknown)
		*out = (struct sound){ SOUND_OK, .offset = pos, .bytes = whole ? len : rest };
	else
		bad(out,
		    plural(len - rest,
			   "the WAV file is incomplete: %llu of its %u bytes is missing; copy it "
			   "again",
			   "the WAV file is incomplete: %llu of its %u bytes are missing; copy it "
			   "again"),
		    (unsigned long long)(len - rest), len);
}

/* The chunks of a WAV up to its samples. @cd: whether these are CD samples. */
static void read_wav(const struct content *c, struct sound *out, bool *cd)
{
	unsigned char head[RIFF_HEADER];
	uint64_t pos = RIFF_HEADER;
	int format = -1;

	*cd = false;
	if (c->size < RIFF_HEADER || read_at(c->fd, head, sizeof(head), 0) < 0 ||
	    memcmp(head, "RIFF", 4) || memcmp(head + 8, "WAVE", 4)) {
		bad(out, UNREADABLE_SOUND);
		return;
	}
	for (int i = 0; i < CHUNKS_MAX && pos <= c->size && c->size - pos >= CHUNK_HEADER; i++) {
		unsigned char chunk[CHUNK_HEADER];
		uint32_t len;

		if (read_at(c->fd, chunk, sizeof(chunk), pos) < 0)
			break;
		len = le32(chunk + 4);
		pos += CHUNK_HEADER;
		if (!memcmp(chunk, "data", 4)) {
			if (format < 0)
				bad(out, "the WAV file has samples before its format: replace or "
					 "remove it");
			else
				judge_data(pos, len, c->size - pos, le32(head + 4), out);
			*cd = format == 1;
			return;
		}
		if (!memcmp(chunk, "fmt ", 4)) {
			format = judge_format(c->fd, pos, len, out);
			if (format < 0)
				return;
		}
		pos += (uint64_t)len + len % 2;
	}
	bad(out, "the WAV file has no samples: replace or remove it");
}

/*
 * CD samples in a WAV are its bytes. Any other sound is decoded, but a WAV that was cut is not: the
 * decoder would take it for a shorter one. The content decides, not the name.
 */
static void judge_sound(const struct content *c, struct sound *out)
{
	char magic[4] = "";
	bool cd;

	if (c->size < sizeof(magic) || read_at(c->fd, magic, sizeof(magic), 0) < 0 ||
	    memcmp(magic, "RIFF", 4)) {
		judge_decoded(c, out);
		return;
	}
	read_wav(c, out, &cd);
	if (out->state != SOUND_OK)
		return;
	if (cd)
		good(out, out->offset, out->bytes);
	else
		judge_decoded(c, out);
}

/* What is a sound by its name. Temporary names have other last suffixes, or a dot in front. */
enum kind { NO_SOUND, BARE, PLAIN, PACKED };

static const struct {
	const char *suffix;
	enum kind kind;
} kinds[] = {
	{ "cdr", BARE },    { "raw", BARE },    { "pcm", BARE },
	{ "wav", PLAIN },   { "wave", PLAIN },
	{ "aac", PACKED },  { "aif", PACKED },  { "aifc", PACKED }, { "aiff", PACKED },
	{ "ape", PACKED },  { "au", PACKED },   { "caf", PACKED },  { "flac", PACKED },
	{ "m4a", PACKED },  { "mp2", PACKED },  { "mp3", PACKED },  { "mpc", PACKED },
	{ "oga", PACKED },  { "ogg", PACKED },  { "opus", PACKED }, { "snd", PACKED },
	{ "rf64", PACKED }, { "spx", PACKED },  { "tta", PACKED },  { "w64", PACKED },
	{ "wma", PACKED },  { "wv", PACKED },
};

static enum kind kind_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');

	if (!dot || path[0] == '.' || strstr(path, "/."))
		return NO_SOUND;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcasecmp(dot + 1, kinds[i].suffix))
			return kinds[i].kind;
	return NO_SOUND;
}

bool audio_is_track(const char *path)
{
	return kind_of(path) != NO_SOUND;
}

bool audio_is_bare(const char *path)
{
	return kind_of(path) == BARE;
}

bool audio_is_plain(const char *path)
{
	return kind_of(path) == BARE || kind_of(path) == PLAIN;
}

static void read_tags(const struct content *c, const struct sound *sound, struct sound_tags *tags)
{
	struct sound_decoder *d;
	struct err err;

	*tags = (struct sound_tags){ "" };
	if (sound->state != SOUND_OK || sound_open(&d, c->fd, c->size, sound->bytes, &err) < 0)
		return;
	*tags = *sound_tags(d);
	sound_close(d);
}

void audio_judge(int fd, const char *path, uint64_t size, struct sound *out,
		 struct sound_tags *tags)
{
	const struct content c = { fd, size };
	enum kind kind = kind_of(path);

	*out = (struct sound){ .state = SOUND_EMPTY };
	if (kind == NO_SOUND)
		bad(out, "the name is not that of a sound file; " TAKEN);
	else if (size && kind == BARE)
		judge_bare(&c, out);
	else if (size)
		judge_sound(&c, out);
	if (tags && kind != BARE)
		read_tags(&c, out, tags);
}

/* WAV of the kinds for more than 4 GiB, which are decoded whatever they hold. */
static bool is_long_wav(const struct content *c)
{
	char magic[4];

	return c->size >= sizeof(magic) && read_at(c->fd, magic, sizeof(magic), 0) == 0 &&
	       (!memcmp(magic, "RF64", 4) || !memcmp(magic, "BW64", 4) ||
		!memcmp(magic, "riff", 4));
}

void audio_peek(int fd, const char *path, uint64_t size, struct sound *out)
{
	const struct content c = { fd, size };
	struct sound seen = { .state = SOUND_EMPTY };
	bool cd = false;

	*out = (struct sound){ .state = SOUND_UNJUDGED };
	if (kind_of(path) != PLAIN)
		return;
	read_wav(&c, &seen, &cd);
	out->decoded = !cd && (seen.state == SOUND_OK || is_long_wav(&c));
	if (!cd)
		return;
	out->offset = seen.offset;
	/* Samples that reach to the end, or shall reach beyond it, may become more. */
	if (seen.state == SOUND_OK && seen.offset + seen.bytes + FRAME <= size)
		out->bytes = seen.bytes;
}

uint64_t audio_place(const uint64_t *bytes, const unsigned *gaps, unsigned n,
		     struct audio_place *out)
{
	const uint64_t least = (uint64_t)TRACK_MIN_SECTORS * SECTOR_SIZE;
	uint64_t end = 0; /* of what is placed, in bytes; whole sectors if a gap follows */

	for (unsigned i = 0; i < n; i++) {
		uint64_t len = bytes[i] < BYTES_MAX ? bytes[i] : BYTES_MAX;
		struct audio_place *p = &out[i];

		p->padded = len < least;
		if (p->padded)
			len = least;
		p->gap = i ? gaps[i] : 0;
		p->byte = end + p->gap * SECTOR_SIZE;
		p->start = p->byte / SECTOR_SIZE;
		end = p->byte + len;
		if (i == n - 1 || gaps[i + 1])
			end = sectors_of(end) * SECTOR_SIZE;
		p->sectors = end / SECTOR_SIZE - p->start;
	}
	return end / SECTOR_SIZE;
}
