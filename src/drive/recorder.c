/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A drive as a recorder: what happens in which order. How, is in the files beside this one.
 */
#include "drive/recorder.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <linux/major.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "drive/priv.h"

/* Seconds for another program, as one of the desktop's that looks at each new disc, to let go. */
static const double PATIENCE = 10;

struct drive {
	struct recorder base;
	pthread_mutex_t lock;           /* innermost */
	struct medium medium;           /* as it was last seen */
	struct recorded *recorded;      /* what it holds, if it was possible to add to it; a
					   reference */

	struct drive_link link;         /* of the burn: from begin() to end() */
	struct drive_disc disc;
};

/* Takes over the reference. */
static void remember(struct drive *d, const struct medium *m, struct recorded *recorded)
{
	struct recorded *old;

	pthread_mutex_lock(&d->lock);
	old = d->recorded;
	d->medium = *m;
	d->recorded = recorded;
	pthread_mutex_unlock(&d->lock);
	recorded_put(old);
}

static struct recorded *get_recorded(struct recorder *r)
{
	struct drive *d = (struct drive *)r;
	struct recorded *recorded;

	pthread_mutex_lock(&d->lock);
	recorded = recorded_get(d->recorded);
	pthread_mutex_unlock(&d->lock);
	return recorded;
}

static void get_medium(struct recorder *r, struct medium *m)
{
	struct drive *d = (struct drive *)r;

	pthread_mutex_lock(&d->lock);
	*m = d->medium;
	pthread_mutex_unlock(&d->lock);
}

static void forget(struct drive *d)
{
	remember(d, &(struct medium){ .status = "none" }, NULL);
}

/* Reading what it holds ends when @progress (may be NULL) is cancelled. */
static void examine(struct drive *d, struct drive_link *l, struct drive_disc *disc,
		    struct progress *progress)
{
	struct recorded *recorded = NULL, *known;
	struct err why_not = { 0 };

	drive_examine(l, disc);
	if (drive_may_grow(disc)) {
		known = get_recorded(&d->base);
		if (drive_read_sessions(l, disc, known, progress, &recorded, &why_not) < 0)
			log_info("cannot add to the disc in %s: %s", d->base.address,
				 why_not.msg);
		recorded_put(known);
		drive_set_sessions(disc, recorded, &why_not);
	}
	if (why_not.code == ECANCELED)
		return;
	remember(d, &disc->medium, recorded);
}

/* Acquire the drive and probe its medium. release() it afterwards. */
static int acquire(struct drive *d, struct drive_link *l, struct drive_disc *disc, bool load,
		   double patience, struct progress *progress, struct err *err)
{
	int r = drive_acquire(l, d->base.address, load, patience, progress, err);

	if (r == -ENXIO)
		forget(d);
	if (r < 0)
		return r;
	examine(d, l, disc, progress);
	drive_poll_messages(l);
	if (!l->lost && !atomic_load(&progress->cancel))
		return 0;
	drive_release(l, false);
	if (!l->lost)
		return err_set(err, ECANCELED, "cancelled while probing the disc in %s",
			       d->base.address);
	forget(d);
	return err_set(err, ENXIO, "the drive %s has disappeared: plug it in again",
		       d->base.address);
}

/* With what lies in it as it is now; how that went is no matter to what was done. */
static void release(struct drive *d, struct drive_link *l, bool changed, bool eject)
{
	struct drive_disc disc;

	if (!l->drive)
		return;
	if (l->lost || eject) {
		forget(d);
	} else if (changed && burn_drive_re_assess(l->drive, 0) > 0) {
		examine(d, l, &disc, NULL);
	}
	drive_release(l, eject);
}

/* ---- recording ---- */

static int begin(struct recorder *r, struct progress *progress, struct err *err)
{
	struct drive *d = (struct drive *)r;

	return acquire(d, &d->link, &d->disc, true, PATIENCE, progress, err);
}

static void end(struct recorder *r, bool eject)
{
	struct drive *d = (struct drive *)r;

	release(d, &d->link, true, eject);
}

/*
 * A disc that was never formatted holds nothing that could be lost. What is to be done is told in
 * blocks again. No kind of disc that is formatted can be simulated on (MMC, Test Write).
 */
