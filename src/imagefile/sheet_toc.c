/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TOC files of cdrdao. Of CD-TEXT the first language of a block is read. Bare audio files have
 * their samples big-endian (cdrdao(1), "FILE").
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "imagefile/toc_priv.h"

/* Of a file or a length; a sum of three of them does not overflow. */
static const uint64_t bytes_max = (uint64_t)1 << 60;

#define DIGITS "0123456789"

/* The word as sectors: a time, or a number of samples or bytes that makes whole ones. */
static int as_sectors(const struct toc *t, uint32_t *sectors)
{
	const struct sheet_track *track = t->b->track;
	uint32_t unit = track->mode == SHEET_AUDIO ? SECTOR_SIZE / 4 : track->sector_bytes;
	uint64_t n;

	if (sheet_time(t->word, sectors))
		return 0;
	if (!sheet_number(t->word, (uint64_t)MSF_SECTORS * unit, &n))
		return sheet_wrong(t->b,
				   "\"%s\" is not a length: use a time such as 00:02:00, up to "
				   "99:57:74",
				   t->word);
	if (n % unit)
		return sheet_wrong(t->b, "%s is not a whole number of sectors of %u %s", t->word,
				   unit, track->mode == SHEET_AUDIO ? "samples" : "bytes");
	*sectors = (uint32_t)(n / unit);
	return 0;
}

/* An optional length; none, or 0, is to the end of the file. */
static int read_length(struct toc *t, uint32_t *sectors)
{
	bool there;
	int r = toc_optional(t, DIGITS, &there);

	*sectors = 0;
	if (r == 0 && there)
		r = as_sectors(t, sectors);
	if (!*sectors)
		*sectors = SHEET_TO_END;
	return r;
}

static int need_length(struct toc *t, uint32_t *sectors)
{
	int r = toc_expect(t, TOKEN_WORD, "a length");

	return r < 0 ? r : as_sectors(t, sectors);
}

/* An optional "#" and a number of bytes. */
static int read_offset(struct toc *t, uint64_t *bytes)
{
	bool there;
	int r = toc_optional(t, "#", &there);

	*bytes = 0;
	if (r < 0 || !there)
		return r;
	if (!t->word[1]) {
		r = toc_expect(t, TOKEN_WORD, "a number behind \"#\"");
		if (r < 0)
			return r;
	}
	if (!sheet_number(t->word + (*t->word == '#'), bytes_max, bytes))
		return sheet_wrong(t->b, "\"%s\" is not a number of bytes", t->word);
	return 0;
}

static const struct {
	const char *word;
	enum sheet_mode mode;
	uint32_t bytes;
} modes[] = {
	{ "AUDIO", SHEET_AUDIO, SECTOR_SIZE },	       { "MODE1", SHEET_MODE1, BLOCK_SIZE },
	{ "MODE1_RAW", SHEET_MODE1_RAW, SECTOR_SIZE }, { "MODE2", SHEET_OTHER, 2336 },
	{ "MODE2_FORM1", SHEET_OTHER, 2048 },	       { "MODE2_FORM2", SHEET_OTHER, 2324 },
	{ "MODE2_FORM_MIX", SHEET_OTHER, 2336 },       { "MODE2_RAW", SHEET_OTHER, 2352 },
};

static int toc_track(struct toc *t)
{
	struct sheet *s = t->b->sheet;
	char name[sizeof(s->tracks->mode_name)] = "";
	size_t i = 0;
	bool sub = false;
	int r = toc_expect(t, TOKEN_WORD, "the mode of the track");

	if (r < 0)
		return r;
	while (i < ARRAY_SIZE(modes) && strcmp(modes[i].word, t->word) != 0)
		i++;
	if (i == ARRAY_SIZE(modes))
		return sheet_wrong(t->b, "unknown mode \"%s\": use AUDIO, MODE1 or MODE1_RAW",
				   t->word);
	r = toc_optional(t, "R", &sub);
	if (r < 0)
		return r;
	if (sub && strcmp(t->word, "RW") != 0 && strcmp(t->word, "RW_RAW") != 0)
		return sheet_wrong(t->b, "unknown word \"%s\" behind the mode", t->word);
	snprintf(name, sizeof(name), "%s%s", modes[i].word,
		 !sub	    ? "" :
		 t->word[2] ? " RW_RAW" :
			      " RW");
	return sheet_add_track(t->b, s->ntracks + 1, sub ? SHEET_OTHER : modes[i].mode, name,
			       modes[i].bytes + (sub ? 96 : 0));
}

