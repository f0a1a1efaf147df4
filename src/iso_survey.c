/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks the directories in the way that libisofs does, from the same numbers: so what is not met here is not
 * met there. Section numbers are those of ECMA-119 unless they name SUSP or RRIP.
 */
#include "iso_survey.h"

#include <ctype.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "iso.h"
#include "iso_format.h"
#include "iso_record.h"

enum {
	DESCRIPTORS_MAX = 64,
	AREA_BLOCKS = 64,               /* of the continuation areas of one record */
	FIELDS_MAX = 2048,              /* of one record */
	LOOKS_MAX = 4 * 1024 * 1024,    /* how often the library may ask for a block, again or not */
	NAME_MAX_BYTES = 255,
	RECORD_IS_ASSOCIATED = 0x04,
	TF_LONG = 0x80,
};

/* Steps of the library: it links each name into a sorted list, and makes its path anew from the top. */
static const uint64_t effort_max = (uint64_t)ISO_SURVEY_CROWD_MAX * ISO_SURVEY_CROWD_MAX / 2;
enum { STEPS_A_LEVEL = 16, PATH_BYTES_A_STEP = 128 };

/* A block that is kept. */
struct kept {
	uint32_t block;
	unsigned char claimed[BLOCK_SIZE / 8];  /* a bit for each byte */
	unsigned char bytes[BLOCK_SIZE];
};

struct directory {
	uint32_t block;
	uint32_t depth;
	uint64_t path;          /* bytes of its path */
};

struct iso_survey {
	iso_block_reader *read;
	void *data;
	struct err *err;
	void *kept;                     /* of tsearch(): struct kept */
	uint32_t nkept, looks;
	bool probing;                   /* what is read is read again */
	enum iso_names names;
	uint32_t joliet, iso1999;       /* where their topmost directories are; 0: there is none */
	uint32_t count;
	uint64_t effort;
	struct directory *todo;         /* a stack */
	size_t ntodo, todo_cap;
	uint64_t *hashes;               /* of the names of one directory */
	size_t nhashes, hashes_cap;
	unsigned char area[AREA_BLOCKS * BLOCK_SIZE];
};

/* A directory record, and what its fields say. */
struct record {
	const unsigned char *p;
	uint32_t where;                 /* the block it is in */
	uint32_t block, size;
	struct bytes id, su;
	unsigned char *buffer;          /* where the fields are that are looked at: the block, or the area */
	const unsigned char *end;       /* of its last block */
	unsigned fields;
	char name[NAME_MAX_BYTES + 1];
	size_t name_len, target;
	bool name_open, part_open, named, rock, relocated;
	uint32_t child, mode;           /* 0: it does not say */
	const char *lost;               /* why it cannot be kept; NULL: it can */
	uint32_t ce_block, ce_offset, ce_size, ce_blocks;
	bool hidden;                    /* something in the area was */
};

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "not enough memory to read what the disc holds");
}

static int damaged(struct iso_survey *s, uint32_t block, const char *what)
{
	return err_set(s->err, EROFS, "it is no ISO 9660 that can be relied upon: in block %u, %s", block, what);
}

static struct bytes name_of(const struct record *r)
{
	return r->named ? (struct bytes){ (const unsigned char *)r->name, r->name_len } : r->id;
}

int iso_cannot_keep(struct err *err, const char *name, size_t len, const char *why)
{
	bool text = utf8_valid(name, len);
	char shown[100];
	size_t n = 0, i = 0;

	for (; i < len && n < sizeof(shown) - 4; i++)
		if (name[i]) /* as there is in UTF-16 */
			shown[n++] = (unsigned char)name[i] >= ' ' && (text || (unsigned char)name[i] < 0x7f) ?
				     name[i] : '?';
	while (text && i < len && (name[i] & 0xc0) == 0x80) /* the rest of a character */
		shown[n++] = name[i++];
	shown[n] = '\0';
	return err_set(err, EROFS, "it holds \"%s\", %s", shown, why);
}

