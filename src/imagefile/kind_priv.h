/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files that judge images share. */
#ifndef BURNFS_IMAGEFILE_KIND_PRIV_H
#define BURNFS_IMAGEFILE_KIND_PRIV_H

#include "imagefile/kind.h"

/* A file that is judged. */
struct image_bytes {
	int fd;
	uint64_t size;
};

static inline uint32_t le32(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/*
 * imagefile/kind_read.c: read up to @len bytes at @pos; what lies beyond the end is zeros. Returns
 * 0, or -errno of read(2).
 */
int image_read(const struct image_bytes *, void *buf, size_t len, uint64_t pos);

/* imagefile/kind_udf.c: whether it is UDF. @blocks gets what its partitions reach to, or 0. */
int image_is_udf(const struct image_bytes *, bool *is, uint64_t *blocks);

/*
 * imagefile/kind_foreign.c: whether it is something that is known and no disc. *@why has code 0 if
 * it is not.
 */
int image_is_foreign(const struct image_bytes *, struct err *why);

#endif
