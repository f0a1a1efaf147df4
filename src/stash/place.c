/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where stashes are: the way to a directory, the default place of a mountpoint's stash, and the place that it had
 * before.
 */
#include <fcntl.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

#include "stash/priv.h"

/* ---- the way to a directory ---- */

enum { LINKS_MAX = 40 };

/* How far we have come. */
struct way {
	int at;                    /* O_PATH; the directory that has been reached */
	char rest[2 * PATH_MAX];   /* of the path; of it the last @given bytes are the caller's, the others a link's */
	size_t given;
	unsigned links;
	bool made;                 /* the directory at @at is new */
};

/*
 * Replace a link by what it says. Only root's and our own: anybody else's could lead to a directory of ours that is
 * no stash, and be another one a moment later.
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
		return err_set(err, EPERM, "the link %s belongs to user %ju, who can change its target: "
			       "give the target itself with -o stash=DIR", name, (uintmax_t)st.st_uid);
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

/* ---- the default place ---- */

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

/* Where the stashes of a user are: what @variable says, else @below the home directory; and root's. */
struct base {
	const char *variable, *below, *roots;
};
static const struct base now = { "XDG_STATE_HOME", ".local/state", "/var/lib" };
static const struct base before = { "XDG_CACHE_HOME", ".cache", "/var/cache" };

/* Nothing is added where there is no home directory. */
static void add_base(struct text *out, const struct base *base)
{
	const char *dir = getenv(base->variable);
	const char *home = getenv("HOME");
	const struct passwd *pw;

	if (geteuid() == 0) {
		text_add(out, "%s", base->roots);
		return;
	}
	if (dir && *dir == '/') {
		text_add(out, "%s", dir);
		return;
	}
	if (!home || *home != '/') {
		pw = getpwuid(geteuid());
		home = pw ? pw->pw_dir : NULL;
	}
	if (home && *home == '/')
		text_add(out, "%s/%s", home, base->below);
}

static int path_below(const struct base *base, const char *mountpoint, char *buf, size_t len, struct err *err)
{
	cleanup_text struct text path = { 0 };

	if (*mountpoint != '/')
		return err_set(err, EINVAL, "the mountpoint must be an absolute path, not \"%s\"",
			       mountpoint);
	add_base(&path, base);
	if (!path.len && !path.failed)
		return err_set(err, ENOENT, "no home directory for the stash: set HOME, or choose a stash "
			       "with -o stash=DIR");
	text_add(&path, "/burnfs/");
	add_name(&path, mountpoint);
	if (path.failed)
		return err_set(err, ENOMEM, "not enough memory");
	if (path.len >= len)
		return err_set(err, ENAMETOOLONG, "the path of the stash is too long: choose another with "
			       "-o stash=DIR");
	memcpy(buf, path.data, path.len + 1);
	return 0;
}

int stash_default_path(const char *mountpoint, char *buf, size_t len, struct err *err)
{
	return path_below(&now, mountpoint, buf, len, err);
}

int stash_former_path(const char *mountpoint, char *buf, size_t len, struct err *err)
{
	return path_below(&before, mountpoint, buf, len, err);
}

/* ---- the place before ---- */

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

int stash_open_from(struct stash **out, const char *path, const char *former, const char *mountpoint,
		    struct err *err)
{
	int r;

	if (!is_stash(former))
		return stash_open(out, path, mountpoint, err);
	if (is_stash(path)) {
		log_warning("what was staged at %s before is still in %s: to use it, mount with -o stash=%s",
			    mountpoint, former, former);
		return stash_open(out, path, mountpoint, err);
	}
	r = stash_open(out, former, mountpoint, err);
	if (r < 0)
		return r;
	r = move_to(*out, path);
	if (r < 0)
		log_warning("cannot move the stash %s to %s, using it where it is: %s", former, path,
			    strerror(-r));
	else
		log_info("moved the stash %s to %s", former, path);
	return 0;
}
