/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/holder.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"

static DIR *open_below(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);

	if (fd >= 0 && !d)
		close(fd);
	return d;
}

static FILE *read_below(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "r");

	if (fd >= 0 && !f)
		close(fd);
	return f;
}

/* Whether the process at @dir has its descriptor @number open for writing. */
static bool writes(int dir, const char *number)
{
	char name[64], line[64];
	unsigned flags = 0;
	FILE *f;

	snprintf(name, sizeof(name), "fdinfo/%.20s", number);
	f = read_below(dir, name);
	while (f && fgets(line, sizeof(line), f) && sscanf(line, "flags: %o", &flags) != 1)
		;
	if (f)
		fclose(f);
	return (flags & O_ACCMODE) != O_RDONLY;
}

static bool has_open(int dir, const char *path)
{
	DIR *fds = open_below(dir, "fd");
	char target[PATH_MAX];
	struct dirent *e;
	bool found = false;
	ssize_t n;

	while (fds && !found && (e = readdir(fds))) {
		n = readlinkat(dirfd(fds), e->d_name, target, sizeof(target) - 1);
		target[n > 0 ? n : 0] = '\0';
		found = strcmp(target, path) == 0 && writes(dir, e->d_name);
	}
	if (fds)
		closedir(fds);
	return found;
}

/* "7f0000000000-7f0000001000 rw-s 00000000 00:2a 5    /mnt/data/file" */
static bool has_mapped(int dir, const char *path)
{
	FILE *f = read_below(dir, "maps");
	cleanup_free char *line = NULL;
	bool found = false;
	size_t cap = 0;

	while (f && !found && getline(&line, &cap, f) > 0) {
		const char *rights = strchr(line, ' '), *at = strchr(line, '/');

		line[strcspn(line, "\n")] = '\0';
		found = rights && at && rights[2] == 'w' && rights[4] == 's' &&
			strcmp(at, path) == 0;
	}
	if (f)
		fclose(f);
	return found;
}

static void read_name(int dir, struct holder *h)
{
	FILE *f = read_below(dir, "comm");

	snprintf(h->name, sizeof(h->name), "a program");
	if (!f)
		return;
	if (fgets(h->name, sizeof(h->name), f))
		h->name[strcspn(h->name, "\n")] = '\0';
	fclose(f);
	/* Everybody calls his program as he likes. */
	for (char *p = h->name; *p; p++)
		if ((unsigned char)*p < ' ' || (unsigned char)*p >= 0x7f)
			*p = '?';
}

/* Look at all processes for what @has tells. */
static bool look(const char *path, bool (*has)(int dir, const char *path), struct holder *h)
{
	DIR *proc = opendir("/proc");
	bool found = false;
	struct dirent *e;

	while (proc && !found && (e = readdir(proc))) {
		cleanup_close int dir = -1;

		h->pid = (pid_t)strtol(e->d_name, NULL, 10);
		if (h->pid <= 0 || h->pid == getpid())
			continue;
		dir = openat(dirfd(proc), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		found = dir >= 0 && has(dir, path);
		if (found)
			read_name(dir, h);
	}
	if (proc)
		closedir(proc);
	return found;
}

bool holder_find(const char *path, struct holder *h)
{
	*h = (struct holder){ .mapped = false };
	if (look(path, has_open, h))
		return true;
	h->mapped = look(path, has_mapped, h);
	return h->mapped;
}
