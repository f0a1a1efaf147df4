/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which disc lies in a drive, whether it may be recorded on, and how it is emptied.
 */
#include "drive/priv.h"

#include <stdio.h>
#include <string.h>

enum {
	HEAD_BLOCKS = 64,       /* where every file system that we know has something, but for */
	ANCHOR_BLOCK = 256,     /* UDF's anchor (ECMA-167 3/8.4.2.1) */
	ZERO_BLOCKS = 288,      /* both, in whole ECC blocks of any medium */
	ERASE_STEPS = 0x10000,  /* libburn's */
	READ_QUIETLY = 2 | 4,   /* of burn_read_data(): no message, and no second try */
	FORMAT_DEFAULT_SIZE = 3 << 1, FORMAT_AGAIN = 1 << 4, FORMAT_UNCERTIFIED = 1 << 6,
};

/* A primary volume descriptor begins so (ECMA-119 8.4). */
#define PVD_MAGIC "\1CD001\1"

/*
 * What lies on a medium that nobody can tell from its state. What cannot be read is not ours to
 * lose.
 */
static void probe_content(struct drive_link *l, struct drive_disc *disc)
{
	size_t size = (size_t)HEAD_BLOCKS * BLOCK_SIZE, marked = strlen(DRIVE_UNFINISHED);
	cleanup_free char *head = calloc(1, size);
	off_t count;

	disc->holds_something = true;
	if (!head || burn_read_data(l->drive, 0, head, (off_t)size, &count, READ_QUIETLY) <= 0)
		return;
	disc->has_iso = memcmp(head + DRIVE_HEAD_BLOCK * BLOCK_SIZE, PVD_MAGIC,
			       strlen(PVD_MAGIC)) == 0;
	disc->unfinished = memcmp(head, DRIVE_UNFINISHED, marked) == 0 &&
			   bytes_zero(head + marked,
				      (size_t)DRIVE_HEAD_BLOCKS * BLOCK_SIZE - marked);
	if (!bytes_zero(head, size))
		return;
	disc->holds_something = burn_read_data(l->drive, (off_t)ANCHOR_BLOCK * BLOCK_SIZE, head,
					       BLOCK_SIZE, &count, READ_QUIETLY) > 0 &&
				!bytes_zero(head, BLOCK_SIZE);
}

/*
 * What is left of one that is not formatted yet, for its spare areas are part of @size: the least
 * that the formats offer which libburn chooses from (MMC-6, FORMAT UNIT: type 00 is the drive's own
 * choice).
 */
static off_t formatted_size(struct drive_link *l, int nformats, off_t size)
{
	for (int i = 0; i < nformats; i++) {
		off_t would_be;
		unsigned parameter;
		int type;

		if (burn_disc_get_format_descr(l->drive, i, &type, &would_be, &parameter) > 0 &&
		    type == 0x00 && would_be > 0 && would_be < size)
			size = would_be;
	}
	return size;
}

/* A medium that is overwritten at random: libburn calls it blank at any time. */
static uint64_t examine_overwritable(struct drive_link *l, struct drive_disc *disc)
{
	off_t size = 0;
	unsigned spare;
	int state = BURN_FORMAT_IS_UNKNOWN, n = 0;

	if (burn_disc_get_formats(l->drive, &state, &size, &spare, &n) <= 0)
		size = 0;
	disc->formatted = state != BURN_FORMAT_IS_UNFORMATTED;
	if (!disc->formatted)
		return (uint64_t)formatted_size(l, n, size) / BLOCK_SIZE;
	probe_content(l, disc);
	return (uint64_t)burn_disc_available_space(l->drive, NULL) / BLOCK_SIZE;
}

bool drive_lacks_format(const struct drive_disc *disc)
{
	return disc->kind->overwritable && !disc->formatted;
}

/* Something that is not ours to overwrite. */
static bool holds_foreign(const struct drive_disc *disc)
{
	return disc->holds_something && !disc->unfinished;
}

static const char *status_word(const struct drive_disc *disc)
{
	bool blank = disc->status == BURN_DISC_BLANK;

	if (disc->status == BURN_DISC_EMPTY)
		return "none";
	if (!disc->kind)
		return "unsuitable";
	if (blank && disc->kind->overwritable)
		return holds_foreign(disc) ? "full" : "blank";
	if (blank)
		return "blank";
	if (disc->status == BURN_DISC_APPENDABLE)
		return "appendable";
	return disc->status == BURN_DISC_FULL ? "full" : "unsuitable";
}

