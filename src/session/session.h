/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session from mount to unmount: the settings in force, the recorder, the one job and its
 * thread, and the last outcome. The only place where the state changes.
 *
 * Every function may be called from any thread and takes the locks itself. The session's lock is
 * held only to look at or change what is in memory: nobody waits, reads, records or calls the stage
 * under it. The order of locks is in doc/design.md.
 */
#ifndef BURNFS_SESSION_H
#define BURNFS_SESSION_H

#include "config/settings.h"
#include "record/medium.h"
#include "record/request.h"

struct events;
struct layout;
struct session;
struct stage;
struct stage_space;
struct text;

enum session_state {
	STATE_STAGING,
	STATE_PREPARING,
	STATE_BURNING,
	STATE_CLOSING,
	STATE_VERIFYING,
	STATE_BLANKING,
	STATES
};
/* "staging", "preparing", … Static. */
const char *session_state_name(enum session_state);
const char *format_name(enum format);

enum { WAITS_FOR_MAX = 400 };

/* What the last job or verb came to. */
struct outcome {
	char op[32];
	struct err err;            /* code 0: ok */
	char output[PATH_MAX];     /* the image it wrote */
	char summary[512];         /* of a burn that succeeded, or a warning: one sentence */
};

/* All of a session that stats, progress and control tell, at one moment. */
struct session_status {
	enum session_state state;
	struct settings settings;
	enum format format;        /* of the next burn: never FORMAT_AUTO */
	char recorder[PATH_MAX];
	struct medium medium;
	char job[32];              /* empty without a job */
	uint64_t done, total;      /* blocks of the job */
	unsigned track, tracks;
	unsigned copy, copies;     /* of a burn; 0 without one */
	bool waiting;              /* for a disc to be put in */
	char waits_for[WAITS_FOR_MAX]; /* what has to end before the job begins, for people; or
					  empty */
	int buffer;                /* percent of the drive's that are full; -1: not known */
	double seconds;            /* that the job has been recording */
	struct outcome last;
};

/* Someone who waits for a job, so that the wait can be ended. All zero at first. */
struct waiter {
	struct waiter *next;
	bool leaves;               /* it has a burn begin, and does not wait for its end */
	bool joined;               /* it is told how the job ends that ran when it joined */
	bool interrupted, done;
	bool ends;                 /* interrupted by what ends it: a burn that has not begun ends as
				      well */
	struct err err;            /* of that job */
};

/* How a session begins. Everything is copied. */
struct session_start {
	struct settings settings;  /* the recorder among them */
	const char *cwd;           /* where a relative path of the recorder's begins */
	const char *mountpoint;    /* absolute; while a job runs it is kept from being unmounted */
	mode_t umask;              /* for the images that are recorded */
};

/* Start a session over a stage and a log, both borrowed. */
int session_new(struct session **out, struct stage *, struct events *, const struct session_start *,
		struct err *);
/* No more jobs; waits until the one that runs has ended. A second call does nothing. */
void session_finish(struct session *);
/* After session_finish(). */
void session_free(struct session *);
struct stage *session_stage(struct session *);
struct events *session_events(struct session *);
/* The mount is there: its device number, so that no image is recorded into it. */
void session_mounted(struct session *, dev_t);

/*
 * Called when the state, or what a job waits for, or the last outcome has changed: by the thread
 * that changed it, with no lock held, and not to wait. The last calls may come until the mount is
 * freed.
 */
void session_observe(struct session *, void (*observer)(void *data), void *data);
/*
 * A large copy: who wants one value of it asks for that. Notices that a drive was plugged in or
 * out.
 */
void session_status(struct session *, struct session_status *);
/*
 * What the next burn would record, never FORMAT_AUTO. Notices that a drive was plugged in or out.
 */
enum format session_format(struct session *);
/* The setting keep. */
enum keep session_keep(struct session *);
/* What the last job or verb came to. */
void session_last(struct session *, struct outcome *);
/* The text of `recorders`. */
void session_recorders(struct session *, struct text *);
/*
 * Whether all that is staged was recorded, and nothing was changed since. What the default of
 * exclude keeps off the disc need not be, once something was recorded; what other patterns keep off
 * counts as not recorded. O(names).
 */
bool session_all_recorded(struct session *);

/*
 * Record. Refuses at once what can be refused, but waits for files that are open for writing, as
 * the setting burn_wait says; else the job runs when it returns 0. A waiter can have that wait
 * interrupted. Unless it leaves, session_wait() is to follow: it tells of this very job, however
 * soon that ends and the next begins.
 */
int session_burn(struct session *, const struct burn_options *, struct waiter *, struct err *);
/* The other verbs of recorders, as jobs of the same kind: returns when the job runs, or why not. */
int session_drive_command(struct session *, enum drive_verb, struct err *);
/* End the running job soon; without one nothing happens. */
void session_cancel(struct session *);
/*
 * The same because burnfs shuts down: a disc that is being written is finished, unless it is
 * @urgent. No more jobs then.
 */
void session_hurry(struct session *, bool urgent);
/*
 * Until the job that runs has ended: its outcome, or -EINTR. Without one that of the last job, or
 * why that was refused.
 */
int session_wait(struct session *, struct waiter *, struct err *);
/* @ends: not by a signal that a program gets in passing, as when a child of its ends. */
void session_interrupt(struct session *, struct waiter *, bool ends);
int session_clear(struct session *, enum branch, struct err *);
/* Stage a file that lies elsewhere, as stage_add() of stage/add.h says. */
int session_add(struct session *, const char *path, struct err *);
/* 0 with a message: the value may have been meant otherwise. @err is not NULL. */
int session_set(struct session *, const char *key, const char *value, struct err *);
/*
 * ELOOP: it could never take an image. Anything else that would keep it from recording now is told
 * as the summary of an outcome that is good, and as an event.
 */
int session_set_recorder(struct session *, const char *address, struct err *);
/* Whether a job runs. */
bool session_busy(struct session *);
/* Whether the last job did not succeed, or was refused; of none: false. */
bool session_job_failed(struct session *);

/*
 * Keep what a verb came to; a failure is told in the log. A job that was refused is the last one.
 */
void session_outcome(struct session *, const char *op, const struct err *);
/* The same for a change of what is staged; a program that tries again and again is told of once. */
void session_refused(struct session *, const struct err *);

/* Room on the disc of that format, in its own blocks; of FORMAT_NONE that of data. */
void session_space(struct session *, enum format, struct stage_space *);
/* A layout of what is staged now, shared by whoever asks while nothing changes; layout_put() it. */
int session_layout(struct session *, enum format, struct layout **, struct err *);
/*
 * Layouts were given back: let go of those that nobody uses any more and that are large, or of
 * another generation.
 */
void session_layouts_done(struct session *);

#endif
