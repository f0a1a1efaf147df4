/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A CD that a sheet in image/ describes, as a layout.
 */
#ifndef BURNFS_IMAGE_SHEET_LAYOUT_H
#define BURNFS_IMAGE_SHEET_LAYOUT_H

#include "image/layout.h"
#include "stage/image.h"

/*
 * Fill the empty layout @l with the tracks, gaps, indices and texts of the sheet, and with where
 * their sectors lie in its files; of one with data and sound also the empty layout l->data, with
 * the track that has the data. EMEDIUMTYPE with a sentence for several sessions or several tracks
 * with data; ENOMEM.
 */
int sheet_lay_out(struct layout *l, const struct image_cd *, struct err *);

#endif
