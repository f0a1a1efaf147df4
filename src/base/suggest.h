/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "Did you mean": of the words that would have been right, the one that looks like the word that
 * was given, or that means the same.
 */
#ifndef BURNFS_BASE_SUGGEST_H
#define BURNFS_BASE_SUGGEST_H

#include <stddef.h>

/*
 * What other programs call a thing, and what it is called here. A list ends with a row without a
 * word.
 */
struct synonym {
	const char *word, *here;
};

/* Begin with the word as it was given, and the rest zero. It borrows all words. */
struct suggestion {
	const char *word;       /* as it was given */
	const char *best;       /* NULL: none is near */
	size_t distance;        /* of the best from the word */
};

/*
 * The number of edits that make @b of @a: a letter added, left out or replaced, or two neighbours
 * exchanged; the case of ASCII letters is none. More than @limit is @limit + 1, and so is what
 * concerns words over 40 bytes.
 */
size_t edit_distance(const char *a, const char *b, size_t limit);

/* Take @right for the suggestion if it is near, and nearer than all before it. */
void suggest(struct suggestion *, const char *right);
/* What @word means in the list; it comes before any word that looks like it. */
void suggest_synonym(struct suggestion *, const struct synonym *list);
/*
 * The text "; did you mean "x"?", or @none without a suggestion, cut at @len bytes. Returns @buf.
 */
const char *suggestion_text(const struct suggestion *, const char *none, char *buf, size_t len);

#endif
