/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage's content: handles, what writes and what stands in the way of a freeze, many threads at
 * the capacity, and the judgement on sound.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>
#include <sys/syscall.h>

#include "fixture.h"

enum { THREADS = 8 };

static _Thread_local struct err refused;    /* the last refusal of this thread */
static struct err judged_wrong;             /* of a thread that judges: to be read when it is
					       done */

static void keep_refusal(void *data, const struct err *err)
{
	(void)data;
	refused = *err;
	if (strncmp(err->msg, "audio/", 6) == 0)
		judged_wrong = *err;
}

static int set_up(void **state)
{
	fixture_set_up(state);
	refused = (struct err){ 0 };
	stage_observe_refusals(fx.stage, keep_refusal, NULL);
	return 0;
}

static void check_size(void)
{
	uint64_t renamed, exact, blocks = staged_blocks();

	exact = blocks_from_scratch(stage_tree_hold(fx.stage), &renamed);
	stage_tree_release(fx.stage);
	assert_int_equal(blocks, exact);
}

/* A write through this handle, at that place, fails while the next write is under way. */
static struct {
	struct handle *handle;
	off_t off;
} broken;

ssize_t pwrite(int fd, const void *buf, size_t len, off_t off)
{
	static bool fail;
	struct handle *h = broken.handle;

	if (fail) {
		fail = false;
		errno = EIO;
		return -1;
	}
	if (h) {
		broken.handle = NULL;
		fail = true;
		assert_int_equal(stage_write(h, "y", 1, broken.off), -EIO);
	}
	return syscall(SYS_pwrite64, fd, buf, len, off);
}

static void close_file(struct handle *h)
{
	assert_int_equal(stage_flush(h), 0);
	stage_close(h);
}

/* ---- handles ---- */

static void what_is_written_is_read(void **state)
{
	struct handle *w, *r;
	char text[16];

	(void)state;
	assert_int_equal(create_file("data/f", O_WRONLY, &w), 0);
	assert_int_equal(open_file("data/f", O_RDONLY, &r), 0);
	assert_int_equal(stage_write(w, "hello", 5, 3), 5);
	assert_int_equal(stage_read(r, text, sizeof(text), 0), 8);
	assert_memory_equal(text, "\0\0\0hello", 8);
	assert_int_equal(stage_read(r, text, sizeof(text), 8), 0);
	assert_int_equal(stat_of("data/f").st_size, 8);
	assert_int_equal(stage_lseek(r, 0, SEEK_DATA), 0);
	assert_int_equal(stage_lseek(r, 8, SEEK_DATA), -ENXIO);
	assert_int_equal(stage_fsync(w, false), 0);
	assert_int_equal(stage_fsync(w, true), 0);
	stage_close(r);
	close_file(w);
	assert_int_equal(open_file("data/f", O_RDWR | O_TRUNC, &w), 0);
	assert_int_equal(stat_of("data/f").st_size, 0);
	close_file(w);
}

/* A write of nothing, wherever, alters nothing. */
static void writing_nothing(void **state)
{
	struct handle *h;

	(void)state;
	assert_int_equal(create_file("data/f", O_RDWR, &h), 0);
	assert_int_equal(stage_write(h, "", 0, 100000), 0);
	assert_int_equal(stage_write(h, "abc", 3, 0), 3);
	assert_int_equal(stage_copy(h, 0, h, 100000, 0), 0);
	assert_int_equal(stat_of("data/f").st_size, 3);
	close_file(h);
}

static void an_open_file_outlives_its_name(void **state)
{
	struct handle *h, *second;
	struct node *n;
	struct stat st = { .st_size = 3, .st_mtim = { 1, 2 } }, out;
	char text[8];

	(void)state;
	assert_int_equal(create_file("data/f", O_RDWR, &h), 0);
	assert_int_equal(stage_write(h, "content", 7, 0), 7);
	n = node_at("data/f");
	assert_int_equal(stage_open(fx.stage, n, O_RDONLY, &second), 0);
	assert_int_equal(remove_file("data/f"), 0);
	assert_int_equal(staged_blocks(), 0);
	assert_int_equal(stage_write(h, "more", 4, 7), 4);
	assert_int_equal(stage_read(second, text, 8, 3), 8);
	assert_memory_equal(text, "tentmore", 8);
	assert_int_equal(stage_setattr(fx.stage, n, h, &st, SET_SIZE | SET_MTIME, &out), 0);
	assert_int_equal(out.st_size, 3);
	assert_int_equal(out.st_nlink, 0);
	assert_int_equal(out.st_mtim.tv_nsec, 2);
	assert_int_equal(stage_fsync(h, false), 0);
	assert_int_equal(make_file("data/f"), 0);
	assert_int_equal(stat_of("data/f").st_size, 0);
	close_file(h);
	assert_int_equal(stage_read(second, text, 8, 0), 3);
	stage_close(second);
	check_size();
}

static void a_failing_write_leaves_others_their_size(void **state)
{
	static const struct { off_t good, broken, size; } cases[] = {
		{ 5000, 0, 5001 },  /* it changed what is there: the page of a mapping */
		{ 5000, 900, 5001 },
		{ 5000, 9000, 5001 },
		{ 0, 9000, 2 },
		{ 1, 1, 2 },
	};
	struct handle *a, *b;
	struct stat st;
	char name[16], path[PATH_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		snprintf(name, sizeof(name), "data/f%zu", i);
		assert_int_equal(put_file(name, "xx", 2), 0);
		assert_int_equal(open_file(name, O_RDWR, &a), 0);
		assert_int_equal(open_file(name, O_RDWR, &b), 0);
		broken.off = cases[i].broken;
		broken.handle = b;
		assert_int_equal(stage_write(a, "x", 1, cases[i].good), 1);
		assert_int_equal(stat_of(name).st_size, cases[i].size);
		snprintf(path, sizeof(path), "%s/%s", fx.stash, name);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, cases[i].size);
		close_file(a);
		close_file(b);
		check_size();
	}
}

