/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage's names, attributes and space: what is refused leaves everything as it was, and what
 * was taken is there again when the stash is taken up.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include <dirent.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "fixture.h"

enum { BRIM_MAX = 400 };

static struct err refused;      /* the last sentence of a refusal */
static unsigned refusals;

/* What is to happen once, while a large directory is being measured without the lock. */
static void (*while_measuring)(void);

int __real_snapshot_measure(struct snapshot *s, const struct node *dir, struct size_dir *out);
int __wrap_snapshot_measure(struct snapshot *s, const struct node *dir, struct size_dir *out);

int __wrap_snapshot_measure(struct snapshot *s, const struct node *dir, struct size_dir *out)
{
	void (*meanwhile)(void) = s->lock ? while_measuring : NULL;

	if (meanwhile) {
		while_measuring = NULL;
		meanwhile();
	}
	return __real_snapshot_measure(s, dir, out);
}

static void keep_refusal(void *data, const struct err *err)
{
	(void)data;
	refused = *err;
	refusals++;
}

static int set_up(void **state)
{
	fixture_set_up(state);
	refused = (struct err){ 0 };
	refusals = 0;
	stage_observe_refusals(fx.stage, keep_refusal, NULL);
	return 0;
}

static void check_size(void)
{
	uint64_t renamed, exact;
	struct stage_info info;

	stage_info(fx.stage, &info);
	exact = blocks_from_scratch(stage_tree_hold(fx.stage), &renamed);
	stage_tree_release(fx.stage);
	assert_int_equal(info.data_blocks, exact);
	assert_int_equal(info.joliet_renamed, renamed);
}

static bool in_stash(const char *path)
{
	char full[PATH_MAX];
	struct stat st;

	snprintf(full, sizeof(full), "%s/%s", fx.stash, path);
	return lstat(full, &st) == 0;
}

/* ---- names ---- */

static void everything_comes_again(void **state)
{
	char target[SIZE_LINK_MAX + 1];

	(void)state;
	memset(target, 'x', sizeof(target));
	for (size_t i = 200; i < SIZE_LINK_MAX; i += 200)
		target[i] = '/';
	target[SIZE_LINK_MAX] = '\0';
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(make_dir("data/d/empty", 0755), 0);
	assert_int_equal(put_file("data/d/f", "hello", 5), 0);
	assert_int_equal(make_file("data/none"), 0);
	assert_int_equal(make_symlink("data/d/l", target), 0);
	assert_int_equal(make_node("data/pipe", S_IFIFO | 0600), 0);
	assert_int_equal(make_node("data/socket", S_IFSOCK | 0604), 0);
	assert_int_equal(make_link("data/d/f", "data/f2"), 0);
	assert_int_equal(make_link("data/none", "data/d/none"), 0);
	assert_int_equal(make_link("data/pipe", "data/d/pipe"), 0);
	assert_int_equal(make_link("data/d/l", "data/l"), 0);
	assert_int_equal(put_file("audio/cover.jpg", "x", 1), 0);
	check_size();
	reopen_stage();
	assert_int_equal(fx.found, 12);
	check_size();
	assert_ptr_equal(node_at("data/f2"), node_at("data/d/f"));
	assert_ptr_equal(node_at("data/none"), node_at("data/d/none"));
	assert_ptr_equal(node_at("data/pipe"), node_at("data/d/pipe"));
	assert_ptr_equal(node_at("data/l"), node_at("data/d/l"));
	assert_int_equal(stat_of("data/f2").st_nlink, 2);
	assert_int_equal(stat_of("data/f2").st_size, 5);
	assert_int_equal(stat_of("data/pipe").st_mode, S_IFIFO | 0600);
	assert_int_equal(stat_of("data/socket").st_mode, S_IFSOCK | 0604);
	assert_int_equal(stat_of("data").st_nlink, 3);
	assert_int_equal(stat_of("data/d").st_nlink, 3);
	assert_int_equal(stage_readlink(fx.stage, node_at("data/l"), target, sizeof(target)), 0);
	assert_int_equal(strlen(target), SIZE_LINK_MAX);
	assert_int_equal(stage_readlink(fx.stage, node_at("data/l"), target, SIZE_LINK_MAX),
			 -ERANGE);
	assert_int_equal(stage_readlink(fx.stage, node_at("data/d"), target, 5), -EINVAL);
	assert_int_equal(stat_of("audio/cover.jpg").st_size, 1);
}

static void names_that_no_disc_could_carry(void **state)
{
	char name[5 + 257] = "data/";

	(void)state;
	assert_int_equal(make_file("data/\xff"), -EILSEQ);
	assert_int_equal(refused.code, EILSEQ);
	assert_int_equal(make_dir("data/\xc0\xaf", 0755), -EILSEQ);
	assert_int_equal(make_symlink("data/\xed\xa0\x80", "x"), -EILSEQ);
	assert_int_equal(put_file("audio/\xff.wav", "x", 1), -EILSEQ);
	memset(name + 5, 'n', 256);
	assert_int_equal(make_file(name), -ENAMETOOLONG);
	name[5 + 255] = '\0';
	assert_int_equal(make_file(name), 0);
	assert_int_equal(make_file("data/f"), 0);
	assert_int_equal(make_file("data/f"), -EEXIST);
	assert_int_equal(make_dir("data/f", 0755), -EEXIST);
	assert_int_equal(make_link("data/f", "data/\xff"), -EILSEQ);
	assert_int_equal(move("data/f", "data/\xff", 0), -EILSEQ);
	assert_int_equal(make_node("data/dev", S_IFCHR | 0600), -EPERM);
	reopen_stage();
	assert_int_equal(fx.found, 2);
}

/* What Joliet has no room for, and what it leaves out. */
static void devices_are_refused(void **state)
{
	(void)state;
	assert_int_equal(make_node("data/null", S_IFCHR | 0600), -EPERM);
	assert_int_equal(refused.code, EPERM);
	assert_non_null(strstr(refused.msg, "\"null\" is a device"));
	assert_int_equal(make_node("data/disk", S_IFBLK | 0600), -EPERM);
	assert_int_equal(refusals, 2);
	assert_null(node_at("data/disk"));
}

static void strict_names(void **state)
{
	char file[5 + 130] = "data/", other[5 + 131] = "data/", dir[5 + 130] = "data/";
	size_t len = 1;

	(void)state;
	fx.settings.names_strict = true;
	stage_apply(fx.stage, &fx.settings);
	file[5] = 'n';
	while (size_joliet_fits(file + 5, SIZE_FILE) && len < 120)
		file[5 + len++] = 'n';
	assert_in_range(len, 2, 119);
	assert_int_equal(make_file(file), -ENAMETOOLONG);
	assert_non_null(strstr(refused.msg, "Joliet"));
	assert_int_equal(make_symlink(file, "x"), 0);
	assert_int_equal(remove_file(file), 0);
	assert_int_equal(make_node(file, S_IFIFO | 0600), 0);
	assert_int_equal(remove_file(file), 0);
	assert_int_equal(make_file("data/f"), 0);
	assert_int_equal(move("data/f", file, 0), -ENAMETOOLONG);
	assert_int_equal(make_link("data/f", file), -ENAMETOOLONG);
	file[5 + --len] = '\0';
	assert_int_equal(move("data/f", file, 0), 0);
	memset(dir + 5, 'd', len);
	while (size_joliet_fits(dir + 5, SIZE_DIRECTORY) && len < 120)
		dir[5 + len++] = 'd';
	assert_int_equal(make_dir(dir, 0755), -ENAMETOOLONG);
	snprintf(other, sizeof(other), "%s", dir);
	dir[5 + len - 1] = '\0';
	assert_int_equal(make_dir(dir, 0755), 0);
	assert_int_equal(move(dir, other, 0), -ENAMETOOLONG);
	check_size();
}

/* What is said of a name is one line of UTF-8, whatever the name has where it is cut. */
static void refused_names_in_a_sentence(void **state)
{
	char name[5 + 3 + 2 * 120 + 1];

	(void)state;
	fx.settings.names_strict = true;
	stage_apply(fx.stage, &fx.settings);
	for (int shift = 0; shift < 2; shift++) {
		snprintf(name, sizeof(name), "data/\n%s", shift ? "x" : "");
		for (int i = 0; i < 120; i++)
			strcat(name, "\xc3\xa9");
		assert_int_equal(make_file(name), -ENAMETOOLONG);
		assert_true(utf8_valid(refused.msg, strlen(refused.msg)));
		assert_null(strpbrk(refused.msg, "\n"));
		assert_non_null(strstr(refused.msg, "use a shorter name"));
	}
}

/* A name that a link or a fifo may be born with it may also be given. */
static void strict_names_of_what_joliet_leaves_out(void **state)
{
	char name[5 + 121] = "data/";

	(void)state;
	memset(name + 5, 'n', 120);
	fx.settings.names_strict = true;
	stage_apply(fx.stage, &fx.settings);
	assert_int_equal(make_symlink("data/l", "x"), 0);
	assert_int_equal(move("data/l", name, 0), 0);
}

static void targets_that_no_disc_could_carry(void **state)
{
	char target[SIZE_LINK_MAX + 2];

	(void)state;
	memset(target, 'x', sizeof(target));
	for (size_t i = 100; i < sizeof(target); i += 100)
		target[i] = '/';
	target[SIZE_LINK_MAX + 1] = '\0';
	assert_int_equal(make_symlink("data/l", target), -ENAMETOOLONG);
	assert_int_equal(refused.code, ENAMETOOLONG);
	assert_false(in_stash("data/l"));
	/* A component has the length of a name at most. */
	memset(target, 'x', 256);
	target[256] = '\0';
	assert_int_equal(make_symlink("data/l", target), -ENAMETOOLONG);
	target[255] = '\0';
	assert_int_equal(make_symlink("data/l", target), 0);
	/* libisofs splits the second of these parts in the wrong place. */
	memset(target, 'x', 510);
	target[247] = target[500] = '/';
	target[510] = '\0';
	assert_int_equal(make_symlink("data/m", target), -ENAMETOOLONG);
	target[500] = '\0';
	assert_int_equal(make_symlink("data/m", target), 0);
}

