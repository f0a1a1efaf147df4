/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The blocks that the survey reads and keeps, whose each of their bytes is, and what it says of a
 * disc that it refuses.
 */
#include "iso/survey_priv.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

/* How often the library may ask for a block, again or not. */
enum { LOOKS_MAX = 4 * 1024 * 1024 };

/* ---- the messages ---- */

int survey_no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "not enough memory to read what the disc holds");
}

int survey_damaged(struct iso_survey *s, uint32_t block, const char *what)
{
	return err_set(s->err, EROFS, "its ISO 9660 structure is damaged at block %u: %s",
		       block, what);
}

int iso_cannot_keep(struct err *err, const char *name, size_t len, const char *why)
{
	bool text = utf8_valid(name, len);
	char shown[100];
	size_t n = 0, i = 0;

	for (; i < len && n < sizeof(shown) - 4; i++) {
		unsigned char c = (unsigned char)name[i];

		if (c) /* as there is in UTF-16 */
			shown[n++] = c >= ' ' && (text || c < 0x7f) ? name[i] : '?';
	}
	while (text && i < len && (name[i] & 0xc0) == 0x80) /* the rest of a character */
		shown[n++] = name[i++];
	shown[n] = '\0';
	return err_set(err, EROFS, "it has \"%s\", %s", shown, why);
}

int survey_cannot_keep(struct iso_survey *s, const struct record *r, const char *why)
{
	struct bytes name = record_name(r);

	return iso_cannot_keep(s->err, (const char *)name.p, name.len, why);
}

int survey_too_large(struct iso_survey *s)
{
	return err_set(s->err, EROFS,
		       "it has more names than burnfs can keep: at most %d, and %d in one "
		       "directory",
		       ISO_SURVEY_NAMES_MAX, ISO_SURVEY_CROWD_MAX);
}

/* ---- the blocks ---- */

static int compare_kept(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return (x->block > y->block) - (x->block < y->block);
}

static int keep(struct iso_survey *s, uint32_t block, struct kept **out)
{
	struct kept *k = calloc(1, sizeof(*k));
	int ret;

	if (!k)
		return survey_no_memory(s->err);
	k->block = block;
	ret = s->nkept < ISO_SURVEY_BLOCKS_MAX ? s->read(s->data, block, k->bytes, s->err) :
						 survey_too_large(s);
	if (ret == 0 && !tsearch(k, &s->kept, compare_kept))
		ret = survey_no_memory(s->err);
	if (ret < 0) {
		free(k);
		return ret;
	}
	s->nkept++;
	*out = k;
	return 0;
}

int survey_look(struct iso_survey *s, uint64_t block, struct kept **out)
{
	struct kept key = { .block = (uint32_t)block };
	void *found;

	if (block > UINT32_MAX)
		return survey_damaged(s, UINT32_MAX,
				      "something continues after the last possible block");
	if (++s->looks > LOOKS_MAX)
		return survey_too_large(s);
	found = tfind(&key, &s->kept, compare_kept);
	if (!found)
		return keep(s, (uint32_t)block, out);
	*out = *(struct kept **)found;
	return 0;
}

int survey_claim(struct iso_survey *s, struct kept *k, unsigned at, unsigned len, const char *what)
{
	for (; len; at++, len--) {
		unsigned char bit = (unsigned char)(1 << at % 8);

		if (k->claimed[at / 8] & bit)
			return survey_damaged(s, k->block, what);
		k->claimed[at / 8] |= bit;
	}
	return 0;
}

const unsigned char *iso_survey_block(const struct iso_survey *s, uint32_t block)
{
	struct kept key = { .block = block };
	void *found = tfind(&key, &s->kept, compare_kept);

	return found ? (*(struct kept **)found)->bytes : NULL;
}
