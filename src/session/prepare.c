/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a job is to do, and all that is refused before it runs.
 */
#include "session/priv.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/amount.h"
#include "base/mountinfo.h"
#include "session/recorders.h"
#include "stage/image.h"

enum { HOLD_TRIES = 10 };

/*
 * A disc that exists already is recorded by itself: beside something else in the stage nobody knows
 * which of them is meant.
 */
static int check_image(struct session *s, struct job *job, struct err *err)
{
	bool wished = job->settings.format == FORMAT_IMAGE;
	struct stage_image image;

	stage_image(s->stage, &image);
	if (!image.names && !wished)
		return 0;
	if (job->format != FORMAT_IMAGE && !wished && image.recognized)
		return err_set(err, EINVAL,
			       "both an image (image/%.80s) and other files are staged: write "
			       "\"format image\" or \"format %s\" to control, or clear one of them",
			       image.name, format_name(job->format));
	if (job->format == FORMAT_NONE && !wished)
		return err_set(err, EINVAL,
			       "burnfs does not recognize image/%.80s as the image of a disc: "
			       "write \"format image\" to control to record it anyway, or "
			       "remove it",
			       image.name);
	if (job->format != FORMAT_IMAGE && !wished)
		return 0;
	if (image.wrong.code) {
		*err = image.wrong;
		return -err->code;
	}
	/* Data and sound of a sheet are one session, as in an image file. */
	job->holds = image.holds == FORMAT_MIXED ? FORMAT_AUDIO : image.holds;
	return 0;
}

static int check_format(struct session *s, struct job *job, struct err *err)
{
	enum format wish = job->settings.format;
	struct stage_info info;
	uint64_t excluded;
	int r = 0;

	job->format = job->holds = format_now(s, wish);
	if (job->format == FORMAT_IMAGE || wish == FORMAT_IMAGE || wish == FORMAT_AUTO)
		r = check_image(s, job, err);
	if (r < 0 || job->format != FORMAT_NONE)
		return r;
	stage_info(s->stage, &info);
	excluded = info.counts[BRANCH_DATA].excluded;
	if (excluded && !info.data_blocks && wish != FORMAT_AUDIO)
		return err_set(err, ENODATA,
			       "the setting exclude keeps everything that is staged off the disc "
			       "(data_excluded=%llu): stage something else, or change exclude",
			       (unsigned long long)excluded);
	if (wish == FORMAT_AUTO)
		return err_set(err, ENODATA,
			       "nothing is staged: copy something into data/, audio/ or image/ "
			       "first");
	return err_set(err, ENODATA,
		       "nothing is staged for the format %s: copy something in, or write "
		       "\"format auto\" to control",
		       format_name(wish));
}

/* What every burn does by the settings. */
static void add_habits(struct job *job)
{
	job->options.verify = job->options.verify || job->settings.verify;
	job->options.eject = job->options.eject || job->settings.eject;
}

/*
 * Another list of what is excluded brings directories onto the disc that were taken while they were
 * not.
 */
static int check_directories(struct session *s, const struct job *job, struct err *err)
{
	struct stage_info info;
	uint64_t n;

	stage_info(s->stage, &info);
	n = info.counts[BRANCH_DATA].directories;
	if (job->format == FORMAT_AUDIO || job->format == FORMAT_IMAGE || n < DIRECTORIES_MAX)
		return 0;
	return err_set(err, EMLINK,
		       "data/ has %llu directories, and a disc holds %d: remove some, put them "
		       "into an archive, or set exclude",
		       (unsigned long long)n, DIRECTORIES_MAX - 1);
}

static int check_room(struct session *s, const struct job *job, struct err *err)
{
	struct stage_space space;

	/* Another disc may lie in the tray by now: the drive looks before it writes. */
	if (s->recorder->ops->command)
		return 0;
	session_space(s, job->format, &space);
	if (space.used <= space.total)
		return 0;
	return err_set(err, ENOSPC,
		       "the disc holds %s, and what is staged is %s too much: remove something, "
		       "or set a larger capacity",
		       amount_of_disc(job->format, space.total).text,
		       amount_of_disc(job->format, space.used - space.total).text);
}

