/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sheets of every kind: telling them apart, and letting go of them. */
#include <string.h>

#include "imagefile/sheet_priv.h"

static const struct {
	bool (*looks)(const char *text);
	int (*read)(struct sheet_build *, char *text);
} kinds[] = {
	{ sheet_cue_looks, sheet_cue_read },
	{ sheet_toc_looks, sheet_toc_read },
};

static void free_texts(char **texts)
{
	for (unsigned i = 0; i < SHEET_TEXTS; i++)
		free(texts[i]);
}

void sheet_free(struct sheet *s)
{
	if (!s)
		return;
	for (unsigned i = 0; i < s->ntracks; i++)
		free_texts(s->tracks[i].text);
	free_texts(s->text);
	free(s->files);
	free(s->tracks);
	free(s->steps);
	free(s->parts);
	free(s);
}

bool sheet_sound(const struct sheet *s)
{
	for (unsigned i = 0; i < s->ntracks; i++)
		if (s->tracks[i].mode != SHEET_AUDIO)
			return false;
	return true;
}

/* The row of kinds[]; past the last one: no sheet. */
static size_t kind_of(const char *text)
{
	size_t i = 0;

	while (i < ARRAY_SIZE(kinds) && !kinds[i].looks(text))
		i++;
	return i;
}

bool sheet_looks(const char *text, size_t len)
{
	cleanup_free char *utf8 = NULL;

	return sheet_text(&utf8, text, len, NULL) == 0 && kind_of(utf8) < ARRAY_SIZE(kinds);
}

static int read_text(struct sheet_build *b, char *text)
{
	size_t kind = kind_of(text);
	int r;

	if (kind == ARRAY_SIZE(kinds))
		return err_set(b->err, EINVAL,
			       "it is not a sheet: a CUE sheet has lines with FILE "
			       "and TRACK");
	r = kinds[kind].read(b, text);
	if (r == 0 && !b->sheet->ntracks)
		r = err_set(b->err, EINVAL, "the sheet has no track");
	return r;
}

int sheet_parse(struct sheet **out, const char *text, size_t len, struct err *err)
{
	struct sheet_build b = { .line = 1, .session = 1, .err = err };
	cleanup_free char *utf8 = NULL;
	int r = sheet_text(&utf8, text, len, err);

	*out = NULL;
	if (r < 0)
		return r;
	b.sheet = calloc(1, sizeof(*b.sheet));
	if (!b.sheet)
		return sheet_nomem(err);
	b.sheet->sessions = 1;
	b.sheet->filled = SHEET_ZEROS;
	r = read_text(&b, utf8);
	if (r < 0) {
		sheet_free(b.sheet);
		return r;
	}
	*out = b.sheet;
	return 0;
}

int sheet_read(struct sheet **out, int fd, uint64_t size, struct err *err)
{
	cleanup_free char *text = NULL;
	int r;

	*out = NULL;
	if (size > SHEET_BYTES)
		return err_set(err, EFBIG, "it has %llu bytes: a sheet has at most %d",
			       (unsigned long long)size, SHEET_BYTES);
	text = malloc(size + 1);
	if (!text)
		return sheet_nomem(err);
	r = read_at(fd, text, size, 0);
	if (r < 0)
		return err_set(err, -r, "the sheet cannot be read: %s", strerror(-r));
	return sheet_parse(out, text, size, err);
}
