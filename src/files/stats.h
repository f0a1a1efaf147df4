/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of `stats` and `progress`: tables of keys over one look at the session.
 */
#ifndef BURNFS_FILES_STATS_H
#define BURNFS_FILES_STATS_H

#include <stddef.h>

struct session;
struct text;

/* 0 or -ENOMEM. Both answer from memory. */
int stats_render(struct session *, struct text *);
int progress_render(struct session *, struct text *);

/* The keys in order, for tests; NULL past the last. track.NN is none of them. */
const char *stats_key(size_t row);

#endif
