/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sound file as libsndfile and libmpg123 see it: what they read of it, which codings are taken of
 * them, their samples in blocks, and the titles. No locks: a decoder has one user.
 */
#include "sound/priv.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	RATE_MIN = 4000,
	RATE_MAX = 384000,
	MP3_SLACK = 2 * 1152,    /* samples that MP3 encoders miscount: two frames */
};

/* Floating point of a louder sample than this is none. Full scale is 1. */
#define LOUDEST 65536.0

/* ---- words ---- */

int sound_note_failure(struct sound_decoder *d, int code, uint64_t pos)
{
	d->failed = code;
	d->failed_at = pos;
	return -code;
}

int sound_read_failed(const struct sound_decoder *d, struct err *err)
{
	return err_set(err, EIO, "cannot read the file at byte %llu: %s",
		       (unsigned long long)d->failed_at, strerror(d->failed));
}

struct place sound_place(uint64_t frames, unsigned rate)
{
	uint64_t seconds = frames / rate;
	struct place p;

	snprintf(p.text, sizeof(p.text), "%llu:%02u", (unsigned long long)(seconds / 60),
		 (unsigned)(seconds % 60));
	return p;
}

int sound_fault(const struct sound_decoder *d)
{
	return d->info.bytes ? EIO : EINVAL;
}

int sound_damaged(const struct sound_decoder *d, const char *how, uint64_t frames, unsigned rate,
		   struct err *err)
{
	return err_set(err, sound_fault(d), "the %s file is damaged at %s (%s); copy or make it "
		       "again", d->info.kind, sound_place(frames, rate).text, how);
}

int sound_joined(const struct sound_decoder *d, uint64_t frames, unsigned rate, struct err *err)
{
	return err_set(err, sound_fault(d),
		       "the %s file continues after its end at %s, as joined files "
		       "do: convert it to WAV or FLAC first",
		       d->info.kind, sound_place(frames, rate).text);
}

/* ---- the file ---- */

static sf_count_t file_length(void *data)
{
	const struct sound_decoder *d = data;

	return (sf_count_t)d->size;
}

static sf_count_t file_tell(void *data)
{
	const struct sound_decoder *d = data;

	return (sf_count_t)d->offset;
}

/* No farther than to the end: behind it libsndfile takes the rest of a chunk for 4 GiB. */
static sf_count_t file_seek(sf_count_t offset, int whence, void *data)
{
	struct sound_decoder *d = data;
	sf_count_t from = whence == SEEK_CUR ? (sf_count_t)d->offset :
			  whence == SEEK_END ? (sf_count_t)d->size : 0;
	sf_count_t to;

	if (__builtin_add_overflow(from, offset, &to) || to < 0)
		return -1;
	d->offset = (uint64_t)to < d->size ? (uint64_t)to : d->size;
	return (sf_count_t)d->offset;
}

uint32_t sound_number(const unsigned char *p, bool big_endian)
{
	uint32_t little = p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;

	return big_endian ? __builtin_bswap32(little) : little;
}

void sound_mend(struct sound_decoder *d, uint64_t at, const void *bytes, unsigned len)
{
	struct mended *m = &d->mended[d->nmended++];

	m->at = at;
	m->len = len;
	memcpy(m->bytes, bytes, len);
}

/* Where in the file that is what the decoder sees at @offset. */
static uint64_t place_of(const struct sound_decoder *d, uint64_t offset)
{
	return offset < d->junk_at ? offset : offset + d->junk_len;
}

/* What was read to @buf, as the decoder is to see it. */
static void mend(const struct sound_decoder *d, unsigned char *buf, uint64_t len)
{
	for (const struct mended *m = d->mended; m < d->mended + d->nmended; m++)
		for (unsigned i = 0; i < m->len; i++)
			if (m->at + i >= d->offset && m->at + i - d->offset < len)
				buf[m->at + i - d->offset] = m->bytes[i];
}

/*
 * Never less than 0: libsndfile hands the number on to libFLAC as a size. A failure is the end of
 * the file, for libsndfile looks for the next chunk until it is there.
 */
