/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a service manager is told, over a socket that the test reads when it likes. The bus is
 * tested end to end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "fixture.h"
#include "service/service.h"

static struct service *service;
static int listener;
static char address[128];

/* Listen at a path, or at a name that is in no file system. */
static void listen_at(const char *at)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	size_t len = strlen(at);

	snprintf(address, sizeof(address), "%s", at);
	memcpy(a.sun_path, at, len + 1);
	if (*at == '@')
		a.sun_path[0] = '\0';
	else
		unlink(at);
	listener = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(listener, (const struct sockaddr *)&a,
			      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
}

/* The next message, or "" if none comes within so many seconds. Good until the next call. */
static const char *heard(int seconds)
{
	static char text[4096];
	struct pollfd p = { .fd = listener, .events = POLLIN };
	ssize_t n = 0;

	if (poll(&p, 1, seconds * 1000) == 1)
		n = recv(listener, text, sizeof(text) - 1, 0);
	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Messages until one has that in it; those before must not have @never. */
static bool hears(const char *wanted, const char *never)
{
	const char *text;

	while (*(text = heard(10))) {
		if (strstr(text, wanted))
			return true;
		if (never && strstr(text, never))
			break;
	}
	print_message("'%s' instead of '%s'\n", text, wanted);
	return false;
}

static void start(const char *recorder)
{
	start_session(recorder);
	assert_int_equal(service_new(&service, fx.session, address, false, &fx.err), 0);
}

/* As start/main.c does it. */
static void stop(void)
{
	session_finish(fx.session);
	service_free(service);
	close(listener);
}

static void nothing_before_the_mount_answers(void **state)
{
	(void)state;
	listen_at(beside("socket"));
	start("none");
	session_outcome(fx.session, "burn", &(struct err){ .code = EIO, .msg = "of no matter" });
	assert_string_equal(heard(1), "");
	service_ready(service);
	assert_string_equal(heard(10), "READY=1\nSTATUS=staging; the last burn failed: of no "
				       "matter\n");
	service_stopping(service);
	assert_true(hears("STOPPING=1\n", "READY"));
	stop();
	listen_at(beside("socket"));
	assert_string_equal(heard(0), "");
	close(listener);
}

static void the_end_is_told_without_being_announced(void **state)
{
	char name[sizeof(fx.top) + 1];

	(void)state;
	snprintf(name, sizeof(name), "@%s", fx.top);
	listen_at(name);
	start("none");
	service_ready(service);
	assert_true(hears("READY=1\n", NULL));
	session_finish(fx.session);
	service_free(service);
	assert_true(hears("STOPPING=1\n", "READY"));
	close(listener);
}

static void a_job_is_followed(void **state)
{
	(void)state;
	listen_at(beside("socket"));
	start(beside("x.iso"));
	service_ready(service);
	assert_int_equal(put_file("data/f", "content", 7), 0);
	hold_job(STATE_CLOSING);
	assert_int_equal(burn(&plain_burn), 0);
	assert_true(await_hold());
	assert_true(hears("STATUS=closing [", "EXTEND"));
	/* Time is asked for while the job goes on, again and again. */
	service_stopping(service);
	assert_true(hears("STOPPING=1\n", "EXTEND"));
	for (int i = 0; i < 2; i++)
		assert_non_null(strstr(heard(10), "EXTEND_TIMEOUT_USEC="));
	let_go();
	assert_int_equal(wait_for_job(), 0);
	assert_true(hears("STATUS=staging; the last burn succeeded\n", "STOPPING"));
	stop();
}

/* Whoever listens may be slow: what matters comes later then. */
static void a_full_queue(void **state)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int other = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	(void)state;
	listen_at(beside("socket"));
	memcpy(a.sun_path, address, strlen(address) + 1);
	while (sendto(other, "x", 1, 0, (const struct sockaddr *)&a, sizeof(a)) == 1)
		;
	assert_int_equal(errno, EAGAIN);
	close(other);
	start("none");
	service_ready(service);
	/* For the first try, which has to fail; were it later, the test would only see less. */
	poll(NULL, 0, 200);
	while (strcmp(heard(0), "x") == 0)
		;
	assert_true(hears("READY=1\n", "STATUS"));
	stop();
}

static void addresses_that_are_none(void **state)
{
	char longer[200];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[0] = '/';
	longer[sizeof(longer) - 1] = '\0';
	start_session("none");
	for (int i = 0; i < 5; i++) {
		const char *const bad[] = { NULL, "", "socket", longer, beside("nobody") };

		assert_int_equal(service_new(&service, fx.session, bad[i], false, &fx.err), 0);
		service_ready(service);
		service_stopping(service);
		service_free(service);
	}
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(nothing_before_the_mount_answers),
		FRESH(the_end_is_told_without_being_announced),
		FRESH(a_job_is_followed),
		FRESH(a_full_queue),
		FRESH(addresses_that_are_none),
	};

	log_set_level(LOG_LEVEL_ERROR);
	setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere", 1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
