/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the survey's files share: the blocks that are read, and a directory record while it is
 * judged.
 */
#ifndef BURNFS_ISO_SURVEY_PRIV_H
#define BURNFS_ISO_SURVEY_PRIV_H

#include "iso/format.h"
#include "iso/record.h"
#include "iso/survey.h"

enum {
	SURVEY_AREA_BLOCKS = 64,        /* of the continuation areas of one record */
	SURVEY_NAME_MAX = 255,          /* bytes */
};

struct directory;

/* A block that is kept. */
struct kept {
	uint32_t block;
	unsigned char claimed[BLOCK_SIZE / 8];  /* a bit for each byte */
	unsigned char bytes[BLOCK_SIZE];
};

struct iso_survey {
	iso_block_reader *read;
	void *data;
	struct err *err;
	void *kept;                     /* of tsearch(): struct kept */
	uint32_t nkept, looks;
	bool probing;                   /* what is read is read again */
	enum iso_names names;
	uint64_t end;                   /* of the volume, as the library counts it: a block */
	uint32_t joliet, iso1999;       /* where their topmost directories are; 0: there is none */
	uint32_t count;
	uint64_t effort;
	struct directory *todo;         /* a stack */
	size_t ntodo, todo_cap;
	uint64_t *hashes;               /* of the names of one directory */
	size_t nhashes, hashes_cap;
	unsigned char area[SURVEY_AREA_BLOCKS * BLOCK_SIZE];
};

/* A directory record, and what its fields say. */
struct record {
	const unsigned char *p;
	uint32_t where;                 /* the block it is in */
	uint32_t block, size;
	struct bytes id, su;
	unsigned char *buffer;          /* where the fields are that are looked at: the block, or
					   the area */
	const unsigned char *end;       /* of its last block */
	unsigned fields;
	char name[SURVEY_NAME_MAX + 1];
	size_t name_len, target;
	bool name_open, part_open, named, rock, relocated;
	bool has_target;                /* in a field, be it empty */
	uint32_t child, mode;           /* 0: it does not say */
	const char *lost;               /* why it cannot be kept; NULL: it can */
	uint32_t ce_block, ce_offset, ce_size, ce_blocks;
	bool hidden;                    /* something in the area was */
};

static inline struct bytes record_name(const struct record *r)
{
	return r->named ? (struct bytes){ (const unsigned char *)r->name, r->name_len } : r->id;
}

/* ---- iso/survey_blocks.c */

/* ENOMEM, and its message. */
int survey_no_memory(struct err *);
/* EROFS: it holds more than the bounds of iso/survey.h. */
int survey_too_large(struct iso_survey *);
/* EROFS: the disc is broken at that block, and @what says how. */
int survey_damaged(struct iso_survey *, uint32_t block, const char *what);
/* EROFS: that file cannot be written again, and @why. */
int survey_cannot_keep(struct iso_survey *, const struct record *, const char *why);
/* A block, read if it is met for the first time; the survey's. */
int survey_look(struct iso_survey *, uint64_t block, struct kept **out);
/*
 * Bytes belong to one directory, or to the fields of one record. So there are no loops, everything
 * is read once, and hiding a field spoils no other.
 */
int survey_claim(struct iso_survey *, struct kept *, unsigned at, unsigned len, const char *what);

/* ---- iso/survey_fields.c */

/*
 * Judge the fields of Rock Ridge that a record has, its continuation areas as well, and note what
 * they say.
 */
int survey_fields(struct iso_survey *, struct record *);

#endif
