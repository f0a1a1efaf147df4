/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audio branch as a list of tracks: which files are tracks, in which order, how long, where each
 * comes to lie, and what it is called. Reads the tree only; the caller holds it still for reading.
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
	unsigned first_gap;        /* what the first one would have before it, were it not the first */
};

/* 0 or -ENOMEM. @gap: sectors before tracks 2 to 99 that do not say it themselves. Costs nothing for other files. */
int tracks_list(const struct tree *, unsigned gap, struct track_list *);
/* The sounds in a list are others now: place them anew. Only what will be on the disc takes a place on it. */
void tracks_place(struct track_list *, unsigned gap);
void tracks_free(struct track_list *);

/* What a track or the disc is called, in characters that CD-TEXT has. */
struct said {
	char title[TITLE_SAID], performer[TITLE_SAID];
	char code[MCN_LEN + 1];    /* a track's ISRC, the disc's MCN; empty: none */
};
/* Both return how many characters had to be replaced or cut. Attributes come before tags. */
unsigned tracks_say(const struct track_file *, struct said *);
/* The disc's: @album and @performer come behind its attributes @own, and before what all files agree on. */
unsigned tracks_say_disc(const struct track_list *, const struct titles *own, const char *album,
			 const char *performer, struct said *);

#endif