static sf_count_t file_read(void *buf, sf_count_t count, void *data)
{
	struct sound_decoder *d = data;
	uint64_t len = count > 0 ? (uint64_t)count : 0;
	int ret;

	if (d->failed)
		d->offset = d->size;
	if (d->offset >= d->size)
		return 0;
	if (len > d->size - d->offset)
		len = d->size - d->offset;
	if (d->offset < d->junk_at && len > d->junk_at - d->offset)
		len = d->junk_at - d->offset;
	ret = read_at(d->fd, buf, (size_t)len, place_of(d, d->offset));
	if (ret < 0) {
		sound_note_failure(d, -ret, place_of(d, d->offset));
		d->offset = d->size;
		return 0;
	}
	mend(d, buf, len);
	d->offset += len;
	if (d->reached < d->offset)
		d->reached = d->offset;
	return (sf_count_t)len;
}

static sf_count_t file_write(const void *buf, sf_count_t count, void *data)
{
	(void)buf;
	(void)count;
	(void)data;
	return 0;
}

/* ---- what is taken ---- */

static const struct coding codings[] = {
	{ SF_FORMAT_PCM_S8, NARROW | PLAIN | TOLD, NULL },
	{ SF_FORMAT_PCM_U8, NARROW | PLAIN | TOLD, NULL },
	{ SF_FORMAT_PCM_16, NARROW | PLAIN | TOLD, NULL },
	{ SF_FORMAT_PCM_24, PLAIN | TOLD, NULL },
	{ SF_FORMAT_PCM_32, PLAIN | TOLD, NULL },
	{ SF_FORMAT_FLOAT, PLAIN | TOLD, NULL },
	{ SF_FORMAT_DOUBLE, PLAIN | TOLD, NULL },
	{ SF_FORMAT_ULAW, NARROW | PLAIN | TOLD, NULL },
	{ SF_FORMAT_ALAW, NARROW | PLAIN | TOLD, NULL },
	{ SF_FORMAT_IMA_ADPCM, NARROW, NULL },
	{ SF_FORMAT_MS_ADPCM, NARROW, NULL },
	{ SF_FORMAT_VORBIS, TOLD, "Ogg Vorbis" },
	{ SF_FORMAT_OPUS, TOLD, "Opus" },
};

/* By layer, of which there are three. */
static const struct coding mpeg_codings[] = {
	{ SF_FORMAT_MPEG_LAYER_I, TOLD, "MP1" },
	{ SF_FORMAT_MPEG_LAYER_II, TOLD, "MP2" },
	{ SF_FORMAT_MPEG_LAYER_III, TOLD, "MP3" },
};

static const int containers[] = {
	SF_FORMAT_WAV,  SF_FORMAT_WAVEX, SF_FORMAT_RF64, SF_FORMAT_W64,
	SF_FORMAT_AIFF, SF_FORMAT_FLAC,  SF_FORMAT_OGG,
};

static int find_coding(struct sound_decoder *d, struct err *err)
{
	bool taken = false;

	if (d->mpeg)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(codings); i++)
		if (codings[i].format == (d->sf.format & SF_FORMAT_SUBMASK))
			d->coding = &codings[i];
	for (size_t i = 0; i < ARRAY_SIZE(containers); i++)
		taken = taken || containers[i] == (d->sf.format & SF_FORMAT_TYPEMASK);
	if (!d->coding || !taken)
		return err_set(err, EINVAL,
			       "burnfs cannot decode this coding of the %s file (%#x): "
			       "convert it to plain WAV or FLAC",
			       d->info.kind, (unsigned)d->sf.format);
	if (d->coding->kind)
		d->info.kind = d->coding->kind;
	return 0;
}

