/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the readers of sheets share: the text, and building a sheet from it. The readers see to
 * grammar, the builder to what must hold in any sheet.
 */
#ifndef BURNFS_IMAGEFILE_SHEET_PRIV_H
#define BURNFS_IMAGEFILE_SHEET_PRIV_H

#include "imagefile/sheet.h"

#define SHEET_TO_END UINT32_MAX      /* sectors of a piece that goes on to its file's end */

enum step_kind {
	STEP_TRACK,                  /* a track begins: number is its place in tracks[] */
	STEP_PIECE,                  /* sectors of a file, or of zeros */
	STEP_INDEX,                  /* INDEX number is here; a second time it changes nothing */
	STEP_INDEX_TRACK,            /* … is sectors behind the beginning of the track */
	STEP_INDEX_FIRST,            /* … is sectors behind INDEX 01 */
	STEP_KINDS,
};

struct sheet_step {
	enum step_kind kind;
	unsigned line;
	unsigned number;
	unsigned file;
	uint32_t sectors;
	uint64_t offset;             /* of a piece: bytes from the file's first */
};

/* A sheet that is being read. */
struct sheet_build {
	struct sheet *sheet;
	struct sheet_track *track;   /* the last one, or NULL */
	unsigned line;               /* being read, from 1 */
	unsigned session;
	struct err *err;
};

/* Fill err with "line N: " before the message, and return -EINVAL. */
int sheet_wrong(const struct sheet_build *, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int sheet_nomem(struct err *);

/* All of these return 0, or a negative errno with a sentence in build->err. */

/* Where the name is in files[]; a new one is added. */
int sheet_add_file(struct sheet_build *, const char *name, enum sheet_file_type, unsigned *at);
/* Begin a track; ends the one before it as sheet_end_track() does. */
int sheet_add_track(struct sheet_build *, unsigned number, enum sheet_mode, const char *mode_name,
		    uint32_t sector_bytes);
/* The last track is whole, if there is one: it must have an INDEX 01. */
int sheet_end_track(struct sheet_build *);
/* @sectors 0 adds nothing. @file may be SHEET_ZEROS. */
int sheet_add_piece(struct sheet_build *, unsigned file, uint64_t offset, uint32_t sectors);
/* One of the STEP_INDEX kinds; the numbers of a track go up from 0 or 1 without a gap. */
int sheet_add_index(struct sheet_build *, enum step_kind, unsigned number, uint32_t sectors);
int sheet_set_isrc(struct sheet_build *, const char *value);
int sheet_set_catalog(struct sheet_build *, const char *value);
/* Of the last track, or of the disc. One line is made of it. */
int sheet_set_text(struct sheet_build *, enum sheet_text, const char *value);

/* "MM:SS:FF" as sectors: false for what is no time, or beyond the last that a disc can have. */
bool sheet_time(const char *text, uint32_t *sectors);
/* A decimal number of at most @max, digits alone. */
bool sheet_number(const char *text, uint64_t max, uint64_t *out);

/*
 * Whether a line begins with that word, in any case, and what follows it begins with a character of
 * @next; NULL: with any.
 */
bool sheet_has_line(const char *text, const char *word, const char *next);

/* The text in UTF-8 with a NUL behind it, its lines ended by newlines; freed by the caller. */
int sheet_text(char **out, const char *text, size_t len, struct err *);

/* Readers: @text is what sheet_text() made; they may write to it. */
bool sheet_cue_looks(const char *text);
int sheet_cue_read(struct sheet_build *, char *text);
bool sheet_toc_looks(const char *text);
int sheet_toc_read(struct sheet_build *, char *text);

#endif
