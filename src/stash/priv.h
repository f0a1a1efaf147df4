/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the stash share: stash/stash.c (opening and closing), stash/reach.c (the
 * calls), stash/mark.c (who has it), stash/way.c and stash/place.c (where it is), stash/attr.c
 * (attributes; stash/attr_old.c: as earlier versions kept them), stash/id.c (which object it is),
 * stash/xattr.c (extended attributes), stash/walk.c (taking up and deleting trees).
 */
#ifndef BURNFS_STASH_PRIV_H
#define BURNFS_STASH_PRIV_H

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdatomic.h>

#include "stash/stash.h"

#define STASH_MARK     "burnfs.stash"
#define STASH_LOG      "attributes"
#define STASH_LOG_NEW  "attributes.new"
#define STASH_NOTE     "note"
#define STASH_NOTE_NEW "note.new"
#define STASH_NOTE_FORMER "image" /* which is a branch now */
#define STASH_GONE     "gone"
#define STASH_XATTRS   "xattrs"

enum {
	STASH_PLACE = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	STASH_LIST = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
};

/* On disk, in the machine's own byte order: one from another machine fails its check. */
struct stash_record {
	struct stash_attr attr;
	uint32_t kind;
	_Alignas(8) uint64_t check; /* of all that is before it */
};

/* See stash/attr.c. */
struct stash_log {
	pthread_mutex_t lock;      /* guards all that follows; room may be read without */
	int fd;
	atomic_uint_least64_t room; /* slots in the file */
	struct slot *slots;        /* the first of them, up to the last that was ever used */
	uint32_t n, cap;
	uint32_t used;
	uint32_t free;             /* the first of those that are free, or 0 */
	uint32_t *buckets;         /* by inode number: the first slot of a chain, or 0 */
	uint32_t nbuckets;
};

struct kept_object {
	uint64_t ino;
	bool wanted;
};

/* See stash/xattr.c. */
struct stash_xattrs {
	pthread_mutex_t lock;      /* of changes */
	atomic_uint objects;       /* that have attributes beside them */
	atomic_bool unsynced;
	struct kept_object *found; /* when the stash was opened, by inode number; until it is
				      settled */
	size_t nfound;
};

struct stash {
	int dir;                   /* the directory */
	int mark;                  /* its mark, flock'ed */
	dev_t dev;
	ino_t ino;
	bool made;                 /* the directory is burnfs's own, and goes with the stash */
	char *path, *mountpoint;
	bool handles;              /* file handles last: see stash_has_handles() */
	struct stash_log log;
	struct stash_xattrs xattrs;

	/* The thread that deletes what was moved aside: see stash_sweep_behind(). */
	pthread_t sweeper;
	bool has_sweeper;          /* to be joined; the caller's of stash_sweep_behind(), by
				      sweep_lock */
	atomic_bool sweep_stop;    /* deleting is to end, wherever it is */
	pthread_mutex_t sweep_lock;
	pthread_cond_t swept;      /* sweeping has become false */
	bool (*sweep_first)(void *data); /* see stash_sweep_first() */
	void *sweep_data;
	bool sweeping, sweep_again; /* by sweep_lock: the thread is at it, and shall look once
				       more */
};

/*
 * stash/way.c: the directory at an absolute path, opened for reading, after what is missing of it
 * was made; @made: the last of it was. Links are followed as stash_open() says. -errno, -EAGAIN if
 * it was taken away meanwhile; and a sentence only about a link that is not followed.
 */
int stash_go(const char *path, bool *made, struct err *);

/* stash/mark.c: take the directory at s->path and its lock, as stash_open() says. */
int stash_take(struct stash *, struct err *);
/* Say "free" in the mark, and free the lock; the descriptors stay open. */
void stash_let_go(struct stash *);
/* Take the lock again if nobody has it and the path still leads here. */
bool stash_retake(struct stash *);
/*
 * Whether the directory has entries that are not burnfs's own; lost+found of a volume's root is
 * none.
 */
bool stash_has_foreign(const struct stash *);

/* stash/attr.c */
int stash_log_open(struct stash *, struct err *);
void stash_log_close(struct stash *);

/*
 * stash/attr_old.c: the records of a log that an earlier version wrote in the directory @dir, one
 * for each object, to be freed. -ENOENT: it is no such log.
 */
int stash_old_log(int fd, const struct stash_id *dir, struct stash_record **, size_t *n);

/* stash/xattr.c */
int stash_xattr_open(struct stash *);
void stash_xattr_close(struct stash *);
int stash_xattr_sync(struct stash *);
void stash_xattr_settle(struct stash *);

/* stash/id.c */
uint64_t stash_hash(const void *bytes, size_t len);
/* Whether file handles are the same after another mount. */
bool stash_has_handles(const struct stash *);
/* @path "": of the descriptor itself. */
int stash_identify_at(const struct stash *, int at, const char *path, struct stash_id *);
/* Whether the object that was @found is the one that was @kept. */
bool stash_is_same(const struct stash_id *kept, const struct stash_id *found);

/* stash/note.c: a note that lies where a branch is to be gets the name that notes have now. */
void stash_note_adopt(struct stash *);

/* stash/walk.c: rename a branch into gone/. */
int stash_move_aside(struct stash *, const char *branch);

/*
 * stash/reach.c: the directory from which @path, of any length, can be reached by one call, and the
 * rest of the path from there. stash_leave() gives it back and makes of a system call's result
 * -errno.
 */
struct stash_place {
	int dir;
	const char *path;
};
int stash_reach(const struct stash *, const char *path, struct stash_place *);
int stash_leave(const struct stash *, struct stash_place *, int result);

#endif
