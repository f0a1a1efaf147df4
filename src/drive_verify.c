/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads back what was recorded on the disc that is in our hands, and compares it with the source.
 */
#include "drive.h"

#include <string.h>

enum { READ_CHUNK = 64 * BLOCK_SIZE, UNTRIED = 4 /* of burn_read_data(): it does not read block by block */ };

static int differs(struct source *source, uint64_t pos, const char *want, const char *got, struct err *err)
{
	struct span span = { .kind = SPAN_ZERO };
	uint64_t same = 0;
	bool named;

	while (want[same] == got[same])
		same++;
	pos += same;
	named = source_span(source, pos, &span, NULL) == 0 && span.kind == SPAN_FILE;
	return err_set(err, EIO, "the disc differs from what was staged in block %llu, %s",
		       (unsigned long long)(pos / BLOCK_SIZE), named ? source_path(source) : "no file");
}

int drive_verify(struct drive_link *l, struct source *source, struct progress *progress, struct err *err)
{
	cleanup_free char *want = malloc(READ_CHUNK), *got = malloc(READ_CHUNK);
	int r = want && got ? 0 : err_set(err, ENOMEM, "not enough memory to verify");

	drive_listen(l);
	for (uint64_t pos = 0; r == 0 && pos < source_size(source); pos += READ_CHUNK) {
		ssize_t n = source_read(source, want, READ_CHUNK, pos, err);
		off_t count = 0;

		if (n < 0)
			return (int)n;
		if (burn_read_data(l->drive, (off_t)pos, got, n, &count, UNTRIED) <= 0 || count != n) {
			drive_hear(l);
			return drive_failed(l, "what was recorded cannot be read back", err);
		}
		drive_hear(l);
		if (memcmp(want, got, (size_t)n))
			return differs(source, pos, want, got, err);
		atomic_store(&progress->done, (pos + (uint64_t)n) / BLOCK_SIZE);
		if (progress->changed)
			progress->changed(progress->data);
		if (atomic_load(&progress->cancel))
			r = err_set(err, ECANCELED, "cancelled while verifying; the disc is recorded");
	}
	return r;
}
