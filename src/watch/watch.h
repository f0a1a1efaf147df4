/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of burnfs-watch share: what a mount tells of its job, and how it is shown. The
 * program knows a mount by its files alone (burnfs-files(5)), and has one thread.
 */
#ifndef BURNFS_WATCH_H
#define BURNFS_WATCH_H

#include <limits.h>
#include <sys/types.h>

#include "base/util.h"

/* ---- watch/news.c: reading ---- */

/*
 * What `stats` tells at one moment, and `progress` of a disc that is waited for. -1: it is not
 * known.
 */
struct figures {
	char job[16];              /* empty without one */
	char state[16];
	int64_t done, total;       /* blocks; percent while it is blanking */
	int64_t eta, speed;        /* seconds, KiB a second */
	int64_t buffer;            /* percent */
	int64_t track, tracks, copy, copies;
	bool waiting;              /* for disc @copy */
	char last_op[32], last_result[32], last_error[512], last_output[PATH_MAX];
};

/* Of the mount at @dir. 0 or -errno. */
int figures_read(const char *dir, struct figures *);

/* A reader of `events` that keeps its place, also while it does not hold the file open. */
struct news {
	const char *dir;
	int fd;                    /* to be polled; -1: not open */
	off_t pos;
	struct text last;          /* the end of what was read, by which its place is found again */
	void (*tell)(void *data, const char *word, const char *rest);
	void *data;
};

/*
 * Hand on each line that came since, as the word and what stands behind it. Opens the file. 0 or
 * -errno.
 */
int news_read(struct news *);
void news_close(struct news *);
void news_free(struct news *);
/*
 * The value of @key in the rest of a line: up to the next blank, but up to the end for @key
 * "error", "output" and "reason", which come last. False without such a key; what is too long is
 * cut.
 */
bool news_value(const char *rest, const char *key, char *value, size_t size);

/* ---- watch/show.c: showing ---- */

enum style {
	STYLE_NONE,
	STYLE_LINES,               /* a line for each change of the state, and each tenth that is
				      done */
	STYLE_BAR,                 /* one line, drawn again and again; a terminal's width is asked
				      for each time */
	STYLE_GAUGE,               /* as zenity and dialog read it */
};

struct show {
	enum style style;
	char reason[512];          /* why another disc is wanted; empty: none is, or it is simply
				      the next */
	struct text shown;         /* what stands there */
	unsigned asked;            /* for a disc */
	int64_t tenth, percent;
};

void show_figures(struct show *, const struct figures *);
/* Disc figures.copy is asked for, perhaps once more. */
void show_asked(struct show *, const struct figures *);
/* A sentence that stays. */
void show_line(struct show *, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* It has ended; @ok: with success. */
void show_end(struct show *, bool ok);
void show_free(struct show *);

/* "burnfs-watch: …" on standard error, for people. */
void complain(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/*
 * Append a text that others have written, as it may be shown: without control characters, without
 * those that change the direction of writing or cannot be seen, and with nothing that the locale
 * cannot say.
 */
void clean(struct text *, const char *text);

#endif
