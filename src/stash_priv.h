/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the stash share: stash.c (the calls, opening and closing), stash_mark.c (who
 * has it), stash_attr.c (the log of attributes), stash_walk.c (taking up and deleting trees).
 */
#ifndef BURNFS_STASH_PRIV_H
#define BURNFS_STASH_PRIV_H

#include <fcntl.h>
#include <pthread.h>

#include "stash.h"

#define STASH_MARK     "burnfs.stash"
#define STASH_LOG      "attributes"
#define STASH_LOG_NEW  "attributes.new"
#define STASH_NOTE     "image"
#define STASH_NOTE_NEW "image.new"
#define STASH_GONE     "gone"

enum {
	STASH_PLACE = O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
	STASH_LIST = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
};

/*
 * The log's entries as they were when the stash was opened: sorted by ino, until they are settled.
 */
struct stash_log {
	pthread_mutex_t lock;      /* guards end */
	int fd;
	uint64_t end;              /* where the next record goes */
	uint64_t records;          /* in the file when it was opened */
	struct log_entry *entries;
	size_t n, cap;
};

struct stash {
	int dir;                   /* the directory */
	int mark;                  /* its mark, flock'ed */
	dev_t dev;
	ino_t ino;
	bool made;                 /* the directory is burnfs's own, and goes with the stash */
	char *path, *mountpoint;
	struct stash_log log;
};

/* stash_mark.c: take the directory at s->path and its lock, as stash_open() says. */
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

/* stash_attr.c */
int stash_log_open(struct stash *, struct err *);
void stash_log_close(struct stash *);

/* stash_walk.c: rename a branch into gone/. */
int stash_move_aside(struct stash *, const char *branch);

/*
 * stash.c: the directory from which @path, of any length, can be reached by one call, and the rest
 * of the path from there. stash_leave() gives it back and makes of a system call's result -errno.
 */
struct stash_place {
	int dir;
	const char *path;
};
int stash_reach(const struct stash *, const char *path, struct stash_place *);
int stash_leave(const struct stash *, struct stash_place *, int result);

#endif
