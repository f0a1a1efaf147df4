/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of the steps is what a crash is recovered by: the image itself gets its name first and
 * gives it back last. While the new image has its name everything goes forward, else everything
 * goes back. Files are known by what the note says of them, never by name alone: what somebody else
 * put there meanwhile is nobody's to remove.
 */
#include "record/image_place.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#define PREFIX ".burnfs-"

enum { DIGITS = 16 };

static const struct {
	const char *made, *aside;
} suffixes[IMAGE_FILES] = {
	{ ".part", ".part.old" }, { ".cue", ".cue.old" },
};

static void hidden_name(char out[HIDDEN_NAME_MAX], const char *key, const char *suffix)
{
	snprintf(out, HIDDEN_NAME_MAX, PREFIX "%.*s%s", DIGITS, key, suffix);
}

static struct noted_file noted(const struct stat *st)
{
	return (struct noted_file){ st->st_ino, st->st_size, st->st_mtim };
}

static bool is_noted(const struct stat *st, const struct noted_file *f)
{
	return f->ino && S_ISREG(st->st_mode) && st->st_ino == f->ino && st->st_size == f->size &&
	       st->st_mtim.tv_sec == f->mtime.tv_sec && st->st_mtim.tv_nsec == f->mtime.tv_nsec;
}

/* ---- renaming ---- */

/* Whether the error says that a file system has no such call. */
static bool not_supported(int code)
{
	return code == EINVAL || code == ENOSYS || code == EOPNOTSUPP;
}

static int exchange(int dir, const char *a, const char *b)
{
	return renameat2(dir, a, dir, b, RENAME_EXCHANGE) < 0 ? -errno : 0;
}

