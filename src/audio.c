/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which files are tracks, which of their bytes are samples, and where those come to lie on the
 * disc. WAV is read as the RIFF chunks say (Multimedia Programming Interface and Data
 * Specifications 1.0), from files that anybody may have written: every length is checked, and the
 * reads are bounded.
 */
#include "audio.h"

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

#define TAKEN \
	"what is taken is 44.1 kHz, 16-bit, stereo WAV, or bare CD samples as .cdr, .raw or .pcm"

#define bad(sound, ...) \
	((sound)->state = SOUND_BAD, err_set(&(sound)->why, EINVAL, __VA_ARGS__))

/* What a fmt chunk says. */
struct wave_format {
	unsigned tag, channels, rate, frame, bits;
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
		bad(out, "there are no samples in it; " TAKEN);
	} else if (bytes % FRAME) {
		bad(out,
		    "%llu bytes of samples are no whole number of 4-byte stereo samples; " TAKEN,
		    (unsigned long long)bytes);
	} else {
		out->state = SOUND_OK;
		out->offset = offset;
		out->bytes = bytes;
	}
}

static void judge_bare(int fd, uint64_t size, struct sound *out)
{
	(void)fd;
	good(out, 0, size);
}

static void judge_other(int fd, uint64_t size, struct sound *out)
{
	(void)fd;
	(void)size;
	bad(out, "this kind of sound file is not decoded; " TAKEN);
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

/* Whether the fmt chunk of @len bytes at @pos is that of CD samples. */
static bool judge_format(int fd, uint64_t pos, uint32_t len, struct sound *out)
{
	unsigned char chunk[FORMAT_EXTENDED] = { 0 };
	struct wave_format f;
	int ret;

	if (len < FORMAT_BYTES) {
		bad(out, "the WAV header is damaged: its format takes %u bytes; " TAKEN, len);
		return false;
	}
	ret = read_at(fd, chunk, len < sizeof(chunk) ? len : sizeof(chunk), pos);
	if (ret < 0) {
		bad(out, "the WAV header could not be read: %s", strerror(-ret));
		return false;
	}
	f = (struct wave_format){
		.tag = true_tag(chunk, len),
		.channels = le16(chunk + 2),
		.rate = le32(chunk + 4),
		.frame = le16(chunk + 12),
		.bits = le16(chunk + 14),
	};
	if (f.tag == FORMAT_PCM && f.channels == CHANNELS && f.rate == RATE && f.bits == BITS &&
	    f.frame == FRAME)
		return true;
	bad(out,
	    "the WAV file has format %u, %u Hz, %u bits, %u channels, %u bytes a sample; " TAKEN,
	    f.tag, f.rate, f.bits, f.channels, f.frame);
	return false;
}

/* A data chunk that claims @len bytes where the file has @rest. */
static void judge_data(uint64_t pos, uint32_t len, uint64_t rest, uint32_t riff_len,
		       struct sound *out)
{
	bool unknown = len == 0 || len >= PLACEHOLDER || riff_len == 0 || riff_len >= PLACEHOLDER;

	if (len && len <= rest)
		good(out, pos, len);
	else if (unknown)
		good(out, pos, rest);
	else
		bad(out, "the WAV file was cut: %llu of its %u bytes are missing; copy it again",
		    (unsigned long long)(len - rest), len);
}

static void judge_wav(int fd, uint64_t size, struct sound *out)
{
	unsigned char head[RIFF_HEADER];
	uint64_t pos = RIFF_HEADER;
	bool format_known = false;

	if (size < RIFF_HEADER || read_at(fd, head, sizeof(head), 0) < 0 ||
	    memcmp(head, "RIFF", 4) || memcmp(head + 8, "WAVE", 4)) {
		bad(out, "the content is no WAV; " TAKEN);
		return;
	}
	for (int i = 0; i < CHUNKS_MAX && pos <= size && size - pos >= CHUNK_HEADER; i++) {
		unsigned char chunk[CHUNK_HEADER];
		uint32_t len;

		if (read_at(fd, chunk, sizeof(chunk), pos) < 0)
			break;
		len = le32(chunk + 4);
		pos += CHUNK_HEADER;
		if (!memcmp(chunk, "data", 4)) {
			if (format_known)
				judge_data(pos, len, size - pos, le32(head + 4), out);
			else
				bad(out, "the WAV file has samples before a format; " TAKEN);
			return;
		}
		if (!memcmp(chunk, "fmt ", 4)) {
			if (!judge_format(fd, pos, len, out))
				return;
			format_known = true;
		}
		pos += (uint64_t)len + len % 2;
	}
	bad(out, "no samples were found in the WAV file; " TAKEN);
}

/* What is a sound by its name. Temporary names have other last suffixes, or a dot in front. */
static const struct kind {
	const char *suffix;
	void (*judge)(int fd, uint64_t size, struct sound *out);
} kinds[] = {
	{ "wav", judge_wav },    { "wave", judge_wav },
	{ "cdr", judge_bare },   { "raw", judge_bare },   { "pcm", judge_bare },
	{ "aac", judge_other },  { "aif", judge_other },  { "aifc", judge_other },
	{ "aiff", judge_other }, { "ape", judge_other },  { "au", judge_other },
	{ "caf", judge_other },  { "flac", judge_other }, { "m4a", judge_other },
	{ "mp2", judge_other },  { "mp3", judge_other },  { "mpc", judge_other },
	{ "oga", judge_other },  { "ogg", judge_other },  { "opus", judge_other },
	{ "snd", judge_other },  { "spx", judge_other },  { "tta", judge_other },
	{ "w64", judge_other },  { "wma", judge_other },  { "wv", judge_other },
};

/* NULL for what is no track. */
static const struct kind *kind_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *dot = strrchr(slash ? slash : path, '.');

	if (!dot || path[0] == '.' || strstr(path, "/."))
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (!strcasecmp(dot + 1, kinds[i].suffix))
			return &kinds[i];
	return NULL;
}

bool audio_is_track(const char *path)
{
	return kind_of(path) != NULL;
}

bool audio_is_bare(const char *path)
{
	const struct kind *kind = kind_of(path);

	return kind && kind->judge == judge_bare;
}

void audio_judge(int fd, const char *path, uint64_t size, struct sound *out)
{
	const struct kind *kind = kind_of(path);

	*out = (struct sound){ .state = SOUND_EMPTY };
	if (!kind)
		bad(out, "the name is no sound file's; " TAKEN);
	else if (size)
		kind->judge(fd, size, out);
}

uint64_t audio_place(const uint64_t *bytes, unsigned n, unsigned gap, struct audio_place *out)
{
	const uint64_t least = (uint64_t)TRACK_MIN_SECTORS * SECTOR_SIZE;
	uint64_t end = 0; /* of what is placed, in bytes; whole sectors if there is a gap */

	for (unsigned i = 0; i < n; i++) {
		uint64_t len = bytes[i] < BYTES_MAX ? bytes[i] : BYTES_MAX;
		struct audio_place *p = &out[i];

		p->padded = len < least;
		if (p->padded)
			len = least;
		p->gap = i ? gap : 0;
		p->byte = end + p->gap * SECTOR_SIZE;
		p->start = p->byte / SECTOR_SIZE;
		end = p->byte + len;
		if (gap || i == n - 1)
			end = sectors_of(end) * SECTOR_SIZE;
		p->sectors = end / SECTOR_SIZE - p->start;
	}
	return end / SECTOR_SIZE;
}
