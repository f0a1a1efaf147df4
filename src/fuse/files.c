/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on attributes and content: translate, call the stage, reply once.
 */
#include <fcntl.h>
#include <string.h>

#include "fuse/priv.h"

static struct handle *handle_of(const struct fuse_file_info *fi)
{
	return fi ? (struct handle *)(uintptr_t)fi->fh : NULL;
}

/* ---- attributes ---- */

void op_getattr(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct mount *m = mount_of(req);
	struct stat st;

	(void)fi;
	if (ino_is_view(ino)) {
		view_getattr(req, ino_vnode(ino));
		return;
	}
	if (ino_is_directory(ino))
		directory_stat(m, ino, &st);
	else
		stage_getattr(m->stage, ino_node(ino), &st);
	fuse_reply_attr(req, &st, FOREVER);
}

/* FUSE's words for what is to be set, and the stage's. */
static unsigned translate_set(int which, struct stat *st)
{
	static const struct { int fuse; unsigned stage; } bits[] = {
		{ FUSE_SET_ATTR_MODE, SET_MODE }, { FUSE_SET_ATTR_UID, SET_UID },
		{ FUSE_SET_ATTR_GID, SET_GID }, { FUSE_SET_ATTR_SIZE, SET_SIZE },
		{ FUSE_SET_ATTR_ATIME, SET_ATIME }, { FUSE_SET_ATTR_MTIME, SET_MTIME },
	};
	unsigned out = 0;

	for (size_t i = 0; i < ARRAY_SIZE(bits); i++)
		if (which & bits[i].fuse)
			out |= bits[i].stage;
	if (which & FUSE_SET_ATTR_ATIME_NOW) {
		st->st_atim = time_now();
		out |= SET_ATIME;
	}
	if (which & FUSE_SET_ATTR_MTIME_NOW) {
		st->st_mtim = time_now();
		out |= SET_MTIME;
	}
	return out;
}

/* It is set, whatever is judged of it. */
static void reply_set(fuse_req_t req, struct node *n, int judged)
{
	struct stat st;

	(void)judged;
	stage_getattr(mount_of(req)->stage, n, &st);
	fuse_reply_attr(req, &st, FOREVER);
}

void op_setattr(fuse_req_t req, fuse_ino_t ino, struct stat *st, int which,
		struct fuse_file_info *fi)
{
	struct mount *m = mount_of(req);
	struct node *n = ino == INO_IMAGE ? ino_directory(m, ino) : ino_node(ino);
	struct stat out;
	int r;

	if (ino_is_view(ino)) {
		view_setattr(req, ino_vnode(ino), which);
		return;
	}
	r = ino == INO_ROOT ? -EPERM :
	    stage_setattr(m->stage, n, handle_of(fi), st, translate_set(which, st), &out);
	if (ino == INO_IMAGE)
		directory_stat(m, ino, &out);
	if (r < 0)
		fuse_reply_err(req, -r);
	else if (r > 0)
		reply_judged(req, n, A_MOMENT, reply_set);
	else
		fuse_reply_attr(req, &out, FOREVER);
}

void op_setxattr(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t len,
		 int flags)
{
	int r = -EOPNOTSUPP;

	if (ino_is_staged(ino))
		r = stage_setxattr(mount_of(req)->stage, ino_node(ino), name, value, len, flags);
	fuse_reply_err(req, -r);
}

void op_removexattr(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	int r = -EOPNOTSUPP;

	if (ino_is_staged(ino))
		r = stage_removexattr(mount_of(req)->stage, ino_node(ino), name);
	fuse_reply_err(req, -r);
}

/* As much as was asked for, or the length that is needed when none was. */
static void reply_xattr(fuse_req_t req, ssize_t n, const char *buf, size_t len)
{
	if (n < 0)
		fuse_reply_err(req, (int)-n);
	else if (len == 0)
		fuse_reply_xattr(req, (size_t)n);
	else
		fuse_reply_buf(req, buf, (size_t)n);
}

void op_getxattr(fuse_req_t req, fuse_ino_t ino, const char *name, size_t len)
{
	char *buf = len ? malloc(len) : NULL;
	ssize_t n = -ENODATA;

	if (len && !buf)
		n = -ENOMEM;
	else if (ino_is_staged(ino))
		n = stage_getxattr(mount_of(req)->stage, ino_node(ino), name, buf, len);
	reply_xattr(req, n, buf, len);
	free(buf);
}

void op_listxattr(fuse_req_t req, fuse_ino_t ino, size_t len)
{
	char *buf = len ? malloc(len) : NULL;
	ssize_t n = 0;

	if (len && !buf)
		n = -ENOMEM;
	else if (ino_is_staged(ino))
		n = stage_listxattr(mount_of(req)->stage, ino_node(ino), buf, len);
	reply_xattr(req, n, buf, len);
	free(buf);
}

