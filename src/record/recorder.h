/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a burn goes: the interface that every kind of recorder fills, and what an address means.
 * A recorder is used by one thread at a time; a drive's record() and handle() always by the same.
 */
#ifndef BURNFS_RECORD_RECORDER_H
#define BURNFS_RECORD_RECORDER_H

#include <pthread.h>
#include <stdatomic.h>

#include "config/settings.h"
#include "image/source.h"

struct recorder;

/* What a burn may ask for. */
struct burn_options {
	bool simulate, verify, eject, multi;
	unsigned copies;
};

/* What a recorder is at, in order; a disc that needs it is formatted before it is written. */
enum progress_phase { PHASE_WRITING, PHASE_CLOSING, PHASE_VERIFYING, PHASE_FORMATTING };

/* What a recorder with a tray does besides recording. */
enum drive_verb {
	DRIVE_LOOK,             /* at what lies in it, without a wait for another program */
	DRIVE_PROBE,            /* the same, with one */
	DRIVE_LOAD, DRIVE_EJECT,
	DRIVE_BLANK_FAST, DRIVE_BLANK_FULL,
};

enum { MEDIUM_SPEEDS_MAX = 32 };

/* More of it, for people to read. */
struct medium_facts {
	bool known;             /* what follows is */
	bool erasable;
	unsigned sessions, last_track;        /* sessions that are complete, and the number of their last track */
	int64_t next_block;                   /* where recording would go on; -1: nowhere */
	uint64_t free_blocks;                 /* from there on */
	unsigned speeds[MEDIUM_SPEEDS_MAX];   /* of recording, in 1000 bytes a second, rising */
	unsigned nspeeds;
	char id[64];                          /* who made the disc and what it calls itself; empty: not told */
};

/* What lies in a recorder, as it was last seen. A plain value. */
struct medium {
	char kind[16];          /* "cd-r", "file"; empty: not known */
	const char *status;     /* "none", "blank", "appendable", "full", "unsuitable"; static */
	uint64_t data_blocks, audio_blocks;   /* that it takes now */
	bool data_known, audio_known;         /* whether it is known, 0 as well */
	char records[128];      /* what the recorder says it records: "cd-r cd-rw"; empty: not known */
	struct medium_facts facts;
};

/* How far a job is. Written by the one who works, read by anybody, no lock. */
struct progress {
	atomic_uint_fast64_t done, total;   /* blocks, of formatting percent; done begins anew with each of them */
	atomic_uint track, tracks;          /* 1 is the first */
	atomic_int phase;                   /* enum progress_phase: see progress_enter() */
	atomic_int buffer;                  /* percent of the drive's buffer that are full; -1: has none */
	atomic_bool cancel;                 /* set by `cancel`: end with -ECANCELED soon */
	void (*changed)(void *data);        /* called by the worker now and then, no lock held */
	void (*tell)(void *data, const char *word, const char *text);   /* a line for the log; or NULL */
	void *data;
};

/* Begin a phase, and tell it. For the worker. */
void progress_enter(struct progress *, enum progress_phase);
/* All blocks of the layout before @block are done. For the worker. */
void progress_at(struct progress *, const struct layout *, uint64_t block);

/* What a finished job made. */
struct record_result {
	char output[PATH_MAX];              /* the image; empty for a disc */
	uint64_t blocks;
};

struct recorder_ops {
	const char *kind;                   /* "none", "image" */
	const char *help;                   /* for the list: what it is */
	/* Whether the kind can take that format; it looks at nothing but @ops and @address. */
	bool (*takes)(const struct recorder *, enum format);
	/*
	 * What would keep every burn from being recorded, as far as that is known before anything is staged. NULL:
	 * nothing but what there() says. ELOOP: a place that never takes an image.
	 */
	int (*ready)(struct recorder *, const struct settings *, struct err *);
	/* What can be refused at once, without the drive. */
	int (*check)(struct recorder *, enum format, const struct burn_options *,
		     const struct settings *, struct err *);
	/*
	 * For a burn: take the recorder, and look at what lies in it. end() follows in any case, which opens
	 * the tray with @eject. Both NULL: there is nothing to take.
	 */
	int (*begin)(struct recorder *, struct progress *, struct err *);
	void (*end)(struct recorder *, bool eject);
	/* What the disc in it holds, as it was last seen: a reference, or NULL. Any thread. NULL: never anything. */
	struct recorded *(*recorded)(struct recorder *);
	/* Between these two: record the whole source. Success means that every byte is there and safe. */
	int (*record)(struct recorder *, struct source *, const struct burn_options *,
		      const struct settings *, struct progress *, struct record_result *,
		      struct err *);
	void (*free)(struct recorder *);
	/* What lies in it, from memory. Any thread, also while it records. */
	void (*medium)(struct recorder *, struct medium *);
	/* Whether it is plugged in, as the kernel has it: never waits. NULL: it always is. */
	bool (*there)(const char *address);
	/* NULL: it has neither tray nor medium. */
	int (*handle)(struct recorder *, enum drive_verb, struct progress *, struct err *);
	/*
	 * Wait until a disc lies in it; with @anew, until what lies in it is gone, first. It is not taken,
	 * and nobody is kept from it. ECANCELED, ENXIO. NULL: it takes one disc only.
	 */
	int (*await)(struct recorder *, bool anew, struct progress *, struct err *);
	/* Data and sound on one disc are sessions of their own, recorded one after the other. */
	bool sessions;
	/* Recording is not to be given up because burnfs ends: the disc would be lost. */
	bool must_finish;
};

struct recorder {
	const struct recorder_ops *ops;
	char address[PATH_MAX];     /* in its canonical form: "none", "image:/abs/path", "/dev/sr0" */
};

enum { IMAGES_KNOWN = 64 };

/* A file as it was left; an inode number alone may come back for another file. */
struct image_id {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

/* What recorders must know of their surroundings, and what they leave for their successors. */
struct surroundings {
	dev_t mount_dev;        /* of our own mount, no place for an image; 0: there is none yet */
	const char *mountpoint; /* where it is going to be: no place either; NULL: nowhere */
	mode_t umask;           /* for the images */
	struct stash *stash;    /* no place either; takes the note of an image being written */
	pthread_mutex_t lock;   /* of what follows; innermost */
	struct image_id images[IMAGES_KNOWN];  /* recorded by this mount: they may be replaced */
	unsigned nimages;       /* ever recorded; the oldest are forgotten */
};

/*
 * Make the recorder of an address: "none", "auto" (the drive of this machine if it has exactly
 * one, else none), "image:PATH", a path ending in .iso, .bin or .cue, or a device; the drive is not
 * asked for anything. Relative paths are taken from @cwd (NULL: refused). EINVAL for anything else.
 * @env is borrowed and must outlive the recorder.
 */
int recorder_new(struct recorder **out, const char *address, const char *cwd,
		 struct surroundings *env, struct err *);
void recorder_free(struct recorder *);
/*
 * Whether a burn could be recorded now, as far as can be told without the drive and before anything is staged: 0, or
 * an error that names the remedy. ELOOP: this address can never take an image; anything else may be mended in time.
 */
int recorder_ready(struct recorder *, const struct settings *, struct err *);

/*
 * The text of `recorders`: a line for each of this machine; the active one is marked with '*'. Asks
 * the kernel, not the drives. Of @active (NULL: none) only operations and address are looked at;
 * @records is what it said itself that it records, or empty.
 */
void recorder_list(const struct recorder *active, const char *records, enum format, struct text *out);

/* Finish or undo the image that a killed daemon was making, if the stash's note names one. */
void recorder_recover(struct stash *);

#endif
