/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files/vfile.c and files/stats.c: which virtual files there are, views that stay as they were
 * made, keys of stats.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "files/stats.h"
#include "files/vfile.h"
#include "fixture.h"

static int set_up(void **state)
{
	fixture_set_up(state);
	start_session("none");
	return 0;
}

static struct view *view_of(enum vdir dir, const char *name)
{
	const struct vfile *f = vfile_find(fx.session, dir, name);
	struct view *v;

	assert_non_null(f);
	assert_int_equal(view_new(&v, fx.session, f), 0);
	assert_ptr_equal(view_file(v), f);
	return v;
}

static uint64_t size_of(struct view *v)
{
	struct stat st;

	view_stat(v, &st);
	assert_int_equal(st.st_blocks, (st.st_size + 511) / 512);
	assert_true(S_ISREG(st.st_mode));
	return (uint64_t)st.st_size;
}

/* The whole text, read in pieces. The caller frees it. */
static char *text_of(struct view *v)
{
	struct text text = { 0 };
	char piece[100];
	ssize_t n;

	while ((n = view_read(v, piece, sizeof(piece), text.len)) > 0)
		text_append(&text, piece, (size_t)n);
	assert_int_equal(n, 0);
	assert_int_equal(text.len, size_of(v));
	assert_int_equal(view_read(v, piece, sizeof(piece), text.len + 1000), 0);
	assert_int_equal(view_read(v, piece, sizeof(piece), UINT64_MAX), 0);
	return text.data;
}

static char *stats(void)
{
	struct view *v = view_of(VDIR_ROOT, "stats");
	char *text = text_of(v);

	view_free(v);
	return text;
}

/* Whether `stats` has that line. */
static void check_stat(const char *line)
{
	cleanup_free char *text = stats();
	char whole[200];

	snprintf(whole, sizeof(whole), "\n%s\n", line);
	if (!strstr(text, whole))
		fail_msg("no \"%s\" in\n%s", line, text);
}

/* ---- which there are ---- */

static unsigned count(enum vdir dir)
{
	size_t i = 0;
	unsigned n = 0;

	while (vfile_next(fx.session, dir, &i))
		n++;
	return n;
}

static void the_files_of_the_root(void **state)
{
	static const char *const names[] = { "control", "stats", "recorders", "progress",
					     "events" };
	uint64_t inos[ARRAY_SIZE(names)];
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const struct vfile *f = vfile_next(fx.session, VDIR_ROOT, &at);

		assert_string_equal(f->name, names[i]);
		assert_ptr_equal(vfile_find(fx.session, VDIR_ROOT, names[i]), f);
		assert_null(vfile_find(fx.session, VDIR_IMAGE, names[i]));
		inos[i] = vfile_ino(f);
		for (size_t j = 0; j < i; j++)
			assert_int_not_equal(inos[i], inos[j]);
	}
	assert_null(vfile_next(fx.session, VDIR_ROOT, &at));
	assert_null(vfile_next(fx.session, VDIR_ROOT, &at));
	assert_null(vfile_find(fx.session, VDIR_ROOT, ""));
	assert_null(vfile_find(fx.session, VDIR_ROOT, "Stats"));
	assert_int_equal(vfile_find(fx.session, VDIR_ROOT, "control")->mode & 0222, 0200);
	assert_int_equal(vfile_find(fx.session, VDIR_ROOT, "stats")->mode & 0222, 0);
}

static void images_are_there_while_something_is_staged(void **state)
{
	(void)state;
	assert_int_equal(count(VDIR_IMAGE), 1);
	assert_null(vfile_find(fx.session, VDIR_IMAGE, "disc.iso"));
	assert_non_null(vfile_find(fx.session, VDIR_IMAGE, "disc.svg"));
	put_file("data/f", "x", 1);
	assert_int_equal(count(VDIR_IMAGE), 2);
	assert_non_null(vfile_find(fx.session, VDIR_IMAGE, "disc.iso"));
	put_wav("audio/a.wav", 300);
	assert_int_equal(count(VDIR_IMAGE), 4);
	remove_file("data/f");
	assert_int_equal(count(VDIR_IMAGE), 3);
	assert_null(vfile_find(fx.session, VDIR_IMAGE, "disc.iso"));
	assert_non_null(vfile_find(fx.session, VDIR_IMAGE, "disc.cue"));
}