/* ---- opening and closing ---- */

static void fill_info(struct fuse_file_info *fi, struct handle *h)
{
	fi->fh = (uintptr_t)h;
	fi->direct_io = stage_direct(h);
	fi->keep_cache = stage_pages_valid(h);
	/* close(2) of a writer must tell; that of a reader has nothing to tell. */
	fi->noflush = (fi->flags & O_ACCMODE) == O_RDONLY;
}

/* Reply the file that was made; or an error, not replied. */
static int create_now(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
		      struct fuse_file_info *fi)
{
	struct mount *m = mount_of(req);
	struct fuse_entry_param e = { .attr_timeout = FOREVER, .entry_timeout = FOREVER };
	struct handle *h;
	struct node *n;
	int r = stage_create(m->stage, ino_directory(m, parent), name, mode, fi->flags,
			     cred_of(req), &n, &h);

	if (r < 0)
		return r;
	e.ino = node_ino(n);
	stage_getattr(m->stage, n, &e.attr);
	fill_info(fi, h);
	if (fuse_reply_create(req, &e, fi) < 0) {
		stage_close(h);
		stage_forget(m->stage, n, 1);
	}
	return 0;
}

/* Reply what was opened; or an error, not replied. */
static int open_now(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct handle *h;
	int r = stage_open(mount_of(req)->stage, ino_node(ino), fi->flags, &h);

	if (r < 0)
		return r;
	fill_info(fi, h);
	if (fuse_reply_open(req, fi) < 0)
		stage_close(h);
	return 0;
}

/* What is opened for writing while a burn waits for writers: a thread of its own waits with it. */
struct late {
	fuse_req_t req;
	fuse_ino_t ino;              /* the file, or the directory that it is made in */
	mode_t mode;
	struct fuse_file_info fi;
	struct stage_waiter waiter;
	char name[];                 /* of the file to be made; empty: it is there */
};

/* In the loop's thread, with the request's lock held: only mark and wake. */
static void late_interrupted(fuse_req_t req, void *data)
{
	struct late *l = data;

	stage_interrupt(mount_of(req)->stage, &l->waiter);
}

static void late_work(void *data)
{
	struct late *l = data;
	int r;

	do {
		fuse_req_interrupt_func(l->req, late_interrupted, l);
		r = stage_await_turn(mount_of(l->req)->stage, &l->waiter);
		fuse_req_interrupt_func(l->req, NULL, NULL);
		if (r == 0 && *l->name)
			r = create_now(l->req, l->ino, l->name, l->mode, &l->fi);
		else if (r == 0)
			r = open_now(l->req, l->ino, &l->fi);
	} while (r == -EAGAIN);
	if (r < 0)
		fuse_reply_err(l->req, -r);
	free(l);
}

static int open_later(fuse_req_t req, fuse_ino_t ino, const char *name, mode_t mode,
		      const struct fuse_file_info *fi)
{
	struct late *l = malloc(sizeof(*l) + strlen(name) + 1);
	int r;

	if (!l)
		return -ENOMEM;
	*l = (struct late){ .req = req, .ino = ino, .mode = mode, .fi = *fi };
	memcpy(l->name, name, strlen(name) + 1);
	r = task_start(mount_of(req), late_work, l);
	if (r < 0)
		free(l);
	return r < 0 ? -EBUSY : 0;
}

void op_create(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *fi)
{
	int r = ino_directory(mount_of(req), parent) ? create_now(req, parent, name, mode, fi) :
					refuse_name(req, name);

	if (r == -EAGAIN)
		r = open_later(req, parent, name, mode, fi);
	if (r < 0)
		fuse_reply_err(req, -r);
}

void op_open(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	int r;

	if (ino_is_view(ino)) {
		view_open_reply(req, ino_vnode(ino), fi);
		return;
	}
	r = open_now(req, ino, fi);
	if (r == -EAGAIN)
		r = open_later(req, ino, "", 0, fi);
	if (r < 0)
		fuse_reply_err(req, -r);
}

static void reply_flushed(fuse_req_t req, struct node *n, int judged)
{
	(void)n;
	fuse_reply_err(req, -judged);
}

void op_flush(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	int r = ino_is_staged(ino) ? stage_flush(handle_of(fi)) : 0;

	if (r > 0)
		reply_judged(req, ino_node(ino), JUDGED_AT_LAST, reply_flushed);
	else
		fuse_reply_err(req, -r);
}

void op_release(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	if (ino_is_view(ino)) {
		view_release(req, fi);
		return;
	}
	stage_close(handle_of(fi));
	fuse_reply_err(req, 0);
}

void op_fsync(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	fuse_reply_err(req, ino_is_staged(ino) ? -stage_fsync(handle_of(fi), datasync) : 0);
}

/* ---- content ---- */

