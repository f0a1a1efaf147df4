/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files/picture.c: shares of the ring, what is written beside them, names that are no XML. Whether
 * it is well-formed, and how it looks, other programs say in tests/e2e/image/disc-svg.sh.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "files/disc_look.h"
#include "files/picture.h"
#include "fixture.h"

/* ---- drawing ---- */

static struct picture pic;
static char *drawn;

static void draw(void)
{
	struct text text = { 0 };

	free(drawn);
	picture_draw(&pic, &text);
	assert_false(text.failed);
	drawn = text.data;
	assert_true(utf8_valid(drawn, text.len));
	assert_int_equal(strlen(drawn), text.len);
}

static void slice(enum slice_kind kind, uint64_t blocks, const char *name)
{
	struct slice *s = &pic.slices[pic.n++];

	*s = (struct slice){ .kind = kind, .blocks = blocks };
	snprintf(s->name, sizeof(s->name), "%s", name);
	pic.staged += blocks;
	pic.tracks += kind == SLICE_TRACK;
}

static int begin(void **state)
{
	(void)state;
	pic = (struct picture){ .format = FORMAT_DATA, .total = 1000000 };
	return 0;
}

static int end(void **state)
{
	(void)state;
	free(drawn);
	drawn = NULL;
	return 0;
}

static unsigned count(const char *part)
{
	unsigned n = 0;

	for (const char *at = drawn; (at = strstr(at, part)); at++)
		n++;
	return n;
}

static void check_has(const char *part)
{
	if (!strstr(drawn, part))
		fail_msg("no \"%s\" in\n%s", part, drawn);
}

static void check_hasnt(const char *part)
{
	if (strstr(drawn, part))
		fail_msg("there is \"%s\" in\n%s", part, drawn);
}

/* The slices: what lies between the radii of the data area. */
enum { OUTER = 2900, INNER = 1250 };
static unsigned slices(void)
{
	char arc[32], ring[32];

	snprintf(arc, sizeof(arc), "A%d %d 0", INNER, INNER);
	snprintf(ring, sizeof(ring), "M-%d 0a", INNER);
	return count(arc) + count(ring);
}

static void an_empty_disc(void **state)
{
	(void)state;
	pic.format = FORMAT_NONE;
	draw();
	check_has(">0 %<");
	check_has(">empty<");
	check_has(">Empty disc<");
	check_has(">2.0 GB free<");
	check_has("<title>disc: 2.0 GB free</title>");
	assert_int_equal(slices(), 0);
}

static void a_quarter(void **state)
{
	(void)state;
	snprintf(pic.label, sizeof(pic.label), "LABEL");
	snprintf(pic.disc, sizeof(pic.disc), "DVD-R, blank");
	slice(SLICE_NAME, 250000, "folder/");
	draw();
	assert_int_equal(slices(), 1);
	/* From twelve o'clock to three. */
	check_has("M0 -2900A2900 2900 0 0 1 2900 0L1250 0A1250 1250 0 0 0 0 -1250z");
	check_has(">25 %<");
	check_has(">LABEL<");
	check_has(">folder/<");
	check_has(">512 MB of 2.0 GB, 1.5 GB free<");
	check_has(">DVD-R, blank<");
	assert_int_equal(count(">512 MB<"), 1);
	assert_int_equal(count(">A<"), 2);
}

static void a_large_arc(void **state)
{
	(void)state;
	slice(SLICE_NAME, 750000, "folder/");
	draw();
	check_has("M0 -2900A2900 2900 0 1 1 -2900 0L-1250 0A1250 1250 0 1 0 0 -1250z");
}

static void full_to_the_last_block(void **state)
{
	(void)state;
	slice(SLICE_NAME, 1000000, "all");
	draw();
	assert_int_equal(slices(), 1);
	check_has(">100 %<");
	check_has(">2.0 GB of 2.0 GB, 0.0 kB free<");
	check_hasnt(">free<");
	check_hasnt("too");
}

static void too_full(void **state)
{
	(void)state;
	slice(SLICE_NAME, 1500000, "large");
	slice(SLICE_NAME, 500000, "small");
	draw();
	check_has(">200 %<");
	check_has(">too full<");
	check_has(">4.1 GB of 2.0 GB, 2.0 GB too much<");
	check_hasnt(">free<");
	assert_int_equal(slices(), 2);
	/* The rim, from where the disc ends to the top. */
	check_has("M0 3000A3000 3000 0 0 1 0 -3000L0 -2900A2900 2900 0 0 0 0 2900z");
}

static void next_to_nothing(void **state)
{
	(void)state;
	slice(SLICE_NAME, 1, "one");
	draw();
	check_has(">&lt;1 %<");
	check_has(">2.0 kB<");
	pic.total = UINT32_MAX;
	draw();
	check_has("8.8 TB free<");
}

static void a_disc_without_room(void **state)
{
	(void)state;
	pic.total = 0;
	draw();
	slice(SLICE_NAME, 100, "some");
	draw();
	check_has(">too full<");
	slice(SLICE_NAME, UINT64_MAX / 4096, "more than can be");
	draw();
}

