/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Walks the directories of the disc alongside those of the tree: each of the tree's once, so
 * whatever the bytes say, the walk ends. Every block of the head must belong to one thing, or be
 * zero. Section numbers are those of ECMA-119 unless they name SUSP or RRIP. The tree is a snapshot, so
 * no lock is held.
 */
#include "iso/check.h"

#include <string.h>

#include "base/disc.h"
#include "iso/format.h"
#include "iso/rock.h"

enum {
	CE_HOPS_MAX = 64,             /* continuation areas of one record */
	PATH_SAID_MAX = 200,          /* bytes of a path in a sentence */
	SECTION_MAX = 0xfffff800u,    /* bytes of each section but the last: whole blocks */
	OWNER_SYSTEM = 1,             /* owners of blocks: volume descriptors, */
	OWNER_PATHS,                  /* path tables, */
	OWNER_FIRST_DIR,              /* and directories from here on */
};

/* A directory that is to be compared. */
struct pending {
	const struct node *node;
	uint32_t block, size;
	const struct node *parent, *grandparent;      /* the root's are itself */
	uint32_t parent_block, parent_size;
};

/* A file as its records come, one a section (6.5.1). */
struct sections {
	bool open;                    /* more are to come */
	const struct name *name;
	struct bytes id;
	uint32_t block;
	uint64_t bytes;
};

struct check {
	struct snapshot *tree;
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
	const struct name **names;    /* of the directory at hand, sorted */
	size_t nnames, next_name;     /* and the one that is likely to be met next */
	unsigned char *seen;          /* a bit for each of them */
	size_t seen_cap;
	const struct node **serials;  /* RRIP file serial numbers: whose each is */
	size_t nserials;
	size_t nfiles;                /* files with content met so far */
	size_t next_file;             /* likely the next to be met: its index in the layout */
	struct rock rock;
	struct size_entry *entries;   /* the same names, for what Joliet makes of them */
	size_t entries_cap;
};

/* ---- the sentence ---- */

static int no_memory(struct check *c)
{
	return err_set(c->err, ENOMEM, "no memory left to check the disc's directories");
}

/* Put an ellipsis for the middle of a text of more than @max bytes. The end tells more than the front. */
static void cut_middle(char *s, size_t len, size_t max)
{
	static const char gap[] = "…";
	size_t front = max / 4, end = len - (max - front - strlen(gap));

	while ((s[front] & 0xc0) == 0x80)
		front--;
	while ((s[end] & 0xc0) == 0x80)
		end++;
	memcpy(s + front, gap, strlen(gap));
	memmove(s + front + strlen(gap), s + end, len - end + 1);
}

/* -EIO, or -ENOMEM. */
static int damage(struct check *c, const char *what)
{
	const struct node *dir = c->dir ? c->dir : c->tree->at.root[BRANCH_DATA];
	cleanup_free char *path = snapshot_path(c->tree, dir);

	if (!path)
		return no_memory(c);
	if (strlen(path) > PATH_SAID_MAX)
		cut_middle(path, strlen(path), PATH_SAID_MAX);
	return err_set(c->err, EIO,
		       "the disc's directories would be damaged at \"%s\" (%s%s); libisofs up to "
		       "1.5.4 may fail on many names of more than 110 bytes: shorten some names "
		       "there by a few bytes, or use libisofs 1.5.6 or newer",
		       path, c->joliet ? "Joliet: " : "", what);
}

/* ---- blocks ---- */

static const unsigned char *block_at(const struct check *c, uint32_t block)
{
	return c->layout->head + (size_t)block * BLOCK_SIZE;
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
	return bytes_zero(c->layout->head + c->ca_end, end - c->ca_end);
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
	    (!claim(c, block, 1, c->dir_owner) || !bytes_zero(block_at(c, block), offset)))
		return false;
	c->ca_end = start + size;
	return true;
}

/* ---- Rock Ridge ---- */

