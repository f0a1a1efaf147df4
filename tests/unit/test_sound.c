/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sound files become CD samples: which, how many, and always the same; and what is not decoded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <endian.h>
#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <sndfile.h>

#include "sound/sound.h"

enum {
	WAV16 = SF_FORMAT_WAV | SF_FORMAT_PCM_16,
	FLAC16 = SF_FORMAT_FLAC | SF_FORMAT_PCM_16,
	FLAC24 = SF_FORMAT_FLAC | SF_FORMAT_PCM_24,
	AIFF16 = SF_FORMAT_AIFF | SF_FORMAT_PCM_16,
	FLOAT32 = SF_FORMAT_WAV | SF_FORMAT_FLOAT,
	VORBIS = SF_FORMAT_OGG | SF_FORMAT_VORBIS,
	OPUS = SF_FORMAT_OGG | SF_FORMAT_OPUS,
	MP3 = SF_FORMAT_MPEG | SF_FORMAT_MPEG_LAYER_III,
};

/* ---- files in memory, as libsndfile writes them ---- */

/* The sample of a channel at a frame; full scale is 1. */
typedef double wave(uint64_t frame, int channel, int rate);

static uint32_t scramble(uint32_t x)
{
	x ^= x >> 16;
	x *= 0x7feb352dU;
	x ^= x >> 15;
	x *= 0x846ca68bU;
	return x ^ x >> 16;
}

static double noise(uint64_t frame, int channel, int rate)
{
	(void)rate;
	return (int16_t)scramble((uint32_t)(2 * frame) + (uint32_t)channel) / 32768.0;
}

static double sine(uint64_t frame, int channel, int rate)
{
	return 0.9 * sin(2 * M_PI * (channel ? 1511.0 : 997.0) * (double)frame / rate);
}

static double silence(uint64_t frame, int channel, int rate)
{
	(void)frame;
	(void)channel;
	(void)rate;
	return 0;
}

static double loud(uint64_t frame, int channel, int rate)
{
	(void)rate;
	return (frame + (unsigned)channel) % 2 ? 1.5 : -1.5;
}

struct tag {
	int id;
	const char *text;
};

static int make_tagged(int format, int rate, int channels, uint64_t frames, wave *w,
		       const struct tag *tags)
{
	SF_INFO info = { .format = format, .samplerate = rate, .channels = channels };
	int fd = memfd_create("sound", MFD_CLOEXEC);
	double buf[8 * 1024];
	SNDFILE *file;

	assert_true(fd >= 0);
	file = sf_open_fd(fd, SFM_WRITE, &info, 0);
	if (!file)
		fail_msg("%#x: %s", (unsigned)format, sf_strerror(NULL));
	sf_command(file, SFC_SET_CLIPPING, NULL, SF_TRUE);
	for (; tags && tags->text; tags++)
		assert_int_equal(sf_set_string(file, tags->id, tags->text), 0);
	for (uint64_t at = 0; at < frames;) {
		uint64_t n = frames - at < 1024 ? frames - at : 1024;

		for (uint64_t i = 0; i < n; i++)
			for (int c = 0; c < channels; c++)
				buf[i * (unsigned)channels + (unsigned)c] = w(at + i, c, rate);
		assert_int_equal(sf_writef_double(file, buf, (sf_count_t)n), n);
		at += n;
	}
	assert_int_equal(sf_close(file), 0);
	return fd;
}

static int make(int format, int rate, int channels, uint64_t frames, wave *w)
{
	return make_tagged(format, rate, channels, frames, w, NULL);
}

static uint64_t size_of(int fd)
{
	struct stat st;

	assert_int_equal(fstat(fd, &st), 0);
	return (uint64_t)st.st_size;
}

static void flip(int fd, uint64_t pos)
{
	unsigned char byte;

	assert_int_equal(read_at(fd, &byte, 1, pos), 0);
	byte ^= 0x5a;
	assert_int_equal(write_at(fd, &byte, 1, pos), 0);
}

static void append(int fd, int other)
{
	uint64_t size = size_of(fd), len = size_of(other);
	char *bytes = malloc(len);

	assert_non_null(bytes);
	assert_int_equal(read_at(other, bytes, len, 0), 0);
	assert_int_equal(write_at(fd, bytes, len, size), 0);
	free(bytes);
}

/* ---- decoding ---- */

static struct sound_decoder *open_good(int fd)
{
	struct sound_decoder *d = NULL;
	struct err err = { 0 };

	if (sound_open(&d, fd, size_of(fd), 0, &err) < 0)
		fail_msg("open: %s", err.msg);
	return d;
}

static void assert_says(const struct err *err, int code, const char *words)
{
	assert_int_equal(err->code, code);
	if (!strstr(err->msg, words))
		fail_msg("\"%s\" does not say \"%s\"", err->msg, words);
}

static void assert_refused(int fd, int code, const char *words)
{
	struct sound_decoder *d = NULL;
	struct err err = { 0 };

	assert_int_equal(sound_open(&d, fd, size_of(fd), 0, &err), -code);
	assert_null(d);
	assert_says(&err, code, words);
	close(fd);
}

/* All samples, in one go; to be freed. */
static int16_t *read_all(struct sound_decoder *d)
{
	uint64_t bytes = sound_info(d)->bytes;
	int16_t *buf = malloc(bytes);
	struct err err = { 0 };
	ssize_t n;

	assert_non_null(buf);
	n = sound_read(d, buf, bytes, 0, &err);
	if (n < 0)
		fail_msg("read: %s", err.msg);
	assert_int_equal(n, bytes);
	assert_int_equal(sound_read(d, buf, 1, bytes, &err), 0);
	for (size_t i = 0; i < bytes / 2; i++)
		buf[i] = (int16_t)le16toh((uint16_t)buf[i]);
	return buf;
}

/* Reading all of it fails: where, and with which words. */
static void assert_breaks(int fd, const char *words)
{
	struct sound_decoder *d = open_good(fd);
	uint64_t bytes = sound_info(d)->bytes;
	char *buf = malloc(bytes);
	struct err err = { 0 };

	assert_non_null(buf);
	assert_int_equal(sound_read(d, buf, bytes, 0, &err), -EIO);
	assert_says(&err, EIO, words);
	/* And again: a failure is no end. */
	assert_int_equal(sound_read(d, buf, bytes, 0, &err), -EIO);
	free(buf);
	sound_close(d);
	close(fd);
}

static uint64_t cd_bytes(uint64_t frames, uint64_t rate)
{
	return (frames * 44100 + rate - 1) / rate * 4;
}

/* What the samples of both channels differ from the wave at 44.1 kHz, at most. */
static double max_error(const int16_t *samples, uint64_t frames, int channels, wave *w)
{
	double max = 0;

	for (uint64_t i = 0; i < 2 * frames; i++) {
		double want = 32768 * w(i / 2, channels == 1 ? 0 : (int)(i % 2), 44100);
		double error = fabs(samples[i] - want);

		if (error > max)
			max = error;
	}
	return max;
}

/* In decibels, of the frames from @from to @to against the wave at 44.1 kHz. */
static double snr(const int16_t *samples, uint64_t from, uint64_t to, wave *w)
{
	double signal = 0, error = 0;

	for (uint64_t i = 2 * from; i < 2 * to; i++) {
		double want = 32768 * w(i / 2, (int)(i % 2), 44100);

		signal += want * want;
		error += (samples[i] - want) * (samples[i] - want);
	}
	return 10 * log10(signal / error);
}

/* ---- what is decoded ---- */

