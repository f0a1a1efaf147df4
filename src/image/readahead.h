/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a layout ahead of one consumer who takes its bytes in order, as a drive does: several
 * threads, each with a source of its own, fill chunks of the image in the order of addresses,
 * within a bounded window of memory. For where many small files are slow to read one by one, and
 * reading must not stop because the reader's turn is late. It knows neither drives nor files: what
 * can go wrong, image/source.h says.
 *
 * A file is read by one thread from its beginning to its end, so that it is checked as one; and of
 * files that are long, half a MiB or more, one at a time, for they are read fastest so. This serves
 * sound as well: a track is decoded once, in sequence, and they are decoded one after the other.
 * The data track of a mixed disc counts as one long file.
 */
#ifndef BURNFS_IMAGE_READAHEAD_H
#define BURNFS_IMAGE_READAHEAD_H

#include "image/source.h"

struct readahead;

/*
 * Begin to read what @source reads, from its first byte on; @source itself is not used any further.
 * The stage must outlast this until readahead_stop(). ENOMEM; EAGAIN when not a single thread could
 * be started.
 */
int readahead_new(struct readahead **out, const struct source *, struct err *);

/*
 * Take @len bytes at @pos, which must not lie before the end of the last read; what lies between is
 * passed over. Waits until they are there. Returns their number: less only where the image ends, or
 * where the first file begins that cannot be read (of a large one, the piece). From there on every
 * call has the error and the sentence of source_read(). What was read before the stage changed may
 * still come before -ESTALE. -ECANCELED after readahead_stop(). For one thread at a time.
 */
ssize_t readahead_read(struct readahead *, void *buf, size_t len, uint64_t pos, struct err *);

/*
 * Whoever waits in readahead_read() is let go at once; then the threads are waited for, each of
 * which ends with the file or piece that it is reading. From then on nothing of the stage's or the
 * layout's is used. For the one who made it, while another may read; a second call does nothing.
 */
void readahead_stop(struct readahead *);
/* Stops it as well. Nobody may be in readahead_read(). NULL is none. */
void readahead_free(struct readahead *);

#endif
