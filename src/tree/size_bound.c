/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bound. A name may grow by digits; how many is known from the number of entries alone: a
 * member of a family finds a number taken by each other entry at most, and by its own family once
 * more while that is being renamed.
 */
#include "tree/size_priv.h"

#include <string.h>

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
	unsigned length = size_name_length(&size_iso_tree, e);
	unsigned bytes = size_iso_record(e->kind, length), most = size_iso_record(e->kind, ISO_MAX);
	uint64_t ce = 0;
	unsigned fields = size_fields_add(e, RECORD_MAX - most, &ce, false);

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
	length = size_name_length(&size_joliet_tree, e);
	sum_change(&b->joliet, records, size_joliet_record(e->kind, length),
		   size_joliet_record(e->kind, JOLIET_MAX));
	if (e->kind == SIZE_DIRECTORY)
		sum_change(&b->joliet_path, records, PATH_RECORD_FIXED + 2 * length,
			   PATH_RECORD_FIXED + 2 * JOLIET_MAX);
}

void size_bound_add(struct size_bound *b, const struct size_entry *e)
{
	int records = (int)size_sections(e->size);

	b->entries++;
	iso_change(b, e, records);
	joliet_change(b, e, records);
}

void size_bound_remove(struct size_bound *b, const struct size_entry *e)
{
	int records = -(int)size_sections(e->size);

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
