/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Operations on names: translate, call the stage, reply once. The root takes no names but those
 * that are there. In image/ a staged file hides a view of the same name.
 */
#include <dirent.h>
#include <string.h>

#include "fuse/priv.h"

/* Who may burn what is in image/ may stage it there, too. */
static void image_stat(struct mount *m, struct stat *st)
{
	stage_getattr(m->stage, stage_root(m->stage, BRANCH_IMAGE), st);
	st->st_ino = INO_IMAGE;
	if (m->control_group == NO_GROUP || (st->st_mode & S_ISGID))
		return;
	st->st_gid = m->control_group;
	st->st_mode |= S_IRWXG;
}

void directory_stat(struct mount *m, fuse_ino_t ino, struct stat *st)
{
	if (ino == INO_IMAGE) {
		image_stat(m, st);
		return;
	}
	*st = (struct stat){
		.st_ino = ino,
		.st_mode = S_IFDIR | 0755,
		.st_nlink = 2 + BRANCHES,
		.st_uid = m->uid,
		.st_gid = m->gid,
		.st_blksize = 4096,
		.st_atim = m->started,
		.st_mtim = m->started,
		.st_ctim = m->started,
	};
}

void reply_node(fuse_req_t req, struct node *n)
{
	struct mount *m = mount_of(req);
	struct fuse_entry_param e = {
		.ino = node_ino(n), .attr_timeout = FOREVER, .entry_timeout = FOREVER,
	};

	stage_getattr(m->stage, n, &e.attr);
	if (fuse_reply_entry(req, &e) < 0)
		stage_forget(m->stage, n, 1);
}

/* The node of an operation that made or found one, or its error. */
static void reply_made(fuse_req_t req, int r, struct node *const *n)
{
	if (r < 0)
		fuse_reply_err(req, -r);
	else
		reply_node(req, *n);
}

/* The staged directory that is to be changed; else replies that it must not be. */
static struct node *changeable(fuse_req_t req, fuse_ino_t ino)
{
	struct node *dir = ino_directory(mount_of(req), ino);

	if (!dir)
		fuse_reply_err(req, EACCES);
	return dir;
}

/* A name that is not staged may be that of a view, which cannot be changed. */
static int not_staged(fuse_req_t req, fuse_ino_t dir, const char *name, int r)
{
	if (r == -ENOENT && dir == INO_IMAGE &&
	    vfile_find(mount_of(req)->session, VDIR_IMAGE, name))
		return -EACCES;
	return r;
}

int refuse_name(fuse_req_t req, const char *name)
{
	struct err err = { 0 };

	/* File managers try names with a dot by themselves: nobody asks about those. */
	if (*name == '.')
		return -EACCES;
	err_set(&err, EACCES,
		"\"%.80s\" cannot be made here: copy files into data/, sound for an audio "
		"disc into audio/, the image of a disc into image/",
		name);
	session_refused(mount_of(req)->session, &err);
	return -EACCES;
}

/* The staged directory that is to get that name; else replies that there it has no place. */
static struct node *taking(fuse_req_t req, fuse_ino_t ino, const char *name)
{
	struct node *dir = ino_directory(mount_of(req), ino);

	if (!dir)
		fuse_reply_err(req, -refuse_name(req, name));
	return dir;
}

/* ---- lookup ---- */

static void reply_image_directory(fuse_req_t req)
{
	struct fuse_entry_param e = {
		.ino = INO_IMAGE, .attr_timeout = FOREVER, .entry_timeout = FOREVER,
	};

	directory_stat(mount_of(req), INO_IMAGE, &e.attr);
	fuse_reply_entry(req, &e);
}

static const char *const branches[BRANCHES] = { "data", "audio", "image" };

