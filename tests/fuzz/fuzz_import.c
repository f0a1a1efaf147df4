/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * iso_import() over any bytes: the input is the disc from block 0 on, and nothing can be read
 * behind its end. A disc is taken whole or refused with a sentence, twice the same. A disc is
 * mostly zeros, so mutations are steered to where it is not.
 */
#include <stdlib.h>
#include <string.h>

#include "base/disc.h"
#include "iso/import.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
/* Only libFuzzer has it, and only libFuzzer calls what calls it. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max) __attribute__((weak));

enum { WINDOW = 64, TRIES = 200 };

struct input {
	const uint8_t *data;
	size_t size;
};

static void must(bool good)
{
	if (!good)
		abort();
}

static int read_block(void *data, uint32_t block, unsigned char *buf, struct err *err)
{
	const struct input *in = data;
	size_t at = (size_t)block * BLOCK_SIZE;

	if (at >= in->size)
		return err_set(err, EIO, "block %u is behind the end", block);
	memset(buf, 0, BLOCK_SIZE);
	memcpy(buf, in->data + at, in->size - at < BLOCK_SIZE ? in->size - at : BLOCK_SIZE);
	return 0;
}

static int import(struct input *in)
{
	struct err err = { 0 };
	struct tree tree;
	uint32_t blocks;
	int r = iso_import(read_block, in, 0, &tree, &blocks, &err);

	must(r == 0 || r == -EROFS || r == -EIO || r == -ENOMEM);
	must(r == -err.code && (r == 0 || *err.msg));
	must(r != -EROFS || strncmp(err.msg, "it ", 3) == 0);
	if (r == 0)
		tree_fini(&tree);
	return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = { data, size };

	must(import(&in) == import(&in));
	return 0;
}

/* A byte of a record, more often than not. */
static size_t choose(const uint8_t *data, size_t size, unsigned *seed)
{
	size_t at = 0;

	for (unsigned i = 0; i < TRIES; i++) {
		at = ((size_t)rand_r(seed) << 16 ^ (size_t)rand_r(seed)) % size;
		if (data[at])
			break;
	}
	return at;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
	uint8_t window[WINDOW];
	size_t at, len, n;

	if (!size || rand_r(&seed) % 50 == 0)
		return LLVMFuzzerMutate(data, size, max);
	at = choose(data, size, &seed);
	at -= at < WINDOW / 2 ? at : (size_t)rand_r(&seed) % (WINDOW / 2);
	len = size - at < WINDOW ? size - at : WINDOW;
	memcpy(window, data + at, len);
	n = LLVMFuzzerMutate(window, len, WINDOW);
	memcpy(data + at, window, n < len ? n : len);
	return size;
}
