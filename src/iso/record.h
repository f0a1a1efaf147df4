/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directory records as a reader of the disc meets them (ECMA-119 9.1), from bytes that may be
 * anything. What a record should say is for others to judge. No locks, no memory.
 */
#ifndef BURNFS_ISO_RECORD_H
#define BURNFS_ISO_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of bytes of the metadata that is read from its front. */
struct bytes {
	const unsigned char *p;
	size_t len;
};

struct iso_record {
	uint32_t block, size;         /* size in bytes */
	int64_t time;                 /* seconds since 1970 */
	unsigned flags;
	struct bytes id, su;          /* its name, and the system use area */
};

/* The record at the front of @in. False when it is none. */
bool iso_record_read(struct bytes in, struct iso_record *);

/*
 * The next record of a directory, of which @in is what is left. A record does not cross blocks:
 * what is left of a block behind its last one is zero (6.8.1.1). 1, 0 at the end, -1 when there is
 * none.
 */
int iso_record_next(struct bytes *in, struct iso_record *);

/* Seven bytes (9.1.5), in UTC, as seconds since 1970. False when they are no time. */
bool iso_read_time(const unsigned char *p, int64_t *out);

/* Eight bytes (7.3.3). False when the two numbers differ. */
bool iso_read_both32(const unsigned char *p, uint32_t *out);

bool bytes_equal(struct bytes a, struct bytes b);

#endif
