/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file of the stash that shares its blocks with another file. It has no name until it is
 * complete, so that nothing is left of it after a crash.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>

#include "stash/priv.h"

int stash_clone(struct stash *s, int source, mode_t mode, const struct timespec times[2], int *fd)
{
	cleanup_close int made = openat(s->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC,
					stash_mode(mode & 07777));

	if (made < 0)
		return -errno;
	if (ioctl(made, FICLONE, source) < 0 || futimens(made, times) < 0)
		return -errno;
	*fd = steal_fd(&made);
	return 0;
}

int stash_name_file(struct stash *s, int fd, const char *path)
{
	struct stash_place at;
	char file[32];
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	snprintf(file, sizeof(file), "/proc/self/fd/%d", fd);
	return stash_leave(s, &at, linkat(AT_FDCWD, file, at.dir, at.path, AT_SYMLINK_FOLLOW));
}
