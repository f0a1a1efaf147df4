/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes a snapshot of the tree, and turns what iso/write.c or tree/tracks.c make of the names into
 * extents. No locks of its own: a layout is not changed once it has been handed out, but for its
 * count of users.
 */
#include "image/layout.h"

#include <stdio.h>
#include <string.h>

#include "base/amount.h"
#include "image/sheet_layout.h"
#include "iso/check.h"
#include "iso/place.h"
#include "iso/lib.h"
#include "iso/write.h"
#include "stage/image.h"
#include "tree/tracks.h"

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "not enough memory to lay out the disc");
}

/* ---- data ---- */

static int data_extents(struct layout *l, const struct iso_layout *iso, struct err *err)
{
	l->extents = calloc(iso->nfiles + 1, sizeof(*l->extents));
	if (!l->extents)
		return no_memory(err);
	for (size_t i = 0; i < iso->nfiles; i++)
		l->extents[i] = (struct extent){
			.start = iso->files[i].block * BLOCK_SIZE,
			.len = iso->files[i].size,
			.node = iso->files[i].node,
			.file_size = iso->files[i].size,
		};
	l->nextents = iso->nfiles;
	return 0;
}

static int lay_out_data(struct layout *l, struct snapshot *tree, const struct settings *settings,
			const atomic_bool *cancelled, struct err *err)
{
	struct iso_layout iso;
	int ret;

	if (tree_is_empty(&tree->at))
		return err_set(err, ENODATA,
			       "nothing is staged in data/: copy something into it first");
	ret = iso_lay_out(tree, settings, cancelled, &iso, err);
	if (ret < 0)
		return ret;
	ret = iso_check(tree, &iso, err);
	if (ret == 0 && l->recorded)
		iso_place(&iso, l->recorded->next);
	if (ret == 0)
		ret = data_extents(l, &iso, err);
	if (ret == 0) {
		l->block_size = BLOCK_SIZE;
		l->blocks = iso.blocks;
		l->head_len = iso.head_len;
		l->head = steal_pointer(&iso.head);
		l->tracks[0] = (struct track){ .data = true, .blocks = l->blocks };
		l->ntracks = 1;
	}
	iso_layout_fini(&iso);
	return ret;
}

/* ---- audio ---- */

/* What keeps a track off the disc; without words here its sound has its own. */
static const struct refusal {
	int code;
	const char *words;
} refusals[] = {
	[SOUND_UNJUDGED] = { EINVAL, "is still open for writing: close it first" },
	[SOUND_OK] = { 0, NULL },
	[SOUND_EMPTY] = { EINVAL, "is empty: fill it or remove it" },
	[SOUND_BAD] = { EINVAL, NULL },
	[SOUND_NO_ROOM] = { ENOSPC, NULL },
};

static int refuse(const struct track_file *f, struct err *err)
{
	bool silent = f->sound.state == SOUND_OK && !f->sound.bytes;
	const struct refusal *r = &refusals[silent ? SOUND_EMPTY : f->sound.state];

	if (!r->code)
		return 0;
	if (r->words)
		return err_set(err, r->code, "audio/%s %s", f->path, r->words);
	return err_set(err, r->code, "audio/%s: %s", f->path, f->sound.why.msg);
}

static int refuse_any(const struct track_list *list, struct err *err)
{
	int ret = 0;

	if (!list->n)
		return err_set(err, ENODATA,
			       "no track is staged in audio/: copy sound files into it first");
	if (list->n > TRACKS_MAX)
		return err_set(err, ENOSPC,
			       "%u tracks are staged, but an audio disc holds %d: remove some",
			       list->n, TRACKS_MAX);
	for (unsigned i = 0; i < list->n && ret == 0; i++)
		ret = refuse(&list->files[i], err);
	return ret;
}

static void add_track(struct layout *l, const struct track_file *f)
{
	struct track *t = &l->tracks[l->ntracks++];

	t->start = f->place.start;
	t->blocks = f->place.sectors;
	t->gap = f->place.gap;
	t->padded = f->place.padded;
	l->extents[l->nextents++] = (struct extent){
		.start = f->place.byte,
		.len = f->sound.bytes,
		.offset = f->sound.offset,
		.node = f->node,
		.file_size = f->node->size,
		.decoded = f->sound.decoded,
		.samples = f->sound.bytes,
	};
}

/* Before the first track there are only data, if any. */
static int refuse_pregap(const struct layout *l, const struct track_list *list, struct err *err)
{
	if (l->format != FORMAT_AUDIO || !tracks_pregap_lost(list))
		return 0;
	return err_set(err, EINVAL,
		       "audio/%s is the first track, which cannot have a user.pregap: remove "
		       "that attribute",
		       list->files[0].path);
}

