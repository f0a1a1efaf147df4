/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Moves the bytes of a source into a file: shared with the staged files where the file system can,
 * copied else. It knows nothing of names or places. No locks.
 */
#ifndef BURNFS_RECORD_IMAGE_COPY_H
#define BURNFS_RECORD_IMAGE_COPY_H

struct err;
struct progress;
struct source;

/*
 * Write the whole source to the empty file @fd and count every byte. The data is on its way to the
 * disk then; the caller syncs. @name is for messages. Errors: ECANCELED, ENOSPC with figures,
 * EFBIG, EIO and ESTALE from the source.
 */
int image_copy(struct source *, int fd, const char *name, struct progress *, struct err *);

#endif