static void slices_that_do_not_add_up(void **state)
{
	(void)state;
	slice(SLICE_NAME, 900000, "one");
	slice(SLICE_NAME, 900000, "two");
	slice(SLICE_NAME, 900000, "three");
	pic.staged = 900000;
	draw();
	assert_int_equal(slices(), 2);
	check_has(">three<");
}

static void earlier_sessions(void **state)
{
	(void)state;
	slice(SLICE_RECORDED, 500000, "already on the disc");
	pic.staged = 0;
	pic.recorded = 500000;
	draw();
	check_has(">50 %<");
	check_has(">used<");
	check_has(">1.0 GB of 2.0 GB, 1.0 GB free<");
	check_hasnt(">1<");
}

static void many_tracks(void **state)
{
	(void)state;
	pic.format = FORMAT_AUDIO;
	pic.total = CD80_SECTORS;
	for (unsigned i = 0; i < TRACKS_MAX; i++)
		slice(SLICE_TRACK, 3000,
		      "a title that is much too long for one of three columns on a card");
	draw();
	assert_int_equal(slices(), TRACKS_MAX);
	assert_int_equal(count(">0:40<"), TRACKS_MAX);
	check_has(">99<");
	check_has(">99 tracks, 66:00 of 80:00 minutes, 14:00 free<");
	assert_int_equal(count("a title that is much"), 0);
	assert_int_equal(count("\xe2\x80\xa6<"), TRACKS_MAX);
}

static void a_track_that_is_none(void **state)
{
	(void)state;
	pic.format = FORMAT_AUDIO;
	slice(SLICE_TRACK, 3000, "good");
	slice(SLICE_TRACK, 0, "bad");
	pic.slices[1].amiss = "not readable";
	draw();
	assert_int_equal(slices(), 1);
	check_has(">not readable<");
}

/* Sound in minutes, and data in bytes. */
static void both_on_one_disc(void **state)
{
	(void)state;
	pic.format = FORMAT_MIXED;
	pic.total = CD80_SECTORS;
	slice(SLICE_TRACK, 75 * 60, "song");
	slice(SLICE_NAME, 1000, "folder/");
	slice(SLICE_REST, 11400, "between tracks");
	draw();
	check_has(">1 track and data, 3:45 of 80:00 minutes, 76:15 free<");
	check_has(">1:00<");
	check_has(">2.0 MB<");
}

/* Neither elements nor attributes, nor what XML cannot hold, nor what turns the line round. */
static void hostile_names(void **state)
{
	(void)state;
	snprintf(pic.label, sizeof(pic.label), "</title><script>&amp;\"'");
	slice(SLICE_NAME, 1, "<!--]]>&lt;");
	slice(SLICE_NAME, 1, "a\x01\nb\x1b\x7f\xc2\x85" "c");
	slice(SLICE_NAME, 1, "d\xe2\x80\xae" "e\xe2\x81\xa6" "f\xd8\x9c\xef\xbf\xbe\xef\xbb\xbfg");
	slice(SLICE_NAME, 1, "h\xff\xc0\xaf\xed\xa0\x80i\xf0\x9f");
	slice(SLICE_NAME, 1, "%s%n");
	draw();
	check_hasnt("<script");
	check_hasnt("<!--");
	check_has(">&#60;!--]]&#62;&#38;lt;<");
#define BAD "\xef\xbf\xbd"
	check_has(">a" BAD BAD "b" BAD BAD BAD "c<");
	check_has(">d" BAD "e" BAD "f" BAD BAD BAD "g<");
	check_has(">h" BAD BAD BAD BAD BAD BAD "i" BAD BAD "<");
	check_has(">%s%n<");
	for (const char *c = drawn; *c; c++)
		assert_true((unsigned char)*c >= ' ' || *c == '\n');
}

static void long_names(void **state)
{
	char name[256];

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(name); i += 3)
		memcpy(name + i, "\xe5\xad\x90", 4);
	slice(SLICE_NAME, 1, name);
	memset(name, 'W', 255);
	slice(SLICE_NAME, 1, name);
	draw();
	assert_int_equal(count("\xe2\x80\xa6<"), 2);
	assert_in_range(count("\xe5\xad\x90"), 15, 30);
	assert_in_range(count("W"), 15, 30);
}

static void without_memory_for_text(void **state)
{
	struct text text = { .failed = true };

	(void)state;
	slice(SLICE_NAME, 1, "one");
	picture_draw(&pic, &text);
	assert_true(text.failed);
	text_free(&text);
}

/* ---- what is drawn ---- */

static int set_up(void **state)
{
	fixture_set_up(state);
	start_session("none");
	return 0;
}

static int tear_down(void **state)
{
	end(state);
	return fixture_tear_down(state);
}

static void render(void)
{
	struct text text = { 0 };

	free(drawn);
	assert_int_equal(disc_look_render(fx.session, &text), 0);
	drawn = text.data;
}

static void set(const char *key, const char *value)
{
	assert_int_equal(session_set(fx.session, key, value, &fx.err), 0);
}

