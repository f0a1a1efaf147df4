/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where things lie in the metadata of an ISO 9660 disc (ECMA-119, SUSP 1.12, RRIP 1.12), in bytes
 * from the beginning of the record, descriptor or field that they are part of.
 */
#ifndef BURNFS_ISO_FORMAT_H
#define BURNFS_ISO_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

enum {
	/* Volume descriptors (8.4, 8.5): one a block, from PVD_BLOCK on. */
	PVD_BLOCK = 16,
	SVD_BLOCK = 17,
	TERMINATOR_BLOCK = 18,
	VD_TYPE = 0, VD_MAGIC = 1, VD_VERSION = 6, VD_BLOCKS = 80, VD_ESCAPES = 88,
	VD_SET_SIZE = 120, VD_SEQUENCE = 124, VD_BLOCK_SIZE = 128, VD_PATH_TABLE_SIZE = 132,
	VD_PATH_TABLE_L = 140, VD_PATH_TABLE_L2 = 144,
	VD_PATH_TABLE_M = 148, VD_PATH_TABLE_M2 = 152, VD_ROOT = 156,
	VD_TYPE_PRIMARY = 1, VD_TYPE_SUPPLEMENTARY = 2, VD_TYPE_TERMINATOR = 255,

	/* Directory records (9.1). */
	RECORD_LEN = 0, RECORD_XATTR = 1, RECORD_BLOCK = 2, RECORD_SIZE = 10, RECORD_TIME = 18,
	RECORD_FLAGS = 25, RECORD_UNIT = 26, RECORD_GAP = 27, RECORD_SEQUENCE = 28,
	RECORD_ID_LEN = 32, RECORD_ID = 33,
	RECORD_IS_DIR = 0x02, RECORD_CONTINUES = 0x80,

	/* Path table records (9.4). */
	PATH_ID_LEN = 0, PATH_XATTR = 1, PATH_BLOCK = 2, PATH_PARENT = 6, PATH_ID = 8,

	/* System use fields (SUSP 4.1): a signature, the length, a version, then what follows. */
	FIELD_LEN = 2, FIELD_VERSION = 3, FIELD_DATA = 4,
	CE_LEN = 28, CE_BLOCK = 4, CE_OFFSET = 12, CE_SIZE = 20,
	PX_LEN = 44, PX_MODE = 4, PX_LINKS = 12, PX_UID = 20, PX_GID = 28, PX_SERIAL = 36,
	TF_LEN = 26, TF_MODIFY = 5, TF_ACCESS = 12, TF_ATTRIBUTES = 19,
	TF_FLAGS = 0x0e, /* modification, access, change of attributes, in seven bytes each */
	NM_CONTINUE = 0x01, NM_CURRENT = 0x02, NM_PARENT = 0x04,
	SL_CONTINUE = 0x01,
	SL_PART_CONTINUE = 0x01, SL_PART_CURRENT = 0x02,
	SL_PART_PARENT = 0x04, SL_PART_ROOT = 0x08,
};

static inline uint32_t le16(const unsigned char *p)
{
	return p[0] | (uint32_t)p[1] << 8;
}

static inline uint32_t be16(const unsigned char *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static inline uint32_t le32(const unsigned char *p)
{
	return le16(p) | le16(p + 2) << 16;
}

static inline uint32_t be32(const unsigned char *p)
{
	return be16(p) << 16 | be16(p + 2);
}

/* Numbers recorded in both byte orders (7.2.3, 7.3.3). */
static inline bool both16_agree(const unsigned char *p)
{
	return le16(p) == be16(p + 2);
}

static inline bool both32_agree(const unsigned char *p)
{
	return le32(p) == be32(p + 4);
}

static inline void put_both32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = p[7 - i] = (unsigned char)(v >> 8 * i);
}

#endif