/*
 * Set-uid bits go with a write. The kernel sees to it, but for a handle that was past the page
 * cache before the file got them, and for fallocate and copy_file_range before 5.19.
 */
static int drop_set_id(fuse_req_t req, struct handle *h, fuse_ino_t ino)
{
	int r = fuse_req_ctx(req)->uid ? stage_drop_set_id(h) : 0;

	if (r > 0)
		notifier_attributes(mount_of(req), ino_node(ino));
	return r < 0 ? r : 0;
}

/*
 * O_SYNC and O_DSYNC: of the handle, of the mount, or of one write alone. Past the page cache
 * nobody but us keeps them; what goes through it is followed by an FSYNC of the kernel's.
 */
static int sync_as_asked(struct handle *h, int flags)
{
	if (!(flags & O_DSYNC))
		return 0;
	return stage_fsync(h, (flags & O_SYNC) != O_SYNC);
}

void op_read(fuse_req_t req, fuse_ino_t ino, size_t len, off_t off, struct fuse_file_info *fi)
{
	ssize_t n = -ENOMEM;
	char *buf;

	if (ino_is_view(ino)) {
		view_read_reply(req, len, off, fi);
		return;
	}
	/* Copied: by reference, with splice(2), it took twice as long. */
	buf = malloc(len);
	if (buf)
		n = stage_read(handle_of(fi), buf, len, off);
	if (n < 0)
		fuse_reply_err(req, (int)-n);
	else
		fuse_reply_buf(req, buf, (size_t)n);
	free(buf);
}

/* @n: bytes, or -errno. */
static void reply_written(fuse_req_t req, ssize_t n)
{
	if (n < 0)
		fuse_reply_err(req, (int)-n);
	else
		fuse_reply_write(req, (size_t)n);
}

void op_write(fuse_req_t req, fuse_ino_t ino, const char *buf, size_t len, off_t off,
	      struct fuse_file_info *fi)
{
	struct handle *h = handle_of(fi);
	ssize_t n;
	int r = 0;

	if (ino_is_view(ino)) {
		view_write_reply(req, buf, len, fi);
		return;
	}
	if (!fi->writepage)
		r = drop_set_id(req, h, ino);
	n = r < 0 ? r : stage_write(h, buf, len, off);
	if (n > 0 && stage_direct(h))
		r = sync_as_asked(h, fi->flags);
	reply_written(req, r < 0 ? r : n);
}

void op_fallocate(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t len,
		  struct fuse_file_info *fi)
{
	struct handle *h = handle_of(fi);
	int r = ino_is_staged(ino) ? drop_set_id(req, h, ino) : -EOPNOTSUPP;

	if (r == 0)
		r = stage_fallocate(h, mode, off, len);
	if (r == 0)
		r = sync_as_asked(h, stage_open_flags(h));
	fuse_reply_err(req, -r);
}

void op_lseek(fuse_req_t req, fuse_ino_t ino, off_t off, int whence, struct fuse_file_info *fi)
{
	off_t at = ino_is_staged(ino) ? stage_lseek(handle_of(fi), off, whence) : -EINVAL;

	if (at < 0)
		fuse_reply_err(req, (int)-at);
	else
		fuse_reply_lseek(req, at);
}

void op_copy_file_range(fuse_req_t req, fuse_ino_t in, off_t in_off, struct fuse_file_info *in_fi,
			fuse_ino_t out, off_t out_off, struct fuse_file_info *out_fi, size_t len,
			int flags)
{
	struct handle *to = handle_of(out_fi);
	ssize_t n = 0;
	int r = -EOPNOTSUPP;

	if (ino_is_staged(in) && ino_is_staged(out) && flags == 0)
		r = drop_set_id(req, to, out);
	if (r == 0)
		n = stage_copy(handle_of(in_fi), in_off, to, out_off, len);
	if (n > 0)
		r = sync_as_asked(to, stage_open_flags(to));
	reply_written(req, r < 0 ? r : n);
}

/* ---- space ---- */

void op_statfs(fuse_req_t req, fuse_ino_t ino)
{
	enum { FILES_MORE = 1000000 }; /* some programs want to see room for files, too */
	struct mount *m = mount_of(req);
	enum format format = session_format(m->session);
	struct stage_space space;
	struct stage_info info;
	struct statvfs vfs = { .f_namemax = 255 };

	(void)ino;
	session_space(m->session, format, &space);
	stage_info(m->stage, &info);
	vfs.f_bsize = vfs.f_frsize = space.block_size;
	vfs.f_blocks = space.total;
	vfs.f_bfree = vfs.f_bavail = space.free;
	for (int b = 0; b < BRANCHES; b++)
		vfs.f_files += info.counts[b].files + info.counts[b].directories +
			       info.counts[b].excluded;
	vfs.f_ffree = vfs.f_favail = FILES_MORE;
	vfs.f_files += FILES_MORE;
	fuse_reply_statfs(req, &vfs);
}
