/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who reads the tree for long keeps nobody waiting, and reads it as it was at one moment. A layout
 * is held in the middle by having libisofs, which it needs, for oneself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <sched.h>
#include <unistd.h>

#include "files/vfile.h"
#include "fixture.h"
#include "image/layout.h"
#include "iso/lib.h"
#include "iso/write.h"
#include "session/priv.h"
#include "stage/priv.h"

/* Seconds after which something hangs. */
enum { DEADLINE = 30 };

struct laying_out {
	pthread_t thread;
	struct layout *layout;
	int r;
	struct err err;
	atomic_bool done;
};

static void *lay_out(void *data)
{
	struct laying_out *l = data;

	l->r = layout_new(&l->layout, fx.stage, &fx.settings, FORMAT_DATA, false, NULL, &l->err);
	atomic_store(&l->done, true);
	return NULL;
}

static bool has_snapshot(void)
{
	bool has;

	lock_read(fx.stage);
	has = fx.stage->tree.snapshots;
	unlock(fx.stage);
	return has;
}

/* Returns while a layout is in the middle. A lock that is held too long ends the test. */
static void begin_held(struct laying_out *l)
{
	*l = (struct laying_out){ .r = 1 };
	alarm(DEADLINE);
	assert_int_equal(iso_lib_begin(&fx.err), 0);
	assert_int_equal(pthread_create(&l->thread, NULL, lay_out, l), 0);
	while (!has_snapshot())
		sched_yield();
}

static int end_held(struct laying_out *l)
{
	assert_false(atomic_load(&l->done));
	iso_lib_end();
	pthread_join(l->thread, NULL);
	alarm(0);
	assert_false(has_snapshot());
	return l->r;
}

/* A bit of everything. */
static void stage_everything(void)
{
	char path[64];

	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(make_dir("data/d/e", 0750), 0);
	assert_int_equal(make_dir("data/empty", 0700), 0);
	assert_int_equal(put_file("data/d/e/f", "hello", 5), 0);
	assert_int_equal(put_file("data/d/g", "hello world", 11), 0);
	assert_int_equal(put_file("data/twice", "twice", 5), 0);
	assert_int_equal(make_link("data/twice", "data/d/again"), 0);
	assert_int_equal(make_symlink("data/link", "d/e/f"), 0);
	assert_int_equal(make_file("data/nothing"), 0);
	for (unsigned i = 0; i < 50; i++) {
		snprintf(path, sizeof(path), "data/d/many %u", i);
		assert_int_equal(put_file(path, path, strlen(path)), 0);
	}
}

static bool no_more(void *data, const char *name, struct node *n, const struct stat *st,
		    uint64_t next)
{
	(void)data;
	(void)name;
	(void)n;
	(void)st;
	(void)next;
	return false;
}

static void a_layout_keeps_nobody_waiting(void **state)
{
	struct session_status status;
	struct laying_out l;
	struct stage_info info;
	struct stage_tops tops;
	struct stage_space space;
	struct handle *h;
	struct stat st;

	(void)state;
	start_session("none");
	stage_everything();
	begin_held(&l);
	/* What changes the tree's lists or its open files waits for all who read it. */
	stage_opendir(fx.stage, node_at("data/d"));
	stage_list(fx.stage, node_at("data/d"), 0, no_more, NULL);
	stage_closedir(fx.stage, node_at("data/d"));
	assert_int_equal(open_file("data/d/g", O_RDONLY, &h), 0);
	stage_close(h);
	assert_int_equal(put_file("data/new", "new", 3), 0);
	assert_int_equal(remove_file("data/d/e/f"), 0);
	assert_int_equal(move("data/d", "data/moved", 0), 0);
	/* And what reads it waits for those who wait. */
	stage_getattr(fx.stage, node_at("data/new"), &st);
	stage_info(fx.stage, &info);
	stage_tops(fx.stage, &tops);
	stage_space(fx.stage, BRANCH_DATA, &space);
	session_status(fx.session, &status);
	assert_int_equal(session_set(fx.session, "label", "OTHER", &fx.err), 0);
	assert_int_equal(session_set_recorder(fx.session, "none", &fx.err), 0);
	session_cancel(fx.session);
	assert_int_equal(freeze(0), 0);
	stage_thaw(fx.stage);
	assert_int_equal(end_held(&l), 0);
	assert_true(l.layout->generation < stage_generation(fx.stage));
	layout_put(l.layout);
}

/* ---- the session's lock ---- */

static void *set_label(void *data)
{
	*(int *)data = session_set(fx.session, "label", "OTHER", &fx.err);
	return NULL;
}

static void *set_recorder(void *data)
{
	*(int *)data = session_set_recorder(fx.session, beside("other.iso"), &fx.err);
	return NULL;
}

static bool is_set(bool label)
{
	bool set;

	pthread_mutex_lock(&fx.session->lock);
	set = strcmp(label ? fx.session->settings.label : "OTHER", "OTHER") == 0 &&
	      (label || strstr(fx.session->recorder->address, "other.iso"));
	pthread_mutex_unlock(&fx.session->lock);
	return set;
}