static int cannot_keep(struct iso_survey *s, const struct record *r, const char *why)
{
	struct bytes name = name_of(r);

	return iso_cannot_keep(s->err, (const char *)name.p, name.len, why);
}

static int too_large(struct iso_survey *s)
{
	return err_set(s->err, EROFS,
		       "it holds more than burnfs takes up: up to %d names, and up to %d in one directory",
		       ISO_SURVEY_NAMES_MAX, ISO_SURVEY_CROWD_MAX);
}

/* ---- the blocks ---- */

static int compare_kept(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	return (x->block > y->block) - (x->block < y->block);
}

static int keep(struct iso_survey *s, uint32_t block, struct kept **out)
{
	struct kept *k = calloc(1, sizeof(*k));
	int ret;

	if (!k)
		return no_memory(s->err);
	k->block = block;
	ret = s->nkept < ISO_SURVEY_BLOCKS_MAX ? s->read(s->data, block, k->bytes, s->err) : too_large(s);
	if (ret == 0 && !tsearch(k, &s->kept, compare_kept))
		ret = no_memory(s->err);
	if (ret < 0) {
		free(k);
		return ret;
	}
	s->nkept++;
	*out = k;
	return 0;
}

static int look(struct iso_survey *s, uint64_t block, struct kept **out)
{
	struct kept key = { .block = (uint32_t)block };
	void *found;

	if (block > UINT32_MAX)
		return damaged(s, UINT32_MAX, "something goes on behind the last one there can be");
	if (++s->looks > LOOKS_MAX)
		return too_large(s);
	found = tfind(&key, &s->kept, compare_kept);
	if (!found)
		return keep(s, (uint32_t)block, out);
	*out = *(struct kept **)found;
	return 0;
}

/*
 * Bytes belong to one directory, or to the fields of one record. So there are no loops, everything
 * is read once, and hiding a field spoils no other.
 */
static int claim(struct iso_survey *s, struct kept *k, unsigned at, unsigned len, const char *what)
{
	for (; len; at++, len--) {
		unsigned char bit = (unsigned char)(1 << at % 8);

		if (k->claimed[at / 8] & bit)
			return damaged(s, k->block, what);
		k->claimed[at / 8] |= bit;
	}
	return 0;
}

const unsigned char *iso_survey_block(const struct iso_survey *s, uint32_t block)
{
	struct kept key = { .block = block };
	void *found = tfind(&key, &s->kept, compare_kept);

	return found ? (*(struct kept **)found)->bytes : NULL;
}

/* ---- fields of the system use area (SUSP 4.1, RRIP 4.1) ---- */

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
				return damaged(s, r->where, broken_field);
	return memchr(f + f[FIELD_LEN], '\0', (size_t)(r->end - f) - f[FIELD_LEN]) ? 0 :
	       damaged(s, r->where, broken_field);
}

static int field_nm(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	size_t len = f[FIELD_LEN] - (FIELD_DATA + 1u);

	if (f[FIELD_DATA] & (NM_CURRENT | NM_PARENT))
		return r->named || r->id.len != 1 ? damaged(s, r->where, broken_field) : 0;
	if (!len || f[FIELD_DATA] > NM_CONTINUE || (r->named && !r->name_open))
		return damaged(s, r->where, broken_field);
	if (len > NAME_MAX_BYTES - r->name_len)
		return cannot_keep(s, r, "a name that cannot be written again");
	memcpy(r->name + r->name_len, f + FIELD_DATA + 1, len);
	r->name_len += len;
	r->name[r->name_len] = '\0';
	r->named = true;
	r->name_open = f[FIELD_DATA] == NM_CONTINUE;
	return 0;
}

/* What a part adds to the target, with a slash, which is one too many where it begins at the root. */
static size_t part_length(struct record *r, unsigned flags, unsigned len)
{
	size_t slash = r->target && !r->part_open;

	r->part_open = flags & SL_PART_CONTINUE;
	return slash + (flags & SL_PART_PARENT ? 2 : flags & (SL_PART_CURRENT | SL_PART_ROOT) ? 1 : len);
}

