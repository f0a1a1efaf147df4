/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A row a key. A key is never left out: what is unknown is empty.
 */
#include "files/stats.h"

#include <string.h>

#include "base/util.h"
#include "session/session.h"
#include "stage/image.h"
#include "stage/stage.h"

/* All that a rendering looks at, gathered once. */
struct look {
	struct session_status status;
	struct stage_info info;
	struct stage_space data, audio;
	struct stage_space space;  /* of what the next burn records */
	struct stage_image image;
	struct track_list tracks;
	unsigned replaced;         /* characters of the titles */
};

struct stat_row {
	const char *key;
	void (*value)(const struct look *, struct text *);
};

static void number(struct text *out, uint64_t n)
{
	text_add(out, "%llu", (unsigned long long)n);
}

static bool job_runs(const struct look *l)
{
	return l->status.job[0];
}

static uint64_t speed(const struct look *l)
{
	uint32_t block = l->space.block_size;

	if (l->status.seconds < 0.001)
		return 0;
	return (uint64_t)((double)(l->status.done * block) / 1024 / l->status.seconds);
}

/* Seconds left, or -1 while there is nothing to tell it from. */
static int64_t eta(const struct look *l)
{
	if (!l->status.done || l->status.seconds < 0.001)
		return -1;
	return (int64_t)(l->status.seconds * (double)(l->status.total - l->status.done) /
			 (double)l->status.done + 0.5);
}

/* What one more track could hold: the room that is left, its gap taken off. */
static uint64_t one_more_track(const struct look *l)
{
	uint64_t gap = l->audio.used ? l->status.settings.gap : 0;

	if (l->tracks.n >= TRACKS_MAX || l->audio.free <= gap)
		return 0;
	return l->audio.free - gap;
}

static const struct medium_facts *facts(const struct look *l)
{
	return &l->status.medium.facts;
}

/* ---- the values ---- */

#define VALUE(name) static void name(const struct look *l, struct text *out)

VALUE(version) { (void)l; text_add(out, "%s", PACKAGE_VERSION); }
VALUE(state) { text_add(out, "%s", session_state_name(l->status.state)); }
VALUE(formats) { (void)l; text_add(out, "data audio mixed image"); }
VALUE(format) { text_add(out, "%s", format_name(l->status.format)); }
VALUE(recorder) { text_add(out, "%s", l->status.recorder); }
VALUE(medium) { text_add(out, "%s", l->status.medium.kind); }
VALUE(medium_status) { text_add(out, "%s", l->status.medium.status); }
VALUE(medium_erasable)
{
	if (facts(l)->known)
		text_add(out, "%s", facts(l)->erasable ? "yes" : "no");
}
VALUE(medium_sessions) { if (facts(l)->known) number(out, facts(l)->sessions); }
VALUE(medium_last_track) { if (facts(l)->known) number(out, facts(l)->last_track); }
VALUE(medium_next_block)
{
	if (facts(l)->known && facts(l)->next_block >= 0)
		number(out, (uint64_t)facts(l)->next_block);
}
VALUE(medium_free_blocks) { if (facts(l)->known) number(out, facts(l)->free_blocks); }
VALUE(medium_speeds)
{
	for (unsigned i = 0; i < facts(l)->nspeeds; i++)
		text_add(out, "%s%u", i ? " " : "", facts(l)->speeds[i]);
}
VALUE(medium_id) { text_add(out, "%s", facts(l)->id); }
VALUE(label) { text_add(out, "%s", l->status.settings.label); }
VALUE(data_block_size) { (void)l; number(out, BLOCK_SIZE); }
VALUE(data_total_blocks) { number(out, l->data.total); }
VALUE(data_used_blocks) { number(out, l->data.used); }
VALUE(data_free_blocks) { number(out, l->data.free); }
VALUE(data_files) { number(out, l->info.counts[BRANCH_DATA].files); }
VALUE(data_directories) { number(out, l->info.counts[BRANCH_DATA].directories); }
VALUE(data_bytes) { number(out, l->info.counts[BRANCH_DATA].bytes); }
VALUE(joliet_renamed)
{
	char shown[LABEL_BYTES + 1];

	number(out, l->info.joliet_renamed + !settings_joliet_label(&l->status.settings, shown));
}
VALUE(linux_shortened) { number(out, l->info.counts[BRANCH_DATA].linux_shortened); }
VALUE(data_excluded) { number(out, l->info.counts[BRANCH_DATA].excluded); }
VALUE(audio_block_size) { (void)l; number(out, SECTOR_SIZE); }
VALUE(audio_total_blocks) { number(out, l->audio.total); }
VALUE(audio_used_blocks) { number(out, l->audio.used); }
VALUE(audio_free_blocks) { number(out, l->audio.free); }
VALUE(audio_available_track_blocks) { number(out, one_more_track(l)); }
VALUE(audio_tracks) { number(out, l->tracks.n); }
VALUE(audio_ignored) { number(out, l->tracks.ignored); }
VALUE(audio_titles_replaced) { number(out, l->replaced); }
VALUE(image) { text_add(out, "%s", l->image.name); }
/* image_kind() is another function. */
VALUE(image_kind_word)
{
	if (l->image.name[0])
		text_add(out, "%s", image_type_name(l->image.type));
}
VALUE(image_blocks) { number(out, l->image.blocks); }
VALUE(image_state)
{
	if (l->image.names)
		text_add(out, "%s", l->image.wrong.code ? l->image.wrong.msg : "ok");
}
VALUE(image_ignored) { number(out, l->image.ignored); }
VALUE(job) { text_add(out, "%s", l->status.job); }
VALUE(job_done_blocks) { if (job_runs(l)) number(out, l->status.done); }
VALUE(job_total_blocks) { if (job_runs(l)) number(out, l->status.total); }
VALUE(job_track) { if (job_runs(l)) number(out, l->status.track); }
VALUE(job_tracks) { if (job_runs(l)) number(out, l->status.tracks); }
VALUE(job_eta_seconds) { if (job_runs(l) && eta(l) >= 0) number(out, (uint64_t)eta(l)); }
VALUE(job_kib_per_second) { if (job_runs(l)) number(out, speed(l)); }
VALUE(job_buffer_percent) { if (l->status.buffer >= 0) number(out, (uint64_t)l->status.buffer); }
VALUE(job_copy) { if (l->status.copies) number(out, l->status.copy); }
VALUE(job_copies) { if (l->status.copies) number(out, l->status.copies); }
VALUE(job_waits_for)
{
	if (l->status.waiting)
		text_add(out, "disc %u of %u in %s", l->status.copy, l->status.copies,
			 l->status.recorder);
	else
		text_add(out, "%s", l->status.waits_for);
}
VALUE(last_op) { text_add(out, "%s", l->status.last.op); }
VALUE(last_result)
{
	if (l->status.last.op[0])
		text_add(out, "%s", err_name(l->status.last.err.code));
}
VALUE(last_error) { text_add(out, "%s", l->status.last.err.msg); }
VALUE(last_output) { text_add(out, "%s", l->status.last.output); }
VALUE(last_summary) { text_add(out, "%s", l->status.last.summary); }

