/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker's part of the progress. No locks: each value is atomic.
 */
#include "record/progress.h"

#include "image/layout.h"

void progress_enter(struct progress *p, enum progress_phase phase)
{
	if (phase != PHASE_CLOSING)
		atomic_store(&p->done, 0);
	atomic_store(&p->phase, phase);
	if (p->changed)
		p->changed(p->data);
}

void progress_at(struct progress *p, const struct layout *l, uint64_t block)
{
	unsigned track = 0;

	while (track < l->ntracks && l->tracks[track].start <= block)
		track++;
	atomic_store(&p->done, block);
	atomic_store(&p->track, track);
	if (p->changed)
		p->changed(p->data);
}