static int field_sl(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	unsigned at = FIELD_DATA + 1, len;

	for (; at < f[FIELD_LEN]; at += 2 + len) {
		len = at + 1 < f[FIELD_LEN] ? f[at + 1] : UINT8_MAX;
		if (at + 2 + len > f[FIELD_LEN] || memchr(f + at + 2, '\0', len) || memchr(f + at + 2, '/', len))
			return damaged(s, r->where, broken_field);
		r->target += part_length(r, f[at], len);
	}
	if (r->target > SIZE_LINK_MAX + 1)
		r->lost = "a link whose target cannot be written again";
	return 0;
}

static int field_ce(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	if (r->ce_size || f[FIELD_VERSION] != 1)
		return damaged(s, r->where, broken_field);
	r->ce_block = le32(f + CE_BLOCK);
	r->ce_offset = le32(f + CE_OFFSET);
	r->ce_size = le32(f + CE_SIZE);
	return r->ce_offset < BLOCK_SIZE && r->ce_size >= FIELD_DATA && r->ce_size <= sizeof(s->area) ? 0 :
	       damaged(s, r->where, broken_field);
}

static int field_cl(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	r->child = le32(f + FIELD_DATA);
	return r->child ? 0 : damaged(s, r->where, broken_field);
}

static int field_re(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	(void)s;
	(void)f;
	r->relocated = true;
	return 0;
}

/* SUSP 5.3: a mark, and how much to skip in each record, which is nothing but on discs of a kind of their own. */
static int field_sp(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	static const unsigned char mark[] = { 1, 0xbe, 0xef, 0 };

	return memcmp(f + FIELD_VERSION, mark, sizeof(mark)) == 0 ? 0 : damaged(s, r->where, broken_field);
}

/* SUSP 5.5 */
static int field_er(struct iso_survey *s, struct record *r, const unsigned char *f)
{
	static const char *const ids[] = { "RRIP_1991A", "IEEE_P1282", "IEEE_1282" };
	unsigned len = f[4];

	if (8u + len > f[FIELD_LEN])
		return damaged(s, r->where, broken_field);
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
 * Attributes in AAIP, which are not taken up. The library would read them all the same, never free broken ones, and
 * hand the charset that they may name to iconv(3): so they become padding.
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
	{ "SL", 5, false, field_sl },
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
		return f[FIELD_LEN] < fields[i].min ? damaged(s, r->where, broken_field) :
						      fields[i].look(s, r, f);
	}
	return 0;
}

/* The library takes a field for one before it looks whether it is the end, where an area is continued. */
static int survey_area(struct iso_survey *s, struct record *r, struct bytes area, bool continued)
{
	int ret = 0;

	while (ret == 0 && area.len >= FIELD_DATA && (continued || memcmp(area.p, "ST", 2) != 0)) {
		if (area.p[FIELD_LEN] < FIELD_DATA || area.p[FIELD_LEN] > area.len || ++r->fields > FIELDS_MAX ||
		    (continued && memcmp(area.p, "ST", 2) == 0))
			return damaged(s, r->where, broken_field);
		ret = survey_field(s, r, area.p);
		area.len -= area.p[FIELD_LEN];
		area.p += area.p[FIELD_LEN];
		continued = false;
	}
	return ret;
}

/* The blocks of an area, one after the other: as much of each as is the area's. */
static int each_block(struct iso_survey *s, const struct record *r,
		      int (*each)(struct iso_survey *, struct kept *, unsigned char *copy, unsigned at, unsigned len))
{
	uint32_t done = 0;
	int ret = 0;

	for (uint64_t block = r->ce_block; ret == 0 && done < r->ce_size; block++) {
		unsigned at = done ? 0 : r->ce_offset, len = BLOCK_SIZE - at;
		struct kept *k;

		if (len > r->ce_size - done)
			len = r->ce_size - done;
		ret = look(s, block, &k);
		if (ret == 0)
			ret = each(s, k, s->area + r->ce_offset + done - at, at, len);
		done += len;
	}
	return ret;
}

