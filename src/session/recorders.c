/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a recorder's address means, and the list of what there is. The recorders themselves are
 * elsewhere. No locks.
 */
#include "session/recorders.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/util.h"
#include "drive/list.h"
#include "drive/recorder.h"
#include "record/image_file.h"
#include "record/image_place.h"
#include "record/none.h"

#define FORMS                                                                                      \
	"use a drive such as /dev/sr0, none, image:PATH, or a path that ends in .iso, .bin or .cue"

/* "recorder /dev/sr0", "recorder /dev/sr1", … each with a comma behind it. */
static const char *candidates(struct text *out)
{
	struct drive_entry all[DRIVES_MAX];
	unsigned n = drive_list(all);

	for (unsigned i = 0; i < n; i++)
		text_add(out, "\"recorder %s\", ", all[i].device);
	return out->data && !out->failed ? out->data : "";
}

/* Take "//" and "/./" out of an absolute path; ".." stays, as what it means depends on links. */
static void tidy(char *path)
{
	char *to = path;

	for (const char *from = path; *from;) {
		size_t len = strcspn(from + 1, "/") + 1;

		if (len > 1 && !(len == 2 && from[1] == '.')) {
			memmove(to, from, len);
			to += len;
		}
		from += len;
	}
	*to = '\0';
}

static int absolute(const char *path, const char *cwd, char out[PATH_MAX], struct err *err)
{
	int len;

	for (const char *p = path; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return err_set(err, EINVAL,
				       "the path of a recorder cannot have control characters");
	if (path[0] != '/' && !cwd)
		return err_set(err, EINVAL, "\"%s\" is a relative path: write it from / on", path);
	if (path[0] == '/')
		len = snprintf(out, PATH_MAX, "%s", path);
	else
		len = snprintf(out, PATH_MAX, "%s/%s", cwd, path);
	if (len >= PATH_MAX)
		return err_set(err, ENAMETOOLONG,
			       "the path is longer than %d bytes: choose a shorter one",
			       PATH_MAX - 1);
	tidy(out);
	return 0;
}

static int make_none(struct recorder **out, const char *address, const char *cwd,
		     struct surroundings *env, struct err *err)
{
	(void)address;
	(void)cwd;
	(void)env;
	return rec_none_new(out, err);
}

#define IMAGE_PREFIX "image:"

static bool has_image_prefix(const char *address, const char *cwd)
{
	(void)cwd;
	return !strncmp(address, IMAGE_PREFIX, strlen(IMAGE_PREFIX));
}

static bool is_device(const char *address, const char *cwd)
{
	char path[PATH_MAX];
	struct stat st;

	if (absolute(address, cwd, path, NULL) < 0)
		return false;
	return !strncmp(path, "/dev/", strlen("/dev/")) ||
	       (stat(path, &st) == 0 && (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode)));
}

static int make_drive(struct recorder **out, const char *address, const char *cwd,
		      struct surroundings *env, struct err *err)
{
	char path[PATH_MAX];
	int ret = absolute(address, cwd, path, err);

	(void)env;
	return ret < 0 ? ret : rec_drive_new(out, path, err);
}

static int make_auto(struct recorder **out, const char *address, const char *cwd,
		     struct surroundings *env, struct err *err)
{
	struct drive_entry all[DRIVES_MAX];

	(void)address;
	if (drive_list(all) == 1)
		return make_drive(out, all[0].device, cwd, env, err);
	return rec_none_new(out, err);
}

static bool has_image_suffix(const char *address, const char *cwd)
{
	(void)cwd;
	return rec_image_suffix(address) != NULL;
}

static int make_image(struct recorder **out, const char *address, const char *cwd,
		      struct surroundings *env, struct err *err)
{
	char path[PATH_MAX];
	size_t len;
	int ret;

	if (has_image_prefix(address, cwd))
		address += strlen(IMAGE_PREFIX);
	len = strlen(address);
	if (!len || address[len - 1] == '/')
		return err_set(err, EINVAL, "\"%s\" does not name a file: " FORMS, address);
	ret = absolute(address, cwd, path, err);
	return ret < 0 ? ret : rec_image_new(out, path, env, err);
}

/*
 * The kinds of address; the first that matches counts. Those with operations are listed; drives are
 * one by one.
 */
static const struct row {
	const char *form;       /* the whole address, where there is no matches() */
	const struct recorder_ops *ops;
	bool (*matches)(const char *address, const char *cwd);
	int (*make)(struct recorder **out, const char *address, const char *cwd,
		    struct surroundings *, struct err *);
} rows[] = {
	{ "auto", NULL, NULL, make_auto },
	{ "none", &rec_none_ops, NULL, make_none },
	{ "image:PATH", &rec_image_ops, has_image_prefix, make_image },
	{ "/dev/NAME", NULL, is_device, make_drive },
	{ "PATH.iso", NULL, has_image_suffix, make_image },
};

static bool row_matches(const struct row *row, const char *address, const char *cwd)
{
	return row->matches ? row->matches(address, cwd) : !strcmp(address, row->form);
}

