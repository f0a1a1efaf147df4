/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the check share. A function that returns bool is false for bytes that are not
 * as they should be; one that returns int has said so then.
 */
#ifndef BURNFS_ISO_CHECK_PRIV_H
#define BURNFS_ISO_CHECK_PRIV_H

#include "iso/check.h"
#include "iso/rock.h"

enum {
	/* Owners of blocks: volume descriptors, path tables, and directories from there on. */
	CHECK_SYSTEM = 1,
	CHECK_PATHS,
	CHECK_FIRST_DIR,
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

/* ---- iso/check_blocks.c: the message, and whose blocks are whose */

/* -ENOMEM, and its message. */
int check_no_memory(struct check *);
/* -EIO: the directory at hand is damaged, and @what of it; or -ENOMEM. */
int check_damage(struct check *, const char *what);
/* A block of the head, which has it. */
const unsigned char *check_block_at(const struct check *, uint32_t block);
/* Take @n blocks for @owner; false when they are not in the head, or somebody else's. */
bool check_claim(struct check *, uint32_t block, uint32_t n, uint32_t owner);
/*
 * Take a continuation area. Those of a directory follow each other in blocks of its own, and there
 * is nothing between them. False when this one does not, or when there is.
 */
bool check_claim_continuation(struct check *, uint32_t block, uint32_t offset, uint32_t size);
/* What the last block of continuation areas has behind the last one, before byte @limit. */
bool check_rest_is_zero(const struct check *, size_t limit);

/* ---- iso/check_entry.c: what the directories of both trees have in common */

/* The fields of a record, those in its continuation areas included (SUSP 5.1), into check.rock. */
bool check_read_rock(struct check *, struct bytes su);
/* Whether check.rock says this of a node. */
bool check_same_attributes(const struct rock *, const struct node_attr *);
/* A file or directory has a serial number of its own; a link or fifo has one for each name. */
bool check_same_serial(struct check *, const struct node *, const struct node_attr *);
/* Whether @bytes at @block are the content of a node. */
bool check_is_content(struct check *, const struct node *, const struct node_attr *, uint32_t block,
		      uint64_t bytes);
/* A record of what is no directory. False when it does not go on with the one before it. */
bool check_add_section(struct sections *, const struct name *, const struct iso_record *);
/* A directory that is to be compared later. 0 or -ENOMEM. */
int check_push(struct check *, struct pending);
/* The same of one in @d, with the record of it there. */
int check_push_child(struct check *, const struct pending *d, const struct node *,
		     const struct iso_record *);
/* The names of the directory at hand, none of them seen. 0, -EIO or -ENOMEM. */
int check_list_names(struct check *);
/* The first two records of a directory. 0 or -EIO; @in is what follows them. */
int check_dots(struct check *, const struct pending *, struct bytes *in);

/* ---- iso/check_rock.c and iso/check_joliet.c: the others, @in. 0, -EIO or -ENOMEM */

int check_rock_children(struct check *, const struct pending *, struct bytes in);
int check_joliet_children(struct check *, const struct pending *, struct bytes in);

/* ---- iso/check_paths.c: the path tables of the volume descriptor @vd. 0 or -EIO */

int check_path_tables(struct check *, const unsigned char *vd);

#endif
