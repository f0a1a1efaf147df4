/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * base/mountinfo.c and start/mountpoint.c: what is mounted, under names of any kind, and what may
 * be mounted on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/mountinfo.h"
#include "start/mountpoint.h"

static char top[64];
static struct err err;

static int set_up(void **state)
{
	(void)state;
	snprintf(top, sizeof(top), "/tmp/burnfs-mounts.XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return rmdir(top);
}

static const char *in_top(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	return path;
}

static void the_root_is_mounted(void **state)
{
	struct mountinfo info;
	struct stat st;

	(void)state;
	assert_int_equal(mountinfo_find("/proc", &info), 0);
	assert_string_equal(info.type, "proc");
	assert_int_equal(stat("/proc", &st), 0);
	assert_int_equal(info.dev, st.st_dev);
	assert_true(mountinfo_has("/proc", &info));
	/*
	 * The next mount may get the number of one that has gone, elsewhere or of another file
	 * system.
	 */
	assert_false(mountinfo_has("/", &info));
	info.dev++;
	assert_false(mountinfo_has("/proc", &info));
	assert_int_equal(mountinfo_find(top, &info), -ENOENT);
	assert_int_equal(mountinfo_find("", &info), -ENOENT);
	assert_int_equal(mountinfo_find("/proc/", &info), -ENOENT);
}

/* In a name space of its own: what it mounts ends with it. */
static void mounts_under_odd_names(void **state)
{
	static const char *const names[] = {
		"plain", "two words", "back\\slash", "tab\there", "new\nline", "hash#", "\\040",
		"\xc3\xa4",
		"a - b", "quote\"", "-", "trailing ",
	};
	struct mountinfo info, upper;

	(void)state;
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		print_message("skipped: mounting is not allowed here: %s\n", strerror(errno));
		skip();
	}
	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		const char *path = in_top(names[i]);
		struct stat st;

		assert_int_equal(mkdir(path, 0700), 0);
		assert_int_equal(mount("none - x#y", path, "tmpfs", 0, NULL), 0);
		assert_int_equal(mountinfo_find(path, &info), 0);
		assert_string_equal(info.type, "tmpfs");
		assert_string_equal(info.source, "none - x#y");
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(info.dev, st.st_dev);
		/* Another on top of it is the one that counts. */
		assert_int_equal(mount("none", path, "ramfs", 0, NULL), 0);
		assert_int_equal(mountinfo_find(path, &upper), 0);
		assert_string_equal(upper.type, "ramfs");
		assert_true(mountinfo_has_type(path, "ramfs"));
		assert_true(mountinfo_has_type(path, "tmpfs"));
		assert_false(mountinfo_has_type(path, "tmp"));
		assert_false(mountinfo_has_type(top, "tmpfs"));
		assert_int_not_equal(upper.id, info.id);
		assert_true(mountinfo_has(path, &info));
		assert_int_equal(umount(path), 0);
		assert_false(mountinfo_has(path, &upper));
		assert_int_equal(umount(path), 0);
		assert_int_equal(mountinfo_find(path, &info), -ENOENT);
		assert_int_equal(rmdir(path), 0);
	}
}

static void where_a_mount_may_go(void **state)
{
	char out[PATH_MAX], real[PATH_MAX];
	FILE *f;

	(void)state;
	assert_non_null(realpath(top, real));
	assert_int_equal(mountpoint_ready(top, out, &err), 0);
	assert_string_equal(out, real);
	assert_int_equal(mountpoint_ready(in_top("none"), out, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "/none"));
	assert_int_equal(symlink(top, in_top("link")), 0);
	assert_int_equal(mountpoint_ready(in_top("link"), out, &err), -ENOTEMPTY);
	assert_int_equal(unlink(in_top("link")), 0);
	f = fopen(in_top("file"), "w");
	assert_non_null(f);
	fclose(f);
	assert_int_equal(mountpoint_ready(in_top("file"), out, &err), -ENOTDIR);
	mountpoint_explain(in_top("file"), NULL, &err);
	assert_null(strstr(err.msg, "is not a directory"));
	mountpoint_explain(in_top("file"), "none", &err);
	assert_non_null(strstr(err.msg, "/file is not a directory: the recorder comes first, then "
					"the mountpoint"));
	assert_int_equal(err.code, ENOTDIR);
	mountpoint_explain("x.iso", NULL, &err);
	assert_string_equal(err.msg, "x.iso is not a directory; did you mean: burnfs x.iso "
				     "DIRECTORY");
	mountpoint_explain("one.ISO", "sr", &err);
	assert_string_equal(err.msg, "one.ISO is not a directory: the recorder comes first, then "
				     "the mountpoint");
	mountpoint_explain("x.img", NULL, &err);
	assert_string_equal(err.msg, "x.img is not a directory; for this file write: burnfs "
				     "image:x.img DIRECTORY");
	err_set(&err, ENOENT, "as it was");
	mountpoint_explain("disc", NULL, &err);
	mountpoint_explain("disc", "none", &err);
	mountpoint_explain(".iso", NULL, &err);
	assert_string_equal(err.msg, "as it was");
	assert_int_equal(mountpoint_ready(top, out, &err), -ENOTEMPTY);
	assert_int_equal(unlink(in_top("file")), 0);
	assert_int_equal(mkdir(in_top("dir"), 0700), 0);
	assert_int_equal(symlink("dir", in_top("link")), 0);
	assert_int_equal(mountpoint_ready(in_top("link"), out, &err), 0);
	assert_string_equal(out + strlen(real), "/dir");
	assert_int_equal(mountpoint_ready(in_top("dir/../dir/./"), out, &err), 0);
	assert_string_equal(out + strlen(real), "/dir");
	unlink(in_top("link"));
	rmdir(in_top("dir"));
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(the_root_is_mounted),
		FRESH(where_a_mount_may_go),
		FRESH(mounts_under_odd_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