static int take_block(struct iso_survey *s, struct kept *k, unsigned char *copy, unsigned at, unsigned len)
{
	memcpy(copy, k->bytes, BLOCK_SIZE);
	return s->probing ? 0 : claim(s, k, at, len, "fields of Rock Ridge are met a second time");
}

static int put_block(struct iso_survey *s, struct kept *k, unsigned char *copy, unsigned at, unsigned len)
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
	if (r->ce_blocks > AREA_BLOCKS)
		return damaged(s, r->where, "fields of Rock Ridge go on for too long");
	ret = each_block(s, &was, take_block);
	r->buffer = s->area;
	r->end = s->area + (size_t)n * BLOCK_SIZE;
	r->ce_size = 0;
	r->hidden = false;
	if (ret == 0)
		ret = survey_area(s, r, (struct bytes){ s->area + was.ce_offset, was.ce_size }, true);
	return ret == 0 && r->hidden ? each_block(s, &was, put_block) : ret;
}

static int survey_fields(struct iso_survey *s, struct record *r)
{
	int ret = survey_area(s, r, r->su, false);

	while (ret == 0 && r->ce_size)
		ret = survey_continuation(s, r);
	if (ret == 0 && r->name_open)
		ret = damaged(s, r->where, broken_field);
	return ret == 0 && r->lost ? cannot_keep(s, r, r->lost) : ret;
}

/* ---- records (9.1) ---- */

static const char broken_record[] = "a directory record is broken";

/* The record at byte @at of a block. Other programs fill time and volume in less strictly than we do. */
static int read_record(struct iso_survey *s, struct kept *k, unsigned at, struct record *r)
{
	const unsigned char *p = k->bytes + at;
	unsigned room = BLOCK_SIZE - at, su;

	memset(r, 0, sizeof(*r));
	if (room <= RECORD_ID || p[RECORD_LEN] <= RECORD_ID || p[RECORD_LEN] > room || !p[RECORD_ID_LEN])
		return damaged(s, k->block, broken_record);
	su = RECORD_ID + p[RECORD_ID_LEN] + (p[RECORD_ID_LEN] % 2 == 0);
	if (su > p[RECORD_LEN] || p[RECORD_XATTR] || p[RECORD_UNIT] || p[RECORD_GAP] ||
	    (p[RECORD_FLAGS] & RECORD_IS_ASSOCIATED) || !iso_read_both32(p + RECORD_BLOCK, &r->block) ||
	    !iso_read_both32(p + RECORD_SIZE, &r->size))
		return damaged(s, k->block, broken_record);
	r->p = p;
	r->where = k->block;
	r->buffer = k->bytes;
	r->end = k->bytes + BLOCK_SIZE;
	r->id = (struct bytes){ p + RECORD_ID, p[RECORD_ID_LEN] };
	r->su = (struct bytes){ p + su, p[RECORD_LEN] - su };
	return s->names == ISO_NAMES_ROCK_RIDGE ? survey_fields(s, r) : 0;
}

static bool is_dir(const struct record *r)
{
	return r->p[RECORD_FLAGS] & RECORD_IS_DIR;
}

/* "." and "..", which are 0 and 1 (6.8.2.2). */
static bool is_dot(const struct record *r, unsigned char which)
{
	return r->id.len == 1 && r->id.p[0] == which;
}

/* Whether the type in Rock Ridge is that of the record: the library believes the former. */
static bool types_agree(const struct record *r)
{
	return !r->mode || S_ISDIR(r->mode) == is_dir(r);
}

static bool is_ascii(const char *name, size_t len)
{
	while (len && name[len - 1] >= 0)
		len--;
	return !len;
}

/* Surrogates in pairs, and no character that cannot be in a name (Joliet has it in UCS-2BE). */
static bool is_utf16(struct bytes id)
{
	bool half = false;

	for (size_t i = 0; i + 1 < id.len; i += 2) {
		unsigned c = be16(id.p + i);

		if (!c || c == '/' || half != ((c & 0xfc00) == 0xdc00))
			return false;
		half = (c & 0xfc00) == 0xd800;
	}
	return !half && id.len % 2 == 0;
}

