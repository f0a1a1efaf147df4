/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sheets: texts that say how files make up a CD. Two kinds are read: CUE sheets, and the TOC files
 * of cdrdao. Pure: no file is opened here, nothing is shared, nobody locks. The text is hostile:
 * what it says is checked, what it takes is bounded (SHEET_BYTES of text, TRACKS_MAX tracks, time
 * in proportion to the text), and it never names a file of another folder.
 *
 * Sources. CUE: CDRWIN's user guide, "Cue sheet commands"; what Exact Audio Copy writes (an INDEX
 * 00 in the file before the one with INDEX 01, FLAGS, REM); "REM SESSION" as IsoBuster and ImgBurn
 * write it. TOC: cdrdao(1), "TOC-FILES". Addresses: Red Book and MMC-3: LBA 0 is 00:02:00, and the
 * 150 sectors before it are not counted here, so what a sheet has before INDEX 01 of track 1 begins
 * at LBA 0. Lead-out, lead-in and pregap between two sessions: SESSION_GAP of base/disc.h.
 *
 *   place of a mark in its file = place of the mark before it + sectors between × bytes a sector
 *   of the track that the mark before it belongs to; the first mark of a file is at its first byte
 */
#ifndef BURNFS_IMAGEFILE_SHEET_H
#define BURNFS_IMAGEFILE_SHEET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disc.h"
#include "base/util.h"

enum {
	SHEET_BYTES = 1024 * 1024,   /* of the longest text that is read */
	SHEET_FILES = 1000,          /* that a sheet may name, the same one counted once */
	SHEET_NAME = 255,            /* bytes of a file's name */
	SHEET_INDICES = 100,         /* of a track: 0 to 99 (Red Book) */
	SHEET_STEPS = 20000,         /* FILE, INDEX, SILENCE … of all tracks together */
	SHEET_SESSIONS = 99,
	SHEET_ISRC = 12,             /* characters (ISO 3901) */
	SHEET_CATALOG = 13,          /* digits: an EAN-13 */
};

enum sheet_mode {
	SHEET_AUDIO,                 /* 2352 bytes a sector */
	SHEET_MODE1,                 /* 2048: the bytes of the blocks alone */
	SHEET_MODE1_RAW,             /* 2352: with sync, address, EDC and parity */
	SHEET_OTHER,                 /* cannot be recorded: see mode_name of the track */
};

/* How a file holds what a sheet says of it. */
enum sheet_file_type {
	SHEET_BINARY,                /* sectors as they are; samples little-endian */
	SHEET_MOTOROLA,              /* the same, samples big-endian */
	SHEET_SOUND,                 /* WAVE, AIFF, MP3, FLAC …: sound/ finds the samples in it */
};

enum sheet_text {
	SHEET_TITLE, SHEET_PERFORMER, SHEET_SONGWRITER, SHEET_COMPOSER, SHEET_ARRANGER,
	SHEET_MESSAGE, SHEET_TEXTS,
};

struct sheet_file {
	char name[SHEET_NAME + 1];   /* as written, UTF-8: a name in the sheet's own folder */
	enum sheet_file_type type;
	unsigned line;               /* that names it first, from 1 */
};

struct sheet_track {
	unsigned number;             /* as on the disc: 1 to 99 */
	unsigned session;            /* from 1 */
	enum sheet_mode mode;
	char mode_name[24];          /* as written: "MODE2/2352" */
	uint32_t sector_bytes;       /* of a sector in its files */
	bool pre_emphasis, copy, four_channels, scms;
	char isrc[SHEET_ISRC + 1];   /* empty: none. Upper case */
	char *text[SHEET_TEXTS];     /* UTF-8, one line; NULL: none */
	unsigned line;               /* that begins it, from 1 */
	unsigned first_index;        /* 0 or 1 */
	unsigned indices;            /* the number of the last one: at least 1 */
	uint32_t pregap, postgap;    /* sectors of silence that are in no file */

	/* Since sheet_fit(): */
	uint32_t index[SHEET_INDICES]; /* LBA where each begins, first_index to indices */
	uint32_t start;              /* LBA of INDEX 01 */
	uint32_t gap;                /* sectors of INDEX 00 before it, silence counted */
	uint32_t sectors;            /* from INDEX 01 to the track's end */
};

