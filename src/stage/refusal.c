/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Refusals that have a sentence: who mounted is told why a system call failed. */
#include "stage/priv.h"

#include <stdarg.h>

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
				    "the disc is full: it holds %llu blocks; remove something, or "
				    "set a larger capacity",
				    (unsigned long long)data_capacity(s));
	return stage_refuse(s, ENOSPC,
			    "the disc is full: it holds %d tracks and %llu sectors; remove a "
			    "track, or set a larger capacity",
			    TRACKS_MAX, (unsigned long long)audio_capacity(s));
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
