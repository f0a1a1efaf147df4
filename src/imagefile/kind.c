/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file is that may hold a disc. */
#include "imagefile/kind.h"

#include <string.h>

#include "base/disc.h"

const char *image_type_name(enum image_type type)
{
	static const char *const names[] = {
		[IMAGE_UNKNOWN] = "unknown", [IMAGE_ISO9660] = "iso9660",
		[IMAGE_UDF] = "udf",         [IMAGE_BRIDGE] = "bridge",
		[IMAGE_SHEET] = "cd",        [IMAGE_FOREIGN] = "unknown",
	};

	return names[type];
}

int image_kind(int fd, uint64_t size, struct image_kind *out)
{
	unsigned char d[BLOCK_SIZE];
	int r;

	*out = (struct image_kind){ .blocks = blocks_of(size) };
	out->filled = (unsigned)(out->blocks * BLOCK_SIZE - size);
	if (size < 17 * BLOCK_SIZE)
		return 0;
	r = read_at(fd, d, sizeof(d), 16 * BLOCK_SIZE);
	if (r == 0 && memcmp(d, "\x01" "CD001", 6) == 0)
		out->type = IMAGE_ISO9660;
	return r;
}
