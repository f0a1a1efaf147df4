/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disc that exists already: what lies in image/, judged by content, as a whole.
 */
#ifndef BURNFS_STAGE_IMAGE_H
#define BURNFS_STAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"
#include "imagefile/kind.h"

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
	uint64_t size;             /* bytes of that file */
	uint64_t blocks;           /* of 2048 bytes; what is not filled up counts as whole */
	struct err wrong;          /* why it cannot be recorded; code 0: it can. ENODATA: nothing is
				      there */
};

/*
 * What is in image/ now. Files that have changed since the last call are opened and some blocks of
 * them read, so no lock is held, and it may wait for the stash's disk.
 */
void stage_image(struct stage *, struct stage_image *);

#endif