static void lookup_in_root(fuse_req_t req, const char *name)
{
	struct mount *m = mount_of(req);

	for (int b = 0; b < BRANCH_IMAGE; b++) {
		if (strcmp(name, branches[b]) == 0) {
			node_ref(stage_root(m->stage, (enum branch)b));
			reply_node(req, stage_root(m->stage, (enum branch)b));
			return;
		}
	}
	if (strcmp(name, branches[BRANCH_IMAGE]) == 0)
		reply_image_directory(req);
	else
		view_lookup(req, VDIR_ROOT, name);
}

static void lookup_staged(fuse_req_t req, struct node *dir, const char *name)
{
	struct fuse_entry_param nothing = { .entry_timeout = FOREVER };
	struct node *n;

	if (stage_lookup(mount_of(req)->stage, dir, name, &n) == 0)
		reply_node(req, n);
	else
		fuse_reply_entry(req, &nothing); /* the kernel need not ask again */
}

static void lookup_in_image(fuse_req_t req, const char *name)
{
	struct stage *stage = mount_of(req)->stage;
	struct node *n;

	if (stage_lookup(stage, stage_root(stage, BRANCH_IMAGE), name, &n) == 0)
		reply_node(req, n);
	else
		view_lookup(req, VDIR_IMAGE, name);
}

void op_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	if (strlen(name) > NAME_MAX)
		fuse_reply_err(req, ENAMETOOLONG);
	else if (parent == INO_ROOT)
		lookup_in_root(req, name);
	else if (parent == INO_IMAGE)
		lookup_in_image(req, name);
	else
		lookup_staged(req, ino_node(parent), name);
}

static void forget(struct mount *m, fuse_ino_t ino, uint64_t nlookup)
{
	if (ino_is_view(ino))
		view_forget(m, ino_vnode(ino), nlookup);
	else if (ino_is_staged(ino))
		stage_forget(m->stage, ino_node(ino), nlookup);
}

void op_forget(fuse_req_t req, fuse_ino_t ino, uint64_t nlookup)
{
	forget(mount_of(req), ino, nlookup);
	fuse_reply_none(req);
}

void op_forget_multi(fuse_req_t req, size_t count, struct fuse_forget_data *forgets)
{
	for (size_t i = 0; i < count; i++)
		forget(mount_of(req), forgets[i].ino, forgets[i].nlookup);
	fuse_reply_none(req);
}

/* ---- names come and go ---- */

void op_mknod(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t rdev)
{
	struct node *dir = taking(req, parent, name), *n = NULL;

	(void)rdev;
	if (dir)
		reply_made(req,
			   stage_mknod(mount_of(req)->stage, dir, name, mode, cred_of(req), &n),
			   &n);
}

void op_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
	struct node *dir = taking(req, parent, name), *n = NULL;

	if (dir)
		reply_made(req,
			   stage_mkdir(mount_of(req)->stage, dir, name, mode, cred_of(req), &n),
			   &n);
}

void op_symlink(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
	struct node *dir = taking(req, parent, name), *n = NULL;

	if (dir)
		reply_made(req,
			   stage_symlink(mount_of(req)->stage, dir, name, target, cred_of(req), &n),
			   &n);
}

static void reply_linked(fuse_req_t req, struct node *n, int judged)
{
	(void)judged;
	reply_node(req, n);
}

void op_link(fuse_req_t req, fuse_ino_t ino, fuse_ino_t newparent, const char *newname)
{
	struct node *dir = taking(req, newparent, newname), *n = ino_node(ino);
	int r;

	if (!dir)
		return;
	r = ino_is_staged(ino) ? stage_link(mount_of(req)->stage, n, dir, newname) : -EXDEV;
	if (r > 0)
		reply_judged(req, n, A_MOMENT, reply_linked);
	else
		reply_made(req, r, &n);
}

void op_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct node *dir = changeable(req, parent);

	if (dir)
		fuse_reply_err(req, -not_staged(req, parent, name,
						stage_unlink(mount_of(req)->stage, dir, name)));
}

