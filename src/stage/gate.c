/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The gate: paths in the stash stay as they are while somebody is within, and nobody changes what a
 * job has frozen.
 */
#include "stage/priv.h"

/*
 * Where the disc is nearly full a change asks for the exact size, under the lock. Let it find no
 * more to measure there than what it changes itself.
 */
static void measure_before_change(struct stage *s)
{
	struct stage_info info;
	bool much;

	lock_read(s);
	much = s->tree.dirty && s->tree.dirty->dir->dirty_next &&
	       tree_blocks_bound(&s->tree) > data_capacity(s);
	unlock(s);
	if (much)
		stage_info(s, &info);
}

int gate_enter(struct stage *s)
{
	measure_before_change(s);
	pthread_rwlock_rdlock(&s->gate);
	if (!s->frozen)
		return 0;
	pthread_rwlock_unlock(&s->gate);
	return -EBUSY;
}

int gate_enter_alone(struct stage *s)
{
	measure_before_change(s);
	pthread_rwlock_wrlock(&s->gate);
	if (!s->frozen)
		return 0;
	pthread_rwlock_unlock(&s->gate);
	return -EBUSY;
}

void gate_leave(struct stage *s)
{
	pthread_rwlock_unlock(&s->gate);
}

int gate_enter_to_write(struct stage *s)
{
	int r = gate_enter(s);

	if (r < 0 || !s->gathering)
		return r;
	gate_leave(s);
	return -EAGAIN;
}

void stage_wake(struct stage *s)
{
	pthread_mutex_lock(&s->handles_lock);
	s->wakes++;
	pthread_cond_broadcast(&s->handle_left);
	pthread_mutex_unlock(&s->handles_lock);
}
