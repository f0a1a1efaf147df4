/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * start/options.c: the command line, what -o passes on, drops and refuses, and which file overrides
 * which.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <string.h>
#include <sys/stat.h>

#include "start/options.h"

static struct options o;
static struct err err;
static char home[64];

static void write_file(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

static const char *in_home(const char *name)
{
	static char path[2][PATH_MAX];
	static unsigned turn;
	char *p = path[turn++ % 2];

	snprintf(p, PATH_MAX, "%s/%s", home, name);
	return p;
}

static int set_up(void **state)
{
	(void)state;
	snprintf(home, sizeof(home), "/tmp/burnfs-options.XXXXXX");
	if (!mkdtemp(home))
		return -1;
	mkdir(in_home("xdg"), 0700);
	mkdir(in_home("xdg/burnfs"), 0700);
	mkdir(in_home(".config"), 0700);
	mkdir(in_home(".config/burnfs"), 0700);
	setenv("HOME", home, 1);
	unsetenv("XDG_CONFIG_HOME");
	o = (struct options){ .help = false };
	return 0;
}

static int tear_down(void **state)
{
	static const char *const gone[] = {
		"xdg/burnfs/burnfs.conf",
		".config/burnfs/burnfs.conf",
		"other.conf",
		"xdg/burnfs",
		"xdg",
		".config/burnfs",
		".config",
		"",
	};

	(void)state;
	options_free(&o);
	for (size_t i = 0; i < ARRAY_SIZE(gone); i++)
		remove(in_home(gone[i]));
	return 0;
}

/* Parse the words of a command line, the last of them NULL. */
static int parse_words(const char *word, ...)
{
	char *argv[32], *copies[32];
	int argc = 0, r;
	va_list ap;

	options_free(&o);
	va_start(ap, word);
	for (; word; word = va_arg(ap, const char *))
		argv[argc] = copies[argc] = strdup(word), argc++;
	va_end(ap);
	argv[argc] = NULL;
	err = (struct err){ 0 };
	r = options_parse(&o, argc, argv, &err);
	if (r < 0)
		assert_int_equal(err.code, -r);
	for (int i = 0; i < argc; i++)
		free(copies[i]);
	return r;
}

#define parse(...) parse_words("burnfs", __VA_ARGS__, NULL)

static const char *fuse(void)
{
	return o.fuse.data ? o.fuse.data : "";
}

static void arguments(void **state)
{
	(void)state;
	assert_int_equal(parse("mnt"), 0);
	assert_string_equal(o.mountpoint, "mnt");
	assert_string_equal(o.settings.recorder, "auto");
	assert_int_equal(parse("x.iso", "mnt"), 0);
	assert_string_equal(o.mountpoint, "mnt");
	assert_string_equal(o.settings.recorder, "x.iso");
	assert_int_equal(parse_words("burnfs", NULL), -EINVAL);
	assert_string_equal(err.msg, "no mountpoint given: burnfs [options] [RECORDER] MOUNTPOINT");
	assert_int_equal(parse("none"), -EINVAL);
	assert_string_equal(err.msg, "no mountpoint given: burnfs none DIRECTORY");
	assert_int_equal(parse("image:/x"), -EINVAL);
	assert_string_equal(err.msg, "no mountpoint given: burnfs image:/x DIRECTORY");
	assert_int_equal(parse("-o", "gap", "none", "mnt"), -EINVAL);
	assert_string_equal(err.msg, "gap needs a value, as in -o gap=150");
	assert_int_equal(parse("-o", "eject", "none", "mnt"), -EINVAL);
	assert_string_equal(err.msg, "eject needs a value, as in -o eject=yes");
	assert_int_equal(parse("-o", "alow_other", "none", "mnt"), -EINVAL);
	assert_string_equal(err.msg, "unknown option \"-o alow_other\"; did you mean "
				     "\"allow_other\"? burnfs --help lists the options");
	assert_int_equal(parse("-o", "device=/dev/sr0", "mnt"), -EINVAL);
	assert_non_null(strstr(err.msg, "did you mean \"recorder\"?"));
	assert_int_equal(parse("-o", "label=one,two", "none", "mnt"), -EINVAL);
	assert_string_equal(err.msg, "unknown option \"-o two\": burnfs --help lists the options; "
				     "a comma inside a value is written \"\\,\"");
	assert_int_equal(parse("a", "b", "c"), -EINVAL);
	assert_non_null(strstr(err.msg, "\"c\""));
	assert_int_equal(parse("-f", "--", "-x"), 0);
	assert_string_equal(o.mountpoint, "-x");
	/* What mount(8) does: the options behind. */
	assert_int_equal(parse("none", "mnt", "-o", "rw,noauto"), 0);
	assert_string_equal(o.settings.recorder, "none");
	assert_string_equal(fuse(), "rw");
}

static void flags(void **state)
{
	(void)state;
	assert_int_equal(parse("-h"), 0);
	assert_true(o.help);
	assert_int_equal(parse("--version"), 0);
	assert_true(o.version);
	assert_int_equal(parse("--list-recorders"), 0);
	assert_true(o.list_recorders);
	assert_int_equal(parse("--print-config"), 0);
	assert_true(o.print_config);
	assert_int_equal(parse("--print-config", "x.iso", "mnt"), 0);
	assert_string_equal(o.settings.recorder, "x.iso");
	assert_int_equal(parse("-fs", "mnt"), 0);
	assert_true(o.foreground && o.single_thread && !o.debug);
	assert_int_equal(parse("-d", "mnt"), 0);
	assert_true(o.foreground && o.debug);
	assert_int_equal(parse("mnt"), 0);
	assert_false(o.foreground || o.debug || o.single_thread || o.help);
	assert_int_equal(parse("-x", "mnt"), -EINVAL);
	assert_non_null(strstr(err.msg, "-x"));
	assert_int_equal(parse("--nonsense", "mnt"), -EINVAL);
	assert_int_equal(parse("mnt", "-o"), -EINVAL);
}

static void words_of_o(void **state)
{
	static const char *const bad[] = {
		"nonsense",
		"label",
		"gap=x",
		"haste=4",
		"allow_other=1",
		"fsname",
		"max_threads",
		"max_threads=0",
		"max_threads=x",
		"max_threads=1001",
		"max_threads=-1",
		"x",
		"users2",
		"=",
		"=x",
		"Label=x",
		"a_key_that_is_far_longer_than_any_setting_could_be=x",
	};

	(void)state;
	assert_int_equal(parse("-o",
			       "user,users,nofail,_netdev,auto,noauto,x-systemd.automount,x-gvfs-"
			       "show,"
			       "X-mount.mkdir,defaults,comment=some,user=me,uhelper=x,helper=y",
			       "mnt"),
			 0);
	assert_string_equal(fuse(), "");
	assert_int_equal(parse("-o", "allow_other,ro,label=two words", "-o", "default_permissions",
			       "-onodev", "mnt"), 0);
	assert_string_equal(fuse(), "allow_other,ro,default_permissions,nodev");
	assert_string_equal(o.settings.label, "two words");
	assert_int_equal(parse("-o", "max_threads=7,,gap=3,", "mnt"), 0);
	assert_int_equal(o.max_threads, 7);
	assert_int_equal(o.settings.gap, 3);
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		if (parse("-o", bad[i], "mnt") != -EINVAL)
			fail_msg("-o %s was taken", bad[i]);
		assert_true(strlen(err.msg) > 0);
	}
}

