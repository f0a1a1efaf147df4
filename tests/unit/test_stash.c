/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * src/stash on a real directory: whose it is, what is refused, the calls at any depth, taking up,
 * deleting, the log of attributes, the note. What needs a file system of its own runs in a mount
 * namespace and is skipped, with a word, where there can be none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "stash/stash.h"

enum { DEPTH = 5000 };

static char top[64];            /* each test's own directory */
static char place[128];         /* where its stash goes */
static struct err err;

static const char *in(const char *dir, const char *name)
{
	static char paths[4][PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % ARRAY_SIZE(paths)];

	assert_in_range(snprintf(path, PATH_MAX, "%s/%s", dir, name), 1, PATH_MAX - 1);
	return path;
}

static bool exists(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

static unsigned count(const char *path)
{
	DIR *dir = opendir(path);
	unsigned n = 0;

	assert_non_null(dir);
	while (readdir(dir))
		n++;
	closedir(dir);
	return n - 2;
}

static const char *only_entry(const char *path)
{
	const char *entry = NULL;
	struct dirent *e;
	DIR *dir = opendir(path);

	assert_non_null(dir);
	while ((e = readdir(dir)))
		if (e->d_name[0] != '.')
			entry = in(path, e->d_name);
	closedir(dir);
	assert_int_equal(count(path), 1);
	return entry;
}

static mode_t mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 07777;
}

static void put_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static struct stash *open_stash(void)
{
	struct stash *s = NULL;

	if (stash_open(&s, place, "/mnt/disc", &err) < 0)
		fail_msg("stash_open: %s", err.msg);
	return s;
}

static int refusal(const char *path)
{
	struct stash *s;
	int r = stash_open(&s, path, "/mnt/disc", &err);

	assert_true(r < 0);
	assert_int_equal(err.code, -r);
	assert_non_null(strstr(err.msg, path));
	return r;
}

static void make(struct stash *s, const char *path)
{
	int fd = -1;

	assert_int_equal(stash_create(s, path, 0644, &fd), 0);
	assert_int_equal(write_at(fd, path, strnlen(path, 20), 0), 0);
	close(fd);
}

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/burnfs-test.XXXXXX");
	if (!mkdtemp(top))
		return -1;
	snprintf(place, sizeof(place), "%s/cache/burnfs/stash", top);
	return 0;
}

/* The stash's own deleting is what clears up after deep trees, too. */
static int tear_down(void **state)
{
	struct stash *s;

	(void)state;
	if (stash_open(&s, place, "/mnt/disc", NULL) == 0)
		stash_close(s, true);
	rmdir(in(top, "cache/burnfs"));
	rmdir(in(top, "cache"));
	if (rmdir(top) < 0)
		print_message("left behind: %s\n", top);
	return 0;
}

/* ---- whose it is ---- */

static void a_new_stash_is_private_and_kept(void **state)
{
	struct stash *s = open_stash();

	(void)state;
	assert_string_equal(stash_path(s), place);
	assert_int_equal(mode_of(place), 0700);
	assert_int_equal(mode_of(in(top, "cache")), 0700);
	assert_int_equal(mode_of(in(place, "data")), 0700);
	assert_true(exists(in(place, "audio")));
	make(s, "data/kept");
	stash_close(s, false);
	assert_true(exists(in(place, "data/kept")));
	s = open_stash();
	assert_true(exists(in(place, "data/kept")));
	stash_close(s, false);
	stash_close(NULL, true);
}

static void discarding_removes_what_burnfs_made(void **state)
{
	struct stash *s = open_stash();

	(void)state;
	make(s, "data/f");
	stash_close(s, true);
	assert_false(exists(place));
	assert_true(exists(in(top, "cache/burnfs")));
	/* Made by burnfs is remembered from mount to mount. */
	stash_close(open_stash(), false);
	stash_close(open_stash(), true);
	assert_false(exists(place));
}

static void discarding_leaves_a_directory_of_the_user(void **state)
{
	struct stash *s;

	(void)state;
	mkdir(in(top, "cache"), 0700);
	mkdir(in(top, "cache/burnfs"), 0700);
	mkdir(place, 0755);
	s = open_stash();
	assert_int_equal(mode_of(place), 0700);
	make(s, "data/f");
	stash_close(s, true);
	assert_int_equal(count(place), 0);
	/* Somebody's file in it stays, and the stash can be taken again. */
	s = open_stash();
	put_file(in(place, "notes"), "mine");
	make(s, "audio/f");
	stash_close(s, true);
	assert_int_equal(count(place), 2);
	assert_true(exists(in(place, "notes")));
	s = open_stash();
	assert_int_equal(count(in(place, "audio")), 0);
	unlink(in(place, "notes"));
	stash_close(s, true);
	assert_int_equal(count(place), 0);
	rmdir(place);
}

static void a_slash_at_the_end_and_a_link_are_no_matter(void **state)
{
	struct stash *s;

	(void)state;
	assert_int_equal(stash_open(&s, in(top, "cache/burnfs/stash//"), "/m", &err), 0);
	assert_string_equal(stash_path(s), place);
	stash_close(s, false);
	assert_int_equal(symlink(place, in(top, "link")), 0);
	assert_int_equal(stash_open(&s, in(top, "link"), "/m", &err), 0);
	stash_close(s, true);
	assert_false(exists(in(place, "data")));
	assert_true(exists(in(top, "link")));
	unlink(in(top, "link"));
	rmdir(place);
}

static void other_directories_are_refused_untouched(void **state)
{
	struct stash *s;

	(void)state;
	mkdir(in(top, "home"), 0750);
	put_file(in(top, "home/letter"), "dear");
	assert_int_equal(refusal(in(top, "home")), -ENOTEMPTY);
	assert_int_equal(mode_of(in(top, "home")), 0750);
	assert_int_equal(count(in(top, "home")), 1);
	unlink(in(top, "home/letter"));
	mkdir(in(top, "home/data"), 0700);
	assert_int_equal(refusal(in(top, "home")), -ENOTEMPTY);
	rmdir(in(top, "home/data"));
	mkdir(in(top, "home/lost+found"), 0700);
	assert_int_equal(refusal(in(top, "home")), -ENOTEMPTY);
	rmdir(in(top, "home/lost+found"));
	rmdir(in(top, "home"));
	put_file(in(top, "file"), "");
	assert_int_equal(refusal(in(top, "file")), -ENOTDIR);
	assert_int_equal(refusal(in(top, "file/below")), -ENOTDIR);
	unlink(in(top, "file"));
	assert_int_equal(stash_open(&s, "some/where", "/m", &err), -EINVAL);
}

