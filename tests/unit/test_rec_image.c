/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Addresses, image files, and every way in which an image must not come to be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include <dirent.h>
#include <grp.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "drive/list.h"
#include "fake_disc.h"
#include "image/source.h"
#include "record/none.h"
#include "record/read_back.h"
#include "record/recorder.h"
#include "record/surroundings.h"
#include "session/recorders.h"
#include "stash/stash.h"

#include <sys/mount.h>
#undef BLOCK_SIZE                 /* it has another */

enum { BLOCKS = 2000, FILES = 20 };

struct fixture {
	char dir[PATH_MAX];       /* where images go */
	char stash_dir[PATH_MAX];
	struct disc disc;
	struct surroundings env;
	struct settings settings;
	struct burn_options options;
	struct progress progress;
	struct record_result result;
	struct err err;
};

/* What is to happen in the middle of a job; the stage's data. */
struct incident {
	struct fixture *f;
	unsigned at;              /* 1-based: the file that is opened */
	void (*run)(struct fixture *f, const char *path);
};

/* Small files, one above every size that is handled apart, its rest, and a tail of zeros. */
static void fill_data(struct disc *d)
{
	uint64_t block = 8;

	disc_init(d, FORMAT_DATA, BLOCKS, 5 * BLOCK_SIZE);
	disc_add(d, block * BLOCK_SIZE, 1500001, 0, 1500001);
	block += 734;
	for (unsigned i = 1; i < FILES; i++, block += 4)
		disc_add(d, block * BLOCK_SIZE, 400 * i, 0, 400 * i);
}

static void fill_audio(struct disc *d)
{
	disc_init(d, FORMAT_AUDIO, 800, 0);
	disc_add(d, 0, 300 * SECTOR_SIZE, 44, 300 * SECTOR_SIZE + 50);
	disc_add(d, 450 * SECTOR_SIZE, 350 * SECTOR_SIZE - 4, 0, 350 * SECTOR_SIZE - 4);
	d->layout.ntracks = 2;
	d->layout.tracks[0].blocks = 300;
	d->layout.tracks[1] = (struct track){ .start = 450, .gap = 150, .blocks = 350 };
}

