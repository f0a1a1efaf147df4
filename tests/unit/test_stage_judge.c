/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stage/judge.c: sound is judged beside all else. audio_judge() is this test's (the linker's
 * --wrap): it reads on and on while it is held.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "fixture.h"

void __real_audio_judge(int fd, const char *path, uint64_t size, struct sound *out,
			struct sound_tags *tags);
void __wrap_audio_judge(int fd, const char *path, uint64_t size, struct sound *out,
			struct sound_tags *tags);

enum { SECONDS = 60, FILES = 12 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static bool held;
static unsigned running, most, calls;

void __wrap_audio_judge(int fd, const char *path, uint64_t size, struct sound *out,
			struct sound_tags *tags)
{
	char byte;

	pthread_mutex_lock(&lock);
	calls++;
	if (++running > most)
		most = running;
	while (held && pread(fd, &byte, 1, 0) == 1) {
		pthread_mutex_unlock(&lock);
		sched_yield();
		pthread_mutex_lock(&lock);
	}
	pthread_mutex_unlock(&lock);
	__real_audio_judge(fd, path, size, out, tags);
	pthread_mutex_lock(&lock);
	running--;
	pthread_mutex_unlock(&lock);
}

static void hold_judges(bool on)
{
	pthread_mutex_lock(&lock);
	held = on;
	pthread_mutex_unlock(&lock);
}

static unsigned read_count(const unsigned *count)
{
	unsigned n;

	pthread_mutex_lock(&lock);
	n = *count;
	pthread_mutex_unlock(&lock);
	return n;
}

static void await_running(unsigned wanted)
{
	double begin = time_monotonic();

	while (read_count(&running) != wanted) {
		if (time_monotonic() - begin > SECONDS)
			fail_msg("%u files are being judged, expected %u", read_count(&running),
				 wanted);
		sched_yield();
	}
}

static int set_up(void **state)
{
	held = true;
	most = calls = 0;
	return fixture_set_up(state);
}

static int tear_down(void **state)
{
	hold_judges(false);
	return fixture_tear_down(state);
}

/* Written, and not closed yet. */
static struct handle *write_wav(const char *path, unsigned sectors)
{
	size_t bytes = (size_t)sectors * SECTOR_SIZE;
	cleanup_free unsigned char *wav = calloc(1, WAV_HEADER + bytes);
	struct handle *h;

	must(wav, "calloc");
	wav_header(wav, (uint32_t)bytes);
	assert_int_equal(create_file(path, O_WRONLY, &h), 0);
	assert_int_equal(stage_write(h, wav, WAV_HEADER + bytes, 0), WAV_HEADER + bytes);
	return h;
}

static void check_state(const char *path, enum sound_state state)
{
	struct track_list list;
	unsigned i = 0;

	assert_int_equal(stage_tracks(fx.stage, &list), 0);
	while (i < list.n && strcmp(list.files[i].path, path + strlen("audio/")) != 0)
		i++;
	if (i == list.n)
		fail_msg("%s is no track", path);
	assert_int_equal(list.files[i].sound.state, state);
	tracks_free(&list);
}

/* The wait of a close(2), in a thread. */
struct waiting {
	struct stage_waiter waiter;
	struct node *node;
	pthread_t thread;
	int result;
};

static void *wait_here(void *data)
{
	struct waiting *w = data;

	w->result = stage_judged(fx.stage, w->node, &w->waiter, JUDGED_AT_LAST);
	return NULL;
}

static void begin_wait(struct waiting *w, struct node *n)
{
	*w = (struct waiting){ .node = n, .result = 1 };
	assert_int_equal(pthread_create(&w->thread, NULL, wait_here, w), 0);
}

static int end_wait(struct waiting *w)
{
	pthread_join(w->thread, NULL);
	return w->result;
}

static void a_close_only_begins_it(void **state)
{
	struct handle *h = write_wav("audio/a.wav", 300);
	struct node *n = node_at("audio/a.wav");
	struct stage_waiter hurried = { .interrupted = false };
	struct waiting interrupted, patient;

	(void)state;
	assert_int_equal(stage_flush(h), 1);
	assert_int_equal(stage_flush(h), 0);
	await_running(1);
	begin_wait(&interrupted, n);
	begin_wait(&patient, n);
	stage_interrupt(fx.stage, &interrupted.waiter);
	assert_int_equal(end_wait(&interrupted), -EINTR);
	stage_close(h);
	assert_int_equal(stage_judged(fx.stage, n, &hurried, 0.01), -ETIMEDOUT);
	assert_int_equal(put_file("data/f", "x", 1), 0);
	assert_int_equal(make_file("audio/cover.jpg"), 0);
	check_state("audio/a.wav", SOUND_UNJUDGED);
	assert_int_equal(freeze(0.01), -EBUSY);
	assert_non_null(strstr(fx.err.msg, "audio/a.wav is still being checked"));
	hold_judges(false);
	assert_int_equal(end_wait(&patient), 0);
	check_state("audio/a.wav", SOUND_OK);
	assert_int_equal(freeze(0), 0);
	stage_thaw(fx.stage);
	assert_int_equal(calls, 1);
}

static void a_release_does_not_wait(void **state)
{
	struct handle *h = write_wav("audio/a.wav", 300);

	(void)state;
	stage_close(h);
	await_running(1);
	hold_judges(false);
	assert_int_equal(freeze(SECONDS), 0);
	check_state("audio/a.wav", SOUND_OK);
}

static unsigned processors(void)
{
	cpu_set_t cpus;

	assert_int_equal(sched_getaffinity(0, sizeof(cpus), &cpus), 0);
	return (unsigned)CPU_COUNT(&cpus);
}

static void few_at_once(void **state)
{
	struct handle *handles[FILES];
	char path[32];

	(void)state;
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "audio/%u.wav", i);
		handles[i] = write_wav(path, 1);
		assert_int_equal(stage_flush(handles[i]), 1);
	}
	await_running(processors() < 4 ? processors() : 4);
	assert_int_equal(put_file("data/f", "x", 1), 0);
	hold_judges(false);
	assert_int_equal(judged(1, NULL), 0);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "audio/%u.wav", i);
		check_state(path, SOUND_OK);
		stage_close(handles[i]);
	}
	assert_in_range(most, 1, 4);
	assert_int_equal(calls, FILES);
}

