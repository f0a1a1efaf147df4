/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Before a disc in image/ is recorded: whether it is what it ought to be. Its files are read for
 * that, and nothing is written.
 */
#include "session/priv.h"

#include "image/source.h"
#include "stage/image.h"

enum { READ_BYTES = 1 << 20 };

/* ---- checksums ---- */

static void tell_checking(void *data, const char *name)
{
	struct session *s = data;

	events_add(s->events, "checking", "file=image/%s", name);
}

static void tell_unnamed(void *data, const char *name)
{
	struct session *s = data;

	log_info("no checksum is there for image/%s", name);
	events_add(s->events, "warning", "no checksum is there for image/%s", name);
}

static int check_sums(struct session *s, struct err *err)
{
	const struct image_watch watch = {
		.checking = tell_checking,
		.unnamed = tell_unnamed,
		.arg = s,
		.cancelled = &s->job.progress.cancel,
	};

	return stage_image_check(s->stage, &watch, err);
}

/* ---- raw sectors ---- */

static bool has_raw(const struct layout *l)
{
	for (size_t i = 0; i < l->nextents; i++)
		if (l->extents[i].raw)
			return true;
	return l->data && has_raw(l->data);
}

/* Each raw sector is compared with what the drive will make when it is read. */
static int read_through(struct session *s, struct layout *l, struct err *err)
{
	struct source *source = NULL;
	cleanup_free char *buf = malloc(READ_BYTES);
	uint64_t pos = 0;
	ssize_t n = 1;

	if (!buf || source_new(&source, s->stage, l) < 0)
		return err_set(err, ENOMEM, "not enough memory to check the sectors");
	while (n > 0 && pos < source_size(source)) {
		n = atomic_load(&s->job.progress.cancel) ?
			    err_set(err, ECANCELED, "cancelled before anything was recorded") :
			    source_read(source, buf, READ_BYTES, pos, err);
		pos += n > 0 ? (uint64_t)n : 0;
	}
	source_free(source);
	return n < 0 ? (int)n : 0;
}

static int check_sectors(struct session *s, struct err *err)
{
	struct layout *l;
	int r = session_layout(s, FORMAT_IMAGE, &l, err);

	if (r < 0)
		return r;
	if (has_raw(l))
		r = read_through(s, l, err);
	layout_put(l);
	return r;
}

int image_check(struct session *s, struct err *err)
{
	int r = check_sums(s, err);

	return r < 0 ? r : check_sectors(s, err);
}
