/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A picture of a disc, as SVG 1.1: what is on it, what is staged, what is free. Drawing is pure: it
 * knows what struct picture has, and nothing else.
 */
#ifndef BURNFS_FILES_PICTURE_H
#define BURNFS_FILES_PICTURE_H

#include "base/util.h"
#include "stage/stage.h"

enum slice_kind { SLICE_RECORDED, SLICE_NAME, SLICE_TRACK, SLICE_REST };

/* A share of the disc, and its line in the legend. */
struct slice {
	enum slice_kind kind;
	uint64_t blocks;
	uint64_t gap;              /* of these, silence before a track */
	const char *amiss;         /* why a track cannot be recorded, in a word or two; static;
				      NULL: it can */
	char name[256];            /* any bytes */
};

enum { SLICES_MAX = TRACKS_MAX + STAGE_TOPS + 3 };

struct picture {
	char label[TITLE_SAID];    /* any bytes; empty: none */
	char disc[64];             /* what kind of disc it is, or is drawn as */
	enum format format;        /* data in blocks of 2048, others in sectors */
	uint64_t total;            /* of the whole disc */
	uint64_t recorded, staged; /* of that; may be more */
	unsigned tracks;
	struct slice slices[SLICES_MAX];   /* clockwise from the top; */
	unsigned n;
};

/* Blocks or sectors that are taken: may be more than the whole disc has. */
static inline uint64_t picture_used(const struct picture *p)
{
	return p->recorded + p->staged;
}

/* Whether the disc is counted in sectors of sound, and not in blocks of data. */
static inline bool picture_in_sectors(const struct picture *p)
{
	return p->format == FORMAT_AUDIO || p->format == FORMAT_MIXED;
}

/* The same picture makes the same bytes, whatever the locale. */
void picture_draw(const struct picture *, struct text *);

#endif
