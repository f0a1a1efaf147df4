/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: files that lie elsewhere. A file is looked at before it is opened, for opening a
 * device may do something. All that takes time comes before the first lock.
 */
#include "stage/add.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "imagefile/kind.h"
#include "stage/priv.h"

/* What is to be added. */
struct source {
	const char *path;
	const char *name;              /* in @path; "" where that ends with a slash */
	dev_t mount;
	struct stat st;
	int fd;                        /* of the source */
	int clone;                     /* of the stash's file, which has no name yet */
};

static int sentence(struct err *err, const struct source *src, int code)
{
	return err_set(err, code, "cannot add %.200s: %s", src->path, strerror(code));
}

/* ---- the source ---- */

static int check_type(const struct source *src, struct err *err)
{
	if (S_ISREG(src->st.st_mode))
		return 0;
	if (S_ISDIR(src->st.st_mode))
		return err_set(err, EISDIR,
			       "%.200s is a directory, and add takes one file: copy the directory "
			       "into data/ with cp -a",
			       src->path);
	if (S_ISLNK(src->st.st_mode))
		return err_set(err, EINVAL,
			       "%.200s is a symbolic link: add the file that it leads to",
			       src->path);
	return err_set(err, EPERM,
		       "%.200s is a device, a fifo or a socket, which has no content to add",
		       src->path);
}

/* @dir: the directory of the source; @at: the source itself. Both are O_PATH. */
static int check_place(struct stage *s, struct source *src, int dir, int at, struct err *err)
{
	if (fstat(at, &src->st) < 0)
		return sentence(err, src, errno);
	if ((src->mount && src->st.st_dev == src->mount) || stash_contains(s->stash, dir))
		return err_set(err, ELOOP,
			       "%.200s is in this mount or its stash: it cannot be added to itself",
			       src->path);
	return check_type(src, err);
}

/* The directory that the source is in, O_PATH, or -errno. */
static int open_parent(const struct source *src)
{
	cleanup_free char *dir = strndup(src->path, (size_t)(src->name - src->path));
	int fd;

	if (!dir)
		return -ENOMEM;
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* The file may have been replaced since it was looked at. */
static int open_checked(struct source *src, int dir, struct err *err)
{
	dev_t dev = src->st.st_dev;
	ino_t ino = src->st.st_ino;

	src->fd = openat(dir, src->name,
			 O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (src->fd < 0 || fstat(src->fd, &src->st) < 0)
		return sentence(err, src, errno);
	if (src->st.st_dev != dev || src->st.st_ino != ino)
		return err_set(err, EBUSY,
			       "%.200s was replaced while it was added: try again", src->path);
	return 0;
}

static int open_source(struct stage *s, struct source *src, struct err *err)
{
	cleanup_close int dir = -1, at = -1;
	int r;

	if (*src->path != '/')
		return err_set(err, EINVAL,
			       "%.200s is a relative path: write all of it, from / on", src->path);
	src->name = strrchr(src->path, '/') + 1;
	dir = open_parent(src);
	if (dir < 0)
		return sentence(err, src, -dir);
	at = openat(dir, *src->name ? src->name : ".", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (at < 0)
		return sentence(err, src, errno);
	r = check_place(s, src, dir, at, err);
	return r < 0 ? r : open_checked(src, dir, err);
}

/* ---- its blocks ---- */

/* What FICLONE says where the two files cannot share blocks at all. */
static bool cannot_share(int code)
{
	return code == EXDEV || code == EOPNOTSUPP || code == ENOTTY || code == EINVAL ||
	       code == EISDIR;
}

static int clone_source(struct stage *s, struct source *src, struct err *err)
{
	struct timespec times[2] = { src->st.st_atim, src->st.st_mtim };
	int r = stash_clone(s->stash, src->fd, src->st.st_mode, times, &src->clone);

	if (r == 0)
		return 0;
	if (!cannot_share(-r))
		return sentence(err, src, -refuse_stash(s, r));
	return err_set(err, EOPNOTSUPP,
		       "%.200s cannot share its blocks with the stash at %.200s: copy it into "
		       "data/ or image/, or have the stash on the file's own volume, in Btrfs or "
		       "XFS",
		       src->path, stash_path(s->stash));
}

/* Where it belongs, judged by what was cloned: the source may change meanwhile. */
static int choose_branch(const struct source *src, struct placing *p)
{
	struct image_kind kind;
	struct stat st;
	int r;

	if (fstat(src->clone, &st) < 0)
		return -errno;
	p->size = (uint64_t)st.st_size;
	r = image_kind(src->clone, p->size, &kind);
	p->branch = kind.type == IMAGE_UNKNOWN || kind.type == IMAGE_FOREIGN ? BRANCH_DATA :
									       BRANCH_IMAGE;
	return r;
}

/* ---- its name ---- */

/*
 * As cp -a gives it: who is not root can give nothing to another, nor have a set-uid file of
 * another's.
 */
static void choose_owner(const struct stage *s, const struct source *src, struct placing *p)
{
	p->mode = src->st.st_mode;
	p->cred = (struct cred){ src->st.st_uid, src->st.st_gid };
	if (s->uid == 0 || src->st.st_uid == s->uid)
		return;
	p->mode &= ~(mode_t)(S_ISUID | S_ISGID);
	p->cred = (struct cred){ s->uid, s->gid };
}

static int place(struct stage *s, const struct source *src, const struct placing *p,
		 struct err *err)
{
	struct node *n;
	int r = gate_enter(s);

	if (r == 0) {
		r = stage_place_node(s, src->name, p, &n);
		gate_leave(s);
	}
	if (r == 0) {
		stage_forget(s, n, 1);
		/* The kernel may know that there is no such name. */
		if (s->removed)
			s->removed(s->removed_data, s->tree.root[p->branch], src->name);
		return 0;
	}
	if (r == -EEXIST)
		return err_set(err, EEXIST,
			       "%s/%.200s is staged already: remove it, or write into it",
			       p->branch == BRANCH_IMAGE ? "image" : "data", src->name);
	if (r == -ENOSPC)
		return err_set(err, ENOSPC,
			       "%.200s does not fit on the disc: remove something, or use a larger "
			       "disc",
			       src->path);
	if (r == -EBUSY)
		return err_set(err, EBUSY, "a job is running: add %.200s when it has ended",
			       src->path);
	return sentence(err, src, -r);
}

int stage_add(struct stage *s, const char *path, dev_t mount, struct err *err)
{
	struct source src = { .path = path, .mount = mount, .fd = -1, .clone = -1 };
	struct placing p = { .branch = BRANCH_DATA };
	int r = open_source(s, &src, err);

	if (r == 0)
		r = clone_source(s, &src, err);
	if (r == 0) {
		r = choose_branch(&src, &p);
		if (r < 0)
			sentence(err, &src, -r);
	}
	if (r == 0) {
		p.fd = src.clone;
		choose_owner(s, &src, &p);
		r = place(s, &src, &p, err);
	}
	if (src.fd >= 0)
		close(src.fd);
	if (src.clone >= 0)
		close(src.clone);
	return r;
}
