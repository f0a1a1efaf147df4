/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives the complete files of an image their names: all of them, or none. What had a name before is
 * kept under a hidden one until the new files are safe on the disk, and put back where that fails.
 * The stash has a note of how far it is, so that the next mount finishes or undoes what a killed
 * one left.
 *
 * Everything happens in one directory, by its descriptor. No locks: one job at a time.
 */
#ifndef BURNFS_RECORD_IMAGE_PLACE_H
#define BURNFS_RECORD_IMAGE_PLACE_H

#include "stash/stash.h"

enum { HIDDEN_NAME_MAX = 40 };

struct image_file {
	/* set by the caller */
	const char *path;               /* for sentences */
	const char *name;               /* the end of it */
	/* set here */
	int fd;                         /* of the new file; -1 before image_make() */
	char made[HIDDEN_NAME_MAX];     /* hidden name of the new file; empty: there is none */
	char aside[HIDDEN_NAME_MAX];    /* of the old one, where two names cannot be exchanged */
	bool placed;                    /* the new file has the name */
	const char *old;                /* where the old file is now; NULL: it has the name, or
					   there is none */
	struct noted_file replaced;     /* the old file, which may go in the end; ino 0: none */
};

struct image_place {
	/* set by the caller */
	struct stash *stash;            /* takes the note */
	const char *dir_path;           /* for sentences and the note; ends with a slash */
	int dir;                        /* -1 before it is open */
	mode_t mode;                    /* of new files */
	struct image_file file[IMAGE_FILES];
	unsigned n;
	/* Whether a new file may replace what @st describes: 0 or an error. */
	int (*may_replace)(void *data, const struct image_file *, const struct stat *st,
			   struct err *);
	void *data;
	/* set here */
	struct image_note note;
	bool noted;                     /* in the stash */
	bool done;                      /* all have their names for good */
	bool stuck;                     /* not even the old ones could be put back */
};

/* Make the new files, empty, under hidden names. */
int image_make(struct image_place *, struct err *);
/*
 * Give the new files, which are complete and synced, their names. After an error every name leads
 * to what it led to before; EEXIST also where somebody put a file there that may not be replaced.
 */
int image_place(struct image_place *, struct err *);
/* Remove what is not needed any more, whatever happened before, and close all descriptors. */
void image_clean_up(struct image_place *);

/*
 * Finish or undo what the stash's note says was begun. A directory that is not there now is left to
 * a later mount.
 */
void image_recover(struct stash *);

#endif
