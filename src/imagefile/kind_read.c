/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the bytes of a file that is judged. */
#include "imagefile/kind_priv.h"

#include <string.h>

int image_read(const struct image_bytes *b, void *buf, size_t len, uint64_t pos)
{
	size_t there = pos >= b->size ? 0 : b->size - pos < len ? (size_t)(b->size - pos) : len;

	memset((char *)buf + there, 0, len - there);
	return there ? read_at(b->fd, buf, there, pos) : 0;
}
