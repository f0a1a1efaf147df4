/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is a track, what is CD audio, and where tracks come to lie. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "sound/audio.h"

/* A file in memory, put together piece by piece. */
struct wav {
	unsigned char bytes[4096];
	size_t len;
};

static void add(struct wav *w, const void *data, size_t len)
{
	assert_true(w->len + len <= sizeof(w->bytes));
	memcpy(w->bytes + w->len, data, len);
	w->len += len;
}

static void add_number(struct wav *w, uint32_t value, size_t len)
{
	for (size_t i = 0; i < len; i++)
		w->bytes[w->len++] = (unsigned char)(value >> 8 * i);
}

static void add_chunk(struct wav *w, const char *name, uint32_t len)
{
	add(w, name, 4);
	add_number(w, len, 4);
}

static void add_riff(struct wav *w, uint32_t len)
{
	add_chunk(w, "RIFF", len);
	add(w, "WAVE", 4);
}

static void add_format(struct wav *w, unsigned tag, unsigned channels, uint32_t rate, unsigned bits)
{
	add_chunk(w, "fmt ", 16);
	add_number(w, tag, 2);
	add_number(w, channels, 2);
	add_number(w, rate, 4);
	add_number(w, rate * channels * bits / 8, 4);
	add_number(w, channels * bits / 8, 2);
	add_number(w, bits, 2);
}

static void add_samples(struct wav *w, size_t len)
{
	memset(w->bytes + w->len, 0x55, len);
	w->len += len;
}

static struct sound judge_as(const char *name, const void *bytes, size_t len)
{
	cleanup_close int fd = memfd_create("sound", MFD_CLOEXEC);
	struct sound s;

	assert_true(fd >= 0);
	assert_int_equal(write_at(fd, bytes, len, 0), 0);
	memset(&s, 0xee, sizeof(s));
	audio_judge(fd, name, len, &s, NULL);
	return s;
}

static struct sound judge(const struct wav *w)
{
	return judge_as("a.wav", w->bytes, w->len);
}

static void assert_good(struct sound s, uint64_t offset, uint64_t bytes)
{
	if (s.state != SOUND_OK)
		fail_msg("state %d: %s", (int)s.state, s.why.msg);
	assert_int_equal(s.offset, offset);
	assert_int_equal(s.bytes, bytes);
	assert_int_equal(s.why.code, 0);
}

static void assert_bad(struct sound s, const char *words)
{
	assert_int_equal(s.state, SOUND_BAD);
	assert_int_equal(s.why.code, EINVAL);
	if (!strstr(s.why.msg, words))
		fail_msg("\"%s\" does not say \"%s\"", s.why.msg, words);
}

static void names(void **state)
{
	static const char *const tracks[] = {
		"track01.wav", "TRACK01.WAV", "a/b/c.Wave", "x.cdr", "x.raw", "x.pcm", "x.flac",
		"x.ogg", "x.oga", "x.opus", "x.mp3", "x.aiff", "x.aif", "x.aifc", "x.au", "x.m4a",
		"x.wma", "a.b.wav", "dir.wav/x.mp3", "part.wav", "~x.wav", "a b.wav",
	};
	static const char *const others[] = {
		"cover.jpg", "x.cue", "x.m3u", "x.log", "wav", "x.wavx", "x.", "", "x.wav/", ".wav",
		".hidden.wav", "a/.hidden.wav", ".Trash-0/files/x.wav", "a/.b/x.wav", "x.wav.part",
		"x.wav.tmp", "x.wav~", ".goutputstream-ABC.wav", "#x.wav#", "x.wav.crdownload",
		"dir.wav/x", ".x.wav.Ab12Cd",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(tracks); i++)
		if (!audio_is_track(tracks[i]))
			fail_msg("%s is no track", tracks[i]);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		if (audio_is_track(others[i]))
			fail_msg("%s is a track", others[i]);
	assert_true(audio_is_bare("x.cdr"));
	assert_true(audio_is_bare("a/x.RAW"));
	assert_true(audio_is_bare("x.pcm"));
	assert_false(audio_is_bare("x.wav"));
	assert_false(audio_is_bare(".x.raw"));
}

