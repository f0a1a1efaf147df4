/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CD-TEXT: the kinds of text that a disc and its tracks have, how much room they take, and what is
 * shortened where they need more than there is. Pure: nothing here is shared or locked.
 *
 * The room (MMC-3 annex J, "CD-TEXT format in the CD lead-in"; libburn 1.5.4, doc/cdtext.txt):
 * texts are recorded in packs of 18 bytes, 12 of them text. A language is a block of at most 255
 * packs, three of which (type 0x8f) say its size; there are at most eight blocks. Within a block
 * each kind of text begins a new pack, and has the text of the disc and those of all tracks one
 * after the other, each with a NUL at its end. A text that is the same as that of the track before
 * it is a TAB. A kind that nobody has takes no pack. ISRC and catalogue number are recorded in the
 * Q sub-channel, not as packs (0x8e).
 */
#ifndef BURNFS_SOUND_CDTEXT_H
#define BURNFS_SOUND_CDTEXT_H

#include "sound/titles.h"

/* What a track or the disc is called, in characters that CD-TEXT has. Empty: unknown. */
struct cdtext {
	char title[TITLE_SAID], performer[TITLE_SAID]; /* UTF-8 */
	char code[MCN_LEN + 1];    /* a track's ISRC, the disc's MCN */
};

/* One kind of text in one language. */
struct cdtext_kind {
	unsigned block;            /* of the language, 0 to 7 */
	unsigned type;             /* of its packs */
	size_t field;              /* where it is in struct cdtext: TITLE_SAID bytes */
};

/* The kinds, the most important first; NULL past the last. */
const struct cdtext_kind *cdtext_kind(size_t row);

static inline const char *cdtext_get(const struct cdtext *texts, const struct cdtext_kind *kind)
{
	return (const char *)texts + kind->field;
}

/* Packs of a block with @n texts: texts[0] is the disc's, texts[1] that of the first track. */
unsigned cdtext_packs(unsigned block, const struct cdtext *texts, unsigned n);

/*
 * Shorten the texts until they fit: the least important kind first, and of one kind the longest
 * first. Returns how many characters were cut off.
 */
unsigned cdtext_shorten(struct cdtext *texts, unsigned n);

#endif
