/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a sheet says of a CD becomes a layout: its parts become extents, its indices marks. What no
 * file has is silence, which needs no extent.
 */
#include "image/sheet_layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "not enough memory to lay out the disc");
}

/* ---- where its bytes are ---- */

/* Whole samples alone: of what a file has behind its last one nothing can be played. */
static uint64_t whole_samples(uint64_t bytes)
{
	enum { SAMPLE = 4 };

	return bytes - bytes % SAMPLE;
}

static void place_sound(struct extent *e, const struct sheet_part *p, const struct image_cd *cd)
{
	const struct image_cd_file *file = &cd->files[p->file];

	e->start = (uint64_t)p->start * SECTOR_SIZE;
	e->len = whole_samples(p->bytes);
	switch (cd->sheet->files[p->file].type) {
	case SHEET_SOUND:
		e->decoded = file->sound.decoded;
		e->samples = file->sound.bytes;
		e->offset += file->sound.offset;
		break;
	case SHEET_MOTOROLA:
		e->swapped = true;
		break;
	case SHEET_BINARY:
		break;
	}
}

static void place_data(struct extent *e, const struct sheet_part *p)
{
	e->start = (uint64_t)p->start * BLOCK_SIZE;
	e->len = p->bytes / sheet_sector(p->mode) * BLOCK_SIZE;
	e->raw = p->mode == SHEET_MODE1_RAW;
}

/* The parts with sound, or those with data. */
static int place_parts(struct layout *l, const struct image_cd *cd, bool sound, struct err *err)
{
	const struct sheet *sheet = cd->sheet;

	l->extents = calloc(sheet->nparts + 1u, sizeof(*l->extents));
	if (!l->extents)
		return no_memory(err);
	for (unsigned i = 0; i < sheet->nparts; i++) {
		const struct sheet_part *p = &sheet->parts[i];
		struct extent *e = &l->extents[l->nextents];

		if (p->file == SHEET_ZEROS || (p->mode == SHEET_AUDIO) != sound)
			continue;
		*e = (struct extent){
			.offset = p->offset,
			.node = cd->files[p->file].node,
			.file_size = cd->files[p->file].size,
		};
		if (sound)
			place_sound(e, p, cd);
		else
			place_data(e, p);
		l->nextents += e->len > 0;
	}
	return 0;
}

/* What the first track of a mixed disc holds. */
static int place_data_track(struct layout *l, const struct image_cd *cd, struct err *err)
{
	struct layout *data = l->data;

	if (!data)
		return no_memory(err);
	data->generation = l->generation;
	data->whole = true;
	data->block_size = BLOCK_SIZE;
	data->blocks = cd->sheet->tracks[0].sectors;
	data->tracks[0] = (struct track){ .data = true, .blocks = data->blocks };
	data->ntracks = 1;
	return place_parts(data, cd, false, err);
}

/* ---- tracks ---- */

/* Whether a file has anything of the gap. */
static bool gap_sounds(const struct sheet *sheet, const struct sheet_track *t)
{
	for (unsigned i = 0; i < sheet->nparts; i++) {
		const struct sheet_part *p = &sheet->parts[i];

		if (p->file != SHEET_ZEROS && p->start < t->start &&
		    p->start + p->sectors > t->start - t->gap)
			return true;
	}
	return false;
}

static unsigned flags_of(const struct sheet_track *t)
{
	return (t->copy ? TRACK_COPY : 0) | (t->pre_emphasis ? TRACK_PRE_EMPHASIS : 0) |
	       (t->four_channels ? TRACK_FOUR_CHANNELS : 0) | (t->scms ? TRACK_SCMS : 0);
}

static int add_tracks(struct layout *l, const struct sheet *sheet, struct err *err)
{
	bool sound_alone = l->format == FORMAT_AUDIO;
	unsigned marks = 0;

	for (unsigned i = 0; i < sheet->ntracks; i++)
		marks += sheet->tracks[i].indices - 1;
	l->marks = calloc(marks + 1u, sizeof(*l->marks));
	if (!l->marks)
		return no_memory(err);
	marks = 0;
	for (unsigned i = 0; i < sheet->ntracks; i++) {
		const struct sheet_track *from = &sheet->tracks[i];

		l->tracks[l->ntracks++] = (struct track){
			.data = from->mode != SHEET_AUDIO,
			.start = from->start,
			.blocks = from->sectors,
			.gap = from->gap,
			.gap_sounds = sound_alone && from->gap && gap_sounds(sheet, from),
			.flags = flags_of(from),
			.first_mark = marks,
			.marks = from->indices - 1,
		};
		for (unsigned n = 2; n <= from->indices; n++)
			l->marks[marks++] = from->index[n];
	}
	return 0;
}

/* ---- texts ---- */

static void say(struct cdtext *text, char *const said[SHEET_TEXTS], const char *code)
{
	titles_to_cdtext(said[SHEET_TITLE] ? said[SHEET_TITLE] : "", text->title);
	titles_to_cdtext(said[SHEET_PERFORMER] ? said[SHEET_PERFORMER] : "", text->performer);
	snprintf(text->code, sizeof(text->code), "%s", code);
}

static int name_tracks(struct layout *l, const struct sheet *sheet, struct err *err)
{
	cleanup_free struct cdtext *texts = calloc(l->ntracks + 1, sizeof(*texts));

	if (!texts)
		return no_memory(err);
	say(&texts[0], sheet->text, sheet->catalog);
	for (unsigned i = 0; i < l->ntracks; i++)
		say(&texts[i + 1], sheet->tracks[i].text, sheet->tracks[i].isrc);
	cdtext_shorten(texts, l->ntracks + 1);
	l->cdtext = texts[0];
	for (unsigned i = 0; i < l->ntracks; i++)
		l->tracks[i].cdtext = texts[i + 1];
	return 0;
}

/* ---- all of it ---- */

static int refuse(const struct sheet *sheet, struct err *err)
{
	unsigned data = 0;

	for (unsigned i = 0; i < sheet->ntracks; i++)
		data += sheet->tracks[i].mode != SHEET_AUDIO;
	if (sheet->sessions > 1)
		return err_set(err, EMEDIUMTYPE,
			       "the sheet has %u sessions, and burnfs records one: record it with "
			       "cdrdao, a session at a time",
			       sheet->sessions);
	if (data > 1)
		return err_set(err, EMEDIUMTYPE,
			       "the sheet has %u tracks with data, and burnfs records one: record "
			       "it with cdrdao",
			       data);
	return 0;
}

static enum format format_of(const struct sheet *sheet)
{
	if (sheet->tracks[0].mode == SHEET_AUDIO)
		return FORMAT_AUDIO;
	return sheet->ntracks > 1 ? FORMAT_MIXED : FORMAT_DATA;
}

int sheet_lay_out(struct layout *l, const struct image_cd *cd, struct err *err)
{
	int ret = refuse(cd->sheet, err);

	l->format = format_of(cd->sheet);
	l->block_size = l->format == FORMAT_DATA ? BLOCK_SIZE : SECTOR_SIZE;
	l->blocks = cd->sheet->blocks;
	if (ret == 0 && l->format == FORMAT_MIXED)
		ret = place_data_track(l, cd, err);
	if (ret == 0)
		ret = place_parts(l, cd, l->format != FORMAT_DATA, err);
	if (ret == 0)
		ret = add_tracks(l, cd->sheet, err);
	return ret == 0 ? name_tracks(l, cd->sheet, err) : ret;
}
