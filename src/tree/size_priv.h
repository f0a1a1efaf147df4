/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the size share, and nobody else sees: size.c knows the blocks of directories
 * and of the image, size_bound.c the most that they can become, and both ask size_names.c.
 */
#ifndef BURNFS_TREE_SIZE_PRIV_H
#define BURNFS_TREE_SIZE_PRIV_H

#include "tree/size.h"

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
struct size_tree {
	unsigned limit;             /* characters of a file's base and extension, not its dot */
	unsigned directory_limit;
	unsigned longest;
	bool joliet;
};

/* One name as a tree records it. */
struct size_record {
	const struct size_entry *entry;
	uint16_t *name;             /* big-endian, so that memcmp() orders it; a 0 follows */
	uint32_t next;              /* in a chain, see struct size_listing */
	uint16_t length;
};

/* A directory in one of the trees. */
struct size_listing {
	const struct size_tree *tree;
	struct size_record *records;
	size_t n;
	uint16_t *characters;       /* of all names */
	uint32_t *chains;           /* by hash: 1 + index of a chain's first record, 0 for none */
	uint32_t mask;
	uint32_t shortened;
};

static inline uint64_t min_of(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline uint64_t even(uint64_t bytes)
{
	return bytes + bytes % 2;
}

static inline bool in_joliet(enum size_kind kind)
{
	return kind == SIZE_FILE || kind == SIZE_DIRECTORY;
}

/* tree/size_names.c */
extern const struct size_tree size_iso_tree, size_joliet_tree;
/*
 * The names of a directory as a tree has them, told apart and in order: free the listing in any
 * case. 0, or as size_dir().
 */
int size_listing_make(struct size_listing *, const struct size_entry *, size_t n);
void size_listing_free(struct size_listing *);
/* Characters of a name in a tree, its dot included. */
unsigned size_name_length(const struct size_tree *, const struct size_entry *);

/* tree/size.c: bytes of a record, records of a file of @size bytes, and the fields of an entry. */
unsigned size_iso_record(enum size_kind, unsigned length);
unsigned size_joliet_record(enum size_kind, unsigned length);
unsigned size_sections(uint64_t size);
unsigned size_fields_add(const struct size_entry *, unsigned space, uint64_t *pos, bool hop);

#endif