static void exact(void **state)
{
	static const struct {
		int format;
		const char *kind;
	} files[] = {
		{ WAV16, "WAV" }, { WAV16 | SF_ENDIAN_BIG, "WAV" }, { AIFF16, "AIFF" },
		{ AIFF16 | SF_ENDIAN_LITTLE, "AIFF" }, { FLAC16, "FLAC" },
		{ SF_FORMAT_WAVEX | SF_FORMAT_PCM_16, "WAV" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(files); i++) {
		int channels = i % 2 ? 1 : 2;
		int fd = make(files[i / 2].format, 44100, channels, 10007, noise);
		struct sound_decoder *d = open_good(fd);
		int16_t *samples;

		assert_string_equal(sound_info(d)->kind, files[i / 2].kind);
		assert_int_equal(sound_info(d)->rate, 44100);
		assert_int_equal(sound_info(d)->channels, channels);
		assert_int_equal(sound_info(d)->bytes, 4 * 10007);
		samples = read_all(d);
		assert_true(max_error(samples, 10007, channels, noise) == 0);
		free(samples);
		sound_close(d);
		close(fd);
	}
}

static double coarse(uint64_t frame, int channel, int rate)
{
	return floor(noise(frame, channel, rate) * 128) / 128;
}

static void eight_bits(void **state)
{
	static const int formats[] = {
		SF_FORMAT_WAV | SF_FORMAT_PCM_U8, SF_FORMAT_AIFF | SF_FORMAT_PCM_S8,
		SF_FORMAT_FLAC | SF_FORMAT_PCM_S8,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		int fd = make(formats[i], 44100, 2, 5000, coarse);
		struct sound_decoder *d = open_good(fd);
		int16_t *samples = read_all(d);

		/*
		 * libsndfile writes with 127 for full scale: what counts is that 8 bits stay them.
		 */
		for (size_t n = 0; n < 10000; n++)
			assert_int_equal(samples[n] & 0xff, 0);
		assert_true(max_error(samples, 5000, 2, coarse) <= 256 * 2);
		free(samples);
		sound_close(d);
		close(fd);
	}
}

static void dithered(void **state)
{
	static const int formats[] = {
		FLAC24, FLOAT32, SF_FORMAT_WAV | SF_FORMAT_PCM_24,
		SF_FORMAT_AIFF | SF_FORMAT_PCM_32, SF_FORMAT_WAV | SF_FORMAT_DOUBLE,
		SF_FORMAT_AIFF | SF_FORMAT_FLOAT,
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(formats); i++) {
		int channels = i % 2 ? 1 : 2;
		int fd = make(formats[i / 2], 44100, channels, 50000, sine);
		struct sound_decoder *d = open_good(fd);
		int16_t *samples = read_all(d);

		assert_true(max_error(samples, 50000, channels, sine) < 1.6);
		for (size_t n = 0; channels == 1 && n < 50000; n++)
			assert_int_equal(samples[2 * n], samples[2 * n + 1]);
		/* 98.1 dB of 16 bits, less 4.8 for the dither and 0.9 for the level. */
		if (channels == 2)
			assert_true(fabs(snr(samples, 0, 50000, sine) - 92.4) < 0.3);
		free(samples);
		sound_close(d);
		close(fd);
	}
}

/* Triangular dither of +-1 over a silence: 1/8 of it rounds up, 1/8 down, and no two alike. */
static void dither_is_triangular(void **state)
{
	int fd = make(FLAC24, 44100, 2, 40000, silence);
	struct sound_decoder *d = open_good(fd);
	int16_t *samples = read_all(d);
	int counts[3] = { 0 }, alike = 0;

	(void)state;
	for (size_t i = 0; i < 80000; i++) {
		assert_in_range(samples[i] + 1, 0, 2);
		counts[samples[i] + 1]++;
		alike += i % 2 && samples[i] && samples[i] == samples[i - 1];
	}
	assert_in_range(counts[0], 9600, 10400);
	assert_in_range(counts[2], 9600, 10400);
	assert_in_range(alike, 1000, 1500);
	free(samples);
	sound_close(d);
	close(fd);
}

static void clipped(void **state)
{
	int fd = make(FLOAT32, 44100, 2, 1000, loud);
	struct sound_decoder *d = open_good(fd);
	int16_t *samples = read_all(d);

	(void)state;
	for (size_t i = 0; i < 2000; i++)
		assert_int_equal(samples[i], (i / 2 + i % 2) % 2 ? INT16_MAX : INT16_MIN);
	free(samples);
	sound_close(d);
	close(fd);
}

static double not_a_number(uint64_t frame, int channel, int rate)
{
	return frame == 3 * (unsigned)rate && channel ? NAN : 0;
}

static double far_too_loud(uint64_t frame, int channel, int rate)
{
	return frame == 2 * (unsigned)rate && channel ? -1e30 : 0;
}

static void no_numbers(void **state)
{
	(void)state;
	assert_breaks(make(FLOAT32, 44100, 2, 44100 * 4, not_a_number), "damaged at 0:0");
	assert_breaks(make(FLOAT32, 48000, 2, 48000 * 4, not_a_number), "a sample is not a number");
	assert_breaks(make(FLOAT32, 44100, 2, 44100 * 4, far_too_loud), "a sample is not a number");
}

static void lengths(void **state)
{
	static const int rates[] = {
		4000, 8000, 11025, 12345, 16000, 22050, 32000, 44099, 44100, 44101, 48000, 88200,
		96000, 176400, 192000, 384000,
	};
	static const uint64_t frames[] = { 1, 2, 3, 17, 4095, 4096, 4097, 30011 };

	(void)state;
	for (size_t r = 0; r < ARRAY_SIZE(rates); r++)
		for (size_t f = 0; f < ARRAY_SIZE(frames); f++) {
			int fd = make(WAV16, rates[r], 1 + f % 2, frames[f], noise);
			struct sound_decoder *d = open_good(fd);

			assert_int_equal(sound_info(d)->bytes,
					 cd_bytes(frames[f], (uint64_t)rates[r]));
			free(read_all(d));
			sound_close(d);
			close(fd);
		}
}

static void resampled(void **state)
{
	static const struct {
		int rate, format;
	} files[] = {
		{ 22050, FLOAT32 }, { 32000, FLAC24 }, { 48000, FLAC24 }, { 48000, FLOAT32 },
		{ 88200, FLAC24 }, { 96000, FLAC24 }, { 192000, FLOAT32 }, { 44056, FLOAT32 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		uint64_t frames = 2 * (uint64_t)files[i].rate;
		int fd = make(files[i].format, files[i].rate, 2, frames, sine);
		struct sound_decoder *d = open_good(fd);
		int16_t *samples = read_all(d);
		double quality = snr(samples, 2000, 88200 - 2000, sine);

		if (quality < 91.5)
			fail_msg("%d Hz: %.1f dB", files[i].rate, quality);
		/* To the very ends there is at most the ringing of the beginning and the end. */
		assert_true(snr(samples, 0, 88200, sine) > 40);
		free(samples);
		sound_close(d);
		close(fd);
	}
}

static double click(uint64_t frame, int channel, int rate)
{
	return frame == (unsigned)rate / 3 + 10 * (unsigned)channel ? 0.99 : 0;
}

static void aligned(void **state)
{
	static const int rates[] = { 8000, 22050, 48000, 96000, 192000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		int fd = make(FLOAT32, rates[i], 2, (uint64_t)rates[i], click);
		struct sound_decoder *d = open_good(fd);
		int16_t *samples = read_all(d);
		uint64_t peak[2] = { 0 };

		for (uint64_t n = 0; n < 2 * 44100; n++)
			if (samples[n] > samples[2 * peak[n % 2] + n % 2])
				peak[n % 2] = n / 2;
		for (int c = 0; c < 2; c++) {
			double place = (rates[i] / 3 + 10 * c) * 44100.0 / rates[i];

			assert_true(fabs((double)peak[c] - place) <= 1);
		}
		free(samples);
		sound_close(d);
		close(fd);
	}
}

/* Lossy, but nothing is added in front or behind, and nothing moved. */
static void lossy(void **state)
{
	static const struct {
		int format, rate, decoded_rate;
		double quality;
		const char *kind;
	} files[] = {
		{ VORBIS, 44100, 44100, 25, "Ogg Vorbis" },
		{ VORBIS, 48000, 48000, 25, "Ogg Vorbis" },
		{ OPUS, 48000, 48000, 20, "Opus" },
		{ OPUS, 24000, 48000, 20, "Opus" },
		{ MP3, 44100, 44100, 20, "MP3" },
		{ MP3, 48000, 48000, 20, "MP3" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		uint64_t frames = 3 * (uint64_t)files[i].rate + 17;
		int fd = make(files[i].format, files[i].rate, 2, frames, sine);
		struct sound_decoder *d = open_good(fd);
		uint64_t want = cd_bytes(frames, (uint64_t)files[i].rate);
		int16_t *samples = read_all(d);
		double quality;

		assert_string_equal(sound_info(d)->kind, files[i].kind);
		assert_int_equal(sound_info(d)->rate, files[i].decoded_rate);
		/* Opus rounds to its 48 kHz. */
		assert_in_range(sound_info(d)->bytes, want - 4, want + 4);
		quality = snr(samples, 5000, 3 * 44100 - 5000, sine);
		if (quality < files[i].quality)
			fail_msg("%s, %d Hz: %.1f dB", files[i].kind, files[i].rate, quality);
		free(samples);
		sound_close(d);
		close(fd);
	}
}

/* ---- the same bytes, however they are read ---- */

static const struct {
	int format, rate, channels;
} varied[] = {
	{ WAV16, 44100, 1 }, { FLAC16, 44100, 2 }, { FLAC24, 44100, 2 }, { FLOAT32, 44100, 1 },
	{ FLAC16, 48000, 2 }, { FLOAT32, 22050, 2 }, { WAV16, 96000, 1 }, { VORBIS, 44100, 2 },
	{ OPUS, 48000, 2 }, { MP3, 44100, 2 }, { VORBIS, 32000, 1 }, { MP3, 48000, 1 },
	{ SF_FORMAT_WAV | SF_FORMAT_IMA_ADPCM, 44100, 2 },
	{ SF_FORMAT_WAV | SF_FORMAT_MS_ADPCM, 44100, 1 },
	{ SF_FORMAT_WAV | SF_FORMAT_ULAW, 44100, 2 }, { SF_FORMAT_AIFF | SF_FORMAT_ALAW, 8000, 1 },
};

static void any_order(void **state)
{
	static char buf[40000];
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(varied); i++) {
		int fd = make(varied[i].format, varied[i].rate, varied[i].channels,
			      2 * (uint64_t)varied[i].rate, sine);
		struct sound_decoder *d = open_good(fd), *two[2] = { open_good(fd), open_good(fd) };
		uint64_t bytes = sound_info(d)->bytes, pos = 0;
		char *whole = (char *)read_all(d);

		for (int n = 0; n < 300; n++) {
			size_t len = (x = scramble(x + 1)) % sizeof(buf);
			struct err err = { 0 };
			ssize_t got;

			if (n % 10 == 0)
				pos = scramble(x) % bytes;
			if (pos >= bytes)
				pos = 0;
			got = sound_read(two[n / 3 % 2], buf, len, pos, &err);
			if (got != (ssize_t)(len < bytes - pos ? len : bytes - pos))
				fail_msg("%zd of %zu: %s", got, len, err.msg);
			if (memcmp(buf, whole + pos, (size_t)got))
				fail_msg("%#x at %d Hz differs at %llu", (unsigned)varied[i].format,
					 varied[i].rate, (unsigned long long)pos);
			pos += (uint64_t)got;
		}
		free(whole);
		sound_close(two[0]);
		sound_close(two[1]);
		sound_close(d);
		close(fd);
	}
}

static void *decode_all(void *data)
{
	const int *fds = data;
	uint64_t sum = 0;

	for (size_t i = 0; i < ARRAY_SIZE(varied); i++) {
		struct sound_decoder *d = open_good(fds[i]);
		uint64_t samples = sound_info(d)->bytes / 2;
		int16_t *all = read_all(d);

		for (uint64_t n = 0; n < samples; n++)
			sum = sum * 31 + (uint16_t)all[n];
		free(all);
		sound_close(d);
	}
	return (void *)(uintptr_t)sum;
}

static void in_parallel(void **state)
{
	int fds[ARRAY_SIZE(varied)];
	pthread_t threads[4];
	void *alone, *sum;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(varied); i++)
		fds[i] = make(varied[i].format, varied[i].rate, varied[i].channels, 20000, sine);
	alone = decode_all(fds);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, decode_all, fds), 0);
	for (int i = 0; i < 4; i++) {
		assert_int_equal(pthread_join(threads[i], &sum), 0);
		assert_ptr_equal(sum, alone);
	}
	for (size_t i = 0; i < ARRAY_SIZE(varied); i++)
		close(fds[i]);
}