static void a_copy_ends_where_its_source_does(void **state)
{
	struct handle *in, *out;
	char text[16];

	(void)state;
	assert_int_equal(put_file("data/in", "0123456789", 10), 0);
	assert_int_equal(open_file("data/in", O_RDONLY, &in), 0);
	assert_int_equal(create_file("data/out", O_RDWR, &out), 0);
	assert_int_equal(stage_copy(in, 4, out, 2, 1000000), 6);
	assert_int_equal(stat_of("data/out").st_size, 8);
	assert_int_equal(stage_copy(in, 10, out, 100, 5), 0);
	assert_int_equal(stage_copy(in, 100, out, 100, 5), 0);
	assert_int_equal(stat_of("data/out").st_size, 8);
	assert_int_equal(stage_read(out, text, sizeof(text), 0), 8);
	assert_memory_equal(text, "\0\000456789", 8);
	stage_close(in);
	close_file(out);
	check_size();
}

static void fallocate_as_the_kernel_means_it(void **state)
{
	struct handle *h;
	char text[4];

	(void)state;
	assert_int_equal(create_file("data/f", O_RDWR, &h), 0);
	if (stage_fallocate(h, 0, 0, 10000) == -EOPNOTSUPP) {
		close_file(h);
		print_message("skipped: the volume of /tmp has no fallocate\n");
		skip();
	}
	assert_int_equal(stat_of("data/f").st_size, 10000);
	assert_int_equal(stage_fallocate(h, FALLOC_FL_KEEP_SIZE, 0, 100000), 0);
	assert_int_equal(stat_of("data/f").st_size, 10000);
	assert_int_equal(stage_write(h, "abcd", 4, 5000), 4);
	assert_int_equal(stage_fallocate(h, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 5001, 1),
			 0);
	assert_int_equal(stage_read(h, text, 4, 5000), 4);
	assert_memory_equal(text, "a\0cd", 4);
	assert_int_equal(stage_fallocate(h, FALLOC_FL_COLLAPSE_RANGE, 0, 4096), -EOPNOTSUPP);
	assert_int_equal(stage_fallocate(h, 0, INT64_MAX - 5, 100), -ENOSPC);
	/* More than the addresses of any disc can say. */
	assert_int_equal(stage_fallocate(h, 0, 0, (off_t)BLOCKS_MAX * BLOCK_SIZE), -ENOSPC);
	assert_int_equal(stat_of("data/f").st_size, 10000);
	assert_int_equal(set_size("data/f", INT64_MAX), -ENOSPC);
	assert_int_equal(stat_of("data/f").st_size, 10000);
	close_file(h);
	check_size();
}

static void only_files_have_a_size(void **state)
{
	(void)state;
	assert_int_equal(make_symlink("data/l", "target"), 0);
	assert_int_equal(make_node("data/p", S_IFIFO | 0600), 0);
	assert_int_equal(set_size("data/l", 0), -EINVAL);
	assert_int_equal(set_size("data/p", 100), -EINVAL);
	assert_int_equal(set_size("data", 100), -EINVAL);
	assert_int_equal(stat_of("data/l").st_size, 6);
}

/*
 * Who writes alone goes past the kernel's pages; so does whoever opens beside, and later pages are
 * old.
 */
static void pages_are_trusted_where_they_are_right(void **state)
{
	struct handle *w, *r, *both;

	(void)state;
	assert_int_equal(create_file("data/f", O_WRONLY, &w), 0);
	assert_true(stage_direct(w));
	assert_int_equal(open_file("data/f", O_RDONLY, &r), 0);
	assert_true(stage_direct(r));
	stage_close(r);
	assert_int_equal(stage_write(w, "x", 1, 0), 1);
	close_file(w);
	assert_int_equal(open_file("data/f", O_RDONLY, &r), 0);
	assert_false(stage_direct(r));
	assert_false(stage_pages_valid(r));
	assert_int_equal(open_file("data/f", O_WRONLY, &w), 0);
	assert_false(stage_direct(w));
	assert_true(stage_pages_valid(w));
	assert_int_equal(stage_write(w, "x", 1, 0), 1);
	stage_close(r);
	close_file(w);
	assert_int_equal(open_file("data/f", O_RDWR, &both), 0);
	assert_false(stage_direct(both));
	assert_true(stage_pages_valid(both));
	close_file(both);
	/* A reader that came while somebody wrote, and stays, keeps nobody else from the cache. */
	assert_int_equal(open_file("data/f", O_WRONLY, &w), 0);
	assert_int_equal(open_file("data/f", O_RDONLY, &r), 0);
	assert_int_equal(open_file("data/f", O_RDWR, &both), 0);
	assert_true(stage_direct(w) && stage_direct(r) && stage_direct(both));
	assert_int_equal(stage_write(w, "y", 1, 0), 1);
	close_file(w);
	close_file(both);
	assert_int_equal(open_file("data/f", O_RDWR, &both), 0);
	assert_false(stage_direct(both));
	assert_false(stage_pages_valid(both));
	stage_close(r);
	close_file(both);
}

static void st_blocks_follow_the_content(void **state)
{
	char bytes[65536];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(put_file("data/f", bytes, sizeof(bytes)), 0);
	assert_in_range(stat_of("data/f").st_blocks, sizeof(bytes) / 512, 2 * sizeof(bytes) / 512);
}

/* ---- freezing ---- */

static void a_writer_stands_in_the_way(void **state)
{
	struct handle *h;

	(void)state;
	assert_int_equal(make_dir("data/some dir", 0755), 0);
	assert_int_equal(create_file("data/some dir/file", O_WRONLY, &h), 0);
	assert_int_equal(freeze(60), -EBUSY);
	assert_non_null(strstr(fx.err.msg, "data/some dir/file"));
	assert_non_null(strstr(fx.err.msg, "open for writing"));
	assert_int_equal(stage_write(h, "x", 1, 0), 1);
	assert_int_equal(stage_flush(h), 0);
	assert_int_equal(freeze(0.01), -EBUSY);
	assert_non_null(strstr(fx.err.msg, "open for writing"));
	assert_int_equal(stage_write(h, "x", 1, 1), 1);
	assert_int_equal(freeze(60), -EBUSY);
	stage_close(h);
	assert_int_equal(freeze(0), 0);
	assert_int_equal(freeze(0), -EBUSY);
	assert_non_null(strstr(fx.err.msg, "job"));
	stage_thaw(fx.stage);
}

