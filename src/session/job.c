/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The job: what is refused at once, the thread that records, and what the log tells of it. The order of
 * its events is that of a recording: preparing, progress and track, closing, complete.
 */
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/mountinfo.h"
#include "image/source.h"
#include "session/priv.h"
#include "session/recorders.h"
#include "stash/stash.h"

enum { HOLD_TRIES = 10 };

static const double EVENT_INTERVAL = 0.2;       /* seconds between two events of progress */
static const double PREPARE_PER_SECOND = 1e5;   /* names laid out in a second, for the estimate */
static const double CLOSE_PER_SECOND = 1e8;     /* bytes synced in a second, for the estimate */

enum format format_now(struct session *s, enum format wish)
{
	struct track_list tracks;
	struct stage_info info;
	bool data, audio;

	stage_info(s->stage, &info);
	data = info.data_blocks > 0;
	audio = stage_tracks(s->stage, &tracks) == 0 && tracks.n > 0;
	tracks_free(&tracks);
	switch (wish) {
	case FORMAT_DATA:
		return data ? FORMAT_DATA : FORMAT_NONE;
	case FORMAT_AUDIO:
		return audio ? FORMAT_AUDIO : FORMAT_NONE;
	case FORMAT_MIXED:
		return data && audio ? FORMAT_MIXED : FORMAT_NONE;
	case FORMAT_NONE:
	case FORMAT_AUTO:
		break;
	}
	if (data && audio)
		return FORMAT_MIXED;
	return data ? FORMAT_DATA : audio ? FORMAT_AUDIO : FORMAT_NONE;
}

/* ---- before it starts ---- */

static int check_format(struct session *s, struct job *job, struct err *err)
{
	enum format wish = job->settings.format;
	struct stage_info info;
	uint64_t excluded;

	job->format = format_now(s, wish);
	if (job->format != FORMAT_NONE)
		return 0;
	stage_info(s->stage, &info);
	excluded = info.counts[BRANCH_DATA].excluded;
	if (excluded && !info.data_blocks && wish != FORMAT_AUDIO)
		return err_set(err, ENODATA, "nothing is staged but what the setting exclude keeps off the disc: "
			       "data_excluded=%llu", (unsigned long long)excluded);
	if (wish == FORMAT_AUTO)
		return err_set(err, ENODATA, "nothing is staged: copy something into data/ or audio/ first");
	return err_set(err, ENODATA, "nothing is staged for the format %s: stage it, or write "
		       "\"format auto\" to control", format_name(wish));
}

/* What every burn does by the settings. */
static void add_habits(struct job *job)
{
	job->options.verify = job->options.verify || job->settings.verify;
	job->options.eject = job->options.eject || job->settings.eject;
}

/* Another list of what is excluded brings directories onto the disc that were taken while they were not. */
static int check_directories(struct session *s, const struct job *job, struct err *err)
{
	struct stage_info info;
	uint64_t n;

	stage_info(s->stage, &info);
	n = info.counts[BRANCH_DATA].directories;
	if (job->format == FORMAT_AUDIO || n < DIRECTORIES_MAX)
		return 0;
	return err_set(err, EMLINK, "data/ has %llu directories for the disc, which takes %d: remove some, put them "
		       "into an archive, or set exclude", (unsigned long long)n, DIRECTORIES_MAX - 1);
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
	return err_set(err, ENOSPC, "the disc holds %llu blocks and what is staged takes %llu: remove "
		       "something, or set a larger capacity", (unsigned long long)space.total,
		       (unsigned long long)space.used);
}

static int check_recorder(struct session *s, struct job *job, struct err *err)
{
	struct recorder *r = s->recorder;
	int rc = recorder_check(r, job->format, &job->options, &job->settings, err);

	if (rc == 0 && !recorder_takes(r->ops, job->format))
		rc = err_set(err, EOPNOTSUPP, "%s does not record %s", r->address, format_name(job->format));
	return rc;
}