static void removing(void **state)
{
	(void)state;
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(make_file("data/d/f"), 0);
	assert_int_equal(remove_file("data/x"), -ENOENT);
	assert_int_equal(remove_dir("data/x"), -ENOENT);
	assert_int_equal(remove_file("data/d"), -EISDIR);
	assert_int_equal(remove_dir("data/d/f"), -ENOTDIR);
	assert_int_equal(remove_dir("data/d"), -ENOTEMPTY);
	assert_int_equal(remove_file("data/d/f"), 0);
	assert_int_equal(remove_dir("data/d"), 0);
	assert_false(in_stash("data/d"));
	assert_int_equal(staged_blocks(), 0);
}

/* A shell that stands in a directory which somebody removes. */
static void nothing_comes_into_a_removed_directory(void **state)
{
	struct node *root = stage_root(fx.stage, BRANCH_DATA), *dir, *n;

	(void)state;
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(make_file("data/f"), 0);
	dir = node_at("data/d");
	stage_opendir(fx.stage, dir);
	assert_int_equal(remove_dir("data/d"), 0);
	assert_int_equal(stage_mkdir(fx.stage, dir, "x", 0755, own_cred(), &n), -ENOENT);
	assert_int_equal(stage_link(fx.stage, node_at("data/f"), dir, "x"), -ENOENT);
	assert_int_equal(stage_rename(fx.stage, root, "f", dir, "x", 0), -ENOENT);
	assert_int_equal(stage_fsyncdir(fx.stage, dir), 0);
	stage_closedir(fx.stage, dir);
	assert_true(in_stash("data/f"));
	check_size();
}

static void links(void **state)
{
	(void)state;
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(put_file("data/f", "content", 7), 0);
	assert_int_equal(make_link("data/d", "data/d2"), -EPERM);
	assert_int_equal(make_link("data/f", "audio/f"), -EXDEV);
	assert_int_equal(make_link("data/f", "data/d"), -EEXIST);
	assert_int_equal(make_link("data/f", "data/d/g"), 0);
	assert_int_equal(stat_of("data/d/g").st_nlink, 2);
	assert_int_equal(stat_of("data/d/g").st_ino, stat_of("data/f").st_ino);
	assert_int_equal(remove_file("data/f"), 0);
	assert_int_equal(stat_of("data/d/g").st_nlink, 1);
	assert_int_equal(stat_of("data/d/g").st_size, 7);
	check_size();
}

/* ---- renaming ---- */

static void rename_replaces_what_agrees(void **state)
{
	(void)state;
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(make_dir("data/full", 0755), 0);
	assert_int_equal(make_dir("data/full/x", 0755), 0);
	assert_int_equal(put_file("data/f", "one", 3), 0);
	assert_int_equal(put_file("data/g", "three", 5), 0);
	assert_int_equal(move("data/none", "data/x", 0), -ENOENT);
	assert_int_equal(move("data/f", "data/d", 0), -EISDIR);
	assert_int_equal(move("data/d", "data/f", 0), -ENOTDIR);
	assert_int_equal(move("data/d", "data/full", 0), -ENOTEMPTY);
	assert_int_equal(move("data/f", "audio/f", 0), -EXDEV);
	assert_int_equal(move("data/f", "data/g", 8), -EINVAL);
	assert_int_equal(move("data/f", "data/g", RENAME_NOREPLACE), -EEXIST);
	assert_int_equal(move("data/f", "data/f", RENAME_NOREPLACE), -EEXIST);
	assert_int_equal(move("data/f", "data/f", 0), 0);
	assert_int_equal(move("data/f", "data/g", 0), 0);
	assert_null(node_at("data/f"));
	assert_int_equal(stat_of("data/g").st_size, 3);
	assert_int_equal(move("data/full", "data/d", 0), 0);
	assert_non_null(node_at("data/d/x"));
	assert_int_equal(stat_of("data").st_nlink, 3);
	assert_int_equal(move("data/g", "data/h", RENAME_NOREPLACE), 0);
	check_size();
	reopen_stage();
	assert_int_equal(fx.found, 3);
	assert_int_equal(stat_of("data/h").st_size, 3);
}

static void rename_exchanges(void **state)
{
	(void)state;
	assert_int_equal(make_dir("data/a", 0755), 0);
	assert_int_equal(make_dir("data/a/sub", 0755), 0);
	assert_int_equal(make_dir("data/b", 0755), 0);
	assert_int_equal(put_file("data/b/f", "file", 4), 0);
	assert_int_equal(move("data/a/sub", "data/none", RENAME_EXCHANGE), -ENOENT);
	assert_int_equal(move("data/none", "data/a", RENAME_EXCHANGE), -ENOENT);
	assert_int_equal(move("data/a", "data/a/sub", RENAME_EXCHANGE), -EINVAL);
	assert_int_equal(move("data/a/sub", "data/a", RENAME_EXCHANGE), -EINVAL);
	assert_int_equal(move("data/a/sub", "data/b/f", RENAME_EXCHANGE), 0);
	assert_int_equal(stat_of("data/a/sub").st_size, 4);
	assert_true(S_ISDIR(stat_of("data/b/f").st_mode));
	assert_int_equal(stat_of("data/a").st_nlink, 2);
	assert_int_equal(stat_of("data/b").st_nlink, 3);
	assert_int_equal(move("data/a", "data/b", RENAME_EXCHANGE), 0);
	assert_non_null(node_at("data/a/f"));
	check_size();
	reopen_stage();
	assert_int_equal(stat_of("data/b/sub").st_size, 4);
	assert_true(S_ISDIR(stat_of("data/a/f").st_mode));
}

static void no_directory_goes_below_itself(void **state)
{
	(void)state;
	assert_int_equal(make_dir("data/a", 0755), 0);
	assert_int_equal(make_dir("data/a/b", 0755), 0);
	assert_int_equal(make_dir("data/a/b/c", 0755), 0);
	assert_int_equal(move("data/a", "data/a/x", 0), -EINVAL);
	assert_int_equal(move("data/a", "data/a/b/c/x", 0), -EINVAL);
	assert_int_equal(move("data/a", "data/a/b/c", 0), -EINVAL);
	assert_int_equal(move("data/a/b/c", "data/a", 0), -ENOTEMPTY);
	assert_int_equal(move("data/a/b/c", "data/c", 0), 0);
	assert_int_equal(move("data/a", "data/c/a", 0), 0);
	assert_non_null(node_at("data/c/a/b"));
	check_size();
}

static void two_names_of_one_file_stay(void **state)
{
	(void)state;
	assert_int_equal(put_file("data/f", "x", 1), 0);
	assert_int_equal(make_link("data/f", "data/g"), 0);
	assert_int_equal(move("data/f", "data/g", 0), 0);
	assert_non_null(node_at("data/f"));
	assert_non_null(node_at("data/g"));
	assert_int_equal(move("data/f", "data/g", RENAME_EXCHANGE), 0);
	assert_int_equal(stat_of("data/f").st_nlink, 2);
	assert_int_equal(put_file("data/h", "xyz", 3), 0);
	assert_int_equal(move("data/h", "data/g", 0), 0);
	assert_int_equal(stat_of("data/f").st_nlink, 1);
	assert_int_equal(stat_of("data/g").st_size, 3);
	check_size();
}

static void paths_longer_than_the_kernel_takes(void **state)
{
	struct node *root = stage_root(fx.stage, BRANCH_DATA), *dir = root, *n;
	char name[201];

	(void)state;
	memset(name, 'd', 200);
	name[200] = '\0';
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(stage_mkdir(fx.stage, dir, name, 0755, own_cred(), &n), 0);
		stage_forget(fx.stage, n, 1);
		dir = n;
	}
	assert_int_equal(stage_mknod(fx.stage, dir, "f", S_IFREG | 0600, own_cred(), &n), 0);
	stage_forget(fx.stage, n, 1);
	assert_int_equal(stage_rename(fx.stage, dir, "f", root, "g", 0), 0);
	assert_int_equal(stage_rename(fx.stage, root, "g", dir, "h", 0), 0);
	check_size();
	reopen_stage();
	assert_int_equal(fx.found, 41);
}

/* ---- space ---- */

static void creation_at_the_capacity(void **state)
{
	unsigned n = 0, links = 0;
	char path[32], link[32];

	(void)state;
	assert_int_equal(make_file("data/first"), 0);
	set_capacity(staged_blocks());
	do
		snprintf(path, sizeof(path), "data/%04u", n++);
	while (n < BRIM_MAX && make_file(path) == 0);
	assert_in_range(n, 2, BRIM_MAX - 1);
	assert_int_equal(refused.code, ENOSPC);
	assert_int_equal(staged_blocks(), fx.settings.capacity);
	assert_null(node_at(path));
	assert_false(in_stash(path));
	assert_int_equal(make_dir("data/d", 0755), -ENOSPC);
	assert_int_equal(make_link("data/first", path), -ENOSPC);
	assert_false(in_stash(path));
	assert_int_equal(stat_of("data/first").st_nlink, 1);
	check_size();
	/* Joliet leaves them out: the other tree may have room for a few. */
	do
		snprintf(link, sizeof(link), "data/l%u", links++);
	while (links < BRIM_MAX && make_symlink(link, "target") == 0);
	assert_in_range(links, 1, 50);
	assert_false(in_stash(link));
	assert_int_equal(staged_blocks(), fx.settings.capacity);
	check_size();
	set_capacity(staged_blocks() + 2);
	assert_int_equal(make_file(path), 0);
	assert_int_equal(make_dir("data/d", 0755), -ENOSPC);
}

/* One sentence for one refusal, and it is the disc that is full. */
static void check_disc_full(int r)
{
	assert_int_equal(r, -ENOSPC);
	assert_int_equal(refusals, 1);
	assert_int_equal(refused.code, ENOSPC);
	assert_non_null(strstr(refused.msg, "the disc is full: it holds "));
	refusals = 0;
}

