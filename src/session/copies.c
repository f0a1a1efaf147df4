/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several discs of one stage, one after the other: the stage stays frozen, and between two of them
 * the job waits for a disc. One that cannot be used is put out again with the reason; whatever else
 * fails is the end.
 */
#include <stdio.h>

#include "session/priv.h"

static void set_copy(struct session *s, unsigned copy)
{
	pthread_mutex_lock(&s->lock);
	s->job.copy = copy;
	s->job.copies = s->job.options.copies;
	pthread_mutex_unlock(&s->lock);
}

/* Whether to wait: not when burnfs is ending, for there may be nobody left who could cancel. */
static bool set_waiting(struct session *s, bool waiting)
{
	bool may;

	pthread_mutex_lock(&s->lock);
	may = !s->shutting_down || !waiting;
	s->job.waiting = waiting && may;
	if (may && waiting)
		s->job.started = 0;
	pthread_mutex_unlock(&s->lock);
	session_changed(s);
	return may;
}

/*
 * A job holds its mount, and after a lazy unmount nobody could cancel it or put a disc in for it.
 * What is not mounted any more is a root of its own (proc(5), /proc/pid/fd).
 */
static void end_unmounted(void *data)
{
	struct session *s = data;
	char link[32], path[8];

	snprintf(link, sizeof(link), "/proc/self/fd/%d", s->job.keep_mounted);
	if (readlink(link, path, sizeof(path)) == 1 && *path == '/')
		atomic_store(&s->job.progress.cancel, true);
}

/*
 * @why: the disc that lay there cannot be used; code 0: it was recorded, or is only in use
 * elsewhere.
 */
static int await_disc(struct session *s, const struct err *why, struct err *err)
{
	struct job *job = &s->job;
	void (*changed)(void *) = job->progress.changed;
	bool busy = why->code == EBUSY;
	int r;

	record_start_over(job, 0);
	if (!set_waiting(s, true))
		return err_set(err, ECANCELED, "burnfs is shutting down");
	session_move(s, STATE_PREPARING);
	if (!busy)
		events_add(s->events, "insert", "copy=%u copies=%u%s%s", job->copy, job->copies,
			   why->code ? " reason=" : "", why->msg);
	job->progress.changed = end_unmounted;
	r = s->recorder->ops->await(s->recorder, !busy, &job->progress, err);
	job->progress.changed = changed;
	set_waiting(s, false);
	return r;
}

int copies_burn(struct session *s, struct record_result *result, struct err *err)
{
	struct job *job = &s->job;
	struct err why;
	int r;

	set_copy(s, 1);
	if (job->copies <= 1)
		return disc_burn(s, result, err);
	do {
		r = disc_burn(s, result, err);
		why = *err;
		*err = (struct err){ 0 };
		if (r == 0) {
			events_add(s->events, "copy", "done=%u total=%u", job->copy, job->copies);
			if (job->copy == job->copies)
				return 0;
			set_copy(s, job->copy + 1);
		} else if (!disc_ask_again(job, r) && !(r == -EBUSY && job->copy > 1)) {
			*err = why;
			break;
		}
		r = await_disc(s, &why, err);
	} while (r == 0);
	return err_wrap(err, "disc %u of %u (%u done)", job->copy, job->copies, job->copy - 1);
}
