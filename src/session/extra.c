/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Data and sound on one CD as a drive records them: the sound in the first session, where every
 * player looks for it, and the data in a second one, where every computer does (Blue Book,
 * CD-Extra).
 */
#include <string.h>

#include "base/amount.h"
#include "session/priv.h"

/* What goes wrong with the data must be found before the sound is recorded. */
static int check(struct session *s, struct err *err)
{
	struct stage_space space;
	struct layout *layout;
	struct medium m;
	int r;

	recorder_medium(s->recorder, &m);
	if (strcmp(m.status, "appendable") == 0)
		return err_set(err, EROFS,
			       "the %s in the drive already has a session: insert a blank CD for "
			       "data and sound",
			       m.kind);
	if (strcmp(m.status, "blank") == 0 && !m.audio_blocks)
		return err_set(err, EMEDIUMTYPE,
			       "data and sound are staged, but a %s cannot hold sound: insert a "
			       "CD, or write \"format data\" to control",
			       m.kind);
	r = session_layout(s, FORMAT_DATA, &layout, err);
	if (r < 0)
		return r;
	layout_put(layout);
	session_space(s, FORMAT_MIXED, &space);
	if (space.used <= space.total)
		return 0;
	return err_set(err, ENOSPC,
		       "the disc in the drive holds %s, and data and sound in two sessions are "
		       "%s too much: remove something",
		       amount_of_disc(FORMAT_MIXED, space.total).text,
		       amount_of_disc(FORMAT_MIXED, space.used - space.total).text);
}

/* The drive has to be asked anew where the second session begins. */
static int begin_again(struct session *s, struct err *err)
{
	s->recorder->ops->end(s->recorder, false);
	record_start_over(&s->job, 1); /* not 0: the disc was written to */
	return record_begin(s, err);
}

int extra_burn(struct session *s, struct record_result *result, struct err *err)
{
	struct burn_options sound = s->job.options;
	uint64_t blocks;
	int r = check(s, err);

	if (r < 0)
		return r;
	sound.multi = true;
	r = record_session(s, FORMAT_AUDIO, &sound, result, err);
	if (r < 0)
		return r;
	blocks = result->blocks;
	r = begin_again(s, err);
	if (r == 0)
		r = record_session(s, FORMAT_DATA, &s->job.options, result, err);
	result->blocks += blocks;
	return r < 0 ? err_wrap(err, "the sound is recorded, but the data is not") : 0;
}