static int format_first(struct drive *d, bool simulate, struct progress *progress, struct err *err)
{
	uint64_t total = atomic_load(&progress->total);
	int r;

	if (simulate)
		return drive_cannot_simulate(d->disc.kind, err);
	progress_enter(progress, PHASE_FORMATTING);
	r = drive_blank(&d->link, &d->disc, true, progress, err);
	if (r < 0)
		return r;
	examine(d, &d->link, &d->disc, NULL);
	atomic_store(&progress->total, total);
	progress_enter(progress, PHASE_WRITING);
	return 0;
}

/* Read back with the drive opened anew, so that it has nothing of what it was sent. */
static int verify(struct drive *d, struct drive_link *l, struct source *source,
		  struct progress *progress, struct err *err)
{
	struct drive_disc disc;
	int r;

	progress_enter(progress, PHASE_VERIFYING);
	drive_release(l, false);
	r = acquire(d, l, &disc, true, PATIENCE, progress, err);
	if (r < 0)
		return err_wrap(err, r == -ECANCELED ? "the disc is recorded, but not verified" :
						       "cannot verify what was recorded");
	if (source_layout(source)->format == FORMAT_DATA)
		return drive_verify(l, &disc, source, progress, err);
	r = source_data(source) ? drive_verify(l, &disc, source_data(source), progress, err) : 0;
	return r < 0 ? r : drive_verify_sound(l, source, progress, err);
}

/* The layout was made for what lay in the drive a moment ago. */
static int check_disc(const struct drive *d, const struct layout *l, struct err *err)
{
	if (l->format != FORMAT_DATA ||
	    recorded_disc(d->disc.recorded) == recorded_disc(l->recorded))
		return 0;
	return err_set(err, ESTALE,
		       "the disc in %s has changed since it was last checked; check stats, then "
		       "burn again",
		       d->base.address);
}

static int record(struct recorder *r, struct source *source, const struct burn_options *options,
		  const struct settings *settings, struct progress *progress,
		  struct record_result *result, struct err *err)
{
	const struct layout *layout = source_layout(source);
	struct drive *d = (struct drive *)r;
	int ret = drive_may_record(&d->disc, layout, err);

	result->output[0] = '\0';
	if (ret == 0)
		ret = check_disc(d, layout, err);
	if (ret == 0 && drive_lacks_format(&d->disc))
		ret = format_first(d, options->simulate, progress, err);
	if (ret == 0)
		ret = drive_write(&d->link, &d->disc, source, options, settings, progress, err);
	if (ret == 0 && !options->simulate && !d->disc.kind->overwritable)
		ret = drive_confirm(&d->link, layout, err);
	if (ret == 0 && options->verify && !options->simulate)
		ret = verify(d, &d->link, source, progress, err);
	if (ret == 0)
		result->blocks = layout->blocks;
	return ret;
}

static int check(struct recorder *r, enum format format, const struct burn_options *options,
		 const struct settings *settings, struct err *err)
{
	(void)r;
	(void)settings;
	if (options->simulate && format == FORMAT_MIXED)
		return err_set(err, EOPNOTSUPP,
			       "cannot simulate the second of two sessions: simulate with \"format "
			         "audio\", then with \"format data\"");
	if (options->copies > 1 && options->simulate)
		return err_set(err, EINVAL,
			       "a simulation makes no copies: burn simulate without \"copies\"");
	return 0;
}

static bool takes(enum format format)
{
	return format != FORMAT_NONE;
}

static bool there(const char *address)
{
	struct stat st;

	return stat(address, &st) == 0;
}

/* ---- the other verbs ---- */

static int command(struct recorder *r, enum drive_verb verb, struct progress *progress,
		   struct err *err)
{
	struct drive *d = (struct drive *)r;
	bool blanks = verb == DRIVE_BLANK_FAST || verb == DRIVE_BLANK_FULL;
	struct drive_link l;
	struct drive_disc disc;
	int ret;

	ret = acquire(d, &l, &disc, blanks || verb == DRIVE_LOAD,
		      verb == DRIVE_PROBE_NOWAIT ? 0 : PATIENCE, progress, err);
	if (ret < 0)
		return ret;
	drive_clear_messages(&l);
	if (blanks)
		ret = drive_blank(&l, &disc, verb == DRIVE_BLANK_FAST, progress, err);
	release(d, &l, blanks, verb == DRIVE_EJECT);
	if (verb == DRIVE_EJECT && (l.lost || l.last_error.code))
		ret = drive_failed(&l, "cannot open the tray", err);
	return ret;
}

