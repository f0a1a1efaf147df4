/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an ISO 9660 file system holds already, as a tree that the staged one can lie over. The bytes
 * may be anything: what burnfs could not write again as it is makes the whole no tree.
 */
#ifndef BURNFS_ISO_IMPORT_H
#define BURNFS_ISO_IMPORT_H

#include "base/util.h"
#include "tree/tree.h"

/* Read block @block of the disc into @buf, BLOCK_SIZE bytes: 0 or -errno with a sentence. */
typedef int iso_block_reader(void *data, uint32_t block, unsigned char *buf, struct err *);

/*
 * Fill @out, which is not initialised, with the file system that begins at block @start: Rock
 * Ridge's names where there are any, else Joliet's. @out is settled, and the caller's to give to
 * tree_fini(). @blocks gets the size that its volume descriptor says, counted from @start or from
 * block 0, as whoever wrote it saw fit. Errors: EROFS with a sentence that begins "it ": not ISO
 * 9660 that is well-formed and within the bounds of iso/survey.h, or something in it that would be
 * lost: a boot record, devices, compressed files, files in pieces, names or links that cannot be
 * written again. The reader's. ENOMEM. Takes the library's lock.
 */
int iso_import(iso_block_reader *read, void *data, uint32_t start, struct tree *out,
	       uint32_t *blocks, struct err *err);

#endif