/* What the stage is told of waits for the tree, and then only it does. */
static void a_setting_that_waits_keeps_nobody_waiting(void **state)
{
	(void)state;
	start_session("none");
	alarm(DEADLINE);
	for (int i = 0; i < 2; i++) {
		pthread_t thread;
		int r = 1;

		lock_read(fx.stage);
		assert_int_equal(pthread_create(&thread, NULL, i ? set_recorder : set_label, &r),
				 0);
		while (!is_set(i == 0))
			sched_yield();
		session_cancel(fx.session);
		assert_false(session_busy(fx.session));
		unlock(fx.stage);
		pthread_join(thread, NULL);
		assert_int_equal(r, 0);
	}
	alarm(0);
}

/* ---- one moment ---- */

/* Everything that may change, and what comes and goes. */
static void change_everything(void)
{
	char path[64];

	assert_int_equal(put_file("data/d/g", "longer than it was before", 25), 0);
	assert_int_equal(put_file("data/nothing", "something", 9), 0);
	assert_int_equal(set_size("data/d/many 1", 1), 0);
	assert_int_equal(set_mode("data/d/e", 0711), 0);
	assert_int_equal(set_mode("data/link", 0600), 0);
	assert_int_equal(remove_file("data/d/e/f"), 0);
	assert_int_equal(remove_dir("data/d/e"), 0);
	assert_int_equal(put_file("data/d/e", "a file now", 10), 0);
	assert_int_equal(move("data/empty", "data/.Trash-1000", 0), 0);
	assert_int_equal(move("data/twice", "data/d/many 2", 0), 0);
	assert_int_equal(make_link("data/d/again", "data/third"), 0);
	assert_int_equal(remove_file("data/link"), 0);
	/* So many that the list of names closes its gaps. */
	for (unsigned i = 3; i < 50; i++) {
		snprintf(path, sizeof(path), "data/d/many %u", i);
		assert_int_equal(remove_file(path), 0);
	}
	assert_int_equal(put_file("data/d/one more", "1", 1), 0);
	assert_int_equal(move("data/d", "data/.Trash-1000/d", 0), 0);
	for (unsigned i = 0; i < 20; i++) {
		snprintf(path, sizeof(path), "data/new %u", i);
		assert_int_equal(put_file(path, path, strlen(path)), 0);
	}
}

static void a_layout_is_of_one_moment(void **state)
{
	struct layout *before;
	struct laying_out l;

	(void)state;
	stage_everything();
	assert_int_equal(layout_new(&before, fx.stage, &fx.settings, FORMAT_DATA, false, NULL,
				    &fx.err),
			 0);
	begin_held(&l);
	change_everything();
	assert_int_equal(end_held(&l), 0);
	assert_int_equal(l.layout->generation, before->generation);
	assert_int_equal(l.layout->blocks, before->blocks);
	assert_int_equal(l.layout->head_len, before->head_len);
	assert_memory_equal(l.layout->head, before->head, before->head_len);
	assert_int_equal(l.layout->nextents, before->nextents);
	for (size_t i = 0; i < before->nextents; i++) {
		assert_int_equal(l.layout->extents[i].start, before->extents[i].start);
		assert_int_equal(l.layout->extents[i].len, before->extents[i].len);
		assert_ptr_equal(l.layout->extents[i].node, before->extents[i].node);
	}
	layout_put(before);
	layout_put(l.layout);
}

static void what_is_not_kept_is_told(void **state)
{
	struct layout *l = NULL;
	struct laying_out held;

	(void)state;
	start_session("none");
	stage_everything();
	begin_held(&held);
	assert_int_equal(session_clear(fx.session, BRANCH_DATA, &fx.err), 0);
	assert_int_equal(end_held(&held), -ESTALE);
	stage_everything();
	begin_held(&held);
	assert_int_equal(session_set(fx.session, "exclude", "many*", &fx.err), 0);
	assert_int_equal(end_held(&held), -ESTALE);
	assert_int_equal(session_layout(fx.session, FORMAT_DATA, &l, &fx.err), 0);
	assert_int_equal(l->generation, stage_generation(fx.stage));
	layout_put(l);
}

/* ---- while it is changed all the time ---- */

static atomic_bool enough;

static void *change_for_ever(void *data)
{
	(void)data;
	for (unsigned i = 0; !atomic_load(&enough); i++) {
		char path[64], other[64];

		snprintf(path, sizeof(path), "data/d/many %u", i % 50);
		snprintf(other, sizeof(other), "data/d/%u", i);
		if (i % 3 == 0 && move(path, other, 0) == 0)
			must(move(other, path, 0) == 0, "moving back");
		else if (i % 3 == 1)
			must(put_file(path, path, i % 20) == 0, "writing");
		else
			must(remove_file(path) == 0, "removing");
	}
	return NULL;
}