#define ROW(name) { #name, name }

static const struct stat_row rows[] = {
	ROW(version),
	ROW(state),
	ROW(formats),
	ROW(format),
	ROW(recorder),
	ROW(medium),
	ROW(medium_status),
	ROW(medium_erasable),
	ROW(medium_sessions),
	ROW(medium_last_track),
	ROW(medium_next_block),
	ROW(medium_free_blocks),
	ROW(medium_speeds),
	ROW(medium_id),
	ROW(label),
	ROW(data_block_size),
	ROW(data_total_blocks),
	ROW(data_used_blocks),
	ROW(data_free_blocks),
	ROW(data_files),
	ROW(data_directories),
	ROW(data_bytes),
	ROW(joliet_renamed),
	ROW(data_excluded),
	ROW(linux_shortened),
	ROW(audio_block_size),
	ROW(audio_total_blocks),
	ROW(audio_used_blocks),
	ROW(audio_free_blocks),
	ROW(audio_available_track_blocks),
	ROW(audio_tracks),
	ROW(audio_ignored),
	ROW(audio_titles_replaced),
	ROW(image),
	{ "image_kind", image_kind_word },
	ROW(image_blocks),
	ROW(image_state),
	ROW(image_ignored),
	ROW(job),
	ROW(job_done_blocks),
	ROW(job_total_blocks),
	ROW(job_track),
	ROW(job_tracks),
	ROW(job_eta_seconds),
	ROW(job_kib_per_second),
	ROW(job_buffer_percent),
	ROW(job_copy),
	ROW(job_copies),
	ROW(job_waits_for),
	ROW(last_op),
	ROW(last_result),
	ROW(last_error),
	ROW(last_output),
	ROW(last_summary),
};

const char *stats_key(size_t row)
{
	return row < ARRAY_SIZE(rows) ? rows[row].key : NULL;
}

/* ---- the texts ---- */

