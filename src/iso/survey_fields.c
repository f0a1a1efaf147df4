/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of the system use area (SUSP 4.1, RRIP 4.1): a row each for those that the library
 * would follow.
 */
#include "iso/survey_priv.h"

#include <ctype.h>
#include <string.h>
#include <sys/stat.h>

#include "tree/size.h"

enum {
	FIELDS_MAX = 2048,              /* of one record */
	TF_LONG = 0x80,
};

static const char broken_field[] = "a field of Rock Ridge is broken";

static int field_fine(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	(void)s;
	(void)r;
	(void)f;
	return 0;
}

static int field_px(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	(void)s;
	r->mode = le32(f + PX_MODE);
	return 0;
}

/* The library hands dates in long form to sscanf(3), which looks for a NUL beyond them. */
static int field_tf(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	if (!(f[FIELD_DATA] & TF_LONG))
		return 0;
	for (unsigned at = FIELD_DATA + 1; at + 17 <= f[FIELD_LEN]; at += 17)
		for (unsigned i = 0; i < 16; i++)
			if (!isdigit(f[at + i]))
				return survey_damaged(s, r->where, broken_field);
	if (memchr(f + f[FIELD_LEN], '\0', (size_t)(r->end - f) - f[FIELD_LEN]))
		return 0;
	return survey_damaged(s, r->where, broken_field);
}

static int field_nm(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	size_t len = f[FIELD_LEN] - (FIELD_DATA + 1u);

	if (f[FIELD_DATA] & (NM_CURRENT | NM_PARENT)) {
		if (!r->named && r->id.len == 1 && !len)
			return 0;
		return survey_damaged(s, r->where, broken_field);
	}
	if (!len || f[FIELD_DATA] > NM_CONTINUE || (r->named && !r->name_open))
		return survey_damaged(s, r->where, broken_field);
	if (len > SURVEY_NAME_MAX - r->name_len)
		return survey_cannot_keep(s, r, "a name that burnfs cannot write again");
	memcpy(r->name + r->name_len, f + FIELD_DATA + 1, len);
	r->name_len += len;
	r->name[r->name_len] = '\0';
	r->named = true;
	r->name_open = f[FIELD_DATA] == NM_CONTINUE;
	return 0;
}

/*
 * What a part adds to the target, with a slash, which is one too many where it begins at the root.
 */
static size_t part_length(struct record *r, unsigned flags, unsigned len)
{
	size_t slash = r->target && !r->part_open;

	r->part_open = flags & SL_PART_CONTINUE;
	if (flags & SL_PART_PARENT)
		return slash + 2;
	return slash + (flags & (SL_PART_CURRENT | SL_PART_ROOT) ? 1 : len);
}

static int field_sl(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	unsigned at = FIELD_DATA + 1, len;

	r->has_target = true;
	for (; at < f[FIELD_LEN]; at += 2 + len) {
		len = at + 1 < f[FIELD_LEN] ? f[at + 1] : UINT8_MAX;
		if (at + 2 + len > f[FIELD_LEN] || memchr(f + at + 2, '\0', len) ||
		    memchr(f + at + 2, '/', len))
			return survey_damaged(s, r->where, broken_field);
		r->target += part_length(r, f[at], len);
	}
	if (r->target > SIZE_LINK_MAX + 1)
		r->lost = "a link whose target burnfs cannot write again";
	return 0;
}

static int field_ce(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	if (r->ce_size || f[FIELD_VERSION] != 1)
		return survey_damaged(s, r->where, broken_field);
	r->ce_block = le32(f + CE_BLOCK);
	r->ce_offset = le32(f + CE_OFFSET);
	r->ce_size = le32(f + CE_SIZE);
	if (r->ce_offset >= BLOCK_SIZE || r->ce_size < FIELD_DATA || r->ce_size > sizeof(s->area))
		return survey_damaged(s, r->where, broken_field);
	return 0;
}

static int field_cl(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	r->child = le32(f + FIELD_DATA);
	return r->child ? 0 : survey_damaged(s, r->where, broken_field);
}

static int field_re(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	(void)s;
	(void)f;
	r->relocated = true;
	return 0;
}

/*
 * SUSP 5.3: a mark, and how much to skip in each record, which is nothing but on discs of a kind of
 * their own.
 */
static int field_sp(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	static const unsigned char mark[] = { 1, 0xbe, 0xef, 0 };

	if (memcmp(f + FIELD_VERSION, mark, sizeof(mark)) != 0)
		return survey_damaged(s, r->where, broken_field);
	return 0;
}

/* SUSP 5.5 */
static int field_er(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	static const char *const ids[] = { "RRIP_1991A", "IEEE_P1282", "IEEE_1282" };
	unsigned len = f[4];

	if (8u + len > f[FIELD_LEN])
		return survey_damaged(s, r->where, broken_field);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		r->rock = r->rock || (len == strlen(ids[i]) && memcmp(f + 8, ids[i], len) == 0);
	return 0;
}

static int field_zf(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	(void)s;
	(void)f;
	r->lost = "which is compressed with zisofs";
	return 0;
}

/*
 * Attributes in AAIP, which are not taken up. The library would read them all the same, never free
 * broken ones, and hand the charset that they may name to iconv(3): so they become padding.
 */
static int field_al(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	if (s->probing)
		return 0;
	memcpy(r->buffer + (f - r->buffer), "PD", 2);
	r->hidden = true;
	return 0;
}

