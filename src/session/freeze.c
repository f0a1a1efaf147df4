/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a burn, or a clear, waits for before it begins: that nobody has a staged file open for
 * writing.
 */
#include <stdio.h>
#include <string.h>

#include "base/holder.h"
#include "session/priv.h"

static const double RELEASE_PATIENCE = 2.0; /* seconds for the kernel to let go of closed files */

struct waiting {
	struct session *session;
	const struct waiter *waiter;    /* who asked for the burn, or NULL */
	bool burn;
	char file[256];                 /* that it waits for; empty: none */
	struct holder holder;
	bool known;                     /* the holder is */
};

static bool ended(void *data)
{
	struct waiting *w = data;
	struct session *s = w->session;
	bool end;

	pthread_mutex_lock(&s->lock);
	end = atomic_load(&s->job.progress.cancel) || s->shutting_down ||
	      (w->waiter && w->waiter->ends);
	pthread_mutex_unlock(&s->lock);
	return end;
}

static void forget_waiting(struct session *s)
{
	pthread_mutex_lock(&s->lock);
	s->job.waits_for[0] = '\0';
	pthread_mutex_unlock(&s->lock);
}

static void waits(void *data, const char *path)
{
	struct waiting *w = data;
	struct session *s = w->session;
	char whole[PATH_MAX + sizeof(w->file)], by[128] = "";

	snprintf(w->file, sizeof(w->file), "%s", path);
	w->known = false;
	if (!*path) {
		forget_waiting(s);
		return;
	}
	snprintf(whole, sizeof(whole), "%s/%s", s->mountpoint, path);
	w->known = holder_find(whole, &w->holder);
	if (!w->burn)
		return;
	if (w->known)
		snprintf(by, sizeof(by), " by %s (%d)", w->holder.name, (int)w->holder.pid);
	events_add(s->events, "waiting", "for=%s%s", path, by);
	pthread_mutex_lock(&s->lock);
	snprintf(s->job.waits_for, sizeof(s->job.waits_for), "%s to be closed%s", path, by);
	pthread_mutex_unlock(&s->lock);
	session_changed(s);
}

/* Why it came to nothing, with the program's name where it is known. */
static int explain(const struct waiting *w, int r, struct err *err)
{
	const char *how = w->holder.mapped ? "mapped" : "open";

	if (r == -EBUSY && w->known)
		return err_set(err, EBUSY, "%s is still %s for writing in %s (%d): close it first",
			       w->file, how, w->holder.name, (int)w->holder.pid);
	if (r != -ECANCELED)
		return r;
	if (w->waiter && w->waiter->ends)
		return err_set(err, EINTR,
			       "interrupted while waiting for open files: nothing was recorded");
	return err_set(err, ECANCELED, "cancelled before anything was recorded");
}

int session_freeze(struct session *s, const struct waiter *waiter, struct err *err)
{
	struct waiting w = { .session = s, .waiter = waiter, .burn = true };
	struct stage_patience patience = {
		.closed = RELEASE_PATIENCE, .open = s->job.settings.burn_wait,
		.ended = ended, .waits = waits, .data = &w,
	};
	int r = stage_freeze(s->stage, &patience, err);

	forget_waiting(s);
	return explain(&w, r, err);
}

int session_clear(struct session *s, enum branch branch, struct err *err)
{
	struct waiting w = { .session = s };
	struct stage_patience patience = { .closed = RELEASE_PATIENCE, .waits = waits, .data = &w };

	return explain(&w, stage_clear(s->stage, branch, &patience, err), err);
}
