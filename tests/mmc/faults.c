/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Faults on command: the file "faults" of a drive, a line each, as README.md lists them. The list
 * is read anew when the file was changed, and what is counted is counted from then on, or from the
 * program's first command.
 */
#include "mmc.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct fault_kind {
	const char *name;
	int sense;                 /* unless the line says something else */
} fault_kinds[FAULTS] = {
	[FAULT_WRITE] = { "write-error", WRITE_ERROR },
	[FAULT_DEFERRED] = { "deferred-error", WRITE_ERROR },
	[FAULT_READ] = { "read-error", READ_ERROR },
	[FAULT_READ_ONCE] = { "read-error-once", READ_ERROR },
	[FAULT_CORRUPT] = { "corrupt", 0 },
	[FAULT_PULL] = { "pull", NO_MEDIUM },
	[FAULT_GONE] = { "gone", 0 },
	[FAULT_FULL] = { "full", TRACK_END },
	[FAULT_POWER] = { "power", POWER_CALIBRATION },
	[FAULT_FAIL] = { "fail", INTERNAL_FAILURE },
	[FAULT_GONE_AT] = { "gone-at", 0 },
	[FAULT_STALL] = { "stall", 0 },
	[FAULT_HOLD] = { "hold", 0 },
	[FAULT_BUSY] = { "busy", 0 },
	[FAULT_NWA] = { "lie-nwa", 0 },
	[FAULT_TOC] = { "lie-toc", 0 },
	[FAULT_FREE] = { "lie-free", 0 },
	[FAULT_OFFSET] = { "audio-offset", 0 },
	[FAULT_MUTE] = { "no-audio", NO_SUCH_COMMAND },
};

static void read_fault(struct faults *all, const char *line)
{
	char name[24], rest[24] = "";
	long long value = 0;
	unsigned key, asc, ascq;

	if (sscanf(line, "%23s %lld %23s", name, &value, rest) < 1)
		return;
	if (all->count == COUNT(all->list))
		return;
	for (int i = 0; i < FAULTS; i++) {
		struct fault *f = &all->list[all->count];

		if (strcmp(name, fault_kinds[i].name))
			continue;
		*f = (struct fault){
			.id = (enum fault_id)i, .value = value, .seconds = strtod(rest, NULL),
			.sense = fault_kinds[i].sense,
		};
		if (sscanf(rest, "%x/%x/%x", &key, &asc, &ascq) == 3)
			f->sense = (int)(key << 16 | asc << 8 | ascq);
		all->count++;
	}
}

void faults_refresh(struct drive *d)
{
	struct faults *all = &d->faults;
	char path[PATH_MAX], line[100];
	FILE *f;

	snprintf(path, sizeof(path), "%s/faults", d->dir);
	if (!file_changed(path, &all->stamp))
		return;
	*all = (struct faults){ .stamp = all->stamp };
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f))
		read_fault(all, line);
	if (f)
		fclose(f);
	for (int i = 0; i < all->count; i++)
		all->gone |= all->list[i].id == FAULT_GONE && !all->list[i].value;
}

const struct fault *fault_of(struct drive *d, enum fault_id id)
{
	for (int i = 0; i < d->faults.count; i++)
		if (d->faults.list[i].id == id)
			return &d->faults.list[i];
	return NULL;
}

int32_t fault_lie(struct drive *d, enum fault_id id)
{
	const struct fault *f = fault_of(d, id);

	return f ? (int32_t)f->value : 0;
}

static void stall(double seconds)
{
	struct timespec until;

	/* Not a call that intercept.c shortens. */
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	until.tv_sec += (time_t)seconds + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
		;
}

/* Until the line is taken out, or whatever else becomes of the file. */
static void hold(struct drive *d)
{
	struct stat stamp = d->faults.stamp;
	char path[PATH_MAX], held[PATH_MAX];
	FILE *f;

	snprintf(path, sizeof(path), "%s/faults", d->dir);
	snprintf(held, sizeof(held), "%s/held", d->dir);
	f = fopen(held, "we");
	if (f)
		fclose(f);
	while (!file_changed(path, &stamp))
		stall(0.002);
	unlink(held);
}

int fault_command(struct drive *d)
{
	struct faults *all = &d->faults;
	int sense = 0;

	all->commands++;
	for (int i = 0; i < all->count; i++) {
		const struct fault *f = &all->list[i];
		bool now = f->value == (int64_t)all->commands;

		if (f->id == FAULT_STALL && (now || f->value == 0))
			stall(f->seconds);
		if (f->id == FAULT_HOLD && now)
			hold(d);
		if (f->id == FAULT_FAIL && now)
			sense = f->sense;
		if (f->id == FAULT_GONE_AT && now)
			all->gone = true;
		if (f->id == FAULT_GONE && f->value <= (int64_t)all->written)
			all->gone = true;
	}
	return all->gone ? -ENODEV : sense;
}

static const struct fault *fault_at(struct drive *d, int32_t lba)
{
	for (int i = 0; i < d->faults.count; i++) {
		const struct fault *f = &d->faults.list[i];

		if (f->id == FAULT_DEFERRED && f->value == lba)
			d->deferred = f->sense;
		if ((f->id == FAULT_WRITE && f->value == lba) ||
		    (f->id == FAULT_FULL && f->value <= lba) ||
		    (f->id == FAULT_PULL && f->value <= (int64_t)d->faults.written))
			return f;
	}
	return NULL;
}

uint32_t fault_write(struct drive *d, int32_t lba, uint32_t n, const struct fault **hit)
{
	*hit = NULL;
	for (uint32_t i = 0; i < n; i++) {
		*hit = d->faults.count ? fault_at(d, lba + (int32_t)i) : NULL;
		if (*hit)
			return i;
		d->faults.written++;
	}
	return n;
}

int fault_read(struct drive *d, int32_t lba, uint32_t n)
{
	for (int i = 0; i < d->faults.count; i++) {
		struct fault *f = &d->faults.list[i];

		if (f->id != FAULT_READ && f->id != FAULT_READ_ONCE)
			continue;
		if (f->value < lba || f->value >= (int64_t)lba + n)
			continue;
		if (f->id == FAULT_READ_ONCE)
			f->value = INT64_MIN;
		return f->sense;
	}
	return 0;
}

bool fault_corrupts(struct drive *d, int32_t lba)
{
	for (int i = 0; i < d->faults.count; i++)
		if (d->faults.list[i].id == FAULT_CORRUPT && d->faults.list[i].value == lba)
			return true;
	return false;
}
