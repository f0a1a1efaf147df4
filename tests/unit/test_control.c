/* SPDX-License-Identifier: GPL-2.0-or-later */
/* files/control.c: lines, words, verbs, and what is kept of how they ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "files/control.h"
#include "fixture.h"

enum { LINE_BYTES = 8191 };     /* the longest line that may be a command */

static int set_up(void **state)
{
	fixture_set_up(state);
	start_session("none");
	return 0;
}

static int run_bytes(const char *text, size_t len, bool may_name_paths)
{
	struct waiter waiter = { 0 };
	struct control_caller caller = { .may_name_paths = may_name_paths, .waiter = &waiter };

	fx.err = (struct err){ 0 };
	return control_run(fx.session, text, len, &caller, &fx.err);
}

static int run(const char *text)
{
	return run_bytes(text, strlen(text), true);
}

static struct session_status status(void)
{
	struct session_status st;

	session_status(fx.session, &st);
	return st;
}

static void check_last(const char *op, int code)
{
	assert_string_equal(status().last.op, op);
	assert_int_equal(status().last.err.code, code);
	if (code)
		assert_true(strlen(status().last.err.msg) > 0);
}

static void lines_that_say_nothing(void **state)
{
	static const char *const texts[] = {
		"", "\n", "\n\n\n", "# set label x\n", "   # burn", "\t \r\n", "#", "\r\n\r\n",
		"#burn\n  \n# x",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++)
		assert_int_equal(run(texts[i]), 0);
	assert_string_equal(status().last.op, "");
}