static void marks_that_are_none_are_refused(void **state)
{
	const char *mark;
	FILE *f;

	(void)state;
	stash_close(open_stash(), false);
	mark = in(place, "burnfs.stash");
	rename(mark, in(place, "data/true"));

	put_file(mark, "burnfs stash, version 2\nmade=yes\n");
	assert_int_equal(refusal(place), -EINVAL);
	assert_non_null(strstr(err.msg, "version 2"));
	put_file(mark, "burnfs stash, version 1x\n");
	assert_int_equal(refusal(place), -EINVAL);
	put_file(mark, "");
	assert_int_equal(refusal(place), -EINVAL);
	f = fopen(mark, "w");
	for (int i = 0; i < 100000; i++)
		putc('a', f);
	fclose(f);
	assert_int_equal(refusal(place), -EINVAL);
	unlink(mark);
	assert_int_equal(symlink("data/true", mark), 0);
	assert_int_equal(refusal(place), -EINVAL);
	unlink(mark);
	assert_int_equal(mkfifo(mark, 0600), 0);
	assert_int_equal(refusal(place), -EINVAL);
	unlink(mark);
	assert_int_equal(link(in(place, "data/true"), mark), 0);
	assert_int_equal(refusal(place), -EINVAL);
	unlink(in(place, "data/true"));
	stash_close(open_stash(), false);
}

static void a_branch_that_is_no_directory_is_refused(void **state)
{
	(void)state;
	stash_close(open_stash(), false);
	rmdir(in(place, "data"));
	mkdir(in(top, "victim"), 0700);
	put_file(in(top, "victim/file"), "");
	assert_int_equal(symlink(in(top, "victim"), in(place, "data")), 0);
	assert_int_equal(refusal(place), -ENOTDIR);
	assert_int_equal(unlink(in(place, "data")), 0);
	unlink(in(top, "victim/file"));
	assert_int_equal(rmdir(in(top, "victim")), 0);
}

/* ---- several processes ---- */

struct child {
	pid_t pid;
	int from, to;
};

/* Runs @body in another process; both ends get a byte by byte line to the other. */
static struct child start(void (*body)(struct child *parent))
{
	struct child child, parent;
	int down[2], up[2];

	assert_int_equal(pipe(down), 0);
	assert_int_equal(pipe(up), 0);
	child = (struct child){ .from = up[0], .to = down[1] };
	parent = (struct child){ .from = down[0], .to = up[1] };
	fflush(NULL);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		/* A failed assertion shall end this process, not go on with the parent's tests. */
		setenv("CMOCKA_TEST_ABORT", "1", 1);
		close(child.from);
		close(child.to);
		body(&parent);
		_exit(0);
	}
	close(parent.from);
	close(parent.to);
	return child;
}

static void tell(const struct child *c)
{
	assert_int_equal(write(c->to, "x", 1), 1);
}

static void hear(const struct child *c)
{
	char x;

	assert_int_equal(read(c->from, &x, 1), 1);
}

static void finish(struct child *c)
{
	int status = -1;

	waitpid(c->pid, &status, 0);
	close(c->from);
	close(c->to);
	if (status != 0)
		fail_msg("the other process ended with status %#x", (unsigned)status);
}

static void hold(struct child *parent)
{
	struct stash *s;

	if (stash_open(&s, place, "/mnt/other disc", NULL) < 0)
		_exit(1);
	tell(parent);
	hear(parent);
	stash_close(s, true);
}

static void one_stash_has_one_daemon(void **state)
{
	struct child child = start(hold);
	double begin = time_monotonic();
	char pid[32];

	(void)state;
	hear(&child);
	assert_int_equal(refusal(place), -EBUSY);
	assert_true(time_monotonic() - begin < 12);
	snprintf(pid, sizeof(pid), "process %ld, ", (long)child.pid);
	assert_non_null(strstr(err.msg, pid));
	assert_non_null(strstr(err.msg, "/mnt/other disc"));
	tell(&child);
	finish(&child);
	stash_close(open_stash(), true);
}

static void hold_and_close_slowly(struct child *parent)
{
	struct stash *s;

	if (stash_open(&s, place, "/mnt/disc", NULL) < 0)
		_exit(1);
	make(s, "data/f");
	stash_closing(s);
	tell(parent);
	poll(NULL, 0, 300);
	stash_close(s, false);
}

static void a_closing_daemon_is_waited_for(void **state)
{
	struct child child = start(hold_and_close_slowly);
	struct stash *s;

	(void)state;
	hear(&child);
	s = open_stash();
	assert_true(exists(in(place, "data/f")));
	stash_close(s, true);
	finish(&child);
}

static void die_with_it(struct child *parent)
{
	struct stash *s;

	(void)parent;
	if (stash_open(&s, place, "/mnt/disc", NULL) < 0)
		_exit(1);
	make(s, "data/f");
	_exit(0);
}

static void a_dead_daemon_leaves_its_stash(void **state)
{
	struct child child = start(die_with_it);

	(void)state;
	finish(&child);
	stash_close(open_stash(), false);
	assert_true(exists(in(place, "data/f")));
}

/*
 * Take the stash, find it empty, fill it, find it as it was filled, throw it away: over and over.
 */
static void come_and_go(struct child *parent)
{
	for (int i = 0; i < 60; i++) {
		char path[64];
		struct stash *s;
		struct stat st;

		if (stash_open(&s, place, "/mnt/disc", &err) < 0) {
			fprintf(stderr, "round %d: %s\n", i, err.msg);
			_exit(1);
		}
		if (count(in(place, "data")) || count(in(place, "audio")))
			_exit(2);
		if (stash_mkdir(s, "data/dir", 0700) < 0)
			_exit(3);
		for (int k = 0; k < 20; k++) {
			snprintf(path, sizeof(path), "data/dir/%ld-%d", (long)getpid(), k);
			make(s, path);
		}
		if (i % 3 == 0 && stash_clear(s, "data") < 0)
			_exit(4);
		if (i % 3 && (count(in(place, "data/dir")) != 20 || stash_stat(s, path, &st) < 0))
			_exit(5);
		stash_close(s, true);
	}
	close(parent->to);
}

static void daemons_follow_each_other_on_one_stash(void **state)
{
	struct child children[3];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		children[i] = start(come_and_go);
	for (size_t i = 0; i < ARRAY_SIZE(children); i++)
		finish(&children[i]);
	assert_true(!exists(place) || count(place) == 0);
	rmdir(place);
}

/* In place of the C library's: what another daemon does between our open(2) and our flock(2). */
static void (*before_flock)(void);

int flock(int fd, int operation)
{
	void (*other)(void) = before_flock;

	before_flock = NULL;
	if (other)
		other();
	return (int)syscall(SYS_flock, fd, operation);
}

static void remove_stash(void)
{
	stash_close(open_stash(), true);
}

static void replace_stash(void)
{
	remove_stash();
	stash_close(open_stash(), false);
}

