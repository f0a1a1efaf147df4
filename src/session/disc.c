/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One disc of a burn: probed, judged, recorded on, and ejected if that is wanted.
 */
#include "session/priv.h"

#include <string.h>

bool disc_ask_again(const struct job *job, int r)
{
	static const int reasons[] = { ENOMEDIUM, EMEDIUMTYPE, EROFS, ENOSPC };
	bool known = false;

	for (size_t i = 0; i < ARRAY_SIZE(reasons); i++)
		known = known || r == -reasons[i];
	/* The first disc is refused as any other is; and one that was written to is lost. */
	return known && job->copy > 1 && atomic_load(&job->progress.done) == 0;
}

/* What is put in again by mistake is told by that as well, and what nothing else would tell. */
static int check_blank(struct session *s, struct err *err)
{
	struct medium m;

	recorder_medium(s->recorder, &m);
	if (s->job.copies <= 1 || strcmp(m.status, "blank") == 0 ||
	    strcmp(m.status, "unsuitable") == 0)
		return 0;
	if (strcmp(m.status, "none") == 0)
		return err_set(err, ENOMEDIUM, "there is no disc in the drive: insert one");
	return err_set(err, EROFS,
		       "the %s in the drive is not blank, as every copy requires: insert another "
		       "disc",
		       m.kind);
}

/*
 * Look at the disc. What is staged was measured for the one that lay there when it was last looked
 * at; nothing is added to another one unasked.
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
	ret = record_begin(s, err);
	if (ret == 0)
		ret = check_blank(s, err);
	if (ret < 0)
		return ret;
	now = stage_disc(s->stage);
	if (before == now || (!before && !known))
		return 0;
	return err_set(err, ESTALE,
		       "the disc in %s has changed since it was last checked; check stats, then "
		       "burn again",
		       r->address);
}

/* Whether the disc is put out now. */
static bool puts_out(const struct job *job, int r)
{
	if (r < 0)
		return disc_ask_again(job, r);
	return job->options.eject || job->copy < job->copies;
}

int disc_burn(struct session *s, struct record_result *result, struct err *err)
{
	const struct recorder_ops *ops = s->recorder->ops;
	struct job *job = &s->job;
	int r = 0;

	if (ops->begin)
		r = begin(s, err);
	if (r == 0 && job->format == FORMAT_MIXED && ops->sessions)
		r = extra_burn(s, result, err);
	else if (r == 0)
		r = record_session(s, job->format, &job->options, result, err);
	if (ops->end) {
		ops->end(s->recorder, puts_out(job, r));
		record_take_medium(s);
	}
	return r;
}
