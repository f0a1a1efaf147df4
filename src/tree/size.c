/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The size of a tree on a disc: names have their places, and their records are laid into blocks one
 * after the other. Nothing here touches a file, a lock or anything that outlives a call.
 */
#include "tree/size_priv.h"

#include <errno.h>
#include <string.h>

/* ---- records ---- */

unsigned size_sections(uint64_t size)
{
	const uint64_t last_max = UINT32_MAX, others = 0xfffff800;

	if (size <= last_max)
		return 1;
	return 1 + (unsigned)min_of((size - last_max + others - 1) / others, SECTIONS_MAX);
}

unsigned size_iso_record(enum size_kind kind, unsigned length)
{
	return (unsigned)even(RECORD_FIXED + length + (kind == SIZE_DIRECTORY ? 0 : VERSION));
}

unsigned size_joliet_record(enum size_kind kind, unsigned length)
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
unsigned size_fields_add(const struct size_entry *e, unsigned space, uint64_t *pos, bool hop)
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
	unsigned bytes = size_fields_add(e, space, pos, false);

	if (*pos == start || start / BLOCK_SIZE == (*pos + CE - 1) / BLOCK_SIZE)
		return bytes;
	*pos = start;
	size_fields_add(e, space, pos, true);
	if (library.gaps_twice)
		*pos += blocks_of(start) * BLOCK_SIZE - start;
	return bytes;
}

static void measure_iso(const struct size_listing *l, bool root, struct size_dir *out)
{
	uint64_t pos = DOT_RECORDS + (root ? ROOT_EXTRA : 0), ce = root ? ROOT_CE : 0;

	for (size_t at = 0; at < l->n; at++) {
		const struct size_record *r = &l->records[at];
		unsigned bytes = size_iso_record(r->entry->kind, r->length);

		for (unsigned i = size_sections(r->entry->size); i > 0; i--) {
			unsigned fields = fields_place(r->entry, RECORD_MAX - bytes, &ce);

			record_add(&pos, (unsigned)even(bytes + fields));
		}
		if (r->entry->kind == SIZE_DIRECTORY)
			out->path_bytes += PATH_RECORD_FIXED + (uint32_t)even(r->length);
	}
	out->iso_blocks = (uint32_t)(blocks_of(pos) + blocks_of(ce));
}

static void measure_joliet(const struct size_listing *l, struct size_dir *out)
{
	uint64_t pos = JOLIET_DOT_RECORDS;

	for (size_t at = 0; at < l->n; at++) {
		const struct size_record *r = &l->records[at];

		for (unsigned i = size_sections(r->entry->size); i > 0; i--)
			record_add(&pos, size_joliet_record(r->entry->kind, r->length));
		if (r->entry->kind == SIZE_DIRECTORY)
			out->joliet_path_bytes += PATH_RECORD_FIXED + 2 * r->length;
	}
	out->joliet_blocks = (uint32_t)blocks_of(pos);
	out->joliet_renamed = l->shortened;
}

static int measure(const struct size_tree *t, const struct size_entry *entries, size_t n, bool root,
		   struct size_dir *out)
{
	struct size_listing l = { .tree = t };
	int ret = size_listing_make(&l, entries, n);

	if (ret == 0 && t->joliet)
		measure_joliet(&l, out);
	else if (ret == 0)
		measure_iso(&l, root, out);
	size_listing_free(&l);
	return ret;
}

int size_dir(const struct size_entry *entries, size_t n, bool root, struct size_dir *out)
{
	int ret;

	*out = (struct size_dir){ 0 };
	ret = measure(&size_iso_tree, entries, n, root, out);
	return ret ? ret : measure(&size_joliet_tree, entries, n, root, out);
}

/* ---- the image ---- */

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
