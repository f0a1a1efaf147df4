/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The size of a tree on a disc. Both trees, ISO 9660 and Joliet, are measured alike: names are
 * mapped, sorted, told apart by digits, and their records laid into blocks one after the other. The
 * sums of the bound need no sorting. Nothing here touches a file, a lock or anything that outlives
 * a call.
 */
#include "tree/size.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	/* ECMA-119 */
	HEAD_BLOCKS = 16 + 3,       /* system area; primary, Joliet's and last volume descriptor */
	DATA_START_MIN = 32,        /* libisofs keeps content away from the head of a medium */
	RECORD_FIXED = 33,          /* of a directory record (9.1), before the name */
	RECORD_MAX = 254,           /* its length is even and takes one byte */
	VERSION = 2,                /* characters of ";1" */
	PATH_RECORD_FIXED = 8,      /* 9.4 */
	ROOT_PATH_BYTES = 10,       /* in either path table */

	/* Rock Ridge 1.12 and SUSP, in bytes */
	DOT_RECORDS = 110 + 110,    /* "." and ".." with PX, TF and an empty NM */
	ROOT_EXTRA = 34,            /* SP and CE in the root's "." */
	ROOT_CE = 182,              /* ER */
	PX_TF = 44 + 26,
	NM = 5,
	SL = 5,
	SL_COMPONENT = 2,
	SL_MAX = 255,
	CE = 28,

	JOLIET_DOT_RECORDS = 34 + 34,

	/* names, in characters; one of Joliet's is a UCS-2 unit */
	NAME_BYTES_MAX = 255,
	ISO_MAX = 31,
	JOLIET_MAX = 104,           /* 103 and the dot of a file */
	DIGITS_MAX = 7,
	GROWTH_MAX = DIGITS_MAX * (DIGITS_MAX + 1) / 2,  /* digits come upon digits */

	CE_LONG = 600,              /* bytes from which on an entry is bounded by itself */
	SECTIONS_MAX = 4096,        /* more than 2^32 blocks can hold */
};

/* How one of the two trees makes names. */
struct tree {
	unsigned limit;             /* characters of a file's base and extension, not its dot */
	unsigned directory_limit;
	unsigned longest;
	bool joliet;
};

static const struct tree iso_tree = { 30, 31, ISO_MAX, false };
static const struct tree joliet_tree = { 103, 103, JOLIET_MAX, true };

static uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t even(uint64_t bytes)
{
	return bytes + bytes % 2;
}

static bool in_joliet(enum size_kind kind)
{
	return kind == SIZE_FILE || kind == SIZE_DIRECTORY;
}

/*
 * Names
 */

/* One character of UTF-8 at *@s, which moves on: never beyond the 0, whatever the bytes. */
static uint32_t next_character(const char **s)
{
	uint32_t c = (unsigned char)*(*s)++;
	unsigned more = c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;

	if (c < 0xc0)
		return c;
	c &= 0x7fU >> (more + 1);
	for (; more > 0 && (**s & 0xc0) == 0x80; more--)
		c = c << 6 | (*(*s)++ & 0x3f);
	return c;
}

/* The name in UCS-2. iconv(3) drops language tags; what has no place in UCS-2 is replaced. */
static unsigned to_ucs2(const char *name, uint16_t out[static NAME_BYTES_MAX])
{
	unsigned n = 0;

	while (*name != '\0' && n < NAME_BYTES_MAX) {
		uint32_t c = next_character(&name);

		if (c >> 7 != 0xe0000 >> 7)
			out[n++] = (uint16_t)(c > 0xffff ? '_' : c);
	}
	return n;
}

static uint16_t iso_character(uint16_t c)
{
	if (c >= 'a' && c <= 'z')
		return (uint16_t)(c - 'a' + 'A');
	return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ? c : '_';
}

static uint16_t joliet_character(uint16_t c)
{
	bool reserved = c == '*' || c == '/' || c == ':' || c == ';' || c == '?' || c == '\\';

	return c < ' ' || reserved ? '_' : c;
}

/* What is left of a name: base, dot, extension. */
struct cut {
	unsigned base, ext;         /* characters */
	unsigned ext_at;            /* where the extension was */
	bool dot;                   /* a file gets one in any case */
	bool whole;                 /* nothing was cut off */
};