/* A removed file is staged no more: who still writes to it changes nothing. */
static void a_writer_of_a_removed_file_does_not(void **state)
{
	struct stat st = { .st_size = 5, .st_mode = 0600 }, out;
	struct handle *h;
	struct node *n;
	uint64_t generation;

	(void)state;
	assert_int_equal(create_file("data/f", O_RDWR, &h), 0);
	n = node_at("data/f");
	assert_int_equal(remove_file("data/f"), 0);
	assert_int_equal(freeze(0), 0);
	generation = stage_generation(fx.stage);
	assert_int_equal(stage_write(h, "x", 1, 100), 1);
	assert_int_equal(stage_fallocate(h, 0, 0, 1000), 0);
	assert_int_equal(stage_flush(h), 0);
	stage_setattr(fx.stage, n, h, &st, SET_SIZE | SET_MODE, &out);
	stage_close(h);
	assert_int_equal(stage_generation(fx.stage), generation);
	stage_thaw(fx.stage);
	assert_int_equal(staged_blocks(), 0);
}

static void a_reader_does_not(void **state)
{
	struct handle *r, *late;

	(void)state;
	assert_int_equal(put_file("data/f", "x", 1), 0);
	assert_int_equal(open_file("data/f", O_RDONLY, &r), 0);
	assert_int_equal(freeze(0), 0);
	assert_int_equal(open_file("data/f", O_RDONLY, &late), 0);
	stage_close(late);
	stage_close(r);
	stage_thaw(fx.stage);
}

static void one_of_two_writers_was_closed(void **state)
{
	struct handle *a, *b;

	(void)state;
	assert_int_equal(create_file("data/a", O_WRONLY, &a), 0);
	assert_int_equal(create_file("data/b", O_WRONLY, &b), 0);
	assert_int_equal(stage_flush(b), 0);
	assert_int_equal(freeze(60), -EBUSY);
	assert_non_null(strstr(fx.err.msg, "data/a is still open"));
	close_file(a);
	assert_int_equal(freeze(0.01), -EBUSY);
	assert_non_null(strstr(fx.err.msg, "data/b is still open"));
	stage_close(b);
}

static void *release(void *data)
{
	struct handle **handles = data;

	for (int i = 0; i < 3; i++) {
		stage_flush(handles[i]);
		stage_close(handles[i]);
	}
	return NULL;
}

/* close(2) returns before the kernel lets go of the file. */
static void a_freeze_waits_for_what_was_closed(void **state)
{
	(void)state;
	for (int round = 0; round < 200; round++) {
		static const char *const paths[] = { "data/a", "data/b", "data/c" };
		struct handle *handles[3];
		pthread_t thread;

		for (int i = 0; i < 3; i++) {
			assert_int_equal(put_file(paths[i], "x", 1), 0);
			assert_int_equal(open_file(paths[i], O_RDWR, &handles[i]), 0);
			assert_int_equal(stage_flush(handles[i]), 0);
		}
		assert_int_equal(pthread_create(&thread, NULL, release, handles), 0);
		if (freeze(60) < 0)
			fail_msg("%s", fx.err.msg);
		stage_thaw(fx.stage);
		pthread_join(thread, NULL);
	}
}

static atomic_bool stop;

/* What a freeze in a thread of its own waits for, and comes to. */
static struct {
	struct stage_patience patience;
	sem_t waits;
	char path[256];
	atomic_bool ended;
	struct err err;
	int result;
} waiting;

static void note_waiting(void *data, const char *path)
{
	(void)data;
	snprintf(waiting.path, sizeof(waiting.path), "%s", path);
	sem_post(&waiting.waits);
}

static bool waiting_ended(void *data)
{
	(void)data;
	return atomic_load(&waiting.ended);
}

static void *freeze_in_thread(void *data)
{
	(void)data;
	waiting.result = stage_freeze(fx.stage, &waiting.patience, &waiting.err);
	return NULL;
}

/* Returns when it waits for a file. */
static void start_freeze(pthread_t *thread, double seconds)
{
	memset(&waiting, 0, sizeof(waiting));
	sem_init(&waiting.waits, 0, 0);
	waiting.patience = (struct stage_patience){
		.closed = seconds, .open = seconds, .ended = waiting_ended, .waits = note_waiting,
	};
	assert_int_equal(pthread_create(thread, NULL, freeze_in_thread, NULL), 0);
	sem_wait(&waiting.waits);
}

static void a_freeze_waits_for_writers(void **state)
{
	struct handle *a, *b, *late;
	pthread_t thread;

	(void)state;
	assert_int_equal(create_file("data/a", O_WRONLY, &a), 0);
	assert_int_equal(create_file("data/b", O_WRONLY, &b), 0);
	close_file(b);
	start_freeze(&thread, 60);
	assert_string_equal(waiting.path, "data/a");
	/* Meanwhile everything is changed as ever, but nothing more is opened for writing. */
	assert_int_equal(stage_write(a, "x", 1, 0), 1);
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(open_file("data/b", O_WRONLY, &late), -EAGAIN);
	assert_int_equal(create_file("data/c", O_WRONLY, &late), -EAGAIN);
	assert_null(node_at("data/c"));
	assert_int_equal(open_file("data/b", O_RDONLY, &late), 0);
	stage_close(late);
	close_file(a);
	pthread_join(thread, NULL);
	assert_int_equal(waiting.result, 0);
	assert_int_equal(open_file("data/b", O_WRONLY, &late), -EBUSY);
	stage_thaw(fx.stage);
	assert_int_equal(open_file("data/b", O_WRONLY, &late), 0);
	close_file(late);
}

static void a_freeze_gives_up(void **state)
{
	struct handle *h, *late;
	pthread_t thread;

	(void)state;
	assert_int_equal(create_file("data/a", O_WRONLY, &h), 0);
	start_freeze(&thread, 0.05);
	pthread_join(thread, NULL);
	assert_int_equal(waiting.result, -EBUSY);
	assert_non_null(strstr(waiting.err.msg, "data/a is still open for writing"));
	start_freeze(&thread, 60);
	atomic_store(&waiting.ended, true);
	stage_wake(fx.stage);
	pthread_join(thread, NULL);
	assert_int_equal(waiting.result, -ECANCELED);
	assert_int_equal(create_file("data/c", O_WRONLY, &late), 0);
	close_file(late);
	/* A file that is removed is waited for no more. */
	start_freeze(&thread, 60);
	assert_int_equal(remove_file("data/a"), 0);
	pthread_join(thread, NULL);
	assert_int_equal(waiting.result, 0);
	stage_thaw(fx.stage);
	close_file(h);
}

/* Someone who opens a file while a freeze waits. */
struct opener {
	struct stage_waiter turn;
	pthread_t thread;
	int result;
};

static void *await_turn(void *data)
{
	struct opener *o = data;

	o->result = stage_await_turn(fx.stage, &o->turn);
	return NULL;
}

