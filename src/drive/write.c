/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records a source on the disc that is in our hands. libburn's own verdict is one of several: it is
 * good only if libburn says so, has said nothing grave, has taken every byte, and has sent no fewer
 * to the drive.
 */
#include "drive/priv.h"

#include <string.h>

#include "base/amount.h"

struct writing {
	struct drive_link *link;
	const struct drive_disc *disc;
	struct source *source;
	struct progress *progress;
	struct drive_feed *feed;
	struct drive_job job;
	struct burn_write_opts *opts;
	bool cancelled;         /* libburn was told */
};

/* ---- while it runs ---- */

/* From the last byte on the disc is being finished, which to interrupt would cost it. */
static bool all_delivered(const struct writing *w)
{
	return atomic_load(&w->feed->delivered) >= w->job.bytes;
}

static void report_buffer(struct writing *w)
{
	struct burn_progress p = { 0 };
	int percent = -1;

	burn_drive_get_status(w->link->drive, &p);
	if (p.buffer_capacity && p.buffer_available <= p.buffer_capacity)
		percent = 100 - (int)((uint64_t)p.buffer_available * 100 / p.buffer_capacity);
	atomic_store(&w->progress->buffer, percent);
}

static void watch(void *data)
{
	struct writing *w = data;
	struct progress *p = w->progress;

	atomic_store(&p->done, atomic_load(&w->feed->block));
	atomic_store(&p->track, atomic_load(&w->feed->track));
	report_buffer(w);
	if (atomic_load(&p->cancel) && !all_delivered(w)) {
		/* More than once: libburn forgets it when its thread begins. */
		w->cancelled = true;
		burn_drive_cancel(w->link->drive);
	}
	if (all_delivered(w) && atomic_load(&p->phase) == PHASE_WRITING &&
	    !atomic_load(&w->feed->failed))
		progress_enter(p, PHASE_CLOSING);
	else if (p->changed)
		p->changed(p->data);
}

/* ---- how it is to be written ---- */

/* libburn gives its reasons in several lines. */
static int refuse(int code, const char *what, const char *reasons, struct err *err)
{
	size_t len = strlen(reasons);

	while (len && strchr(" ,\n", reasons[len - 1]))
		len--;
	return err_set(err, code, "%s: %.*s", what, (int)len, reasons);
}

/* Tracks at once get the gaps that the drive makes. */
static bool gaps_are_usual(const struct layout *l)
{
	for (unsigned i = 1; i < l->ntracks; i++)
		if (l->tracks[i].gap != GAP_DEFAULT)
			return false;
	return l->tracks[0].gap == 0;
}

/* Before tracks that are recorded one by one, drives make silent gaps. */
static int check_gaps(struct writing *w, const struct layout *l, struct err *err)
{
	char sector[SECTOR_SIZE];

	for (unsigned i = 1; i < l->ntracks; i++) {
		const struct track *t = &l->tracks[i];

		for (uint64_t at = t->start - t->gap; at < t->start; at++) {
			ssize_t n = source_read(w->source, sector, sizeof(sector), at * SECTOR_SIZE,
						err);

			if (n < 0)
				return (int)n;
			if (!bytes_zero(sector, sizeof(sector)))
				return err_set(err, EMEDIUMTYPE,
					       "the gap before track %u is not silent, and with "
					       "data on the disc a drive makes silent gaps: record "
					       "it with cdrdao",
					       i + 1);
		}
	}
	return 0;
}

/* How the drive would write it, with libburn's reasons if it would not. */
static enum burn_write_types find_way(struct writing *w, char reasons[BURN_REASONS_LEN])
{
	enum { QUIETLY = 2 };

	*reasons = '\0';
	return burn_write_opts_auto_write_type(w->opts, w->job.disc, reasons, QUIETLY);
}

int drive_cannot_simulate(const struct drive_kind *kind, struct err *err)
{
	return err_set(err, EMEDIUMTYPE,
		       "this drive cannot simulate a burn on a %s: burn without \"simulate\", or "
		       "try it with an image file as the recorder",
		       kind->name);
}

/* It would not: because of what was asked for besides? */
static int refuse_way(struct writing *w, const struct burn_options *options, const char *reasons,
		      struct err *err)
{
	static const char try_blank[] = ", or write \"blank full\" to control and try again";
	const struct drive_kind *kind = w->disc->kind;
	char more[BURN_REASONS_LEN];

