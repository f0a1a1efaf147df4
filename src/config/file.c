/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Settings from INI files. A file is taken over as a whole, or not at all. */
#include "config/settings.h"

#include <ini.h>
#include <string.h>

enum { LINE_MAX_BYTES = PATH_MAX + 256 };

struct loading {
	struct settings settings;  /* taken over only if the whole file is good */
	const char *path;
	FILE *file;
	char *line;
	size_t cap;
	int number;                /* of the line */
	int bad_number;            /* of the first bad line; 0 while there is none */
	struct err err;            /* why it is bad */
};

static void bad_line(struct loading *l, const struct err *why)
{
	if (l->bad_number)
		return;
	l->bad_number = l->number;
	l->err = *why;
}

/*
 * fgets(3) for inih, which cuts a long line without a word and takes an indented one for more of
 * the last value. Our lines are whole, or errors, and may be indented.
 */
static char *read_line(char *buf, int size, void *data)
{
	struct loading *l = data;
	ssize_t n = getline(&l->line, &l->cap, l->file);
	struct err why;
	char *begin;
	size_t len;

	if (n < 0)
		return NULL;
	l->number++;
	begin = l->line + strspn(l->line, " \t");
	len = strlen(begin);
	if (begin + len != l->line + n) {
		err_set(&why, EINVAL, "the line has a NUL byte: remove it");
		bad_line(l, &why);
	}
	/* inih would go on looking for the end of a line that fills its buffer. */
	if (len + 2 > (size_t)size) {
		err_set(&why, EINVAL, "the line is longer than %d bytes", size - 3);
		bad_line(l, &why);
		len = 0;
	}
	memcpy(buf, begin, len);
	buf[len] = '\0';
	return buf;
}

static int take_line(void *data, const char *section, const char *key, const char *value)
{
	struct loading *l = data;
	struct err why;
	int r;

	if (*section && strcmp(section, "burnfs") != 0)
		r = err_set(&why, EINVAL, "unknown section [%.60s]: use [burnfs] or none",
			    section);
	else
		r = settings_set(&l->settings, key, value, SETTINGS_FILE, &why);
	if (r < 0)
		bad_line(l, &why);
	return r == 0;
}

/*
 * Some builds of inih take these at run time; others have what they were built with, often 200
 * bytes.
 */
extern bool ini_use_stack __attribute__((weak));
extern int ini_max_line __attribute__((weak));
extern int ini_initial_alloc __attribute__((weak));

static void allow_long_lines(void)
{
	if (!&ini_use_stack || !&ini_max_line || !&ini_initial_alloc)
		return;
	ini_use_stack = false;
	ini_max_line = LINE_MAX_BYTES;
	ini_initial_alloc = LINE_MAX_BYTES;
}

/*
 * What reading it came to: @line is inih's first bad line, where it may be less wise than we are.
 */
static int judge(struct loading *l, int line, struct err *err)
{
	if (ferror(l->file))
		return err_set(err, EIO,
			       "cannot read the settings in %s: it is not a file that can be read",
			       l->path);
	if (line == -2)
		return err_set(err, ENOMEM, "not enough memory");
	if (l->bad_number && (line <= 0 || l->bad_number <= line))
		return err_set(err, EINVAL, "%s:%d: %s", l->path, l->bad_number, l->err.msg);
	if (line > 0)
		return err_set(err, EINVAL, "%s:%d: write \"key = value\", [burnfs] or a comment",
			       l->path, line);
	return 0;
}

int settings_load(struct settings *s, const char *path, struct err *err)
{
	struct loading *l = calloc(1, sizeof(*l));
	int r;

	if (!l)
		return err_set(err, ENOMEM, "not enough memory");
	l->settings = *s;
	l->path = path;
	l->file = fopen(path, "re");
	if (!l->file) {
		r = err_set(err, errno,
			    "cannot read the settings in %s: %s; check the path and its rights",
			    path, strerror(errno));
		free(l);
		return r;
	}
	allow_long_lines();
	r = judge(l, ini_parse_stream(read_line, l, take_line, l), err);
	if (r == 0)
		*s = l->settings;
	fclose(l->file);
	free(l->line);
	free(l);
	return r;
}
