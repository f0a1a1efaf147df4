/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: what is to be on the disc. It joins the tree (names in memory) and the stash (bytes on
 * disk) so that a change is one system call on the stash and one step in the tree, and it decides
 * what may be changed: not while a job has frozen it, not beyond the disc's capacity, no name that
 * the disc could not carry. No FUSE types: the mount, the unit tests and the fuzzers drive it
 * alike.
 *
 * Every function here takes the locks itself. Returns are >= 0 or -errno.
 *
 * Locks: doc/design.md has their order. The gate is held for reading by everything that builds a
 * path into the stash, and for writing by rename, by clearing and by freezing, so that no path
 * changes under a system call that uses it. Nothing is called under the tree's lock but the tree,
 * and the stash's log of attributes; and it is held for no more than some hundred names.
 */
#ifndef BURNFS_STAGE_H
#define BURNFS_STAGE_H

#include <sys/statvfs.h>
#include <sys/types.h>

#include "base/event.h"
#include "base/util.h"
#include "config/settings.h"
#include "tree/recorded.h"
#include "tree/snapshot.h"
#include "tree/tracks.h"

struct stage;
struct handle;  /* an open file */
struct stash;

/* On a data disc, its root among them: path tables number them with 16 bits (ECMA-119 9.4.4). */
enum { DIRECTORIES_MAX = 65535 };

/* Who does it, for what is created. */
struct cred {
	uid_t uid;
	gid_t gid;
};

struct stage_info {
	struct tree_counts counts[BRANCHES];
	uint64_t data_blocks;      /* exact: what a burn of the data writes */
	bool added;                /* to a disc that holds something: an image by itself is another
				      one */
	uint64_t joliet_renamed;
	uint64_t generation;
};

/*
 * Take up the stash of @settings: what an earlier mount left is staged again. @found: how many
 * files and directories that was. The stage owns the stash from now on, also when this fails.
 */
int stage_new(struct stage **out, struct stash *, const struct settings *, struct events *,
	      uint64_t *found, struct err *);
/* Closes all handles and the stash; what is staged stays in it. */
void stage_free(struct stage *);
/* The same, but the stash stays open and is the caller's. */
struct stash *stage_release(struct stage *);
struct stash *stage_stash(struct stage *);

/* Called for each name that clearing took away at the top of a branch; no lock held. */
void stage_observe_removals(struct stage *,
			    void (*removed)(void *data, struct node *dir, const char *),
			    void *data);
/* Called when a change was refused, with the sentence; from any thread, no lock held. */
void stage_observe_refusals(struct stage *, void (*refused)(void *data, const struct err *),
			    void *data);

/*
 * Capacity, gap, strictness or what is excluded have changed: also makes images opened before
 * stale.
 */
void stage_apply(struct stage *, const struct settings *);

struct node *stage_root(struct stage *, enum branch);
void stage_info(struct stage *, struct stage_info *);
/* Up to @most names that the setting exclude keeps off the disc; returns how many. */
unsigned stage_excluded_names(struct stage *, char (*names)[256], unsigned most);
/* Goes up with every change, before the stash is touched. Never 0. */
uint64_t stage_generation(struct stage *);
/* The generation of a branch's last change; 0 while nothing was changed since the mount. */
uint64_t stage_changed(struct stage *, enum branch);
/* What is staged in a branch, as far as unmounting must know it. */
struct stage_left {
	bool recordable;           /* there are names that a disc gets */
	bool strewn;               /* names that none gets, and the default of exclude matches:
				      nobody's work */
	bool missed;               /* others that no disc gets: of a pattern of the user's, or no
				      sound in audio/ */
};
/* O(names). */
void stage_left(struct stage *, enum branch, struct stage_left *);
/* The audio branch as tracks, to be freed with tracks_free(); the nodes in it must not be used. */
int stage_tracks(struct stage *, struct track_list *);
/*
 * How many characters of the titles CD-TEXT cannot say; @settings: the disc's where it has no own.
 */
unsigned stage_titles_replaced(struct stage *, const struct settings *);

/* ---- names ---- a node that is handed out has one more lookup; stage_forget() gives it back */
int stage_lookup(struct stage *, struct node *dir, const char *name, struct node **out);
void stage_forget(struct stage *, struct node *, uint64_t nlookup);
int stage_mkdir(struct stage *, struct node *dir, const char *name, mode_t, struct cred,
		struct node **out);
/* A regular file, a fifo or a socket; anything else is -EPERM. */
int stage_mknod(struct stage *, struct node *dir, const char *name, mode_t, struct cred,
		struct node **out);
