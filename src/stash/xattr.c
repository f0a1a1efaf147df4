/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Extended attributes. An object has them itself where its file system takes them; ext4 for one
 * takes 4 KiB in all. The others are kept beside it: a file for each in xattrs/INO/, which begins
 * with what tells the object from another one with that inode number. An attribute is in one of the
 * two places; should a crash leave it in both, the object's own counts. The lock keeps changes
 * apart; readers need none.
 */
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "stash/priv.h"

#define XATTRS_NEW STASH_XATTRS "/new"

static const char prefix[] = "user.";

enum { PREFIX = sizeof(prefix) - 1 };

/* What a file begins with; the value follows. */
struct head {
	struct stash_id id;
	uint64_t check;            /* of the value */
};

/* xattrs/INO/FILE */
struct kept_path {
	char text[sizeof(STASH_XATTRS) + 20 + NAME_MAX];
};

/* ---- names ---- */

/*
 * A name of an attribute as that of a file: behind a character that is not in it, which stands for
 * the slashes. There is one, for names are short; and the five characters of "user." make room for
 * it.
 */
static bool encode(const char *name, char out[NAME_MAX + 1])
{
	const char *text = name + PREFIX;
	size_t len = strlen(name);
	unsigned char slash = '0';

	if (len > XATTR_NAME_MAX || strncmp(name, prefix, PREFIX) != 0)
		return false;
	while (slash == '\0' || slash == '/' || strchr(text, slash))
		slash++;
	out[0] = (char)slash;
	for (size_t i = 0; i <= len - PREFIX; i++)
		out[i + 1] = text[i] == '/' ? (char)slash : text[i];
	return true;
}

static void decode(const char *file, char out[XATTR_NAME_MAX + 1])
{
	int len = snprintf(out, XATTR_NAME_MAX + 1, "%s%.*s", prefix, XATTR_NAME_MAX - PREFIX,
			   file + 1);

	for (int i = PREFIX; i < len; i++)
		if (out[i] == file[0])
			out[i] = '/';
}

static void path_of_object(uint64_t ino, struct kept_path *p)
{
	snprintf(p->text, sizeof(p->text), STASH_XATTRS "/%" PRIx64, ino);
}

static bool path_of_value(uint64_t ino, const char *name, struct kept_path *p)
{
	char file[NAME_MAX + 1];

	if (!encode(name, file))
		return false;
	snprintf(p->text, sizeof(p->text), STASH_XATTRS "/%" PRIx64 "/%s", ino, file);
	return true;
}

/* ---- what is beside ---- */

static bool any(const struct stash *s)
{
	return atomic_load(&s->xattrs.objects);
}

/*
 * Open the file at @path under @dir, if it is this object's. Its head, and the length of its value;
 * or -ENODATA.
 */
static int open_value(int dir, const char *path, const struct stash_id *id, struct head *head,
		      size_t *len)
{
	cleanup_close int fd = openat(dir, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? -ENODATA : -errno;
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || read_at(fd, head, sizeof(*head), 0) < 0)
		return -ENODATA;
	if (!stash_is_same(&head->id, id) || st.st_size > (off_t)(sizeof(*head) + XATTR_SIZE_MAX))
		return -ENODATA;
	*len = (size_t)st.st_size - sizeof(*head);
	return steal_fd(&fd);
}

/* As getxattr(2). */
static ssize_t get_beside(struct stash *s, int object, const char *name, void *value, size_t len)
{
	cleanup_free char *whole = NULL;
	cleanup_close int fd = -1;
	struct kept_path path;
	struct stash_id id;
	struct head head;
	size_t has = 0;
	int r = stash_identify_at(s, object, "", &id);

	if (r < 0)
		return r;
	if (!any(s) || !path_of_value(id.ino, name, &path))
		return -ENODATA;
	fd = open_value(s->dir, path.text, &id, &head, &has);
	if (fd < 0)
		return fd;
	whole = malloc(has + 1);
	if (!whole)
		return -ENOMEM;
	if (read_at(fd, whole, has, sizeof(head)) < 0 || stash_hash(whole, has) != head.check)
		return -ENODATA; /* what a loss of power left */
	if (len && has > len)
		return -ERANGE;
	if (len)
		memcpy(value, whole, has);
	return (ssize_t)has;
}

