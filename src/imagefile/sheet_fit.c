/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Placing a sheet on the disc, once the sizes of its files are known. A sheet is placed as a whole
 * or not at all: parts and LBAs of an earlier placing are gone first.
 */
#include <string.h>

#include "imagefile/sheet_priv.h"

/*
 * Between the second session and the third, and so on, the lead-out is half a minute, where that
 * of the first has one and a half (MMC, multi-session).
 */
enum { LATER_GAP = SESSION_GAP - 60 * SECTORS_PER_SECOND };

struct fit {
	struct sheet *sheet;
	const uint64_t *bytes;
	struct sheet_track *track;
	uint32_t begin, lba; /* of the track; where the next sector comes */
	struct err *err;
};

static int wrong(const struct fit *f, const struct sheet_step *step, const char *why)
{
	return err_set(f->err, EINVAL, "line %u: %s", step->line, why);
}

static const char *file_name(const struct fit *f, unsigned file)
{
	return f->sheet->files[file].name;
}

static int end_track(struct fit *f)
{
	struct sheet_track *t = f->track;

	if (!t)
		return 0;
	if (t->index[t->indices] >= f->lba)
		return err_set(f->err, EINVAL,
			       "track %u has nothing behind its INDEX %02u, or "
			       "ends before it",
			       t->number, t->indices);
	t->start = t->index[1];
	t->gap = t->first_index == 0 ? t->start - t->index[0] : 0;
	t->sectors = f->lba - t->start;
	return 0;
}

static int place_track(struct fit *f, const struct sheet_step *step)
{
	struct sheet_track *t = &f->sheet->tracks[step->number];
	int r = end_track(f);

	if (r < 0)
		return r;
	if (f->track && t->session != f->track->session)
		f->lba += t->session == 2 ? SESSION_GAP : LATER_GAP;
	if (f->lba > MSF_SECTORS)
		return err_set(f->err, EFBIG, "the sessions before track %u are longer than a CD",
			       t->number);
	f->track = t;
	f->begin = f->lba;
	return 0;
}

static int put_index(struct fit *f, const struct sheet_step *step, uint32_t lba)
{
	struct sheet_track *t = f->track;

	if (lba > MSF_SECTORS)
		return wrong(f, step, "this INDEX lies beyond 99:57:74");
	/* Index 0 may have no length. */
	if (step->number > t->first_index && lba < t->index[step->number - 1] + (step->number > 1))
		return wrong(f, step, "this INDEX is not behind the one before it");
	t->index[step->number] = lba;
	return 0;
}

static int place_index(struct fit *f, const struct sheet_step *step)
{
	return put_index(f, step, f->lba);
}

static int place_index_track(struct fit *f, const struct sheet_step *step)
{
	return put_index(f, step, f->begin + step->sectors);
}

static int place_index_first(struct fit *f, const struct sheet_step *step)
{
	return put_index(f, step, f->track->index[1] + step->sectors);
}

/* Add a part, or lengthen the last one where it goes on. */
static void put_part(struct sheet *s, struct sheet_part part, uint32_t sector_bytes)
{
	struct sheet_part *last = s->nparts ? &s->parts[s->nparts - 1] : NULL;
	bool zeros = part.file == SHEET_ZEROS;

	if (last && last->file == part.file && last->mode == part.mode &&
	    last->start + last->sectors == part.start &&
	    (zeros || (last->offset + last->bytes == part.offset &&
		       last->bytes == (uint64_t)last->sectors * sector_bytes))) {
		last->sectors += part.sectors;
		last->bytes += part.bytes;
		return;
	}
	s->parts[s->nparts++] = part;
}

