/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Image files: which names, whether they may be taken, and how a complete image gets its name in
 * one step. The bytes are image_copy.c's. All work after the directory was opened goes by its
 * descriptor, so that what was checked is what is written. No locks: one recorder, one thread.
 */
#include "rec_image.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "cue.h"
#include "image_copy.h"
#include "read_back.h"
#include "stash.h"

#define TEMP_PREFIX ".burnfs-"
#define TEMP_SUFFIX ".part"
#define TEMP_SHEET_SUFFIX ".cue"

enum {
	TEMP_DIGITS = 16,
	OUTPUTS_MAX = 2,        /* a .bin and its .cue */
};

struct image {
	struct recorder base;
	struct surroundings *env;
	const char *path;       /* the end of base.address */
};

/* How a file got its name, which says how that can be undone. */
enum placed { PLACED_NOT, PLACED_NEW, PLACED_SWAPPED, PLACED_OVER };

struct output {
	char path[PATH_MAX];
	const char *name;       /* the end of it */
	char temp[sizeof(TEMP_PREFIX TEMP_SUFFIX) + TEMP_DIGITS];  /* empty: never made */
	int fd;                 /* of the temporary file, or -1 */
	enum placed placed;
};

struct job {
	struct image *image;
	const struct settings *settings;
	struct err *err;
	int dir;
	char dir_path[PATH_MAX];
	struct output out[OUTPUTS_MAX];  /* the image itself is the first */
	unsigned nout;
	struct image_note note;
	bool noted;             /* in the stash */
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

	snprintf(j->dir_path, sizeof(j->dir_path), "%.*s", dir, path);
	for (j->nout = 0; j->nout < OUTPUTS_MAX && wanted->suffix[j->nout]; j->nout++) {
		struct output *o = &j->out[j->nout];
		const char *suffix = wanted->suffix[j->nout];

		o->fd = -1;
		o->name = o->path + dir;
		if (own && !strcasecmp(own, suffix))
			suffix = own;
		if (snprintf(o->path, sizeof(o->path), "%.*s%s", stem, path, suffix) >= PATH_MAX)
			return err_set(j->err, ENAMETOOLONG,
				       "the path would be longer than %d bytes", PATH_MAX - 1);
	}
	return 0;
}

static int directory_failed(struct job *j, int code)
{
	return err_set(j->err, code, "the directory %s cannot take an image: %s", j->dir_path,
		       strerror(code));
}