static int field_sf(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	(void)s;
	(void)f;
	r->lost = "a sparse file";
	return 0;
}

/* What the library looks into, of which @min bytes are needed. All else it passes over. */
static const struct field {
	char signature[3];
	unsigned char min;
	bool any_version;
	int (*look)(struct iso_survey *, struct record *, const unsigned char *);
} fields[] = {
	{ "CE", CE_LEN, true, field_ce },
	{ "PX", 36, false, field_px },
	{ "TF", 5, false, field_tf },
	{ "NM", 5, false, field_nm },
	{ "SL", 7, false, field_sl }, /* after an empty one the library follows a null pointer */
	{ "CL", 12, false, field_cl },
	{ "RE", 4, false, field_re },
	{ "PN", 20, false, field_fine },
	{ "SP", 7, true, field_sp },
	{ "ER", 8, false, field_er },
	{ "ZF", 4, true, field_zf },
	{ "Z2", 4, true, field_zf },
	{ "SF", 4, false, field_sf },
	{ "AL", 4, true, field_al },
	{ "AA", 4, true, field_al },
};

static int survey_field(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (memcmp(f, fields[i].signature, 2) != 0)
			continue;
		if (f[FIELD_VERSION] != 1 && !fields[i].any_version)
			return 0;
		return f[FIELD_LEN] < fields[i].min ? survey_damaged(s, r->where, broken_field) :
						      fields[i].look(s, r, f);
	}
	return 0;
}

/*
 * The library takes a field for one before it looks whether it is the end, where an area is
 * continued.
 */
static int survey_area(struct iso_survey *s, struct record *r, struct bytes area, bool continued)
{
	int ret = 0;

	while (ret == 0 && area.len >= FIELD_DATA && (continued || memcmp(area.p, "ST", 2) != 0)) {
		if (area.p[FIELD_LEN] < FIELD_DATA || area.p[FIELD_LEN] > area.len ||
		    ++r->fields > FIELDS_MAX || (continued && memcmp(area.p, "ST", 2) == 0))
			return survey_damaged(s, r->where, broken_field);
		ret = survey_field(s, r, area.p);
		area.len -= area.p[FIELD_LEN];
		area.p += area.p[FIELD_LEN];
		continued = false;
	}
	return ret;
}

/* The blocks of an area, one after the other: as much of each as is the area's. */
static int each_block(struct iso_survey *s, const struct record *r,
		      int (*each)(struct iso_survey *, struct kept *, unsigned char *copy,
				  unsigned at, unsigned len))
{
	uint32_t done = 0;
	int ret = 0;

	for (uint64_t block = r->ce_block; ret == 0 && done < r->ce_size; block++) {
		unsigned at = done ? 0 : r->ce_offset, len = BLOCK_SIZE - at;
		struct kept *k;

		if (len > r->ce_size - done)
			len = r->ce_size - done;
		ret = survey_look(s, block, &k);
		if (ret == 0)
			ret = each(s, k, s->area + r->ce_offset + done - at, at, len);
		done += len;
	}
	return ret;
}

static int take_block(struct iso_survey *s, struct kept *k, unsigned char *copy, unsigned at,
		      unsigned len)
{
	memcpy(copy, k->bytes, BLOCK_SIZE);
	if (s->probing)
		return 0;
	return survey_claim(s, k, at, len, "fields of Rock Ridge occur twice");
}

static int put_block(struct iso_survey *s, struct kept *k, unsigned char *copy, unsigned at,
		     unsigned len)
{
	(void)s;
	memcpy(k->bytes + at, copy + at, len);
	return 0;
}

/* The area that a field CE tells of, in one piece. */
static int survey_continuation(struct iso_survey *s, struct record *r)
{
	struct record was = *r;
	uint32_t n = (r->ce_offset + r->ce_size + BLOCK_SIZE - 1) / BLOCK_SIZE;
	int ret;

	r->ce_blocks += n;
	if ((uint64_t)r->ce_block + n > s->end)
		return survey_damaged(s, r->where,
				      "fields of Rock Ridge are beyond the end of the volume");
	if (r->ce_blocks > SURVEY_AREA_BLOCKS)
		return survey_damaged(s, r->where, "there are too many fields of Rock Ridge");
	ret = each_block(s, &was, take_block);
	r->buffer = s->area;
	r->end = s->area + (size_t)n * BLOCK_SIZE;
	r->ce_size = 0;
	r->hidden = false;
	if (ret == 0)
		ret = survey_area(s, r, (struct bytes){ s->area + was.ce_offset, was.ce_size },
				  true);
	return ret == 0 && r->hidden ? each_block(s, &was, put_block) : ret;
}

/* The library leaks the target of a record that it skips or takes for a directory. */
static bool target_fits(const struct record *r)
{
	return !r->has_target || (S_ISLNK(r->mode) && !r->child && !r->relocated);
}

int survey_fields(struct iso_survey *s, struct record *r)
{
	int ret = survey_area(s, r, r->su, false);

	while (ret == 0 && r->ce_size)
		ret = survey_continuation(s, r);
	if (ret == 0 && (r->name_open || !target_fits(r)))
		ret = survey_damaged(s, r->where, broken_field);
	return ret == 0 && r->lost ? survey_cannot_keep(s, r, r->lost) : ret;
}
