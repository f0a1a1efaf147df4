/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the disc in our hands holds, if something may be added to it: its last session with data is
 * read.
 */
#include "drive/priv.h"

#include <string.h>

#include "iso/import.h"

enum {
	CACHE_BLOCKS = 32,      /* blocks that are read at once: directories lie together */
	ALIGNMENT = 32,         /* blocks: where a session begins on what is overwritten; whole ECC
				   blocks of any */
	CONTROL_DATA = 0x04,    /* MMC, Q sub-channel: the track has data */
	QUIETLY = 2,            /* of burn_read_data() */
};

struct block_cache {
	struct drive_link *link;
	struct progress *progress;
	uint32_t start;         /* block where the session begins */
	uint32_t first;         /* block */
	uint32_t n;             /* blocks; 0: none is held */
	unsigned char bytes[CACHE_BLOCKS * BLOCK_SIZE];
};

static int cannot_read(const struct block_cache *t, uint32_t block, struct err *err)
{
	return err_set(err, EIO, "cannot read block %u of the disc in %s", block,
		       t->link->device);
}

static int read_block(void *data, uint32_t block, unsigned char *buf, struct err *err)
{
	struct block_cache *t = data;
	off_t count = 0;

	if (block > INT32_MAX)
		return cannot_read(t, block, err);
	if (t->progress && atomic_load(&t->progress->cancel))
		return err_set(err, ECANCELED, "cancelled while reading it");
	if (block < t->first || block >= t->first + t->n) {
		/*
		 * At the end of the disc there may be less, and before the session something else.
		 */
		t->first = block;
		if (block >= t->start + CACHE_BLOCKS)
			t->first = block / CACHE_BLOCKS * CACHE_BLOCKS;
		burn_read_data(t->link->drive, (off_t)t->first * BLOCK_SIZE, (char *)t->bytes,
			       sizeof(t->bytes), &count, QUIETLY);
		t->n = count > 0 ? (uint32_t)(count / BLOCK_SIZE) : 0;
	}
	if (block >= t->first + t->n)
		return cannot_read(t, block, err);
	memcpy(buf, t->bytes + (size_t)(block - t->first) * BLOCK_SIZE, BLOCK_SIZE);
	return 0;
}

/* The first track of a session, if it has data. */
static bool session_start(struct burn_session *session, uint32_t *start)
{
	struct burn_toc_entry entry;
	struct burn_track **tracks;
	int n;

	tracks = burn_session_get_tracks(session, &n);
	if (n < 1)
		return false;
	burn_track_get_entry(tracks[0], &entry);
	*start = (uint32_t)drive_address(&entry);
	return entry.control & CONTROL_DATA;
}

/* Where the last session with data begins. False: there is none. */
static bool find_start(struct drive_link *l, uint32_t *start)
{
	struct burn_disc *disc = burn_drive_get_disc(l->drive);
	struct burn_session **sessions;
	bool found = false;
	int n;

	if (!disc)
		return false;
	sessions = burn_disc_get_sessions(disc, &n);
	while (n > 0 && !found)
		found = session_start(sessions[--n], start);
	burn_disc_free(disc);
	return found;
}

/* Where the drive would write next. */
static int next_writable(struct drive_link *l, uint32_t *next, struct err *err)
{
	int lba, nwa = 0;

	if (burn_disc_track_lba_nwa(l->drive, NULL, 0, &lba, &nwa) == 1 && nwa > 0) {
		*next = (uint32_t)nwa;
		return 0;
	}
	drive_poll_messages(l);
	if (l->last_error.code)
		return drive_failed(l, "the drive does not say where the next session begins",
				    err);
	return err_set(err, EROFS,
		       "it has no room for another session, as after a failed burn");
}

