/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a drive can be fed with from a stash where opening each file takes a while, as it does on a
 * disk that has to seek: the bytes a second of image/source.c, one file after the other, and of
 * image/readahead.c. Prints both. bench_feed FILES BYTES MILLISECONDS
 */
#define DISC_FILES_MAX 20000
#include "../unit/fake_disc.h"

#include "image/readahead.h"

enum { PIECE = 64 * 1024 };

static struct disc disc;
static struct timespec delay;

static void seek(struct stage *stage, const char *path)
{
	(void)stage;
	(void)path;
	nanosleep(&delay, NULL);
}

static void stage_files(unsigned files, unsigned bytes)
{
	uint64_t each = (bytes + BLOCK_SIZE - 1) / BLOCK_SIZE;

	disc_init(&disc, FORMAT_DATA, 1 + files * each, BLOCK_SIZE);
	for (unsigned i = 0; i < files; i++)
		disc_add(&disc, (1 + i * each) * BLOCK_SIZE, bytes, 0, bytes);
	disc.stage.on_open = seek;
}

static bool read_alone(struct source *source)
{
	static char buf[PIECE];
	ssize_t n = 1;

	for (uint64_t pos = 0; n > 0; pos += (uint64_t)n)
		n = source_read(source, buf, sizeof(buf), pos, NULL);
	return n == 0;
}

static bool read_ahead(struct source *source)
{
	static char buf[PIECE];
	struct readahead *a;
	ssize_t n = 1;

	if (readahead_new(&a, source, NULL) < 0)
		return false;
	for (uint64_t pos = 0; n > 0; pos += (uint64_t)n)
		n = readahead_read(a, buf, sizeof(buf), pos, NULL);
	readahead_free(a);
	return n == 0;
}

static bool measure(const char *name, bool (*reads)(struct source *))
{
	double begun = time_monotonic();
	struct source *source;
	bool good = source_new(&source, &disc.stage, &disc.layout) == 0;

	if (good) {
		good = reads(source);
		printf("%s %.1f\n", name,
		       (double)source_size(source) / 1e6 / (time_monotonic() - begun));
		source_free(source);
	}
	return good;
}

int main(int argc, char **argv)
{
	unsigned long files, bytes, ms;
	bool good;

	if (argc != 4)
		return 2;
	files = strtoul(argv[1], NULL, 10);
	bytes = strtoul(argv[2], NULL, 10);
	ms = strtoul(argv[3], NULL, 10);
	if (!files || files > DISC_FILES_MAX || !bytes || ms > 999)
		return 2;
	delay.tv_nsec = (long)ms * 1000 * 1000;
	stage_files((unsigned)files, (unsigned)bytes);
	good = measure("alone", read_alone) && measure("ahead", read_ahead);
	disc_fini(&disc);
	return good ? 0 : 1;
}
