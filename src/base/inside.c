/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way up from a directory ends at the root of its mount, and goes on where that is mounted. A
 * bind mount of a directory below @top begins inside @top and is mounted outside. So at each
 * mount's root the kernel is asked which directory of its file system that is, and the same is
 * looked for below @top.
 */
#include "base/inside.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "base/mountinfo.h"
#include "base/util.h"

enum { HERE = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

static bool same(const struct statx *a, const struct statx *b)
{
	return a->stx_ino == b->stx_ino && a->stx_dev_major == b->stx_dev_major &&
	       a->stx_dev_minor == b->stx_dev_minor;
}

static bool examine(int fd, struct statx *sx)
{
	return fd >= 0 &&
	       statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_MNT_ID, sx) == 0;
}

/*
 * Whether @path leads from @top to the same directory. It must not leave @top, through a link or
 * another mount.
 */
static bool leads_to(int top, const char *path, const struct statx *wanted)
{
	struct open_how how = {
		.flags = HERE, .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV,
	};
	cleanup_close int fd = (int)syscall(SYS_openat2, top, *path ? path : ".", &how,
					    sizeof(how));
	struct statx sx;

	return examine(fd, &sx) && same(&sx, wanted);
}

/*
 * @root is that of a mount. What @top is called in its file system is not known, so each end of the
 * path is tried.
 */
static bool begins_inside(const struct statx *root, int top)
{
	char path[PATH_MAX];

	if (!(root->stx_mask & STATX_MNT_ID) || mountinfo_root((int)root->stx_mnt_id, path) < 0)
		return false;
	for (const char *end = strchr(path, '/'); end; end = strchr(end, '/'))
		if (leads_to(top, ++end, root))
			return true;
	return false;
}

bool inside(int dir, int top)
{
	cleanup_close int at = openat(dir, ".", HERE);
	struct statx sx, up, wanted;

	if (!examine(at, &sx) || !examine(top, &wanted))
		return false;
	while (!same(&sx, &wanted)) {
		int next;

		if (sx.stx_attributes & STATX_ATTR_MOUNT_ROOT && begins_inside(&sx, top))
			return true;
		next = openat(at, "..", HERE);
		close(at);
		at = next;
		if (!examine(at, &up) || same(&up, &sx))
			return false;
		sx = up;
	}
	return true;
}