/* The fields of a record, those in its continuation areas included (SUSP 5.1). */
static bool read_rock(struct check *c, struct bytes su)
{
	struct rock *r = &c->rock;

	if (!rock_read(r, su))
		return false;
	for (int hops = 0; r->seen & SEEN_CE; hops++) {
		struct bytes area = { .len = r->ce_size };

		if (hops == CE_HOPS_MAX ||
		    !claim_continuation(c, r->ce_block, r->ce_offset, r->ce_size))
			return false;
		area.p = block_at(c, r->ce_block) + r->ce_offset;
		if (!rock_read_on(r, area))
			return false;
	}
	return rock_complete(r);
}

static bool same_links(const struct rock *r, const struct node_attr *a)
{
	/* Some of a recorded file's names may be replaced. */
	return r->links == a->links || (S_ISREG(a->mode) && a->recorded && r->links && r->links < a->links);
}

static bool same_attributes(const struct rock *r, const struct node_attr *a)
{
	return (r->seen & SEEN_PX) && (r->seen & SEEN_TF) && r->mode == a->mode &&
	       r->uid == a->uid && r->gid == a->gid && same_links(r, a) &&
	       r->mtime == iso_time(a->mtime) && r->atime == iso_time(a->atime) &&
	       r->ctime == iso_time(a->ctime);
}

static bool same_target(const struct rock *r, const struct node *n, const struct node_attr *a)
{
	char target[SIZE_LINK_MAX + 1];

	return a->size <= SIZE_LINK_MAX && (r->seen & SEEN_SL) &&
	       iso_link_target(n->target, target) == r->target_len &&
	       memcmp(target, r->target, r->target_len) == 0;
}

