/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: the threads that judge sound. To judge a file may mean to decode all of it, so no
 * request does it: files wait in a queue, and a few threads take one after the other. They are
 * started when they are first needed.
 */
#include <fcntl.h>
#include <sched.h>

#include "stage/priv.h"

/* A file that is to be judged, or is being judged. By handles_lock, but @node. */
struct judgement {
	struct judgement *next;
	struct node *node;         /* has one more lookup */
	uint64_t ticket;           /* rises in the queue */
	bool running;
	bool abandoned;            /* nobody wants the verdict that it is about */
	int fd;                    /* what is read, or -1 */
};

static unsigned judges_most(void)
{
	cpu_set_t cpus;
	int n = sched_getaffinity(0, sizeof(cpus), &cpus) == 0 ? CPU_COUNT(&cpus) : 1;

	return n < JUDGES_MAX ? (unsigned)n : JUDGES_MAX;
}

/* ---- what the threads do ---- */

/* Whether a file is being judged. handles_lock held */
static bool is_running(const struct stage *s, const struct node *n)
{
	for (const struct judgement *j = s->judgements; j; j = j->next)
		if (j->node == n && j->running)
			return true;
	return false;
}

/*
 * The next that can be judged, or NULL: one file is judged by one thread at a time. handles_lock
 * held
 */
static struct judgement *find_work(struct stage *s)
{
	struct judgement *j = s->judgements;

	while (j && (j->running || is_running(s, j->node)))
		j = j->next;
	return j;
}

static struct judgement *take_work(struct stage *s)
{
	struct judgement *j = NULL;

	pthread_mutex_lock(&s->handles_lock);
	while (!s->judging_ends && !(j = find_work(s)))
		pthread_cond_wait(&s->judge_work, &s->handles_lock);
	if (j)
		j->running = true;
	pthread_mutex_unlock(&s->handles_lock);
	return j;
}

/* handles_lock held */
static void queue_remove(struct stage *s, const struct judgement *j)
{
	struct judgement **p = &s->judgements;

	while (*p != j)
		p = &(*p)->next;
	*p = j->next;
}

static void judgement_end(struct stage *s, struct judgement *j)
{
	pthread_mutex_lock(&s->handles_lock);
	queue_remove(s, j);
	s->wakes++;
	pthread_cond_broadcast(&s->handle_left);
	pthread_cond_signal(&s->judge_work); /* the same file may be in the queue again */
	pthread_mutex_unlock(&s->handles_lock);
	stage_forget(s, j->node, 1);
	free(j);
}

static void *judge_main(void *stage)
{
	struct stage *s = stage;
	struct judgement *j;

	while ((j = take_work(s))) {
		s->judge(s, j->node, j);
		judgement_end(s, j);
	}
	return NULL;
}

/* What it reads, so that it can be told to end: from then on that is empty. */
static void read_nothing(int fd)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	if (null < 0)
		return; /* then it goes on to its end */
	dup3(null, fd, O_CLOEXEC);
	close(null);
}

/* handles_lock held */
static void abandon(struct judgement *j)
{
	j->abandoned = true;
	if (j->fd >= 0)
		read_nothing(j->fd);
}

bool judge_reads(struct stage *s, struct judgement *j, int fd)
{
	bool wanted;

	pthread_mutex_lock(&s->handles_lock);
	j->fd = fd;
	wanted = !j->abandoned;
	pthread_mutex_unlock(&s->handles_lock);
	return wanted;
}

void judge_abandon(struct stage *s, const struct node *n)
{
	pthread_mutex_lock(&s->handles_lock);
	for (struct judgement *j = s->judgements; j; j = j->next)
		if (j->node == n && j->running)
			abandon(j);
	pthread_mutex_unlock(&s->handles_lock);
}

bool judge_wanted(struct stage *s, const struct judgement *j)
{
	bool wanted;

	pthread_mutex_lock(&s->handles_lock);
	wanted = !j->abandoned;
	pthread_mutex_unlock(&s->handles_lock);
	return wanted;
}

/* ---- the queue ---- */

/* One more thread, if there may be. Whether there is any. handles_lock held */
static bool judge_start(struct stage *s)
{
	pthread_attr_t attr;

	if (s->njudges >= judges_most() || pthread_attr_init(&attr) != 0)
		return s->njudges;
	pthread_attr_setstacksize(&attr, DEEP_STACK);
	if (pthread_create(&s->judges[s->njudges], &attr, judge_main, s) == 0)
		s->njudges++;
	pthread_attr_destroy(&attr);
	return s->njudges;
}

