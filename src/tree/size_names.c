/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names in both trees of a disc, ISO 9660 and Joliet, alike: they are mapped, sorted, and told
 * apart by digits.
 */
#include "tree/size_priv.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const struct size_tree size_iso_tree = { 30, 31, ISO_MAX, false };
const struct size_tree size_joliet_tree = { 103, 103, JOLIET_MAX, true };

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
static struct cut cut_name(const struct size_tree *t, enum size_kind kind, const uint16_t *name,
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

static void put_characters(const struct size_tree *t, struct size_record *r, const uint16_t *from,
			   unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		uint16_t c = t->joliet ? joliet_character(from[i]) : iso_character(from[i]);

		r->name[r->length++] = htobe16(c);
	}
}

/* Write @r's name to where r->name points. Returns whether nothing was cut off. */
static bool map_name(const struct size_tree *t, struct size_record *r)
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

void size_listing_free(struct size_listing *l)
{
	free(l->records);
	free(l->characters);
	free(l->chains);
}

/* Characters to set aside for a name: it may get a dot, digits, and a 0. */
static size_t room_for(const struct size_tree *t, const char *name)
{
	return min_of(strlen(name) + 1 + GROWTH_MAX, t->longest) + 1;
}

static int listing_fill(struct size_listing *l, const struct size_entry *entries, size_t n)
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
		struct size_record *r = &l->records[l->n];

		if (l->tree->joliet && !in_joliet(entries[i].kind))
			continue;
		*r = (struct size_record){ .entry = &entries[i], .name = free_room };
		free_room += room_for(l->tree, entries[i].name);
		l->shortened += !map_name(l->tree, r);
		l->n++;
	}
	return 0;
}

static int compare_names(const struct size_record *a, const struct size_record *b)
{
	return memcmp(a->name, b->name, (min_of(a->length, b->length) + 1) * sizeof(*a->name));
}

/* libisofs sorts names that became equal by what they were. */
static int compare_records(const void *a, const void *b)
{
	const struct size_record *x = a, *y = b;
	int order = compare_names(x, y);

	return order ? order : strcmp(x->entry->name, y->entry->name);
}

/* Names often come in order, and numbers that tell equal names apart mostly keep it. */
static void listing_sort(struct size_listing *l)
{
	for (size_t i = 1; i < l->n; i++)
		if (compare_records(&l->records[i - 1], &l->records[i]) > 0) {
			qsort(l->records, l->n, sizeof(*l->records), compare_records);
			return;
		}
}

/* First record after those that have the same name as record @i. */
static size_t family_end(const struct size_listing *l, size_t i)
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

static uint32_t *chain_of(const struct size_listing *l, const struct size_record *r)
{
	uint32_t hash = 2166136261U;

	for (unsigned i = 0; i < r->length; i++)
		hash = (hash ^ r->name[i]) * 16777619U;
	return &l->chains[(hash ^ hash >> 15) & l->mask];
}

static void chain_add(struct size_listing *l, struct size_record *r)
{
	uint32_t *link = chain_of(l, r);

	r->next = *link;
	*link = (uint32_t)(r - l->records) + 1;
}

static void chain_remove(struct size_listing *l, struct size_record *r)
{
	uint32_t *link = chain_of(l, r);

	while (&l->records[*link - 1] != r)
		link = &l->records[*link - 1].next;
	*link = r->next;
}

static bool is_taken(const struct size_listing *l, const struct size_record *name)
{
	for (uint32_t i = *chain_of(l, name); i > 0; i = l->records[i - 1].next)
		if (compare_names(&l->records[i - 1], name) == 0)
			return true;
	return false;
}

static int chains_make(struct size_listing *l)
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
static void make_stem(const struct size_tree *t, const struct size_record *first, unsigned digits,
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

static void number_name(const struct stem *s, unsigned digits, uint32_t number,
			struct size_record *out)
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
static bool number_family(struct size_listing *l, size_t first, size_t end, unsigned digits,
			  uint32_t numbers)
{
	uint16_t name[JOLIET_MAX + 1];
	struct size_record trial = { .name = name };
	struct stem stem;
	uint32_t number = 0;

	make_stem(l->tree, &l->records[first], digits, &stem);
	for (struct size_record *r = &l->records[first]; r < &l->records[end]; r++) {
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

static int resolve_family(struct size_listing *l, size_t first, size_t end)
{
	uint32_t numbers = 10;

	for (unsigned digits = 1; digits <= DIGITS_MAX; digits++, numbers *= 10)
		if (number_family(l, first, end, digits, numbers))
			return 0;
	return -EMLINK;
}

/* Sort the names and tell equal ones apart. */
static int listing_order(struct size_listing *l)
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

int size_listing_make(struct size_listing *l, const struct size_entry *entries, size_t n)
{
	int ret = n > 0 ? listing_fill(l, entries, n) : 0;

	return ret ? ret : listing_order(l);
}

unsigned size_name_length(const struct size_tree *t, const struct size_entry *e)
{
	uint16_t name[NAME_BYTES_MAX];
	struct cut c = cut_name(t, e->kind, name, to_ucs2(e->name, name));

	return c.base + c.dot + c.ext;
}

int size_joliet_names(const struct size_entry *entries, size_t n, size_joliet_visit *each,
		      void *arg)
{
	struct size_listing l = { .tree = &size_joliet_tree };
	int ret = size_listing_make(&l, entries, n);

	for (size_t at = 0; at < l.n && ret == 0; at++)
		ret = each(arg, l.records[at].entry, l.records[at].name, l.records[at].length);
	size_listing_free(&l);
	return ret;
}

bool size_joliet_fits(const char *name, enum size_kind kind)
{
	uint16_t raw[NAME_BYTES_MAX];

	return !in_joliet(kind) || cut_name(&size_joliet_tree, kind, raw, to_ucs2(name, raw)).whole;
}

bool size_name_remains(const char *name)
{
	uint16_t raw[NAME_BYTES_MAX];

	return to_ucs2(name, raw) > 0;
}
