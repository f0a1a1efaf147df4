/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one job there may be: who gets it, who waits for its end, and how it is cancelled.
 */
#include "session/priv.h"

/* lock held */
static void waiter_join(struct session *s, struct waiter *w)
{
	w->joined = true;
	w->done = false;
	w->next = s->waiters;
	s->waiters = w;
}

/* lock held */
static void waiter_leave(struct session *s, struct waiter *w)
{
	struct waiter **p = &s->waiters;

	while (*p && *p != w)
		p = &(*p)->next;
	if (*p)
		*p = w->next;
	w->joined = false;
}

/* Take the one job slot. */
static int claim(struct session *s, struct waiter *waiter, struct err *err)
{
	enum session_state state;
	bool ending;

	/* A burn must not find the stage changed under it by a setting. */
	pthread_mutex_lock(&s->stage_lock);
	pthread_mutex_lock(&s->lock);
	state = s->state;
	ending = s->shutting_down;
	if (state == STATE_STAGING && !ending) {
		s->state = STATE_PREPARING;
		s->job = (struct job){
			.settings = s->settings, .keep_mounted = -1, .progress.buffer = -1,
		};
		if (waiter && !waiter->leaves)
			waiter_join(s, waiter);
	}
	pthread_mutex_unlock(&s->lock);
	pthread_mutex_unlock(&s->stage_lock);
	if (state != STATE_STAGING)
		return err_set(err, EBUSY,
			       "a job is running (%s): wait for it, or write \"cancel\" to "
			       "control",
			       session_state_name(state));
	return ending ? err_set(err, EBUSY, "burnfs is shutting down; mount again and retry") : 0;
}

/* Hand the job to the worker, if preparing it gave 0. */
static int post(struct session *s, int r, struct waiter *waiter, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	if (r == 0 && s->shutting_down) {
		/* The worker may have left already. */
		job_release(s, &s->job);
		r = err_set(err, EBUSY, "burnfs is shutting down; mount again and retry");
	}
	if (r == 0) {
		s->job_posted = true;
		pthread_cond_broadcast(&s->changed);
	} else {
		if (waiter)
			waiter_leave(s, waiter);
		s->last_job = r < 0 ? *err : (struct err){ 0 };
		session_rest(s, &s->last_job);
	}
	pthread_mutex_unlock(&s->lock);
	session_changed(s);
	return r;
}

int session_burn(struct session *s, const struct burn_options *options, struct waiter *waiter,
		 struct err *err)
{
	int r = claim(s, waiter, err);

	if (r < 0)
		return r;
	s->job.options = *options;
	return post(s, job_prepare(s, &s->job, waiter, err), waiter, err);
}

int session_drive_command(struct session *s, enum drive_verb verb, struct err *err)
{
	int r = claim(s, NULL, err);

	if (r < 0)
		return r;
	r = post(s, job_prepare_verb(s, &s->job, verb, err), NULL, err);
	if (r <= 0)
		return r;
	session_outcome(s, job_name(s->job.kind), err);
	return 0;
}

void session_cancel(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	atomic_store(&s->job.progress.cancel, true);
	pthread_mutex_unlock(&s->lock);
	stage_wake(s->stage);
}

void session_hurry(struct session *s, bool urgent)
{
	bool finish;

	pthread_mutex_lock(&s->lock);
	finish = s->state != STATE_STAGING && s->recorder->ops->must_finish && !s->job.waiting &&
		 !urgent;
	s->shutting_down = true;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	stage_wake(s->stage);
	if (!finish)
		session_cancel(s);
}

int session_wait(struct session *s, struct waiter *w, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	if (!w->joined && s->state == STATE_STAGING) {
		w->done = true;
		w->err = s->last_job;
	} else if (!w->joined) {
		waiter_join(s, w);
	}
	/* Also when burnfs ends: the job ends first, and has an outcome. */
	while (!w->done && !w->interrupted)
		pthread_cond_wait(&s->changed, &s->lock);
	waiter_leave(s, w);
	pthread_mutex_unlock(&s->lock);
	if (!w->done)
		return err_set(err, EINTR, "the wait was interrupted; the job continues");
	*err = w->err;
	return -err->code;
}

void session_interrupt(struct session *s, struct waiter *w, bool ends)
{
	pthread_mutex_lock(&s->lock);
	w->interrupted = true;
	w->ends = w->ends || ends;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	stage_wake(s->stage);
}

bool session_busy(struct session *s)
{
	bool busy;

	pthread_mutex_lock(&s->lock);
	busy = s->state != STATE_STAGING;
	pthread_mutex_unlock(&s->lock);
	return busy;
}

bool session_job_failed(struct session *s)
{
	bool failed;

	pthread_mutex_lock(&s->lock);
	failed = s->last_job.code != 0;
	pthread_mutex_unlock(&s->lock);
	return failed;
}
