/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A byte from the daemon: there is a mount. A byte back: it answers. The end of the link: the
 * daemon has left.
 */
#include "start/detach.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

static bool wait_for_answer(int link)
{
	char byte;
	ssize_t n;

	do
		n = read(link, &byte, 1);
	while (n < 0 && errno == EINTR);
	return n == 1;
}

static void tell(int link)
{
	while (send(link, "", 1, MSG_NOSIGNAL) < 0 && errno == EINTR)
		;
}

pid_t detach_fork(int *link)
{
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	pid = fork();
	if (pid < 0) {
		close(ends[0]);
		close(ends[1]);
		return -1;
	}
	close(ends[pid > 0]);
	*link = ends[pid == 0];
	if (pid == 0 && chdir("/") < 0)
		log_warning("chdir /: %s", strerror(errno));
	return pid;
}

/* ---- the starter ---- */

/* Opening asks the daemon; a stat(2) could be answered by what the kernel remembers. */
static int try_mount(const char *mountpoint)
{
	cleanup_close int fd = open(mountpoint, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : 0;
}

int detach_wait(pid_t daemon, int link, const char *mountpoint, int failed)
{
	cleanup_close int end = link;
	int status, r;

	if (wait_for_answer(end)) {
		r = try_mount(mountpoint);
		if (r < 0) {
			fprintf(stderr, "burnfs: the mount at %s does not answer: %s\n", mountpoint,
				strerror(-r));
			return failed;
		}
		tell(end);
		wait_for_answer(end);
		return 0;
	}
	if (waitpid(daemon, &status, 0) == daemon && WIFEXITED(status) && WEXITSTATUS(status))
		return WEXITSTATUS(status);
	fprintf(stderr, "burnfs: the daemon ended before it could mount\n");
	return failed;
}

/* ---- the daemon ---- */

static void leave(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	setsid();
	if (null < 0)
		return;
	log_to_syslog("burnfs");
	for (int fd = 0; fd <= 2; fd++)
		dup2(null, fd);
	close(null);
}

static void *leave_main(void *data)
{
	int link = (int)(intptr_t)data;

	tell(link);
	if (!wait_for_answer(link)) {
		log_warning("the program that started this mount ended before the mount answered");
		kill(getpid(), SIGTERM);
	}
	leave();
	close(link);
	return NULL;
}

int detach_leave(int link, struct err *err)
{
	pthread_t thread;
	int r = pthread_create(&thread, NULL, leave_main, (void *)(intptr_t)link);

	if (r != 0) {
		close(link);
		return err_set(err, r, "cannot start a thread: %s", strerror(r));
	}
	pthread_detach(thread);
	return 0;
}
