/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: attributes. Modes and owners live in the node and, where the stash object does not say
 * the same, in the stash's log; times in the node and on the stash object; extended attributes in
 * the stash alone.
 */
#include <fcntl.h>
#include <string.h>
#include <sys/xattr.h>

#include "stage/priv.h"

void stage_getattr(struct stage *s, struct node *n, struct stat *st)
{
	lock_read(s);
	node_stat(n, st);
	unlock(s);
}

/* ---- setattr ---- */

static int times_on_path(struct stash *stash, const char *path, void *times)
{
	return stash_set_times(stash, path, times);
}

/* What is to be set, and whether anything changed. */
struct setting {
	const struct stat *st;
	unsigned which;
	bool changed;
};

static int identify_path(struct stash *stash, const char *path, void *id)
{
	return stash_identify(stash, path, id);
}

/* gate held, no lock */
static int set_owner_and_mode(struct stage *s, struct node *n, struct setting *set)
{
	const struct stat *st = set->st;
	struct node before;
	struct stash_id id;
	bool has_object;
	int r;

	pthread_mutex_lock(&s->attr_lock);
	r = with_path(s, n, identify_path, &id);
	has_object = r != -ENOENT; /* it may be removed, and still open */
	lock_write(s);
	tree_keep(&s->tree, n);
	before = *n;
	if (set->which & SET_MODE)
		n->mode = (uint16_t)((n->mode & S_IFMT) | (st->st_mode & 07777));
	if (set->which & SET_UID)
		n->uid = st->st_uid;
	if (set->which & SET_GID)
		n->gid = st->st_gid;
	if (n->mode != before.mode || n->uid != before.uid || n->gid != before.gid) {
		set->changed = true;
		node_changed(s, n);
		if (r == 0)
			r = attr_keep(s, n, &id, true);
	}
	if (r < 0 && has_object) {
		n->mode = before.mode;
		n->uid = before.uid;
		n->gid = before.gid;
	}
	unlock(s);
	pthread_mutex_unlock(&s->attr_lock);
	return has_object ? r : 0;
}

/* The bits of a mode that go with a write. */
static mode_t set_id_bits(mode_t mode)
{
	mode_t bits = mode & S_ISUID;

	if ((mode & (S_ISGID | S_IXGRP)) == (S_ISGID | S_IXGRP))
		bits |= S_ISGID;
	return bits;
}

