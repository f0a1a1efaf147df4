/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sound file becomes CD samples: which bytes of it are 44.1 kHz, 16-bit, stereo, little-endian
 * samples, or how many of these sound/sound.c makes of it. Judges content by reading it; knows
 * names only by their suffix. No locks: a descriptor and numbers.
 */
#ifndef BURNFS_SOUND_AUDIO_H
#define BURNFS_SOUND_AUDIO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/disc.h"
#include "base/util.h"
#include "sound/sound.h"
#include "sound/titles.h"

enum sound_state { SOUND_UNJUDGED, SOUND_OK, SOUND_EMPTY, SOUND_BAD, SOUND_NO_ROOM };

/* What a file in audio/ holds. */
struct sound {
	enum sound_state state;
	bool decoded;        /* its samples are made by sound/sound.c, and are not its own bytes */
	uint64_t offset;     /* of the first sample, bytes; 0 if it is decoded */
	uint64_t bytes;      /* of samples; a multiple of 4. SOUND_UNJUDGED: 0 is not known yet */
	struct err why;      /* of SOUND_BAD and SOUND_NO_ROOM */
};

/* All that is known of a file in audio/. All zero: nothing. */
struct track_info {
	struct sound sound[2];    /* as its names have it: by its content, and as bare samples */
	struct sound_tags tags;   /* of what is SOUND_OK by its content */
	struct titles titles;     /* its attributes, which come before its tags */
	uint32_t content;         /* goes up with each change of the content */
	int failed;               /* errno: why this content could not be judged, or 0 */
};

/* Whether a file of that path below audio/ is meant as a track: by its suffix and its dots. */
bool audio_is_track(const char *path);
/* Whether the name says bare samples (.cdr, .raw, .pcm), without a header. */
bool audio_is_bare(const char *path);
/*
 * Whether the name says bare samples or a WAV: then the file's length is about that of its samples.
 */
bool audio_is_plain(const char *path);

/*
 * Judge the content of @fd, @size bytes long, by its name. Fills @out; its state says the outcome,
 * and a bad one has a sentence (EINVAL) that says what is taken. Of CD samples in a WAV it reads
 * the header and the chunk list; what is decoded may have to be decoded once, to count. A data
 * chunk whose length is a placeholder, as streaming writers leave it (0, or more than any disc
 * holds), reaches to the end of the file; any other that claims more than the file has is bad: it
 * was cut. @tags may be NULL.
 */
void audio_judge(int fd, const char *path, uint64_t size, struct sound *out,
		 struct sound_tags *tags);
/*
 * What the header tells of a WAV that is still being written: SOUND_UNJUDGED with offset and bytes
 * where it is one of CD samples, with @decoded where it is another, all zero where it does not
 * tell.
 */
void audio_peek(int fd, const char *path, uint64_t size, struct sound *out);

/* One track's place on the disc: in sectors of 2352 bytes, but @byte. */
struct audio_place {
	uint64_t gap;       /* silence of INDEX 00 right before it: 0 for the first track */
	uint64_t start;     /* of INDEX 01 */
	uint64_t sectors;
	uint64_t byte;      /* of the image, where its first sample lies: in the sector start */
	bool padded;        /* filled with silence to TRACK_MIN_SECTORS */
};

/*
 * Place @n tracks of @bytes[i] bytes of samples with @gaps[i] sectors before it; before the first
 * there is none. With a gap a track begins on a sector. Without one its samples follow those before
 * with nothing between, and it begins at the sector in which its first sample lies; only a track
 * under TRACK_MIN_SECTORS is followed by silence, to that length. The sectors of all tracks and
 * gaps are those of the whole, which it returns.
 */
uint64_t audio_place(const uint64_t *bytes, const unsigned *gaps, unsigned n,
		     struct audio_place *out);

#endif