static int add_tracks(struct layout *l, const struct track_list *list, struct err *err)
{
	int ret = refuse_any(list, err);

	if (ret == 0)
		ret = refuse_pregap(l, list, err);
	if (ret < 0)
		return ret;
	l->extents = calloc(list->n, sizeof(*l->extents));
	if (!l->extents)
		return no_memory(err);
	for (unsigned i = 0; i < list->n; i++)
		add_track(l, &list->files[i]);
	l->block_size = SECTOR_SIZE;
	l->blocks = list->sectors;
	return 0;
}

static int name_tracks(struct layout *l, const struct track_list *list, const struct titles *own,
		       const struct settings *settings, struct err *err)
{
	unsigned replaced;
	cleanup_free struct cdtext *texts = tracks_cdtext(list, own, settings->album,
							  settings->performer, &replaced);

	if (!texts)
		return no_memory(err);
	l->cdtext = texts[0];
	for (unsigned i = 0; i < l->ntracks; i++)
		l->tracks[i].cdtext = texts[i + 1];
	return 0;
}

/* @mixed_gap gets what is to lie between data and the first track. */
static int lay_out_audio(struct layout *l, struct stage *stage, const struct tree *tree,
			 const struct settings *settings, uint64_t *mixed_gap, struct err *err)
{
	struct track_list list = { 0 };
	int ret = tracks_list(tree, settings->gap, &list);

	if (ret < 0)
		return no_memory(err);
	ret = add_tracks(l, &list, err);
	if (ret == 0)
		ret = name_tracks(l, &list, stage_disc_titles(stage), settings, err);
	*mixed_gap = layout_mixed_gap(&list);
	tracks_free(&list);
	return ret;
}

/* ---- mixed: the data first, as a track of its own ---- */

/* A layout of that format, with nothing in it yet. */
static struct layout *layout_empty(enum format format)
{
	struct layout *l = calloc(1, sizeof(*l));

	if (l) {
		atomic_init(&l->refs, 1);
		l->format = format;
	}
	return l;
}

/* Move the tracks with sound behind the data, @gap sectors between them. */
static int prepend_data(struct layout *l, uint64_t gap, struct err *err)
{
	uint64_t shift = l->data->blocks + gap;

	if (l->ntracks == TRACKS_MAX)
		return err_set(err, ENOSPC,
			       "a disc holds %d tracks, one of them for the data: remove one "
			       "from audio/",
			       TRACKS_MAX);
	if (l->blocks + shift > MSF_SECTORS)
		return err_set(err, ENOSPC,
			       "a disc with sound ends at %s, and this one would be %s too long: "
			       "remove something",
			       amount_of_disc(FORMAT_AUDIO, MSF_SECTORS).text,
			       amount_of_disc(FORMAT_AUDIO, l->blocks + shift - MSF_SECTORS).text);
	memmove(&l->tracks[1], &l->tracks[0], l->ntracks * sizeof(l->tracks[0]));
	l->tracks[0] = (struct track){ .data = true, .blocks = l->data->blocks };
	for (unsigned i = 1; i <= l->ntracks; i++)
		l->tracks[i].start += shift;
	l->tracks[1].gap = gap;
	l->ntracks++;
	for (size_t i = 0; i < l->nextents; i++)
		l->extents[i].start += shift * SECTOR_SIZE;
	l->blocks += shift;
	return 0;
}

/* ---- a disc that exists already ---- */

/* The bytes of a file system as they are. */
static int lay_out_file(struct layout *l, const struct stage_image *image, struct err *err)
{
	l->extents = malloc(sizeof(*l->extents));
	if (!l->extents)
		return no_memory(err);
	l->extents[0] = (struct extent){
		.len = image->size, .node = image->node, .file_size = image->size,
	};
	l->nextents = 1;
	l->format = FORMAT_DATA;
	l->block_size = BLOCK_SIZE;
	l->blocks = image->blocks;
	l->tracks[0] = (struct track){ .data = true, .blocks = image->blocks };
	l->ntracks = 1;
	return 0;
}

static int lay_out_image(struct layout *l, struct stage *stage, struct err *err)
{
	struct stage_image image;
	struct image_cd *cd;
	int ret;

	stage_image_cd(stage, &image, &cd);
	if (image.wrong.code) {
		*err = image.wrong;
		ret = -err->code;
	} else if (!image.generation) {
		ret = err_set(err, ESTALE, "a file in image/ changed meanwhile: burn again");
	} else {
		l->generation = image.generation;
		l->whole = true;
		l->data = image.holds == FORMAT_MIXED ? layout_empty(FORMAT_DATA) : NULL;
		ret = cd ? sheet_lay_out(l, cd, err) : lay_out_file(l, &image, err);
	}
	image_cd_put(cd);
	return ret;
}

