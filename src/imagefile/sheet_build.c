/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Building a sheet, and what must hold in any. */
#include "imagefile/sheet_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

int sheet_wrong(const struct sheet_build *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(b->err, EINVAL, fmt, ap);
	va_end(ap);
	err_wrap(b->err, "line %u", b->line);
	return -EINVAL;
}

int sheet_nomem(struct err *err)
{
	return err_set(err, ENOMEM, "not enough memory for the sheet");
}

bool sheet_number(const char *text, uint64_t max, uint64_t *out)
{
	*out = 0;
	if (!*text)
		return false;
	for (; isdigit((unsigned char)*text); text++) {
		uint64_t digit = (uint64_t)(*text - '0');

		if (*out > (max - digit) / 10)
			return false;
		*out = *out * 10 + digit;
	}
	return !*text && *out <= max;
}

bool sheet_time(const char *text, uint32_t *sectors)
{
	uint64_t value[3];
	char part[8];

	for (int i = 0; i < 3; i++) {
		size_t n = strcspn(text, ":");

		if (n >= sizeof(part) || (text[n] == ':') != (i < 2))
			return false;
		memcpy(part, text, n);
		part[n] = '\0';
		if (!sheet_number(part, i == 0 ? 9999 : i == 1 ? 59 : 74, &value[i]))
			return false;
		text += n + 1;
	}
	value[0] = (value[0] * 60 + value[1]) * SECTORS_PER_SECOND + value[2];
	*sectors = (uint32_t)value[0];
	return value[0] <= MSF_SECTORS;
}

bool sheet_has_line(const char *text, const char *word, const char *next)
{
	size_t n = strlen(word), blanks;

	while (*text) {
		text += strspn(text, " \t");
		if (strncasecmp(text, word, n) == 0) {
			blanks = strspn(text + n, " \t");
			if (blanks &&
			    (!next || (text[n + blanks] && strchr(next, text[n + blanks]))))
				return true;
		}
		text += strcspn(text, "\n");
		text += *text == '\n';
	}
	return false;
}

/* A name in the sheet's own folder, and no way out of it. */
static int check_name(const struct sheet_build *b, const char *name)
{
	char line[SHEET_NAME + 1];

	if (!*name)
		return sheet_wrong(b, "FILE names no file");
	if (strlen(name) > SHEET_NAME)
		return sheet_wrong(b, "the name of a file has over %d bytes", SHEET_NAME);
	snprintf(line, sizeof(line), "%s", name);
	make_line(line);
	if (strcmp(line, name) != 0)
		return sheet_wrong(b, "the name of a file has a control character: rename the "
				      "file, and change the name here");
	if (strpbrk(name, "/\\"))
		return sheet_wrong(b,
				   "\"%s\" is a path: put the file beside the sheet, and leave "
				   "only its name here",
				   name);
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return sheet_wrong(b, "\"%s\" is a folder: name a file beside the sheet", name);
	return 0;
}

/* Room for one more in *@items, which has @n: twice as many at each power of two. */
static int grow(struct sheet_build *b, void *items, size_t n, size_t size)
{
	void **at = items, *more;

	if (n & (n - 1))
		return 0;
	more = realloc(*at, (n ? 2 * n : 1) * size);
	if (!more)
		return sheet_nomem(b->err);
	*at = more;
	return 0;
}

int sheet_add_file(struct sheet_build *b, const char *name, enum sheet_file_type type, unsigned *at)
{
	struct sheet *s = b->sheet;
	int r = check_name(b, name);

	if (r < 0)
		return r;
	for (*at = 0; *at < s->nfiles; (*at)++) {
		if (strcmp(s->files[*at].name, name) != 0)
			continue;
		if (s->files[*at].type == type)
			return 0;
		if (s->files[*at].type == SHEET_SOUND || type == SHEET_SOUND)
			return sheet_wrong(b, "\"%s\" is of another type in line %u", name,
					   s->files[*at].line);
	}
	if (s->nfiles == SHEET_FILES)
		return sheet_wrong(b, "more than %d files", SHEET_FILES);
	r = grow(b, &s->files, s->nfiles, sizeof(*s->files));
	if (r < 0)
		return r;
	s->files[s->nfiles] = (struct sheet_file){ .type = type, .line = b->line };
	snprintf(s->files[s->nfiles++].name, sizeof(s->files->name), "%s", name);
	return 0;
}