static void check_texts(enum vdir dir)
{
	size_t at = 0;
	const struct vfile *f;

	while ((f = vfile_next(fx.session, dir, &at))) {
		struct view *v = view_of(dir, f->name);
		cleanup_free char *text = NULL;

		assert_int_equal(view_open(v), 0);
		text = text_of(v);
		if (f->kind != VFILE_LOG) {
			assert_non_null(text);
			assert_int_equal(text[strlen(text) - 1], '\n');
			if (strstr(text, "(null)"))
				fail_msg("%s holds a null:\n%s", f->name, text);
		}
		view_free(v);
	}
}

static void every_text_is_true_to_its_size(void **state)
{
	(void)state;
	check_texts(VDIR_ROOT);
	check_texts(VDIR_IMAGE);
}

/* ---- views ---- */

static void a_view_stays_as_it_was_made(void **state)
{
	struct view *v = view_of(VDIR_ROOT, "stats");
	cleanup_free char *before = text_of(v), *after = NULL, *now = NULL;

	(void)state;
	put_file("data/f", "x", 1);
	assert_int_equal(session_set(fx.session, "label", "another label altogether", &fx.err), 0);
	after = text_of(v);
	assert_string_equal(before, after);
	view_free(v);
	now = stats();
	assert_string_not_equal(before, now);
}

static void the_log_grows(void **state)
{
	struct view *v = view_of(VDIR_ROOT, "events"), *later;
	uint64_t size = size_of(v);
	char line[64];

	(void)state;
	assert_int_equal(view_end(v), size);
	events_add(fx.events, "test", "number=%d", 1);
	assert_in_range(size_of(v), size + 1, size + 100);
	assert_in_range(view_read(v, line, sizeof(line), size), 10, 63);
	assert_non_null(memmem(line, 63, " test number=1\n", 15));
	assert_int_equal(view_end(v), size_of(v));
	/* What was dropped meanwhile reads as newlines, at its old place. */
	for (unsigned i = 0; i < 3000; i++)
		events_add(fx.events, "test", "and a line that is somewhat longer, number=%u", i);
	assert_in_range(size_of(v), 100000, UINT64_MAX);
	assert_int_equal(view_read(v, line, 10, 0), 10);
	assert_memory_equal(line, "\n\n\n\n\n\n\n\n\n\n", 10);
	/* Who comes now sees what there is from its beginning. */
	later = view_of(VDIR_ROOT, "events");
	assert_in_range(size_of(later), 1000, 64 * 1024);
	assert_int_equal(view_read(later, line, 1, 0), 1);
	assert_int_equal(line[0], '2');
	view_free(later);
	view_free(v);
}

static void an_image_is_the_disc(void **state)
{
	struct view *v;
	char bytes[BLOCK_SIZE];

	(void)state;
	put_file("data/f", "some content", 12);
	v = view_of(VDIR_IMAGE, "disc.iso");
	assert_int_equal(size_of(v), staged_blocks() * BLOCK_SIZE);
	assert_int_equal(view_read(v, bytes, 10, 0), -EBADF);
	assert_int_equal(view_open(v), 0);
	assert_int_equal(view_open(v), 0);
	assert_int_equal(view_read(v, bytes, sizeof(bytes), 16 * BLOCK_SIZE), sizeof(bytes));
	assert_memory_equal(bytes + 1, "CD001", 5);
	assert_int_equal(view_read(v, bytes, sizeof(bytes), size_of(v) - 5), 5);
	assert_int_equal(view_read(v, bytes, sizeof(bytes), size_of(v)), 0);
	view_free(v);
}

static void an_image_is_of_one_moment(void **state)
{
	struct view *v, *unopened, *fresh;
	char bytes[16];

	(void)state;
	put_file("data/f", "some content", 12);
	v = view_of(VDIR_IMAGE, "disc.iso");
	unopened = view_of(VDIR_IMAGE, "disc.iso");
	assert_int_equal(view_open(v), 0);
	put_file("data/g", "x", 1);
	assert_int_equal(view_read(v, bytes, sizeof(bytes), 32768), -ESTALE);
	assert_int_equal(view_open(v), -ESTALE);
	assert_int_equal(view_open(unopened), -ESTALE); /* another size than was told */
	fresh = view_of(VDIR_IMAGE, "disc.iso");
	assert_int_equal(view_open(fresh), 0);
	assert_int_equal(view_read(fresh, bytes, sizeof(bytes), 32768), 16);
	remove_file("data/f");
	remove_file("data/g");
	assert_int_equal(view_open(unopened), -ESTALE); /* nothing is staged any more */
	assert_int_equal(view_read(fresh, bytes, sizeof(bytes), 32768), -ESTALE);
	view_free(v);
	view_free(unopened);
	view_free(fresh);
}