/* Every way to grow: the volume of the stash has room enough. */
static void a_full_disc_is_told_once(void **state)
{
	struct handle *h;
	char block[BLOCK_SIZE] = { 0 };
	struct stat grown = { .st_size = BLOCK_SIZE }, out;

	(void)state;
	assert_int_equal(create_file("data/f", O_RDWR, &h), 0);
	assert_int_equal(stage_write(h, block, 1, 0), 1);
	assert_int_equal(make_file("data/g"), 0);
	set_capacity(staged_blocks());
	check_disc_full((int)stage_write(h, block, 1, BLOCK_SIZE));
	check_disc_full(stage_fallocate(h, 0, BLOCK_SIZE, 1));
	check_disc_full((int)stage_copy(h, 0, h, BLOCK_SIZE, 1));
	check_disc_full(set_size("data/g", 1));
	check_disc_full(stage_setattr(fx.stage, node_at("data/f"), h,
				      &(struct stat){ .st_size = BLOCK_SIZE + 1 }, SET_SIZE, &out));
	check_disc_full(set_attr("data/g", &grown, SET_SIZE | SET_MTIME));
	stage_flush(h);
	stage_close(h);
}

static void growing_at_the_capacity(void **state)
{
	struct handle *h;
	char block[BLOCK_SIZE + 1] = { 0 };

	(void)state;
	assert_int_equal(create_file("data/f", O_RDWR, &h), 0);
	set_capacity(staged_blocks() + 5);
	assert_int_equal(stage_write(h, block, 1, 5 * BLOCK_SIZE - 1), 1);
	assert_int_equal(staged_blocks(), fx.settings.capacity);
	assert_int_equal(stage_write(h, block, 1, 5 * BLOCK_SIZE), -ENOSPC);
	assert_int_equal(stage_write(h, block, 2, 5 * BLOCK_SIZE - 1), -ENOSPC);
	assert_int_equal(stage_fallocate(h, 0, 5 * BLOCK_SIZE, 1), -ENOSPC);
	assert_int_equal(stage_copy(h, 0, h, 5 * BLOCK_SIZE, 1), -ENOSPC);
	assert_int_equal(set_size("data/f", 5 * BLOCK_SIZE + 1), -ENOSPC);
	assert_int_equal(stat_of("data/f").st_size, 5 * BLOCK_SIZE);
	assert_int_equal(stage_write(h, block, sizeof(block), 0), sizeof(block));
	assert_int_equal(stage_fallocate(h, FALLOC_FL_KEEP_SIZE, 5 * BLOCK_SIZE, BLOCK_SIZE), 0);
	assert_int_equal(stat_of("data/f").st_size, 5 * BLOCK_SIZE);
	check_size();
	stage_flush(h);
	stage_close(h);
	reopen_stage();
	assert_int_equal(stat_of("data/f").st_size, 5 * BLOCK_SIZE);
}

/* As many empty files as the root directory holds without another block, in either of its trees. */
static void fill_to_the_brim(void)
{
	uint64_t blocks;
	char path[32];

	assert_int_equal(make_file("data/0000"), 0);
	blocks = staged_blocks();
	for (unsigned i = 1; i < BRIM_MAX; i++) {
		snprintf(path, sizeof(path), "data/%04u", i);
		assert_int_equal(make_file(path), 0);
		if (staged_blocks() == blocks)
			continue;
		assert_int_equal(remove_file(path), 0);
		return;
	}
	fail_msg("no brim");
}

static void a_rename_that_does_not_fit_is_taken_back(void **state)
{
	char name[5 + 251] = "data/";

	(void)state;
	memset(name + 5, 'n', 250);
	fill_to_the_brim();
	set_capacity(staged_blocks());
	assert_int_equal(move("data/0001", name, 0), -ENOSPC);
	assert_int_equal(refused.code, ENOSPC);
	assert_non_null(node_at("data/0001"));
	assert_null(node_at(name));
	assert_true(in_stash("data/0001"));
	assert_false(in_stash(name));
	check_size();
	assert_int_equal(move("data/0001", "data/000x", 0), 0);
	/* On a disc that is too full already what makes it no larger is right. */
	set_capacity(1);
	assert_int_equal(move("data/000x", "data/000y", 0), 0);
	assert_int_equal(move("data/000y", "data/0002", 0), 0);
	assert_int_equal(move("data/0002", "data/0003", RENAME_EXCHANGE), 0);
	assert_int_equal(move("data/0002", name, 0), -ENOSPC);
	check_size();
}

/* From 1 MiB on a file is aligned: without a block more of its own it may need one before it. */
static void an_aligned_file_may_take_a_filler(void **state)
{
	char path[32];
	unsigned n = 0;

	(void)state;
	do {
		snprintf(path, sizeof(path), "data/%04u", n++);
		assert_int_equal(put_file(path, "x", 1), 0);
		assert_int_equal(set_size(path, SIZE_ALIGN_MIN - 1), 0);
		set_capacity(staged_blocks());
		if (set_size(path, SIZE_ALIGN_MIN) < 0)
			break;
		assert_int_equal(staged_blocks(), fx.settings.capacity);
		assert_int_equal(set_size(path, 1), 0);
		set_capacity(0);
	} while (n < BRIM_MAX);
	assert_in_range(n, 1, BRIM_MAX - 1);
	assert_int_equal(stat_of(path).st_size, SIZE_ALIGN_MIN - 1);
	check_size();
	set_capacity(staged_blocks() + 1);
	assert_int_equal(set_size(path, SIZE_ALIGN_MIN), 0);
	assert_int_equal(staged_blocks(), fx.settings.capacity);
	check_size();
}

/* From 4 GiB on a file has a record more in its directory: that may be a block more. */
static void a_second_section_takes_room_too(void **state)
{
	uint64_t before = UINT32_MAX, after = (uint64_t)UINT32_MAX + 1, full = 0;
	char path[32];

	(void)state;
	assert_int_equal(make_file("data/large"), 0);
	if (set_size("data/large", before) < 0) {
		print_message("skipped: the volume of /tmp takes no file of 4 GiB\n");
		skip();
	}
	/* Until the second record is the first that does not fit in the directory's blocks. */
	for (unsigned i = 0; i < BRIM_MAX; i++) {
		snprintf(path, sizeof(path), "data/%04u", i);
		assert_int_equal(make_file(path), 0);
		full = staged_blocks();
		assert_int_equal(set_size("data/large", after), 0);
		if (staged_blocks() > full)
			break;
		assert_int_equal(set_size("data/large", before), 0);
	}
	assert_in_range(staged_blocks(), full + 1, full + 2);
	assert_int_equal(set_size("data/large", before), 0);
	set_capacity(full);
	assert_int_equal(set_size("data/large", after), -ENOSPC);
	assert_int_equal(staged_blocks(), full);
}

static void what_makes_the_disc_smaller_is_never_refused(void **state)
{
	struct handle *h;
	char byte = 0;

	(void)state;
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(create_file("data/f", O_RDWR, &h), 0);
	assert_int_equal(stage_write(h, &byte, 1, 100 * BLOCK_SIZE), 1);
	set_capacity(1);
	assert_int_equal(stage_write(h, &byte, 1, 50), 1);
	assert_int_equal(set_size("data/f", 99 * BLOCK_SIZE), 0);
	assert_int_equal(set_mode("data/f", 0600), 0);
	assert_int_equal(stage_flush(h), 0);
	stage_close(h);
	assert_int_equal(remove_dir("data/d"), 0);
	assert_int_equal(remove_file("data/f"), 0);
	assert_int_equal(make_file("data/g"), -ENOSPC);
	assert_int_equal(staged_blocks(), 0);
}

static void a_removed_file_takes_no_room(void **state)
{
	struct handle *h;
	char byte = 0;

	(void)state;
	assert_int_equal(make_file("data/other"), 0);
	assert_int_equal(create_file("data/f", O_RDWR, &h), 0);
	set_capacity(staged_blocks());
	assert_int_equal(stage_write(h, &byte, 1, 0), -ENOSPC);
	assert_int_equal(remove_file("data/f"), 0);
	assert_int_equal(stage_write(h, &byte, 1, 1000000), 1);
	assert_in_range(staged_blocks(), 1, fx.settings.capacity);
	check_size();
	stage_flush(h);
	stage_close(h);
}

static void space_adds_up(void **state)
{
	struct stage_space space;

	(void)state;
	stage_space(fx.stage, BRANCH_DATA, &space);
	assert_int_equal(space.used, 0);
	assert_in_range(space.total, 1, UINT64_MAX);
	stage_space(fx.stage, BRANCH_AUDIO, &space);
	assert_int_equal(space.total, CD80_SECTORS);
	assert_int_equal(put_file("data/f", "x", 1), 0);
	set_capacity(1000);
	stage_space(fx.stage, BRANCH_DATA, &space);
	assert_int_equal(space.total, 1000);
	assert_int_equal(space.used, staged_blocks());
	assert_int_equal(space.free, 1000 - staged_blocks());
	set_capacity(1);
	stage_space(fx.stage, BRANCH_DATA, &space);
	assert_int_equal(space.free, 0);
}

/* ---- attributes ---- */

static void set_owner(const char *path, uid_t uid, gid_t gid)
{
	struct stat st = { .st_uid = uid, .st_gid = gid };

	assert_int_equal(set_attr(path, &st, SET_UID | SET_GID), 0);
}

static void check_attr(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	struct stat st = stat_of(path);

	if (st.st_mode != mode || st.st_uid != uid || st.st_gid != gid)
		fail_msg("%s: %o %u:%u, expected %o %u:%u", path, st.st_mode, st.st_uid, st.st_gid,
			 mode, uid, gid);
}