/* The last dot splits a name unless nothing follows it: where the extension begins, or 0. */
static unsigned extension_of(const uint16_t *name, unsigned length)
{
	unsigned at = length;

	while (at > 0 && name[at - 1] != '.')
		at--;
	return at < length ? at : 0;
}

/* Both trees cut alike: the extension first, but not below 3 characters, then the base. */
static struct cut cut_name(const struct tree *t, enum size_kind kind, const uint16_t *name,
			   unsigned length)
{
	bool file = kind != SIZE_DIRECTORY;
	unsigned at = file ? extension_of(name, length) : 0;
	struct cut c = { .dot = file, .ext_at = at };

	if (at == 0) {
		c.base = (unsigned)min_of(length, file ? t->limit : t->directory_limit);
		c.whole = c.base == length;
		return c;
	}
	c.base = at - 1;
	c.ext = length - at;
	c.whole = c.base + c.ext <= t->limit;
	if (!c.whole) {
		if (c.ext > 3)
			c.ext = c.base < t->limit - 3 ? t->limit - c.base : 3;
		c.base = t->limit - c.ext;
	}
	return c;
}

/* One name as a tree records it. */
struct record {
	const struct size_entry *entry;
	uint16_t *name;             /* big-endian, so that memcmp() orders it; a 0 follows */
	uint32_t next;              /* in a chain, see struct listing */
	uint16_t length;
};

static void put_characters(const struct tree *t, struct record *r, const uint16_t *from, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint16_t c = t->joliet ? joliet_character(from[i]) : iso_character(from[i]);

		r->name[r->length++] = htobe16(c);
	}
}

/* Write @r's name to where r->name points. Returns whether nothing was cut off. */
static bool map_name(const struct tree *t, struct record *r)
{
	uint16_t name[NAME_BYTES_MAX];
	struct cut c = cut_name(t, r->entry->kind, name, to_ucs2(r->entry->name, name));

	r->length = 0;
	put_characters(t, r, name, c.base);
	if (c.dot)
		r->name[r->length++] = htobe16('.');
	put_characters(t, r, name + c.ext_at, c.ext);
	r->name[r->length] = 0;
	return c.whole;
}

/*
 * A directory in one of the trees
 */

struct listing {
	const struct tree *tree;
	struct record *records;
	size_t n;
	uint16_t *characters;       /* of all names */
	uint32_t *chains;           /* by hash: 1 + index of a chain's first record, 0 for none */
	uint32_t mask;
	uint32_t shortened;
};

static void listing_free(struct listing *l)
{
	free(l->records);
	free(l->characters);
	free(l->chains);
}

/* Characters to set aside for a name: it may get a dot, digits, and a 0. */
static size_t room_for(const struct tree *t, const char *name)
{
	return min_of(strlen(name) + 1 + GROWTH_MAX, t->longest) + 1;
}

static int listing_fill(struct listing *l, const struct size_entry *entries, size_t n)
{
	size_t room = 0;
	uint16_t *free_room;

	for (size_t i = 0; i < n; i++)
		room += room_for(l->tree, entries[i].name);
	l->records = malloc(n * sizeof(*l->records));
	l->characters = free_room = malloc(room * sizeof(*l->characters));
	if (!l->records || !l->characters)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct record *r = &l->records[l->n];

		if (l->tree->joliet && !in_joliet(entries[i].kind))
			continue;
		*r = (struct record){ .entry = &entries[i], .name = free_room };
		free_room += room_for(l->tree, entries[i].name);
		l->shortened += !map_name(l->tree, r);
		l->n++;
	}
	return 0;
}

static int compare_names(const struct record *a, const struct record *b)
{
	return memcmp(a->name, b->name, (min_of(a->length, b->length) + 1) * sizeof(*a->name));
}

/* libisofs sorts names that became equal by what they were. */
static int compare_records(const void *a, const void *b)
{
	const struct record *x = a, *y = b;
	int order = compare_names(x, y);

	return order ? order : strcmp(x->entry->name, y->entry->name);
}

/* Names often come in order, and numbers that tell equal names apart mostly keep it. */
static void listing_sort(struct listing *l)
{
	for (size_t i = 1; i < l->n; i++)
		if (compare_records(&l->records[i - 1], &l->records[i]) > 0) {
			qsort(l->records, l->n, sizeof(*l->records), compare_records);
			return;
		}
}

/* First record after those that have the same name as record @i. */
static size_t family_end(const struct listing *l, size_t i)
{
	size_t end = i + 1;

	while (end < l->n && compare_names(&l->records[i], &l->records[end]) == 0)
		end++;
	return end;
}

