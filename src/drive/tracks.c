/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A layout as libburn's tracks, and the sources that feed them. libburn fills up a source that ends
 * early or fails, and calls the burn good: so each of ours counts what it delivers, and stops the
 * drive when it cannot go on. They run in libburn's writing thread, one after the other; the bytes
 * are read ahead of it, for reading them one by one from a slow stash would starve the drive.
 *
 * Silent gaps are not fed: libburn makes the zeros of an index 0, as many as the layout has, so
 * that what follows lies where it lies in the BIN. A gap with sound is the first part of its
 * track's feed, and an index says where it ends.
 */
#include "drive/priv.h"

#include <string.h>

#include "sound/cdtext.h"

enum {
	PAUSE = 150,                /* sectors before track 1, in no BIN (Red Book) */
};

/* A part of the feed: what data of a struct burn_source is. */
struct track_source {
	struct drive_feed *feed;
	struct readahead *from;
	unsigned track;
	uint32_t block_size;        /* of the track */
	uint64_t pos, end;          /* bytes of what it is read from */
	off_t size;                 /* bytes of the track */
};

/* ---- feeding ---- */

static int give_up(struct drive_feed *f)
{
	/* Before libburn fills up what is missing. */
	burn_drive_cancel(f->drive);
	atomic_store(&f->failed, true);
	return -1;
}

static int feed_read(struct burn_source *source, unsigned char *buffer, int size)
{
	struct track_source *s = source->data;
	struct drive_feed *f = s->feed;
	size_t len = s->end - s->pos < (uint64_t)size ? (size_t)(s->end - s->pos) : (size_t)size;

	if (atomic_load(&f->failed))
		return -1;
	atomic_store(&f->track, s->track);
	for (size_t done = 0; done < len; ) {
		ssize_t n = readahead_read(s->from, buffer + done, len - done, s->pos,
					   &f->err);

		if (n == 0)
			err_set(&f->err, EIO, "the image of the disc ended early, at byte %llu",
				(unsigned long long)s->pos);
		if (n <= 0)
			return give_up(f);
		s->pos += (uint64_t)n;
		done += (size_t)n;
	}
	atomic_fetch_add(&f->delivered, len);
	atomic_store(&f->block, s->pos / s->block_size);
	return (int)len;
}

static off_t feed_size(struct burn_source *source)
{
	const struct track_source *s = source->data;

	return s->size;
}

/* libburn makes tracks of a CD as long as they have to be, and fills them up. */
static int feed_set_size(struct burn_source *source, off_t size)
{
	struct track_source *s = source->data;

	s->size = size;
	return 1;
}

static void feed_free(struct burn_source *source)
{
	free(source->data);
}

static struct burn_source *new_source(const struct track_source *model)
{
	struct burn_source *source = calloc(1, sizeof(*source));
	struct track_source *s = calloc(1, sizeof(*s));

	if (!source || !s) {
		free(source);
		free(s);
		return NULL;
	}
	*s = *model;
	s->size = (off_t)(s->end - s->pos);
	source->refcount = 1;
	source->read = feed_read;
	source->get_size = feed_size;
	source->set_size = feed_set_size;
	source->free_data = feed_free;
	source->data = s;
	return source;
}

int drive_feed_new(struct drive_feed **out, const struct source *source, struct burn_drive *drive,
		   struct err *err)
{
	struct drive_feed *f = calloc(1, sizeof(*f));
	int r;

	if (!f)
		return err_set(err, ENOMEM, "not enough memory to feed the drive");
	f->drive = drive;
	r = readahead_new(&f->readahead, source, err);
	if (r == 0 && source_data(source))
		r = readahead_new(&f->data, source_data(source), err);
	if (r < 0)
		drive_feed_free(f);
	else
		*out = f;
	return r;
}

void drive_feed_free(struct drive_feed *f)
{
	if (!f)
		return;
	readahead_free(f->readahead);
	readahead_free(f->data);
	free(f);
}

void drive_feed_abandon(struct drive_feed *f)
{
	atomic_store(&f->failed, true);
	readahead_stop(f->readahead);
	if (f->data)
		readahead_stop(f->data);
}

/* ---- what it is called ---- */

/* One kind of text for all: a text that is missing is empty, for players count them. */
static bool set_texts(struct drive_job *j, const struct layout *l, const struct cdtext_kind *kind)
{
	char text[CDTEXT_CHARS + 1], no_name[] = "";
	int block = (int)kind->block, type = (int)kind->type;
	bool any = *cdtext_get(&l->cdtext, kind), good;

	for (unsigned i = 0; i < l->ntracks; i++)
		any = any || *cdtext_get(&l->tracks[i].cdtext, kind);
	if (!any)
		return true;
	titles_latin1(cdtext_get(&l->cdtext, kind), text);
	good = burn_session_set_cdtext(j->session, block, type, no_name, (unsigned char *)text,
				       (int)strlen(text) + 1, 0) > 0;
	for (unsigned i = 0; i < l->ntracks && good; i++) {
		titles_latin1(cdtext_get(&l->tracks[i].cdtext, kind), text);
		good = burn_track_set_cdtext(j->tracks[i], block, type, no_name,
					     (unsigned char *)text, (int)strlen(text) + 1, 0) > 0;
	}
	return good;
}

