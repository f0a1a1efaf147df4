/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What others see of the session.
 */
#include "session/priv.h"

#include <stdio.h>
#include <string.h>

#include "session/recorders.h"

static void status_of_job(const struct session *s, struct session_status *st)
{
	st->done = st->total = 0;
	st->track = st->tracks = 0;
	st->copy = st->copies = 0;
	st->waiting = false;
	st->waits_for[0] = '\0';
	st->seconds = 0;
	st->buffer = -1;
	st->job[0] = '\0';
	if (s->state == STATE_STAGING)
		return;
	snprintf(st->job, sizeof(st->job), "%s", job_name(s->job.kind));
	st->buffer = atomic_load(&s->job.progress.buffer);
	st->done = atomic_load(&s->job.progress.done);
	st->total = atomic_load(&s->job.progress.total);
	st->track = atomic_load(&s->job.progress.track);
	st->tracks = atomic_load(&s->job.progress.tracks);
	st->copy = s->job.copy;
	st->copies = s->job.copies;
	st->waiting = s->job.waiting;
	memcpy(st->waits_for, s->job.waits_for, sizeof(st->waits_for));
	if (s->job.started > 0)
		st->seconds = time_monotonic() - s->job.started;
}

/*
 * Notice that the drive was plugged in or out since: it is probed again. Whether it is unplugged.
 * The kernel is asked, so no lock is held.
 */
static bool follow_plug(struct session *s, const struct recorder_ops *ops, const char *address)
{
	bool unplugged = recorder_unplugged(ops, address);

	pthread_mutex_lock(&s->lock);
	if (unplugged != s->unplugged) {
		s->unplugged = unplugged;
		s->probe_wanted = true;
		pthread_cond_broadcast(&s->changed);
	}
	pthread_mutex_unlock(&s->lock);
	return unplugged;
}

void session_status(struct session *s, struct session_status *st)
{
	const struct recorder_ops *ops;

	pthread_mutex_lock(&s->lock);
	st->state = s->state;
	st->settings = s->settings;
	st->last = s->last;
	snprintf(st->recorder, sizeof(st->recorder), "%s", s->recorder->address);
	recorder_medium(s->recorder, &st->medium);
	status_of_job(s, st);
	ops = s->recorder->ops;
	pthread_mutex_unlock(&s->lock);
	if (follow_plug(s, ops, st->recorder))
		st->medium = (struct medium){ .status = "none" };
	st->format = format_now(s, st->settings.format);
}

enum format session_format(struct session *s)
{
	const struct recorder_ops *ops;
	char address[PATH_MAX];
	enum format wish;

	pthread_mutex_lock(&s->lock);
	wish = s->settings.format;
	ops = s->recorder->ops;
	snprintf(address, sizeof(address), "%s", s->recorder->address);
	pthread_mutex_unlock(&s->lock);
	follow_plug(s, ops, address);
	return format_now(s, wish);
}

enum keep session_keep(struct session *s)
{
	enum keep keep;

	pthread_mutex_lock(&s->lock);
	keep = s->settings.keep;
	pthread_mutex_unlock(&s->lock);
	return keep;
}

void session_last(struct session *s, struct outcome *last)
{
	pthread_mutex_lock(&s->lock);
	*last = s->last;
	pthread_mutex_unlock(&s->lock);
}

void session_recorders(struct session *s, struct text *out)
{
	struct recorder active;
	struct medium medium;
	enum format wish;

	/* The kernel is asked about the drives: not under a lock. */
	pthread_mutex_lock(&s->lock);
	wish = s->settings.format;
	active.ops = s->recorder->ops;
	memcpy(active.address, s->recorder->address, sizeof(active.address));
	recorder_medium(s->recorder, &medium);
	pthread_mutex_unlock(&s->lock);
	recorder_list(&active, medium.records, format_now(s, wish), out);
}

bool session_all_recorded(struct session *s)
{
	bool all = true, any = false, strewn = false;

	for (int b = 0; b < BRANCHES; b++) {
		uint64_t changed = stage_changed(s->stage, (enum branch)b), recorded;
		struct stage_left left;

		stage_left(s->stage, (enum branch)b, &left);
		pthread_mutex_lock(&s->lock);
		recorded = s->recorded[b];
		pthread_mutex_unlock(&s->lock);
		if (left.missed || (left.recordable && (!recorded || changed > recorded)))
			all = false;
		any |= recorded > 0;
		strewn |= left.strewn;
	}
	/* What others have strewn goes with what was recorded, and not by itself. */
	return all && (any || !strewn);
}
