/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a file holds UDF, and how far its partitions reach (ECMA-167, UDF 2.60 with logical
 * sectors of 2048 bytes).
 */
#include "imagefile/kind_priv.h"

#include <string.h>

#include "base/disc.h"

enum {
	VRS_BLOCK = 16,	      /* ECMA-167 2/8.3 */
	VRS_BLOCKS = 32,      /* of descriptors that are looked at */
	ANCHOR = 256,	      /* ECMA-167 3/8.4.2.1 */
	SEQUENCE_BLOCKS = 64, /* of volume descriptors that are looked at */
	TAG_ANCHOR = 2,
	TAG_PARTITION = 5,
	TAG_END = 8, /* ECMA-167 3/7.2.1 */
	TAG_BYTES = 16,
};

/* The identifier of a descriptor whose tag is right; -1 of any other block. */
static int tag_of(const unsigned char *d)
{
	enum { CHECKSUM = 4 };
	unsigned sum = 0;

	for (int i = 0; i < TAG_BYTES; i++)
		sum += i == CHECKSUM ? 0 : d[i];
	return (sum & 0xff) == d[CHECKSUM] ? d[0] | d[1] << 8 : -1;
}

static int has_nsr(const struct image_bytes *b, bool *has)
{
	unsigned char d[BLOCK_SIZE];
	int r = 0;

	*has = false;
	for (unsigned i = 0; i < VRS_BLOCKS && !*has; i++) {
		r = image_read(b, d, sizeof(d), (uint64_t)(VRS_BLOCK + i) * BLOCK_SIZE);
		if (r < 0)
			return r;
		*has = memcmp(d + 1, "NSR02", 5) == 0 || memcmp(d + 1, "NSR03", 5) == 0;
		if (!d[1])
			break;
	}
	return r;
}

/* Where the partitions of the main sequence end, blocks; 0: that is not known. */
static int measure(const struct image_bytes *b, uint64_t *blocks)
{
	enum {
		EXTENT_LENGTH = 16,
		EXTENT_LOCATION = 20,
		PARTITION_START = 188,
		PARTITION_LENGTH = 192
	};
	unsigned char d[BLOCK_SIZE];
	uint32_t at, n;
	int r = image_read(b, d, sizeof(d), (uint64_t)ANCHOR * BLOCK_SIZE);

	*blocks = 0;
	if (r < 0 || tag_of(d) != TAG_ANCHOR)
		return r;
	n = le32(d + EXTENT_LENGTH) / BLOCK_SIZE;
	at = le32(d + EXTENT_LOCATION);
	for (uint32_t i = 0; i < n && i < SEQUENCE_BLOCKS; i++) {
		uint64_t end;
		int tag;

		r = image_read(b, d, sizeof(d), ((uint64_t)at + i) * BLOCK_SIZE);
		if (r < 0)
			return r;
		tag = tag_of(d);
		if (tag == TAG_END)
			break;
		if (tag != TAG_PARTITION)
			continue;
		end = (uint64_t)le32(d + PARTITION_START) + le32(d + PARTITION_LENGTH);
		*blocks = end > *blocks ? end : *blocks;
	}
	return 0;
}

int image_is_udf(const struct image_bytes *b, bool *is, uint64_t *blocks)
{
	int r = has_nsr(b, is);

	*blocks = 0;
	return r == 0 && *is ? measure(b, blocks) : r;
}
