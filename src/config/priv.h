/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the settings share, and nobody else sees: a row of the table, and what reads
 * and prints the values of its kind.
 */
#ifndef BURNFS_CONFIG_PRIV_H
#define BURNFS_CONFIG_PRIV_H

#include "base/suggest.h"
#include "config/settings.h"

enum {
	SPEED_MIN = 100,          /* kB/s: below the single speed of any medium, so that a
				     smaller number is so many times it */
	SPEED_MAX = 1000000,      /* past any drive */
};

/* A word that stands for a number; a list ends with a row without a name. */
struct word {
	const char *name;
	uint64_t value;
};

struct row {
	const char *key, *values, *help, *fallback;
	const char *no_verb;         /* why `set` may not set it; NULL if it may */
	int (*parse)(struct settings *, const struct row *, const char *value, struct err *);
	void (*print)(const struct settings *, const struct row *, struct text *);
	const struct word *words;
	uint64_t max;                /* of a number */
	size_t offset, size;         /* of the member */
	const char *use;             /* the values in a sentence; NULL: as in @values */
	const struct synonym *synonyms; /* values of other programs; NULL: none */
	void (*remark)(const struct settings *, const struct row *, char *buf, size_t len);
				     /* on a value that may have been meant otherwise; NULL: none */
};

/*
 * config/values.c. To read: @value, without blanks around it, goes into the row's member. 0, or
 * -errno with a sentence that says what may be written.
 */
int value_parse_text(struct settings *, const struct row *, const char *value, struct err *);
int value_parse_label(struct settings *, const struct row *, const char *value, struct err *);
int value_parse_exclude(struct settings *, const struct row *, const char *value, struct err *);
int value_parse_recorder(struct settings *, const struct row *, const char *value, struct err *);
int value_parse_word(struct settings *, const struct row *, const char *value, struct err *);
int value_parse_number(struct settings *, const struct row *, const char *value, struct err *);
int value_parse_capacity(struct settings *, const struct row *, const char *value, struct err *);
int value_parse_gap(struct settings *, const struct row *, const char *value, struct err *);
int value_parse_speed(struct settings *, const struct row *, const char *value, struct err *);
int value_parse_group(struct settings *, const struct row *, const char *value, struct err *);
/* To print: the member as it may be written. */
void value_print_text(const struct settings *, const struct row *, struct text *);
void value_print_word(const struct settings *, const struct row *, struct text *);
void value_print_speed(const struct settings *, const struct row *, struct text *);
void value_print_group(const struct settings *, const struct row *, struct text *);
/* To remark: one line, cut at @len bytes; @buf is left alone if there is nothing to say. */
void value_remark_gap(const struct settings *, const struct row *, char *buf, size_t len);
void value_remark_capacity(const struct settings *, const struct row *, char *buf, size_t len);

#endif
