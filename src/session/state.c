/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The state, the last outcome, and who is told of them. Nothing here calls another file of the
 * folder.
 */
#include "session/priv.h"

#include <stdio.h>
#include <string.h>

static const char *const state_names[STATES] = {
	[STATE_STAGING] = "staging",     [STATE_PREPARING] = "preparing",
	[STATE_BURNING] = "burning",     [STATE_CLOSING] = "closing",
	[STATE_VERIFYING] = "verifying", [STATE_BLANKING] = "blanking",
};

static const char *const format_names[] = {
	[FORMAT_NONE] = "none",   [FORMAT_DATA] = "data", [FORMAT_AUDIO] = "audio",
	[FORMAT_MIXED] = "mixed", [FORMAT_IMAGE] = "image", [FORMAT_AUTO] = "auto",
};

static const char *const job_names[] = {
	[JOB_BURN] = "burn", [JOB_PROBE] = "probe", [JOB_LOAD] = "load",
	[JOB_EJECT] = "eject", [JOB_BLANK] = "blank",
};

const char *session_state_name(enum session_state state)
{
	return state_names[state];
}

const char *format_name(enum format format)
{
	return format_names[format];
}

const char *job_name(enum job_kind kind)
{
	return job_names[kind];
}

void session_observe(struct session *s, void (*observer)(void *data), void *data)
{
	pthread_mutex_lock(&s->lock);
	s->observer = observer;
	s->observer_data = data;
	pthread_mutex_unlock(&s->lock);
}

void session_changed(struct session *s)
{
	void (*observer)(void *data);
	void *data;

	pthread_mutex_lock(&s->lock);
	observer = s->observer;
	data = s->observer_data;
	pthread_mutex_unlock(&s->lock);
	if (observer)
		observer(data);
}

void session_move(struct session *s, enum session_state state)
{
	pthread_mutex_lock(&s->lock);
	s->state = state;
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	events_add(s->events, "state", "%s", state_names[state]);
	session_changed(s);
}

void session_rest(struct session *s, const struct err *err)
{
	for (struct waiter *w = s->waiters; w; w = w->next) {
		w->done = true;
		w->err = *err;
	}
	s->waiters = NULL;
	s->state = STATE_STAGING;
	pthread_cond_broadcast(&s->changed);
}

/* ---- outcomes ---- */

static bool is_job(const char *op)
{
	for (size_t i = 0; i < ARRAY_SIZE(job_names); i++)
		if (strcmp(op, job_names[i]) == 0)
			return true;
	return false;
}

void session_outcome(struct session *s, const char *op, const struct err *err)
{
	pthread_mutex_lock(&s->lock);
	s->last = (struct outcome){ .err.code = err->code };
	if (err->code)
		s->last.err = *err;
	else
		snprintf(s->last.summary, sizeof(s->last.summary), "%s", err->msg);
	snprintf(s->last.op, sizeof(s->last.op), "%s", op);
	/* An interrupted wait is no end of a job; a burn that is interrupted has told so itself. */
	if (err->code && err->code != EINTR && s->state == STATE_STAGING && is_job(op))
		s->last_job = *err;
	pthread_mutex_unlock(&s->lock);
	if (err->code) {
		events_add(s->events, "refused", "op=%s result=%s error=%s", op,
			   err_name(err->code), err->msg);
		log_warning("%s: %s", op, err->msg);
	}
	session_changed(s);
}

void session_refused(struct session *s, const struct err *err)
{
	bool known;

	pthread_mutex_lock(&s->lock);
	known = s->last.err.code == err->code && strcmp(s->last.err.msg, err->msg) == 0;
	pthread_mutex_unlock(&s->lock);
	if (!known)
		session_outcome(s, "stage", err);
}
