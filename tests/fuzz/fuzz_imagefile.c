/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sheets, checksums and images of any bytes. A sheet that was placed says only what its files have:
 * parts in order, each within its file, and tracks in order on the disc.
 */
#include <string.h>
#include <sys/mman.h>

#include "imagefile/kind.h"
#include "imagefile/sheet.h"
#include "imagefile/sums.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool good)
{
	if (!good)
		abort();
}

static void check_parts(const struct sheet *s, const uint64_t *bytes)
{
	uint64_t end = 0;

	for (unsigned i = 0; i < s->nparts; i++) {
		const struct sheet_part *p = &s->parts[i];

		must(p->start >= end);
		end = (uint64_t)p->start + p->sectors;
		must(end <= s->blocks);
		if (p->file == SHEET_ZEROS)
			continue;
		must(p->file < s->nfiles);
		must(p->offset <= bytes[p->file] && p->bytes <= bytes[p->file] - p->offset);
		must(p->bytes <= (uint64_t)p->sectors * sheet_sector(p->mode));
	}
}

static void check_tracks(const struct sheet *s)
{
	uint64_t end = 0;

	must(s->ntracks >= 1 && s->ntracks <= TRACKS_MAX);
	for (unsigned i = 0; i < s->ntracks; i++) {
		const struct sheet_track *t = &s->tracks[i];

		must(t->gap <= t->start && t->start - t->gap >= end);
		must(t->indices >= 1 && t->indices < SHEET_INDICES && t->index[1] == t->start);
		end = (uint64_t)t->start + t->sectors;
		for (unsigned n = 2; n <= t->indices; n++)
			must(t->index[n] >= t->index[n - 1] && t->index[n] < end);
		must(end <= s->blocks);
	}
	must(s->blocks <= MSF_SECTORS);
}

static void try_sheet(const uint8_t *data, size_t size)
{
	struct err err = { 0 };
	struct sheet *s;
	uint64_t *bytes;
	int r = sheet_parse(&s, (const char *)data, size, &err);

	must(r == 0 ? s != NULL : (s == NULL && err.code == -r && *err.msg));
	if (r < 0)
		return;
	must(s->nfiles <= SHEET_FILES);
	bytes = calloc(s->nfiles + 1u, sizeof(*bytes));
	for (unsigned i = 0; i < s->nfiles; i++) {
		must(!strchr(s->files[i].name, '/') && *s->files[i].name);
		/* Some length that follows from the input; whole sectors now and then. */
		bytes[i] = (uint64_t)data[i % size] * data[(i + 7) % size] * 2352 +
			   (data[size - 1] % 4 == 0 ? data[(i + 3) % size] : 0u);
	}
	err = (struct err){ 0 };
	r = sheet_fit(s, bytes, &err);
	must(r == 0 || (err.code == -r && *err.msg));
	if (r == 0) {
		check_parts(s, bytes);
		check_tracks(s);
		r = sheet_recordable(s, &err);
		must(r == 0 || r == -EMEDIUMTYPE);
	}
	free(bytes);
	sheet_free(s);
}

static void try_sums(const uint8_t *data, size_t size)
{
	static const char *const names[] = { "a.iso.sha256", "SUMS", "MD5SUMS" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		struct err err = { 0 };
		struct sums *s;
		size_t at = 0;

		must(sums_parse(&s, names[i], (const char *)data, size, &err) == 0);
		for (size_t k = 0; k < s->n; k++)
			must(*s->sums[k].name && s->sums[k].kind < SUM_KINDS);
		while (sums_find(s, "a.iso", &at))
			must(at <= s->n);
		sums_free(s);
	}
}

/* At the beginning, and where volume descriptors are. */
static void try_kind(const uint8_t *data, size_t size)
{
	cleanup_close int fd = memfd_create("image", MFD_CLOEXEC);
	static const uint64_t places[] = { 0, 16 * 2048, 256 * 2048 };
	struct image_kind kind;

	must(fd >= 0);
	for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
		must(write_at(fd, data, size, places[i]) == 0);
		must(image_kind(fd, places[i] + size, &kind) == 0);
		must(kind.why.code == 0 || *kind.why.msg);
		must(kind.filled < 2048 && kind.blocks * 2048 == places[i] + size + kind.filled);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	try_sheet(data, size);
	try_sums(data, size);
	try_kind(data, size);
	return 0;
}
