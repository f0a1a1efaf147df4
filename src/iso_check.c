/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks the directories of the disc alongside those of the tree: each of the tree's once, so
 * whatever the bytes say, the walk ends. Every block of the head must belong to one thing, or be
 * zero. Section numbers are those of ECMA-119 unless they name SUSP or RRIP. No locks; the tree is
 * held.
 */
#include "iso_check.h"

#include <stdio.h>
#include <string.h>

#include "disc.h"
#include "iso_format.h"

enum {
	CE_HOPS_MAX = 64,             /* continuation areas of one record */
	NAME_MAX_BYTES = 255,
	JOLIET_ID_MAX = 2 * (104 + 2),
	SECTION_MAX = 0xfffff800u,    /* bytes of each section but the last: whole blocks */
	OWNER_SYSTEM = 1,             /* owners of blocks: volume descriptors, */
	OWNER_PATHS,                  /* path tables, */
	OWNER_FIRST_DIR,              /* and directories from here on */
};

enum field_seen {
	SEEN_PX = 1 << 0, SEEN_TF = 1 << 1, SEEN_NM = 1 << 2, SEEN_SL = 1 << 3, SEEN_CE = 1 << 4,
	SEEN_SP = 1 << 5, SEEN_ER = 1 << 6,
	SEEN_MARKS = SEEN_SP | SEEN_ER  /* of the root only */
};

/* A run of bytes of the head that is read from its front. */
struct bytes {
	const unsigned char *p;
	size_t len;
};

/* A directory record (9.1). */
struct record {
	uint32_t block, size;
	int64_t time;
	unsigned flags;
	struct bytes id, su;          /* its name, and the system use area */
};

/* What the system use fields of a record say. */
struct rock {
	unsigned seen;                /* enum field_seen */
	unsigned nm_flags;
	bool nm_open, sl_open, part_open;  /* the last one said that it is continued */
	uint32_t mode, links, uid, gid, serial;
	int64_t mtime, atime, ctime;
	uint32_t ce_block, ce_offset, ce_size;
	size_t name_len, target_len;
	char name[NAME_MAX_BYTES + 1];
	char target[SIZE_LINK_MAX + 2];
};

/* A directory that is to be compared. */
struct pending {
	const struct node *node;
	uint32_t block, size;
	uint32_t parent_block, parent_size;
};

/* A file as its records come, one a section (6.5.1). */
struct sections {
	bool open;                    /* more are to come */
	const struct name *name;      /* of the ISO tree only */
	struct bytes id;
	uint32_t block;
	uint64_t bytes;
};

/* What Joliet has under another name than the staged one, to be told by what it is. */
struct renamed {
	bool dir;
	const struct node *content;   /* of a file that is not empty */
	int64_t time;
	size_t order;                 /* of the record, or of the name as Joliet sorts it */
	const struct name *name;      /* of what is staged; else NULL */
	uint32_t block, size;         /* of a directory's record */
};

struct renamed_list {
	struct renamed *v;
	size_t n, cap;
};

struct check {
	const struct tree *tree;
	const struct iso_layout *layout;
	struct err *err;
	uint32_t blocks;              /* of the head */
	uint32_t *owner;              /* of each of its blocks; 0 is nobody */
	uint32_t ndirs;               /* directories claimed so far */
	const struct node *dir;       /* the one at hand */
	uint32_t dir_owner;
	size_t ca_end;                /* where the continuation areas met in it end; or 0 */
	bool joliet;
	struct pending *todo;
	size_t ntodo, todo_cap;
	unsigned char *seen;          /* bits: names of the directory at hand, by their slot */
	size_t seen_cap;
	const struct node **serials;  /* RRIP file serial numbers: whose each is */
	size_t nserials;
	size_t nfiles;                /* files with content met so far */
	size_t next_file;             /* likely the next to be met: its index in the layout */
	struct rock rock;
	struct renamed_list records, names;
};

/* ---- the sentence ---- */

/* Always -EIO. */
static int damage(struct check *c, const char *what)
{
	char path[200] = "data";

	if (c->dir && tree_path(c->dir, path, sizeof(path)) >= sizeof(path))
		snprintf(path, sizeof(path), "a directory deep in data");
	return err_set(c->err, EIO,
		       "the disc's directories would be damaged at \"%s\" (%s%s); libisofs up to "
		       "1.5.4 may fail on many names of more than 110 bytes: shorten some names "
		       "there by a few bytes, or use libisofs 1.5.6 or newer",
		       path, c->joliet ? "Joliet: " : "", what);
}

static int no_memory(struct check *c)
{
	return err_set(c->err, ENOMEM, "no memory left to check the disc's directories");
}

/* ---- blocks ---- */

static const unsigned char *block_at(const struct check *c, uint32_t block)
{
	return c->layout->head + (size_t)block * BLOCK_SIZE;
}

static bool all_zero(const unsigned char *p, size_t len)
{
	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}

/* Take @n blocks for @owner; false when they are not in the head, or somebody else's. */
static bool claim(struct check *c, uint32_t block, uint32_t n, uint32_t owner)
{
	if (!n || block >= c->blocks || n > c->blocks - block)
		return false;
	for (uint32_t i = 0; i < n; i++) {
		if (c->owner[block + i])
			return false;
		c->owner[block + i] = owner;
	}
	return true;
}