	burn_write_opts_set_simulate(w->opts, 0);
	if (options->simulate && find_way(w, more) != BURN_WRITE_NONE)
		return drive_cannot_simulate(kind, err);
	burn_write_opts_set_multi(w->opts, 0);
	if (options->multi && find_way(w, more) != BURN_WRITE_NONE)
		return err_set(err, EMEDIUMTYPE,
			       "the %s holds a single session: burn without \"multi\"%s",
			       kind->name, kind->erasable ? try_blank : "");
	return refuse(EMEDIUMTYPE, "the drive cannot record this on the disc", reasons, err);
}

static int choose_way(struct writing *w, const struct layout *l, const struct burn_options *options,
		      struct err *err)
{
	char reasons[BURN_REASONS_LEN];
	enum burn_write_types type = find_way(w, reasons);

	if (type == BURN_WRITE_NONE)
		return refuse_way(w, options, reasons, err);
	if (l->format == FORMAT_AUDIO && type != BURN_WRITE_SAO && !gaps_are_usual(l))
		return err_set(err, EMEDIUMTYPE,
			       "this drive and disc require gaps of 2 seconds: set gap 150, and "
			       "remove user.pregap from all tracks");
	/* A CD that exists already is recorded as it was, or not at all. */
	if (l->format == FORMAT_AUDIO && l->whole && type != BURN_WRITE_SAO)
		return err_set(err, EMEDIUMTYPE,
			       "this drive cannot record a CD with sound in one go on this disc: "
			       "insert a blank CD");
	if (l->format == FORMAT_MIXED && check_gaps(w, l, err) < 0)
		return -err->code;
	*reasons = '\0';
	if (burn_precheck_write(w->opts, w->job.disc, reasons, 1) <= 0)
		return refuse(EMEDIUMTYPE, "the drive cannot record this on the disc", reasons,
			      err);
	return 0;
}

/* Whether the first blocks of the disc are written last. An image of few blocks has no others. */
static bool has_head(const struct writing *w, const struct layout *l)
{
	return w->disc->kind->overwritable && (layout_origin(l) || l->blocks > DRIVE_HEAD_BLOCKS);
}

/* Blocks of the image that are written with the head. */
static uint32_t skipped(const struct writing *w, const struct layout *l)
{
	return has_head(w, l) && !layout_origin(l) ? DRIVE_HEAD_BLOCKS : 0;
}

/* To a CD tracks are added at once, and none is shorter than 4 seconds (Red Book, MMC). */
static uint64_t taken(const struct writing *w, const struct layout *l)
{
	uint64_t blocks = l->blocks;

	if (!w->disc->kind->cd || w->disc->status != BURN_DISC_APPENDABLE)
		return blocks;
	return (blocks < TRACK_MIN_SECTORS ? TRACK_MIN_SECTORS : blocks) +
	       l->ntracks * TRACK_RUN_OUT;
}

static int check_room(struct writing *w, const struct layout *l, struct err *err)
{
	uint64_t there = (uint64_t)burn_disc_available_space(w->link->drive, w->opts) / BLOCK_SIZE +
			 skipped(w, l);
	uint64_t wanted = taken(w, l);

	if (wanted <= there)
		return 0;
	return err_set(err, ENOSPC,
		       "the disc in the drive holds %s, and what is staged is %s too much: insert "
		       "a larger disc, or remove something",
		       amount_of_disc(l->format, there).text,
		       amount_of_disc(l->format, wanted - there).text);
}

/*
 * The addresses in a further session are those of the place that the drive told when the disc was
 * looked at.
 */
static int check_place(struct writing *w, const struct layout *l, struct err *err)
{
	int lba, next = 0;

	if (!l->recorded || w->disc->kind->overwritable)
		return 0;
	if (burn_disc_track_lba_nwa(w->link->drive, w->opts, 0, &lba, &next) == 1 &&
	    (uint32_t)next == layout_origin(l))
		return 0;
	return err_set(err, EIO,
		       "the drive now begins the session at block %d, not at %u as before: burn "
		       "again",
		       next, layout_origin(l));
}

