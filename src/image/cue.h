/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * CUE sheets of one BIN. Pure text.
 */
#ifndef BURNFS_IMAGE_CUE_H
#define BURNFS_IMAGE_CUE_H

#include <stdbool.h>

#include "image/layout.h"

/* Whether a sheet can say that file name: no quotes, no control characters. */
bool cue_name_fits(const char *bin);

/* The sheet of an audio layout; @bin is the BIN's file name, without directories. */
void cue_write(const struct layout *, const char *bin, struct text *out);

#endif
