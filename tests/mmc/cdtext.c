/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CD-TEXT: what the host wrote to the lead-in, as sub-channels R to W, is turned into packs (Red
 * Book; MMC-5 annex J). Whether the packs are good is for a test to say; their checksums are kept
 * as they came.
 */
#include "mmc.h"

#include <stdlib.h>
#include <string.h>

enum {
	PACK = 18, SUB_PACK = 24,
	LEADIN_MAX = (CD_START - CD_LEADIN) * LEADIN_BYTES,
};

/* Four symbols of six bits are three bytes. */
static void join_symbols(const uint8_t *from, uint8_t *to)
{
	for (int i = 0; i < SUB_PACK / 4; i++, from += 4, to += 3) {
		to[0] = (uint8_t)(from[0] << 2 | (from[1] & 0x30) >> 4);
		to[1] = (uint8_t)(from[1] << 4 | (from[2] & 0x3c) >> 2);
		to[2] = (uint8_t)(from[2] << 6 | (from[3] & 0x3f));
	}
}

/* The packs go round in the lead-in: they are complete when the first comes again. */
void cdtext_store(struct disc *k, int session)
{
	uint8_t *sub = malloc(LEADIN_MAX), *packs = malloc(LEADIN_MAX);
	ssize_t n = sub && packs ? disc_get_file(k, "leadin", session, sub, LEADIN_MAX) : -1;
	size_t len = 0;

	for (ssize_t at = 0; at + SUB_PACK <= n; at += SUB_PACK, len += PACK) {
		join_symbols(sub + at, packs + len);
		if (len && !memcmp(packs, packs + len, PACK))
			break;
	}
	if (len)
		disc_put_file(k, "cdtext", session, 0, packs, len);
	free(sub);
	free(packs);
}
