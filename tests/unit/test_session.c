/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The session: what a burn refuses and in which order, the one job, who waits for it, what counts
 * as recorded, and layouts that follow the stage.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <dirent.h>
#include <pthread.h>

#include "fixture.h"
#include "image/layout.h"

static int set(const char *key, const char *value)
{
	return session_set(fx.session, key, value, &fx.err);
}

static struct session_status status(void)
{
	struct session_status st;

	session_status(fx.session, &st);
	return st;
}

static bool logged(const char *what)
{
	char text[64 * 1024];
	size_t n = events_read(fx.events, text, sizeof(text) - 1, 0);

	text[n] = '\0';
	return strstr(text, what);
}

static void put_something(void)
{
	assert_int_equal(put_file("data/f", "content", 7), 0);
}

/* Refused with @code; and nothing is left of it: no job, and changes go on. */
static void check_refused(const struct burn_options *options, int code)
{
	int r = burn(options);

	if (r != -code)
		fail_msg("%d, expected -%d: %s", r, code, fx.err.msg);
	assert_int_equal(fx.err.code, code);
	assert_true(strlen(fx.err.msg) > 0);
	assert_false(session_busy(fx.session));
	assert_int_equal(make_file("data/.probe"), fx.settings.capacity ? -ENOSPC : 0);
	if (!fx.settings.capacity)
		assert_int_equal(remove_file("data/.probe"), 0);
}

static int burn_and_wait(void)
{
	int r = burn(&plain_burn);

	return r < 0 ? r : wait_for_job();
}

static off_t size_of(const char *name)
{
	struct stat st;

	return stat(beside(name), &st) < 0 ? -1 : st.st_size;
}

/* What is in the temporary directory besides the stash and the mountpoint. */
static unsigned files_beside(void)
{
	DIR *d = opendir(fx.top);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 4;
}

/* ---- refusals ---- */

static void refusals_in_their_order(void **state)
{
	struct burn_options options = plain_burn;
	struct handle *h;

	(void)state;
	start_session("none");
	check_refused(&options, ENODATA);
	assert_int_equal(set("format", "audio"), 0);
	put_something();
	check_refused(&options, ENODATA);
	assert_non_null(strstr(fx.err.msg, "audio"));
	assert_int_equal(set("format", "auto"), 0);
	check_refused(&options, ENODEV);
	assert_int_equal(set("format", "mixed"), 0);
	check_refused(&options, ENODATA);
	assert_int_equal(put_wav("audio/a.wav", 300), 0);
	check_refused(&options, ENODEV);
	assert_int_equal(set("format", "data"), 0);
	check_refused(&options, ENODEV);
	assert_int_equal(session_set_recorder(fx.session, "image:/no/such/dir/x.iso", &fx.err), 0);
	check_refused(&options, ENOENT);
	assert_int_equal(session_set_recorder(fx.session, beside("x.iso"), &fx.err), 0);
	options.multi = true;
	check_refused(&options, EOPNOTSUPP);
	options = (struct burn_options){ .copies = 2 };
	check_refused(&options, EOPNOTSUPP);
	options.copies = 1;
	assert_int_equal(create_file("data/open", O_WRONLY, &h), 0);
	check_refused(&options, EBUSY);
	assert_non_null(strstr(fx.err.msg, "data/open"));
	assert_int_equal(set("capacity", "1"), 0);
	fx.settings.capacity = 1;
	check_refused(&options, ENOSPC);
	stage_flush(h);
	stage_close(h);
	assert_int_equal(files_beside(), 0);
	assert_int_equal(session_set_recorder(fx.session, "none", &fx.err), 0);
	check_refused(&options, ENODEV);
}

static void foreign_images_stay(void **state)
{
	int fd;

	(void)state;
	start_session("image:x.iso");
	put_something();
	fd = open(beside("x.iso"), O_WRONLY | O_CREAT, 0600);
	assert_int_equal(write(fd, "precious", 8), 8);
	close(fd);
	check_refused(&plain_burn, EEXIST);
	assert_int_equal(size_of("x.iso"), 8);
	assert_int_equal(set("overwrite", "yes"), 0);
	assert_int_equal(burn_and_wait(), 0);
	assert_int_equal(size_of("x.iso"), (off_t)staged_blocks() * BLOCK_SIZE);
	/* Now it is ours. */
	assert_int_equal(set("overwrite", "no"), 0);
	assert_int_equal(put_file("data/g", "x", 1), 0);
	assert_int_equal(burn_and_wait(), 0);
}