static void modes_and_owners_come_again(void **state)
{
	(void)state;
	assert_int_equal(make_file("data/none"), 0);
	assert_int_equal(set_mode("data/none", 0), 0);
	assert_int_equal(make_node("data/suid", S_IFREG | 06755), 0);
	assert_int_equal(make_dir("data/tmp", 01777), 0);
	assert_int_equal(make_dir("data/closed", 0), 0);
	assert_int_equal(make_file("data/closed/in"), 0);
	assert_int_equal(make_symlink("data/link", "x"), 0);
	set_owner("data/link", 4711, 4712);
	assert_int_equal(make_node("data/pipe", S_IFIFO | 0204), 0);
	set_owner("data/pipe", UINT32_MAX - 1, 7);
	assert_int_equal(make_file("data/twice"), 0);
	assert_int_equal(set_mode("data/twice", 0), 0);
	assert_int_equal(set_mode("data/twice", 0644), 0);
	assert_int_equal(set_mode("data", 0700), 0);
	set_owner("data", 1, 2);
	for (int i = 0; i < 3; i++) {
		check_attr("data/none", S_IFREG, geteuid(), getegid());
		check_attr("data/suid", S_IFREG | 06755, geteuid(), getegid());
		check_attr("data/tmp", S_IFDIR | 01777, geteuid(), getegid());
		check_attr("data/closed", S_IFDIR, geteuid(), getegid());
		check_attr("data/closed/in", S_IFREG | 0644, geteuid(), getegid());
		check_attr("data/link", S_IFLNK | 0777, 4711, 4712);
		check_attr("data/pipe", S_IFIFO | 0204, UINT32_MAX - 1, 7);
		check_attr("data/twice", S_IFREG | 0644, geteuid(), getegid());
		check_attr("data", S_IFDIR | 0700, 1, 2);
		check_attr("audio", S_IFDIR | 0755, geteuid(), getegid());
		reopen_stage();
	}
}

/* The stash itself never has what would lock us out, or make a program of a user's file. */
static void the_stash_holds_tame_modes(void **state)
{
	char path[PATH_MAX];
	struct stat st;

	(void)state;
	assert_int_equal(make_node("data/suid", S_IFREG | 06755), 0);
	assert_int_equal(make_file("data/none"), 0);
	assert_int_equal(set_mode("data/none", 04000), 0);
	snprintf(path, sizeof(path), "%s/data/suid", fx.stash);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07000, 0);
	snprintf(path, sizeof(path), "%s/data/none", fx.stash);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07600, 0600);
}

static void creation_takes_owner_and_group(void **state)
{
	struct cred other = { 123, 456 };
	struct node *n;

	(void)state;
	assert_int_equal(stage_mkdir(fx.stage, stage_root(fx.stage, BRANCH_DATA), "d", 0755, other,
				     &n),
			 0);
	stage_forget(fx.stage, n, 1);
	check_attr("data/d", S_IFDIR | 0755, 123, 456);
	assert_int_equal(set_mode("data/d", 02755), 0);
	assert_int_equal(make_file("data/d/f"), 0);
	assert_int_equal(make_dir("data/d/sub", 0755), 0);
	for (int i = 0; i < 2; i++) {
		check_attr("data/d/f", S_IFREG | 0644, geteuid(), 456);
		check_attr("data/d/sub", S_IFDIR | 02755, geteuid(), 456);
		reopen_stage();
	}
}

/*
 * Make objects until one has an inode number of those in @inos, and see whether a recovery gives it
 * the attributes of the one that had it before.
 */
static void check_forgotten(const ino_t *inos, unsigned ninos, int (*make)(const char *path),
			    mode_t mode)
{
	char path[32];

	for (unsigned i = 0; i < 2000; i++) {
		snprintf(path, sizeof(path), "data/new%u", i);
		assert_int_equal(make(path), 0);
		for (unsigned j = 0; j < ninos; j++) {
			if (stat_of(path).st_ino != inos[j])
				continue;
			reopen_stage();
			check_attr(path, mode, geteuid(), getegid());
			return;
		}
	}
	print_message("skipped: the volume of /tmp does not give out an inode number again\n");
	skip();
}

static ino_t make_marked(const char *path)
{
	assert_int_equal(make_file(path), 0);
	assert_int_equal(set_mode(path, 0), 0);
	set_owner(path, 4711, 4711);
	return stat_of(path).st_ino;
}

static int make_plain_dir(const char *path)
{
	return make_dir(path, 0755);
}

static void attributes_of_a_removed_file_are_forgotten(void **state)
{
	ino_t ino = make_marked("data/old");

	(void)state;
	assert_int_equal(remove_file("data/old"), 0);
	check_forgotten(&ino, 1, make_file, S_IFREG | 0644);
}

static void attributes_of_a_replaced_file_are_forgotten(void **state)
{
	ino_t ino = make_marked("data/old");

	(void)state;
	assert_int_equal(make_file("data/f"), 0);
	assert_int_equal(move("data/f", "data/old", 0), 0);
	check_forgotten(&ino, 1, make_file, S_IFREG | 0644);
}

static void attributes_of_a_removed_directory_are_forgotten(void **state)
{
	ino_t ino;

	(void)state;
	assert_int_equal(make_dir("data/old", 01777), 0);
	ino = stat_of("data/old").st_ino;
	assert_int_equal(remove_dir("data/old"), 0);
	check_forgotten(&ino, 1, make_plain_dir, S_IFDIR | 0755);
}

static void attributes_of_an_open_file_are_forgotten(void **state)
{
	ino_t ino = make_marked("data/old");
	struct node *n = node_at("data/old");
	struct handle *h;
	struct stat st = { .st_mode = 0111 }, out;

	(void)state;
	assert_int_equal(open_file("data/old", O_RDONLY, &h), 0);
	assert_int_equal(remove_file("data/old"), 0);
	assert_int_equal(stage_setattr(fx.stage, n, h, &st, SET_MODE, &out), 0);
	assert_int_equal(out.st_mode, S_IFREG | 0111);
	assert_int_equal(out.st_nlink, 0);
	stage_close(h);
	check_forgotten(&ino, 1, make_file, S_IFREG | 0644);
}

static void attributes_of_what_was_cleared_are_forgotten(void **state)
{
	ino_t inos[20] = { stat_of("data").st_ino };
	char path[32];

	(void)state;
	assert_int_equal(set_mode("data", 0700), 0);
	for (unsigned i = 1; i < ARRAY_SIZE(inos); i++) {
		snprintf(path, sizeof(path), "data/old%u", i);
		assert_int_equal(make_dir(path, 01700), 0);
		inos[i] = stat_of(path).st_ino;
	}
	assert_int_equal(clear(BRANCH_DATA, 0), 0);
	check_attr("data", S_IFDIR | 0700, geteuid(), getegid());
	check_forgotten(inos, ARRAY_SIZE(inos), make_plain_dir, S_IFDIR | 0755);
	check_attr("data", S_IFDIR | 0700, geteuid(), getegid());
}

static void times_come_again_to_the_nanosecond(void **state)
{
	static const char *const paths[] = { "data/f", "data/d", "data/l", "data/p", "data" };
	struct stat st = { .st_atim = { 1234567890, 123456789 },
			   .st_mtim = { 987654321, 987654321 } };

	(void)state;
	assert_int_equal(put_file("data/f", "x", 1), 0);
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(make_symlink("data/l", "x"), 0);
	assert_int_equal(make_node("data/p", S_IFIFO | 0644), 0);
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++)
		assert_int_equal(set_attr(paths[i], &st, SET_ATIME | SET_MTIME), 0);
	reopen_stage();
	for (size_t i = 0; i < ARRAY_SIZE(paths); i++) {
		struct stat now = stat_of(paths[i]);

		assert_memory_equal(&now.st_atim, &st.st_atim, sizeof(st.st_atim));
		assert_memory_equal(&now.st_mtim, &st.st_mtim, sizeof(st.st_mtim));
	}
}

static bool times_fail;     /* the stash's file system takes no times */

int utimensat(int dir, const char *path, const struct timespec times[2], int flags)
{
	if (times_fail) {
		errno = EROFS;
		return -1;
	}
	return (int)syscall(SYS_utimensat, dir, path, times, flags);
}

static void times_that_the_stash_refuses_are_not_shown(void **state)
{
	struct stat st = { .st_atim = { 5, 6 }, .st_mtim = { 7, 8 } }, before, after;

	(void)state;
	assert_int_equal(make_file("data/f"), 0);
	assert_int_equal(set_attr("data/f", &st, SET_ATIME | SET_MTIME), 0);
	before = stat_of("data/f");
	st.st_atim.tv_sec = st.st_mtim.tv_sec = 1000;
	times_fail = true;
	assert_int_equal(set_attr("data/f", &st, SET_ATIME | SET_MTIME), -EROFS);
	assert_int_equal(set_attr("data/f", &st, SET_MTIME), -EROFS);
	times_fail = false;
	after = stat_of("data/f");
	assert_memory_equal(&after, &before, sizeof(after));
	assert_int_equal(set_attr("data/f", &st, SET_MTIME), 0);
	after = stat_of("data/f");
	assert_int_equal(after.st_atim.tv_sec, 5);
	assert_int_equal(after.st_mtim.tv_sec, 1000);
}

/*
 * Setting what is there already: neither the file nor an image that was opened before has changed.
 */
static void setting_the_same_changes_nothing(void **state)
{
	const unsigned all = SET_MODE | SET_UID | SET_GID | SET_ATIME | SET_MTIME;
	struct stat before, after;
	uint64_t generation;
	struct node *n;

	(void)state;
	assert_int_equal(put_file("data/f", "x", 1), 0);
	assert_int_equal(set_mode("data/f", 04711), 0);
	n = node_at("data/f");
	assert_int_equal(stage_setxattr(fx.stage, n, "user.a", "value", 5, 0), 0);
	before = stat_of("data/f");
	generation = stage_generation(fx.stage);
	while (time_now().tv_nsec == before.st_ctim.tv_nsec)
		continue;
	assert_int_equal(set_attr("data/f", &before, all), 0);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.a", "value", 5, 0), 0);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.a", "value", 5, XATTR_REPLACE), 0);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.a", "value", 5, XATTR_CREATE), -EEXIST);
	after = stat_of("data/f");
	assert_memory_equal(&after, &before, sizeof(after));
	assert_int_equal(stage_generation(fx.stage), generation);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.a", "val", 3, 0), 0);
	after = stat_of("data/f");
	assert_memory_not_equal(&after.st_ctim, &before.st_ctim, sizeof(after.st_ctim));
}

