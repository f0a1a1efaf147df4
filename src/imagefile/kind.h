/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a file is that may hold a disc, judged by its content and never by its name. Reads some
 * blocks of it, and follows no address beyond its end. Pure but for those reads: nothing is kept,
 * nobody locks, any thread.
 */
#ifndef BURNFS_IMAGEFILE_KIND_H
#define BURNFS_IMAGEFILE_KIND_H

#include <stdbool.h>
#include <stdint.h>

#include "base/util.h"

enum image_type {
	IMAGE_UNKNOWN,               /* bytes that say nothing; burned only after `format image` */
	IMAGE_ISO9660,
	IMAGE_UDF,
	IMAGE_BRIDGE,                /* ISO 9660 and UDF over the same files */
	IMAGE_SHEET,                 /* a text for imagefile/sheet.h */
	IMAGE_FOREIGN,               /* known, and no disc as it is: @why says what makes one */
};

struct image_kind {
	enum image_type type;
	uint64_t blocks;             /* of 2048 bytes, the last one filled up */
	unsigned filled;             /* bytes of zeros that fill it; 0: it is whole */
	uint64_t own_blocks;         /* what its own descriptors say it takes; 0: not known. A
					longer file is fine */
	struct err why;              /* code 0: can be burned. EINVAL: foreign or cut short, in a
					sentence with the remedy */
};

/* "iso9660", "udf", "bridge", "cd" (a sheet), "unknown", as `image_kind` of stats has it. */
const char *image_type_name(enum image_type);

/*
 * Judge the file of @size bytes. What is wrong with it is an answer, in @why. Returns 0; or -errno
 * of a read that failed, with @out->type IMAGE_UNKNOWN; -ENOMEM.
 */
int image_kind(int fd, uint64_t size, struct image_kind *out);

#endif
