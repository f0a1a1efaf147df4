/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Staging a file that lies elsewhere without copying its bytes.
 */
#ifndef BURNFS_STAGE_ADD_H
#define BURNFS_STAGE_ADD_H

#include <sys/types.h>

#include "base/util.h"

struct stage;

/*
 * Stage the regular file at the absolute @path under its own name, at the top of image/ if its
 * content is the image of a disc or a sheet, else of data/. Its blocks are shared with the stash.
 * It is staged whole or not at all, after a crash as well. The file is opened with the rights of
 * this process, and is staged with its mode, owner and times as cp -a would. @mount is the device
 * number of our own mount. Takes as long as the file system needs to share the blocks, and holds no
 * lock meanwhile. 0, or -errno with a sentence: EINVAL for
 * a relative path or a symbolic link, EPERM for a device, EISDIR for a directory, ELOOP for what
 * is in the mount or the stash, EOPNOTSUPP where blocks cannot be shared, EEXIST, ENOSPC, EBUSY
 * while a job runs, those of open(2), and those of stage_create().
 */
int stage_add(struct stage *, const char *path, dev_t mount, struct err *);

#endif