/* What mount(8) says to its helper: other letters, in another order. */
static void as_a_helper(void **state)
{
	(void)state;
	assert_int_equal(parse_words("/sbin/mount.burnfs", "none", "mnt", "-sfnv", "-N", "12", "-t",
				     "burnfs", "-o", "rw,nonsense,gap=3", NULL),
			 0);
	assert_true(o.helper && o.fake && o.sloppy && o.verbose);
	assert_false(o.foreground || o.single_thread);
	assert_non_null(o.namespace);
	assert_string_equal(o.mountpoint, "mnt");
	assert_int_equal(o.settings.gap, 3);
	assert_string_equal(fuse(), "rw");
	assert_int_equal(parse_words("mount.burnfs", "none", "mnt", "-o", "nonsense", NULL),
			 -EINVAL);
	assert_int_equal(parse_words("mount.burnfs", "none", "mnt", "-s", "-o", "gap=x", NULL),
			 -EINVAL);
	assert_int_equal(parse_words("mount.burnfs", "none", "mnt", "-d", NULL), -EINVAL);
	assert_int_equal(parse_words("mount.burnfs", "none", "mnt", "-o", "remount,rw", NULL),
			 -EINVAL);
	assert_non_null(strstr(err.msg, "unmount"));
	/*
	 * As mount(8) of util-linux 2.41 calls it: with what the kernel shows, and whatever it has
	 * not heard of.
	 */
	assert_int_equal(parse_words("mount.burnfs", "none", "mnt", "-o",
				     "rw,user_id=0,group_id=0,remount", NULL),
			 -EINVAL);
	assert_non_null(strstr(err.msg, "unmount"));
	assert_int_equal(parse_words("mount.fuse/burnfs", "none", "mnt", "-f", NULL), 0);
	assert_true(o.foreground && !o.helper);
}