static void a_label_of_two_words(void **state)
{
	(void)state;
	assert_int_equal(run("set label two words\n"), 0);
	assert_string_equal(status().settings.label, "two words");
	check_last("set", 0);
	assert_int_equal(run("  set\tlabel   no newline, and  blanks \t"), 0);
	assert_string_equal(status().settings.label, "no newline, and  blanks");
	assert_int_equal(run("set label a b c d e f g h i j k l m\n"), 0);
	assert_string_equal(status().settings.label, "a b c d e f g h i j k l m");
	assert_int_equal(run("set publisher 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20\n"),
			 0);
	assert_string_equal(status().settings.publisher,
			    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20");
	assert_int_equal(run("set label # is no comment here\n"), 0);
	assert_string_equal(status().settings.label, "# is no comment here");
	assert_int_equal(run("set label\n"), 0);
	assert_string_equal(status().settings.label, "");
}

static void lines_end_as_dos_ends_them(void **state)
{
	(void)state;
	assert_int_equal(run("set label x y\r\nset gap 7\r\nformat data\r\n"), 0);
	assert_string_equal(status().settings.label, "x y");
	assert_int_equal(status().settings.gap, 7);
	assert_int_equal(status().settings.format, FORMAT_DATA);
	assert_int_equal(run("recorder none\r\n"), 0);
	assert_int_equal(run("clear data\r\n"), 0);
}

static void blanks_behind_a_recorder(void **state)
{
	(void)state;
	assert_int_equal(run("recorder none  \n"), 0);
	assert_int_equal(run("recorder image:/tmp/no such.iso \t\n"), 0);
	assert_string_equal(status().recorder, "image:/tmp/no such.iso");
}

static void the_first_that_fails_ends_it(void **state)
{
	(void)state;
	assert_int_equal(run("set gap 1\nset gap x\nset gap 2\n"), -EINVAL);
	assert_int_equal(status().settings.gap, 1);
	check_last("set", EINVAL);
	assert_int_equal(run("set gap 3\nnonsense"), -EINVAL);
	assert_int_equal(status().settings.gap, 3);
	check_last("control", EINVAL);
	assert_non_null(strstr(fx.err.msg, "nonsense"));
	assert_int_equal(run("set gap 4\nset label ok\nset gap 5"), 0);
	assert_int_equal(status().settings.gap, 5);
	assert_int_equal(fx.err.code, 0);
	check_last("set", 0);
}

static void what_was_meant(void **state)
{
	static const struct {
		const char *line, *sentence;
	} cases[] = {
		{ "brun", "unknown command \"brun\"; did you mean \"burn\"? Read control for the "
			  "list" },
		{ "BURN", "unknown command \"BURN\"; did you mean \"burn\"? Read control for the "
			  "list" },
		{ "write", "unknown command \"write\"; did you mean \"burn\"? Read control for the "
			   "list" },
		{ "device /dev/sr0", "unknown command \"device\"; did you mean \"recorder\"? "
				     "Read control for the list" },
		{ "label x", "unknown command \"label\"; did you mean \"set label\"? "
			     "Read control for the list" },
		{ "volid x", "unknown command \"volid\"; did you mean \"set label\"? "
			     "Read control for the list" },
		{ "nonsense", "unknown command \"nonsense\". Read control for the list" },
		{ "copies 2", "unknown command \"copies\"; did you mean \"burn copies=N\"? "
			      "Read control for the list" },
		{ "status", "\"status\" is not a command: read the file progress, or stats, beside "
			    "control" },
		{ "umount", "\"umount\" is not a command: unmount in a shell: umount MOUNTPOINT, "
			    "or fusermount3 -u MOUNTPOINT" },
		{ "blank quick", "blank cannot be \"quick\"; did you mean \"blank fast\"? "
				 "Use blank, blank fast or blank full" },
		{ "erase all", "blank cannot be \"all\"; did you mean \"blank full\"? Use blank, "
			       "blank fast or blank full" },
		{ "clear all", "clear cannot be \"all\"; did you mean \"clear\"? Use clear, clear "
			       "data, clear audio or clear image" },
		{ "set capacity=dvd", "write \"set capacity dvd\", without \"=\"" },
		{ "set capacity = dvd", "write \"set capacity dvd\", without \"=\"" },
		{ "set capacity= dvd", "write \"set capacity dvd\", without \"=\"" },
		{ "set label=MY DISC", "write \"set label MY DISC\", without \"=\"" },
		{ "help brun", "unknown command \"brun\"; did you mean \"burn\"? Read control for "
			       "the list" },
		{ "burn dummy", "unknown option \"dummy\" of burn; did you mean \"simulate\"? Use "
				"simulate, verify, "
				"eject, multi, copies=N or wait" },
		{ "burn veirfy", "unknown option \"veirfy\" of burn; did you mean \"verify\"? Use "
				 "simulate, verify, "
				 "eject, multi, copies=N or wait" },
		{ "burn now", "unknown option \"now\" of burn. Use simulate, verify, eject, multi, "
			      "copies=N or wait" },
		{ "burn copies 2", "unknown option \"copies\" of burn; did you mean "
				   "\"copies=N\"? Use simulate, verify, eject, multi, copies=N or "
				   "wait" },
		{ "burn 2", "unknown option \"2\" of burn; did you mean \"copies=2\"? Use "
			    "simulate, verify, eject, multi, copies=N or wait" },
		{ "burn /dev/sr0", "burn takes no recorder: write \"recorder /dev/sr0\", then "
				   "\"burn\"" },
		{ "burn image:/tmp/x.iso", "burn takes no recorder: write \"recorder "
					   "image:/tmp/x.iso\", then \"burn\"" },
		{ "wait now", "usage: wait" },
		{ "blank a b", "usage: blank [fast|full]" },
		{ "erase slowly", "blank cannot be \"slowly\": use blank, blank fast or blank "
				  "full" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(run(cases[i].line), -EINVAL);
		assert_string_equal(fx.err.msg, cases[i].sentence);
	}
}

static void help_is_an_outcome(void **state)
{
	(void)state;
	assert_int_equal(run("help"), 0);
	check_last("help", 0);
	assert_memory_equal(status().last.summary, "the commands are burn, cancel, wait, ", 37);
	assert_non_null(strstr(status().last.summary, ", help; "));
	assert_int_equal(run("help erase"), 0);
	assert_string_equal(status().last.summary,
			    "blank [fast|full]: erase or format a rewritable disc (alias: erase)");
	assert_int_equal(run("help burn wait"), -EINVAL);
	assert_int_equal(run("set label x"), 0);
	assert_string_equal(status().last.summary, "");
}

static void a_value_that_was_meant_otherwise(void **state)
{
	(void)state;
	assert_int_equal(run("set gap 2"), 0);
	check_last("set", 0);
	assert_int_equal(status().settings.gap, 2);
	assert_string_equal(status().last.summary,
			    "the gap is 0.03 seconds; write 2s for 2 seconds");
	assert_int_equal(run("set gap 2s"), 0);
	assert_int_equal(status().settings.gap, 150);
	assert_string_equal(status().last.summary, "");
}

static void words_that_no_verb_takes(void **state)
{
	static const char *const texts[] = {
		"x",
		"BURN",
		"burning",
		"bur",
		"burn now",
		"burn simulate x",
		"burn copies",
		"burn copies=",
		"burn copies=0",
		"burn copies=100",
		"burn copies=-1",
		"burn copies=1x",
		"burn copies= 1",
		"burn copies=+1",
		"burn copies=18446744073709551617",
		"burn a b c d e f g",
		"burn a b c d e f g h i j k l m n o p q r s t u",
		"cancel now",
		"wait 5",
		"clear disc",
		"clear data audio",
		"clear Data",
		"format",
		"format cd",
		"format data audio",
		"recorder",
		"recorder nonsense",
		"recorder /dev/null",
		"set",
		"set gap",
		"set none 1",
		"set gap -1",
		"probe x",
		"set stash /tmp",
		"\xff\xfe",
		"set label \xff",
		"burn\vwait",
		"set label a\001b",
	};

	(void)state;
	put_file("data/f", "x", 1);
	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		int r = run(texts[i]);

		if (r != -EINVAL)
			fail_msg("\"%s\": %d", texts[i], r);
		assert_int_equal(fx.err.code, -r);
		assert_int_equal(status().last.err.code, -r);
		assert_true(strlen(status().last.err.msg) > 0);
		assert_false(session_busy(fx.session));
	}
}

static void zero_bytes(void **state)
{
	static const char inside[] = "set gap 9\0\n", behind[] = "set gap 8\n\0";
	static const char between[] = "set gap 1\n\0\nset gap 2\n";

	(void)state;
	assert_int_equal(run_bytes(inside, sizeof(inside) - 1, true), -EINVAL);
	assert_int_equal(status().settings.gap, GAP_DEFAULT);
	check_last("control", EINVAL);
	assert_int_equal(run_bytes(behind, sizeof(behind) - 1, true), -EINVAL);
	assert_int_equal(status().settings.gap, 8);
	assert_int_equal(run_bytes(between, sizeof(between) - 1, true), -EINVAL);
	assert_int_equal(status().settings.gap, 1);
}

static void long_lines(void **state)
{
	static char text[3 * LINE_BYTES];

	(void)state;
	memset(text, ' ', sizeof(text));
	memcpy(text + LINE_BYTES - 9, "set gap 6", 9);
	assert_int_equal(run_bytes(text, LINE_BYTES, true), 0);
	assert_int_equal(status().settings.gap, 6);
	memset(text, 'x', sizeof(text));
	assert_int_equal(run_bytes(text, LINE_BYTES, true), -EINVAL);
	assert_int_equal(run_bytes(text, LINE_BYTES + 1, true), -EINVAL);
	assert_int_equal(run_bytes(text, sizeof(text), true), -EINVAL);
	text[0] = '#';
	assert_int_equal(run_bytes(text, LINE_BYTES, true), 0);
	memcpy(text, "set gap 4\n", 10);
	assert_int_equal(run_bytes(text, sizeof(text), true), -EINVAL);
	assert_int_equal(status().settings.gap, 4);
	memset(text, 'l', sizeof(text));
	memcpy(text, "set label ", 10);
	assert_int_equal(run_bytes(text, LINE_BYTES, true), -EINVAL);
	memcpy(text, "recorder image:/", 16);
	assert_int_equal(run_bytes(text, LINE_BYTES, true), -ENAMETOOLONG);
}

static void only_some_may_name_paths(void **state)
{
	(void)state;
	assert_int_equal(run_bytes("recorder none", 13, false), -EACCES);
	check_last("recorder", EACCES);
	assert_int_equal(run_bytes("add /etc/passwd", 15, false), -EPERM);
	check_last("add", EPERM);
	assert_int_equal(run_bytes("set gap 3", 9, false), 0);
	assert_int_equal(run_bytes("format data", 11, false), 0);
}

static void clearing(void **state)
{
	struct handle *h;

	(void)state;
	put_file("data/f", "x", 1);
	put_wav("audio/a.wav", 1);
	assert_int_equal(run("clear audio"), 0);
	assert_non_null(node_at("data/f"));
	assert_null(node_at("audio/a.wav"));
	put_wav("audio/a.wav", 1);
	assert_int_equal(run("clear data"), 0);
	assert_null(node_at("data/f"));
	assert_non_null(node_at("audio/a.wav"));
	put_file("data/f", "x", 1);
	assert_int_equal(create_file("audio/b.wav", O_WRONLY, &h), 0);
	assert_int_equal(run("clear audio"), -EBUSY);
	check_last("clear", EBUSY);
	stage_flush(h);
	stage_close(h);
	assert_int_equal(run("clear"), 0);
	assert_null(node_at("data/f"));
	assert_null(node_at("audio/a.wav"));
	check_last("clear", 0);
}

static void burning(void **state)
{
	char text[PATH_MAX + 64];

	(void)state;
	assert_int_equal(run("burn"), -ENODATA);
	check_last("burn", ENODATA);
	put_file("data/f", "x", 1);
	assert_int_equal(run("burn wait"), -ENODEV);
	check_last("burn", ENODEV);
	assert_int_equal(run("wait"), -ENODEV);
	check_last("burn", ENODEV);
	for (const char *const *verb =
		     (const char *const[]){ "blank", "eject", "load", "probe", NULL };
	     *verb; verb++)
		assert_int_equal(run(*verb), -ENODEV);
	snprintf(text, sizeof(text), "recorder image:%s\nburn simulate copies=1 wait\n",
		 beside("x.iso"));
	assert_int_equal(run(text), 0);
	check_last("burn", 0);
	assert_string_equal(status().last.output, "");
	assert_int_equal(run("burn verify\nwait\n"), 0);
	check_last("burn", 0);
	assert_string_equal(status().last.output, beside("x.iso"));
	assert_int_equal(run("cancel\nprobe\ncancel"), 0);
	check_last("probe", 0);
	assert_int_equal(run("burn multi"), -EOPNOTSUPP);
	assert_int_equal(run("burn copies=2"), -EOPNOTSUPP);
}

static void *burn_and_wait(void *data)
{
	*(int *)data = run("burn wait\nset gap 17\n");
	return NULL;
}

/* While one waits others go on; what was cancelled fails for who waited, and is not told twice. */
static void cancelling_while_another_waits(void **state)
{
	pthread_t thread;
	char text[PATH_MAX + 64];
	int result = 0;

	(void)state;
	put_file("data/f", "x", 1);
	snprintf(text, sizeof(text), "recorder %s", beside("x.iso"));
	assert_int_equal(run(text), 0);
	hold_job(STATE_BURNING);
	assert_int_equal(pthread_create(&thread, NULL, burn_and_wait, &result), 0);
	assert_true(await_hold());
	assert_int_equal(run("burn"), -EBUSY);
	check_last("burn", EBUSY);
	assert_int_equal(run("set gap 1"), -EBUSY);
	assert_int_equal(run("format data"), -EBUSY);
	assert_int_equal(run("recorder none"), -EBUSY);
	assert_int_equal(run("clear"), -EBUSY);
	assert_int_equal(run("cancel"), 0);
	let_go();
	pthread_join(thread, NULL);
	assert_int_equal(result, -ECANCELED);
	assert_int_equal(status().settings.gap, GAP_DEFAULT);
	check_last("burn", ECANCELED);
	assert_int_equal(run("wait"), -ECANCELED);
	check_last("burn", ECANCELED);
}

static void an_interrupted_wait(void **state)
{
	struct waiter waiter = { .interrupted = true };
	struct control_caller caller = { .waiter = &waiter };
	char text[PATH_MAX + 64];

	(void)state;
	put_file("data/f", "x", 1);
	snprintf(text, sizeof(text), "recorder %s", beside("x.iso"));
	assert_int_equal(run(text), 0);
	hold_job(STATE_BURNING);
	assert_int_equal(run("burn"), 0);
	assert_true(await_hold());
	assert_int_equal(control_run(fx.session, "wait", 4, &caller, &fx.err), -EINTR);
	let_go();
	assert_int_equal(run("wait"), 0);
	check_last("burn", 0);
}

static void what_cannot_be_added(void **state)
{
	static const struct {
		const char *line;
		int code;
	} lines[] = {
		{ "add", EINVAL },
		{ "add relative", EINVAL },
		{ "add ../etc/passwd", EINVAL },
		{ "add /", EISDIR },
		{ "add /..", EISDIR },
		{ "add /dev", EISDIR },
		{ "add /dev/", EISDIR },
		{ "add /dev/null", EPERM },
		{ "add /dev/null/x", ENOTDIR },
		{ "add /nothing here", ENOENT },
		{ "add /proc/self/exe", EINVAL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		assert_int_equal(run(lines[i].line), -lines[i].code);
		check_last("add", lines[i].code);
	}
}

static void the_crib(void **state)
{
	struct text text = { 0 };
	const char *line;

	(void)state;
	control_help(fx.session, &text);
	assert_non_null(strstr(text.data, "No command has run yet"));
	for (size_t i = 0; control_verb(i); i++) {
		char begin[40];

		snprintf(begin, sizeof(begin), "#   %s", control_verb(i));
		assert_non_null(strstr(text.data, begin));
	}
	for (line = text.data; *line; line = strchr(line, '\n') + 1)
		assert_int_equal(*line, '#');
	/* Written back, it does nothing. */
	assert_int_equal(run(text.data), 0);
	text_free(&text);
	run("burn");
	control_help(fx.session, &text);
	assert_non_null(strstr(text.data, "# Last: burn: ENODATA: "));
	text_free(&text);
	run("set label x");
	control_help(fx.session, &text);
	assert_non_null(strstr(text.data, "# Last: set: ok\n"));
	text_free(&text);
}

static void only_cancelling_is_instant(void **state)
{
	static const char *const instant[] = { "cancel", "cancel\n", " cancel \r\n\ncancel",
					       "# wait\ncancel", "" };
	static const char *const others[] = { "wait", "cancel\nwait", "burn", "cancelled",
					      "set label cancel" };

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(instant); i++)
		assert_true(control_is_instant(instant[i], strlen(instant[i])));
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_false(control_is_instant(others[i], strlen(others[i])));
	assert_false(control_is_instant("cancel\0", 7));
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Seconds of the processor that are little; the thread sanitizer makes each access a call. */
#ifdef __SANITIZE_THREAD__
static const double LITTLE = 20;
#else
static const double LITTLE = 0.8;
#endif

/* A line costs what its bytes do: as many as one write holds are nothing. */
static void empty_lines_cost_little(void **state)
{
	static const char *const fill[] = { "\n", "#\n", " \t\n" };
	enum { BYTES = 1024 * 1024, TIMES = 10 };
	char *text = malloc(BYTES + 1);

	(void)state;
	assert_non_null(text);
	for (size_t i = 0; i < ARRAY_SIZE(fill); i++) {
		size_t len = strlen(fill[i]);
		double begin = cpu_seconds();

		for (size_t at = 0; at < BYTES; at++)
			text[at] = fill[i][at % len];
		text[BYTES / len * len] = '\0';
		for (int times = 0; times < TIMES; times++) {
			assert_true(control_is_instant(text, strlen(text)));
			assert_int_equal(run(text), 0);
		}
		if (cpu_seconds() - begin > LITTLE)
			fail_msg("%d times %zu bytes took %.2f s", TIMES, strlen(text),
				 cpu_seconds() - begin);
	}
	free(text);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(lines_that_say_nothing),
		FRESH(a_label_of_two_words),
		FRESH(lines_end_as_dos_ends_them),
		FRESH(blanks_behind_a_recorder),
		FRESH(the_first_that_fails_ends_it),
		FRESH(what_was_meant),
		FRESH(help_is_an_outcome),
		FRESH(a_value_that_was_meant_otherwise),
		FRESH(words_that_no_verb_takes),
		FRESH(zero_bytes),
		FRESH(long_lines),
		FRESH(only_some_may_name_paths),
		FRESH(what_cannot_be_added),
		FRESH(clearing),
		FRESH(burning),
		FRESH(cancelling_while_another_waits),
		FRESH(an_interrupted_wait),
		FRESH(the_crib),
		cmocka_unit_test(only_cancelling_is_instant),
		FRESH(empty_lines_cost_little),
	};

	log_set_level(LOG_LEVEL_ERROR);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