static int need_mode(const struct toc *t, bool audio, const char *what)
{
	if ((strncmp(t->b->track->mode_name, "AUDIO", 5) == 0) == audio)
		return 0;
	return sheet_wrong(t->b, "%s in a track of %s", what, t->b->track->mode_name);
}

static bool has_suffix(const char *name, const char *suffix)
{
	size_t n = strlen(name), k = strlen(suffix);

	return n > k && strcasecmp(name + n - k, suffix) == 0;
}

static enum sheet_file_type type_of(const char *name, bool swap)
{
	static const char *const sounds[] = { ".wav", ".aiff", ".mp3", ".ogg", ".flac", ".opus" };

	for (size_t i = 0; i < ARRAY_SIZE(sounds); i++)
		if (has_suffix(name, sounds[i]))
			return SHEET_SOUND;
	return swap ? SHEET_BINARY : SHEET_MOTOROLA;
}

/* Where in the file the samples begin: a time, or a number of samples. */
static int read_start(struct toc *t, uint64_t *bytes)
{
	uint32_t sectors;
	int r = toc_expect(t, TOKEN_WORD, "where in the file the track begins, mostly 0,");

	if (r < 0)
		return r;
	if (sheet_time(t->word, &sectors))
		*bytes = (uint64_t)sectors * SECTOR_SIZE;
	else if (sheet_number(t->word, bytes_max / 4, bytes))
		*bytes *= 4;
	else
		return sheet_wrong(t->b,
				   "\"%s\" is not a place in a file: use a time or a number of "
				   "samples",
				   t->word);
	return 0;
}

static int toc_audio_file(struct toc *t)
{
	uint64_t offset = 0, start = 0;
	uint32_t sectors = 0;
	const char *name;
	unsigned file = 0;
	bool swap = false;
	int r = need_mode(t, true, "an audio file");

	if (r == 0)
		r = toc_expect(t, TOKEN_STRING, "the name of the file");
	name = t->string;
	if (r == 0)
		r = toc_optional(t, "S", &swap);
	if (r == 0 && swap && strcmp(t->word, "SWAP") != 0) {
		swap = false; /* SILENCE, START */
		t->again = true;
	}
	if (r == 0)
		r = sheet_add_file(t->b, name, type_of(name, swap), &file);
	if (r == 0)
		r = read_offset(t, &offset);
	if (r == 0)
		r = read_start(t, &start);
	if (r == 0)
		r = read_length(t, &sectors);
	if (r < 0)
		return r;
	if ((offset || swap) && t->b->sheet->files[file].type == SHEET_SOUND)
		return sheet_wrong(t->b, "SWAP and \"#\" are for bare samples: \"%s\" has a header",
				   name);
	return sheet_add_piece(t->b, file, offset + start, sectors);
}

static int toc_data_file(struct toc *t)
{
	uint64_t offset = 0;
	uint32_t sectors = 0;
	const char *name;
	unsigned file = 0;
	int r = need_mode(t, false, "DATAFILE");

	if (r == 0)
		r = toc_expect(t, TOKEN_STRING, "the name of the file");
	name = t->string;
	if (r == 0)
		r = sheet_add_file(t->b, name, SHEET_BINARY, &file);
	if (r == 0)
		r = read_offset(t, &offset);
	if (r == 0)
		r = read_length(t, &sectors);
	return r < 0 ? r : sheet_add_piece(t->b, file, offset, sectors);
}

static int toc_fifo(struct toc *t)
{
	return sheet_wrong(t->b, "FIFO cannot be read here: use a file");
}

static int toc_silence(struct toc *t)
{
	uint32_t sectors;
	int r = need_mode(t, true, "SILENCE");

	if (r == 0)
		r = need_length(t, &sectors);
	return r < 0 ? r : sheet_add_piece(t->b, SHEET_ZEROS, 0, sectors);
}

/* The mode of the zeros may stand before their length. */
static int toc_zero(struct toc *t)
{
	uint32_t sectors;
	bool mode;
	int r;

	do {
		r = toc_optional(t, "AMR", &mode);
	} while (r == 0 && mode);
	if (r == 0)
		r = need_length(t, &sectors);
	return r < 0 ? r : sheet_add_piece(t->b, SHEET_ZEROS, 0, sectors);
}

