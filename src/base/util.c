/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors with a sentence, the log, text that grows, clocks, whole reads and writes, and the order
 * and validity of names. No state but the log's level and destination; no locks.
 */
#include "base/util.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>

enum { LOG_LINE_MAX = 2000 };

static atomic_int log_level = LOG_LEVEL_INFO;
static atomic_bool log_syslog;

/* Bytes of the UTF-8 sequence that @lead begins; 0 if none does. */
static size_t sequence_length(unsigned char lead)
{
	if (lead < 0x80)
		return 1;
	if (lead >= 0xc2 && lead <= 0xdf)
		return 2;
	if ((lead & 0xf0) == 0xe0)
		return 3;
	return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/*
 * Bytes of the character at @s if a terminal would obey it and not show it: U+0000 to U+001F,
 * U+007F to U+009F, the separators U+2028 and U+2029, and what turns the direction of text, U+202A
 * to U+202E, U+2066 to U+2069. Else 0.
 */
static size_t control_length(const unsigned char *s)
{
	if (s[0] < ' ' || s[0] == 0x7f)
		return 1;
	if (s[0] == 0xc2 && s[1] >= 0x80 && s[1] <= 0x9f)
		return 2;
	if (s[0] == 0xe2 && s[1] == 0x80 && s[2] >= 0xa8 && s[2] <= 0xae)
		return 3;
	return s[0] == 0xe2 && s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9 ? 3 : 0;
}

/* Bytes of the character at @s that are there: fewer than its first byte says where it was cut. */
static size_t bytes_there(const char *s, size_t length)
{
	size_t n = 1;

	while (n < length && ((unsigned char)s[n] & 0xc0) == 0x80)
		n++;
	return n;
}

void make_line(char *s)
{
	char *to = s;

	while (*s) {
		size_t control = control_length((unsigned char *)s);
		size_t length = sequence_length((unsigned char)*s), there = bytes_there(s, length);

		if (control) {
			*to++ = *s == '\n' || *s == '\t' ? ' ' : '?';
			s += control;
			continue;
		}
		if (there >= length) {
			memmove(to, s, there);
			to += there;
		} else if (s[there]) {
			*to++ = '?';
		}
		s += there;
	}
	*to = '\0';
}

int err_vset(struct err *err, int code, const char *fmt, va_list ap)
{
	if (!err)
		return -code;
	err->code = code;
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	make_line(err->msg);
	return -code;
}

int err_set(struct err *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	err_vset(err, code, fmt, ap);
	va_end(ap);
	return -code;
}

int err_wrap(struct err *err, const char *fmt, ...)
{
	char front[sizeof(err->msg)];
	char whole[2 * sizeof(err->msg) + 2];
	va_list ap;

	if (!err)
		return -EIO;
	va_start(ap, fmt);
	vsnprintf(front, sizeof(front), fmt, ap);
	va_end(ap);
	snprintf(whole, sizeof(whole), "%s: %s", front, err->msg);
	whole[sizeof(err->msg) - 1] = '\0';
	memcpy(err->msg, whole, sizeof(err->msg));
	make_line(err->msg);
	return -err->code;
}

const char *err_name(int code)
{
	static _Thread_local char other[16];
	const char *name;

	if (code == 0)
		return "ok";
	name = strerrorname_np(code);
	if (name)
		return name;
	snprintf(other, sizeof(other), "E%d", code);
	return other;
}

void log_to_syslog(const char *ident)
{
	openlog(ident, LOG_PID, LOG_DAEMON);
	log_syslog = true;
}

void log_set_level(enum log_level level)
{
	log_level = (int)level;
}

void log_line(enum log_level level, const char *fmt, ...)
{
	static const struct {
		int priority;
		const char *word;
	} levels[] = {
		[LOG_LEVEL_ERROR] = { LOG_ERR, "error: " },
		[LOG_LEVEL_WARNING] = { LOG_WARNING, "warning: " },
		[LOG_LEVEL_INFO] = { LOG_INFO, "" },
		[LOG_LEVEL_DEBUG] = { LOG_DEBUG, "debug: " },
	};
	char line[LOG_LINE_MAX];
	int saved = errno;
	va_list ap;

	if ((int)level > log_level)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	make_line(line);
	if (log_syslog)
		syslog(levels[level].priority, "%s%s", levels[level].word, line);
	else
		dprintf(STDERR_FILENO, "burnfs: %s%s\n", levels[level].word, line);
	errno = saved;
}

/* Room for @more bytes and a NUL. */
static bool text_room(struct text *t, size_t more)
{
	size_t cap = t->cap ? t->cap : 256;
	char *data;

	if (t->failed)
		return false;
	while (cap - t->len <= more && cap <= SIZE_MAX / 2)
		cap *= 2;
	if (cap - t->len <= more) {
		t->failed = true;
		return false;
	}
	if (cap == t->cap)
		return true;
	data = realloc(t->data, cap);
	if (!data) {
		t->failed = true;
		return false;
	}
	t->data = data;
	t->cap = cap;
	return true;
}

void text_append(struct text *t, const char *data, size_t len)
{
	if (!text_room(t, len))
		return;
	if (len)
		memcpy(t->data + t->len, data, len);
	t->len += len;
	t->data[t->len] = '\0';
}

void text_add(struct text *t, const char *fmt, ...)
{
	va_list ap, again;
	int len;

	va_start(ap, fmt);
	va_copy(again, ap);
	len = vsnprintf(NULL, 0, fmt, ap);
	if (len < 0)
		t->failed = true;
	else if (text_room(t, (size_t)len))
		t->len += (size_t)vsnprintf(t->data + t->len, (size_t)len + 1, fmt, again);
	va_end(again);
	va_end(ap);
}

void text_free(struct text *t)
{
	int saved = errno;

	free(t->data);
	*t = (struct text){ 0 };
	errno = saved;
}

struct timespec time_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME_COARSE, &ts);
	return ts;
}

