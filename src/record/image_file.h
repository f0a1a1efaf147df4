/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder that makes image files: one .iso of a data disc, a .bin and a .cue of an audio disc.
 * The file appears under its name when it is complete and safe on its disk, and not before; until
 * then it has a hidden name in the same directory, which the stash has a note of.
 */
#ifndef BURNFS_RECORD_IMAGE_FILE_H
#define BURNFS_RECORD_IMAGE_FILE_H

struct err;
struct recorder;
struct recorder_ops;
struct surroundings;

extern const struct recorder_ops rec_image_ops;

/* @path is absolute and names a file; the content decides on its suffix. */
int rec_image_new(struct recorder **out, const char *path, struct surroundings *env,
		  struct err *err);

/* Where the .iso, .bin or .cue at the end of a path begins; NULL if it ends otherwise. Borrowed. */
const char *rec_image_suffix(const char *path);

#endif
