/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CUE sheets: one command a line. The format has no way to quote a quote: what a text or name has
 * between its first and its last one is taken.
 */
#include <string.h>
#include <strings.h>

#include "imagefile/sheet_priv.h"

struct cue {
	struct sheet_build *b;
	unsigned file;	       /* where INDEX is; SHEET_ZEROS before the first FILE */
	unsigned indices;      /* in this file so far */
	unsigned open;	       /* step of the piece that the last one began */
	uint32_t time;	       /* of the last one */
	uint64_t offset;       /* where that is, in bytes */
	uint32_t sector_bytes; /* from there on */
	bool zero_here;	       /* this track has had its INDEX 00 */
};

/* Cut the first word off: returns it, and leaves *rest at what follows. */
static char *word(char **rest)
{
	char *begin = *rest + strspn(*rest, " \t"), *end = begin + strcspn(begin, " \t");

	*rest = end + strspn(end, " \t");
	*end = '\0';
	return begin;
}

/* A text, in quotes or without. */
static const char *text_of(char *rest)
{
	char *end = rest + strlen(rest);

	if (*rest != '"')
		return rest;
	if (end > rest + 1 && end[-1] == '"')
		end[-1] = '\0';
	return rest + 1;
}

static int no_track(const struct cue *c, const char *what)
{
	return sheet_wrong(c->b, "%s before the first TRACK", what);
}

static const struct {
	const char *word;
	enum sheet_file_type type;
} file_types[] = {
	{ "BINARY", SHEET_BINARY }, { "MOTOROLA", SHEET_MOTOROLA }, { "WAVE", SHEET_SOUND },
	{ "AIFF", SHEET_SOUND },    { "MP3", SHEET_SOUND },	    { "FLAC", SHEET_SOUND },
	{ "OGG", SHEET_SOUND },	    { "OPUS", SHEET_SOUND },
};

/* The FILE that ends here must have had something in it. */
static int end_file(const struct cue *c)
{
	if (c->file == SHEET_ZEROS || c->indices)
		return 0;
	return sheet_wrong(c->b, "no INDEX lies in \"%s\"", c->b->sheet->files[c->file].name);
}

static int open_file(struct cue *c, const char *name, enum sheet_file_type type)
{
	unsigned was = c->file;
	int r = end_file(c);

	if (r == 0)
		r = sheet_add_file(c->b, name, type, &c->file);
	/* Some name it anew for each track, and go on in it. */
	if (r < 0 || c->file == was)
		return r;
	c->indices = 0;
	c->time = 0;
	c->offset = 0;
	return 0;
}

static int cue_file(struct cue *c, char *rest)
{
	char *end = *rest == '"' ? strrchr(rest, '"') : rest + strlen(rest);
	const char *type;

	if (*rest == '"' && end == rest)
		return sheet_wrong(c->b, "the name of the file has no closing quote");
	if (*rest != '"')
		while (end > rest && *end != ' ' && *end != '\t')
			end--;
	type = *end ? end + 1 + strspn(end + 1, " \t") : end;
	for (size_t i = 0; i < ARRAY_SIZE(file_types); i++) {
		if (strcasecmp(type, file_types[i].word) != 0)
			continue;
		*end = '\0';
		return open_file(c, rest + (*rest == '"'), file_types[i].type);
	}
	return sheet_wrong(c->b, "FILE needs a type behind the name: BINARY, MOTOROLA, WAVE, AIFF, "
				 "MP3 or FLAC");
}

static const struct {
	const char *word;
	enum sheet_mode mode;
	uint32_t bytes;
} modes[] = {
	{ "AUDIO", SHEET_AUDIO, SECTOR_SIZE },
	{ "MODE1/2048", SHEET_MODE1, BLOCK_SIZE },
	{ "MODE1/2352", SHEET_MODE1_RAW, SECTOR_SIZE },
	{ "CDG", SHEET_OTHER, 2448 },
	{ "MODE1/2448", SHEET_OTHER, 2448 },
	{ "MODE2/2048", SHEET_OTHER, 2048 },
	{ "MODE2/2324", SHEET_OTHER, 2324 },
	{ "MODE2/2328", SHEET_OTHER, 2328 },
	{ "MODE2/2336", SHEET_OTHER, 2336 },
	{ "MODE2/2352", SHEET_OTHER, 2352 },
	{ "MODE2/2448", SHEET_OTHER, 2448 },
	{ "CDI/2336", SHEET_OTHER, 2336 },
	{ "CDI/2352", SHEET_OTHER, 2352 },
};

