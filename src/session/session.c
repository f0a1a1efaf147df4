/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session from mount to unmount.
 */
#include "session/priv.h"

#include <stdio.h>
#include <string.h>

#include "session/recorders.h"

static void change_refused(void *data, const struct err *err)
{
	session_refused(data, err);
}

static int start_worker(struct session *s)
{
	pthread_attr_t attr;
	int r = pthread_attr_init(&attr);

	if (r)
		return r;
	pthread_attr_setstacksize(&attr, DEEP_STACK);
	r = pthread_create(&s->worker, &attr, session_worker, s);
	pthread_attr_destroy(&attr);
	return r;
}

static void tell_remarks(struct session *s)
{
	char remark[200];

	for (size_t i = 0; settings_key(i); i++) {
		settings_remark(&s->settings, settings_key(i), remark, sizeof(remark));
		if (!*remark)
			continue;
		log_warning("%s", remark);
		events_add(s->events, "warning", "%s", remark);
	}
}

static int start(struct session *s, const char *cwd, struct err *err)
{
	int r;

	recorder_recover(s->surroundings.stash);
	r = recorder_new(&s->recorder, s->settings.recorder, cwd, &s->surroundings, err);
	if (r < 0)
		return r;
	r = settings_warn_of_recorder(s, s->recorder, &s->settings, err);
	if (r < 0) {
		recorder_free(s->recorder);
		return r;
	}
	tell_remarks(s);
	stage_observe_refusals(s->stage, change_refused, s);
	s->unplugged = recorder_unplugged(s->recorder->ops, s->recorder->address);
	s->probe_wanted = s->recorder->ops->command && !s->unplugged;
	r = start_worker(s);
	if (r == 0) {
		r = drive_uevents_new(&s->uevents, drives_told, s);
		if (r < 0)
			log_info("the kernel does not tell of drives: %s", strerror(-r));
		return 0;
	}
	recorder_free(s->recorder);
	return err_set(err, r, "cannot start the thread for jobs: %s", strerror(r));
}

int session_new(struct session **out, struct stage *stage, struct events *events,
		const struct session_start *how, struct err *err)
{
	struct session *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	if (!s)
		return err_set(err, ENOMEM, "not enough memory to start");
	s->stage = stage;
	s->events = events;
	s->settings = how->settings;
	s->surroundings.stash = stage_stash(stage);
	s->surroundings.umask = how->umask;
	s->surroundings.mountpoint = s->mountpoint;
	s->job.keep_mounted = -1;
	snprintf(s->mountpoint, sizeof(s->mountpoint), "%s", how->mountpoint);
	pthread_mutex_init(&s->stage_lock, NULL);
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->surroundings.lock, NULL);
	layouts_init(s);
	pthread_cond_init(&s->changed, NULL);
	r = start(s, how->cwd, err);
	if (r < 0) {
		free(s);
		return r;
	}
	*out = s;
	return 0;
}

void session_finish(struct session *s)
{
	bool again;

	pthread_mutex_lock(&s->lock);
	again = s->finished;
	s->shutting_down = s->finished = true;
	atomic_store(&s->probing.cancel, true);
	/* Nobody can put a disc in, or cancel, through a mount that is gone. */
	if (s->job.waiting)
		atomic_store(&s->job.progress.cancel, true);
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	stage_wake(s->stage);
	if (again)
		return;
	pthread_join(s->worker, NULL);
	drive_uevents_free(s->uevents);
}

void session_free(struct session *s)
{
	if (!s)
		return;
	stage_observe_refusals(s->stage, NULL, NULL);
	recorder_free(s->recorder);
	layouts_free(s);
	pthread_mutex_destroy(&s->surroundings.lock);
	pthread_mutex_destroy(&s->stage_lock);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->changed);
	free(s);
}

struct stage *session_stage(struct session *s)
{
	return s->stage;
}

struct events *session_events(struct session *s)
{
	return s->events;
}

void session_mounted(struct session *s, dev_t dev)
{
	pthread_mutex_lock(&s->lock);
	s->surroundings.mount_dev = dev;
	pthread_mutex_unlock(&s->lock);
}