int stage_drop_set_id(struct handle *h)
{
	struct stage *s = h->stage;
	struct stat st;
	struct setting set = { &st, SET_MODE, false };
	int r;

	stage_getattr(s, h->node, &st);
	if (!set_id_bits(st.st_mode))
		return 0;
	r = gate_enter(s);
	if (r < 0)
		return r;
	st.st_mode &= ~set_id_bits(st.st_mode);
	r = refuse_stash(s, set_owner_and_mode(s, h->node, &set));
	gate_leave(s);
	return r < 0 ? r : 1;
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/*
 * The stash first: what it does not take is not shown. What is written meanwhile leaves
 * NODE_TIMES_BEHIND, and with it the stash gets the node's times once more. gate held, no lock
 */
static int set_times(struct stage *s, struct node *n, struct setting *set)
{
	struct timespec times[2];
	bool same;
	int r;

	lock_write(s);
	times[0] = set->which & SET_ATIME ? set->st->st_atim : n->atime;
	times[1] = set->which & SET_MTIME ? set->st->st_mtim : n->mtime;
	same = same_time(&times[0], &n->atime) && same_time(&times[1], &n->mtime);
	if (!same)
		node_changed(s, n);
	unlock(s);
	if (same)
		return 0;
	set->changed = true;
	r = with_path(s, n, times_on_path, times);
	if (r < 0 && r != -ENOENT) /* removed, but still open: there is nothing to keep it for */
		return r;
	lock_change_node(s, n);
	if (set->which & SET_ATIME)
		n->atime = times[0];
	if (set->which & SET_MTIME)
		n->mtime = times[1];
	unlock(s);
	return 0;
}

int stage_setattr(struct stage *s, struct node *n, struct handle *h, const struct stat *st,
		  unsigned which, struct stat *out)
{
	struct setting set = { st, which, (which & SET_SIZE) != 0 };
	bool judge = (which & SET_SIZE) && !h, judging = false; /* nobody will close it */
	int r = gate_enter(s);

	if (r < 0)
		return r;
	if (which & SET_SIZE)
		r = file_truncate(s, n, h, (uint64_t)st->st_size);
	if (r == 0 && (which & (SET_MODE | SET_UID | SET_GID)))
		r = refuse_stash(s, set_owner_and_mode(s, n, &set));
	if (r == 0 && (which & (SET_ATIME | SET_MTIME)))
		r = refuse_stash(s, set_times(s, n, &set));
	if (r == 0) {
		lock_write(s);
		if (set.changed) {
			node_changed(s, n);
			n->ctime = time_now();
		}
		node_stat(n, out);
		judging = judge && audio_judge_left(s, n) > 0;
		unlock(s);
	}
	gate_leave(s);
	return r == 0 ? judging : r;
}

/* ---- extended attributes ---- */

/* Only what programs keep on files for themselves; the rest means something to a kernel. */
static bool name_allowed(const char *name)
{
	return strncmp(name, "user.", 5) == 0;
}

static int open_for_xattr(struct stash *stash, const char *path, void *unused)
{
	(void)unused;
	return stash_open_file(stash, path, O_RDONLY);
}

/*
 * A descriptor of the stash object for an extended attribute: only files and directories can have
 * one. gate held, no lock
 */
static int xattr_open(struct stage *s, struct node *n)
{
	int fd = -1;

	if (!node_is_file(n) && !node_is_dir(n))
		return -EPERM;
	lock_read(s);
	if (n->file)
		fd = fcntl(n->file->fd, F_DUPFD_CLOEXEC, 0);
	unlock(s);
	return fd >= 0 ? fd : with_path(s, n, open_for_xattr, NULL);
}

static void xattr_changed(struct stage *s, struct node *n, const struct title_edit *title)
{
	lock_change_node(s, n);
	audio_title_keep(s, n, title);
	if (title->says)
		audio_reconsider(s); /* a gap may have gone */
	n->flags |= NODE_XATTRS;
	n->ctime = time_now();
	unlock(s);
}

/* What to make of an extended attribute: a value, or nothing. */
struct xattr_edit {
	const char *name;
	const void *value;
	size_t len;
	int flags;
	bool remove;
};

/* Whether the attribute is there with that value: then setting it changes nothing. */
static bool xattr_is(struct stash *stash, int fd, const struct xattr_edit *e)
{
	cleanup_free char *now = e->remove || (e->flags & XATTR_CREATE) ? NULL : malloc(e->len + 1);
	ssize_t n = now ? stash_xattr_get(stash, fd, e->name, now, e->len + 1) : -1;

	return n >= 0 && (size_t)n == e->len && memcmp(now, e->value, e->len) == 0;
}

static int edit_fd(struct stash *stash, int fd, const struct xattr_edit *e)
{
	if (e->remove)
		return stash_xattr_remove(stash, fd, e->name);
	return stash_xattr_set(stash, fd, e->name, e->value, e->len, e->flags);
}

static int edit_xattr(struct stage *s, struct node *n, const struct xattr_edit *e)
{
	cleanup_close int fd = -1;
	struct title_edit title;
	int r;

	if (!name_allowed(e->name))
		return -EOPNOTSUPP;
	r = gate_enter(s);
	if (r < 0)
		return r;
	r = audio_title_check(s, n, e->name, e->remove ? NULL : e->value, e->len, &title);
	if (r == 0)
		fd = r = xattr_open(s, n);
	if (fd >= 0 && !xattr_is(s->stash, fd, e)) {
		r = refuse_stash(s, edit_fd(s->stash, fd, e));
		if (r == 0)
			xattr_changed(s, n, &title);
	}
	gate_leave(s);
	return r < 0 ? r : 0;
}

int stage_setxattr(struct stage *s, struct node *n, const char *name, const void *value, size_t len,
		   int flags)
{
	struct xattr_edit e = { .name = name, .value = value, .len = len, .flags = flags };

	return edit_xattr(s, n, &e);
}

int stage_removexattr(struct stage *s, struct node *n, const char *name)
{
	struct xattr_edit e = { .name = name, .remove = true };

	return edit_xattr(s, n, &e);
}

static bool may_have_xattrs(struct stage *s, struct node *n)
{
	bool may;

	lock_read(s);
	may = (n->flags & NODE_XATTRS) && (node_is_file(n) || node_is_dir(n));
	unlock(s);
	return may;
}

ssize_t stage_getxattr(struct stage *s, struct node *n, const char *name, void *value, size_t len)
{
	cleanup_close int fd = -1;

	/* The kernel asks for security.capability at every write: answer from memory. */
	if (!name_allowed(name) || !may_have_xattrs(s, n))
		return -ENODATA;
	pthread_rwlock_rdlock(&s->gate);
	fd = xattr_open(s, n);
	gate_leave(s);
	if (fd < 0)
		return fd;
	return stash_xattr_get(s->stash, fd, name, value, len);
}

/* Keep of a list only what getxattr() would give. Returns its new length. */
static ssize_t list_allowed(char *list, ssize_t len)
{
	ssize_t to = 0;

	for (ssize_t at = 0; at < len; ) {
		size_t one = strlen(list + at) + 1;

		if (name_allowed(list + at)) {
			memmove(list + to, list + at, one);
			to += (ssize_t)one;
		}
		at += (ssize_t)one;
	}
	return to;
}

ssize_t stage_listxattr(struct stage *s, struct node *n, char *list, size_t len)
{
	cleanup_close int fd = -1;
	cleanup_free char *all = NULL;
	ssize_t r;

	if (!may_have_xattrs(s, n))
		return 0;
	pthread_rwlock_rdlock(&s->gate);
	fd = xattr_open(s, n);
	gate_leave(s);
	if (fd < 0)
		return fd;
	all = malloc(XATTR_LIST_MAX);
	if (!all)
		return -ENOMEM;
	r = stash_xattr_list(s->stash, fd, all);
	if (r < 0)
		return r;
	r = list_allowed(all, r);
	if (len == 0)
		return r;
	if ((size_t)r > len)
		return -ERANGE;
	memcpy(list, all, (size_t)r);
	return r;
}
