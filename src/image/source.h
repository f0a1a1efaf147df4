/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a layout as bytes from any offset: for an image file, a drive, and image/. Every short
 * read, every file that is not what it was when it was laid out, and every change of the stage is
 * an error, never a zero. A source is one reader's: it keeps the file it read last open.
 */
#ifndef BURNFS_IMAGE_SOURCE_H
#define BURNFS_IMAGE_SOURCE_H

#include "image/layout.h"

struct source;

/* Takes a reference of the layout. */
int source_new(struct source **out, struct stage *, struct layout *);
/* Another reader of the same layout: for another thread. */
int source_clone(struct source **out, const struct source *);
void source_free(struct source *);

const struct layout *source_layout(const struct source *);
/* Of a mixed disc: the blocks of its track with data, borrowed; else NULL. */
struct source *source_data(const struct source *);
/* Bytes of the whole. */
uint64_t source_size(const struct source *);

/*
 * Read @len bytes at @pos, all of them, less only at the end of the image. Returns the number read;
 * -ESTALE when the stage has changed; -EIO with a sentence naming the file that ended early or
 * changed; -EMEDIUMTYPE for a raw sector that is not what a drive would record.
 */
ssize_t source_read(struct source *, void *buf, size_t len, uint64_t pos, struct err *);

/* What lies at a position: a run of one kind. */
struct span {
	enum {
		SPAN_ZERO, SPAN_MEMORY, SPAN_FILE, SPAN_DECODED, SPAN_SECTORS, SPAN_SWAPPED,
		SPAN_RAW,
	} kind;
	uint64_t len;               /* bytes from the position on */
	const unsigned char *data;  /* of SPAN_MEMORY; borrowed from the layout */
	int fd;                     /* of SPAN_FILE; borrowed until the next call */
	uint64_t offset;            /* of SPAN_FILE, in the file */
};

/* The run that begins at byte @pos < source_size(). Opens and checks the file. */
int source_span(struct source *, uint64_t pos, struct span *, struct err *);
/* Whether the last span's file still is what it was: for bytes taken without source_read(). */
int source_check(struct source *, struct err *);
/* "data/a/b" of the file that was touched last, for messages; valid until the next call. */
const char *source_path(struct source *);

#endif
