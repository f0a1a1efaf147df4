/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What every room needs: errors with a sentence, the log, clean-up of locals, text that grows.
 */
#ifndef BURNFS_BASE_UTIL_H
#define BURNFS_BASE_UTIL_H

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* An outcome for a person: an errno (positive; 0 is none) and a sentence with cause and remedy. */
struct err {
	int code;
	char msg[500];
};

/*
 * Fill @err (may be NULL) and return -code, so that `return err_set(err, EIO, …)` fits a line.
 * The sentence goes through make_line(), for names of files get into it.
 */
int err_set(struct err *err, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int err_vset(struct err *err, int code, const char *fmt, va_list)
	__attribute__((format(printf, 3, 0)));
/* Put "words: " in front of the sentence; the code stays. Returns -code; -EIO without @err. */
int err_wrap(struct err *err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* "EBUSY" for EBUSY; "ok" for 0; "E123" for what has no name: good until the thread's next call. */
const char *err_name(int code);

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARNING, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
/* To stderr until log_to_syslog(), which a daemon calls when it detaches. Any thread. */
void log_to_syslog(const char *ident);
void log_set_level(enum log_level);
void log_line(enum log_level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
#define log_error(...)   log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_line(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* Text that grows. A failed allocation sets @failed, drops what follows and never crashes. */
struct text {
	char *data;      /* NUL-terminated once anything was added; owned */
	size_t len, cap;
	bool failed;
};
void text_add(struct text *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void text_append(struct text *, const char *data, size_t len);
void text_free(struct text *);

/*
 * The format for a count in a sentence, as ngettext(3) gives it:
 * plural(n, "%u track", "%u tracks"). A translation takes its place by ngettext itself.
 */
static inline __attribute__((format_arg(2), format_arg(3)))
const char *plural(uint64_t n, const char *one, const char *many)
{
	return n == 1 ? one : many;
}

/* Locals that clean up after themselves; errno survives. */
static inline void cleanup_freep(void *p)
{
	int saved = errno;
	free(*(void **)p);
	errno = saved;
}
static inline void cleanup_closep(int *fd)
{
	int saved = errno;
	if (*fd >= 0)
		close(*fd);
	errno = saved;
}
#define cleanup_free  __attribute__((cleanup(cleanup_freep)))
#define cleanup_close __attribute__((cleanup(cleanup_closep)))
#define cleanup_text  __attribute__((cleanup(text_free)))

static inline int steal_fd(int *fd)
{
	int taken = *fd;
	*fd = -1;
	return taken;
}
static inline void *steal_pointer(void *pp)
{
	void *taken = *(void **)pp;
	*(void **)pp = NULL;
	return taken;
}

/*
 * Begins every sentence about a fault of burnfs's own, in the log or in an error. The tests look
 * for it in the log, and the manual asks for a report.
 */
#define INTERNAL_ERROR "internal error: "

/* Bytes of stack for a thread that calls libraries which go into depths by recursion. */
enum { DEEP_STACK = 8 * 1024 * 1024 };

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The coarse clock that file systems stamp with. */
struct timespec time_now(void);
/* Give memory that was freed back to the system, after much of it was. */
void memory_give_back(void);

/* Monotonic seconds, for durations. */
double time_monotonic(void);
/*
 * Waits with a limit go by the monotonic clock, so that setting the other one makes none longer or
 * shorter: a condition for such waits, and what pthread_cond_timedwait() takes of it to wait
 * @seconds from now on.
 */
void cond_init(pthread_cond_t *);
struct timespec deadline_in(double seconds);

/*
 * Read exactly @len bytes at @off. Returns 0, -EIO when the file ends early, else -errno.
 */
int read_at(int fd, void *buf, size_t len, uint64_t off);
/* Write exactly @len bytes at @off: 0 or -errno. */
int write_at(int fd, const void *buf, size_t len, uint64_t off);

/* Whether the bytes are UTF-8 as Unicode defines it: shortest forms, no surrogates. */
bool utf8_valid(const char *s, size_t len);
/* Whether they are all zero; of no bytes they are. */
bool bytes_zero(const void *bytes, size_t len);

/*
 * Make one line of a text, in place: a newline or tab becomes a space, any other control character
 * a '?'. Of a character that was cut in half nothing is left at the end, and a '?' before it.
 */
void make_line(char *s);

/*
 * Natural order: runs of digits by their value, so that track2 comes before track10; paths
 * component by component, so that what is in a folder stays together. As strcmp: 0 for equal
 * strings only.
 */
int natural_compare(const char *a, const char *b);

#endif

