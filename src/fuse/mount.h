/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mount: FUSE's low-level operations over a session. Only this folder includes a fuse header.
 */
#ifndef BURNFS_FUSE_MOUNT_H
#define BURNFS_FUSE_MOUNT_H

#include <stdbool.h>
#include <sys/types.h>

struct err;
struct mount;
struct session;

/* How to mount. */
struct mount_options {
	const char *mountpoint;   /* absolute */
	const char *fuse_options; /* for -o, comma-separated; may be empty */
	bool debug;
	bool single_thread;
	unsigned max_threads;     /* 0: libfuse's own choice */
	gid_t control_group;      /* may write control and read images; NO_GROUP: none */
	bool others;              /* others than the one who mounts can come in, and root */
};

/*
 * Mount. @ready is called once, from a thread of the loop, when the mount answers. Errors: a
 * sentence.
 */
int mount_new(struct mount **out, struct session *, const struct mount_options *,
	      void (*ready)(void *data), void *data, struct err *);
/* Serve until unmounted or mount_stop(). 0, or -errno when the connection broke. */
int mount_run(struct mount *);
/* Ask mount_run() to return; safe in a signal handler's thread, not in a handler. */
void mount_stop(struct mount *);
/* After session_finish(), so that nobody waits any more: unmounts if it is still mounted. */
void mount_free(struct mount *);

/* libfuse's version, for --version. Static. */
const char *mount_library_version(void);

#endif
