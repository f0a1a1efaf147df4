/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual files' operations. Every lookup makes a node of its own: so its size is that of its
 * text, and a writer to control who waits for a job keeps no other writer out (the kernel locks a
 * node while it is written to).
 */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "fuse/priv.h"

struct vnode {
	struct vnode *next, *prev;
	struct view *view;
	uint64_t nlookup;
	struct vhandle *handles;
};

/* An open virtual file. */
struct vhandle {
	struct vhandle *next;
	struct vnode *vnode;
	int failed;                 /* -errno of the first write that failed: all later ones fail,
				       too */
	bool of_master;             /* opened by one who may name paths */
	atomic_uint_fast64_t read;  /* how far it was read, for poll(2) */
};

static struct vhandle *vhandle_of(const struct fuse_file_info *fi)
{
	return (struct vhandle *)(uintptr_t)fi->fh;
}

static enum vkind kind_of(const struct vnode *v)
{
	return view_file(v->view)->kind;
}

/*
 * Who may burn can have all that is staged; for others what is in image/ must be no way to bytes,
 * names and titles that they cannot read in data/ and audio/.
 */
static void vnode_stat(struct mount *m, const struct vnode *v, struct stat *st)
{
	bool image = view_file(v->view)->dir == VDIR_IMAGE, control = kind_of(v) == VFILE_CONTROL;

	view_stat(v->view, st);
	st->st_uid = m->uid;
	st->st_gid = m->gid;
	if (image && m->others)
		st->st_mode &= ~(mode_t)(S_IRWXG | S_IRWXO);
	if (m->control_group == NO_GROUP || (!image && !control))
		return;
	st->st_gid = m->control_group;
	st->st_mode |= image ? S_IRGRP : S_IRGRP | S_IWGRP;
}

/* A log grows, and an image ends with a change of the stage; a text stays what it is. */
static double attr_timeout(const struct vnode *v)
{
	return kind_of(v) == VFILE_LOG ? 0 : FOREVER;
}

/* ---- lookup and forget ---- */

static int vnode_new(struct mount *m, const struct vfile *f, struct vnode **out)
{
	struct vnode *v = calloc(1, sizeof(*v));
	int r = v ? view_new(&v->view, m->session, f) : -ENOMEM;

	if (r < 0) {
		free(v);
		return r;
	}
	v->nlookup = 1;
	pthread_mutex_lock(&m->lock);
	v->next = m->vnodes;
	if (v->next)
		v->next->prev = v;
	m->vnodes = v;
	pthread_mutex_unlock(&m->lock);
	*out = v;
	return 0;
}

void view_forget(struct mount *m, struct vnode *v, uint64_t nlookup)
{
	bool gone;

	pthread_mutex_lock(&m->lock);
	v->nlookup -= nlookup;
	gone = v->nlookup == 0;
	if (gone) {
		if (v->prev)
			v->prev->next = v->next;
		else
			m->vnodes = v->next;
		if (v->next)
			v->next->prev = v->prev;
	}
	pthread_mutex_unlock(&m->lock);
	if (gone) {
		/* There are handles left only where a connection broke. */
		for (struct vhandle *h = v->handles, *next; h; h = next) {
			next = h->next;
			free(h);
		}
		view_free(v->view);
		free(v);
	}
}

void views_free(struct mount *m)
{
	while (m->vnodes)
		view_forget(m, m->vnodes, m->vnodes->nlookup);
}

void view_lookup(fuse_req_t req, enum vdir dir, const char *name)
{
	struct mount *m = mount_of(req);
	const struct vfile *f = vfile_find(m->session, dir, name);
	struct fuse_entry_param e = { .entry_timeout = 0 };
	struct vnode *v;
	int r = f ? vnode_new(m, f, &v) : -ENOENT;

	if (r < 0) {
		fuse_reply_err(req, -r);
		return;
	}
	e.ino = (fuse_ino_t)(uintptr_t)v | INO_VIEW;
	e.attr_timeout = attr_timeout(v);
	vnode_stat(m, v, &e.attr);
	if (fuse_reply_entry(req, &e) < 0)
		view_forget(m, v, 1);
}

