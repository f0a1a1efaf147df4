/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The settings: one table of rows from which the INI file, -o, `set`, --help, --print-config and
 * the test of the man page come. Values only; what a value does is decided where it is used.
 */
#ifndef BURNFS_CONFIG_SETTINGS_H
#define BURNFS_CONFIG_SETTINGS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "base/disc.h"
#include "base/exclude.h"
#include "base/util.h"

enum keep { KEEP_NO, KEEP_UNBURNED, KEEP_YES };

/* No group's number: chown(2) takes it for "leave it". */
static const gid_t NO_GROUP = (gid_t)-1;

/* In a speed: it is tenths of the medium's single speed, and no kB/s. */
enum { SPEED_TIMES = 1 << 30 };

enum {
	LABEL_BYTES = 32,         /* of a primary volume descriptor (ECMA-119, 8.4.7) */
	JOLIET_LABEL_CHARS = 16,  /* the same bytes in UCS-2 */
};

/* A plain value: copy it freely. */
struct settings {
	char recorder[PATH_MAX];  /* as in "burnfs RECORDER MOUNTPOINT"; "auto" */
	char stash[PATH_MAX];     /* empty: made from the mountpoint */
	enum keep keep;
	uint64_t capacity;        /* blocks, of the medium's own kind; 0: none set */
	char label[LABEL_BYTES + 1]; /* volume label */
	char publisher[129];      /* at most 128 bytes */
	enum format format;
	bool names_strict;        /* refuse names that Joliet shortens */
	char exclude[EXCLUDE_BYTES]; /* patterns of names that are kept off the disc, see
					base/exclude.h */
	unsigned gap;             /* sectors before tracks 2 to 99 */
	char album[256];          /* what an audio disc is called, when its attributes do not say
				     it */
	char performer[256];
	unsigned speed;           /* of recording, in 1000 bytes a second; SPEED_TIMES; 0: the
				     fastest */
	bool burnfree;            /* the drive may pause where data comes late */
	bool stream;              /* without the drive's defect management, where there is one */
	bool verify, eject;       /* every burn, as if it was asked to */
	unsigned burn_wait;       /* seconds that a burn waits for files that are open for
				     writing */
	bool overwrite;           /* image files that this mount did not record may be replaced */
	gid_t control_group;      /* may write control, and read image/; NO_GROUP: none */
	gid_t stage_group;        /* data/ and audio/ are theirs; NO_GROUP: the mounter's alone */
};

/* Who is setting: not every key may be set by everybody. */
enum settings_from { SETTINGS_FILE, SETTINGS_OPTION, SETTINGS_VERB };

void settings_init(struct settings *);
/*
 * Set one key; blanks around the value go. EINVAL with a sentence for an unknown key, a bad value,
 * or a key fixed at mount. No value can have a control character, or a ';' after a blank.
 * ENAMETOOLONG for a label that Joliet cuts with names=strict. On an error nothing is set.
 */
int settings_set(struct settings *, const char *key, const char *value, enum settings_from,
		 struct err *);
/* The label as Joliet has it, which is what Windows shows: whether that is all of it. */
bool settings_joliet_label(const struct settings *, char out[static LABEL_BYTES + 1]);
/*
 * What may have been meant otherwise by the value that a key has, in one line, as of a gap of two
 * sectors; empty if nothing.
 */
void settings_remark(const struct settings *, const char *key, char *buf, size_t len);
/* Whether there is a row of that name. */
bool settings_known(const char *key);
/* A value to show how a known key is set. */
const char *settings_example(const char *key);
/*
 * The key that was meant: that one, one that looks like it, or what other programs call so; NULL:
 * none.
 */
const char *settings_nearest(const char *key);
/*
 * Read an INI file (inih): keys before any section or in [burnfs]. Lines that begin with ';' or '#'
 * are comments, and so is what follows a ';' after a blank; '#' begins none there, and quotes mean
 * nothing. Of a key that occurs twice the last counts. Errors name file and line, and leave the
 * settings alone. A file that does not exist is -ENOENT; the caller says whether that matters. One
 * thread at a time.
 */
int settings_load(struct settings *, const char *path, struct err *);
/* One "key = value" line a row, as an INI file that reads back to the same settings. */
void settings_print(const struct settings *, FILE *);
/* Two lines of help a row: "key=values", then what it does and its default. */
void settings_help(FILE *);
/* The rows' names in order, for tests and for --help; NULL past the last. */
const char *settings_key(size_t row);
/*
 * The smallest disc that the setting `capacity` has a word for, from cd80 on, that holds so many
 * blocks; else the largest: its word, and in @holds its own blocks.
 */
const char *settings_disc(uint64_t blocks, uint64_t *holds);
/*
 * The value of a key as text, as settings_set() would take it. 0, -EINVAL for an unknown key,
 * -ERANGE for a @buf too small, -ENOMEM.
 */
int settings_text(const struct settings *, const char *key, char *buf, size_t len);

#endif