/*
 * Names that became equal get numbers. Which ones depends on all other names at that moment, so
 * they are kept in a hash table.
 */

static uint32_t *chain_of(const struct listing *l, const struct record *r)
{
	uint32_t hash = 2166136261U;

	for (unsigned i = 0; i < r->length; i++)
		hash = (hash ^ r->name[i]) * 16777619U;
	return &l->chains[(hash ^ hash >> 15) & l->mask];
}

static void chain_add(struct listing *l, struct record *r)
{
	uint32_t *link = chain_of(l, r);

	r->next = *link;
	*link = (uint32_t)(r - l->records) + 1;
}

static void chain_remove(struct listing *l, struct record *r)
{
	uint32_t *link = chain_of(l, r);

	while (&l->records[*link - 1] != r)
		link = &l->records[*link - 1].next;
	*link = r->next;
}

static bool is_taken(const struct listing *l, const struct record *name)
{
	for (uint32_t i = *chain_of(l, name); i > 0; i = l->records[i - 1].next)
		if (compare_names(&l->records[i - 1], name) == 0)
			return true;
	return false;
}

static int chains_make(struct listing *l)
{
	size_t size = 16;

	while (size < l->n)
		size *= 2;
	l->mask = (uint32_t)(size - 1);
	l->chains = calloc(size, sizeof(*l->chains));
	if (!l->chains)
		return -ENOMEM;
	/* Backwards: then the family's first, who leaves first, is found first. */
	for (size_t i = l->n; i > 0; i--)
		chain_add(l, &l->records[i - 1]);
	return 0;
}

/* What the members of a family have in common: their number comes between base and dot. */
struct stem {
	uint16_t base[JOLIET_MAX], ext[JOLIET_MAX];
	unsigned base_length, ext_length;
	bool dot;
};

/* The base gives way to @digits digits; an extension that leaves no room for it does, too. */
static void make_stem(const struct tree *t, const struct record *first, unsigned digits,
		      struct stem *s)
{
	unsigned base = first->length, ext = 0, max = t->limit - digits;
	bool dot = false;

	if (first->entry->kind == SIZE_DIRECTORY) {
		max = t->directory_limit - digits;
	} else {
		while (base > 0 && first->name[base - 1] != htobe16('.'))
			base--;
		dot = base > 0;
		ext = dot ? first->length - base : 0;
		base = dot ? base - 1 : first->length;
	}
	memcpy(s->ext, first->name + first->length - ext, ext * sizeof(*s->ext));
	if (ext >= max)
		ext = max - (base > 0 || !t->joliet);
	s->base_length = (unsigned)min_of(base, max - ext);
	s->ext_length = ext;
	s->dot = dot && (ext > 0 || !t->joliet);
	memcpy(s->base, first->name, s->base_length * sizeof(*s->base));
}

static void number_name(const struct stem *s, unsigned digits, uint32_t number, struct record *out)
{
	uint16_t *end = out->name + s->base_length + digits;

	memcpy(out->name, s->base, s->base_length * sizeof(*s->base));
	for (unsigned i = 1; i <= digits; i++, number /= 10)
		end[-(int)i] = htobe16((uint16_t)('0' + number % 10));
	if (s->dot)
		*end++ = htobe16('.');
	memcpy(end, s->ext, s->ext_length * sizeof(*s->ext));
	end += s->ext_length;
	*end = 0;
	out->length = (uint16_t)(end - out->name);
}

/* False when the digits do not suffice; who has got a name by then keeps it. */
static bool number_family(struct listing *l, size_t first, size_t end, unsigned digits,
			  uint32_t numbers)
{
	uint16_t name[JOLIET_MAX + 1];
	struct record trial = { .name = name };
	struct stem stem;
	uint32_t number = 0;

	make_stem(l->tree, &l->records[first], digits, &stem);
	for (struct record *r = &l->records[first]; r < &l->records[end]; r++) {
		do {
			if (number == numbers)
				return false;
			number_name(&stem, digits, number++, &trial);
		} while (is_taken(l, &trial));
		chain_remove(l, r);
		memcpy(r->name, name, (trial.length + 1) * sizeof(*name));
		r->length = trial.length;
		chain_add(l, r);
	}
	return true;
}

