/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many packs texts take, and the cutting of those that need too many.
 */
#include "sound/cdtext.h"

#include <string.h>

enum {
	PACK_TEXT = 12,          /* bytes of text in a pack */
	SIZE_PACKS = 3,          /* of each block */
	BLOCK_PACKS = 255,       /* a pack's number in its block is one byte */
	DISC_PACKS = 2048,       /* what libburn takes */
	BLOCKS = 8,
};
_Static_assert(BLOCKS * BLOCK_PACKS <= DISC_PACKS, "blocks that fit make a disc that fits");

/* The most important first. More languages are rows with the next block, behind all others. */
static const struct cdtext_kind kinds[] = {
	{ 0, 0x80, offsetof(struct cdtext, title) },
	{ 0, 0x81, offsetof(struct cdtext, performer) },
};

const struct cdtext_kind *cdtext_kind(size_t row)
{
	return row < ARRAY_SIZE(kinds) ? &kinds[row] : NULL;
}

/* The first characters of a text. */
struct start {
	size_t bytes;            /* in UTF-8 */
	unsigned chars;          /* bytes in ISO 8859-1 */
};

static struct start start_of(const char *text, unsigned most)
{
	struct start s = { 0, 0 };

	while (text[s.bytes] && s.chars < most) {
		do {
			s.bytes++;
		} while ((text[s.bytes] & 0xc0) == 0x80);
		s.chars++;
	}
	return s;
}

/* Packs of one kind, if none of its texts had more than @most characters. */
static unsigned kind_packs(const struct cdtext_kind *kind, const struct cdtext *texts, unsigned n,
			   unsigned most)
{
	const char *before = "";
	size_t bytes = 0, len = 0;
	bool any = false;

	for (unsigned i = 0; i < n; i++) {
		const char *text = cdtext_get(&texts[i], kind);
		struct start s = start_of(text, most);
		bool same = i > 1 && s.bytes && s.bytes == len && !memcmp(text, before, len);

		bytes += (same ? 1 : s.chars) + 1;
		any = any || s.chars;
		before = text;
		len = s.bytes;
	}
	return any ? (unsigned)((bytes + PACK_TEXT - 1) / PACK_TEXT) : 0;
}

unsigned cdtext_packs(unsigned block, const struct cdtext *texts, unsigned n)
{
	unsigned packs = 0;

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (kinds[i].block == block)
			packs += kind_packs(&kinds[i], texts, n, CDTEXT_CHARS);
	return packs ? packs + SIZE_PACKS : 0;
}

/* Cut the texts of a kind to @most characters: how many are lost. */
static unsigned cut(const struct cdtext_kind *kind, struct cdtext *texts, unsigned n, unsigned most)
{
	unsigned lost = 0;

	for (unsigned i = 0; i < n; i++) {
		char *text = (char *)&texts[i] + kind->field;
		struct start all = start_of(text, CDTEXT_CHARS), kept = start_of(text, most);

		lost += all.chars - kept.chars;
		text[kept.bytes] = '\0';
	}
	return lost;
}

unsigned cdtext_shorten(struct cdtext *texts, unsigned n)
{
	unsigned lost = 0;

	for (size_t row = ARRAY_SIZE(kinds); row-- > 0;) {
		const struct cdtext_kind *kind = &kinds[row];
		unsigned packs = cdtext_packs(kind->block, texts, n), most = CDTEXT_CHARS;
		unsigned others = packs - kind_packs(kind, texts, n, most);

		if (packs <= BLOCK_PACKS)
			continue;
		while (most && others + kind_packs(kind, texts, n, most) > BLOCK_PACKS)
			most--;
		lost += cut(kind, texts, n, most);
	}
	return lost;
}
