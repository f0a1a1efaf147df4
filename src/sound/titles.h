/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a track, and an audio disc as a whole, are called: what extended attributes say, and how
 * CD-TEXT says it. Neither reads attributes nor tags of files. Nothing here is shared: whoever has
 * a struct locks it.
 */
#ifndef BURNFS_SOUND_TITLES_H
#define BURNFS_SOUND_TITLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disc.h"
#include "base/util.h"

enum {
	TITLE_BYTES = 1024,
	CDTEXT_CHARS = 160,     /* of a title: as much as players are sure to take */
	TITLE_SAID = 2 * CDTEXT_CHARS + 1,
	ISRC_LEN = 12,          /* International Standard Recording Code (ISO 3901) */
	MCN_LEN = 13,           /* media catalogue number: an EAN-13 */
	PREGAP_MAX = 60 * SECTORS_PER_SECOND,
};

/* All zero, as TITLES_NONE: nothing is known. */
struct titles {
	/* UTF-8, one line, no control characters; empty: unknown. */
	char title[TITLE_BYTES];
	char performer[TITLE_BYTES];
	char code[MCN_LEN + 1]; /* a track's ISRC, or the disc's MCN; empty: none */
	bool has_pregap;        /* a track's: whether it has its own */
	uint32_t pregap;        /* sectors before it, at most PREGAP_MAX */
};

#define TITLES_NONE ((struct titles){ 0 })

/*
 * Take over an extended attribute of a track, or of audio/ itself (@disc). The value of @len bytes
 * need not end with a NUL; one newline at its end is dropped. NULL, or no bytes: it is gone.
 *   user.cdtext.title, user.cdtext.performer  any UTF-8; what does not fit is cut off
 *   user.isrc    of tracks: an ISRC, with or without hyphens
 *   user.pregap  of tracks: a number of sectors, 0 to PREGAP_MAX
 *   user.mcn     of the disc: 13 digits, with or without hyphens
 * Returns 1: taken over; 0: the name is none of these, or not for this kind; -EINVAL: a bad value,
 * nothing has changed.
 */
int titles_set(struct titles *, bool disc, const char *name, const void *value, size_t len,
	       struct err *err);

/* The names of those attributes, for going over what a stash holds; NULL past the last. */
const char *titles_attribute(size_t row);

/*
 * @utf8 as CD-TEXT can say it: printable characters of ISO 8859-1, at most CDTEXT_CHARS, still in
 * UTF-8. A letter with marks after it becomes the one letter that it looks like; what CD-TEXT
 * cannot say becomes the nearest that it can, or a '?'. Returns how many characters were replaced
 * or cut off: a letter and its marks are one, characters that nobody sees are none.
 */
unsigned titles_to_cdtext(const char *utf8, char out[static TITLE_SAID]);

/* What titles_to_cdtext() made, as bytes of ISO 8859-1 with a NUL. Returns their number. */
size_t titles_latin1(const char *said, char out[static CDTEXT_CHARS + 1]);

#endif