static int resolve_family(struct listing *l, size_t first, size_t end)
{
	uint32_t numbers = 10;

	for (unsigned digits = 1; digits <= DIGITS_MAX; digits++, numbers *= 10)
		if (number_family(l, first, end, digits, numbers))
			return 0;
	return -EMLINK;
}

/* Sort the names and tell equal ones apart. */
static int listing_order(struct listing *l)
{
	int ret = 0;

	listing_sort(l);
	for (size_t i = 0, end; i < l->n && ret == 0; i = end) {
		end = family_end(l, i);
		if (end == i + 1)
			continue;
		if (!l->chains)
			ret = chains_make(l);
		if (ret == 0)
			ret = resolve_family(l, i, end);
	}
	if (l->chains && ret == 0)
		listing_sort(l);
	return ret;
}

static int listing_make(struct listing *l, const struct size_entry *entries, size_t n)
{
	int ret = n > 0 ? listing_fill(l, entries, n) : 0;

	return ret ? ret : listing_order(l);
}

/*
 * Records
 */

static unsigned sections(uint64_t size)
{
	const uint64_t last_max = UINT32_MAX, others = 0xfffff800;

	if (size <= last_max)
		return 1;
	return 1 + (unsigned)min_of((size - last_max + others - 1) / others, SECTIONS_MAX);
}

static unsigned iso_record(enum size_kind kind, unsigned length)
{
	return (unsigned)even(RECORD_FIXED + length + (kind == SIZE_DIRECTORY ? 0 : VERSION));
}

static unsigned joliet_record(enum size_kind kind, unsigned length)
{
	return RECORD_FIXED + 1 + 2 * (length + (kind == SIZE_DIRECTORY ? 0 : VERSION));
}

/* A record never crosses a block (6.8.1.1). */
static void record_add(uint64_t *pos, unsigned bytes)
{
	if (bytes > BLOCK_SIZE - *pos % BLOCK_SIZE)
		*pos = blocks_of(*pos) * BLOCK_SIZE;
	*pos += bytes;
}

/*
 * A field of a continuation area; with @hop a CE field and the next block come before one that
 * would leave no room for a CE field behind it.
 */
static void continuation_add(uint64_t *pos, unsigned bytes, bool hop)
{
	if (hop && *pos / BLOCK_SIZE != (*pos + bytes + CE - 1) / BLOCK_SIZE)
		*pos = blocks_of(*pos + CE) * BLOCK_SIZE;
	*pos += bytes;
}

/* In what the library at hand differs from others. */
static struct {
	bool gaps_twice;    /* counts the gap before a continuation area that starts at the next
			       block twice */
	bool root_in_two;   /* has an empty component behind the root, for a link to nothing but
			       that */
} library = { .gaps_twice = true };

void size_set_library(int major, int minor, int micro)
{
	int version = (major * 1000 + minor) * 1000 + micro;

	library.gaps_twice = version <= 1005004;
	library.root_in_two = version >= 1005008;
}

/*
 * The next component of a link's target, as iso_link_target() puts it: its bytes, those of its head
 * included. A run of slashes is one, and none at the end. False after the last.
 */
static bool next_component(const char **target, unsigned *bytes)
{
	const char *s = *target;
	unsigned n;

	if (!s)
		return false;
	n = (unsigned)(strchrnul(s, '/') - s);
	*target = s + n + strspn(s + n, "/");
	if (!**target && !(library.root_in_two && *s == '/'))
		*target = NULL;
	*bytes = SL_COMPONENT;
	if (!(n == 1 && s[0] == '.') && !(n == 2 && s[0] == '.' && s[1] == '.'))
		*bytes += n;
	return true;
}

/* Bytes of a link's target, were there no limit to a field; 0 for anything else. */
static unsigned link_bytes(const char *target)
{
	unsigned sum = target ? SL : 0, bytes;

	while (next_component(&target, &bytes))
		sum += bytes;
	return sum;
}

/*
 * The fields of a link's target: as many components in each as fit; very long ones are split. False
 * when libisofs gets it wrong: of what is split between two new fields it takes the rest of the
 * target for the end.
 */
