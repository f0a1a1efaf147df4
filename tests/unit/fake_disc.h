/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A disc for tests of what reads and records one: a layout filled by hand over files in a temporary
 * directory, the image that must come of it, and a stage that is no more than a generation number
 * and a hook. It stands in for stage/stage.c and image/layout.c: include it in one file of a test
 * program.
 */
#ifndef BURNFS_FAKE_DISC_H
#define BURNFS_FAKE_DISC_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "image/layout.h"

#ifndef DISC_FILES_MAX
#define DISC_FILES_MAX 64
#endif

struct stage {
	atomic_uint_fast64_t generation;
	char dir[32];             /* of the files */
	atomic_uint opened;
	void (*on_open)(struct stage *, const char *path); /* before a file is opened */
	void *data;
};

struct disc {
	struct stage stage;
	struct layout layout;
	struct node nodes[DISC_FILES_MAX];
	unsigned nnodes;
	unsigned char *image;     /* what must come of it */
};

static inline int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

/* Bytes that tell files and offsets apart. */
static inline void fill(unsigned char *buf, size_t len, uint32_t seed)
{
	uint32_t x = seed * 2654435761U + 1;

	for (size_t i = 0; i < len; i++) {
		x = x * 1664525U + 1013904223U;
		buf[i] = (unsigned char)(x >> 24);
	}
}

static inline void fake_path(const struct stage *s, const struct node *node, char *buf, size_t len)
{
	snprintf(buf, len, "%s/%u", s->dir, (unsigned)node->ino);
}

/* An empty disc of @blocks with a head of @head_len bytes. */
static inline void disc_init(struct disc *d, enum format format, uint64_t blocks, size_t head_len)
{
	*d = (struct disc){
		.stage = { .generation = 7, .dir = "/tmp/burnfs-test-XXXXXX" },
		.layout = {
			.refs = 1, .format = format, .generation = 7, .blocks = blocks,
			.block_size = format == FORMAT_AUDIO ? SECTOR_SIZE : BLOCK_SIZE,
			.head_len = head_len, .ntracks = 1, .tracks[0].blocks = blocks,
		},
	};
	if (!mkdtemp(d->stage.dir))
		abort();
	d->image = calloc(blocks, d->layout.block_size);
	d->layout.head = malloc(head_len + 1);
	d->layout.extents = calloc(DISC_FILES_MAX, sizeof(*d->layout.extents));
	fill(d->layout.head, head_len, 1000);
	memcpy(d->image, d->layout.head, head_len);
}

static inline void disc_fini(struct disc *d)
{
	remove_tree(d->stage.dir);
	free(d->image);
	free(d->layout.head);
	free(d->layout.extents);
}

/* Of a test whose state is a disc on the heap: nobody but it has the layout any more. */
static inline int disc_tear_down(void **state)
{
	struct disc *d = *state;
	bool alone = d->layout.refs == 1;

	disc_fini(d);
	free(d);
	return alone ? 0 : -1;
}

/* A file of @size bytes, of which @len from @offset on lie at byte @start of the disc. */
static inline void disc_add(struct disc *d, uint64_t start, uint64_t len, uint64_t offset,
			    uint64_t size)
{
	cleanup_free unsigned char *bytes = malloc(size + 1);
	cleanup_close int fd = -1;
	struct node *node = &d->nodes[d->nnodes++];
	char path[64];

	node->ino = d->nnodes;
	fake_path(&d->stage, node, path, sizeof(path));
	fill(bytes, size, d->nnodes);
	memcpy(d->image + start, bytes + offset, len);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0 || write_at(fd, bytes, size, 0) < 0)
		abort();
	d->layout.extents[d->layout.nextents++] = (struct extent){ start, len, offset, node, size };
}

int stage_open_at(struct stage *s, const struct node *node, uint64_t generation)
{
	char path[64];
	int fd;

	if (generation != s->generation)
		return -ESTALE;
	fake_path(s, node, path, sizeof(path));
	s->opened++;
	if (s->on_open)
		s->on_open(s, path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

void stage_path_at(struct stage *s, const struct node *node, uint64_t generation, char *buf,
		   size_t len)
{
	if (generation == s->generation)
		snprintf(buf, len, "data/%u", (unsigned)node->ino);
	else
		snprintf(buf, len, "?");
}

uint64_t stage_generation(struct stage *s)
{
	return s->generation;
}

struct layout *layout_get(struct layout *l)
{
	l->refs++;
	return l;
}

void layout_put(struct layout *l)
{
	l->refs--;
}

size_t layout_find(const struct layout *l, uint64_t pos)
{
	size_t i = 0;

	while (i < l->nextents && l->extents[i].start + l->extents[i].len <= pos)
		i++;
	return i;
}

#endif