int stage_symlink(struct stage *, struct node *dir, const char *name, const char *target,
		  struct cred, struct node **out);
int stage_link(struct stage *, struct node *, struct node *dir, const char *name);
int stage_unlink(struct stage *, struct node *dir, const char *name);
int stage_rmdir(struct stage *, struct node *dir, const char *name);
/* @flags: RENAME_NOREPLACE, RENAME_EXCHANGE. Between branches -EXDEV. */
int stage_rename(struct stage *, struct node *dir, const char *name, struct node *newdir,
		 const char *newname, unsigned flags);
/* Copies the target with its NUL: -ERANGE when it does not fit. */
int stage_readlink(struct stage *, struct node *, char *buf, size_t len);
/*
 * Remove everything in a branch: -EBUSY while a job runs or a file in it is open for writing, as
 * stage_freeze().
 */
struct stage_patience;
int stage_clear(struct stage *, enum branch, const struct stage_patience *, struct err *);

/* ---- directories ---- */
void stage_opendir(struct stage *, struct node *dir);
void stage_closedir(struct stage *, struct node *dir);
/*
 * The inode numbers of a directory and of the one that it is in; 0 above a branch, and of one that
 * was removed.
 */
void stage_dots(struct stage *, const struct node *dir, uint64_t *self, uint64_t *parent);
/*
 * List names from cookie @from on: @fill gets a borrowed name, its node's attributes and the cookie
 * behind it, and returns false when its buffer is full. It runs with the tree locked for reading:
 * it must call nothing of the stage's but node_ref(). "." is no part of the list.
 */
void stage_list(struct stage *, struct node *dir, uint64_t from,
		bool (*fill)(void *data, const char *name, struct node *, const struct stat *,
			     uint64_t next),
		void *data);

/* ---- attributes ---- */
void stage_getattr(struct stage *, struct node *, struct stat *);
enum stage_set {
	SET_MODE = 1 << 0, SET_UID = 1 << 1, SET_GID = 1 << 2, SET_SIZE = 1 << 3,
	SET_ATIME = 1 << 4, SET_MTIME = 1 << 5
};
/* Set what @which names and return the attributes then. @handle: the caller's open file or NULL. */
int stage_setattr(struct stage *, struct node *, struct handle *, const struct stat *,
		  unsigned which, struct stat *out);
/*
 * Take set-uid and set-gid bits away, as before a write of somebody without CAP_FSETID: 1 if there
 * were any, or -errno. A set-gid bit without the group's x is none.
 */
int stage_drop_set_id(struct handle *);
int stage_setxattr(struct stage *, struct node *, const char *name, const void *value, size_t len,
		   int flags);
/* As getxattr(2) and listxattr(2): with @len 0 the size that is needed. */
ssize_t stage_getxattr(struct stage *, struct node *, const char *name, void *value, size_t len);
ssize_t stage_listxattr(struct stage *, struct node *, char *list, size_t len);
int stage_removexattr(struct stage *, struct node *, const char *name);

/*
 * ---- content ---- @flags as for open(2); O_CREAT is the caller's affair. -EAGAIN: what is opened
 * for writing has to wait for stage_await_turn(), which must not hold anybody up.
 */
int stage_create(struct stage *, struct node *dir, const char *name, mode_t, int flags, struct cred,
		 struct node **out, struct handle **);
int stage_open(struct stage *, struct node *, int flags, struct handle **);
void stage_close(struct handle *);
/* close(2) of one descriptor: the content counts as written, an audio track is to be judged. */
int stage_flush(struct handle *);
int stage_fsync(struct handle *, bool data_only);
int stage_fsyncdir(struct stage *, struct node *dir);
ssize_t stage_read(struct handle *, void *buf, size_t len, off_t);
ssize_t stage_write(struct handle *, const void *buf, size_t len, off_t);
int stage_fallocate(struct handle *, int mode, off_t, off_t len);
off_t stage_lseek(struct handle *, off_t, int whence);
ssize_t stage_copy(struct handle *in, off_t in_off, struct handle *out, off_t out_off, size_t len);
/* As stage_open() was given them. */
int stage_open_flags(const struct handle *);
/*
 * The handle may bypass the kernel's page cache: it only writes and nobody else has the file open.
 */
bool stage_direct(const struct handle *);
/* Whether pages that the kernel kept from earlier opens are still right. */
bool stage_pages_valid(const struct handle *);

/*
 * ---- judging sound ---- what was written, or has another name, is judged by threads of the
 * stage's own: it may take long. Where that goes on stage_flush(), stage_link(), stage_rename() and
 * stage_setattr() return 1.
 */
