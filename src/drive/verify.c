/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads back what was recorded on the disc that is in our hands, and has it compared with the
 * source.
 */
#include "drive/priv.h"

#include <string.h>

#include "record/read_back.h"

enum { UNTRIED = 4 /* of burn_read_data(): it does not read block by block */ };

struct disc {
	struct drive_link *link;
	uint32_t origin;        /* block where the session begins */
};

static int read_data(void *data, void *buf, size_t len, uint64_t pos, struct err *err)
{
	const struct disc *d = data;
	struct drive_link *l = d->link;
	off_t count = 0;
	int r;

	drive_clear_messages(l);
	r = burn_read_data(l->drive, (off_t)(pos + (uint64_t)d->origin * BLOCK_SIZE), buf,
			   (off_t)len, &count, UNTRIED);
	drive_poll_messages(l);
	if (r > 0 && count == (off_t)len && !l->lost)
		return 0;
	return drive_failed(l, "cannot read the disc", err);
}

/* What was overwritten names the new session from its first blocks on. */
static int verify_head(struct drive_link *l, const struct layout *layout, struct err *err)
{
	struct disc whole = { .link = l };
	size_t at = (size_t)DRIVE_HEAD_BLOCK * BLOCK_SIZE;
	char got[DRIVE_DESCRIPTORS * BLOCK_SIZE];
	int r = read_data(&whole, got, sizeof(got), at, err);

	if (r == 0 && memcmp(got, layout->head + at, sizeof(got)) != 0)
		r = err_set(err, EIO,
			    "the first volume descriptors of the disc are not those of the new "
			    "session");
	return r;
}

int drive_verify(struct drive_link *l, const struct drive_disc *drive_disc, struct source *source,
		 struct progress *progress, struct err *err)
{
	const struct layout *layout = source_layout(source);
	struct disc disc = { l, layout_origin(layout) };
	struct recording recording = { .name = "the disc", .read = read_data, .data = &disc };
	int r = read_back(source, &recording, progress, err);

	if (r == 0 && disc.origin && drive_disc->kind && drive_disc->kind->overwritable)
		r = verify_head(l, layout, err);
	return r == -ECANCELED ? err_wrap(err, "the disc is recorded, but not verified") : r;
}
