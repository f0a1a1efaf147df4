/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder that is an optical drive. It is opened only while it is needed, and closed again
 * whatever goes wrong. One thread makes all calls that reach the drive, as libburn has no locks;
 * what lies in the drive is remembered for the others.
 */
#ifndef BURNFS_DRIVE_RECORDER_H
#define BURNFS_DRIVE_RECORDER_H

#include "record/recorder.h"

extern const struct recorder_ops rec_drive_ops;

/* @device: an absolute path. The drive need not be there yet. */
int rec_drive_new(struct recorder **out, const char *device, struct err *);
/* Whether @r is that drive, whatever link names it. */
bool rec_drive_is(const struct recorder *r, const char *device);
/* libburn's, for people; the same text at each call, and to be called by one thread. */
const char *rec_drive_library_version(void);

#endif