static void no_image_into_the_stash(void **state)
{
	char address[PATH_MAX];

	(void)state;
	start_session("none");
	put_something();
	snprintf(address, sizeof(address), "image:%s/data/x.iso", fx.stash);
	assert_int_equal(session_set_recorder(fx.session, address, &fx.err), -ELOOP);
	check_refused(&plain_burn, ENODEV);
}

static void recorders_that_are_none(void **state)
{
	(void)state;
	start_session("image:x.iso");
	assert_int_equal(session_set_recorder(fx.session, "nonsense", &fx.err), -EINVAL);
	assert_int_equal(session_set_recorder(fx.session, "image:relative.iso", &fx.err), -EINVAL);
	assert_int_equal(session_set_recorder(fx.session, "/dev/null", &fx.err), -EINVAL);
	assert_int_equal(session_set_recorder(fx.session, "", &fx.err), -EINVAL);
	assert_non_null(strstr(status().recorder, "/x.iso"));
	assert_non_null(status().medium.status);
	assert_string_equal(status().medium.kind, "file");
}

static void settings_are_checked_and_applied(void **state)
{
	char name[130] = "data/";
	uint64_t generation;

	(void)state;
	start_session("none");
	generation = stage_generation(fx.stage);
	assert_int_equal(set("capacity", "lots"), -EINVAL);
	assert_int_equal(set("nonsense", "1"), -EINVAL);
	assert_int_equal(set("stash", "/x"), -EINVAL);
	assert_int_equal(set("recorder", "none"), -EINVAL);
	assert_int_equal(stage_generation(fx.stage), generation);
	assert_int_equal(set("capacity", "200"), 0);
	assert_int_equal(status().settings.capacity, 200);
	assert_int_equal(put_file("data/f", "x", 1), 0);
	assert_int_equal(set("names", "strict"), 0);
	memset(name + 5, 'n', 120);
	assert_int_equal(make_file(name), -ENAMETOOLONG);
	assert_int_equal(set_size("data/f", 200 * BLOCK_SIZE), -ENOSPC);
	assert_string_equal(status().last.op, "stage");
	assert_int_equal(status().last.err.code, ENOSPC);
}

/* Who wants one value gets the one that the whole status has. */
static void one_value_of_the_status(void **state)
{
	struct outcome last;

	(void)state;
	start_session("none");
	assert_int_equal(session_format(fx.session), FORMAT_NONE);
	assert_int_equal(put_file("data/f", "x", 1), 0);
	assert_int_equal(session_format(fx.session), FORMAT_DATA);
	assert_int_equal(set("format", "audio"), 0);
	assert_int_equal(session_format(fx.session), FORMAT_NONE);
	assert_int_equal(session_format(fx.session), status().format);
	assert_int_equal(set("keep", "no"), 0);
	assert_int_equal(session_keep(fx.session), KEEP_NO);
	assert_int_equal(session_set_recorder(fx.session, "none", &fx.err), 0);
	session_last(fx.session, &last);
	assert_string_equal(last.op, "recorder");
	assert_string_equal(last.op, status().last.op);
}

/* ---- the job ---- */

static void a_burn_makes_an_image(void **state)
{
	(void)state;
	start_session("image:x.iso");
	put_something();
	assert_int_equal(wait_for_job(), 0);
	assert_int_equal(burn_and_wait(), 0);
	assert_int_equal(size_of("x.iso"), (off_t)staged_blocks() * BLOCK_SIZE);
	assert_string_equal(status().last.op, "burn");
	assert_int_equal(status().last.err.code, 0);
	assert_string_equal(status().last.output, beside("x.iso"));
	assert_int_equal(status().state, STATE_STAGING);
	assert_string_equal(status().job, "");
	assert_int_equal(files_beside(), 1);
	assert_true(logged(" state preparing\n"));
	assert_true(logged(" state burning\n"));
	assert_true(logged(" state closing\n"));
	assert_true(logged(" state staging\n"));
	assert_true(logged(" complete result=ok "));
	assert_int_equal(make_file("data/after"), 0);
}

