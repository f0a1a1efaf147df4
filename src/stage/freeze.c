/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: a job's freeze, which begins when no file is open for writing; and those who would
 * open one meanwhile.
 */
#include "stage/priv.h"

#include <stdio.h>
#include <string.h>

static const double QUIET = 0.2; /* seconds that a file which is closed already is nobody's
				    business */

/* ---- writers, and those who wait for them ---- */

static unsigned wakes_now(struct stage *s)
{
	unsigned wakes;

	pthread_mutex_lock(&s->handles_lock);
	wakes = s->wakes;
	pthread_mutex_unlock(&s->handles_lock);
	return wakes;
}

static bool past(const struct timespec *t)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec > t->tv_sec || (now.tv_sec == t->tv_sec && now.tv_nsec >= t->tv_nsec);
}

/* Until somebody wakes us since @seen, or @until. */
static void await_wake(struct stage *s, unsigned seen, const struct timespec *until)
{
	int r = 0;

	pthread_mutex_lock(&s->handles_lock);
	while (s->wakes == seen && r == 0)
		r = pthread_cond_timedwait(&s->handle_left, &s->handles_lock, until);
	pthread_mutex_unlock(&s->handles_lock);
}

/* What keeps a freeze waiting. */
struct obstacle {
	bool there;
	bool closed;      /* it goes by itself, soon */
	bool judged;      /* so does this: it is sound that is being judged */
	char path[256];
};

/*
 * The handle that stands in the way, or NULL: one that was not closed since it was written to if
 * there is any, else one whose close is known but not yet its release. A file without a name is
 * staged no more.
 */
static struct handle *writer_in_the_way(struct stage *s, enum branch branch)
{
	struct handle *found = NULL;

	for (struct handle *h = s->handles; h; h = h->next) {
		if (!h->writable || !h->node->names ||
		    (branch != BRANCHES && h->node->branch != branch))
			continue;
		found = h;
		if (atomic_load(&h->unflushed))
			break;
	}
	return found;
}

/* gate held alone */
static void find_obstacle(struct stage *s, enum branch branch, struct obstacle *o)
{
	const struct node *n;
	struct handle *h;

	*o = (struct obstacle){ 0 };
	lock_read(s);
	pthread_mutex_lock(&s->handles_lock);
	h = writer_in_the_way(s, branch);
	n = h ? h->node : branch == BRANCHES ? judge_first(s) : NULL;
	if (n)
		path_text(n, o->path, sizeof(o->path));
	o->there = n;
	o->judged = n && !h;
	o->closed = !h || !atomic_load(&h->unflushed);
	pthread_mutex_unlock(&s->handles_lock);
	unlock(s);
}

/* Whoever opens for writing from now on waits. gate held alone */
static void hold_others(struct stage *s, double seconds)
{
	s->gathering = true;
	pthread_mutex_lock(&s->handles_lock);
	s->held = true;
	s->turn_seconds = seconds;
	pthread_mutex_unlock(&s->handles_lock);
}

static void let_others(struct stage *s)
{
	pthread_mutex_lock(&s->handles_lock);
	s->held = false;
	pthread_cond_broadcast(&s->handle_left);
	pthread_mutex_unlock(&s->handles_lock);
}

/* ---- waiting until nobody writes ---- */

struct patience {
	const struct stage_patience *p;
	struct timespec quiet, closed, open;   /* until when */
	char told[256];
};

static void tell(struct patience *w, const struct obstacle *o)
{
	const char *path = o->judged ? "" : o->path;

	if (!w->p->waits || strcmp(w->told, path) == 0)
		return;
	snprintf(w->told, sizeof(w->told), "%s", path);
	w->p->waits(w->p->data, w->told);
}

static int still_there(const struct obstacle *o, struct err *err)
{
	if (o->judged)
		return err_set(err, EBUSY, "%s is still being checked: try again", o->path);
	return err_set(err, EBUSY, "%s is still open for writing: close it first", o->path);
}

/* No lock held. 0: look again. */
static int await_obstacle(struct stage *s, struct patience *w, const struct obstacle *o,
			  unsigned seen, struct err *err)
{
	const struct timespec *until = o->closed ? &w->closed : &w->open;
	bool late = past(until);

	if (w->p->ended && w->p->ended(w->p->data))
		return -ECANCELED;
	if (o->closed && !late && !past(&w->quiet)) {
		await_wake(s, seen, &w->quiet);
		return 0;
	}
	tell(w, o);
	if (late)
		return still_there(o, err);
	await_wake(s, seen, until);
	return 0;
}

int gate_enter_unwritten(struct stage *s, enum branch branch, const struct stage_patience *p,
			 struct err *err)
{
	struct patience w = {
		.p = p, .quiet = deadline_in(QUIET), .open = deadline_in(p->open),
		.closed = deadline_in(p->closed > p->open ? p->closed : p->open),
	};
	struct obstacle o;
	unsigned seen;
	int r;

	do {
		seen = wakes_now(s);
		r = gate_enter_alone(s);
		if (r < 0)
			return err_set(err, EBUSY,
				       "a job is running: wait for it, or write \"cancel\" to "
				       "control");
		find_obstacle(s, branch, &o);
		if (!o.there)
			return 0;
		if (p->open > 0)
			hold_others(s, p->open);
		gate_leave(s);
		r = await_obstacle(s, &w, &o, seen, err);
	} while (r == 0);
	return r;
}

/* ---- the freeze ---- */

int stage_freeze(struct stage *s, const struct stage_patience *p, struct err *err)
{
	int r = gate_enter_unwritten(s, BRANCHES, p, err);

	if (r < 0)
		pthread_rwlock_wrlock(&s->gate);
	else
		s->frozen = true;
	s->gathering = false;
	gate_leave(s);
	if (r < 0)
		let_others(s);
	return r;
}

void stage_thaw(struct stage *s)
{
	pthread_rwlock_wrlock(&s->gate);
	s->frozen = false;
	gate_leave(s);
	let_others(s);
}

/* ---- those who would open for writing ---- */

int stage_await_turn(struct stage *s, struct stage_waiter *w)
{
	struct timespec until;
	int r = 0;

	pthread_mutex_lock(&s->handles_lock);
	until = deadline_in(s->turn_seconds);
	while (s->held && !w->interrupted && r == 0)
		r = pthread_cond_timedwait(&s->handle_left, &s->handles_lock, &until);
	r = w->interrupted ? -EINTR : 0;
	pthread_mutex_unlock(&s->handles_lock);
	return r;
}
