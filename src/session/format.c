/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the next burn records, and how much room the disc has for it.
 */
#include "session/priv.h"

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

void session_space(struct session *s, enum format format, struct stage_space *space)
{
	struct track_list tracks;
	struct stage_space data;
	bool sessions;

	stage_space(s->stage,
		    format == FORMAT_AUDIO || format == FORMAT_MIXED ? BRANCH_AUDIO : BRANCH_DATA,
		    space);
	if (format != FORMAT_MIXED || stage_tracks(s->stage, &tracks) < 0)
		return;
	stage_space(s->stage, BRANCH_DATA, &data);
	pthread_mutex_lock(&s->lock);
	sessions = s->recorder->ops->sessions;
	pthread_mutex_unlock(&s->lock);
	space->used += sessions ? layout_second_session(data.used) :
				  data.used + layout_mixed_gap(&tracks);
	space->free = space->total > space->used ? space->total - space->used : 0;
	tracks_free(&tracks);
}
