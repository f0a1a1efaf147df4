/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From the samples of a sound file to those of a CD: the length, libsoxr, the dither, and any place
 * of the whole out of blocks. No locks: a decoder has one user.
 */
#include "sound/priv.h"

#include <endian.h>
#include <math.h>
#include <string.h>

enum {
	SEEK_BYTES = RATE * FRAME, /* what lies nearer is decoded on the way */
};

static int open_resampler(struct sound_decoder *d, struct err *err)
{
	soxr_io_spec_t io = soxr_io_spec(SOXR_FLOAT64_I, SOXR_FLOAT64_I);
	soxr_quality_spec_t quality = soxr_quality_spec(SOXR_VHQ, 0);
	soxr_error_t trouble;

	if (d->info.rate == RATE)
		return 0;
	d->resampler = soxr_create(d->info.rate, RATE, d->info.channels, &trouble, &io, &quality,
				   NULL);
	if (!d->resampler)
		return err_set(err, ENOMEM, "cannot resample from %u Hz: %s", d->info.rate,
			       trouble);
	return 0;
}

static int open_again(struct sound_decoder *d, struct err *err)
{
	SF_INFO was = d->sf;
	int ret;

	sound_file_close(d);
	ret = sound_file_open(d, err);
	if (ret == 0 && (d->sf.format != was.format || d->sf.channels != was.channels ||
			 d->sf.samplerate != was.samplerate))
		ret = err_set(err, EIO, "the file changed while it was read: burn again");
	if (ret == 0)
		ret = open_resampler(d, err);
	if (ret < 0)
		sound_file_close(d);
	return ret;
}

/* So many samples on the CD. */
static uint64_t cd_frames(const struct sound_decoder *d, uint64_t frames)
{
	return (frames * RATE + d->info.rate - 1) / d->info.rate;
}

/* The end was reached: what was decoded is what was announced. */
static int check_length(const struct sound_decoder *d, struct err *err)
{
	uint64_t announced = d->info.bytes / FRAME;
	uint64_t decoded = cd_frames(d, d->frames);

	if (decoded == announced)
		return 0;
	return err_set(err, EIO,
		       "the %s file has %llu samples, not the %llu counted before, and ends at "
		       "%s: it is damaged or has changed; copy or make it again",
		       d->info.kind, (unsigned long long)decoded, (unsigned long long)announced,
		       sound_place(d->frames, d->info.rate).text);
}

/*
 * The next block for libsoxr. Behind the end comes silence for the last sample, to which the
 * announced length is rounded up, and libsoxr's may be not.
 */
static int feed(struct sound_decoder *d, struct err *err)
{
	int n = sound_take(d, err);

	if (n < 0)
		return n;
	d->in_at = 0;
	d->in_frames = (size_t)n;
	if (n == 0) {
		d->in_frames = d->info.rate / RATE + 2;
		memset(&d->in, 0, sizeof(d->in));
	}
	return 0;
}

/*
 * Resample what comes next into `resampled`: how many frames, 0 at the end. libsoxr is given the
 * same blocks and the same room every time, whatever is read.
 */
static int resample(struct sound_decoder *d, struct err *err)
{
	size_t given = 0, made = 0;
	const double *in;

	do {
		int ret = d->in_frames || d->ended ? 0 : feed(d, err);

		if (ret < 0)
			return ret;
		in = d->in_frames ? d->in.wide + d->in_at * d->info.channels : NULL;
		if (soxr_process(d->resampler, in, d->in_frames, &given, d->resampled, BLOCK,
				 &made))
			return err_set(err, EIO,
				       "resampling from %u Hz failed: convert the file to 44100 "
				       "Hz",
				       d->info.rate);
		d->in_at += given;
		d->in_frames -= given;
	} while (made == 0 && in);
	return (int)made;
}