static void an_audio_burn_makes_a_pair(void **state)
{
	(void)state;
	start_session("image:x.iso");
	assert_int_equal(put_wav("audio/1.wav", 400), 0);
	assert_int_equal(put_wav("audio/2.wav", 20), 0);
	assert_int_equal(burn_and_wait(), 0);
	assert_int_equal(size_of("x.bin"), (400 + 150 + 300) * SECTOR_SIZE);
	assert_in_range(size_of("x.cue"), 1, 1000);
	assert_int_equal(files_beside(), 2);
}

static void a_bad_track_is_named(void **state)
{
	(void)state;
	start_session("image:x.bin");
	assert_int_equal(put_wav("audio/1.wav", 400), 0);
	assert_int_equal(put_file("audio/2.wav", "nothing", 7), -EINVAL);
	assert_int_equal(burn_and_wait(), -EINVAL);
	assert_non_null(strstr(fx.err.msg, "audio/2.wav"));
	assert_int_equal(make_file("audio/2.mp3"), 0);
	assert_int_equal(remove_file("audio/2.wav"), 0);
	assert_int_equal(burn_and_wait(), -EINVAL);
	assert_non_null(strstr(fx.err.msg, "audio/2.mp3"));
	assert_int_equal(files_beside(), 0);
	assert_int_equal(remove_file("audio/2.mp3"), 0);
	assert_int_equal(burn_and_wait(), 0);
}

static void check_all_refused_while_it_runs(void)
{
	struct err err = { 0 };

	assert_true(session_busy(fx.session));
	assert_int_equal(burn(&plain_burn), -EBUSY);
	assert_non_null(strstr(fx.err.msg, "running"));
	assert_int_equal(set("label", "x"), -EBUSY);
	assert_int_equal(session_set_recorder(fx.session, "none", &err), -EBUSY);
	assert_int_equal(err.code, EBUSY);
	assert_int_equal(session_clear(fx.session, BRANCH_DATA, &err), -EBUSY);
	assert_int_equal(session_clear(fx.session, BRANCH_AUDIO, &err), -EBUSY);
	assert_int_equal(make_file("data/x"), -EBUSY);
	assert_int_equal(make_file("audio/x"), -EBUSY);
	assert_int_equal(set("nonsense", "x"), -EBUSY);
}

static void only_one_job(void **state)
{
	(void)state;
	start_session("image:x.iso");
	put_something();
	hold_job(STATE_PREPARING);
	assert_int_equal(burn(&plain_burn), 0);
	assert_true(await_hold());
	assert_int_equal(status().state, STATE_PREPARING);
	check_all_refused_while_it_runs();
	let_go();
	assert_int_equal(wait_for_job(), 0);
	assert_int_equal(set("label", "x"), 0);
}

static void a_job_that_closes(void **state)
{
	(void)state;
	start_session("image:x.iso");
	put_something();
	hold_job(STATE_CLOSING);
	assert_int_equal(burn(&plain_burn), 0);
	assert_true(await_hold());
	assert_int_equal(status().state, STATE_CLOSING);
	assert_string_equal(status().job, "burn");
	assert_int_equal(status().done, status().total);
	check_all_refused_while_it_runs();
	let_go();
	assert_int_equal(wait_for_job(), 0);
	assert_int_equal(set("label", "x"), 0);
}

static void cancelling(void **state)
{
	(void)state;
	start_session("image:x.iso");
	session_cancel(fx.session); /* nothing happens, and nothing is remembered */
	put_something();
	for (enum session_state at = STATE_PREPARING; at <= STATE_BURNING; at++) {
		hold_job(at);
		assert_int_equal(burn(&plain_burn), 0);
		assert_true(await_hold());
		session_cancel(fx.session);
		let_go();
		assert_int_equal(wait_for_job(), -ECANCELED);
		assert_int_equal(files_beside(), 0);
		assert_int_equal(status().last.err.code, ECANCELED);
		assert_string_equal(status().last.output, "");
		assert_true(logged("complete result=ECANCELED"));
		assert_int_equal(wait_for_job(), -ECANCELED);
		assert_int_equal(make_file("data/x"), 0);
		assert_int_equal(remove_file("data/x"), 0);
	}
	assert_int_equal(burn_and_wait(), 0);
	assert_int_equal(wait_for_job(), 0);
}

