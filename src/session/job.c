/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The job's thread: it runs what was prepared, and tells the log and the one who waits how it
 * ended. Without a job it probes the recorder.
 */
#include "session/priv.h"

#include <stdio.h>
#include <string.h>

/* Names laid out in a second, for the estimate. */
static const double PREPARE_PER_SECOND = 1e5;

static void tell_preparing(struct session *s)
{
	struct stage_info info;
	double names = 0;

	stage_info(s->stage, &info);
	for (int b = 0; b < BRANCHES; b++)
		names += (double)(info.counts[b].files + info.counts[b].directories);
	events_add(s->events, "preparing", "estimate_seconds=%.0f",
		   names / PREPARE_PER_SECOND + 0.5);
}

static int burn(struct session *s, struct record_result *result, struct err *err)
{
	int r = 0;

	tell_preparing(s);
	if (s->job.format == FORMAT_IMAGE)
		r = image_check(s, err);
	return r < 0 ? r : copies_burn(s, result, err);
}

static int command(struct session *s, struct record_result *result, struct err *err)
{
	struct job *job = &s->job;

	(void)result;
	if (job->kind == JOB_BLANK)
		session_move(s, STATE_BLANKING);
	return s->recorder->ops->command(s->recorder, job->verb, &job->progress, err);
}

static const struct {
	int (*work)(struct session *, struct record_result *, struct err *);
	void (*changed)(void *session);
} kinds[] = {
	[JOB_BURN] = { burn, record_on_progress },
	[JOB_PROBE] = { command, record_on_step },
	[JOB_LOAD] = { command, record_on_step },
	[JOB_EJECT] = { command, record_on_step },
	[JOB_BLANK] = { command, record_on_step },
};

/* ---- when it ends ---- */

static void tell_complete(struct session *s, const struct record_result *result,
			  const struct err *err)
{
	if (err->code)
		events_add(s->events, "complete", "result=%s error=%s", err_name(err->code),
			   err->msg);
	else
		events_add(s->events, "complete", "result=ok blocks=%llu output=%s",
			   (unsigned long long)result->blocks, result->output);
}

/* lock held */
static void note_recorded(struct session *s)
{
	static const bool has[FORMAT_AUTO][BRANCHES] = {
		[FORMAT_DATA] = { [BRANCH_DATA] = true },
		[FORMAT_AUDIO] = { [BRANCH_AUDIO] = true },
		[FORMAT_MIXED] = { [BRANCH_DATA] = true, [BRANCH_AUDIO] = true },
		[FORMAT_IMAGE] = { [BRANCH_IMAGE] = true },
	};

	for (int b = 0; b < BRANCHES; b++)
		if (has[s->job.format][b])
			s->recorded[b] = s->job.generation;
}

static void finish(struct session *s, const struct record_result *result, const struct err *err)
{
	struct outcome last = { .err = *err };
	struct job *job = &s->job;

	snprintf(last.op, sizeof(last.op), "%s", job_name(job->kind));
	snprintf(last.output, sizeof(last.output), "%s", err->code ? "" : result->output);
	if (job->kind == JOB_BURN && !err->code) {
		summary_of_burn(s, result, time_monotonic() - job->begun, last.summary,
				sizeof(last.summary));
		log_info("%s", last.summary);
	}
	job_release(s, job);
	record_take_medium(s);
	session_layouts_done(s);
	tell_complete(s, result, err);
	/* Before anybody is woken: who waited finds the log complete. */
	events_add(s->events, "state", "%s", session_state_name(STATE_STAGING));
	pthread_mutex_lock(&s->lock);
	s->last_job = *err;
	s->last = last;
	s->looked = time_monotonic();
	if (job->kind == JOB_BURN && !err->code && !job->options.simulate)
		note_recorded(s);
	session_rest(s, err);
	pthread_mutex_unlock(&s->lock);
	session_changed(s);
}

/* ---- the thread ---- */

static void tell(void *data, const char *word, const char *text)
{
	events_add(((struct session *)data)->events, word, "%s", text);
}

static void run(struct session *s)
{
	struct record_result result = { .output = "" };
	struct job *job = &s->job;
	struct err err = { 0 };

	job->progress.changed = kinds[job->kind].changed;
	job->progress.tell = tell;
	job->progress.data = s;
	job->begun = time_monotonic();
	events_add(s->events, "state", "%s", session_state_name(STATE_PREPARING));
	if (kinds[job->kind].work(s, &result, &err) < 0)
		log_warning("%s: %s", job_name(job->kind), err.msg);
	else
		err = (struct err){ 0 }; /* of an attempt that was repeated with success */
	finish(s, &result, &err);
}

/* When there is nothing else to do: for stats, and for the room on the disc. */
static void probe(struct session *s)
{
	struct err err = { 0 };
	struct recorder *retired;
	struct medium before;

	pthread_mutex_lock(&s->lock);
	recorder_medium(s->probed, &before);
	pthread_mutex_unlock(&s->lock);
	if (s->probed->ops->command &&
	    s->probed->ops->command(s->probed, DRIVE_PROBE_NOWAIT, &s->probing, &err) < 0)
		log_info("%s", err.msg);
	pthread_mutex_lock(&s->lock);
	s->probed = NULL;
	retired = steal_pointer(&s->retired);
	pthread_mutex_unlock(&s->lock);
	recorder_free(retired);
	record_take_medium(s);
	drives_looked(s, &before);
}

void *session_worker(void *data)
{
	struct session *s = data;
	bool posted, probes;

	for (;;) {
		pthread_mutex_lock(&s->lock);
		while (!s->job_posted && !s->shutting_down && !s->probe_wanted)
			pthread_cond_wait(&s->changed, &s->lock);
		posted = s->job_posted;
		s->job_posted = false;
		/* A job probes for itself. */
		probes = s->probe_wanted && !posted && !s->shutting_down;
		s->probe_wanted = false;
		if (probes) {
			s->probed = s->recorder;
			atomic_store(&s->probing.cancel, false);
		}
		pthread_mutex_unlock(&s->lock);
		if (posted)
			run(s);
		else if (probes)
			probe(s);
		else
			return NULL;
	}
}
