/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the decoder share, and nobody else sees.
 */
#ifndef BURNFS_SOUND_PRIV_H
#define BURNFS_SOUND_PRIV_H

#include <mpg123.h>
#include <sndfile.h>
#include <soxr.h>

#include "sound/sound.h"

enum {
	RATE = 44100,
	FRAME = 4,               /* bytes of a CD sample, both channels */
	CHANNELS_MAX = 2,
	BLOCK = 4096,            /* frames decoded at once */
	OPUS_RATE = 48000,       /* of every Opus position (RFC 7845) */
	OGG_PAGE_MAX = 27 + 255 + 255 * 255, /* bytes */
};

/* How samples are coded. */
struct coding {
	int format;              /* SF_FORMAT_..., without the container */
	unsigned flags;
	const char *kind;        /* NULL: that of the container */
};

enum {
	NARROW = 1,              /* its samples are 16 bits at most */
	PLAIN = 2,               /* each sample for itself: any place can be sought */
	TOLD = 4,                /* the header or the checked pages tell the number of frames */
};

/* Bytes that the decoder sees instead of those in the file. */
struct mended {
	uint64_t at;
	unsigned len;
	unsigned char bytes[8];
};

enum { MENDED_MAX = 16 };

struct sound_decoder {
	int fd;
	uint64_t size;               /* of what the decoder sees, as are these: */
	uint64_t offset;             /* of the decoder's next read */
	uint64_t reached;            /* the farthest that it has read to */
	int failed;                  /* errno of a read that failed */
	uint64_t failed_at;
	uint64_t begin;              /* where the sound begins: behind tags */
	uint64_t junk_at, junk_len;  /* bytes of the file that the decoder does not see */
	struct mended mended[MENDED_MAX];
	unsigned nmended;
	uint64_t told;               /* samples by a header that is in doubt, or 0 */
	bool untitled;               /* the tags in front are too large to be read */

	bool mpeg;                   /* it is libmpg123's */
	mpg123_handle *mp3;
	SNDFILE *file;               /* neither after a failure: opened anew */
	SF_INFO sf;
	const struct coding *coding;
	bool narrow;                 /* 16 bits at 44.1 kHz: nothing is calculated */
	bool seekable;
	soxr_t resampler;            /* NULL at 44.1 kHz */
	uint64_t frames;             /* of the file, taken so far */
	bool ended;                  /* nothing is left to take */

	struct sound_info info;
	struct sound_tags tags;

	union {
		double wide[BLOCK * CHANNELS_MAX];
		float single[BLOCK * CHANNELS_MAX];
		int16_t narrow[BLOCK * CHANNELS_MAX];
		unsigned char page[OGG_PAGE_MAX];
	} in;
	size_t in_at, in_frames;     /* what the resampler has not had of it */
	double resampled[BLOCK * CHANNELS_MAX];
	int16_t out[BLOCK * CHANNELS_MAX];
	uint64_t start;              /* where `out` lies in the whole, bytes */
	size_t fill;                 /* bytes of it */
};

/* ---- sound/check.c ---- */

/*
 * Look at the file before a decoder sees it: what begins it, and what decoders pass over without a
 * word. Fills info.kind, `mpeg`, and what is mended of the file; -EINVAL or -EIO.
 */
int sound_check(struct sound_decoder *, struct err *);

/* ---- sound/chunks.c ---- */

/* The same for a file that is made of chunks: WAV, RF64, BW64, W64 and AIFF. */
int sound_check_chunks(struct sound_decoder *, struct err *);

/* ---- sound/mp3.c ---- */

/*
 * Where the frames of MP3 begin, at @from or within 64 KiB behind it: 1, or 0 if they do not, or
 * -EIO.
 */
int sound_find_mp3(struct sound_decoder *, uint64_t from, uint64_t *found);

/* ---- sound/file.c: the file as decoders see it, and the decoders ---- */

/* From the start. Fills `sf`; -EINVAL or -EIO. */
int sound_file_open(struct sound_decoder *, struct err *);
void sound_file_close(struct sound_decoder *);
/* What was opened can be a CD's sound: fills the coding, the info but its length, and the tags. */
int sound_file_examine(struct sound_decoder *, struct err *);
/* The next block into `in`: how many frames, 0 at the end, or -errno. */
int sound_take(struct sound_decoder *, struct err *);

/* Have the decoder see @len bytes, at most 8, at @at of the file. MENDED_MAX times in all. */
void sound_mend(struct sound_decoder *, uint64_t at, const void *bytes, unsigned len);
/* The number in the four bytes at @p. */
uint32_t sound_number(const unsigned char *p, bool big_endian);

/* A read of the file failed at byte @pos: returns -@code. And the sentence for it: -EIO. */
int sound_note_failure(struct sound_decoder *, int code, uint64_t pos);
int sound_read_failed(const struct sound_decoder *, struct err *);
/* EINVAL until the length is known, for it is the fault of who brings the file; then EIO. */
int sound_fault(const struct sound_decoder *);
/* The sentence for what is wrong after so many frames at a rate: -sound_fault(). */
int sound_damaged(const struct sound_decoder *, const char *how, uint64_t frames, unsigned rate,
		  struct err *err);
/* The same for a file in which another one follows. */
int sound_joined(const struct sound_decoder *d, uint64_t frames, unsigned rate, struct err *err);
/* Minute and second of a place in the file, for a sentence. */
struct place {
	char text[32];
};
struct place sound_place(uint64_t frames, unsigned rate);

#endif
