/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes system use fields apart: a table has a row for each that a disc of ours may have, and any
 * other is an error. Each reader is given the whole field. Section numbers are those of RRIP unless
 * they name SUSP.
 */
#include "iso/rock.h"

#include <string.h>

#include "base/util.h"
#include "iso/format.h"

static bool field_px(struct rock *r, struct bytes f)
{
	return f.len == PX_LEN && iso_read_both32(f.p + PX_MODE, &r->mode) &&
	       iso_read_both32(f.p + PX_LINKS, &r->links) &&
	       iso_read_both32(f.p + PX_UID, &r->uid) && iso_read_both32(f.p + PX_GID, &r->gid) &&
	       iso_read_both32(f.p + PX_SERIAL, &r->serial);
}

static bool field_tf(struct rock *r, struct bytes f)
{
	return f.len == TF_LEN && f.p[FIELD_DATA] == TF_FLAGS &&
	       iso_read_time(f.p + TF_MODIFY, &r->mtime) &&
	       iso_read_time(f.p + TF_ACCESS, &r->atime) &&
	       iso_read_time(f.p + TF_ATTRIBUTES, &r->ctime);
}

static bool field_nm(struct rock *r, struct bytes f)
{
	size_t len = f.len - (FIELD_DATA + 1);

	if (f.len <= FIELD_DATA || ((r->seen & SEEN_NM) && !r->nm_open) ||
	    len > ROCK_NAME_MAX - r->name_len)
		return false;
	memcpy(r->name + r->name_len, f.p + FIELD_DATA + 1, len);
	r->name_len += len;
	r->name[r->name_len] = '\0';
	r->nm_flags = f.p[FIELD_DATA];
	r->nm_open = r->nm_flags == NM_CONTINUE;
	return !memchr(r->name, '\0', r->name_len);
}

static bool target_add(struct rock *r, const char *text, size_t len)
{
	if (len > SIZE_LINK_MAX - r->target_len)
		return false;
	memcpy(r->target + r->target_len, text, len);
	r->target_len += len;
	return true;
}

/* One component of a link's target (4.1.3.1). */
static bool link_part(struct rock *r, unsigned flags, const char *text, size_t len)
{
	bool more = r->part_open;

	r->part_open = flags == SL_PART_CONTINUE;
	if (!more && r->target_len && r->target[r->target_len - 1] != '/' && !target_add(r, "/", 1))
		return false;
	/* From libisofs 1.5.8 on there is one without text behind a root that stands alone. */
	if (flags == 0 && !len && !more && r->target_len == 1 && r->target[0] == '/')
		return true;
	if (flags == 0 || flags == SL_PART_CONTINUE)
		return len && !memchr(text, '\0', len) && !memchr(text, '/', len) &&
		       target_add(r, text, len);
	if (len || more)
		return false;
	if (flags == SL_PART_ROOT)
		return !r->target_len && target_add(r, "/", 1);
	return (flags == SL_PART_CURRENT && target_add(r, ".", 1)) ||
	       (flags == SL_PART_PARENT && target_add(r, "..", 2));
}

static bool field_sl(struct rock *r, struct bytes f)
{
	size_t pos = FIELD_DATA + 1;

	if (f.len < pos || f.p[FIELD_DATA] > SL_CONTINUE || ((r->seen & SEEN_SL) && !r->sl_open))
		return false;
	r->sl_open = f.p[FIELD_DATA] == SL_CONTINUE;
	while (pos < f.len) {
		if (f.len - pos < 2 || f.p[pos + 1] > f.len - pos - 2 ||
		    !link_part(r, f.p[pos], (const char *)f.p + pos + 2, f.p[pos + 1]))
			return false;
		pos += 2u + f.p[pos + 1];
	}
	return true;
}

static bool field_ce(struct rock *r, struct bytes f)
{
	return f.len == CE_LEN && !(r->seen & SEEN_CE) &&
	       iso_read_both32(f.p + CE_BLOCK, &r->ce_block) &&
	       iso_read_both32(f.p + CE_OFFSET, &r->ce_offset) &&
	       iso_read_both32(f.p + CE_SIZE, &r->ce_size);
}

/* SUSP 5.3: before all others. */
static bool field_sp(struct rock *r, struct bytes f)
{
	static const unsigned char mark[] = { 0xbe, 0xef, 0 };

	return !r->seen && f.len == FIELD_DATA + sizeof(mark) &&
	       memcmp(f.p + FIELD_DATA, mark, sizeof(mark)) == 0;
}

/* SUSP 5.5 */
static bool field_er(struct rock *r, struct bytes f)
{
	static const char *const names[] = { "IEEE_1282", "IEEE_P1282", "RRIP_1991A" };

	(void)r;
	if (f.len < 8 || 8u + f.p[4] + f.p[5] + f.p[6] != f.len || f.p[7] != 1)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (f.p[4] == strlen(names[i]) && memcmp(f.p + 8, names[i], f.p[4]) == 0)
			return true;
	return false;
}

static const struct field {
	char signature[3];
	enum rock_seen seen;
	bool repeats;
	bool (*read)(struct rock *, struct bytes);
} fields[] = {
	{ "PX", SEEN_PX, false, field_px },
	{ "TF", SEEN_TF, false, field_tf },
	{ "NM", SEEN_NM, true, field_nm },
	{ "SL", SEEN_SL, true, field_sl },
	{ "CE", SEEN_CE, false, field_ce },
	{ "SP", SEEN_SP, false, field_sp },
	{ "ER", SEEN_ER, false, field_er },
};

static bool read_field(struct rock *r, struct bytes f)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (memcmp(f.p, fields[i].signature, 2) != 0)
			continue;
		if (f.p[FIELD_VERSION] != 1 || (!fields[i].repeats && (r->seen & fields[i].seen)) ||
		    !fields[i].read(r, f))
			return false;
		r->seen |= fields[i].seen;
		return true;
	}
	return false;
}

/* All fields of an area; @pad: one zero byte may follow, that makes the record's length even. */
static bool read_area(struct rock *r, struct bytes area, bool pad)
{
	while (area.len >= FIELD_DATA) {
		size_t len = area.p[FIELD_LEN];

		if (len < FIELD_DATA || len > area.len ||
		    !read_field(r, (struct bytes){ area.p, len }))
			return false;
		area.p += len;
		area.len -= len;
	}
	return area.len == 0 || (pad && area.len == 1 && area.p[0] == 0);
}

bool rock_read(struct rock *r, struct bytes su)
{
	memset(r, 0, offsetof(struct rock, name));
	r->name[0] = '\0';
	return read_area(r, su, true);
}

bool rock_read_on(struct rock *r, struct bytes area)
{
	r->seen &= ~(unsigned)SEEN_CE;
	return read_area(r, area, false);
}

bool rock_complete(const struct rock *r)
{
	return !(r->seen & SEEN_CE) && !r->nm_open && !r->sl_open && !r->part_open;
}
