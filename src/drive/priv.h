/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that drive libburn share, and nobody else sees. All of it belongs to the thread
 * that works with the drive, but for what is said to be atomic.
 */
#ifndef BURNFS_DRIVE_PRIV_H
#define BURNFS_DRIVE_PRIV_H

#include <sys/types.h>
#include <libburn/libburn.h>

#include "image/readahead.h"
#include "record/recorder.h"

/* ---- drive/link.c: a drive in our hands, and what it says */

struct drive_link {
	struct burn_drive_info *info;
	struct burn_drive *drive;
	const char *device;     /* borrowed */
	struct err last_error;  /* the first grave message since drive_clear_messages(), or
				   code 0 */
	bool lost;              /* the connection to the drive is gone */
	bool writer_ended;      /* libburn's writing thread has */
	bool stuck;             /* it has not, and never seems to */
};

/*
 * Open the drive for us alone, its tray drawn in with @load. Another program that has it is waited
 * for up to @patience seconds, or until @progress (may be NULL) is cancelled. ENXIO: not there, or
 * no drive. EBUSY: the sentence names who has it, as far as that can be seen. EACCES.
 */
int drive_acquire(struct drive_link *, const char *device, bool load, double patience,
		  struct progress *progress, struct err *);
/* Close it, its tray opened with @eject. A drive that was never opened is no matter. */
void drive_release(struct drive_link *, bool eject);

/* Forget the messages so far. */
void drive_clear_messages(struct drive_link *);
/* Read what libburn has said. Call it now and then while the drive works. */
void drive_poll_messages(struct drive_link *);
/* How what was tried went wrong, as the drive says it: ENXIO when it is gone, EROFS, EIO. */
int drive_failed(struct drive_link *, const char *what, struct err *);
/* Until libburn's thread is done. @each (may be NULL) is called now and then. */
void drive_wait_idle(struct drive_link *, bool writing, void (*each)(void *data), void *data);

/* ---- drive/tray.c: whether something lies in it */

enum drive_tray {
	TRAY_UNKNOWN,           /* the kernel cannot tell of this drive */
	TRAY_EMPTY,             /* or open */
	TRAY_MOVING,            /* the drive is not ready */
	TRAY_FULL,
};

/* Ask the kernel; nobody is kept from the drive. ENXIO: it is gone. */
int drive_tray(const char *device, enum drive_tray *, struct err *);

/* ---- drive/kinds.c: kinds of discs */

struct drive_kind {
	int profile;            /* MMC-6, table of profiles */
	const char *name;
	bool cd;
	bool erasable;          /* BLANK frees it */
	bool overwritable;      /* at random; it has to be formatted first */
};

/* NULL: none that we know. */
const struct drive_kind *drive_kind(int profile);

/* ---- drive/medium.c: what lies in it */

struct drive_disc {
	const struct drive_kind *kind;     /* NULL: none that we know to record */
	enum burn_disc_status status;
	bool formatted;                    /* of a kind that is overwritten at random */
	bool holds_something;              /* the same: it is not zeros where images begin */
	bool unfinished;                   /* the same: a burn of ours was broken off, and nothing
					      else is there */
	bool has_iso;                      /* the same: of this kind */
	struct recorded *recorded;         /* what it holds, when something may be added; borrowed,
					      or NULL */
	struct err why_not;                /* why nothing may be, of a disc that holds something */
	struct medium medium;
};

/* Look at what lies in the drive, which is in our hands. */
void drive_examine(struct drive_link *, struct drive_disc *);
/* Whether that may be recorded on it now, and if not why. */
int drive_may_record(const struct drive_disc *, const struct layout *, struct err *);
/* It has to be formatted before anything is written to it. */
bool drive_lacks_format(const struct drive_disc *);
/* Whether something of one kind or another lies on it that a session could be added to. */
bool drive_may_grow(const struct drive_disc *);
/* The disc's sessions have been read: what that means for its status and the room on it. */
void drive_set_sessions(struct drive_disc *, struct recorded *, const struct err *why_not);
/* What the first block has of a disc whose burn is not finished, where it held nothing before. */
#define DRIVE_UNFINISHED                                                                           \
	"burnfs: the burn of this disc was not finished; the next one may overwrite it\n"
enum {
	DRIVE_HEAD_BLOCK = 16,  /* where volume descriptors begin (ECMA-119 6.2.1) */
	DRIVE_DESCRIPTORS = 3,  /* of ours: primary, Joliet's, and the one that ends them */
	DRIVE_HEAD_BLOCKS = 32, /* what is written last on a disc that is overwritten; whole ECC
				   blocks of any */
};

/* Erase or format, so that it is blank. */
int drive_blank(struct drive_link *, const struct drive_disc *, bool fast, struct progress *,
		struct err *);

/* ---- drive/facts.c: what is told of it besides */

