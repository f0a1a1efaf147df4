/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole trees: taking up what is there, and deleting what was moved aside. Neither recurses nor
 * keeps a descriptor a level: the walk keeps a list of directories to come, and the sweep lifts
 * every directory that it meets to the top of gone/ before it deletes it. No locks.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "stash/priv.h"

/* ---- listing ---- */

static bool is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/* As opendir(3), of a directory on the stash's file system. NULL and errno otherwise. */
static DIR *open_dir(const struct stash *s, int at, const char *path)
{
	cleanup_close int fd = openat(at, path, STASH_LIST | O_NOATIME);
	struct stat st;
	DIR *dir;

	if (fd < 0 && errno == EPERM)
		fd = openat(at, path, STASH_LIST);
	if (fd < 0 || fstat(fd, &st) < 0)
		return NULL;
	if (st.st_dev != s->dev) {
		errno = EXDEV;
		return NULL;
	}
	dir = fdopendir(fd);
	if (dir)
		steal_fd(&fd);
	return dir;
}

/* The names in a directory, in order. */
struct listing {
	struct text text;
	char **names;
	size_t n;
};

static void listing_fini(struct listing *l)
{
	text_free(&l->text);
	free(l->names);
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int list(DIR *dir, struct listing *l)
{
	struct dirent *e;
	char *name;

	errno = 0;
	while ((e = readdir(dir))) {
		if (is_dots(e->d_name))
			continue;
		text_append(&l->text, e->d_name, strlen(e->d_name) + 1);
		l->n++;
	}
	if (errno)
		return -errno;
	if (l->n == 0)
		return 0;
	if (!l->text.failed)
		l->names = reallocarray(NULL, l->n, sizeof(*l->names));
	if (!l->names)
		return -ENOMEM;
	name = l->text.data;
	for (size_t i = 0; i < l->n; i++) {
		l->names[i] = name;
		name += strlen(name) + 1;
	}
	qsort(l->names, l->n, sizeof(*l->names), compare_names);
	return 0;
}

/* ---- walking ---- */

/* A directory to come. Its parent's path is the beginning of the path that the walk has by then. */
struct pending {
	size_t parent_len;
	char *name;
};

struct walk {
	struct stash *stash;
	stash_visit *visit;
	void *data;
	struct text path;
	struct pending *pending;
	size_t n, cap;
};

static int set_path(struct walk *w, size_t parent_len, const char *name)
{
	w->path.len = parent_len;
	if (parent_len)
		text_append(&w->path, "/", 1);
	text_append(&w->path, name, strlen(name));
	return w->path.failed ? -ENOMEM : 0;
}

static int push(struct walk *w, size_t parent_len, const char *name)
{
	if (w->n == w->cap) {
		size_t cap = w->cap ? 2 * w->cap : 64;
		struct pending *more = reallocarray(w->pending, cap, sizeof(*more));

		if (!more)
			return -ENOMEM;
		w->pending = more;
		w->cap = cap;
	}
	w->pending[w->n] = (struct pending){ parent_len, strdup(name) };
	return w->pending[w->n].name ? (w->n++, 0) : -ENOMEM;
}

/*
 * The last to come are the first to be taken: turn those of one directory round, so that order
 * stays.
 */
static void reverse(struct pending *p, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct pending t = p[i];

		p[i] = p[n - 1 - i];
		p[n - 1 - i] = t;
	}
}

/* Why an object is passed over, or NULL. */
static const char *no_use(const struct walk *w, const struct stat *st)
{
	/* Of files the number says nothing: overlayfs shows those of its layers. */
	if (S_ISDIR(st->st_mode) && st->st_dev != w->stash->dev)
		return "it is on another file system";
	return S_ISBLK(st->st_mode) || S_ISCHR(st->st_mode) ? "it is a device" : NULL;
}

static int visit_entry(struct walk *w, int dir, size_t parent_len, const char *name)
{
	char target[PATH_MAX];
	const char *why;
	struct stat st;
	ssize_t n = 0;
	int r = set_path(w, parent_len, name);

	if (r < 0)
		return r;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	why = no_use(w, &st);
	if (why) {
		log_warning("skipping %s/%s: %s", w->stash->path, w->path.data, why);
		return 0;
	}
	if (S_ISLNK(st.st_mode)) {
		n = readlinkat(dir, name, target, sizeof(target) - 1);
		if (n < 0)
			return -errno;
		target[n] = '\0';
	}
	r = w->visit(w->data, w->path.data, &st, S_ISLNK(st.st_mode) ? target : NULL);
	if (r == 0 && S_ISDIR(st.st_mode))
		r = push(w, parent_len, name);
	return r;
}

/* Visit what is in the directory of the walk's path. */
static int visit_dir(struct walk *w)
{
	size_t len = w->path.len, pending = w->n;
	struct listing l = { 0 };
	struct stash_place at;
	DIR *dir;
	int r = stash_reach(w->stash, w->path.data, &at);

	if (r < 0)
		return r;
	dir = open_dir(w->stash, at.dir, at.path);
	r = stash_leave(w->stash, &at, dir ? 0 : -1);
	if (r < 0)
		return r;
	r = list(dir, &l);
	for (size_t i = 0; r == 0 && i < l.n; i++)
		r = visit_entry(w, dirfd(dir), len, l.names[i]);
	if (w->n > pending)
		reverse(w->pending + pending, w->n - pending);
	listing_fini(&l);
	closedir(dir);
	return r;
}