void op_rmdir(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct node *dir = changeable(req, parent);

	if (dir)
		fuse_reply_err(req, -stage_rmdir(mount_of(req)->stage, dir, name));
}

static void reply_renamed(fuse_req_t req, struct node *n, int judged)
{
	(void)n;
	(void)judged;
	fuse_reply_err(req, 0);
}

void op_rename(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t newparent,
	       const char *newname, unsigned flags)
{
	struct node *from = changeable(req, parent), *to;
	int r;

	if (!from)
		return;
	to = taking(req, newparent, newname);
	if (!to)
		return;
	r = stage_rename(mount_of(req)->stage, from, name, to, newname, flags);
	if (r > 0)
		reply_judged(req, NULL, A_MOMENT, reply_renamed);
	else
		fuse_reply_err(req, -not_staged(req, parent, name, r));
}

void op_readlink(fuse_req_t req, fuse_ino_t ino)
{
	char target[SIZE_LINK_MAX + 1];
	int r = ino_is_staged(ino) ? stage_readlink(mount_of(req)->stage, ino_node(ino), target,
						    sizeof(target)) : -EINVAL;

	if (r < 0)
		fuse_reply_err(req, -r);
	else
		fuse_reply_readlink(req, target);
}

/* ---- listings ---- */

/* A reply to readdir in the making. */
struct listing {
	fuse_req_t req;
	struct mount *mount;
	char *buf;
	size_t used, size;
	off_t staged;              /* before the cookies of staged names */
	bool plus;
};

/*
 * The cookies of "." and ".."; those of names follow. In image/ the staged names come behind the
 * views.
 */
enum { COOKIE_DOT = 1, COOKIE_DOTDOT = 2, COOKIE_STAGED_IMAGE = 64 };

static bool add(struct listing *l, const char *name, const struct fuse_entry_param *e, off_t cookie)
{
	char *to = l->buf + l->used;
	size_t left = l->size - l->used, n;

	if (l->plus)
		n = fuse_add_direntry_plus(l->req, to, left, name, e, cookie);
	else
		n = fuse_add_direntry(l->req, to, left, name, &e->attr, cookie);
	if (n > left)
		return false;
	l->used += n;
	return true;
}

/* A name that the kernel learns nothing of but its type. */
static bool add_plain(struct listing *l, const char *name, uint64_t ino, mode_t type, off_t cookie)
{
	struct fuse_entry_param e = { .attr = { .st_ino = ino, .st_mode = type } };

	return add(l, name, &e, cookie);
}

static bool add_staged(void *data, const char *name, struct node *n, const struct stat *st,
		       uint64_t next)
{
	struct listing *l = data;
	struct fuse_entry_param e = { .attr = *st };

	if (l->plus) {
		e.ino = node_ino(n);
		e.attr_timeout = e.entry_timeout = FOREVER;
	}
	if (!add(l, name, &e, (off_t)next + l->staged))
		return false;
	if (l->plus)
		node_ref(n);
	return true;
}

/* What stat(2) says of the directory and of the one that it is in. */
static bool list_dots(struct listing *l, fuse_ino_t ino, off_t off)
{
	uint64_t self = ino, parent = 0;

	if (ino_is_staged(ino))
		stage_dots(l->mount->stage, ino_node(ino), &self, &parent);
	return (off >= COOKIE_DOT || add_plain(l, ".", self, S_IFDIR, COOKIE_DOT)) &&
	       (off >= COOKIE_DOTDOT ||
		add_plain(l, "..", parent ? parent : INO_ROOT, S_IFDIR, COOKIE_DOTDOT));
}

/* The @at-th directory in the root; behind the last one false. */
static bool root_directory(struct mount *m, size_t at, const char **name, uint64_t *ino)
{
	struct stat st;

	if (at >= BRANCHES)
		return false;
	stage_getattr(m->stage, stage_root(m->stage, (enum branch)at), &st);
	*name = branches[at];
	*ino = at == BRANCH_IMAGE ? INO_IMAGE : st.st_ino;
	return true;
}

