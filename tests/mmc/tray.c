/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in the tray of a drive: the files "tray", which says what is, and "control", by which a
 * test says what shall be.
 */
#include "mmc.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Events of the media class (MMC-5 table 317). */
enum { MEDIA_NEW = 2, MEDIA_REMOVED = 3 };

static void save_tray(const struct drive *d)
{
	char path[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/tray", d->dir);
	f = fopen(path, "we");
	if (!f)
		return;
	fprintf(f, "%s %s\n", d->tray_open ? "open" : "closed", d->disc_name);
	fclose(f);
}

void drive_changed(struct drive *d)
{
	cue_drop(d);
	disc_free(d->shadow);
	d->shadow = NULL;
	d->calibrated = false;
	d->busy = 0;
}

void drive_save(struct drive *d, int often)
{
	if (d->unsaved < often)
		return;
	d->unsaved = 0;
	if (d->disc)
		disc_save(d->disc);
}

static void forget_disc(struct drive *d)
{
	drive_save(d, 1);
	drive_changed(d);
	disc_free(d->disc);
	d->disc = NULL;
}

static void load_disc(struct drive *d)
{
	char dir[PATH_MAX];
	struct track *open;

	forget_disc(d);
	snprintf(dir, sizeof(dir), "%.299s/%s", d->dir, d->disc_name);
	if (!d->disc_name[0] || d->tray_open)
		return;
	d->disc = disc_load(dir);
	/* A drive that was left alone has flushed its buffer, and ended the track. */
	open = d->disc ? disc_open_track(d->disc) : NULL;
	if (open && is_kind(d->disc, KIND_CD) && !(open->flags & TRACK_SAO))
		end_open_track(d->disc, open);
}

void tray_refresh(struct drive *d)
{
	char path[PATH_MAX], word[8] = "closed", name[sizeof(d->disc_name)] = "";
	bool was_open = d->tray_open;
	FILE *f;

	snprintf(path, sizeof(path), "%s/tray", d->dir);
	f = fopen(path, "re");
	if (f) {
		if (fscanf(f, "%7s %63s", word, name) < 1)
			snprintf(word, sizeof(word), "closed");
		fclose(f);
	}
	d->tray_open = !strcmp(word, "open");
	if (was_open == d->tray_open && !strcmp(name, d->disc_name) &&
	    !(d->disc && disc_changed_outside(d->disc)))
		return;
	snprintf(d->disc_name, sizeof(d->disc_name), "%s", name);
	load_disc(d);
}

void drive_set_tray(struct drive *d, bool open)
{
	bool had = d->disc;

	if (open == d->tray_open)
		return;
	d->tray_open = open;
	save_tray(d);
	load_disc(d);
	if (had != (d->disc != NULL))
		d->event = had ? MEDIA_REMOVED : MEDIA_NEW;
	if (d->disc) {
		d->attention = MEDIUM_CHANGED;
		d->spin_up = 1;
	}
}

void drive_pull(struct drive *d)
{
	d->disc_name[0] = '\0';
	save_tray(d);
	forget_disc(d);
	d->event = MEDIA_REMOVED;
}

/* ---- "control" ---- */

static void insert(struct drive *d, const char *args)
{
	char name[sizeof(d->disc_name)], type[16] = "", dir[PATH_MAX], have[PATH_MAX + 8];
	const struct kind *kind;
	int rest = 0;

	if (sscanf(args, "%63s %15s %n", name, type, &rest) < 1)
		return;
	snprintf(dir, sizeof(dir), "%.299s/%s", d->dir, name);
	snprintf(have, sizeof(have), "%s/disc", dir);
	kind = kind_named(type);
	if (access(have, F_OK) < 0 && kind)
		disc_free(disc_new(dir, kind, args + rest));
	drive_pull(d);
	d->tray_open = true;
	snprintf(d->disc_name, sizeof(d->disc_name), "%s", name);
	drive_set_tray(d, false);
}

static void control_pull(struct drive *d, const char *args)
{
	(void)args;
	drive_pull(d);
}

static void control_open(struct drive *d, const char *args)
{
	(void)args;
	drive_set_tray(d, true);
}

static void control_close(struct drive *d, const char *args)
{
	(void)args;
	drive_set_tray(d, false);
}

static void control_spin_up(struct drive *d, const char *args)
{
	d->spin_up = (int)strtol(args, NULL, 10);
}

static const struct control {
	const char *word;
	void (*run)(struct drive *d, const char *args);
} controls[] = {
	{ "insert", insert },
	{ "remove", control_pull },
	{ "open", control_open },
	{ "close", control_close },
	{ "spin-up", control_spin_up },
};

static void run_control(struct drive *d, char *line)
{
	size_t len;

	line[strcspn(line, "\n")] = '\0';
	len = strcspn(line, " ");
	for (size_t i = 0; i < COUNT(controls); i++)
		if (strlen(controls[i].word) == len && !memcmp(controls[i].word, line, len))
			controls[i].run(d, line + len + strspn(line + len, " "));
}

void tray_control(struct drive *d)
{
	char path[PATH_MAX], taken[PATH_MAX + 8], line[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/control", d->dir);
	snprintf(taken, sizeof(taken), "%s.taken", path);
	if (rename(path, taken) < 0)
		return;
	f = fopen(taken, "re");
	while (f && fgets(line, sizeof(line), f))
		run_control(d, line);
	if (f)
		fclose(f);
	unlink(taken);
}
