/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the frames of MPEG audio begin (ISO 11172-3, ISO 13818-3). What lies before them, such as
 * zeros, or the rest of a frame of a stream that was cut, is passed over. libmpg123 does so as
 * well, but takes the first two frames in a row for the beginning, which may be chance. No locks: a
 * decoder has one user.
 */
#include "sound/priv.h"

#include <string.h>

enum {
	HEADER = 4,              /* bytes of a frame's header */
	ENOUGH = 8,              /* frames in a row that are no chance */
	SAME = 0x0c,             /* in the third byte of all headers of a stream: its rate */
};

/* Bytes before the first frame, as many as libmpg123 passes over. */
#define JUNK_MAX sizeof(((struct sound_decoder *)0)->in)

/* Kbit/s by version and layer; the first is free, and not looked for. */
static const short bitrates[][3][15] = {
	{ /* version 1, layers I to III */
	  { 0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448 },
	  { 0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384 },
	  { 0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320 } },
	{ /* version 2, and 2.5 */
	  { 0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256 },
	  { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160 },
	  { 0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160 } },
};

/* Bytes of the frame with this header; 0: it is none. */
static unsigned frame_length(const unsigned char head[HEADER])
{
	static const unsigned rates[] = { 44100, 48000, 32000 };
	unsigned version = head[1] >> 3 & 3, layer = 4 - (head[1] >> 1 & 3);
	unsigned bitrate = head[2] >> 4, rate = head[2] >> 2 & 3, padding = head[2] >> 1 & 1;

	/* Version 1 is reserved, 0 is 2.5, 2 is 2, 3 is 1. */
	if (head[0] != 0xff || (head[1] & 0xe0) != 0xe0 || version == 1 || layer == 4 ||
	    bitrate == 0 || bitrate == 15 || rate == 3)
		return 0;
	rate = rates[rate] >> (version == 3 ? 0 : version == 2 ? 1 : 2);
	bitrate = 1000U * (unsigned)bitrates[version != 3][layer - 1][bitrate];
	if (layer == 1)
		return (12 * bitrate / rate + padding) * 4;
	return (layer == 3 && version != 3 ? 72 : 144) * bitrate / rate + padding;
}

/* How many frames of one stream follow one another from @pos on, at most ENOUGH; or -errno. */
static int count_frames(struct sound_decoder *d, uint64_t pos, const unsigned char first[HEADER])
{
	unsigned char head[HEADER];
	unsigned len;
	int n = 0, ret;

	memcpy(head, first, sizeof(head));
	while ((len = frame_length(head)) && head[1] >> 1 == first[1] >> 1 &&
	       (head[2] & SAME) == (first[2] & SAME) && len <= d->size - pos) {
		pos += len;
		if (++n == ENOUGH || d->size - pos < sizeof(head))
			break;
		ret = read_at(d->fd, head, sizeof(head), pos);
		if (ret < 0)
			return sound_note_failure(d, -ret, pos);
	}
	return n;
}

int sound_find_mp3(struct sound_decoder *d, uint64_t from, uint64_t *found)
{
	unsigned char *bytes = (unsigned char *)&d->in;
	uint64_t rest = from < d->size ? d->size - from : 0;
	size_t len = rest < JUNK_MAX ? (size_t)rest : JUNK_MAX;
	int most = 0, ret = read_at(d->fd, bytes, len, from);

	if (ret < 0)
		return sound_note_failure(d, -ret, from);
	for (size_t i = 0; i + HEADER <= len && most < ENOUGH; i++) {
		int n = bytes[i] == 0xff ? count_frames(d, from + i, bytes + i) : 0;

		if (n < 0)
			return n;
		if (n > most) {
			most = n;
			*found = from + i;
		}
	}
	return most > 1;
}