/* Whether the mark that others see is the one that a daemon of ours wrote to. */
static bool mark_says_open(void)
{
	char text[4096] = "";
	FILE *f = fopen(in(place, "burnfs.stash"), "r");

	if (!f)
		return false;
	assert_true(fread(text, 1, sizeof(text) - 1, f) > 0);
	fclose(f);
	return strstr(text, "\nstate=open\n");
}

static void a_stash_removed_at_the_last_moment_is_made_anew(void **state)
{
	static void (*const others[])(void) = { remove_stash, replace_stash };

	(void)state;
	/* First with a directory that goes too, then with one that only loses its mark. */
	for (size_t i = 0; i < 2 * ARRAY_SIZE(others); i++) {
		struct stash *s;

		if (i == ARRAY_SIZE(others))
			mkdir(place, 0700);
		stash_close(open_stash(), false);
		before_flock = others[i % ARRAY_SIZE(others)];
		s = open_stash();
		assert_null(before_flock);
		assert_true(mark_says_open());
		make(s, "data/f");
		assert_true(exists(in(place, "data/f")));
		stash_close(s, true);
	}
	assert_int_equal(rmdir(place), 0);
}

/* ---- calls ---- */

static void calls_work_and_say_errno(void **state)
{
	const struct timespec times[2] = { { 1000, 5 }, { 2000, 7 } };
	struct stash *s = open_stash();
	struct statvfs vfs;
	struct stat st;
	int fd;

	(void)state;
	assert_int_equal(stash_mkdir(s, "data/d", 0), 0);
	assert_int_equal(stash_create(s, "data/d/f", 06000, &fd), 0);
	close(fd);
	assert_int_equal(stash_create(s, "data/d/f", 0600, &fd), -EEXIST);
	assert_int_equal(stash_stat(s, "data/d", &st), 0);
	assert_int_equal(st.st_mode, S_IFDIR | 0700);
	assert_int_equal(stash_stat(s, "data/d/f", &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0600);
	assert_int_equal(stash_mknod(s, "data/p", S_IFIFO), 0);
	assert_int_equal(stash_symlink(s, "data/l", "d"), 0);
	assert_int_equal(stash_open_file(s, "data/l", O_RDONLY), -ELOOP);
	assert_int_equal(stash_open_file(s, "data/none", O_RDWR | O_CREAT), -ENOENT);
	fd = stash_open_file(s, "data/d/f", O_RDONLY);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_true(fcntl(fd, F_GETFL) & O_NOATIME);
	close(fd);
	assert_int_equal(stash_link(s, "data/d/f", "data/g"), 0);
	assert_int_equal(stash_link(s, "data/l", "data/l2"), 0);
	assert_int_equal(stash_stat(s, "data/l2", &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stash_rename(s, "data/g", "data/l", RENAME_NOREPLACE), -EEXIST);
	assert_int_equal(stash_rename(s, "data/g", "data/l", RENAME_EXCHANGE), 0);
	assert_int_equal(stash_stat(s, "data/l", &st), 0);
	assert_int_equal(st.st_nlink, 2);
	assert_int_equal(stash_set_times(s, "data/g", times), 0);
	assert_int_equal(stash_stat(s, "data/g", &st), 0);
	assert_int_equal(st.st_mtim.tv_sec, 2000);
	assert_int_equal(st.st_mtim.tv_nsec, 7);
	assert_int_equal(stash_fsyncdir(s, "data/d"), 0);
	assert_int_equal(stash_fsyncdir(s, "data/l"), -ENOTDIR);
	assert_int_equal(stash_rmdir(s, "data/d"), -ENOTEMPTY);
	assert_int_equal(stash_unlink(s, "data/d/f"), 0);
	assert_int_equal(stash_unlink(s, "data/d/f"), -ENOENT);
	assert_int_equal(stash_rmdir(s, "data/d"), 0);
	assert_int_equal(stash_statvfs(s, &vfs), 0);
	assert_true(vfs.f_blocks > 0);
	stash_close(s, true);
}

static void modes_leave_the_daemon_its_access(void **state)
{
	(void)state;
	for (mode_t m = 0; m <= 07777; m++) {
		assert_int_equal(stash_mode(S_IFREG | m), (m & 0777) | 0600);
		assert_int_equal(stash_mode(S_IFDIR | m), (m & 0777) | 0700);
	}
}

static void contains_looks_upwards(void **state)
{
	struct stash *s = open_stash();
	int inside, stash, above;

	(void)state;
	stash_mkdir(s, "data/a", 0700);
	stash_mkdir(s, "data/a/b", 0700);
	inside = stash_open_file(s, "data/a/b", O_RDONLY | O_DIRECTORY);
	stash = open(place, O_RDONLY | O_DIRECTORY);
	above = open(top, O_RDONLY | O_DIRECTORY);
	assert_true(stash_contains(s, inside));
	assert_true(stash_contains(s, stash));
	assert_false(stash_contains(s, above));
	assert_false(stash_contains(s, -1));
	close(inside);
	close(stash);
	close(above);
	stash_close(s, true);
}

/* "data/NAME/NAME/…", @n times NAME, each of @len bytes. */
static char *deep_path(unsigned n, size_t len)
{
	char *path = malloc(5 + n * (len + 1));
	char *p = path;

	assert_non_null(path);
	memcpy(p, "data", 4);
	p += 4;
	for (unsigned i = 0; i < n; i++) {
		*p++ = '/';
		memset(p, 'a' + (int)(i % 26), len);
		p += len;
	}
	*p = '\0';
	return path;
}

static void make_deep(struct stash *s, unsigned n, size_t len)
{
	char *path = deep_path(n, len);

	for (unsigned i = 1; i <= n; i++) {
		char *end = path + 4 + i * (len + 1);
		char c = *end;

		*end = '\0';
		assert_int_equal(stash_mkdir(s, path, 0700), 0);
		*end = c;
	}
	free(path);
}

static void paths_may_be_longer_than_path_max(void **state)
{
	const struct timespec times[2] = { { 1, 0 }, { 2, 0 } };
	struct stash *s = open_stash();
	/* Of several lengths, so that pieces end at many places. */
	static const size_t lengths[] = { 37, 100, 254, 255 };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		unsigned n = (unsigned)(3 * PATH_MAX / (lengths[i] + 1));
		char *dir = deep_path(n, lengths[i]);
		char *file = malloc(strlen(dir) + 10), *other = malloc(strlen(dir) + 10);
		struct stat st;
		int fd;

		make_deep(s, n, lengths[i]);
		snprintf(file, strlen(dir) + 10, "%s/file", dir);
		snprintf(other, strlen(dir) + 10, "%s/other", dir);
		make(s, file);
		fd = stash_open_file(s, file, O_RDONLY);
		assert_true(fd >= 0);
		close(fd);
		assert_int_equal(stash_link(s, file, other), 0);
		assert_int_equal(stash_link(s, file, "data/short"), 0);
		assert_int_equal(stash_rename(s, "data/short", other, RENAME_EXCHANGE), 0);
		assert_int_equal(stash_set_times(s, other, times), 0);
		assert_int_equal(stash_stat(s, other, &st), 0);
		assert_int_equal(st.st_nlink, 3);
		assert_int_equal(stash_unlink(s, file), 0);
		assert_int_equal(stash_unlink(s, file), -ENOENT);
		assert_int_equal(stash_symlink(s, file, "x"), 0);
		assert_int_equal(stash_fsyncdir(s, dir), 0);
		assert_int_equal(stash_rmdir(s, dir), -ENOTEMPTY);
		dir[5] = '!';
		assert_int_equal(stash_stat(s, dir, &st), -ENOENT);
		assert_int_equal(stash_rename(s, "data/short", dir, 0), -ENOENT);
		assert_int_equal(stash_clear(s, "data"), 0);
		free(dir);
		free(file);
		free(other);
	}
	stash_close(s, true);
	assert_false(exists(place));
}

/* ---- walking and deleting ---- */

struct seen {
	struct text paths;
	unsigned n, stop_after;
	size_t longest;
};

static int see(void *data, const char *path, const struct stat *st, const char *target)
{
	struct seen *seen = data;

	seen->n++;
	if (strlen(path) > seen->longest)
		seen->longest = strlen(path);
	if (seen->n < 100)
		text_add(&seen->paths, "%s%s%s%s\n", path, S_ISDIR(st->st_mode) ? "/" : "",
			 target ? " -> " : "", target ? target : "");
	return seen->n == seen->stop_after ? 7 : 0;
}

static void the_walk_is_in_order(void **state)
{
	struct stash *s = open_stash();
	struct seen seen = { 0 };

	(void)state;
	assert_int_equal(stash_walk(s, "data", see, &seen, &err), 0);
	assert_int_equal(seen.n, 0);
	stash_mkdir(s, "data/b", 0700);
	stash_mkdir(s, "data/b/2", 0700);
	stash_mkdir(s, "data/b/1", 0700);
	stash_mkdir(s, "data/a", 0700);
	make(s, "data/b/1/z");
	make(s, "data/b/2/y");
	make(s, "data/a/x");
	make(s, "data/B");
	make(s, "audio/t");
	stash_symlink(s, "data/a/link", "/nowhere at all");
	stash_mknod(s, "data/c", S_IFIFO | 0600);
	stash_mknod(s, "data/socket", S_IFSOCK | 0600);
	/* The one device that everybody may make. */
	assert_int_equal(mknod(in(place, "data/whiteout"), S_IFCHR | 0600, 0), 0);
	assert_int_equal(stash_walk(s, "data", see, &seen, &err), 0);
	assert_string_equal(seen.paths.data,
			    "data/B\ndata/a/\ndata/b/\ndata/c\ndata/socket\n"
			    "data/a/link -> /nowhere at all\ndata/a/x\n"
			    "data/b/1/\ndata/b/2/\ndata/b/1/z\ndata/b/2/y\n");
	seen.n = 0;
	seen.stop_after = 3;
	assert_int_equal(stash_walk(s, "data", see, &seen, &err), 7);
	assert_int_equal(seen.n, 3);
	text_free(&seen.paths);
	stash_close(s, true);
}

static void depth_has_no_limit(void **state)
{
	struct stash *s = open_stash();
	struct seen seen = { 0 };
	size_t len = 20;

	(void)state;
	make_deep(s, DEPTH, len);
	assert_int_equal(stash_walk(s, "data", see, &seen, &err), 0);
	assert_int_equal(seen.n, DEPTH);
	assert_int_equal(seen.longest, 4 + DEPTH * (len + 1));
	text_free(&seen.paths);
	assert_int_equal(stash_clear(s, "data"), 0);
	assert_int_equal(count(in(place, "data")), 0);
	assert_int_equal(count(in(place, "gone")), 1);
	stash_sweep(s);
	assert_int_equal(count(in(place, "gone")), 0);
	stash_close(s, true);
}

static void deleting_follows_no_link(void **state)
{
	struct stash *s = open_stash();

	(void)state;
	mkdir(in(top, "victim"), 0700);
	put_file(in(top, "victim/file"), "");
	stash_mkdir(s, "data/d", 0700);
	assert_int_equal(stash_symlink(s, "data/d/l", in(top, "victim")), 0);
	assert_int_equal(stash_symlink(s, "data/l", in(top, "victim")), 0);
	assert_int_equal(stash_clear(s, "data"), 0);
	assert_int_equal(symlink(in(top, "victim"), in(place, "gone/l")), 0);
	stash_sweep(s);
	assert_int_equal(count(in(place, "gone")), 0);
	assert_true(exists(in(top, "victim/file")));
	rmdir(in(place, "gone"));
	assert_int_equal(symlink(in(top, "victim"), in(place, "gone")), 0);
	make(s, "data/f");
	assert_true(stash_clear(s, "data") < 0);
	stash_sweep(s);
	assert_true(exists(in(top, "victim/file")));
	assert_true(exists(in(place, "data/f")));
	unlink(in(place, "gone"));
	stash_close(s, true);
	assert_false(exists(place));
	unlink(in(top, "victim/file"));
	rmdir(in(top, "victim"));
}

static void what_a_crash_left_is_swept(void **state)
{
	struct stash *s = open_stash();

	(void)state;
	make_deep(s, 3, 3);
	assert_int_equal(stash_clear(s, "data"), 0);
	stash_close(s, false);
	assert_int_equal(count(in(place, "gone")), 1);
	s = open_stash();
	stash_sweep(s);
	assert_int_equal(count(in(place, "gone")), 0);
	stash_close(s, true);
}

/* In place of the C library's: a slow disk. */
static atomic_bool slow_disk;
static sem_t deleted;

int unlinkat(int dir, const char *path, int flags)
{
	if (atomic_load(&slow_disk)) {
		sem_post(&deleted);
		poll(NULL, 0, 10);
	}
	return (int)syscall(SYS_unlinkat, dir, path, flags);
}

/*
 * Whoever deletes much keeps nobody waiting: neither who clears, nor who ends, nor who comes next.
 */
static void deleting_is_interrupted_and_taken_up(void **state)
{
	enum { FILES = 1000 };
	struct stash *s = open_stash();
	double begin = time_monotonic();
	char path[32];

	(void)state;
	sem_init(&deleted, 0, 0);
	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "data/%d", i);
		make(s, path);
	}
	atomic_store(&slow_disk, true);
	assert_int_equal(stash_clear(s, "data"), 0);
	stash_sweep_behind(s);
	sem_wait(&deleted);
	sem_wait(&deleted);
	stash_close(s, false);
	s = open_stash();
	assert_in_range(count(only_entry(in(place, "gone"))), FILES / 2, FILES);
	assert_true(time_monotonic() - begin < 5);
	stash_sweep_behind(s);
	assert_true(stash_sweep_wait(s, 0));
	atomic_store(&slow_disk, false);
	stash_sweep_wait(s, 60);
	assert_int_equal(count(in(place, "gone")), 0);
	assert_false(stash_sweep_wait(s, 60));
	stash_close(s, true);
	assert_false(exists(place));
}

