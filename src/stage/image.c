/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: discs that exist already. Each file in image/ is judged by its content when somebody
 * asks, and again after it has changed. What they come to together is kept until one of them
 * changes.
 */
#include "stage/image.h"

#include <stdlib.h>
#include <string.h>

#include "stage/priv.h"

static const uint64_t IMAGE_NOT_KNOWN = UINT64_MAX;

/* What is kept with the node of a file. */
struct image_seen {
	bool judged;
	bool part;                 /* of the disc that was found last */
	struct image_kind kind;
};

/* A file in image/, as it was found. */
struct found {
	struct node *node;         /* with a lookup of ours */
	char name[256];
	uint64_t size;
	bool written;              /* somebody has not closed it yet */
	bool judged, part;
	struct image_kind kind;
};

struct survey {
	struct stage *stage;
	uint64_t change;           /* of the branch: what it is about */
	struct found *v;
	unsigned n;
};

void image_unjudge(struct node *n)
{
	if (n->branch == BRANCH_IMAGE && node_is_file(n) && n->image)
		n->image->judged = false;
}

bool image_has(const struct node *n)
{
	return n->image && n->image->part;
}

/* ---- looking at the files ---- */

static void find_one(struct survey *sv, const struct name *nm)
{
	struct found *f = &sv->v[sv->n++];

	f->node = nm->node;
	node_ref(nm->node);
	memcpy(f->name, nm->text, nm->len + 1u);
	f->size = nm->node->size;
	f->written = file_is_written(sv->stage, nm->node);
	f->judged = nm->node->image && nm->node->image->judged;
	if (f->judged)
		f->kind = nm->node->image->kind;
}

static int find_all(struct survey *sv)
{
	struct stage *s = sv->stage;
	const struct node *dir = s->tree.root[BRANCH_IMAGE];
	const struct name *nm;

	lock_read(s);
	sv->change = s->changed[BRANCH_IMAGE];
	sv->v = calloc(dir->dir->nnames + 1, sizeof(*sv->v));
	for (uint32_t i = 0; sv->v && (nm = dir_next(dir, &i)); )
		find_one(sv, nm);
	unlock(s);
	return sv->v ? 0 : -ENOMEM;
}

static void survey_free(struct survey *sv)
{
	for (unsigned i = 0; i < sv->n; i++)
		stage_forget(sv->stage, sv->v[i].node, 1);
	free(sv->v);
}

static void judge(struct stage *s, struct found *f)
{
	cleanup_close int fd = -1;
	int r;

	if (f->judged || f->written)
		return;
	pthread_rwlock_rdlock(&s->gate);
	fd = open_stash(s, f->node);
	gate_leave(s);
	r = fd < 0 ? fd : image_kind(fd, f->size, &f->kind);
	if (r < 0)
		err_set(&f->kind.why, EIO, "it cannot be read: %s", strerror(-r));
	f->judged = r == 0;
}

/* Keep all that was found out, unless something in image/ has changed meanwhile. */
static void keep(struct survey *sv)
{
	struct stage *s = sv->stage;

	lock_write(s);
	for (unsigned i = 0; i < sv->n && s->changed[BRANCH_IMAGE] == sv->change; i++) {
		struct found *f = &sv->v[i];

		if (!f->node->image)
			f->node->image = calloc(1, sizeof(*f->node->image));
		if (f->node->image)
			*f->node->image = (struct image_seen){ f->judged, f->part, f->kind };
	}
	unlock(s);
}

/* ---- what they come to ---- */

static bool is_disc(const struct found *f)
{
	return f->kind.type != IMAGE_UNKNOWN;
}

static bool is_good(const struct found *f)
{
	return is_disc(f) && !f->kind.why.code;
}

static bool is_any(const struct found *f)
{
	(void)f;
	return true;
}

/* How many files are such; @first: the first of them in the order of names. */
static unsigned count(const struct survey *sv, bool (*such)(const struct found *),
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

/* The file that is the disc: the only good one, else the only known one, else the only one. */
static struct found *choose(const struct survey *sv, unsigned *rivals)
{
	static bool (*const tries[])(const struct found *) = { is_good, is_disc, is_any };
	struct found *f = NULL;

	*rivals = 0;
	for (size_t i = 0; i < ARRAY_SIZE(tries) && !*rivals; i++)
		*rivals = count(sv, tries[i], &f);
	return f;
}

static void describe(struct stage_image *out, struct found *f, unsigned rivals)
{
	snprintf(out->name, sizeof(out->name), "%s", f->name);
	out->node = f->node;
	out->size = f->size;
	out->type = f->kind.type;
	out->blocks = f->kind.blocks;
	out->recognized = is_disc(f);
	if (rivals > 1)
		err_set(&out->wrong, EINVAL,
			"image/ holds %u %s, \"%.60s\" among them, and a disc is made of one: "
			"remove the others",
			rivals, is_disc(f) ? "images" : "files that burnfs does not recognize",
			f->name);
	else if (f->written)
		err_set(&out->wrong, EBUSY, "image/%.80s is still open for writing: close it first",
			f->name);
	else if (f->kind.why.code)
		err_set(&out->wrong, f->kind.why.code, "image/%.80s: %s", f->name,
			f->kind.why.msg);
	else
		f->part = true;
}

static void evaluate(struct survey *sv, struct stage_image *out)
{
	unsigned rivals;
	struct found *f = choose(sv, &rivals);

	*out = (struct stage_image){ .names = sv->n };
	if (f)
		describe(out, f, rivals);
	else
		err_set(&out->wrong, ENODATA,
			"no image is staged: copy one into image/ first");
	for (unsigned i = 0; i < sv->n; i++)
		out->ignored += !sv->v[i].part;
}

/* image_lock held */
static int survey(struct stage *s)
{
	struct survey sv = { .stage = s };
	int r = find_all(&sv);

	for (unsigned i = 0; i < sv.n; i++)
		judge(s, &sv.v[i]);
	if (r == 0) {
		evaluate(&sv, s->image);
		keep(&sv);
		s->image_of = sv.change;
	}
	survey_free(&sv);
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

void stage_image(struct stage *s, struct stage_image *out)
{
	pthread_mutex_lock(&s->image_lock);
	*out = (struct stage_image){ .names = 0 };
	if (look(s) < 0) {
		err_set(&out->wrong, ENOMEM, "not enough memory to look at image/");
	} else {
		*out = *s->image;
		lock_read(s);
		if (s->changed[BRANCH_IMAGE] == s->image_of)
			out->generation = stage_generation(s);
		unlock(s);
	}
	pthread_mutex_unlock(&s->image_lock);
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
