/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that drive libburn share, and nobody else sees. All of it belongs to the thread that
 * works with the drive, but for what is said to be atomic.
 */
#ifndef BURNFS_DRIVE_H
#define BURNFS_DRIVE_H

#include <sys/types.h>
#include <libburn/libburn.h>

#include "recorder.h"

/* ---- drive_link.c: a drive in our hands, and what it says */

struct drive_link {
	struct burn_drive_info *info;
	struct burn_drive *drive;
	const char *device;     /* borrowed */
	struct err said;        /* the first grave message since drive_listen(), or code 0 */
	bool lost;              /* the connection to the drive is gone */
	bool writer_ended;      /* libburn's writing thread has */
	bool stuck;             /* it has not, and never seems to */
};

/*
 * Open the drive for us alone, its tray drawn in with @load. Another program that has it is waited
 * for up to @patience seconds, or until @progress (may be NULL) is cancelled. ENXIO: not there, or no
 * drive. EBUSY: the sentence names who has it, as far as that can be seen. EACCES.
 */
int drive_grab(struct drive_link *, const char *device, bool load, double patience,
	       struct progress *progress, struct err *);
/* Close it, its tray opened with @eject. A drive that was never opened is no matter. */
void drive_let_go(struct drive_link *, bool eject);

/* Forget what was said so far. */
void drive_listen(struct drive_link *);
/* Take up what libburn has to say. Call it now and then while the drive works. */
void drive_hear(struct drive_link *);
/* How what was tried went wrong, as the drive says it: ENXIO when it is gone, EROFS, EIO. */
int drive_failed(struct drive_link *, const char *what, struct err *);
/* Until libburn's thread is done. @each (may be NULL) is called now and then. */
void drive_attend(struct drive_link *, bool writing, void (*each)(void *data), void *data);

/* ---- drive_medium.c: what lies in it */

struct drive_kind {
	int profile;            /* MMC-6, table of profiles */
	const char *name;
	bool cd;
	bool erased;            /* BLANK frees it */
	bool overwritten;       /* at random; it has to be formatted first */
};

struct drive_disc {
	const struct drive_kind *kind;     /* NULL: none that we know to record */
	enum burn_disc_status status;
	bool formatted;                    /* of a kind that is overwritten at random */
	bool holds_something;              /* the same: it is not zeros where images begin */
	uint64_t head;                     /* see drive_head_sum() */
	struct medium medium;
};

/* Look at what lies in the drive, which is in our hands. */
void drive_examine(struct drive_link *, struct drive_disc *);
/* Whether an image of @format may be recorded on it now, and if not why. */
int drive_may_record(const struct drive_disc *, enum format, const struct surroundings *,
		     struct err *);
/* Tells the beginnings of images apart: of DRIVE_HEAD_BYTES from the 33rd kilobyte on. */
uint64_t drive_head_sum(const void *head);
enum { DRIVE_HEAD_BLOCK = 16, DRIVE_HEAD_BYTES = 16 * BLOCK_SIZE };

/* Erase or format, so that it is blank. */
int drive_blank(struct drive_link *, const struct drive_disc *, bool fast, struct progress *,
		struct err *);

/* ---- drive_write.c: recording */

/* Record it all. Errors: ENOSPC, EMEDIUMTYPE, ECANCELED, the source's, ENXIO, EROFS, EIO. */
int drive_write(struct drive_link *, struct source *, const struct burn_options *, struct progress *,
		struct err *);

/* ---- drive_verify.c: reading back */

/* Compare a data disc with the source, as read_back() does. */
int drive_verify(struct drive_link *, struct source *, struct progress *, struct err *);

/* ---- drive_tracks.c: the source as libburn takes it */

/* What all tracks of a burn are read from. */
struct drive_feed {
	struct source *source;
	struct burn_drive *drive;       /* is told when reading fails */
	unsigned char *chunk;
	uint64_t chunk_pos;             /* of its first byte in the image */
	size_t chunk_len;
	struct err err;                 /* why reading failed; the writing thread's until it ended */
	atomic_bool failed;
	atomic_uint_fast64_t pos;       /* byte of the image behind the last one that was delivered */
	atomic_uint_fast64_t delivered; /* bytes: those of gaps are libburn's to make */
	atomic_uint track;              /* the track that is read, from 1 on */
};

/* The disc of a layout, and the opts that go with it. */
struct drive_job {
	struct burn_disc *disc;
	struct burn_session *session;
	struct burn_track *tracks[TRACKS_MAX];
	unsigned ntracks;
	uint64_t bytes;                 /* that must be delivered */
};

int drive_tracks_new(struct drive_job *, struct drive_feed *, struct burn_write_opts *,
		     const struct layout *, struct err *);
void drive_tracks_free(struct drive_job *);

#endif
