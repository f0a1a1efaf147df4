/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CUE sheets of one BIN. The format has no way to quote: a quote or a control character in the
 * BIN's name becomes an underscore.
 */
#include "cue.h"

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

void cue_write(const struct layout *l, const char *bin, struct text *out)
{
	text_add(out, "FILE \"");
	add_name(out, bin);
	text_add(out, "\" BINARY\n");
	for (unsigned i = 0; i < l->ntracks; i++) {
		const struct track *t = &l->tracks[i];

		text_add(out, "  TRACK %02u AUDIO\n", i + 1);
		if (t->gap)
			add_index(out, 0, t->start - t->gap);
		add_index(out, 1, t->start);
	}
}
