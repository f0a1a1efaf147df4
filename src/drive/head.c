/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The first blocks of a disc that is overwritten at random: they say what the disc holds, and so
 * are written when it holds it.
 */
#include "drive/priv.h"

#include <string.h>

enum { HEAD_BYTES = DRIVE_HEAD_BLOCKS * BLOCK_SIZE };

static int write_head(struct drive_link *l, char *head, struct err *err)
{
	bool good;

	drive_clear_messages(l);
	good = burn_random_access_write(l->drive, 0, head, HEAD_BYTES, 1) > 0;
	drive_poll_messages(l);
	return good && !l->last_error.code && !l->lost ?
	       0 : drive_failed(l, "cannot write the beginning of the disc", err);
}

/*
 * What is there begins as before, but for the descriptors of the volume, which are those of the new
 * session.
 */
static int grown_head(struct drive_link *l, const struct layout *layout, char *head,
		      struct err *err)
{
	const size_t at = (size_t)DRIVE_HEAD_BLOCK * BLOCK_SIZE;
	off_t count = 0;
	bool good;

	drive_clear_messages(l);
	good = burn_read_data(l->drive, 0, head, HEAD_BYTES, &count, 0) > 0 && count == HEAD_BYTES;
	drive_poll_messages(l);
	if (!good || l->last_error.code || l->lost)
		return drive_failed(l, "cannot read the beginning of the disc", err);
	memcpy(head + at, layout->head + at, (size_t)DRIVE_DESCRIPTORS * BLOCK_SIZE);
	return 0;
}

int drive_head_mark(struct drive_link *l, struct err *err)
{
	char head[HEAD_BYTES] = DRIVE_UNFINISHED;

	return write_head(l, head, err);
}

int drive_head_write(struct drive_link *l, struct source *source, struct err *err)
{
	const struct layout *layout = source_layout(source);
	char head[HEAD_BYTES];
	ssize_t r = layout->recorded ? grown_head(l, layout, head, err)
				     : source_read(source, head, sizeof(head), 0, err);

	return r < 0 ? (int)r : write_head(l, head, err);
}