/* What was counted once need not be counted again, and is held to. */
static void counted_before(void **state)
{
	static const int formats[] = { FLAC16, MP3 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		int fd = make(formats[i], 44100, 2, 30000, sine);
		struct sound_decoder *d = open_good(fd);
		uint64_t bytes = sound_info(d)->bytes;
		struct err err = { 0 };
		char *buf = malloc(bytes + 4);

		assert_non_null(buf);
		sound_close(d);
		for (uint64_t told = bytes - 4; told <= bytes + 4; told += 4) {
			assert_int_equal(sound_open(&d, fd, size_of(fd), told, &err), 0);
			assert_int_equal(sound_info(d)->bytes, told);
			if (told == bytes)
				assert_int_equal(sound_read(d, buf, told, 0, &err), told);
			else
				assert_int_equal(sound_read(d, buf, told, 0, &err), -EIO);
			sound_close(d);
		}
		assert_says(&err, EIO, "not the 30001 counted before");
		free(buf);
		close(fd);
	}
}

/* ---- what is not ---- */

static int file_of(const void *bytes, size_t len)
{
	int fd = memfd_create("sound", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write_at(fd, bytes, len, 0), 0);
	return fd;
}

static void no_sound(void **state)
{
	char junk[5000];

	(void)state;
	for (size_t i = 0; i < sizeof(junk); i++)
		junk[i] = (char)scramble((uint32_t)i);
	assert_refused(file_of("", 0), EINVAL, "cannot read this sound file");
	assert_refused(file_of("RIF", 3), EINVAL, "cannot read this sound file");
	assert_refused(file_of("just a text, of some length", 27), EINVAL,
		       "cannot read this sound file");
	assert_refused(file_of(junk, sizeof(junk)), EINVAL, "cannot read this sound file");
	assert_refused(file_of("MThd\0\0\0\6\0\1\0\2\0\x60MTrk", 18), EINVAL,
		       "cannot read this sound file");
	memcpy(junk, "fLaC", 4);
	assert_refused(file_of(junk, sizeof(junk)), EINVAL, "damaged");
	memcpy(junk, "OggS", 4);
	assert_refused(file_of(junk, sizeof(junk)), EINVAL, "damaged");
	memcpy(junk, "RIFF\0\20\0\0WAVE", 12);
	assert_refused(file_of(junk, sizeof(junk)), EINVAL, "has no samples that burnfs can read");
	memcpy(junk, "ID3\3\0\0\0\0\0\0", 10);
	assert_refused(file_of(junk, sizeof(junk)), EINVAL, "damaged");
	/* Formats that libsndfile would take. */
	assert_refused(make(SF_FORMAT_SVX | SF_FORMAT_PCM_16, 44100, 1, 100, sine), EINVAL,
		       "has no samples that burnfs can read");
	assert_refused(make(SF_FORMAT_VOC | SF_FORMAT_PCM_16, 44100, 1, 100, sine), EINVAL,
		       "cannot read this sound file");
	assert_refused(make(SF_FORMAT_RAW | SF_FORMAT_PCM_16, 44100, 2, 1000, sine), EINVAL,
		       "cannot read this sound file");
	assert_refused(make(SF_FORMAT_WAV | SF_FORMAT_GSM610, 44100, 1, 1000, sine), EINVAL,
		       "cannot decode this coding");
}