/* What the last block of continuation areas has behind the last one, before @limit. */
static bool rest_is_zero(const struct check *c, size_t limit)
{
	size_t end = blocks_of(c->ca_end) * BLOCK_SIZE;

	if (limit < end)
		end = limit;
	return all_zero(c->layout->head + c->ca_end, end - c->ca_end);
}

/*
 * Take a continuation area. Those of a directory follow each other in blocks of its own, and there
 * is nothing between them.
 */
static bool claim_continuation(struct check *c, uint32_t block, uint32_t offset, uint32_t size)
{
	size_t start = (size_t)block * BLOCK_SIZE + offset;

	if (!size || offset >= BLOCK_SIZE || size > BLOCK_SIZE - offset || start < c->ca_end ||
	    !rest_is_zero(c, start))
		return false;
	if (c->ca_end <= start - offset &&
	    (!claim(c, block, 1, c->dir_owner) || !all_zero(block_at(c, block), offset)))
		return false;
	c->ca_end = start + size;
	return true;
}

/* ---- numbers and times ---- */

/* Days from 1970 to a date of the Gregorian calendar. */
static int64_t days_from_1970(int year, int month, int day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = (month + 9) % 12; /* March is the first: the leap day comes last */

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 719469;
}

/* Seven bytes (9.1.5), in UTC. False when they are no time. */
static bool read_time(const unsigned char *p, int64_t *out)
{
	if (p[1] < 1 || p[1] > 12 || p[2] < 1 || p[2] > 31 || p[3] > 23 || p[4] > 59 || p[5] > 59 ||
	    p[6])
		return false;
	*out = days_from_1970(1900 + p[0], p[1], p[2]) * 86400 + p[3] * 3600 + p[4] * 60 + p[5];
	return true;
}

static bool read_both32(const unsigned char *p, uint32_t *out)
{
	*out = le32(p);
	return both32_agree(p);
}

/* ---- records ---- */

/* The record at the front of @in. False when it is none. */
static bool read_record(struct bytes in, struct record *r)
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
	return read_both32(p + RECORD_BLOCK, &r->block) && read_both32(p + RECORD_SIZE, &r->size) &&
	       read_time(p + RECORD_TIME, &r->time) && !p[RECORD_XATTR] && !p[RECORD_UNIT] &&
	       !p[RECORD_GAP] && le16(p + RECORD_SEQUENCE) == 1 &&
	       both16_agree(p + RECORD_SEQUENCE);
}

/*
 * The next record of a directory, of which @in is what is left. A record does not cross blocks:
 * what is left of a block behind its last one is zero (6.8.1.1). 1, 0 at the end, -1 when there is
 * none.
 */
static int next_record(struct bytes *in, struct record *r)
{
	size_t room = in->len % BLOCK_SIZE ? in->len % BLOCK_SIZE : BLOCK_SIZE;

	if (in->len && !in->p[RECORD_LEN]) {
		if (!all_zero(in->p, room) || room == BLOCK_SIZE)
			return -1; /* a block without a record */
		in->p += room;
		in->len -= room;
		room = BLOCK_SIZE;
	}
	if (!in->len)
		return 0;
	if (!read_record((struct bytes){ in->p, room }, r))
		return -1;
	room = in->p[RECORD_LEN];
	in->p += room;
	in->len -= room;
	return 1;
}

/* ---- system use fields (SUSP 5, RRIP 4.1): each is given the whole field ---- */

static bool field_px(const struct check *c, struct rock *r, struct bytes f)
{
	(void)c;
	return f.len == PX_LEN && read_both32(f.p + PX_MODE, &r->mode) &&
	       read_both32(f.p + PX_LINKS, &r->links) && read_both32(f.p + PX_UID, &r->uid) &&
	       read_both32(f.p + PX_GID, &r->gid) && read_both32(f.p + PX_SERIAL, &r->serial);
}

static bool field_tf(const struct check *c, struct rock *r, struct bytes f)
{
	(void)c;
	return f.len == TF_LEN && f.p[FIELD_DATA] == TF_FLAGS &&
	       read_time(f.p + TF_MODIFY, &r->mtime) && read_time(f.p + TF_ACCESS, &r->atime) &&
	       read_time(f.p + TF_ATTRIBUTES, &r->ctime);
}