/* What may have been meant: a drive without its directory, or a file without a name of an image. */
static int refuse_address(const char *address, const char *cwd, struct err *err)
{
	char drive[PATH_MAX], file[PATH_MAX] = "";
	struct stat st;

	snprintf(drive, sizeof(drive), "/dev/%.64s", address);
	if (!strchr(address, '/') && stat(drive, &st) == 0 && S_ISBLK(st.st_mode))
		return err_set(err, EINVAL, "\"%s\" is not a recorder; did you mean \"%s\"?",
			       address, drive);
	if (*address == '/')
		snprintf(file, sizeof(file), "%s", address);
	else if (cwd)
		snprintf(file, sizeof(file), "%s/%.1000s", cwd, address);
	if (!cwd && *address && *address != '/' && strstr(address, ".img"))
		return err_set(err, EINVAL,
			       "\"%.200s\" is not a recorder: for an image file write its whole "
			       "path, as in image:/home/me/%.200s",
			       address, address);
	if (strstr(address, ".img") || (stat(file, &st) == 0 && S_ISREG(st.st_mode)))
		return err_set(err, EINVAL,
			       "\"%s\" is not a recorder: for this file write image:%s", address,
			       address);
	return err_set(err, EINVAL, "\"%.200s\" is not a recorder: " FORMS, address);
}

int recorder_new(struct recorder **out, const char *address, const char *cwd,
		 struct surroundings *env, struct err *err)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (row_matches(&rows[i], address, cwd))
			return rows[i].make(out, address, cwd, env, err);
	return refuse_address(address, cwd, err);
}

int recorder_ready(struct recorder *r, const struct settings *settings, struct err *err)
{
	cleanup_text struct text drives = { 0 };

	if (!recorder_unplugged(r->ops, r->address))
		return r->ops->ready ? r->ops->ready(r, settings, err) : 0;
	return err_set(err, ENXIO,
		       "the drive %s is not there: plug it in, or write %s\"recorder image:PATH\" "
		       "to control",
		       r->address, candidates(&drives));
}

int recorder_check(struct recorder *r, enum format format, const struct burn_options *options,
		   const struct settings *settings, struct err *err)
{
	cleanup_text struct text drives = { 0 };

	if (r->ops->check)
		return r->ops->check(r, format, options, settings, err);
	return err_set(err, ENODEV,
		       "no recorder is chosen: write %s\"recorder image:PATH\" to control",
		       candidates(&drives));
}

int recorder_lacks_drive(struct err *err)
{
	cleanup_text struct text drives = { 0 };
	const char *names = candidates(&drives);

	if (!*names)
		return err_set(err, ENODEV,
			       "no recorder is chosen, and this machine has no drive: plug one in, "
			       "and read recorders for its name");
	return err_set(err, ENODEV, "no recorder is chosen: write %.*s to control",
		       (int)strlen(names) - (int)strlen(", "), names);
}

/* Whether a kind takes the format, in words; nothing to say while nothing is staged. */
static const char *verdict(const struct recorder_ops *ops, enum format format)
{
	static const char *const words[][2] = {
		[FORMAT_NONE] = { "", "" },
		[FORMAT_DATA] = { "cannot record data", "can record data" },
		[FORMAT_AUDIO] = { "cannot record audio", "can record audio" },
		[FORMAT_MIXED] = { "cannot record mixed discs", "can record mixed discs" },
		[FORMAT_IMAGE] = { "cannot record images", "can record the image" },
		[FORMAT_AUTO] = { "", "" },
	};

	return words[format][recorder_takes(ops, format)];
}

static void list_drives(const struct recorder *active, const char *active_records,
			enum format format, struct text *out)
{
	bool shown = !active || active->ops != &rec_drive_ops;
	struct drive_entry all[DRIVES_MAX];
	unsigned n = drive_list(all);

	for (unsigned i = 0; i < n; i++) {
		bool marked = active && rec_drive_is(active, all[i].device);
		const char *records = marked && *active_records ? active_records : all[i].records;

		shown = shown || marked;
		text_add(out, "%c %s\t%s\t%s%s%s\n", marked ? '*' : ' ', all[i].device,
			 verdict(&rec_drive_ops, format), all[i].is, *records ? ", records " : "",
			 records);
	}
	if (!shown)
		text_add(out, "* %s\t%s\ta drive that is not there now\n", active->address,
			 verdict(active->ops, format));
}

void recorder_list(const struct recorder *active, const char *records, enum format format,
		   struct text *out)
{
	list_drives(active, records, format, out);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct recorder_ops *ops = rows[i].ops;
		bool marked = active && active->ops == ops;

		if (ops)
			text_add(out, "%c %s\t%s\t%s\n", marked ? '*' : ' ',
				 marked ? active->address : rows[i].form, verdict(ops, format),
				 ops->help);
	}
}

void recorder_recover(struct stash *stash)
{
	image_recover(stash);
}
