/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is told of the disc in a drive and decides nothing: sessions, addresses, speeds, who made
 * it.
 */
#include "drive/priv.h"

#include <stdio.h>
#include <string.h>

static unsigned track_number(struct burn_track *track)
{
	struct burn_toc_entry entry;

	burn_track_get_entry(track, &entry);
	return (unsigned)(entry.extensions_valid & 1 ? entry.point_msb << 8 : 0) +
	       (unsigned)entry.point;
}

/* Those that are complete: libburn knows of none on a disc that is written over at random. */
static void count_sessions(struct drive_link *l, struct medium_facts *facts)
{
	struct burn_disc *disc = burn_drive_get_disc(l->drive);
	struct burn_session **sessions;
	int n = 0;

	if (!disc)
		return;
	sessions = burn_disc_get_sessions(disc, &n);
	for (int i = 0; i < n; i++) {
		int ntracks = 0;
		struct burn_track **tracks = burn_session_get_tracks(sessions[i], &ntracks);

		if (ntracks > 0)
			facts->last_track = track_number(tracks[ntracks - 1]);
	}
	facts->sessions = (unsigned)n;
	burn_disc_free(disc);
}

static void find_next(struct drive_link *l, const struct drive_disc *disc,
		      struct medium_facts *facts)
{
	int start, next;

	if (disc->status != BURN_DISC_BLANK && disc->status != BURN_DISC_APPENDABLE)
		return;
	if (disc->kind->overwritable)
		facts->next_block = 0;
	else if (burn_disc_track_lba_nwa(l->drive, NULL, 0, &start, &next) > 0)
		facts->next_block = next;
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = text; (at = strstr(at, word)); at += len)
		if ((at == text || at[-1] == ' ') && (at[len] == ' ' || !at[len]))
			return true;
	return false;
}

/* Of each kind once: there are several profiles of some. */
static void list_kinds(struct drive_link *l, char *out, size_t size)
{
	int profiles[64], n = 0;
	char current[64];
	size_t len = 0;

	if (burn_drive_get_all_profiles(l->drive, &n, profiles, current) <= 0)
		return;
	for (int i = n - 1; i >= 0; i--) { /* a drive names the newest first */
		const struct drive_kind *kind = drive_kind(profiles[i]);

		if (!kind || strstr(kind->name, "-rom") || has_word(out, kind->name))
			continue;
		len += (size_t)snprintf(out + len, size - len, "%s%s", len ? " " : "", kind->name);
		if (len >= size)
			return;
	}
}

static void find_maker(struct drive_link *l, struct medium_facts *facts)
{
	enum { AS_IT_IS = 1 };
	char *id, *maker, *type, *book;
	size_t len;

	if (burn_disc_get_media_id(l->drive, &id, &maker, &type, &book, AS_IT_IS) > 0)
		snprintf(facts->id, sizeof(facts->id), "%s", id);
	for (len = strlen(facts->id); len && facts->id[len - 1] == ' '; len--)
		facts->id[len - 1] = '\0';
	free(id);
	free(maker);
	free(type);
	free(book);
}

void drive_facts(struct drive_link *l, struct drive_disc *disc)
{
	struct medium_facts *facts = &disc->medium.facts;

	list_kinds(l, disc->medium.records, sizeof(disc->medium.records));
	facts->known = disc->kind;
	facts->next_block = -1;
	if (!facts->known)
		return;
	facts->erasable = burn_disc_erasable(l->drive) || disc->kind->erasable ||
			  disc->kind->overwritable;
	count_sessions(l, facts);
	/* What a disc that is written over at random holds is one session with one track. */
	if (disc->kind->overwritable && disc->status == BURN_DISC_BLANK)
		facts->sessions = facts->last_track = disc->holds_something;
	find_next(l, disc, facts);
	facts->nspeeds = drive_speeds(l, disc->kind, facts->speeds);
	find_maker(l, facts);
}
