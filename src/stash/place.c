/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The default place of a mountpoint's stash, and the one that it had in earlier versions. */
#include "stash/priv.h"

#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

enum { NAME_PLAIN_MAX = 200 };

/*
 * As systemd-escape --path does it; a name cannot be undone once it is cut, so its hash joins it.
 */
static void add_name(struct text *out, const char *mountpoint)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789:_";
	cleanup_text struct text name = { 0 };
	const char *p = mountpoint + strspn(mountpoint, "/");
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	if (!*p)
		text_append(&name, "-", 1);
	while (*p) {
		if (*p == '/') {
			p += strspn(p, "/");
			if (*p)
				text_append(&name, "-", 1);
			continue;
		}
		if (strchr(plain, *p) || (*p == '.' && name.len))
			text_append(&name, p, 1);
		else
			text_add(&name, "\\x%02x", (unsigned char)*p);
		p++;
	}
	out->failed |= name.failed;
	if (name.failed || name.len <= NAME_PLAIN_MAX) {
		text_append(out, name.data, name.failed ? 0 : name.len);
		return;
	}
	for (size_t i = 0; i < name.len; i++)
		hash = (hash ^ (unsigned char)name.data[i]) * 1099511628211u;
	text_append(out, name.data, NAME_PLAIN_MAX);
	text_add(out, "-%016jx", (uintmax_t)hash);
}

/*
 * Where the stashes of a user are: what @variable says, else @below the home directory; and root's.
 */
struct base {
	const char *variable, *below, *roots;
};
static const struct base now = { "XDG_STATE_HOME", ".local/state", "/var/lib" };
static const struct base before = { "XDG_CACHE_HOME", ".cache", "/var/cache" };

/* As an absolute path; NULL: there is none. */
static const char *home_directory(void)
{
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (!home || *home != '/') {
		pw = getpwuid(geteuid());
		home = pw ? pw->pw_dir : NULL;
	}
	return home && *home == '/' ? home : NULL;
}

/* Nothing is added where there is no home directory. */
static void add_base(struct text *out, const struct base *base)
{
	const char *dir = getenv(base->variable), *home = home_directory();

	if (geteuid() == 0) {
		text_add(out, "%s", base->roots);
		return;
	}
	if (dir && *dir == '/') {
		text_add(out, "%s", dir);
		return;
	}
	if (home)
		text_add(out, "%s/%s", home, base->below);
}

static int path_below(const struct base *base, const char *mountpoint, char *buf, size_t len,
		      struct err *err)
{
	cleanup_text struct text path = { 0 };

	if (*mountpoint != '/')
		return err_set(err, EINVAL, "the mountpoint must be an absolute path, not \"%s\"",
			       mountpoint);
	add_base(&path, base);
	if (!path.len && !path.failed)
		return err_set(err, ENOENT,
			       "no home directory for the stash: set HOME, or choose a stash "
			       "with -o stash=DIR");
	text_add(&path, "/burnfs/");
	add_name(&path, mountpoint);
	if (path.failed)
		return err_set(err, ENOMEM, "not enough memory");
	if (path.len >= len)
		return err_set(err, ENAMETOOLONG,
			       "the path of the stash is too long: choose another with "
			       "-o stash=DIR");
	memcpy(buf, path.data, path.len + 1);
	return 0;
}

int stash_default_path(const char *mountpoint, char *buf, size_t len, struct err *err)
{
	return path_below(&now, mountpoint, buf, len, err);
}

int stash_explain_home(const char *path, struct err *err)
{
	const char *home = home_directory();
	size_t len = home ? strlen(home) : 0;

	if (!len || strncmp(path, home, len) != 0 || path[len] != '/' || access(home, F_OK) == 0)
		return -err->code;
	return err_set(err, err->code,
		       "there is no place for the stash: the home directory %s does not exist; set "
		       "HOME, or choose a stash with -o stash=DIR",
		       home);
}

int stash_former_path(const char *mountpoint, char *buf, size_t len, struct err *err)
{
	return path_below(&before, mountpoint, buf, len, err);
}
