/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The window is a ring of chunks, numbered in the order of addresses. They are planned as long as
 * there is room, taken by readers in that order, and dropped by the consumer. A chunk ends where a
 * file begins that would not end in it; only a file that is longer goes on in the next chunk, which
 * is then its reader's. One lock, innermost; nothing is read under it. A chunk that was taken is
 * its reader's until it is done, and then the consumer's.
 */
#include "image/readahead.h"

#include <pthread.h>
#include <string.h>

enum {
	READERS = 32,               /* as many requests as a disk takes at once, to sort them
				       (NCQ) */
	CHUNK = 512 * 1024,         /* bytes at most */
	WINDOW = 64,                /* chunks: one in work for each reader, and as many ready */
};

struct chunk {
	uint64_t pos;
	size_t len;
	bool follows;               /* it begins within a file: for the reader of the chunk
				       before */
	bool goes_on;               /* it ends within a file */
	bool taken, done;
	size_t filled;              /* less than len where reading failed */
	int failed;                 /* -errno of that, or 0 */
	struct err err;             /* counts only if it failed */
	unsigned char *bytes;       /* CHUNK of them */
};

struct reader {
	struct readahead *readahead;
	struct source *source;
	pthread_t thread;
	uint64_t next;              /* number behind the chunk that it took last */
};

struct readahead {
	const struct layout *layout; /* the sources hold it */
	uint64_t size;
	struct reader readers[READERS];
	unsigned nreaders;
	atomic_bool stopped;        /* set under the lock, read without by readers */

	pthread_mutex_t lock;
	pthread_cond_t planned;     /* there may be a chunk to take */
	pthread_cond_t filled;
	struct chunk window[WINDOW];
	uint64_t first, end;        /* numbers of the chunks in the window: from, and behind */
	uint64_t plan;              /* byte where the next one begins */
	const struct reader *bound; /* whose file goes on in its next chunk; NULL for none */
	unsigned char bytes[WINDOW][CHUNK];
};

/* ---- the plan ---- */

struct run {
	uint64_t start, end;
};

/* The first file that ends behind @pos. */
static struct run file_at(const struct layout *l, uint64_t pos)
{
	uint64_t data = l->data ? l->data->blocks * SECTOR_SIZE : 0;
	size_t i;

	if (pos < data)
		return (struct run){ 0, data };
	i = layout_find(l, pos);
	if (i == l->nextents)
		return (struct run){ UINT64_MAX, UINT64_MAX };
	return (struct run){ l->extents[i].start, l->extents[i].start + l->extents[i].len };
}

static uint64_t chunk_end(const struct readahead *a, uint64_t pos)
{
	uint64_t end = a->size - pos > CHUNK ? pos + CHUNK : a->size;
	struct run file = file_at(a->layout, end);

	return file.start > pos && file.start < end ? file.start : end;
}

static struct chunk *chunk(struct readahead *a, uint64_t number)
{
	return &a->window[number % WINDOW];
}

/* As far as there is room. lock held, or before there are threads */
static void plan(struct readahead *a)
{
	while (a->plan < a->size && a->end - a->first < WINDOW) {
		uint64_t pos = a->plan, end = chunk_end(a, pos), number = a->end++;

		*chunk(a, number) = (struct chunk){
			.pos = pos, .len = (size_t)(end - pos),
			.follows = file_at(a->layout, pos).start < pos,
			.goes_on = file_at(a->layout, end).start < end,
			.bytes = a->bytes[number % WINDOW],
		};
		a->plan = end;
	}
	pthread_cond_broadcast(&a->planned);
}

/* ---- readers ---- */

/* Span by span, so that it is known how far it went well. */
static void fill(struct reader *r, struct chunk *c)
{
	while (c->filled < c->len && !atomic_load(&r->readahead->stopped)) {
		uint64_t pos = c->pos + c->filled;
		size_t n = c->len - c->filled;
		struct span span;

		c->failed = source_span(r->source, pos, &span, &c->err);
		if (c->failed < 0)
			return;
		if (n > span.len)
			n = (size_t)span.len;
		c->failed = (int)source_read(r->source, c->bytes + c->filled, n, pos, &c->err);
		if (c->failed < 0)
			return;
		c->failed = 0;
		c->filled += n;
	}
}

/* A disk that goes from one long file to another and back would read neither well. lock held */
static bool is_free(const struct readahead *a, const struct chunk *c)
{
	return !c->taken && !c->follows && !(c->goes_on && a->bound);
}

/*
 * What goes on with the reader's file, or else the first that is free; NULL: none is now. lock held
 */
static struct chunk *take_chunk(struct readahead *a, struct reader *r)
{
	bool bound = a->bound == r;
	uint64_t n = bound ? r->next : a->first;
	struct chunk *c;

