/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that look into image/ share.
 */
#ifndef BURNFS_STAGE_IMAGE_PRIV_H
#define BURNFS_STAGE_IMAGE_PRIV_H

#include "stage/image.h"
#include "stage/priv.h"

/* What is known of a file's content, and kept with its node until it changes. */
struct image_seen {
	bool judged;               /* kind is */
	bool heard;                /* sound is */
	bool part;                 /* of the disc that was found last */
	struct image_kind kind;
	struct sound sound;        /* as a file with sound that a sheet names */
};

/* A file in image/, as it was found. */
struct found {
	struct node *node;         /* with a lookup of ours */
	char name[256];
	uint64_t size;
	bool written;              /* somebody has not closed it yet */
	bool named;                /* a sheet names it */
	struct image_seen seen;
	struct err wrong;          /* why it makes no disc; code 0: it does, or it is no image */
	struct image_cd *cd;       /* of a sheet that is good: a reference; or NULL */
};

/* All of them, at one time. */
struct image_survey {
	struct stage *stage;
	uint64_t change;           /* of the branch: what it is about */
	struct found *v;
	unsigned n;
};

/* stage/image_find.c */
/* What is in image/ now, for image_survey_free(), also where it fails: -ENOMEM. No lock held. */
int image_find(struct image_survey *);
void image_survey_free(struct image_survey *);
/* Open what was found in the stash. A descriptor or -errno. No lock held. */
int image_open(struct stage *, const struct found *);

/* stage/image_cd.c */
/*
 * Read the sheet @f, find the files that it names, and place them: f->cd, or f->wrong. Judges the
 * sound of files that it names, which may take as long as to read them. No lock held.
 */
void image_cd_load(struct image_survey *, struct found *f);

#endif