static void bare_samples(void **state)
{
	unsigned char bytes[4096] = { 0 };

	(void)state;
	assert_good(judge_as("x.cdr", bytes, 4096), 0, 4096);
	assert_good(judge_as("x.raw", bytes, 4), 0, 4);
	assert_bad(judge_as("x.pcm", bytes, 4095), "4095 bytes");
	assert_bad(judge_as("x.pcm", bytes, 2), ".cdr, .raw or .pcm");
	assert_bad(judge_as("x.pcm", bytes, 1), "1 byte is not a whole");
	assert_int_equal(judge_as("x.pcm", bytes, 0).state, SOUND_EMPTY);
	assert_int_equal(judge_as("x.wav", bytes, 0).state, SOUND_EMPTY);
	assert_int_equal(judge_as("x.flac", bytes, 0).state, SOUND_EMPTY);
}

static void other_sounds(void **state)
{
	static const char *const sounds[] = {
		"x.flac", "x.MP3", "x.ogg", "x.aiff", "x.m4a", "x.wma"
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sounds); i++) {
		assert_bad(judge_as(sounds[i], "fLaC", 4), "");
		assert_false(audio_is_plain(sounds[i]));
	}
	assert_bad(judge_as("cover.jpg", "fLaC", 4), "name");
	assert_true(audio_is_plain("x.wav") && audio_is_plain("x.cdr"));
}

/* CD samples under another sound's name are what they are; and a name may change. */
static void names_and_content(void **state)
{
	struct wav w = { 0 };
	struct sound s;

	(void)state;
	add_riff(&w, 36 + 400);
	add_format(&w, 1, 2, 44100, 16);
	add_chunk(&w, "data", 400);
	add_samples(&w, 400);
	s = judge_as("x.flac", w.bytes, w.len);
	assert_good(s, 44, 400);
	assert_false(s.decoded);
	s = judge(&w);
	assert_false(s.decoded);
}

static struct sound peek(const char *name, const struct wav *w)
{
	cleanup_close int fd = memfd_create("sound", MFD_CLOEXEC);
	struct sound s;

	assert_true(fd >= 0);
	assert_int_equal(write_at(fd, w->bytes, w->len, 0), 0);
	audio_peek(fd, name, w->len, &s);
	assert_int_equal(s.state, SOUND_UNJUDGED);
	return s;
}

/* What a header says while the samples still come. */
static void peeking(void **state)
{
	struct wav w = { 0 }, other = { 0 };

	(void)state;
	add_riff(&w, 36 + 400);
	add_format(&w, 1, 2, 44100, 16);
	assert_int_equal(peek("a.wav", &w).offset, 0);
	add_chunk(&w, "data", 400);
	add_samples(&w, 400);
	assert_int_equal(peek("a.wav", &w).offset, 44);
	assert_int_equal(peek("a.wav", &w).bytes, 0);
	assert_int_equal(peek("a.flac", &w).offset, 0);
	add_chunk(&w, "LIST", 3);
	add_samples(&w, 4);
	assert_int_equal(peek("a.wav", &w).bytes, 400);
	add_riff(&other, 1000);
	add_format(&other, 1, 2, 48000, 16);
	add_chunk(&other, "data", 400);
	add_samples(&other, 400);
	assert_int_equal(peek("a.wav", &other).offset, 0);
	assert_true(peek("a.wav", &other).decoded);
	assert_false(peek("a.wav", &w).decoded);
	memcpy(other.bytes, "RF64", 4);
	assert_true(peek("a.wav", &other).decoded);
}

static void plain_wav(void **state)
{
	struct wav w = { 0 };

	(void)state;
	add_riff(&w, 36 + 400);
	add_format(&w, 1, 2, 44100, 16);
	add_chunk(&w, "data", 400);
	add_samples(&w, 400);
	assert_good(judge(&w), 44, 400);
	/* Chunks behind the samples are no samples. */
	add_chunk(&w, "LIST", 3);
	add_samples(&w, 4);
	assert_good(judge(&w), 44, 400);
}

