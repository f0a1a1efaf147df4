/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The stash as a whole: opening, clearing and closing it. */
#include "stash/stash.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/inside.h"
#include "stash/priv.h"

static const char *const branches[] = { "data", "audio", "image", STASH_GONE };

/* ---- opening ---- */

static int make_branches(struct stash *s, struct err *err)
{
	stash_note_adopt(s);
	for (size_t i = 0; i < ARRAY_SIZE(branches); i++) {
		struct stat st;

		if (mkdirat(s->dir, branches[i], 0700) < 0 && errno != EEXIST)
			return err_set(err, errno, "cannot make %s in the stash %s: %s",
				       branches[i], s->path, strerror(errno));
		if (fstatat(s->dir, branches[i], &st, AT_SYMLINK_NOFOLLOW) < 0)
			return err_set(err, errno, "cannot examine %s in the stash %s: %s",
				       branches[i], s->path, strerror(errno));
		if (!S_ISDIR(st.st_mode) || st.st_dev != s->dev)
			return err_set(err, ENOTDIR,
				       "%s in the stash %s is not a directory on the same "
				       "volume: move it away",
				       branches[i], s->path);
	}
	return 0;
}

static void free_stash(struct stash *s)
{
	stash_log_close(s);
	stash_xattr_close(s);
	if (s->mark >= 0)
		close(s->mark);
	if (s->dir >= 0)
		close(s->dir);
	free(s->path);
	free(s->mountpoint);
	free(s);
}

/* A copy without slashes at the end. */
static char *trimmed(const char *path)
{
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	return strndup(path, len);
}

int stash_open(struct stash **out, const char *path, const char *mountpoint, struct err *err)
{
	struct stash *s;
	int r;

	if (path[0] != '/')
		return err_set(err, EINVAL, "the stash must be an absolute path, not \"%s\"", path);
	s = calloc(1, sizeof(*s));
	if (!s)
		return err_set(err, ENOMEM, "not enough memory");
	s->dir = s->mark = s->log.fd = -1;
	pthread_mutex_init(&s->log.lock, NULL);
	pthread_mutex_init(&s->xattrs.lock, NULL);
	pthread_mutex_init(&s->sweep_lock, NULL);
	cond_init(&s->swept);
	s->path = trimmed(path);
	s->mountpoint = strdup(mountpoint);
	if (!s->path || !s->mountpoint)
		r = err_set(err, ENOMEM, "not enough memory");
	else
		r = stash_take(s, err);
	if (r == 0)
		r = make_branches(s, err);
	if (r == 0)
		r = stash_log_open(s, err);
	if (r < 0) {
		free_stash(s);
		return r;
	}
	*out = s;
	return 0;
}

/* ---- closing ---- */

static void remove_files(struct stash *s)
{
	static const char *const files[] = { STASH_LOG, STASH_LOG_NEW, STASH_NOTE, STASH_NOTE_NEW };

	for (size_t i = 0; i < ARRAY_SIZE(files); i++)
		unlinkat(s->dir, files[i], 0);
}

/* Take away an empty stash, with the lock held. What a later daemon left in it stays. */
static void remove_empty(struct stash *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(branches); i++)
		if (unlinkat(s->dir, branches[i], AT_REMOVEDIR) < 0 && errno != ENOENT)
			return;
	unlinkat(s->dir, STASH_XATTRS, AT_REMOVEDIR);
	remove_files(s);
	/*
	 * With somebody's own files beside it the mark stays: the directory could not be taken
	 * again.
	 */
	if (stash_has_foreign(s))
		return;
	unlinkat(s->dir, STASH_MARK, 0);
	if (s->made)
		rmdir(s->path);
}

/*
 * The next daemon may want the same stash while a large one is being deleted: put everything aside,
 * free the lock, delete, and only then see whether the place is still nobody's.
 */
static void throw_away(struct stash *s)
{
	stash_move_aside(s, "data");
	stash_move_aside(s, "audio");
	stash_move_aside(s, "image");
	stash_move_aside(s, STASH_XATTRS);
	remove_files(s);
	stash_let_go(s);
	stash_sweep(s);
	if (stash_retake(s))
		remove_empty(s);
}

void stash_close(struct stash *s, bool discard)
{
	if (!s)
		return;
	stash_closing(s);
	stash_sweep_end(s);
	if (discard)
		throw_away(s);
	else
		stash_let_go(s);
	free_stash(s);
}

const char *stash_path(const struct stash *s)
{
	return s->path;
}

bool stash_contains(const struct stash *s, int fd)
{
	return inside(fd, s->dir);
}

int stash_statvfs(const struct stash *s, struct statvfs *out)
{
	return fstatvfs(s->dir, out) < 0 ? -errno : 0;
}

int stash_clear(struct stash *s, const char *branch)
{
	int r = stash_move_aside(s, branch);

	if (r < 0 && r != -ENOENT)
		return r;
	if (mkdirat(s->dir, branch, 0700) == 0)
		return 0;
	/* A full volume: what was moved aside has the room. */
	stash_sweep_behind(s);
	do
		r = mkdirat(s->dir, branch, 0700) < 0 ? -errno : 0;
	while ((r == -ENOSPC || r == -EDQUOT) && stash_sweep_wait(s, 0.01));
	return r < 0 ? r : 1;
}