/* ---- attributes ---- */

enum { RECORD_BYTES = 64 };

/* The path of an object with that number, of which there is one until remove_object(). */
static const char *object(unsigned number)
{
	static char path[32];

	snprintf(path, sizeof(path), "data/%u", number);
	return path;
}

static void make_object(struct stash *s, unsigned number)
{
	int fd;

	assert_int_equal(stash_create(s, object(number), 0600, &fd), 0);
	close(fd);
}

static struct stash_attr attr_of(struct stash *s, unsigned number)
{
	struct stash_attr attr = { .mode = S_IFREG | 04755, .uid = number + 1, .gid = number + 2 };

	assert_int_equal(stash_identify(s, object(number), &attr.id), 0);
	return attr;
}

static uint64_t ino_of(struct stash *s, unsigned number)
{
	struct stat st;

	assert_int_equal(stash_stat(s, object(number), &st), 0);
	return st.st_ino;
}

static void put(struct stash *s, unsigned number)
{
	struct stash_attr attr = attr_of(s, number);

	assert_int_equal(stash_attr_put(s, &attr), 0);
}

static bool has(struct stash *s, unsigned number)
{
	struct stash_attr want, attr = { .mode = 0 };

	if (!stash_attr_get(s, object(number), ino_of(s, number), &attr))
		return false;
	want = attr_of(s, number);
	assert_int_equal(attr.mode, want.mode);
	assert_int_equal(attr.uid, want.uid);
	assert_int_equal(attr.gid, want.gid);
	return true;
}