static void *setup(void (*fill_disc)(struct disc *))
{
	struct fixture *f = calloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/burnfs-images-XXXXXX");
	snprintf(f->stash_dir, sizeof(f->stash_dir), "/tmp/burnfs-stash-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	assert_non_null(mkdtemp(f->stash_dir));
	assert_int_equal(stash_open(&f->env.stash, f->stash_dir, "/none", &f->err), 0);
	f->options.copies = 1;
	fill_disc(&f->disc);
	return f;
}

static int setup_data(void **state)
{
	*state = setup(fill_data);
	return 0;
}

static int setup_audio(void **state)
{
	*state = setup(fill_audio);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(f->disc.layout.refs, 1);
	stash_close(f->env.stash, true);
	remove_tree(f->stash_dir);
	remove_tree(f->dir);
	disc_fini(&f->disc);
	free(f);
	return 0;
}

/* ---- helpers ---- */

static const char *in_dir(struct fixture *f, const char *name)
{
	static char path[PATH_MAX * 2];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return path;
}

static struct recorder *new_recorder(struct fixture *f, const char *name)
{
	struct recorder *r = NULL;

	if (recorder_new(&r, name, f->dir, &f->env, &f->err) < 0)
		fail_msg("%s: %s", name, f->err.msg);
	return r;
}

/* Record the disc as @name in the directory. */
static int burn(struct fixture *f, const char *name)
{
	struct recorder *r = new_recorder(f, name);
	struct source *s;
	int ret;

	memset(&f->err, 0, sizeof(f->err));
	assert_int_equal(source_new(&s, &f->disc.stage, &f->disc.layout), 0);
	ret = r->ops->record(r, s, &f->options, &f->settings, &f->progress, &f->result, &f->err);
	source_free(s);
	recorder_free(r);
	assert_int_equal(ret, -f->err.code);
	assert_int_equal(ret == 0, f->err.msg[0] == '\0');
	return ret;
}

static int check(struct fixture *f, const char *name)
{
	struct recorder *r = new_recorder(f, name);
	int ret;

	memset(&f->err, 0, sizeof(f->err));
	ret = recorder_check(r, f->disc.layout.format, &f->options, &f->settings, &f->err);
	recorder_free(r);
	return ret;
}

static void assert_content(struct fixture *f, const char *name, const void *bytes, size_t len)
{
	cleanup_close int fd = open(in_dir(f, name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	cleanup_free char *buf = malloc(len + 1);
	struct stat st;

	assert_true(fd >= 0);
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, len);
	assert_int_equal(read_at(fd, buf, len, 0), 0);
	assert_memory_equal(buf, bytes, len);
}

static void assert_image(struct fixture *f, const char *name)
{
	const struct layout *l = &f->disc.layout;

	assert_content(f, name, f->disc.image, l->blocks * l->block_size);
}

static void put_file(struct fixture *f, const char *name, const char *text)
{
	cleanup_close int fd = open(in_dir(f, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
				    0644);

	assert_true(fd >= 0);
	assert_int_equal(write_at(fd, text, strlen(text), 0), 0);
}

static void assert_text(struct fixture *f, const char *name, const char *text)
{
	assert_content(f, name, text, strlen(text));
}

/* How many names the directory holds, hidden ones included. */
static unsigned count_names(const char *dir)
{
	DIR *d = opendir(dir);
	unsigned n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static bool has_note(struct fixture *f)
{
	struct image_note note;

	return stash_note_read(f->env.stash, &note) == 0;
}

/* No temporary file, no note: @n names are all there is. */
static void assert_clean(struct fixture *f, unsigned n)
{
	assert_int_equal(count_names(f->dir), n);
	assert_false(has_note(f));
}

static void assert_says(struct fixture *f, const char *words)
{
	if (!strstr(f->err.msg, words))
		fail_msg("\"%s\" does not say \"%s\"", f->err.msg, words);
}

static void on_open(struct stage *stage, const char *path)
{
	struct incident *i = stage->data;

	if (stage->opened == i->at)
		i->run(i->f, path);
}

static int burn_with(struct fixture *f, const char *name, unsigned at,
		     void (*run)(struct fixture *, const char *))
{
	struct incident i = { f, at, run };
	int ret;

	f->disc.stage.opened = 0;
	f->disc.stage.on_open = on_open;
	f->disc.stage.data = &i;
	ret = burn(f, name);
	f->disc.stage.on_open = NULL;
	return ret;
}

/* Run in a child: what limits or ends a process. 0, or what the child found wrong. */
static int in_child(struct fixture *f, int (*run)(struct fixture *))
{
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	if (pid == 0)
		_exit(run(f));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

/* ---- addresses ---- */

static void assert_address(const char *address, const char *canonical)
{
	struct surroundings env = { 0 };
	struct recorder *r = NULL;
	struct err err = { 0 };

	if (recorder_new(&r, address, "/cwd", &env, &err) < 0)
		fail_msg("%s: %s", address, err.msg);
	assert_string_equal(r->address, canonical);
	recorder_free(r);
}

static void assert_no_address(const char *address, const char *cwd, int code)
{
	struct surroundings env = { 0 };
	struct recorder *r = NULL;
	struct err err = { 0 };

	assert_int_equal(recorder_new(&r, address, cwd, &env, &err), -code);
	assert_int_equal(err.code, code);
	assert_true(err.msg[0]);
	assert_null(r);
}

static void addresses(void **state)
{
	struct drive_entry drives[DRIVES_MAX];
	char longest[PATH_MAX + 10];

	(void)state;
	assert_address("none", "none");
	assert_address("auto", drive_list(drives) == 1 ? drives[0].device : "none");
	assert_address("/dev//no-such-drive", "/dev/no-such-drive");
	assert_address("image:/a/b.iso", "image:/a/b.iso");
	assert_address("image:b", "image:/cwd/b");
	assert_address("image:../b", "image:/cwd/../b");
	assert_address("/a/b.ISO", "image:/a/b.ISO");
	assert_address("b.bin", "image:/cwd/b.bin");
	assert_address("./x//y/./b.cue", "image:/cwd/x/y/b.cue");
	assert_address("image:image:b", "image:/cwd/image:b");
	assert_no_address("", "/cwd", EINVAL);
	assert_no_address("b.img", "/cwd", EINVAL);
	assert_no_address("image:", "/cwd", EINVAL);
	assert_no_address("image:/a/", "/cwd", EINVAL);
	assert_no_address("image:b", NULL, EINVAL);
	assert_no_address("b.iso", NULL, EINVAL);
	assert_no_address("image:a\nb", "/cwd", EINVAL);
	assert_no_address("/dev/null", NULL, EINVAL);
	assert_no_address("null", "/dev", EINVAL);
	memset(longest, 'a', sizeof(longest));
	longest[0] = '/';
	memcpy(longest + sizeof(longest) - 5, ".iso", 5);
	assert_no_address(longest, NULL, ENAMETOOLONG);
	assert_no_address(longest + 8, NULL, EINVAL);
	longest[8] = '/';
	assert_no_address(longest + 8, NULL, ENAMETOOLONG);
	recorder_free(NULL);
}

/* What control is told is relative to no directory: nobody looks for such a file. */
static void relative_address_is_no_file(void **state)
{
	struct fixture *f = *state;
	struct recorder *r = NULL;
	int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	FILE *song;

	assert_int_equal(mkdir(in_dir(f, "(null)"), 0755), 0);
	song = fopen(in_dir(f, "(null)/song"), "w");
	assert_non_null(song);
	fclose(song);
	assert_int_equal(chdir(f->dir), 0);
	assert_int_equal(recorder_new(&r, "song", NULL, &f->env, &f->err), -EINVAL);
	assert_null(strstr(f->err.msg, "image:song"));
	assert_int_equal(recorder_new(&r, "foo.img", NULL, &f->env, &f->err), -EINVAL);
	assert_non_null(strstr(f->err.msg, "write its whole path, as in image:/home/me/foo.img"));
	assert_int_equal(recorder_new(&r, in_dir(f, "(null)/song"), NULL, &f->env, &f->err),
			 -EINVAL);
	assert_non_null(strstr(f->err.msg, "for this file write image:/"));
	assert_int_equal(fchdir(here), 0);
	close(here);
}

static void list(void **state)
{
	struct surroundings env = { 0 };
	cleanup_text struct text out = { 0 };
	struct recorder *r;

	(void)state;
	assert_int_equal(recorder_new(&r, "/a/b.iso", NULL, &env, NULL), 0);
	recorder_list(r, "", FORMAT_DATA, &out);
	assert_non_null(strstr(out.data, "* image:/a/b.iso\tcan record data\t"));
	assert_non_null(strstr(out.data, "  none\tcannot record data\t"));
	recorder_list(NULL, "", FORMAT_NONE, &out);
	assert_non_null(strstr(out.data, "  image:PATH\t\t"));
	recorder_free(r);
}

static void none(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(check(f, "none"), -ENODEV);
	assert_says(f, "image:PATH");
	assert_null(rec_none_ops.record);
}

/* ---- what must work ---- */

static void data(void **state)
{
	struct fixture *f = *state;
	mode_t mask = umask(0);
	struct stat st;

	f->env.umask = 027;
	assert_int_equal(check(f, "a.iso"), 0);
	assert_clean(f, 0);
	assert_int_equal(burn(f, "a.iso"), 0);
	umask(mask);
	assert_image(f, "a.iso");
	assert_clean(f, 1);
	assert_string_equal(f->result.output, in_dir(f, "a.iso"));
	assert_int_equal(f->result.blocks, BLOCKS);
	assert_int_equal(f->progress.done, BLOCKS);
	assert_int_equal(f->progress.total, BLOCKS);
	assert_int_equal(f->progress.phase, PHASE_CLOSING);
	assert_int_equal(stat(in_dir(f, "a.iso"), &st), 0);
	assert_int_equal(st.st_mode, S_IFREG | 0640);
}

static void names(void **state)
{
	static const char *const names[][2] = {
		{ "a.bin", "a.iso" },	      { "b.CUE", "b.iso" },
		{ "c.ISO", "c.ISO" },	      { "image:d.img", "d.img.iso" },
		{ "image:.iso", ".iso.iso" }, { "image:e\"f", "e\"f.iso" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		assert_int_equal(burn(f, names[i][0]), 0);
		assert_image(f, names[i][1]);
		assert_string_equal(f->result.output, in_dir(f, names[i][1]));
	}
	assert_clean(f, ARRAY_SIZE(names));
}

static const char audio_sheet[] =
	"FILE \"a.bin\" BINARY\n  TRACK 01 AUDIO\n    INDEX 01 00:00:00\n"
	"  TRACK 02 AUDIO\n    INDEX 00 00:04:00\n    INDEX 01 00:06:00\n";

static void audio(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(check(f, "a.iso"), 0);
	/* Twice: the second replaces the pair of the first. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(burn(f, "a.iso"), 0);
		assert_image(f, "a.bin");
		assert_text(f, "a.cue", audio_sheet);
		assert_clean(f, 2);
		assert_string_equal(f->result.output, in_dir(f, "a.bin"));
		assert_int_equal(f->progress.tracks, 2);
		assert_int_equal(f->progress.track, 2);
	}
	assert_int_equal(burn(f, "image:a\"b"), -EINVAL);
	assert_says(f, "CUE");
	assert_clean(f, 2);
}

static void simulate_and_verify(void **state)
{
	struct fixture *f = *state;

	f->options.simulate = true;
	assert_int_equal(burn(f, "a.iso"), 0);
	assert_clean(f, 0);
	assert_string_equal(f->result.output, "");
	assert_int_equal(f->progress.done, BLOCKS);
	f->options.simulate = false;
	f->options.verify = true;
	assert_int_equal(burn(f, "a.iso"), 0);
	assert_image(f, "a.iso");
	assert_int_equal(f->disc.stage.opened, 3 * FILES);
}

static void spoil_temp(struct fixture *f, const char *path)
{
	cleanup_close int fd = -1;
	struct image_note note;

	(void)path;
	assert_int_equal(stash_note_read(f->env.stash, &note), 0);
	fd = open(note.path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write_at(fd, "!", 1, 1000 * BLOCK_SIZE + 7), 0);
}

static void verify_differs(void **state)
{
	struct fixture *f = *state;

	f->options.verify = true;
	assert_int_equal(burn_with(f, "a.iso", FILES + 1, spoil_temp), -EIO);
	assert_says(f, "block 1000, in no file");
	assert_clean(f, 0);
}

/* The first byte of each file, of what is between them, and of the directories. */
static void spoil_everything(struct fixture *f, const char *path)
{
	const struct layout *l = &f->disc.layout;
	cleanup_close int fd = -1;
	struct image_note note;

	(void)path;
	assert_int_equal(stash_note_read(f->env.stash, &note), 0);
	fd = open(note.path, O_RDWR | O_CLOEXEC);
	for (uint64_t pos = 0; pos < l->blocks * BLOCK_SIZE; pos += BLOCK_SIZE) {
		unsigned char byte;

		assert_int_equal(read_at(fd, &byte, 1, pos), 0);
		byte ^= 1;
		assert_int_equal(write_at(fd, &byte, 1, pos), 0);
	}
}

static void verify_counts_files(void **state)
{
	struct fixture *f = *state;
	char count[64];

	f->options.verify = true;
	assert_int_equal(burn_with(f, "a.iso", FILES + 1, spoil_everything), -EIO);
	assert_says(f, "block 0, in its directories");
	snprintf(count, sizeof(count), "the stage: %d (data/1, data/2", FILES);
	assert_says(f, count);
	assert_clean(f, 0);
}

/* A medium that fails the first time that its second chunk is read. */
static int read_with_one_failure(void *data, void *buf, size_t len, uint64_t pos, struct err *err)
{
	struct fixture *f = data;

	if (pos && !f->result.blocks++)
		return err_set(err, EIO, "a passing error");
	memcpy(buf, f->disc.image + pos, len);
	return 0;
}

static void passing_error_is_no_outcome(void **state)
{
	struct fixture *f = *state;
	struct recording recording = { .name = "it", .read = read_with_one_failure, .data = f };
	struct source *s;

	assert_int_equal(source_new(&s, &f->disc.stage, &f->disc.layout), 0);
	assert_int_equal(read_back(s, &recording, &f->progress, &f->err), 0);
	assert_int_equal(f->result.blocks > 1, 1);
	assert_int_equal(f->err.code, 0);
	assert_string_equal(f->err.msg, "");
	source_free(s);
}

static void spoil_sheet(struct fixture *f, const char *path)
{
	cleanup_close int fd = -1;
	struct image_note note;
	size_t stem;

	(void)path;
	assert_int_equal(stash_note_read(f->env.stash, &note), 0);
	stem = strlen(note.path) - strlen(".part");
	snprintf(note.path + stem, sizeof(note.path) - stem, ".cue");
	fd = open(note.path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write_at(fd, "!", 1, 3), 0);
}

static void verify_differs_in_the_sheet(void **state)
{
	struct fixture *f = *state;

	f->options.verify = true;
	assert_int_equal(burn(f, "a.bin"), 0);
	assert_int_equal(burn_with(f, "b.bin", 3, spoil_sheet), -EIO);
	assert_says(f, "b.cue");
	assert_clean(f, 2);
}

static void spoil_track(struct fixture *f, const char *path)
{
	cleanup_close int fd = -1;
	struct image_note note;

	(void)path;
	assert_int_equal(stash_note_read(f->env.stash, &note), 0);
	fd = open(note.path, O_WRONLY | O_CLOEXEC);
	assert_int_equal(write_at(fd, "!", 1, (450 + 85) * SECTOR_SIZE), 0);
}

static void verify_differs_in_a_track(void **state)
{
	struct fixture *f = *state;

	f->options.verify = true;
	assert_int_equal(burn_with(f, "a.bin", 3, spoil_track), -EIO);
	assert_says(f, "sector 535, track 2 at 0:01, data/2");
	assert_clean(f, 0);
}

/* ---- what must be refused ---- */

static void exists(void **state)
{
	struct fixture *f = *state;

	put_file(f, "a.iso", "old");
	assert_int_equal(check(f, "a.iso"), -EEXIST);
	assert_says(f, "not recorded by this mount");
	assert_int_equal(burn(f, "a.iso"), -EEXIST);
	assert_text(f, "a.iso", "old");
	f->settings.overwrite = true;
	assert_int_equal(burn(f, "a.iso"), 0);
	assert_image(f, "a.iso");
	/* Its own it may replace, whichever recorder made it. */
	f->settings.overwrite = false;
	assert_int_equal(burn(f, "a.iso"), 0);
	assert_int_equal(burn(f, "image:a"), 0);
	assert_clean(f, 1);
	/* Not so once somebody else has changed it. */
	put_file(f, "a.iso", "edited");
	assert_int_equal(burn(f, "a.iso"), -EEXIST);
	assert_text(f, "a.iso", "edited");
}

static void known_images_are_many(void **state)
{
	struct fixture *f = *state;
	char name[32];

	for (int i = 0; i <= IMAGES_KNOWN; i++) {
		snprintf(name, sizeof(name), "%d.iso", i);
		assert_int_equal(burn(f, name), 0);
	}
	/* The oldest is forgotten, which is the safe side. */
	assert_int_equal(burn(f, "0.iso"), -EEXIST);
	assert_int_equal(burn(f, "1.iso"), 0);
}

static void no_regular_file(void **state)
{
	struct fixture *f = *state;

	f->settings.overwrite = true;
	put_file(f, "target", "old");
	assert_int_equal(symlink("target", in_dir(f, "a.iso")), 0);
	assert_int_equal(mkdir(in_dir(f, "b.iso"), 0755), 0);
	assert_int_equal(mkfifo(in_dir(f, "c.iso"), 0644), 0);
	assert_int_equal(symlink("nowhere", in_dir(f, "d.iso")), 0);
	for (char name[] = "a.iso"; name[0] <= 'd'; name[0]++) {
		assert_int_equal(check(f, name), -EEXIST);
		assert_says(f, "not a regular file");
		assert_int_equal(burn(f, name), -EEXIST);
	}
	assert_text(f, "target", "old");
	assert_clean(f, 5);
}

static void one_of_a_pair_exists(void **state)
{
	struct fixture *f = *state;

	put_file(f, "a.cue", "old");
	assert_int_equal(burn(f, "a.bin"), -EEXIST);
	assert_text(f, "a.cue", "old");
	assert_clean(f, 1);
}

static void wrong_places(void **state)
{
	struct fixture *f = *state;
	char path[PATH_MAX + 16];
	struct stat st;

	assert_int_equal(check(f, "nowhere/a.iso"), -ENOENT);
	assert_says(f, "nowhere");
	put_file(f, "file", "old");
	assert_int_equal(check(f, "file/a.iso"), -ENOTDIR);
	snprintf(path, sizeof(path), "%s/a.iso", f->stash_dir);
	assert_int_equal(check(f, path), -ELOOP);
	snprintf(path, sizeof(path), "%s/data/a.iso", f->stash_dir);
	mkdir(in_dir(f, "unused"), 0700);
	assert_int_equal(burn(f, path), -ELOOP);
	assert_int_equal(stat(f->dir, &st), 0);
	f->env.mount_dev = st.st_dev;
	assert_int_equal(burn(f, "a.iso"), -ELOOP);
	assert_says(f, "this mount");
	assert_clean(f, 2);
}

/* A part of the stash that is mounted elsewhere is still a part of it. */
static int burn_into_bind_mounts(struct fixture *f)
{
	static const char *const parts[] = { "", "/data", "/data/sub", "/data/sub/deeper" };
	char part[PATH_MAX + 32];

	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return 77;
	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		snprintf(part, sizeof(part), "%s%s", f->stash_dir, parts[i]);
		if (i > 1 && mkdir(part, 0700) < 0)
			return 1;
		if (mount(part, in_dir(f, "bind"), NULL, MS_BIND, NULL) < 0)
			return 77;
		if (check(f, "bind/a.iso") != -ELOOP || check(f, "bind/../a.iso") != 0)
			return 2;
		if (umount(in_dir(f, "bind")) < 0)
			return 3;
	}
	/* A directory that is none of it, and is called as one. */
	if (mount(in_dir(f, "data"), in_dir(f, "bind"), NULL, MS_BIND, NULL) < 0 ||
	    check(f, "bind/a.iso") != 0)
		return 4;
	return 0;
}

static void bind_mounts(void **state)
{
	struct fixture *f = *state;
	int ret;

	assert_int_equal(mkdir(in_dir(f, "bind"), 0755), 0);
	assert_int_equal(mkdir(in_dir(f, "data"), 0755), 0);
	ret = in_child(f, burn_into_bind_mounts);
	if (ret == 77) {
		print_message("skipped: nothing can be mounted here\n");
		skip();
	}
	assert_int_equal(ret, 0);
}

static void name_too_long(void **state)
{
	struct fixture *f = *state;
	char name[NAME_MAX + 7] = "image:";

	memset(name + 6, 'x', NAME_MAX);
	name[6 + NAME_MAX] = '\0';
	assert_int_equal(check(f, name), -ENAMETOOLONG);
	name[6 + NAME_MAX - 4] = '\0';
	assert_int_equal(burn(f, name), 0);
	assert_clean(f, 1);
}

static void options(void **state)
{
	struct fixture *f = *state;

	f->options.multi = true;
	assert_int_equal(burn(f, "a.iso"), -EOPNOTSUPP);
	f->options.multi = false;
	f->options.copies = 2;
	assert_int_equal(burn(f, "a.iso"), -EOPNOTSUPP);
	f->options.copies = 1;
	f->disc.layout.format = FORMAT_NONE;
	assert_int_equal(burn(f, "a.iso"), -EOPNOTSUPP);
	assert_clean(f, 0);
}

/* As nobody, in a directory that is another's or not to be written to. */
static int burn_as_nobody(struct fixture *f)
{
	if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0)
		return 77;
	return check(f, "a.iso") == -EACCES && strstr(f->err.msg, f->dir) ? 0 : 1;
}

static int burn_read_only(struct fixture *f)
{
	return check(f, "a.iso") == -EACCES && strstr(f->err.msg, f->dir) ? 0 : 1;
}

static void no_right(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(chmod(f->dir, 0555), 0);
	assert_int_equal(in_child(f, geteuid() ? burn_read_only : burn_as_nobody), 0);
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_clean(f, 0);
}

/* ---- what may go wrong on the way ---- */

static void cancel(struct fixture *f, const char *path)
{
	(void)path;
	f->progress.cancel = true;
}

static void cancelled(void **state)
{
	struct fixture *f = *state;

	put_file(f, "a.iso", "old");
	f->settings.overwrite = true;
	for (unsigned at = 1; at <= FILES; at++) {
		assert_int_equal(burn_with(f, "a.iso", at, cancel), -ECANCELED);
		assert_says(f, "cancelled");
		f->progress.cancel = false;
		assert_text(f, "a.iso", "old");
		assert_clean(f, 1);
	}
	f->options.simulate = true;
	assert_int_equal(burn_with(f, "a.iso", 3, cancel), -ECANCELED);
}

static void cancel_from_callback(void *data)
{
	((struct fixture *)data)->progress.cancel = true;
}

static void cancelled_from_callback(void **state)
{
	struct fixture *f = *state;

	f->progress.changed = cancel_from_callback;
	f->progress.data = f;
	assert_int_equal(burn(f, "a.iso"), -ECANCELED);
	assert_clean(f, 0);
}

/* A large file is not gathered; there is nothing around it that would notice. */
static void cancelled_in_large_file(void **state)
{
	struct fixture *f = *state;

	f->disc.layout.head_len = 0;
	f->disc.layout.nextents = 1;
	f->disc.layout.extents[0].start = 0;
	f->disc.layout.blocks = blocks_of(1500001);
	assert_int_equal(burn_with(f, "a.iso", 1, cancel), -ECANCELED);
	assert_clean(f, 0);
}

static void touch_large_file(void *data)
{
	const struct timespec times[2] = { { .tv_sec = 5 }, { .tv_sec = 6 } };
	struct fixture *f = data;
	char path[64];

	fake_path(&f->disc.stage, &f->disc.nodes[0], path, sizeof(path));
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/* The first report comes after the head, when the large file is open. */
static void large_file_changes(void **state)
{
	struct fixture *f = *state;

	f->progress.changed = touch_large_file;
	f->progress.data = f;
	assert_int_equal(burn(f, "a.iso"), -EIO);
	assert_says(f, "data/1 changed");
	assert_clean(f, 0);
}

static void cut(struct fixture *f, const char *path)
{
	(void)f;
	assert_int_equal(truncate(path, 3), 0);
}

static void unstage(struct fixture *f, const char *path)
{
	(void)path;
	f->disc.stage.generation++;
}

static void source_fails(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(burn_with(f, "a.iso", 7, unstage), -ESTALE);
	f->disc.stage.generation--;
	assert_clean(f, 0);
	for (unsigned at = FILES; at > 0; at--) {
		assert_int_equal(burn_with(f, "a.iso", at, cut), -EIO);
		assert_says(f, "data/");
		assert_clean(f, 0);
	}
}

/* What cannot be compared is not verified. */
static void source_fails_when_read_again(void **state)
{
	struct fixture *f = *state;

	f->options.verify = true;
	assert_int_equal(burn_with(f, "a.iso", FILES + 5, unstage), -ESTALE);
	assert_says(f, "cannot compare");
	f->disc.stage.generation--;
	assert_int_equal(burn_with(f, "a.iso", FILES + 5, cut), -EIO);
	assert_says(f, "with what is staged: data/5 has");
	assert_clean(f, 0);
}

static void make_rival(struct fixture *f, const char *path)
{
	(void)path;
	put_file(f, "a.iso", "rival");
}

static void rival(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(burn_with(f, "a.iso", FILES, make_rival), -EEXIST);
	assert_text(f, "a.iso", "rival");
	assert_clean(f, 1);
}

static void make_rival_sheet(struct fixture *f, const char *path)
{
	(void)path;
	unlink(in_dir(f, "a.cue"));
	put_file(f, "a.cue", "rival");
}

/* Of a pair either both names change or none. */
static void rival_sheet(void **state)
{
	struct fixture *f = *state;
	struct stat before, after;

	assert_int_equal(burn_with(f, "a.bin", 2, make_rival_sheet), -EEXIST);
	assert_clean(f, 1);
	assert_int_equal(unlink(in_dir(f, "a.cue")), 0);
	assert_int_equal(burn(f, "a.bin"), 0);
	assert_int_equal(stat(in_dir(f, "a.bin"), &before), 0);
	assert_int_equal(burn_with(f, "a.bin", 2, make_rival_sheet), -EEXIST);
	assert_text(f, "a.cue", "rival");
	assert_image(f, "a.bin");
	assert_int_equal(stat(in_dir(f, "a.bin"), &after), 0);
	assert_int_equal(before.st_ino, after.st_ino);
	assert_clean(f, 2);
}

static int burn_with_limit(struct fixture *f)
{
	const struct rlimit limit = { 2000000, 2000000 };

	signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) < 0)
		return 77;
	return burn(f, "a.iso") == -EFBIG && strstr(f->err.msg, "4096000 bytes") ? 0 : 1;
}

static void too_large(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(in_child(f, burn_with_limit), 0);
	assert_clean(f, 0);
}

/* In a mount namespace of its own, so that nothing is left behind. */
static int burn_on_small_volume(struct fixture *f)
{
	if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
	    mount("none", f->dir, "tmpfs", 0, "size=3m") < 0)
		return 77;
	if (burn(f, "a.iso") != -ENOSPC || !strstr(f->err.msg, "needs ") || count_names(f->dir))
		return 1;
	/* Without large files the volume is not asked before it is full. */
	f->disc.layout.nextents = 0;
	if (burn(f, "a.iso") != -ENOSPC || !strstr(f->err.msg, "is full after") ||
	    count_names(f->dir))
		return 2;
	if (has_note(f))
		return 3;
	if (mount(NULL, f->dir, NULL, MS_REMOUNT | MS_RDONLY, NULL) < 0 ||
	    check(f, "a.iso") != -EROFS)
		return 4;
	return 0;
}

static void no_space(void **state)
{
	struct fixture *f = *state;
	int ret = in_child(f, burn_on_small_volume);

	if (ret == 77) {
		print_message("skipped: a tmpfs cannot be mounted here\n");
		skip();
	}
	assert_int_equal(ret, 0);
}

/* ---- after a daemon was killed ---- */

static void die(struct fixture *f, const char *path)
{
	(void)f;
	(void)path;
	_exit(0);
}

static int burn_and_die(struct fixture *f)
{
	burn_with(f, "a.iso", 2, die);
	return 1;
}

static void killed(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(in_child(f, burn_and_die), 0);
	assert_int_equal(count_names(f->dir), f->disc.layout.format == FORMAT_AUDIO ? 2 : 1);
	assert_true(has_note(f));
	recorder_recover(f->env.stash);
	assert_clean(f, 0);
	recorder_recover(f->env.stash);
	assert_int_equal(burn(f, "a.iso"), 0);
}

static void note(struct fixture *f, const char *path, struct image_note n)
{
	assert_in_range(snprintf(n.path, sizeof(n.path), "%s", path), 1, sizeof(n.path) - 1);
	assert_int_equal(stash_note_image(f->env.stash, &n), 0);
}

static void put_note(struct fixture *f, const char *path, ino_t ino)
{
	note(f, path, (struct image_note){ .file[0].made.ino = ino });
}

/* Recovery removes nothing but what the note names and what is ours beyond doubt. */
static void recovery_is_careful(void **state)
{
	static const char temp[] = ".burnfs-0123456789abcdef.part";
	struct fixture *f = *state;
	struct stat st;

	/* Another file under the noted name. */
	put_file(f, temp, "other");
	assert_int_equal(stat(in_dir(f, temp), &st), 0);
	put_note(f, in_dir(f, temp), st.st_ino + 1);
	recorder_recover(f->env.stash);
	assert_text(f, temp, "other");
	assert_clean(f, 1);
	/* A note that is older than the file: only an empty one can be ours. */
	put_note(f, in_dir(f, temp), 0);
	recorder_recover(f->env.stash);
	assert_text(f, temp, "other");
	put_file(f, temp, "");
	put_note(f, in_dir(f, temp), 0);
	recorder_recover(f->env.stash);
	assert_clean(f, 0);
	/* No name of ours, though the inode matches. */
	put_file(f, "precious", "old");
	assert_int_equal(stat(in_dir(f, "precious"), &st), 0);
	put_note(f, in_dir(f, "precious"), st.st_ino);
	recorder_recover(f->env.stash);
	assert_text(f, "precious", "old");
	/* A link of that name. */
	assert_int_equal(symlink("precious", in_dir(f, temp)), 0);
	put_note(f, in_dir(f, temp), st.st_ino);
	recorder_recover(f->env.stash);
	assert_text(f, "precious", "old");
	assert_clean(f, 2);
	/* A volume that is not there now may be back at the next mount. */
	put_note(f, in_dir(f, "gone/.burnfs-0123456789abcdef.part"), 1);
	recorder_recover(f->env.stash);
	assert_true(has_note(f));
	stash_note_clear(f->env.stash);
}

#define PAIR_TEMP ".burnfs-0123456789abcdef"

static struct noted_file noted(struct fixture *f, const char *name)
{
	struct stat st;

	assert_int_equal(lstat(in_dir(f, name), &st), 0);
	return (struct noted_file){ st.st_ino, st.st_size, st.st_mtim };
}

/*
 * A pair as it is when a daemon dies while it gives the names: what lies where, by its text. What
 * is to be replaced says "old".
 */
static struct image_note lay_pair(struct fixture *f, const char *part, const char *sheet,
				  const char *image, const char *cue)
{
	const struct {
		const char *name, *text;
	} files[] = {
		{ PAIR_TEMP ".part", part },
		{ PAIR_TEMP ".cue", sheet },
		{ "a.bin", image },
		{ "a.cue", cue },
	};
	struct image_note n = { .file = { { .name = "a.bin" }, { .name = "a.cue" } } };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++) {
		const char *text = files[i].text;

		unlink(in_dir(f, files[i].name));
		if (!text)
			continue;
		put_file(f, files[i].name, text);
		if (strcmp(text, "old") == 0)
			n.file[i % 2].old = noted(f, files[i].name);
		else
			n.file[i % 2].made = noted(f, files[i].name);
	}
	return n;
}

static void put_pair(struct fixture *f, const char *part, const char *sheet, const char *image,
		     const char *cue)
{
	struct image_note n = lay_pair(f, part, sheet, image, cue);

	note(f, in_dir(f, PAIR_TEMP ".part"), n);
	recorder_recover(f->env.stash);
}

/* Of a pair that was being placed the next mount leaves both old files, or both new ones. */
static void killed_between_a_pair(void **state)
{
	struct fixture *f = *state;

	put_pair(f, "new image", "new sheet", NULL, NULL);
	assert_clean(f, 0);
	put_pair(f, "new image", "new sheet", "old", "old");
	assert_clean(f, 2);
	assert_text(f, "a.bin", "old");
	assert_text(f, "a.cue", "old");
	put_pair(f, NULL, "new sheet", "new image", NULL);
	assert_clean(f, 2);
	assert_text(f, "a.bin", "new image");
	assert_text(f, "a.cue", "new sheet");
	put_pair(f, "old", "new sheet", "new image", "old");
	assert_clean(f, 2);
	assert_text(f, "a.bin", "new image");
	assert_text(f, "a.cue", "new sheet");
	put_pair(f, "old", "old", "new image", "new sheet");
	assert_clean(f, 2);
	assert_text(f, "a.bin", "new image");
	assert_text(f, "a.cue", "new sheet");
	put_pair(f, NULL, NULL, "new image", "new sheet");
	assert_clean(f, 2);
	assert_text(f, "a.cue", "new sheet");
}

/* ---- what the file system does ---- */

/* These stand in place of libc's. Each call of them is a step. */
static struct {
	unsigned steps;
	unsigned fail_at, die_at;  /* 1-based: the step that fails, or is not lived to see; 0:
				      none */
	bool no_exchange, no_noreplace, no_links;   /* what the file system lacks */
	bool die_at_sheet;         /* when the image has its name, and the sheet is to get its
				      own */
	void (*before_replacing)(struct fixture *);
	struct fixture *f;
} disk;

static bool step_fails(void)
{
	disk.steps++;
	if (disk.steps == disk.die_at)
		_exit(0);
	errno = EIO;
	return disk.steps == disk.fail_at;
}

int renameat2(int dir, const char *name, int to_dir, const char *to, unsigned flags)
{
	if (disk.die_at_sheet && !strncmp(name, ".burnfs-", 8) && strstr(name, ".cue"))
		_exit(0);
	if (step_fails())
		return -1;
	errno = EINVAL;
	if ((flags & RENAME_EXCHANGE && disk.no_exchange) ||
	    (flags & RENAME_NOREPLACE && disk.no_noreplace))
		return -1;
	if (disk.before_replacing && (flags & RENAME_EXCHANGE || strncmp(name, ".burnfs-", 8))) {
		void (*before)(struct fixture *) = disk.before_replacing;

		disk.before_replacing = NULL;
		before(disk.f);
	}
	return (int)syscall(SYS_renameat2, dir, name, to_dir, to, flags);
}

int renameat(int dir, const char *name, int to_dir, const char *to)
{
	return step_fails() ? -1 : (int)syscall(SYS_renameat2, dir, name, to_dir, to, 0);
}

int linkat(int dir, const char *name, int to_dir, const char *to, int flags)
{
	if (step_fails())
		return -1;
	errno = EPERM;
	return disk.no_links ? -1 : (int)syscall(SYS_linkat, dir, name, to_dir, to, flags);
}

int unlinkat(int dir, const char *name, int flags)
{
	return step_fails() ? -1 : (int)syscall(SYS_unlinkat, dir, name, flags);
}

/* Nobody cuts the power here. */
int fsync(int fd)
{
	(void)fd;
	return step_fails() ? -1 : 0;
}

static void put_old(struct fixture *f, bool pair, bool there)
{
	const char *const names[] = { pair ? "a.bin" : "a.iso", "a.cue" };

	for (unsigned i = 0; i < 1U + pair; i++) {
		unlink(in_dir(f, names[i]));
		if (there)
			put_file(f, names[i], "old");
	}
}

static bool is_old(struct fixture *f, const char *name)
{
	struct stat st;

	return stat(in_dir(f, name), &st) == 0 && st.st_size == 3;
}

/* All old or all new, nothing besides; whether it is new. */
static bool one_state(struct fixture *f, bool pair, bool there)
{
	const char *image = pair ? "a.bin" : "a.iso";
	struct stat st;

	if (stat(in_dir(f, image), &st) < 0) {
		assert_false(there);
		assert_clean(f, 0);
		return false;
	}
	assert_clean(f, 1U + pair);
	if (is_old(f, image)) {
		assert_true(there);
		assert_int_equal(pair, is_old(f, "a.cue"));
		return false;
	}
	assert_image(f, image);
	if (pair)
		assert_text(f, "a.cue", audio_sheet);
	return true;
}

static int burn_until_death(struct fixture *f)
{
	burn(f, "a.bin");
	return disk.steps < disk.die_at ? 78 : 1;
}

/* With one step that fails, or is the last: each in turn. */
static void fail_at_each_step(struct fixture *f, bool pair, bool there)
{
	unsigned total;

	put_old(f, pair, there);
	disk.fail_at = disk.steps = 0;
	assert_int_equal(burn(f, "a.bin"), 0);
	total = disk.steps;
	assert_true(total > 5);
	for (unsigned at = 1; at <= total + 4; at++) {
		int ret;

		put_old(f, pair, there);
		disk.steps = 0;
		disk.fail_at = at;
		ret = burn(f, "a.bin");
		disk.fail_at = 0;
		recorder_recover(f->env.stash);
		assert_int_equal(one_state(f, pair, there), ret == 0);
	}
	for (unsigned at = 1, ret = 0; ret == 0; at++) {
		put_old(f, pair, there);
		disk.steps = 0;
		disk.die_at = at;
		ret = (unsigned)in_child(f, burn_until_death);
		disk.die_at = 0;
		recorder_recover(f->env.stash);
		one_state(f, pair, there);
		assert_true(ret == 0 || ret == 78);
		assert_true(at > total ? ret == 78 : ret == 0);
	}
}

/*
 * What had the names keeps them unless the new files have them for good, whatever fails, and on
 * whatever disk.
 */
static void every_step_may_fail(void **state)
{
	static const bool lacks[][3] = {
		{ false, false, false },
		{ true, false, false },
		{ true, true, false },
		{ true, true, true },
	};
	struct fixture *f = *state;
	bool pair = f->disc.layout.format == FORMAT_AUDIO;

	log_set_level(LOG_LEVEL_ERROR);
	f->settings.overwrite = true;
	for (size_t i = 0; i < ARRAY_SIZE(lacks); i++) {
		disk.no_exchange = lacks[i][0];
		disk.no_noreplace = lacks[i][1];
		disk.no_links = lacks[i][2];
		fail_at_each_step(f, pair, true);
		fail_at_each_step(f, pair, false);
	}
	memset(&disk, 0, sizeof(disk));
	log_set_level(LOG_LEVEL_INFO);
}

static void put_rival(struct fixture *f)
{
	char was[PATH_MAX * 2];

	/* Kept, so that the new file cannot get the number of its inode. */
	snprintf(was, sizeof(was), "%s", in_dir(f, "was"));
	assert_int_equal(rename(in_dir(f, "a.iso"), was), 0);
	put_file(f, "a.iso", "rival");
}

/* What is put there in the last moment is nobody's to destroy. */
static void rival_in_the_last_moment(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 2; i++) {
		disk.no_exchange = i;
		unlink(in_dir(f, "a.iso"));
		unlink(in_dir(f, "was"));
		assert_int_equal(burn(f, "a.iso"), 0);
		disk.f = f;
		disk.before_replacing = put_rival;
		assert_int_equal(burn(f, "a.iso"), -EEXIST);
		assert_null(disk.before_replacing);
		assert_says(f, "not recorded by this mount");
		assert_text(f, "a.iso", "rival");
		assert_clean(f, 2);
	}
	memset(&disk, 0, sizeof(disk));
}

static int burn_and_die_at_sheet(struct fixture *f)
{
	disk.die_at_sheet = true;
	burn(f, "a.bin");
	return 1;
}

static void killed_before_the_sheet(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(in_child(f, burn_and_die_at_sheet), 0);
	assert_int_equal(count_names(f->dir), 2);
	recorder_recover(f->env.stash);
	assert_clean(f, 2);
	assert_image(f, "a.bin");
	assert_text(f, "a.cue", audio_sheet);
	/* The old ones may be replaced, and are. */
	put_file(f, "a.cue", "old");
	f->settings.overwrite = true;
	assert_int_equal(in_child(f, burn_and_die_at_sheet), 0);
	assert_text(f, "a.cue", "old");
	recorder_recover(f->env.stash);
	assert_clean(f, 2);
	assert_image(f, "a.bin");
	assert_text(f, "a.cue", audio_sheet);
	/* A user's are not. */
	put_file(f, "a.cue", "old");
	assert_int_equal(in_child(f, burn_and_die_at_sheet), 0);
	put_file(f, "a.cue", "my sheet");
	recorder_recover(f->env.stash);
	assert_clean(f, 2);
	assert_text(f, "a.cue", "my sheet");
}

/* Between the crash and the next mount a user comes: his files stay, ours that are of no use go. */
static void user_between_a_pair(void **state)
{
	struct fixture *f = *state;
	struct image_note n;

	/* Both names are his now. */
	n = lay_pair(f, NULL, "new sheet", "new image", NULL);
	unlink(in_dir(f, "a.bin"));
	put_file(f, "a.bin", "my image");
	put_file(f, "a.cue", "my sheet");
	note(f, in_dir(f, PAIR_TEMP ".part"), n);
	recorder_recover(f->env.stash);
	assert_clean(f, 2);
	assert_text(f, "a.bin", "my image");
	assert_text(f, "a.cue", "my sheet");
	/* The image was written over in its place: the inode is the noted one. */
	n = lay_pair(f, NULL, "new sheet", "new image", "old");
	put_file(f, "a.bin", "my own image");
	note(f, in_dir(f, PAIR_TEMP ".part"), n);
	recorder_recover(f->env.stash);
	assert_clean(f, 2);
	assert_text(f, "a.bin", "my own image");
	assert_text(f, "a.cue", "old");
	/* The image is gone. */
	n = lay_pair(f, NULL, "new sheet", NULL, "old");
	note(f, in_dir(f, PAIR_TEMP ".part"), n);
	recorder_recover(f->env.stash);
	assert_clean(f, 1);
	assert_text(f, "a.cue", "old");
	/* The image is ours, the sheet new, or another than the one to be replaced. */
	n = lay_pair(f, NULL, "new sheet", "new image", NULL);
	put_file(f, "a.cue", "my sheet");
	note(f, in_dir(f, PAIR_TEMP ".part"), n);
	recorder_recover(f->env.stash);
	assert_clean(f, 2);
	assert_text(f, "a.bin", "new image");
	assert_text(f, "a.cue", "my sheet");
	n = lay_pair(f, "old", "new sheet", "new image", "old");
	put_file(f, "a.cue", "my sheet");
	note(f, in_dir(f, PAIR_TEMP ".part"), n);
	recorder_recover(f->env.stash);
	assert_clean(f, 2);
	assert_text(f, "a.bin", "new image");
	assert_text(f, "a.cue", "my sheet");
	/* The old image was swapped out, and what replaced it was replaced: both are his. */
	n = lay_pair(f, "old", "new sheet", "new image", "old");
	put_file(f, "a.bin", "my own image");
	note(f, in_dir(f, PAIR_TEMP ".part"), n);
	recorder_recover(f->env.stash);
	assert_clean(f, 3);
	assert_text(f, PAIR_TEMP ".part", "old");
	assert_text(f, "a.bin", "my own image");
	assert_text(f, "a.cue", "old");
}

#define with_data(test) cmocka_unit_test_setup_teardown(test, setup_data, teardown)
#define with_audio(test) \
	{ #test " (audio)", test, setup_audio, teardown, NULL }

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		with_data(relative_address_is_no_file),
		cmocka_unit_test(list),
		with_data(none),
		with_data(data),
		with_data(names),
		with_audio(audio),
		with_data(simulate_and_verify),
		with_data(verify_differs),
		with_data(verify_counts_files),
		with_data(passing_error_is_no_outcome),
		with_audio(verify_differs_in_the_sheet),
		with_audio(verify_differs_in_a_track),
		with_data(exists),
		with_data(known_images_are_many),
		with_data(no_regular_file),
		with_audio(one_of_a_pair_exists),
		with_data(wrong_places),
		with_data(bind_mounts),
		with_data(name_too_long),
		with_data(options),
		with_data(no_right),
		with_data(cancelled),
		with_data(cancelled_from_callback),
		with_data(cancelled_in_large_file),
		with_data(large_file_changes),
		with_data(source_fails),
		with_data(source_fails_when_read_again),
		with_data(rival),
		with_audio(rival_sheet),
		with_data(rival_in_the_last_moment),
		with_data(every_step_may_fail),
		with_audio(every_step_may_fail),
		with_data(too_large),
		with_data(no_space),
		with_data(killed),
		with_audio(killed),
		with_data(recovery_is_careful),
		with_audio(killed_between_a_pair),
		with_audio(killed_before_the_sheet),
		with_audio(user_between_a_pair),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