/* Fill the facts of the medium, of which all else is known. */
void drive_facts(struct drive_link *, struct drive_disc *);

/* ---- drive/sessions.c: what it holds */

/*
 * Read what a disc holds that drive_may_grow(): a reference in *@out, of @known (may be NULL) if
 * that is still right. EROFS: nothing can be added, the sentence says why and begins with "it ";
 * EIO; ECANCELED, when @progress (may be NULL) is cancelled meanwhile.
 */
int drive_read_sessions(struct drive_link *, const struct drive_disc *, struct recorded *known,
			struct progress *, struct recorded **out, struct err *);

/* ---- drive/speed.c: how it is recorded */

/* The speeds that the drive records this disc at, in 1000 bytes a second and rising: how many. */
unsigned drive_speeds(struct drive_link *, const struct drive_kind *,
		      unsigned speeds[MEDIUM_SPEEDS_MAX]);
/*
 * Speed, underrun protection and stream recording as the settings have them. Of the speeds the
 * drive offers the next lower one is taken, else the lowest, and told as an event.
 */
void drive_tune(struct drive_link *, const struct drive_kind *, struct burn_write_opts *,
		const struct settings *, struct progress *);

/* ---- drive/head.c: the beginning of a disc that is overwritten at random */

/* Of one that holds nothing: that a burn of it has begun. */
int drive_head_mark(struct drive_link *, struct err *);
/* Of one that the rest has been written to: what it holds. */
int drive_head_write(struct drive_link *, struct source *, struct err *);

/* ---- drive/write.c: recording */

/* EMEDIUMTYPE: what can be done instead on a disc of that kind. */
int drive_cannot_simulate(const struct drive_kind *, struct err *);
/*
 * Record it all, behind what the disc holds. What is overwritten at random gets its volume
 * descriptors last: until then it holds what it did before. Errors: ENOSPC, EMEDIUMTYPE, ECANCELED,
 * the source's, ENXIO, EROFS, EIO.
 */
int drive_write(struct drive_link *, const struct drive_disc *, struct source *,
		const struct burn_options *, const struct settings *, struct progress *,
		struct err *);

/* ---- drive/contents.c: what the drive tells of it then */

/* The address in an entry of a table of contents. */
int64_t drive_address(const struct burn_toc_entry *);

/*
 * Where the tracks of the last complete session begin, and behind them its lead-out: sectors or
 * blocks. EIO: they are not @ntracks.
 */
int drive_contents(struct drive_link *, unsigned ntracks, int64_t at[TRACKS_MAX + 1], struct err *);
/* Whether a disc that is written once has this layout as its last session, complete. EIO, ENXIO. */
int drive_confirm(struct drive_link *, const struct layout *, struct err *);

/* ---- drive/verify.c: reading back */

/* Compare a data disc with the source, as read_back() does. */
int drive_verify(struct drive_link *, const struct drive_disc *, struct source *, struct progress *,
		 struct err *);

/* ---- drive/verify_sound.c: reading sound back */

/*
 * The same of a disc with sound, wherever the drive puts it within 3000 samples. EOPNOTSUPP: the
 * drive reads no sound.
 */
int drive_verify_sound(struct drive_link *, struct source *, struct progress *, struct err *);

/* ---- drive/tracks.c: the source as libburn takes it */

/* What all tracks of a burn are read from. */
struct drive_feed {
	struct readahead *readahead;
	struct readahead *data;         /* the blocks of a mixed disc's track with data, or NULL */
	struct burn_drive *drive;       /* is told when reading fails */
	struct err err;                 /* why reading failed; the writing thread's until it
					   ended */
	atomic_bool failed;
	atomic_uint_fast64_t block;     /* of the image, behind the last one that was delivered */
	atomic_uint_fast64_t delivered; /* bytes: those of gaps are libburn's to make */
	atomic_uint track;              /* the track that is read, from 1 on */
};

/* Begin to read what @source reads, which is not used any further; @drive will be fed. */
int drive_feed_new(struct drive_feed **out, const struct source *, struct burn_drive *,
		   struct err *);
/* Once libburn's thread has ended. NULL is none. */
void drive_feed_free(struct drive_feed *);
/*
 * Where it never ends: it gets no more, nothing staged is read any longer, and the feed stays for
 * it.
 */
void drive_feed_abandon(struct drive_feed *);

/* The disc of a layout, and the opts that go with it. */
struct drive_job {
	struct burn_disc *disc;
	struct burn_session *session;
	struct burn_track *tracks[TRACKS_MAX];
	unsigned ntracks;
	uint64_t bytes;                 /* that must be delivered */
};

/* Without the first @skipped blocks, which are not to be fed. */
int drive_tracks_new(struct drive_job *, struct drive_feed *, struct burn_write_opts *,
		     const struct layout *, uint32_t skipped, struct err *);
void drive_tracks_free(struct drive_job *);

#endif