static int write_value(struct stash *s, const struct stash_id *id, const void *value, size_t len)
{
	struct head head = { .id = *id, .check = stash_hash(value, len) };
	cleanup_close int fd = -1;
	int r;

	unlinkat(s->dir, XATTRS_NEW, 0);
	fd = openat(s->dir, XATTRS_NEW, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_at(fd, &head, sizeof(head), 0);
	return r < 0 ? r : write_at(fd, value, len, sizeof(head));
}

/* lock held */
static int make_directory(struct stash *s, uint64_t ino)
{
	struct kept_path path;

	if (mkdirat(s->dir, STASH_XATTRS, 0700) < 0 && errno != EEXIST)
		return -errno;
	path_of_object(ino, &path);
	if (mkdirat(s->dir, path.text, 0700) == 0)
		atomic_fetch_add(&s->xattrs.objects, 1);
	else if (errno != EEXIST)
		return -errno;
	return 0;
}

/* lock held */
static void remove_directory(struct stash *s, uint64_t ino)
{
	struct kept_path path;

	path_of_object(ino, &path);
	if (unlinkat(s->dir, path.text, AT_REMOVEDIR) == 0)
		atomic_fetch_sub(&s->xattrs.objects, 1);
}

/* lock held */
static int set_beside(struct stash *s, int object, const char *name, const void *value, size_t len)
{
	struct kept_path path;
	struct stash_id id;
	int r = stash_identify_at(s, object, "", &id);

	if (r < 0)
		return r;
	if (!path_of_value(id.ino, name, &path))
		return -EOPNOTSUPP;
	r = make_directory(s, id.ino);
	if (r == 0)
		r = write_value(s, &id, value, len);
	if (r == 0 && renameat(s->dir, XATTRS_NEW, s->dir, path.text) < 0)
		r = -errno;
	atomic_store(&s->xattrs.unsynced, true);
	if (r < 0) {
		unlinkat(s->dir, XATTRS_NEW, 0);
		remove_directory(s, id.ino); /* if it is empty */
	}
	return r;
}

/* -ENODATA: there was none. lock held */
static int remove_beside(struct stash *s, int object, const char *name)
{
	struct kept_path path;
	struct stash_id id;
	int r = stash_identify_at(s, object, "", &id);

	if (r < 0)
		return r;
	if (!any(s) || !path_of_value(id.ino, name, &path))
		return -ENODATA;
	if (unlinkat(s->dir, path.text, 0) < 0)
		return errno == ENOENT ? -ENODATA : -errno;
	atomic_store(&s->xattrs.unsynced, true);
	remove_directory(s, id.ino);
	return 0;
}

/* ---- both ---- */

ssize_t stash_xattr_get(struct stash *s, int fd, const char *name, void *value, size_t len)
{
	ssize_t n = fgetxattr(fd, name, value, len);

	if (n < 0 && (errno == ENODATA || errno == EOPNOTSUPP))
		return get_beside(s, fd, name, value, len);
	return n < 0 ? -errno : n;
}

/*
 * Whether the object's file system says that it holds no such attribute, not that the volume is
 * full for sure.
 */
static bool too_much(int r)
{
	return r == -ENOSPC || r == -E2BIG || r == -EOPNOTSUPP;
}

/* Keep beside what the object did not take, and then nothing in the object. lock held */
static int move_beside(struct stash *s, int fd, const char *name, const void *value, size_t len)
{
	int r = set_beside(s, fd, name, value, len);

	if (r < 0)
		return r;
	if (fremovexattr(fd, name) == 0 || errno == ENODATA || errno == EOPNOTSUPP)
		return 0;
	r = -errno;
	remove_beside(s, fd, name);
	return r;
}

int stash_xattr_set(struct stash *s, int fd, const char *name, const void *value, size_t len,
		    int flags)
{
	bool is_beside;
	int r;

	if (len > XATTR_SIZE_MAX)
		return -E2BIG;
	pthread_mutex_lock(&s->xattrs.lock);
	is_beside = any(s) && fgetxattr(fd, name, NULL, 0) < 0 &&
		    get_beside(s, fd, name, NULL, 0) >= 0;
	if (is_beside && (flags & XATTR_CREATE))
		r = -EEXIST;
	else
		r = fsetxattr(fd, name, value, len, is_beside ? 0 : flags) < 0 ? -errno : 0;
	if (r == 0 && is_beside)
		remove_beside(s, fd, name);
	if (r == -EOPNOTSUPP && (flags & XATTR_REPLACE) && !is_beside)
		r = -ENODATA;
	if (too_much(r))
		r = move_beside(s, fd, name, value, len);
	pthread_mutex_unlock(&s->xattrs.lock);
	return r;
}

int stash_xattr_remove(struct stash *s, int fd, const char *name)
{
	int own, beside;

	pthread_mutex_lock(&s->xattrs.lock);
	beside = remove_beside(s, fd, name);
	own = fremovexattr(fd, name) < 0 ? -errno : 0;
	pthread_mutex_unlock(&s->xattrs.lock);
	if (own == -EOPNOTSUPP)
		own = -ENODATA;
	return own == -ENODATA ? beside : own;
}

static bool is_listed(const char *list, size_t len, const char *name)
{
	for (size_t at = 0; at < len; at += strlen(list + at) + 1)
		if (strcmp(list + at, name) == 0)
			return true;
	return false;
}

static DIR *open_object(struct stash *s, uint64_t ino)
{
	struct kept_path path;
	DIR *dir;
	int fd;

	path_of_object(ino, &path);
	fd = openat(s->dir, path.text, STASH_LIST);
	dir = fd < 0 ? NULL : fdopendir(fd);
	if (fd >= 0 && !dir)
		close(fd);
	return dir;
}

/* Append the names that are beside to those that the object has. */
static ssize_t list_beside(struct stash *s, int object, char *list, size_t len)
{
	char name[XATTR_NAME_MAX + 1];
	size_t own = len, name_len, value_len;
	struct stash_id id;
	struct dirent *e;
	struct head head;
	DIR *dir;
	int r = stash_identify_at(s, object, "", &id);

	dir = r == 0 && any(s) ? open_object(s, id.ino) : NULL;
	while (dir && r == 0 && (e = readdir(dir))) {
		int fd = e->d_type == DT_DIR ?
				 -1 :
				 open_value(dirfd(dir), e->d_name, &id, &head, &value_len);

		if (fd < 0)
			continue;
		close(fd);
		decode(e->d_name, name);
		if (is_listed(list, own, name))
			continue;
		name_len = strlen(name) + 1;
		if (len + name_len > XATTR_LIST_MAX)
			r = -E2BIG;
		else
			memcpy(list + len, name, name_len);
		len += name_len;
	}
	if (dir)
		closedir(dir);
	return r < 0 ? r : (ssize_t)len;
}

ssize_t stash_xattr_list(struct stash *s, int fd, char list[XATTR_LIST_MAX])
{
	ssize_t n = flistxattr(fd, list, XATTR_LIST_MAX);

	if (n < 0 && errno != EOPNOTSUPP)
		return -errno;
	return list_beside(s, fd, list, n < 0 ? 0 : (size_t)n);
}

void stash_xattr_forget(struct stash *s, uint64_t ino)
{
	struct dirent *e;
	DIR *dir;

	if (!any(s))
		return;
	pthread_mutex_lock(&s->xattrs.lock);
	dir = open_object(s, ino);
	while (dir && (e = readdir(dir)))
		unlinkat(dirfd(dir), e->d_name, 0);
	if (dir) {
		closedir(dir);
		remove_directory(s, ino);
	}
	pthread_mutex_unlock(&s->xattrs.lock);
}

int stash_xattr_sync(struct stash *s)
{
	if (!atomic_exchange(&s->xattrs.unsynced, false) || syncfs(s->dir) == 0)
		return 0;
	atomic_store(&s->xattrs.unsynced, true);
	return -errno;
}

/* ---- recovery ---- */

static bool add_found(struct stash_xattrs *x, uint64_t ino)
{
	struct kept_object *more = reallocarray(x->found, x->nfound + 1, sizeof(*more));

	if (!more)
		return false;
	x->found = more;
	x->found[x->nfound++] = (struct kept_object){ .ino = ino };
	return true;
}

static int compare_objects(const void *a, const void *b)
{
	const struct kept_object *x = a, *y = b;

	return x->ino < y->ino ? -1 : x->ino > y->ino;
}

int stash_xattr_open(struct stash *s)
{
	int fd = openat(s->dir, STASH_XATTRS, STASH_LIST), r = 0;
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) {
		r = errno == ENOENT ? 0 : -errno;
		if (fd >= 0)
			close(fd);
		return r;
	}
	unlinkat(s->dir, XATTRS_NEW, 0);
	while (r == 0 && (e = readdir(dir))) {
		char *end;
		uint64_t ino = strtoull(e->d_name, &end, 16);

		if (*end == '\0' && !add_found(&s->xattrs, ino))
			r = -ENOMEM;
	}
	closedir(dir);
	if (s->xattrs.nfound)
		qsort(s->xattrs.found, s->xattrs.nfound, sizeof(*s->xattrs.found), compare_objects);
	atomic_store(&s->xattrs.objects, (unsigned)s->xattrs.nfound);
	return r;
}

void stash_xattr_close(struct stash *s)
{
	free(s->xattrs.found);
	pthread_mutex_destroy(&s->xattrs.lock);
}

void stash_xattr_want(struct stash *s, uint64_t ino)
{
	struct kept_object key = { .ino = ino }, *found = NULL;

	if (s->xattrs.nfound)
		found = bsearch(&key, s->xattrs.found, s->xattrs.nfound, sizeof(key),
				compare_objects);
	if (found)
		found->wanted = true;
}

void stash_xattr_settle(struct stash *s)
{
	for (size_t i = 0; i < s->xattrs.nfound; i++)
		if (!s->xattrs.found[i].wanted)
			stash_xattr_forget(s, s->xattrs.found[i].ino);
	free(s->xattrs.found);
	s->xattrs.found = NULL;
	s->xattrs.nfound = 0;
}
