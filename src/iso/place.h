/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disc is laid out as if it began at block 0. Here it gets to know where it really begins, and
 * where what is recorded already lies. No locks, no I/O.
 */
#ifndef BURNFS_ISO_PLACE_H
#define BURNFS_ISO_PLACE_H

#include "iso/write.h"

/*
 * Move the addresses in a head that iso_check() found right, so that its first block is block
 * @origin of the disc, and those of recorded files are where their content is. Afterwards the
 * layout counts no recorded file any more, neither in files nor in blocks; the volume's size is
 * that of the disc from block 0 to the end (ECMA-119 8.4.8).
 */
void iso_place(struct iso_layout *, uint32_t origin);

#endif
