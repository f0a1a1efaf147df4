/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * files/control.c over any bytes, as one write(2), against a session without a recorder. Whatever
 * is written, the outcome has a sentence, no job runs, and what control, stats and recorders tell
 * is in order.
 */
#define FIXTURE_PARENT "/dev/shm"
#include "../unit/fixture.h"

#include "files/control.h"
#include "files/stats.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run(const char *text, size_t len)
{
	struct waiter waiter = { 0 };
	/* Without a slash no path can be named that leads anywhere: relative ones are refused. */
	struct control_caller caller = { .may_name_paths = !memchr(text, '/', len),
					 .waiter = &waiter };
	struct err err = { 0 };
	int r = control_run(fx.session, text, len, &caller, &err);

	must(r <= 0 && r == -err.code, "the errno and the outcome differ");
	must(r == 0 || *err.msg, "a refusal without a sentence");
	return r;
}

/* Lines that each have a '=', one a key. */
static void check_stats(void)
{
	struct text text = { 0 };
	size_t rows = 0, lines = 0;

	must(stats_render(fx.session, &text) == 0, "stats");
	while (stats_key(rows))
		rows++;
	for (char *line = text.data; *line; lines++) {
		char *end = strchr(line, '\n');

		must(end && memchr(line, '=', (size_t)(end - line)), "a line of stats without a "
								     "key");
		line = end + 1;
	}
	must(lines == rows || lines == rows + 1, "lines of stats");
	text_free(&text);
}

static void tear_down(void)
{
	fixture_tear_down(NULL);
}

/*
 * The stage is made once; each input gets a session of its own, and what an earlier one has
 * cleared.
 */
static void set_up(void)
{
	if (!fx.stage) {
		log_set_level(LOG_LEVEL_ERROR);
		fixture_set_up(NULL);
		atexit(tear_down);
	}
	stage_apply(fx.stage, &fx.settings);
	start_session("none");
	if (!node_at("data/f"))
		must(put_file("data/f", "x", 1) == 0, "staging data");
	if (!node_at("audio/a.wav"))
		must(put_wav("audio/a.wav", 1) == 0, "staging sound");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text text = { 0 };
	char *copy;

	set_up();
	copy = malloc(size + 1);
	must(copy, "malloc");
	if (size)
		memcpy(copy, data, size);
	run(copy, size);
	must(!session_busy(fx.session), "a job without a recorder");
	check_stats();
	session_recorders(fx.session, &text);
	must(text.data && strchr(text.data, '*'), "no recorder is marked");
	text_free(&text);
	/* The crib is made of comments, the last outcome's sentence included. */
	control_help(fx.session, &text);
	must(run(text.data, text.len) == 0, "the crib is no comment");
	text_free(&text);
	free(copy);
	end_session();
	return 0;
}