/* Uniform bits of a place (the finalizer of splitmix64). */
static uint64_t hash(uint64_t x)
{
	x += 0x9e3779b97f4a7c15;
	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

/* Sample number @place of the whole; full scale is 1. */
static int16_t dithered(double sample, uint64_t place)
{
	uint64_t bits = hash(place);
	double dither = ((double)(bits >> 32) - (double)(bits & UINT32_MAX)) / 4294967296.0;
	double value = sample * 32768.0 + dither;

	if (!(value > INT16_MIN))
		return INT16_MIN;
	return value < INT16_MAX ? (int16_t)lrint(value) : INT16_MAX;
}

static void put_frame(struct sound_decoder *d, size_t i, int16_t left, int16_t right)
{
	d->out[2 * i] = (int16_t)htole16((uint16_t)left);
	d->out[2 * i + 1] = (int16_t)htole16((uint16_t)right);
}

static void put_narrow(struct sound_decoder *d, const int16_t *in, size_t frames)
{
	unsigned step = d->info.channels;

	for (size_t i = 0; i < frames; i++)
		put_frame(d, i, in[i * step], in[i * step + step - 1]);
}

static void put_wide(struct sound_decoder *d, const double *in, size_t frames)
{
	uint64_t place = d->start / FRAME * 2;

	for (size_t i = 0; i < frames; i++, place += 2) {
		int16_t left, right;

		if (d->info.channels == 1) {
			left = right = dithered(in[i], place);
		} else {
			left = dithered(in[2 * i], place);
			right = dithered(in[2 * i + 1], place + 1);
		}
		put_frame(d, i, left, right);
	}
}

/* The last block is decoded: nothing may follow, and nothing may be missing. */
static int finish(struct sound_decoder *d, struct err *err)
{
	while (!d->ended && cd_frames(d, d->frames) <= d->info.bytes / FRAME) {
		int n = sound_take(d, err);

		if (n < 0)
			return n;
	}
	return check_length(d, err);
}

/* The block that follows the one in `out`. */
static int next_block(struct sound_decoder *d, struct err *err)
{
	uint64_t left = d->info.bytes - (d->start += d->fill);
	int n, ret;

	d->fill = 0;
	n = d->resampler ? resample(d, err) : sound_take(d, err);
	if (n < 0)
		return n;
	if (n == 0) {
		ret = check_length(d, err);
		return ret < 0 ? ret :
				 err_set(err, EIO,
					 "resampling from %u Hz ended early: convert the "
					 "file to 44100 Hz",
					 d->info.rate);
	}
	if (d->resampler)
		put_wide(d, d->resampled, (size_t)n);
	else if (d->narrow)
		put_narrow(d, d->in.narrow, (size_t)n);
	else
		put_wide(d, d->in.wide, (size_t)n);
	d->fill = (size_t)n * FRAME;
	if (d->fill < left)
		return 0;
	d->fill = (size_t)left;
	return finish(d, err);
}

/* ---- the length ---- */

static int count(struct sound_decoder *d, uint64_t most, struct err *err)
{
	int n;

	do {
		n = sound_take(d, err);
	} while (n > 0 && d->frames < most);
	return n < 0 ? n : 0;
}

static int find_length(struct sound_decoder *d, struct err *err)
{
	uint64_t most = (uint64_t)SOUND_HOURS * 3600 * d->info.rate;
	uint64_t frames = (uint64_t)d->sf.frames;
	int ret = 0;

	if (!(d->coding->flags & TOLD) || d->sf.frames < 0 || d->sf.frames == SF_COUNT_MAX) {
		ret = count(d, most, err);
		frames = d->frames;
	}
	if (ret < 0)
		return ret;
	if (d->told && frames != d->told)
		return err_set(err, EINVAL,
			       "the %s file should have %llu samples and has %llu: it is "
			       "incomplete or damaged; copy or make it again",
			       d->info.kind, (unsigned long long)d->told,
			       (unsigned long long)frames);
	if (frames == 0)
		return err_set(err, EINVAL, "the %s file has no samples: replace or remove it",
			       d->info.kind);
	d->info.bytes = cd_frames(d, frames < most ? frames : most) * FRAME;
	return 0;
}

/* ---- the whole ---- */

static int open_first(struct sound_decoder *d, uint64_t bytes, struct err *err)
{
	int ret = sound_check(d, err);

	if (ret == 0)
		ret = sound_file_open(d, err);
	if (ret == 0)
		ret = sound_file_examine(d, err);
	if (ret < 0)
		return ret;
	if (bytes) {
		d->info.bytes = bytes / FRAME * FRAME;
		return open_resampler(d, err);
	}
	ret = find_length(d, err);
	if (ret < 0)
		return ret;
	return d->frames ? open_again(d, err) : open_resampler(d, err);
}

int sound_open(struct sound_decoder **out, int fd, uint64_t size, uint64_t bytes, struct err *err)
{
	struct sound_decoder *d = calloc(1, sizeof(*d));
	int ret;

	if (!d)
		return err_set(err, ENOMEM, "not enough memory to decode");
	d->fd = fd;
	d->size = size < INT64_MAX ? size : INT64_MAX;
	ret = open_first(d, bytes, err);
	if (ret < 0)
		sound_close(d);
	else
		*out = d;
	return ret;
}

void sound_close(struct sound_decoder *d)
{
	if (!d)
		return;
	sound_file_close(d);
	free(d);
}

const struct sound_info *sound_info(const struct sound_decoder *d)
{
	return &d->info;
}

const struct sound_tags *sound_tags(const struct sound_decoder *d)
{
	return &d->tags;
}

/* Begin at byte @pos, or at the start, if that is the only way there. */
static int go_to(struct sound_decoder *d, uint64_t pos, struct err *err)
{
	uint64_t frame = pos / FRAME;

	if (!d->seekable || !d->file)
		return open_again(d, err);
	if (sf_seek(d->file, (sf_count_t)frame, SEEK_SET) != (sf_count_t)frame)
		return d->failed ? sound_read_failed(d, err) : open_again(d, err);
	d->frames = frame;
	d->ended = false;
	d->start = frame * FRAME;
	d->fill = 0;
	return 0;
}

/* Have byte @pos in `out`. */
static int reach(struct sound_decoder *d, uint64_t pos, struct err *err)
{
	int ret = 0;

	if ((!d->file && !d->mp3) || pos < d->start ||
	    (d->seekable && pos - d->start >= d->fill + SEEK_BYTES))
		ret = go_to(d, pos, err);
	while (ret == 0 && pos - d->start >= d->fill)
		ret = next_block(d, err);
	if (ret < 0)
		sound_file_close(d);
	return ret;
}

ssize_t sound_read(struct sound_decoder *d, void *buf, size_t len, uint64_t pos, struct err *err)
{
	size_t done = 0;

	if (pos >= d->info.bytes)
		return 0;
	if (len > d->info.bytes - pos)
		len = (size_t)(d->info.bytes - pos);
	while (done < len) {
		int ret = reach(d, pos + done, err);
		size_t at, n;

		if (ret < 0)
			return ret;
		at = (size_t)(pos + done - d->start);
		n = d->fill - at < len - done ? d->fill - at : len - done;
		memcpy((char *)buf + done, (char *)d->out + at, n);
		done += n;
	}
	return (ssize_t)done;
}
