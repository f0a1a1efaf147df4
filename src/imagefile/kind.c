/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a file is that may hold a disc. */
#include "imagefile/kind_priv.h"

#include <string.h>

#include "base/disc.h"
#include "imagefile/sheet.h"

enum {
	SHEET_PROBE = 8192,          /* bytes in which a sheet shows that it is one */
	PVD_BLOCK = 16,              /* ECMA-119 6.2.1 */
};

const char *image_type_name(enum image_type type)
{
	static const char *const names[] = {
		[IMAGE_UNKNOWN] = "unknown", [IMAGE_ISO9660] = "iso9660",
		[IMAGE_UDF] = "udf",         [IMAGE_BRIDGE] = "bridge",
		[IMAGE_SHEET] = "cd",        [IMAGE_FOREIGN] = "unknown",
	};

	return names[type];
}

static uint32_t be32(const unsigned char *p)
{
	return p[3] | (uint32_t)p[2] << 8 | (uint32_t)p[1] << 16 | (uint32_t)p[0] << 24;
}

/* ECMA-119 8.4: both-byte numbers have to agree with themselves. */
static int is_iso(const struct image_bytes *b, bool *is, uint64_t *blocks)
{
	enum { SPACE_SIZE = 80, BLOCK_LENGTH = 128 };
	unsigned char d[BLOCK_SIZE];
	int r = image_read(b, d, sizeof(d), (uint64_t)PVD_BLOCK * BLOCK_SIZE);

	*is = r == 0 && memcmp(d, "\x01" "CD001\x01", 7) == 0 &&
	      (d[BLOCK_LENGTH] | d[BLOCK_LENGTH + 1] << 8) == BLOCK_SIZE;
	*blocks = *is && le32(d + SPACE_SIZE) == be32(d + SPACE_SIZE + 4) ? le32(d + SPACE_SIZE) :
									    0;
	return r;
}

static int is_sheet(const struct image_bytes *b, bool *is)
{
	char text[SHEET_PROBE];
	size_t len = b->size < sizeof(text) ? (size_t)b->size : sizeof(text);
	int r = 0;

	*is = false;
	if (b->size > SHEET_BYTES)
		return 0;
	r = image_read(b, text, len, 0);
	/* No text has a zero, but in UTF-16. */
	*is = r == 0 && sheet_looks(text, len);
	return r;
}

static void tell_cut(struct image_kind *out)
{
	if (out->blocks >= out->own_blocks)
		return;
	err_set(&out->why, EINVAL,
		"it is cut short: it has %llu blocks, and says itself that it takes %llu; copy or "
		"download it again",
		(unsigned long long)out->blocks, (unsigned long long)out->own_blocks);
}

static int judge(const struct image_bytes *b, struct image_kind *out)
{
	static const enum image_type types[2][2] = {
		{ IMAGE_UNKNOWN, IMAGE_UDF }, { IMAGE_ISO9660, IMAGE_BRIDGE },
	};
	uint64_t iso_blocks, udf_blocks;
	bool sheet, iso, udf;
	int r = is_sheet(b, &sheet);

	if (r < 0 || sheet) {
		out->type = sheet ? IMAGE_SHEET : IMAGE_UNKNOWN;
		return r;
	}
	r = is_iso(b, &iso, &iso_blocks);
	if (r == 0)
		r = image_is_udf(b, &udf, &udf_blocks);
	if (r < 0)
		return r;
	out->type = types[iso][udf];
	if (out->type == IMAGE_UNKNOWN) {
		r = image_is_foreign(b, &out->why);
		out->type = out->why.code ? IMAGE_FOREIGN : IMAGE_UNKNOWN;
		return r;
	}
	out->own_blocks = iso_blocks > udf_blocks ? iso_blocks : udf_blocks;
	tell_cut(out);
	return 0;
}

int image_kind(int fd, uint64_t size, struct image_kind *out)
{
	const struct image_bytes b = { fd, size };

	*out = (struct image_kind){ .blocks = blocks_of(size) };
	out->filled = (unsigned)(out->blocks * BLOCK_SIZE - size);
	return judge(&b, out);
}