void memory_give_back(void)
{
#ifdef __GLIBC__
	malloc_trim(0);
#endif
}

double time_monotonic(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void cond_init(pthread_cond_t *cond)
{
	pthread_condattr_t attr;

	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(cond, &attr);
	pthread_condattr_destroy(&attr);
}

struct timespec deadline_in(double seconds)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_sec += (time_t)seconds;
	t.tv_nsec += (long)((seconds - (double)(time_t)seconds) * 1e9);
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

int read_at(int fd, void *buf, size_t len, uint64_t off)
{
	char *to = buf;

	while (len) {
		ssize_t n = pread(fd, to, len, (off_t)off);

		if (n == 0)
			return -EIO;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		to += n;
		len -= (size_t)n;
		off += (uint64_t)n;
	}
	return 0;
}

int write_at(int fd, const void *buf, size_t len, uint64_t off)
{
	const char *from = buf;

	while (len) {
		ssize_t n = pwrite(fd, from, len, (off_t)off);

		if (n == 0)
			return -EIO;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		from += n;
		len -= (size_t)n;
		off += (uint64_t)n;
	}
	return 0;
}

/* The second byte decides on overlong forms, surrogates and what lies beyond U+10FFFF. */
static bool second_byte_valid(unsigned char lead, unsigned char second)
{
	switch (lead) {
	case 0xe0:
		return second >= 0xa0;
	case 0xed:
		return second <= 0x9f;
	case 0xf0:
		return second >= 0x90;
	case 0xf4:
		return second <= 0x8f;
	default:
		return true;
	}
}

bool utf8_valid(const char *s, size_t len)
{
	const unsigned char *p = (const unsigned char *)s;
	const unsigned char *end = p + len;

	while (p < end) {
		size_t n = sequence_length(*p);

		if (n == 0 || n > (size_t)(end - p))
			return false;
		for (size_t i = 1; i < n; i++)
			if ((p[i] & 0xc0) != 0x80)
				return false;
		if (n > 1 && !second_byte_valid(p[0], p[1]))
			return false;
		p += n;
	}
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The end of a name before the end of a directory's before everything else. */
static int rank(char c)
{
	if (c == '\0')
		return -1;
	return c == '/' ? 0 : (unsigned char)c;
}

/*
 * Compare the runs of digits at *@a and *@b and step over them; of equal values fewer zeros come
 * first.
 */
static int compare_runs(const char **a, const char **b)
{
	size_t zeros_a = strspn(*a, "0"), zeros_b = strspn(*b, "0");
	const char *da = *a + zeros_a, *db = *b + zeros_b;
	size_t len_a = strspn(da, "0123456789"), len_b = strspn(db, "0123456789");
	int order;

	*a = da + len_a;
	*b = db + len_b;
	if (len_a != len_b)
		return len_a < len_b ? -1 : 1;
	order = memcmp(da, db, len_a);
	if (order || zeros_a == zeros_b)
		return order;
	return zeros_a < zeros_b ? -1 : 1;
}

int natural_compare(const char *a, const char *b)
{
	while (*a || *b) {
		int order;

		if (is_digit(*a) && is_digit(*b))
			order = compare_runs(&a, &b);
		else
			order = rank(*a++) - rank(*b++);
		if (order)
			return order;
	}
	return 0;
}

bool bytes_zero(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;

	return len == 0 || (p[0] == 0 && memcmp(p, p + 1, len - 1) == 0);
}
