/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads sound back. Drives record and read it some hundred samples beside its address, always the
 * same number of them, for the addresses of sound are in a channel of their own. So what is read is
 * compared at every shift that all before it allowed: silence leaves them all, and the first sound
 * but one.
 *
 * The first and last sectors of the disc are not compared: at some shifts they are where nothing
 * can be read.
 */
#include "drive/priv.h"

#include <stdio.h>
#include <string.h>

#include "record/read_back.h"

enum {
	SAMPLE = 4,             /* bytes of both channels (Red Book) */
	SHIFT_MAX = 3000,       /* samples; of drives that were ever measured it is less than
				   2000 */
	SHIFTS = 2 * SHIFT_MAX + 1,
	MARGIN = 6,             /* sectors, which SHIFT_MAX samples are less than */
	CHUNK = 32,             /* sectors */
	QUIETLY = 16, UNTRIED = 4,  /* of burn_read_audio(): data is no message; not sector by
				       sector */
	NOT_SOUND = -3,         /* of burn_read_audio(): that is data */
};

struct listening {
	struct drive_link *link;
	struct source *source;
	struct progress *progress;
	struct err *err;
	struct damage damage;
	char *got;              /* CHUNK sectors */
	char *want;             /* the same with a margin on either side */
	uint64_t first;         /* sector of the image that @want begins with */
	size_t nwant;           /* sectors in it */
	int shifts[SHIFTS];     /* in samples: @got is @want that much later */
	size_t nshifts;
	unsigned unreadable;    /* sectors */
	unsigned right, wrong;  /* chunks with sound */
	bool read;              /* anything could be */
};

/* ---- both sides ---- */

/* Keep what is there already: sound that is decoded can only be read on. */
static int want(struct listening *s, uint64_t first, size_t n)
{
	size_t kept = first < s->first + s->nwant ? (size_t)(s->first + s->nwant - first) : 0;
	ssize_t r;

	memmove(s->want, s->want + (s->nwant - kept) * SECTOR_SIZE, kept * SECTOR_SIZE);
	s->first = first;
	s->nwant = n;
	r = source_read(s->source, s->want + kept * SECTOR_SIZE, (n - kept) * SECTOR_SIZE,
			(first + kept) * SECTOR_SIZE, s->err);
	return r < 0 ? err_wrap(s->err, "cannot compare the disc with what is staged") : 0;
}

static int read_sectors(struct listening *s, int64_t lba, size_t n, struct err *err)
{
	off_t bytes = (off_t)(n * SECTOR_SIZE), count = 0;
	int r;

	drive_clear_messages(s->link);
	r = burn_read_audio(s->link->drive, (int)lba, s->got, bytes, &count, UNTRIED | QUIETLY);
	drive_poll_messages(s->link);
	if (r > 0 && count == bytes && !s->link->lost) {
		s->read = true;
		return 0;
	}
	/* Sense key 5: it does not know the command, or that form of it. */
	if (!s->link->lost && !s->read && strstr(s->link->last_error.msg, "[5 "))
		return err_set(err, EOPNOTSUPP,
			       "the drive %s cannot read sound: the disc is recorded, but not "
			       "verified",
			       s->link->device);
	if (!s->link->lost && r == NOT_SOUND)
		return err_set(err, EIO, "the track has no sound");
	return drive_failed(s->link, "cannot read the disc", err);
}

/* ---- comparing ---- */

static const char *wanted(const struct listening *s, int shift)
{
	return s->want + MARGIN * SECTOR_SIZE + shift * SAMPLE;
}

static size_t same_bytes(const char *a, const char *b, size_t len)
{
	enum { PIECE = 256 };
	size_t n = 0;

	while (len - n >= PIECE && !memcmp(a + n, b + n, PIECE))
		n += PIECE;
	while (n < len && a[n] == b[n])
		n++;
	return n;
}

/* None fits: keep those that did so longest, and note where they end. */
static void keep_longest(struct listening *s, size_t len)
{
	uint64_t pos = (s->first + MARGIN) * SECTOR_SIZE;
	size_t longest = 0, kept = 0;

	for (size_t i = 0; i < s->nshifts; i++) {
		size_t n = same_bytes(s->got, wanted(s, s->shifts[i]), len);

		if (n > longest || kept == 0) {
			longest = n;
			kept = 0;
		}
		if (n == longest)
			s->shifts[kept++] = s->shifts[i];
	}
	s->nshifts = kept;
	if (kept > 1) {
		damage_note(&s->damage, s->source, pos + longest, NULL);
		return;
	}
	for (size_t at = 0; at < len; at += SECTOR_SIZE) {
		const char *there = wanted(s, s->shifts[0]) + at;
		size_t n = same_bytes(s->got + at, there, SECTOR_SIZE);

		if (n < SECTOR_SIZE)
			damage_note(&s->damage, s->source,
				    (uint64_t)((int64_t)(pos + at + n) + s->shifts[0] * SAMPLE),
				    NULL);
	}
}