static int check_recorder(struct session *s, struct job *job, struct err *err)
{
	struct recorder *r = s->recorder;
	int rc = recorder_check(r, job->holds, &job->options, &job->settings, err);

	if (rc == 0 && !recorder_takes(r->ops, job->holds))
		rc = err_set(err, EOPNOTSUPP, "%s cannot record %s", r->address,
			     format_name(job->format));
	return rc;
}

static int check_all(struct session *s, struct job *job, struct err *err)
{
	int r = check_format(s, job, err);

	if (r == 0)
		r = check_recorder(s, job, err);
	if (r == 0)
		r = check_directories(s, job, err);
	if (r == 0)
		r = check_room(s, job, err);
	return r;
}

/* A track that is no sound is refused at once: laying out a few files costs nothing. */
static int check_tracks(struct session *s, const struct job *job, struct err *err)
{
	struct layout *layout;
	int r;

	if (job->format == FORMAT_DATA)
		return 0;
	r = session_layout(s, job->format == FORMAT_IMAGE ? FORMAT_IMAGE : FORMAT_AUDIO, &layout,
			   err);
	if (r < 0)
		return r;
	if (job->format == FORMAT_MIXED && layout->ntracks == TRACKS_MAX)
		r = err_set(err, ENOSPC,
			    "a disc holds %d tracks, one of them for the data: remove one from "
			    "audio/, or write \"format audio\" to control",
			    TRACKS_MAX);
	layout_put(layout);
	return r;
}

/*
 * A descriptor that only names the root keeps umount(2) away, and asks the mount for nothing. Where
 * an automount is being finished or taken away, walking there would wait for systemd, which may
 * wait for us: then there is none.
 */
static int hold_mount(const struct session *s)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
				.resolve = RESOLVE_CACHED };
	int fd = -1;

	/* The walk is given up when anything is mounted or renamed anywhere meanwhile. */
	for (int tries = 0; fd < 0 && tries < HOLD_TRIES; tries++)
		fd = (int)syscall(SYS_openat2, AT_FDCWD, s->mountpoint, &how, sizeof(how));
	if (fd < 0 && !mountinfo_has_type(s->mountpoint, "autofs"))
		fd = open(s->mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd;
}

int job_prepare(struct session *s, struct job *job, const struct waiter *waiter, struct err *err)
{
	int r;

	add_habits(job);
	r = check_all(s, job, err);
	if (r == 0)
		r = session_freeze(s, waiter, err);
	if (r < 0)
		return r;
	/* It may have waited, and the stage be another one. */
	r = check_all(s, job, err);
	if (r == 0)
		r = check_tracks(s, job, err);
	if (r < 0) {
		stage_thaw(s->stage);
		return r;
	}
	job->frozen = true;
	job->keep_mounted = hold_mount(s);
	job->generation = stage_generation(s->stage);
	return 0;
}

int job_prepare_verb(struct session *s, struct job *job, enum drive_verb verb, struct err *err)
{
	static const enum job_kind kind_of[] = {
		[DRIVE_PROBE_NOWAIT] = JOB_PROBE, [DRIVE_PROBE] = JOB_PROBE,
		[DRIVE_LOAD] = JOB_LOAD,	  [DRIVE_EJECT] = JOB_EJECT,
		[DRIVE_BLANK_FAST] = JOB_BLANK,	  [DRIVE_BLANK_FULL] = JOB_BLANK,
	};
	struct recorder *r = s->recorder;

	job->kind = kind_of[verb];
	job->verb = verb;
	if (r->ops->command) {
		job->keep_mounted = hold_mount(s);
		return 0;
	}
	if (strcmp(r->ops->kind, "none") == 0)
		return recorder_lacks_drive(err);
	if (job->kind == JOB_PROBE)
		return 1;
	return err_set(err, EOPNOTSUPP, "%s is not a drive, so it cannot %s: choose a drive",
		       r->address, job_name(job->kind));
}

void job_release(struct session *s, struct job *job)
{
	if (job->frozen)
		stage_thaw(s->stage);
	job->frozen = false;
	if (job->keep_mounted >= 0)
		close(steal_fd(&job->keep_mounted));
}
