/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: checksums beside the disc in image/. What they say of its files is compared with what
 * the files are, all kinds of sums of a file in one reading.
 */
#include <stdlib.h>
#include <string.h>

#include "imagefile/sums.h"
#include "stage/image_priv.h"

/* A file with sums. */
struct sums_file {
	const char *name;          /* borrowed from the survey */
	struct sums *sums;
};

struct check {
	struct image_survey sv;
	struct sums_file *files;
	unsigned n;
	const struct image_watch *watch;
};

/* ---- what the sums say ---- */

static int read_one(struct check *c, const struct found *f, struct err *err)
{
	struct sums_file *out = &c->files[c->n];
	cleanup_close int fd = image_open(c->sv.stage, f);
	int r;

	if (fd < 0)
		return err_set(err, EIO, "image/%.80s cannot be read: %s", f->name, strerror(-fd));
	r = sums_read(&out->sums, f->name, fd, f->size, err);
	if (r < 0)
		return err_wrap(err, "image/%.80s", f->name);
	out->name = f->name;
	c->n++;
	return 0;
}

static int read_sums(struct check *c, struct err *err)
{
	int r = 0;

	c->files = calloc(c->sv.n + 1u, sizeof(*c->files));
	if (!c->files)
		return err_set(err, ENOMEM, "not enough memory for the checksums");
	for (unsigned i = 0; i < c->sv.n && r == 0; i++)
		if (sums_name(c->sv.v[i].name) && !c->sv.v[i].seen.part)
			r = read_one(c, &c->sv.v[i], err);
	return r;
}

/* Call @each for every sum of that file, until one returns other than 0. */
static int for_sums(const struct check *c, const struct found *f,
		    int (*each)(const struct sums_file *, const struct sum *,
				const struct found *, void *arg), void *arg)
{
	int r = 0;

	for (unsigned i = 0; i < c->n; i++) {
		const struct sum *sum;
		size_t at = 0;

		while (r == 0 && (sum = sums_find(c->files[i].sums, f->name, &at)))
			r = each(&c->files[i], sum, f, arg);
	}
	return r;
}

static int add_kind(const struct sums_file *file, const struct sum *sum, const struct found *f,
		    void *kinds)
{
	(void)file;
	(void)f;
	*(unsigned *)kinds |= 1u << sum->kind;
	return 0;
}

/* ---- what the files are ---- */

struct computed {
	unsigned char sums[SUM_KINDS][SUM_BYTES];
	struct err *err;
};

static int compare(const struct sums_file *file, const struct sum *sum, const struct found *f,
		   void *data)
{
	const struct computed *c = data;

	if (memcmp(sum->bytes, c->sums[sum->kind], sum_size(sum->kind)) == 0)
		return 0;
	return err_set(c->err, EIO,
		       "image/%.80s is not what line %u of image/%.80s says (%s): copy or download "
		       "it again, or remove that file",
		       f->name, sum->line, file->name, sum_name(sum->kind));
}

static int check_file(const struct check *c, const struct found *f, struct err *err)
{
	const struct image_watch *w = c->watch;
	struct computed computed = { .err = err };
	cleanup_close int fd = -1;
	unsigned kinds = 0;
	int r;

	for_sums(c, f, add_kind, &kinds);
	if (!kinds) {
		w->unnamed(w->arg, f->name);
		return 0;
	}
	w->checking(w->arg, f->name);
	fd = image_open(c->sv.stage, f);
	r = fd < 0 ? fd : sums_compute(fd, f->size, kinds, computed.sums, w->cancelled, NULL);
	if (r == -ECANCELED)
		return err_set(err, ECANCELED, "cancelled before anything was recorded");
	if (r == -ENOMEM)
		return err_set(err, ENOMEM, "not enough memory for the checksums");
	if (r < 0)
		return err_set(err, EIO, "image/%.80s cannot be read: %s", f->name, strerror(-r));
	return for_sums(c, f, compare, &computed);
}

int stage_image_check(struct stage *s, const struct image_watch *watch, struct err *err)
{
	struct check c = { .sv = { .stage = s }, .watch = watch };
	int r = image_find(&c.sv);

	if (r < 0)
		err_set(err, ENOMEM, "not enough memory to look at image/");
	else
		r = read_sums(&c, err);
	for (unsigned i = 0; i < c.sv.n && r == 0 && c.n; i++)
		if (c.sv.v[i].seen.part)
			r = check_file(&c, &c.sv.v[i], err);
	for (unsigned i = 0; i < c.n; i++)
		sums_free(c.files[i].sums);
	free(c.files);
	image_survey_free(&c.sv);
	return r;
}
