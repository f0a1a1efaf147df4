/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disc that exists already: what lies in image/, judged by content, as a whole.
 */
#ifndef BURNFS_STAGE_IMAGE_H
#define BURNFS_STAGE_IMAGE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"
#include "imagefile/kind.h"
#include "imagefile/sheet.h"
#include "sound/audio.h"

struct node;
struct stage;

struct stage_image {
	uint64_t generation;       /* of the stage, at which the node is good; 0: image/ changed */
	unsigned names;            /* of files in image/ */
	unsigned ignored;          /* of them, those that are no part of the disc */
	bool recognized;           /* one of them is an image by its content */
	enum image_type type;      /* IMAGE_UNKNOWN where there is none that we know */
	char name[256];            /* the image or the sheet; empty where there is none */
	const struct node *node;   /* its file: stage_open_at() at that generation; NULL: none */
	uint64_t size;             /* bytes of that file, and of those that a sheet names */
	enum format holds;         /* FORMAT_DATA, FORMAT_AUDIO or FORMAT_MIXED */
	uint32_t block_size;       /* BLOCK_SIZE; SECTOR_SIZE of what has sound */
	uint64_t blocks;           /* of those; what is not filled up counts as whole */
	unsigned filled;           /* bytes of zeros that fill up the last block of an image */
	struct err wrong;          /* why it cannot be recorded; code 0: it can. ENODATA: nothing is
				      there */
};

/* A sheet that has been placed, and the files that it names. It never changes once made. */
struct image_cd {
	atomic_int refs;
	struct sheet *sheet;
	struct image_cd_file {
		const struct node *node;  /* as that of the sheet */
		uint64_t size;
		struct sound sound;       /* of type SHEET_SOUND */
		char name[256];           /* in image/: may differ from the sheet's in case */
	} files[];                 /* one for each of the sheet's files */
};

struct image_cd *image_cd_get(struct image_cd *); /* NULL is none */
void image_cd_put(struct image_cd *);             /* NULL is none */

/*
 * What is in image/ now. Files that have changed since the last call are opened and some blocks of
 * them read, so no lock is held, and it may wait for the stash's disk.
 */
void stage_image(struct stage *, struct stage_image *);
/*
 * The same, and with @out->wrong.code 0 of a sheet the CD that it describes, with a reference for
 * the caller; else *@cd is NULL.
 */
void stage_image_cd(struct stage *, struct stage_image *out, struct image_cd **cd);

/*
 * Whether data/ holds a single file and that one is the image of a disc, which nearly always was
 * meant to become the disc: @name gets its name. Reads some blocks of it. No lock held.
 */
bool stage_lone_image(struct stage *, char name[static 256]);

/* Who looks on while sums are computed. */
struct image_watch {
	void (*checking)(void *arg, const char *name); /* the file of that name is read now */
	void (*unnamed)(void *arg, const char *name);  /* there are sums, but none of that file */
	void *arg;
	const atomic_bool *cancelled;
};

/*
 * Compare the files of the disc with what files with sums in image/ say of them. Reads them whole,
 * where one is named. The stage is frozen. Returns 0, also with no sums at all; -EIO with a
 * sentence that names the file, and the line that says otherwise; -ECANCELED; -ENOMEM; -EFBIG.
 */
int stage_image_check(struct stage *, const struct image_watch *, struct err *);

#endif