static void no_cd_sound(void **state)
{
	(void)state;
	assert_refused(make(WAV16, 44100, 6, 1000, sine), EINVAL, "6 channels");
	assert_refused(make(FLAC24, 96000, 6, 1000, sine), EINVAL, "mix it down to stereo first");
	assert_refused(make(VORBIS, 44100, 3, 1000, sine), EINVAL, "3 channels");
	assert_refused(make(WAV16, 3999, 2, 1000, sine), EINVAL, "3999 Hz");
	assert_refused(make(WAV16, 384001, 2, 1000, sine), EINVAL, "384001 Hz");
	assert_refused(make(WAV16, 44100, 2, 0, sine), EINVAL, "no samples");
	assert_refused(make(AIFF16, 44100, 2, 0, sine), EINVAL, "no samples");
	assert_refused(make(FLOAT32, 48000, 1, 0, sine), EINVAL, "no samples");
}

/* ---- damaged ---- */

enum { TEN = 10 * 44100 };

static void damaged_flac(void **state)
{
	static const int rates[] = { 44100, 48000 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rates); i++) {
		int fd = make(FLAC16, rates[i], 2, 10 * (uint64_t)rates[i], noise);
		struct sound_decoder *d;
		struct err err = { 0 };
		char buf[4];

		flip(fd, size_of(fd) / 2);
		d = open_good(fd);
		/* What lies before the damage is good; behind it nothing is made up. */
		assert_int_equal(sound_read(d, buf, 4, 4 * 44100 * 4, &err), 4);
		assert_int_equal(sound_read(d, buf, 4, 9 * 44100 * 4, &err),
				 rates[i] == 44100 ? 4 : -EIO);
		sound_close(d);
		assert_breaks(dup(fd), "damaged at 0:0");
		/* Every place of the file at which a frame may break is told. */
		flip(fd, size_of(fd) / 2);
		for (uint64_t k = 1; k < 8; k++) {
			uint64_t pos = size_of(fd) * k / 8 + k;

			flip(fd, pos);
			assert_breaks(dup(fd), "0:0");
			flip(fd, pos);
		}
		close(fd);
	}
}

/* The number of frames in the header: 36 bits, of which the lower 32 are set. */
static void set_flac_frames(int fd, uint32_t frames)
{
	uint32_t total = htobe32(frames);

	assert_int_equal(write_at(fd, &total, sizeof(total), 22), 0);
}

static void cut_flac(void **state)
{
	int fd = make(FLAC16, 44100, 2, TEN, noise);
	uint64_t size = size_of(fd);

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ftruncate(fd, (off_t)size - 1 - 400 * i), 0);
		assert_refused(dup(fd), EINVAL, "incomplete");
		set_flac_frames(fd, 0); /* nor may a stream end amid a frame */
	}
	assert_int_equal(ftruncate(fd, (off_t)size / 2), 0);
	assert_refused(dup(fd), EINVAL, "incomplete");
	assert_int_equal(ftruncate(fd, 42), 0);
	assert_refused(dup(fd), EINVAL, "incomplete");
	assert_int_equal(ftruncate(fd, 41), 0);
	assert_refused(fd, EINVAL, "damaged");
}

/* Last frames of every kind: one sample, all ways to say a length, nearly nothing in them. */
static void flac_ends(void **state)
{
	static const uint64_t frames[] = {
		1, 2, 15, 16, 192, 255, 256, 257, 576, 1152, 4095, 4096, 4097, 4096 + 192,
		4096 * 127 + 1, 4096 * 128, 4096 * 128 + 300,
	};

	(void)state;
	for (size_t i = 0; i < 4 * ARRAY_SIZE(frames); i++) {
		uint64_t n = frames[i / 4];
		int fd = make(i % 2 ? FLAC24 : FLAC16, i % 2 ? 44056 : 44100, i % 2 ? 1 : 2, n,
			      i / 2 % 2 ? silence : noise);
		struct sound_decoder *d = open_good(fd);

		assert_int_equal(sound_info(d)->bytes, cd_bytes(n, i % 2 ? 44056 : 44100));
		free(read_all(d));
		sound_close(d);
		set_flac_frames(fd, (uint32_t)n + 1);
		assert_refused(fd, EINVAL, "samples and has");
	}
}

/* Tags of others behind the last frame are no matter; anything else is. */
static void flac_tails(void **state)
{
	static const unsigned char ape[32] = {
		'A', 'P', 'E', 'T', 'A', 'G', 'E', 'X', 0xd0, 7, 0, 0, 100, 0, 0, 0, 1, 0, 0, 0,
		0, 0, 0, 0x80,
	};
	char id3[128] = "TAGsong", items[100] = "header and items", zeros[500] = { 0 };
	int fd = make(FLAC16, 44100, 2, 30011, noise);
	uint64_t size = size_of(fd);

	(void)state;
	for (int i = 0; i < 2; i++, set_flac_frames(fd, 0)) {
		struct sound_decoder *d;
		int16_t *samples;

		assert_int_equal(write_at(fd, items, 100, size), 0);
		assert_int_equal(write_at(fd, ape, 32, size + 100), 0);
		assert_int_equal(write_at(fd, id3, 128, size + 132), 0);
		d = open_good(fd);
		samples = read_all(d);
		assert_int_equal(sound_info(d)->bytes, 4 * 30011);
		assert_true(max_error(samples, 30011, 2, noise) == 0);
		free(samples);
		sound_close(d);
		assert_int_equal(write_at(fd, "tag", 3, size + 132), 0);
		assert_refused(dup(fd), EINVAL, "has data after its last frame");
		assert_int_equal(write_at(fd, zeros, 500, size), 0);
		assert_refused(dup(fd), EINVAL, "damaged");
		assert_int_equal(ftruncate(fd, (off_t)size), 0);
	}
	close(fd);
}

static void lying_flac(void **state)
{
	static const uint32_t lies[] = { 1, 4096, 20000, 30010, 30012, 90000 };
	int fd = make(FLAC16, 44100, 2, 30011, noise);
	struct sound_decoder *d;
	struct err err = { 0 };
	int16_t *samples;

	(void)state;
	set_flac_frames(fd, 0); /* a stream does not tell */
	d = open_good(fd);
	assert_int_equal(sound_info(d)->bytes, 4 * 30011);
	samples = read_all(d);
	assert_true(max_error(samples, 30011, 2, noise) == 0);
	free(samples);
	sound_close(d);
	flip(fd, size_of(fd) / 2); /* found when it is counted */
	assert_refused(dup(fd), EINVAL, "damaged at 0:00");
	flip(fd, size_of(fd) / 2);
	for (size_t i = 0; i < ARRAY_SIZE(lies); i++) {
		char *buf = malloc(4 * 90000);

		assert_non_null(buf);
		set_flac_frames(fd, lies[i]);
		assert_refused(dup(fd), EINVAL, "and has 30011");
		/* Nor when it was counted before, and the lie came then. */
		assert_int_equal(sound_open(&d, fd, size_of(fd), 4 * (uint64_t)lies[i], &err), 0);
		assert_int_equal(sound_read(d, buf, 4 * 90000, 0, &err), -EIO);
		sound_close(d);
		free(buf);
	}
	assert_int_equal(write_at(fd, "\xff", 1, 21), 0); /* 378 hours */
	assert_refused(fd, EINVAL, "and has 30011");
}