#define SHEET_ZEROS UINT32_MAX       /* a part that is in no file: silence, zeros */

/* A stretch of the disc that lies in one file in one piece, of one mode. May span tracks. */
struct sheet_part {
	uint32_t start, sectors;     /* LBA, and how many */
	unsigned file;               /* of files[], or SHEET_ZEROS */
	enum sheet_mode mode;        /* what the sectors are in that file */
	uint64_t offset;             /* its first byte in the file; of SHEET_SOUND: in the file's
					CD samples, 4 bytes each */
	uint64_t bytes;              /* that the file has for it; the last sector is filled with
					zeros where that is less */
};

/* What the text said, one step after the other. For the files of imagefile/. */
struct sheet_step;

struct sheet {
	struct sheet_file *files;    /* in order of their first use; a name may be there twice, as
					BINARY and as MOTOROLA */
	unsigned nfiles;
	struct sheet_track *tracks;
	unsigned ntracks;            /* 1 to TRACKS_MAX */
	unsigned sessions;           /* at least 1 */
	char catalog[SHEET_CATALOG + 1]; /* media catalogue number; empty: none */
	char *text[SHEET_TEXTS];     /* of the disc */
	struct sheet_step *steps;
	unsigned nsteps;

	/* Since sheet_fit(): */
	struct sheet_part *parts;    /* in order of start. LBAs between sessions are in none */
	unsigned nparts;
	uint32_t blocks;             /* sectors from LBA 0 to the end of the last track */
	unsigned filled;             /* of files[]: one whose last sector is filled with zeros, to
					be told; SHEET_ZEROS: none */
};

/* Bytes of a sector of those modes that can be recorded, in a file. */
static inline uint32_t sheet_sector(enum sheet_mode mode)
{
	return mode == SHEET_MODE1 ? BLOCK_SIZE : SECTOR_SIZE;
}

/*
 * Whether the text is a sheet, good or bad: for telling sheets from other files. A CUE sheet has a
 * FILE and a TRACK, a TOC begins with one of its words.
 */
bool sheet_looks(const char *text, size_t len);

/*
 * Read a sheet, CUE or TOC. The text is UTF-8, or UTF-16 with a byte order mark, else taken for
 * Windows-1252, which has all characters of ISO 8859-1; lines end as on any system. On success the
 * caller frees *@out with sheet_free().
 * Errors, each with a sentence that names the line: EINVAL for what is no sheet, contradicts itself
 * or names a file outside its folder; EFBIG for a text beyond SHEET_BYTES; ENOMEM. *@out is NULL
 * then. A mode that cannot be recorded is no error here: see sheet_recordable().
 */
int sheet_parse(struct sheet **out, const char *text, size_t len, struct err *);
/* The same, of a file of @size bytes, read from its beginning; also -EIO and what read(2) says. */
int sheet_read(struct sheet **out, int fd, uint64_t size, struct err *);
void sheet_free(struct sheet *); /* NULL is none */

/*
 * Place everything, with @bytes[i] the bytes of files[i]: of a file of type SHEET_SOUND those of
 * its samples, 4 each at 44.1 kHz (sound.bytes of sound/audio.h); UINT64_MAX: it is not there. May
 * be called again with other sizes. Errors with a sentence: ENOENT for a file that is not there
 * (the sentence names it); EINVAL for one that is too short, or whose data is no whole number of
 * sectors, or sound in a data track; EFBIG beyond MSF_SECTORS; ENOMEM. What sheet_fit() filled in
 * before is gone then.
 */
int sheet_fit(struct sheet *, const uint64_t *bytes, struct err *);

/*
 * Whether drives can record it as libburn does: EMEDIUMTYPE with a sentence that names the track,
 * and the program that can, for modes other than AUDIO and MODE1, sound before data in one session;
 * after sheet_fit() also for tracks under TRACK_MIN_SECTORS, which libburn would lengthen, and,
 * where a session is written track at once (with data in it, or behind another), for gaps and
 * indices that a drive does not make. 0 if it can. What a file has in such a gap of GAP_DEFAULT is
 * not recorded: whether it is zeros is for the caller to look at.
 */
int sheet_recordable(const struct sheet *, struct err *);

/* Whether all its tracks are sound. */
bool sheet_sound(const struct sheet *);

#endif
