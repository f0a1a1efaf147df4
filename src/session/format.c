/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the next burn records, and how much room the disc has for it.
 */
#include "session/priv.h"

#include "stage/image.h"

/* A file in image/ that nobody knows is recorded on demand alone. */
static enum format image_now(struct session *s, bool wished)
{
	struct stage_image image;

	stage_image(s->stage, &image);
	return image.recognized || (wished && image.name[0]) ? FORMAT_IMAGE : FORMAT_NONE;
}

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
	case FORMAT_IMAGE:
		return image_now(s, true);
	case FORMAT_NONE:
	case FORMAT_AUTO:
		break;
	}
	if (data && audio)
		return FORMAT_MIXED;
	return data ? FORMAT_DATA : audio ? FORMAT_AUDIO : image_now(s, false);
}

void session_space(struct session *s, enum format format, struct stage_space *space)
{
	static const enum branch counted[] = {
		[FORMAT_NONE] = BRANCH_DATA,   [FORMAT_DATA] = BRANCH_DATA,
		[FORMAT_AUDIO] = BRANCH_AUDIO, [FORMAT_MIXED] = BRANCH_AUDIO,
		[FORMAT_IMAGE] = BRANCH_IMAGE,
	};
	struct track_list tracks;
	struct stage_space data;
	bool sessions;

	stage_space(s->stage, counted[format], space);
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
