/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What service/service.c and service/lock.c share: logind's lock against sleep and shutdown, and
 * the scope that makes systemd wait where the lock was overridden. It is one thread's, and no
 * function here waits: what the bus has to say is heard by service_lock_go_on().
 */
#ifndef BURNFS_SERVICE_PRIV_H
#define BURNFS_SERVICE_PRIV_H

#include <poll.h>

#include "base/util.h"

struct sd_bus;

struct service_lock {
	struct sd_bus *bus;        /* while it is asked for, else NULL */
	int fd;                    /* the lock is held while this is open, else -1 */
	bool wanted, answered;
	bool scope;                /* a scope is to be asked for, with the first lock */
	bool missed;               /* that it is not to be had was told */
};

/* Ask for it, once; @why is for people. NULL gives it back, or asks no more. */
void service_lock_want(struct service_lock *, const char *why);
void service_lock_go_on(struct service_lock *);
/* What poll(2) is to watch before the next call. Returns milliseconds, or -1: for ever. */
int service_lock_watch(const struct service_lock *, struct pollfd *);

#endif
