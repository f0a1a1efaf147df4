/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * logind's inhibitor lock and systemd's scope, by way of libsystemd. logind answers with a
 * descriptor, and the lock is held for as long as that is open; so the bus is needed only until the
 * answer is there.
 */
#include "service/priv.h"
#include "service/service.h"

#ifdef LIBSYSTEMD_VERSION

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <systemd/sd-bus.h>

/* A lid that is closed sleeps in spite of the first three. */
static const char what[] = "shutdown:sleep:idle:handle-lid-switch";

/* Once is enough: where there is no logind there will be none at the next burn. */
static void miss(struct service_lock *l, const char *from, const char *reason)
{
	if (!l->missed)
		log_info("the machine may sleep or shut down during a burn: %s: %s", from, reason);
	l->missed = true;
	l->answered = true;
}

static int on_answer(sd_bus_message *m, void *data, sd_bus_error *ret)
{
	struct service_lock *l = data;
	const sd_bus_error *error = sd_bus_message_get_error(m);
	int fd, r = 0;

	(void)ret;
	if (error) {
		miss(l, "logind", error->message ? error->message : error->name);
		return 0;
	}
	r = sd_bus_message_read(m, "h", &fd);
	if (r >= 0)
		l->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (r < 0 || l->fd < 0)
		miss(l, "logind", strerror(r < 0 ? -r : errno));
	else
		l->missed = false;
	l->answered = true;
	return 0;
}

static void hang_up(struct service_lock *l)
{
	l->bus = sd_bus_close_unref(l->bus);
}

/*
 * A daemon that was started by a mount unit, or in somebody's session, is killed at shutdown 90
 * seconds after SIGTERM. For a scope systemd waits as long as it takes. Nobody is told if it does
 * not come about: the lock is still there.
 */
static int ask_for_scope(struct service_lock *l)
{
	char name[64];

	snprintf(name, sizeof(name), "burnfs-%ld.scope", (long)getpid());
	return sd_bus_call_method_async(l->bus, NULL, "org.freedesktop.systemd1",
					"/org/freedesktop/systemd1",
					"org.freedesktop.systemd1.Manager", "StartTransientUnit",
					NULL, NULL, "ssa(sv)a(sa(sv))", name, "fail", 3,
					"Description", "s", "Discs being burned by burnfs", "PIDs",
					"au", 1, (uint32_t)getpid(), "TimeoutStopUSec", "t",
					UINT64_MAX, 0);
}

static void ask(struct service_lock *l, const char *why)
{
	int r = sd_bus_open_system(&l->bus);

	l->answered = false;
	if (r >= 0 && l->scope)
		r = ask_for_scope(l);
	l->scope = l->scope && r < 0;
	if (r >= 0)
		r = sd_bus_call_method_async(l->bus, NULL, "org.freedesktop.login1",
					     "/org/freedesktop/login1",
					     "org.freedesktop.login1.Manager", "Inhibit", on_answer,
					     l, "ssss", what, "burnfs", why, "block");
	if (r >= 0)
		return;
	miss(l, "the system bus", strerror(-r));
	hang_up(l);
}

void service_lock_want(struct service_lock *l, const char *why)
{
	bool wanted = why != NULL;

	if (wanted && !l->wanted)
		ask(l, why);
	if (!wanted && l->wanted) {
		hang_up(l);
		if (l->fd >= 0)
			close(steal_fd(&l->fd));
	}
	l->wanted = wanted;
}

void service_lock_go_on(struct service_lock *l)
{
	int r;

	if (!l->bus)
		return;
	do
		r = sd_bus_process(l->bus, NULL);
	while (r > 0 && !l->answered);
	if (r < 0 && !l->answered)
		miss(l, "the system bus", strerror(-r));
	if (l->answered)
		hang_up(l);
}

int service_lock_watch(const struct service_lock *l, struct pollfd *watch)
{
	uint64_t until, now = (uint64_t)(time_monotonic() * 1e6);
	int events;

	*watch = (struct pollfd){ .fd = -1 };
	if (!l->bus)
		return -1;
	events = sd_bus_get_events(l->bus);
	if (events >= 0)
		*watch = (struct pollfd){ .fd = sd_bus_get_fd(l->bus), .events = (short)events };
	if (sd_bus_get_timeout(l->bus, &until) < 0 || until == UINT64_MAX)
		return -1;
	if (until <= now)
		return 0;
	return until - now > INT_MAX ? INT_MAX : (int)((until - now) / 1000 + 1);
}

const char *service_library_version(void)
{
	return LIBSYSTEMD_VERSION;
}

#else


void service_lock_want(struct service_lock *l, const char *why)
{
	l->wanted = why != NULL;
}

void service_lock_go_on(struct service_lock *l)
{
	(void)l;
}

int service_lock_watch(const struct service_lock *l, struct pollfd *watch)
{
	(void)l;
	*watch = (struct pollfd){ .fd = -1 };
	return -1;
}

const char *service_library_version(void)
{
	return "";
}

#endif
