/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks the directories in the way that libisofs does, from the same numbers: so what is not met
 * here is not met there. Section numbers are those of ECMA-119 unless they name SUSP or RRIP.
 */
#include "iso/survey_priv.h"

#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "iso/record.h"
#include "iso/write.h"

enum {
	DESCRIPTORS_MAX = 64,
	RECORD_IS_ASSOCIATED = 0x04,
};

/*
 * Steps of the library: it links each name into a sorted list, and makes its path anew from the
 * top.
 */
static const uint64_t effort_max = (uint64_t)ISO_SURVEY_CROWD_MAX * ISO_SURVEY_CROWD_MAX / 2;
enum { STEPS_A_LEVEL = 16, PATH_BYTES_A_STEP = 128 };

struct directory {
	uint32_t block;
	uint32_t depth;
	uint64_t path;          /* bytes of its path */
};

/* ---- records (9.1) ---- */

static const char broken_record[] = "a directory record is broken";

/*
 * The record at byte @at of a block. Other programs fill time and volume in less strictly than we
 * do.
 */
static int read_record(struct iso_survey *s, struct kept *k, unsigned at, struct record *r)
{
	const unsigned char *p = k->bytes + at;
	unsigned room = BLOCK_SIZE - at, su;

	memset(r, 0, sizeof(*r));
	if (room <= RECORD_ID || p[RECORD_LEN] <= RECORD_ID || p[RECORD_LEN] > room ||
	    !p[RECORD_ID_LEN])
		return survey_damaged(s, k->block, broken_record);
	su = RECORD_ID + p[RECORD_ID_LEN] + (p[RECORD_ID_LEN] % 2 == 0);
	if (su > p[RECORD_LEN] || p[RECORD_XATTR] || p[RECORD_UNIT] || p[RECORD_GAP] ||
	    (p[RECORD_FLAGS] & RECORD_IS_ASSOCIATED) ||
	    !iso_read_both32(p + RECORD_BLOCK, &r->block) ||
	    !iso_read_both32(p + RECORD_SIZE, &r->size))
		return survey_damaged(s, k->block, broken_record);
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
	struct bytes b = record_name(r);
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
	struct bytes b = record_name(r);
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
		return survey_no_memory(s->err);
	*(void **)array = more;
	*cap = wanted;
	return 0;
}

static int push(struct iso_survey *s, struct directory d)
{
	int ret = grow(s, &s->todo, s->ntodo, &s->todo_cap, sizeof(*s->todo));

	if (ret == 0 && d.depth > ISO_DEPTH_MAX)
		return err_set(s->err, EROFS, "its directories are nested more than %d deep",
			       ISO_DEPTH_MAX);
	if (ret == 0)
		s->todo[s->ntodo++] = d;
	return ret;
}

static bool is_file(const struct record *r)
{
	return !is_dir(r) && !r->child && !r->relocated && (!r->mode || S_ISREG(r->mode));
}

/*
 * The next part of a file that is in several (9.1.6): its last record says all, and is taken. The
 * library leaks the parts if that is anything but a file.
 */
static int survey_part(struct iso_survey *s, const struct kept *k, const struct record *r,
		       struct bytes *parts)
{
	bool continues = r->p[RECORD_FLAGS] & RECORD_CONTINUES;

	if (parts->len && !bytes_equal(*parts, r->id))
		return survey_damaged(s, k->block, "a file lacks its last part");
	if ((parts->len || continues) && !is_file(r))
		return survey_damaged(s, k->block, broken_record);
	*parts = continues ? r->id : (struct bytes){ NULL, 0 };
	return !continues;
}

static int survey_name(struct iso_survey *s, const struct kept *k, const struct record *r,
		       const struct directory *d)
{
	int ret = grow(s, &s->hashes, s->nhashes, &s->hashes_cap, sizeof(*s->hashes));

	if (ret < 0)
		return ret;
	if (!r->child && !types_agree(r))
		return survey_damaged(s, k->block, broken_record);
	if (!is_taken_as_it_is(s, r))
		return survey_cannot_keep(s, r, "a name that burnfs cannot write again");
	s->effort += s->nhashes + d->depth * (STEPS_A_LEVEL + d->path / PATH_BYTES_A_STEP);
	if (++s->count > ISO_SURVEY_NAMES_MAX || s->effort > effort_max)
		return survey_too_large(s);
	s->hashes[s->nhashes++] = hash_name(s, r);
	if (!r->child && !is_dir(r))
		return 0;
	return push(s, (struct directory){ r->child ? r->child : r->block, d->depth + 1,
					   d->path + record_name(r).len + 1 });
}