/* What a write left, and what is set of the two alone. */
static void times_of_content_come_again(void **state)
{
	struct stat before, after, st = { .st_atim = { 5, 6 } };

	(void)state;
	assert_int_equal(put_file("data/f", "x", 1), 0);
	assert_int_equal(put_file("data/g", "x", 1), 0);
	before = stat_of("data/f");
	assert_int_equal(set_attr("data/g", &st, SET_ATIME), 0);
	st = stat_of("data/g");
	reopen_stage();
	after = stat_of("data/f");
	assert_memory_equal(&after.st_mtim, &before.st_mtim, sizeof(after.st_mtim));
	after = stat_of("data/g");
	assert_memory_equal(&after.st_mtim, &st.st_mtim, sizeof(after.st_mtim));
	assert_int_equal(after.st_atim.tv_nsec, 6);
}

static void extended_attributes(void **state)
{
	struct node *n, *l, *audio = stage_root(fx.stage, BRANCH_AUDIO);
	char value[300];

	(void)state;
	assert_int_equal(make_file("data/f"), 0);
	assert_int_equal(make_symlink("data/l", "x"), 0);
	n = node_at("data/f");
	l = node_at("data/l");
	assert_int_equal(stage_listxattr(fx.stage, n, NULL, 0), 0);
	assert_int_equal(stage_getxattr(fx.stage, n, "user.a", NULL, 0), -ENODATA);
	if (stage_setxattr(fx.stage, n, "user.a", "value", 5, 0) == -EOPNOTSUPP) {
		print_message("skipped: the volume of /tmp has no extended attributes\n");
		skip();
	}
	assert_int_equal(stage_setxattr(fx.stage, n, "user.a", "other", 5, XATTR_CREATE), -EEXIST);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.b", "x", 1, XATTR_REPLACE), -ENODATA);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.b", "", 0, 0), 0);
	assert_int_equal(stage_setxattr(fx.stage, n, "security.capability", "x", 1, 0),
			 -EOPNOTSUPP);
	assert_int_equal(stage_setxattr(fx.stage, n, "trusted.a", "x", 1, 0), -EOPNOTSUPP);
	assert_int_equal(stage_setxattr(fx.stage, n, "system.posix_acl_access", "x", 1, 0),
			 -EOPNOTSUPP);
	assert_int_equal(stage_removexattr(fx.stage, n, "security.selinux"), -EOPNOTSUPP);
	assert_int_equal(stage_getxattr(fx.stage, n, "security.capability", value, sizeof(value)),
			 -ENODATA);
	assert_int_equal(stage_setxattr(fx.stage, l, "user.a", "x", 1, 0), -EPERM);
	assert_int_equal(stage_getxattr(fx.stage, l, "user.a", value, sizeof(value)), -ENODATA);
	assert_int_equal(stage_listxattr(fx.stage, l, value, sizeof(value)), 0);
	assert_int_equal(stage_setxattr(fx.stage, audio, "user.mcn", "1", 1, 0), -EINVAL);
	assert_int_equal(stage_setxattr(fx.stage, audio, "user.mcn", "4006381333931", 13, 0), 0);
	reopen_stage();
	n = node_at("data/f");
	assert_int_equal(stage_getxattr(fx.stage, n, "user.a", NULL, 0), 5);
	assert_int_equal(stage_getxattr(fx.stage, n, "user.a", value, 4), -ERANGE);
	assert_int_equal(stage_getxattr(fx.stage, n, "user.a", value, sizeof(value)), 5);
	assert_memory_equal(value, "value", 5);
	assert_int_equal(stage_listxattr(fx.stage, n, NULL, 0), 14);
	assert_int_equal(stage_listxattr(fx.stage, n, value, 13), -ERANGE);
	assert_int_equal(stage_listxattr(fx.stage, n, value, sizeof(value)), 14);
	assert_int_equal(stage_removexattr(fx.stage, n, "user.b"), 0);
	assert_int_equal(stage_removexattr(fx.stage, n, "user.b"), -ENODATA);
	audio = stage_root(fx.stage, BRANCH_AUDIO);
	assert_int_equal(stage_getxattr(fx.stage, audio, "user.mcn", value, 20), 13);
}

static uint64_t audio_sectors(void)
{
	struct track_list list;
	uint64_t sectors;

	assert_int_equal(stage_tracks(fx.stage, &list), 0);
	sectors = list.sectors;
	tracks_free(&list);
	return sectors;
}

/* What says how a track is to be is judged at once, holds at once, and holds after a crash. */
static unsigned kept_beside(void)
{
	char path[PATH_MAX];
	struct dirent *e;
	unsigned n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/xattrs", fx.stash);
	dir = opendir(path);
	while (dir && (e = readdir(dir)))
		n += e->d_name[0] != '.';
	if (dir)
		closedir(dir);
	return n;
}

static char *large_value(size_t len, unsigned seed)
{
	char *value = malloc(len);

	assert_non_null(value);
	for (size_t i = 0; i < len; i++)
		value[i] = (char)(i * 7 + i / 251 + seed);
	return value;
}

static void set_large(const char *path, const char *name, size_t len, unsigned seed)
{
	char *value = large_value(len, seed);

	assert_int_equal(stage_setxattr(fx.stage, node_at(path), name, value, len, 0), 0);
	free(value);
}

static void check_large(const char *path, const char *name, size_t len, unsigned seed)
{
	char *value = large_value(len, seed), *got = malloc(XATTR_SIZE_MAX);

	assert_int_equal(stage_getxattr(fx.stage, node_at(path), name, NULL, 0), len);
	assert_int_equal(stage_getxattr(fx.stage, node_at(path), name, got, len - 1), -ERANGE);
	assert_int_equal(stage_getxattr(fx.stage, node_at(path), name, got, XATTR_SIZE_MAX), len);
	assert_memory_equal(got, value, len);
	free(value);
	free(got);
}

/* Whatever the stash's file system takes: 4 KiB for all of an object's on ext4. */
static void extended_attributes_of_any_size(void **state)
{
	char slashes[XATTR_NAME_MAX + 1] = "user.a/b/../c", list[1000];
	ssize_t listed;

	(void)state;
	memset(slashes + 13, '/', XATTR_NAME_MAX - 13);
	assert_int_equal(make_file("data/f"), 0);
	assert_int_equal(make_dir("data/d", 0755), 0);
	set_large("data/f", "user.a", XATTR_SIZE_MAX, 1);
	set_large("data/f", "user.0", 3000, 2);
	set_large("data/f", slashes, 5000, 3);
	for (unsigned i = 0; i < 40; i++) {
		snprintf(list, sizeof(list), "user.many%u", i);
		set_large("data/d", list, 1000, i);
	}
	set_large("audio", "user.large", 20000, 4);
	assert_int_equal(stage_setxattr(fx.stage, node_at("data/f"), "user.a", "x", 1,
					XATTR_CREATE),
			 -EEXIST);
	assert_int_equal(stage_setxattr(fx.stage, node_at("data/f"), "user.b", "x", 1,
					XATTR_REPLACE),
			 -ENODATA);
	assert_int_equal(move("data/f", "data/g", 0), 0);
	assert_int_equal(make_link("data/g", "data/h"), 0);
	assert_int_equal(remove_file("data/g"), 0);
	for (unsigned round = 0; round < 2; round++) {
		check_large("data/h", "user.a", XATTR_SIZE_MAX, 1);
		check_large("data/h", "user.0", 3000, 2);
		check_large("data/h", slashes, 5000, 3);
		check_large("audio", "user.large", 20000, 4);
		for (unsigned i = 0; i < 40; i++) {
			snprintf(list, sizeof(list), "user.many%u", i);
			check_large("data/d", list, 1000, i);
		}
		listed = stage_listxattr(fx.stage, node_at("data/h"), list, sizeof(list));
		assert_int_equal(listed, 7 + 7 + XATTR_NAME_MAX + 1);
		assert_int_equal(stage_listxattr(fx.stage, node_at("data/h"), NULL, 0), listed);
		assert_int_equal(stage_listxattr(fx.stage, node_at("data/d"), NULL, 0),
				 10 * 11 + 30 * 12);
		reopen_stage();
	}
	/* From large to small and back: one of the two counts. */
	set_large("data/h", "user.a", 2, 5);
	check_large("data/h", "user.a", 2, 5);
	set_large("data/h", "user.a", 60000, 6);
	check_large("data/h", "user.a", 60000, 6);
	assert_int_equal(stage_listxattr(fx.stage, node_at("data/h"), NULL, 0), listed);
	assert_int_equal(stage_removexattr(fx.stage, node_at("data/h"), "user.a"), 0);
	assert_int_equal(stage_removexattr(fx.stage, node_at("data/h"), "user.a"), -ENODATA);
	assert_int_equal(stage_getxattr(fx.stage, node_at("data/h"), "user.a", list, sizeof(list)),
			 -ENODATA);
	check_large("data/h", slashes, 5000, 3);
}

