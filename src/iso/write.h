/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The metadata blocks of a data disc: volume descriptors, path tables, directories of ISO 9660 with
 * Rock Ridge and of Joliet, and the address of every file's content. libisofs lays out; it never
 * sees a byte of content.
 */
#ifndef BURNFS_ISO_WRITE_H
#define BURNFS_ISO_WRITE_H

#include <stddef.h>
#include <stdatomic.h>
#include <time.h>

#include "base/util.h"
#include "config/settings.h"
#include "tree/snapshot.h"

enum {
	ISO_DEPTH_MAX = 2048, /* directories above each other: as a path of 4096 bytes can say */
};

/* A file with content. */
struct iso_file {
	const struct node *node;
	uint64_t block;           /* first block of its content */
	uint64_t size;            /* bytes, at least 1 */
};

struct iso_layout {
	unsigned char *head;      /* up to the first block of content; iso_layout_fini() frees it */
	size_t head_len;          /* bytes, a multiple of BLOCK_SIZE */
	struct iso_file *files;   /* in the order of addresses; iso_layout_fini() frees it */
	size_t nfiles;
	size_t nrecorded;         /* of them: the last ones; they are on the disc already */
	uint64_t blocks;          /* the whole image, tail and recorded files included */
};

/*
 * Lay out the data branch of a tree, and what lies under it: the same tree and settings make the
 * same bytes; the volume's dates are those of the last change in it. Called without a lock; one
 * call at a time in the process (libisofs has state of its own): it takes a lock of its own for
 * that. @cancelled may be NULL. Errors: EIO with a sentence; ENOSPC for more blocks than ISO 9660
 * can count; ENAMETOOLONG for more than ISO_DEPTH_MAX directories above each other; ENOMEM;
 * ECANCELED; what snapshot_lost() says. @out is filled on success only.
 */
int iso_lay_out(struct snapshot *, const struct settings *, const atomic_bool *cancelled,
		struct iso_layout *out, struct err *);
void iso_layout_fini(struct iso_layout *);

#endif
