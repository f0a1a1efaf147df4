/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: discs that exist already. Each file in image/ is judged by its content when somebody
 * asks, and again after it has changed. What they come to together is kept until one of them
 * changes.
 */
#include "stage/image.h"

#include <stdlib.h>
#include <string.h>

#include "imagefile/sums.h"
#include "stage/image_priv.h"

static const uint64_t IMAGE_NOT_KNOWN = UINT64_MAX;

void image_unjudge(struct node *n)
{
	if (n->branch == BRANCH_IMAGE && node_is_file(n) && n->image)
		n->image->judged = n->image->heard = false;
}

bool image_has(const struct node *n)
{
	return n->image && n->image->part;
}

/* ---- looking at the files ---- */

static void judge(struct stage *s, struct found *f)
{
	cleanup_close int fd = -1;
	int r;

	if (!f->seen.judged && !f->written) {
		fd = image_open(s, f);
		r = fd < 0 ? fd : image_kind(fd, f->size, &f->seen.kind);
		if (r < 0)
			err_set(&f->seen.kind.why, EIO, "it cannot be read: %s", strerror(-r));
		f->seen.judged = r == 0;
	}
	f->wrong = f->seen.kind.why;
	f->seen.part = false;
}

/* Sheets come last: of the files that they name all else is known then. */
static void judge_all(struct image_survey *sv)
{
	for (unsigned i = 0; i < sv->n; i++)
		judge(sv->stage, &sv->v[i]);
	for (unsigned i = 0; i < sv->n; i++)
		if (sv->v[i].seen.kind.type == IMAGE_SHEET && !sv->v[i].wrong.code)
			image_cd_load(sv, &sv->v[i]);
}

/* Keep all that was found out, unless something in image/ has changed meanwhile. */
static void keep(struct image_survey *sv)
{
	struct stage *s = sv->stage;

	lock_write(s);
	for (unsigned i = 0; i < sv->n && s->changed[BRANCH_IMAGE] == sv->change; i++) {
		struct found *f = &sv->v[i];

		if (!f->node->image)
			f->node->image = calloc(1, sizeof(*f->node->image));
		if (f->node->image)
			*f->node->image = f->seen;
	}
	unlock(s);
}

/* ---- what they come to ---- */

static bool is_disc(const struct found *f)
{
	return f->seen.kind.type != IMAGE_UNKNOWN && !f->named;
}

/* A sheet means a disc even where it cannot be made. */
static bool is_meant(const struct found *f)
{
	return is_disc(f) && (!f->wrong.code || f->seen.kind.type == IMAGE_SHEET);
}

/* Nobody knows what it is; but that it has sums is known. */
static bool is_any(const struct found *f)
{
	return !f->named && !sums_name(f->name);
}

/* How many files are such; @first: the first of them in the order of names. */
static unsigned count(const struct image_survey *sv, bool (*such)(const struct found *),
		      struct found **first)
{
	unsigned n = 0;

	*first = NULL;
	for (unsigned i = 0; i < sv->n; i++) {
		struct found *f = &sv->v[i];

		if (!such(f))
			continue;
		if (!*first || strcmp(f->name, (*first)->name) < 0)
			*first = f;
		n++;
	}
	return n;
}

/*
 * The file that is the disc: the only one that can be made or is a sheet, else the only known one,
 * else the only one.
 */
static struct found *choose(const struct image_survey *sv, unsigned *rivals)
{
	static bool (*const tries[])(const struct found *) = { is_meant, is_disc, is_any };
	struct found *f = NULL;

	*rivals = 0;
	for (size_t i = 0; i < ARRAY_SIZE(tries) && !*rivals; i++)
		*rivals = count(sv, tries[i], &f);
	return f;
}

static void describe_cd(struct stage_image *out, const struct image_cd *cd)
{
	bool sound = false, data = false;

	for (unsigned i = 0; i < cd->sheet->ntracks; i++)
		*(cd->sheet->tracks[i].mode == SHEET_AUDIO ? &sound : &data) = true;
	out->holds = !sound ? FORMAT_DATA : data ? FORMAT_MIXED : FORMAT_AUDIO;
	out->block_size = sound ? SECTOR_SIZE : BLOCK_SIZE;
	out->blocks = cd->sheet->blocks;
	out->filled = 0;
	for (unsigned i = 0; i < cd->sheet->nfiles; i++)
		out->size += cd->files[i].size;
}

/* Why a disc cannot be made of it. */
static void tell_wrong(struct stage_image *out, const struct found *f, unsigned rivals)
{
	if (rivals > 1)
		err_set(&out->wrong, EINVAL,
			"image/ holds %u %s, \"%.60s\" among them, and a disc is made of one: "
			"remove the others",
			rivals, is_disc(f) ? "images" : "files that burnfs does not recognize",
			f->name);
	else if (f->written)
		err_set(&out->wrong, EBUSY, "image/%.80s is still open for writing: close it first",
			f->name);
	else if (f->wrong.code)
		err_set(&out->wrong, f->wrong.code == ENOENT ? EINVAL : f->wrong.code,
			"image/%.80s: %s", f->name, f->wrong.msg);
}