/* The same on what is overwritten: behind the file system that is there. */
static int next_aligned(const struct drive_disc *disc, uint64_t blocks, uint32_t *next,
			struct err *err)
{
	if (blocks > INT32_MAX || blocks > disc->medium.data_blocks)
		return err_set(err, EROFS, "it claims to be larger than the disc");
	*next = (uint32_t)((blocks + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
	return 0;
}

/*
 * Tells discs and their states apart: by the volume's descriptors, whose dates and sizes differ.
 * FNV-1a. A file system of UDF beside the one of ISO 9660 (ECMA-167 2/9.1) is what readers prefer,
 * and would not have what is added.
 */
static int identify(struct block_cache *t, uint32_t next, uint64_t *sum, struct err *err)
{
	enum { HASHED = 2 };
	unsigned char block[BLOCK_SIZE];

	*sum = 0xcbf29ce484222325u ^ t->start ^ (uint64_t)next << 32;
	for (uint32_t i = DRIVE_HEAD_BLOCK; i < DRIVE_HEAD_BLOCKS; i++) {
		int r = read_block(t, t->start + i, block, err);

		if (r < 0)
			return r;
		if (memcmp(block + 1, "NSR0", 4) == 0)
			return err_set(err, EROFS,
				       "it has a UDF file system, which would not show the new "
				       "files");
		for (size_t at = 0; at < sizeof(block) && i < DRIVE_HEAD_BLOCK + HASHED; at++)
			*sum = (*sum ^ block[at]) * 0x100000001b3u;
	}
	return 0;
}

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "not enough memory to read what the disc holds");
}

static struct recorded *make(uint64_t disc, uint32_t next)
{
	struct recorded *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	atomic_init(&r->refs, 1);
	r->disc = disc ? disc : 1;
	r->next = next;
	return r;
}

/* A disc whose sessions have sound only: data are the first to come. */
static int nothing_yet(uint32_t next, struct recorded **out, struct err *err)
{
	struct recorded *r = make(next, next);

	if (!r)
		return no_memory(err);
	if (tree_init(&r->tree, 0, 0) < 0 || tree_settle(&r->tree) < 0) {
		recorded_put(r);
		return no_memory(err);
	}
	*out = r;
	return 0;
}

/* The block behind the last one that a file below has. */
static uint64_t content_end(const struct node *dir)
{
	uint64_t end = 0, there;
	const struct name *nm;

	for (uint32_t i = 0; (nm = dir_next(dir, &i)); end = there > end ? there : end) {
		const struct node *n = nm->node;

		there = node_is_file(n) && n->size ? n->block + blocks_of(n->size) : 0;
		if (node_is_dir(n))
			there = content_end(n);
	}
	return end;
}

/* The size that the volume says may be less than its files take. */
static int read_again(struct block_cache *t, const struct drive_disc *disc, struct recorded *r,
		      struct err *err)
{
	uint32_t blocks = 0;
	uint64_t end;
	int ret = iso_import(read_block, t, t->start, &r->tree, &blocks, err);

	if (ret < 0) {
		r->tree = (struct tree){ .under = NULL };
		return ret;
	}
	end = content_end(r->tree.root[BRANCH_DATA]);
	if (disc->kind->overwritable)
		return next_aligned(disc, end > blocks ? end : blocks, &r->next, err);
	return end <= r->next ? 0 :
				err_set(err, EROFS, "it has files in blocks that are not recorded");
}

static int read_sessions(struct block_cache *t, const struct drive_disc *disc,
			 struct recorded *known, struct recorded **out, struct err *err)
{
	bool any = disc->kind->overwritable;
	uint32_t next = 0;
	struct recorded *r;
	uint64_t id;
	int ret = any ? 0 : next_writable(t->link, &next, err);

	if (ret == 0 && !any && !find_start(t->link, &t->start))
		return nothing_yet(next, out, err);
	if (ret == 0)
		ret = identify(t, next, &id, err);
	if (ret < 0)
		return ret;
	if (known && known->disc == id) {
		*out = recorded_get(known);
		return 0;
	}
	r = make(id, next);
	ret = r ? read_again(t, disc, r, err) : no_memory(err);
	if (ret == 0)
		*out = r;
	else
		recorded_put(r);
	return ret;
}

int drive_read_sessions(struct drive_link *l, const struct drive_disc *disc, struct recorded *known,
			struct progress *progress, struct recorded **out, struct err *err)
{
	cleanup_free struct block_cache *t = calloc(1, sizeof(*t));

	*out = NULL;
	if (!t)
		return no_memory(err);
	t->link = l;
	t->progress = progress;
	return read_sessions(t, disc, known, out, err);
}