static bool link_add(uint64_t *pos, const char *target, bool hop)
{
	const unsigned part_max = SL_MAX - SL;
	unsigned field = SL, bytes;
	bool right = true;

	while (next_component(&target, &bytes)) {
		unsigned left = SL_MAX - field;

		right &= bytes <= SL_COMPONENT + NAME_BYTES_MAX;
		if (bytes <= left) {
			field += bytes;
		} else if (bytes <= part_max) {
			continuation_add(pos, field, hop);
			field = SL + bytes;
		} else if (bytes - part_max + SL_COMPONENT <= left) {
			continuation_add(pos, SL_MAX, hop);
			field = SL + bytes - (left - SL_COMPONENT);
		} else {
			continuation_add(pos, field, hop);
			continuation_add(pos, SL_MAX, hop);
			field = SL + bytes - part_max + SL_COMPONENT;
			right &= !target;
		}
	}
	if (field > SL)
		continuation_add(pos, field, hop);
	return right;
}

bool size_link_fits(const char *target)
{
	uint64_t pos = 0;

	return strlen(target) <= SIZE_LINK_MAX && link_add(&pos, target, false);
}

/*
 * The system use fields of an entry that may take @space bytes of its record. Returns what they
 * take; what does not fit is added to the continuation area at @pos: then the record has a CE
 * field, and the name fills it as far as it can.
 */
static unsigned fields_add(const struct size_entry *e, unsigned space, uint64_t *pos, bool hop)
{
	unsigned name = (unsigned)strlen(e->name), fixed = PX_TF + NM;

	if (fixed + name + link_bytes(e->target) <= space)
		return fixed + name + link_bytes(e->target);
	fixed += CE;
	if (fixed + name > space) {
		continuation_add(pos, NM + name - (space - fixed), hop);
		name = space - fixed;
	}
	link_add(pos, e->target, hop);
	return fixed + name;
}

/*
 * The same at the right place: what would cross a block (with room for a CE field) starts at the
 * next one. libisofs then still reckons the hops from where it would have started, and so do we.
 */
static unsigned fields_place(const struct size_entry *e, unsigned space, uint64_t *pos)
{
	uint64_t start = *pos;
	unsigned bytes = fields_add(e, space, pos, false);

	if (*pos == start || start / BLOCK_SIZE == (*pos + CE - 1) / BLOCK_SIZE)
		return bytes;
	*pos = start;
	fields_add(e, space, pos, true);
	if (library.gaps_twice)
		*pos += blocks_of(start) * BLOCK_SIZE - start;
	return bytes;
}

static void measure_iso(const struct listing *l, bool root, struct size_dir *out)
{
	uint64_t pos = DOT_RECORDS + (root ? ROOT_EXTRA : 0), ce = root ? ROOT_CE : 0;

	for (size_t at = 0; at < l->n; at++) {
		const struct record *r = &l->records[at];
		unsigned bytes = iso_record(r->entry->kind, r->length);

		for (unsigned i = sections(r->entry->size); i > 0; i--) {
			unsigned fields = fields_place(r->entry, RECORD_MAX - bytes, &ce);

			record_add(&pos, (unsigned)even(bytes + fields));
		}
		if (r->entry->kind == SIZE_DIRECTORY)
			out->path_bytes += PATH_RECORD_FIXED + (uint32_t)even(r->length);
	}
	out->iso_blocks = (uint32_t)(blocks_of(pos) + blocks_of(ce));
}

static void measure_joliet(const struct listing *l, struct size_dir *out)
{
	uint64_t pos = JOLIET_DOT_RECORDS;

	for (size_t at = 0; at < l->n; at++) {
		const struct record *r = &l->records[at];

		for (unsigned i = sections(r->entry->size); i > 0; i--)
			record_add(&pos, joliet_record(r->entry->kind, r->length));
		if (r->entry->kind == SIZE_DIRECTORY)
			out->joliet_path_bytes += PATH_RECORD_FIXED + 2 * r->length;
	}
	out->joliet_blocks = (uint32_t)blocks_of(pos);
	out->joliet_renamed = l->shortened;
}

static int measure(const struct tree *t, const struct size_entry *entries, size_t n, bool root,
		   struct size_dir *out)
{
	struct listing l = { .tree = t };
	int ret = listing_make(&l, entries, n);

	if (ret == 0 && t->joliet)
		measure_joliet(&l, out);
	else if (ret == 0)
		measure_iso(&l, root, out);
	listing_free(&l);
	return ret;
}

int size_dir(const struct size_entry *entries, size_t n, bool root, struct size_dir *out)
{
	int ret;

	*out = (struct size_dir){ 0 };
	ret = measure(&iso_tree, entries, n, root, out);
	return ret ? ret : measure(&joliet_tree, entries, n, root, out);
}