static void nothing_staged(void **state)
{
	(void)state;
	render();
	check_has(">0 %<");
	check_has("fits on a CD80");
	set("capacity", "dvd");
	render();
	check_has(">4.7 GB free<");
	check_has(">DVD<");
}

/* Folders by what is in them, a file with two names once, the largest first. */
static void what_is_at_the_top(void **state)
{
	static const char block[BLOCK_SIZE];
	char name[32];

	(void)state;
	set("capacity", "1000");
	make_dir("data/d", 0755);
	make_dir("data/d/e", 0755);
	make_dir("data/d/e/f", 0755);
	put_file("data/d/e/f/one", block, 1);
	put_file("data/d/e/two", block, BLOCK_SIZE);
	put_file("data/d/three", block, BLOCK_SIZE);
	make_dir("data/last", 0755);
	put_file("data/file", block, BLOCK_SIZE);
	make_link("data/file", "data/file again");
	render();
	check_has(">d/<");
	check_has(">6.1 kB<");
	assert_int_equal(count("data/"), 0);
	assert_int_equal(count(">file<") + count(">file again<"), 1);
	check_has(">2 more<");
	assert_int_equal(slices(), 3);
	assert_true(strstr(drawn, ">d/<") < strstr(drawn, ">file"));
	/* A change is seen, and is no matter to what is beside it. */
	set_size("data/file", 5 * BLOCK_SIZE);
	move("data/d/e", "data/e", 0);
	render();
	check_has(">10.2 kB<");
	check_has(">4.1 kB<");
	assert_true(strstr(drawn, ">e/<") < strstr(drawn, ">d/<"));
	remove_file("data/file");
	remove_file("data/file again");
	for (unsigned i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "data/%02u", i);
		put_file(name, block, BLOCK_SIZE);
	}
	render();
	check_has(">05<");
	check_hasnt(">07<");
	assert_int_equal(slices(), STAGE_TOPS + 1);
	check_has(">7 more<");
}

static void deep_folders(void **state)
{
	char path[4000] = "data";

	(void)state;
	for (size_t len = 4; len + 3 < sizeof(path) / 4; len += 2) {
		memcpy(path + len, "/d", 3);
		make_dir(path, 0755);
	}
	memcpy(path + strlen(path), "/f", 3);
	put_file(path, "x", 1);
	render();
	check_has(">d/<");
}

static void what_is_called_how(void **state)
{
	(void)state;
	put_wav("audio/a.wav", 300);
	put_wav("audio/b.wav", 400);
	make_dir("audio/c", 0755);
	put_wav("audio/c/d.wav", 500);
	put_file("audio/e.wav", "nonsense", 8);
	stage_setxattr(fx.stage, node_at("audio/a.wav"), "user.cdtext.title", "Tit\xc3\xaal", 6, 0);
	stage_setxattr(fx.stage, node_at("audio/b.wav"), "user.cdtext.title", "\xe6\x83\x85", 3, 0);
	set("label", "VOLUME");
	render();
	check_has(">VOLUME<");
	set("album", "Album");
	render();
	check_has(">Album<");
	check_has(">Tit\xc3\xaal<");
	check_has(">\xe6\x83\x85<");
	check_has(">d.wav<");
	check_has(">not readable<");
	check_has(">4 tracks, 0:20 of 80:00 minutes, 79:40 free<");
	assert_int_equal(slices(), 3);
}

static void gaps_and_data_leave_no_hole(void **state)
{
	(void)state;
	put_wav("audio/a.wav", 300);
	put_file("data/f", "x", 1);
	render();
	check_has(">between tracks<");
	check_has(">1 track and data, ");
	set("format", "data");
	render();
	check_hasnt("track");
	check_hasnt("between");
}

static void the_same_again(void **state)
{
	cleanup_free char *first = NULL;

	(void)state;
	make_dir("data/d", 0755);
	put_file("data/d/f", "x", 1);
	put_file("data/f", "x", 1);
	render();
	first = steal_pointer(&drawn);
	render();
	assert_string_equal(first, drawn);
	put_file("data/g", "x", 1);
	remove_file("data/g");
	render();
	assert_string_equal(first, drawn);
}

#define DRAWN(test) cmocka_unit_test_setup_teardown(test, begin, end)
#define STAGED(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		DRAWN(an_empty_disc),
		DRAWN(a_quarter),
		DRAWN(a_large_arc),
		DRAWN(full_to_the_last_block),
		DRAWN(too_full),
		DRAWN(next_to_nothing),
		DRAWN(a_disc_without_room),
		DRAWN(slices_that_do_not_add_up),
		DRAWN(earlier_sessions),
		DRAWN(many_tracks),
		DRAWN(a_track_that_is_none),
		DRAWN(both_on_one_disc),
		DRAWN(hostile_names),
		DRAWN(long_names),
		DRAWN(without_memory_for_text),
		STAGED(nothing_staged),
		STAGED(what_is_at_the_top),
		STAGED(deep_folders),
		STAGED(what_is_called_how),
		STAGED(gaps_and_data_leave_no_hole),
		STAGED(the_same_again),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