/* ---- waiting for a disc ---- */

/*
 * What the kernel cannot tell has to be looked at; a drive that somebody else has is left alone
 * meanwhile.
 */
static int probe_tray(struct drive *d, enum drive_tray *tray, struct progress *progress,
		      struct err *err)
{
	struct drive_link l;
	struct drive_disc disc;
	int r = drive_tray(d->base.address, tray, err);

	if (r < 0 || *tray != TRAY_UNKNOWN)
		return r;
	r = acquire(d, &l, &disc, false, 0, progress, err);
	if (r == -EBUSY)
		return 0;
	if (r == 0) {
		*tray = disc.status == BURN_DISC_EMPTY ? TRAY_EMPTY : TRAY_FULL;
		release(d, &l, false, false);
	}
	return r;
}

static int await_tray(struct drive *d, enum drive_tray wanted, struct progress *progress,
		      struct err *err)
{
	const struct timespec moment = { .tv_nsec = 50000000 };
	enum { MOMENTS = 20 };     /* a second: nobody changes discs faster */

	while (!atomic_load(&progress->cancel)) {
		enum drive_tray tray;
		int r = probe_tray(d, &tray, progress, err);

		if (r < 0 || tray == wanted)
			return r;
		if (progress->changed)
			progress->changed(progress->data);
		for (int i = 0; i < MOMENTS && !atomic_load(&progress->cancel); i++)
			nanosleep(&moment, NULL);
	}
	return err_set(err, ECANCELED, "cancelled while waiting for a disc");
}

static int await(struct recorder *r, bool anew, struct progress *progress, struct err *err)
{
	struct drive *d = (struct drive *)r;
	int ret = anew ? await_tray(d, TRAY_EMPTY, progress, err) : 0;

	if (ret == 0)
		ret = await_tray(d, TRAY_FULL, progress, err);
	if (ret == -ENXIO)
		forget(d);
	return ret;
}

/* ---- the drive ---- */

static void free_drive(struct recorder *r)
{
	struct drive *d = (struct drive *)r;

	recorded_put(d->recorded);
	pthread_mutex_destroy(&d->lock);
	free(d);
}

const struct recorder_ops rec_drive_ops = {
	.kind = "drive",
	.help = "an optical drive",
	.takes = takes,
	.check = check,
	.begin = begin,
	.record = record,
	.end = end,
	.previous_sessions = get_recorded,
	.free = free_drive,
	.medium = get_medium,
	.there = there,
	.command = command,
	.await = await,
	.sessions = true,
	.must_finish = true,
};

bool rec_drive_is(const struct recorder *r, const char *device)
{
	struct stat ours, theirs;

	if (r->ops != &rec_drive_ops)
		return false;
	if (stat(r->address, &ours) == 0 && stat(device, &theirs) == 0)
		return ours.st_rdev == theirs.st_rdev;
	return strcmp(r->address, device) == 0;
}

const char *rec_drive_library_version(void)
{
	static char text[32];
	int major, minor, micro;

	burn_version(&major, &minor, &micro);
	snprintf(text, sizeof(text), "%d.%d.%d", major, minor, micro);
	return text;
}

/* What is no optical drive is refused at once; what is not there may be plugged in later. */
static bool may_be_drive(const char *device)
{
	struct stat st;

	if (stat(device, &st) < 0)
		return true;
	return (S_ISBLK(st.st_mode) && major(st.st_rdev) == SCSI_CDROM_MAJOR) ||
	       (S_ISCHR(st.st_mode) && major(st.st_rdev) == SCSI_GENERIC_MAJOR);
}

int rec_drive_new(struct recorder **out, const char *device, struct err *err)
{
	struct drive *d;

	if (!may_be_drive(device))
		return err_set(err, EINVAL,
			       "%s is not an optical drive; for an image file, write image:PATH",
			       device);
	d = calloc(1, sizeof(*d));
	if (!d)
		return err_set(err, ENOMEM, "not enough memory for a recorder");
	d->base.ops = &rec_drive_ops;
	d->medium.status = "none";
	pthread_mutex_init(&d->lock, NULL);
	snprintf(d->base.address, sizeof(d->base.address), "%s", device);
	*out = &d->base;
	return 0;
}
