/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What must be true of a mountpoint before anything else is begun.
 */
#include "start/mountpoint.h"

#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/mountinfo.h"

/* The path without links, also where a dead mount lies on it. */
static int resolve(const char *path, char *out, struct err *err)
{
	char copy[PATH_MAX], parent[PATH_MAX];
	const char *base;

	if (realpath(path, out))
		return 0;
	if (errno != ENOTCONN)
		return err_set(err, errno, "%s: %s; make the directory first", path,
			       strerror(errno));
	snprintf(copy, sizeof(copy), "%s", path);
	base = basename(copy);
	snprintf(out, PATH_MAX, "%s", path);
	if (!realpath(dirname(out), parent))
		return err_set(err, errno, "%s: %s", path, strerror(errno));
	if (snprintf(out, PATH_MAX, "%s/%s", strcmp(parent, "/") ? parent : "", base) >= PATH_MAX)
		return err_set(err, ENAMETOOLONG, "%s: the path is too long", path);
	return 0;
}

/* The number of the mount that a descriptor is in, as mountinfo has it; -1 if it is not known. */
static int mount_of(int fd)
{
	cleanup_free char *line = NULL;
	size_t cap = 0;
	char path[64];
	int id = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	while (f && id < 0 && getline(&line, &cap, f) > 0)
		if (sscanf(line, "mnt_id: %d", &id) != 1)
			id = -1;
	if (f)
		fclose(f);
	return id;
}

/*
 * Unmount that very mount. A path could lead to another one by then, by a link at its end or before
 * it; what has been opened stays the same.
 */
static bool detach_exactly(const char *path, const struct mountinfo *dead)
{
	cleanup_close int fd = open(path, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	char opened[64];

	if (fd < 0 || mount_of(fd) != dead->id)
		return false;
	snprintf(opened, sizeof(opened), "/proc/self/fd/%d", fd);
	return umount2(opened, MNT_DETACH) == 0;
}

/* A burnfs that was killed leaves its mount behind: take it away. */
static int detach_dead(const char *path, struct err *err)
{
	/* Opening asks the daemon; a stat(2) would be answered by what the kernel remembers. */
	cleanup_close int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct mountinfo dead;
	int status;
	pid_t pid;

	if (fd >= 0 || errno != ENOTCONN)
		return 0;
	if (mountinfo_find(path, &dead) < 0 || strcmp(dead.type, "fuse.burnfs") != 0)
		return err_set(err, ENOTCONN,
			       "%s has a dead mount that is not of burnfs: unmount it", path);
	if (detach_exactly(path, &dead))
		return 0;
	pid = fork();
	if (pid == 0) {
		execlp("fusermount3", "fusermount3", "-u", "-z", "--", path, (char *)NULL);
		_exit(127);
	}
	if (pid > 0 && waitpid(pid, &status, 0) == pid && status == 0)
		return 0;
	return err_set(err, EBUSY, "cannot unmount the dead mount at %s: unmount it yourself",
		       path);
}

static int check_empty(const char *path, struct err *err)
{
	struct mountinfo there;
	DIR *d;
	struct dirent *e;
	bool empty = true;

	if (mountinfo_find(path, &there) == 0 && strcmp(there.type, "fuse.burnfs") == 0)
		return err_set(err, EBUSY,
			       "a burnfs is already mounted at %s: use it, or unmount it first",
			       path);
	d = opendir(path);
	if (!d)
		return err_set(err, errno, "%s: %s", path, strerror(errno));
	while (empty && (e = readdir(d)))
		empty = strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0;
	closedir(d);
	return empty ? 0 :
		       err_set(err, ENOTEMPTY, "%s is not empty: choose an empty directory", path);
}

static bool has_suffix(const char *path, const char *const suffixes[], size_t n)
{
	size_t len = strlen(path);

	for (size_t i = 0; i < n; i++) {
		size_t of = strlen(suffixes[i]);

		if (len > of && strcasecmp(path + len - of, suffixes[i]) == 0)
			return true;
	}
	return false;
}

void mountpoint_explain(const char *path, const char *recorder, struct err *err)
{
	static const char *const made[] = { ".iso", ".bin", ".cue" }, *const other[] = { ".img",
											 ".raw",
											 ".udf" };
	bool image = has_suffix(path, made, ARRAY_SIZE(made));
	struct stat st;
	bool file = stat(path, &st) == 0 && !S_ISDIR(st.st_mode);

	if (recorder && (image || file))
		err_set(err, err->code,
			"%s is not a directory: the recorder comes first, then the mountpoint",
			path);
	else if (image)
		err_set(err, err->code, "%s is not a directory; did you mean: burnfs %s DIRECTORY",
			path, path);
	else if (has_suffix(path, other, ARRAY_SIZE(other)))
		err_set(err, err->code,
			"%s is not a directory; for this file write: burnfs image:%s DIRECTORY",
			path, path);
}

int mountpoint_ready(const char *path, char *out, struct err *err)
{
	int r = resolve(path, out, err);

	if (r == 0)
		r = detach_dead(out, err);
	return r == 0 ? check_empty(out, err) : r;
}