/* Of any other name the library would silently make one of its own. */
static bool is_taken_as_it_is(const struct iso_survey *s, const struct record *r)
{
	struct bytes b = name_of(r);
	const char *name = (const char *)b.p;

	if (s->names == ISO_NAMES_JOLIET)
		return is_utf16(b);
	if (memchr(name, '\0', b.len) || memchr(name, '/', b.len))
		return false;
	return s->names == ISO_NAMES_PLAIN ? is_ascii(name, b.len) : utf8_valid(name, b.len);
}

static bool cut_off(struct bytes *name, const char *end, size_t len)
{
	if (name->len <= len || memcmp(name->p + name->len - len, end, len) != 0)
		return false;
	name->len -= len;
	return true;
}

/* FNV-1a, without the version and an empty extension, which the library cuts off (7.5.1). */
static uint64_t hash_name(const struct iso_survey *s, const struct record *r)
{
	struct bytes b = name_of(r);
	uint64_t h = 0xcbf29ce484222325u;

	if (!r->named && s->names == ISO_NAMES_JOLIET) {
		if (cut_off(&b, "\0;\0" "1", 4))
			cut_off(&b, "\0.", 2);
	} else if (!r->named && cut_off(&b, ";1", 2)) {
		cut_off(&b, ".", 1);
	}
	for (size_t i = 0; i < b.len; i++)
		h = (h ^ b.p[i]) * 0x100000001b3u;
	return h;
}

/* ---- directories (6.8) ---- */

/* Room for one more in an array. */
static int grow(struct iso_survey *s, void *array, size_t n, size_t *cap, size_t size)
{
	size_t wanted = *cap ? *cap * 2 : 256;
	void *more;

	if (n < *cap)
		return 0;
	more = realloc(*(void **)array, wanted * size);
	if (!more)
		return no_memory(s->err);
	*(void **)array = more;
	*cap = wanted;
	return 0;
}

static int push(struct iso_survey *s, struct directory d)
{
	int ret = grow(s, &s->todo, s->ntodo, &s->todo_cap, sizeof(*s->todo));

	if (ret == 0 && d.depth > ISO_DEPTH_MAX)
		return err_set(s->err, EROFS, "it holds more than %d directories in each other", ISO_DEPTH_MAX);
	if (ret == 0)
		s->todo[s->ntodo++] = d;
	return ret;
}

/* The next part of a file that is in several (9.1.6): its last record says all, and is taken. */
static int survey_part(struct iso_survey *s, const struct kept *k, const struct record *r, struct bytes *parts)
{
	if (parts->len && !bytes_equal(*parts, r->id))
		return damaged(s, k->block, "a file ends without its last part");
	*parts = (struct bytes){ NULL, 0 };
	if (!(r->p[RECORD_FLAGS] & RECORD_CONTINUES))
		return 1;
	if (is_dir(r) || r->child || r->relocated)
		return damaged(s, k->block, broken_record);
	*parts = r->id;
	return 0;
}

static int survey_name(struct iso_survey *s, const struct kept *k, const struct record *r,
		       const struct directory *d)
{
	int ret = grow(s, &s->hashes, s->nhashes, &s->hashes_cap, sizeof(*s->hashes));

	if (ret < 0)
		return ret;
	if (!r->child && !types_agree(r))
		return damaged(s, k->block, broken_record);
	if (!is_taken_as_it_is(s, r))
		return cannot_keep(s, r, "a name that cannot be written again");
	s->effort += s->nhashes + d->depth * (STEPS_A_LEVEL + d->path / PATH_BYTES_A_STEP);
	if (++s->count > ISO_SURVEY_NAMES_MAX || s->effort > effort_max)
		return too_large(s);
	s->hashes[s->nhashes++] = hash_name(s, r);
	if (!r->child && !is_dir(r))
		return 0;
	return push(s, (struct directory){ r->child ? r->child : r->block, d->depth + 1,
					   d->path + name_of(r).len + 1 });
}