/* Some put the tags of MP3 in front of FLAC, too. */
static void flac_behind_id3(void **state)
{
	static const char id3[10] = { 'I', 'D', '3', 3, 0, 0, 0, 0, 1, 2 };
	char zeros[10 + 130] = { 0 };
	int flac = make(FLAC16, 44100, 2, 5000, noise), fd = file_of(zeros, sizeof(zeros));
	struct sound_decoder *d;
	int16_t *samples;

	(void)state;
	assert_int_equal(write_at(fd, id3, sizeof(id3), 0), 0);
	append(fd, flac);
	d = open_good(fd);
	samples = read_all(d);
	assert_string_equal(sound_info(d)->kind, "FLAC");
	assert_true(max_error(samples, 5000, 2, noise) == 0);
	free(samples);
	sound_close(d);
	close(flac);
	close(fd);
}

/* Where the page behind the middle of an Ogg file begins. */
static uint64_t ogg_page(int fd)
{
	char bytes[4];
	uint64_t pos = size_of(fd) / 2;

	do {
		assert_int_equal(read_at(fd, bytes, 4, ++pos), 0);
	} while (memcmp(bytes, "OggS", 4));
	return pos;
}

static void damaged_ogg(void **state)
{
	static const int formats[] = { VORBIS, OPUS };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		int fd = make(formats[i], 48000, 2, 480000, noise);
		uint64_t size = size_of(fd), page = ogg_page(fd);
		char zeros[4] = { 0 };

		flip(fd, page + 500);
		assert_refused(dup(fd), EINVAL, "a checksum is wrong");
		flip(fd, page + 500);
		flip(fd, page);
		assert_refused(dup(fd), EINVAL, "damaged at 0:0");
		flip(fd, page);
		append(fd, fd);
		assert_refused(dup(fd), EINVAL, "continues after its end at 0:10, as joined");
		assert_int_equal(ftruncate(fd, (off_t)size), 0);
		assert_int_equal(write_at(fd, zeros, 4, size), 0); /* a tail is no matter */
		sound_close(open_good(fd));
		assert_int_equal(ftruncate(fd, (off_t)size - 1), 0);
		assert_refused(dup(fd), EINVAL, "incomplete");
		assert_int_equal(ftruncate(fd, (off_t)page), 0);
		sound_close(open_good(fd)); /* whole pages, as a recorder leaves that was stopped */
		close(fd);
	}
}

/* The file @fd without its first @cut bytes and behind @len bytes of @junk. */
static int behind(const char *junk, size_t len, int fd, uint64_t cut)
{
	uint64_t rest = size_of(fd) - cut;
	char *bytes = malloc(len + rest);
	int out;

	assert_non_null(bytes);
	memcpy(bytes, junk, len);
	assert_int_equal(read_at(fd, bytes + len, rest, cut), 0);
	out = file_of(bytes, len + rest);
	free(bytes);
	return out;
}

static void put_ogg_crc(unsigned char *page, size_t len)
{
	uint32_t crc = 0;

	memset(page + 22, 0, 4);
	for (size_t i = 0; i < 8 * len; i++)
		crc = crc << 1 ^ ((crc >> 31 ^ page[i / 8] >> (7 - i % 8)) & 1 ? 0x04c11db7 : 0);
	crc = htole32(crc);
	memcpy(page + 22, &crc, 4);
}

/* Streams at once, as with a video: not one after the other. */
static void two_streams_of_ogg(void **state)
{
	int fd = make(VORBIS, 48000, 2, 480000, noise), both;
	unsigned char page[27 + 1 + 255];
	size_t len = 27;

	(void)state;
	assert_int_equal(read_at(fd, page, 27 + 1, 0), 0);
	len += 1 + page[27];
	assert_int_equal(read_at(fd, page, len, 0), 0);
	page[14]++; /* the number of the stream */
	put_ogg_crc(page, len);
	both = behind((char *)page, len, fd, 0);
	assert_refused(both, EINVAL, "several streams at once");
	close(fd);
}

static void missing_page(void **state)
{
	static const int formats[] = { VORBIS, OPUS };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		int fd = make(formats[i], 48000, 2, 480000, noise);
		uint64_t size = size_of(fd), page = ogg_page(fd), next = page;
		char *bytes = malloc(size);

		assert_non_null(bytes);
		assert_int_equal(read_at(fd, bytes, size, 0), 0);
		do {
			next++;
		} while (memcmp(bytes + next, "OggS", 4));
		assert_int_equal(write_at(fd, bytes + next, size - next, page), 0);
		assert_int_equal(ftruncate(fd, (off_t)(size - (next - page))), 0);
		assert_refused(fd, EINVAL, "pages are missing");
		free(bytes);
	}
}

static void damaged_mp3(void **state)
{
	char zeros[300] = { 0 };
	int fd = make(MP3, 44100, 2, TEN, sine);
	uint64_t size = size_of(fd);
	struct sound_decoder *d;

	(void)state;
	append(fd, fd);
	assert_refused(dup(fd), EINVAL, "continues after its end at 0:10");
	assert_int_equal(ftruncate(fd, (off_t)size), 0);
	/* Tags and zeros at the end are no music. */
	assert_int_equal(write_at(fd, zeros, 300, size), 0);
	assert_int_equal(write_at(fd, "TAG", 3, size), 0);
	d = open_good(fd);
	assert_int_equal(sound_info(d)->bytes, TEN * 4);
	sound_close(d);
	assert_int_equal(write_at(fd, zeros, 300, size / 2), 0);
	assert_refused(dup(fd), EINVAL, "damaged at 0:0");
	assert_int_equal(ftruncate(fd, (off_t)size / 2), 0);
	assert_refused(fd, EINVAL, "incomplete");
}

static void assert_same_sound(int fd, const int16_t *want, uint64_t bytes)
{
	struct sound_decoder *d = open_good(fd);
	int16_t *got = read_all(d);

	assert_int_equal(sound_info(d)->bytes, bytes);
	assert_memory_equal(got, want, bytes);
	free(got);
	sound_close(d);
	close(fd);
}

/* What is no frame at the beginning is passed over, behind a tag as well: the sound is the same. */
static void mp3_behind_junk(void **state)
{
	static const size_t lengths_of_junk[] = { 1, 3, 300, 1025, 5000, 65000 };
	static char junk[2][66000];
	int fd = make(MP3, 44100, 2, TEN, sine);
	struct sound_decoder *d = open_good(fd);
	uint64_t bytes = sound_info(d)->bytes;
	int16_t *want = read_all(d);

	(void)state;
	sound_close(d);
	for (size_t i = 0; i < sizeof(junk[0]); i++)
		junk[1][i] = (char)scramble((uint32_t)i);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(lengths_of_junk); i++)
		assert_same_sound(behind(junk[i % 2], lengths_of_junk[i / 2], fd, 0), want, bytes);
	memcpy(junk[1], "ID3\3\0\0\0\0\0\12", 10);
	assert_same_sound(behind(junk[1], 5000, fd, 0), want, bytes);
	assert_refused(behind(junk[0], 65537, fd, 0), EINVAL, "cannot read this sound file");
	free(want);
	close(fd);
}

/* The rest of a frame may look like one: a sine in frames of one length looks the same in each. */
static void mp3_cut_in_front(void **state)
{
	int fd = make(MP3, 44100, 2, TEN, sine);
	struct sound_decoder *d;

	(void)state;
	for (uint64_t cut = 1; cut < 3000; cut += 97) {
		int rest = behind("", 0, fd, cut);

		d = open_good(rest);
		assert_in_range(sound_info(d)->bytes, (TEN - 20 * 1152) * 4, (TEN + 3 * 1152) * 4);
		free(read_all(d));
		sound_close(d);
		close(rest);
	}
	close(fd);
}

static void put_id3(int fd, uint64_t pos, uint64_t len, const char *title)
{
	const unsigned char head[10] = {
		'I', 'D', '3', 3, 0, 0, len >> 21 & 127, len >> 14 & 127, len >> 7 & 127, len & 127,
	};
	const char frame[10] = { 'T', 'I', 'T', '2', 0, 0, 0, (char)(strlen(title) + 1) };

	assert_int_equal(write_at(fd, head, 10, pos), 0);
	assert_int_equal(write_at(fd, frame, 10, pos + 10), 0);
	assert_int_equal(write_at(fd, title, strlen(title), pos + 21), 0);
}