static int cue_track(struct cue *c, char *rest)
{
	const char *number = word(&rest), *mode = word(&rest);
	uint64_t n;

	if (!sheet_number(number, UINT32_MAX, &n))
		return sheet_wrong(c->b, "TRACK needs a number and a mode, such as TRACK 01 AUDIO");
	c->zero_here = false;
	for (size_t i = 0; i < ARRAY_SIZE(modes); i++)
		if (strcasecmp(mode, modes[i].word) == 0)
			return sheet_add_track(c->b, (unsigned)n, modes[i].mode, modes[i].word,
					       modes[i].bytes);
	return sheet_wrong(c->b, "unknown mode \"%s\": use AUDIO, MODE1/2048 or MODE1/2352", mode);
}

/* Where the last piece ends, another one begins. */
static int next_piece(struct cue *c, uint32_t time)
{
	struct sheet *s = c->b->sheet;
	int r;

	if (!c->indices && time)
		return sheet_wrong(c->b, "the first INDEX in \"%s\" is not at 00:00:00",
				   s->files[c->file].name);
	if (time < c->time)
		return sheet_wrong(c->b, "this INDEX lies before the one above it");
	if (c->indices) {
		s->steps[c->open].sectors = time - c->time;
		c->offset += (uint64_t)(time - c->time) * c->sector_bytes;
	}
	r = sheet_add_piece(c->b, c->file, c->offset, SHEET_TO_END);
	if (r < 0)
		return r;
	c->open = s->nsteps - 1;
	c->indices++;
	c->time = time;
	c->sector_bytes = c->b->track->sector_bytes;
	return 0;
}

static int cue_index(struct cue *c, char *rest)
{
	const char *number = word(&rest), *time = word(&rest);
	struct sheet_track *t = c->b->track;
	uint32_t sectors;
	bool after_silence;
	uint64_t n;
	int r = 0;

	if (!t)
		return no_track(c, "INDEX");
	if (c->file == SHEET_ZEROS)
		return sheet_wrong(c->b, "INDEX before the first FILE");
	if (!sheet_number(number, UINT32_MAX, &n) || !sheet_time(time, &sectors))
		return sheet_wrong(c->b, "INDEX needs a number and a time up to 99:57:74, such as "
					 "INDEX 01 00:02:00: there are 75 frames in a second");
	if (t->postgap)
		return sheet_wrong(c->b, "INDEX behind the POSTGAP of its track");
	/* Silence, and then sound, before the track: both are index 0. */
	after_silence = n == 0 && t->pregap && !c->zero_here && !t->indices;
	if (n == 0)
		c->zero_here = true;
	if (!after_silence)
		r = sheet_add_index(c->b, STEP_INDEX, (unsigned)n, 0);
	return r < 0 ? r : next_piece(c, sectors);
}

static int cue_pregap(struct cue *c, char *rest)
{
	struct sheet_track *t = c->b->track;
	int r;

	if (!t)
		return no_track(c, "PREGAP");
	if (t->first_index != SHEET_INDICES)
		return sheet_wrong(c->b, "PREGAP must come before the indices of its track, once");
	if (!sheet_time(word(&rest), &t->pregap))
		return sheet_wrong(c->b, "PREGAP needs a time, such as 00:02:00");
	if (!t->pregap)
		return 0;
	r = sheet_add_index(c->b, STEP_INDEX, 0, 0);
	return r < 0 ? r : sheet_add_piece(c->b, SHEET_ZEROS, 0, t->pregap);
}

static int cue_postgap(struct cue *c, char *rest)
{
	struct sheet_track *t = c->b->track;

	if (!t)
		return no_track(c, "POSTGAP");
	if (!t->indices || t->postgap)
		return sheet_wrong(c->b, "POSTGAP must come behind the indices of its track, once");
	if (!sheet_time(word(&rest), &t->postgap))
		return sheet_wrong(c->b, "POSTGAP needs a time, such as 00:02:00");
	return sheet_add_piece(c->b, SHEET_ZEROS, 0, t->postgap);
}

static int cue_flags(struct cue *c, char *rest)
{
	struct sheet_track *t = c->b->track;

	if (!t)
		return no_track(c, "FLAGS");
	while (*rest) {
		const char *flag = word(&rest);

		if (strcasecmp(flag, "DCP") == 0)
			t->copy = true;
		else if (strcasecmp(flag, "PRE") == 0)
			t->pre_emphasis = true;
		else if (strcasecmp(flag, "4CH") == 0)
			t->four_channels = true;
		else if (strcasecmp(flag, "SCMS") == 0)
			t->scms = true;
		else if (strcasecmp(flag, "DATA") != 0)
			return sheet_wrong(c->b, "unknown flag \"%s\": use DCP, PRE, 4CH or SCMS",
					   flag);
	}
	return 0;
}

