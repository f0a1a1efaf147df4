/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The audio branch as a list of tracks: which files are tracks, in which order, how long, where
 * each comes to lie, and what it is called. Reads the tree only; the caller holds it still for
 * reading.
 */
#ifndef BURNFS_TREE_TRACKS_H
#define BURNFS_TREE_TRACKS_H

#include "sound/audio.h"
#include "sound/cdtext.h"
#include "tree/tree.h"

struct track_file {
	struct node *node;         /* valid while the tree is held */
	char *path;                /* below audio/ */
	struct sound sound;        /* SOUND_UNJUDGED: its length is only what its size suggests */
	struct audio_place place;
	bool checked;              /* it is being judged, or waits for it: as of stage_tracks() */
};

struct track_list {
	struct track_file *files;  /* in natural order of their paths */
	unsigned n;                /* may exceed TRACKS_MAX; those beyond take no place */
	unsigned ignored;          /* other files in audio/ */
	uint64_t sectors;          /* of the whole: the length of the BIN */
	unsigned first_gap;        /* what the first one would have before it, were it not the
				      first */
};

/*
 * 0 or -ENOMEM. @gap: sectors before tracks 2 to 99 that do not say it themselves. Costs nothing
 * for other files.
 */
int tracks_list(const struct tree *, unsigned gap, struct track_list *);
/*
 * The sounds in a list are others now: place them anew. Only what will be on the disc takes a place
 * on it.
 */
void tracks_place(struct track_list *, unsigned gap);
void tracks_free(struct track_list *);
/* Whether the first track has a user.pregap, which has no effect unless data come before it. */
bool tracks_pregap_lost(const struct track_list *);

/*
 * What the disc (at 0) and its tracks (N at N, at most TRACKS_MAX) are called, shortened to what
 * CD-TEXT has room for. Attributes come before tags; the disc's @album and @performer come behind
 * its attributes @own, and before what the tags of all files agree on. @replaced: how many
 * characters were replaced or cut off. NULL: no memory. The caller frees it.
 */
struct cdtext *tracks_cdtext(const struct track_list *, const struct titles *own, const char *album,
			     const char *performer, unsigned *replaced);

#endif