static int prepare(struct writing *w, const struct layout *l, const struct burn_options *options,
		   const struct settings *settings, struct err *err)
{
	int r;

	w->opts = burn_write_opts_new(w->link->drive);
	if (!w->opts)
		return err_set(err, ENOMEM, "not enough memory to write");
	r = drive_feed_new(&w->feed, w->source, w->link->drive, err);
	if (r == 0)
		r = drive_tracks_new(&w->job, w->feed, w->opts, l, skipped(w, l), err);
	if (r < 0)
		return r;
	burn_write_opts_set_simulate(w->opts, options->simulate);
	/* What is overwritten stays open to more in any case. */
	burn_write_opts_set_multi(w->opts, options->multi && !w->disc->kind->overwritable);
	if (w->disc->kind->overwritable)
		burn_write_opts_set_start_byte(w->opts, (off_t)(layout_origin(l) + skipped(w, l)) *
								BLOCK_SIZE);
	burn_write_opts_set_perform_opc(w->opts, 0);
	r = check_room(w, l, err);
	if (r == 0)
		r = choose_way(w, l, options, err);
	if (r == 0)
		r = check_place(w, l, err);
	if (r == 0)
		drive_tune(w->link, w->disc->kind, w->opts, settings, w->progress);
	return r;
}

/* ---- what came of it ---- */

static int count(const struct writing *w, struct err *err)
{
	uint64_t wanted = 0, read = 0, written = 0;

	for (unsigned i = 0; i < w->job.ntracks; i++) {
		off_t in, out;

		burn_track_get_counters(w->job.tracks[i], &in, &out);
		read += (uint64_t)in;
		written += (uint64_t)out;
		/* As it was announced to the drive. */
		wanted += (uint64_t)burn_track_get_sectors(w->job.tracks[i]) *
			  (source_layout(w->source)->tracks[i].data ? BLOCK_SIZE : SECTOR_SIZE);
	}
	if (read == w->job.bytes && written >= wanted && wanted >= read && all_delivered(w))
		return 0;
	return err_set(err, EIO,
		       "the disc is incomplete: the drive received %2$llu of %1$llu bytes, and "
		       "wrote %4$llu of %3$llu",
		       (unsigned long long)w->job.bytes, (unsigned long long)read,
		       (unsigned long long)wanted, (unsigned long long)written);
}

static int judge(struct writing *w, struct err *err)
{
	bool good = burn_drive_wrote_well(w->link->drive) && !w->link->last_error.code &&
		    !w->link->lost;

	if (atomic_load(&w->feed->failed)) {
		*err = w->feed->err;
		return -err->code;
	}
	if (good)
		return count(w, err);
	if (w->cancelled && !w->link->lost)
		return err_set(err, ECANCELED, "cancelled; a write-once disc is lost");
	return drive_failed(w->link, "cannot record the disc", err);
}

/* ---- all of it ---- */

static int write_disc(struct writing *w, struct err *err)
{
	int r;

	drive_clear_messages(w->link);
	burn_disc_write(w->opts, w->job.disc);
	drive_wait_idle(w->link, true, watch, w);
	watch(w);
	r = judge(w, err);
	if (r == 0 && has_head(w, source_layout(w->source)))
		r = drive_head_write(w->link, w->source, err);
	return r;
}

int drive_write(struct drive_link *l, const struct drive_disc *disc, struct source *source,
		const struct burn_options *options, const struct settings *settings,
		struct progress *progress, struct err *err)
{
	const struct layout *layout = source_layout(source);
	struct writing w = {
		.link = l,
		.disc = disc,
		.source = source,
		.progress = progress,
	};
	int r;

	drive_clear_messages(l);
	r = prepare(&w, layout, options, settings, err);
	drive_poll_messages(l);
	/* Not the disc's fault, but what libburn concludes when a command has failed. */
	if (r < 0 && r != -ENOMEM && (l->lost || l->last_error.code))
		r = drive_failed(l, "cannot prepare the drive", err);
	if (r == 0 && atomic_load(&progress->cancel))
		r = err_set(err, ECANCELED, "cancelled before anything was recorded");
	if (r == 0 && skipped(&w, layout))
		r = drive_head_mark(l, err);
	if (r == 0)
		r = write_disc(&w, err);
	atomic_store(&progress->buffer, -1);
	if (l->stuck) {
		/* libburn's thread has all of it. */
		drive_feed_abandon(w.feed);
		return r;
	}
	if (w.opts)
		burn_write_opts_free(w.opts);
	drive_tracks_free(&w.job);
	drive_feed_free(w.feed);
	return r;
}