static int survey_entry(struct iso_survey *s, struct kept *k, unsigned at,
			const struct directory *d, struct bytes *parts)
{
	struct record r;
	int ret = read_record(s, k, at, &r);

	if (ret == 0 && (is_dot(&r, 0) || is_dot(&r, 1)))
		ret = survey_damaged(s, k->block, broken_record);
	if (ret == 0)
		ret = survey_part(s, k, &r, parts);
	/* Where it was relocated to is told by another record (RRIP 4.1.5). */
	return ret == 1 ? r.relocated ? 0 : survey_name(s, k, &r, d) : ret;
}

/* The block of a directory, which only this one may have. */
static int look_inside(struct iso_survey *s, uint64_t block, struct kept **k)
{
	int ret = survey_look(s, block, k);

	if (ret < 0)
		return ret;
	return survey_claim(s, *k, 0, BLOCK_SIZE, "a directory occurs twice");
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
	if (!is_dot(&self, 0) || !is_dir(&self) || self.block != k->block || self.child ||
	    self.relocated || !types_agree(&self) || (self.p[RECORD_FLAGS] & RECORD_CONTINUES))
		return survey_damaged(s, k->block, "there is no directory");
	ret = read_record(s, k, *at, &parent);
	if (ret == 0 && !is_dot(&parent, 1))
		ret = survey_damaged(s, k->block, "there is no directory");
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
			return survey_damaged(s, block,
					      "a directory has one name twice");
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
		ret = survey_damaged(s, d.block,
				     "a file in a directory lacks its last part");
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
	if (vd[VD_ROOT + RECORD_XATTR] || !iso_read_both32(vd + VD_ROOT + RECORD_BLOCK, top) ||
	    !*top || le16(vd + VD_BLOCK_SIZE) != BLOCK_SIZE)
		return survey_damaged(s, block, "a descriptor is broken");
	return 0;
}

static int survey_descriptor(struct iso_survey *s, uint32_t block, const unsigned char *vd)
{
	if (memcmp(vd + VD_MAGIC, "CD001", 5) != 0)
		return err_set(s->err, EROFS, "it has no readable ISO 9660 file system");
	if (vd[VD_TYPE] == 0)
		return err_set(s->err, EROFS,
			       "it is bootable, and would not be any more");
	if (vd[VD_TYPE] != VD_TYPE_SUPPLEMENTARY)
		return 0;
	if (is_joliet(vd))
		return read_top(s, block, vd, &s->joliet);
	return vd[VD_VERSION] == 2 ? read_top(s, block, vd, &s->iso1999) : 0;
}

static int survey_descriptors(struct iso_survey *s, uint32_t start, uint32_t *top)
{
	struct kept *k;
	int ret = survey_look(s, (uint64_t)start + PVD_BLOCK, &k);

	if (ret == 0)
		ret = survey_descriptor(s, k->block, k->bytes);
	if (ret == 0 && k->bytes[VD_TYPE] != VD_TYPE_PRIMARY)
		ret = survey_damaged(s, k->block, "there is no primary descriptor");
	if (ret == 0)
		ret = read_top(s, k->block, k->bytes, top);
	s->end = ret == 0 ? (uint64_t)start + le32(k->bytes + VD_BLOCKS) : 0;
	for (uint32_t i = 1; ret == 0 && k->bytes[VD_TYPE] != VD_TYPE_TERMINATOR; i++) {
		if (i > DESCRIPTORS_MAX)
			return survey_damaged(s, k->block, "there are too many descriptors");
		ret = survey_look(s, (uint64_t)start + PVD_BLOCK + i, &k);
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
	int ret = survey_look(s, *top, &k);

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

int iso_survey(iso_block_reader *read, void *data, uint32_t start, struct iso_survey **out,
	       struct err *err)
{
	struct iso_survey *s = calloc(1, sizeof(*s));
	int ret;

	if (!s)
		return survey_no_memory(err);
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