/* Rename, never over another file: -EEXIST. */
static int rename_new(int dir, const char *from, const char *to)
{
	struct stat st;

	if (renameat2(dir, from, dir, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (!not_supported(errno))
		return -errno;
	if (linkat(dir, from, dir, to, 0) == 0) {
		int ret = unlinkat(dir, from, 0) < 0 ? -errno : 0;

		if (ret < 0)
			unlinkat(dir, to, 0);
		return ret;
	}
	if (errno == EEXIST)
		return -EEXIST;
	/* Neither of both: what is put there between the look and the rename would be lost. */
	if (fstatat(dir, to, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EEXIST;
	return renameat(dir, from, dir, to) < 0 ? -errno : 0;
}

/* ---- making ---- */

static int directory_failed(const struct image_place *p, int code, struct err *err)
{
	if (code == EACCES || code == EPERM)
		return err_set(err, code, "you may not write in %s: choose another place",
			       p->dir_path);
	return err_set(err, code, "cannot write an image in %s: %s; choose another place",
		       p->dir_path, strerror(code));
}

static int put_note(struct image_place *p, struct err *err)
{
	int ret = stash_note_image(p->stash, &p->note);

	p->noted = true;
	if (ret == -ENOSPC)
		return err_set(err, ENOSPC,
			       "the stash's volume is full: remove something that is staged, or "
			       "make room at %s",
			       stash_path(p->stash));
	if (ret < 0)
		return err_set(err, -ret, "cannot note the image in the stash %s: %s",
			       stash_path(p->stash), strerror(-ret));
	return 0;
}

static int make_file(struct image_place *p, unsigned i, const char *key, struct err *err)
{
	struct image_file *f = &p->file[i];

	hidden_name(f->aside, key, suffixes[i].aside);
	hidden_name(f->made, key, suffixes[i].made);
	f->fd = openat(p->dir, f->made, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		       p->mode);
	if (f->fd >= 0)
		return 0;
	f->made[0] = '\0';
	return directory_failed(p, errno, err);
}

int image_make(struct image_place *p, struct err *err)
{
	char key[DIGITS + 1];
	unsigned long long number;
	struct stat st;
	int ret;

	image_recover(p->stash); /* what an earlier job could not finish */
	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return err_set(err, EIO, "cannot get a random number for a temporary name: %s",
			       strerror(errno));
	snprintf(key, sizeof(key), "%0*llx", DIGITS, number);
	if (snprintf(p->note.path, sizeof(p->note.path), "%s" PREFIX "%s%s", p->dir_path, key,
		     suffixes[0].made) >= PATH_MAX)
		return directory_failed(p, ENAMETOOLONG, err);
	ret = put_note(p, err);
	if (ret == 0)
		ret = make_file(p, 0, key, err);
	if (ret == 0 && fstat(p->file[0].fd, &st) < 0)
		ret = directory_failed(p, errno, err);
	if (ret < 0)
		return ret;
	p->note.file[0].made.ino = st.st_ino;
	ret = put_note(p, err);
	for (unsigned i = 1; i < p->n && ret == 0; i++)
		ret = make_file(p, i, key, err);
	return ret;
}

/* ---- placing ---- */

static int note_complete(struct image_place *p, struct err *err)
{
	for (unsigned i = 0; i < p->n; i++) {
		const struct image_file *f = &p->file[i];
		struct stat st;

		if (fstat(f->fd, &st) < 0)
			return directory_failed(p, errno, err);
		snprintf(p->note.file[i].name, sizeof(p->note.file[i].name), "%s", f->name);
		p->note.file[i].made = noted(&st);
		if (fstatat(p->dir, f->name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			p->note.file[i].old = noted(&st);
	}
	return put_note(p, err);
}

/* The old file gives up its name. Where two names can be exchanged the new one has it then. */
static int take_out(struct image_place *p, struct image_file *f)
{
	int ret = exchange(p->dir, f->made, f->name);

	if (ret == 0) {
		f->old = f->made;
		f->placed = true;
	} else if (not_supported(-ret)) {
		ret = rename_new(p->dir, f->name, f->aside);
		if (ret == 0)
			f->old = f->aside;
	}
	return ret;
}

/*
 * What was taken out is looked at only now: before, it could have become another file after the
 * look.
 */
static int judge_old(struct image_place *p, struct image_file *f, struct err *err)
{
	struct stat st;
	int ret;

	if (fstatat(p->dir, f->old, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return directory_failed(p, errno, err);
	ret = p->may_replace(p->data, f, &st, err);
	if (ret == 0)
		f->replaced = noted(&st);
	return ret;
}

static int place(struct image_place *p, struct image_file *f, struct err *err)
{
	int ret = rename_new(p->dir, f->made, f->name);

	if (ret == -EEXIST) {
		ret = take_out(p, f);
		if (ret == 0 && judge_old(p, f, err) < 0)
			return -1;
		if (ret == 0 && !f->placed)
			ret = rename_new(p->dir, f->made, f->name);
	}
	if (ret < 0)
		return err_set(err, -ret, "cannot give the finished image the name %s: %s",
			       f->path, strerror(-ret));
	f->placed = true;
	return 0;
}

static int undo(struct image_place *p, struct image_file *f)
{
	int ret = 0;

	if (f->placed && f->old == f->made) {
		ret = exchange(p->dir, f->made, f->name);
	} else {
		if (f->placed)
			ret = rename_new(p->dir, f->name, f->made);
		if (ret == 0 && f->old)
			ret = rename_new(p->dir, f->old, f->name);
	}
	if (ret == 0) {
		f->placed = false;
		f->old = NULL;
	}
	return ret;
}

static void undo_all(struct image_place *p, struct err *err)
{
	for (unsigned i = p->n; i-- > 0 && !p->stuck;) {
		struct image_file *f = &p->file[i];
		int ret = undo(p, f);

		if (ret == 0)
			continue;
		p->stuck = true;
		err_wrap(err, "cannot put the old %s back (%s)%s%s", f->path,
			 strerror(-ret), f->old ? "; it is kept as " : "",
			 f->old ? f->old : "");
	}
	fsync(p->dir);
}

/* EINVAL: the file system has no such thing for directories. */
static int sync_names(struct image_place *p, struct err *err)
{
	if (fsync(p->dir) == 0 || errno == EINVAL)
		return 0;
	return err_set(err, errno, "cannot sync the name %s to its disk: %s",
		       p->file[0].path, strerror(errno));
}

int image_place(struct image_place *p, struct err *err)
{
	struct err why = { 0 };
	int ret = note_complete(p, &why);

	for (unsigned i = 0; i < p->n && ret == 0; i++)
		ret = place(p, &p->file[i], &why);
	if (ret == 0)
		ret = sync_names(p, &why);
	if (ret == 0) {
		p->done = true;
		return 0;
	}
	undo_all(p, &why);
	if (err)
		*err = why;
	return -why.code;
}

/* ---- cleaning up ---- */

/*
 * A hidden name leads to the new file, or to the old one that was replaced; anything else stays.
 * False: it is still there, and the note has to stay for the next burn or mount.
 */
static bool remove_hidden(struct image_place *p, const struct image_file *f, const char *name)
{
	struct stat st, ours = { 0 };
	bool there;

	if (!name[0])
		return true;
	there = fstatat(p->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
	if (!there && errno == ENOENT)
		return true;
	if (!there || (f->fd >= 0 && fstat(f->fd, &ours) < 0)) {
		log_warning("cannot examine %s%s: %s", p->dir_path, name, strerror(errno));
		return false;
	}
	if ((st.st_dev != ours.st_dev || st.st_ino != ours.st_ino) &&
	    !(p->done && is_noted(&st, &f->replaced))) {
		log_warning("kept %s%s, which burnfs did not make", p->dir_path, name);
		return true;
	}
	if (unlinkat(p->dir, name, 0) == 0)
		return true;
	log_warning("cannot remove %s%s: %s", p->dir_path, name, strerror(errno));
	return false;
}

void image_clean_up(struct image_place *p)
{
	bool clean = !p->stuck;

	for (unsigned i = 0; i < p->n && !p->stuck; i++) {
		clean = remove_hidden(p, &p->file[i], p->file[i].made) && clean;
		clean = remove_hidden(p, &p->file[i], p->file[i].aside) && clean;
	}
	for (unsigned i = 0; i < p->n; i++)
		if (p->file[i].fd >= 0)
			close(steal_fd(&p->file[i].fd));
	if (p->done)
		fsync(p->dir); /* the note must not go before what it names */
	if (p->noted && clean)
		stash_note_clear(p->stash);
	if (p->dir >= 0)
		close(steal_fd(&p->dir));
}

/* ---- after a crash ---- */

struct left_over {
	int dir;
	const char *dir_path;
	const struct image_note *note;
	char hidden[IMAGE_FILES][2][HIDDEN_NAME_MAX];
};

/* What a name leads to, as the note knows it. */
enum found { NOTHING, THE_NEW, THE_OLD, ANOTHER };

static enum found look(const struct left_over *l, unsigned i, const char *name)
{
	struct stat st;

	if (fstatat(l->dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return NOTHING;
	if (is_noted(&st, &l->note->file[i].made))
		return THE_NEW;
	return is_noted(&st, &l->note->file[i].old) ? THE_OLD : ANOTHER;
}

/* Give a name to the file that it is to lead to. 0 or -errno. */
static int settle(const struct left_over *l, unsigned i, enum found wanted)
{
	const char *name = l->note->file[i].name;
	enum found there = look(l, i, name);
	int ret = 0;

	if (there == wanted || there == ANOTHER)
		return 0;
	for (unsigned k = 0; k < 2; k++) {
		const char *hidden = l->hidden[i][k];

		if (look(l, i, hidden) != wanted)
			continue;
		if (there == NOTHING)
			ret = rename_new(l->dir, hidden, name);
		else
			ret = renameat(l->dir, hidden, l->dir, name) < 0 ? -errno : 0;
		if (ret == 0)
			log_info("gave %s/%s its name, which a killed burnfs had not done",
				 l->dir_path, name);
		return ret;
	}
	if (there == THE_NEW && !l->note->file[i].old.ino)
		ret = unlinkat(l->dir, name, 0) < 0 ? -errno : 0;
	return ret;
}

static void remove_rest(const struct left_over *l, unsigned i)
{
	const char *name = l->note->file[i].name;
	enum found there = look(l, i, name);
	bool needed = there != THE_NEW && there != THE_OLD; /* the old one is: nothing else is left
							       of it */

	for (unsigned k = 0; k < 2; k++) {
		const char *hidden = l->hidden[i][k];
		enum found it = look(l, i, hidden);

		if (it == NOTHING)
			continue;
		if (it == THE_NEW || (it == THE_OLD && !needed)) {
			if (unlinkat(l->dir, hidden, 0) == 0)
				log_info("removed %s/%s, left by a killed burn",
					 l->dir_path, hidden);
		} else {
			log_warning("%s/%s may be what %s was before a burn, and was not removed",
				    l->dir_path, hidden, name);
		}
	}
}

/* All files were complete. Whether nothing is left to do. */
static bool finish(const struct left_over *l)
{
	enum found image = look(l, 0, l->note->file[0].name);
	bool clean = true;

	if (image != THE_NEW && look(l, 0, l->hidden[0][0]) != THE_NEW)
		log_warning("%s/%s is not the image that was recorded, which is gone", l->dir_path,
			    l->note->file[0].name);
	for (unsigned i = IMAGE_FILES; i-- > 0;) {
		const char *name = l->note->file[i].name;
		int ret = 0;

		if (!name[0])
			continue;
		if (image != ANOTHER)
			ret = settle(l, i, image == THE_NEW ? THE_NEW : THE_OLD);
		if (ret < 0)
			log_warning("%s/%s: cannot clean up after a killed burn: %s",
				    l->dir_path, name, strerror(-ret));
		else
			remove_rest(l, i);
		clean = clean && ret == 0;
	}
	return clean;
}

/*
 * Whether a file that is not complete may go: nobody but us makes such names, and the inode is the
 * noted one. A note without an inode is older than the file, which has no content yet then.
 */
static bool is_half(const struct stat *st, ino_t ino)
{
	if (!S_ISREG(st->st_mode) || st->st_uid != geteuid())
		return false;
	return ino ? st->st_ino == ino : st->st_size == 0;
}

static void remove_halves(const struct left_over *l)
{
	const char *image = l->hidden[0][0], *sheet = l->hidden[1][0];
	struct stat st;

	if (fstatat(l->dir, image, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		if (!is_half(&st, l->note->file[0].made.ino) || unlinkat(l->dir, image, 0) < 0) {
			log_warning("kept %s/%s, which may be part of an image",
				    l->dir_path, image);
			return;
		}
		log_info("removed %s/%s, an incomplete image", l->dir_path, image);
	}
	if (fstatat(l->dir, sheet, &st, AT_SYMLINK_NOFOLLOW) == 0 && is_half(&st, st.st_ino))
		unlinkat(l->dir, sheet, 0);
}

static bool is_hidden_name(const char *name)
{
	const char *key = name + strlen(PREFIX);

	return !strncmp(name, PREFIX, strlen(PREFIX)) &&
	       strspn(key, "0123456789abcdef") == DIGITS && !strcmp(key + DIGITS, suffixes[0].made);
}

void image_recover(struct stash *stash)
{
	struct image_note note;
	struct left_over l = { .dir_path = note.path, .note = &note };
	char *name;
	bool clean = true;
	int ret = stash_note_read(stash, &note);

	if (ret == -ENOENT)
		return;
	name = ret < 0 ? NULL : strrchr(note.path, '/');
	if (!name || !is_hidden_name(name + 1)) {
		log_warning("another version of burnfs may have left an incomplete image, or the "
			    "one that it was to replace, at \"%s\": examine it, then remove or "
			    "rename it",
			    note.path);
		stash_note_clear(stash);
		return;
	}
	*name++ = '\0';
	l.dir = open(note.path[0] ? note.path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (l.dir < 0) {
		/* The note stays: the volume may be back at the next mount. */
		log_warning("an incomplete image may be left in %s: %s", note.path,
			    strerror(errno));
		return;
	}
	for (unsigned i = 0; i < IMAGE_FILES; i++) {
		hidden_name(l.hidden[i][0], name + strlen(PREFIX), suffixes[i].made);
		hidden_name(l.hidden[i][1], name + strlen(PREFIX), suffixes[i].aside);
	}
	if (note.file[0].name[0])
		clean = finish(&l);
	else
		remove_halves(&l);
	if (clean)
		stash_note_clear(stash);
	close(l.dir);
}
