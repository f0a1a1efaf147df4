/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree/tracks.c: what of the audio branch is a track, in which order, and where each lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <string.h>

#include "tree/tracks.h"

static struct tree tree;
static struct track_list list;

static int set_up(void **state)
{
	(void)state;
	return tree_init(&tree, 0, 0);
}

static int tear_down(void **state)
{
	(void)state;
	tracks_free(&list);
	tree_fini(&tree);
	return 0;
}

static struct node *add(struct node *dir, const char *name, mode_t mode, uint64_t size)
{
	struct node *n = tree_node_new(BRANCH_AUDIO, mode, S_ISLNK(mode) ? "track01.wav" : NULL);

	assert_non_null(n);
	assert_non_null(tree_link(&tree, dir, name, n));
	if (S_ISREG(mode))
		tree_resize(&tree, n, size);
	return n;
}

static struct node *top(void)
{
	return tree.root[BRANCH_AUDIO];
}

static struct node *add_file(const char *name, uint64_t size)
{
	return add(top(), name, S_IFREG | 0644, size);
}

static struct node *add_dir(struct node *dir, const char *name)
{
	return add(dir, name, S_IFDIR | 0755, 0);
}

/* As if its content had been judged. */
static void judge(struct node *n, enum sound_state state, uint64_t bytes)
{
	n->track = calloc(1, sizeof(*n->track));
	assert_non_null(n->track);
	n->track->sound[false] = (struct sound){ .state = state, .offset = 44, .bytes = bytes };
}

static void add_sound(const char *name, uint64_t sectors)
{
	judge(add_file(name, 44 + sectors * SECTOR_SIZE), SOUND_OK, sectors * SECTOR_SIZE);
}

static void relist(unsigned gap)
{
	tracks_free(&list);
	assert_int_equal(tracks_list(&tree, gap, &list), 0);
	assert_int_equal(tree.ntracks, list.n);
}

static void nothing_is_staged(void **state)
{
	(void)state;
	relist(150);
	assert_int_equal(list.n, 0);
	assert_int_equal(list.ignored, 0);
	assert_int_equal(list.sectors, 0);
}

static void natural_order_through_folders(void **state)
{
	static const char *const order[] = {
		"a/1.wav", "a/b/0.wav", "a/c.wav", "a b.wav", "track1.wav", "track2.wav",
		"track02.wav", "track10.wav",
	};
	struct node *a = add_dir(top(), "a");

	(void)state;
	add_file("track10.wav", 1);
	add_file("track02.wav", 1);
	add_file("track2.wav", 1);
	add_file("track1.wav", 1);
	add_file("a b.wav", 1);
	add(a, "c.wav", S_IFREG, 1);
	add(add_dir(a, "b"), "0.wav", S_IFREG, 1);
	add(a, "1.wav", S_IFREG, 1);
	relist(150);
	assert_int_equal(list.n, ARRAY_SIZE(order));
	for (unsigned i = 0; i < list.n; i++)
		assert_string_equal(list.files[i].path, order[i]);
}

static void what_is_no_track_is_counted(void **state)
{
	(void)state;
	add_file("cover.jpg", 1);
	add_file(".hidden.wav", 1);
	add_file("track.wav.part", 1);
	add(top(), "pipe.wav", S_IFIFO | 0644, 0);
	add(top(), "link.wav", S_IFLNK | 0777, 0);
	add(add_dir(top(), ".dir"), "track.wav", S_IFREG, 1);
	add_dir(top(), "dir.wav");
	add_file("TRACK.WAV", 1);
	relist(150);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.ignored, 6);
	assert_string_equal(list.files[0].path, "TRACK.WAV");
}

static void gaps_and_padding(void **state)
{
	(void)state;
	add_sound("1.wav", 1000);
	add_sound("2.wav", 10);
	add_sound("3.wav", 500);
	relist(150);
	assert_int_equal(list.sectors, 1000 + 150 + 300 + 150 + 500);
	assert_int_equal(list.files[0].place.gap, 0);
	assert_int_equal(list.files[1].place.start, 1150);
	assert_int_equal(list.files[1].place.sectors, 300);
	assert_true(list.files[1].place.padded);
	assert_int_equal(list.files[2].place.start, 1600);
	relist(0);
	assert_int_equal(list.sectors, 1000 + 300 + 500);
}

static void only_what_has_samples_takes_room(void **state)
{
	(void)state;
	judge(add_file("1.wav", 5000000), SOUND_BAD, 0);
	judge(add_file("2.wav", 5000000), SOUND_NO_ROOM, 4000000);
	add_file("3.wav", 0);
	add_sound("4.wav", 400);
	add_file("5.wav", 40); /* less than a header */
	relist(150);
	assert_int_equal(list.n, 5);
	assert_int_equal(list.sectors, 400);
	assert_int_equal(list.files[2].sound.state, SOUND_EMPTY);
	assert_int_equal(list.files[3].place.start, 0);
	assert_int_equal(list.files[3].place.gap, 0);
	assert_int_equal(list.files[4].sound.state, SOUND_UNJUDGED);
	assert_int_equal(list.files[0].place.sectors, 0);
}