struct waiting {
	pthread_t thread;
	struct waiter waiter;
	struct err err;
	sem_t begun;
	int result;
};

static void *wait_in_thread(void *data)
{
	struct waiting *w = data;

	sem_post(&w->begun);
	w->result = session_wait(fx.session, &w->waiter, &w->err);
	return NULL;
}

static void everybody_who_waits_is_told(void **state)
{
	struct waiting w[5] = { 0 };

	(void)state;
	start_session("image:x.iso");
	put_something();
	hold_job(STATE_BURNING);
	assert_int_equal(burn(&plain_burn), 0);
	assert_true(await_hold());
	for (unsigned i = 0; i < 5; i++) {
		sem_init(&w[i].begun, 0, 0);
		assert_int_equal(pthread_create(&w[i].thread, NULL, wait_in_thread, &w[i]), 0);
		sem_wait(&w[i].begun);
	}
	session_interrupt(fx.session, &w[3].waiter, true);
	pthread_join(w[3].thread, NULL);
	assert_int_equal(w[3].result, -EINTR);
	assert_true(session_busy(fx.session));
	session_cancel(fx.session);
	let_go();
	for (unsigned i = 0; i < 5; i++) {
		if (i == 3)
			continue;
		pthread_join(w[i].thread, NULL);
		assert_int_equal(w[i].result, -ECANCELED);
		assert_int_equal(w[i].err.code, ECANCELED);
	}
}

static void a_wait_may_be_interrupted_before_it_begins(void **state)
{
	struct waiter w = { .interrupted = true };

	(void)state;
	start_session("image:x.iso");
	put_something();
	hold_job(STATE_BURNING);
	assert_int_equal(burn(&plain_burn), 0);
	assert_true(await_hold());
	assert_int_equal(session_wait(fx.session, &w, &fx.err), -EINTR);
	let_go();
	assert_int_equal(wait_for_job(), 0);
}

/* Another job may come and go before who waits for this one looks. */
static void a_burn_is_waited_for_itself(void **state)
{
	struct waiter w = { 0 };

	(void)state;
	start_session("image:x.iso");
	put_something();
	assert_int_equal(session_burn(fx.session, &plain_burn, &w, &fx.err), 0);
	assert_int_equal(wait_for_job(), 0);
	hold_job(STATE_BURNING);
	assert_int_equal(burn(&plain_burn), 0);
	assert_true(await_hold());
	session_cancel(fx.session);
	assert_int_equal(session_wait(fx.session, &w, &fx.err), 0);
	let_go();
	assert_int_equal(wait_for_job(), -ECANCELED);
	/* What is refused leaves nobody to be told. */
	assert_int_equal(remove_file("data/f"), 0);
	assert_int_equal(session_burn(fx.session, &plain_burn, &w, &fx.err), -ENODATA);
	assert_int_equal(session_wait(fx.session, &w, &fx.err), -ENODATA);
}

struct burning {
	pthread_t thread;
	struct waiter waiter;
	struct err err;
	int result;
};

static void *burn_in_thread(void *data)
{
	struct burning *b = data;

	b->result = session_burn(fx.session, &plain_burn, &b->waiter, &b->err);
	return NULL;
}

/*
 * The burn waits for a file that was closed but is not released, and is refused in the end: all who
 * wait are told.
 */