/*
 * The bound. A name may grow by digits; how many is known from the number of entries alone: a
 * member of a family finds a number taken by each other entry at most, and by its own family once
 * more while that is being renamed.
 */

static unsigned name_length(const struct tree *t, const struct size_entry *e)
{
	uint16_t name[NAME_BYTES_MAX];
	struct cut c = cut_name(t, e->kind, name, to_ucs2(e->name, name));

	return c.base + c.dot + c.ext;
}

/* @records more of @bytes each, that are never more than @most; or less if it is negative. */
static void sum_change(struct size_sum *s, int records, unsigned bytes, unsigned most)
{
	s->records += (uint32_t)records;
	s->bytes += (uint64_t)records * bytes;
	s->room += (uint64_t)records * (most - bytes);
	if (bytes > s->longest)
		s->longest = bytes;
}

/*
 * An entry with little in the continuation area wastes less than its bytes and a CE field before a
 * block boundary, and as much behind it. One with much may take a block for each of: what is left
 * where it comes, two hops within it and its bytes; and spoil two more for the entry behind it.
 */
static void continuation_change(struct size_bound *b, int records, uint64_t bytes)
{
	if (bytes > CE_LONG) {
		uint64_t blocks = 5 + (bytes + CE_LONG) / BLOCK_SIZE;

		b->ce_long_blocks += (uint32_t)records * (uint32_t)blocks;
		return;
	}
	b->ce_bytes += (uint64_t)records * bytes;
	if (bytes > b->ce_longest)
		b->ce_longest = (uint32_t)bytes;
}

/*
 * The shorter the space that a long ISO name leaves, the more is in the continuation area; nearly
 * all names that need it have a long one.
 */
static void iso_change(struct size_bound *b, const struct size_entry *e, int records)
{
	unsigned length = name_length(&iso_tree, e);
	unsigned bytes = iso_record(e->kind, length), most = iso_record(e->kind, ISO_MAX);
	uint64_t ce = 0;
	unsigned fields = fields_add(e, RECORD_MAX - most, &ce, false);

	if (ce == 0) {
		sum_change(&b->iso, records, (unsigned)even(bytes + fields),
			   (unsigned)even(most + fields));
	} else {
		sum_change(&b->iso, records, RECORD_MAX, RECORD_MAX);
		continuation_change(b, records, ce);
	}
	if (e->kind == SIZE_DIRECTORY)
		sum_change(&b->path, records, PATH_RECORD_FIXED + (unsigned)even(length),
			   PATH_RECORD_FIXED + (unsigned)even(ISO_MAX));
}

static void joliet_change(struct size_bound *b, const struct size_entry *e, int records)
{
	unsigned length;

	if (!in_joliet(e->kind))
		return;
	length = name_length(&joliet_tree, e);
	sum_change(&b->joliet, records, joliet_record(e->kind, length),
		   joliet_record(e->kind, JOLIET_MAX));
	if (e->kind == SIZE_DIRECTORY)
		sum_change(&b->joliet_path, records, PATH_RECORD_FIXED + 2 * length,
			   PATH_RECORD_FIXED + 2 * JOLIET_MAX);
}

void size_bound_add(struct size_bound *b, const struct size_entry *e)
{
	int records = (int)sections(e->size);

	b->entries++;
	iso_change(b, e, records);
	joliet_change(b, e, records);
}

void size_bound_remove(struct size_bound *b, const struct size_entry *e)
{
	int records = -(int)sections(e->size);

	if (--b->entries == 0) {
		*b = (struct size_bound){ 0 };
		return;
	}
	iso_change(b, e, records);
	joliet_change(b, e, records);
}

/* Characters by which a name of so many may grow: one digit is tried, then two more, and so on. */
static unsigned growth(uint32_t entries)
{
	unsigned digits = 0;

	for (uint64_t numbers = 1; numbers < 2 * (uint64_t)entries && entries > 1; numbers *= 10)
		digits++;
	return digits * (digits + 1) / 2;
}

static uint64_t sum_grown(const struct size_sum *s, unsigned bytes)
{
	return s->bytes + min_of((uint64_t)s->records * bytes, s->room);
}