/* Nothing is left of them, and nothing is another object's. */
static void large_attributes_go_with_their_file(void **state)
{
	char path[PATH_MAX], moved[PATH_MAX], list[10];
	struct stat st;

	(void)state;
	assert_int_equal(make_file("data/f"), 0);
	assert_int_equal(make_file("data/g"), 0);
	assert_int_equal(make_dir("data/d", 0755), 0);
	set_large("data/f", "user.a", XATTR_SIZE_MAX, 1);
	set_large("data/g", "user.a", XATTR_SIZE_MAX, 1);
	set_large("data/d", "user.a", XATTR_SIZE_MAX, 1);
	if (!kept_beside()) {
		print_message("skipped: the volume of /tmp takes attributes of 64 KiB\n");
		skip();
	}
	assert_int_equal(kept_beside(), 3);
	assert_int_equal(remove_file("data/f"), 0);
	assert_int_equal(remove_dir("data/d"), 0);
	assert_int_equal(kept_beside(), 1);
	assert_int_equal(make_file("data/f"), 0);
	assert_int_equal(move("data/f", "data/g", 0), 0);
	assert_int_equal(kept_beside(), 0);
	set_large("data/g", "user.a", 30000, 2);
	assert_int_equal(kept_beside(), 1);
	assert_int_equal(clear(BRANCH_DATA, 0), 0);
	assert_int_equal(kept_beside(), 0);
	/*
	 * As if a crash had come before they were removed, and their number were another file's
	 * already.
	 */
	assert_int_equal(make_file("data/f"), 0);
	assert_int_equal(make_file("data/g"), 0);
	set_large("data/f", "user.a", 30000, 2);
	snprintf(path, sizeof(path), "%s/xattrs/%jx", fx.stash,
		 (uintmax_t)stat_of("data/f").st_ino);
	snprintf(moved, sizeof(moved), "%s/xattrs/%jx", fx.stash,
		 (uintmax_t)stat_of("data/g").st_ino);
	assert_int_equal(rename(path, moved), 0);
	for (unsigned round = 0; round < 2; round++) {
		assert_int_equal(stage_getxattr(fx.stage, node_at("data/f"), "user.a", NULL, 0),
				 -ENODATA);
		assert_int_equal(stage_getxattr(fx.stage, node_at("data/g"), "user.a", NULL, 0),
				 -ENODATA);
		assert_int_equal(stage_listxattr(fx.stage, node_at("data/g"), list, sizeof(list)),
				 0);
		reopen_stage();
	}
	set_large("data/g", "user.a", 30000, 3);
	check_large("data/g", "user.a", 30000, 3);
	snprintf(moved, sizeof(moved), "%s/data/g", fx.stash);
	assert_int_equal(unlink(moved), 0);
	reopen_stage();
	assert_int_equal(kept_beside(), 0);
	set_large("data/f", "user.a", 30000, 4);
	snprintf(path, sizeof(path), "%s", fx.stash);
	stash_close(stage_release(fx.stage), true);
	assert_int_equal(stat(path, &st), -1);
	open_stage();
}

static void attributes_of_tracks(void **state)
{
	struct node *n, *audio = stage_root(fx.stage, BRANCH_AUDIO);
	char title[400];

	(void)state;
	assert_int_equal(put_wav("audio/1.wav", 300), 0);
	assert_int_equal(put_wav("audio/2.wav", 300), 0);
	n = node_at("audio/2.wav");
	if (stage_setxattr(fx.stage, n, "user.pregap", "75", 2, 0) == -EOPNOTSUPP) {
		print_message("skipped: the volume of /tmp has no extended attributes\n");
		skip();
	}
	assert_int_equal(audio_sectors(), 300 + 75 + 300);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.pregap", "x", 1, 0), -EINVAL);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.isrc", "nonsense", 8, 0), -EINVAL);
	assert_int_equal(stage_getxattr(fx.stage, n, "user.isrc", title, sizeof(title)), -ENODATA);
	/* Nothing can be before the first track, unless it is data. */
	n = node_at("audio/1.wav");
	assert_int_equal(stage_setxattr(fx.stage, n, "user.pregap", "75", 2, 0), -EINVAL);
	assert_non_null(strstr(refused.msg, "first track"));
	assert_int_equal(stage_getxattr(fx.stage, n, "user.pregap", title, sizeof(title)),
			 -ENODATA);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.pregap", "0", 1, 0), 0);
	assert_int_equal(put_file("data/f", "x", 1), 0);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.pregap", "75", 2, 0), 0);
	assert_int_equal(stage_removexattr(fx.stage, n, "user.pregap"), 0);
	assert_int_equal(stage_unlink(fx.stage, stage_root(fx.stage, BRANCH_DATA), "f"), 0);
	n = node_at("audio/2.wav");
	memset(title, 'x', sizeof(title));
	assert_int_equal(stage_titles_replaced(fx.stage, &fx.settings), 0);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.cdtext.title", title, sizeof(title), 0),
			 0);
	assert_int_equal(stage_titles_replaced(fx.stage, &fx.settings),
			 sizeof(title) - CDTEXT_CHARS);
	assert_int_equal(stage_setxattr(fx.stage, audio, "user.cdtext.title", "\xd0\x94", 2, 0), 0);
	reopen_stage();
	assert_int_equal(audio_sectors(), 300 + 75 + 300);
	assert_int_equal(stage_titles_replaced(fx.stage, &fx.settings),
			 sizeof(title) - CDTEXT_CHARS + 1);
	n = node_at("audio/2.wav");
	assert_int_equal(move("audio/2.wav", "audio/3.wav", 0), 0);
	assert_int_equal(audio_sectors(), 300 + 75 + 300);
	assert_int_equal(stage_removexattr(fx.stage, n, "user.pregap"), 0);
	assert_int_equal(audio_sectors(), 300 + 150 + 300);
	assert_int_equal(clear(BRANCH_AUDIO, 0), 0);
	assert_int_equal(stage_titles_replaced(fx.stage, &fx.settings), 0);
}

static void the_stash_s_own_attributes_are_hidden(void **state)
{
	char path[PATH_MAX], list[300];
	struct node *n;

	(void)state;
	assert_int_equal(make_file("data/f"), 0);
	n = node_at("data/f");
	snprintf(path, sizeof(path), "%s/data/f", fx.stash);
	if (setxattr(path, "trusted.secret", "x", 1, 0) < 0 ||
	    stage_setxattr(fx.stage, n, "user.a", "x", 1, 0) < 0) {
		print_message("skipped: no trusted attributes here: %s\n", strerror(errno));
		skip();
	}
	assert_int_equal(stage_listxattr(fx.stage, n, list, sizeof(list)), 7);
	assert_string_equal(list, "user.a");
	assert_int_equal(stage_getxattr(fx.stage, n, "trusted.secret", list, sizeof(list)),
			 -ENODATA);
}

/* ---- listing ---- */

struct listed {
	char names[64][8];
	unsigned n, limit;
	uint64_t next;
};

static bool take_name(void *data, const char *name, struct node *n, const struct stat *st,
		      uint64_t next)
{
	struct listed *l = data;

	assert_int_equal(st->st_ino, n->ino);
	if (l->n == l->limit)
		return false;
	snprintf(l->names[l->n++], sizeof(l->names[0]), "%s", name);
	l->next = next;
	return true;
}

static void listings_in_pieces(void **state)
{
	struct node *root = stage_root(fx.stage, BRANCH_DATA);
	struct listed l = { .limit = 7 };
	char path[16];

	(void)state;
	for (unsigned i = 0; i < 30; i++) {
		snprintf(path, sizeof(path), "data/%02u", i);
		assert_int_equal(make_file(path), 0);
	}
	stage_opendir(fx.stage, root);
	for (;;) {
		unsigned before = l.n;

		stage_list(fx.stage, root, l.next, take_name, &l);
		if (l.n == before)
			break;
		/* Remove what was listed, add one while there is room. */
		for (unsigned i = before; i < l.n; i++) {
			snprintf(path, sizeof(path), "data/%.7s", l.names[i]);
			assert_int_equal(remove_file(path), 0);
		}
		if (l.n < 30) {
			snprintf(path, sizeof(path), "data/x%u", l.n);
			assert_int_equal(make_file(path), 0);
		}
		l.limit = l.n + 7;
	}
	stage_closedir(fx.stage, root);
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(strtoul(l.names[i], NULL, 10), i);
	assert_in_range(l.n, 30, 40);
}

/* ---- clearing ---- */

struct removal {
	char names[4][16];
	unsigned n;
};

static void keep_removal(void *data, struct node *dir, const char *name)
{
	struct removal *r = data;

	assert_ptr_equal(dir, stage_root(fx.stage, BRANCH_DATA));
	snprintf(r->names[r->n++ % 4], sizeof(r->names[0]), "%s", name);
}

static void clearing(void **state)
{
	struct removal removal = { .n = 0 };
	struct handle *reader;
	char text[8];

	(void)state;
	stage_observe_removals(fx.stage, keep_removal, &removal);
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(put_file("data/d/f", "read me", 7), 0);
	assert_int_equal(put_file("data/g", "x", 1), 0);
	assert_int_equal(put_file("audio/cover.jpg", "x", 1), 0);
	assert_int_equal(open_file("data/d/f", O_RDONLY, &reader), 0);
	assert_int_equal(clear(BRANCH_DATA, 0), 0);
	assert_int_equal(removal.n, 2);
	assert_string_equal(removal.names[0], "d");
	assert_string_equal(removal.names[1], "g");
	assert_null(node_at("data/d"));
	assert_int_equal(staged_blocks(), 0);
	assert_non_null(node_at("audio/cover.jpg"));
	assert_int_equal(stage_read(reader, text, sizeof(text), 0), 7);
	assert_memory_equal(text, "read me", 7);
	assert_int_equal(make_file("data/new"), 0);
	stage_close(reader);
	check_size();
	reopen_stage();
	assert_int_equal(fx.found, 2);
}

static void clearing_waits_for_no_writer(void **state)
{
	struct handle *h;

	(void)state;
	assert_int_equal(create_file("data/f", O_WRONLY, &h), 0);
	assert_int_equal(clear(BRANCH_DATA, 0), -EBUSY);
	assert_int_equal(clear(BRANCH_AUDIO, 0), 0);
	assert_non_null(node_at("data/f"));
	stage_flush(h);
	stage_close(h);
	assert_int_equal(clear(BRANCH_DATA, 0), 0);
}

/* ---- what is kept off the disc ---- */

static void exclude(const char *list)
{
	assert_int_equal(settings_set(&fx.settings, "exclude", list, SETTINGS_VERB, &fx.err), 0);
	stage_apply(fx.stage, &fx.settings);
	check_size();
}

static uint64_t excluded(void)
{
	struct stage_info info;

	stage_info(fx.stage, &info);
	return info.counts[BRANCH_DATA].excluded;
}

