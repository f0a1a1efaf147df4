/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log that grows: a ring of lines, read by position. Readers keep their own positions; nobody
 * blocks. Every function takes the event lock itself and calls out to nobody while it holds it.
 */
#ifndef BURNFS_BASE_EVENT_H
#define BURNFS_BASE_EVENT_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"

enum { EVENT_LINE_MAX = 1024 };

struct events;

/* @capacity: bytes kept, at least one; older lines are dropped whole. NULL without memory. */
struct events *events_new(size_t capacity);
void events_free(struct events *);

/* Called after a line was added, from the thread that added it, without a lock held. */
void events_observe(struct events *, void (*observer)(void *data), void *data);

/*
 * Add "TIME NAME key=value …\n": the time in UTC (ISO 8601), @name one word, @fmt the rest of the
 * line, which goes through make_line(); more than EVENT_LINE_MAX bytes, or than the ring holds, are
 * cut.
 */
void events_add(struct events *, const char *name, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Positions count bytes from the beginning of the mount: the oldest line kept, and the end. */
uint64_t events_start(struct events *);
uint64_t events_end(struct events *);

/*
 * Copy up to @len bytes from @pos on; 0 at the end. What has been dropped since reads as newlines,
 * so that a slow reader keeps its place.
 */
size_t events_read(struct events *, char *buf, size_t len, uint64_t pos);

#endif
