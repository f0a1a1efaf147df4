/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: sheets in image/, and the files beside them that they name. A file is found by its
 * name, or where there is none by one that differs in case alone: sheets are often written on
 * systems that do not tell these apart.
 */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "stage/image_priv.h"

/* Takes the sheet. */
static struct image_cd *new_cd(struct sheet *sheet)
{
	struct image_cd *cd = calloc(1, sizeof(*cd) + sheet->nfiles * sizeof(cd->files[0]));

	if (!cd) {
		sheet_free(sheet);
		return NULL;
	}
	atomic_init(&cd->refs, 1);
	cd->sheet = sheet;
	return cd;
}

/* ---- the files that it names ---- */

static struct found *find_named(struct image_survey *sv, const char *name)
{
	struct found *other = NULL;

	for (unsigned i = 0; i < sv->n; i++) {
		if (strcmp(sv->v[i].name, name) == 0)
			return &sv->v[i];
		if (strcasecmp(sv->v[i].name, name) == 0)
			other = &sv->v[i];
	}
	return other;
}

static int hear(struct stage *s, struct found *f, struct err *err)
{
	struct sound *sound = &f->seen.sound;

	if (!f->seen.heard) {
		cleanup_close int fd = image_open(s, f);

		if (fd < 0)
			return err_set(err, EIO, "image/%.80s cannot be read: %s", f->name,
				       strerror(-fd));
		audio_judge(fd, f->name, f->size, sound, NULL);
		f->seen.heard = true;
	}
	if (sound->state == SOUND_OK || sound->state == SOUND_EMPTY)
		return 0;
	return err_set(err, EINVAL, "image/%.80s: %s", f->name,
		       sound->why.code ? sound->why.msg : "burnfs cannot read its sound");
}

/* @bytes: what sheet_fit() wants to know of it. */
static int find_file(struct image_survey *sv, struct image_cd *cd, unsigned i, uint64_t *bytes,
		     struct err *err)
{
	const struct sheet_file *named = &cd->sheet->files[i];
	struct image_cd_file *file = &cd->files[i];
	struct found *f = find_named(sv, named->name);
	int r = 0;

	*bytes = UINT64_MAX;
	if (!f)
		return 0;
	f->named = true;
	if (f->written)
		return err_set(err, EBUSY, "image/%.80s is still open for writing: close it first",
			       f->name);
	if (named->type == SHEET_SOUND)
		r = hear(sv->stage, f, err);
	file->node = f->node;
	file->size = f->size;
	file->sound = f->seen.sound;
	snprintf(file->name, sizeof(file->name), "%s", f->name);
	*bytes = named->type == SHEET_SOUND ? f->seen.sound.bytes : f->size;
	return r;
}

/* Of all its files, so that those are known to be named; the first error is told. */
static int find_files(struct image_survey *sv, struct image_cd *cd, uint64_t *bytes,
		      struct err *err)
{
	int r = 0;

	for (unsigned i = 0; i < cd->sheet->nfiles; i++) {
		struct err one = { 0 };
		int ret = find_file(sv, cd, i, &bytes[i], &one);

		if (ret < 0 && r == 0) {
			*err = one;
			r = ret;
		}
	}
	return r;
}

/* ---- all of it ---- */

static int fit(struct image_survey *sv, struct image_cd *cd, struct err *err)
{
	cleanup_free uint64_t *bytes = calloc(cd->sheet->nfiles + 1, sizeof(*bytes));
	int r;

	if (!bytes)
		return err_set(err, ENOMEM, "not enough memory to read the sheet");
	r = find_files(sv, cd, bytes, err);
	if (r == 0)
		r = sheet_fit(cd->sheet, bytes, err);
	return r == 0 ? sheet_recordable(cd->sheet, err) : r;
}

void image_cd_load(struct image_survey *sv, struct found *f)
{
	cleanup_close int fd = -1;
	struct sheet *sheet = NULL;
	struct image_cd *cd;
	int r;

	if (f->written)
		return;
	fd = image_open(sv->stage, f);
	r = fd < 0 ? err_set(&f->wrong, EIO, "it cannot be read: %s", strerror(-fd)) :
		     sheet_read(&sheet, fd, f->size, &f->wrong);
	if (r < 0)
		return;
	cd = new_cd(sheet);
	if (!cd)
		err_set(&f->wrong, ENOMEM, "not enough memory to read the sheet");
	else if (fit(sv, cd, &f->wrong) == 0)
		f->cd = cd;
	else
		image_cd_put(cd);
}
