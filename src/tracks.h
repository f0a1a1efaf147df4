/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audio branch as a list of tracks: which files are tracks, in which order, how long, and where each
 * comes to lie. Reads the tree only; the caller holds it still for reading.
 */
#ifndef BURNFS_TRACKS_H
#define BURNFS_TRACKS_H

#include "audio.h"
#include "tree.h"

struct track_file {
	struct node *node;         /* valid while the tree is held */
	char *path;                /* below audio/ */
	struct sound sound;        /* SOUND_UNJUDGED: its length is only what its size suggests */
	struct audio_place place;
};

struct track_list {
	struct track_file *files;  /* in natural order of their paths */
	unsigned n;                /* may exceed TRACKS_MAX; those beyond take no place */
	unsigned ignored;          /* other files in audio/ */
	uint64_t sectors;          /* of the whole: the length of the BIN */
};

/* 0 or -ENOMEM. @gap: sectors before tracks 2 to 99. */
int tracks_list(const struct tree *, unsigned gap, struct track_list *);
void tracks_free(struct track_list *);
/* How many names in the audio branch are tracks. */
unsigned tracks_count(const struct tree *);

#endif
