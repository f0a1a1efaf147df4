/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many blocks an ISO 9660 level 3 + Joliet + Rock Ridge tree takes: exactly, a directory at a
 * time, and as an upper bound in O(1) for an operation.
 *
 * Pure: no I/O, no locks, no state. It models what libisofs writes for the profile that iso/write.c
 * sets (see doc/design.md, "The size"); libisofs is its referee in the property test and has the
 * last word when a disc is recorded. All results are blocks of 2048 bytes unless they say bytes.
 */
#ifndef BURNFS_TREE_SIZE_H
#define BURNFS_TREE_SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/disc.h"

enum size_kind { SIZE_FILE, SIZE_DIRECTORY, SIZE_SYMLINK, SIZE_FIFO /* or socket */ };

/* One name in a directory. */
struct size_entry {
	const char *name;    /* valid UTF-8, 1 to 255 bytes, borrowed */
	const char *target;  /* of a symbolic link, borrowed: at most 1024 bytes, 255 a component;
				slashes that iso_link_target() leaves out are not counted */
	uint64_t size;       /* bytes of a file; else 0 */
	enum size_kind kind;
};

/* What one directory takes. */
struct size_dir {
	uint32_t iso_blocks;         /* ISO 9660 records and their continuation area */
	uint32_t joliet_blocks;
	uint32_t path_bytes;         /* path table records of its sub-directories */
	uint32_t joliet_path_bytes;
	uint32_t joliet_renamed;     /* names that Joliet shortens, see size_joliet_fits() */
};

/* Records of one sort: their bytes, and what they would gain were every name as long as can be. */
struct size_sum {
	uint64_t bytes, room;
	uint32_t records;
	uint32_t longest;            /* bytes of the longest record there ever was */
};

/* Sums from which the bound of one directory follows. All zero is an empty directory. */
struct size_bound {
	struct size_sum iso, joliet, path, joliet_path;
	uint64_t ce_bytes;           /* in the continuation area, of entries with little there */
	uint32_t ce_longest;         /* bytes there of one of these */
	uint32_t ce_long_blocks;     /* what the others take and spoil */
	uint32_t entries;
};

/* The parts of a disc; the sum over all its directories, the root included. */
struct size_totals {
	uint64_t iso_blocks, joliet_blocks, path_bytes, joliet_path_bytes;
	uint64_t large_blocks;  /* size_content() of each aligned file; a hard-linked one once */
	uint64_t small_blocks;  /* size_content() of all other files */
	uint64_t large_files;   /* how many are aligned */
};

enum {
	SIZE_ALIGN_MIN = 1024 * 1024, /* files of so many bytes and more are aligned for reflinks */
	SIZE_TAIL_BLOCKS = 150,
	SIZE_LINK_MAX = 1024,         /* bytes of a symbolic link's target that libisofs takes */
};

/*
 * The exact size of a directory with @n entries, each a different name, in any order.
 * @root: it is the root directory. Returns 0, -ENOMEM, or -EMLINK where so many names become equal
 * in one of the trees that seven digits do not tell them apart. O(n log n).
 */
int size_dir(const struct size_entry *entries, size_t n, bool root, struct size_dir *out);

/*
 * Account for one more entry, or one less, which must equal one that was added: for a file that
 * changes its size, remove the old and add the new. Never fails. O(length of the name).
 */
void size_bound_add(struct size_bound *, const struct size_entry *);
void size_bound_remove(struct size_bound *, const struct size_entry *);

/*
 * A directory that is never smaller than the real one, whatever its names collide with, if no name
 * makes size_dir() fail. joliet_renamed is 0: it is no matter of blocks. O(1).
 */
void size_bound_dir(const struct size_bound *, bool root, struct size_dir *out);

/* The bound of two directories put together. */
void size_bound_join(struct size_bound *, const struct size_bound *more);
/* What both directories take; with @sign -1 what is left without the second. */
void size_dir_add(struct size_dir *, const struct size_dir *, int sign);

/* Blocks of a file's content of @bytes: rounded up to an even number from SIZE_ALIGN_MIN on. */
uint64_t size_content(uint64_t bytes);

/*
 * The block that all empty files share. Content begins right behind it: aligned files first, the
 * first of them at an even block, each with a filler behind an odd last block; then all others.
 */
uint64_t size_data_start(const struct size_totals *);

/* Whether a filler block lies between the shared block and the first aligned file. */
bool size_leading_filler(const struct size_totals *);

/* The whole image in blocks, tail included. */
uint64_t size_image(const struct size_totals *);

/*
 * Whether Joliet keeps the name whole, or leaves it out as it does with links, fifos and sockets. A
 * replaced character is no shortening, nor are digits added to tell names apart.
 */
bool size_joliet_fits(const char *name, enum size_kind kind);

/*
 * Whether libisofs can write the target of a symbolic link: up to SIZE_LINK_MAX bytes, 255 a
 * component, but for components of 249 and more that stand where it splits them wrong (1.5.6 does
 * it still).
 */
bool size_link_fits(const char *target);

/*
 * Call @each with every name that Joliet has of a directory's entries, in the order of the disc:
 * what is mapped, cut and numbered to @length characters of UCS-2, big-endian; ";1" of a file is
 * left out. The text is good during the call. Stops at the first call that does not return 0, and
 * returns what it did; or fails as size_dir() does, before the first. O(n log n).
 */
typedef int size_joliet_visit(void *arg, const struct size_entry *, const uint16_t *text,
			   unsigned length);
int size_joliet_names(const struct size_entry *entries, size_t n, size_joliet_visit *each,
		      void *arg);

/*
 * Whether anything of a name is left on a disc. Language tags (U+E0000 to U+E007F) vanish, and
 * libisofs makes no image of a tree in which a name has nothing else: refuse such a name.
 */
bool size_name_remains(const char *name);

/*
 * Which release of libisofs is to lay out (1.5.4 by default). Set once, before anything is
 * measured.
 */
void size_set_library(int major, int minor, int micro);

#endif
