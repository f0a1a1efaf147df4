/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The virtual files, a row each. To add one: write what it renders, add its row here and a
 * paragraph in burnfs-files(5).
 */
#include "files/vfile.h"

#include <pthread.h>
#include <string.h>

#include "base/event.h"
#include "base/util.h"
#include "files/control.h"
#include "files/disc_look.h"
#include "files/stats.h"
#include "image/cue.h"
#include "image/source.h"
#include "session/session.h"
#include "stage/stage.h"

/* Numbers that no stash object has. */
static const uint64_t FIRST_INO = (uint64_t)1 << 62;

/* ---- what they hold ---- */

static int render_control(struct session *s, struct text *out)
{
	control_help(s, out);
	return 0;
}

static int render_recorders(struct session *s, struct text *out)
{
	session_recorders(s, out);
	return 0;
}

static bool data_is_staged(struct session *s)
{
	struct stage_info info;

	stage_info(session_stage(s), &info);
	return info.data_blocks > 0;
}

static uint64_t audio_sectors(struct session *s)
{
	struct stage_space space;

	stage_space(session_stage(s), BRANCH_AUDIO, &space);
	return space.used;
}

static bool audio_is_staged(struct session *s)
{
	return audio_sectors(s) > 0;
}

/* What is added to a disc in the drive is another image than one by itself, and not foreseen. */
static uint64_t iso_size(struct session *s)
{
	struct err err = { 0 };
	struct stage_info info;
	struct layout *layout;
	uint64_t blocks;

	stage_info(session_stage(s), &info);
	if (!info.added)
		return info.data_blocks * BLOCK_SIZE;
	if (session_layout(s, FORMAT_DATA, &layout, &err) < 0)
		return 0;
	blocks = layout->blocks;
	layout_put(layout);
	return blocks * BLOCK_SIZE;
}

/* What disc.bin is: the mixed disc where that is what a burn would record. */
static enum format bin_format(struct session *s)
{
	return session_format(s) == FORMAT_MIXED ? FORMAT_MIXED : FORMAT_AUDIO;
}

static enum format iso_format(struct session *s)
{
	(void)s;
	return FORMAT_DATA;
}

static uint64_t bin_size(struct session *s)
{
	struct stage_space space;

	session_space(s, bin_format(s), &space);
	return space.used * SECTOR_SIZE;
}

static int render_cue(struct session *s, struct text *out)
{
	struct layout *layout;
	struct err err = { 0 };
	int r = session_layout(s, bin_format(s), &layout, &err);

	if (r < 0)
		return r;
	cue_write(layout, "disc.bin", out);
	layout_put(layout);
	return 0;
}

static const struct vfile vfiles[] = {
	{ "control", VDIR_ROOT, VFILE_CONTROL, 0644, .render = render_control,
	  .help = "write commands here, one a line" },
	{ "stats", VDIR_ROOT, VFILE_TEXT, 0444, .render = stats_render,
	  .help = "key=value lines: blocks, state, last outcome" },
	{ "recorders", VDIR_ROOT, VFILE_TEXT, 0444, .render = render_recorders,
	  .help = "the recorders of this machine" },
	{ "progress", VDIR_ROOT, VFILE_TEXT, 0444, .render = progress_render,
	  .help = "the running job, in one line" },
	{ "events", VDIR_ROOT, VFILE_LOG, 0444,
	  .help = "the log: one line an event" },
	{ "disc.iso", VDIR_IMAGE, VFILE_IMAGE, 0444, .size = iso_size, .format = iso_format,
	  .present = data_is_staged, .help = "the data disc" },
	{ "disc.bin", VDIR_IMAGE, VFILE_IMAGE, 0444, .size = bin_size, .format = bin_format,
	  .present = audio_is_staged, .help = "the audio disc" },
	{ "disc.cue", VDIR_IMAGE, VFILE_TEXT, 0444, .render = render_cue,
	  .present = audio_is_staged, .help = "the tracks of disc.bin" },
	{ "disc.svg", VDIR_IMAGE, VFILE_TEXT, 0444, .render = disc_look_render,
	  .help = "a picture of the disc" },
};

/* ---- the table ---- */

const struct vfile *vfile_next(struct session *s, enum vdir dir, size_t *i)
{
	while (*i < ARRAY_SIZE(vfiles)) {
		const struct vfile *f = &vfiles[(*i)++];

		if (f->dir == dir && (!f->present || f->present(s)))
			return f;
	}
	return NULL;
}

const struct vfile *vfile_find(struct session *s, enum vdir dir, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(vfiles); i++) {
		const struct vfile *f = &vfiles[i];

		if (f->dir == dir && strcmp(f->name, name) == 0)
			return !f->present || f->present(s) ? f : NULL;
	}
	return NULL;
}

uint64_t vfile_ino(const struct vfile *f)
{
	return FIRST_INO + 1 + (uint64_t)(f - vfiles);
}

/* ---- views ---- */