/* Where the node waits in the queue, or the end of it. handles_lock held */
static struct judgement **queue_find(struct stage *s, const struct node *n)
{
	struct judgement **p = &s->judgements;

	while (*p && ((*p)->node != n || (*p)->running))
		p = &(*p)->next;
	return p;
}

int judge_later(struct stage *s, struct node *n)
{
	struct judgement *fresh = malloc(sizeof(*fresh)), **at;
	int r = 1;

	if (!fresh)
		return -ENOMEM;
	pthread_mutex_lock(&s->handles_lock);
	at = queue_find(s, n);
	if (s->judging_ends) {
		r = 0; /* the next mount judges it */
	} else if (!*at) {
		if (judge_start(s)) {
			node_ref(n);
			*fresh = (struct judgement){
				.node = n, .ticket = ++s->judge_tickets, .fd = -1,
			};
			*at = steal_pointer(&fresh);
			pthread_cond_signal(&s->judge_work);
		} else {
			r = -EAGAIN;
		}
	}
	pthread_mutex_unlock(&s->handles_lock);
	free(fresh);
	return r;
}

/*
 * Whether what came into the queue no later than @ticket is still in it. @n NULL: any node.
 * handles_lock held
 */
static bool is_queued(const struct stage *s, const struct node *n, uint64_t ticket)
{
	for (const struct judgement *j = s->judgements; j && j->ticket <= ticket; j = j->next)
		if (!n || j->node == n)
			return true;
	return false;
}

const struct node *judge_first(const struct stage *s)
{
	return s->judgements ? s->judgements->node : NULL;
}

struct node *judge_staged(struct stage *s)
{
	struct judgement *j;

	pthread_mutex_lock(&s->handles_lock);
	j = s->judgements;
	while (j && !j->node->names)
		j = j->next;
	pthread_mutex_unlock(&s->handles_lock);
	return j ? j->node : NULL;
}

bool judge_has(struct stage *s, const struct node *n)
{
	bool has;

	pthread_mutex_lock(&s->handles_lock);
	has = is_queued(s, n, UINT64_MAX);
	pthread_mutex_unlock(&s->handles_lock);
	return has;
}

int judge_await(struct stage *s, struct node *n, struct stage_waiter *w, double patience)
{
	struct timespec deadline = deadline_in(patience);
	uint64_t ticket;
	int r = 0;

	pthread_mutex_lock(&s->handles_lock);
	ticket = s->judge_tickets;
	while (is_queued(s, n, ticket) && !w->interrupted && !s->judging_ends && r == 0)
		r = -pthread_cond_timedwait(&s->handle_left, &s->handles_lock, &deadline);
	if (!is_queued(s, n, ticket) && !s->judging_ends)
		r = 0;
	else if (r == 0)
		r = -EINTR;
	pthread_mutex_unlock(&s->handles_lock);
	return r;
}

void stage_interrupt(struct stage *s, struct stage_waiter *w)
{
	pthread_mutex_lock(&s->handles_lock);
	w->interrupted = true;
	pthread_cond_broadcast(&s->handle_left);
	pthread_mutex_unlock(&s->handles_lock);
}

/* Nobody judges any more: take what is not begun out of the queue, and let what is begun end. */
static struct judgement *queue_end(struct stage *s)
{
	struct judgement **p = &s->judgements, *waiting = NULL, *j;

	pthread_mutex_lock(&s->handles_lock);
	s->judging_ends = true;
	while ((j = *p)) {
		if (j->running) {
			abandon(j);
			p = &j->next;
			continue;
		}
		*p = j->next;
		j->next = waiting;
		waiting = j;
	}
	s->wakes++;
	pthread_cond_broadcast(&s->handle_left);
	pthread_cond_broadcast(&s->judge_work);
	pthread_mutex_unlock(&s->handles_lock);
	return waiting;
}

void stage_end_judging(struct stage *s)
{
	for (struct judgement *j = queue_end(s), *next; j; j = next) {
		next = j->next;
		stage_forget(s, j->node, 1);
		free(j);
	}
	while (s->njudges)
		pthread_join(s->judges[--s->njudges], NULL);
}