static off_t log_size(void)
{
	struct stat st;

	assert_int_equal(stat(in(place, "attributes"), &st), 0);
	return st.st_size;
}

static void attributes_are_found_again(void **state)
{
	struct stash *s = open_stash();
	struct stash_attr attr;

	(void)state;
	for (unsigned i = 0; i < 3000; i++) {
		make_object(s, i);
		attr = attr_of(s, i);
		attr.uid = 77;
		assert_int_equal(stash_attr_put(s, &attr), 0);
	}
	for (unsigned i = 0; i < 3000; i++) {
		put(s, i);
		if (i % 3 == 0)
			stash_attr_forget(s, ino_of(s, i));
	}
	assert_int_equal(stash_attr_sync(s), 0);
	assert_true(has(s, 1));
	assert_false(has(s, 3));
	/* What was freed is used again. */
	for (unsigned i = 0; i < 3000; i += 6)
		put(s, i);
	stash_close(s, false);

	s = open_stash();
	for (unsigned i = 0; i < 2500; i++)
		assert_int_equal(has(s, i), i % 3 != 0 || i % 6 == 0);
	stash_attr_settle(s, 3000);
	assert_true(has(s, 2498));
	/* Nobody had asked for those from 2500 on: they are forgotten. */
	assert_false(has(s, 2501));
	stash_close(s, false);
	s = open_stash();
	assert_true(has(s, 2498));
	assert_false(has(s, 2501));
	/* Of few names the file is small again. */
	assert_true(has(s, 1));
	stash_attr_settle(s, 1);
	assert_in_range(log_size(), RECORD_BYTES, 3000 * RECORD_BYTES / 4);
	assert_true(has(s, 1) && has(s, 2498));
	assert_false(has(s, 2));
	stash_close(s, true);
}

static void attributes_do_not_grow_by_changes(void **state)
{
	struct stash *s = open_stash();
	off_t size;

	(void)state;
	make_object(s, 1);
	make_object(s, 2);
	put(s, 1);
	size = log_size();
	for (unsigned i = 0; i < 10000; i++) {
		put(s, 1);
		put(s, 2);
		stash_attr_forget(s, ino_of(s, 2));
	}
	assert_int_equal(log_size(), size);
	assert_true(has(s, 1));
	assert_false(has(s, 2));
	stash_close(s, true);
}

/*
 * Another object with the inode number of one that had attributes: forgetting those came to
 * nothing.
 */
static void attributes_are_not_inherited(void **state)
{
	struct stash *s = open_stash();
	struct stash_attr attr;

	(void)state;
	make_object(s, 1);
	attr = attr_of(s, 1);
	if (!attr.id.known) {
		print_message("skipped: the volume of /tmp has no handles nor times of birth\n");
		skip();
	}
	assert_int_equal(stash_unlink(s, object(1)), 0);
	while (make_object(s, 1), attr_of(s, 1).id.born_nsec == attr.id.born_nsec)
		assert_int_equal(stash_unlink(s, object(1)), 0);
	attr.id.ino = ino_of(s, 1);
	assert_int_equal(stash_attr_put(s, &attr), 0);
	assert_false(has(s, 1));
	stash_close(s, false);
	s = open_stash();
	assert_false(has(s, 1));
	stash_attr_settle(s, 1);
	put(s, 1);
	assert_true(has(s, 1));
	/* Each of the two alone tells them apart, where it is known. */
	attr = attr_of(s, 1);
	if (attr.id.known & STASH_ID_HANDLE) {
		attr.id.handle++;
		assert_int_equal(stash_attr_put(s, &attr), 0);
		assert_false(has(s, 1));
		attr.id.known &= ~(unsigned)STASH_ID_HANDLE;
		assert_int_equal(stash_attr_put(s, &attr), 0);
		assert_true(has(s, 1));
	}
	attr.id.born_sec++;
	assert_int_equal(stash_attr_put(s, &attr), 0);
	assert_false(has(s, 1));
	stash_close(s, true);
}

static void a_torn_log_is_read_as_far_as_it_goes(void **state)
{
	struct stash *s = open_stash();
	unsigned found = 0;
	int fd;

	(void)state;
	for (unsigned i = 1; i <= 10; i++) {
		make_object(s, i);
		put(s, i);
	}
	stash_close(s, false);
	/* Half a record at the end, a wrong one in the middle: their neighbours stand. */
	assert_int_equal(truncate(in(place, "attributes"), 11 * RECORD_BYTES - 5), 0);
	fd = open(in(place, "attributes"), O_RDWR);
	assert_int_equal(write_at(fd, "garbage", 7, 5 * RECORD_BYTES + 8), 0);
	close(fd);
	s = open_stash();
	for (unsigned i = 1; i <= 10; i++)
		found += has(s, i);
	assert_int_equal(found, 8);
	assert_false(has(s, 5));
	assert_false(has(s, 10));
	put(s, 10);
	put(s, 5);
	stash_close(s, false);
	s = open_stash();
	for (unsigned i = 1; i <= 10; i++)
		assert_true(has(s, i));
	stash_close(s, true);
}

