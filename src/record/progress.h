/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far a job is, and the phases that it goes through.
 */
#ifndef BURNFS_RECORD_PROGRESS_H
#define BURNFS_RECORD_PROGRESS_H

#include <stdatomic.h>
#include <stdint.h>

struct layout;

/* What a recorder is at, in order; a disc that needs it is formatted before it is written. */
enum progress_phase { PHASE_WRITING, PHASE_CLOSING, PHASE_VERIFYING, PHASE_FORMATTING };

/* How far a job is. Written by the one who works, read by anybody, no lock. */
struct progress {
	atomic_uint_fast64_t done, total;   /* blocks, of formatting percent; done begins anew with
					       each of them */
	atomic_uint track, tracks;          /* 1 is the first */
	atomic_int phase;                   /* enum progress_phase: see progress_enter() */
	atomic_int buffer;                  /* percent of the drive's buffer that are full; -1: has
					       none */
	atomic_bool cancel;                 /* set by `cancel`: end with -ECANCELED soon */
	void (*changed)(void *data);        /* called by the worker now and then, no lock held */
	/* a line for the log; or NULL */
	void (*tell)(void *data, const char *word, const char *text);
	void *data;
};

/* Begin a phase, and tell it. For the worker. */
void progress_enter(struct progress *, enum progress_phase);
/* All blocks of the layout before @block are done. For the worker. */
void progress_at(struct progress *, const struct layout *, uint64_t block);

#endif