/* A file or directory has a serial number of its own; a link or fifo has one for each name. */
static bool same_serial(struct check *c, const struct node *n, const struct node_attr *a)
{
	uint32_t serial = c->rock.serial;

	if (!serial || serial >= c->nserials)
		return false;
	if (!c->serials[serial]) {
		c->serials[serial] = n;
		c->nfiles += S_ISREG(a->mode) && a->size;
		return true;
	}
	return c->serials[serial] == n && (S_ISREG(a->mode) || S_ISDIR(a->mode));
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
static bool is_content(struct check *c, const struct node *n, const struct node_attr *a, uint32_t block,
		       uint64_t bytes)
{
	const struct iso_file *f = content_at(c, block);

	if (!S_ISREG(a->mode) || !a->size)
		return !bytes && block == c->blocks - 1;
	return f && f->node == n && f->size == a->size && bytes == a->size;
}

/* A record of what is no directory. False when it does not go on with the one before it. */
static bool add_section(struct sections *s, const struct name *nm, const struct iso_record *r)
{
	if (!s->open)
		*s = (struct sections){ .name = nm, .id = r->id, .block = r->block };
	s->open = r->flags == RECORD_CONTINUES;
	if ((r->flags && !s->open) || s->name != nm || !bytes_equal(s->id, r->id) ||
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
		      const struct iso_record *r)
{
	return push(c, (struct pending){ n, r->block, r->size, d->node, d->parent, d->block, d->size });
}

static bool is_seen(const struct check *c, size_t name)
{
	return c->seen[name / 8] & 1u << name % 8;
}

static void set_seen(struct check *c, size_t name)
{
	c->seen[name / 8] |= (unsigned char)(1u << name % 8);
}

/* The name @text of the directory at hand, or nnames. The order on the disc is nearly that of the names. */
static size_t find_name(struct check *c, const char *text)
{
	size_t at = c->next_name;

	if (at >= c->nnames || strcmp(c->names[at]->text, text) != 0)
		at = snapshot_find(c->names, c->nnames, text);
	c->next_name = at + 1;
	return at;
}

static int list_names(struct check *c)
{
	size_t need;
	int r;

	free(c->names);
	c->next_name = 0;
	r = snapshot_list(c->tree, c->dir, &c->names, &c->nnames);
	if (r == -ENOMEM)
		return no_memory(c);
	if (r < 0)
		return damage(c, "what is staged was changed");
	snapshot_sort(c->names, c->nnames);
	need = c->nnames / 8 + 1;
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

static bool is_top(const struct check *c)
{
	return c->dir == c->tree->at.root[BRANCH_DATA];
}

/* The directory's own record, or its parent's: @which is 0 or 1 (6.8.2.2, RRIP 4.1.4). */
static bool dot_right(struct check *c, const struct iso_record *r, unsigned which, const struct pending *d)
{
	const struct node *n = which ? d->parent : d->node;
	uint32_t block = which ? d->parent_block : d->block, size = which ? d->parent_size : d->size;
	struct node_attr a, above;

	if (r->id.len != 1 || r->id.p[0] != which || r->flags != RECORD_IS_DIR ||
	    r->block != block || r->size != size)
		return false;
	snapshot_attr(c->tree, n, &a);
	snapshot_attr(c->tree, d->grandparent, &above);
	/* In the parent's record libisofs puts the time of that one's parent. */
	if (r->time != iso_time(a.mtime) && !(which && r->time == iso_time(above.mtime)))
		return false;
	if (c->joliet)
		return r->su.len == 0;
	return read_rock(c, r->su) && same_attributes(&c->rock, &a) && same_serial(c, n, &a) &&
	       c->rock.nm_flags == (which ? NM_PARENT : NM_CURRENT) && !c->rock.name_len &&
	       !(c->rock.seen & SEEN_SL) &&
	       (c->rock.seen & SEEN_MARKS) == (!which && is_top(c) ? SEEN_MARKS : 0);
}

static int check_dots(struct check *c, const struct pending *d, struct bytes *in)
{
	struct iso_record r;

	if (iso_record_next(in, &r) != 1 || !dot_right(c, &r, 0, d))
		return damage(c, "its own record");
	if (iso_record_next(in, &r) != 1 || !dot_right(c, &r, 1, d))
		return damage(c, "the record of the directory above");
	return 0;
}

/* ---- the ISO tree ---- */

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

static bool check_id(const struct iso_record *r, bool more, struct bytes *last)
{
	static const unsigned char version[] = { ';', '1' }; /* of a file (7.5.1) */
	bool dir = r->flags == RECORD_IS_DIR;
	struct bytes id = r->id;

	if (!dir) {
		if (id.len <= sizeof(version) ||
		    memcmp(id.p + id.len - sizeof(version), version, sizeof(version)) != 0)
			return false;
		id.len -= sizeof(version);
	}
	if (!iso_id_valid(id, dir) || (!more && last->p && !id_follows(*last, id)))
		return false;
	*last = id;
	return true;
}

static bool rock_right(struct check *c, const struct node *n, const struct node_attr *a)
{
	const struct rock *r = &c->rock;

	return same_attributes(r, a) && same_serial(c, n, a) &&
	       !(r->seen & SEEN_MARKS) &&
	       (S_ISLNK(a->mode) ? same_target(r, n, a) : !(r->seen & SEEN_SL));
}

static int check_child(struct check *c, const struct pending *d, const struct iso_record *r,
		       struct sections *s)
{
	const struct node *n;
	struct node_attr a;
	size_t name;

	if (!read_rock(c, r->su) || !c->rock.name_len || c->rock.nm_flags)
		return damage(c, "the Rock Ridge fields of an entry");
	name = find_name(c, c->rock.name);
	if (name == c->nnames)
		return damage(c, "a name that is not staged");
	if (is_seen(c, name) && !s->open)
		return damage(c, "a name that is there twice");
	set_seen(c, name);
	n = c->names[name]->node;
	snapshot_attr(c->tree, n, &a);
	if (!rock_right(c, n, &a) || r->time != iso_time(a.mtime))
		return damage(c, "the attributes of an entry");
	if (S_ISDIR(a.mode))
		return r->flags == RECORD_IS_DIR && !s->open ? push_child(c, d, n, r) :
							       damage(c, "the kind of an entry");
	if (!add_section(s, c->names[name], r) || (!s->open && !is_content(c, n, &a, s->block, s->bytes)))
		return damage(c, "the place of a file");
	return 0;
}

static int check_children(struct check *c, const struct pending *d, struct bytes in)
{
	struct sections s = { 0 };
	struct bytes last = { 0 };
	uint32_t count = 0;
	struct iso_record r;
	int more, ret = list_names(c);

	while (ret == 0 && (more = iso_record_next(&in, &r)) != 0) {
		if (more < 0 || !check_id(&r, s.open, &last))
			return damage(c, more < 0 ? "a record" : "the identifier of an entry");
		ret = check_child(c, d, &r, &s);
		count += !s.open;
	}
	if (ret == 0 && (s.open || !rest_is_zero(c, SIZE_MAX)))
		return damage(c, s.open ? "a file without an end" : "bytes that belong to nothing");
	if (ret == 0 && count != c->nnames)
		return damage(c, "the number of its entries");
	return ret;
}

/* ---- the Joliet tree: which names it has, and in which order, is known ---- */

struct joliet {
	struct check *c;
	const struct pending *d;
	struct bytes in;              /* what is left of the directory */
};

static int list_entries(struct check *c)
{
	struct node_attr attr;
	int ret = list_names(c);

	if (ret < 0)
		return ret;
	if (c->nnames > c->entries_cap) {
		free(c->entries);
		c->entries = calloc(c->nnames, sizeof(*c->entries));
		c->entries_cap = c->entries ? c->nnames : 0;
		if (!c->entries)
			return no_memory(c);
	}
	for (size_t i = 0; i < c->nnames; i++) {
		snapshot_attr(c->tree, c->names[i]->node, &attr);
		c->entries[i] = tree_entry(c->names[i], &attr);
	}
	return 0;
}

static bool joliet_id_right(struct bytes id, bool dir, const uint16_t *text, unsigned length)
{
	static const unsigned char version[] = { 0, ';', 0, '1' };
	size_t bytes = length * sizeof(*text), more = dir ? 0 : sizeof(version);

	return id.len == bytes + more && memcmp(id.p, text, bytes) == 0 &&
	       memcmp(id.p + bytes, version, more) == 0;
}

/* What comes next in the directory must be this. */
static int joliet_child(void *arg, const struct size_entry *e, const uint16_t *text,
			unsigned length)
{
	struct joliet *j = arg;
	struct check *c = j->c;
	const struct name *nm = c->names[e - c->entries];
	const struct node *n = nm->node;
	struct sections s = { 0 };
	struct iso_record r;
	struct node_attr a;

	snapshot_attr(c->tree, n, &a);
	do {
		if (iso_record_next(&j->in, &r) != 1 || r.su.len)
			return damage(c, "the record of an entry");
		if (!joliet_id_right(r.id, S_ISDIR(a.mode), text, length))
			return damage(c, "the name of an entry");
		if (r.time != iso_time(a.mtime) || (r.flags == RECORD_IS_DIR) != S_ISDIR(a.mode))
			return damage(c, "the attributes of an entry");
		if (S_ISDIR(a.mode))
			return push_child(c, j->d, n, &r);
		if (!add_section(&s, nm, &r))
			return damage(c, "the place of a file");
	} while (s.open);
	return is_content(c, n, &a, s.block, s.bytes) ? 0 : damage(c, "the place of a file");
}

static int check_joliet_children(struct check *c, const struct pending *d, struct bytes in)
{
	struct joliet j = { c, d, in };
	struct iso_record r;
	int ret = list_entries(c);

	if (ret == 0)
		ret = size_joliet_names(c->entries, c->nnames, joliet_child, &j);
	if (ret == -ENOMEM)
		return no_memory(c);
	if (ret == -EMLINK)
		return damage(c, "names that cannot be told apart");
	return ret == 0 && iso_record_next(&j.in, &r) != 0 ? damage(c, "the number of its entries") :
							     ret;
}

/* ---- both trees ---- */

static int check_directory(struct check *c, const struct pending *d)
{
	struct bytes in;
	int ret;

	c->dir = d->node;
	c->dir_owner = OWNER_FIRST_DIR + c->ndirs++;
	c->ca_end = 0;
	if (d->size % BLOCK_SIZE || !claim(c, d->block, d->size / BLOCK_SIZE, c->dir_owner))
		return damage(c, "its place");
	in = (struct bytes){ block_at(c, d->block), d->size };
	ret = check_dots(c, d, &in);
	if (ret == 0)
		ret = c->joliet ? check_joliet_children(c, d, in) : check_children(c, d, in);
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
	struct iso_record r;

	for (int i = 0; iso_record_next(&in, &r) == 1; i++)
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
	return bytes_zero(out->p + size, (size_t)blocks * BLOCK_SIZE - size);
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
	if (!iso_read_both32(vd + VD_PATH_TABLE_SIZE, &size) || le32(vd + VD_PATH_TABLE_L2) ||
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
		return bytes_zero(vd + VD_VERSION + 1, BLOCK_SIZE - VD_VERSION - 1);
	if (type == VD_TYPE_SUPPLEMENTARY && memcmp(vd + VD_ESCAPES, "%/@", 3) != 0 &&
	    memcmp(vd + VD_ESCAPES, "%/C", 3) != 0 && memcmp(vd + VD_ESCAPES, "%/E", 3) != 0)
		return false;
	return iso_read_both32(vd + VD_BLOCKS, &blocks) && blocks == c->layout->blocks &&
	       le16(vd + VD_SET_SIZE) == 1 && both16_agree(vd + VD_SET_SIZE) &&
	       le16(vd + VD_SEQUENCE) == 1 && both16_agree(vd + VD_SEQUENCE) &&
	       le16(vd + VD_BLOCK_SIZE) == BLOCK_SIZE && both16_agree(vd + VD_BLOCK_SIZE);
}

static int check_descriptors(struct check *c)
{
	if (!claim(c, 0, TERMINATOR_BLOCK + 1, OWNER_SYSTEM) ||
	    !bytes_zero(c->layout->head, (size_t)PVD_BLOCK * BLOCK_SIZE) ||
	    !descriptor_right(c, block_at(c, PVD_BLOCK), VD_TYPE_PRIMARY) ||
	    !descriptor_right(c, block_at(c, SVD_BLOCK), VD_TYPE_SUPPLEMENTARY) ||
	    !descriptor_right(c, block_at(c, TERMINATOR_BLOCK), VD_TYPE_TERMINATOR))
		return damage(c, "the volume descriptors");
	return 0;
}

static int check_volume(struct check *c, const unsigned char *vd, bool joliet)
{
	const struct node *top = c->tree->at.root[BRANCH_DATA];
	struct node_attr attr;
	struct iso_record r;
	int ret;

	c->joliet = joliet;
	c->dir = NULL;
	snapshot_attr(c->tree, top, &attr);
	if (!iso_record_read((struct bytes){ vd + VD_ROOT, RECORD_ID + 1 }, &r) ||
	    r.flags != RECORD_IS_DIR || r.id.len != 1 || r.id.p[0] || r.su.len ||
	    r.time != iso_time(attr.mtime))
		return damage(c, "the root's record");
	ret = push(c, (struct pending){ top, r.block, r.size, top, top, r.block, r.size });
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
	c->joliet = false;
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
		if (!c->owner[i] && !bytes_zero(block_at(c, i), BLOCK_SIZE))
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

int iso_check(struct snapshot *tree, const struct iso_layout *layout, struct err *err)
{
	struct check c = { .tree = tree, .layout = layout, .err = err };
	int ret;

	if (layout->head_len / BLOCK_SIZE > UINT32_MAX || layout->head_len % BLOCK_SIZE)
		return damage(&c, "the length of the metadata");
	c.blocks = (uint32_t)(layout->head_len / BLOCK_SIZE);
	c.nserials = tree_names_most(&tree->at) + 2; /* from 1 on, the root included */
	c.owner = calloc((size_t)c.blocks + 1, sizeof(*c.owner));
	c.serials = calloc(c.nserials, sizeof(*c.serials));
	ret = c.owner && c.serials ? check_all(&c) : no_memory(&c);
	free(c.owner);
	free(c.serials);
	free(c.todo);
	free(c.seen);
	free(c.entries);
	free(c.names);
	return ret;
}