/* How many sectors of the file a piece has; they are all there but for some bytes of the last. */
static int measure(struct fit *f, const struct sheet_step *step, struct sheet_part *part)
{
	uint64_t size = f->bytes[step->file], unit = f->track->sector_bytes, rest, sectors;

	rest = step->offset < size ? size - step->offset : 0;
	if (!rest)
		return err_set(f->err, EINVAL,
			       "\"%s\" ends before what line %u says of it: "
			       "it is cut short, or another file",
			       file_name(f, step->file), step->line);
	sectors = rest / unit + (rest % unit != 0);
	if (step->sectors != SHEET_TO_END && sectors > step->sectors) {
		sectors = step->sectors;
		rest = sectors * unit;
	} else if (step->sectors != SHEET_TO_END && sectors < step->sectors) {
		return err_set(f->err, EINVAL,
			       "\"%s\" is %llu sectors too short for line %u: it "
			       "is cut short, or another file",
			       file_name(f, step->file),
			       (unsigned long long)(step->sectors - sectors), step->line);
	}
	if (sectors > MSF_SECTORS)
		return err_set(f->err, EFBIG, "\"%s\" alone is longer than a CD",
			       file_name(f, step->file));
	part->sectors = (uint32_t)sectors;
	part->bytes = rest;
	return 0;
}

/* A sector that is not whole is filled: of sound alone, and only where a file ends. */
static int check_whole(struct fit *f, const struct sheet_step *step, const struct sheet_part *part)
{
	uint64_t unit = f->track->sector_bytes;

	if (part->bytes % unit == 0)
		return 0;
	if (part->mode != SHEET_AUDIO)
		return err_set(f->err, EINVAL,
			       "\"%s\" is not a whole number of sectors of %llu "
			       "bytes: it is cut short, or not %s",
			       file_name(f, step->file), (unsigned long long)unit,
			       f->track->mode_name);
	if (f->sheet->filled == SHEET_ZEROS)
		f->sheet->filled = step->file;
	return 0;
}

static int place_file(struct fit *f, const struct sheet_step *step, struct sheet_part *part)
{
	const struct sheet_file *file = &f->sheet->files[step->file];
	int r;

	if (f->bytes[step->file] == UINT64_MAX)
		return err_set(f->err, ENOENT, "\"%s\" is not here: copy it beside the sheet",
			       file->name);
	if (file->type == SHEET_SOUND && part->mode != SHEET_AUDIO)
		return wrong(f, step, "sound in a track of data");
	r = measure(f, step, part);
	return r < 0 ? r : check_whole(f, step, part);
}

static int place_piece(struct fit *f, const struct sheet_step *step)
{
	struct sheet_part part = {
		.start = f->lba,
		.sectors = step->sectors,
		.file = step->file,
		.mode = f->track->mode,
		.offset = step->offset,
	};
	int r = 0;

	if (!step->sectors)
		return 0;
	if (step->file != SHEET_ZEROS)
		r = place_file(f, step, &part);
	if (r < 0)
		return r;
	if (part.sectors > MSF_SECTORS - f->lba)
		return err_set(f->err, EFBIG, "line %u: what comes up to here is longer than a CD",
			       step->line);
	put_part(f->sheet, part, f->track->sector_bytes);
	f->lba += part.sectors;
	return 0;
}

static int (*const place[STEP_KINDS])(struct fit *, const struct sheet_step *) = {
	[STEP_TRACK] = place_track,
	[STEP_PIECE] = place_piece,
	[STEP_INDEX] = place_index,
	[STEP_INDEX_TRACK] = place_index_track,
	[STEP_INDEX_FIRST] = place_index_first,
};

static void forget(struct sheet *s)
{
	free(s->parts);
	s->parts = NULL;
	s->nparts = 0;
	s->blocks = 0;
	s->filled = SHEET_ZEROS;
}

int sheet_fit(struct sheet *s, const uint64_t *bytes, struct err *err)
{
	struct fit f = { .sheet = s, .bytes = bytes, .err = err };
	int r = 0;

	forget(s);
	s->parts = calloc(s->nsteps, sizeof(*s->parts));
	if (!s->parts)
		return sheet_nomem(err);
	for (unsigned i = 0; r == 0 && i < s->nsteps; i++)
		r = place[s->steps[i].kind](&f, &s->steps[i]);
	if (r == 0)
		r = end_track(&f);
	if (r < 0) {
		forget(s);
		return r;
	}
	s->blocks = f.lba;
	return 0;
}
