/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Image files: which names, and whether they may be taken. The bytes are record/image_copy.c's,
 * and the names are given by record/image_place.c. All work after the directory was opened goes by
 * its descriptor, so that what was checked is what is written. No locks: one recorder, one thread.
 */
#include "record/image_file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/inside.h"
#include "base/util.h"
#include "config/settings.h"
#include "image/cue.h"
#include "image/source.h"
#include "record/image_copy.h"
#include "record/image_place.h"
#include "record/read_back.h"
#include "record/recorder.h"
#include "record/surroundings.h"
#include "stash/stash.h"

enum { OUTPUTS_MAX = IMAGE_FILES };

struct image {
	struct recorder base;
	struct surroundings *env;
	const char *path;       /* the end of base.address */
};

struct job {
	struct image *image;
	const struct settings *settings;
	struct err *err;
	char dir_path[PATH_MAX];
	char path[OUTPUTS_MAX][PATH_MAX];
	struct image_place place;        /* the image itself is the first file */
};

static const struct suffix {
	enum format format;
	const char *suffix[OUTPUTS_MAX];
} suffixes[] = {
	{ FORMAT_DATA, { ".iso" } },
	{ FORMAT_AUDIO, { ".bin", ".cue" } },
	{ FORMAT_MIXED, { ".bin", ".cue" } },
};

static const struct suffix *suffixes_of(enum format format)
{
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		if (suffixes[i].format == format)
			return &suffixes[i];
	return NULL;
}

const char *rec_image_suffix(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash ? slash + 1 : path;
	const char *dot = strrchr(base, '.');

	if (!dot || dot == base)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(suffixes); i++)
		for (unsigned n = 0; n < OUTPUTS_MAX && suffixes[i].suffix[n]; n++)
			if (!strcasecmp(dot, suffixes[i].suffix[n]))
				return dot;
	return NULL;
}

/* The directory and the names of the files to be made. */
static int name_outputs(struct job *j, const struct suffix *wanted)
{
	const char *path = j->image->path;
	const char *own = rec_image_suffix(path);
	int stem = (int)(own ? own - path : (ptrdiff_t)strlen(path));
	int dir = (int)(strrchr(path, '/') + 1 - path);
	unsigned *n = &j->place.n;

	snprintf(j->dir_path, sizeof(j->dir_path), "%.*s", dir, path);
	for (*n = 0; *n < OUTPUTS_MAX && wanted->suffix[*n]; ++*n) {
		const char *suffix = wanted->suffix[*n];

		j->place.file[*n] = (struct image_file){ j->path[*n], j->path[*n] + dir, .fd = -1 };
		if (own && !strcasecmp(own, suffix))
			suffix = own;
		if (snprintf(j->path[*n], PATH_MAX, "%.*s%s", stem, path, suffix) >= PATH_MAX)
			return err_set(j->err, ENAMETOOLONG,
				       "the path of the image is longer than %d bytes: choose a "
				       "shorter one",
				       PATH_MAX - 1);
	}
	return 0;
}

static int directory_failed(struct job *j, int code)
{
	if (code == ENOENT)
		return err_set(j->err, code,
			       "the directory %s does not exist: make it, or choose another place",
			       j->dir_path);
	if (code == EACCES || code == EPERM)
		return err_set(j->err, code, "you may not write in %s: choose another place",
			       j->dir_path);
	return err_set(j->err, code, "cannot write an image in %s: %s; choose another place",
		       j->dir_path, strerror(code));
}