static bool set_all_texts(struct drive_job *j, const struct layout *l)
{
	bool good = true;

	for (size_t row = 0; good && cdtext_kind(row); row++)
		good = set_texts(j, l, cdtext_kind(row));
	return good;
}

static bool set_codes(struct drive_job *j, struct burn_write_opts *opts, const struct layout *l)
{
	bool good = true;

	if (*l->cdtext.code) {
		unsigned char mcn[MCN_LEN + 1];

		memcpy(mcn, l->cdtext.code, sizeof(mcn));
		burn_write_opts_set_mediacatalog(opts, mcn);
		burn_write_opts_set_has_mediacatalog(opts, 1);
	}
	for (unsigned i = 0; i < l->ntracks && good; i++) {
		char isrc[ISRC_LEN + 1];

		if (!*l->tracks[i].cdtext.code)
			continue;
		memcpy(isrc, l->tracks[i].cdtext.code, sizeof(isrc));
		good = burn_track_set_isrc_string(j->tracks[i], isrc, 0) > 0;
	}
	return good;
}

/* ---- the tracks ---- */

/* What a track is, in libburn's words. */
static int mode_of(const struct track *t)
{
	static const struct {
		unsigned flag;
		int mode;
	} said[] = {
		{ TRACK_COPY, BURN_COPY },
		{ TRACK_PRE_EMPHASIS, BURN_PREEMPHASIS },
		{ TRACK_FOUR_CHANNELS, BURN_4CH },
		{ TRACK_SCMS, BURN_SCMS },
	};
	int mode = t->data ? BURN_MODE1 : BURN_AUDIO;

	for (size_t i = 0; i < ARRAY_SIZE(said); i++)
		if (t->flags & said[i].flag)
			mode |= said[i].mode;
	return mode;
}

/* The block of the image where the feed of a track begins. */
static uint64_t fed_from(const struct track *t)
{
	return t->start - (t->gap_sounds ? t->gap : 0);
}

/* Indices count from the first block that is fed. libburn makes the pause before track 1 itself. */
static bool set_indices(struct burn_track *track, const struct layout *l, const struct track *t)
{
	bool first = t == &l->tracks[0], good = true;
	uint64_t from = fed_from(t);

	if (t->gap && !t->gap_sounds)
		good = burn_track_set_pregap_size(track, (int)t->gap + (first ? PAUSE : 0), 0) > 0;
	if (!t->gap_sounds && !t->marks)
		return good;
	if (t->gap_sounds)
		good = burn_track_set_index(track, 0, 0, 0) > 0;
	good = good && burn_track_set_index(track, 1, (unsigned)(t->start - from), 0) > 0;
	for (unsigned i = 0; i < t->marks && good; i++)
		good = burn_track_set_index(track, (int)i + 2,
					    (unsigned)(l->marks[t->first_mark + i] - from), 0) > 0;
	return good;
}

static bool add_track(struct drive_job *j, struct drive_feed *feed, const struct layout *l,
		      unsigned i, uint32_t skipped)
{
	const struct track *t = &l->tracks[i];
	uint32_t block_size = t->data ? BLOCK_SIZE : SECTOR_SIZE;
	struct track_source from = {
		.feed = feed,
		.from = t->data && feed->data ? feed->data : feed->readahead,
		.track = i + 1,
		.block_size = block_size,
		.pos = (fed_from(t) + (i ? 0 : skipped)) * block_size,
		.end = (t->start + t->blocks) * block_size,
	};
	struct burn_source *source = new_source(&from);
	struct burn_track *track = burn_track_create();
	bool good = source && track;

	if (good) {
		j->tracks[j->ntracks++] = track;
		burn_track_define_data(track, 0, 0, 1, mode_of(t));
		good = burn_track_set_source(track, source) == BURN_SOURCE_OK &&
		       burn_session_add_track(j->session, track, BURN_POS_END) &&
		       set_indices(track, l, t);
		j->bytes += from.end - from.pos;
	} else if (track) {
		burn_track_free(track);
	}
	if (source)
		burn_source_free(source);
	return good;
}

int drive_tracks_new(struct drive_job *j, struct drive_feed *feed, struct burn_write_opts *opts,
		     const struct layout *l, uint32_t skipped, struct err *err)
{
	bool good;

	*j = (struct drive_job){ .disc = burn_disc_create(), .session = burn_session_create() };
	good = j->disc && j->session && burn_disc_add_session(j->disc, j->session, BURN_POS_END);
	for (unsigned i = 0; i < l->ntracks && good; i++)
		good = add_track(j, feed, l, i, skipped);
	if (good && l->format != FORMAT_DATA)
		good = set_codes(j, opts, l) && set_all_texts(j, l);
	if (good)
		return 0;
	return err_set(err, ENOMEM, "not enough memory to describe the tracks to libburn");
}

void drive_tracks_free(struct drive_job *j)
{
	for (unsigned i = 0; i < j->ntracks; i++)
		burn_track_free(j->tracks[i]);
	if (j->session)
		burn_session_free(j->session);
	if (j->disc)
		burn_disc_free(j->disc);
	*j = (struct drive_job){ .ntracks = 0 };
}