static void chunks_before(void **state)
{
	struct wav w = { 0 };

	(void)state;
	add_riff(&w, 1000);
	add_chunk(&w, "bext", 7);
	add_samples(&w, 8);        /* odd, with its pad byte */
	add_chunk(&w, "JUNK", 0);
	add_format(&w, 1, 2, 44100, 16);
	add_chunk(&w, "fact", 4);
	add_samples(&w, 4);
	add_chunk(&w, "data", 8);
	add_samples(&w, 8);
	assert_good(judge(&w), 12 + 16 + 8 + 24 + 12 + 8, 8);
}

static void assert_not_raw(struct sound s)
{
	assert_true(s.state == SOUND_BAD || s.decoded);
}

static void extensible(void **state)
{
	static const unsigned char guid_end[14] = {
		0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71
	};
	struct wav w = { 0 };

	(void)state;
	add_riff(&w, 1000);
	add_format(&w, 0xfffe, 2, 44100, 16);
	w.bytes[16] = 40;
	add_number(&w, 22, 2);
	add_number(&w, 16, 2);
	add_number(&w, 3, 4);
	add_number(&w, 1, 2);
	add(&w, guid_end, sizeof(guid_end));
	add_chunk(&w, "data", 16);
	add_samples(&w, 16);
	assert_good(judge(&w), 68, 16);
	w.bytes[44] = 3; /* floating point */
	assert_not_raw(judge(&w));
	w.bytes[44] = 1;
	w.bytes[59] ^= 1; /* another GUID */
	assert_not_raw(judge(&w));
}