/* They are files like others but for the room on the disc, of which there is none here. */
static void excluded_files_fit_on_a_full_disc(void **state)
{
	char block[BLOCK_SIZE] = { 0 };
	struct handle *h;

	(void)state;
	assert_int_equal(make_file("data/f"), 0);
	set_capacity(1);
	assert_int_equal(make_file("data/g"), -ENOSPC);
	assert_int_equal(make_dir("data/.Trash-1000", 0755), 0);
	assert_int_equal(make_dir("data/.Trash-1000/files", 0755), 0);
	assert_int_equal(make_symlink("data/.Trash-1000/l", "x"), 0);
	assert_int_equal(make_link("data/f", "data/._f"), 0);
	assert_int_equal(make_link("data/f", "data/f2"), -ENOSPC);
	assert_int_equal(create_file("data/.Trash-1000/files/x", O_RDWR, &h), 0);
	for (unsigned i = 0; i < 50; i++)
		assert_int_equal(stage_write(h, block, sizeof(block), i * BLOCK_SIZE),
				 sizeof(block));
	assert_int_equal(stage_fallocate(h, 0, 100 * BLOCK_SIZE, 1), 0);
	stage_flush(h);
	stage_close(h);
	assert_int_equal(set_size("data/.Trash-1000/files/x", 1 << 30), 0);
	assert_int_equal(excluded(), 5);
	check_size();
	/* What comes out of it has to fit, and its own directory as well. */
	assert_int_equal(move("data/.Trash-1000/files/x", "data/x", 0), -ENOSPC);
	assert_int_equal(refused.code, ENOSPC);
	assert_true(in_stash("data/.Trash-1000/files/x"));
	assert_int_equal(move("data/.Trash-1000", "data/trash", 0), -ENOSPC);
	assert_int_equal(move("data/.Trash-1000/files/x", "data/f", RENAME_EXCHANGE), -ENOSPC);
	assert_int_equal(move("data/.Trash-1000/files/x", "data/.Trash-1000/y", 0), 0);
	assert_int_equal(move("data/._f", "data/.Trash-1000/files/f", 0), 0);
	assert_int_equal(excluded(), 5);
	check_size();
	assert_int_equal(set_size("data/.Trash-1000/y", 0), 0);
	assert_int_equal(move("data/f", "data/.Trash-1000/f", 0), 0);
	assert_int_equal(staged_blocks(), 0);
	reopen_stage();
	assert_int_equal(fx.found, 6);
	assert_int_equal(excluded(), 6);
	assert_int_equal(stat_of("data/.Trash-1000/f").st_nlink, 2);
	check_size();
}

static void saving_through_a_temporary_file(void **state)
{
	char text[20000] = "new";
	uint64_t before;

	(void)state;
	assert_int_equal(put_file("data/report.odt", "old", 3), 0);
	before = staged_blocks();
	assert_int_equal(put_file("data/.goutputstream-XYZ", text, sizeof(text)), 0);
	assert_int_equal(staged_blocks(), before);
	assert_int_equal(move("data/.goutputstream-XYZ", "data/report.odt", 0), 0);
	assert_int_equal(staged_blocks(), before + 9);
	check_size();
	/* As vim does it, and then with no room for the new one. */
	assert_int_equal(put_file("data/._report.odt", "old", 3), 0);
	assert_int_equal(move("data/._report.odt", "data/report.odt", RENAME_EXCHANGE), 0);
	assert_int_equal(staged_blocks(), before);
	check_size();
	set_capacity(before + 8);
	assert_int_equal(move("data/._report.odt", "data/report.odt", RENAME_EXCHANGE), -ENOSPC);
	assert_int_equal(move("data/._report.odt", "data/report.odt", 0), -ENOSPC);
	assert_int_equal(stat_of("data/report.odt").st_size, 3);
	check_size();
	set_capacity(before + 9);
	assert_int_equal(move("data/._report.odt", "data/report.odt", 0), 0);
	assert_int_equal(staged_blocks(), before + 9);
	assert_int_equal(excluded(), 0);
}

static void another_list_is_another_disc(void **state)
{
	uint64_t changed, before;

	(void)state;
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(put_file("data/d/a.tmp", "x", 1), 0);
	assert_int_equal(put_file("data/d/a.txt", "x", 1), 0);
	before = staged_blocks();
	changed = stage_changed(fx.stage, BRANCH_DATA);
	exclude("*.bak");
	assert_int_equal(stage_changed(fx.stage, BRANCH_DATA), changed);
	exclude("*.bak:*.TMP");
	assert_int_equal(stage_changed(fx.stage, BRANCH_DATA), stage_generation(fx.stage));
	assert_int_equal(staged_blocks(), before - 1);
	assert_int_equal(excluded(), 1);
	changed = stage_changed(fx.stage, BRANCH_DATA);
	exclude("*.TMP");
	assert_int_equal(stage_changed(fx.stage, BRANCH_DATA), changed);
	exclude("d");
	assert_int_equal(staged_blocks(), 0);
	assert_int_equal(excluded(), 3);
	reopen_stage();
	assert_int_equal(excluded(), 3);
	exclude("");
	assert_int_equal(staged_blocks(), before);
	assert_int_equal(excluded(), 0);
	assert_int_equal(settings_set(&fx.settings, "exclude", "d/a.tmp", SETTINGS_VERB, &fx.err),
			 -EINVAL);
}

/*
 * More than a path table can number are taken where they are kept off the disc, and do not come
 * onto it.
 */
static void too_many_directories(void **state)
{
	uint64_t *directories;

	(void)state;
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(make_dir("data/.Trash-0", 0755), 0);
	assert_int_equal(make_dir("data/.Trash-0/below", 0755), 0);
	assert_int_equal(make_file("data/.Trash-0/f"), 0);
	/* As if there were so many more of them: to make them takes a disk half a minute. */
	directories =
		(uint64_t *)(uintptr_t)&stage_tree_hold(fx.stage)->counts[BRANCH_DATA].directories;
	stage_tree_release(fx.stage);
	*directories += 65534 - 2;
	assert_int_equal(move("data/.Trash-0", "data/e", 0), -EMLINK);
	assert_int_equal(refused.code, EMLINK);
	assert_int_equal(refusals, 1);
	assert_int_equal(excluded(), 3);
	assert_int_equal(move("data/.Trash-0/below", "data/e", 0), 0);
	assert_int_equal(*directories, 65534);
	assert_int_equal(make_dir("data/g", 0755), -EMLINK);
	assert_int_equal(refusals, 2);
	assert_false(in_stash("data/g"));
	assert_int_equal(move("data/.Trash-0", "data/g", 0), -EMLINK);
	assert_int_equal(make_dir("data/.Trash-0/below", 0755), 0);
	assert_int_equal(move("data/d", "data/g", 0), 0);
	assert_int_equal(move("data/.Trash-0/f", "data/f", 0), 0);
	assert_int_equal(move("data/.Trash-0/below", "data/g", RENAME_EXCHANGE), 0);
	assert_int_equal(excluded(), 2);
	*directories -= 65534 - 2;
	check_size();
}

/* What is on the disc is the same then: images that were opened before stay good. */
static void content_of_excluded_files_is_no_change(void **state)
{
	struct stat st = { .st_mode = 0600 };
	struct handle *h;
	uint64_t last;

	(void)state;
	assert_int_equal(put_file("data/f", "x", 1), 0);
	assert_int_equal(put_file("data/._f", "x", 1), 0);
	assert_int_equal(make_dir("data/.Trashes", 0700), 0);
	assert_int_equal(make_symlink("data/._l", "x"), 0);
	last = stage_generation(fx.stage);
	assert_int_equal(open_file("data/._f", O_RDWR, &h), 0);
	assert_int_equal(stage_write(h, "more", 4, 1), 4);
	assert_int_equal(stage_flush(h), 0);
	assert_int_equal(set_size("data/._f", 100), 0);
	assert_int_equal(set_attr("data/._f", &st, SET_MODE), 0);
	assert_int_equal(set_attr("data/.Trashes", &st, SET_MODE), 0);
	assert_int_equal(set_attr("data/._l", &st, SET_MTIME), 0);
	assert_int_equal(stage_setxattr(fx.stage, node_at("data/._f"), "user.a", "x", 1, 0), 0);
	assert_int_equal(stage_generation(fx.stage), last);
	/* With one name on the disc it is a change again. */
	assert_int_equal(make_link("data/._f", "data/g"), 0);
	last = stage_generation(fx.stage);
	assert_int_equal(stage_write(h, "more", 4, 1), 4);
	assert_in_range(stage_generation(fx.stage), last + 1, UINT64_MAX);
	stage_flush(h);
	stage_close(h);
	check_size();
}

static void tops_are_those_of_the_disc(void **state)
{
	struct stage_tops tops;

	(void)state;
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(make_dir("data/d/.Trash-0", 0755), 0);
	assert_int_equal(make_dir("data/.Trash-0", 0755), 0);
	assert_int_equal(put_file("data/.Trash-0/a", "x", 1), 0);
	assert_int_equal(put_file("data/d/.Trash-0/b", "x", 1), 0);
	assert_int_equal(make_link("data/.Trash-0/a", "data/d/a"), 0);
	assert_int_equal(make_link("data/.Trash-0/a", "data/._a"), 0);
	assert_int_equal(set_size("data/d/a", 10 * BLOCK_SIZE), 0);
	assert_int_equal(set_size("data/d/.Trash-0/b", 20 * BLOCK_SIZE), 0);
	assert_int_equal(make_file("data/f"), 0);
	stage_tops(fx.stage, &tops);
	assert_int_equal(tops.names, 2);
	assert_int_equal(tops.n, 2);
	assert_string_equal(tops.top[0].name, "d");
	assert_int_equal(tops.top[0].blocks, 10);
	exclude("._*");
	stage_tops(fx.stage, &tops);
	assert_int_equal(tops.names, 3);
	assert_int_equal(tops.top[0].blocks + tops.top[1].blocks, 30);
}

/* A file that may get another name when it is done is waited for, whatever it is called now. */
static void a_job_waits_for_excluded_files(void **state)
{
	struct handle *h;

	(void)state;
	assert_int_equal(create_file("data/.goutputstream-X", O_WRONLY, &h), 0);
	assert_int_equal(freeze(0), -EBUSY);
	assert_non_null(strstr(fx.err.msg, "data/.goutputstream-X"));
	stage_flush(h);
	stage_close(h);
	assert_int_equal(freeze(0), 0);
	assert_int_equal(make_file("data/.DS_Store"), -EBUSY);
	stage_thaw(fx.stage);
}

