/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a disc says for a value of the tree. No locks, no memory.
 */
#ifndef BURNFS_ISO_VALUES_H
#define BURNFS_ISO_VALUES_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

/*
 * The second that the disc says for a time: 1900, where ECMA-119 9.1.5 begins, to 2150, where the
 * library turns to another form.
 */
int64_t iso_time(struct timespec);

/*
 * The target of a symbolic link as Rock Ridge can say it: one slash for each run of slashes, and
 * none at the end. Writes at most strlen(@target) + 1 bytes, and returns the length.
 */
size_t iso_link_target(const char *target, char *buf);

#endif