/* The layout itself compares what it made with the tree, and fails with EIO where they differ. */
static void layouts_while_everything_changes(void **state)
{
	pthread_t thread;

	(void)state;
	stage_everything();
	atomic_store(&enough, false);
	assert_int_equal(pthread_create(&thread, NULL, change_for_ever, NULL), 0);
	for (unsigned i = 0; i < 30; i++) {
		struct layout *l = NULL;
		int r = layout_new(&l, fx.stage, &fx.settings, FORMAT_DATA, false, NULL, &fx.err);

		if (r != 0) {
			atomic_store(&enough, true);
			fail_msg("%s", fx.err.msg);
		}
		layout_put(l);
	}
	atomic_store(&enough, true);
	pthread_join(thread, NULL);
}

/* ---- measuring ---- */

/* More names than are measured under the lock at once. */
static void a_large_directory_is_measured_aside(void **state)
{
	uint64_t renamed, exact;
	char path[64];

	(void)state;
	assert_int_equal(make_dir("data/large", 0755), 0);
	for (unsigned i = 0; i < 5000; i++) {
		snprintf(path, sizeof(path), "data/large/%u", i);
		assert_int_equal(make_file(path), 0);
	}
	reopen_stage();
	assert_true(tree_measure_some(&fx.stage->tree, 4000) == 1);
	exact = blocks_from_scratch(&fx.stage->tree, &renamed);
	assert_int_not_equal(tree_blocks_bound(&fx.stage->tree), exact);
	assert_int_equal(staged_blocks(), exact);
	assert_null(fx.stage->tree.dirty);
	assert_int_equal(remove_file("data/large/77"), 0);
	exact = blocks_from_scratch(&fx.stage->tree, &renamed);
	assert_int_equal(staged_blocks(), exact);
}

/* A change needs the exact size where the disc is nearly full: it is measured before, in steps. */
static void a_nearly_full_disc_is_measured_before_a_change(void **state)
{
	struct handle *h;
	char path[64];

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "data/%u.a name that is neither long nor short", i);
		assert_int_equal(make_dir(path, 0755), 0);
	}
	assert_int_equal(make_file("data/f"), 0);
	set_capacity(staged_blocks());
	reopen_stage();
	assert_true(tree_blocks_bound(&fx.stage->tree) > fx.settings.capacity);
	assert_int_equal(open_file("data/f", O_RDONLY, &h), 0);
	stage_close(h);
	assert_non_null(fx.stage->tree.dirty);
	assert_int_equal(open_file("data/f", O_RDWR, &h), 0);
	stage_close(h);
	assert_null(fx.stage->tree.dirty);
	assert_int_equal(remove_file("data/f"), 0);
	assert_non_null(fx.stage->tree.dirty); /* one alone is left to the change */
}

/* ---- memory ---- */

static struct layout *cached(void)
{
	return fx.session->layouts[FORMAT_DATA];
}

/*
 * A large layout is freed by the last who uses it: an image that is closed, or a burn that has
 * ended.
 */
static void a_large_layout_is_not_kept(void **state)
{
	static const struct burn_options plain = { 0 };
	struct view *v;

	(void)state;
	start_session(beside("x.iso"));
	fx.session->settings.overwrite = true;
	stage_everything();
	for (size_t i = 0, max = fx.session->layout_kept_max; i < 2; i++, max = 0) {
		fx.session->layout_kept_max = max;
		must(view_new(&v, fx.session, vfile_find(fx.session, VDIR_IMAGE, "disc.iso")) == 0,
		     "view_new");
		assert_int_equal(view_open(v), 0);
		assert_int_equal(view_open(v), 0);
		view_close(v);
		assert_non_null(cached());
		view_close(v);
		assert_int_equal(cached() != NULL, i == 0);
		view_free(v);
		assert_int_equal(burn(&plain), 0);
		assert_int_equal(wait_for_job(), 0);
		assert_int_equal(cached() != NULL, i == 0);
	}
}

/* So is one of what is staged no more. */
static void an_old_layout_is_not_kept(void **state)
{
	struct layout *l;

	(void)state;
	start_session("none");
	stage_everything();
	assert_int_equal(session_layout(fx.session, FORMAT_DATA, &l, &fx.err), 0);
	session_layouts_done(fx.session);
	assert_ptr_equal(cached(), l);
	layout_put(l);
	session_layouts_done(fx.session);
	assert_ptr_equal(cached(), l);
	assert_int_equal(remove_file("data/twice"), 0);
	session_layouts_done(fx.session);
	assert_null(cached());
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, fixture_set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(a_layout_keeps_nobody_waiting),
		FRESH(a_setting_that_waits_keeps_nobody_waiting),
		FRESH(a_layout_is_of_one_moment),
		FRESH(what_is_not_kept_is_told),
		FRESH(layouts_while_everything_changes),
		FRESH(a_large_directory_is_measured_aside),
		FRESH(a_nearly_full_disc_is_measured_before_a_change),
		FRESH(a_large_layout_is_not_kept),
		FRESH(an_old_layout_is_not_kept),
	};

	iso_set_size_model();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