/* ---- attributes ---- */

void view_getattr(fuse_req_t req, struct vnode *v)
{
	struct stat st;

	vnode_stat(mount_of(req), v, &st);
	fuse_reply_attr(req, &st, attr_timeout(v));
}

void view_setattr(fuse_req_t req, struct vnode *v, int which)
{
	int harmless = FUSE_SET_ATTR_SIZE | FUSE_SET_ATTR_ATIME | FUSE_SET_ATTR_MTIME |
		       FUSE_SET_ATTR_ATIME_NOW | FUSE_SET_ATTR_MTIME_NOW | FUSE_SET_ATTR_CTIME;

	/* A shell's ">" truncates before it writes. */
	if (kind_of(v) != VFILE_CONTROL || (which & ~harmless))
		fuse_reply_err(req, EPERM);
	else
		view_getattr(req, v);
}

/* ---- opening ---- */

static void vhandle_join(struct mount *m, struct vhandle *h)
{
	pthread_mutex_lock(&m->lock);
	h->next = h->vnode->handles;
	h->vnode->handles = h;
	pthread_mutex_unlock(&m->lock);
}

static void vhandle_leave(struct mount *m, struct vhandle *h)
{
	struct vhandle **p = &h->vnode->handles;

	pthread_mutex_lock(&m->lock);
	while (*p != h)
		p = &(*p)->next;
	*p = h->next;
	pthread_mutex_unlock(&m->lock);
	free(h);
}

/* Who may do more than burn. */
static bool is_master(const struct mount *m, uid_t uid)
{
	return uid == 0 || uid == m->uid;
}

struct opening {
	fuse_req_t req;
	struct vnode *vnode;
	struct fuse_file_info fi;
};

static void open_work(void *data)
{
	struct opening *o = data;
	struct vhandle *h = calloc(1, sizeof(*h));
	int r = h ? view_open(o->vnode->view) : -ENOMEM;

	if (r < 0) {
		free(h);
		fuse_reply_err(o->req, -r);
	} else {
		struct mount *m = mount_of(o->req);

		h->vnode = o->vnode;
		h->of_master = is_master(m, fuse_req_ctx(o->req)->uid);
		o->fi.fh = (uintptr_t)h;
		vhandle_join(m, h);
		if (fuse_reply_open(o->req, &o->fi) < 0) {
			view_close(o->vnode->view);
			vhandle_leave(m, h);
		}
	}
	free(o);
}

void view_open_reply(fuse_req_t req, struct vnode *v, struct fuse_file_info *fi)
{
	struct opening *o;
	int r = 0;

	if ((fi->flags & O_ACCMODE) != O_RDONLY && kind_of(v) != VFILE_CONTROL) {
		fuse_reply_err(req, EACCES);
		return;
	}
	/*
	 * Only texts may be cached: a log grows, and an image must fail once the stage has changed.
	 */
	fi->direct_io = kind_of(v) != VFILE_TEXT;
	fi->keep_cache = !fi->direct_io;
	o = malloc(sizeof(*o));
	if (!o) {
		fuse_reply_err(req, ENOMEM);
		return;
	}
	*o = (struct opening){ .req = req, .vnode = v, .fi = *fi };
	/* An image is laid out when it is opened: that may take seconds. */
	if (kind_of(v) == VFILE_IMAGE)
		r = task_start(mount_of(req), open_work, o);
	else
		open_work(o);
	if (r < 0) {
		free(o);
		fuse_reply_err(req, -r);
	}
}

void view_release(fuse_req_t req, struct fuse_file_info *fi)
{
	notifier_unpoll(mount_of(req), vhandle_of(fi));
	view_close(vhandle_of(fi)->vnode->view);
	vhandle_leave(mount_of(req), vhandle_of(fi));
	fuse_reply_err(req, 0);
}

/* ---- reading ---- */

void view_read_reply(fuse_req_t req, size_t len, off_t off, struct fuse_file_info *fi)
{
	struct vhandle *h = vhandle_of(fi);
	char *buf = malloc(len);
	ssize_t n = buf ? view_read(h->vnode->view, buf, len, (uint64_t)off) : -ENOMEM;

	if (n < 0) {
		fuse_reply_err(req, (int)-n);
	} else {
		atomic_store(&h->read, (uint64_t)off + (uint64_t)n);
		fuse_reply_buf(req, buf, (size_t)n);
	}
	free(buf);
}

