/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Drives that come and go, and discs that are put in and taken out: what the kernel tells of them
 * becomes events, and a look at the recorder when it is its disc.
 */
#include "session/priv.h"

#include <string.h>

#include "drive/recorder.h"

/*
 * Seconds after a look at the drive in which no disc is put in by hand: opening a drive makes the
 * kernel tell of its disc once more.
 */
static const double ECHO = 1;

static bool is_ours(struct session *s, const char *device)
{
	bool ours;

	pthread_mutex_lock(&s->lock);
	ours = rec_drive_is(s->recorder, device);
	pthread_mutex_unlock(&s->lock);
	return ours;
}

/* A job looks for itself. */
static void want_probe(struct session *s, enum drive_news news)
{
	pthread_mutex_lock(&s->lock);
	s->unplugged = news == DRIVE_UNPLUGGED;
	if (s->state == STATE_STAGING && !s->probed &&
	    (news != DRIVE_DISC_CHANGED || time_monotonic() - s->looked > ECHO)) {
		s->probe_wanted = true;
		pthread_cond_broadcast(&s->changed);
	}
	pthread_mutex_unlock(&s->lock);
}

void drives_told(void *data, const char *device, enum drive_news news)
{
	static const char *const words[] = {
		[DRIVE_PLUGGED] = "plugged", [DRIVE_UNPLUGGED] = "unplugged",
	};
	struct session *s = data;

	if (news != DRIVE_DISC_CHANGED)
		events_add(s->events, words[news], "%s", device);
	if (is_ours(s, device))
		want_probe(s, news);
	session_changed(s);
}

void drives_looked(struct session *s, const struct medium *before)
{
	struct medium now;

	pthread_mutex_lock(&s->lock);
	recorder_medium(s->recorder, &now);
	s->looked = time_monotonic();
	pthread_mutex_unlock(&s->lock);
	if (strcmp(before->kind, now.kind) == 0 && strcmp(before->status, now.status) == 0)
		return;
	events_add(s->events, "medium", "%s %s", *now.kind ? now.kind : "none", now.status);
	session_changed(s);
}