static int open_directory(struct job *j)
{
	const struct surroundings *env = j->image->env;
	struct stat st;

	j->dir = open(j->dir_path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (j->dir < 0 || fstat(j->dir, &st) < 0)
		return directory_failed(j, errno);
	if ((env->mount_dev && st.st_dev == env->mount_dev) ||
	    stash_contains(env->stash, j->dir))
		return err_set(j->err, ELOOP,
			       "%s lies in this mount or its stash; choose another place",
			       j->dir_path);
	if (faccessat(j->dir, ".", W_OK | X_OK, AT_EACCESS) < 0)
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

static bool is_ours(const struct surroundings *env, const struct stat *st)
{
	struct image_id id = id_of(st);

	for (unsigned i = 0; i < env->nimages && i < IMAGES_KNOWN; i++)
		if (same_id(&env->images[i], &id))
			return true;
	return false;
}

static void remember(struct surroundings *env, int fd)
{
	struct stat st;

	if (fstat(fd, &st) == 0)
		env->images[env->nimages++ % IMAGES_KNOWN] = id_of(&st);
}

static int name_failed(struct job *j, const struct output *o, int code)
{
	return err_set(j->err, code, "%s cannot be an image's name: %s", o->path, strerror(code));
}

/* Whether an image may take that name. A link is refused: who names it may mean either file. */
static int check_name(struct job *j, const struct output *o)
{
	struct stat st;

	if (fstatat(j->dir, o->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : name_failed(j, o, errno);
	if (!S_ISREG(st.st_mode))
		return err_set(j->err, EEXIST,
			       "%s exists and is no regular file; choose another name", o->path);
	if (j->settings->overwrite || is_ours(j->image->env, &st))
		return 0;
	return err_set(j->err, EEXIST,
		       "%s exists and was not recorded by this mount; choose another name, or "
		       "\"set overwrite yes\"", o->path);
}

static int check_options(enum format format, const struct burn_options *options, struct err *err)
{
	if (!suffixes_of(format))
		return err_set(err, EOPNOTSUPP, "an image file takes data or audio: choose with "
			       "\"format data\" or \"format audio\"");
	if (options->multi)
		return err_set(err, EOPNOTSUPP,
			       "an image file takes one session: burn without \"multi\"");
	if (options->copies > 1)
		return err_set(err, EOPNOTSUPP,
			       "an image file is made once: copy it instead of burning "
			       "with \"copies\"");
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
	if (j->nout > 1 && !cue_name_fits(j->out[0].name))
		return err_set(j->err, EINVAL,
			       "a CUE sheet cannot say the name %s; choose one without quotes",
			       j->out[0].name);
	ret = open_directory(j);
	for (unsigned i = 0; i < j->nout && ret == 0; i++)
		ret = check_name(j, &j->out[i]);
	return ret;
}

/* Make an empty hidden file beside the place where the output is to be. */
static int make_temp(struct job *j, struct output *o, unsigned long long key, const char *suffix)
{
	snprintf(o->temp, sizeof(o->temp), TEMP_PREFIX "%0*llx%s", TEMP_DIGITS, key, suffix);
	o->fd = openat(j->dir, o->temp, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       0666 & ~j->image->env->umask);
	if (o->fd >= 0)
		return 0;
	o->temp[0] = '\0';
	return directory_failed(j, errno);
}

/* From the note a next mount can tell what a killed one left. */
static int put_note(struct job *j)
{
	int ret = stash_note_image(j->image->env->stash, &j->note);

	j->noted = true;
	if (ret < 0)
		return err_set(j->err, -ret, "the image could not be noted in the stash: %s",
			       strerror(-ret));
	return 0;
}

static int make_temps(struct job *j)
{
	char *path = j->note.path;
	unsigned long long key;
	struct stat st;
	int ret;

	if (getrandom(&key, sizeof(key), 0) != sizeof(key))
		return err_set(j->err, EIO, "no random number for a temporary name: %s",
			       strerror(errno));
	if (snprintf(path, PATH_MAX, "%s" TEMP_PREFIX "%0*llx" TEMP_SUFFIX, j->dir_path,
		     TEMP_DIGITS, key) >= PATH_MAX)
		return directory_failed(j, ENAMETOOLONG);
	ret = put_note(j);
	if (ret == 0)
		ret = make_temp(j, &j->out[0], key, TEMP_SUFFIX);
	if (ret == 0 && fstat(j->out[0].fd, &st) < 0)
		ret = directory_failed(j, errno);
	if (ret < 0)
		return ret;
	j->note.dev = st.st_dev;
	j->note.image.ino = st.st_ino;
	ret = put_note(j);
	if (ret == 0 && j->nout > 1)
		ret = make_temp(j, &j->out[1], key, TEMP_SHEET_SUFFIX);
	return ret;
}

static struct noted_file noted(const struct stat *st)
{
	return (struct noted_file){ st->st_ino, st->st_size, st->st_mtim };
}

/* Both of a pair are whole: whoever comes after a crash is to finish what is begun now. */
static int note_pair(struct job *j)
{
	struct image_note *n = &j->note;
	struct stat image, sheet, old;

	if (j->nout < 2)
		return 0;
	if (fstat(j->out[0].fd, &image) < 0 || fstat(j->out[1].fd, &sheet) < 0)
		return directory_failed(j, errno);
	snprintf(n->image_name, sizeof(n->image_name), "%s", j->out[0].name);
	snprintf(n->sheet_name, sizeof(n->sheet_name), "%s", j->out[1].name);
	n->image = noted(&image);
	n->sheet = noted(&sheet);
	if (fstatat(j->dir, n->sheet_name, &old, AT_SYMLINK_NOFOLLOW) == 0)
		n->old_sheet = noted(&old);
	return put_note(j);
}

static int write_sheet(struct job *j, const struct layout *l)
{
	cleanup_text struct text sheet = { 0 };
	int ret;

	cue_write(l, j->out[0].name, &sheet);
	if (sheet.failed)
		return err_set(j->err, ENOMEM, "no memory for a CUE sheet");
	ret = write_at(j->out[1].fd, sheet.data, sheet.len, 0);
	if (ret < 0)
		return err_set(j->err, -ret, "%s could not be written: %s", j->out[1].path,
			       strerror(-ret));
	return 0;
}

static int sync_outputs(struct job *j)
{
	for (unsigned i = 0; i < j->nout; i++)
		if (fsync(j->out[i].fd) < 0)
			return err_set(j->err, errno, "%s could not be brought to its disk: %s",
				       j->out[i].path, strerror(errno));
	return 0;
}

/*
 * Give a complete file its name. Of a pair the old file is swapped out rather than overwritten, so
 * that it can come back when the other half fails.
 */
static int place(struct job *j, struct output *o)
{
	int ret;

	if (renameat2(j->dir, o->temp, j->dir, o->name, RENAME_NOREPLACE) == 0) {
		o->placed = PLACED_NEW;
		return 0;
	}
	/* EINVAL: a file system without such renames. */
	if (errno == EEXIST || errno == EINVAL) {
		ret = check_name(j, o);
		if (ret < 0)
			return ret;
		if (j->nout > 1 &&
		    renameat2(j->dir, o->temp, j->dir, o->name, RENAME_EXCHANGE) == 0) {
			o->placed = PLACED_SWAPPED;
			return 0;
		}
		if (renameat(j->dir, o->temp, j->dir, o->name) == 0) {
			o->placed = PLACED_OVER;
			return 0;
		}
	}
	return err_set(j->err, errno, "the finished image could not get the name %s: %s", o->path,
		       strerror(errno));
}

static void unplace(struct job *j, struct output *o)
{
	unsigned flags = o->placed == PLACED_SWAPPED ? RENAME_EXCHANGE : RENAME_NOREPLACE;

	if (o->placed == PLACED_NOT)
		return;
	if (o->placed == PLACED_OVER || renameat2(j->dir, o->name, j->dir, o->temp, flags) < 0)
		err_wrap(j->err, "%s is new but its other half is not", o->path);
	o->placed = PLACED_NOT;
}

static int place_all(struct job *j)
{
	int ret = note_pair(j);

	for (unsigned i = 0; i < j->nout && ret == 0; i++)
		ret = place(j, &j->out[i]);
	if (ret < 0) {
		for (unsigned i = 0; i < j->nout; i++)
			unplace(j, &j->out[i]);
		return ret;
	}
	if (fsync(j->dir) < 0 && errno != EINVAL)
		return err_set(j->err, errno, "the name %s could not be brought to its disk: %s",
			       j->out[0].path, strerror(errno));
	for (unsigned i = 0; i < j->nout; i++)
		remember(j->image->env, j->out[i].fd);
	return 0;
}

/* What is left under a temporary name now is half an image, or an old one that was swapped out. */
static void clean_up(struct job *j)
{
	for (unsigned i = 0; i < j->nout; i++) {
		struct output *o = &j->out[i];

		if (o->fd >= 0)
			close(o->fd);
		if (o->temp[0] && unlinkat(j->dir, o->temp, 0) < 0 && errno != ENOENT) {
			log_warning("cannot remove %s%s: %s", j->dir_path, o->temp,
				    strerror(errno));
			j->noted = false; /* the note stays for the next mount */
		}
	}
	if (j->noted)
		stash_note_clear(j->image->env->stash);
	if (j->dir >= 0)
		close(j->dir);
}

/* ---- reading back ---- */

static int read_image(void *data, void *buf, size_t len, uint64_t pos, struct err *err)
{
	const struct output *o = data;
	int ret = read_at(o->fd, buf, len, pos);

	return ret < 0 ? err_set(err, EIO, "%s", strerror(-ret)) : 0;
}

static int verify_sheet(struct job *j, const struct layout *l)
{
	const struct output *o = &j->out[1];
	cleanup_text struct text sheet = { 0 };
	cleanup_free char *there = NULL;

	cue_write(l, j->out[0].name, &sheet);
	there = malloc(sheet.len + 1);
	if (sheet.failed || !there)
		return err_set(j->err, ENOMEM, "no memory to read a CUE sheet back");
	if (read_at(o->fd, there, sheet.len, 0) < 0 || memcmp(there, sheet.data, sheet.len) != 0)
		return err_set(j->err, EIO, "%s is not as it was written", o->path);
	return 0;
}

/* After a sync: pages that are on their way to the disk could not be dropped. */
static int verify(struct job *j, struct source *source, struct progress *progress)
{
	struct output *o = &j->out[0];
	struct recording image = { .name = o->path, .read = read_image, .data = o };
	int ret;

	progress_enter(progress, PHASE_VERIFYING);
	/* What was written must come from the disk to be worth a comparison. */
	for (unsigned i = 0; i < j->nout; i++)
		posix_fadvise(j->out[i].fd, 0, 0, POSIX_FADV_DONTNEED);
	ret = read_back(source, &image, progress, j->err);
	if (ret == 0 && j->nout > 1)
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
	int ret = make_temps(j);

	if (ret == 0)
		ret = image_copy(source, j->out[0].fd, j->out[0].path, progress, j->err);
	if (ret == 0 && j->nout > 1)
		ret = write_sheet(j, source_layout(source));
	if (ret < 0)
		return ret;
	progress_enter(progress, PHASE_CLOSING);
	ret = sync_outputs(j);
	if (ret == 0 && options->verify)
		ret = verify(j, source, progress);
	return ret < 0 ? ret : place_all(j);
}

static int record(struct recorder *r, struct source *source, const struct burn_options *options,
		  const struct settings *settings, struct progress *progress,
		  struct record_result *result, struct err *err)
{
	struct job j = { .image = (struct image *)r, .settings = settings, .err = err, .dir = -1 };
	const struct layout *l = source_layout(source);
	int ret = prepare(&j, l->format, options);

	result->output[0] = '\0';
	if (ret == 0 && options->simulate)
		ret = simulate(source, progress, err);
	else if (ret == 0)
		ret = make_image(&j, source, options, progress);
	if (ret == 0) {
		result->blocks = l->blocks;
		if (!options->simulate)
			snprintf(result->output, sizeof(result->output), "%s", j.out[0].path);
	}
	clean_up(&j);
	return ret;
}

static int check(struct recorder *r, enum format format, const struct burn_options *options,
		 const struct settings *settings, struct err *err)
{
	struct job j = { .image = (struct image *)r, .settings = settings, .err = err, .dir = -1 };
	int ret = prepare(&j, format, options);

	clean_up(&j);
	return ret;
}

static bool takes(const struct recorder *r, enum format format)
{
	(void)r;
	return suffixes_of(format) != NULL;
}

static void free_image(struct recorder *r)
{
	free(r);
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
	.check = check,
	.record = record,
	.free = free_image,
	.medium = medium,
};

int rec_image_new(struct recorder **out, const char *path, struct surroundings *env,
		  struct err *err)
{
	static const char prefix[] = "image:";
	struct image *image;

	if (strlen(prefix) + strlen(path) >= sizeof(image->base.address))
		return err_set(err, ENAMETOOLONG, "the path of an image is at most %zu bytes long",
			       sizeof(image->base.address) - sizeof(prefix));
	image = calloc(1, sizeof(*image));
	if (!image)
		return err_set(err, ENOMEM, "no memory for a recorder");
	image->base.ops = &rec_image_ops;
	image->env = env;
	snprintf(image->base.address, sizeof(image->base.address), "%s%s", prefix, path);
	image->path = image->base.address + strlen(prefix);
	*out = &image->base;
	return 0;
}

static bool is_temp_name(const char *name)
{
	const char *key = name + strlen(TEMP_PREFIX);

	return !strncmp(name, TEMP_PREFIX, strlen(TEMP_PREFIX)) &&
	       strspn(key, "0123456789abcdef") == TEMP_DIGITS &&
	       !strcmp(key + TEMP_DIGITS, TEMP_SUFFIX);
}

/*
 * Whether the file under a noted name may go: nobody but us makes such names, and the inode is the
 * noted one. A note without an inode is older than the file, which has no content yet then.
 */
static bool is_left_over(const struct stat *st, dev_t dev, ino_t ino)
{
	if (!S_ISREG(st->st_mode) || st->st_uid != geteuid())
		return false;
	return ino ? st->st_dev == dev && st->st_ino == ino : st->st_size == 0;
}

static bool is_noted(int dir, const char *name, dev_t dev, const struct noted_file *f)
{
	struct stat st;

	return f->ino && fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode) && st.st_dev == dev && st.st_ino == f->ino &&
	       st.st_size == f->size && st.st_mtim.tv_sec == f->mtime.tv_sec &&
	       st.st_mtim.tv_nsec == f->mtime.tv_nsec;
}

/* A sheet under a temporary name: ours, or once the pair is noted an old one, swapped out. */
static void remove_sheet(int dir, const struct image_note *n, const char *temp)
{
	struct stat st;

	if (fstatat(dir, temp, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_uid != geteuid())
		return;
	if (n->sheet.ino && !is_noted(dir, temp, n->dev, &n->sheet) &&
	    !is_noted(dir, temp, n->dev, &n->old_sheet))
		log_warning("%s/%s may be left of an image and was not removed", n->path, temp);
	else if (unlinkat(dir, temp, 0) == 0)
		log_info("removed %s/%s, a sheet that nothing needs", n->path, temp);
}

/* Only the file that was there when the pair was noted is overwritten. */
static int name_sheet(int dir, const struct image_note *n, const char *temp)
{
	struct stat st;

	if (renameat2(dir, temp, dir, n->sheet_name, RENAME_NOREPLACE) == 0)
		return 0;
	/* EINVAL: a file system without such renames. */
	if (errno != EEXIST && errno != EINVAL)
		return -errno;
	if (!is_noted(dir, n->sheet_name, n->dev, &n->old_sheet) &&
	    (fstatat(dir, n->sheet_name, &st, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT))
		return -EEXIST;
	return renameat(dir, temp, dir, n->sheet_name) < 0 ? -errno : 0;
}

/*
 * The image of a pair has its name: its sheet gets its own, unless somebody has put another there
 * since. What lies under the temporary names then are old files that were swapped out.
 */
static void finish_pair(int dir, const struct image_note *n, const char *temp,
			const char *temp_sheet)
{
	struct stat st;
	int ret = 0;

	if (fstatat(dir, temp, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	    st.st_uid == geteuid())
		unlinkat(dir, temp, 0);
	if (is_noted(dir, temp_sheet, n->dev, &n->sheet)) {
		ret = name_sheet(dir, n, temp_sheet);
		if (ret == 0)
			log_info("gave %s/%s its name: its image is complete", n->path,
				 n->sheet_name);
		else
			log_warning("%s/%s has no sheet, for it could not get the name %s: %s",
				    n->path, n->image_name, n->sheet_name, strerror(-ret));
	}
	remove_sheet(dir, n, temp_sheet);
}

static void remove_halves(int dir, const struct image_note *n, const char *temp,
			  const char *temp_sheet)
{
	struct stat st;

	if (fstatat(dir, temp, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (n->image_name[0])
			log_warning("%s/%s is not the image that was recorded, which is gone",
				    n->path, n->image_name);
	} else if (is_left_over(&st, n->dev, n->image.ino) && unlinkat(dir, temp, 0) == 0) {
		log_info("removed %s/%s, a half-written image", n->path, temp);
	} else {
		log_warning("%s/%s may be left of an image and was not removed", n->path, temp);
		if (!n->image_name[0])
			return;
	}
	remove_sheet(dir, n, temp_sheet);
}

static void remove_left_over(int dir, const struct image_note *n, const char *temp)
{
	char temp_sheet[NAME_MAX + 1];

	snprintf(temp_sheet, sizeof(temp_sheet), "%.*s" TEMP_SHEET_SUFFIX,
		 (int)(strlen(TEMP_PREFIX) + TEMP_DIGITS), temp);
	if (n->image_name[0] && is_noted(dir, n->image_name, n->dev, &n->image))
		finish_pair(dir, n, temp, temp_sheet);
	else
		remove_halves(dir, n, temp, temp_sheet);
}

void rec_image_recover(struct stash *stash)
{
	cleanup_close int dir = -1;
	struct image_note n;
	char *temp;
	int ret = stash_note_read(stash, &n);

	if (ret == -ENOENT)
		return;
	temp = ret < 0 ? NULL : strrchr(n.path, '/');
	if (!temp || !is_temp_name(temp + 1)) {
		log_warning("the stash has a note of an image that cannot be understood");
		stash_note_clear(stash);
		return;
	}
	*temp++ = '\0';
	dir = open(n.path[0] ? n.path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0) {
		/* The note stays: the volume may be back at the next mount. */
		log_warning("a half-written image may be left in %s: %s", n.path, strerror(errno));
		return;
	}
	remove_left_over(dir, &n, temp);
	stash_note_clear(stash);
}