static int check_sound(struct sound_decoder *d, struct err *err)
{
	if (d->sf.channels < 1 || d->sf.channels > CHANNELS_MAX)
		return err_set(err, EINVAL,
			       "the %s file has %d channels, and a CD has 2: mix it down to "
			       "stereo first",
			       d->info.kind, d->sf.channels);
	if (d->sf.samplerate < RATE_MIN || d->sf.samplerate > RATE_MAX)
		return err_set(err, EINVAL,
			       "the sample rate of the %s file is %d Hz: convert it to one "
			       "from %d to %d",
			       d->info.kind, d->sf.samplerate, RATE_MIN, RATE_MAX);
	d->info.channels = (unsigned)d->sf.channels;
	d->info.rate = (unsigned)d->sf.samplerate;
	return 0;
}

/* ---- opening, and opening again ---- */

void sound_file_close(struct sound_decoder *d)
{
	if (d->file)
		sf_close(d->file);
	mpg123_delete(d->mp3);
	soxr_delete(d->resampler);
	d->file = NULL;
	d->mp3 = NULL;
	d->resampler = NULL;
}

static int open_failed(const struct sound_decoder *d, struct err *err)
{
	if (d->failed)
		return sound_read_failed(d, err);
	return err_set(err, sound_fault(d),
		       "the %s file is damaged or of an unknown variant: convert it "
		       "to plain WAV or FLAC",
		       d->info.kind);
}

static ssize_t mp3_read(void *data, void *buf, size_t len)
{
	const struct sound_decoder *d = data;
	sf_count_t n = file_read(buf, (sf_count_t)len, data);

	return d->failed ? -1 : (ssize_t)n;
}

static off_t mp3_seek(void *data, off_t offset, int whence)
{
	return (off_t)file_seek(offset, whence, data);
}

/*
 * MP3 goes past libsndfile, which takes a guess from the size of the file for the length where the
 * file does not tell it and never decodes more than that, and has libmpg123 write to stderr about
 * every frame that it does not like. The tags before the first frame were looked at; what it takes
 * for one later is passed over, however large.
 */
static int open_mp3(struct sound_decoder *d)
{
	const long flags = MPG123_QUIET | MPG123_FORCE_FLOAT | MPG123_GAPLESS |
			   MPG123_NO_FRANKENSTEIN | MPG123_NO_RESYNC |
			   (d->untitled ? MPG123_SKIP_ID3V2 : 0);
	struct mpg123_frameinfo frame;
	int channels, encoding;
	long rate;

	d->mp3 = mpg123_new(NULL, NULL);
	if (!d->mp3 || mpg123_param(d->mp3, MPG123_ADD_FLAGS, flags, 0) != MPG123_OK ||
	    mpg123_param(d->mp3, MPG123_REMOVE_FLAGS, MPG123_AUTO_RESAMPLE, 0) != MPG123_OK ||
	    mpg123_replace_reader_handle(d->mp3, mp3_read, mp3_seek, NULL) != MPG123_OK ||
	    mpg123_open_handle(d->mp3, d) != MPG123_OK ||
	    mpg123_getformat(d->mp3, &rate, &channels, &encoding) != MPG123_OK ||
	    mpg123_info(d->mp3, &frame) != MPG123_OK ||
	    mpg123_param(d->mp3, MPG123_ADD_FLAGS, MPG123_SKIP_ID3V2, 0) != MPG123_OK ||
	    encoding != MPG123_ENC_FLOAT_32 ||
	    frame.layer < 1 || frame.layer > (int)ARRAY_SIZE(mpeg_codings))
		return -EINVAL;
	d->coding = &mpeg_codings[frame.layer - 1];
	d->info.kind = d->coding->kind;
	d->sf = (SF_INFO){ .samplerate = (int)rate, .channels = channels,
			   .format = SF_FORMAT_MPEG | d->coding->format };
	return 0;
}

/* Whether a frame of MPEG begins at @offset. */
static bool is_mpeg(const struct sound_decoder *d, uint64_t offset)
{
	unsigned char head[2];

	return offset < d->size && d->size - offset > sizeof(head) &&
	       read_at(d->fd, head, sizeof(head), place_of(d, offset)) == 0 && head[0] == 0xff &&
	       (head[1] & 0xe0) == 0xe0;
}

