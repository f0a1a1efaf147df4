/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A successful burn in one sentence, for the log and for `stats`: what was recorded, where, and
 * what was left out.
 */
#include <stdio.h>
#include <string.h>

#include "base/amount.h"
#include "session/priv.h"
#include "stage/image.h"

enum { NAMES_SHOWN = 3 };

/* Whether there are data on the disc that burnfs laid out. */
static bool has_own_data(const struct job *job)
{
	return job->format == FORMAT_DATA || job->format == FORMAT_MIXED;
}

/* "31.6 MB, 6 files" */
static void add_data(struct text *t, const struct stage_info *info)
{
	uint64_t files = info->counts[BRANCH_DATA].files;

	text_add(t, plural(files, "%s, %llu file", "%s, %llu files"),
		 amount_of_disc(FORMAT_DATA, info->data_blocks).text, (unsigned long long)files);
}

/* "12 tracks, 48:10 minutes of sound" */
static void add_audio(struct text *t, struct stage *stage)
{
	struct track_list tracks;

	if (stage_tracks(stage, &tracks) < 0)
		return;
	text_add(t, plural(tracks.n, "%u track, %s of sound", "%u tracks, %s of sound"), tracks.n,
		 amount_of_disc(FORMAT_AUDIO, tracks.sectors).text);
	tracks_free(&tracks);
}

/* "; Linux shows 2 names shortened" */
static void add_shortened(struct text *t, const char *who, uint64_t names)
{
	if (!names)
		return;
	text_add(t,
		 plural(names, "; %s shows %llu name shortened", "; %s shows %llu names shortened"),
		 who, (unsigned long long)names);
}

/* "; Joliet has the label as "HOLIDAY_PICTURES"" */
static void add_label(struct text *t, const struct settings *settings)
{
	char shown[LABEL_BYTES + 1];

	if (!settings_joliet_label(settings, shown))
		text_add(t, "; Joliet shortens the label to \"%s\"", shown);
}

/* What the setting exclude kept off the disc: "; left out 3: .DS_Store, Thumbs.db" */
static void add_left_out(struct text *t, struct stage *stage, uint64_t excluded)
{
	char names[NAMES_SHOWN][256];
	unsigned n;

	if (!excluded)
		return;
	n = stage_excluded_names(stage, names, NAMES_SHOWN);
	text_add(t, "; left out %llu", (unsigned long long)excluded);
	for (unsigned i = 0; i < n; i++)
		text_add(t, "%s %s", i ? "," : ":", names[i]);
	if (n < excluded)
		text_add(t, "%s", n ? ", …" : "");
}

/* "/dev/sr0 (cd-r "HOLIDAYS")" or "/home/ann/holidays.iso ("HOLIDAYS")" */
static void add_target(struct text *t, struct session *s, const struct record_result *result)
{
	const char *label = s->job.settings.label;
	bool data = has_own_data(&s->job) && *label;
	struct medium m;

	recorder_medium(s->recorder, &m);
	text_add(t, "%s", *result->output ? result->output : s->recorder->address);
	if (*result->output)
		m.kind[0] = '\0';
	if (!m.kind[0] && !data)
		return;
	text_add(t, " (%s%s", m.kind, m.kind[0] && data ? " " : "");
	if (data)
		text_add(t, "\"%s\"", label);
	text_add(t, ")");
}

/* A disc with an image in it is rarely what was wanted. */
static void add_lone_image(struct text *t, struct stage *stage)
{
	char name[256];

	if (stage_lone_image(stage, name))
		text_add(t,
			 "; %s is on the disc as a file: to record the disc that it holds, copy it "
			 "into image/ instead",
			 name);
}

/* What on the data disc is not as it was staged. */
static void add_remarks(struct text *t, struct session *s, const struct stage_info *info)
{
	const struct tree_counts *data = &info->counts[BRANCH_DATA];

	add_label(t, &s->job.settings);
	add_shortened(t, "Joliet", info->joliet_renamed);
	add_shortened(t, "Linux", data->linux_shortened);
	add_left_out(t, s->stage, data->excluded);
	add_lone_image(t, s->stage);
}

/* "image/debian.iso, 658.5 MB" */
static void add_image(struct text *t, struct stage *stage)
{
	struct stage_image image;

	stage_image(stage, &image);
	text_add(t, "image/%s, %s", image.name, amount_of_bytes(image.size).text);
	if (image.filled)
		text_add(t, plural(image.filled, " and %u zero byte that fills its last block",
				   " and %u zero bytes that fill its last block"),
			 image.filled);
}

static void add_staged(struct text *t, struct session *s, const struct stage_info *info)
{
	enum format format = s->job.format;

	if (format == FORMAT_IMAGE) {
		add_image(t, s->stage);
		return;
	}
	if (format != FORMAT_AUDIO)
		add_data(t, info);
	if (format == FORMAT_MIXED)
		text_add(t, " and ");
	if (format != FORMAT_DATA)
		add_audio(t, s->stage);
}

void summary_of_burn(struct session *s, const struct record_result *result, double seconds,
		     char *buf, size_t len)
{
	const struct job *job = &s->job;
	struct text t = { 0 };
	struct stage_info info;

	stage_info(s->stage, &info);
	text_add(&t, job->options.simulate ? "simulated burning " : "burned ");
	add_staged(&t, s, &info);
	text_add(&t, ", to ");
	if (job->copies > 1)
		text_add(&t, plural(job->copies, "%u disc in ", "%u discs in "), job->copies);
	add_target(&t, s, result);
	text_add(&t, "%s, in %s", job->options.verify && !job->options.simulate ? ", verified" : "",
		 amount_of_seconds((uint64_t)(seconds + 0.999)).text);
	if (has_own_data(job))
		add_remarks(&t, s, &info);
	snprintf(buf, len, "%s", t.data ? t.data : "burned");
	make_line(buf);
	text_free(&t);
}
