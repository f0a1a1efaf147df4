/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The edit distance is that of optimal string alignment: three rows of its table are enough.
 */
#include "base/suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WORD_MAX = 40 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static int lower(char c)
{
	return tolower((unsigned char)c);
}

size_t edit_distance(const char *a, const char *b, size_t limit)
{
	size_t na = strnlen(a, WORD_MAX + 1), nb = strnlen(b, WORD_MAX + 1);
	size_t rows[3][WORD_MAX + 1];

	if (na > WORD_MAX || nb > WORD_MAX)
		return limit + 1;
	for (size_t j = 0; j <= nb; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			size_t replaced = above[j - 1] + (lower(a[i - 1]) != lower(b[j - 1]));

			row[j] = least(replaced, 1 + least(above[j], row[j - 1]));
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				row[j] = least(row[j], second[j - 2] + 1);
		}
	}
	return least(rows[na % 3][nb], limit + 1);
}

/* One edit in three letters: more would make any word of any other. */
static size_t edits_allowed(const char *word)
{
	return least(strnlen(word, WORD_MAX) / 3, 3);
}

void suggest(struct suggestion *s, const char *right)
{
	size_t limit = least(edits_allowed(s->word), edits_allowed(right));
	size_t distance = edit_distance(s->word, right, limit);

	if (distance > limit || (s->best && distance >= s->distance))
		return;
	s->best = right;
	s->distance = distance;
}

void suggest_synonym(struct suggestion *s, const struct synonym *list)
{
	for (; list->word; list++) {
		if (strcasecmp(list->word, s->word) != 0)
			continue;
		s->best = list->here;
		s->distance = 0;
		return;
	}
}

const char *suggestion_text(const struct suggestion *s, const char *none, char *buf, size_t len)
{
	if (s->best)
		snprintf(buf, len, "; did you mean \"%s\"?", s->best);
	else
		snprintf(buf, len, "%s", none);
	return buf;
}
