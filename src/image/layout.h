/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A staged tree becomes a disc: its tracks, and for each byte of it where that byte is. The names
 * are read from a snapshot, while the stage goes on changing; the bytes of files stay where they
 * are. A layout belongs to one generation of the stage and says so; it never changes once made and
 * may be shared by threads.
 */
#ifndef BURNFS_IMAGE_LAYOUT_H
#define BURNFS_IMAGE_LAYOUT_H

#include "base/disc.h"
#include "config/settings.h"
#include "sound/audio.h"
#include "stage/stage.h"
#include "tree/recorded.h"

/* A run of bytes. What no extent covers is zero. */
struct extent {
	uint64_t start, len;       /* in bytes of the disc's image */
	uint64_t offset;           /* within the file */
	const struct node *node;   /* valid at the layout's generation only: use stage_open_at() */
	uint64_t file_size;        /* what the whole file must measure when it is opened */
	bool decoded;              /* of the samples that sound/sound.c makes of the file: @offset
				      counts in them */
	uint64_t samples;          /* of decoded: bytes of all of them */
	bool swapped;              /* the file has big-endian samples */
	bool raw;                  /* the file has raw Mode 1 sectors from @offset on, and the disc
				      their 2048 bytes each */
};

/* A data disc is one track without a name. */
struct track {
	bool data;
	uint64_t start;            /* block of the image where INDEX 01 is */
	uint64_t blocks;           /* without the gap before it */
	uint64_t gap;              /* blocks of INDEX 00 right before start */
	bool padded;               /* filled up to TRACK_MIN_SECTORS */
	bool gap_sounds;           /* the gap is a part of the image that is not silent */
	unsigned flags;            /* TRACK_COPY and so on, of sound */
	unsigned first_mark, marks; /* in @marks of the layout: where INDEX 02, 03, … begin */
	struct cdtext cdtext;      /* what a track with sound is called */
};

struct layout {
	atomic_int refs;
	enum format format;        /* FORMAT_DATA, FORMAT_AUDIO or FORMAT_MIXED */
	bool whole;                /* a disc that exists already: it wants one that holds nothing */
	uint64_t generation;       /* of the stage */
	uint32_t block_size;       /* BLOCK_SIZE or SECTOR_SIZE */
	uint64_t blocks;           /* the whole image */
	struct recorded *recorded; /* what it is added to, or NULL: its addresses begin where that
				      says */
	unsigned char *head; /* a data disc's volume descriptors and directories: its first bytes */
	size_t head_len;
	struct extent *extents;    /* in order of start, not overlapping, none within the head */
	size_t nextents;
	struct track tracks[TRACKS_MAX];
	unsigned ntracks;
	uint32_t *marks;           /* blocks of the image; NULL: no track has a further index */
	struct cdtext cdtext;      /* what a disc with sound is called */
	struct layout *data;       /* of a mixed disc: what its first track holds, in Mode 1
				      sectors */
};

/* The block of the disc where the image begins. */
static inline uint32_t layout_origin(const struct layout *l)
{
	return l->recorded ? l->recorded->next : 0;
}

/* Sectors before the first track with sound of a mixed disc (Red Book: at least 2 seconds). */
static inline uint64_t layout_mixed_gap(const struct track_list *list)
{
	return list->first_gap > GAP_DEFAULT ? list->first_gap : GAP_DEFAULT;
}

/*
 * Sectors that the second session of a CD takes with @blocks of data, and what lies before and
 * behind them (MMC).
 */
static inline uint64_t layout_second_session(uint64_t blocks)
{
	return SESSION_GAP + (blocks < TRACK_MIN_SECTORS ? TRACK_MIN_SECTORS : blocks) +
	       TRACK_RUN_OUT;
}

/*
 * Lay out what is staged for @format; of FORMAT_IMAGE the layout has the format of what the image
 * holds. With @added, data as a session to
 * be added to what the stage lies over. No lock is held for longer than it takes to read some names
 * of data/, or to list the tracks. Errors, each with a sentence: ENODATA with nothing staged;
 * EINVAL for a track that is no sound, or empty, or was not closed yet; ENOSPC for a track without
 * room, or too many; what iso_lay_out() says; EIO when the directories would be damaged on the disc
 * (the sentence names the directory); ENOMEM; ECANCELED when *@cancelled (may be NULL) turns true;
 * ESTALE when so much was changed that it must be laid out anew (see snapshot_lost()). The caller
 * gives it back with layout_put().
 */
int layout_new(struct layout **out, struct stage *, const struct settings *, enum format,
	       bool added, const atomic_bool *cancelled, struct err *);
struct layout *layout_get(struct layout *);
void layout_put(struct layout *);  /* NULL is none */
/* Bytes of memory that it takes. */
size_t layout_memory(const struct layout *);

/* The first extent that ends behind byte @pos; nextents if there is none. */
size_t layout_find(const struct layout *, uint64_t pos);

#endif
