/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the drive tells of a session that was just recorded: libburn does not look whether one
 * command or another that it sent before was refused, and a disc may then be left open under a burn
 * that went well.
 */
#include "drive/priv.h"

static struct burn_session *last_session(struct burn_disc *disc)
{
	int n;
	struct burn_session **sessions = burn_disc_get_sessions(disc, &n);

	return n > 0 ? sessions[n - 1] : NULL;
}

int64_t drive_address(const struct burn_toc_entry *e)
{
	return e->extensions_valid & 1 ? e->start_lba :
					 burn_msf_to_lba(e->pmin, e->psec, e->pframe);
}

static int read_session(struct burn_disc *disc, unsigned ntracks, int64_t at[TRACKS_MAX + 1],
			struct err *err)
{
	struct burn_session *session = disc ? last_session(disc) : NULL;
	struct burn_toc_entry entry;
	struct burn_track **tracks;
	int n = 0;

	if (!session)
		return err_set(err, EIO, "the disc shows no complete session");
	tracks = burn_session_get_tracks(session, &n);
	if (n < 0 || (unsigned)n != ntracks)
		return err_set(err, EIO,
			       plural((uint64_t)n,
				      "the last session of the disc shows %d track, not %u",
				      "the last session of the disc shows %d tracks, not %u"),
			       n, ntracks);
	for (int i = 0; i < n; i++) {
		burn_track_get_entry(tracks[i], &entry);
		at[i] = drive_address(&entry);
	}
	burn_session_get_leadout_entry(session, &entry);
	at[n] = drive_address(&entry);
	return 0;
}

int drive_contents(struct drive_link *l, unsigned ntracks, int64_t at[TRACKS_MAX + 1],
		   struct err *err)
{
	struct burn_disc *disc = burn_drive_get_disc(l->drive);
	int r = read_session(disc, ntracks, at, err);

	if (disc)
		burn_disc_free(disc);
	return r;
}

static int compare(struct drive_link *l, const struct layout *layout, struct err *err)
{
	uint32_t origin = layout_origin(layout);
	int64_t at[TRACKS_MAX + 1];
	int r = drive_contents(l, layout->ntracks, at, err);

	if (r == 0 && layout->format == FORMAT_DATA && at[0] != origin)
		return err_set(err, EIO,
			       "the last session of the disc begins at block %lld, and it was made "
			       "for block %u",
			       (long long)at[0], origin);
	for (unsigned i = 0; i < layout->ntracks && r == 0; i++) {
		long long there = at[i + 1] - at[i], wanted = (long long)layout->tracks[i].blocks;

		if (there < wanted)
			r = err_set(err, EIO,
				    plural((uint64_t)there,
					   "track %u has %lld block on the disc, not %lld",
					   "track %u has %lld blocks on the disc, not %lld"),
				    i + 1, there, wanted);
	}
	return r;
}

int drive_confirm(struct drive_link *l, const struct layout *layout, struct err *err)
{
	int r = -EIO;

	/* It may be the asking that failed. */
	for (int tries = 0; tries < 2 && r < 0 && !l->lost; tries++) {
		*err = (struct err){ 0 };
		r = -EIO;
		drive_clear_messages(l);
		if (burn_drive_re_assess(l->drive, 0) > 0)
			r = compare(l, layout, err);
		drive_poll_messages(l);
	}
	if (r == 0)
		return 0;
	if (l->lost || !err->code)
		return drive_failed(l, "the disc was recorded, but the drive does not recognize it",
				    err);
	return err_wrap(err, "the disc was not recorded correctly");
}
