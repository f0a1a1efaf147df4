/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The comparison is with what is staged, read once more, and not with a digest of what was sent: so
 * what went wrong on the way to the recorder is found as well, and an image can share its blocks
 * with the stash without anybody reading them before.
 */
#include "record/read_back.h"

#include <stdio.h>
#include <string.h>

#include "image/source.h"
#include "record/progress.h"

enum { CHUNK_BLOCKS = 64 };

struct comparison {
	struct source *source;
	const struct recording *recording;
	struct progress *progress;
	struct err *err;
	struct damage damage;
	char *want, *got;       /* a chunk each */
	size_t block;           /* bytes */
	unsigned unreadable;    /* blocks */
};

/* ---- what differs ---- */

/* ", track 2 at 0:03" of a disc with sound. */
static void name_track(const struct layout *l, uint64_t block, char *out, size_t size)
{
	unsigned n = 0;

	*out = '\0';
	while (n < l->ntracks && l->tracks[n].start <= block)
		n++;
	if (n && l->format != FORMAT_DATA) {
		unsigned long long seconds = (block - l->tracks[n - 1].start) / SECTORS_PER_SECOND;

		snprintf(out, size, ", track %u at %llu:%02llu", n, seconds / 60, seconds % 60);
	}
}

static void first_place(struct damage *d, const struct layout *l, uint64_t pos, const char *where,
			const struct err *why)
{
	uint64_t block = pos / l->block_size;
	char track[48];

	name_track(l, block, track, sizeof(track));
	err_set(&d->first, EIO, "%s %s %llu%s, %s%s%s",
		why ? "cannot be read back in" : "differs from what was staged in",
		l->format == FORMAT_DATA ? "block" : "sector", (unsigned long long)block, track,
		where, why ? ": " : "", why ? why->msg : "");
}

static void add_file(struct damage *d, const char *path)
{
	size_t len = strlen(d->names);

	if (d->files && strcmp(path, d->last) == 0)
		return;
	snprintf(d->last, sizeof(d->last), "%s", path);
	if (len + strlen(path) + sizeof(", …") < sizeof(d->names))
		snprintf(d->names + len, sizeof(d->names) - len, "%s%s", len ? ", " : "", path);
	else if (len == 0 || strcmp(d->names + len - strlen("…"), "…") != 0)
		snprintf(d->names + len, sizeof(d->names) - len, "%s…", len ? ", " : "");
	d->files++;
}

void damage_note(struct damage *d, struct source *source, uint64_t pos, const struct err *why)
{
	static const char *const places[] = {
		[SPAN_ZERO] = "in no file", [SPAN_MEMORY] = "in its directories",
		[SPAN_SECTORS] = "among the data", [SPAN_RAW] = NULL,
	};
	const struct layout *l = source_layout(source);
	struct span span = { .kind = SPAN_ZERO, .len = 1 };
	const char *path = NULL;

	if (pos < d->known)
		return;
	if (source_span(source, pos, &span, NULL) == 0 && !places[span.kind])
		path = source_path(source);
	d->known = pos + span.len;
	if (!d->first.code) {
		first_place(d, l, pos, path ? path : places[span.kind], why);
		d->first_named = path;
	}
	if (path)
		add_file(d, path);
}

int damage_tell(const struct damage *d, const char *name, struct err *err)
{
	if (!d->first.code)
		return 0;
	if (d->files == d->first_named)
		return err_set(err, EIO, "%s %s", name, d->first.msg);
	return err_set(err, EIO, "%s %s; files that differ from the stage: %u (%s)", name,
		       d->first.msg, d->files, d->names);
}

/* ---- reading ---- */

static bool cancelled(const struct comparison *c)
{
	return atomic_load_explicit(&c->progress->cancel, memory_order_relaxed);
}

/*
 * What cannot be read in one go, block by block. What cannot be read at all is noted, and taken as
 * equal.
 */
static int read_blocks(struct comparison *c, size_t len, uint64_t pos, struct err *why)
{
	for (size_t at = 0; at < len && c->unreadable < UNREADABLE_MAX && !cancelled(c);
	     at += c->block) {
		int r = c->recording->read(c->recording->data, c->got + at, c->block, pos + at,
					   why);

		if (r < 0 && r != -EIO)
			return r;
		if (r == 0)
			continue;
		c->unreadable++;
		damage_note(&c->damage, c->source, pos + at, why);
		memcpy(c->got + at, c->want + at, c->block);
	}
	return 0;
}

static void note_differences(struct comparison *c, size_t len, uint64_t pos)
{
	for (size_t at = 0; at < len; at += c->block) {
		const char *want = c->want + at, *got = c->got + at;
		size_t same = 0;

		if (memcmp(want, got, c->block) == 0)
			continue;
		while (want[same] == got[same])
			same++;
		damage_note(&c->damage, c->source, pos + at + same, NULL);
	}
}

static int compare_chunk(struct comparison *c, size_t len, uint64_t pos)
{
	struct err why = { 0 };
	int r = c->recording->read(c->recording->data, c->got, len, pos, &why);

	if (r == -EIO)
		r = read_blocks(c, len, pos, &why);
	if (r < 0 && c->err)
		*c->err = why;
	if (r == 0 && c->unreadable < UNREADABLE_MAX && !cancelled(c) &&
	    memcmp(c->want, c->got, len) != 0)
		note_differences(c, len, pos);
	return r;
}

static int compare(struct comparison *c)
{
	uint64_t size = source_size(c->source);

	for (uint64_t pos = 0; pos < size && c->unreadable < UNREADABLE_MAX; ) {
		ssize_t n = source_read(c->source, c->want, CHUNK_BLOCKS * c->block, pos, c->err);
		int r = 0;

		if (n < 0 && c->recording->read)
			return err_wrap(c->err, "cannot compare %s with what is staged",
					c->recording->name);
		if (n < 0)
			return (int)n;
		if (c->recording->read)
			r = compare_chunk(c, (size_t)n, pos);
		if (r < 0)
			return r;
		if (cancelled(c))
			return err_set(c->err, ECANCELED,
				       "cancelled after %llu of %llu bytes were read",
				       (unsigned long long)pos, (unsigned long long)size);
		pos += (uint64_t)n;
		progress_at(c->progress, source_layout(c->source), pos / c->block);
	}
	return damage_tell(&c->damage, c->recording->name, c->err);
}

int read_back(struct source *source, const struct recording *recording, struct progress *progress,
	      struct err *err)
{
	const struct layout *l = source_layout(source);
	struct comparison c = { source, recording, progress, err, .block = l->block_size };
	int r;

	c.want = malloc(CHUNK_BLOCKS * c.block);
	c.got = malloc(CHUNK_BLOCKS * c.block);
	atomic_store(&progress->total, l->blocks);
	atomic_store(&progress->tracks, l->ntracks);
	r = c.want && c.got ? compare(&c) : err_set(err, ENOMEM, "not enough memory to compare");
	free(c.want);
	free(c.got);
	return r;
}