/* What the kernel shows, and what mount(8) thus compares with fstab: never a device. */
static void sources(void **state)
{
	static const struct {
		const char *given, *recorder, *shown;
		bool changed;
	} cases[] = {
		{ "burnfs#/dev/null", "/dev/null", "burnfs#/dev/null", false },
		{ "burnfs#none", "none", "burnfs#none", false },
		{ "burnfs#x.iso", "x.iso", "burnfs#x.iso", false },
		{ "burnfs#auto", "auto", "burnfs#auto", false },
		{ "burnfs#", "auto", "burnfs#", false },
		{ "auto", "auto", "auto", false },
		{ "/dev/null", "/dev/null", "burnfs#/dev/null", true },
		{ "//dev/null", "//dev/null", "burnfs#//dev/null", true },
		{ "/./dev/.//null", "/./dev/.//null", "burnfs#/./dev/.//null", true },
		{ "/device/x.iso", "/device/x.iso", "/device/x.iso", false },
		{ "dev/x.iso", "dev/x.iso", "dev/x.iso", false },
		{ "image:/dev/shm/x", "image:/dev/shm/x", "image:/dev/shm/x", false },
	};
	char source[PATH_MAX + 16];

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(parse(cases[i].given, "mnt"), 0);
		assert_string_equal(o.settings.recorder, cases[i].recorder);
		assert_int_equal(options_source(&o, source, sizeof(source)), cases[i].changed);
		assert_string_equal(source, cases[i].shown);
	}
	/* The configuration's as well. */
	assert_int_equal(parse("-o", "recorder=/dev/null", "mnt"), 0);
	assert_true(options_source(&o, source, sizeof(source)));
	assert_string_equal(source, "burnfs#/dev/null");
}

static void groups(void **state)
{
	char text[32];

	(void)state;
	assert_int_equal(parse("mnt"), 0);
	assert_true(o.settings.control_group == NO_GROUP && o.settings.stage_group == NO_GROUP);
	assert_int_equal(parse("-o", "allow_other,control_group=root,stage_group=4000000000",
			       "mnt"),
			 0);
	assert_true(o.allow_other);
	assert_int_equal(o.settings.control_group, 0);
	assert_true(o.settings.stage_group == 4000000000u);
	assert_int_equal(settings_text(&o.settings, "control_group", text, sizeof(text)), 0);
	assert_string_equal(text, "root");
	assert_int_equal(parse("-o", "control_group=no such group", "mnt"), -EINVAL);
	assert_int_equal(parse("-o", "control_group=4294967295", "mnt"), -EINVAL);
	assert_int_equal(settings_set(&o.settings, "stage_group", "0", SETTINGS_VERB, &err),
			 -EINVAL);
}

static void commas_behind_backslashes(void **state)
{
	(void)state;
	assert_int_equal(parse("-o", "label=a\\,b,gap=1", "mnt"), 0);
	assert_string_equal(o.settings.label, "a,b");
	assert_int_equal(o.settings.gap, 1);
	assert_int_equal(parse("-o", "fsname=a\\,b\\c", "mnt"), 0);
	assert_string_equal(fuse(), "fsname=a\\,b\\\\c");
	assert_int_equal(parse("-o", "label=x\\", "mnt"), 0);
	assert_string_equal(o.settings.label, "x\\");
}

static void who_overrides_whom(void **state)
{
	char option[PATH_MAX + 32];

	(void)state;
	write_file(in_home(".config/burnfs/burnfs.conf"), "label=home\ngap=1\nkeep=no\nrecorder="
							  "home.iso\n");
	assert_int_equal(parse("mnt"), 0);
	assert_string_equal(o.settings.label, "home");
	assert_string_equal(o.settings.recorder, "home.iso");
	write_file(in_home("xdg/burnfs/burnfs.conf"), "label=xdg\ngap=2\n");
	setenv("XDG_CONFIG_HOME", in_home("xdg"), 1);
	assert_int_equal(parse("mnt"), 0);
	assert_string_equal(o.settings.label, "xdg");
	assert_int_equal(o.settings.keep, KEEP_UNBURNED);
	write_file(in_home("other.conf"), "[burnfs]\nlabel=other\ngap=3\n");
	/* Wherever it stands, -o config comes before the other words of -o. */
	snprintf(option, sizeof(option), "gap=4,config=%s", in_home("other.conf"));
	assert_int_equal(parse("-o", option, "mnt"), 0);
	assert_string_equal(o.settings.label, "other");
	assert_int_equal(o.settings.gap, 4);
	assert_int_equal(parse("-o", option, "-o", "label=last,recorder=none", "x.iso", "mnt"), 0);
	assert_string_equal(o.settings.label, "last");
	assert_string_equal(o.settings.recorder, "x.iso");
}

static void files_that_are_wrong(void **state)
{
	char option[PATH_MAX + 32];

	(void)state;
	snprintf(option, sizeof(option), "config=%s", in_home("none.conf"));
	assert_int_equal(parse("-o", option, "mnt"), -ENOENT);
	assert_non_null(strstr(err.msg, "none.conf"));
	write_file(in_home(".config/burnfs/burnfs.conf"), "gap=1\nnonsense=1\n");
	assert_int_equal(parse("mnt"), -EINVAL);
	assert_non_null(strstr(err.msg, "burnfs.conf:2:"));
	/* The help must be there when it is needed most. */
	assert_int_equal(parse("--help"), 0);
	assert_int_equal(parse("--version"), 0);
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(arguments),
		FRESH(flags),
		FRESH(words_of_o),
		FRESH(commas_behind_backslashes),
		FRESH(as_a_helper),
		FRESH(groups),
		FRESH(sources),
		FRESH(who_overrides_whom),
		FRESH(files_that_are_wrong),
	};

	if (access("/etc/burnfs.conf", F_OK) == 0) {
		printf("skipped: /etc/burnfs.conf is there and would be read\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
