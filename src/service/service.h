/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the machine's services are told: systemd, that the mount answers, what goes on and that it
 * ends (sd_notify(3)); and logind, that the machine has to stay awake while a disc is made.
 *
 * One thread tells it all. It looks at the session as a reader of `progress` does, and nobody waits
 * for it: a burn does not notice a bus that is slow, silent or not there.
 */
#ifndef BURNFS_SERVICE_H
#define BURNFS_SERVICE_H

#include <stdbool.h>

struct err;
struct service;
struct session;

/*
 * Begin, over a session that is borrowed and observed. @socket: where systemd listens, as
 * NOTIFY_SOCKET has it (copied); NULL: nowhere. @scope: from the first disc on the process is in a
 * scope of its own, for which systemd waits at shutdown; for root's processes that are no service
 * themselves. Errors: a sentence.
 */
int service_new(struct service **out, struct session *, const char *socket, bool scope,
		struct err *);
/* The mount answers; nothing is told before. Any thread. */
void service_ready(struct service *);
/* burnfs ends, but a job may go on: until it ends, time is asked for. Any thread; NULL is none. */
void service_stopping(struct service *);
/*
 * Tell what is left to tell. After mount_free(), so that the session has nobody to observe any
 * more. NULL is none.
 */
void service_free(struct service *);

/* libsystemd's version, for --version; empty without it. Static. */
const char *service_library_version(void);

#endif
