/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual files: one table. Every lookup of one makes a view of its own, whose text and size
 * are those of that moment and stay so, however it is read. A view is used by several threads.
 */
#ifndef BURNFS_FILES_VFILE_H
#define BURNFS_FILES_VFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/disc.h"

struct session;
struct text;

enum vdir { VDIR_ROOT, VDIR_IMAGE };

enum vkind {
	VFILE_TEXT,      /* rendered when it is looked up */
	VFILE_CONTROL,   /* the same, and takes lines */
	VFILE_LOG,       /* grows */
	VFILE_IMAGE,     /* the disc as a file: opened before it is read */
};

struct vfile {
	const char *name;
	enum vdir dir;
	enum vkind kind;
	mode_t mode;
	/* The text of VFILE_TEXT and VFILE_CONTROL. 0 or -errno. */
	int (*render)(struct session *, struct text *);
	/* Bytes of VFILE_IMAGE. */
	uint64_t (*size)(struct session *);
	enum format (*format)(struct session *);  /* of VFILE_IMAGE */
	/* Whether it is there now; NULL: always. */
	bool (*present)(struct session *);
	const char *help;
};

struct view;

/* The row of that name that is there now, or NULL. */
const struct vfile *vfile_find(struct session *, enum vdir, const char *name);
/* The rows of a directory that are there now, by index from @*i on; NULL past the last. */
const struct vfile *vfile_next(struct session *, enum vdir, size_t *i);
uint64_t vfile_ino(const struct vfile *);

/* 0 or -errno; freed with view_free(). */
int view_new(struct view **out, struct session *, const struct vfile *);
void view_free(struct view *);
const struct vfile *view_file(const struct view *);
/* Type, permissions, size, number and times; the owner is the caller's affair. */
void view_stat(struct view *, struct stat *);

/* Ready an image for reading: may take as long as laying out does. Nothing to do for the others. */
int view_open(struct view *);
/* One of those who opened it is done. */
void view_close(struct view *);
/* Bytes copied; 0 at the end; -errno, of which -ESTALE means that the stage has changed. */
ssize_t view_read(struct view *, char *buf, size_t len, uint64_t off);
/* Position of the log's end in the view's own count, for poll(2). */
uint64_t view_end(struct view *);

#endif
