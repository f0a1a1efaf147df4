/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * State, settings, the last outcome, and those who wait. What a job does is in session/job.c.
 */
#include <stdio.h>
#include <string.h>

#include "session/priv.h"
#include "session/recorders.h"

static const char *const state_names[STATES] = {
	[STATE_STAGING] = "staging",     [STATE_PREPARING] = "preparing",
	[STATE_BURNING] = "burning",     [STATE_CLOSING] = "closing",
	[STATE_VERIFYING] = "verifying", [STATE_BLANKING] = "blanking",
};

static const char *const format_names[] = {
	[FORMAT_NONE] = "none",   [FORMAT_DATA] = "data", [FORMAT_AUDIO] = "audio",
	[FORMAT_MIXED] = "mixed", [FORMAT_AUTO] = "auto",
};

/*
 * What is kept for the next who asks: about 50,000 names, which are laid out again in less than a second. Of a
 * million it would be 300 MB.
 */
static const size_t LAYOUT_KEPT_MAX = 16 << 20;

const char *session_state_name(enum session_state state)
{
	return state_names[state];
}

const char *format_name(enum format format)
{
	return format_names[format];
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

/* ---- outcomes ---- */

void session_outcome(struct session *s, const char *op, const struct err *err)
{
	pthread_mutex_lock(&s->lock);
	s->last = (struct outcome){ .err.code = err->code };
	if (err->code)
		s->last.err = *err;
	else
		snprintf(s->last.summary, sizeof(s->last.summary), "%s", err->msg);
	snprintf(s->last.op, sizeof(s->last.op), "%s", op);
	pthread_mutex_unlock(&s->lock);
	if (err->code) {
		events_add(s->events, "refused", "op=%s result=%s error=%s", op, err_name(err->code),
			   err->msg);
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

static void change_refused(void *data, const struct err *err)
{
	session_refused(data, err);
}

/* ---- the session ---- */

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

/*
 * What would keep a burn from being recorded is told now and not after hours of staging. It may be mended until then,
 * but for a place that never takes an image: -ELOOP.
 */
static int warn_of_recorder(struct session *s, struct recorder *r, const struct settings *settings, struct err *err)
{
	int ret = recorder_ready(r, settings, err);

	if (ret == 0 || ret == -ELOOP)
		return ret;
	log_warning("%s", err->msg);
	events_add(s->events, "warning", "result=%s error=%s", err_name(err->code), err->msg);
	return 0;
}

static int start(struct session *s, const char *cwd, struct err *err)
{
	int r;

	recorder_recover(s->surroundings.stash);
	r = recorder_new(&s->recorder, s->settings.recorder, cwd, &s->surroundings, err);
	if (r < 0)
		return r;
	r = warn_of_recorder(s, s->recorder, &s->settings, err);
	if (r < 0) {
		recorder_free(s->recorder);
		return r;
	}
	stage_observe_refusals(s->stage, change_refused, s);
	s->unplugged = recorder_unplugged(s->recorder->ops, s->recorder->address);
	s->look_wanted = s->recorder->ops->command && !s->unplugged;
	r = start_worker(s);
	if (r == 0)
		return 0;
	recorder_free(s->recorder);
	return err_set(err, r, "no thread for jobs: %s", strerror(r));
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
	s->layout_kept_max = LAYOUT_KEPT_MAX;
	snprintf(s->mountpoint, sizeof(s->mountpoint), "%s", how->mountpoint);
	pthread_mutex_init(&s->stage_lock, NULL);
	pthread_mutex_init(&s->lock, NULL);
	pthread_mutex_init(&s->surroundings.lock, NULL);
	for (int i = 0; i < FORMAT_AUTO; i++)
		pthread_mutex_init(&s->layouts_lock[i], NULL);
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
	atomic_store(&s->looking.cancel, true);
	/* Nobody can put a disc in, or cancel, through a mount that is gone. */
	if (s->job.waiting)
		atomic_store(&s->job.progress.cancel, true);
	pthread_cond_broadcast(&s->changed);
	pthread_mutex_unlock(&s->lock);
	stage_wake(s->stage);
	if (!again)
		pthread_join(s->worker, NULL);
}

void session_free(struct session *s)
{
	if (!s)
		return;
	stage_observe_refusals(s->stage, NULL, NULL);
	recorder_free(s->recorder);
	for (int i = 0; i < FORMAT_AUTO; i++) {
		layout_put(s->layouts[i]);
		pthread_mutex_destroy(&s->layouts_lock[i]);
	}
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

/* ---- what others see ---- */

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

/* A drive that was plugged in or out since is looked at again. The kernel is asked, so no lock is held. */
static void follow_plug(struct session *s, const struct recorder_ops *ops, struct session_status *st)
{
	bool unplugged = recorder_unplugged(ops, st->recorder);

	if (unplugged)
		st->medium = (struct medium){ .status = "none" };
	pthread_mutex_lock(&s->lock);
	if (unplugged != s->unplugged) {
		s->unplugged = unplugged;
		s->look_wanted = true;
		pthread_cond_broadcast(&s->changed);
	}
	pthread_mutex_unlock(&s->lock);
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
	follow_plug(s, ops, st);
	st->format = format_now(s, st->settings.format);
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

void session_space(struct session *s, enum format format, struct stage_space *space)
{
	struct track_list tracks;
	struct stage_space data;
	bool sessions;

	stage_space(s->stage, format == FORMAT_AUDIO || format == FORMAT_MIXED ? BRANCH_AUDIO : BRANCH_DATA,
		    space);
	if (format != FORMAT_MIXED || stage_tracks(s->stage, &tracks) < 0)
		return;
	stage_space(s->stage, BRANCH_DATA, &data);
	pthread_mutex_lock(&s->lock);
	sessions = s->recorder->ops->sessions;
	pthread_mutex_unlock(&s->lock);
	space->used += sessions ? layout_second_session(data.used) : data.used + layout_mixed_gap(&tracks);
	space->free = space->total > space->used ? space->total - space->used : 0;
	tracks_free(&tracks);
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

bool session_job_failed(struct session *s)
{
	bool failed;

	pthread_mutex_lock(&s->lock);
	failed = s->last_job.code != 0;
	pthread_mutex_unlock(&s->lock);
	return failed;
}

bool session_busy(struct session *s)
{
	bool busy;

	pthread_mutex_lock(&s->lock);
	busy = s->state != STATE_STAGING;
	pthread_mutex_unlock(&s->lock);
	return busy;
}

/* ---- jobs ---- */

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
		return err_set(err, EBUSY, "a job is running (%s): wait for it, or cancel it",
			       state_names[state]);
	return ending ? err_set(err, EBUSY, "burnfs is ending: mount again") : 0;
}

/* Hand the job to the worker, if preparing it gave 0. */
static int post(struct session *s, int r, struct waiter *waiter, struct err *err)
{
	pthread_mutex_lock(&s->lock);
	if (r == 0 && s->shutting_down) {
		/* The worker may have left already. */
		job_release(s, &s->job);
		r = err_set(err, EBUSY, "burnfs is ending: mount again");
	}
	if (r == 0) {
		s->job_posted = true;
		pthread_cond_broadcast(&s->changed);
	} else {
		/* There was no job, unless it has waited: who began to wait meanwhile is told of the one before. */
		if (waiter)
			waiter_leave(s, waiter);
		if (s->job.waited)
			s->last_job = *err;
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

int session_handle(struct session *s, enum drive_verb verb, struct err *err)
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
	finish = s->state != STATE_STAGING && s->recorder->ops->must_finish && !s->job.waiting && !urgent;
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
		return err_set(err, EINTR, "the wait was interrupted; the job goes on");
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

/* ---- settings ---- */

/* What the settings are with another value of one of them; stage_lock held, so that they stay. */
static int settings_with(struct session *s, const char *key, const char *value, struct settings *changed,
			 struct err *err)
{
	bool staging;

	pthread_mutex_lock(&s->lock);
	staging = s->state == STATE_STAGING;
	*changed = s->settings;
	pthread_mutex_unlock(&s->lock);
	if (!staging)
		return err_set(err, EBUSY, "a job is running: settings can be changed when it has ended");
	return settings_set(changed, key, value, SETTINGS_VERB, err);
}

/* What Windows will show, where that is not what was asked for. */
static void tell_label(struct session *s, const struct settings *settings)
{
	char shown[LABEL_BYTES + 1];

	if (!settings_joliet_label(settings, shown))
		events_add(s->events, "shortened", "what=label label=%s joliet=%s", settings->label, shown);
}

int session_set(struct session *s, const char *key, const char *value, struct err *err)
{
	struct settings changed;
	int r;

	pthread_mutex_lock(&s->stage_lock);
	r = settings_with(s, key, value, &changed, err);
	if (r == 0) {
		/* In this order: the stage's generation then ends each layout that was begun with the old ones. */
		pthread_mutex_lock(&s->lock);
		s->settings = changed;
		s->settings_version++;
		pthread_mutex_unlock(&s->lock);
		stage_apply(s->stage, &changed);
		if (strcmp(key, "label") == 0)
			tell_label(s, &changed);
	}
	pthread_mutex_unlock(&s->stage_lock);
	return r;
}

/* Put another recorder in its place. The old one, to be freed, or NULL: the worker looks at it and frees it. */
static struct recorder *exchange_recorder(struct session *s, struct recorder *fresh, bool unplugged)
{
	struct recorder *old = s->recorder;

	s->recorder = fresh;
	if (old == s->looked_at) {
		atomic_store(&s->looking.cancel, true);
		s->retired = steal_pointer(&old);
	}
	s->unplugged = unplugged;
	s->look_wanted = !unplugged;
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
	r = warn_of_recorder(s, fresh, &settings, &warning);
	old = r < 0 ? fresh : change_recorder(s, fresh);
	if (r < 0 && err)
		*err = warning;
	else if (old == fresh)
		r = err_set(err, EBUSY, "a job is running: the recorder can be changed when it has ended");
	recorder_free(old);
	if (r < 0)
		return r;
	warning.code = 0;
	session_outcome(s, "recorder", &warning);
	return 0;
}

/* ---- layouts ---- */

/*
 * layouts_lock of the format held. -EAGAIN or -ESTALE when the settings, or all that is staged, were changed
 * meanwhile.
 */
static int lay_out(struct session *s, enum format format, struct err *err)
{
	struct settings settings;
	struct layout *l;
	uint64_t version;
	int r;

	pthread_mutex_lock(&s->lock);
	settings = s->settings;
	version = s->settings_version;
	pthread_mutex_unlock(&s->lock);
	r = layout_new(&l, s->stage, &settings, format, false, NULL, err);
	if (r < 0)
		return r;
	pthread_mutex_lock(&s->lock);
	if (version == s->settings_version)
		s->layouts[format] = l;
	else
		r = -EAGAIN;
	pthread_mutex_unlock(&s->lock);
	if (r < 0)
		layout_put(l);
	return r;
}

int session_layout(struct session *s, enum format format, struct layout **out, struct err *err)
{
	struct layout *l;
	int r = 0;

	pthread_mutex_lock(&s->layouts_lock[format]);
	l = s->layouts[format];
	if (!l || l->generation != stage_generation(s->stage)) {
		layout_put(l);
		s->layouts[format] = NULL;
		do
			r = lay_out(s, format, err);
		while (r == -EAGAIN || r == -ESTALE);
	}
	if (r == 0)
		*out = layout_get(s->layouts[format]);
	pthread_mutex_unlock(&s->layouts_lock[format]);
	return r;
}

void session_layouts_done(struct session *s)
{
	struct layout *l[FORMAT_AUTO] = { NULL };
	bool any = false;

	for (int i = 0; i < FORMAT_AUTO; i++) {
		if (pthread_mutex_trylock(&s->layouts_lock[i]) != 0)
			continue; /* somebody wants it */
		if (s->layouts[i] && atomic_load(&s->layouts[i]->refs) == 1 &&
		    (layout_memory(s->layouts[i]) > s->layout_kept_max ||
		     s->layouts[i]->generation != stage_generation(s->stage)))
			l[i] = steal_pointer(&s->layouts[i]);
		pthread_mutex_unlock(&s->layouts_lock[i]);
	}
	for (int i = 0; i < FORMAT_AUTO; i++) {
		any |= l[i] != NULL;
		layout_put(l[i]);
	}
	if (any)
		memory_give_back();
}