/* All blocks but the last are so full that the longest record would not fit; lengths are even. */
static uint32_t records_bound(const struct size_sum *s, unsigned dots, unsigned grown)
{
	unsigned longest = (unsigned)min_of(s->longest + grown, RECORD_MAX);

	return (uint32_t)(1 + (dots + sum_grown(s, grown) - 1) / (BLOCK_SIZE + 2 - longest));
}

static uint32_t continuation_bound(const struct size_bound *b, bool root)
{
	uint64_t bytes = b->ce_bytes + (root ? ROOT_CE : 0);
	unsigned used = BLOCK_SIZE - 2 * (b->ce_longest + CE - 1);

	return (bytes > 0 ? (uint32_t)(1 + (bytes - 1) / used) : 0) + b->ce_long_blocks;
}

void size_bound_dir(const struct size_bound *b, bool root, struct size_dir *out)
{
	unsigned more = growth(b->entries), more_even = (unsigned)even(more);
	unsigned dots = DOT_RECORDS + (root ? ROOT_EXTRA : 0);

	*out = (struct size_dir){
		.iso_blocks = records_bound(&b->iso, dots, more_even) + continuation_bound(b, root),
		.joliet_blocks = records_bound(&b->joliet, JOLIET_DOT_RECORDS, 2 * more),
		.path_bytes = (uint32_t)sum_grown(&b->path, more_even),
		.joliet_path_bytes = (uint32_t)sum_grown(&b->joliet_path, 2 * more),
	};
}

static void sum_join(struct size_sum *s, const struct size_sum *more)
{
	s->bytes += more->bytes;
	s->room += more->room;
	s->records += more->records;
	if (more->longest > s->longest)
		s->longest = more->longest;
}

void size_bound_join(struct size_bound *b, const struct size_bound *more)
{
	sum_join(&b->iso, &more->iso);
	sum_join(&b->joliet, &more->joliet);
	sum_join(&b->path, &more->path);
	sum_join(&b->joliet_path, &more->joliet_path);
	b->ce_bytes += more->ce_bytes;
	if (more->ce_longest > b->ce_longest)
		b->ce_longest = more->ce_longest;
	b->ce_long_blocks += more->ce_long_blocks;
	b->entries += more->entries;
}

void size_dir_add(struct size_dir *d, const struct size_dir *more, int sign)
{
	d->iso_blocks += (uint32_t)sign * more->iso_blocks;
	d->joliet_blocks += (uint32_t)sign * more->joliet_blocks;
	d->path_bytes += (uint32_t)sign * more->path_bytes;
	d->joliet_path_bytes += (uint32_t)sign * more->joliet_path_bytes;
	d->joliet_renamed += (uint32_t)sign * more->joliet_renamed;
}

/*
 * The image
 */

uint64_t size_content(uint64_t bytes)
{
	uint64_t blocks = blocks_of(bytes);

	return bytes >= SIZE_ALIGN_MIN ? even(blocks) : blocks;
}

uint64_t size_data_start(const struct size_totals *t)
{
	uint64_t tables = 2 * (blocks_of(ROOT_PATH_BYTES + t->path_bytes) +
			       blocks_of(ROOT_PATH_BYTES + t->joliet_path_bytes));
	uint64_t head = HEAD_BLOCKS + t->iso_blocks + t->joliet_blocks + tables;

	return head < DATA_START_MIN ? DATA_START_MIN : head;
}

bool size_leading_filler(const struct size_totals *t)
{
	return t->large_files > 0 && size_data_start(t) % 2 == 0;
}

uint64_t size_image(const struct size_totals *t)
{
	return size_data_start(t) + 1 + size_leading_filler(t) + t->large_blocks + t->small_blocks +
	       SIZE_TAIL_BLOCKS;
}

int size_joliet_names(const struct size_entry *entries, size_t n, size_joliet_visit *each,
		      void *arg)
{
	struct listing l = { .tree = &joliet_tree };
	int ret = listing_make(&l, entries, n);

	for (size_t at = 0; at < l.n && ret == 0; at++)
		ret = each(arg, l.records[at].entry, l.records[at].name, l.records[at].length);
	listing_free(&l);
	return ret;
}

bool size_joliet_fits(const char *name, enum size_kind kind)
{
	uint16_t raw[NAME_BYTES_MAX];

	return !in_joliet(kind) || cut_name(&joliet_tree, kind, raw, to_ucs2(name, raw)).whole;
}

bool size_name_remains(const char *name)
{
	uint16_t raw[NAME_BYTES_MAX];

	return to_ucs2(name, raw) > 0;
}