static void start_opener(struct opener *o)
{
	*o = (struct opener){ .result = 1 };
	assert_int_equal(pthread_create(&o->thread, NULL, await_turn, o), 0);
}

static int end_of(struct opener *o)
{
	pthread_join(o->thread, NULL);
	return o->result;
}

static void whoever_opens_waits_for_his_turn(void **state)
{
	struct opener first, second;
	struct handle *h, *late;
	pthread_t thread;

	(void)state;
	assert_int_equal(create_file("data/a", O_WRONLY, &h), 0);
	start_freeze(&thread, 60);
	start_opener(&first);
	stage_interrupt(fx.stage, &first.turn);
	assert_int_equal(end_of(&first), -EINTR);
	start_opener(&first);
	close_file(h);
	pthread_join(thread, NULL);
	assert_int_equal(waiting.result, 0);
	/* The job runs, and he waits on; and so does who comes now. */
	start_opener(&second);
	assert_int_equal(create_file("data/b", O_WRONLY, &late), -EBUSY);
	stage_thaw(fx.stage);
	assert_int_equal(end_of(&first), 0);
	assert_int_equal(end_of(&second), 0);
	assert_int_equal(create_file("data/b", O_WRONLY, &late), 0);
	close_file(late);
	/* No longer than the freeze may wait: then the job has its way. */
	assert_int_equal(create_file("data/c", O_WRONLY, &h), 0);
	start_freeze(&thread, 0.3);
	close_file(h);
	pthread_join(thread, NULL);
	start_opener(&first);
	assert_int_equal(end_of(&first), 0);
	assert_int_equal(create_file("data/d", O_WRONLY, &late), -EBUSY);
	stage_thaw(fx.stage);
}

static void *change_all_the_time(void *data)
{
	unsigned number = *(unsigned *)data;
	char path[32], other[32];

	snprintf(path, sizeof(path), "data/f%u", number);
	snprintf(other, sizeof(other), "data/g%u", number);
	while (!atomic_load(&stop)) {
		put_file(path, path, 5);
		if (node_at(path))
			move(path, other, 0);
		if (node_at(other))
			remove_file(other);
	}
	return NULL;
}