struct stage_waiter {
	bool interrupted;
};
#define JUDGED_AT_LAST (365 * 86400.0)
/*
 * Wait up to @patience seconds until a file, or with NULL all, that were to be judged before this
 * call are. 0, or what is wrong with the file: -EINVAL, -ENOSPC. The file is not looked at when it
 * is -EINTR, since the waiter was interrupted or nothing is judged any more, or -ETIMEDOUT.
 */
int stage_judged(struct stage *, struct node *, struct stage_waiter *, double patience);
/*
 * End that wait, or that of stage_await_turn(). From any thread, at any time before it has
 * returned.
 */
void stage_interrupt(struct stage *, struct stage_waiter *);
/*
 * Judge no more: what is not judged the next mount judges. The waits end. Returns when no thread is
 * at it.
 */
void stage_end_judging(struct stage *);

/*
 * ---- space ---- blocks of the branch's own kind; a disc that has no room left has a total of 1,
 * and 0 free
 */
struct stage_space {
	uint64_t total, used, free;
	uint32_t block_size;
};
void stage_space(struct stage *, enum branch, struct stage_space *);
/* A name at the top of data/, and blocks of the content of all that is in it. */
struct stage_top {
	char name[256];
	bool directory;
	uint64_t blocks;
};
enum { STAGE_TOPS = 8 };
struct stage_tops {
	struct stage_top top[STAGE_TOPS];  /* the largest, largest first */
	unsigned n;
	uint64_t names;                    /* how many there are at the top in all */
};
/* O(names), but only after data/ has changed. */
void stage_tops(struct stage *, struct stage_tops *);
/*
 * What the disc in the drive takes, of each branch in its blocks; BLOCKS_UNKNOWN: the settings
 * count. What it holds already, and the data are added to, gets another reference; NULL: nothing.
 */
void stage_set_medium(struct stage *, uint64_t data_blocks, uint64_t audio_blocks,
		      struct recorded *);

/* ---- jobs ---- */
/* How long to wait until nobody writes. The functions are called with no lock held. */
struct stage_patience {
	double closed;             /* seconds for files that are closed, which the kernel lets go of
				      soon after */
	double open;               /* seconds for those that are open for writing */
	bool (*ended)(void *data); /* whether to wait no longer; asked again after stage_wake(). May
				      be NULL */
	/*
	 * Told each file that is waited for, or that is why it was refused, "data/a/b"; or "": none
	 * is. May be NULL.
	 */
	void (*waits)(void *data, const char *path);
	void *data;
};
/*
 * Stop all changes (-EBUSY for whoever tries) until stage_thaw(). Fails with -EBUSY and a sentence
 * naming the file when one is still open for writing after that time, and with -ECANCELED, without
 * one, when it ended. While it waits for open files no more are opened for writing.
 */
int stage_freeze(struct stage *, const struct stage_patience *, struct err *);
void stage_thaw(struct stage *);
/* Let who waits in stage_freeze() ask whether that has ended. */
void stage_wake(struct stage *);

/*
 * Someone who is to open a file for writing waits until a freeze that waits for writers was given
 * up, or what it was for is over; no longer than the freeze may wait. 0: try again, which may be
 * -EBUSY now; -EINTR.
 */
int stage_await_turn(struct stage *, struct stage_waiter *);

/* ---- for layouts ---- */
/*
 * Hold the tree still for a short look; meanwhile call nothing of the stage's but
 * stage_generation() and what is below, up to stage_disc_titles().
 */
const struct tree *stage_tree_hold(struct stage *);
/*
 * The same, and begin a snapshot of it: that is read without holding the tree, for as long as it
 * takes.
 */
const struct tree *stage_tree_snapshot(struct stage *, struct snapshot *);
void stage_tree_release(struct stage *);
/* Which disc the staged data are added to: struct recorded's disc, or 0. */
uint64_t stage_disc(struct stage *);
/* What they are added to, or NULL; borrowed, while the tree is held. */
struct recorded *stage_recorded(struct stage *);
/* What the attributes of audio/ say of the disc, while the tree is held. */
const struct titles *stage_disc_titles(struct stage *);
/*
 * Open a staged file for reading while @generation is still the stage's: -ESTALE once it is not.
 * The node need not be held: at that generation it exists. The descriptor is the caller's.
 */
int stage_open_at(struct stage *, const struct node *, uint64_t generation);
/* The path of such a node within the mount ("data/a/b"), for messages; "?" when it is stale. */
void stage_path_at(struct stage *, const struct node *, uint64_t generation, char *buf, size_t len);

#endif
