/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of a disc out of the files that are staged. A file that is shorter, longer or younger than
 * the layout says is an error with its name, and so is sound that cannot be decoded. No locks: a
 * source has one user; the stage has its own.
 */
#include "image/source.h"

#include "image/mode1.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SECTORS_AT_ONCE = 32 };

/* The data track of a mixed disc: blocks of another source, each in a Mode 1 sector. */
struct data_track {
	struct source *source;
	uint64_t first, n;          /* sectors that are made */
	unsigned char blocks[SECTORS_AT_ONCE * BLOCK_SIZE];
	unsigned char sectors[SECTORS_AT_ONCE * SECTOR_SIZE];
};

struct source {
	struct stage *stage;
	struct layout *layout;
	struct data_track *data;    /* of a mixed disc, else NULL */
	size_t at;                  /* the extent found last */
	const struct extent *last;  /* whose file was touched last; NULL before the first */
	int fd;                     /* its file, or -1 */
	struct sound_decoder *decoder;  /* of that file, where it is decoded */
	bool begun;                 /* an earlier read took a part of it */
	struct stat seen;           /* the file when it was opened */
	char path[PATH_MAX];
};

static int data_track_new(struct source *s)
{
	s->data = calloc(1, sizeof(*s->data));
	return s->data ? source_new(&s->data->source, s->stage, s->layout->data) : -ENOMEM;
}

int source_new(struct source **out, struct stage *stage, struct layout *layout)
{
	struct source *s = calloc(1, sizeof(*s));

	if (!s)
		return -ENOMEM;
	s->stage = stage;
	s->layout = layout_get(layout);
	s->fd = -1;
	if (layout->data && data_track_new(s) < 0) {
		source_free(s);
		return -ENOMEM;
	}
	*out = s;
	return 0;
}

int source_clone(struct source **out, const struct source *s)
{
	return source_new(out, s->stage, s->layout);
}

static void close_file(struct source *s)
{
	sound_close(s->decoder);
	s->decoder = NULL;
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	s->begun = false;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	close_file(s);
	if (s->data)
		source_free(s->data->source);
	free(s->data);
	layout_put(s->layout);
	free(s);
}

const struct layout *source_layout(const struct source *s)
{
	return s->layout;
}

struct source *source_data(const struct source *s)
{
	return s->data ? s->data->source : NULL;
}

uint64_t source_size(const struct source *s)
{
	return s->layout->blocks * s->layout->block_size;
}

const char *source_path(struct source *s)
{
	s->path[0] = '\0';
	if (s->last)
		stage_path_at(s->stage, s->last->node, s->layout->generation, s->path,
			      sizeof(s->path));
	return s->path;
}

static int stale(struct err *err)
{
	return err_set(err, ESTALE,
		       "the stage has changed since this disc was laid out: open the file "
		       "again, or burn again");
}

static bool is_stale(struct source *s)
{
	return stage_generation(s->stage) != s->layout->generation;
}

/*
 * Whether the stage has changed, or is changing: a file may look different before that is counted.
 * Only asked when something is wrong.
 */
static bool changes(struct source *s)
{
	const struct timespec moment = { .tv_nsec = 10 * 1000 * 1000 };

	for (int i = 0; i < 10 && !is_stale(s); i++)
		nanosleep(&moment, NULL);
	return is_stale(s);
}

/* Whatever a file looks like after a change of the stage, the change is the reason. */
#define trouble(s, err, ...) (changes(s) ? stale(err) : err_set(err, EIO, __VA_ARGS__))