/* A tag of some size is read for the title; one that is no tag of music is not read at all. */
static void large_id3(void **state)
{
	static const struct {
		uint64_t first, second;
		const char *title;
	} sizes[] = {
		{ 5000, 5000, "Title" }, { 6 << 20, 6 << 20, "Title" }, { 200 << 20, 0, "" },
		{ 5000, 200 << 20, "" },
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(sizes); i++) {
		uint64_t first = sizes[i / 2].first, second = sizes[i / 2].second, len = first + 10;
		int sound = make(i % 2 ? FLAC16 : MP3, 44100, 2, TEN, sine);
		int fd = memfd_create("sound", MFD_CLOEXEC);
		struct sound_decoder *d;

		put_id3(fd, 0, first, "Title");
		if (second && i % 2 == 0) {
			put_id3(fd, len, second, "Title");
			len += second + 10;
		}
		assert_int_equal(ftruncate(fd, (off_t)len), 0);
		append(fd, sound);
		d = open_good(fd);
		assert_int_equal(sound_info(d)->bytes, TEN * 4);
		if (i % 2 == 0)
			assert_string_equal(sound_tags(d)->title, sizes[i / 2].title);
		free(read_all(d));
		sound_close(d);
		close(sound);
		close(fd);
	}
}

/* A header of so many pages of 65025 bytes, behind the first page of a good file. */
static int make_ogg_header(unsigned pages)
{
	static unsigned char page[27 + 255 + 255 * 255];
	int fd = make(VORBIS, 44100, 2, 1000, sine);
	uint64_t pos = 58;       /* its first page has 30 bytes in one segment */

	for (uint32_t i = 1; i <= pages; i++, pos += sizeof(page)) {
		uint32_t count = htole32(i);

		assert_int_equal(read_at(fd, page, 18, 0), 0);
		page[5] = i > 1;
		memset(page + 6, 0xff, 8);
		memcpy(page + 18, &count, 4);
		page[26] = 255;
		memset(page + 27, 255, 255);
		put_ogg_crc(page, sizeof(page));
		assert_int_equal(write_at(fd, page, sizeof(page), pos), 0);
	}
	assert_int_equal(ftruncate(fd, (off_t)pos), 0);
	return fd;
}

static void large_ogg_header(void **state)
{
	(void)state;
	assert_refused(make_ogg_header(260), EINVAL, "has more than 16 MiB");
}

/*
 * Of variable bitrate, which is libsndfile's way, and the word is gone by which the first frame
 * says that it has the length.
 */
static void mp3_without_length(void **state)
{
	double buf[1152 * 2];
	SF_INFO info = { .format = MP3, .samplerate = 44100, .channels = 2 };
	int fd = memfd_create("sound", MFD_CLOEXEC);
	SNDFILE *file = sf_open_fd(fd, SFM_WRITE, &info, 0);
	struct sound_decoder *d;
	char first[64];
	uint64_t pos = 0;

	(void)state;
	assert_non_null(file);
	for (uint64_t i = 0; i < 400; i++) {
		for (uint64_t n = 0; n < 1152 * 2; n++)
			buf[n] = i % 100 ? noise(i * 1152 + n / 2, n % 2, 44100) / 3 : 0;
		assert_int_equal(sf_writef_double(file, buf, 1152), 1152);
	}
	assert_int_equal(sf_close(file), 0);
	d = open_good(fd);
	assert_int_equal(sound_info(d)->bytes, 400 * 1152 * 4);
	sound_close(d);
	assert_int_equal(read_at(fd, first, sizeof(first), 0), 0);
	while (memcmp(first + pos, "Xing", 4) && memcmp(first + pos, "Info", 4))
		assert_true(++pos < 60);
	assert_int_equal(write_at(fd, "----", 4, pos), 0);
	d = open_good(fd);
	assert_in_range(sound_info(d)->bytes, 401 * 1152 * 4, 404 * 1152 * 4);
	free(read_all(d));
	sound_close(d);
	close(fd);
}

/* Where the length of the samples stands in a WAV or AIFF file of libsndfile's. */
static uint64_t length_of_samples(int fd, const char *name)
{
	char bytes[4];
	uint64_t pos = 12;

	while (read_at(fd, bytes, 4, pos) == 0 && memcmp(bytes, name, 4))
		pos++;
	return pos + 4;
}

static void set_lengths(int fd, uint32_t whole, uint32_t samples)
{
	whole = htole32(whole);
	samples = htole32(samples);
	assert_int_equal(write_at(fd, &whole, 4, 4), 0);
	assert_int_equal(write_at(fd, &samples, 4, length_of_samples(fd, "data")), 0);
}

/* Lengths as writers leave them that could not go back and mend them. */
static void streamed_wav(void **state)
{
	static const struct {
		uint32_t whole, samples;
	} lengths_left[] = {
		{ 0, 0 }, { UINT32_MAX, UINT32_MAX }, { 36, 0 }, { 1000, UINT32_MAX },
		{ 0x7ffff024, 0x7ffff000 }, { UINT32_MAX, 0 }, { 8, 0 },
	};
	static const int formats[] = {
		SF_FORMAT_WAV | SF_FORMAT_PCM_24, SF_FORMAT_WAV | SF_FORMAT_FLOAT,
		SF_FORMAT_WAVEX | SF_FORMAT_PCM_16,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths_left) * ARRAY_SIZE(formats); i++) {
		int fd = make(formats[i % ARRAY_SIZE(formats)], 44100, 2, 5000, sine);
		size_t k = i / ARRAY_SIZE(formats);
		struct sound_decoder *d;
		int16_t *samples;

		set_lengths(fd, lengths_left[k].whole, lengths_left[k].samples);
		d = open_good(fd);
		if (sound_info(d)->bytes != 20000)
			fail_msg("format %zu, lengths %zu: %llu bytes", i % ARRAY_SIZE(formats), k,
				 (unsigned long long)sound_info(d)->bytes);
		samples = read_all(d);
		assert_true(max_error(samples, 5000, 2, sine) < 1.6);
		free(samples);
		sound_close(d);
		close(fd);
	}
}

static void cut_pcm(void **state)
{
	static const int formats[] = {
		SF_FORMAT_WAV | SF_FORMAT_PCM_24, WAV16 | SF_ENDIAN_BIG, AIFF16, FLOAT32,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		int fd = make(formats[i], 48000, 2, 5000, sine);

		assert_int_equal(ftruncate(fd, (off_t)(size_of(fd) - 4000)), 0);
		assert_refused(fd, EINVAL, " file is incomplete: 4000 of");
	}
}

/* ---- WAV of the kinds for more than 4 GiB ---- */

enum { LONG_FRAMES = 5000 };

/* What differs from a good file. */
struct long_wav {
	const char *magic;       /* RF64, BW64 or riff, for W64 */
	uint64_t total, samples; /* 64-bit lengths, if they lie */
	uint32_t samples_32;     /* of RF64: not the 0xffffffff that sends to the 64-bit ones */
	uint64_t missing, more;  /* bytes cut off the end, and put behind it as a chunk */
	unsigned odd;            /* bytes of a chunk before the samples */
	bool no_ds64;
};

static unsigned char *put(unsigned char *at, const void *bytes, size_t len)
{
	memcpy(at, bytes, len);
	return at + len;
}

static unsigned char *put_number(unsigned char *at, uint64_t n, unsigned len)
{
	n = htole64(n);
	return put(at, &n, len);
}

