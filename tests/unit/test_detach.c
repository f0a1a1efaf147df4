/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start/detach.c: when the daemon leaves its starter, and what comes of it when either ends before.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "start/detach.h"

enum { LEFT = 10, ENDED_BY_SIGNAL, WRONG, OWN_STATUS = 7, FAILED = 32 };

static const struct timespec again = { .tv_nsec = 10000000 };

static void block_sigterm(sigset_t *signals)
{
	sigemptyset(signals);
	sigaddset(signals, SIGTERM);
	pthread_sigmask(SIG_BLOCK, signals, NULL);
}

/* What the daemon comes to. Until the starter answers it has to be in its group. */
static int daemon_main(int link)
{
	pid_t group = getpgrp();
	struct err err = { 0 };
	sigset_t signals;

	block_sigterm(&signals);
	if (group == getpid() || detach_leave(link, &err) < 0)
		return WRONG;
	for (int i = 0; i < 2000; i++) {
		bool left = getsid(0) == getpid();

		if (sigtimedwait(&signals, NULL, &again) == SIGTERM)
			return ENDED_BY_SIGNAL;
		if (left)
			return LEFT;
	}
	return WRONG;
}

/* A daemon that runs; the test is its starter, and the daemon's answer is in @link. */
static pid_t begin(int *link)
{
	pid_t pid = detach_fork(link);

	if (pid == 0)
		_exit(daemon_main(*link));
	assert_true(pid > 0);
	return pid;
}

static int status_of(pid_t pid)
{
	int status;

	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void it_leaves_when_the_mount_answers(void **state)
{
	int link;
	pid_t pid = begin(&link);

	(void)state;
	assert_int_equal(detach_wait(pid, link, "/proc", FAILED), 0);
	assert_int_equal(status_of(pid), LEFT);
}

static void it_stays_until_it_is_told(void **state)
{
	int link;
	pid_t pid = begin(&link);
	char byte;

	(void)state;
	assert_int_equal(read(link, &byte, 1), 1);
	assert_int_equal(getpgid(pid), getpgrp());
	assert_int_equal(getsid(pid), getsid(0));
	assert_int_equal(send(link, "", 1, 0), 1);
	/* The end of the link comes when it has left. */
	assert_int_equal(read(link, &byte, 1), 0);
	close(link);
	assert_int_equal(status_of(pid), LEFT);
}

static void it_ends_with_its_starter(void **state)
{
	int link;
	pid_t pid = begin(&link);

	(void)state;
	close(link);
	assert_int_equal(status_of(pid), ENDED_BY_SIGNAL);
}

static void a_mount_that_does_not_answer(void **state)
{
	int link;
	pid_t pid = begin(&link);

	(void)state;
	assert_int_equal(detach_wait(pid, link, "/nowhere/at/all", FAILED), FAILED);
	assert_int_equal(status_of(pid), ENDED_BY_SIGNAL);
}

static void the_status_of_a_daemon_that_fails(void **state)
{
	int link;
	pid_t pid = detach_fork(&link);

	(void)state;
	if (pid == 0)
		_exit(OWN_STATUS);
	assert_int_equal(detach_wait(pid, link, "/proc", FAILED), OWN_STATUS);
	pid = detach_fork(&link);
	if (pid == 0)
		_exit(0);
	assert_int_equal(detach_wait(pid, link, "/proc", FAILED), FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_leaves_when_the_mount_answers),
		cmocka_unit_test(it_stays_until_it_is_told),
		cmocka_unit_test(it_ends_with_its_starter),
		cmocka_unit_test(a_mount_that_does_not_answer),
		cmocka_unit_test(the_status_of_a_daemon_that_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
