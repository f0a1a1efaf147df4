/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Refusals that have a sentence: who mounted is told why a system call failed. */
#include "stage/priv.h"

#include <stdarg.h>

#include "base/amount.h"

int stage_refuse(struct stage *s, int code, const char *fmt, ...)
{
	struct err err;
	va_list ap;

	va_start(ap, fmt);
	err_vset(&err, code, fmt, ap);
	va_end(ap);
	if (s->refused)
		s->refused(s->refused_data, &err);
	return -code;
}

/* What makes room: the setting does not count where a disc tells what it holds. */
static const char *larger_disc(const struct stage *s, enum branch branch)
{
	return s->medium[branch] == BLOCKS_UNKNOWN ? "set a larger capacity" :
						     "insert a larger disc";
}

int refuse_disc(struct stage *s, enum branch branch, int r)
{
	if (r == -EMLINK)
		return stage_refuse(s, EMLINK,
				    "data/ has %d directories, the most that a disc can hold: "
				    "remove some, or put them into an archive",
				    DIRECTORIES_MAX - 1);
	if (r != -ENOSPC)
		return r;
	if (branch != BRANCH_AUDIO)
		return stage_refuse(s, ENOSPC,
				    "the disc is full: it holds %s; remove something, or %s",
				    amount_of_disc(FORMAT_DATA, data_capacity(s)).text,
				    larger_disc(s, BRANCH_DATA));
	return stage_refuse(s, ENOSPC,
			    "the disc is full: it holds %s of sound in at most %d tracks; remove a "
			    "track, or %s",
			    amount_of_disc(FORMAT_AUDIO, audio_capacity(s)).text, TRACKS_MAX,
			    larger_disc(s, BRANCH_AUDIO));
}

int refuse_stash(struct stage *s, int r)
{
	if (r == -ENOSPC || r == -EDQUOT)
		stage_refuse(s, -r,
			     "the stash's volume is full, not the disc: remove something that is "
			     "staged, or make room at %s",
			     stash_path(s->stash));
	return r;
}

void stage_observe_refusals(struct stage *s, void (*refused)(void *, const struct err *),
			    void *data)
{
	s->refused = refused;
	s->refused_data = data;
}