static void a_refused_burn_keeps_nobody_waiting(void **state)
{
	struct burning b = { .result = 1, .waiter.leaves = true };
	struct waiting w = { .result = 1 };
	struct handle *h;

	(void)state;
	start_session("image:x.iso");
	put_something();
	assert_int_equal(set("burn_wait", "0"), 0);
	assert_int_equal(open_file("data/f", O_WRONLY, &h), 0);
	assert_int_equal(stage_flush(h), 0);
	sem_init(&w.begun, 0, 0);
	assert_int_equal(pthread_create(&b.thread, NULL, burn_in_thread, &b), 0);
	while (!session_busy(fx.session))
		sched_yield();
	assert_int_equal(pthread_create(&w.thread, NULL, wait_in_thread, &w), 0);
	pthread_join(b.thread, NULL);
	pthread_join(w.thread, NULL);
	stage_close(h);
	assert_int_equal(b.result, -EBUSY);
	assert_int_equal(w.result, -EBUSY);
}

static bool it_waits(void)
{
	return strncmp(status().waits_for, "data/f to be closed", 19) == 0;
}

/* Until the burn in a thread of its own waits for data/f. */
static void start_waiting_burn(struct burning *b)
{
	*b = (struct burning){ .result = 1, .waiter.leaves = true };
	assert_int_equal(pthread_create(&b->thread, NULL, burn_in_thread, b), 0);
	while (!it_waits())
		sched_yield();
	assert_int_equal(status().state, STATE_PREPARING);
}

static void a_burn_waits_for_writers(void **state)
{
	struct burning b;
	struct handle *h;

	(void)state;
	start_session("image:x.iso");
	put_something();
	assert_int_equal(open_file("data/f", O_WRONLY, &h), 0);
	start_waiting_burn(&b);
	assert_true(logged("waiting for=data/f"));
	assert_int_equal(set("label", "X"), -EBUSY);
	/* Who asked for it is interrupted in passing: it waits on. */
	session_interrupt(fx.session, &b.waiter, false);
	session_cancel(fx.session);
	pthread_join(b.thread, NULL);
	assert_int_equal(b.result, -ECANCELED);
	assert_false(session_busy(fx.session));
	assert_int_equal(status().waits_for[0], 0);
	start_waiting_burn(&b);
	session_interrupt(fx.session, &b.waiter, true);
	pthread_join(b.thread, NULL);
	assert_int_equal(b.result, -EINTR);
	/* What it waited for may have been all that was staged. */
	start_waiting_burn(&b);
	assert_int_equal(remove_file("data/f"), 0);
	pthread_join(b.thread, NULL);
	assert_int_equal(b.result, -ENODATA);
	assert_int_equal(make_file("data/g"), 0);
	stage_close(h);
	assert_int_equal(open_file("data/g", O_WRONLY, &h), 0);
	assert_int_equal(move("data/g", "data/f", 0), 0);
	start_waiting_burn(&b);
	assert_int_equal(stage_write(h, "longer", 6, 0), 6);
	assert_int_equal(stage_flush(h), 0);
	stage_close(h);
	pthread_join(b.thread, NULL);
	assert_int_equal(b.result, 0);
	assert_int_equal(wait_for_job(), 0);
	assert_int_equal(size_of("x.iso"), staged_blocks() * BLOCK_SIZE);
	assert_int_equal(open_file("data/f", O_WRONLY, &h), 0);
	start_waiting_burn(&b);
	session_hurry(fx.session, false);
	pthread_join(b.thread, NULL);
	assert_int_equal(b.result, -ECANCELED);
	stage_close(h);
}

static void *finish_in_thread(void *data)
{
	(void)data;
	session_finish(fx.session);
	return NULL;
}

/* The end waits for the job, and so do those who wait for it; after it there are no more. */
static void the_end_of_a_session(void **state)
{
	struct waiter w = { 0 };
	pthread_t thread;

	(void)state;
	start_session("image:x.iso");
	put_something();
	hold_job(STATE_BURNING);
	assert_int_equal(session_burn(fx.session, &plain_burn, &w, &fx.err), 0);
	assert_true(await_hold());
	assert_int_equal(pthread_create(&thread, NULL, finish_in_thread, NULL), 0);
	let_go();
	assert_int_equal(session_wait(fx.session, &w, &fx.err), 0);
	pthread_join(thread, NULL);
	assert_in_range(size_of("x.iso"), 1, INT64_MAX);
	assert_false(session_busy(fx.session));
	assert_true(session_all_recorded(fx.session));
	assert_true(burn(&plain_burn) < 0);
	assert_false(session_busy(fx.session));
	assert_int_equal(make_file("data/x"), 0);
	session_free(fx.session);
	fx.session = NULL;
}