/* Whatever others do, what is frozen stays as it is. */
static void a_freeze_among_changes(void **state)
{
	struct stage_patience patience = { .closed = 60, .open = 60 };
	unsigned numbers[4];
	pthread_t threads[4];

	(void)state;
	atomic_store(&stop, false);
	for (unsigned i = 0; i < 4; i++) {
		numbers[i] = i;
		assert_int_equal(pthread_create(&threads[i], NULL, change_all_the_time,
						&numbers[i]),
				 0);
	}
	for (unsigned i = 0; i < 100; i++) {
		uint64_t generation;

		assert_int_equal(stage_freeze(fx.stage, &patience, &fx.err), 0);
		generation = stage_generation(fx.stage);
		check_size();
		assert_int_equal(stage_generation(fx.stage), generation);
		stage_thaw(fx.stage);
	}
	atomic_store(&stop, true);
	for (unsigned i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	check_size();
}

/* ---- many threads ---- */

struct worker {
	pthread_t thread;
	unsigned number, created, refusals, other;
};

/* Make files and let them grow, now and then smaller, until the disc was full often enough. */
static void *fill_the_disc(void *data)
{
	struct worker *w = data;
	static const char bytes[3000];
	char path[64];

	for (unsigned i = 0; i < 400 && w->refusals < 30; i++) {
		struct handle *h;
		ssize_t n = 0;
		int r;

		snprintf(path, sizeof(path), "data/%u/a file with a name of some length %u",
			 w->number, i);
		r = create_file(path, O_WRONLY, &h);
		if (r < 0) {
			w->refusals += r == -ENOSPC;
			w->other += r != -ENOSPC;
			continue;
		}
		w->created++;
		for (off_t at = 0; at < 30000 && n >= 0; at += (off_t)sizeof(bytes))
			n = stage_write(h, bytes, sizeof(bytes), at);
		w->refusals += n == -ENOSPC;
		w->other += n < 0 && n != -ENOSPC;
		stage_flush(h);
		stage_close(h);
		if (i % 3 == 1 && n >= 0)
			w->other += set_size(path, 1000) != 0;
		if (i % 7 == 6)
			w->other += remove_file(path) != 0;
	}
	return NULL;
}

static void run_workers(struct worker *workers, void *(*work)(void *))
{
	for (unsigned i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .number = i };
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(workers[i].thread, NULL);
}

static void threads_at_the_capacity(void **state)
{
	struct worker workers[THREADS];
	unsigned created = 0, refusals = 0;
	uint64_t size;
	char path[32];

	(void)state;
	assert_int_equal(make_file("data/last"), 0);
	for (unsigned i = 0; i < THREADS; i++) {
		snprintf(path, sizeof(path), "data/%u", i);
		assert_int_equal(make_dir(path, 0755), 0);
	}
	set_capacity(staged_blocks() + 1500);
	run_workers(workers, fill_the_disc);
	for (unsigned i = 0; i < THREADS; i++) {
		assert_int_equal(workers[i].other, 0);
		created += workers[i].created;
		refusals += workers[i].refusals;
	}
	assert_in_range(created, 100, THREADS * 400);
	assert_in_range(refusals, 1, THREADS * 31);
	assert_in_range(staged_blocks(), 1, fx.settings.capacity);
	check_size();
	/* What is left is neither more nor less than what the figure says. */
	size = (fx.settings.capacity - staged_blocks()) * BLOCK_SIZE;
	assert_int_equal(set_size("data/last", size + 1), -ENOSPC);
	assert_int_equal(set_size("data/last", size), 0);
	assert_int_equal(staged_blocks(), fx.settings.capacity);
	reopen_stage();
	assert_int_equal(staged_blocks(), fx.settings.capacity);
}

/* In one directory, moving and linking beside each other. */
static void *play_with_names(void *data)
{
	struct worker *w = data;
	char a[32], b[32], c[32];

	snprintf(a, sizeof(a), "data/a%u", w->number);
	snprintf(b, sizeof(b), "data/d%u/b", w->number % 2);
	snprintf(c, sizeof(c), "data/d%u/c%u", w->number % 2, w->number);
	for (unsigned i = 0; i < 150; i++) {
		w->other += make_file(a) != 0;
		w->other += set_mode(a, 0600 + i % 64) != 0;
		w->other += make_link(a, c) != 0;
		move(a, b, 0);
		w->other += remove_file(c) != 0;
		if (w->number < 2)
			move("data/d0", "data/d1", RENAME_EXCHANGE);
		if (node_at(a))
			w->other += remove_file(a) != 0;
	}
	return NULL;
}

static void threads_and_names(void **state)
{
	struct worker workers[THREADS];

	(void)state;
	assert_int_equal(make_dir("data/d0", 0755), 0);
	assert_int_equal(make_dir("data/d1", 0755), 0);
	run_workers(workers, play_with_names);
	check_size();
}

/* Two handles of one file, one reading while the other opens and closes. */
static void *open_and_close(void *data)
{
	struct worker *w = data;

	for (unsigned i = 0; i < 500; i++) {
		struct handle *h;
		char text[8];

		if (open_file("data/shared", w->number % 2 ? O_RDONLY : O_RDWR, &h) < 0) {
			w->other++;
			continue;
		}
		w->other += stage_read(h, text, sizeof(text), 0) < 0;
		if (w->number % 2 == 0)
			w->other += stage_write(h, "x", 1, w->number) != 1;
		w->other += stage_flush(h) != 0;
		stage_close(h);
	}
	return NULL;
}

static void threads_on_one_file(void **state)
{
	struct worker workers[THREADS];

	(void)state;
	assert_int_equal(put_file("data/shared", "x", 1), 0);
	run_workers(workers, open_and_close);
	for (unsigned i = 0; i < THREADS; i++)
		assert_int_equal(workers[i].other, 0);
	assert_int_equal(freeze(0), 0);
	stage_thaw(fx.stage);
}

static void *link_and_unlink(void *data)
{
	(void)data;
	while (!atomic_load(&stop)) {
		make_link("data/f", "data/g");
		remove_file("data/g");
	}
	return NULL;
}

/* A file is there under its one name, whatever happens to the other. */
static void opening_while_another_name_goes(void **state)
{
	unsigned failed = 0;
	pthread_t thread;

	(void)state;
	assert_int_equal(put_file("data/f", "x", 1), 0);
	atomic_store(&stop, false);
	assert_int_equal(pthread_create(&thread, NULL, link_and_unlink, NULL), 0);
	for (unsigned i = 0; i < 5000; i++) {
		struct handle *h;

		if (open_file("data/f", O_RDONLY, &h) == 0)
			stage_close(h);
		else
			failed++;
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	assert_int_equal(failed, 0);
}

struct pair {
	pthread_t thread;
	unsigned number;
};

/*
 * Remove files whose attributes were kept, while others make such files and may get their inodes.
 */
static void *make_and_remove_marked(void *data)
{
	struct pair *p = data;
	char path[32];

	for (unsigned i = 0; i < 600; i++) {
		snprintf(path, sizeof(path), "data/%u/%u", p->number, i);
		make_node(path, S_IFREG | 0400);
		if (i % 4)
			remove_file(path);
	}
	return NULL;
}

static void attributes_survive_the_removal_of_others(void **state)
{
	struct pair pairs[4];
	char path[32];

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "data/%u", i);
		assert_int_equal(make_dir(path, 0755), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		pairs[i].number = i;
		assert_int_equal(pthread_create(&pairs[i].thread, NULL, make_and_remove_marked,
						&pairs[i]),
				 0);
	}
	for (unsigned i = 0; i < 4; i++)
		pthread_join(pairs[i].thread, NULL);
	reopen_stage();
	for (unsigned d = 0; d < 4; d++)
		for (unsigned i = 0; i < 600; i += 4) {
			snprintf(path, sizeof(path), "data/%u/%u", d, i);
			assert_int_equal(stat_of(path).st_mode, S_IFREG | 0400);
		}
}

/* ---- sound ---- */

static struct track_list list;

static const struct track_file *track(unsigned i)
{
	tracks_free(&list);
	assert_int_equal(stage_tracks(fx.stage, &list), 0);
	assert_in_range(i, 0, list.n - 1);
	return &list.files[i];
}

static void check_track(unsigned i, const char *path, enum sound_state state)
{
	const struct track_file *f = track(i);

	if (strcmp(f->path, path) != 0 || f->sound.state != state)
		fail_msg("track %u is %s in state %d, expected %s in %d: %s", i + 1, f->path,
			 f->sound.state, path, state, f->sound.why.msg);
}

static void sound_is_judged_at_close(void **state)
{
	struct handle *h;

	(void)state;
	assert_int_equal(put_wav("audio/track01.wav", 400), 0);
	check_track(0, "track01.wav", SOUND_OK);
	assert_int_equal(put_file("audio/track02.wav", "no sound at all", 15), -EINVAL);
	check_track(1, "track02.wav", SOUND_BAD);
	assert_int_equal(judged_wrong.code, EINVAL);
	assert_non_null(strstr(judged_wrong.msg, "audio/track02.wav"));
	/* A shell's redirect closes a descriptor before there is any content. */
	assert_int_equal(create_file("audio/track03.wav", O_WRONLY, &h), 0);
	assert_int_equal(flush_file(h, NULL), 0);
	check_track(2, "track03.wav", SOUND_EMPTY);
	assert_int_equal(stage_write(h, "RIFF", 4, 0), 4);
	check_track(2, "track03.wav", SOUND_UNJUDGED);
	assert_int_equal(flush_file(h, node_at("audio/track03.wav")), -EINVAL);
	check_track(2, "track03.wav", SOUND_BAD);
	assert_int_equal(flush_file(h, NULL), 0);
	stage_close(h);
	assert_int_equal(put_file("audio/cover.jpg", "no sound at all", 15), 0);
	assert_int_equal(put_file("audio/.track.wav", "no sound at all", 15), 0);
	assert_int_equal(put_file("audio/bare.cdr", "123", 3), -EINVAL);
	assert_int_equal(put_file("audio/bare.cdr", "1234", 4), 0);
	reopen_stage();
	check_track(0, "bare.cdr", SOUND_OK);
	check_track(1, "track01.wav", SOUND_OK);
	check_track(2, "track02.wav", SOUND_BAD);
	check_track(3, "track03.wav", SOUND_BAD);
	assert_int_equal(list.ignored, 2);
	assert_int_equal(list.sectors, 300 + 150 + 400);
}

static void a_rename_judges_anew(void **state)
{
	(void)state;
	assert_int_equal(put_file("audio/a.txt", "12345678", 8), 0);
	assert_int_equal(move("audio/a.txt", "audio/a.cdr", 0), 0);
	check_track(0, "a.cdr", SOUND_OK);
	assert_int_equal(move("audio/a.cdr", "audio/a.wav", 0), 0);
	check_track(0, "a.wav", SOUND_BAD);
	assert_int_equal(move("audio/a.wav", "audio/a.raw", 0), 0);
	check_track(0, "a.raw", SOUND_OK);
	assert_int_equal(make_file("audio/b.raw"), 0);
	assert_int_equal(move("audio/b.raw", "audio/a.raw", 0), 0);
	check_track(0, "a.raw", SOUND_EMPTY);
}

static void an_exchange_judges_both_anew(void **state)
{
	(void)state;
	assert_int_equal(put_file("audio/a.cdr", "12345678", 8), 0);
	assert_int_equal(put_file("audio/b.txt", "12345678", 8), 0);
	assert_int_equal(move("audio/a.cdr", "audio/b.txt", RENAME_EXCHANGE), 0);
	check_track(0, "a.cdr", SOUND_OK);
	assert_int_equal(move("audio/b.txt", "audio/a.cdr", RENAME_EXCHANGE), 0);
	check_track(0, "a.cdr", SOUND_OK);
}

/* What is in a hidden folder is no track, until the folder comes out. */
static void a_folder_s_rename_judges_what_is_in_it(void **state)
{
	(void)state;
	assert_int_equal(make_dir("audio/.new", 0755), 0);
	assert_int_equal(put_file("audio/.new/a.cdr", "12345678", 8), 0);
	assert_int_equal(move("audio/.new", "audio/album", 0), 0);
	check_track(0, "album/a.cdr", SOUND_OK);
}

static void another_name_leaves_the_verdict(void **state)
{
	(void)state;
	assert_int_equal(put_wav("audio/a.wav", 300), 0);
	assert_int_equal(make_link("audio/a.wav", "audio/note.txt"), 0);
	check_track(0, "a.wav", SOUND_OK);
	assert_int_equal(remove_file("audio/note.txt"), 0);
	check_track(0, "a.wav", SOUND_OK);
}

/*
 * A file with two names of different kinds is both; and what one of them leaves is not the other's.
 */
static void each_name_has_its_own_verdict(void **state)
{
	(void)state;
	assert_int_equal(put_wav("audio/a.wav", 300), 0);
	assert_int_equal(make_link("audio/a.wav", "audio/b.cdr"), 0);
	check_track(0, "a.wav", SOUND_OK);
	check_track(1, "b.cdr", SOUND_OK);
	assert_int_equal(track(0)->sound.offset, WAV_HEADER);
	assert_int_equal(track(1)->sound.offset, 0);
	assert_int_equal(remove_file("audio/b.cdr"), 0);
	assert_int_equal(track(0)->sound.offset, WAV_HEADER);
	assert_int_equal(move("audio/a.wav", "audio/c.cdr", 0), 0);
	assert_int_equal(track(0)->sound.bytes, WAV_HEADER + 300 * SECTOR_SIZE);
}

/* A descriptor was closed, another is still open: the rename judges, for no close will. */
static void a_rename_of_an_open_file_judges_it(void **state)
{
	unsigned char wav[WAV_HEADER + 8] = { 0 };
	struct handle *h;

	(void)state;
	wav_header(wav, 8);
	assert_int_equal(create_file("audio/.a.tmp", O_WRONLY, &h), 0);
	assert_int_equal(stage_write(h, wav, sizeof(wav), 0), sizeof(wav));
	assert_int_equal(flush_file(h, NULL), 0);
	assert_int_equal(move("audio/.a.tmp", "audio/a.wav", 0), 0);
	check_track(0, "a.wav", SOUND_OK);
	/* Written to again, it is the close that does. */
	assert_int_equal(stage_write(h, "x", 1, sizeof(wav)), 1);
	assert_int_equal(move("audio/a.wav", "audio/b.wav", 0), 0);
	check_track(0, "b.wav", SOUND_UNJUDGED);
	assert_int_equal(flush_file(h, NULL), 0);
	check_track(0, "b.wav", SOUND_OK);
	stage_close(h);
	/* Open for writing, but cut by its path. */
	assert_int_equal(open_file("audio/b.wav", O_RDWR, &h), 0);
	assert_int_equal(set_size("audio/b.wav", sizeof(wav)), 0);
	check_track(0, "b.wav", SOUND_OK);
	stage_close(h);
}

/* What will be decoded is not counted by its size while it is written. */
static void a_guess_refuses_nobody(void **state)
{
	unsigned char wav[WAV_HEADER] = { 0 };
	struct handle *h;

	(void)state;
	set_capacity(1000);
	wav_header(wav, UINT32_MAX);
	wav[24] = 0x80; /* 48 kHz */
	wav[25] = 0xbb;
	assert_int_equal(create_file("audio/1.wav", O_WRONLY, &h), 0);
	assert_int_equal(stage_write(h, wav, sizeof(wav), 0), sizeof(wav));
	assert_int_equal(stage_write(h, "x", 1, 5000 * SECTOR_SIZE), 1);
	assert_int_equal(put_wav("audio/2.wav", 900), 0);
	check_track(1, "2.wav", SOUND_OK);
	stage_close(h);
}

/* Whatever makes room lifts "does not fit". */
static void room_is_seen(void **state)
{
	(void)state;
	set_capacity(1300);
	assert_int_equal(put_wav("audio/1.wav", 500), 0);
	assert_int_equal(put_wav("audio/.3.wav", 600), 0);
	assert_int_equal(put_wav("audio/2.wav", 400), 0);
	assert_int_equal(move("audio/.3.wav", "audio/3.wav", 0), 0);
	check_track(2, "3.wav", SOUND_NO_ROOM);
	assert_int_equal(move("audio/2.wav", "audio/2.txt", 0), 0);
	check_track(1, "3.wav", SOUND_OK);
}

/* A folder's name in data/ says nothing of sound. */
static void a_folder_in_data_touches_no_sound(void **state)
{
	uint64_t changed;

	(void)state;
	assert_int_equal(put_wav("audio/1.wav", 300), 0);
	assert_int_equal(make_dir("data/a", 0755), 0);
	changed = stage_changed(fx.stage, BRANCH_AUDIO);
	assert_int_equal(move("data/a", "data/b", 0), 0);
	assert_int_equal(stage_changed(fx.stage, BRANCH_AUDIO), changed);
}

/* truncate(2) by path: nobody will close the file. */
static void a_length_set_by_path_is_judged(void **state)
{
	(void)state;
	assert_int_equal(make_file("audio/a.cdr"), 0);
	assert_int_equal(set_size("audio/a.cdr", 400 * SECTOR_SIZE), 0);
	check_track(0, "a.cdr", SOUND_OK);
	assert_int_equal(put_wav("audio/b.wav", 400), 0);
	assert_int_equal(set_size("audio/b.wav", 1000), 0);
	check_track(1, "b.wav", SOUND_BAD);
}

static void the_hundredth_track_is_refused(void **state)
{
	char path[32];

	(void)state;
	assert_int_equal(make_dir("audio/d", 0755), 0);
	for (unsigned i = 1; i <= TRACKS_MAX; i++) {
		snprintf(path, sizeof(path), "audio/%strack%02u.wav", i % 2 ? "d/" : "", i);
		assert_int_equal(make_file(path), 0);
	}
	assert_int_equal(make_file("audio/track100.wav"), -ENOSPC);
	assert_int_equal(refused.code, ENOSPC);
	assert_int_equal(make_link("audio/d/track01.wav", "audio/again.wav"), -ENOSPC);
	assert_int_equal(make_file("audio/cover.jpg"), 0);
	assert_int_equal(move("audio/cover.jpg", "audio/cover.wav", 0), -ENOSPC);
	assert_non_null(node_at("audio/cover.jpg"));
	assert_null(node_at("audio/cover.wav"));
	assert_int_equal(move("audio/d/track01.wav", "audio/d/first.wav", 0), 0);
	assert_int_equal(move("audio/cover.jpg", "audio/d/first.wav", 0), 0);
	assert_int_equal(remove_file("audio/d/first.wav"), 0);
	assert_int_equal(make_file("audio/track100.wav"), 0);
}

/*
 * In a hidden folder are as many files as make @more tracks more than a disc holds, and two that
 * are no sound.
 */
static void fill_hidden_folder(unsigned more)
{
	char path[48];

	assert_int_equal(make_dir("audio/.new", 0755), 0);
	assert_int_equal(make_dir("audio/.new/inside", 0755), 0);
	assert_int_equal(make_file("audio/.new/cover.jpg"), 0);
	assert_int_equal(make_file("audio/.new/.hidden.wav"), 0);
	for (unsigned i = 1; i <= TRACKS_MAX + more; i++) {
		snprintf(path, sizeof(path), "audio/.new/%strack%03u.wav", i % 2 ? "inside/" : "",
			 i);
		assert_int_equal(make_file(path), 0);
	}
}

static unsigned tracks(void)
{
	tracks_free(&list);
	assert_int_equal(stage_tracks(fx.stage, &list), 0);
	return list.n;
}

static void a_folder_brings_no_hundredth_track(void **state)
{
	(void)state;
	fill_hidden_folder(1);
	assert_int_equal(move("audio/.new", "audio/album", 0), -ENOSPC);
	assert_int_equal(refused.code, ENOSPC);
	assert_non_null(node_at("audio/.new/inside/track001.wav"));
	assert_int_equal(make_dir("audio/here", 0755), 0);
	assert_int_equal(move("audio/.new", "audio/here", 0), -ENOSPC);
	assert_int_equal(move("audio/.new", "audio/here", RENAME_EXCHANGE), -ENOSPC);
	assert_int_equal(move("audio/.new", "audio/here/new", 0), -ENOSPC);
	assert_int_equal(tracks(), 0);
	assert_int_equal(move("audio/.new/inside", "audio/here/inside", 0), 0);
	assert_int_equal(tracks(), TRACKS_MAX / 2 + 1);
	assert_int_equal(move("audio/here/inside", "audio/.new/inside", 0), 0);
	assert_int_equal(remove_file("audio/.new/inside/track001.wav"), 0);
	assert_int_equal(move("audio/.new", "audio/here", RENAME_EXCHANGE), 0);
	assert_int_equal(tracks(), TRACKS_MAX);
	assert_int_equal(list.ignored, 2);
}

static void what_is_no_track_comes_beside_ninety_nine(void **state)
{
	(void)state;
	fill_hidden_folder(0);
	assert_int_equal(move("audio/.new", "audio/album", 0), 0);
	assert_int_equal(tracks(), TRACKS_MAX);
	assert_int_equal(make_dir("audio/live.wav", 0755), 0);
	assert_int_equal(make_symlink("audio/link.wav", "album/track002.wav"), 0);
	assert_int_equal(make_node("audio/pipe.wav", S_IFIFO | 0644), 0);
	assert_int_equal(make_file("audio/live.wav/one.wav"), -ENOSPC);
	assert_int_equal(move("audio/album/.hidden.wav", "audio/one.wav", 0), -ENOSPC);
	assert_int_equal(move("audio/album/.hidden.wav", "audio/link.wav", 0), -ENOSPC);
	assert_int_equal(move("audio/album/.hidden.wav", "audio/pipe.wav", RENAME_EXCHANGE),
			 -ENOSPC);
	assert_int_equal(move("audio/album/.hidden.wav", "audio/album/track002.wav",
			      RENAME_EXCHANGE),
			 0);
	assert_int_equal(tracks(), TRACKS_MAX);
}

static void bare_samples_end_at_the_capacity(void **state)
{
	struct handle *h;
	char byte = 0;

	(void)state;
	set_capacity(1000);
	assert_int_equal(create_file("audio/a.cdr", O_WRONLY, &h), 0);
	assert_int_equal(stage_write(h, &byte, 1, 1000 * SECTOR_SIZE - 1), 1);
	assert_int_equal(stage_write(h, &byte, 1, 1000 * SECTOR_SIZE + 3), -ENOSPC);
	assert_int_equal(refused.code, ENOSPC);
	assert_int_equal(stat_of("audio/a.cdr").st_size, 1000 * SECTOR_SIZE);
	assert_int_equal(flush_file(h, NULL), 0);
	stage_close(h);
	check_track(0, "a.cdr", SOUND_OK);
	assert_int_equal(put_file("audio/b.cdr", "1234", 4), -ENOSPC);
}

/* The header says where the samples begin: those of a WAV count to the byte as well. */
static void a_wav_ends_at_the_capacity(void **state)
{
	unsigned char head[WAV_HEADER];
	struct handle *h;
	char byte = 0;

	(void)state;
	set_capacity(1000);
	wav_header(head, 1000 * SECTOR_SIZE);
	assert_int_equal(create_file("audio/a.wav", O_WRONLY, &h), 0);
	assert_int_equal(stage_write(h, head, sizeof(head), 0), sizeof(head));
	assert_int_equal(stage_write(h, &byte, 1, WAV_HEADER + 1000 * SECTOR_SIZE - 1), 1);
	assert_int_equal(flush_file(h, NULL), 0);
	check_track(0, "a.wav", SOUND_OK);
	assert_int_equal(list.sectors, 1000);
	wav_header(head, 1001 * SECTOR_SIZE);
	assert_int_equal(stage_write(h, head, sizeof(head), 0), sizeof(head));
	assert_int_equal(stage_write(h, &byte, 1, WAV_HEADER + 1001 * SECTOR_SIZE - 1), -ENOSPC);
	flush_file(h, NULL);
	stage_close(h);
}

/* Many programs write titles behind the samples: the header says that they are none. */
static void what_follows_the_samples_takes_no_room(void **state)
{
	unsigned char head[WAV_HEADER];
	struct handle *h;
	char byte = 0;

	(void)state;
	set_capacity(1000);
	wav_header(head, 1000 * SECTOR_SIZE);
	assert_int_equal(create_file("audio/a.wav", O_WRONLY, &h), 0);
	assert_int_equal(stage_write(h, head, sizeof(head), 0), sizeof(head));
	assert_int_equal(stage_write(h, &byte, 1, WAV_HEADER + 1000 * SECTOR_SIZE - 1), 1);
	assert_int_equal(stage_write(h, "LIST", 4, WAV_HEADER + 1000 * SECTOR_SIZE), 4);
	assert_int_equal(flush_file(h, NULL), 0);
	stage_close(h);
	check_track(0, "a.wav", SOUND_OK);
	assert_int_equal(list.sectors, 1000);
}

static void what_does_not_fit_is_kept_and_marked(void **state)
{
	(void)state;
	assert_int_equal(put_wav("audio/a.wav", 400), 0);
	assert_int_equal(put_wav("audio/b.txt", 400), 0);
	set_capacity(900);
	assert_int_equal(move("audio/b.txt", "audio/b.wav", 0), 0);
	check_track(1, "b.wav", SOUND_NO_ROOM);
	assert_int_equal(list.sectors, 400);
	assert_int_equal(stat_of("audio/b.wav").st_size, WAV_HEADER + 400 * SECTOR_SIZE);
}

/* A verdict is about the disc as it is: when another track goes, there is room. */
static void what_did_not_fit_fits_when_there_is_room(void **state)
{
	(void)state;
	assert_int_equal(put_wav("audio/a.wav", 400), 0);
	assert_int_equal(put_wav("audio/b.txt", 400), 0);
	set_capacity(900);
	assert_int_equal(move("audio/b.txt", "audio/b.wav", 0), 0);
	check_track(1, "b.wav", SOUND_NO_ROOM);
	set_capacity(2000);
	check_track(1, "b.wav", SOUND_OK);
	set_capacity(900);
	assert_int_equal(remove_file("audio/a.wav"), 0);
	check_track(0, "b.wav", SOUND_OK);
}

/* Two names of one file are two tracks: both have to fit. */
static void two_names_need_room_twice(void **state)
{
	(void)state;
	assert_int_equal(put_wav("audio/a.txt", 400), 0);
	assert_int_equal(make_link("audio/a.txt", "audio/b.txt"), 0);
	set_capacity(350);
	assert_int_equal(move("audio/a.txt", "audio/a.wav", 0), 0);
	assert_int_equal(move("audio/b.txt", "audio/b.wav", 0), 0);
	check_track(0, "a.wav", SOUND_NO_ROOM);
	set_capacity(900);
	check_track(0, "a.wav", SOUND_NO_ROOM);
	check_track(1, "b.wav", SOUND_NO_ROOM);
	set_capacity(1000);
	check_track(0, "a.wav", SOUND_OK);
	check_track(1, "b.wav", SOUND_OK);
}

static int tear_down(void **state)
{
	tracks_free(&list);
	return fixture_tear_down(state);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(what_is_written_is_read),
		FRESH(writing_nothing),
		FRESH(an_open_file_outlives_its_name),
		FRESH(a_failing_write_leaves_others_their_size),
		FRESH(a_copy_ends_where_its_source_does),
		FRESH(fallocate_as_the_kernel_means_it),
		FRESH(only_files_have_a_size),
		FRESH(pages_are_trusted_where_they_are_right),
		FRESH(st_blocks_follow_the_content),
		FRESH(a_writer_stands_in_the_way),
		FRESH(a_writer_of_a_removed_file_does_not),
		FRESH(a_reader_does_not),
		FRESH(one_of_two_writers_was_closed),
		FRESH(a_freeze_waits_for_what_was_closed),
		FRESH(a_freeze_waits_for_writers),
		FRESH(a_freeze_gives_up),
		FRESH(whoever_opens_waits_for_his_turn),
		FRESH(a_freeze_among_changes),
		FRESH(threads_at_the_capacity),
		FRESH(threads_and_names),
		FRESH(threads_on_one_file),
		FRESH(opening_while_another_name_goes),
		FRESH(attributes_survive_the_removal_of_others),
		FRESH(sound_is_judged_at_close),
		FRESH(a_rename_judges_anew),
		FRESH(an_exchange_judges_both_anew),
		FRESH(a_folder_s_rename_judges_what_is_in_it),
		FRESH(another_name_leaves_the_verdict),
		FRESH(each_name_has_its_own_verdict),
		FRESH(a_rename_of_an_open_file_judges_it),
		FRESH(a_guess_refuses_nobody),
		FRESH(room_is_seen),
		FRESH(a_folder_in_data_touches_no_sound),
		FRESH(a_length_set_by_path_is_judged),
		FRESH(the_hundredth_track_is_refused),
		FRESH(a_folder_brings_no_hundredth_track),
		FRESH(what_is_no_track_comes_beside_ninety_nine),
		FRESH(bare_samples_end_at_the_capacity),
		FRESH(a_wav_ends_at_the_capacity),
		FRESH(what_follows_the_samples_takes_no_room),
		FRESH(what_does_not_fit_is_kept_and_marked),
		FRESH(what_did_not_fit_fits_when_there_is_room),
		FRESH(two_names_need_room_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
