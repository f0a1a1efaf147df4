/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which sheets can be recorded. libburn (1.5.4, libburn.h and write.c) writes a session with sound
 * alone at once, on a blank disc: with gaps and indices from the source. All others it writes track
 * at once: gaps of two seconds that the drive makes, no index but 1. It knows no Mode 2, and fills
 * up a track under 300 sectors.
 */
#include "imagefile/sheet.h"

struct rule {
	const struct sheet *sheet;
	const struct sheet_track *track;
	bool first;                  /* of its session */
	bool at_once;                /* its session is written track at once */
	bool data_follows;           /* in its session */
	struct err *err;
};

static int no_mode2(const struct rule *r)
{
	if (r->track->mode != SHEET_OTHER)
		return 0;
	return err_set(r->err, EMEDIUMTYPE, "track %u is %s, which burnfs does not record: "
		       "cdrdao can, from a TOC file", r->track->number, r->track->mode_name);
}

static int no_sound_first(const struct rule *r)
{
	if (r->track->mode != SHEET_AUDIO || !r->data_follows)
		return 0;
	return err_set(r->err, EMEDIUMTYPE, "track %u is sound, and data follows in the same "
		       "session: put REM SESSION %02u before the data, or use cdrdao",
		       r->track->number, r->track->session + 1);
}

static int no_short_track(const struct rule *r)
{
	if (r->track->sectors >= TRACK_MIN_SECTORS)
		return 0;
	return err_set(r->err, EMEDIUMTYPE, "track %u has %u sectors, and a track has at least "
		       "%d (4 seconds): cdrdao records shorter ones", r->track->number,
		       r->track->sectors, TRACK_MIN_SECTORS);
}

static int no_gap_of_its_own(const struct rule *r)
{
	unsigned drives = r->first ? 0 : GAP_DEFAULT;

	if (!r->at_once || r->track->gap == drives)
		return 0;
	return err_set(r->err, EMEDIUMTYPE, "the gap before track %u has %u sectors, where %u are "
		       "needed in a session with data, or behind another: change the sheet, or "
		       "use cdrdao", r->track->number, r->track->gap, drives);
}

static int no_index_at_once(const struct rule *r)
{
	if (!r->at_once || r->track->indices == 1)
		return 0;
	return err_set(r->err, EMEDIUMTYPE, "track %u has an INDEX 02, which cannot be recorded "
		       "in a session with data, or behind another: remove it, or use cdrdao",
		       r->track->number);
}

static const struct {
	int (*broken)(const struct rule *);
	bool placed;                 /* asked after sheet_fit() only */
} rules[] = {
	{ no_mode2, false },
	{ no_sound_first, false },
	{ no_short_track, true },
	{ no_gap_of_its_own, true },
	{ no_index_at_once, true },
};

/* What the tracks of the session of @r->track are, from @from on. */
static bool data_in_session(const struct sheet *s, unsigned session, unsigned from)
{
	for (unsigned i = from; i < s->ntracks; i++)
		if (s->tracks[i].session == session && s->tracks[i].mode != SHEET_AUDIO)
			return true;
	return false;
}

static void look_at(struct rule *r, unsigned i)
{
	const struct sheet *s = r->sheet;

	r->track = &s->tracks[i];
	r->first = !i || s->tracks[i - 1].session != r->track->session;
	r->data_follows = data_in_session(s, r->track->session, i + 1);
	r->at_once = r->track->session > 1 || data_in_session(s, r->track->session, 0);
}

int sheet_recordable(const struct sheet *s, struct err *err)
{
	struct rule rule = { .sheet = s, .err = err };

	for (size_t i = 0; i < ARRAY_SIZE(rules); i++) {
		if (rules[i].placed && !s->parts)
			continue;
		for (unsigned k = 0; k < s->ntracks; k++) {
			int r;

			look_at(&rule, k);
			r = rules[i].broken(&rule);
			if (r < 0)
				return r;
		}
	}
	return 0;
}