/* A rename, a link and a length by path are done at once. */
static void names_do_not_wait(void **state)
{
	struct stat st = { .st_size = WAV_HEADER + 8 }, out;
	struct node *audio = stage_root(fx.stage, BRANCH_AUDIO), *n;
	struct handle *h = write_wav("audio/.a.part", 300);

	(void)state;
	assert_int_equal(stage_flush(h), 0);
	stage_close(h);
	assert_int_equal(stage_rename(fx.stage, audio, ".a.part", audio, "a.wav", 0), 1);
	n = node_at("audio/a.wav");
	await_running(1);
	assert_int_equal(stage_link(fx.stage, n, audio, "b.cdr"), 1);
	stage_forget(fx.stage, n, 1);
	assert_int_equal(stage_setattr(fx.stage, n, NULL, &st, SET_SIZE, &out), 1);
	assert_int_equal(stage_rename(fx.stage, audio, "b.cdr", audio, "c.cdr", 0), 1);
	hold_judges(false);
	assert_int_equal(judged(1, n), -EINVAL);
	check_state("audio/a.wav", SOUND_BAD);
	check_state("audio/c.cdr", SOUND_OK);
}

/*
 * What nobody wants to know any more keeps no thread; and the content that is there in the end is
 * judged.
 */
static void what_changed_is_not_judged_to_its_end(void **state)
{
	struct handle *a = write_wav("audio/a.wav", 300), *b = write_wav("audio/b.wav", 300);
	struct waiting w;

	(void)state;
	assert_int_equal(stage_flush(a), 1);
	await_running(1);
	assert_int_equal(remove_file("audio/a.wav"), 0);
	await_running(0);
	stage_close(a);
	assert_int_equal(stage_flush(b), 1);
	await_running(1);
	assert_int_equal(stage_write(b, "x", 1, 0), 1);
	await_running(0);
	check_state("audio/b.wav", SOUND_UNJUDGED);
	assert_int_equal(stage_flush(b), 1);
	await_running(1);
	begin_wait(&w, node_at("audio/b.wav"));
	hold_judges(false);
	assert_int_equal(end_wait(&w), -EINVAL);
	stage_close(b);
}

static void the_end_waits_for_no_decoder(void **state)
{
	struct handle *a = write_wav("audio/a.wav", 300);
	struct waiting w;

	(void)state;
	for (unsigned i = 0; i < FILES; i++) {
		char path[32];
		struct handle *h;

		snprintf(path, sizeof(path), "audio/%u.wav", i);
		h = write_wav(path, 1);
		assert_int_equal(stage_flush(h), 1);
		stage_close(h);
	}
	assert_int_equal(stage_flush(a), 1);
	begin_wait(&w, node_at("audio/a.wav"));
	stage_end_judging(fx.stage);
	assert_int_equal(end_wait(&w), -EINTR);
	stage_close(a);
	hold_judges(false);
	reopen_stage();
	check_state("audio/a.wav", SOUND_OK);
	check_state("audio/11.wav", SOUND_OK);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(a_close_only_begins_it),
		FRESH(a_release_does_not_wait),
		FRESH(few_at_once),
		FRESH(names_do_not_wait),
		FRESH(what_changed_is_not_judged_to_its_end),
		FRESH(the_end_waits_for_no_decoder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