static void a_copied_log_is_not_believed(void **state)
{
	struct stash *s = open_stash();
	static char log[1024 * 1024];
	ssize_t n;
	int fd;

	(void)state;
	make_object(s, 5);
	put(s, 5);
	stash_close(s, false);
	fd = open(in(place, "attributes"), O_RDONLY);
	n = read(fd, log, sizeof(log));
	close(fd);
	assert_true(n > 0);
	assert_int_equal(rename(place, in(top, "old")), 0);
	stash_close(open_stash(), false);
	/* The very object, in another directory. */
	assert_int_equal(link(in(top, "old/data/5"), in(place, "data/5")), 0);
	fd = open(in(place, "attributes"), O_WRONLY | O_TRUNC);
	assert_int_equal(write(fd, log, (size_t)n), n);
	close(fd);
	s = open_stash();
	assert_false(has(s, 5));
	put(s, 5);
	stash_close(s, false);
	s = open_stash();
	assert_true(has(s, 5));
	stash_close(s, true);
	/* A stash that was moved is still itself. */
	assert_int_equal(rename(in(top, "old"), place), 0);
	s = open_stash();
	assert_true(has(s, 5));
	stash_close(s, true);
}

/* As earlier versions appended them. */
struct old_record {
	uint64_t ino;
	uint32_t mode, uid, gid, kind;
	uint64_t check;
};

static void append_old(int fd, struct old_record r)
{
	const unsigned char *p = (const unsigned char *)&r;

	r.check = 14695981039346656037u;
	for (size_t i = 0; i < offsetof(struct old_record, check); i++)
		r.check = (r.check ^ p[i]) * 1099511628211u;
	assert_int_equal(write(fd, &r, sizeof(r)), sizeof(r));
}

static void a_log_of_an_earlier_version_is_read(void **state)
{
	enum { ATTR = 1, FORGET = 2, OWNER = 3 };
	struct stash *s = open_stash();
	struct stash_id dir;
	struct timespec now;
	int fd;

	(void)state;
	for (unsigned i = 1; i <= 3; i++)
		make_object(s, i);
	assert_int_equal(stash_identify(s, ".", &dir), 0);
	fd = open(in(place, "attributes"), O_WRONLY | O_TRUNC);
	append_old(fd, (struct old_record){ dir.ino, (uint32_t)dir.born_sec,
					    (uint32_t)((uint64_t)dir.born_sec >> 32), dir.born_nsec,
					    OWNER });
	append_old(fd, (struct old_record){ ino_of(s, 1), S_IFREG, 0, 0, ATTR });
	append_old(fd, (struct old_record){ ino_of(s, 2), S_IFREG | 04755, 3, 4, ATTR });
	append_old(fd, (struct old_record){ ino_of(s, 1), S_IFREG | 04755, 2, 3, ATTR });
	append_old(fd, (struct old_record){ ino_of(s, 2), 0, 0, 0, FORGET });
	append_old(fd, (struct old_record){ ino_of(s, 3), S_IFREG | 04755, 4, 5, ATTR });
	assert_int_equal(write(fd, "torn", 4), 4);
	close(fd);
	stash_close(s, false);
	/* An object that is younger than all that the log says is none that it knew. */
	clock_gettime(CLOCK_REALTIME, &now);
	while (time_now().tv_sec == now.tv_sec && time_now().tv_nsec <= now.tv_nsec)
		continue;
	assert_int_equal(unlink(in(place, "data/3")), 0);
	fd = open(in(place, "data/3"), O_WRONLY | O_CREAT, 0600);
	close(fd);
	for (unsigned round = 0; round < 2; round++) {
		s = open_stash();
		assert_true(has(s, 1));
		assert_false(has(s, 2));
		assert_false(has(s, 3));
		stash_close(s, false);
	}
	s = open_stash();
	assert_true(has(s, 1));
	stash_attr_settle(s, 3);
	assert_true(has(s, 1));
	stash_close(s, true);
}

/* ---- the note ---- */

#define NOTE(len)                                                                                  \
	"burnfs image 4\nnew 1 2 3 4\nold 1 2 3 4\n" len "\nnew 0 0 0 0\nold 0 0 0 0\n0 \n"

static void assert_same_file(const struct noted_file *a, const struct noted_file *b)
{
	assert_true(a->ino == b->ino && a->size == b->size);
	assert_true(a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec);
}

static void the_note_comes_back_whole(void **state)
{
	/* The first second that a time_t has, of whatever width it is. */
	static const time_t first = -(((time_t)1 << (8 * sizeof(time_t) - 2)) - 1) * 2 - 2;
	static const struct noted_file extreme = { (ino_t)-1, INT64_MAX, { first, 999999999 } };
	struct image_note small = { .path = " /a\nb " };
	struct image_note large = {
		.file = { { .made = extreme, .old = extreme },
			  { .made = extreme, .old = extreme } },
	};
	struct stash *s = open_stash();
	char longer[PATH_MAX + 200];
	struct image_note n;

	(void)state;
	assert_int_equal(stash_note_read(s, &n), -ENOENT);
	assert_int_equal(stash_note_image(s, &small), 0);
	assert_int_equal(stash_note_read(s, &n), 0);
	assert_string_equal(n.path, " /a\nb ");
	assert_string_equal(n.file[0].name, "");
	assert_string_equal(n.file[1].name, "");
	assert_int_equal(n.file[0].made.ino, 0);
	memset(large.path, 'x', sizeof(large.path) - 1);
	large.path[0] = '/';
	memset(large.file[0].name, ' ', sizeof(large.file[0].name) - 1);
	memset(large.file[1].name, '\n', sizeof(large.file[1].name) - 1);
	assert_int_equal(stash_note_image(s, &large), 0);
	stash_close(s, false);
	s = open_stash();
	assert_int_equal(stash_note_read(s, &n), 0);
	assert_string_equal(n.path, large.path);
	assert_string_equal(n.file[0].name, large.file[0].name);
	assert_string_equal(n.file[1].name, large.file[1].name);
	for (unsigned i = 0; i < IMAGE_FILES; i++) {
		assert_same_file(&n.file[i].made, &extreme);
		assert_same_file(&n.file[i].old, &extreme);
	}
	snprintf(longer, sizeof(longer), NOTE("1 a") "path %s", large.path);
	put_file(in(place, "note"), longer);
	assert_int_equal(stash_note_read(s, &n), 0);
	assert_string_equal(n.file[0].name, "a");
	snprintf(longer, sizeof(longer), NOTE("1 a") "path %s/", large.path);
	put_file(in(place, "note"), longer);
	assert_int_equal(stash_note_read(s, &n), -ENAMETOOLONG);
	/* Of another version the path is told: somebody has to look there. */
	put_file(in(place, "note"), "burnfs image 3\ndev 1\nimage 2 3 4 5\npath "
				     "/out/.burnfs-1.part");
	assert_int_equal(stash_note_read(s, &n), -EINVAL);
	assert_string_equal(n.path, "/out/.burnfs-1.part");
	stash_note_clear(s);
	stash_note_clear(s);
	assert_int_equal(stash_note_read(s, &n), -ENOENT);
	/* A note may lie where the branch image/ is now. */
	stash_close(s, false);
	assert_int_equal(rmdir(in(place, "image")), 0);
	put_file(in(place, "image"), longer);
	s = open_stash();
	assert_int_equal(stash_note_read(s, &n), -ENAMETOOLONG);
	stash_close(s, true);
}