static void a_sound_disc_and_its_sheet(void **state)
{
	cleanup_free char *sheet = NULL;
	struct view *bin, *cue;

	(void)state;
	put_wav("audio/a.wav", 300);
	put_wav("audio/b.wav", 400);
	bin = view_of(VDIR_IMAGE, "disc.bin");
	cue = view_of(VDIR_IMAGE, "disc.cue");
	assert_int_equal(size_of(bin), (300 + 150 + 400) * SECTOR_SIZE);
	assert_int_equal(view_open(bin), 0);
	sheet = text_of(cue);
	assert_non_null(strstr(sheet, "\"disc.bin\""));
	assert_non_null(strstr(sheet, "INDEX 00"));
	view_free(bin);
	view_free(cue);
}

/* A listing of image/ must not fail for a track that is none. */
static void a_bad_track_and_the_images(void **state)
{
	const struct vfile *f;
	struct view *v;

	(void)state;
	put_wav("audio/a.wav", 300);
	put_file("audio/b.wav", "nonsense", 8);
	f = vfile_find(fx.session, VDIR_IMAGE, "disc.bin");
	assert_non_null(f);
	assert_int_equal(view_new(&v, fx.session, f), 0);
	assert_int_equal(view_open(v), -EINVAL);
	view_free(v);
	f = vfile_find(fx.session, VDIR_IMAGE, "disc.cue");
	assert_non_null(f);
	assert_int_equal(view_new(&v, fx.session, f), -EINVAL);
}

/* ---- stats ---- */

static void every_key_is_there_once(void **state)
{
	cleanup_free char *text = stats();
	const char *line = text;

	(void)state;
	for (size_t i = 0; stats_key(i); i++) {
		size_t len = strlen(stats_key(i));

		if (strncmp(line, stats_key(i), len) != 0 || line[len] != '=')
			fail_msg("%s is not at its place: %.40s", stats_key(i), line);
		line = strchr(line, '\n') + 1;
	}
	assert_int_equal(*line, '\0');
}

static void the_keys_of_the_contract(void **state)
{
	static const char *const keys[] = {
		"version",
		"state",
		"formats",
		"format",
		"recorder",
		"medium",
		"medium_status",
		"medium_erasable",
		"medium_sessions",
		"medium_last_track",
		"medium_next_block",
		"medium_free_blocks",
		"medium_speeds",
		"medium_id",
		"label",
		"data_block_size",
		"data_total_blocks",
		"data_used_blocks",
		"data_free_blocks",
		"data_files",
		"data_directories",
		"data_bytes",
		"joliet_renamed",
		"data_excluded",
		"linux_shortened",
		"audio_block_size",
		"audio_total_blocks",
		"audio_used_blocks",
		"audio_free_blocks",
		"audio_available_track_blocks",
		"audio_tracks",
		"audio_ignored",
		"audio_titles_replaced",
		"image",
		"image_kind",
		"image_blocks",
		"image_state",
		"image_ignored",
		"job",
		"job_done_blocks",
		"job_total_blocks",
		"job_track",
		"job_tracks",
		"job_eta_seconds",
		"job_kib_per_second",
		"job_buffer_percent",
		"job_copy",
		"job_copies",
		"job_waits_for",
		"last_op",
		"last_result",
		"last_error",
		"last_output",
		"last_summary",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++)
		assert_string_equal(stats_key(i), keys[i]);
}