/* The file is on the disc, or the files are that a sheet names. */
static void mark_parts(struct image_survey *sv, struct found *f)
{
	f->seen.part = true;
	for (unsigned i = 0; i < sv->n && f->cd; i++)
		for (unsigned k = 0; k < f->cd->sheet->nfiles && !sv->v[i].seen.part; k++)
			sv->v[i].seen.part = f->cd->files[k].node == sv->v[i].node;
}

static void describe(struct stage_image *out, const struct found *f, unsigned rivals)
{
	snprintf(out->name, sizeof(out->name), "%s", f->name);
	out->node = f->node;
	out->size = f->size;
	out->type = f->seen.kind.type;
	out->holds = FORMAT_DATA;
	out->block_size = BLOCK_SIZE;
	out->blocks = f->seen.kind.blocks;
	out->filled = f->seen.kind.filled;
	out->recognized = is_disc(f);
	if (f->cd)
		describe_cd(out, f->cd);
	tell_wrong(out, f, rivals);
}

/* image_lock held */
static void evaluate(struct image_survey *sv)
{
	struct stage_image *out = sv->stage->image;
	unsigned rivals;
	struct found *f = choose(sv, &rivals);

	*out = (struct stage_image){ .names = sv->n,
				     .holds = FORMAT_DATA,
				     .block_size = BLOCK_SIZE };
	image_cd_put(sv->stage->image_cd);
	sv->stage->image_cd = NULL;
	if (f)
		describe(out, f, rivals);
	else
		err_set(&out->wrong, ENODATA, "no image is staged: copy one into image/ first");
	if (f && !out->wrong.code) {
		mark_parts(sv, f);
		sv->stage->image_cd = image_cd_get(f->cd);
	}
	for (unsigned i = 0; i < sv->n; i++)
		out->ignored += !sv->v[i].seen.part && !sums_name(sv->v[i].name);
}

static bool any_written(const struct image_survey *sv)
{
	for (unsigned i = 0; i < sv->n; i++)
		if (sv->v[i].written)
			return true;
	return false;
}

/* image_lock held */
static int survey(struct stage *s)
{
	struct image_survey sv = { .stage = s };
	int r = image_find(&sv);

	if (r == 0) {
		judge_all(&sv);
		evaluate(&sv);
		keep(&sv);
		/* That a file is closed is no change of the branch. */
		s->image_of = any_written(&sv) ? IMAGE_NOT_KNOWN : sv.change;
	}
	image_survey_free(&sv);
	return r;
}

/* Bring s->image up to date, as far as nothing changes meanwhile. image_lock held */
static int look(struct stage *s)
{
	if (s->image && s->image_of == stage_changed(s, BRANCH_IMAGE))
		return 0;
	if (!s->image)
		s->image = malloc(sizeof(*s->image));
	s->image_of = IMAGE_NOT_KNOWN;
	return s->image ? survey(s) : -ENOMEM;
}

void stage_image_cd(struct stage *s, struct stage_image *out, struct image_cd **cd)
{
	pthread_mutex_lock(&s->image_lock);
	*out = (struct stage_image){ .holds = FORMAT_DATA, .block_size = BLOCK_SIZE };
	*cd = NULL;
	if (look(s) < 0) {
		err_set(&out->wrong, ENOMEM, "not enough memory to look at image/");
	} else {
		*out = *s->image;
		*cd = image_cd_get(s->image_cd);
		lock_read(s);
		if (s->changed[BRANCH_IMAGE] == s->image_of)
			out->generation = stage_generation(s);
		unlock(s);
	}
	pthread_mutex_unlock(&s->image_lock);
}

void stage_image(struct stage *s, struct stage_image *out)
{
	struct image_cd *cd;

	stage_image_cd(s, out, &cd);
	image_cd_put(cd);
}

/* ---- images elsewhere ---- */

/* The only name in data/, where it is a file's, with a lookup for the caller; else NULL. */
static struct node *lone_file(struct stage *s, char name[static 256])
{
	const struct node *dir = s->tree.root[BRANCH_DATA];
	const struct name *nm;
	struct node *n = NULL;
	uint32_t i = 0;

	lock_read(s);
	nm = dir->dir->nnames == 1 ? dir_next(dir, &i) : NULL;
	if (nm && node_is_file(nm->node)) {
		n = nm->node;
		node_ref(n);
		memcpy(name, nm->text, nm->len + 1u);
	}
	unlock(s);
	return n;
}

bool stage_lone_image(struct stage *s, char name[static 256])
{
	struct found f = { .node = lone_file(s, name) };

	if (!f.node)
		return false;
	lock_read(s);
	f.size = f.node->size;
	unlock(s);
	judge(s, &f);
	stage_forget(s, f.node, 1);
	return is_disc(&f) && !f.wrong.code && f.seen.kind.type != IMAGE_SHEET;
}

/* ---- room ---- */

bool image_fits(struct stage *s, const struct node *n, int fd)
{
	struct image_kind kind;

	/* Of what is no file system nobody knows yet how much of the disc it takes. */
	if (blocks_of(n->size) <= data_capacity(s))
		return true;
	if (image_kind(fd, n->size, &kind) < 0)
		return true;
	return kind.type == IMAGE_UNKNOWN || kind.type == IMAGE_FOREIGN;
}