static void a_broken_note_is_told(void **state)
{
	static const char *const broken[] = {
		"", "burnfs image 4\n", "burnfs image 1\ndev 1\nino 1\npath /a",
		"burnfs image 2\ndev 1\nino 1\nsheet 0 0 \npath /a",
		NOTE("9 a") "path /a", NOTE("256 a") "path /a", NOTE("-1 a") "path /a",
		NOTE("99999999999999999999 a") "path /a", NOTE("999 a"), NOTE("1 ab") "path /a",
		NOTE("1 a"), NOTE("1 a") "pat", NOTE("1") "path /a", NOTE("") "path /a",
		"burnfs image 4\nnew 1 2 3\nold 1 2 3 4\n0 \nnew 0 0 0 0\nold 0 0 0 0\n0 \npath /a",
	};
	struct stash *s = open_stash();
	struct image_note n;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
		put_file(in(place, "note"), broken[i]);
		assert_int_equal(stash_note_read(s, &n), -EINVAL);
	}
	stash_close(s, true);
}

/* ---- the default place ---- */

static const char *default_name(const char *mountpoint)
{
	static char paths[2][PATH_MAX];
	static unsigned turn;
	char *path = paths[turn++ % 2];

	assert_int_equal(stash_default_path(mountpoint, path, PATH_MAX, &err), 0);
	return strrchr(path, '/') + 1;
}

static void default_names_are_never_shared(void **state)
{
	char a[2000], b[2000], path[PATH_MAX];
	unsigned last = sizeof(a) - 2;

	(void)state;
	assert_string_equal(default_name("/"), "-");
	assert_string_equal(default_name("/mnt/disc"), "mnt-disc");
	assert_string_equal(default_name("//mnt//disc/"), "mnt-disc");
	assert_string_equal(default_name("/mnt-disc"), "mnt\\x2ddisc");
	assert_string_equal(default_name("/.disc/.x"), "\\x2edisc-.x");
	assert_string_equal(default_name("/a b\\"), "a\\x20b\\x5c");
	assert_string_equal(default_name("/\xc3\xa4"), "\\xc3\\xa4");
	memset(a, 'x', sizeof(a));
	a[0] = '/';
	a[last + 1] = '\0';
	memcpy(b, a, sizeof(b));
	b[last] = 'y';
	assert_string_not_equal(default_name(a), default_name(b));
	assert_in_range(strlen(default_name(a)), 200, 255);
	assert_int_equal(stash_default_path("mnt", path, sizeof(path), &err), -EINVAL);
	assert_int_equal(stash_default_path("/mnt", path, 5, &err), -ENAMETOOLONG);
}

/* A cache is cleared, and what was moved into a stash may be the only copy. */
static void the_default_place_is_no_cache(void **state)
{
	char path[PATH_MAX];

	(void)state;
	setenv("XDG_STATE_HOME", "/x/state", 1);
	setenv("XDG_CACHE_HOME", "/x/cache", 1);
	setenv("HOME", "/x/home", 1);
	stash_default_path("/m", path, sizeof(path), &err);
	assert_string_equal(path, geteuid() ? "/x/state/burnfs/m" : "/var/lib/burnfs/m");
	stash_former_path("/m", path, sizeof(path), &err);
	assert_string_equal(path, geteuid() ? "/x/cache/burnfs/m" : "/var/cache/burnfs/m");
	setenv("XDG_STATE_HOME", "not/absolute", 1);
	stash_default_path("/m", path, sizeof(path), &err);
	assert_string_equal(path,
			    geteuid() ? "/x/home/.local/state/burnfs/m" : "/var/lib/burnfs/m");
	unsetenv("XDG_STATE_HOME");
	unsetenv("XDG_CACHE_HOME");
	unsetenv("HOME");
	assert_int_equal(stash_default_path("/m", path, sizeof(path), &err), 0);
	assert_int_equal(path[0], '/');
}

static struct stash *open_from(const char *path, const char *former)
{
	struct stash *s = NULL;

	if (stash_open_from(&s, path, former, "/mnt/disc", &err) < 0)
		fail_msg("stash_open_from: %s", err.msg);
	return s;
}

static void a_stash_is_taken_up_from_its_former_place(void **state)
{
	char fresh[PATH_MAX];
	struct stash *s;

	(void)state;
	snprintf(fresh, sizeof(fresh), "%s/state/burnfs/stash", top);
	/* Nothing in the former place, not even the place. */
	s = open_from(fresh, place);
	assert_string_equal(stash_path(s), fresh);
	stash_close(s, true);
	assert_false(exists(fresh));
	assert_false(exists(place));

	s = open_stash();
	make(s, "data/file");
	stash_close(s, false);
	s = open_from(fresh, place);
	assert_string_equal(stash_path(s), fresh);
	assert_true(exists(in(fresh, "data/file")));
	assert_false(exists(place));
	stash_close(s, false);
	/* Once it has moved it is like any other, and goes as a whole. */
	s = open_from(fresh, place);
	make(s, "data/another");
	stash_close(s, true);
	assert_false(exists(fresh));

	/* Stashes in both places: neither is touched for the other. */
	s = open_stash();
	make(s, "data/old");
	stash_close(s, false);
	assert_int_equal(stash_open(&s, fresh, "/mnt/disc", &err), 0);
	make(s, "data/new");
	stash_close(s, false);
	s = open_from(fresh, place);
	assert_string_equal(stash_path(s), fresh);
	assert_true(exists(in(fresh, "data/new")));
	assert_true(exists(in(place, "data/old")));
	stash_close(s, true);

	/* Where it cannot go it is used where it is. */
	assert_int_equal(mkdir(fresh, 0700), 0);
	put_file(in(fresh, "foreign"), "x");
	s = open_from(fresh, place);
	assert_string_equal(stash_path(s), place);
	assert_true(exists(in(place, "data/old")));
	stash_close(s, true);
	assert_int_equal(unlink(in(fresh, "foreign")), 0);
	assert_int_equal(rmdir(fresh), 0);
	assert_int_equal(rmdir(in(top, "state/burnfs")), 0);
	assert_int_equal(rmdir(in(top, "state")), 0);
}

