/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the metadata of a data disc back, as a reader of the disc will: every directory record,
 * Rock Ridge field and continuation area of the ISO tree, every record of the Joliet tree, both
 * path tables of each. It knows ECMA-119, SUSP, RRIP and Joliet, and of the library that wrote the
 * bytes only what tree/size.c says: how Joliet names are cut and numbered.
 */
#ifndef BURNFS_ISO_CHECK_H
#define BURNFS_ISO_CHECK_H

#include "iso/write.h"

/*
 * Compare the head of an image with the tree it was made from: names, kinds, modes, owners, times,
 * link targets, sizes and addresses; in Joliet the names that size_joliet_names() foresees. Called
 * without a lock; the bytes may be anything. Takes no judgement on what is the library's choice:
 * texts and dates of the volume, and how an ISO 9660 name looks, as long as it is valid, in order
 * and different from its neighbours. 0, or -EIO with a sentence that names the first directory that
 * differs, or -ENOMEM. Where snapshot_lost() it says nothing of the bytes.
 */
int iso_check(struct snapshot *, const struct iso_layout *, struct err *);

#endif
