/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads `stats`, `progress` and `events` of a mount. Believes nothing of their length.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "watch/watch.h"

enum { TEXT_MAX = 4 * 1024 * 1024, PLACE = 512 };

static int open_file(const char *dir, const char *name)
{
	char path[PATH_MAX + 16];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	return fd < 0 ? -errno : fd;
}

/* Append all there is from @pos on. */
static int read_all(int fd, off_t pos, struct text *out)
{
	char buf[65536];

	while (out->len < TEXT_MAX) {
		ssize_t n = pread(fd, buf, sizeof(buf), pos);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		text_append(out, buf, (size_t)n);
		pos += n;
	}
	return out->failed ? -ENOMEM : 0;
}

static int read_file(const char *dir, const char *name, struct text *out)
{
	cleanup_close int fd = open_file(dir, name);

	return fd < 0 ? fd : read_all(fd, 0, out);
}

/* ---- figures ---- */

#define TEXT(key, member)                                                                          \
	{                                                                                          \
		key, offsetof(struct figures, member), sizeof(((struct figures *)NULL)->member)    \
	}
#define NUMBER(key, member) { key, offsetof(struct figures, member), 0 }

static const struct {
	const char *key;
	size_t offset, size;       /* no size: a number */
} keys[] = {
	TEXT("state", state),
	TEXT("job", job),
	NUMBER("job_done_blocks", done),
	NUMBER("job_total_blocks", total),
	NUMBER("job_track", track),
	NUMBER("job_tracks", tracks),
	NUMBER("job_eta_seconds", eta),
	NUMBER("job_kib_per_second", speed),
	NUMBER("job_buffer_percent", buffer),
	NUMBER("job_copy", copy),
	NUMBER("job_copies", copies),
	TEXT("last_op", last_op),
	TEXT("last_result", last_result),
	TEXT("last_error", last_error),
	TEXT("last_output", last_output),
};

static void take_key(struct figures *f, const char *key, const char *value)
{
	for (size_t i = 0; i < ARRAY_SIZE(keys); i++) {
		char *member = (char *)f + keys[i].offset;

		if (strcmp(keys[i].key, key) != 0)
			continue;
		if (keys[i].size)
			snprintf(member, keys[i].size, "%s", value);
		else
			*(int64_t *)(void *)member = *value ? strtoll(value, NULL, 10) : -1;
	}
}

int figures_read(const char *dir, struct figures *f)
{
	cleanup_text struct text stats = { 0 }, progress = { 0 };
	int r = read_file(dir, "stats", &stats);
	char *rest = stats.data;

	memset(f, 0, sizeof(*f));
	for (char *line; r == 0 && (line = strsep(&rest, "\n")); ) {
		char *value = strchr(line, '=');

		if (value)
			*value++ = '\0';
		if (value)
			take_key(f, line, value);
	}
	if (r < 0 || f->copies <= 1)
		return r;
	/* Which disc is wanted `stats` tells, but not whether it is there. */
	r = read_file(dir, "progress", &progress);
	f->waiting = progress.data && strncmp(progress.data, "put in ", 7) == 0;
	return r;
}

/* ---- events ---- */

/*
 * Where in the text what was read before ends: where it was, or before that if lines were dropped.
 * What comes behind may be the very same, for jobs of one second. All of it is new if what was read
 * was dropped.
 */
static size_t place(const struct news *n, const struct text *text)
{
	size_t most = (size_t)n->pos < text->len ? (size_t)n->pos : text->len, at = 0;
	const char *end = text->data + most, *p = text->data;

	while (n->last.len && (p = memmem(p, (size_t)(end - p), n->last.data, n->last.len))) {
		at = (size_t)(p - text->data) + n->last.len;
		p++;
	}
	return at;
}

static void remember(struct news *n, const char *text, size_t len)
{
	size_t surplus;

	text_append(&n->last, text, len);
	surplus = n->last.len > PLACE ? n->last.len - PLACE : 0;
	if (!surplus)
		return;
	memmove(n->last.data, n->last.data + surplus, PLACE);
	n->last.len = PLACE;
}

/* "TIME WORD REST" */
static void tell_line(struct news *n, char *line)
{
	char *word;

	strsep(&line, " ");
	word = strsep(&line, " ");
	if (word)
		n->tell(n->data, word, line ? line : "");
}

int news_read(struct news *n)
{
	cleanup_text struct text text = { 0 };
	bool reopened = n->fd < 0;
	size_t from = 0;
	char *rest;
	int r;

	if (reopened)
		n->fd = open_file(n->dir, "events");
	if (n->fd < 0)
		return n->fd;
	r = read_all(n->fd, reopened ? 0 : n->pos, &text);
	if (r < 0 || !text.len)
		return r;
	if (reopened)
		from = place(n, &text);
	n->pos = (reopened ? 0 : n->pos) + (off_t)text.len;
	rest = text.data + from;
	remember(n, rest, text.len - from);
	for (char *line; (line = strsep(&rest, "\n")); )
		tell_line(n, line);
	return 0;
}

void news_close(struct news *n)
{
	if (n->fd >= 0)
		close(n->fd);
	n->fd = -1;
}

void news_free(struct news *n)
{
	news_close(n);
	text_free(&n->last);
}

static bool to_the_end(const char *key)
{
	return strcmp(key, "error") == 0 || strcmp(key, "output") == 0 ||
	       strcmp(key, "reason") == 0;
}

bool news_value(const char *rest, const char *key, char *value, size_t size)
{
	size_t len = strlen(key);
	const char *p = rest;

	while (strncmp(p, key, len) != 0 || p[len] != '=') {
		p = strchr(p, ' ');
		if (!p)
			return false;
		p++;
	}
	p += len + 1;
	snprintf(value, size, "%.*s", (int)(to_the_end(key) ? strlen(p) : strcspn(p, " ")), p);
	return true;
}
