/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Recording one session of a disc: the recorder is acquired, what is staged is laid out and
 * recorded, and the log is told how far it is. The order of its events is that of a recording:
 * progress and track, closing.
 */
#include "session/priv.h"

#include "image/source.h"

/* Seconds between two events of progress. */
static const double EVENT_INTERVAL = 0.2;
/* Bytes synced in a second, for the estimate. */
static const double CLOSE_PER_SECOND = 1e8;

/* ---- its phases ---- */

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
void record_on_step(void *data)
{
	struct session *s = data;

	tell_progress(s, &s->job);
}

void record_on_progress(void *data)
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

void record_start_over(struct job *job, uint64_t done)
{
	atomic_store(&job->progress.done, done);
	atomic_store(&job->progress.track, 0);
	atomic_store(&job->progress.phase, PHASE_WRITING);
	job->told = 0;
	job->told_percent = job->told_track = 0;
}

/* ---- beginning and recording ---- */

/* The room on the disc, and what is on it, follow what lies in the recorder. */
void record_take_medium(struct session *s)
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

int record_begin(struct session *s, struct err *err)
{
	int r = s->recorder->ops->begin(s->recorder, &s->job.progress, err);

	if (r == 0)
		record_take_medium(s);
	return r;
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
	return layout_new(out, s->stage, &s->job.settings, FORMAT_DATA, true,
			  &s->job.progress.cancel, err);
}

int record_session(struct session *s, enum format format, const struct burn_options *options,
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
	r = s->recorder->ops->record(s->recorder, source, options, &job->settings, &job->progress,
				     result, err);
	source_free(source);
	layout_put(layout);
	return r;
}