/* ---- generations ---- */

static void every_change_has_its_generation(void **state)
{
	struct stat st = { .st_mode = 0600 };
	uint64_t last = stage_generation(fx.stage), audio = stage_changed(fx.stage, BRANCH_AUDIO);
	struct node *n;

	(void)state;
	assert_int_not_equal(last, 0);
	assert_int_equal(audio, 0);
#define CHANGES(call) do { \
		assert_int_equal(call, 0); \
		assert_in_range(stage_generation(fx.stage), last + 1, UINT64_MAX); \
		last = stage_generation(fx.stage); \
		assert_int_equal(stage_changed(fx.stage, BRANCH_DATA), last); \
	} while (0)
	CHANGES(make_file("data/f"));
	CHANGES(make_dir("data/d", 0755));
	CHANGES(make_symlink("data/l", "x"));
	CHANGES(make_link("data/f", "data/g"));
	CHANGES(move("data/f", "data/h", 0));
	CHANGES(set_size("data/h", 10));
	CHANGES(set_attr("data/h", &st, SET_MODE));
	CHANGES(set_attr("data/h", &st, SET_MTIME));
	CHANGES(put_file("data/h", "x", 1));
	CHANGES(remove_file("data/h"));
	CHANGES(remove_dir("data/d"));
	CHANGES(clear(BRANCH_DATA, 0));
#undef CHANGES
	assert_int_equal(stage_changed(fx.stage, BRANCH_AUDIO), 0);
	assert_int_equal(make_file("audio/x.jpg"), 0);
	assert_int_equal(stage_changed(fx.stage, BRANCH_DATA), last);
	assert_int_equal(stage_changed(fx.stage, BRANCH_AUDIO), stage_generation(fx.stage));
	/* Looking is no change. */
	last = stage_generation(fx.stage);
	assert_int_equal(stage_lookup(fx.stage, stage_root(fx.stage, BRANCH_AUDIO), "x.jpg", &n),
			 0);
	stage_forget(fx.stage, n, 1);
	stat_of("audio/x.jpg");
	staged_blocks();
	assert_int_equal(stage_generation(fx.stage), last);
	/* Settings alter the disc, but not what is staged. */
	set_capacity(1000000);
	assert_in_range(stage_generation(fx.stage), last + 1, UINT64_MAX);
	assert_int_equal(stage_changed(fx.stage, BRANCH_AUDIO), last);
}

/* A change that was refused is none: images that were opened before stay good. */
static void a_refusal_has_no_generation(void **state)
{
	uint64_t last;

	(void)state;
	assert_int_equal(make_file("data/f"), 0);
	set_capacity(1);
	last = stage_generation(fx.stage);
	assert_int_equal(make_file("data/g"), -ENOSPC);
	assert_int_equal(make_file("data/f"), -EEXIST);
	assert_int_equal(set_size("data/f", 100000), -ENOSPC);
	assert_int_equal(remove_file("data/g"), -ENOENT);
	assert_int_equal(stage_generation(fx.stage), last);
	assert_int_equal(stage_changed(fx.stage, BRANCH_DATA), last - 1);
}

/* ---- while a job runs ---- */

static void a_frozen_stage_refuses_every_change(void **state)
{
	struct stat st = { .st_mode = 0600 };
	struct handle *h;
	struct node *n;
	char text[4];

	(void)state;
	assert_int_equal(put_file("data/f", "abc", 3), 0);
	assert_int_equal(make_dir("data/d", 0755), 0);
	assert_int_equal(freeze(0), 0);
	n = node_at("data/f");
	assert_int_equal(make_file("data/x"), -EBUSY);
	assert_int_equal(make_dir("data/x", 0755), -EBUSY);
	assert_int_equal(make_symlink("data/x", "x"), -EBUSY);
	assert_int_equal(make_node("data/x", S_IFIFO | 0600), -EBUSY);
	assert_int_equal(make_link("data/f", "data/x"), -EBUSY);
	assert_int_equal(remove_file("data/f"), -EBUSY);
	assert_int_equal(remove_dir("data/d"), -EBUSY);
	assert_int_equal(move("data/f", "data/x", 0), -EBUSY);
	assert_int_equal(set_size("data/f", 0), -EBUSY);
	assert_int_equal(set_attr("data/f", &st, SET_MODE), -EBUSY);
	assert_int_equal(set_attr("data/f", &st, SET_UID | SET_GID), -EBUSY);
	assert_int_equal(set_attr("data/f", &st, SET_MTIME), -EBUSY);
	assert_int_equal(stage_setxattr(fx.stage, n, "user.a", "x", 1, 0), -EBUSY);
	assert_int_equal(stage_removexattr(fx.stage, n, "user.a"), -EBUSY);
	assert_int_equal(open_file("data/f", O_WRONLY, &h), -EBUSY);
	assert_int_equal(open_file("data/f", O_RDWR, &h), -EBUSY);
	assert_int_equal(create_file("data/x", O_WRONLY, &h), -EBUSY);
	assert_int_equal(clear(BRANCH_DATA, 0), -EBUSY);
	assert_int_equal(clear(BRANCH_AUDIO, 0), -EBUSY);
	assert_int_equal(make_file("audio/x"), -EBUSY);
	assert_int_equal(freeze(0), -EBUSY);
	/* Reading goes on. */
	assert_int_equal(open_file("data/f", O_RDONLY, &h), 0);
	assert_int_equal(stage_read(h, text, sizeof(text), 0), 3);
	assert_int_equal(stage_flush(h), 0);
	stage_close(h);
	assert_int_equal(stage_getxattr(fx.stage, n, "user.a", NULL, 0), -ENODATA);
	assert_int_equal(stage_fsyncdir(fx.stage, node_at("data/d")), 0);
	stage_thaw(fx.stage);
	assert_int_equal(make_file("data/x"), 0);
	assert_int_equal(stat_of("data/f").st_size, 3);
	assert_int_equal(stat_of("data/f").st_mode, S_IFREG | 0644);
}

static struct recorded *disc;

static void take_the_disc_out(void)
{
	stage_set_medium(fx.stage, BLOCKS_UNKNOWN, BLOCKS_UNKNOWN, NULL);
	assert_int_equal(atomic_load(&disc->refs), 2); /* ours, and that of who measures */
}

static void a_disc_taken_out_while_it_is_measured(void **state)
{
	enum { NAMES = 2100 }; /* more than are measured under the lock */
	struct stage_info info;
	char path[32];

	(void)state;
	disc = calloc(1, sizeof(*disc));
	assert_non_null(disc);
	atomic_init(&disc->refs, 1);
	disc->disc = 1;
	assert_int_equal(tree_init(&disc->tree, 0, 0), 0);
	assert_int_equal(tree_settle(&disc->tree), 0);
	for (unsigned i = 0; i < NAMES; i++) {
		snprintf(path, sizeof(path), "data/%u", i);
		assert_int_equal(make_symlink(path, "x"), 0);
	}
	stage_set_medium(fx.stage, BLOCKS_UNKNOWN, BLOCKS_UNKNOWN, disc);
	while_measuring = take_the_disc_out;
	stage_info(fx.stage, &info);
	assert_null(while_measuring);
	assert_int_equal(atomic_load(&disc->refs), 1);
	recorded_put(disc);
	check_size();
}

#define FRESH(test) cmocka_unit_test_setup_teardown(test, set_up, fixture_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		FRESH(a_disc_taken_out_while_it_is_measured),
		FRESH(everything_comes_again),
		FRESH(names_that_no_disc_could_carry),
		FRESH(devices_are_refused),
		FRESH(strict_names),
		FRESH(refused_names_in_a_sentence),
		FRESH(strict_names_of_what_joliet_leaves_out),
		FRESH(targets_that_no_disc_could_carry),
		FRESH(removing),
		FRESH(nothing_comes_into_a_removed_directory),
		FRESH(links),
		FRESH(rename_replaces_what_agrees),
		FRESH(rename_exchanges),
		FRESH(no_directory_goes_below_itself),
		FRESH(two_names_of_one_file_stay),
		FRESH(paths_longer_than_the_kernel_takes),
		FRESH(creation_at_the_capacity),
		FRESH(a_full_disc_is_told_once),
		FRESH(growing_at_the_capacity),
		FRESH(a_rename_that_does_not_fit_is_taken_back),
		FRESH(an_aligned_file_may_take_a_filler),
		FRESH(a_second_section_takes_room_too),
		FRESH(what_makes_the_disc_smaller_is_never_refused),
		FRESH(a_removed_file_takes_no_room),
		FRESH(space_adds_up),
		FRESH(modes_and_owners_come_again),
		FRESH(the_stash_holds_tame_modes),
		FRESH(creation_takes_owner_and_group),
		FRESH(attributes_of_a_removed_file_are_forgotten),
		FRESH(attributes_of_a_replaced_file_are_forgotten),
		FRESH(attributes_of_a_removed_directory_are_forgotten),
		FRESH(attributes_of_an_open_file_are_forgotten),
		FRESH(attributes_of_what_was_cleared_are_forgotten),
		FRESH(times_come_again_to_the_nanosecond),
		FRESH(times_that_the_stash_refuses_are_not_shown),
		FRESH(setting_the_same_changes_nothing),
		FRESH(times_of_content_come_again),
		FRESH(extended_attributes),
		FRESH(the_stash_s_own_attributes_are_hidden),
		FRESH(extended_attributes_of_any_size),
		FRESH(large_attributes_go_with_their_file),
		FRESH(attributes_of_tracks),
		FRESH(listings_in_pieces),
		FRESH(clearing),
		FRESH(clearing_waits_for_no_writer),
		FRESH(excluded_files_fit_on_a_full_disc),
		FRESH(saving_through_a_temporary_file),
		FRESH(another_list_is_another_disc),
		FRESH(too_many_directories),
		FRESH(content_of_excluded_files_is_no_change),
		FRESH(tops_are_those_of_the_disc),
		FRESH(a_job_waits_for_excluded_files),
		FRESH(every_change_has_its_generation),
		FRESH(a_refusal_has_no_generation),
		FRESH(a_frozen_stage_refuses_every_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
