/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sorts the tracks by name, and places them one behind the other.
 */
#include "tree/tracks.h"

#include <stddef.h>
#include <string.h>

enum { PATH_SKIP = sizeof("audio/") - 1 };

static char *path_of(const struct name *nm)
{
	size_t len = tree_name_path(nm, NULL, 0);
	char *path = malloc(len + 1);

	if (!path)
		return NULL;
	tree_name_path(nm, path, len + 1);
	memmove(path, path + PATH_SKIP, len - PATH_SKIP + 1);
	return path;
}

enum { WAV_HEADER_USUAL = 44 };

/*
 * An unjudged file is counted by its size where that tells, so that the gauge moves while it is
 * written.
 */
static struct sound sound_of(const struct node *n, const char *path)
{
	const struct sound *known = n->track ? &n->track->sound[audio_is_bare(path)] : NULL;
	struct sound guess = { .state = n->size ? SOUND_UNJUDGED : SOUND_EMPTY };

	if (known && known->state != SOUND_UNJUDGED)
		return *known;
	if (known && known->offset)
		guess.offset = known->offset;
	else if (!audio_is_bare(path))
		guess.offset = WAV_HEADER_USUAL;
	if (n->size > guess.offset && audio_is_plain(path) && !(known && known->decoded))
		guess.bytes = (n->size - guess.offset) / 4 * 4;
	if (known && known->bytes && known->bytes < guess.bytes)
		guess.bytes = known->bytes; /* something else follows the samples */
	return guess;
}

static int by_path(const void *a, const void *b)
{
	const struct track_file *x = a, *y = b;
	int r = natural_compare(x->path, y->path);

	return r ? r : strcmp(x->path, y->path);
}

static bool has_samples(const struct track_file *f)
{
	return (f->sound.state == SOUND_OK || f->sound.state == SOUND_UNJUDGED) &&
	       f->sound.bytes > 0;
}

static unsigned gap_before(const struct track_file *f, unsigned gap)
{
	const struct track_info *info = f->node->track;

	return info && info->titles.has_pregap ? info->titles.pregap : gap;
}

void tracks_place(struct track_list *list, unsigned gap)
{
	uint64_t bytes[TRACKS_MAX];
	unsigned gaps[TRACKS_MAX];
	struct audio_place places[TRACKS_MAX];
	unsigned n = 0, k = 0;

	for (unsigned i = 0; i < list->n && n < TRACKS_MAX; i++) {
		if (!has_samples(&list->files[i]))
			continue;
		bytes[n] = list->files[i].sound.bytes;
		gaps[n++] = gap_before(&list->files[i], gap);
	}
	list->sectors = n ? audio_place(bytes, gaps, n, places) : 0;
	list->first_gap = n ? gaps[0] : 0;
	for (unsigned i = 0; i < list->n && k < n; i++)
		if (has_samples(&list->files[i]))
			list->files[i].place = places[k++];
}

int tracks_list(const struct tree *t, unsigned gap, struct track_list *list)
{
	*list = (struct track_list){
		.ignored = (unsigned)t->counts[BRANCH_AUDIO].files - t->ntracks,
	};
	list->files = t->ntracks ? calloc(t->ntracks, sizeof(*list->files)) : NULL;
	if (t->ntracks && !list->files)
		return -ENOMEM;
	for (; list->n < t->ntracks; list->n++) {
		struct track_file *f = &list->files[list->n];

		f->node = t->tracks[list->n]->node;
		f->path = path_of(t->tracks[list->n]);
		if (!f->path) {
			tracks_free(list);
			return -ENOMEM;
		}
		f->sound = sound_of(f->node, f->path);
	}
	if (list->n)
		qsort(list->files, list->n, sizeof(*list->files), by_path);
	tracks_place(list, gap);
	return 0;
}

void tracks_free(struct track_list *list)
{
	for (unsigned i = 0; i < list->n; i++)
		free(list->files[i].path);
	free(list->files);
	*list = (struct track_list){ 0 };
}

bool tracks_pregap_lost(const struct track_list *list)
{
	return list->n && list->files[0].node->track && gap_before(&list->files[0], 0) > 0;
}

/* ---- what they are called ---- */

static const char *first_of(const char *a, const char *b)
{
	return *a ? a : b;
}

static unsigned say_track(const struct track_file *f, struct cdtext *out)
{
	static const struct track_info nothing;
	const struct track_info *info = f->node->track ? f->node->track : &nothing;

	memcpy(out->code, info->titles.code, sizeof(out->code));
	return titles_to_cdtext(first_of(info->titles.title, info->tags.title), out->title) +
	       titles_to_cdtext(first_of(info->titles.performer, info->tags.performer),
				out->performer);
}

/* The tag that all tracks have alike, or "". @at: its place in struct sound_tags. */
static const char *common_tag(const struct track_list *list, size_t at)
{
	const char *common = NULL;

	for (unsigned i = 0; i < list->n; i++) {
		const struct track_info *info = list->files[i].node->track;
		const char *tag = info ? (const char *)&info->tags + at : "";

		if (common && strcmp(common, tag) != 0)
			return "";
		common = tag;
	}
	return common ? common : "";
}

static unsigned say_disc(const struct track_list *list, const struct titles *own, const char *album,
			 const char *performer, struct cdtext *out)
{
	const char *tagged_album = common_tag(list, offsetof(struct sound_tags, album));
	const char *tagged_performer = common_tag(list, offsetof(struct sound_tags, performer));

	memcpy(out->code, own->code, sizeof(out->code));
	return titles_to_cdtext(first_of(own->title, first_of(album, tagged_album)), out->title) +
	       titles_to_cdtext(first_of(own->performer, first_of(performer, tagged_performer)),
				out->performer);
}

struct cdtext *tracks_cdtext(const struct track_list *list, const struct titles *own,
			     const char *album, const char *performer, unsigned *replaced)
{
	unsigned n = list->n < TRACKS_MAX ? list->n : TRACKS_MAX;
	struct cdtext *texts = calloc(n + 1, sizeof(*texts));

	*replaced = 0;
	if (!texts)
		return NULL;
	*replaced += say_disc(list, own, album, performer, &texts[0]);
	for (unsigned i = 0; i < n; i++)
		*replaced += say_track(&list->files[i], &texts[i + 1]);
	*replaced += cdtext_shorten(texts, n + 1);
	return texts;
}