/* Before the mount is there only the directory tells that it will be in the way. */
static bool in_mountpoint(const struct surroundings *env, int dir)
{
	cleanup_close int top = -1;

	if (env->mount_dev || !env->mountpoint)
		return false;
	top = open(env->mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return top >= 0 && inside(dir, top);
}

static int open_directory(struct job *j)
{
	const struct surroundings *env = j->image->env;
	int *dir = &j->place.dir;
	struct stat st;

	*dir = open(j->dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (*dir < 0 || fstat(*dir, &st) < 0)
		return directory_failed(j, errno);
	if ((env->mount_dev && st.st_dev == env->mount_dev) || in_mountpoint(env, *dir) ||
	    stash_contains(env->stash, *dir))
		return err_set(j->err, ELOOP,
			       "%s is inside this mount or its stash: choose another place",
			       j->dir_path);
	if (faccessat(*dir, ".", W_OK | X_OK, AT_EACCESS) < 0)
		return directory_failed(j, errno);
	return 0;
}

static struct image_id id_of(const struct stat *st)
{
	return (struct image_id){ st->st_dev, st->st_ino, st->st_size, st->st_mtim };
}

static bool same_id(const struct image_id *a, const struct image_id *b)
{
	return a->dev == b->dev && a->ino == b->ino && a->size == b->size &&
	       a->mtime.tv_sec == b->mtime.tv_sec && a->mtime.tv_nsec == b->mtime.tv_nsec;
}

static bool is_ours(struct surroundings *env, const struct stat *st)
{
	struct image_id id = id_of(st);
	bool found = false;

	pthread_mutex_lock(&env->lock);
	for (unsigned i = 0; i < env->nimages && i < IMAGES_KNOWN && !found; i++)
		found = same_id(&env->images[i], &id);
	pthread_mutex_unlock(&env->lock);
	return found;
}

/* Before the new files have their names: who cannot be known again must not get there. */
static int identify(const struct image_place *p, struct image_id id[IMAGE_FILES], struct err *err)
{
	struct stat st;

	for (unsigned i = 0; i < p->n; i++) {
		if (fstat(p->file[i].fd, &st) < 0)
			return err_set(err, errno, "cannot examine the new %s: %s",
				       p->file[i].path, strerror(errno));
		id[i] = id_of(&st);
	}
	return 0;
}

static void remember(struct surroundings *env, const struct image_id *id, unsigned n)
{
	pthread_mutex_lock(&env->lock);
	for (unsigned i = 0; i < n; i++)
		env->images[env->nimages++ % IMAGES_KNOWN] = id[i];
	pthread_mutex_unlock(&env->lock);
}

/* A link is refused: who names it may mean either file. */
static int may_replace(void *data, const struct image_file *f, const struct stat *st,
		       struct err *err)
{
	const struct job *j = data;

	if (!S_ISREG(st->st_mode))
		return err_set(err, EEXIST,
			       "%s exists and is not a regular file: choose another name", f->path);
	if (j->settings->overwrite || is_ours(j->image->env, st))
		return 0;
	return err_set(err, EEXIST,
		       "%s exists and was not recorded by this mount: choose another name, or "
		       "write \"set overwrite yes\" to control",
		       f->path);
}

/* Whether an image may take that name. What is there when it is complete is judged once more. */
static int check_name(struct job *j, const struct image_file *f)
{
	struct stat st;

	if (fstatat(j->place.dir, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return may_replace(j, f, &st, j->err);
	if (errno == ENOENT)
		return 0;
	return err_set(j->err, errno, "%s cannot be the name of an image: %s", f->path,
		       strerror(errno));
}

static int check_options(enum format format, const struct burn_options *options, struct err *err)
{
	if (!suffixes_of(format))
		return err_set(err, EOPNOTSUPP,
			       "an image file holds data or audio: write \"format data\" "
			       "or \"format audio\" to control");
	if (options->multi)
		return err_set(err, EOPNOTSUPP,
			       "an image file holds a single session: burn without \"multi\"");
	if (options->copies > 1)
		return err_set(err, EOPNOTSUPP,
			       "an image file is made once: burn without \"copies\", and copy the "
			       "file");
	return 0;
}

/* Everything that can be refused before a byte is written. Leaves the directory open. */
static int prepare(struct job *j, enum format format, const struct burn_options *options)
{
	int ret = check_options(format, options, j->err);

	if (ret < 0)
		return ret;
	ret = name_outputs(j, suffixes_of(format));
	if (ret < 0)
		return ret;
	if (j->place.n > 1 && !cue_name_fits(j->place.file[0].name))
		return err_set(j->err, EINVAL,
			       "a CUE sheet cannot contain the name %s: choose one without quotes",
			       j->place.file[0].name);
	ret = open_directory(j);
	for (unsigned i = 0; i < j->place.n && ret == 0; i++)
		ret = check_name(j, &j->place.file[i]);
	return ret;
}

static int write_sheet(struct job *j, const struct layout *l)
{
	const struct image_file *image = &j->place.file[0], *f = &j->place.file[1];
	cleanup_text struct text sheet = { 0 };
	int ret;

	cue_write(l, image->name, &sheet);
	if (sheet.failed)
		return err_set(j->err, ENOMEM, "not enough memory for a CUE sheet");
	ret = write_at(f->fd, sheet.data, sheet.len, 0);
	if (ret < 0)
		return err_set(j->err, -ret, "cannot write %s: %s", f->path,
			       strerror(-ret));
	return 0;
}

static int sync_outputs(struct job *j)
{
	for (unsigned i = 0; i < j->place.n; i++)
		if (fsync(j->place.file[i].fd) < 0)
			return err_set(j->err, errno, "cannot sync %s to its disk: %s",
				       j->place.file[i].path, strerror(errno));
	return 0;
}

/* ---- reading back ---- */

static int read_image(void *data, void *buf, size_t len, uint64_t pos, struct err *err)
{
	const struct image_file *f = data;
	int ret = read_at(f->fd, buf, len, pos);

	return ret < 0 ? err_set(err, EIO, "%s", strerror(-ret)) : 0;
}

static int verify_sheet(struct job *j, const struct layout *l)
{
	const struct image_file *f = &j->place.file[1];
	cleanup_text struct text sheet = { 0 };
	cleanup_free char *there = NULL;

	cue_write(l, j->place.file[0].name, &sheet);
	there = malloc(sheet.len + 1);
	if (sheet.failed || !there)
		return err_set(j->err, ENOMEM, "not enough memory to read a CUE sheet back");
	if (read_at(f->fd, there, sheet.len, 0) < 0 || memcmp(there, sheet.data, sheet.len) != 0)
		return err_set(j->err, EIO,
			       "%s differs from what was written: try again on another volume",
			       f->path);
	return 0;
}

/* After a sync: pages that are on their way to the disk could not be dropped. */
static int verify(struct job *j, struct source *source, struct progress *progress)
{
	struct image_file *f = &j->place.file[0];
	struct recording image = { .name = f->path, .read = read_image, .data = f };
	int ret;

	progress_enter(progress, PHASE_VERIFYING);
	/* What was written must come from the disk to be worth a comparison. */
	for (unsigned i = 0; i < j->place.n; i++)
		posix_fadvise(j->place.file[i].fd, 0, 0, POSIX_FADV_DONTNEED);
	ret = read_back(source, &image, progress, j->err);
	if (ret == 0 && j->place.n > 1)
		ret = verify_sheet(j, source_layout(source));
	return ret;
}

/* What the burn would read. */
static int simulate(struct source *source, struct progress *progress, struct err *err)
{
	struct recording nothing = { .name = "nothing" };

	return read_back(source, &nothing, progress, err);
}

/* ---- recording ---- */

static int make_image(struct job *j, struct source *source, const struct burn_options *options,
		      struct progress *progress)
{
	struct image_place *p = &j->place;
	struct image_id id[IMAGE_FILES];
	int ret = image_make(p, j->err);

	if (ret == 0)
		ret = image_copy(source, p->file[0].fd, p->file[0].path, progress, j->err);
	if (ret == 0 && p->n > 1)
		ret = write_sheet(j, source_layout(source));
	if (ret < 0)
		return ret;
	progress_enter(progress, PHASE_CLOSING);
	ret = sync_outputs(j);
	if (ret == 0 && options->verify)
		ret = verify(j, source, progress);
	if (ret == 0)
		ret = identify(p, id, j->err);
	if (ret == 0)
		ret = image_place(p, j->err);
	if (ret == 0)
		remember(j->image->env, id, p->n);
	return ret;
}

static void begin(struct job *j, struct recorder *r, const struct settings *settings,
		  struct err *err)
{
	struct image *image = (struct image *)r;

	*j = (struct job){ .image = image, .settings = settings, .err = err };
	j->place = (struct image_place){
		.stash = image->env->stash, .dir_path = j->dir_path, .dir = -1,
		.mode = 0666 & ~image->env->umask, .may_replace = may_replace, .data = j,
	};
}

static int record(struct recorder *r, struct source *source, const struct burn_options *options,
		  const struct settings *settings, struct progress *progress,
		  struct record_result *result, struct err *err)
{
	const struct layout *l = source_layout(source);
	struct job j;
	int ret;

	begin(&j, r, settings, err);
	ret = prepare(&j, l->format, options);
	result->output[0] = '\0';
	if (ret == 0 && options->simulate)
		ret = simulate(source, progress, err);
	else if (ret == 0)
		ret = make_image(&j, source, options, progress);
	if (ret == 0) {
		result->blocks = l->blocks;
		if (!options->simulate)
			snprintf(result->output, sizeof(result->output), "%s", j.path[0]);
	}
	image_clean_up(&j.place);
	return ret;
}

static int check(struct recorder *r, enum format format, const struct burn_options *options,
		 const struct settings *settings, struct err *err)
{
	struct job j;
	int ret;

	begin(&j, r, settings, err);
	ret = prepare(&j, format, options);
	image_clean_up(&j.place);
	return ret;
}

/*
 * Which of the formats a burn may have, going by the setting, or else by the suffix that was given.
 */
static bool may_come(const struct image *image, const struct suffix *s, enum format wish)
{
	const char *own = rec_image_suffix(image->path);

	if (wish != FORMAT_AUTO && wish != FORMAT_IMAGE)
		return s->format == wish;
	if (s->format == FORMAT_MIXED)
		return false;   /* its files are those of sound */
	return !own || !strcasecmp(own, s->suffix[0]) ||
	       (s->suffix[1] && !strcasecmp(own, s->suffix[1]));
}

static int ready(struct recorder *r, const struct settings *settings, struct err *err)
{
	const struct burn_options plain = { .copies = 1 };
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(suffixes) && ret == 0; i++)
		if (may_come((struct image *)r, &suffixes[i], settings->format))
			ret = check(r, suffixes[i].format, &plain, settings, err);
	return ret;
}

static bool takes(enum format format)
{
	return format == FORMAT_IMAGE || suffixes_of(format);
}

static void medium(struct recorder *r, struct medium *m)
{
	(void)r;
	*m = (struct medium){ .kind = "file", .status = "blank" };
}

const struct recorder_ops rec_image_ops = {
	.kind = "image",
	.help = "an image file: .iso, or .bin and .cue",
	.takes = takes,
	.ready = ready,
	.check = check,
	.record = record,
	.medium = medium,
};

int rec_image_new(struct recorder **out, const char *path, struct surroundings *env,
		  struct err *err)
{
	static const char prefix[] = "image:";
	struct image *image;

	if (strlen(prefix) + strlen(path) >= sizeof(image->base.address))
		return err_set(err, ENAMETOOLONG,
			       "the path of the image is longer than %zu bytes: choose "
			       "a shorter one",
			       sizeof(image->base.address) - sizeof(prefix));
	image = calloc(1, sizeof(*image));
	if (!image)
		return err_set(err, ENOMEM, "not enough memory for a recorder");
	image->base.ops = &rec_image_ops;
	image->env = env;
	snprintf(image->base.address, sizeof(image->base.address), "%s%s", prefix, path);
	image->path = image->base.address + strlen(prefix);
	*out = &image->base;
	return 0;
}
