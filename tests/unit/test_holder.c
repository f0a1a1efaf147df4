/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who has a file open for writing, or maps it so: another process, which is told by its number and
 * its name.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/holder.h"

static char path[] = "/tmp/burnfs-holder.XXXXXX";

static int set_up(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 || ftruncate(fd, 4096) < 0 || close(fd) < 0;
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(path);
}

/* What a child does with the file. */
struct deed {
	int flags;       /* for open(2) */
	int rights;      /* for a shared mapping, after which it is closed; 0: none */
};

static void do_it(const struct deed *d)
{
	int fd = open(path, d->flags);

	if (fd < 0 || prctl(PR_SET_NAME, "hold\ner") < 0)
		_exit(1);
	if (d->rights &&
	    (mmap(NULL, 4096, d->rights, MAP_SHARED, fd, 0) == MAP_FAILED || close(fd) < 0))
		_exit(1);
}

static pid_t start(const struct deed *d)
{
	int ready[2];
	pid_t child;
	char byte;

	assert_int_equal(pipe(ready), 0);
	child = fork();
	if (child == 0) {
		do_it(d);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	close(ready[0]);
	return child;
}

static void check(const struct deed *d, bool found, bool mapped)
{
	pid_t child = start(d);
	struct holder h;
	bool got = holder_find(path, &h);

	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	assert_int_equal(got, found);
	if (!found)
		return;
	assert_int_equal(h.pid, child);
	assert_string_equal(h.name, "hold");
	assert_int_equal(h.mapped, mapped);
}

static void writers_are_found(void **state)
{
	(void)state;
	check(&(struct deed){ .flags = O_WRONLY }, true, false);
	check(&(struct deed){ .flags = O_RDWR | O_APPEND }, true, false);
	check(&(struct deed){ .flags = O_RDWR, .rights = PROT_READ | PROT_WRITE }, true, true);
}

static void others_are_not(void **state)
{
	struct holder h;
	int fd;

	(void)state;
	check(&(struct deed){ .flags = O_RDONLY }, false, false);
	check(&(struct deed){ .flags = O_RDWR, .rights = PROT_READ }, false, false);
	fd = open(path, O_WRONLY);
	assert_false(holder_find(path, &h)); /* we ourselves */
	close(fd);
	assert_false(holder_find("/nowhere", &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writers_are_found),
		cmocka_unit_test(others_are_not),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
