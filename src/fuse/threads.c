/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What runs beside FUSE's loop: a thread for each request that may take long, so that it holds none
 * of the loop's, and one thread for notifications, since the kernel takes a directory's lock for
 * them that the sender of a request in progress may hold.
 */
#include <string.h>

#include "fuse/priv.h"

enum { TASKS_MAX = 512, SETTLE_SECONDS = 2 };

/* ---- tasks ---- */

struct task {
	struct mount *mount;
	void (*work)(void *);
	void *data;
};

static void task_done(struct mount *m)
{
	pthread_mutex_lock(&m->lock);
	m->tasks--;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

static void *task_main(void *data)
{
	struct task t = *(struct task *)data;

	free(data);
	t.work(t.data);
	task_done(t.mount);
	return NULL;
}

static int task_spawn(struct task *t)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r = pthread_attr_init(&attr);

	if (r)
		return -r;
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, DEEP_STACK);
	r = pthread_create(&thread, &attr, task_main, t);
	pthread_attr_destroy(&attr);
	return -r;
}

int task_start(struct mount *m, void (*work)(void *), void *data)
{
	struct task *t = malloc(sizeof(*t));
	bool room;

	if (!t)
		return -ENOMEM;
	*t = (struct task){ .mount = m, .work = work, .data = data };
	pthread_mutex_lock(&m->lock);
	room = m->tasks < TASKS_MAX && !m->stopping;
	if (room)
		m->tasks++;
	pthread_mutex_unlock(&m->lock);
	if (room && task_spawn(t) == 0)
		return 0;
	if (room)
		task_done(m);
	free(t);
	return -EAGAIN;
}

void tasks_wait(struct mount *m)
{
	pthread_mutex_lock(&m->lock);
	while (m->tasks)
		pthread_cond_wait(&m->changed, &m->lock);
	pthread_mutex_unlock(&m->lock);
}

/* ---- replies that wait until sound is judged ---- */

struct judged_reply {
	fuse_req_t req;
	struct node *node;
	double patience;
	void (*reply)(fuse_req_t, struct node *, int r);
	struct stage_waiter waiter;
};

/* In the loop's thread, with the request's lock held: only mark and wake. */
static void judged_interrupted(fuse_req_t req, void *data)
{
	struct judged_reply *j = data;

	stage_interrupt(mount_of(req)->stage, &j->waiter);
}

static void judged_work(void *data)
{
	struct judged_reply *j = data;
	int r;

	fuse_req_interrupt_func(j->req, judged_interrupted, j);
	r = stage_judged(mount_of(j->req)->stage, j->node, &j->waiter, j->patience);
	fuse_req_interrupt_func(j->req, NULL, NULL);
	j->reply(j->req, j->node, r);
	free(j);
}

void reply_judged(fuse_req_t req, struct node *n, double patience,
		  void (*reply)(fuse_req_t, struct node *, int))
{
	struct judged_reply *j = malloc(sizeof(*j));
	int r = j ? 0 : -ENOMEM;

	if (r == 0) {
		*j = (struct judged_reply){
			.req = req, .node = n, .patience = patience, .reply = reply,
		};
		r = task_start(mount_of(req), judged_work, j);
	}
	if (r < 0) {
		free(j);
		/*
		 * Nobody can wait for the verdict, which will be in stats. What was asked for is
		 * done.
		 */
		reply(req, n, 0);
	}
}

/* ---- notifications ---- */

struct poller {
	struct poller *next;
	const void *who;
	struct fuse_pollhandle *handle;
};

struct stale_name {
	struct stale_name *next;
	fuse_ino_t dir;
	char name[];                   /* empty: the attributes of @dir itself, which is no
					  directory then */
};

static void poller_remove(struct poller **at)
{
	struct poller *p = *at;

	*at = p->next;
	fuse_pollhandle_destroy(p->handle);
	free(p);
}

static void tell_pollers(struct poller *p)
{
	while (p) {
		fuse_lowlevel_notify_poll(p->handle);
		poller_remove(&p);
	}
}