static int survey_entry(struct iso_survey *s, struct kept *k, unsigned at, const struct directory *d,
			struct bytes *parts)
{
	struct record r;
	int ret = read_record(s, k, at, &r);

	if (ret == 0 && (is_dot(&r, 0) || is_dot(&r, 1)))
		ret = damaged(s, k->block, broken_record);
	if (ret == 0)
		ret = survey_part(s, k, &r, parts);
	/* Where it was relocated to is told by another record (RRIP 4.1.5). */
	return ret == 1 ? r.relocated ? 0 : survey_name(s, k, &r, d) : ret;
}

/* The block of a directory, which only this one may have. */
static int look_inside(struct iso_survey *s, uint64_t block, struct kept **k)
{
	int ret = look(s, block, k);

	return ret == 0 ? claim(s, *k, 0, BLOCK_SIZE, "a directory is met a second time") : ret;
}

/* "." and "..": @size gets what the former says, which is what the library goes by. */
static int survey_dots(struct iso_survey *s, struct kept *k, uint32_t *size, unsigned *at)
{
	struct record self, parent;
	int ret = read_record(s, k, 0, &self);

	if (ret < 0)
		return ret;
	*size = self.size;
	*at = self.p[RECORD_LEN];
	if (!is_dot(&self, 0) || !is_dir(&self) || self.block != k->block || self.child || self.relocated ||
	    !types_agree(&self) || (self.p[RECORD_FLAGS] & RECORD_CONTINUES))
		return damaged(s, k->block, "there is no directory");
	ret = read_record(s, k, *at, &parent);
	if (ret == 0 && !is_dot(&parent, 1))
		ret = damaged(s, k->block, "there is no directory");
	if (ret == 0)
		*at += parent.p[RECORD_LEN];
	return ret;
}

