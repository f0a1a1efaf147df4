/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads /proc/self/mountinfo, whose lines are described in proc(5): number, parent, device, root,
 * mount point, options, optional fields up to a "-", type, source, options.
 */
#include "base/mountinfo.h"

#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/util.h"

/* Undo the octal escapes of blanks and backslashes, in place. */
static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		unsigned code;

		if (*s == '\\' && sscanf(s + 1, "%3o", &code) == 1 && strlen(s) >= 4) {
			*to++ = (char)code;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* Cut the line's mount point out of it. NULL for a line that is none. */
static char *parse(char *line, struct mountinfo *info)
{
	char *root, *path, *rest, *type;
	unsigned major, minor;
	int at = 0;

	if (sscanf(line, "%d %*d %u:%u %n", &info->id, &major, &minor, &at) != 3 || !at)
		return NULL;
	info->dev = makedev(major, minor);
	info->type[0] = info->source[0] = '\0';
	root = line + at;
	path = strchr(root, ' ');
	if (!path)
		return NULL;
	*path++ = '\0';
	rest = strchr(path, ' ');
	if (!rest)
		return NULL;
	*rest++ = '\0';
	type = strstr(rest, " - ");
	if (type)
		sscanf(type + 3, "%63s %255s", info->type, info->source);
	unescape(info->source);
	unescape(root);
	info->root = root;
	unescape(path);
	return path;
}

int mountinfo_scan(bool (*match)(const struct mountinfo *, const char *path, void *), void *data)
{
	FILE *f = fopen("/proc/self/mountinfo", "re");
	cleanup_free char *line = NULL;
	size_t cap = 0;

	if (!f)
		return -errno;
	while (getline(&line, &cap, f) > 0) {
		struct mountinfo info;
		char *path = parse(line, &info);

		if (path && match(&info, path, data))
			break;
	}
	fclose(f);
	return 0;
}

struct search {
	const char *path;
	bool found;
	struct mountinfo *info;        /* filled in, or looked for */
};

static bool same_path(const struct mountinfo *info, const char *path, void *data)
{
	struct search *s = data;

	if (strcmp(path, s->path) != 0)
		return false;
	*s->info = *info;
	s->info->root = NULL;
	s->found = true;
	return false; /* a later line lies on top of an earlier one */
}

struct type_search {
	const char *path, *type;
	bool found;
};

static bool same_type(const struct mountinfo *info, const char *path, void *data)
{
	struct type_search *s = data;

	s->found = strcmp(path, s->path) == 0 && strcmp(info->type, s->type) == 0;
	return s->found;
}

bool mountinfo_has_type(const char *path, const char *type)
{
	struct type_search s = { .path = path, .type = type };

	return mountinfo_scan(same_type, &s) == 0 && s.found;
}

static bool same_mount(const struct mountinfo *info, const char *path, void *data)
{
	struct search *s = data;

	s->found = info->id == s->info->id && info->dev == s->info->dev &&
		   strcmp(path, s->path) == 0;
	return s->found;
}

struct root_search {
	int id;
	char *root;             /* PATH_MAX bytes */
	bool found;
};

static bool same_id(const struct mountinfo *info, const char *path, void *data)
{
	struct root_search *s = data;

	(void)path;
	s->found = info->id == s->id && strlen(info->root) < PATH_MAX;
	if (s->found)
		memcpy(s->root, info->root, strlen(info->root) + 1);
	return s->found;
}

int mountinfo_root(int id, char root[PATH_MAX])
{
	struct root_search s = { id, root, false };
	int r = mountinfo_scan(same_id, &s);

	return r < 0 ? r : s.found ? 0 : -ENOENT;
}

int mountinfo_find(const char *path, struct mountinfo *info)
{
	struct search s = { .path = path, .info = info };
	int r = mountinfo_scan(same_path, &s);

	return r < 0 ? r : s.found ? 0 : -ENOENT;
}

bool mountinfo_has(const char *path, const struct mountinfo *info)
{
	struct mountinfo wanted = *info;
	struct search s = { .path = path, .info = &wanted };

	return mountinfo_scan(same_mount, &s) == 0 && s.found;
}
