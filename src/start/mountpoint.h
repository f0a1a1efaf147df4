/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory that is to be mounted on.
 */
#ifndef BURNFS_START_MOUNTPOINT_H
#define BURNFS_START_MOUNTPOINT_H

#include <limits.h>

#include "base/util.h"

/*
 * Make sure that @path is an empty directory, and write it to @out (PATH_MAX bytes) absolute and without
 * links. A dead mount that a killed burnfs left on it is taken away first. Errors: ENOENT, ENOTDIR,
 * EACCES; ENOTEMPTY; EBUSY where a burnfs is mounted, or a dead mount would not go; ENOTCONN for a dead mount
 * of somebody else's.
 */
int mountpoint_ready(const char *path, char *out, struct err *err);

#endif