static unsigned char *put_long_name(unsigned char *at, const char *name, bool w64)
{
	static const unsigned char guids[2][12] = {
		{ 0xf3, 0xac, 0xd3, 0x11, 0x8c, 0xd1, 0, 0xc0, 0x4f, 0x8e, 0xdb, 0x8a },
		{ 0x2e, 0x91, 0xcf, 0x11, 0xa5, 0xd6, 0x28, 0xdb, 0x04, 0xc1, 0, 0 },
	};

	at = put(at, name, 4);
	return w64 ? put(at, guids[!strcmp(name, "riff")], 12) : at;
}

/* A chunk's header; the content is to follow. */
static unsigned char *put_chunk(unsigned char *at, const char *name, uint64_t len, bool w64)
{
	at = put_long_name(at, name, w64);
	return w64 ? put_number(at, len + 24, 8) : put_number(at, len, 4);
}

static unsigned char *put_format(unsigned char *at)
{
	static const unsigned char format[16] = {
		1, 0, 2, 0, 0x44, 0xac, 0, 0, 0x10, 0xb1, 2, 0, 4, 0, 16, 0,
	};

	return put(at, format, sizeof(format));
}

/* 16 bits, stereo, of noise(). */
static int make_long(const struct long_wav *w)
{
	bool w64 = !strcmp(w->magic, "riff");
	uint64_t bytes = LONG_FRAMES * 4;
	unsigned char *file = calloc(1, 4 << 20), *at = file, *lengths = NULL, *len_at;
	int fd;

	assert_non_null(file);
	at = put_long_name(at, w->magic, w64);
	at = put_number(at, UINT32_MAX, w64 ? 8 : 4);
	at = put_long_name(at, w64 ? "wave" : "WAVE", w64);
	if (!w64 && !w->no_ds64) {
		lengths = put_chunk(at, "ds64", 28, false);
		at = lengths + 28;
	}
	at = put_format(put_chunk(at, "fmt ", 16, w64));
	if (w->odd)
		at = put_chunk(at, "junk", w->odd, w64) + w->odd + (w64 ? -w->odd & 7 : w->odd & 1);
	at = put_chunk(at, "data", bytes, w64);
	len_at = at - (w64 ? 8 : 4);
	for (uint64_t i = 0; i < 2 * LONG_FRAMES; i++)
		at = put_number(at, (uint16_t)(int16_t)(noise(i / 2, (int)(i % 2), 0) * 32768), 2);
	if (w->more)
		at = put_chunk(at, "more", w->more, w64) + w->more;
	if (w64) {
		put_number(file + 16, w->total ? w->total : (uint64_t)(at - file), 8);
		put_number(len_at, (w->samples ? w->samples : bytes) + 24, 8);
	} else {
		put_number(len_at, w->samples_32 ? w->samples_32 : UINT32_MAX, 4);
	}
	if (lengths) {
		put_number(lengths, w->total ? w->total : (uint64_t)(at - file) - 8, 8);
		put_number(lengths + 8, w->samples ? w->samples : bytes, 8);
	}
	fd = file_of(file, (size_t)((uint64_t)(at - file) - w->missing));
	free(file);
	return fd;
}

static void long_wavs(void **state)
{
	static const struct long_wav good[] = {
		{ .magic = "RF64" }, { .magic = "BW64" }, { .magic = "riff" },
		{ .magic = "RF64", .samples_32 = LONG_FRAMES * 4 },
		{ .magic = "RF64", .total = UINT64_MAX, .samples = UINT64_MAX },
		{ .magic = "BW64", .total = INT64_MAX, .samples = INT64_MAX },
		{ .magic = "riff", .total = UINT64_MAX, .samples = INT64_MAX - 24 },
		{ .magic = "riff", .total = UINT64_MAX, .samples = UINT64_MAX - 24 },
		{ .magic = "riff", .total = UINT64_MAX, .samples = -UINT64_C(24) },
		{ .magic = "RF64", .odd = 601 }, { .magic = "BW64", .odd = 43, .more = 100 },
		{ .magic = "riff", .odd = 601, .more = 96 }, { .magic = "riff", .more = 40 },
		{ .magic = "RF64", .more = 40 },
		{ .magic = "RF64", .more = 3 << 20 }, { .magic = "riff", .more = 3 << 20 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		int fd = make_long(&good[i]);
		struct sound_decoder *d = open_good(fd);
		int16_t *samples;

		assert_string_equal(sound_info(d)->kind,
				    strcmp(good[i].magic, "riff") ? good[i].magic : "W64");
		if (sound_info(d)->bytes != LONG_FRAMES * 4)
			fail_msg("file %zu: %llu bytes", i,
				 (unsigned long long)sound_info(d)->bytes);
		samples = read_all(d);
		assert_true(max_error(samples, LONG_FRAMES, 2, noise) == 0);
		free(samples);
		sound_close(d);
		close(fd);
	}
}

static void bad_long_wavs(void **state)
{
	static const struct {
		struct long_wav wav;
		const char *words;
	} bad[] = {
		{ { .magic = "RF64", .missing = 1000 },
		  "the RF64 file is incomplete: 1000 of 20000" },
		{ { .magic = "BW64", .missing = 4 }, "the BW64 file is incomplete: 4 of 20000" },
		{ { .magic = "riff", .missing = 1000 },
		  "the W64 file is incomplete: 1000 of 20000" },
		{ { .magic = "RF64", .samples = 24000 },
		  "the RF64 file is incomplete: 4000 of 24000" },
		{ { .magic = "riff", .samples = 24000 },
		  "the W64 file is incomplete: 4000 of 24000" },
		{ { .magic = "RF64", .no_ds64 = true }, "has no samples that burnfs can read" },
		{ { .magic = "RF64", .missing = 20000 + 50 },
		  "has no samples that burnfs can read" },
		{ { .magic = "riff", .missing = 20000 + 50 },
		  "has no samples that burnfs can read" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		assert_refused(make_long(&bad[i].wav), EINVAL, bad[i].words);
}

/* Lengths that take more than 32 bits. */
static void more_than_4_gib(void **state)
{
	const uint64_t bytes = UINT64_C(5) << 30;
	struct long_wav w = { .magic = "RF64", .samples = bytes, .total = bytes };
	int fd = make_long(&w);
	struct sound_decoder *d;
	struct err err;
	int16_t sample[2];

	(void)state;
	assert_int_equal(ftruncate(fd, (off_t)(size_of(fd) - LONG_FRAMES * 4 + bytes)), 0);
	d = open_good(fd);
	assert_int_equal(sound_info(d)->bytes, bytes);
	assert_int_equal(sound_read(d, sample, 4, bytes - 4, &err), 4);
	assert_int_equal(sample[0], 0);
	assert_int_equal(sound_read(d, sample, 4, 400, &err), 4);
	assert_int_equal(sample[1], (int16_t)(noise(100, 1, 0) * 32768));
	sound_close(d);
	close(fd);
}

/* Chunks without end, before or behind the samples, are more than libsndfile should remember. */
static void many_chunks(void **state)
{
	static const unsigned char chunk[8] = "JUNK";
	int fd = make(FLOAT32, 44100, 2, 5000, sine);
	uint64_t size = size_of(fd);
	struct sound_decoder *d;
	char *junk = malloc(2 << 20);

	(void)state;
	assert_non_null(junk);
	memset(junk, 0x80, 2 << 20);
	assert_int_equal(write_at(fd, junk, 2 << 20, size), 0);
	d = open_good(fd);
	assert_int_equal(sound_info(d)->bytes, 20000);
	free(read_all(d));
	sound_close(d);
	assert_int_equal(write_at(fd, "\1", 1, 12), 0);
	assert_refused(dup(fd), EINVAL, "has no samples that burnfs can read");
	for (uint64_t i = 0; i < 300; i++)
		assert_int_equal(write_at(fd, chunk, 8, 12 + 8 * i), 0);
	assert_refused(fd, EINVAL, "has no samples that burnfs can read");
	free(junk);
}

/* The descriptor fails, or the file shrinks, while it is decoded. */
static void failing_reads(void **state)
{
	static const int formats[] = { FLAC16, FLOAT32, VORBIS, OPUS, MP3 };
	static char buf[44100 * 4];

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(formats); i++) {
		int fd = make(formats[i / 2], 48000, 2, 480000, noise), other;
		struct sound_decoder *d = open_good(fd);
		struct err err = { 0 };
		uint64_t size = size_of(fd);
		char path[64];
		ssize_t n = 1;

		assert_int_equal(sound_read(d, buf, sizeof(buf), 0, &err), sizeof(buf));
		if (i % 2) {
			assert_int_equal(ftruncate(fd, (off_t)size / 2), 0);
		} else {
			snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
			other = open(path, O_WRONLY | O_CLOEXEC);
			assert_true(other >= 0 && dup2(other, fd) == fd);
			close(other);
		}
		for (uint64_t pos = 0; n > 0; pos += sizeof(buf))
			n = sound_read(d, buf, sizeof(buf), pos, &err);
		assert_int_equal(n, -EIO);
		assert_says(&err, EIO, i % 2 ? "" : "cannot read the file at byte");
		sound_close(d);
		if (i % 2 == 0)
			assert_refused(dup(fd), EIO, "cannot read the file at byte");
		close(fd);
	}
}

static void offset_stays(void **state)
{
	int fd = make(FLAC16, 44100, 2, 1000, noise);
	struct sound_decoder *d;

	(void)state;
	assert_int_equal(lseek(fd, 7, SEEK_SET), 7);
	d = open_good(fd);
	free(read_all(d));
	sound_close(d);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 7);
	close(fd);
}

/* Whatever is broken: an answer, with a sentence, and no more than was announced. */
static void mutations(void **state)
{
	static const int formats[] = {
		FLAC16, FLOAT32, VORBIS, OPUS, MP3, AIFF16, SF_FORMAT_WAV | SF_FORMAT_MS_ADPCM,
		SF_FORMAT_RF64 | SF_FORMAT_PCM_16, SF_FORMAT_W64 | SF_FORMAT_PCM_24,
	};
	static char buf[200000];
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats) * 150; i++) {
		int fd = make(formats[i % ARRAY_SIZE(formats)], 48000, 2, 3000, sine);
		uint64_t size = size_of(fd);
		struct sound_decoder *d = NULL;
		struct err err = { 0 };
		ssize_t n = 0;

		for (int k = 0; k < 3; k++)
			flip(fd, (x = scramble(x + 1)) % (k ? size : 100));
		if (sound_open(&d, fd, size, 0, &err) == 0) {
			n = sound_read(d, buf, sizeof(buf), 0, &err);
			assert_true(n < 0 || (uint64_t)n == sound_info(d)->bytes ||
				    n == sizeof(buf));
			sound_close(d);
		}
		if (!d || n < 0)
			assert_true(err.msg[0] && (err.code == EINVAL || err.code == EIO));
		close(fd);
	}
}

