/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a burn goes: the interface that every kind of recorder fills. A recorder is used by one
 * thread at a time; a drive's record() and command() always by the same.
 */
#ifndef BURNFS_RECORD_RECORDER_H
#define BURNFS_RECORD_RECORDER_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/disc.h"
#include "record/medium.h"
#include "record/progress.h"
#include "record/request.h"

struct err;
struct recorded;
struct settings;
struct source;
struct recorder;

/* What a finished job made. */
struct record_result {
	char output[PATH_MAX];              /* the image; empty for a disc */
	uint64_t blocks;
};

/*
 * A function that is NULL stands for the answer that needs none; the functions at the end of this
 * header give it. Errors are negative errnos, with their message in the struct err.
 */
struct recorder_ops {
	const char *kind;                   /* "none", "image" */
	const char *help;                   /* for the list: what it is */
	/* Whether the kind can take that format. NULL: it takes none. */
	bool (*takes)(enum format);
	/*
	 * What would keep every burn from being recorded, as far as that is known before anything
	 * is staged. NULL: nothing but what there() says. ELOOP: a place that never takes an image.
	 */
	int (*ready)(struct recorder *, const struct settings *, struct err *);
	/* What can be refused at once, without the drive. NULL: nothing is recorded, ever. */
	int (*check)(struct recorder *, enum format, const struct burn_options *,
		     const struct settings *, struct err *);
	/*
	 * For a burn: acquire the recorder, and probe its medium. end() follows in any case, and
	 * opens the tray with @eject. Both NULL: there is nothing to acquire.
	 */
	int (*begin)(struct recorder *, struct progress *, struct err *);
	void (*end)(struct recorder *, bool eject);
	/*
	 * What the disc in it holds, as it was last seen: a reference, or NULL. Any thread. NULL:
	 * never anything.
	 */
	struct recorded *(*previous_sessions)(struct recorder *);
	/*
	 * Between these two, and after check() returned 0: record the whole source. Success means
	 * that every byte is there and safe. NULL where check is.
	 */
	int (*record)(struct recorder *, struct source *, const struct burn_options *,
		      const struct settings *, struct progress *, struct record_result *,
		      struct err *);
	/* NULL: it is one piece of memory. */
	void (*free)(struct recorder *);
	/* What lies in it, from memory. Any thread, also while it records. NULL: nothing. */
	void (*medium)(struct recorder *, struct medium *);
	/* Whether it is plugged in, as the kernel has it: never waits. NULL: it always is. */
	bool (*there)(const char *address);
	/* NULL: it has neither tray nor medium. */
	int (*command)(struct recorder *, enum drive_verb, struct progress *, struct err *);
	/*
	 * Wait until a disc lies in it; with @anew, until what lies in it is gone, first. It is not
	 * acquired, and nobody is kept from it. ECANCELED, ENXIO. NULL: it takes one disc only.
	 */
	int (*await)(struct recorder *, bool anew, struct progress *, struct err *);
	/* Data and sound on one disc are sessions of their own, recorded one after the other. */
	bool sessions;
	/* Recording is not to be given up because burnfs shuts down: the disc would be lost. */
	bool must_finish;
};

struct recorder {
	const struct recorder_ops *ops;
	char address[PATH_MAX];     /* canonical: "none", "image:/abs/path", "/dev/sr0" */
};

/* NULL is none. */
void recorder_free(struct recorder *);
/* What lies in it, from memory; of one without medium the status "none". Any thread. */
void recorder_medium(struct recorder *, struct medium *);
bool recorder_takes(const struct recorder_ops *, enum format);
/* Whether the recorder of that kind and address is unplugged. Asks the kernel, and never waits. */
bool recorder_unplugged(const struct recorder_ops *, const char *address);

#endif