static int toc_start(struct toc *t)
{
	uint32_t sectors = 0;
	bool there;
	int r = toc_optional(t, DIGITS, &there);

	if (r == 0 && there)
		r = as_sectors(t, &sectors);
	if (r == 0)
		r = sheet_add_index(t->b, STEP_INDEX_TRACK, 0, 0);
	if (r < 0)
		return r;
	return sheet_add_index(t->b, there ? STEP_INDEX_TRACK : STEP_INDEX, 1, sectors);
}

static int toc_pregap(struct toc *t)
{
	const struct sheet *s = t->b->sheet;
	int r = need_length(t, &t->b->track->pregap);

	if (r == 0 && s->steps[s->nsteps - 1].kind != STEP_TRACK)
		return sheet_wrong(t->b, "PREGAP must come before what the track is made of");
	if (r == 0)
		r = sheet_add_index(t->b, STEP_INDEX, 0, 0);
	if (r == 0)
		r = sheet_add_piece(t->b, SHEET_ZEROS, 0, t->b->track->pregap);
	return r < 0 ? r : sheet_add_index(t->b, STEP_INDEX, 1, 0);
}

/* A track without START begins with INDEX 01. */
static int first_index(struct toc *t)
{
	if (!t->b->track || t->b->track->first_index != SHEET_INDICES)
		return 0;
	return sheet_add_index(t->b, STEP_INDEX_TRACK, 1, 0);
}

static int toc_index(struct toc *t)
{
	uint32_t sectors;
	int r = need_length(t, &sectors);

	if (r == 0)
		r = first_index(t);
	if (r < 0)
		return r;
	return sheet_add_index(t->b, STEP_INDEX_FIRST, t->b->track->indices + 1, sectors);
}

static int toc_copy(struct toc *t)
{
	t->b->track->copy = true;
	return 0;
}

static int toc_pre_emphasis(struct toc *t)
{
	t->b->track->pre_emphasis = true;
	return 0;
}

static int toc_two_channels(struct toc *t)
{
	t->b->track->four_channels = false;
	return 0;
}

static int toc_four_channels(struct toc *t)
{
	t->b->track->four_channels = true;
	return 0;
}

static int toc_no(struct toc *t)
{
	int r = toc_expect(t, TOKEN_WORD, "COPY or PRE_EMPHASIS");

	if (r < 0)
		return r;
	if (strcmp(t->word, "COPY") == 0)
		t->b->track->copy = false;
	else if (strcmp(t->word, "PRE_EMPHASIS") == 0)
		t->b->track->pre_emphasis = false;
	else
		return sheet_wrong(t->b, "NO is followed by COPY or PRE_EMPHASIS");
	return 0;
}

static int toc_isrc(struct toc *t)
{
	int r = toc_expect(t, TOKEN_STRING, "the code in quotes");

	return r < 0 ? r : sheet_set_isrc(t->b, t->string);
}

static int toc_catalog(struct toc *t)
{
	int r = toc_expect(t, TOKEN_STRING, "the number in quotes");

	return r < 0 ? r : sheet_set_catalog(t->b, t->string);
}

static int toc_nothing(struct toc *t)
{
	(void)t;
	return 0;
}

static const struct {
	const char *word;
	enum sheet_text text;
} texts[] = {
	{ "TITLE", SHEET_TITLE },	    { "PERFORMER", SHEET_PERFORMER },
	{ "SONGWRITER", SHEET_SONGWRITER }, { "COMPOSER", SHEET_COMPOSER },
	{ "ARRANGER", SHEET_ARRANGER },	    { "MESSAGE", SHEET_MESSAGE },
};

/* What an item of CD-TEXT has: a text, or numbers that drives make by themselves. */
static int cdtext_item(struct toc *t, bool wanted)
{
	size_t i = 0;
	int r;

	while (i < ARRAY_SIZE(texts) && strcmp(texts[i].word, t->word) != 0)
		i++;
	r = toc_next(t);
	if (r < 0)
		return r;
	if (t->token == TOKEN_OPEN)
		return toc_skip_block(t);
	if (t->token != TOKEN_STRING)
		return sheet_wrong(t->b, "CD-TEXT has a word where its text is missing");
	return wanted && i < ARRAY_SIZE(texts) ? sheet_set_text(t->b, texts[i].text, t->string) : 0;
}

