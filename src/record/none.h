/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder "none": things are staged for it, and it records nothing.
 */
#ifndef BURNFS_RECORD_NONE_H
#define BURNFS_RECORD_NONE_H

struct err;
struct recorder;
struct recorder_ops;

extern const struct recorder_ops rec_none_ops;

/* 0 or -ENOMEM; freed with recorder_free(). */
int rec_none_new(struct recorder **out, struct err *);

#endif
