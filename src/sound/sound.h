/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decodes a sound file to CD samples: 44.1 kHz, 16-bit, stereo, little-endian, 4 bytes a frame.
 * libsndfile reads WAV (RF64, BW64 and Wave64 as well), AIFF, FLAC, Ogg Vorbis and Opus, libmpg123
 * MP3; libsoxr takes other rates to 44.1 kHz. What is told to be damaged is an error, never
 * silence. No locks and no state but the decoder's: each has one user, several may run at once.
 */
#ifndef BURNFS_SOUND_H
#define BURNFS_SOUND_H

#include <stdint.h>
#include <sys/types.h>

#include "base/util.h"

/* What is said of content that no decoder knows. */
#define UNREADABLE_SOUND                                                                           \
	"burnfs cannot read this sound file (WAV, AIFF, FLAC, Ogg, Opus and MP3 it can): replace " \
	"or remove it"

struct sound_decoder;

struct sound_info {
	/*
	 * Of CD samples: for n frames at a rate of r they are 4 * ceil(n * 44100 / r). What lasts
	 * longer than SOUND_HOURS counts as SOUND_HOURS.
	 */
	uint64_t bytes;
	unsigned rate, channels;   /* of the file */
	const char *kind;          /* "FLAC", "MP3" ...; static */
};

enum { SOUND_HOURS = 100 };

/* UTF-8, one line each without control characters, cut at a character; empty: the file has none. */
struct sound_tags {
	char title[1024], performer[1024], album[1024];
};

/*
 * Open the file of @size bytes behind @fd, which is borrowed until sound_close() and only read with
 * pread(2). @bytes is what an earlier decoder told of the same content, or 0: then a file that does
 * not tell its length (a stream of FLAC, ADPCM), or of which header and last frame do not say the
 * same (FLAC), is decoded once to count. All of an Ogg file, the headers of the frames of MP3, and
 * the last frame of FLAC are read in any case. Tags of MP3 above 16 MiB are passed over.
 *
 * -EINVAL with a sentence for what is no sound, has more than two channels, no samples, or headers
 * of Ogg above 16 MiB, or is damaged as far as is seen without decoding: a cut file, pages of Ogg
 * or frames of MP3 that are broken or missing, and anything in what is decoded to count. -EIO for
 * what could not be read.
 */
int sound_open(struct sound_decoder **out, int fd, uint64_t size, uint64_t bytes, struct err *err);
void sound_close(struct sound_decoder *);

/* Both live as long as the decoder. */
const struct sound_info *sound_info(const struct sound_decoder *);
const struct sound_tags *sound_tags(const struct sound_decoder *);

/*
 * @len bytes of the samples from byte @pos on, less only at their end. Returns the number of bytes;
 * -EIO with a sentence that says what failed and at which minute and second. The next call begins
 * anew.
 *
 * What lies behind the last read is decoded on the way. What lies before it is sought only where
 * that gives the very same samples (PCM and FLAC at 44.1 kHz), and else decoded again from the
 * start. The same file gives the same bytes, however they are read: 8 and 16 bits at 44.1 kHz as
 * they are, mono doubled, everything else with triangular dither of +-1 of 65536 steps that depends
 * on the place of the sample alone.
 */
ssize_t sound_read(struct sound_decoder *, void *buf, size_t len, uint64_t pos, struct err *err);

#endif
