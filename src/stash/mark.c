/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose a directory is: the mark that makes it a stash, the lock on the mark that says that a
 * daemon has it, and the mark's text that says which one.
 *
 * The lock counts, the text only explains. Another daemon may remove the mark, and the directory,
 * at any moment before we have the lock: whoever got it looks whether the path still leads there,
 * else begins anew.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>

#include "base/mountinfo.h"
#include "stash/priv.h"

#define MARK_TITLE "burnfs stash, version "
#define MARK_VERSION "1"

static const char mark_text[] =
	MARK_TITLE MARK_VERSION "\n"
	"# This directory belongs to burnfs. What is staged for a disc lies in data/ and audio/.\n"
	"# While burnfs is not running, all of it may be deleted, and the stage is gone with it.\n";

static const double closing_patience = 60, unmounted_patience = 8, poll_interval = 0.02;

/* What the mark says of the daemon that has the stash. */
struct holder {
	char state[16];
	long pid;
	char mountpoint[PATH_MAX];
	bool made;
};

/* ---- the text ---- */

static int write_mark(struct stash *s, const char *state)
{
	cleanup_text struct text text = { 0 };
	cleanup_free char *mountpoint = strdup(s->mountpoint);
	int r;

	if (!mountpoint)
		return -ENOMEM;
	make_line(mountpoint);
	text_add(&text, "%smade=%s\nstate=%s\npid=%ld\nmountpoint=%s\n", mark_text,
		 s->made ? "yes" : "no", state, (long)getpid(), mountpoint);
	if (text.failed)
		return -ENOMEM;
	r = write_at(s->mark, text.data, text.len, 0);
	if (r == 0 && ftruncate(s->mark, (off_t)text.len) < 0)
		r = -errno;
	return r;
}

static void parse_line(const char *line, struct holder *h)
{
	if (sscanf(line, "state=%15s", h->state) == 1 || sscanf(line, "pid=%ld", &h->pid) == 1)
		return;
	if (strncmp(line, "made=", 5) == 0)
		h->made = strcmp(line + 5, "yes") == 0;
	else if (strncmp(line, "mountpoint=", 11) == 0)
		snprintf(h->mountpoint, sizeof(h->mountpoint), "%s", line + 11);
}

/* The mark's first line, and what the others say; what is not there stays empty. */
static int read_mark(const struct stash *s, char *title, size_t len, struct holder *h)
{
	char text[2 * PATH_MAX];
	ssize_t n = pread(s->mark, text, sizeof(text) - 1, 0);
	char *next = text;

	*h = (struct holder){ .mountpoint = "?" };
	*title = '\0';
	if (n < 0)
		return -errno;
	text[n] = '\0';
	snprintf(title, len, "%.*s", (int)strcspn(text, "\n"), text);
	while (next) {
		char *line = strsep(&next, "\n");

		parse_line(line, h);
	}
	return 0;
}

/* ---- the lock ---- */