/* ---- all ---- */

/* Blocks that the model predicts for the data; 0 when it does not. */
static uint64_t predicted_blocks(const struct layout *l, const struct tree *tree)
{
	bool modelled = !tree->dirty && (l->recorded || !tree->under);

	return modelled ? size_image(&tree->clean) : 0;
}

/* The data of a layout: all of it, or the first track of a mixed disc. Ends the snapshot. */
static int lay_out_snapshot(struct layout *l, struct snapshot *tree,
			    const struct settings *settings, const atomic_bool *cancelled,
			    struct err *err)
{
	uint64_t expected = predicted_blocks(l, &tree->at);
	int ret, lost;

	if (!l->recorded)
		tree->at.under = NULL;
	ret = lay_out_data(l, tree, settings, cancelled, err);
	lost = snapshot_lost(tree);
	snapshot_end(tree);
	if (lost)
		return lost == -ENOMEM ? no_memory(err) :
					 err_set(err, -lost,
						 "the stage changed while the disc was laid out: "
						 "burn again");
	if (ret == 0 && expected && expected != l->blocks)
		log_error(INTERNAL_ERROR "predicted %llu blocks, got %llu with libisofs %s; please "
					 "report this",
			  (unsigned long long)expected, (unsigned long long)l->blocks,
			  iso_library_version());
	return ret;
}

static int lay_out(struct layout *l, struct stage *stage, const struct settings *settings,
		   bool added, const atomic_bool *cancelled, struct err *err)
{
	bool data = l->format != FORMAT_AUDIO, audio = l->format != FORMAT_DATA;
	struct stage_info info;
	const struct tree *tree;
	struct snapshot snapshot;
	uint64_t gap = 0;
	int ret = 0;

	if (data)
		stage_info(stage, &info); /* brings the model up to date */
	tree = data ? stage_tree_snapshot(stage, &snapshot) : stage_tree_hold(stage);
	l->generation = stage_generation(stage);
	l->recorded = added ? recorded_get(stage_recorded(stage)) : NULL;
	if (audio)
		ret = lay_out_audio(l, stage, tree, settings, &gap, err);
	stage_tree_release(stage);
	if (ret == 0 && audio && data) {
		l->data = layout_empty(FORMAT_DATA);
		if (l->data)
			l->data->generation = l->generation;
		else
			ret = no_memory(err);
	}
	if (data && ret < 0)
		snapshot_end(&snapshot);
	else if (data)
		ret = lay_out_snapshot(audio ? l->data : l, &snapshot, settings, cancelled, err);
	return ret == 0 && l->data ? prepend_data(l, gap, err) : ret;
}

static void layout_free(struct layout *l)
{
	layout_put(l->data);
	recorded_put(l->recorded);
	free(l->head);
	free(l->extents);
	free(l->marks);
	free(l);
}

int layout_new(struct layout **out, struct stage *stage, const struct settings *settings,
	       enum format format, bool added, const atomic_bool *cancelled, struct err *err)
{
	struct layout *l;
	int ret;

	if (format == FORMAT_NONE || format == FORMAT_AUTO)
		return err_set(err, EINVAL, "burnfs cannot lay out a disc of that format");
	l = layout_empty(format);
	if (!l)
		return no_memory(err);
	ret = format == FORMAT_IMAGE ? lay_out_image(l, stage, err) :
				       lay_out(l, stage, settings, added, cancelled, err);
	if (ret < 0) {
		layout_free(l);
		return ret;
	}
	*out = l;
	return 0;
}

struct layout *layout_get(struct layout *l)
{
	atomic_fetch_add_explicit(&l->refs, 1, memory_order_relaxed);
	return l;
}

void layout_put(struct layout *l)
{
	if (l && atomic_fetch_sub_explicit(&l->refs, 1, memory_order_acq_rel) == 1)
		layout_free(l);
}

size_t layout_memory(const struct layout *l)
{
	size_t own = sizeof(*l) + l->head_len + l->nextents * sizeof(*l->extents);

	return l->data ? own + layout_memory(l->data) : own;
}

size_t layout_find(const struct layout *l, uint64_t pos)
{
	size_t from = 0, to = l->nextents;

	while (from < to) {
		size_t mid = from + (to - from) / 2;

		if (l->extents[mid].start + l->extents[mid].len <= pos)
			from = mid + 1;
		else
			to = mid;
	}
	return from;
}
