/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which program has a file open: what /proc tells, to be named in a sentence. Nothing is decided by
 * it.
 */
#ifndef BURNFS_BASE_HOLDER_H
#define BURNFS_BASE_HOLDER_H

#include <stdbool.h>
#include <sys/types.h>

struct holder {
	pid_t pid;
	char name[64];    /* of the program, without control characters */
	bool mapped;      /* it has closed the file, and still maps it */
};

/*
 * Another process that has the file at @path, which is absolute, open for writing or maps it so. A
 * plain user sees his own processes alone. No request is made to the file system that the file is
 * on. Takes some ten milliseconds.
 */
bool holder_find(const char *path, struct holder *);

#endif
