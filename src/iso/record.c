/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes directory records apart. Section numbers are those of ECMA-119.
 */
#include "iso/record.h"

#include <string.h>

#include "base/disc.h"
#include "base/util.h"
#include "iso/format.h"

bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

/* Days from 1970 to a date of the Gregorian calendar. */
static int64_t days_from_1970(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = (month + 9) % 12; /* March is the first: the leap day comes last */

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

bool iso_read_time(const unsigned char *p, int64_t *out)
{
	if (p[1] < 1 || p[1] > 12 || p[2] < 1 || p[2] > 31 || p[3] > 23 || p[4] > 59 || p[5] > 59 ||
	    p[6])
		return false;
	*out = days_from_1970(1900 + p[0], p[1], p[2]) * 86400 + p[3] * 3600 + p[4] * 60 + p[5];
	return true;
}

bool iso_read_both32(const unsigned char *p, uint32_t *out)
{
	*out = le32(p);
	return both32_agree(p);
}

bool iso_record_read(struct bytes in, struct iso_record *r)
{
	const unsigned char *p = in.p;
	unsigned len, id_len, su;

	if (in.len <= RECORD_ID || p[RECORD_LEN] <= RECORD_ID || p[RECORD_LEN] > in.len)
		return false;
	len = p[RECORD_LEN];
	id_len = p[RECORD_ID_LEN];
	su = RECORD_ID + id_len + (id_len % 2 == 0);
	if (!id_len || su > len || len % 2 || (id_len % 2 == 0 && p[su - 1]))
		return false;
	r->flags = p[RECORD_FLAGS];
	r->id = (struct bytes){ p + RECORD_ID, id_len };
	r->su = (struct bytes){ p + su, len - su };
	return iso_read_both32(p + RECORD_BLOCK, &r->block) &&
	       iso_read_both32(p + RECORD_SIZE, &r->size) &&
	       iso_read_time(p + RECORD_TIME, &r->time) && !p[RECORD_XATTR] && !p[RECORD_UNIT] &&
	       !p[RECORD_GAP] && le16(p + RECORD_SEQUENCE) == 1 &&
	       both16_agree(p + RECORD_SEQUENCE);
}

int iso_record_next(struct bytes *in, struct iso_record *r)
{
	size_t room = in->len % BLOCK_SIZE ? in->len % BLOCK_SIZE : BLOCK_SIZE;

	if (in->len && !in->p[RECORD_LEN]) {
		if (!bytes_zero(in->p, room) || room == BLOCK_SIZE)
			return -1; /* a block without a record */
		in->p += room;
		in->len -= room;
		room = BLOCK_SIZE;
	}
	if (!in->len)
		return 0;
	if (!iso_record_read((struct bytes){ in->p, room }, r))
		return -1;
	room = in->p[RECORD_LEN];
	in->p += room;
	in->len -= room;
	return 1;
}
