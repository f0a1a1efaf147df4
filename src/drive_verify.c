/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads back what was recorded on the disc that is in our hands, and has it compared with the source.
 */
#include "drive.h"

#include "read_back.h"

enum { UNTRIED = 4 /* of burn_read_data(): it does not read block by block */ };

static int read_data(void *data, void *buf, size_t len, uint64_t pos, struct err *err)
{
	struct drive_link *l = data;
	off_t count = 0;
	int r;

	drive_listen(l);
	r = burn_read_data(l->drive, (off_t)pos, buf, (off_t)len, &count, UNTRIED);
	drive_hear(l);
	if (r > 0 && count == (off_t)len && !l->lost)
		return 0;
	return drive_failed(l, "reading failed", err);
}

int drive_verify(struct drive_link *l, struct source *source, struct progress *progress, struct err *err)
{
	struct recording disc = { .name = "the disc", .read = read_data, .data = l };
	int r = read_back(source, &disc, progress, err);

	return r == -ECANCELED ? err_wrap(err, "the disc is recorded, and not verified") : r;
}
