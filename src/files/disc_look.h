/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the picture of the disc is of: gathered from memory, and the drive is not asked.
 */
#ifndef BURNFS_FILES_DISC_LOOK_H
#define BURNFS_FILES_DISC_LOOK_H

struct session;
struct text;

/* The text of image/disc.svg: 0 or -ENOMEM. Any thread, no lock held. */
int disc_look_render(struct session *, struct text *);

#endif
