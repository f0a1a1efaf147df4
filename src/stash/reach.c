/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The calls that change one object: each is one system call relative to the stash's directory,
 * after a walk in pieces where a path is longer than the kernel takes. No lock: the caller keeps
 * the paths still.
 */
#include "stash/priv.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

int stash_reach(const struct stash *s, const char *path, struct stash_place *place)
{
	*place = (struct stash_place){ s->dir, path };
	while (strnlen(place->path, PATH_MAX) == PATH_MAX) {
		char piece[PATH_MAX];
		const char *end = memrchr(place->path, '/', PATH_MAX - 1);
		size_t len = end ? (size_t)(end - place->path) : 0;
		int next;

		if (len == 0) {
			errno = ENAMETOOLONG;
			return stash_leave(s, place, -1);
		}
		memcpy(piece, place->path, len);
		piece[len] = '\0';
		next = openat(place->dir, piece, STASH_PLACE);
		if (next < 0)
			return stash_leave(s, place, -1);
		stash_leave(s, place, 0);
		*place = (struct stash_place){ next, end + 1 };
	}
	return 0;
}

int stash_leave(const struct stash *s, struct stash_place *place, int result)
{
	int saved = errno;

	if (place->dir != s->dir)
		close(place->dir);
	place->dir = s->dir;
	return result < 0 ? -saved : result;
}

mode_t stash_mode(mode_t staged)
{
	return (staged & 0777) | (S_ISDIR(staged) ? 0700 : 0600);
}

/* Our reading shall leave no trace; but only the owner of a file may ask for that. */
static int open_quietly(int dir, const char *path, int flags)
{
	int fd = openat(dir, path, flags | O_NOATIME);

	if (fd < 0 && errno == EPERM)
		fd = openat(dir, path, flags);
	return fd;
}

int stash_create(struct stash *s, const char *path, mode_t mode, int *fd)
{
	struct stash_place at;
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	r = openat(at.dir, at.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC,
		   stash_mode(mode & 07777));
	r = stash_leave(s, &at, r);
	if (r < 0)
		return r;
	*fd = r;
	return 0;
}

int stash_open_file(struct stash *s, const char *path, int flags)
{
	struct stash_place at;
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	flags &= ~(O_CREAT | O_EXCL);
	return stash_leave(s, &at, open_quietly(at.dir, at.path, flags | O_NOFOLLOW | O_CLOEXEC));
}

int stash_mkdir(struct stash *s, const char *path, mode_t mode)
{
	struct stash_place at;
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	return stash_leave(s, &at, mkdirat(at.dir, at.path, stash_mode(S_IFDIR | (mode & 07777))));
}

int stash_mknod(struct stash *s, const char *path, mode_t mode)
{
	struct stash_place at;
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	mode = (mode & S_IFMT) | stash_mode(mode & 07777);
	return stash_leave(s, &at, mknodat(at.dir, at.path, mode, 0));
}

int stash_symlink(struct stash *s, const char *path, const char *target)
{
	struct stash_place at;
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	return stash_leave(s, &at, symlinkat(target, at.dir, at.path));
}

int stash_unlink(struct stash *s, const char *path)
{
	struct stash_place at;
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	return stash_leave(s, &at, unlinkat(at.dir, at.path, 0));
}

int stash_rmdir(struct stash *s, const char *path)
{
	struct stash_place at;
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	return stash_leave(s, &at, unlinkat(at.dir, at.path, AT_REMOVEDIR));
}

int stash_link(struct stash *s, const char *path, const char *new_path)
{
	struct stash_place from, to;
	int r = stash_reach(s, path, &from);

	if (r < 0)
		return r;
	r = stash_reach(s, new_path, &to);
	if (r == 0)
		r = stash_leave(s, &to, linkat(from.dir, from.path, to.dir, to.path, 0));
	stash_leave(s, &from, 0);
	return r;
}

int stash_rename(struct stash *s, const char *path, const char *new_path, unsigned flags)
{
	struct stash_place from, to;
	int r = stash_reach(s, path, &from);

	if (r < 0)
		return r;
	r = stash_reach(s, new_path, &to);
	if (r == 0)
		r = stash_leave(s, &to, renameat2(from.dir, from.path, to.dir, to.path, flags));
	stash_leave(s, &from, 0);
	return r;
}

int stash_stat(struct stash *s, const char *path, struct stat *st)
{
	struct stash_place at;
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	return stash_leave(s, &at, fstatat(at.dir, at.path, st, AT_SYMLINK_NOFOLLOW));
}

int stash_set_times(struct stash *s, const char *path, const struct timespec times[2])
{
	struct stash_place at;
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	return stash_leave(s, &at, utimensat(at.dir, at.path, times, AT_SYMLINK_NOFOLLOW));
}

int stash_fsyncdir(struct stash *s, const char *path)
{
	cleanup_close int fd = stash_open_file(s, path, O_RDONLY | O_DIRECTORY);

	if (fd < 0)
		return fd;
	return fsync(fd) < 0 ? -errno : 0;
}
