/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disc as it would be, in slices: what it holds already, tracks, the largest names of data/,
 * and how much there is of it.
 */
#include "files/disc_look.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "files/picture.h"
#include "session/session.h"
#include "stage/image.h"

static void add_slice(struct picture *p, enum slice_kind kind, uint64_t blocks, const char *name)
{
	struct slice *s = &p->slices[p->n];

	if (p->n == SLICES_MAX)
		return;
	p->n++;
	*s = (struct slice){ .kind = kind, .blocks = blocks };
	snprintf(s->name, sizeof(s->name), "%.255s", name);
}

static const char *amiss(const struct sound *sound)
{
	static const char *const words[] = {
		[SOUND_UNJUDGED] = NULL, [SOUND_OK] = NULL, [SOUND_EMPTY] = "empty",
		  [SOUND_BAD] = "not readable",
		[SOUND_NO_ROOM] = "does not fit",
	};

	return words[sound->state];
}

/* By its title, and else by its file's name. */
static const char *name_of_track(const struct track_file *f)
{
	const struct track_info *info = f->node->track;
	const char *slash = strrchr(f->path, '/');

	if (info && info->titles.title[0])
		return info->titles.title;
	if (info && info->tags.title[0])
		return info->tags.title;
	return slash ? slash + 1 : f->path;
}

/* The tree is held. */
static void look_at_track_list(struct picture *p, const struct track_list *list)
{
	p->tracks = list->n < TRACKS_MAX ? list->n : TRACKS_MAX;
	for (unsigned i = 0; i < p->tracks; i++) {
		const struct track_file *f = &list->files[i];

		add_slice(p, SLICE_TRACK, f->place.gap + f->place.sectors, name_of_track(f));
		p->slices[p->n - 1].gap = f->place.gap;
		p->slices[p->n - 1].amiss = amiss(&f->sound);
	}
}

static int look_at_tracks(struct picture *p, struct stage *stage, const struct settings *settings)
{
	const struct tree *tree = stage_tree_hold(stage);
	struct track_list list;
	struct cdtext *texts;
	unsigned replaced;
	int r = tracks_list(tree, settings->gap, &list);

	if (r == 0) {
		look_at_track_list(p, &list);
		texts = tracks_cdtext(&list, stage_disc_titles(stage), settings->album,
				      settings->performer, &replaced);
		if (texts && texts[0].title[0])
			memcpy(p->label, texts[0].title, sizeof(texts[0].title));
		free(texts);
		tracks_free(&list);
	}
	stage_tree_release(stage);
	return r;
}

/* What no name is told for, the directories themselves included, is the rest of @blocks. */
static void look_at_names(struct picture *p, struct stage *stage, uint64_t blocks)
{
	struct stage_tops tops;
	char name[300];

	stage_tops(stage, &tops);
	for (unsigned i = 0; i < tops.n && tops.top[i].blocks && blocks; i++) {
		uint64_t own = tops.top[i].blocks < blocks ? tops.top[i].blocks : blocks;

		snprintf(name, sizeof(name), "%s%s", tops.top[i].name,
			 tops.top[i].directory ? "/" : "");
		add_slice(p, SLICE_NAME, own, name);
		blocks -= own;
		tops.names--;
	}
	snprintf(name, sizeof(name), "%llu more", (unsigned long long)tops.names);
	if (blocks)
		add_slice(p, SLICE_REST, blocks, tops.names ? name : "directories");
}

/* A disc that exists already is one piece. */
static void look_at_image(struct picture *p, struct stage *stage)
{
	struct stage_image image;

	stage_image(stage, &image);
	p->label[0] = '\0';
	add_slice(p, SLICE_NAME, p->staged, image.name);
}

/* Between sound and data, and where sessions end and begin. */
static void look_between(struct picture *p)
{
	uint64_t known = 0;

	for (unsigned i = 0; i < p->n; i++)
		known += p->slices[i].blocks;
	if (known < picture_used(p))
		add_slice(p, SLICE_REST, picture_used(p) - known, "between tracks");
}

/* Blocks before those that are still to be written. */
static uint64_t recorded_blocks(struct stage *stage, const struct medium *m)
{
	const struct recorded *recorded;
	uint64_t blocks = m->facts.known && m->facts.next_block > 0 ?
				  (uint64_t)m->facts.next_block :
				  0;

	stage_tree_hold(stage);
	recorded = stage_recorded(stage);
	if (recorded)
		blocks = recorded->next;
	stage_tree_release(stage);
	return blocks;
}

static void upper(char *s)
{
	for (; *s; s++)
		*s = (char)toupper((unsigned char)*s);
}

/*
 * How much there is of the disc, and what it is called: the one in the drive, or one as was set, or
 * would do.
 */
static void look_at_disc(struct picture *p, const struct session_status *st)
{
	const struct medium *m = &st->medium;
	bool drive = m->kind[0] && strcmp(m->kind, "file") != 0,
	     known = picture_in_sectors(p) ? m->audio_known : m->data_known;
	char word[32];

	if (drive) {
		snprintf(word, sizeof(word), "%s", m->kind);
		upper(word);
		snprintf(p->disc, sizeof(p->disc), "%s, %s", word, m->status);
	}
	if (!known && !st->settings.capacity && !picture_in_sectors(p)) {
		snprintf(word, sizeof(word), "%s", settings_disc(picture_used(p), &p->total));
		upper(word);
		if (!drive)
			snprintf(p->disc, sizeof(p->disc), "fits on a %s", word);
	} else if (!drive && settings_text(&st->settings, "capacity", word, sizeof(word)) == 0 &&
		   isalpha((unsigned char)word[0]) && st->settings.capacity) {
		upper(word);
		snprintf(p->disc, sizeof(p->disc), "%s", word);
	}
}

static int look(struct picture *p, struct session *s, struct session_status *st)
{
	struct stage *stage = session_stage(s);
	struct stage_space space, data;
	int r = 0;

	session_status(s, st);
	session_space(s, st->format, &space);
	p->format = st->format;
	p->recorded = recorded_blocks(stage, &st->medium);
	p->staged = space.used;
	p->total = p->recorded + space.total;
	snprintf(p->label, sizeof(p->label), "%s", st->settings.label);
	look_at_disc(p, st);
	if (p->recorded)
		add_slice(p, SLICE_RECORDED, p->recorded, "already on the disc");
	if (picture_in_sectors(p))
		r = look_at_tracks(p, stage, &st->settings);
	if (p->format == FORMAT_IMAGE) {
		look_at_image(p, stage);
	} else if (r == 0 && p->format != FORMAT_AUDIO) {
		stage_space(stage, BRANCH_DATA, &data);
		look_at_names(p, stage, data.used);
	}
	look_between(p);
	return r;
}

int disc_look_render(struct session *s, struct text *out)
{
	struct picture *p = calloc(1, sizeof(*p));
	struct session_status *st = malloc(sizeof(*st));
	int r = p && st ? look(p, s, st) : -ENOMEM;

	if (r == 0)
		picture_draw(p, out);
	free(p);
	free(st);
	return r;
}