/*
 * Count the frames of MP3, by their headers alone. The first one may tell how many there are, and
 * then no more are decoded; that it does is seen by the encoder's delay, which it has as well.
 */
static int scan_mp3(struct sound_decoder *d, struct err *err)
{
	off_t told = mpg123_length(d->mp3);
	int ret, trouble;
	unsigned rate = (unsigned)d->sf.samplerate;
	uint64_t frames;
	long delay = -1;

	mpg123_getstate(d->mp3, MPG123_ENC_DELAY, &delay, NULL);
	d->reached = 0;
	ret = mpg123_scan(d->mp3);
	trouble = mpg123_errcode(d->mp3);
	d->sf.frames = mpg123_length(d->mp3);
	if (ret != MPG123_OK || d->failed || d->sf.frames < 0)
		return open_failed(d, err);
	frames = (uint64_t)d->sf.frames;
	if (trouble == MPG123_OUT_OF_SYNC)
		return sound_damaged(d, "no frame follows", frames, rate, err);
	if (delay >= 0 && d->sf.frames + MP3_SLACK < told)
		return err_set(err, sound_fault(d),
			       "the %s file is incomplete: it has %llu of its %lld "
			       "samples; copy or make it again",
			       d->info.kind, (unsigned long long)frames, (long long)told);
	if (delay >= 0 && is_mpeg(d, d->reached))
		return sound_joined(d, frames, rate, err);
	return 0;
}

/*
 * Opus is decoded at 48 kHz, whatever the rate of what it was made from: at less, libsndfile rounds
 * the number of frames down and decodes one more.
 */
static void open_opus(struct sound_decoder *d)
{
	int rate = OPUS_RATE;

	if ((d->sf.format & SF_FORMAT_SUBMASK) != SF_FORMAT_OPUS)
		return;
	sf_command(d->file, SFC_SET_ORIGINAL_SAMPLERATE, &rate, sizeof(rate));
	sf_command(d->file, SFC_GET_CURRENT_SF_INFO, &d->sf, sizeof(d->sf));
}

static int open_sndfile(struct sound_decoder *d)
{
	SF_VIRTUAL_IO io = { file_length, file_seek, file_read, file_write, file_tell };

	d->sf = (SF_INFO){ 0 };
	d->file = sf_open_virtual(&io, SFM_READ, &d->sf, d);
	if (d->file)
		open_opus(d);
	return d->file ? 0 : -EINVAL;
}

/*
 * The words of libsndfile for a failure to open lie in variables that all threads share: they are
 * not taken.
 */
int sound_file_open(struct sound_decoder *d, struct err *err)
{
	int ret;

	d->offset = 0;
	d->failed = 0;
	d->frames = 0;
	d->ended = false;
	d->in_at = d->in_frames = 0;
	d->start = 0;
	d->fill = 0;
	ret = d->mpeg ? open_mp3(d) : open_sndfile(d);
	if (ret < 0 || d->failed)
		return open_failed(d, err);
	return d->mpeg ? scan_mp3(d, err) : 0;
}

static bool all_numbers(const double *samples, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(fabs(samples[i]) <= LOUDEST))
			return false;
	return true;
}

static int take_mp3(struct sound_decoder *d, struct err *err)
{
	size_t bytes = 0, n;
	int ret = mpg123_read(d->mp3, (unsigned char *)d->in.single,
			      BLOCK * d->info.channels * sizeof(float), &bytes);

	if (d->failed)
		return sound_read_failed(d, err);
	if (ret != MPG123_OK && ret != MPG123_DONE)
		return sound_damaged(d, ret == MPG123_NEW_FORMAT ? "its rate or channels change" :
			       mpg123_strerror(d->mp3), d->frames, d->info.rate, err);
	n = bytes / sizeof(float);
	for (size_t i = n; i-- > 0;)
		d->in.wide[i] = d->in.single[i];
	return (int)(n / d->info.channels);
}

/*
 * libsndfile tells of an error even where it gives all frames: those of a broken frame of FLAC are
 * zeros.
 */