static int add_step(struct sheet_build *b, struct sheet_step step)
{
	struct sheet *s = b->sheet;
	int r;

	if (s->nsteps == SHEET_STEPS)
		return sheet_wrong(b,
				   "the sheet is too long: it has more than %d pieces and indices",
				   SHEET_STEPS);
	r = grow(b, &s->steps, s->nsteps, sizeof(*s->steps));
	if (r < 0)
		return r;
	step.line = b->line;
	s->steps[s->nsteps++] = step;
	return 0;
}

int sheet_end_track(struct sheet_build *b)
{
	if (!b->track || b->track->indices)
		return 0;
	return sheet_wrong(b, "track %u, of line %u, has no INDEX 01", b->track->number,
			   b->track->line);
}

int sheet_add_track(struct sheet_build *b, unsigned number, enum sheet_mode mode,
		    const char *mode_name, uint32_t sector_bytes)
{
	struct sheet *s = b->sheet;
	int r = sheet_end_track(b);

	if (r < 0)
		return r;
	if (s->ntracks == TRACKS_MAX)
		return sheet_wrong(b, "a CD has at most %d tracks", TRACKS_MAX);
	if (number != s->ntracks + 1)
		return sheet_wrong(b, "track %u where track %u is to come", number, s->ntracks + 1);
	if (!s->tracks)
		s->tracks = calloc(TRACKS_MAX, sizeof(*s->tracks));
	if (!s->tracks)
		return sheet_nomem(b->err);
	b->track = &s->tracks[s->ntracks];
	*b->track = (struct sheet_track){
		.number = number,
		.session = b->session,
		.mode = mode,
		.line = b->line,
		.sector_bytes = sector_bytes,
		.first_index = SHEET_INDICES,
	};
	snprintf(b->track->mode_name, sizeof(b->track->mode_name), "%s", mode_name);
	s->sessions = b->session;
	return add_step(b, (struct sheet_step){ .kind = STEP_TRACK, .number = s->ntracks++ });
}

int sheet_add_piece(struct sheet_build *b, unsigned file, uint64_t offset, uint32_t sectors)
{
	if (!sectors)
		return 0;
	return add_step(b, (struct sheet_step){ .kind = STEP_PIECE,
						.file = file,
						.offset = offset,
						.sectors = sectors });
}

int sheet_add_index(struct sheet_build *b, enum step_kind kind, unsigned number, uint32_t sectors)
{
	struct sheet_track *t = b->track;
	bool first = t->first_index == SHEET_INDICES;

	if (number >= SHEET_INDICES)
		return sheet_wrong(b, "INDEX %u: a track has 0 to %d", number, SHEET_INDICES - 1);
	if (first ? number > 1 : number != t->indices + 1)
		return sheet_wrong(b,
				   "INDEX %02u cannot come here: the indices of a track go up "
				   "one by one from 00 or 01",
				   number);
	if (first)
		t->first_index = number;
	t->indices = number;
	return add_step(b,
			(struct sheet_step){ .kind = kind, .number = number, .sectors = sectors });
}

int sheet_set_isrc(struct sheet_build *b, const char *value)
{
	char *to = b->track->isrc;
	size_t n = 0;

	for (; *value; value++) {
		if (*value == '-' || *value == ' ')
			continue;
		if (n == SHEET_ISRC || !isalnum((unsigned char)*value) ||
		    (n >= 5 && !isdigit((unsigned char)*value)))
			break;
		to[n++] = (char)toupper((unsigned char)*value);
	}
	to[n] = '\0';
	if (!*value && (n == SHEET_ISRC || !n))
		return 0;
	return sheet_wrong(b, "bad ISRC: two letters for the country, three letters or digits, and "
			      "seven digits, such as DEABC2612345");
}

int sheet_set_catalog(struct sheet_build *b, const char *value)
{
	size_t n = strspn(value, "0123456789");

	if (value[n] || (n && n != SHEET_CATALOG))
		return sheet_wrong(b, "bad CATALOG: it has %d digits%s", SHEET_CATALOG,
				   !value[n] && n == SHEET_CATALOG - 1 ? "; put a 0 before these "
									 "twelve" :
									 "");
	/* No number at all is what thirteen zeros say on a disc. */
	if (value[strspn(value, "0")])
		snprintf(b->sheet->catalog, sizeof(b->sheet->catalog), "%s", value);
	return 0;
}

int sheet_set_text(struct sheet_build *b, enum sheet_text which, const char *value)
{
	char **at = b->track ? &b->track->text[which] : &b->sheet->text[which];

	free(*at);
	*at = NULL;
	if (!*value)
		return 0;
	*at = strdup(value);
	if (!*at)
		return sheet_nomem(b->err);
	make_line(*at);
	return 0;
}