static void find_room(struct drive_link *l, struct drive_disc *disc)
{
	struct medium *m = &disc->medium;

	if (disc->status == BURN_DISC_BLANK && disc->kind->overwritable)
		m->data_blocks = examine_overwritable(l, disc);
	else if (disc->status == BURN_DISC_BLANK || disc->status == BURN_DISC_APPENDABLE)
		m->data_blocks = (uint64_t)burn_disc_available_space(l->drive, NULL) / BLOCK_SIZE;
	else
		return;
	m->facts.free_blocks = m->data_blocks;
	/* Behind a session there is only a track at once, which is no shorter than it may be. */
	if (disc->kind->cd && disc->status == BURN_DISC_APPENDABLE)
		m->data_blocks = m->data_blocks < TRACK_MIN_SECTORS + TRACK_RUN_OUT ?
				 0 : m->data_blocks - TRACK_RUN_OUT;
	m->data_known = disc->status == BURN_DISC_APPENDABLE || m->data_blocks;
	m->audio_known = m->data_known && disc->kind->cd;
	if (m->audio_known)
		m->audio_blocks = m->data_blocks;
}

void drive_examine(struct drive_link *l, struct drive_disc *disc)
{
	char name[80];
	int profile = 0;

	*disc = (struct drive_disc){ .status = BURN_DISC_EMPTY };
	if (l->lost)
		return;
	disc->status = burn_disc_get_status(l->drive);
	if (disc->status != BURN_DISC_EMPTY && burn_disc_get_profile(l->drive, &profile, name) > 0)
		disc->kind = drive_kind(profile);
	if (disc->kind)
		find_room(l, disc);
	snprintf(disc->medium.kind, sizeof(disc->medium.kind), "%s",
		 disc->kind ? disc->kind->name : "");
	disc->medium.status = status_word(disc);
	drive_facts(l, disc);
}

/* ---- may it be recorded on ---- */

static const char *remedy(const struct drive_kind *kind)
{
	if (kind->erasable || kind->overwritable)
		return "write \"blank\" to control to erase it, or insert another disc";
	return "insert a blank disc";
}

bool drive_may_grow(const struct drive_disc *disc)
{
	if (!disc->kind)
		return false;
	return disc->status == BURN_DISC_APPENDABLE ||
	       (disc->status == BURN_DISC_BLANK && disc->kind->overwritable && disc->has_iso);
}

void drive_set_sessions(struct drive_disc *disc, struct recorded *recorded,
			const struct err *why_not)
{
	struct medium *m = &disc->medium;

	disc->recorded = recorded;
	disc->why_not = *why_not;
	m->status = recorded ? "appendable" : "full";
	m->data_known = recorded;
	if (!recorded || !disc->kind->overwritable)
		return;
	m->data_blocks -= recorded->next < m->data_blocks ? recorded->next : m->data_blocks;
	m->facts.next_block = recorded->next;
	m->facts.free_blocks = m->data_blocks;
}

/* Why nothing may be put on a disc of a kind that we know. */
static int refuse(const struct drive_disc *disc, struct err *err)
{
	const char *name = disc->kind->name, *how = remedy(disc->kind);

	if (disc->status == BURN_DISC_FULL)
		return err_set(err, EROFS, "the %s is closed: %s", name, how);
	if (disc->why_not.code)
		return err_set(err, disc->why_not.code, "cannot add to the %s: %s; %s",
			       name, disc->why_not.msg, how);
	if (disc->status == BURN_DISC_BLANK)
		return err_set(err, EROFS,
			       "the %s contains data other than ISO 9660, which burnfs will not "
			       "overwrite: %s",
			       name, how);
	return err_set(err, EMEDIUMTYPE,
		       "the %s is in a state that does not allow recording, as after a failed "
		       "burn: %s",
		       name, how);
}

/* The same of a disc that exists already: it is recorded on one that holds nothing. */
static int refuse_whole(const struct drive_disc *disc, struct err *err)
{
	if (!disc->recorded && disc->status != BURN_DISC_APPENDABLE)
		return refuse(disc, err);
	return err_set(err, EROFS,
		       "the %s holds something, and an image takes a disc for itself: %s",
		       disc->kind->name, remedy(disc->kind));
}