struct view {
	const struct vfile *file;
	struct session *session;
	struct timespec made;
	struct text text;          /* of the rendered kinds */
	uint64_t log_start;        /* of VFILE_LOG: the position that is offset 0 here */
	uint64_t size;             /* of VFILE_IMAGE */
	uint64_t generation;       /* of the stage when it was looked up */
	pthread_mutex_t lock;      /* of the source */
	struct source *source;     /* of VFILE_IMAGE, while it is open */
	unsigned opened;           /* how often; the same lock */
};

int view_new(struct view **out, struct session *s, const struct vfile *f)
{
	struct view *v = calloc(1, sizeof(*v));
	int r = 0;

	if (!v)
		return -ENOMEM;
	v->file = f;
	v->session = s;
	v->made = time_now();
	v->generation = stage_generation(session_stage(s));
	pthread_mutex_init(&v->lock, NULL);
	if (f->render)
		r = f->render(s, &v->text);
	if (r == 0 && v->text.failed)
		r = -ENOMEM;
	if (f->kind == VFILE_LOG)
		v->log_start = events_start(session_events(s));
	if (f->size)
		v->size = f->size(s);
	if (r < 0)
		view_free(v);
	else
		*out = v;
	return r;
}

void view_free(struct view *v)
{
	source_free(v->source);
	text_free(&v->text);
	pthread_mutex_destroy(&v->lock);
	free(v);
}

const struct vfile *view_file(const struct view *v)
{
	return v->file;
}

uint64_t view_end(struct view *v)
{
	return events_end(session_events(v->session)) - v->log_start;
}

static uint64_t view_size(struct view *v)
{
	switch (v->file->kind) {
	case VFILE_LOG:
		return view_end(v);
	case VFILE_IMAGE:
		return v->size;
	case VFILE_TEXT:
	case VFILE_CONTROL:
		break;
	}
	return v->text.len;
}

void view_stat(struct view *v, struct stat *st)
{
	*st = (struct stat){
		.st_ino = vfile_ino(v->file),
		.st_mode = S_IFREG | v->file->mode,
		.st_nlink = 1,
		.st_size = (off_t)view_size(v),
		.st_blksize = v->file->kind == VFILE_IMAGE ? 1024 * 1024 : 4096,
		.st_atim = v->made,
		.st_mtim = v->made,
		.st_ctim = v->made,
	};
	/* Programs take a file without blocks for one full of holes and do not read it. */
	st->st_blocks = (st->st_size + 511) / 512;
}

/* lock held */
static int open_image(struct view *v)
{
	struct layout *layout;
	struct err err = { 0 };
	int r = session_layout(v->session, v->file->format(v->session), &layout, &err);

	/* What was there at the lookup may be gone by now: then the caller shall look again. */
	if (r < 0 && v->generation != stage_generation(session_stage(v->session)))
		return -ESTALE;
	if (r < 0) {
		session_outcome(v->session, v->file->name, &err);
		return r;
	}
	/* The size was told at the lookup: another one since means another disc. */
	if (layout->blocks * layout->block_size != v->size)
		r = -ESTALE;
	else
		r = source_new(&v->source, session_stage(v->session), layout);
	layout_put(layout);
	return r;
}

int view_open(struct view *v)
{
	int r = 0;

	if (v->file->kind != VFILE_IMAGE)
		return 0;
	pthread_mutex_lock(&v->lock);
	if (!v->source)
		r = open_image(v);
	else if (source_layout(v->source)->generation !=
		 stage_generation(session_stage(v->session)))
		r = -ESTALE;
	v->opened += r == 0;
	pthread_mutex_unlock(&v->lock);
	return r;
}

void view_close(struct view *v)
{
	struct source *source = NULL;

	if (v->file->kind != VFILE_IMAGE)
		return;
	pthread_mutex_lock(&v->lock);
	if (--v->opened == 0)
		source = steal_pointer(&v->source);
	pthread_mutex_unlock(&v->lock);
	if (!source)
		return;
	source_free(source);
	session_layouts_done(v->session);
}

static ssize_t read_image(struct view *v, char *buf, size_t len, uint64_t off)
{
	struct err err = { 0 };
	ssize_t n;

	if (off >= v->size)
		return 0;
	if (len > v->size - off)
		len = (size_t)(v->size - off);
	pthread_mutex_lock(&v->lock);
	n = v->source ? source_read(v->source, buf, len, off, &err) : -EBADF;
	pthread_mutex_unlock(&v->lock);
	if (n == -EIO)
		session_outcome(v->session, v->file->name, &err);
	return n;
}

ssize_t view_read(struct view *v, char *buf, size_t len, uint64_t off)
{
	switch (v->file->kind) {
	case VFILE_IMAGE:
		return read_image(v, buf, len, off);
	case VFILE_LOG:
		return (ssize_t)events_read(session_events(v->session), buf, len,
					    v->log_start + off);
	case VFILE_TEXT:
	case VFILE_CONTROL:
		break;
	}
	if (off >= v->text.len)
		return 0;
	if (len > v->text.len - off)
		len = v->text.len - (size_t)off;
	memcpy(buf, v->text.data + off, len);
	return (ssize_t)len;
}
