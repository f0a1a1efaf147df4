/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The thread that tells, and what it tells systemd: a datagram of lines, by the protocol in
 * sd_notify(3). What could not be sent is still to be told the next time.
 */
#include "service/service.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "base/event.h"
#include "base/util.h"
#include "files/stats.h"
#include "service/priv.h"
#include "session/session.h"

static const double interval = 1;            /* seconds between two lines about the same state */
enum { MORE_TIME = 60 * 1000 * 1000 };       /* microseconds that are asked for, each interval
						anew */

struct service {
	struct session *session;
	struct sockaddr_un address;
	socklen_t address_len;             /* 0: nobody listens */
	int socket, wake;
	pthread_t thread;
	atomic_bool ready, stopping, ended;

	/* the thread's alone */
	struct service_lock lock;
	bool told_ready, told_stopping;
	enum session_state told_state;
	double told_at;
	char told[640];
};

/* ---- what is told ---- */

/*
 * Sleep harms no probe and no tray; and it must not be kept off until somebody has found the next
 * disc.
 */
static const char *why_awake(const struct session_status *st)
{
	if (st->waiting)
		return NULL;
	if (strcmp(st->job, "burn") == 0)
		return "a disc is being burned";
	if (strcmp(st->job, "blank") == 0)
		return "a disc is being erased";
	return NULL;
}

/* 0, or -EAGAIN: whoever listens has not come to it yet. Anything else is as good as told. */
static int notify(struct service *s, const struct text *lines)
{
	const int flags = MSG_DONTWAIT | MSG_NOSIGNAL;

	if (sendto(s->socket, lines->data, lines->len, flags, (const struct sockaddr *)&s->address,
		   s->address_len) >= 0)
		return 0;
	if (errno == EAGAIN || errno == ENOBUFS || errno == EINTR)
		return -EAGAIN;
	log_info("NOTIFY_SOCKET: %s", strerror(errno));
	return 0;
}

/*
 * The line of `progress`, and what is new besides. Returns whether something is left to tell, in an
 * interval.
 */
static bool tell(struct service *s, const struct session_status *st)
{
	bool ready = atomic_load(&s->ready), stopping = atomic_load(&s->stopping),
	     busy = st->job[0];
	bool news = ready != s->told_ready || stopping != s->told_stopping ||
		    st->state != s->told_state;
	cleanup_text struct text line = { 0 }, lines = { 0 };

	if (!ready || !s->address_len)
		return false;
	if (!news && time_monotonic() - s->told_at < interval)
		return true;
	if (progress_render(s->session, &line) < 0 || line.failed)
		return true;
	line.data[strcspn(line.data, "\n")] = '\0';
	if (!news && !(stopping && busy) && strcmp(line.data, s->told) == 0)
		return busy;
	text_add(&lines, "%s%sSTATUS=%s\n", ready && !s->told_ready ? "READY=1\n" : "",
		 stopping && !s->told_stopping ? "STOPPING=1\n" : "", line.data);
	if (stopping && busy)
		text_add(&lines, "EXTEND_TIMEOUT_USEC=%d\n", MORE_TIME);
	if (lines.failed || notify(s, &lines) < 0)
		return true;
	s->told_ready = ready;
	s->told_stopping = stopping;
	s->told_state = st->state;
	s->told_at = time_monotonic();
	snprintf(s->told, sizeof(s->told), "%s", line.data);
	return true;
}

/* ---- the thread ---- */

static void wake(void *data)
{
	struct service *s = data;
	const uint64_t one = 1;

	/* It fails only when the thread is to wake up already. */
	if (write(s->wake, &one, sizeof(one)) < 0)
		return;
}

static void rest(struct service *s, bool again)
{
	struct pollfd watch[2] = { { .fd = s->wake, .events = POLLIN } };
	int bus = service_lock_watch(&s->lock, &watch[1]);
	int timeout = again ? (int)(interval * 1000) : -1;
	uint64_t calls;

	if (bus >= 0 && (timeout < 0 || bus < timeout))
		timeout = bus;
	if (poll(watch, ARRAY_SIZE(watch), timeout) > 0 && watch[0].revents &&
	    read(s->wake, &calls, sizeof(calls)) < 0)
		log_debug("eventfd: %s", strerror(errno));
}

static void *service_main(void *data)
{
	struct service *s = data;
	struct session_status st;
	bool again, last;

	do {
		last = atomic_load(&s->ended);
		session_status(s->session, &st);
		service_lock_want(&s->lock, last ? NULL : why_awake(&st));
		service_lock_go_on(&s->lock);
		again = tell(s, &st);
		if (!last)
			rest(s, again);
	} while (!last);
	return NULL;
}

/* ---- the whole ---- */

/* A path, or a name that is in no file system, with '@' for its first byte, which is zero. */
static void set_address(struct service *s, const char *socket)
{
	size_t len = socket ? strlen(socket) : 0;

	if (!len)
		return;
	if ((*socket != '/' && *socket != '@') || len >= sizeof(s->address.sun_path)) {
		log_warning("NOTIFY_SOCKET=%s is not the address of a socket: the service manager "
			    "gets no status",
			    socket);
		return;
	}
	s->address.sun_family = AF_UNIX;
	memcpy(s->address.sun_path, socket, len);
	if (*socket == '@')
		s->address.sun_path[0] = '\0';
	s->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len +
				     (*socket == '/'));
}

static int begin(struct service *s, struct err *err)
{
	int r;

	s->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->wake >= 0 && s->address_len)
		s->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->wake < 0 || (s->address_len && s->socket < 0))
		return err_set(err, errno, "cannot open a descriptor for system services: %s",
			       strerror(errno));
	r = pthread_create(&s->thread, NULL, service_main, s);
	if (r != 0)
		return err_set(err, r, "cannot start the thread for system services: %s",
			       strerror(r));
	session_observe(s->session, wake, s);
	wake(s);
	return 0;
}

static void discard(struct service *s)
{
	if (s->wake >= 0)
		close(s->wake);
	if (s->socket >= 0)
		close(s->socket);
	free(s);
}

int service_new(struct service **out, struct session *session, const char *socket, bool scope,
		struct err *err)
{
	struct service *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	if (!s)
		return err_set(err, ENOMEM, "not enough memory to start");
	s->session = session;
	s->socket = s->wake = s->lock.fd = -1;
	s->lock.scope = scope;
	set_address(s, socket);
	r = begin(s, err);
	if (r < 0) {
		discard(s);
		return r;
	}
	*out = s;
	return 0;
}

void service_ready(struct service *s)
{
	atomic_store(&s->ready, true);
	wake(s);
}

void service_stopping(struct service *s)
{
	if (!s)
		return;
	atomic_store(&s->stopping, true);
	wake(s);
}

void service_free(struct service *s)
{
	if (!s)
		return;
	session_observe(s->session, NULL, NULL);
	atomic_store(&s->stopping, true);
	atomic_store(&s->ended, true);
	wake(s);
	pthread_join(s->thread, NULL);
	discard(s);
}