int drive_may_record(const struct drive_disc *disc, const struct layout *layout, struct err *err)
{
	enum format format = layout->format;
	const struct drive_kind *kind = disc->kind;
	bool blank = disc->status == BURN_DISC_BLANK && !holds_foreign(disc);

	if (disc->status == BURN_DISC_EMPTY)
		return err_set(err, ENOMEDIUM, "there is no disc in the drive: insert one");
	if (!kind)
		return err_set(err, EMEDIUMTYPE,
			       "the disc in the drive is not recordable: insert another disc");
	if (format != FORMAT_DATA && !kind->cd)
		return err_set(err, EMEDIUMTYPE, "a %s cannot have audio tracks: insert a CD",
			       kind->name);
	if (layout->whole)
		return blank ? 0 : refuse_whole(disc, err);
	if (blank || disc->recorded ||
	    (format == FORMAT_AUDIO && disc->status == BURN_DISC_APPENDABLE))
		return 0;
	return refuse(disc, err);
}

/* ---- emptying it ---- */

struct erasing {
	struct drive_link *link;
	struct progress *progress;
};

static void report(void *data)
{
	struct erasing *e = data;
	struct burn_progress p = { 0 };

	burn_drive_get_status(e->link->drive, &p);
	if (p.sector > 0 && p.sector <= ERASE_STEPS)
		atomic_store(&e->progress->done, (uint64_t)p.sector * 100 / ERASE_STEPS);
	if (e->progress->changed)
		e->progress->changed(e->progress->data);
}

/* Until the drive is done with what it was told. */
static int await(struct drive_link *l, struct progress *progress, const char *what, struct err *err)
{
	struct erasing e = { l, progress };

	drive_wait_idle(l, false, report, &e);
	if (l->lost || l->last_error.code || !burn_drive_wrote_well(l->drive))
		return drive_failed(l, what, err);
	return 0;
}

/* Nothing that a reader of discs looks at is left then. */
static int zero_head(struct drive_link *l, const struct drive_disc *disc, struct err *err)
{
	uint64_t blocks = disc->medium.data_blocks ? disc->medium.data_blocks & ~(uint64_t)31 :
						     ZERO_BLOCKS;
	size_t size = (size_t)(blocks < ZERO_BLOCKS ? blocks : ZERO_BLOCKS) * BLOCK_SIZE;
	cleanup_free char *zeros = calloc(1, size);
	bool good;

	if (!zeros)
		return err_set(err, ENOMEM, "not enough memory to blank a disc");
	good = burn_random_access_write(l->drive, 0, zeros, (off_t)size, 1) > 0;
	drive_poll_messages(l);
	return good && !l->last_error.code && !l->lost ?
	       0 : drive_failed(l, "cannot overwrite the disc", err);
}

static int format(struct drive_link *l, bool again, bool fast, struct progress *progress,
		  struct err *err)
{
	int flags = FORMAT_DEFAULT_SIZE | (again ? FORMAT_AGAIN : 0) |
		    (fast ? FORMAT_UNCERTIFIED : 0);
	int r;

	burn_disc_format(l->drive, 0, flags);
	r = await(l, progress, "cannot format the disc", err);
	/* The drive has to be asked what it has now. */
	if (r == 0 && burn_drive_re_assess(l->drive, 0) <= 0)
		r = drive_failed(l, "the disc is formatted, but the drive does not recognize it",
				 err);
	return r;
}

int drive_blank(struct drive_link *l, const struct drive_disc *disc, bool fast,
		struct progress *progress, struct err *err)
{
	const struct drive_kind *kind = disc->kind;
	int r = 0;

	if (disc->status == BURN_DISC_EMPTY)
		return err_set(err, ENOMEDIUM, "there is no disc in the drive: insert one");
	if (!kind || !(kind->erasable || kind->overwritable))
		return err_set(err, EMEDIUMTYPE, "%s%s cannot be erased: insert a rewritable disc",
			       kind ? "a " : "the disc in the drive", kind ? kind->name : "");
	drive_clear_messages(l);
	atomic_store(&progress->total, 100);   /* it is told in percent */
	if (kind->erasable) {
		/* libburn erases no disc with a damaged session unless it thinks better of it. */
		burn_disc_pretend_full(l->drive);
		burn_disc_erase(l->drive, fast);
		return await(l, progress, "cannot erase the disc", err);
	}
	if (!disc->formatted || !fast)
		r = format(l, disc->formatted, fast, progress, err);
	return r == 0 ? zero_head(l, disc, err) : r;
}