/* The gauge moves while a file is written: by its size, less a header where there is one. */
static void what_is_being_written_is_guessed(void **state)
{
	struct node *known = add_file("3.wav", 1000 + 500 * SECTOR_SIZE);

	(void)state;
	add_file("1.cdr", 400 * SECTOR_SIZE + 3);
	add_file("2.wav", 44 + 600 * SECTOR_SIZE);
	judge(known, SOUND_UNJUDGED, 0);
	known->track->sound[false].offset = 1000;
	relist(0);
	assert_int_equal(list.files[0].sound.bytes, 400 * SECTOR_SIZE);
	assert_int_equal(list.files[1].sound.bytes, 600 * SECTOR_SIZE);
	assert_int_equal(list.files[2].sound.bytes, 500 * SECTOR_SIZE);
	assert_int_equal(list.sectors, 1500);
}

/* Names that count alike have an order all the same, and it is always that. */
static void two_names_of_one_number(void **state)
{
	(void)state;
	add_file("track1.wav", 44);
	add_file("track01.wav", 44);
	add_file("track001.wav", 44);
	add_file("track2.wav", 44);
	relist(0);
	assert_int_equal(list.n, 4);
	assert_string_equal(list.files[0].path, "track1.wav");
	assert_string_equal(list.files[1].path, "track01.wav");
	assert_string_equal(list.files[2].path, "track001.wav");
	assert_string_equal(list.files[3].path, "track2.wav");
}

static void a_hundredth_track_takes_no_place(void **state)
{
	char name[16];

	(void)state;
	for (unsigned i = 1; i <= TRACKS_MAX + 2; i++) {
		snprintf(name, sizeof(name), "%u.wav", i);
		add_sound(name, 300);
	}
	relist(0);
	assert_int_equal(list.n, TRACKS_MAX + 2);
	assert_int_equal(list.sectors, TRACKS_MAX * 300);
	assert_int_equal(list.files[TRACKS_MAX - 1].place.sectors, 300);
	assert_int_equal(list.files[TRACKS_MAX].place.sectors, 0);
	/* Those without samples are passed over when 99 are counted. */
	judge(add_file("0.wav", 1), SOUND_BAD, 0);
	relist(0);
	assert_int_equal(list.sectors, TRACKS_MAX * 300);
}

static void hard_links_are_tracks_each(void **state)
{
	struct node *n = add_file("1.wav", 44);

	(void)state;
	judge(n, SOUND_OK, 300 * SECTOR_SIZE);
	assert_non_null(tree_link(&tree, top(), "2.wav", n));
	assert_non_null(tree_link(&tree, top(), "note.txt", n));
	relist(0);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.ignored, 1);
	assert_int_equal(list.sectors, 600);
}

static void folders_may_be_deep_and_removed_from(void **state)
{
	struct node *dir = top();

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		add(dir, "a.wav", S_IFREG, 1);
		add(dir, "gone", S_IFREG, 1);
		dir = add_dir(dir, "d");
		add(dir->names->parent, "z.txt", S_IFREG, 1);
	}
	for (dir = top(); dir->dir->nnames; dir = tree_find(&tree, dir, "d")->node) {
		struct name *gone = tree_find(&tree, dir, "gone");
		struct node *n = gone->node;

		tree_unlink(&tree, gone);
		tree_node_drop(&tree, n);
	}
	relist(0);
	assert_int_equal(list.n, 1000);
	assert_int_equal(list.ignored, 1000);
}

/* What is hidden is no track, whatever above it hides it, and comes back as it was. */
static void hidden_folders(void **state)
{
	struct node *a = add_dir(top(), "a"), *b = add_dir(a, "b"), *one;

	(void)state;
	one = add(b, "1.wav", S_IFREG | 0644, 1);
	add(b, ".2.wav", S_IFREG | 0644, 1);
	add(b, "3.jpg", S_IFREG | 0644, 1);
	relist(150);
	assert_int_equal(list.n, 1);
	assert_non_null(tree_link(&tree, top(), ".a", a));
	tree_unlink(&tree, tree_find(&tree, top(), "a"));
	add(b, "4.wav", S_IFREG | 0644, 1);
	relist(150);
	assert_int_equal(list.n, 0);
	assert_int_equal(list.ignored, 4);
	assert_non_null(tree_link(&tree, top(), "c", b));
	tree_unlink(&tree, tree_find(&tree, a, "b"));
	relist(150);
	assert_int_equal(list.n, 2);
	assert_string_equal(list.files[1].path, "c/4.wav");
	tree_unlink(&tree, tree_find(&tree, b, "1.wav"));
	tree_node_drop(&tree, one);
	relist(150);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.ignored, 2);
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* A list is made at every change: were each of these files looked at, it would take a minute. */
static void other_files_cost_nothing(void **state)
{
	enum { FILES = 20000 };
	double begin = cpu_seconds();
	char name[32];

	(void)state;
	add_sound("1.wav", 400);
	for (unsigned i = 0; i < FILES; i++) {
		snprintf(name, sizeof(name), "cover%u.jpg", i);
		add_file(name, 1);
		relist(150);
	}
	assert_int_equal(list.ignored, FILES);
	if (cpu_seconds() - begin > 5)
		fail_msg("%d lists took %.1f s", FILES, cpu_seconds() - begin);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(nothing_is_staged),
		FRESH(natural_order_through_folders),
		FRESH(what_is_no_track_is_counted),
		FRESH(gaps_and_padding),
		FRESH(only_what_has_samples_takes_room),
		FRESH(what_is_being_written_is_guessed),
		FRESH(two_names_of_one_number),
		FRESH(a_hundredth_track_takes_no_place),
		FRESH(hard_links_are_tracks_each),
		FRESH(folders_may_be_deep_and_removed_from),
		FRESH(hidden_folders),
		FRESH(other_files_cost_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