int stash_walk(struct stash *s, const char *branch, stash_visit *visit, void *data, struct err *err)
{
	struct walk w = { .stash = s, .visit = visit, .data = data };
	int r = set_path(&w, 0, branch);

	if (r == 0)
		r = visit_dir(&w);
	while (r == 0 && w.n) {
		struct pending *next = &w.pending[--w.n];

		r = set_path(&w, next->parent_len, next->name);
		free(next->name);
		if (r == 0)
			r = visit_dir(&w);
	}
	if (r < 0)
		err_set(err, -r, "cannot restore %s/%s: %s", s->path,
			w.path.data ? w.path.data : branch, strerror(-r));
	while (w.n)
		free(w.pending[--w.n].name);
	free(w.pending);
	text_free(&w.path);
	return r;
}

/* ---- deleting ---- */

/* Rename @name in @from into gone/, under a name that nobody has there. */
static int lift(int from, const char *name, int gone)
{
	static atomic_uint count;
	char lifted[32];

	do {
		snprintf(lifted, sizeof(lifted), "%ld.%u", (long)getpid(), count++);
		if (renameat(from, name, gone, lifted) == 0)
			return 0;
	} while (errno == ENOTEMPTY || errno == EEXIST || errno == ENOTDIR);
	return -errno;
}

int stash_move_aside(struct stash *s, const char *branch)
{
	cleanup_close int gone = -1;

	if (mkdirat(s->dir, STASH_GONE, 0700) < 0 && errno != EEXIST && errno != ENOSPC)
		return -errno;
	gone = openat(s->dir, STASH_GONE, STASH_LIST);
	return gone < 0 ? -errno : lift(s->dir, branch, gone);
}

static bool unlink_entry(int dir, const struct dirent *e)
{
	return e->d_type != DT_DIR && unlinkat(dir, e->d_name, 0) == 0;
}

/* Delete a directory in gone/, its own directories becoming gone/'s. Whether anything changed. */
static bool sweep_dir(const struct stash *s, int gone, const char *name)
{
	bool progress = false;
	struct dirent *e;
	DIR *dir;

	if (unlinkat(gone, name, AT_REMOVEDIR) == 0)
		return true;
	dir = open_dir(s, gone, name);
	if (!dir)
		return false;
	while (!atomic_load(&s->sweep_stop) && (e = readdir(dir)))
		if (!is_dots(e->d_name))
			progress |= unlink_entry(dirfd(dir), e) ||
				    lift(dirfd(dir), e->d_name, gone) == 0;
	closedir(dir);
	return unlinkat(gone, name, AT_REMOVEDIR) == 0 || progress;
}

/* Once through gone/. Whether anything changed: then there may be more, lifted meanwhile. */
static bool sweep_pass(const struct stash *s, DIR *dir)
{
	bool progress = false;
	struct dirent *e;

	rewinddir(dir);
	while (!atomic_load(&s->sweep_stop) && (e = readdir(dir)))
		if (!is_dots(e->d_name))
			progress |= unlink_entry(dirfd(dir), e) ||
				    sweep_dir(s, dirfd(dir), e->d_name);
	return progress;
}

void stash_sweep(struct stash *s)
{
	DIR *dir = open_dir(s, s->dir, STASH_GONE);

	if (!dir)
		return;
	while (!atomic_load(&s->sweep_stop) && sweep_pass(s, dir))
		continue;
	closedir(dir);
}

/* ---- deleting behind everybody's back ---- */

static void *sweeper_main(void *data)
{
	struct stash *s = data;

	pthread_mutex_lock(&s->sweep_lock);
	while (s->sweep_again && !atomic_load(&s->sweep_stop)) {
		s->sweep_again = false;
		pthread_mutex_unlock(&s->sweep_lock);
		while (s->sweep_first && !atomic_load(&s->sweep_stop) &&
		       s->sweep_first(s->sweep_data))
			continue;
		stash_sweep(s);
		pthread_mutex_lock(&s->sweep_lock);
	}
	s->sweeping = false;
	pthread_cond_broadcast(&s->swept);
	pthread_mutex_unlock(&s->sweep_lock);
	return NULL;
}

void stash_sweep_first(struct stash *s, bool (*first)(void *), void *data)
{
	s->sweep_first = first;
	s->sweep_data = data;
}

void stash_sweep_behind(struct stash *s)
{
	int r;

	pthread_mutex_lock(&s->sweep_lock);
	s->sweep_again = true;
	if (!s->sweeping) {
		if (s->has_sweeper)
			pthread_join(s->sweeper, NULL);
		r = pthread_create(&s->sweeper, NULL, sweeper_main, s);
		s->sweeping = s->has_sweeper = r == 0;
		if (r)
			log_warning("the next mount deletes what was cleared in %s: %s", s->path,
				    strerror(r));
	}
	pthread_mutex_unlock(&s->sweep_lock);
}

bool stash_sweep_wait(struct stash *s, double seconds)
{
	double end = time_monotonic() + seconds;
	struct timespec until = {
		.tv_sec = (time_t)end, .tv_nsec = (long)((end - (double)(time_t)end) * 1e9),
	};
	bool busy;
	int r = 0;

	pthread_mutex_lock(&s->sweep_lock);
	busy = s->sweeping;
	while (s->sweeping && r == 0)
		r = pthread_cond_timedwait(&s->swept, &s->sweep_lock, &until);
	pthread_mutex_unlock(&s->sweep_lock);
	return busy;
}

void stash_sweep_end(struct stash *s)
{
	atomic_store(&s->sweep_stop, true);
	if (s->has_sweeper)
		pthread_join(s->sweeper, NULL);
	s->has_sweeper = false;
	atomic_store(&s->sweep_stop, false);
}