static const char *verdict(const struct track_file *f)
{
	const struct sound *sound = &f->sound;

	switch (sound->state) {
	case SOUND_OK:
		return "ok";
	case SOUND_EMPTY:
		return "empty";
	case SOUND_UNJUDGED:
		return f->checked ? "being checked" : "being written";
	case SOUND_NO_ROOM:
		return "does not fit";
	case SOUND_BAD:
		break;
	}
	return sound->why.msg;
}

/* Paths and sentences come from others: a value must stay on its line. */
static void one_line(struct text *out, size_t from)
{
	for (size_t i = from; i < out->len; i++)
		if ((unsigned char)out->data[i] < ' ')
			out->data[i] = '?';
}

static void render_tracks(const struct look *l, struct text *out)
{
	for (unsigned i = 0; i < l->tracks.n; i++) {
		const struct track_file *f = &l->tracks.files[i];
		size_t from = out->len;

		bool lost = i == 0 && l->status.format != FORMAT_MIXED &&
			    tracks_pregap_lost(&l->tracks);

		text_add(out, "track.%02u=%llu %s %s%s", i + 1,
			 (unsigned long long)f->place.sectors, f->path,
			 lost && f->sound.state == SOUND_OK ? "the first track cannot have a "
							      "user.pregap" :
							      verdict(f),
			 f->place.padded ? ", padded to 4 seconds" : "");
		one_line(out, from);
		text_add(out, "\n");
	}
}

static int look_at(struct session *s, struct look *l)
{
	struct stage *stage = session_stage(s);

	session_status(s, &l->status);
	stage_info(stage, &l->info);
	session_space(s, l->status.format, &l->space);
	stage_image(stage, &l->image);
	stage_space(stage, BRANCH_DATA, &l->data);
	stage_space(stage, BRANCH_AUDIO, &l->audio);
	l->replaced = stage_titles_replaced(stage, &l->status.settings);
	return stage_tracks(stage, &l->tracks);
}

int stats_render(struct session *s, struct text *out)
{
	struct look *l = malloc(sizeof(*l));
	int r = l ? look_at(s, l) : -ENOMEM;

	if (r < 0) {
		free(l);
		return r;
	}
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		size_t from;

		text_add(out, "%s=", rows[i].key);
		from = out->len;
		rows[i].value(l, out);
		one_line(out, from);
		text_add(out, "\n");
		if (strcmp(rows[i].key, "audio_titles_replaced") == 0)
			render_tracks(l, out);
	}
	tracks_free(&l->tracks);
	free(l);
	return 0;
}

/* "[#####     ]  50 %" */
static void bar(struct text *out, uint64_t done, uint64_t total)
{
	enum { WIDTH = 30 };
	unsigned percent = total ? (unsigned)(done * 100 / total) : 0;
	unsigned full = percent * WIDTH / 100;

	text_add(out, "[%.*s%*s] %3u %%", (int)full, "##############################",
		 (int)(WIDTH - full), "", percent);
}

static void render_job(const struct look *l, struct text *out)
{
	if (l->status.waiting) {
		text_add(out, "put in disc %u of %u, into %s\n", l->status.copy,
			 l->status.copies, l->status.recorder);
		return;
	}
	if (*l->status.waits_for) {
		text_add(out, "%s: waiting for %s\n", session_state_name(l->status.state),
			 l->status.waits_for);
		return;
	}
	text_add(out, "%s ", session_state_name(l->status.state));
	bar(out, l->status.done, l->status.total);
	if (l->status.copies > 1)
		text_add(out, ", disc %u of %u", l->status.copy, l->status.copies);
	if (l->status.tracks > 1)
		text_add(out, ", track %u of %u", l->status.track, l->status.tracks);
	if (l->status.state != STATE_BLANKING)
		text_add(out, ", %.1f MB/s", (double)speed(l) * 1024 / 1e6);
	if (eta(l) >= 0)
		text_add(out, ", %lld:%02lld left", (long long)eta(l) / 60, (long long)eta(l) % 60);
	text_add(out, "\n");
}

int progress_render(struct session *s, struct text *out)
{
	struct look *l = calloc(1, sizeof(*l));
	const struct outcome *last;

	if (!l)
		return -ENOMEM;
	session_status(s, &l->status);
	last = &l->status.last;
	if (job_runs(l))
		render_job(l, out);
	else if (!last->op[0])
		text_add(out, "staging\n");
	else if (last->err.code == ECANCELED)
		text_add(out, "staging; the last %s was cancelled\n", last->op);
	else if (last->err.code)
		text_add(out, "staging; the last %s failed: %s\n", last->op, last->err.msg);
	else
		text_add(out, "staging; the last %s succeeded\n", last->op);
	free(l);
	return 0;
}