static void a_source_that_was_cut_short(void **state)
{
	char path[PATH_MAX], bytes[10000] = { 1 };

	(void)state;
	start_session("image:x.iso");
	assert_int_equal(put_file("data/f", bytes, sizeof(bytes)), 0);
	snprintf(path, sizeof(path), "%s/data/f", fx.stash);
	assert_int_equal(truncate(path, 5000), 0);
	assert_int_equal(burn_and_wait(), -EIO);
	assert_non_null(strstr(fx.err.msg, "data/f"));
	assert_int_equal(files_beside(), 0);
	assert_false(session_all_recorded(fx.session));
}

/* ---- recorded or not ---- */

static void what_counts_as_recorded(void **state)
{
	struct burn_options simulate = { .copies = 1, .simulate = true };

	(void)state;
	start_session("image:x.iso");
	assert_true(session_all_recorded(fx.session));
	put_something();
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(burn(&simulate), 0);
	assert_int_equal(wait_for_job(), 0);
	assert_int_equal(files_beside(), 0);
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(burn_and_wait(), 0);
	assert_true(session_all_recorded(fx.session));
	assert_int_equal(set_mode("data/f", 0600), 0);
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(burn_and_wait(), 0);
	assert_true(session_all_recorded(fx.session));
	/* A cancelled burn takes nothing back. */
	hold_job(STATE_BURNING);
	assert_int_equal(burn(&plain_burn), 0);
	assert_true(await_hold());
	session_cancel(fx.session);
	let_go();
	assert_int_equal(wait_for_job(), -ECANCELED);
	assert_true(session_all_recorded(fx.session));
	assert_int_equal(session_clear(fx.session, BRANCH_DATA, &fx.err), 0);
	assert_true(session_all_recorded(fx.session));
}

/*
 * What the default list excludes need not be recorded, once something was; what a list has let onto
 * the disc since has to be.
 */
static void what_the_default_excludes_is_not_missed(void **state)
{
	(void)state;
	start_session("image:x.iso");
	assert_int_equal(put_file("data/.DS_Store", "x", 1), 0);
	assert_false(session_all_recorded(fx.session));
	check_refused(&plain_burn, ENODATA);
	assert_non_null(strstr(fx.err.msg, "data_excluded=1"));
	assert_non_null(strstr(fx.err.msg, "exclude"));
	assert_int_equal(set("format", "data"), 0);
	check_refused(&plain_burn, ENODATA);
	assert_non_null(strstr(fx.err.msg, "exclude"));
	assert_int_equal(set("format", "auto"), 0);
	put_something();
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(burn_and_wait(), 0);
	assert_int_equal(size_of("x.iso"), staged_blocks() * BLOCK_SIZE);
	assert_true(session_all_recorded(fx.session));
	assert_int_equal(set_mode("data/.DS_Store", 0600), 0);
	assert_true(session_all_recorded(fx.session));
	assert_int_equal(set("exclude", "*.bak"), 0);
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(burn_and_wait(), 0);
	assert_int_equal(size_of("x.iso"), staged_blocks() * BLOCK_SIZE);
	assert_true(session_all_recorded(fx.session));
	/* Below what is strewn all is. */
	assert_int_equal(set("exclude", EXCLUDE_DEFAULT), 0);
	assert_int_equal(make_dir("data/.Trash-1000", 0755), 0);
	assert_int_equal(make_file("data/.Trash-1000/letter"), 0);
	assert_int_equal(make_file("audio/.DS_Store"), 0);
	assert_int_equal(burn_and_wait(), 0);
	assert_true(session_all_recorded(fx.session));
	assert_int_equal(session_clear(fx.session, BRANCH_DATA, &fx.err), 0);
	assert_true(session_all_recorded(fx.session));
}

