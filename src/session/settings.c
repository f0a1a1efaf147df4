/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Changing the settings, and the recorder, while no job runs.
 */
#include "session/priv.h"

#include <string.h>

#include "session/recorders.h"

/* What the settings are with another value of one of them; stage_lock held, so that they stay. */
static int settings_with(struct session *s, const char *key, const char *value,
			 struct settings *changed, struct err *err)
{
	bool staging;

	pthread_mutex_lock(&s->lock);
	staging = s->state == STATE_STAGING;
	*changed = s->settings;
	pthread_mutex_unlock(&s->lock);
	if (!staging)
		return err_set(err, EBUSY,
			       "a job is running: change settings when it has ended, or write "
			       "\"cancel\" to control");
	return settings_set(changed, key, value, SETTINGS_VERB, err);
}

/* What Windows will show, where that is not what was asked for. */
static void tell_label(struct session *s, const struct settings *settings)
{
	char shown[LABEL_BYTES + 1];

	if (!settings_joliet_label(settings, shown))
		events_add(s->events, "shortened", "what=label label=%s joliet=%s", settings->label,
			   shown);
}

/* The message of a success: what may have been meant otherwise. */
static void tell_remark(struct session *s, const struct settings *settings, const char *key,
			struct err *err)
{
	settings_remark(settings, key, err->msg, sizeof(err->msg));
	if (err->msg[0])
		events_add(s->events, "warning", "%s", err->msg);
}

int session_set(struct session *s, const char *key, const char *value, struct err *err)
{
	struct settings changed;
	int r;

	pthread_mutex_lock(&s->stage_lock);
	r = settings_with(s, key, value, &changed, err);
	if (r == 0) {
		/*
		 * In this order: the stage's generation then ends each layout that was begun with
		 * the old ones.
		 */
		pthread_mutex_lock(&s->lock);
		s->settings = changed;
		s->settings_version++;
		pthread_mutex_unlock(&s->lock);
		stage_apply(s->stage, &changed);
		if (strcmp(key, "label") == 0)
			tell_label(s, &changed);
	}
	pthread_mutex_unlock(&s->stage_lock);
	if (r == 0)
		tell_remark(s, &changed, key, err);
	return r;
}

/* ---- the recorder ---- */

/*
 * What would keep a burn from being recorded is told now and not after hours of staging. It may be
 * mended until then, but for a place that never takes an image: -ELOOP.
 */
int settings_warn_of_recorder(struct session *s, struct recorder *r,
			      const struct settings *settings, struct err *err)
{
	int ret = recorder_ready(r, settings, err);

	if (ret == 0 || ret == -ELOOP)
		return ret;
	log_warning("%s", err->msg);
	events_add(s->events, "warning", "result=%s error=%s", err_name(err->code), err->msg);
	return 0;
}

/*
 * Put another recorder in its place. The old one, to be freed, or NULL: the worker looks at it and
 * frees it.
 */
static struct recorder *exchange_recorder(struct session *s, struct recorder *fresh, bool unplugged)
{
	struct recorder *old = s->recorder;

	s->recorder = fresh;
	if (old == s->probed) {
		atomic_store(&s->probing.cancel, true);
		s->retired = steal_pointer(&old);
	}
	s->unplugged = unplugged;
	s->probe_wanted = !unplugged;
	pthread_cond_broadcast(&s->changed);
	return old;
}

/* @fresh becomes the recorder unless a job runs; what is to be freed then comes back. */
static struct recorder *change_recorder(struct session *s, struct recorder *fresh)
{
	bool unplugged = recorder_unplugged(fresh->ops, fresh->address);
	struct recorder *old = fresh;

	pthread_mutex_lock(&s->stage_lock);
	pthread_mutex_lock(&s->lock);
	if (s->state == STATE_STAGING)
		old = exchange_recorder(s, fresh, unplugged);
	pthread_mutex_unlock(&s->lock);
	if (old != fresh) /* what lay in the other one counts no more, from now on */
		stage_set_medium(s->stage, BLOCKS_UNKNOWN, BLOCKS_UNKNOWN, NULL);
	pthread_mutex_unlock(&s->stage_lock);
	return old;
}

int session_set_recorder(struct session *s, const char *address, struct err *err)
{
	struct recorder *fresh = NULL, *old;
	struct settings settings;
	struct err warning = { 0 };
	int r = recorder_new(&fresh, address, NULL, &s->surroundings, err);

	if (r < 0)
		return r;
	pthread_mutex_lock(&s->lock);
	settings = s->settings;
	pthread_mutex_unlock(&s->lock);
	r = settings_warn_of_recorder(s, fresh, &settings, &warning);
	old = r < 0 ? fresh : change_recorder(s, fresh);
	if (r < 0 && err)
		*err = warning;
	else if (old == fresh)
		r = err_set(err, EBUSY,
			    "a job is running: choose a recorder when it has ended, or write "
			    "\"cancel\" to control");
	recorder_free(old);
	if (r < 0)
		return r;
	warning.code = 0;
	session_outcome(s, "recorder", &warning);
	return 0;
}
