/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How fast a drive records, and with which of its precautions: what the settings say of it, told to
 * the drive. What is recorded is no matter here.
 */
#include "drive/priv.h"

#include <stdio.h>
#include <string.h>

/* Where a speed was told: GET PERFORMANCE knows every disc, mode page 2A no more than CDs. */
enum { FROM_PERFORMANCE = 2 };

/* 1x of a kind of disc, in tenths of 1000 bytes a second: as libburn.h has them. */
static unsigned single_speed(const struct drive_kind *kind)
{
	if (kind->cd)
		return 1764;
	return strncmp(kind->name, "bd", 2) == 0 ? 44960 : 13850;
}

static void insert(unsigned speeds[MEDIUM_SPEEDS_MAX], unsigned *n, unsigned speed)
{
	unsigned at = 0;

	while (at < *n && speeds[at] < speed)
		at++;
	if (*n == MEDIUM_SPEEDS_MAX || (at < *n && speeds[at] == speed))
		return;
	memmove(speeds + at + 1, speeds + at, (*n - at) * sizeof(*speeds));
	speeds[at] = speed;
	++*n;
}

unsigned drive_speeds(struct drive_link *l, const struct drive_kind *kind,
		      unsigned speeds[MEDIUM_SPEEDS_MAX])
{
	struct burn_speed_descriptor *list = NULL;
	unsigned n = 0;

	if (burn_drive_get_speedlist(l->drive, &list) < 0)
		return 0;
	for (const struct burn_speed_descriptor *s = list; s; s = s->next)
		if (s->write_speed > 0 && (s->source == FROM_PERFORMANCE || kind->cd))
			insert(speeds, &n, (unsigned)s->write_speed);
	burn_drive_free_speedlist(&list);
	return n;
}

/*
 * The fastest that is no faster than wanted, else the slowest. A drive that offers none is told the
 * wish.
 */
static unsigned nearest(const unsigned *speeds, unsigned n, unsigned wanted)
{
	unsigned best = n ? speeds[0] : wanted;

	for (unsigned i = 0; i < n && speeds[i] <= wanted; i++)
		best = speeds[i];
	return best;
}

static void set_speed(struct drive_link *l, const struct drive_kind *kind,
		      const struct settings *settings, struct progress *progress)
{
	unsigned speeds[MEDIUM_SPEEDS_MAX], n = drive_speeds(l, kind, speeds),
					    wanted = settings->speed, taken;
	char text[80], value[32] = "";

	if (wanted & SPEED_TIMES) /* rounded up, as drives do: 4x of a CD is 706 */
		wanted = (unsigned)(((uint64_t)(wanted & ~(unsigned)SPEED_TIMES) *
					     single_speed(kind) +
				     99) /
				    100);
	taken = wanted ? nearest(speeds, n, wanted) : 0;
	burn_drive_set_speed(l->drive, 0, (int)taken);
	if (!taken || !progress->tell)
		return;
	settings_text(settings, "speed", value, sizeof(value));
	snprintf(text, sizeof(text), "wanted=%s kb_per_second=%u", value, taken);
	progress->tell(progress->data, "speed", text);
}

void drive_tune(struct drive_link *l, const struct drive_kind *kind, struct burn_write_opts *opts,
		const struct settings *settings, struct progress *progress)
{
	burn_write_opts_set_underrun_proof(opts, settings->burnfree);
	burn_write_opts_set_stream_recording(opts, settings->stream);
	set_speed(l, kind, settings, progress);
}
