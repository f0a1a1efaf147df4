/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says is mounted. Asks /proc, never the mount itself: that could be ours, or dead.
 */
#ifndef BURNFS_BASE_MOUNTINFO_H
#define BURNFS_BASE_MOUNTINFO_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

struct mountinfo {
	int id;
	dev_t dev;
	char type[64];
	char source[256];   /* what is longer is cut */
	const char *root;       /* the directory of its file system that it shows; NULL but for
				   @match */
};

/*
 * Call @match for every mount, in their order, until it says true; the path is absolute. 0 or
 * -errno.
 */
int mountinfo_scan(bool (*match)(const struct mountinfo *, const char *path, void *data),
		   void *data);
/* The directory of its file system that the mount of that number shows. 0, -ENOENT, or -errno. */
int mountinfo_root(int id, char root[PATH_MAX]);
/* The topmost mount at @path, absolute and without links. 0, -ENOENT, or -errno. */
int mountinfo_find(const char *path, struct mountinfo *);
/* Whether one of the mounts at @path, the topmost or another, is of that type. */
bool mountinfo_has_type(const char *path, const char *type);
/*
 * Whether the mount that was found at @path is still there. Its number alone does not tell: the
 * next mount anywhere may get it.
 */
bool mountinfo_has(const char *path, const struct mountinfo *);

#endif