static bool field_nm(const struct check *c, struct rock *r, struct bytes f)
{
	size_t len = f.len - (FIELD_DATA + 1);

	(void)c;
	if (f.len <= FIELD_DATA || ((r->seen & SEEN_NM) && !r->nm_open) ||
	    len > NAME_MAX_BYTES - r->name_len)
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

/* One component of a link's target (RRIP 4.1.3.1). */
static bool link_part(struct rock *r, unsigned flags, const char *text, size_t len)
{
	bool more = r->part_open;

	r->part_open = flags == SL_PART_CONTINUE;
	if (!more && r->target_len && r->target[r->target_len - 1] != '/' && !target_add(r, "/", 1))
		return false;
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

static bool field_sl(const struct check *c, struct rock *r, struct bytes f)
{
	size_t pos = FIELD_DATA + 1;

	(void)c;
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

static bool field_ce(const struct check *c, struct rock *r, struct bytes f)
{
	(void)c;
	return f.len == CE_LEN && !(r->seen & SEEN_CE) &&
	       read_both32(f.p + CE_BLOCK, &r->ce_block) &&
	       read_both32(f.p + CE_OFFSET, &r->ce_offset) &&
	       read_both32(f.p + CE_SIZE, &r->ce_size);
}

/* The marks of Rock Ridge are in the root's own record only (SUSP 5.3, 5.5). */
static bool field_sp(const struct check *c, struct rock *r, struct bytes f)
{
	static const unsigned char mark[] = { 0xbe, 0xef, 0 };

	return c->dir == c->tree->root[BRANCH_DATA] && !r->seen &&
	       f.len == FIELD_DATA + sizeof(mark) &&
	       memcmp(f.p + FIELD_DATA, mark, sizeof(mark)) == 0;
}

static bool field_er(const struct check *c, struct rock *r, struct bytes f)
{
	static const char *const names[] = { "IEEE_1282", "IEEE_P1282", "RRIP_1991A" };

	(void)r;
	if (c->dir != c->tree->root[BRANCH_DATA] || f.len < 8 ||
	    8u + f.p[4] + f.p[5] + f.p[6] != f.len || f.p[7] != 1)
		return false;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (f.p[4] == strlen(names[i]) && memcmp(f.p + 8, names[i], f.p[4]) == 0)
			return true;
	return false;
}

static const struct field {
	char signature[3];
	enum field_seen seen;
	bool repeats;
	bool (*read)(const struct check *, struct rock *, struct bytes);
} fields[] = {
	{ "PX", SEEN_PX, false, field_px },
	{ "TF", SEEN_TF, false, field_tf },
	{ "NM", SEEN_NM, true, field_nm },
	{ "SL", SEEN_SL, true, field_sl },
	{ "CE", SEEN_CE, false, field_ce },
	{ "SP", SEEN_SP, false, field_sp },
	{ "ER", SEEN_ER, false, field_er },
};

static bool read_field(const struct check *c, struct rock *r, struct bytes f)
{
	for (size_t i = 0; i < ARRAY_SIZE(fields); i++) {
		if (memcmp(f.p, fields[i].signature, 2) != 0)
			continue;
		if (f.p[FIELD_VERSION] != 1 || (!fields[i].repeats && (r->seen & fields[i].seen)) ||
		    !fields[i].read(c, r, f))
			return false;
		r->seen |= fields[i].seen;
		return true;
	}
	return false;
}

/* All fields of an area; @pad: one zero byte may follow, that makes the record's length even. */
static bool read_area(const struct check *c, struct rock *r, struct bytes area, bool pad)
{
	while (area.len >= FIELD_DATA) {
		size_t len = area.p[FIELD_LEN];

		if (len < FIELD_DATA || len > area.len ||
		    !read_field(c, r, (struct bytes){ area.p, len }))
			return false;
		area.p += len;
		area.len -= len;
	}
	return area.len == 0 || (pad && area.len == 1 && area.p[0] == 0);
}

/* The fields of a record, those in its continuation areas included (SUSP 5.1). */
static bool read_rock(struct check *c, struct bytes su)
{
	struct rock *r = &c->rock;
	struct bytes area;

	memset(r, 0, offsetof(struct rock, name));
	r->name[0] = '\0';
	if (!read_area(c, r, su, true))
		return false;
	for (int hops = 0; r->seen & SEEN_CE; hops++) {
		if (hops == CE_HOPS_MAX ||
		    !claim_continuation(c, r->ce_block, r->ce_offset, r->ce_size))
			return false;
		r->seen &= ~(unsigned)SEEN_CE;
		area.p = block_at(c, r->ce_block) + r->ce_offset;
		area.len = r->ce_size;
		if (!read_area(c, r, area, false))
			return false;
	}
	return !r->nm_open && !r->sl_open && !r->part_open;
}

static bool same_attributes(const struct rock *r, const struct node *n, uint32_t links)
{
	return (r->seen & SEEN_PX) && (r->seen & SEEN_TF) && r->mode == n->mode &&
	       r->uid == n->uid && r->gid == n->gid && r->links == links &&
	       r->mtime == iso_time(n->mtime) && r->atime == iso_time(n->atime) &&
	       r->ctime == iso_time(n->ctime);
}

static bool same_target(const struct rock *r, const struct node *n)
{
	char target[SIZE_LINK_MAX + 1];

	return n->size <= SIZE_LINK_MAX && (r->seen & SEEN_SL) &&
	       iso_link_target(n->target, target) == r->target_len &&
	       memcmp(target, r->target, r->target_len) == 0;
}

/* A file or directory has a serial number of its own; a link or fifo has one for each name. */
static bool same_serial(struct check *c, const struct node *n)
{
	uint32_t serial = c->rock.serial;

	if (!serial || serial >= c->nserials)
		return false;
	if (!c->serials[serial]) {
		c->serials[serial] = n;
		c->nfiles += node_is_file(n) && n->size;
		return true;
	}
	return c->serials[serial] == n && (node_is_file(n) || node_is_dir(n));
}

/* ---- content ---- */

/* The file whose content begins at @block, or NULL. */
static const struct iso_file *content_at(struct check *c, uint32_t block)
{
	const struct iso_file *files = c->layout->files;
	size_t from = 0, to = c->layout->nfiles;

	if (c->next_file < to && files[c->next_file].block == block)
		return &files[c->next_file++];
	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (files[mid].block < block)
			from = mid + 1;
		else
			to = mid;
	}
	if (from == c->layout->nfiles || files[from].block != block)
		return NULL;
	c->next_file = from + 1;
	return &files[from];
}

/* Whether @bytes at @block are the content of @n; what has none points to the head's last block. */
static bool is_content(struct check *c, const struct node *n, uint32_t block, uint64_t bytes)
{
	const struct iso_file *f = content_at(c, block);

	if (!node_is_file(n) || !n->size)
		return !bytes && block == c->blocks - 1;
	return f && f->node == n && f->size == n->size && bytes == n->size;
}

static bool same_bytes(struct bytes a, struct bytes b)
{
	return a.len == b.len && memcmp(a.p, b.p, a.len) == 0;
}

/* A record of what is no directory. False when it does not go on with the one before it. */
static bool add_section(struct sections *s, const struct name *nm, const struct record *r)
{
	if (!s->open)
		*s = (struct sections){ .name = nm, .id = r->id, .block = r->block };
	s->open = r->flags == RECORD_CONTINUES;
	if ((r->flags && !s->open) || s->name != nm || !same_bytes(s->id, r->id) ||
	    r->block != s->block + s->bytes / BLOCK_SIZE || (s->open && r->size != SECTION_MAX))
		return false;
	s->bytes += r->size;
	return true;
}

/* ---- a directory ---- */

static int push(struct check *c, struct pending p)
{
	if (c->ntodo == c->todo_cap) {
		size_t cap = c->todo_cap ? c->todo_cap * 2 : 64;
		struct pending *v = reallocarray(c->todo, cap, sizeof(*v));

		if (!v)
			return no_memory(c);
		c->todo = v;
		c->todo_cap = cap;
	}
	c->todo[c->ntodo++] = p;
	return 0;
}

static int push_child(struct check *c, const struct pending *d, const struct node *n,
		      const struct record *r)
{
	return push(c, (struct pending){ n, r->block, r->size, d->block, d->size });
}

static bool is_seen(const struct check *c, const struct name *nm)
{
	return c->seen[nm->slot / 8] & 1u << nm->slot % 8;
}

static void set_seen(struct check *c, const struct name *nm)
{
	c->seen[nm->slot / 8] |= (unsigned char)(1u << nm->slot % 8);
}

static int clear_seen(struct check *c, const struct node *dir)
{
	size_t need = dir->dir->nslots / 8 + 1;

	if (need > c->seen_cap) {
		unsigned char *v = realloc(c->seen, need);

		if (!v)
			return no_memory(c);
		c->seen = v;
		c->seen_cap = need;
	}
	memset(c->seen, 0, need);
	return 0;
}

static const struct node *parent_of(const struct node *dir)
{
	return dir->names ? dir->names->parent : dir;
}

/* The directory's own record, or its parent's: @which is 0 or 1 (6.8.2.2, RRIP 4.1.4). */
static bool dot_right(struct check *c, const struct record *r, unsigned which, const struct node *n,
		      uint32_t block, uint32_t size)
{
	if (r->id.len != 1 || r->id.p[0] != which || r->flags != RECORD_IS_DIR ||
	    r->block != block || r->size != size)
		return false;
	/* In the parent's record libisofs puts the time of that one's parent. */
	if (r->time != iso_time(n->mtime) && !(which && r->time == iso_time(parent_of(n)->mtime)))
		return false;
	if (c->joliet)
		return r->su.len == 0;
	return read_rock(c, r->su) && same_attributes(&c->rock, n, 1) && same_serial(c, n) &&
	       c->rock.nm_flags == (which ? NM_PARENT : NM_CURRENT) && !c->rock.name_len &&
	       !(c->rock.seen & SEEN_SL) &&
	       (c->rock.seen & SEEN_MARKS) == (!which && !c->dir->names ? SEEN_MARKS : 0);
}

static int check_dots(struct check *c, const struct pending *d, struct bytes *in)
{
	struct record r;

	if (next_record(in, &r) != 1 || !dot_right(c, &r, 0, d->node, d->block, d->size))
		return damage(c, "its own record");
	if (next_record(in, &r) != 1 ||
	    !dot_right(c, &r, 1, parent_of(d->node), d->parent_block, d->parent_size))
		return damage(c, "the record of the directory above");
	return 0;
}

/* ---- identifiers ---- */

/* Without the version number of a file's (7.5.1): ";1", in Joliet of two bytes a character. */
static bool strip_version(const struct check *c, struct bytes *id)
{
	static const unsigned char version[] = { 0, ';', 0, '1' };
	const unsigned char plain[] = { ';', '1' };
	struct bytes v = c->joliet ? (struct bytes){ version, 4 } : (struct bytes){ plain, 2 };

	if (id->len <= v.len || memcmp(id->p + id->len - v.len, v.p, v.len) != 0)
		return false;
	id->len -= v.len;
	return true;
}

static bool iso_id_valid(struct bytes id, bool dir)
{
	for (size_t i = 0; i < id.len; i++) {
		unsigned char ch = id.p[i];

		if (!(ch >= 'A' && ch <= 'Z') && !(ch >= '0' && ch <= '9') && ch != '_' &&
		    (ch != '.' || dir))
			return false;
	}
	return id.len <= 31;
}

/* Identifiers go up, and no two are equal (9.3): so far as a reader can rely on it. */
static bool id_follows(struct bytes last, struct bytes id)
{
	int cmp = memcmp(last.p, id.p, last.len < id.len ? last.len : id.len);

	return cmp < 0 || (cmp == 0 && last.len < id.len);
}

static bool check_id(const struct check *c, const struct record *r, bool more, struct bytes *last)
{
	bool dir = r->flags == RECORD_IS_DIR;
	struct bytes id = r->id;

	if (!dir && !strip_version(c, &id))
		return false;
	if (c->joliet ? id.len % 2 || id.len > JOLIET_ID_MAX : !iso_id_valid(id, dir))
		return false;
	if (!more && last->p && !id_follows(*last, id))
		return false;
	*last = id;
	return true;
}

/* ---- the ISO tree ---- */

static bool rock_right(struct check *c, const struct node *n)
{
	const struct rock *r = &c->rock;

	return same_attributes(r, n, node_is_file(n) ? n->nlink : 1) && same_serial(c, n) &&
	       !(r->seen & SEEN_MARKS) &&
	       (node_is_symlink(n) ? same_target(r, n) : !(r->seen & SEEN_SL));
}

static int check_child(struct check *c, const struct pending *d, const struct record *r,
		       struct sections *s)
{
	const struct name *nm;
	const struct node *n;

	if (!read_rock(c, r->su) || !c->rock.name_len || c->rock.nm_flags)
		return damage(c, "the Rock Ridge fields of an entry");
	nm = tree_find(c->tree, c->dir, c->rock.name);
	if (!nm || (is_seen(c, nm) && !s->open))
		return damage(c, nm ? "a name that is there twice" : "a name that is not staged");
	set_seen(c, nm);
	n = nm->node;
	if (!rock_right(c, n) || r->time != iso_time(n->mtime))
		return damage(c, "the attributes of an entry");
	if (node_is_dir(n))
		return r->flags == RECORD_IS_DIR && !s->open ? push_child(c, d, n, r) :
							       damage(c, "the kind of an entry");
	if (!add_section(s, nm, r) || (!s->open && !is_content(c, n, s->block, s->bytes)))
		return damage(c, "the place of a file");
	return 0;
}

/* ---- the Joliet tree ---- */

static int list_add(struct check *c, struct renamed_list *l, struct renamed item)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 64;
		struct renamed *v = reallocarray(l->v, cap, sizeof(*v));

		if (!v)
			return no_memory(c);
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = item;
	return 0;
}

/* UCS-2, big-endian, as UTF-8. */
static void to_utf8(struct bytes id, char *out)
{
	for (size_t i = 0; i + 1 < id.len; i += 2) {
		uint32_t u = be16(id.p + i);

		if (u >= 0x800)
			*out++ = (char)(0xe0 | u >> 12);
		if (u >= 0x80)
			*out++ = (char)(u >= 0x800 ? 0x80 | (u >> 6 & 0x3f) : 0xc0 | u >> 6);
		*out++ = (char)(u >= 0x80 ? 0x80 | (u & 0x3f) : u);
	}
	*out = '\0';
}

static bool is_named(const struct check *c, const struct name *nm, bool dir)
{
	return nm && !is_seen(c, nm) && (dir ? node_is_dir(nm->node) : node_is_file(nm->node));
}

/* The staged name that Joliet has whole, or NULL; a file's gets a dot if it has none. */
static const struct name *joliet_find(const struct check *c, struct bytes id, bool dir)
{
	char text[JOLIET_ID_MAX / 2 * 3 + 1];
	const struct name *nm;
	size_t len;

	to_utf8(id, text);
	nm = tree_find(c->tree, c->dir, text);
	len = strlen(text);
	if (!is_named(c, nm, dir) && !dir && len > 1 && text[len - 1] == '.') {
		text[len - 1] = '\0';
		nm = tree_find(c->tree, c->dir, text);
	}
	return is_named(c, nm, dir) ? nm : NULL;
}

static int joliet_directory(struct check *c, const struct pending *d, const struct record *r,
			    const struct name *nm)
{
	if (!nm || r->time != iso_time(nm->node->mtime))
		return list_add(c, &c->records, (struct renamed){
			.dir = true, .time = r->time, .order = c->records.n,
			.block = r->block, .size = r->size });
	set_seen(c, nm);
	return push_child(c, d, nm->node, r);
}

static int joliet_file(struct check *c, const struct record *r, const struct sections *s,
		       const struct name *nm)
{
	const struct iso_file *f = content_at(c, s->block);

	if (nm && is_content(c, nm->node, s->block, s->bytes) &&
	    r->time == iso_time(nm->node->mtime)) {
		set_seen(c, nm);
		return 0;
	}
	if (s->bytes ? !f || f->size != s->bytes : s->block != c->blocks - 1)
		return damage(c, "the place of a file");
	return list_add(c, &c->records, (struct renamed){
		.content = s->bytes ? f->node : NULL, .time = r->time, .order = c->records.n });
}

static int check_joliet_child(struct check *c, const struct pending *d, const struct record *r,
			      struct sections *s)
{
	bool dir = r->flags == RECORD_IS_DIR;
	struct bytes id = r->id;

	if (r->su.len || (dir ? s->open : !add_section(s, NULL, r)))
		return damage(c, "the record of an entry");
	if (s->open)
		return 0;
	if (!dir)
		strip_version(c, &id);
	if (dir)
		return joliet_directory(c, d, r, joliet_find(c, id, true));
	return joliet_file(c, r, s, joliet_find(c, id, false));
}

/* The next character of a staged name, which is valid UTF-8. */
static uint32_t next_character(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	int more = p[0] >= 0xf0 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc0;
	uint32_t ch = more ? p[0] & (0x3fu >> more) : p[0];

	for (int i = 1; i <= more; i++)
		ch = ch << 6 | (p[i] & 0x3f);
	*s += 1 + more;
	return ch;
}

/* What Joliet makes of a character: it has those of 16 bits but for controls and a few others. */
static uint32_t joliet_character(uint32_t ch)
{
	if (ch < 0x20 || ch == 0x7f || ch >= 0xfeff || (ch < 0x80 && strchr("*/:;?\\", (int)ch)))
		return '_';
	return ch;
}

static bool joliet_keeps(const struct name *nm)
{
	const char *s = nm->text;

	while (*s) {
		uint32_t ch = next_character(&s);

		if (joliet_character(ch) != ch)
			return false;
	}
	return size_joliet_fits(nm->text, node_is_dir(nm->node) ? SIZE_DIRECTORY : SIZE_FILE);
}

/* The order of directories in Joliet, before equal ones are told apart by digits. */
static int compare_as_joliet(const char *a, const char *b)
{
	const char *s = a, *t = b;

	for (int i = 0; i < 103 && *s && *t; i++) {
		uint32_t x = joliet_character(next_character(&s));
		uint32_t y = joliet_character(next_character(&t));

		if (x != y)
			return x < y ? -1 : 1;
	}
	return strcmp(a, b);
}

static int compare_names(const void *a, const void *b)
{
	return compare_as_joliet(((const struct renamed *)a)->name->text,
				 ((const struct renamed *)b)->name->text);
}

static int compare_renamed(const void *a, const void *b)
{
	const struct renamed *x = a, *y = b;
	uintptr_t p = (uintptr_t)x->content, q = (uintptr_t)y->content;

	if (x->dir != y->dir)
		return x->dir ? 1 : -1;
	if (p != q)
		return p < q ? -1 : 1;
	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

static void sort_renamed(struct renamed_list *l, int (*compare)(const void *, const void *))
{
	if (l->n)
		qsort(l->v, l->n, sizeof(*l->v), compare);
}

/* List the names that Joliet must have and no record was found for. */
static int list_unseen(struct check *c)
{
	const struct name *nm;
	uint32_t i = 0;
	int ret = 0;
	bool kept = false;

	while (ret == 0 && (nm = dir_next(c->dir, &i))) {
		const struct node *n = nm->node;

		if (is_seen(c, nm) || (!node_is_dir(n) && !node_is_file(n)))
			continue;
		kept |= joliet_keeps(nm);
		ret = list_add(c, &c->names, (struct renamed){
			.dir = node_is_dir(n), .content = node_is_file(n) && n->size ? n : NULL,
			.time = iso_time(n->mtime), .name = nm });
	}
	/* A name that Joliet could keep is changed only where another one became its equal. */
	if (ret == 0 && kept && c->names.n == 1)
		return damage(c, "a name that is missing");
	return ret;
}

/* What is under no name of its own must be, one by one, what no record was found for. */
static int match_renamed(struct check *c, const struct pending *d)
{
	int ret = list_unseen(c);

	if (ret < 0)
		return ret;
	if (c->names.n != c->records.n)
		return damage(c, "the number of its entries");
	sort_renamed(&c->names, compare_names);
	for (size_t i = 0; i < c->names.n; i++)
		c->names.v[i].order = i;
	sort_renamed(&c->names, compare_renamed);
	sort_renamed(&c->records, compare_renamed);
	for (size_t i = 0; i < c->names.n && ret == 0; i++) {
		const struct renamed *n = &c->names.v[i], *r = &c->records.v[i];

		if (n->dir != r->dir || n->content != r->content || n->time != r->time)
			return damage(c, "an entry that is not what was staged");
		if (n->dir)
			ret = push(c, (struct pending){ n->name->node, r->block, r->size,
							d->block, d->size });
	}
	return ret;
}

/* ---- both trees ---- */

static int check_children(struct check *c, const struct pending *d, struct bytes in)
{
	struct sections s = { 0 };
	struct bytes last = { 0 };
	uint32_t count = 0;
	struct record r;
	int more, ret = 0;

	while (ret == 0 && (more = next_record(&in, &r)) != 0) {
		if (more < 0 || !check_id(c, &r, s.open, &last))
			return damage(c, more < 0 ? "a record" : "the identifier of an entry");
		ret = c->joliet ? check_joliet_child(c, d, &r, &s) : check_child(c, d, &r, &s);
		count += !s.open;
	}
	if (ret == 0 && (s.open || !rest_is_zero(c, SIZE_MAX)))
		return damage(c, s.open ? "a file without an end" : "bytes that belong to nothing");
	if (ret == 0 && !c->joliet && count != c->dir->dir->nnames)
		return damage(c, "the number of its entries");
	return ret;
}

static int check_directory(struct check *c, const struct pending *d)
{
	struct bytes in;
	int ret;

	c->dir = d->node;
	c->dir_owner = OWNER_FIRST_DIR + c->ndirs++;
	c->records.n = c->names.n = 0;
	c->ca_end = 0;
	if (d->size % BLOCK_SIZE || !claim(c, d->block, d->size / BLOCK_SIZE, c->dir_owner))
		return damage(c, "its place");
	in = (struct bytes){ block_at(c, d->block), d->size };
	ret = clear_seen(c, d->node);
	if (ret == 0)
		ret = check_dots(c, d, &in);
	if (ret == 0)
		ret = check_children(c, d, in);
	if (ret == 0 && c->joliet)
		ret = match_renamed(c, d);
	return ret;
}

/* ---- path tables (6.9, 9.4) ---- */

struct path_table {
	struct bytes l, m;            /* little-endian and big-endian: what is left of each */
	uint32_t parent;              /* number of the directory whose children come */
};

/* The next records of both tables are that of a directory @id at @block. */
static bool path_record(struct path_table *t, struct bytes id, uint32_t block)
{
	size_t len = PATH_ID + id.len + id.len % 2;
	const unsigned char *l = t->l.p, *m = t->m.p;

	if (t->l.len < len || l[PATH_ID_LEN] != id.len || l[PATH_XATTR] ||
	    m[PATH_ID_LEN] != id.len || m[PATH_XATTR] || memcmp(l + PATH_ID, id.p, id.len) != 0 ||
	    memcmp(l + PATH_ID, m + PATH_ID, len - PATH_ID) != 0 || (id.len % 2 && l[len - 1]))
		return false;
	if (le32(l + PATH_BLOCK) != block || be32(m + PATH_BLOCK) != block)
		return false;
	/* There is room for 16 bits: readers of more directories do without. */
	if (le16(l + PATH_PARENT) != (t->parent & 0xffff) ||
	    be16(m + PATH_PARENT) != (t->parent & 0xffff))
		return false;
	t->l.p += len;
	t->m.p += len;
	t->l.len -= len;
	t->m.len -= len;
	return true;
}

/* The records of a directory's sub-directories. It has been checked and is what it should be. */
static bool path_children(const struct check *c, struct path_table *t, uint32_t block)
{
	struct bytes in = { block_at(c, block), le32(block_at(c, block) + RECORD_SIZE) };
	struct record r;

	for (int i = 0; next_record(&in, &r) == 1; i++)
		if (i >= 2 && r.flags == RECORD_IS_DIR && !path_record(t, r.id, r.block))
			return false;
	return true;
}

static bool take_table(struct check *c, uint32_t block, uint32_t size, struct bytes *out)
{
	uint32_t blocks = (uint32_t)blocks_of(size);

	if (!claim(c, block, blocks, OWNER_PATHS))
		return false;
	*out = (struct bytes){ block_at(c, block), size };
	return all_zero(out->p + size, (size_t)blocks * BLOCK_SIZE - size);
}

/*
 * The tables list the directories by level, those of one level by parent, in the order of their
 * names: which is that of a queue. So the table itself serves as the queue.
 */
static int check_path_tables(struct check *c, const unsigned char *vd)
{
	static const unsigned char root_id[] = { 0 };
	struct path_table t = { .parent = 1 };
	const unsigned char *at;
	uint32_t size;

	c->dir = NULL;
	if (!read_both32(vd + VD_PATH_TABLE_SIZE, &size) || le32(vd + VD_PATH_TABLE_L2) ||
	    le32(vd + VD_PATH_TABLE_M2) || !take_table(c, le32(vd + VD_PATH_TABLE_L), size, &t.l) ||
	    !take_table(c, be32(vd + VD_PATH_TABLE_M), size, &t.m))
		return damage(c, "the place of the path tables");
	at = t.l.p;
	if (!path_record(&t, (struct bytes){ root_id, 1 }, le32(vd + VD_ROOT + RECORD_BLOCK)))
		return damage(c, "the path table's root");
	for (; at < t.l.p; t.parent++) {
		if (!path_children(c, &t, le32(at + PATH_BLOCK)))
			return damage(c, "the path table");
		at += PATH_ID + at[PATH_ID_LEN] + at[PATH_ID_LEN] % 2;
	}
	return t.l.len ? damage(c, "the length of the path table") : 0;
}

/* ---- the whole ---- */

static bool descriptor_right(const struct check *c, const unsigned char *vd, unsigned type)
{
	uint32_t blocks;

	if (vd[VD_TYPE] != type || memcmp(vd + VD_MAGIC, "CD001", 5) != 0 || vd[VD_VERSION] != 1)
		return false;
	if (type == VD_TYPE_TERMINATOR)
		return all_zero(vd + VD_VERSION + 1, BLOCK_SIZE - VD_VERSION - 1);
	if (type == VD_TYPE_SUPPLEMENTARY && memcmp(vd + VD_ESCAPES, "%/@", 3) != 0 &&
	    memcmp(vd + VD_ESCAPES, "%/C", 3) != 0 && memcmp(vd + VD_ESCAPES, "%/E", 3) != 0)
		return false;
	return read_both32(vd + VD_BLOCKS, &blocks) && blocks == c->layout->blocks &&
	       le16(vd + VD_SET_SIZE) == 1 && both16_agree(vd + VD_SET_SIZE) &&
	       le16(vd + VD_SEQUENCE) == 1 && both16_agree(vd + VD_SEQUENCE) &&
	       le16(vd + VD_BLOCK_SIZE) == BLOCK_SIZE && both16_agree(vd + VD_BLOCK_SIZE);
}

static int check_descriptors(struct check *c)
{
	if (!claim(c, 0, TERMINATOR_BLOCK + 1, OWNER_SYSTEM) ||
	    !all_zero(c->layout->head, (size_t)PVD_BLOCK * BLOCK_SIZE) ||
	    !descriptor_right(c, block_at(c, PVD_BLOCK), VD_TYPE_PRIMARY) ||
	    !descriptor_right(c, block_at(c, SVD_BLOCK), VD_TYPE_SUPPLEMENTARY) ||
	    !descriptor_right(c, block_at(c, TERMINATOR_BLOCK), VD_TYPE_TERMINATOR))
		return damage(c, "the volume descriptors");
	return 0;
}

static int check_volume(struct check *c, const unsigned char *vd, bool joliet)
{
	const struct node *top = c->tree->root[BRANCH_DATA];
	struct record r;
	int ret;

	c->joliet = joliet;
	c->dir = NULL;
	if (!read_record((struct bytes){ vd + VD_ROOT, RECORD_ID + 1 }, &r) ||
	    r.flags != RECORD_IS_DIR || r.id.len != 1 || r.id.p[0] || r.su.len ||
	    r.time != iso_time(top->mtime))
		return damage(c, "the root's record");
	ret = push(c, (struct pending){ top, r.block, r.size, r.block, r.size });
	while (ret == 0 && c->ntodo) {
		struct pending d = c->todo[--c->ntodo];

		ret = check_directory(c, &d);
	}
	return ret == 0 ? check_path_tables(c, vd) : ret;
}

/* Files lie behind the head, one behind the other, and each has been met. */
static int check_files(struct check *c)
{
	uint64_t end = c->blocks;

	c->dir = NULL;
	for (size_t i = 0; i < c->layout->nfiles; i++) {
		const struct iso_file *f = &c->layout->files[i];

		if (f->block < end || !f->size)
			return damage(c, "the order of files");
		end = f->block + blocks_of(f->size);
	}
	if (end > c->layout->blocks || c->nfiles != c->layout->nfiles)
		return damage(c, "the number of files");
	return 0;
}

static int check_rest(struct check *c)
{
	for (uint32_t i = 0; i < c->blocks; i++)
		if (!c->owner[i] && !all_zero(block_at(c, i), BLOCK_SIZE))
			return damage(c, "a block that belongs to nothing");
	return 0;
}

static int check_all(struct check *c)
{
	int ret = check_descriptors(c);

	if (ret == 0)
		ret = check_volume(c, block_at(c, PVD_BLOCK), false);
	if (ret == 0)
		ret = check_volume(c, block_at(c, SVD_BLOCK), true);
	if (ret == 0)
		ret = check_files(c);
	if (ret == 0)
		ret = check_rest(c);
	return ret;
}

int iso_check(const struct tree *tree, const struct iso_layout *layout, struct err *err)
{
	const struct tree_counts *n = &tree->counts[BRANCH_DATA];
	struct check c = { .tree = tree, .layout = layout, .err = err };
	int ret;

	if (layout->head_len / BLOCK_SIZE > UINT32_MAX || layout->head_len % BLOCK_SIZE)
		return damage(&c, "the length of the metadata");
	c.blocks = (uint32_t)(layout->head_len / BLOCK_SIZE);
	c.nserials = n->files + n->directories + 2; /* from 1 on, the root included */
	c.owner = calloc((size_t)c.blocks + 1, sizeof(*c.owner));
	c.serials = calloc(c.nserials, sizeof(*c.serials));
	ret = c.owner && c.serials ? check_all(&c) : no_memory(&c);
	free(c.owner);
	free(c.serials);
	free(c.todo);
	free(c.seen);
	free(c.records.v);
	free(c.names.v);
	return ret;
}