static void compare(struct listening *s, size_t len)
{
	size_t kept = 0, sound = 0;

	/* At every shift the same, and at none the worse for it. */
	if (s->nshifts > 1 && bytes_zero(s->want, s->nwant * SECTOR_SIZE) &&
	    bytes_zero(s->got, len))
		return;
	while (sound < len && !s->got[sound])
		sound++;
	for (size_t i = 0; i < s->nshifts; i++) {
		const char *there = wanted(s, s->shifts[i]);

		/* From where the sound begins, first: that is where nearly all differ at once. */
		if (memcmp(s->got + sound, there + sound, len - sound) == 0 &&
		    memcmp(s->got, there, sound) == 0)
			s->shifts[kept++] = s->shifts[i];
	}
	if (kept == 0) {
		keep_longest(s, len);
		s->wrong++;
		return;
	}
	s->nshifts = kept;
	s->right += sound < len;
}

/* @n sectors of the image from @sector on, which are @beside from there on the disc. */
static int compare_sectors(struct listening *s, uint64_t sector, size_t n, int64_t beside)
{
	struct err why = { 0 };
	int r = read_sectors(s, (int64_t)sector + beside, n, &why);

	if (r == -EIO && n > 1) {
		for (r = 0; r == 0 && n > 0 && s->unreadable < UNREADABLE_MAX; sector++, n--)
			r = compare_sectors(s, sector, 1, beside);
		return r;
	}
	if (r < 0 && r != -EIO) {
		*s->err = why;
		return r;
	}
	if (atomic_load(&s->progress->cancel))
		return err_set(s->err, ECANCELED,
			       "cancelled; the disc is recorded, but not verified");
	if (r < 0) {
		s->unreadable++;
		damage_note(&s->damage, s->source, sector * SECTOR_SIZE, &why);
		return 0;
	}
	r = want(s, sector - MARGIN, n + 2 * MARGIN);
	if (r == 0)
		compare(s, n * SECTOR_SIZE);
	return r;
}

static int compare_run(struct listening *s, uint64_t from, uint64_t to, int64_t beside)
{
	int r = 0;

	while (from < to && r == 0 && s->unreadable < UNREADABLE_MAX) {
		size_t n = to - from < CHUNK ? (size_t)(to - from) : CHUNK;

		r = compare_sectors(s, from, n, beside);
		from += n;
		progress_at(s->progress, source_layout(s->source), from);
	}
	return r;
}

/* ---- the disc ---- */

/*
 * Tracks that were recorded one by one are farther apart than in the image. What lies between those
 * is the drive's own, and is left out.
 */
static int compare_track(struct listening *s, const int64_t at[], unsigned i)
{
	const struct layout *l = source_layout(s->source);
	const struct track *t = &l->tracks[i], *next = t + 1;
	int64_t beside = at[i] - (int64_t)t->start;
	bool joins = i > 0 && at[i - 1] - (int64_t)t[-1].start == beside;
	bool joined = i + 1 < l->ntracks && at[i + 1] - (int64_t)next->start == beside;
	uint64_t from = t->start - (joins || i == 0 ? t->gap : 0) + (joins ? 0 : MARGIN);

	return compare_run(s, from, t->start + t->blocks - (joined ? 0 : MARGIN), beside);
}

static int compare_tracks(struct listening *s, const int64_t at[])
{
	const struct layout *l = source_layout(s->source);
	int r = 0;

	for (unsigned i = 0; i < l->ntracks && r == 0; i++)
		if (!l->tracks[i].data)
			r = compare_track(s, at, i);
	return r;
}

static int listen(struct listening *s)
{
	const struct layout *l = source_layout(s->source);
	int64_t at[TRACKS_MAX + 1];
	int r = drive_contents(s->link, l->ntracks, at, s->err);

	if (r < 0)
		return r;
	r = compare_tracks(s, at);
	if (r == 0)
		r = damage_tell(&s->damage, "the disc", s->err);
	if (r == -EIO && s->wrong > s->right)
		err_wrap(s->err, "most of the sound is more than %d samples from its place",
			 SHIFT_MAX);
	return r;
}

int drive_verify_sound(struct drive_link *l, struct source *source, struct progress *progress,
		       struct err *err)
{
	struct listening *s = calloc(1, sizeof(*s));
	int r = -ENOMEM;

	if (s) {
		*s = (struct listening){
			.link = l, .source = source, .progress = progress, .err = err,
		};
		for (int shift = -SHIFT_MAX; shift <= SHIFT_MAX; shift++)
			s->shifts[s->nshifts++] = shift;
		s->got = malloc((size_t)CHUNK * SECTOR_SIZE);
		s->want = malloc((size_t)(CHUNK + 2 * MARGIN) * SECTOR_SIZE);
	}
	if (s && s->got && s->want)
		r = listen(s);
	else
		err_set(err, ENOMEM, "not enough memory to verify");
	if (s) {
		free(s->got);
		free(s->want);
	}
	free(s);
	return r;
}
