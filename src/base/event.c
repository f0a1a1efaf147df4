/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring of lines behind `events`. Byte @pos of the log lies at @pos modulo the capacity; what is
 * kept is [start, end), and start is always the beginning of a line. One mutex, never held over a
 * call out.
 */
#include "base/event.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

struct events {
	pthread_mutex_t lock;
	uint64_t start, end;
	size_t capacity;
	void (*observer)(void *data);
	void *observer_data;
	char ring[];
};

struct events *events_new(size_t capacity)
{
	struct events *ev;

	if (capacity == 0 || capacity > SIZE_MAX / 2)
		return NULL;
	ev = calloc(1, sizeof(*ev) + capacity);
	if (!ev)
		return NULL;
	ev->capacity = capacity;
	pthread_mutex_init(&ev->lock, NULL);
	return ev;
}

void events_free(struct events *ev)
{
	if (!ev)
		return;
	pthread_mutex_destroy(&ev->lock);
	free(ev);
}

void events_observe(struct events *ev, void (*observer)(void *data), void *data)
{
	pthread_mutex_lock(&ev->lock);
	ev->observer = observer;
	ev->observer_data = data;
	pthread_mutex_unlock(&ev->lock);
}

/* Copy between the ring at @pos and a plain buffer; the run may wrap once. */
static void ring_put(struct events *ev, uint64_t pos, const char *from, size_t len)
{
	size_t at = (size_t)(pos % ev->capacity);
	size_t first = len < ev->capacity - at ? len : ev->capacity - at;

	memcpy(ev->ring + at, from, first);
	memcpy(ev->ring, from + first, len - first);
}

static void ring_get(const struct events *ev, uint64_t pos, char *to, size_t len)
{
	size_t at = (size_t)(pos % ev->capacity);
	size_t first = len < ev->capacity - at ? len : ev->capacity - at;

	memcpy(to, ev->ring + at, first);
	memcpy(to + first, ev->ring, len - first);
}

static void drop_line(struct events *ev)
{
	while (ev->start < ev->end && ev->ring[ev->start % ev->capacity] != '\n')
		ev->start++;
	if (ev->start < ev->end)
		ev->start++;
}

/* Append a line of at most the capacity. */
static void ring_append(struct events *ev, const char *line, size_t len)
{
	while (ev->end - ev->start + len > ev->capacity)
		drop_line(ev);
	ring_put(ev, ev->end, line, len);
	ev->end += len;
}

/* "TIME NAME"; returns its length. */
static size_t line_begin(char *line, size_t len, const char *name)
{
	time_t now = time_now().tv_sec;
	char stamp[32];
	struct tm tm;
	int n;

	gmtime_r(&now, &tm);
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &tm);
	n = snprintf(line, len, "%s %s", stamp, name);
	return n < (int)len ? (size_t)n : len - 1;
}

void events_add(struct events *ev, const char *name, const char *fmt, ...)
{
	char line[EVENT_LINE_MAX + 1];
	size_t len = line_begin(line, sizeof(line), name);
	void (*observer)(void *data);
	void *data;
	va_list ap;

	line[len++] = ' ';
	va_start(ap, fmt);
	vsnprintf(line + len, sizeof(line) - len, fmt, ap);
	va_end(ap);
	if (ev->capacity < EVENT_LINE_MAX)
		line[ev->capacity] = '\0';
	line[EVENT_LINE_MAX - 1] = '\0';
	make_line(line);
	len = strlen(line);
	if (len && (line[len - 1] == ' ' || len == ev->capacity))
		len--;
	line[len++] = '\n';

	pthread_mutex_lock(&ev->lock);
	ring_append(ev, line, len);
	observer = ev->observer;
	data = ev->observer_data;
	pthread_mutex_unlock(&ev->lock);
	if (observer)
		observer(data);
}

uint64_t events_start(struct events *ev)
{
	uint64_t pos;

	pthread_mutex_lock(&ev->lock);
	pos = ev->start;
	pthread_mutex_unlock(&ev->lock);
	return pos;
}

uint64_t events_end(struct events *ev)
{
	uint64_t pos;

	pthread_mutex_lock(&ev->lock);
	pos = ev->end;
	pthread_mutex_unlock(&ev->lock);
	return pos;
}

size_t events_read(struct events *ev, char *buf, size_t len, uint64_t pos)
{
	size_t dropped = 0;

	pthread_mutex_lock(&ev->lock);
	if (pos >= ev->end)
		len = 0;
	else if (len > ev->end - pos)
		len = (size_t)(ev->end - pos);
	if (pos < ev->start)
		dropped = ev->start - pos < len ? (size_t)(ev->start - pos) : len;
	memset(buf, '\n', dropped);
	ring_get(ev, pos + dropped, buf + dropped, len - dropped);
	pthread_mutex_unlock(&ev->lock);
	return len;
}
