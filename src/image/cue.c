/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CUE sheets of one BIN, in UTF-8. The format has no way to quote: a quote or a control character
 * in the BIN's name becomes an underscore, a quote in a title an apostrophe. Some readers take what
 * follows a backslash in a title for quoted: it becomes a slash.
 */
#include "image/cue.h"

#include <string.h>

static void add_index(struct text *out, unsigned number, uint64_t sector)
{
	text_add(out, "    INDEX %02u %02llu:%02llu:%02llu\n", number,
		 (unsigned long long)(sector / SECTORS_PER_SECOND / 60),
		 (unsigned long long)(sector / SECTORS_PER_SECOND % 60),
		 (unsigned long long)(sector % SECTORS_PER_SECOND));
}

bool cue_name_fits(const char *bin)
{
	for (; *bin; bin++)
		if (*bin == '"' || (unsigned char)*bin < ' ' || *bin == 0x7f)
			return false;
	return true;
}

static void add_name(struct text *out, const char *bin)
{
	for (; *bin; bin++) {
		const char one[] = { *bin, '\0' };

		text_append(out, cue_name_fits(one) ? bin : "_", 1);
	}
}

/* Of a string: CDRWIN's limit. cdrdao does not read a sheet with a longer one. */
enum { STRING_BYTES = 80 };

/* How many bytes of it a sheet can have, in whole characters. */
static size_t string_bytes(const char *value)
{
	size_t n = strnlen(value, STRING_BYTES + 1);

	if (n <= STRING_BYTES)
		return n;
	do {
		n--;
	} while ((value[n] & 0xc0) == 0x80);
	return n;
}

/* A title or a name; nothing when there is none. */
static void add_text(struct text *out, const char *indent, const char *key, const char *value)
{
	size_t from;

	if (!*value)
		return;
	text_add(out, "%s%s \"", indent, key);
	from = out->len;
	text_append(out, value, string_bytes(value));
	for (size_t i = from; i < out->len; i++)
		if (out->data[i] == '"')
			out->data[i] = '\'';
		else if (out->data[i] == '\\')
			out->data[i] = '/';
	text_add(out, "\"\n");
}

static void add_flags(struct text *out, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *word;
	} said[] = {
		{ TRACK_COPY, "DCP" },
		{ TRACK_FOUR_CHANNELS, "4CH" },
		{ TRACK_PRE_EMPHASIS, "PRE" },
		{ TRACK_SCMS, "SCMS" },
	};

	if (!flags)
		return;
	text_add(out, "    FLAGS");
	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		if (flags & said[i].flag)
			text_add(out, " %s", said[i].word);
	text_add(out, "\n");
}

static void add_track(struct text *out, const struct layout *l, unsigned i)
{
	const struct track *t = &l->tracks[i];

	text_add(out, "  TRACK %02u %s\n", i + 1, t->data ? "MODE1/2352" : "AUDIO");
	add_text(out, "    ", "TITLE", t->cdtext.title);
	add_text(out, "    ", "PERFORMER", t->cdtext.performer);
	if (*t->cdtext.code)
		text_add(out, "    ISRC %s\n", t->cdtext.code);
	add_flags(out, t->flags);
	if (t->gap)
		add_index(out, 0, t->start - t->gap);
	add_index(out, 1, t->start);
	for (unsigned n = 0; n < t->marks; n++)
		add_index(out, n + 2, l->marks[t->first_mark + n]);
}

void cue_write(const struct layout *l, const char *bin, struct text *out)
{
	if (*l->cdtext.code)
		text_add(out, "CATALOG %s\n", l->cdtext.code);
	add_text(out, "", "TITLE", l->cdtext.title);
	add_text(out, "", "PERFORMER", l->cdtext.performer);
	text_add(out, "FILE \"");
	add_name(out, bin);
	text_add(out, "\" BINARY\n");
	for (unsigned i = 0; i < l->ntracks; i++)
		add_track(out, l, i);
}
