/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files with checksums: reading them, and computing what they say. Nothing is shared, nobody locks,
 * any thread.
 */
#ifndef BURNFS_IMAGEFILE_SUMS_H
#define BURNFS_IMAGEFILE_SUMS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

enum sum_kind { SUM_MD5, SUM_SHA1, SUM_SHA224, SUM_SHA256, SUM_SHA384, SUM_SHA512, SUM_KINDS };

enum {
	SUM_BYTES = 64,              /* of the longest sum */
	SUMS_BYTES = 16 * 1024 * 1024, /* of the longest file with sums that is read */
};

struct sum {
	char *name;                  /* of the file that it is of; "./" before it is taken away */
	enum sum_kind kind;
	unsigned char bytes[SUM_BYTES]; /* the first sum_size(kind) of them */
	unsigned line;               /* from 1 */
};

struct sums {
	struct sum *sums;            /* in order of lines */
	size_t n;
};

/* Whether a file of that name has checksums: *.sha256 *.md5 …, and SHA256SUMS, *SUMS. */
bool sums_name(const char *name);

size_t sum_size(enum sum_kind);      /* bytes */
const char *sum_name(enum sum_kind); /* "SHA-256" */

/*
 * Read a text with checksums: as sha256sum(1) writes it, with "*" before the names of binary files
 * and "\" before lines with escaped names; as BSD writes it, "SHA256 (NAME) = …"; a sum alone, of
 * the file that @name, the text's own name, has without its suffix. Other lines, of signatures and
 * comments, are passed over, and so are sums of other kinds. Returns 0, *@out for sums_free();
 * -EFBIG beyond SUMS_BYTES, -ENOMEM, both with a sentence.
 */
int sums_parse(struct sums **out, const char *name, const char *text, size_t len, struct err *);
/* The same, of a file of @size bytes; also -EIO and what read(2) says. */
int sums_read(struct sums **out, const char *name, int fd, uint64_t size, struct err *);
void sums_free(struct sums *); /* NULL is none */

/*
 * The first sum for @name at or behind *@at, which is set behind it; NULL: no more. Begin with 0.
 */
const struct sum *sums_find(const struct sums *, const char *name, size_t *at);

/* Called now and then with the bytes read so far. */
struct sum_progress {
	void (*told)(void *arg, uint64_t done);
	void *arg;
};

/*
 * Compute the sums of the first @size bytes of a file, those of @kinds (1u << SUM_MD5 | …), in one
 * reading. Takes as long as that takes; ends soon after *@cancelled (may be NULL) turns true.
 * @progress may be NULL. Returns 0; -ECANCELED; -EIO when the file ends early; else -errno of
 * read(2); -ENOMEM.
 */
int sums_compute(int fd, uint64_t size, unsigned kinds, unsigned char out[SUM_KINDS][SUM_BYTES],
		 const atomic_bool *cancelled, const struct sum_progress *progress);

#endif