/* ---- titles ---- */

static void assert_tags(const struct tag *tags, int format, const char *title,
			const char *performer, const char *album)
{
	int fd = make_tagged(format, 48000, 2, 1000, sine, tags);
	struct sound_decoder *d = open_good(fd);
	const struct sound_tags *t = sound_tags(d);

	assert_string_equal(t->title, title);
	assert_string_equal(t->performer, performer);
	assert_string_equal(t->album, album);
	sound_close(d);
	close(fd);
}

static void tags(void **state)
{
	static const int formats[] = { FLAC16, VORBIS, OPUS };
	static const struct tag plain[] = {
		{ SF_STR_TITLE, "Title" }, { SF_STR_ARTIST, "Some One" },
		{ SF_STR_ALBUM, "Album" }, { 0 },
	};
	static const struct tag foreign[] = {
		{ SF_STR_TITLE, "Пѣсня ☭" }, { SF_STR_ARTIST, "🎷 & 🎺" }, { 0 },
	};
	static const struct tag rude[] = {
		{ SF_STR_TITLE, "  a\nb\tc\033[2Jd\177  " },
		{ SF_STR_ARTIST, "x\302\233y\302\200" },
		{ 0 },
	};
	static const struct tag latin1[] = {
		{ SF_STR_TITLE, "caf\351 \200" }, { SF_STR_ALBUM, "na\357ve" }, { 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		assert_tags(NULL, formats[i], "", "", "");
		assert_tags(plain, formats[i], "Title", "Some One", "Album");
		assert_tags(foreign, formats[i], "Пѣсня ☭", "🎷 & 🎺", "");
		assert_tags(rude, formats[i], "a b c?[2Jd?", "x?y?", "");
	}
	assert_tags(plain, WAV16, "Title", "Some One", "Album");
	assert_tags(latin1, WAV16, "café ?", "", "naïve");
	assert_tags(latin1, VORBIS, "café ?", "", "naïve");
	assert_tags(plain, MP3, "Title", "Some One", "Album");
}

static void long_tags(void **state)
{
	enum { MOST = sizeof(((struct sound_tags *)NULL)->title) - 1 };
	char text[10240 + 1], want[MOST + 1];
	struct tag tag[] = { { SF_STR_TITLE, text }, { 0 } };

	(void)state;
	memset(text, 'x', 10240);
	text[10240] = '\0';
	memset(want, 'x', MOST);
	want[MOST] = '\0';
	assert_tags(tag, FLAC16, want, "", "");
	/* Cut in the middle of a character of four bytes: it goes. */
	for (size_t i = 0; i < 10240; i += 4)
		memcpy(text + i, "🎷", 4);
	memcpy(want, text, MOST / 4 * 4);
	want[MOST / 4 * 4] = '\0';
	assert_tags(tag, FLAC16, want, "", "");
	assert_tags(tag, VORBIS, want, "", "");
	/* And in ISO 8859-1, where every character becomes two. */
	memset(text, '\344', 10240);
	for (size_t i = 0; i < MOST / 2 * 2; i += 2)
		memcpy(want + i, "ä", 2);
	want[MOST / 2 * 2] = '\0';
	assert_tags(tag, VORBIS, want, "", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exact),
		cmocka_unit_test(eight_bits),
		cmocka_unit_test(dithered),
		cmocka_unit_test(dither_is_triangular),
		cmocka_unit_test(clipped),
		cmocka_unit_test(no_numbers),
		cmocka_unit_test(lengths),
		cmocka_unit_test(resampled),
		cmocka_unit_test(aligned),
		cmocka_unit_test(lossy),
		cmocka_unit_test(any_order),
		cmocka_unit_test(in_parallel),
		cmocka_unit_test(counted_before),
		cmocka_unit_test(no_sound),
		cmocka_unit_test(no_cd_sound),
		cmocka_unit_test(damaged_flac),
		cmocka_unit_test(cut_flac),
		cmocka_unit_test(flac_ends),
		cmocka_unit_test(flac_tails),
		cmocka_unit_test(lying_flac),
		cmocka_unit_test(flac_behind_id3),
		cmocka_unit_test(damaged_ogg),
		cmocka_unit_test(two_streams_of_ogg),
		cmocka_unit_test(missing_page),
		cmocka_unit_test(damaged_mp3),
		cmocka_unit_test(mp3_behind_junk),
		cmocka_unit_test(mp3_cut_in_front),
		cmocka_unit_test(large_id3),
		cmocka_unit_test(large_ogg_header),
		cmocka_unit_test(mp3_without_length),
		cmocka_unit_test(streamed_wav),
		cmocka_unit_test(cut_pcm),
		cmocka_unit_test(long_wavs),
		cmocka_unit_test(bad_long_wavs),
		cmocka_unit_test(more_than_4_gib),
		cmocka_unit_test(many_chunks),
		cmocka_unit_test(failing_reads),
		cmocka_unit_test(offset_stays),
		cmocka_unit_test(mutations),
		cmocka_unit_test(tags),
		cmocka_unit_test(long_tags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
