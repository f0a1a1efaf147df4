/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this folder share, and nobody else sees.
 */
#ifndef BURNFS_SESSION_PRIV_H
#define BURNFS_SESSION_PRIV_H

#include <pthread.h>

#include "base/event.h"
#include "drive/uevents.h"
#include "image/layout.h"
#include "record/recorder.h"
#include "record/surroundings.h"
#include "session/session.h"
#include "stage/stage.h"

/*
 * What a job may be: their names are in session/state.c, what they do is in session/job.c.
 */
enum job_kind { JOB_BURN, JOB_PROBE, JOB_LOAD, JOB_EJECT, JOB_BLANK };

/* The one job there may be. */
struct job {
	enum job_kind kind;
	enum drive_verb verb;          /* of all but a burn */
	bool frozen;                   /* the stage is */
	enum format format;
	enum format holds;             /* what the disc has then: never FORMAT_IMAGE */
	struct burn_options options;
	struct settings settings;      /* as they were when it was asked for */
	uint64_t generation;           /* of the stage that it records */
	struct progress progress;
	unsigned copy, copies;         /* of a burn, from 1 on; the session's lock */
	bool waiting;                  /* for a disc; the same */
	char waits_for[WAITS_FOR_MAX]; /* "data/a to be closed by cp (123)", or empty; the same */
	double begun;                  /* monotonic seconds: when it left the queue */
	double started;                /* monotonic seconds; 0 before the first block */
	double told;                   /* when the last event of progress was */
	unsigned told_percent, told_track;
	int keep_mounted;              /* descriptor of the mount's root: umount(2) is EBUSY; or
					  -1 */
};

struct session {
	struct stage *stage;
	struct events *events;
	char mountpoint[PATH_MAX];

	pthread_mutex_t stage_lock;    /* of what the stage is told of settings and medium: while it
					  is being told, no job begins and neither changes. Before
					  lock and the stage's locks */
	pthread_mutex_t lock;          /* of all that follows; the stage is never called under it */
	pthread_cond_t changed;        /* state, waiters, shutting_down */
	enum session_state state;
	struct settings settings;
	uint64_t settings_version;     /* goes up with each change of them */
	struct surroundings surroundings;
	struct recorder *recorder;     /* the worker's alone while a job runs */
	struct job job;                /* the worker's alone while it runs, but for progress */
	bool job_posted;
	bool shutting_down, finished;
	bool probe_wanted;             /* of the recorder, when there is nothing else to do */
	bool unplugged;                /* the recorder was, when last asked about */
	struct recorder *probed;       /* the worker's while it probes, or NULL */
	struct recorder *retired;      /* to be freed when the worker has probed, or NULL */
	struct progress probing;
	double looked;                 /* monotonic seconds: when the worker last had the drive */
	struct drive_uevents *uevents; /* or NULL: the kernel does not tell us */
	struct waiter *waiters;
	struct outcome last;           /* of a job or verb */
	void (*observer)(void *data);  /* or NULL */
	void *observer_data;
	struct err last_job;           /* what `wait` tells when there is nothing to wait for: of
					  one that was refused as well */
	uint64_t recorded[BRANCHES];   /* generation that was recorded, 0: none */
	pthread_t worker;

	pthread_mutex_t layouts_lock[FORMAT_AUTO];    /* before lock and the stage's locks */
	struct layout *layouts[FORMAT_AUTO];          /* the newest of each format, or NULL */
	size_t layout_kept_max;                       /* bytes of one that is kept though nobody
							 uses it */
};

/* ---- session/state.c */

/* "burn", "blank", … Static. */
const char *job_name(enum job_kind);
/* The only way from one state to another, but for the last: session_rest(). No lock held. */
void session_move(struct session *, enum session_state);
/* Tell the observer. No lock held. */
void session_changed(struct session *);
/* No job runs any more; who waits is told @err. The session's lock held. */
void session_rest(struct session *, const struct err *);

/* ---- session/layouts.c */

/* When the session is made, and when it is freed; nobody else uses it then. */
void layouts_init(struct session *);
void layouts_free(struct session *);

/* ---- session/format.c */

/* What a burn with the setting @wish would record now: never FORMAT_AUTO. No lock held. */
enum format format_now(struct session *, enum format wish);

/* ---- session/record.c: the worker's, no lock held */

/* For a struct progress: a burn goes through phases, any other job only counts. */
void record_on_progress(void *session);
void record_on_step(void *session);
/* Tell of what is recorded next from its beginning; @done blocks are told until it has one. */
void record_start_over(struct job *, uint64_t done);
/* The room on the disc, and what is on it, follow what lies in the recorder. */
void record_take_medium(struct session *);
/* Acquire the recorder and probe its medium. Errors: those of recorder_ops.begin(). */
int record_begin(struct session *, struct err *);
/*
 * Record what is staged as one session. The recorder is acquired. @result is that of this session.
 * Errors: those of session_layout() and recorder_ops.record(), ECANCELED, ENOMEM.
 */
int record_session(struct session *, enum format, const struct burn_options *,
		   struct record_result *, struct err *);

/* ---- session/image.c */

/*
 * Before a disc in image/ is recorded: compare its files with the checksums that lie beside it, and
 * its raw sectors with what the drive would make. Errors: those of stage_image_check() and
 * source_read().
 */
int image_check(struct session *, struct err *);

/* ---- session/drives.c: no lock held */

/* For drive_uevents_new(), with the session. */
void drives_told(void *session, const char *device, enum drive_news);
/* The worker has looked at the drive, in which @before lay as far as was known. */
void drives_looked(struct session *, const struct medium *before);

/* ---- session/extra.c */

/* Sound and data in two sessions. The recorder is acquired. @result counts the blocks of both. */
int extra_burn(struct session *, struct record_result *, struct err *);

/* ---- session/disc.c */

/* Acquire the recorder, record what is staged on the disc in it, and release it in any case. */
int disc_burn(struct session *, struct record_result *, struct err *);
/* Whether a burn that ended with @r is tried again with another disc. */
bool disc_ask_again(const struct job *, int r);

/* ---- session/copies.c */

/* The whole burn, of as many discs as were asked for. */
int copies_burn(struct session *, struct record_result *, struct err *);

/* ---- session/summary.c */

/* The burn that has succeeded, while the stage is still frozen. A line for @buf. */
void summary_of_burn(struct session *, const struct record_result *, double seconds, char *buf,
		     size_t len);

/* ---- session/freeze.c */

/*
 * stage_freeze() for the job, which waits as the setting burn_wait says. -EBUSY names the file and
 * its program; -ECANCELED, or -EINTR when it was the waiter that ended it.
 */
int session_freeze(struct session *, const struct waiter *, struct err *);

/* ---- session/prepare.c */

/*
 * What a burn would do now, refused at once if it can be. The state is PREPARING already. @waiter
 * may be NULL. 0: the stage is frozen, and job_release() is to follow.
 */
int job_prepare(struct session *, struct job *, const struct waiter *, struct err *);
/* The same of another verb. 1: there is nothing to do. */
int job_prepare_verb(struct session *, struct job *, enum drive_verb, struct err *);
/* Give back what job_prepare() took. */
void job_release(struct session *, struct job *);

/* ---- session/job.c */

/* The worker's thread: until the session shuts down. */
void *session_worker(void *session);

/* ---- session/settings.c */

/*
 * Tell in the log and as an event what would keep @recorder from recording. 0, also then: it may be
 * mended in time. -ELOOP: it could never take an image.
 */
int settings_warn_of_recorder(struct session *, struct recorder *, const struct settings *,
			      struct err *);

#endif