static int cdtext_language(struct toc *t, bool wanted)
{
	int r = toc_expect(t, TOKEN_WORD, "the number of the language");

	if (r == 0)
		r = toc_expect(t, TOKEN_OPEN, "the brace behind LANGUAGE");
	while (r == 0) {
		r = toc_next(t);
		if (r < 0 || t->token == TOKEN_CLOSE)
			return r;
		if (t->token != TOKEN_WORD)
			return sheet_wrong(t->b, "CD-TEXT has something that is not an item");
		r = cdtext_item(t, wanted);
	}
	return r;
}

static int toc_cdtext(struct toc *t)
{
	bool wanted = true;
	int r = toc_expect(t, TOKEN_OPEN, "the brace behind CD_TEXT");

	while (r == 0) {
		r = toc_next(t);
		if (r < 0 || t->token == TOKEN_CLOSE)
			return r;
		if (t->token == TOKEN_WORD && strcmp(t->word, "LANGUAGE") == 0) {
			r = cdtext_language(t, wanted);
			wanted = false;
		} else if (t->token == TOKEN_WORD && strcmp(t->word, "LANGUAGE_MAP") == 0) {
			r = toc_expect(t, TOKEN_OPEN, "the brace behind LANGUAGE_MAP");
			r = r < 0 ? r : toc_skip_block(t);
		} else {
			return sheet_wrong(t->b, "CD_TEXT has something that is not a language");
		}
	}
	return r;
}

static const struct {
	const char *word;
	int (*read)(struct toc *);
	bool of_track;
} statements[] = {
	{ "CD_DA", toc_nothing, false },
	{ "CD_ROM", toc_nothing, false },
	{ "CD_ROM_XA", toc_nothing, false },
	{ "CD_I", toc_nothing, false },
	{ "CATALOG", toc_catalog, false },
	{ "CD_TEXT", toc_cdtext, false },
	{ "TRACK", toc_track, false },
	{ "NO", toc_no, true },
	{ "COPY", toc_copy, true },
	{ "PRE_EMPHASIS", toc_pre_emphasis, true },
	{ "TWO_CHANNEL_AUDIO", toc_two_channels, true },
	{ "FOUR_CHANNEL_AUDIO", toc_four_channels, true },
	{ "ISRC", toc_isrc, true },
	{ "FILE", toc_audio_file, true },
	{ "AUDIOFILE", toc_audio_file, true },
	{ "DATAFILE", toc_data_file, true },
	{ "FIFO", toc_fifo, true },
	{ "SILENCE", toc_silence, true },
	{ "ZERO", toc_zero, true },
	{ "START", toc_start, true },
	{ "PREGAP", toc_pregap, true },
	{ "INDEX", toc_index, true },
};

static int statement(struct toc *t)
{
	size_t i = 0;
	int r = 0;

	if (t->token != TOKEN_WORD)
		return sheet_wrong(t->b, "no statement begins here");
	while (i < ARRAY_SIZE(statements) && strcmp(statements[i].word, t->word) != 0)
		i++;
	if (i == ARRAY_SIZE(statements))
		return sheet_wrong(t->b, "unknown statement \"%s\"", t->word);
	if (statements[i].of_track && !t->b->track)
		return sheet_wrong(t->b, "%s before the first TRACK", t->word);
	if (statements[i].read == toc_track)
		r = first_index(t);
	return r < 0 ? r : statements[i].read(t);
}

int sheet_toc_read(struct sheet_build *b, char *text)
{
	struct toc t = { .b = b, .at = text, .line = 1 };
	int r = toc_next(&t);

	while (r == 0 && t.token != TOKEN_END) {
		r = statement(&t);
		if (r == 0)
			r = toc_next(&t);
	}
	return r < 0 ? r : first_index(&t);
}

bool sheet_toc_looks(const char *text)
{
	struct sheet_build b = { 0 };
	cleanup_free char *copy = strdup(text);
	struct toc t = { .b = &b, .at = copy, .line = 1 };

	if (!copy || toc_next(&t) < 0 || t.token != TOKEN_WORD)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(statements); i++)
		if (!statements[i].of_track && strcmp(t.word, statements[i].word) == 0)
			return sheet_has_line(text, "TRACK", "AMR");
	return false;
}