/* Whether the path still leads to our directory, and its mark is ours. */
static bool still_there(const struct stash *s)
{
	struct stat dir, ours, there;

	if (stat(s->path, &dir) < 0 || dir.st_dev != s->dev || dir.st_ino != s->ino)
		return false;
	if (fstat(s->mark, &ours) < 0 ||
	    fstatat(s->dir, STASH_MARK, &there, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	return ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

void stash_let_go(struct stash *s)
{
	write_mark(s, "free");
	flock(s->mark, LOCK_UN);
}

bool stash_retake(struct stash *s)
{
	return flock(s->mark, LOCK_EX | LOCK_NB) == 0 && still_there(s);
}

void stash_closing(struct stash *s)
{
	write_mark(s, "closing");
}

/* ---- the directory ---- */

/* Turn what went wrong with the directory into a sentence. */
static int refuse(const struct stash *s, int code, const char *what, struct err *err)
{
	return err_set(err, code, "cannot %s the stash %s: %s; choose another place with "
		       "-o stash=DIR", what, s->path, strerror(code));
}

static int open_directory(struct stash *s, struct err *err)
{
	struct err why = { 0 };
	struct stat st;
	bool made;

	s->dir = stash_go(s->path, &made, &why);
	if (s->dir < 0 && why.code)
		return err_set(err, why.code, "the stash %s: %s", s->path, why.msg);
	if (s->dir == -EAGAIN)
		return -EAGAIN;
	if (s->dir < 0 || fstat(s->dir, &st) < 0)
		return refuse(s, s->dir < 0 ? -s->dir : errno, "open", err);
	if (st.st_uid != geteuid())
		return err_set(err, EPERM, "the directory %s belongs to user %ju: the stash must "
			       "be a directory of your own", s->path, (uintmax_t)st.st_uid);
	s->made = made || (s->made && s->dev == st.st_dev && s->ino == st.st_ino);
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

enum contents { CONTENTS_NONE, CONTENTS_OWN, CONTENTS_FOREIGN };

static bool is_own(const char *name)
{
	static const char *const own[] = {
		STASH_MARK, STASH_LOG, STASH_LOG_NEW, STASH_NOTE, STASH_NOTE_NEW, STASH_GONE,
		STASH_XATTRS, "data", "audio", "image",
	};

	for (size_t i = 0; i < ARRAY_SIZE(own); i++)
		if (strcmp(name, own[i]) == 0)
			return true;
	return false;
}

static bool is_volume_root(const struct stash *s)
{
	struct stat up;

	return fstatat(s->dir, "..", &up, 0) == 0 && (up.st_dev != s->dev || up.st_ino == s->ino);
}

/* What is in the directory, at worst. */
static int look_inside(const struct stash *s, enum contents *out)
{
	int fd = openat(s->dir, ".", STASH_LIST);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	*out = CONTENTS_NONE;
	if (!dir) {
		int saved = errno;

		if (fd >= 0)
			close(fd);
		return -saved;
	}
	while (*out != CONTENTS_FOREIGN && (e = readdir(dir))) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		if (strcmp(e->d_name, "lost+found") == 0 && is_volume_root(s))
			continue;
		*out = is_own(e->d_name) ? CONTENTS_OWN : CONTENTS_FOREIGN;
	}
	closedir(dir);
	return 0;
}

bool stash_has_foreign(const struct stash *s)
{
	enum contents contents;

	return look_inside(s, &contents) < 0 || contents == CONTENTS_FOREIGN;
}

static int not_ours(const struct stash *s, struct err *err)
{
	return err_set(err, EINVAL,
		       "burnfs did not make %s/" STASH_MARK ": choose another directory with "
		       "-o stash=DIR",
		       s->path);
}

/* ---- taking it ---- -EAGAIN means that the stash changed hands meanwhile: try again */

static int new_mark(struct stash *s, struct err *err)
{
	enum contents contents;
	struct stat st;
	int r = look_inside(s, &contents);

	if (r < 0)
		return refuse(s, -r, "read", err);
	if (fstatat(s->dir, STASH_MARK, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return -EAGAIN;
	if (contents != CONTENTS_NONE)
		return err_set(err, ENOTEMPTY,
			       "the directory %s is not empty and not a stash: choose an "
			       "empty or new one with -o stash=DIR",
			       s->path);
	s->mark = openat(s->dir, STASH_MARK, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (s->mark < 0 && (errno == EEXIST || errno == ENOENT))
		return -EAGAIN;
	return s->mark < 0 ? refuse(s, errno, "write to", err) : 0;
}

/*
 * Who clears the stash that this one lies in would clear this one. Marks of strangers are no
 * stashes.
 */
static int check_parents(struct stash *s, struct err *err)
{
	cleanup_close int at = openat(s->dir, ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat here, up, mark;

	while (at >= 0 && fstat(at, &here) == 0) {
		int parent = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);

		close(at);
		at = parent;
		if (at < 0 || fstat(at, &up) < 0 ||
		    (up.st_dev == here.st_dev && up.st_ino == here.st_ino))
			return 0;
		if (fstatat(at, STASH_MARK, &mark, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(mark.st_mode) && (mark.st_uid == 0 || mark.st_uid == geteuid())) {
			if (s->made)
				rmdir(s->path);
			return err_set(err, EINVAL,
				       "%s is inside another stash, which would delete it: "
				       "choose another directory with -o stash=DIR",
				       s->path);
		}
	}
	return 0;
}

static int open_mark(struct stash *s, struct err *err)
{
	struct stat st;

	s->mark = openat(s->dir, STASH_MARK, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (s->mark < 0 && errno == ENOENT)
		return new_mark(s, err);
	if (s->mark < 0 && errno != ELOOP)
		return refuse(s, errno, "open", err);
	if (s->mark >= 0 && fstat(s->mark, &st) < 0)
		return refuse(s, errno, "open", err);
	if (s->mark >= 0 && st.st_nlink == 0)
		return -EAGAIN;
	if (s->mark < 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1 || st.st_uid != geteuid())
		return not_ours(s, err);
	return 0;
}

/* With the lock: whether the mark is one of ours. One that was never written stands alone. */
static int check_mark(struct stash *s, const char *title, struct err *err)
{
	enum contents contents;
	struct stat st;

	if (strcmp(title, MARK_TITLE MARK_VERSION) == 0)
		return 0;
	if (strncmp(title, MARK_TITLE, strlen(MARK_TITLE)) == 0)
		return err_set(err, EINVAL,
			       "the stash %s has version %.20s, but this burnfs uses "
			       "version " MARK_VERSION ": use the burnfs that made it, or another "
						       "stash",
			       s->path, title + strlen(MARK_TITLE));
	if (fstat(s->mark, &st) == 0 && st.st_size == 0 && look_inside(s, &contents) == 0 &&
	    contents != CONTENTS_FOREIGN && fstatat(s->dir, "data", &st, AT_SYMLINK_NOFOLLOW) < 0)
		return 0;
	return not_ours(s, err);
}

static bool is_default(const struct stash *s)
{
	char path[PATH_MAX];

	return stash_default_path(s->mountpoint, path, sizeof(path), NULL) == 0 &&
	       strcmp(path, s->path) == 0;
}

/* We have the lock: make the stash ours. */
static int occupy(struct stash *s, struct err *err)
{
	struct holder old;
	char title[64];
	bool fresh;
	int r = read_mark(s, title, sizeof(title), &old);

	if (r < 0)
		return refuse(s, -r, "read", err);
	r = check_mark(s, title, err);
	if (r < 0)
		return r;
	if (fchmod(s->dir, 0700) < 0)
		return refuse(s, errno, "restrict access to", err);
	fresh = *title == '\0';
	s->made = s->made || old.made || is_default(s);
	r = write_mark(s, "open");
	if (r == 0 && fresh)
		r = fsync(s->mark) < 0 ? -errno : 0;
	/* A mark that stands is good enough: what is staged must come back on a full volume too. */
	return r < 0 && fresh ? refuse(s, -r, "write to", err) : 0;
}

/*
 * How long to wait for the daemon that has the lock: not at all while it is mounted. One whose
 * mount is gone but does not say so yet is about to close, or to fail to start.
 */
static double patience_with(const struct holder *h)
{
	struct mountinfo info;

	if (strcmp(h->state, "open") != 0)
		return closing_patience;
	if (mountinfo_find(h->mountpoint, &info) == 0 && strncmp(info.type, "fuse", 4) == 0)
		return 0;
	return unmounted_patience;
}

static int try_to_take(struct stash *s, double *patience, struct err *err)
{
	struct holder holder;
	char title[64];
	int r = open_directory(s, err);

	*patience = closing_patience;
	if (r == 0)
		r = check_parents(s, err);
	if (r == 0)
		r = open_mark(s, err);
	if (r < 0)
		return r;
	if (flock(s->mark, LOCK_EX | LOCK_NB) == 0)
		return still_there(s) ? occupy(s, err) : -EAGAIN;
	if (errno != EWOULDBLOCK)
		return refuse(s, errno, "lock", err);
	read_mark(s, title, sizeof(title), &holder);
	*patience = patience_with(&holder);
	if (*patience > 0)
		err_set(err, EBUSY,
			"the stash %s is still in use: wait for process %ld, which was mounted "
			"at %s, to end",
			s->path, holder.pid, holder.mountpoint);
	else
		err_set(err, EBUSY,
			"the stash %s is in use by process %ld, mounted at %s: unmount that, "
			"or choose another stash with -o stash=DIR",
			s->path, holder.pid, holder.mountpoint);
	return -EAGAIN;
}

int stash_take(struct stash *s, struct err *err)
{
	const struct timespec pause = { .tv_nsec = (long)(poll_interval * 1e9) };
	double begin = time_monotonic();
	struct err why;
	double patience;
	int r;

	err_set(&why, EBUSY, "other mounts keep taking the stash %s: try again", s->path);
	while ((r = try_to_take(s, &patience, &why)) == -EAGAIN) {
		if (s->mark >= 0)
			close(s->mark);
		if (s->dir >= 0)
			close(s->dir);
		s->mark = s->dir = -1;
		if (time_monotonic() - begin >= patience) {
			r = -EBUSY;
			break;
		}
		nanosleep(&pause, NULL);
	}
	return r < 0 ? err_set(err, -r, "%s", why.msg) : 0;
}