void op_poll(fuse_req_t req, fuse_ino_t ino, struct fuse_file_info *fi, struct fuse_pollhandle *ph)
{
	struct vhandle *h = ino_is_view(ino) ? vhandle_of(fi) : NULL;
	unsigned ready = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM;

	/* Ask to be told first, then look: a line that comes between is not missed. */
	if (ph && h && kind_of(h->vnode) == VFILE_LOG)
		notifier_poll(mount_of(req), h, ph);
	else if (ph)
		fuse_pollhandle_destroy(ph);
	if (h && kind_of(h->vnode) == VFILE_LOG)
		ready = view_end(h->vnode->view) > atomic_load(&h->read) ? POLLIN | POLLRDNORM : 0;
	fuse_reply_poll(req, ready);
}

/* ---- writing to control ---- */

struct script {
	fuse_req_t req;
	struct mount *mount;
	struct vhandle *handle;
	struct waiter waiter;
	bool may_name_paths;
	size_t len;
	char text[];
};

/*
 * Whether a thread that is interrupted has a signal to see to that means something: a shell is
 * interrupted by each child that ends, and asked for the burn all the same. False when /proc does
 * not tell.
 */
static bool is_signalled(pid_t tid)
{
	static const int harmless[] = { SIGCHLD, SIGCONT, SIGURG, SIGWINCH };
	unsigned long long pending = 0, blocked = 0, set;
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "SigPnd: %llx", &set) == 1 ||
		    sscanf(line, "ShdPnd: %llx", &set) == 1)
			pending |= set;
		else if (sscanf(line, "SigBlk: %llx", &set) == 1)
			blocked = set;
	}
	fclose(f);
	for (size_t i = 0; i < ARRAY_SIZE(harmless); i++)
		blocked |= 1ULL << (harmless[i] - 1);
	return pending & ~blocked;
}

/* In the loop's thread, with the request's lock held: only mark and wake. */
static void script_interrupted(fuse_req_t req, void *data)
{
	struct script *s = data;

	session_interrupt(s->mount->session, &s->waiter, is_signalled(fuse_req_ctx(req)->pid));
}

static void script_run(struct script *s, bool in_task)
{
	struct control_caller caller = { .may_name_paths = s->may_name_paths,
					 .waiter = &s->waiter };
	struct err err = { 0 };
	int r;

	fuse_req_interrupt_func(s->req, script_interrupted, s);
	r = control_run(s->mount->session, s->text, s->len, &caller, &err);
	fuse_req_interrupt_func(s->req, NULL, NULL);
	if (in_task)
		notifier_settle(s->mount);
	s->handle->failed = r;
	if (r < 0)
		fuse_reply_err(s->req, -r);
	else
		fuse_reply_write(s->req, s->len);
	free(s);
}

static void script_work(void *data)
{
	script_run(data, true);
}

void view_write_reply(fuse_req_t req, const char *buf, size_t len, struct fuse_file_info *fi)
{
	struct mount *m = mount_of(req);
	struct vhandle *h = vhandle_of(fi);
	struct script *s;
	int r = h->failed;

	s = r == 0 ? malloc(sizeof(*s) + len) : NULL;
	if (r == 0 && !s)
		r = -ENOMEM;
	if (r == 0) {
		*s = (struct script){
			.req = req, .mount = m, .handle = h, .len = len,
			/*
			 * Others can have a set-uid program write what they like: to what they
			 * opened.
			 */
			.may_name_paths = h->of_master && is_master(m, fuse_req_ctx(req)->uid),
		};
		memcpy(s->text, buf, len);
		/*
		 * However many wait in tasks of theirs, there is room to cancel what they wait for.
		 */
		if (control_is_instant(buf, len))
			script_run(s, false);
		else
			r = task_start(m, script_work, s);
	}
	if (r < 0) {
		free(s);
		fuse_reply_err(req, -r);
	}
}