/* A link of somebody else's could lead to any directory of ours that is empty. */
static void links_on_the_way(void **state)
{
	struct stash *s;

	(void)state;
	assert_int_equal(mkdir(in(top, "real"), 0755), 0);
	assert_int_equal(symlink("real", in(top, "link")), 0);
	assert_int_equal(symlink("nothing", in(top, "dangling")), 0);
	assert_int_equal(symlink("loop", in(top, "loop")), 0);
	snprintf(place, sizeof(place), "%s/link/below", top);
	s = open_stash();
	assert_true(exists(in(top, "real/below/data")));
	stash_close(s, true);
	assert_false(exists(in(top, "real/below")));
	assert_int_equal(refusal(in(top, "dangling")), -ENOENT);
	assert_int_equal(refusal(in(top, "loop")), -ELOOP);
	assert_false(exists(in(top, "nothing")));
	if (geteuid() != 0 || lchown(in(top, "link"), 1, 1) < 0) {
		print_message("only as root: links of others are not tried\n");
	} else {
		assert_int_equal(refusal(in(top, "link")), -EPERM);
		assert_non_null(strstr(err.msg, "user 1"));
		assert_int_equal(refusal(in(top, "link/below")), -EPERM);
		assert_int_equal(mode_of(in(top, "real")), 0755);
		assert_int_equal(count(in(top, "real")), 0);
	}
	unlink(in(top, "link"));
	unlink(in(top, "dangling"));
	unlink(in(top, "loop"));
	rmdir(in(top, "real"));
	snprintf(place, sizeof(place), "%s/cache/burnfs/stash", top);
}

/* ---- volumes ---- in a mount namespace of its own: the child's mounts go with it */

static void on_volumes(struct child *parent)
{
	struct stash *s;
	struct seen seen = { 0 };
	char path[64], mnt[PATH_MAX];
	int fd, n;

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("tmpfs", top, "tmpfs", 0, "size=1m,nr_inodes=60") < 0) {
		print_message("skipped: no mount namespace with a tmpfs: %s\n", strerror(errno));
		_exit(0);
	}
	(void)parent;
	/* The root of a volume with its lost+found. */
	mkdir(in(top, "lost+found"), 0700);
	assert_int_equal(stash_open(&s, top, "/m", &err), 0);

	/* Another file system in the stash is passed over and survives. */
	stash_mkdir(s, "data/d", 0700);
	stash_mkdir(s, "data/d/mnt", 0700);
	assert_int_equal(mount("tmpfs", in(top, "data/d/mnt"), "tmpfs", 0, "size=1m"), 0);
	put_file(in(top, "data/d/mnt/file"), "");
	assert_int_equal(stash_walk(s, "data", see, &seen, &err), 0);
	assert_string_equal(seen.paths.data, "data/d/\n");
	assert_int_equal(stash_clear(s, "data"), 0);
	stash_sweep(s);
	assert_int_equal(count(in(top, "gone")), 1);
	snprintf(mnt, sizeof(mnt), "%s", only_entry(only_entry(in(top, "gone"))));
	assert_int_equal(count(mnt), 1);
	assert_int_equal(umount(mnt), 0);
	stash_sweep(s);
	snprintf(mnt, sizeof(mnt), "%s/gone/mnt", top);
	mkdir(mnt, 0700);
	assert_int_equal(mount("tmpfs", mnt, "tmpfs", 0, "size=1m"), 0);
	put_file(in(mnt, "file"), "");
	stash_sweep(s);
	assert_int_equal(count(mnt), 1);
	assert_int_equal(umount(mnt), 0);
	stash_sweep(s);
	assert_int_equal(count(in(top, "gone")), 0);

	/* Full: no inode is left for a new branch but those that clearing sets free. */
	for (n = 0;; n++) {
		snprintf(path, sizeof(path), "data/%d", n);
		if (stash_create(s, path, 0600, &fd) < 0)
			break;
		close(fd);
	}
	assert_true(n > 10);
	assert_int_equal(stash_clear(s, "data"), 1);
	assert_int_equal(count(in(top, "data")), 0);
	stash_close(s, true);
	assert_int_equal(count(top), 1);

	/* Without room for a stash, and then not even writable. */
	for (n = 0;; n++) {
		snprintf(path, sizeof(path), "lost+found/%d", n);
		fd = open(in(top, path), O_CREAT | O_WRONLY, 0600);
		if (fd < 0)
			break;
		close(fd);
	}
	assert_int_equal(refusal(top), -ENOSPC);
	assert_int_equal(refusal(in(top, "new")), -ENOSPC);
	assert_int_equal(mount(NULL, top, NULL, MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_int_equal(refusal(top), -EROFS);
	assert_int_equal(refusal(in(top, "new/one")), -EROFS);
	text_free(&seen.paths);
}

static void volumes(void **state)
{
	struct child child = start(on_volumes);

	(void)state;
	finish(&child);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(a_new_stash_is_private_and_kept),
		ON_DISK(discarding_removes_what_burnfs_made),
		ON_DISK(discarding_leaves_a_directory_of_the_user),
		ON_DISK(a_slash_at_the_end_and_a_link_are_no_matter),
		ON_DISK(other_directories_are_refused_untouched),
		ON_DISK(marks_that_are_none_are_refused),
		ON_DISK(a_branch_that_is_no_directory_is_refused),
		ON_DISK(one_stash_has_one_daemon),
		ON_DISK(a_closing_daemon_is_waited_for),
		ON_DISK(a_dead_daemon_leaves_its_stash),
		ON_DISK(daemons_follow_each_other_on_one_stash),
		ON_DISK(a_stash_removed_at_the_last_moment_is_made_anew),
		ON_DISK(calls_work_and_say_errno),
		cmocka_unit_test(modes_leave_the_daemon_its_access),
		ON_DISK(contains_looks_upwards),
		ON_DISK(paths_may_be_longer_than_path_max),
		ON_DISK(the_walk_is_in_order),
		ON_DISK(depth_has_no_limit),
		ON_DISK(deleting_follows_no_link),
		ON_DISK(what_a_crash_left_is_swept),
		ON_DISK(deleting_is_interrupted_and_taken_up),
		ON_DISK(attributes_are_found_again),
		ON_DISK(a_torn_log_is_read_as_far_as_it_goes),
		ON_DISK(attributes_do_not_grow_by_changes),
		ON_DISK(attributes_are_not_inherited),
		ON_DISK(a_log_of_an_earlier_version_is_read),
		ON_DISK(a_copied_log_is_not_believed),
		ON_DISK(the_note_comes_back_whole),
		ON_DISK(a_broken_note_is_told),
		cmocka_unit_test(default_names_are_never_shared),
		cmocka_unit_test(the_default_place_is_no_cache),
		ON_DISK(a_stash_is_taken_up_from_its_former_place),
		ON_DISK(links_on_the_way),
		ON_DISK(volumes),
	};

	umask(0);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
