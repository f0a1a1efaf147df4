/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares what was recorded with its source: the whole of it, and by file. How a recorder reads is
 * its own matter. No locks.
 */
#ifndef BURNFS_RECORD_READ_BACK_H
#define BURNFS_RECORD_READ_BACK_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/util.h"

struct progress;
struct source;

/* Blocks or sectors after which it is given up: a drive tries each for seconds. */
enum { UNREADABLE_MAX = 100 };

struct recording {
	const char *name;       /* "the disc", for sentences */
	/*
	 * Read @len bytes, which are whole blocks, from byte @pos on. -EIO: these cannot be read,
	 * and others may be; any other error ends it. NULL: nothing was recorded, the source alone
	 * is read.
	 */
	int (*read)(void *data, void *buf, size_t len, uint64_t pos, struct err *);
	void *data;
};

/*
 * Read all of both. EIO says what damage_tell() says. Errors of the source, ECANCELED, and what
 * recording.read() ends with.
 */
int read_back(struct source *, const struct recording *, struct progress *, struct err *);

/* What is not as it was staged. All zero at first. */
struct damage {
	struct err first;       /* where and how; code 0: nothing */
	unsigned files;         /* that are concerned */
	bool first_named;       /* the first place is in one of them */
	uint64_t known;         /* all before this byte is told already, or sound */
	char names[240];        /* of the first files */
	char last[PATH_MAX];    /* of them */
};

/* The byte at @pos differs, or cannot be read, and @why (else NULL). In order of @pos. */
void damage_note(struct damage *, struct source *, uint64_t pos, const struct err *why);
/*
 * 0, or -EIO: in @name the first block that differs, its file (and track), and how many files do.
 */
int damage_tell(const struct damage *, const char *name, struct err *);

#endif
