/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorders that there are: what an address means, and the list of them. No locks; any thread.
 */
#ifndef BURNFS_SESSION_RECORDERS_H
#define BURNFS_SESSION_RECORDERS_H

#include "record/recorder.h"

struct stash;
struct surroundings;
struct text;

/*
 * Make the recorder of an address: "none", "auto" (the drive of this machine if it has exactly
 * one, else none), "image:PATH", a path ending in .iso, .bin or .cue, or a device; the drive is not
 * asked for anything. Relative paths are taken from @cwd (NULL: refused). EINVAL for anything else.
 * @env is borrowed and must outlive the recorder.
 */
int recorder_new(struct recorder **out, const char *address, const char *cwd,
		 struct surroundings *env, struct err *);
/*
 * Whether a burn could be recorded now, as far as can be told without the drive and before anything
 * is staged: 0, or an error that names the remedy. ELOOP: this address can never take an image;
 * anything else may be mended in time.
 */
int recorder_ready(struct recorder *, const struct settings *, struct err *);

/*
 * What can be refused at once, without the drive: 0, ENODEV of a recorder that records nothing,
 * else what the kind's check() refuses. The format may be one that it does not take.
 */
int recorder_check(struct recorder *, enum format, const struct burn_options *,
		   const struct settings *, struct err *);

/* ENODEV: no recorder is chosen for what only a drive does; names those of this machine. */
int recorder_lacks_drive(struct err *);

/*
 * The text of `recorders`: a line for each of this machine; the active one is marked with '*'. Asks
 * the kernel, not the drives. Of @active (NULL: none) only operations and address are looked at;
 * @records is what it said itself that it records, or empty.
 */
void recorder_list(const struct recorder *active, const char *records, enum format,
		   struct text *out);

/* Finish or undo the image that a killed daemon was making, if the stash's note names one. */
void recorder_recover(struct stash *);

#endif