/* It is on no disc, and may be somebody's work. */
static void what_a_user_excludes_is_not_recorded(void **state)
{
	(void)state;
	start_session("image:x.iso");
	put_something();
	assert_int_equal(make_file("data/only.raw"), 0);
	assert_int_equal(make_dir("data/raw", 0755), 0);
	assert_int_equal(set("exclude", EXCLUDE_DEFAULT ":*.raw"), 0);
	assert_int_equal(burn_and_wait(), 0);
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(remove_file("data/only.raw"), 0);
	assert_int_equal(burn_and_wait(), 0);
	assert_true(session_all_recorded(fx.session));
	/* Made after the burn, or below a directory, it is as much. */
	assert_int_equal(make_file("data/raw/late.raw"), 0);
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(session_clear(fx.session, BRANCH_DATA, &fx.err), 0);
	assert_true(session_all_recorded(fx.session));
}

static void what_is_left_alone_is_not_recorded(void **state)
{
	char path[PATH_MAX];

	(void)state;
	put_something();
	snprintf(path, sizeof(path), "%s/data/\xff", fx.stash);
	close(open(path, O_WRONLY | O_CREAT, 0600));
	reopen_stage();
	start_session("image:x.iso");
	assert_int_equal(burn_and_wait(), 0);
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(session_clear(fx.session, BRANCH_AUDIO, &fx.err), 0);
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(session_clear(fx.session, BRANCH_DATA, &fx.err), 0);
	assert_true(session_all_recorded(fx.session));
}

/* They were taken while they were kept off the disc. */
static void too_many_directories(void **state)
{
	uint64_t *directories;

	(void)state;
	start_session("image:x.iso");
	put_something();
	assert_int_equal(make_dir("data/.Trash-0", 0755), 0);
	/* As if there were so many more of them: to make them takes a disk half a minute. */
	directories =
		(uint64_t *)(uintptr_t)&stage_tree_hold(fx.stage)->counts[BRANCH_DATA].directories;
	stage_tree_release(fx.stage);
	*directories += 65534;
	assert_int_equal(set("exclude", ""), 0);
	assert_int_equal(*directories, 65535);
	check_refused(&plain_burn, EMLINK);
	assert_non_null(strstr(fx.err.msg, "65535 directories"));
	assert_int_equal(set("exclude", ".Trash-*"), 0);
	*directories -= 65534;
	assert_int_equal(burn_and_wait(), 0);
}

static void each_half_is_recorded_for_itself(void **state)
{
	(void)state;
	start_session("image:x.iso");
	put_something();
	assert_int_equal(put_wav("audio/1.wav", 300), 0);
	assert_int_equal(set("format", "data"), 0);
	assert_int_equal(burn_and_wait(), 0);
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(set("format", "audio"), 0);
	assert_int_equal(burn_and_wait(), 0);
	assert_true(session_all_recorded(fx.session));
	assert_int_equal(make_file("audio/cover.jpg"), 0);
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(remove_file("audio/cover.jpg"), 0);
	assert_int_equal(burn_and_wait(), 0);
	assert_true(session_all_recorded(fx.session));
	assert_int_equal(make_file("data/g"), 0);
	assert_false(session_all_recorded(fx.session));
}

static void what_an_earlier_mount_left_is_not_recorded(void **state)
{
	(void)state;
	put_something();
	reopen_stage();
	start_session("image:x.iso");
	assert_false(session_all_recorded(fx.session));
	assert_int_equal(burn_and_wait(), 0);
	assert_true(session_all_recorded(fx.session));
}

/* ---- layouts ---- */

static void layouts_are_shared_until_something_changes(void **state)
{
	struct layout *a, *b, *c, *d;

	(void)state;
	start_session("none");
	assert_int_equal(session_layout(fx.session, FORMAT_DATA, &a, &fx.err), -ENODATA);
	assert_int_equal(session_layout(fx.session, FORMAT_AUDIO, &a, &fx.err), -ENODATA);
	put_something();
	assert_int_equal(session_layout(fx.session, FORMAT_DATA, &a, &fx.err), 0);
	assert_int_equal(session_layout(fx.session, FORMAT_DATA, &b, &fx.err), 0);
	assert_ptr_equal(a, b);
	assert_int_equal(a->blocks, staged_blocks());
	assert_int_equal(put_file("data/g", "x", 1), 0);
	assert_int_equal(session_layout(fx.session, FORMAT_DATA, &c, &fx.err), 0);
	assert_ptr_not_equal(c, a);
	assert_int_equal(set("label", "another"), 0);
	assert_int_equal(session_layout(fx.session, FORMAT_DATA, &d, &fx.err), 0);
	assert_ptr_not_equal(d, c);
	assert_memory_not_equal(d->head, c->head, c->head_len);
	assert_int_equal(session_layout(fx.session, FORMAT_MIXED, &d, &fx.err), -ENODATA);
	layout_put(a);
	layout_put(b);
	layout_put(c);
	layout_put(d);
}

