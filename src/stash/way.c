/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to a directory, through links that nobody else can turn. */
#include "stash/priv.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { LINKS_MAX = 40 };

/* How far we have come. */
struct way {
	int at;                    /* O_PATH; the directory that has been reached */
	char rest[2 * PATH_MAX];   /* of the path; of it the last @given bytes are the caller's, the
				      others a link's */
	size_t given;
	unsigned links;
	bool made;                 /* the directory at @at is new */
};

/*
 * Replace a link by what it says. Only root's and our own: anybody else's could lead to a directory
 * of ours that is no stash, and be another one a moment later.
 */
static int follow(struct way *w, const char *name, struct err *err)
{
	cleanup_close int fd = openat(w->at, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char target[PATH_MAX], rest[sizeof(w->rest)];
	struct stat st;
	ssize_t n;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISLNK(st.st_mode))
		return -ENOTDIR;
	if (st.st_uid != 0 && st.st_uid != geteuid())
		return err_set(err, EPERM,
			       "the link %s belongs to user %ju, who can change its target: "
			       "give the target itself with -o stash=DIR",
			       name, (uintmax_t)st.st_uid);
	n = readlinkat(fd, "", target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (w->given > strlen(w->rest))
		w->given = strlen(w->rest);
	if (++w->links > LINKS_MAX)
		return -ELOOP;
	if (snprintf(rest, sizeof(rest), "%s/%s", target, w->rest) >= (int)sizeof(rest))
		return -ENAMETOOLONG;
	memcpy(w->rest, rest, strlen(rest) + 1);
	if (*target != '/')
		return 0;
	close(w->at);
	w->at = open("/", STASH_PLACE);
	return w->at < 0 ? -errno : 0;
}

/* Go into @name, and make it if that is wanted and it is not there. */
static int enter(struct way *w, const char *name, bool make, struct err *err)
{
	int fd = openat(w->at, name, STASH_PLACE);

	w->made = false;
	if (fd < 0 && errno == ENOENT && make) {
		w->made = mkdirat(w->at, name, 0700) == 0;
		if (!w->made && errno != EEXIST)
			return -errno;
		fd = openat(w->at, name, STASH_PLACE);
		if (fd < 0 && errno == ENOENT)
			return -EAGAIN;
	}
	if (fd < 0 && (errno == ELOOP || errno == ENOTDIR))
		return follow(w, name, err);
	if (fd < 0)
		return -errno;
	close(w->at);
	w->at = fd;
	return 0;
}

int stash_go(const char *path, bool *made, struct err *err)
{
	struct way w = { .at = open("/", STASH_PLACE), .given = strlen(path) };
	int r = w.at < 0 ? -errno : 0, fd = -1;
	char *name;

	if (snprintf(w.rest, sizeof(w.rest), "%s", path) >= (int)sizeof(w.rest))
		r = -ENAMETOOLONG;
	while (r == 0 && *(name = w.rest + strspn(w.rest, "/"))) {
		/* What a link leads to has to be there: its volume may not be. */
		bool make = strlen(name) <= w.given;
		size_t len = strcspn(name, "/");
		char piece[NAME_MAX + 1];

		if (len >= sizeof(piece)) {
			r = -ENAMETOOLONG;
			break;
		}
		memcpy(piece, name, len);
		piece[len] = '\0';
		memmove(w.rest, name + len, strlen(name + len) + 1);
		r = enter(&w, piece, make, err);
	}
	if (r == 0)
		fd = openat(w.at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (r == 0 && fd < 0)
		r = -errno;
	if (w.at >= 0)
		close(w.at);
	*made = w.made;
	return r < 0 ? r : fd;
}
