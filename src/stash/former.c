/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A stash that lies in the place of earlier versions is moved when it is opened. */
#include "stash/priv.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static bool is_stash(const char *path)
{
	char mark[PATH_MAX + sizeof(STASH_MARK)];
	struct stat st;

	snprintf(mark, sizeof(mark), "%s/" STASH_MARK, path);
	return lstat(mark, &st) == 0 && S_ISREG(st.st_mode) && st.st_uid == geteuid();
}

/* As rename(2); the directory that @to will be in is made. */
static int rename_to(const char *from, const char *to)
{
	cleanup_close int dir = -1;
	char parent[PATH_MAX], *base;
	bool made;

	if (snprintf(parent, sizeof(parent), "%s", to) >= (int)sizeof(parent))
		return -ENAMETOOLONG;
	base = strrchr(parent, '/');
	*base++ = '\0';
	dir = stash_go(parent, &made, NULL);
	if (dir < 0)
		return dir;
	return renameat(AT_FDCWD, from, dir, base) < 0 ? -errno : 0;
}

/* Rename the directory of an open stash: a crash leaves it in the one place or the other. */
static int move_to(struct stash *s, const char *path)
{
	char *fresh = strdup(path);
	int r = fresh ? rename_to(s->path, path) : -ENOMEM;

	if (r < 0) {
		free(fresh);
		return r;
	}
	free(s->path);
	s->path = fresh;
	return 0;
}

int stash_open_from(struct stash **out, const char *path, const char *former,
		    const char *mountpoint, struct err *err)
{
	int r;

	if (!is_stash(former))
		return stash_open(out, path, mountpoint, err);
	if (is_stash(path)) {
		log_warning("what was staged at %s before is still in %s: to use it, mount with -o "
			    "stash=%s",
			    mountpoint, former, former);
		return stash_open(out, path, mountpoint, err);
	}
	r = stash_open(out, former, mountpoint, err);
	if (r < 0)
		return r;
	r = move_to(*out, path);
	if (r < 0)
		log_warning("cannot move the stash %s to %s, using it where it is: %s", former,
			    path, strerror(-r));
	else
		log_info("moved the stash %s to %s", former, path);
	return 0;
}