static void tell_stale(struct fuse_session *se, struct stale_name *n)
{
	while (n) {
		struct stale_name *next = n->next;

		if (*n->name)
			fuse_lowlevel_notify_inval_entry(se, n->dir, n->name, strlen(n->name));
		else
			fuse_lowlevel_notify_inval_inode(se, n->dir, -1, 0);
		free(n);
		n = next;
	}
}

static void *notifier_main(void *data)
{
	struct mount *m = data;
	struct stale_name *stale;
	struct poller *pollers;
	bool stopping;

	do {
		pthread_mutex_lock(&m->lock);
		while (!m->kicked && !m->stopping)
			pthread_cond_wait(&m->changed, &m->lock);
		m->kicked = false;
		stopping = m->stopping;
		stale = m->stale;
		m->stale = NULL;
		m->telling = stale;
		pollers = m->pollers;
		m->pollers = NULL;
		pthread_mutex_unlock(&m->lock);
		tell_stale(m->se, stale);
		pthread_mutex_lock(&m->lock);
		m->telling = false;
		pthread_cond_broadcast(&m->changed);
		pthread_mutex_unlock(&m->lock);
		tell_pollers(pollers);
	} while (!stopping);
	return NULL;
}

int notifier_start(struct mount *m)
{
	return -pthread_create(&m->notifier, NULL, notifier_main, m);
}

void notifier_stop(struct mount *m)
{
	bool first;

	pthread_mutex_lock(&m->lock);
	first = !m->stopping;
	m->stopping = true;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
	if (first)
		pthread_join(m->notifier, NULL);
}

void notifier_settle(struct mount *m)
{
	struct timespec until = deadline_in(SETTLE_SECONDS);
	int r = 0;

	pthread_mutex_lock(&m->lock);
	while ((m->stale || m->telling) && !m->stopping && r == 0)
		r = pthread_cond_timedwait(&m->changed, &m->lock, &until);
	pthread_mutex_unlock(&m->lock);
}

void notifier_free(struct mount *m)
{
	while (m->stale) {
		struct stale_name *next = m->stale->next;

		free(m->stale);
		m->stale = next;
	}
	while (m->pollers)
		poller_remove(&m->pollers);
}

/* lock held */
static struct poller **poller_find(struct mount *m, const void *who)
{
	struct poller **p = &m->pollers;

	while (*p && (*p)->who != who)
		p = &(*p)->next;
	return p;
}

void notifier_unpoll(struct mount *m, const void *who)
{
	struct poller **p;

	pthread_mutex_lock(&m->lock);
	p = poller_find(m, who);
	if (*p)
		poller_remove(p);
	pthread_mutex_unlock(&m->lock);
}

int notifier_poll(struct mount *m, const void *who, struct fuse_pollhandle *handle)
{
	struct poller *p = malloc(sizeof(*p));

	if (!p) {
		fuse_pollhandle_destroy(handle);
		return -ENOMEM;
	}
	notifier_unpoll(m, who);
	pthread_mutex_lock(&m->lock);
	*p = (struct poller){ m->pollers, who, handle };
	m->pollers = p;
	pthread_mutex_unlock(&m->lock);
	return 0;
}

void notifier_kick(void *data)
{
	struct mount *m = data;

	pthread_mutex_lock(&m->lock);
	m->kicked = true;
	pthread_cond_broadcast(&m->changed);
	pthread_mutex_unlock(&m->lock);
}

void notifier_removed(void *data, struct node *dir, const char *name)
{
	struct mount *m = data;
	struct stale_name *n = malloc(sizeof(*n) + strlen(name) + 1);

	if (!n)
		return; /* the kernel asks again before it uses the name, and is told then */
	n->dir = dir == stage_root(m->stage, BRANCH_IMAGE) ? INO_IMAGE : node_ino(dir);
	memcpy(n->name, name, strlen(name) + 1);
	pthread_mutex_lock(&m->lock);
	n->next = m->stale;
	m->stale = n;
	pthread_mutex_unlock(&m->lock);
	notifier_kick(m);
}