static int failed(struct source *s, const char *what, int code, struct err *err)
{
	return trouble(s, err, "cannot %s %s: %s", what, source_path(s), strerror(code));
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

/* The open file is still what it was when it was opened. */
static int check_file(struct source *s, struct err *err)
{
	struct stat now;

	if (fstat(s->fd, &now) < 0)
		return failed(s, "examine", errno, err);
	if (now.st_size != s->seen.st_size || !same_time(&now.st_mtim, &s->seen.st_mtim) ||
	    !same_time(&now.st_ctim, &s->seen.st_ctim))
		return trouble(s, err, "%s changed while it was read: burn again",
			       source_path(s));
	return 0;
}

static int undecodable(struct source *s, const struct err *why, struct err *err)
{
	return trouble(s, err, "%s: %s", source_path(s), why->msg);
}

static int open_decoder(struct source *s, const struct extent *e, struct err *err)
{
	struct err why = { 0 };
	int ret = sound_open(&s->decoder, s->fd, e->file_size, e->samples, &why);

	if (ret == 0 && sound_info(s->decoder)->bytes != e->samples)
		ret = err_set(&why, EIO,
			      "it has %llu bytes of samples, not the %llu counted before",
			      (unsigned long long)sound_info(s->decoder)->bytes,
			      (unsigned long long)e->samples);
	if (ret == 0)
		return 0;
	close_file(s);
	return undecodable(s, &why, err);
}

static int open_file(struct source *s, const struct extent *e, struct err *err)
{
	if (s->fd >= 0 && s->last->node == e->node) {
		s->last = e;
		return 0;
	}
	close_file(s);
	s->last = e;
	s->fd = stage_open_at(s->stage, e->node, s->layout->generation);
	if (s->fd == -ESTALE)
		return stale(err);
	if (s->fd < 0)
		return failed(s, "open", -s->fd, err);
	if (fstat(s->fd, &s->seen) < 0)
		return failed(s, "examine", errno, err);
	if ((uint64_t)s->seen.st_size == e->file_size)
		return e->decoded ? open_decoder(s, e, err) : 0;
	close_file(s);
	return trouble(s, err,
		       plural((uint64_t)s->seen.st_size,
			      "%s has %lld byte, but was staged with %llu",
			      "%s has %lld bytes, but was staged with %llu"),
		       source_path(s), (long long)s->seen.st_size,
		       (unsigned long long)e->file_size);
}

/* The first extent that ends behind @pos. Nearly always the one found last or the one after it. */
static size_t find(struct source *s, uint64_t pos)
{
	const struct layout *l = s->layout;

	for (size_t i = s->at; i < l->nextents && i < s->at + 2; i++) {
		const struct extent *e = &l->extents[i];

		if (pos < e->start + e->len && (i == 0 || pos >= e[-1].start + e[-1].len))
			return s->at = i;
	}
	return s->at = layout_find(l, pos);
}

static int kind_of(const struct extent *e)
{
	if (e->decoded)
		return SPAN_DECODED;
	if (e->swapped)
		return SPAN_SWAPPED;
	return e->raw ? SPAN_RAW : SPAN_FILE;
}

int source_span(struct source *s, uint64_t pos, struct span *out, struct err *err)
{
	const struct layout *l = s->layout;
	const struct extent *e;
	size_t i;
	int ret;

	if (pos < l->head_len) {
		*out = (struct span){ SPAN_MEMORY, l->head_len - pos, .data = l->head + pos };
		return 0;
	}
	if (s->data && pos < l->data->blocks * SECTOR_SIZE) {
		*out = (struct span){
			SPAN_SECTORS, l->data->blocks * SECTOR_SIZE - pos, .offset = pos,
		};
		return 0;
	}
	i = find(s, pos);
	e = &l->extents[i];
	if (i == l->nextents || pos < e->start) {
		uint64_t end = i == l->nextents ? source_size(s) : e->start;

		*out = (struct span){ SPAN_ZERO, end - pos };
		return 0;
	}
	ret = open_file(s, e, err);
	if (ret < 0)
		return ret;
	*out = (struct span){ kind_of(e), e->start + e->len - pos,
			      .fd = s->fd, .offset = e->offset + (pos - e->start) };
	return 0;
}

int source_check(struct source *s, struct err *err)
{
	if (is_stale(s))
		return stale(err);
	return s->fd >= 0 ? check_file(s, err) : 0;
}

/* A file that is read in one go needs no second look: it was examined just before. */
static int read_file(struct source *s, const struct span *span, void *buf, size_t len,
		     struct err *err)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(s->fd, (char *)buf + done, len - done,
				  (off_t)(span->offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return failed(s, "read", errno, err);
		if (n == 0)
			return trouble(s, err, "%s ended early: %llu of %llu bytes could be read",
				       source_path(s), (unsigned long long)(span->offset + done),
				       (unsigned long long)s->last->file_size);
		done += (size_t)n;
	}
	if (s->begun && len == span->len)
		return check_file(s, err);
	s->begun = true;
	return 0;
}

static int read_decoded(struct source *s, const struct span *span, void *buf, size_t len,
			struct err *err)
{
	struct err why = { 0 };

	if (sound_read(s->decoder, buf, len, span->offset, &why) < 0)
		return undecodable(s, &why, err);
	return len == span->len ? check_file(s, err) : 0;
}

/* Samples of the other byte order. To change half of one takes both of its bytes. */
static int read_swapped(struct source *s, const struct span *span, void *buf, size_t len,
			struct err *err)
{
	unsigned char piece[4096];
	int ret = 0;

	for (size_t done = 0; done < len && ret == 0; ) {
		uint64_t from = span->offset + done, odd = from % 2;
		size_t n = len - done < sizeof(piece) - 2 ? len - done : sizeof(piece) - 2;
		struct span part = { SPAN_FILE, .offset = from - odd };
		size_t pairs = (size_t)(odd + n + 1) / 2;

		/* A last look at the file where this is the end of the run. */
		part.len = done + n == span->len ? pairs * 2 : pairs * 2 + 1;
		ret = read_file(s, &part, piece, pairs * 2, err);
		for (size_t i = 0; i < n; i++)
			((unsigned char *)buf)[done + i] = piece[(odd + i) ^ 1];
		done += n;
	}
	return ret;
}

/* What a raw sector has instead of what a drive makes around its data. */
static const char *difference(const unsigned char *got, const unsigned char *made)
{
	enum { ADDRESS = 12, MODE = 15, DATA = 16 };

	if (memcmp(got, made, ADDRESS) != 0)
		return "has no sync pattern";
	if (memcmp(got + ADDRESS, made + ADDRESS, MODE - ADDRESS) != 0)
		return "has the address of another sector";
	if (memcmp(got + MODE, made + MODE, DATA - MODE) != 0)
		return "is not of Mode 1";
	return "has another checksum or parity";
}

/* One sector, of which @data gets the user's 2048 bytes. @n counts from the run's first. */
static int read_raw_sector(struct source *s, uint64_t n, unsigned char data[static BLOCK_SIZE],
			   uint64_t left, struct err *err)
{
	enum { DATA = 16 };
	const struct extent *e = s->last;
	unsigned char got[SECTOR_SIZE], made[SECTOR_SIZE];
	struct span part = { SPAN_FILE, .len = left, .offset = e->offset + n * SECTOR_SIZE };
	uint64_t lba = e->start / BLOCK_SIZE + n;
	int ret = read_file(s, &part, got, sizeof(got), err);

	if (ret < 0)
		return ret;
	memcpy(data, got + DATA, BLOCK_SIZE);
	sector_mode1(made, data, (uint32_t)lba);
	if (memcmp(got, made, sizeof(made)) == 0)
		return 0;
	if (changes(s))
		return stale(err);
	return err_set(err, EMEDIUMTYPE,
		       "sector %llu of %s %s, and a drive would write it otherwise: record it "
		       "with cdrdao, which writes raw sectors",
		       (unsigned long long)lba, source_path(s), difference(got, made));
}

static int read_raw(struct source *s, const struct span *span, void *buf, size_t len,
		    struct err *err)
{
	uint64_t pos = span->offset - s->last->offset; /* within the run */
	unsigned char data[BLOCK_SIZE];

	for (size_t done = 0; done < len; ) {
		uint64_t n = (pos + done) / BLOCK_SIZE;
		size_t skip = (size_t)((pos + done) % BLOCK_SIZE), part = BLOCK_SIZE - skip;
		bool last = (n + 1) * BLOCK_SIZE >= s->last->len;
		int ret = read_raw_sector(s, n, data, last ? SECTOR_SIZE : UINT64_MAX, err);

		if (ret < 0)
			return ret;
		if (part > len - done)
			part = len - done;
		memcpy((char *)buf + done, data + skip, part);
		done += part;
	}
	return 0;
}

/* Make the sectors from @first on, as many as there are room for. */
static int make_sectors(struct source *s, uint64_t first, struct err *err)
{
	struct data_track *d = s->data;
	ssize_t n = source_read(d->source, d->blocks, sizeof(d->blocks), first * BLOCK_SIZE, err);

	d->n = 0;
	if (n < 0)
		return (int)n;
	d->first = first;
	d->n = (uint64_t)n / BLOCK_SIZE;
	for (size_t i = 0; i < d->n; i++)
		sector_mode1(d->sectors + i * SECTOR_SIZE, d->blocks + i * BLOCK_SIZE,
			     (uint32_t)(first + i));
	return 0;
}

static int read_sectors(struct source *s, const struct span *span, void *buf, size_t len,
			struct err *err)
{
	struct data_track *d = s->data;

	for (size_t done = 0; done < len; ) {
		uint64_t pos = span->offset + done, sector = pos / SECTOR_SIZE;
		size_t from, n;
		int ret = 0;

		if (sector < d->first || sector >= d->first + d->n)
			ret = make_sectors(s, sector, err);
		if (ret < 0)
			return ret;
		from = (size_t)(pos - d->first * SECTOR_SIZE);
		n = (size_t)d->n * SECTOR_SIZE - from;
		if (n > len - done)
			n = len - done;
		memcpy((char *)buf + done, d->sectors + from, n);
		done += n;
	}
	return 0;
}

static int read_memory(struct source *s, const struct span *span, void *buf, size_t len,
		       struct err *err)
{
	(void)s;
	(void)err;
	memcpy(buf, span->data, len);
	return 0;
}

static int read_zeros(struct source *s, const struct span *span, void *buf, size_t len,
		      struct err *err)
{
	(void)s;
	(void)span;
	(void)err;
	memset(buf, 0, len);
	return 0;
}

static int read_span(struct source *s, const struct span *span, void *buf, size_t len,
		     struct err *err)
{
	static int (*const readers[])(struct source *, const struct span *, void *, size_t,
				      struct err *) = {
		[SPAN_ZERO] = read_zeros,   [SPAN_MEMORY] = read_memory,   [SPAN_FILE] = read_file,
		[SPAN_DECODED] = read_decoded, [SPAN_SECTORS] = read_sectors,
		[SPAN_SWAPPED] = read_swapped, [SPAN_RAW] = read_raw,
	};

	return readers[span->kind](s, span, buf, len, err);
}

ssize_t source_read(struct source *s, void *buf, size_t len, uint64_t pos, struct err *err)
{
	uint64_t size = source_size(s);
	size_t done = 0;
	int ret = 0;

	if (pos >= size)
		return 0;
	if (len > size - pos)
		len = (size_t)(size - pos);
	while (done < len && ret == 0) {
		struct span span;
		size_t n;

		ret = source_span(s, pos + done, &span, err);
		if (ret < 0)
			break;
		n = span.len < len - done ? (size_t)span.len : len - done;
		ret = read_span(s, &span, (char *)buf + done, n, err);
		done += n;
	}
	if (ret == 0 && is_stale(s))
		ret = stale(err);
	return ret < 0 ? ret : (ssize_t)done;
}