/* A staged file of the name is there instead. */
static bool is_hidden(struct mount *m, fuse_ino_t ino, const struct vfile *f)
{
	struct node *dir = ino_directory(m, ino), *n;

	if (!dir || stage_lookup(m->stage, dir, f->name, &n) < 0)
		return false;
	stage_forget(m->stage, n, 1);
	return true;
}

/* False when the reply is full. */
static bool list_virtual(struct listing *l, fuse_ino_t ino, off_t off)
{
	size_t ndirs = ino == INO_ROOT ? BRANCHES : 0;
	size_t at = (size_t)(off > COOKIE_DOTDOT ? off - COOKIE_DOTDOT : 0), row;
	const struct vfile *f;
	const char *name;
	uint64_t number;

	for (; at < ndirs && root_directory(l->mount, at, &name, &number); at++)
		if (!add_plain(l, name, number, S_IFDIR, (off_t)at + 1 + COOKIE_DOTDOT))
			return false;
	row = at - ndirs;
	while ((f = vfile_next(l->mount->session, ino == INO_ROOT ? VDIR_ROOT : VDIR_IMAGE, &row)))
		if (!is_hidden(l->mount, ino, f) &&
		    !add_plain(l, f->name, vfile_ino(f), S_IFREG,
			       (off_t)(row + ndirs) + COOKIE_DOTDOT))
			return false;
	return true;
}

static void list_staged(struct listing *l, struct node *dir, off_t off)
{
	stage_list(l->mount->stage, dir, off > l->staged ? (uint64_t)(off - l->staged) : 0,
		   add_staged, l);
}

/* All but "." and "..". */
static void list_names(struct listing *l, fuse_ino_t ino, off_t off)
{
	struct node *dir = ino_directory(l->mount, ino);
	bool views = !ino_is_staged(ino) && off < COOKIE_STAGED_IMAGE;

	l->staged = ino == INO_IMAGE ? COOKIE_STAGED_IMAGE : COOKIE_DOTDOT;
	if (views && !list_virtual(l, ino, off))
		return;
	if (dir)
		list_staged(l, dir, off);
}

static void list(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, bool plus)
{
	struct mount *m = mount_of(req);
	struct listing l = { .req = req, .mount = m, .size = size, .plus = plus };

	l.buf = malloc(size);
	if (!l.buf) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	if (list_dots(&l, ino, off))
		list_names(&l, ino, off);
	fuse_reply_buf(req, l.buf, l.used);
	free(l.buf);
}

void op_readdir(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)fi;
	list(req, ino, size, off, false);
}

void op_readdirplus(fuse_req_t req, fuse_ino_t ino, size_t size, off_t off,
		    struct fuse_file_info *fi)
{
	(void)fi;
	list(req, ino, size, off, true);
}

void op_opendir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct mount *m = mount_of(req);
	struct node *dir = ino_directory(m, ino);

	if (dir)
		stage_opendir(m->stage, dir);
	/* Views come and go. */
	fi->cache_readdir = ino_is_staged(ino);
	fi->keep_cache = ino_is_staged(ino);
	fuse_reply_open(req, fi);
}

void op_releasedir(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi)
{
	struct mount *m = mount_of(req);
	struct node *dir = ino_directory(m, ino);

	(void)fi;
	if (dir)
		stage_closedir(m->stage, dir);
	fuse_reply_err(req, 0);
}

void op_fsyncdir(fuse_req_t req, fuse_ino_t ino, int datasync, struct fuse_file_info *fi)
{
	struct mount *m = mount_of(req);
	struct node *dir = ino_directory(m, ino);

	(void)datasync;
	(void)fi;
	fuse_reply_err(req, dir ? -stage_fsyncdir(m->stage, dir) : 0);
}