static int compare_hashes(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int names_differ(struct iso_survey *s, uint32_t block)
{
	if (s->nhashes)
		qsort(s->hashes, s->nhashes, sizeof(*s->hashes), compare_hashes);
	for (size_t i = 1; i < s->nhashes; i++)
		if (s->hashes[i] == s->hashes[i - 1])
			return damaged(s, block, "a directory begins that has one name twice");
	return 0;
}

static int survey_directory(struct iso_survey *s, struct directory d)
{
	struct bytes parts = { NULL, 0 };
	uint64_t begin = 0; /* of the block, in bytes from that of the directory */
	uint32_t size = 0;
	unsigned at = 0;
	struct kept *k;
	int ret = look_inside(s, d.block, &k);

	s->nhashes = 0;
	if (ret == 0)
		ret = survey_dots(s, k, &size, &at);
	while (ret == 0 && begin + at < size) {
		if (at < BLOCK_SIZE && k->bytes[at]) {
			ret = survey_entry(s, k, at, &d, &parts);
			at += k->bytes[at];
			continue;
		}
		begin += BLOCK_SIZE;
		at = 0;
		if (begin < size)
			ret = look_inside(s, d.block + begin / BLOCK_SIZE, &k);
	}
	if (ret == 0 && parts.len)
		ret = damaged(s, d.block, "a directory begins in which a file lacks its last part");
	return ret == 0 ? names_differ(s, d.block) : ret;
}

/* ---- volume descriptors (8) ---- */

static bool is_joliet(const unsigned char *vd)
{
	const unsigned char *e = vd + VD_ESCAPES;

	return e[0] == '%' && e[1] == '/' && (e[2] == '@' || e[2] == 'C' || e[2] == 'E');
}

/* Which directory is the topmost of the tree that a descriptor tells of. */
static int read_top(struct iso_survey *s, uint32_t block, const unsigned char *vd, uint32_t *top)
{
	if (vd[VD_ROOT + RECORD_XATTR] || !iso_read_both32(vd + VD_ROOT + RECORD_BLOCK, top) || !*top ||
	    le16(vd + VD_BLOCK_SIZE) != BLOCK_SIZE)
		return damaged(s, block, "a descriptor is broken");
	return 0;
}

static int survey_descriptor(struct iso_survey *s, uint32_t block, const unsigned char *vd)
{
	if (memcmp(vd + VD_MAGIC, "CD001", 5) != 0)
		return err_set(s->err, EROFS, "it holds no ISO 9660 that can be read");
	if (vd[VD_TYPE] == 0)
		return err_set(s->err, EROFS, "it can be booted from, which it could not be any more");
	if (vd[VD_TYPE] != VD_TYPE_SUPPLEMENTARY)
		return 0;
	if (is_joliet(vd))
		return read_top(s, block, vd, &s->joliet);
	return vd[VD_VERSION] == 2 ? read_top(s, block, vd, &s->iso1999) : 0;
}

static int survey_descriptors(struct iso_survey *s, uint32_t start, uint32_t *top)
{
	struct kept *k;
	int ret = look(s, (uint64_t)start + PVD_BLOCK, &k);

	if (ret == 0)
		ret = survey_descriptor(s, k->block, k->bytes);
	if (ret == 0 && k->bytes[VD_TYPE] != VD_TYPE_PRIMARY)
		ret = damaged(s, k->block, "there is no primary descriptor");
	if (ret == 0)
		ret = read_top(s, k->block, k->bytes, top);
	for (uint32_t i = 1; ret == 0 && k->bytes[VD_TYPE] != VD_TYPE_TERMINATOR; i++) {
		if (i > DESCRIPTORS_MAX)
			return damaged(s, k->block, "descriptors go on for too long");
		ret = look(s, (uint64_t)start + PVD_BLOCK + i, &k);
		if (ret == 0)
			ret = survey_descriptor(s, k->block, k->bytes);
	}
	return ret;
}

/* Rock Ridge is announced in the first record of the topmost directory (SUSP 5.3, 5.5). */
static int choose_names(struct iso_survey *s, uint32_t *top)
{
	struct record self;
	struct kept *k;
	int ret = look(s, *top, &k);

	s->probing = true;
	if (ret == 0)
		ret = read_record(s, k, 0, &self);
	if (ret == 0 && self.su.len >= 7 && memcmp(self.su.p, "SP", 2) == 0)
		ret = survey_fields(s, &self);
	s->probing = false;
	if (ret < 0 || self.rock) {
		s->names = ISO_NAMES_ROCK_RIDGE;
	} else if (s->joliet) {
		s->names = ISO_NAMES_JOLIET;
		*top = s->joliet;
	} else if (s->iso1999) {
		s->names = ISO_NAMES_1999;
		*top = s->iso1999;
	}
	return ret;
}

/* ---- the whole ---- */

static int survey(struct iso_survey *s, uint32_t start)
{
	uint32_t top;
	int ret = survey_descriptors(s, start, &top);

	s->names = ISO_NAMES_PLAIN;
	if (ret == 0)
		ret = choose_names(s, &top);
	if (ret == 0)
		ret = push(s, (struct directory){ top, 1, 0 });
	while (ret == 0 && s->ntodo)
		ret = survey_directory(s, s->todo[--s->ntodo]);
	return ret;
}

int iso_survey(iso_block_reader *read, void *data, uint32_t start, struct iso_survey **out, struct err *err)
{
	struct iso_survey *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return no_memory(err);
	s->read = read;
	s->data = data;
	s->err = err;
	ret = survey(s, start);
	if (ret < 0)
		iso_survey_free(s);
	else
		*out = s;
	return ret;
}

void iso_survey_free(struct iso_survey *s)
{
	tdestroy(s->kept, free);
	free(s->todo);
	free(s->hashes);
	free(s);
}

enum iso_names iso_survey_names(const struct iso_survey *s)
{
	return s->names;
}

uint32_t iso_survey_count(const struct iso_survey *s)
{
	return s->count;
}
