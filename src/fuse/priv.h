/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this folder share: how the kernel's node numbers map to ours, and the threads
 * beside the loop.
 */
#ifndef BURNFS_FUSE_PRIV_H
#define BURNFS_FUSE_PRIV_H

#define FUSE_USE_VERSION FUSE_MAKE_VERSION(3, 12)
#include <fuse_lowlevel.h>
#include <pthread.h>

#include "base/event.h"
#include "base/util.h"
#include "files/control.h"
#include "files/vfile.h"
#include "fuse/mount.h"
#include "session/session.h"
#include "stage/stage.h"

struct vnode;
struct poller;
struct stale_name;

struct mount {
	struct fuse_session *se;
	struct session *session;
	struct stage *stage;
	uid_t uid;                     /* of the one who mounted */
	gid_t gid;
	gid_t control_group;           /* as in struct mount_options, and so is the next */
	bool others;
	struct timespec started;
	char mountpoint[PATH_MAX];
	bool mounted, single_thread;
	unsigned max_threads;
	void (*ready)(void *data);
	void *ready_data;

	pthread_mutex_t lock;          /* of all that follows; nothing is called under it */
	pthread_cond_t changed;
	struct vnode *vnodes;          /* views that the kernel knows */
	unsigned tasks;                /* threads that still owe a reply */
	struct poller *pollers;
	struct stale_name *stale;
	bool kicked, stopping;
	bool telling;                  /* the notifier is telling the kernel of stale names */
	pthread_t notifier;
};

static inline struct mount *mount_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

/*
 * A node number is 1 for the root, 2 for image/, the address of a staged node, or that of a vnode
 * with its lowest bit set. Addresses are aligned and never that small.
 */
enum { INO_ROOT = FUSE_ROOT_ID, INO_IMAGE = 2, INO_VIEW = 1 };

static inline bool ino_is_directory(fuse_ino_t ino) { return ino <= INO_IMAGE; }
static inline bool ino_is_view(fuse_ino_t ino)
{
	return (ino & INO_VIEW) && !ino_is_directory(ino);
}
static inline bool ino_is_staged(fuse_ino_t ino)
{
	return !(ino & INO_VIEW) && !ino_is_directory(ino);
}
static inline struct node *ino_node(fuse_ino_t ino) { return (struct node *)(uintptr_t)ino; }
static inline fuse_ino_t node_ino(const struct node *n) { return (fuse_ino_t)(uintptr_t)n; }
static inline struct vnode *ino_vnode(fuse_ino_t ino)
{
	return (struct vnode *)(uintptr_t)(ino & ~(fuse_ino_t)INO_VIEW);
}

/* We are the only ones who change the stage, and tell when we do so behind the kernel's back. */
static const double FOREVER = 365 * 86400.0;

static inline struct cred cred_of(fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);

	return (struct cred){ .uid = ctx->uid, .gid = ctx->gid };
}

/*
 * The staged directory behind a node number: image/ has views of its own beside what is staged in
 * it. NULL for the root and for files.
 */
static inline struct node *ino_directory(const struct mount *m, fuse_ino_t ino)
{
	if (ino == INO_IMAGE)
		return stage_root(m->stage, BRANCH_IMAGE);
	return ino_is_staged(ino) ? ino_node(ino) : NULL;
}

/* Attributes of the root and of image/. */
void directory_stat(struct mount *, fuse_ino_t, struct stat *);
/*
 * Reply an entry for a staged node that has been looked up; takes the lookup back if nobody gets
 * it.
 */
void reply_node(fuse_req_t req, struct node *);
/*
 * -EACCES: a directory of the mount's own takes no names. Where files go is told in stats and
 * events.
 */
int refuse_name(fuse_req_t req, const char *name);

/* ---- fuse/names.c ---- */
void op_lookup(fuse_req_t, fuse_ino_t parent, const char *name);
void op_forget(fuse_req_t, fuse_ino_t, uint64_t nlookup);
void op_forget_multi(fuse_req_t, size_t count, struct fuse_forget_data *);
void op_mknod(fuse_req_t, fuse_ino_t, const char *name, mode_t, dev_t);
void op_mkdir(fuse_req_t, fuse_ino_t, const char *name, mode_t);
void op_unlink(fuse_req_t, fuse_ino_t, const char *name);
void op_rmdir(fuse_req_t, fuse_ino_t, const char *name);
void op_symlink(fuse_req_t, const char *target, fuse_ino_t, const char *name);
void op_rename(fuse_req_t, fuse_ino_t, const char *name, fuse_ino_t newparent, const char *newname,
	       unsigned flags);