/*
 * A descriptor that only names the root keeps umount(2) away, and asks the mount for nothing. Where an automount is
 * being finished or taken away, walking there would wait for systemd, which may wait for us: then there is none.
 */
static int hold_mount(const struct session *s)
{
	struct open_how how = { .flags = O_PATH | O_DIRECTORY | O_CLOEXEC, .resolve = RESOLVE_CACHED };
	int fd = -1;

	/* The walk is given up when anything is mounted or renamed anywhere meanwhile. */
	for (int tries = 0; fd < 0 && tries < HOLD_TRIES; tries++)
		fd = (int)syscall(SYS_openat2, AT_FDCWD, s->mountpoint, &how, sizeof(how));
	if (fd < 0 && !mountinfo_has_type(s->mountpoint, "autofs"))
		fd = open(s->mountpoint, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd;
}

/* A track that is no sound is refused at once: laying out a few files costs nothing. */
static int check_tracks(struct session *s, const struct job *job, struct err *err)
{
	struct layout *layout;
	int r;

	if (job->format == FORMAT_DATA)
		return 0;
	r = session_layout(s, FORMAT_AUDIO, &layout, err);
	if (r < 0)
		return r;
	if (job->format == FORMAT_MIXED && layout->ntracks == TRACKS_MAX)
		r = err_set(err, ENOSPC, "a disc holds %d tracks, and one is that of the data: remove one "
			    "from audio/, or write \"format audio\" to control", TRACKS_MAX);
	layout_put(layout);
	return r;
}

int job_prepare_verb(struct session *s, struct job *job, enum drive_verb verb, struct err *err)
{
	static const enum job_kind kind_of[] = {
		[DRIVE_LOOK] = JOB_PROBE, [DRIVE_PROBE] = JOB_PROBE, [DRIVE_LOAD] = JOB_LOAD,
		[DRIVE_EJECT] = JOB_EJECT, [DRIVE_BLANK_FAST] = JOB_BLANK, [DRIVE_BLANK_FULL] = JOB_BLANK,
	};
	struct recorder *r = s->recorder;

	job->kind = kind_of[verb];
	job->verb = verb;
	if (r->ops->command) {
		job->keep_mounted = hold_mount(s);
		return 0;
	}
	if (strcmp(r->ops->kind, "none") == 0)
		return err_set(err, ENODEV, "no recorder is chosen: choose a drive with \"recorder /dev/sr0\"");
	if (job->kind == JOB_PROBE)
		return 1;
	return err_set(err, EOPNOTSUPP, "%s is no drive: it has nothing to %s", r->address, job_name(job->kind));
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

void job_release(struct session *s, struct job *job)
{
	if (job->frozen)
		stage_thaw(s->stage);
	job->frozen = false;
	if (job->keep_mounted >= 0)
		close(steal_fd(&job->keep_mounted));
}

/* ---- while it runs ---- */

static void tell_preparing(struct session *s)
{
	struct stage_info info;
	double names = 0;

	stage_info(s->stage, &info);
	for (int b = 0; b < BRANCHES; b++)
		names += (double)(info.counts[b].files + info.counts[b].directories);
	events_add(s->events, "preparing", "estimate_seconds=%.0f", names / PREPARE_PER_SECOND + 0.5);
}

static void tell_progress(struct session *s, struct job *job)
{
	uint64_t done = atomic_load(&job->progress.done), total = atomic_load(&job->progress.total);
	unsigned percent = total ? (unsigned)(done * 100 / total) : 0;
	double now = time_monotonic();

	if (percent == job->told_percent || (now - job->told < EVENT_INTERVAL && done < total))
		return;
	job->told = now;
	job->told_percent = percent;
	events_add(s->events, "progress", "done_blocks=%llu total_blocks=%llu percent=%u",
		   (unsigned long long)done, (unsigned long long)total, percent);
}

/* Tracks are done one after the other: @upto is how many are by now. */
static void tell_tracks(struct session *s, struct job *job, unsigned upto)
{
	while (job->told_track < upto)
		events_add(s->events, "track", "done=%u total=%u", ++job->told_track,
			   atomic_load(&job->progress.tracks));
}

static void enter_formatting(struct session *s)
{
	session_move(s, STATE_BLANKING);
}

/* Speed and time left are those of writing, not of what took its time before it. */
static void enter_writing(struct session *s)
{
	s->job.told_percent = 0;
	pthread_mutex_lock(&s->lock);
	s->job.started = time_monotonic();
	pthread_mutex_unlock(&s->lock);
	session_move(s, STATE_BURNING);
}

static void enter_closing(struct session *s)
{
	double bytes = (double)atomic_load(&s->job.progress.total) * BLOCK_SIZE;

	tell_progress(s, &s->job);
	tell_tracks(s, &s->job, atomic_load(&s->job.progress.tracks));
	session_move(s, STATE_CLOSING);
	events_add(s->events, "closing", "estimate_seconds=%.0f", bytes / CLOSE_PER_SECOND + 0.5);
}

static void enter_verifying(struct session *s)
{
	session_move(s, STATE_VERIFYING);
	s->job.told_percent = 0;
}

void job_start_over(struct job *job, uint64_t done)
{
	atomic_store(&job->progress.done, done);
	atomic_store(&job->progress.track, 0);
	atomic_store(&job->progress.phase, PHASE_WRITING);
	job->told = 0;
	job->told_percent = job->told_track = 0;
}

/* What a recorder's phase is for the session. */
static const struct {
	enum session_state state;
	void (*enter)(struct session *);
} phases[] = {
	[PHASE_FORMATTING] = { STATE_BLANKING, enter_formatting },
	[PHASE_WRITING] = { STATE_BURNING, enter_writing },
	[PHASE_CLOSING] = { STATE_CLOSING, enter_closing },
	[PHASE_VERIFYING] = { STATE_VERIFYING, enter_verifying },
};

/* What is no burn has no phases. */
static void on_step(void *data)
{
	struct session *s = data;

	tell_progress(s, &s->job);
}

static void on_progress(void *data)
{
	struct session *s = data;
	struct job *job = &s->job;
	unsigned track = atomic_load(&job->progress.track);
	int phase = atomic_load(&job->progress.phase);

	if (s->state != phases[phase].state)
		phases[phase].enter(s);
	tell_progress(s, job);
	tell_tracks(s, job, track ? track - 1 : 0);
}

/* The room on the disc, and what is on it, follow what lies in the recorder. */
static void take_medium(struct session *s)
{
	struct recorded *recorded = NULL;
	struct medium m;

	pthread_mutex_lock(&s->stage_lock);
	pthread_mutex_lock(&s->lock);
	recorder_medium(s->recorder, &m);
	if (s->recorder->ops->previous_sessions)
		recorded = s->recorder->ops->previous_sessions(s->recorder);
	pthread_mutex_unlock(&s->lock);
	stage_set_medium(s->stage, m.data_known ? m.data_blocks : BLOCKS_UNKNOWN,
			 m.audio_known ? m.audio_blocks : BLOCKS_UNKNOWN, recorded);
	pthread_mutex_unlock(&s->stage_lock);
	recorded_put(recorded);
}

static bool cancelled(const struct job *job)
{
	return atomic_load(&job->progress.cancel);
}

/* What is added to a disc is nobody else's to look at. */
static int lay_out(struct session *s, enum format format, struct layout **out, struct err *err)
{
	struct stage_info info;

	stage_info(s->stage, &info);
	if (format != FORMAT_DATA || !info.added || !s->recorder->ops->previous_sessions)
		return session_layout(s, format, out, err);
	return layout_new(out, s->stage, &s->job.settings, FORMAT_DATA, true, &s->job.progress.cancel, err);
}

int job_record(struct session *s, enum format format, const struct burn_options *options,
	       struct record_result *result, struct err *err)
{
	struct job *job = &s->job;
	struct layout *layout = NULL;
	struct source *source = NULL;
	int r = lay_out(s, format, &layout, err);

	if (r < 0)
		return r;
	if (cancelled(job)) {
		layout_put(layout);
		return err_set(err, ECANCELED, "cancelled before anything was recorded");
	}
	r = source_new(&source, s->stage, layout);
	if (r < 0) {
		layout_put(layout);
		return err_set(err, -r, "not enough memory to record");
	}
	atomic_store(&job->progress.total, layout->blocks);
	atomic_store(&job->progress.tracks, layout->ntracks);
	enter_writing(s);
	r = s->recorder->ops->record(s->recorder, source, options, &job->settings, &job->progress, result, err);
	source_free(source);
	layout_put(layout);
	return r;
}

/* What is put in again by mistake is told by that as well, and what nothing else would tell. */
static int check_blank(struct session *s, struct err *err)
{
	struct medium m;

	recorder_medium(s->recorder, &m);
	if (s->job.copies <= 1 || strcmp(m.status, "blank") == 0 || strcmp(m.status, "unsuitable") == 0)
		return 0;
	if (strcmp(m.status, "none") == 0)
		return err_set(err, ENOMEDIUM, "there is no disc in the drive");
	return err_set(err, EROFS, "the %s in the drive is not blank, as each of several copies has to be: put "
		       "another in", m.kind);
}

int job_begin(struct session *s, struct err *err)
{
	int r = s->recorder->ops->begin(s->recorder, &s->job.progress, err);

	if (r == 0)
		take_medium(s);
	return r;
}

/*
 * Look at the disc. What is staged was measured for the one that lay there when it was last looked at; nothing is added
 * to another one unasked.
 */
static int begin(struct session *s, struct err *err)
{
	struct recorder *r = s->recorder;
	uint64_t before = stage_disc(s->stage), now;
	struct medium m;
	bool known;
	int ret;

	recorder_medium(r, &m);
	known = strcmp(m.status, "none") != 0;
	ret = job_begin(s, err);
	if (ret == 0)
		ret = check_blank(s, err);
	if (ret < 0)
		return ret;
	now = stage_disc(s->stage);
	if (before == now || (!before && !known))
		return 0;
	return err_set(err, ESTALE, "another disc lies in %s than the one that was looked at before: look at "
		       "\"stats\", and burn again", r->address);
}

/* Whether the disc is put out now. */
static bool puts_out(const struct job *job, int r)
{
	if (r < 0)
		return copies_ask_again(job, r);
	return job->options.eject || job->copy < job->copies;
}

int job_burn_disc(struct session *s, struct record_result *result, struct err *err)
{
	const struct recorder_ops *ops = s->recorder->ops;
	struct job *job = &s->job;
	int r = 0;

	if (ops->begin)
		r = begin(s, err);
	if (r == 0 && job->format == FORMAT_MIXED && ops->sessions)
		r = extra_burn(s, result, err);
	else if (r == 0)
		r = job_record(s, job->format, &job->options, result, err);
	if (ops->end) {
		ops->end(s->recorder, puts_out(job, r));
		take_medium(s);
	}
	return r;
}

static int burn(struct session *s, struct record_result *result, struct err *err)
{
	tell_preparing(s);
	return copies_burn(s, result, err);
}

static int handle(struct session *s, struct record_result *result, struct err *err)
{
	struct job *job = &s->job;

	(void)result;
	if (job->kind == JOB_BLANK)
		session_move(s, STATE_BLANKING);
	return s->recorder->ops->command(s->recorder, job->verb, &job->progress, err);
}

static const struct {
	const char *name;
	int (*work)(struct session *, struct record_result *, struct err *);
	void (*changed)(void *session);
} kinds[] = {
	[JOB_BURN] = { "burn", burn, on_progress },
	[JOB_PROBE] = { "probe", handle, on_step },
	[JOB_LOAD] = { "load", handle, on_step },
	[JOB_EJECT] = { "eject", handle, on_step },
	[JOB_BLANK] = { "blank", handle, on_step },
};

const char *job_name(enum job_kind kind)
{
	return kinds[kind].name;
}

/* ---- when it ends ---- */

static void tell_complete(struct session *s, const struct record_result *result, const struct err *err)
{
	if (err->code)
		events_add(s->events, "complete", "result=%s error=%s", err_name(err->code), err->msg);
	else
		events_add(s->events, "complete", "result=ok blocks=%llu output=%s",
			   (unsigned long long)result->blocks, result->output);
}

static void finish(struct session *s, const struct record_result *result, const struct err *err)
{
	struct outcome last = { .err = *err };
	struct job *job = &s->job;

	snprintf(last.op, sizeof(last.op), "%s", job_name(job->kind));
	snprintf(last.output, sizeof(last.output), "%s", err->code ? "" : result->output);
	if (job->kind == JOB_BURN && !err->code) {
		summary_of_burn(s, result, time_monotonic() - job->begun, last.summary, sizeof(last.summary));
		log_info("%s", last.summary);
	}
	job_release(s, job);
	take_medium(s);
	session_layouts_done(s);
	tell_complete(s, result, err);
	/* Before anybody is woken: who waited finds the log complete. */
	events_add(s->events, "state", "%s", session_state_name(STATE_STAGING));
	pthread_mutex_lock(&s->lock);
	s->last_job = *err;
	s->last = last;
	for (int b = 0; b < BRANCHES && job->kind == JOB_BURN && !err->code && !job->options.simulate; b++)
		if (job->format == FORMAT_MIXED || (job->format == FORMAT_DATA) == (b == BRANCH_DATA))
			s->recorded[b] = job->generation;
	session_rest(s, err);
	pthread_mutex_unlock(&s->lock);
	session_changed(s);
}

static void tell(void *data, const char *word, const char *text)
{
	events_add(((struct session *)data)->events, word, "%s", text);
}

static void run(struct session *s)
{
	struct record_result result = { .output = "" };
	struct job *job = &s->job;
	struct err err = { 0 };

	job->progress.changed = kinds[job->kind].changed;
	job->progress.tell = tell;
	job->progress.data = s;
	job->begun = time_monotonic();
	events_add(s->events, "state", "%s", session_state_name(STATE_PREPARING));
	if (kinds[job->kind].work(s, &result, &err) < 0)
		log_warning("%s: %s", job_name(job->kind), err.msg);
	else
		err = (struct err){ 0 }; /* of an attempt that was repeated with success */
	finish(s, &result, &err);
}

/* When there is nothing else to do: for stats, and for the room on the disc. */
static void look(struct session *s)
{
	struct err err = { 0 };
	struct recorder *retired;

	if (s->looked_at->ops->command &&
	    s->looked_at->ops->command(s->looked_at, DRIVE_LOOK, &s->looking, &err) < 0)
		log_info("%s", err.msg);
	pthread_mutex_lock(&s->lock);
	s->looked_at = NULL;
	retired = steal_pointer(&s->retired);
	pthread_mutex_unlock(&s->lock);
	recorder_free(retired);
	take_medium(s);
}

void *session_worker(void *data)
{
	struct session *s = data;
	bool posted, looks;

	for (;;) {
		pthread_mutex_lock(&s->lock);
		while (!s->job_posted && !s->shutting_down && !s->look_wanted)
			pthread_cond_wait(&s->changed, &s->lock);
		posted = s->job_posted;
		s->job_posted = false;
		/* A job looks for itself. */
		looks = s->look_wanted && !posted && !s->shutting_down;
		s->look_wanted = false;
		if (looks) {
			s->looked_at = s->recorder;
			atomic_store(&s->looking.cancel, false);
		}
		pthread_mutex_unlock(&s->lock);
		if (posted)
			run(s);
		else if (looks)
			look(s);
		else
			return NULL;
	}
}