static void nodes_of_an_old_layout_cannot_be_opened(void **state)
{
	uint64_t generation;
	struct node *n;
	char path[64];
	int fd;

	(void)state;
	put_something();
	n = node_at("data/f");
	generation = stage_generation(fx.stage);
	fd = stage_open_at(fx.stage, n, generation);
	assert_true(fd >= 0);
	close(fd);
	stage_path_at(fx.stage, n, generation, path, sizeof(path));
	assert_string_equal(path, "data/f");
	stage_path_at(fx.stage, n, generation, path, 4);
	assert_string_equal(path, "dat");
	assert_int_equal(remove_file("data/f"), 0);
	assert_int_equal(stage_open_at(fx.stage, n, generation), -ESTALE);
	stage_path_at(fx.stage, n, generation, path, sizeof(path));
	assert_string_equal(path, "?");
}

/* Many ask while others change: whatever they get fits together. */
static void *ask_for_layouts(void *data)
{
	unsigned *bad = data;

	for (unsigned i = 0; i < 60; i++) {
		struct session_status st;
		struct err err = { 0 };
		struct layout *l;
		int r = session_layout(fx.session, FORMAT_DATA, &l, &err);

		*bad += r < 0 && r != -ENODATA;
		if (r == 0) {
			*bad += l->blocks * BLOCK_SIZE < l->head_len;
			layout_put(l);
		}
		session_status(fx.session, &st);
		*bad += session_burn(fx.session, &plain_burn, NULL, &err) == 0;
		session_cancel(fx.session);
	}
	return NULL;
}

static void layouts_from_many_threads(void **state)
{
	pthread_t threads[4];
	unsigned bad[4] = { 0 };
	char path[32];
	int r;

	(void)state;
	start_session("none");
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_for_layouts, &bad[i]), 0);
	for (unsigned i = 0; i < 100; i++) {
		snprintf(path, sizeof(path), "data/%u", i);
		assert_int_equal(put_file(path, path, strlen(path)), 0);
		/* A burn that is being refused is a job until it is. */
		r = set("label", path);
		assert_true(r == 0 || r == -EBUSY);
		if (i % 3 == 0)
			assert_int_equal(remove_file(path), 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(bad[i], 0);
	}
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(refusals_in_their_order),
		FRESH(foreign_images_stay),
		FRESH(no_image_into_the_stash),
		FRESH(recorders_that_are_none),
		FRESH(settings_are_checked_and_applied),
		FRESH(one_value_of_the_status),
		FRESH(a_burn_makes_an_image),
		FRESH(an_audio_burn_makes_a_pair),
		FRESH(a_bad_track_is_named),
		FRESH(only_one_job),
		FRESH(a_job_that_closes),
		FRESH(cancelling),
		FRESH(everybody_who_waits_is_told),
		FRESH(a_wait_may_be_interrupted_before_it_begins),
		FRESH(a_burn_is_waited_for_itself),
		FRESH(a_refused_burn_keeps_nobody_waiting),
		FRESH(a_burn_waits_for_writers),
		FRESH(the_end_of_a_session),
		FRESH(a_source_that_was_cut_short),
		FRESH(what_counts_as_recorded),
		FRESH(too_many_directories),
		FRESH(what_the_default_excludes_is_not_missed),
		FRESH(what_a_user_excludes_is_not_recorded),
		FRESH(what_is_left_alone_is_not_recorded),
		FRESH(each_half_is_recorded_for_itself),
		FRESH(what_an_earlier_mount_left_is_not_recorded),
		FRESH(layouts_are_shared_until_something_changes),
		FRESH(nodes_of_an_old_layout_cannot_be_opened),
		FRESH(layouts_from_many_threads),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