void op_link(fuse_req_t, fuse_ino_t, fuse_ino_t newparent, const char *newname);
void op_readlink(fuse_req_t, fuse_ino_t);
void op_opendir(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void op_readdir(fuse_req_t, fuse_ino_t, size_t, off_t, struct fuse_file_info *);
void op_readdirplus(fuse_req_t, fuse_ino_t, size_t, off_t, struct fuse_file_info *);
void op_releasedir(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void op_fsyncdir(fuse_req_t, fuse_ino_t, int datasync, struct fuse_file_info *);

/* ---- fuse/files.c ---- */
void op_getattr(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void op_setattr(fuse_req_t, fuse_ino_t, struct stat *, int which, struct fuse_file_info *);
void op_setxattr(fuse_req_t, fuse_ino_t, const char *name, const char *value, size_t, int flags);
void op_getxattr(fuse_req_t, fuse_ino_t, const char *name, size_t);
void op_listxattr(fuse_req_t, fuse_ino_t, size_t);
void op_removexattr(fuse_req_t, fuse_ino_t, const char *name);
void op_create(fuse_req_t, fuse_ino_t, const char *name, mode_t, struct fuse_file_info *);
void op_open(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void op_read(fuse_req_t, fuse_ino_t, size_t, off_t, struct fuse_file_info *);
void op_write(fuse_req_t, fuse_ino_t, const char *, size_t, off_t, struct fuse_file_info *);
void op_flush(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void op_release(fuse_req_t, fuse_ino_t, struct fuse_file_info *);
void op_fsync(fuse_req_t, fuse_ino_t, int datasync, struct fuse_file_info *);
void op_fallocate(fuse_req_t, fuse_ino_t, int mode, off_t, off_t len, struct fuse_file_info *);
void op_lseek(fuse_req_t, fuse_ino_t, off_t, int whence, struct fuse_file_info *);
void op_copy_file_range(fuse_req_t, fuse_ino_t, off_t, struct fuse_file_info *, fuse_ino_t, off_t,
			struct fuse_file_info *, size_t, int flags);
void op_statfs(fuse_req_t, fuse_ino_t);

/* ---- fuse/views.c: the virtual files ---- */
void view_lookup(fuse_req_t, enum vdir, const char *name);
void view_forget(struct mount *, struct vnode *, uint64_t nlookup);
void view_getattr(fuse_req_t, struct vnode *);
void view_setattr(fuse_req_t, struct vnode *, int which);
void view_open_reply(fuse_req_t, struct vnode *, struct fuse_file_info *);
void view_read_reply(fuse_req_t, size_t, off_t, struct fuse_file_info *);
void view_write_reply(fuse_req_t, const char *, size_t, struct fuse_file_info *);
void view_release(fuse_req_t, struct fuse_file_info *);
void op_poll(fuse_req_t, fuse_ino_t, struct fuse_file_info *, struct fuse_pollhandle *);
void views_free(struct mount *);

/* ---- fuse/threads.c: what runs beside the loop ---- */
/* Run @work in a thread of its own, which must reply. 0 or -EAGAIN: then the caller replies. */
int task_start(struct mount *, void (*work)(void *), void *data);
/* Until all tasks have replied. */
void tasks_wait(struct mount *);
/*
 * Reply when the stage has judged what it was about to judge: a node, or all with NULL; and after
 * @patience seconds in any case, while the judging goes on, for the kernel holds a directory as
 * long as a request that changes its names lasts. @reply gets @node and what stage_judged()
 * returns. An interrupted request is replied at once.
 */
void reply_judged(fuse_req_t, struct node *, double patience,
		  void (*reply)(fuse_req_t, struct node *, int r));
static const double A_MOMENT = 1;
/* The thread that tells the kernel what changed: its calls take locks that a request may hold. */
int notifier_start(struct mount *);
/*
 * While the loop runs, if it can be: a notification may wait for a lock that whoever holds it gives
 * back only when his request is answered. A second call does nothing.
 */
void notifier_stop(struct mount *);
/*
 * Until the kernel knows all names that are gone: until then it takes them for there. It may have
 * to wait for whoever lists the directory, and he takes his time if he likes: so two seconds at
 * most. Not for a thread of the loop, which may have to answer somebody for that to happen.
 */
void notifier_settle(struct mount *);
/* What nobody was told of. */
void notifier_free(struct mount *);
/* @who polls, once more perhaps; the handle is taken over. */
int notifier_poll(struct mount *, const void *who, struct fuse_pollhandle *);
void notifier_unpoll(struct mount *, const void *who);
/* A line has come (an events observer). */
void notifier_kick(void *mount);
/* A name is gone that the kernel may know (a removals observer). */
void notifier_removed(void *mount, struct node *dir, const char *name);
/* The attributes of a staged file are no longer what the kernel knows. */
static inline void notifier_attributes(struct mount *m, struct node *n)
{
	notifier_removed(m, n, "");
}

#endif