static int take_sndfile(struct sound_decoder *d, struct err *err)
{
	sf_count_t n = d->narrow ? sf_readf_short(d->file, d->in.narrow, BLOCK) :
				   sf_readf_double(d->file, d->in.wide, BLOCK);

	if (d->failed)
		return sound_read_failed(d, err);
	if (sf_error(d->file))
		return sound_damaged(d, sf_strerror(d->file), d->frames, d->info.rate, err);
	return (int)n;
}

/* The next block of the file into `in`: how many frames, 0 at the end. */
int sound_take(struct sound_decoder *d, struct err *err)
{
	int n;

	if (d->ended)
		return 0;
	n = d->mpeg ? take_mp3(d, err) : take_sndfile(d, err);
	if (n < 0)
		return n;
	if (!d->narrow && !all_numbers(d->in.wide, (size_t)n * d->info.channels))
		return sound_damaged(d, "a sample is not a number", d->frames, d->info.rate, err);
	d->frames += (uint64_t)n;
	d->ended = n == 0;
	return n;
}

/* ---- titles ---- */

/* @from in ISO 8859-1, which is what is meant by bytes that are no UTF-8, most of the time. */
static void put_latin1(char *to, size_t size, const char *from)
{
	size_t len = 0;

	for (; *from && len + 2 < size; from++) {
		unsigned char c = (unsigned char)*from;

		if (c >= 0x80)
			to[len++] = (char)(0xc0 | c >> 6);
		to[len++] = (char)(c < 0x80 ? c : 0x80 | (c & 0x3f));
	}
	to[len] = '\0';
}

static void put_tag(char *to, size_t size, const char *from)
{
	size_t len;

	if (!from)
		return;
	from += strspn(from, " ");
	if (utf8_valid(from, strlen(from)))
		snprintf(to, size, "%s", from);
	else
		put_latin1(to, size, from);
	make_line(to);
	for (len = strlen(to); len && to[len - 1] == ' '; len--)
		to[len - 1] = '\0';
}

/* The first tag's 30 bytes, which need no end, where the second does not say. */
static void put_id3(char *to, size_t size, const mpg123_string *v2, const char *v1)
{
	char text[31];

	if (v2 && v2->p && *v2->p) {
		put_tag(to, size, v2->p);
	} else if (v1) {
		snprintf(text, sizeof(text), "%.30s", v1);
		put_tag(to, size, text);
	}
}

static void find_mp3_tags(struct sound_decoder *d)
{
	struct sound_tags *t = &d->tags;
	mpg123_id3v1 *v1 = NULL;
	mpg123_id3v2 *v2 = NULL;

	mpg123_id3(d->mp3, &v1, &v2);
	put_id3(t->title, sizeof(t->title), v2 ? v2->title : NULL, v1 ? v1->title : NULL);
	put_id3(t->performer, sizeof(t->performer), v2 ? v2->artist : NULL, v1 ? v1->artist : NULL);
	put_id3(t->album, sizeof(t->album), v2 ? v2->album : NULL, v1 ? v1->album : NULL);
}

static void find_tags(struct sound_decoder *d)
{
	struct sound_tags *t = &d->tags;

	if (d->mpeg) {
		find_mp3_tags(d);
		return;
	}
	put_tag(t->title, sizeof(t->title), sf_get_string(d->file, SF_STR_TITLE));
	put_tag(t->performer, sizeof(t->performer), sf_get_string(d->file, SF_STR_ARTIST));
	put_tag(t->album, sizeof(t->album), sf_get_string(d->file, SF_STR_ALBUM));
}

int sound_file_examine(struct sound_decoder *d, struct err *err)
{
	int ret = find_coding(d, err);

	if (ret == 0)
		ret = check_sound(d, err);
	if (ret < 0)
		return ret;
	d->narrow = d->coding->flags & NARROW && d->info.rate == RATE;
	d->seekable = d->coding->flags & PLAIN && d->info.rate == RATE &&
		      (d->sf.format & SF_FORMAT_TYPEMASK) != SF_FORMAT_OGG;
	find_tags(d);
	return 0;
}

