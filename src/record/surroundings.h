/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What recorders have to know of the mount that they record for.
 */
#ifndef BURNFS_RECORD_SURROUNDINGS_H
#define BURNFS_RECORD_SURROUNDINGS_H

#include <pthread.h>
#include <sys/types.h>
#include <time.h>

struct stash;

enum { IMAGES_KNOWN = 64 };

/* A file as it was left; an inode number alone may come back for another file. */
struct image_id {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
};

/* What recorders must know of their surroundings, and what they leave for their successors. */
struct surroundings {
	dev_t mount_dev;        /* of our own mount, no place for an image; 0: there is none yet */
	const char *mountpoint; /* where it is going to be: no place either; NULL: nowhere */
	mode_t umask;           /* for the images */
	struct stash *stash;    /* no place either; takes the note of an image being written */
	pthread_mutex_t lock;   /* of what follows; innermost */
	struct image_id images[IMAGES_KNOWN];  /* recorded by this mount: they may be replaced */
	unsigned nimages;       /* ever recorded; the oldest are forgotten */
};

#endif