static void the_figures_of_data(void **state)
{
	char line[64], name[130] = "data/";

	(void)state;
	check_stat("state=staging");
	check_stat("format=none");
	check_stat("data_used_blocks=0");
	check_stat("last_op=");
	check_stat("last_result=");
	assert_int_equal(session_set(fx.session, "capacity", "1000", &fx.err), 0);
	assert_int_equal(session_set(fx.session, "label", "two words", &fx.err), 0);
	memset(name + 5, 'n', 120);
	put_file(name, "12345", 5);
	make_dir("data/d", 0755);
	make_link(name, "data/d/again");
	make_symlink("data/l", "x");
	check_stat("format=data");
	check_stat("label=two words");
	check_stat("data_total_blocks=1000");
	check_stat("data_files=3");
	check_stat("data_directories=1");
	check_stat("data_bytes=5");
	check_stat("joliet_renamed=1");
	snprintf(line, sizeof(line), "data_used_blocks=%llu", (unsigned long long)staged_blocks());
	check_stat(line);
	snprintf(line, sizeof(line), "data_free_blocks=%llu",
		 (unsigned long long)(1000 - staged_blocks()));
	check_stat(line);
	assert_int_equal(session_set(fx.session, "capacity", "1", &fx.err), 0);
	check_stat("data_free_blocks=0");
}

static void the_figures_of_audio(void **state)
{
	(void)state;
	check_stat("audio_total_blocks=360000");
	check_stat("audio_available_track_blocks=360000");
	put_wav("audio/b\n.wav", 1000);
	put_wav("audio/a.wav", 20);
	put_file("audio/c.wav", "nonsense", 8);
	make_file("audio/d.wav");
	make_file("audio/cover.jpg");
	check_stat("format=audio");
	check_stat("audio_used_blocks=1450");
	check_stat("audio_free_blocks=358550");
	check_stat("audio_available_track_blocks=358400");
	check_stat("audio_tracks=4");
	check_stat("audio_ignored=1");
	check_stat("track.01=300 a.wav ok, padded to 4 seconds");
	check_stat("track.02=1000 b?.wav ok");
	check_stat("track.04=0 d.wav empty");
	put_file("data/f", "x", 1);
	check_stat("format=mixed");
}

static void the_figures_of_a_job(void **state)
{
	char line[PATH_MAX + 32];
	cleanup_free char *text = NULL;
	struct view *v;

	(void)state;
	put_file("data/f", "x", 1);
	assert_int_equal(session_set_recorder(fx.session, beside("x.iso"), &fx.err), 0);
	check_stat("medium=file");
	hold_job(STATE_BURNING);
	assert_int_equal(burn(&plain_burn), 0);
	assert_true(await_hold());
	check_stat("state=burning");
	check_stat("job=burn");
	check_stat("job_done_blocks=0");
	snprintf(line, sizeof(line), "job_total_blocks=%llu", (unsigned long long)staged_blocks());
	check_stat(line);
	v = view_of(VDIR_ROOT, "progress");
	text = text_of(v);
	assert_memory_equal(text, "burning [  ", 11);
	view_free(v);
	let_go();
	assert_int_equal(wait_for_job(), 0);
	check_stat("state=staging");
	check_stat("job=");
	check_stat("job_done_blocks=");
	check_stat("last_op=burn");
	check_stat("last_result=ok");
	snprintf(line, sizeof(line), "last_output=%s", beside("x.iso"));
	check_stat(line);
}

static void the_last_refusal(void **state)
{
	cleanup_free char *text = NULL;
	struct view *v;

	(void)state;
	put_file("data/f", "x", 1);
	assert_int_equal(session_set(fx.session, "capacity", "1", &fx.err), 0);
	assert_int_equal(make_file("data/g"), -ENOSPC);
	check_stat("last_op=stage");
	check_stat("last_result=ENOSPC");
	v = view_of(VDIR_ROOT, "progress");
	text = text_of(v);
	assert_non_null(strstr(text, "the disc is full: it holds 3 kB; remove"));
	view_free(v);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(the_files_of_the_root),
		FRESH(images_are_there_while_something_is_staged),
		FRESH(every_text_is_true_to_its_size),
		FRESH(a_view_stays_as_it_was_made),
		FRESH(the_log_grows),
		FRESH(an_image_is_the_disc),
		FRESH(an_image_is_of_one_moment),
		FRESH(a_sound_disc_and_its_sheet),
		FRESH(a_bad_track_and_the_images),
		FRESH(every_key_is_there_once),
		FRESH(the_keys_of_the_contract),
		FRESH(the_figures_of_data),
		FRESH(the_figures_of_audio),
		FRESH(the_figures_of_a_job),
		FRESH(the_last_refusal),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