	while (!bound && n < a->end && !is_free(a, chunk(a, n)))
		n++;
	if (n >= a->end)
		return NULL;
	c = chunk(a, n);
	c->taken = true;
	r->next = n + 1;
	if (c->goes_on) {
		a->bound = r;
	} else if (bound) {
		a->bound = NULL;
		pthread_cond_broadcast(&a->planned);
	}
	return c;
}

static void *reader_main(void *data)
{
	struct reader *r = data;
	struct readahead *a = r->readahead;

	pthread_mutex_lock(&a->lock);
	while (!atomic_load(&a->stopped)) {
		struct chunk *c = take_chunk(a, r);

		if (!c) {
			pthread_cond_wait(&a->planned, &a->lock);
			continue;
		}
		pthread_mutex_unlock(&a->lock);
		fill(r, c);
		pthread_mutex_lock(&a->lock);
		c->done = true;
		pthread_cond_signal(&a->filled);
	}
	pthread_mutex_unlock(&a->lock);
	return NULL;
}

static int start_reader(struct readahead *a, const struct source *model)
{
	struct reader *r = &a->readers[a->nreaders];
	int ret = source_clone(&r->source, model);

	if (ret < 0)
		return ret;
	r->readahead = a;
	ret = -pthread_create(&r->thread, NULL, reader_main, r);
	if (ret < 0)
		source_free(r->source);
	else
		a->nreaders++;
	return ret;
}

/* ---- the consumer ---- */

/*
 * The chunk with byte @pos, or one that failed before it; NULL at the image's end, and when
 * stopped.
 */
static const struct chunk *await(struct readahead *a, uint64_t pos)
{
	const struct chunk *found = NULL;

	pthread_mutex_lock(&a->lock);
	while (!found && !atomic_load(&a->stopped) && a->first < a->end) {
		const struct chunk *c = chunk(a, a->first);

		if (!c->done) {
			pthread_cond_wait(&a->filled, &a->lock);
		} else if (pos < c->pos + c->filled || c->failed) {
			found = c;
		} else {
			a->first++;
			plan(a);
		}
	}
	pthread_mutex_unlock(&a->lock);
	return found;
}

ssize_t readahead_read(struct readahead *a, void *buf, size_t len, uint64_t pos, struct err *err)
{
	const struct chunk *c = NULL;
	size_t done = 0;

	while (done < len && (c = await(a, pos + done)) && pos + done < c->pos + c->filled) {
		size_t from = (size_t)(pos + done - c->pos), n = c->filled - from;

		if (n > len - done)
			n = len - done;
		memcpy((char *)buf + done, c->bytes + from, n);
		done += n;
	}
	if (done || !len)
		return (ssize_t)done;
	if (atomic_load(&a->stopped))
		return err_set(err, ECANCELED, "cancelled while reading what is staged");
	if (c && err)
		*err = c->err;
	return c ? c->failed : 0;
}

/* ---- the whole ---- */

int readahead_new(struct readahead **out, const struct source *source, struct err *err)
{
	struct readahead *a = calloc(1, sizeof(*a));
	int ret = 0;

	if (!a)
		return err_set(err, ENOMEM, "not enough memory to read ahead");
	a->layout = source_layout(source);
	a->size = source_size(source);
	pthread_mutex_init(&a->lock, NULL);
	pthread_cond_init(&a->planned, NULL);
	pthread_cond_init(&a->filled, NULL);
	plan(a);
	/* Fewer will do. */
	while (a->nreaders < READERS && ret == 0)
		ret = start_reader(a, source);
	if (a->nreaders) {
		*out = a;
		return 0;
	}
	readahead_free(a);
	if (ret == -EAGAIN)
		return err_set(err, EAGAIN,
			       "cannot start a thread to read what is staged: too many are "
			       "running");
	return err_set(err, ENOMEM, "not enough memory to read ahead");
}

void readahead_stop(struct readahead *a)
{
	pthread_mutex_lock(&a->lock);
	atomic_store(&a->stopped, true);
	pthread_cond_broadcast(&a->planned);
	pthread_cond_broadcast(&a->filled);
	pthread_mutex_unlock(&a->lock);
	for (; a->nreaders; a->nreaders--) {
		struct reader *r = &a->readers[a->nreaders - 1];

		pthread_join(r->thread, NULL);
		source_free(r->source);
	}
}

void readahead_free(struct readahead *a)
{
	if (!a)
		return;
	readahead_stop(a);
	pthread_cond_destroy(&a->filled);
	pthread_cond_destroy(&a->planned);
	pthread_mutex_destroy(&a->lock);
	free(a);
}
