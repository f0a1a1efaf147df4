/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The constants of the discs themselves, and the words for what goes on them.
 */
#ifndef BURNFS_BASE_DISC_H
#define BURNFS_BASE_DISC_H

#include <stdint.h>

enum {
	BLOCK_SIZE = 2048,        /* bytes of a data block (ECMA-119 logical sector, MMC Mode 1) */
	SECTOR_SIZE = 2352,       /* bytes of an audio sector: 588 stereo samples (Red Book) */
	LINUX_NAME_MAX = 253,     /* bytes of a name that Linux shows whole: Rock Ridge puts a long
				     name into several fields, and Linux leaves out the one that
				     would make it 254 bytes or more (fs/isofs/rock.c,
				     get_rock_ridge_filename()) */
	SECTORS_PER_SECOND = 75,  /* Red Book */
	TRACK_MIN_SECTORS = 300,  /* 4 seconds, the shortest track (Red Book) */
	TRACK_RUN_OUT = 2,        /* blocks behind a track of a CD that is written at once (MMC) */
	TRACKS_MAX = 99,          /* Red Book */
	GAP_DEFAULT = 150,        /* sectors before tracks 2 to 99: 2 seconds */
	SESSION_GAP = 11400,      /* sectors between the first session of a CD and the second:
				     lead-out of 1:30, lead-in of 1:00, and a pregap of 2 seconds
				     (MMC, multi-session) */
	CD80_SECTORS = 360000,    /* 80 minutes */
	CD74_SECTORS = 333000,    /* 74 minutes */
	MSF_SECTORS = 449850,     /* what minutes of two digits can address: 99:59:74 and the 2
				     seconds before 0 */
};

/* What a track with sound says of itself in each sector (Red Book, CONTROL; SCMS: IEC 60958). */
enum track_flag {
	TRACK_COPY = 1,           /* it may be copied */
	TRACK_PRE_EMPHASIS = 2,
	TRACK_FOUR_CHANNELS = 4,
	TRACK_SCMS = 8,           /* it is a copy that must not be copied again */
};

#define BLOCKS_UNKNOWN UINT64_MAX /* room that nobody has told of */
/* of any data disc: its addresses have 32 bits (ECMA-119 7.3.3) */
#define BLOCKS_MAX UINT32_MAX

/*
 * What a disc holds. FORMAT_IMAGE is what lies in image/, which holds one of those before it.
 * FORMAT_AUTO is a wish only: what is staged decides.
 */
enum format { FORMAT_NONE, FORMAT_DATA, FORMAT_AUDIO, FORMAT_MIXED, FORMAT_IMAGE, FORMAT_AUTO };

/* What the stage keeps apart: data/, audio/, and image/ with discs that exist already. */
enum branch { BRANCH_DATA, BRANCH_AUDIO, BRANCH_IMAGE, BRANCHES };

/* Blocks that hold @bytes. */
static inline uint64_t blocks_of(uint64_t bytes)
{
	return bytes / BLOCK_SIZE + (bytes % BLOCK_SIZE != 0);
}

/* Audio sectors that hold @bytes. */
static inline uint64_t sectors_of(uint64_t bytes)
{
	return bytes / SECTOR_SIZE + (bytes % SECTOR_SIZE != 0);
}

#endif