static int cue_isrc(struct cue *c, char *rest)
{
	return c->b->track ? sheet_set_isrc(c->b, text_of(rest)) : no_track(c, "ISRC");
}

static int cue_catalog(struct cue *c, char *rest)
{
	return sheet_set_catalog(c->b, text_of(rest));
}

/* Of the remarks one is none. */
static int cue_rem(struct cue *c, char *rest)
{
	uint64_t n;

	if (strcasecmp(word(&rest), "SESSION") != 0)
		return 0;
	if (!sheet_number(word(&rest), SHEET_SESSIONS, &n) || n < 1)
		return sheet_wrong(c->b, "REM SESSION needs a number from 1 to %d", SHEET_SESSIONS);
	if (n == c->b->session)
		return 0;
	if (n != c->b->session + 1 || !c->b->track || c->b->track->session != c->b->session)
		return sheet_wrong(c->b,
				   "session %u cannot come here: the last one, with tracks in "
				   "it, is to be session %u",
				   (unsigned)n, (unsigned)n - 1);
	c->b->session = (unsigned)n;
	return 0;
}

static int cue_cdtext_file(struct cue *c, char *rest)
{
	(void)rest;
	return sheet_wrong(c->b, "CDTEXTFILE is not read: remove this line; titles come from TITLE "
				 "and PERFORMER");
}

static int cue_nothing(struct cue *c, char *rest)
{
	(void)c;
	(void)rest;
	return 0;
}

static const struct {
	const char *word;
	int (*read)(struct cue *, char *rest);
} commands[] = {
	{ "FILE", cue_file },
	{ "TRACK", cue_track },
	{ "INDEX", cue_index },
	{ "PREGAP", cue_pregap },
	{ "POSTGAP", cue_postgap },
	{ "FLAGS", cue_flags },
	{ "ISRC", cue_isrc },
	{ "CATALOG", cue_catalog },
	{ "REM", cue_rem },
	{ "CDTEXTFILE", cue_cdtext_file },
	/* What libcdio and cuetools know beyond that, and drives write by themselves. */
	{ "DISC_ID", cue_nothing },
	{ "GENRE", cue_nothing },
	{ "TOC_INFO", cue_nothing },
	{ "TOC_INFO1", cue_nothing },
	{ "TOC_INFO2", cue_nothing },
	{ "UPC_EAN", cue_nothing },
	{ "SIZE_INFO", cue_nothing },
	{ "DATE", cue_nothing },
};

static const struct {
	const char *word;
	enum sheet_text text;
} texts[] = {
	{ "TITLE", SHEET_TITLE },	    { "PERFORMER", SHEET_PERFORMER },
	{ "SONGWRITER", SHEET_SONGWRITER }, { "COMPOSER", SHEET_COMPOSER },
	{ "ARRANGER", SHEET_ARRANGER },	    { "MESSAGE", SHEET_MESSAGE },
};

static int read_line(struct cue *c, char *line)
{
	char *rest = line;
	const char *command = word(&rest);

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (strcasecmp(command, commands[i].word) == 0)
			return commands[i].read(c, rest);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		if (strcasecmp(command, texts[i].word) == 0)
			return sheet_set_text(c->b, texts[i].text, text_of(rest));
	return *command ? sheet_wrong(c->b, "unknown command \"%s\"; put REM before what is none",
				      command) :
			  0;
}

/* Cut off the next line, without blanks at its end; NULL: no more. */
static char *next_line(char **text)
{
	char *line = *text, *end = line + strcspn(line, "\n");

	if (!*line)
		return NULL;
	*text = *end ? end + 1 : end;
	while (end > line && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	*end = '\0';
	return line;
}

int sheet_cue_read(struct sheet_build *b, char *text)
{
	struct cue c = { .b = b, .file = SHEET_ZEROS };
	char *line;
	int r;

	for (b->line = 1; (line = next_line(&text)); b->line++) {
		r = read_line(&c, line);
		if (r < 0)
			return r;
	}
	b->line--;
	r = sheet_end_track(b);
	return r < 0 ? r : end_file(&c);
}

bool sheet_cue_looks(const char *text)
{
	return sheet_has_line(text, "FILE", NULL) && sheet_has_line(text, "TRACK", "0123456789");
}