/* 48 bytes of what is no CD sound are as many CD samples as they last; 0: refused. */
static void other_formats(void **state)
{
	static const struct {
		unsigned tag, channels;
		uint32_t rate;
		unsigned bits, bytes;
	} formats[] = {
		{ 3, 2, 44100, 16, 0 }, { 1, 1, 44100, 16, 96 }, { 1, 2, 48000, 16, 48 },
		{ 1, 2, 44100, 24, 32 }, { 1, 2, 44100, 8, 96 }, { 1, 2, 22050, 16, 96 },
		{ 85, 2, 44100, 16, 0 }, { 1, 6, 44100, 16, 0 }, { 1, 0, 44100, 16, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(formats); i++) {
		struct wav w = { 0 };
		struct sound s;

		add_riff(&w, 36 + 48);
		add_format(&w, formats[i].tag, formats[i].channels, formats[i].rate,
			   formats[i].bits);
		/* Bytes a sample. */
		w.bytes[32] = (unsigned char)(formats[i].channels * formats[i].bits / 8);
		add_chunk(&w, "data", 48);
		add_samples(&w, 48);
		s = judge(&w);
		if (!formats[i].bytes) {
			assert_bad(s, "");
			continue;
		}
		assert_good(s, 0, formats[i].bytes);
		assert_true(s.decoded);
		/* It was cut: the decoder would not mind. */
		w.len -= 8;
		assert_bad(judge(&w), "8 of its 48 bytes are missing");
	}
}

/* Lengths as writers leave them that could not go back and mend them. */
static void streamed(void **state)
{
	static const struct {
		uint32_t riff, data;
	} lengths[] = {
		{ 0, 0 }, { UINT32_MAX, UINT32_MAX }, { 36, 0 }, { 1000, UINT32_MAX },
		{ 0x7ffff024, 0x7ffff000 }, { UINT32_MAX, 401 * 4 }, { 0, 4000 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct wav w = { 0 };

		add_riff(&w, lengths[i].riff);
		add_format(&w, 1, 2, 44100, 16);
		add_chunk(&w, "data", lengths[i].data);
		add_samples(&w, 400);
		assert_good(judge(&w), 44, 400);
		add_samples(&w, 1);
		assert_bad(judge(&w), "401 bytes");
	}
}

static void damaged(void **state)
{
	struct wav w = { 0 };

	(void)state;
	add_riff(&w, 36 + 4000);
	add_format(&w, 1, 2, 44100, 16);
	add_chunk(&w, "data", 4000);
	add_samples(&w, 400);
	assert_bad(judge(&w), "3600 of its 4000 bytes are missing");
	w.bytes[40] = 399 & 0xff;
	w.bytes[41] = 399 >> 8;
	assert_bad(judge(&w), "399 bytes");
	w.len = 44;
	w.bytes[40] = w.bytes[41] = 0;
	assert_bad(judge(&w), "no samples");
	/* However short, it is judged and not a read beyond the end. */
	for (w.len = 1; w.len < 44; w.len++)
		assert_bad(judge(&w), "WAV");
	w.len = 44;
	w.bytes[16] = 15;
	assert_bad(judge(&w), "damaged");
	assert_bad(judge_as("x.wav", "fLaC and so on", 14), "");
	assert_bad(judge_as("x.wav", "RIFX....WAVE", 12), "");
	assert_bad(judge_as("x.wav", "RIFF....AVI ", 12), "cannot read this sound file");
}

static void no_format_or_no_data(void **state)
{
	struct wav w = { 0 };

	(void)state;
	add_riff(&w, 1000);
	add_chunk(&w, "data", 8);
	add_samples(&w, 8);
	add_format(&w, 1, 2, 44100, 16);
	assert_bad(judge(&w), "before its format");
	w.len = 12;
	add_format(&w, 1, 2, 44100, 16);
	add_chunk(&w, "huge", UINT32_MAX);
	assert_bad(judge(&w), "has no samples");
	w.len = 12;
	while (w.len + 44 < sizeof(w.bytes))
		add_chunk(&w, "JUNK", 0);
	add_format(&w, 1, 2, 44100, 16);
	add_chunk(&w, "data", 8);
	add_samples(&w, 8);
	assert_bad(judge(&w), "has no samples");
}

/* Whatever a header says, the samples lie within the file and are whole. */
static void noise(void **state)
{
	struct wav whole = { 0 };
	uint32_t x = 1;

	(void)state;
	add_riff(&whole, 436);
	add_format(&whole, 1, 2, 44100, 16);
	add_chunk(&whole, "data", 400);
	add_samples(&whole, 400);
	for (int i = 0; i < 5000; i++) {
		struct wav w = whole;
		struct sound s;

		for (int n = 0; n < 3; n++) {
			x = x * 1664525U + 1013904223U;
			w.bytes[(x >> 8) % 48] = (unsigned char)(x >> 24);
		}
		w.len = 1 + (x >> 4) % whole.len;
		s = judge(&w);
		if (s.state == SOUND_OK) {
			assert_true(s.bytes > 0 && s.bytes % 4 == 0);
			assert_true(s.decoded || s.offset + s.bytes <= w.len);
		} else {
			assert_int_equal(s.state, SOUND_BAD);
			assert_true(s.why.msg[0]);
		}
	}
}

enum { MINUTE = 60 * SECTORS_PER_SECOND };

static uint64_t place(const uint64_t *bytes, unsigned n, unsigned gap, struct audio_place *out)
{
	unsigned gaps[TRACKS_MAX];

	for (unsigned i = 0; i < n; i++)
		gaps[i] = gap;
	return audio_place(bytes, gaps, n, out);
}

static void place_with_gap(void **state)
{
	const uint64_t bytes[] = { 1000 * SECTOR_SIZE + 4, 4, (uint64_t)MINUTE * SECTOR_SIZE };
	struct audio_place p[3];

	(void)state;
	assert_int_equal(place(bytes, 3, 150, p), 1001 + 150 + 300 + 150 + MINUTE);
	assert_int_equal(p[0].gap, 0);
	assert_int_equal(p[0].start, 0);
	assert_int_equal(p[0].sectors, 1001);
	assert_false(p[0].padded);
	assert_int_equal(p[1].gap, 150);
	assert_int_equal(p[1].start, 1151);
	assert_int_equal(p[1].sectors, 300);
	assert_int_equal(p[1].byte, 1151 * SECTOR_SIZE);
	assert_true(p[1].padded);
	assert_int_equal(p[2].start, 1151 + 300 + 150);
	assert_int_equal(p[2].sectors, MINUTE);
	assert_false(p[2].padded);
}

static void place_gapless(void **state)
{
	const uint64_t bytes[] = { 1000 * SECTOR_SIZE + 4, 4, 500 * SECTOR_SIZE };
	struct audio_place p[3];

	(void)state;
	assert_int_equal(place(bytes, 3, 0, p), 1801);
	assert_int_equal(p[0].sectors, 1000);
	assert_int_equal(p[1].byte, 1000 * SECTOR_SIZE + 4);
	assert_int_equal(p[1].start, 1000);
	assert_int_equal(p[1].sectors, 300);
	assert_true(p[1].padded);
	assert_int_equal(p[2].byte, 1300 * SECTOR_SIZE + 4);
	assert_int_equal(p[2].start, 1300);
	assert_int_equal(p[2].sectors, 501);
	assert_int_equal(place(bytes, 0, 0, p), 0);
	assert_int_equal(place(bytes, 0, 150, p), 0);
}

static void assert_place(const uint64_t *bytes, unsigned n, unsigned gap)
{
	struct audio_place p[TRACKS_MAX];
	uint64_t total = place(bytes, n, gap, p), end = 0, end_byte = 0;

	for (unsigned i = 0; i < n; i++) {
		uint64_t least = (uint64_t)TRACK_MIN_SECTORS * SECTOR_SIZE;

		assert_int_equal(p[i].gap, i ? gap : 0);
		assert_int_equal(p[i].start, end + p[i].gap);
		assert_true(p[i].sectors >= TRACK_MIN_SECTORS);
		assert_int_equal(p[i].padded, bytes[i] < least);
		assert_int_equal(p[i].start, p[i].byte / SECTOR_SIZE);
		if (gap)
			assert_int_equal(p[i].byte % SECTOR_SIZE, 0);
		else
			assert_int_equal(p[i].byte, end_byte);
		end = p[i].start + p[i].sectors;
		end_byte = p[i].byte + (bytes[i] < least ? least : bytes[i]);
		assert_true(p[i].byte + bytes[i] <= total * SECTOR_SIZE);
	}
	assert_int_equal(total, end);
}

static void place_any(void **state)
{
	uint64_t bytes[TRACKS_MAX];
	uint32_t x = 1;

	(void)state;
	for (unsigned round = 0; round < 500; round++) {
		unsigned n = 1 + round % TRACKS_MAX;

		for (unsigned i = 0; i < n; i++) {
			x = x * 1664525U + 1013904223U;
			bytes[i] = (uint64_t)(x >> 10) % (1000 * SECTOR_SIZE) / 4 * 4;
		}
		assert_place(bytes, n, 0);
		assert_place(bytes, n, 1 + round % 200);
	}
	for (unsigned i = 0; i < TRACKS_MAX; i++)
		bytes[i] = UINT64_MAX;
	assert_true(place(bytes, TRACKS_MAX, 150, (struct audio_place[TRACKS_MAX]){ 0 }) >
		    UINT64_C(1) << 48);
}

/* Each track may say what comes before it: gapless and gaps on one disc. */
static void place_with_own_gaps(void **state)
{
	const uint64_t bytes[] = { 1000 * SECTOR_SIZE + 4, 1000 * SECTOR_SIZE + 8,
				   400 * SECTOR_SIZE };
	const unsigned gaps[] = { 99, 0, 75 };
	struct audio_place p[3];

	(void)state;
	assert_int_equal(audio_place(bytes, gaps, 3, p), 2001 + 75 + 400);
	assert_int_equal(p[0].gap, 0);
	assert_int_equal(p[1].byte, bytes[0]);
	assert_int_equal(p[1].start, 1000);
	assert_int_equal(p[1].sectors, 1001);
	assert_int_equal(p[2].gap, 75);
	assert_int_equal(p[2].start, 2001 + 75);
	assert_int_equal(p[2].byte, (2001 + 75) * SECTOR_SIZE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(bare_samples),
		cmocka_unit_test(other_sounds),
		cmocka_unit_test(names_and_content),
		cmocka_unit_test(peeking),
		cmocka_unit_test(plain_wav),
		cmocka_unit_test(chunks_before),
		cmocka_unit_test(extensible),
		cmocka_unit_test(other_formats),
		cmocka_unit_test(streamed),
		cmocka_unit_test(damaged),
		cmocka_unit_test(no_format_or_no_data),
		cmocka_unit_test(noise),
		cmocka_unit_test(place_with_gap),
		cmocka_unit_test(place_with_own_gaps),
		cmocka_unit_test(place_gapless),
		cmocka_unit_test(place_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
