/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What libisofs must be kept from: it believes whatever a disc says of itself. The descriptors and
 * directories are read first, each directory once, and every record and field that the library
 * would follow is judged. The blocks are kept: what was judged is what the library gets, and it
 * gets nothing else. No locks.
 */
#ifndef BURNFS_ISO_SURVEY_H
#define BURNFS_ISO_SURVEY_H

#include "iso/import.h"

enum {
	ISO_SURVEY_NAMES_MAX = 500000,
	ISO_SURVEY_BLOCKS_MAX = 64 * 1024,      /* of descriptors and directories: 128 MiB */
	ISO_SURVEY_CROWD_MAX = 120000,          /* names in one directory, were they alone on the
						   disc */
};

/*
 * Whose names are read, the best that there are: what decides is in the first directory and the
 * descriptors.
 */
enum iso_names { ISO_NAMES_ROCK_RIDGE, ISO_NAMES_JOLIET, ISO_NAMES_1999, ISO_NAMES_PLAIN };

struct iso_survey;

/*
 * Read what the file system that begins at block @start says of itself. @out is the caller's to
 * give to iso_survey_free(). Errors: EROFS with a sentence that begins "it ": not well-formed,
 * larger than the bounds above, a boot record, a compressed or sparse file, a name or link that
 * cannot be written again. The reader's. ENOMEM.
 */
int iso_survey(iso_block_reader *read, void *data, uint32_t start, struct iso_survey **out,
	       struct err *err);
void iso_survey_free(struct iso_survey *);

enum iso_names iso_survey_names(const struct iso_survey *);
/* How many files and directories of any kind there are, the topmost not counted. */
uint32_t iso_survey_count(const struct iso_survey *);
/* A block as it was judged; NULL: none that should be read. */
const unsigned char *iso_survey_block(const struct iso_survey *, uint32_t block);

/* EROFS, and the sentence that a name, of any bytes, is in the way: "it holds "NAME", WHY". */
int iso_cannot_keep(struct err *err, const char *name, size_t len, const char *why);

#endif
