/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory that is to be mounted on.
 */
#ifndef BURNFS_START_MOUNTPOINT_H
#define BURNFS_START_MOUNTPOINT_H

#include <limits.h>

#include "base/util.h"

/*
 * Make sure that @path is an empty directory, and write it to @out (PATH_MAX bytes) absolute and
 * without links. A dead mount that a killed burnfs left on it is taken away first. Errors: ENOENT,
 * ENOTDIR, EACCES; ENOTEMPTY; EBUSY where a burnfs is mounted, or a dead mount would not go;
 * ENOTCONN for a dead mount of somebody else's.
 */
int mountpoint_ready(const char *path, char *out, struct err *err);
/*
 * Where @path is no directory: say so in @err, whose code stays, if it looks like an image, which
 * belongs in the recorder's place. @recorder is what was given there; NULL: nothing was.
 */
void mountpoint_explain(const char *path, const char *recorder, struct err *err);

#endif
