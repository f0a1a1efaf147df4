/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of settings. A new setting is a member of struct settings and a row here. No locks: a
 * struct settings is its owner's.
 */
#include "config/priv.h"

#include <string.h>

static const struct word keep_words[] = {
	{ "no", KEEP_NO }, { "unburned", KEEP_UNBURNED }, { "yes", KEEP_YES }, { 0 },
};

static const struct word format_words[] = {
	{ "data", FORMAT_DATA }, { "audio", FORMAT_AUDIO }, { "mixed", FORMAT_MIXED },
	{ "image", FORMAT_IMAGE }, { "auto", FORMAT_AUTO }, { 0 },
};

static const struct word names_words[] = { { "any", false }, { "strict", true }, { 0 } };

/* The first two are those that are printed. */
static const struct word yes_words[] = {
	{ "no", false }, { "yes", true }, { "off", false }, { "on", true }, { "false", false },
	{ "true", true }, { "0", false }, { "1", true }, { 0 },
};

static const struct word no_words[] = { { 0 } };

static const struct word speed_words[] = { { "max", 0 }, { 0 } };

/*
 * Blocks of blank media as READ CAPACITY and READ FORMAT CAPACITIES (MMC) give them; where the +
 * and the - kind of a disc differ, the smaller, so that what fits here fits both.
 */
static const struct word capacity_words[] = {
	{ "none", 0 },
	{ "cd74", CD74_SECTORS },
	{ "cd80", CD80_SECTORS },
	{ "dvd", 2295104 },     /* DVD+R; DVD-R 2298496 */
	{ "dvd-dl", 4171712 },  /* DVD-R DL; DVD+R DL 4173824 */
	{ "bd", 12219392 },     /* BD-R SL */
	{ "bd-dl", 24438784 },  /* BD-R DL */
	{ "bdxl", 48878592 },   /* BD-R TL */
	{ 0 },
};

/* Values as other programs have them. */
static const struct synonym keep_synonyms[] = {
	{ "always", "yes" }, { "on", "yes" }, { "true", "yes" }, { "1", "yes" }, { "never", "no" },
	{ "off", "no" }, { "false", "no" }, { "0", "no" }, { "auto", "unburned" }, { 0 },
};
static const struct synonym format_synonyms[] = {
	{ "iso", "data" },    { "cd", "audio" },   { "cdda", "audio" }, { "music", "audio" },
	{ "sound", "audio" }, { "both", "mixed" }, { "none", "auto" },	{ 0 },
};
static const struct synonym names_synonyms[] = {
	{ "yes", "strict" }, { "joliet", "strict" }, { "no", "any" }, { 0 }
};
static const struct synonym capacity_synonyms[] = {
	{ "cd", "cd80" },
	{ "cd-r", "cd80" },
	{ "cd-rw", "cd80" },
	{ "dvd-r", "dvd" },
	{ "dvd+r", "dvd" },
	{ "dvd-rw", "dvd" },
	{ "dvd+rw", "dvd" },
	{ "dvd5", "dvd" },
	{ "dvd9", "dvd-dl" },
	{ "dvd-r-dl", "dvd-dl" },
	{ "dvd+r-dl", "dvd-dl" },
	{ "bd-r", "bd" },
	{ "bd-re", "bd" },
	{ "bd25", "bd" },
	{ "bd50", "bd-dl" },
	{ "bd100", "bdxl" },
	{ "bd-xl", "bdxl" },
	{ "auto", "none" },
	{ 0 },
};
static const struct synonym speed_synonyms[] = {
	{ "fastest", "max" }, { "full", "max" }, { "auto", "max" }, { 0 },
};

/* ---- the table ---- */

#define MEMBER(m) \
	.offset = offsetof(struct settings, m), .size = sizeof(((struct settings *)NULL)->m)
#define TEXT(m) MEMBER(m), .print = value_print_text
#define GROUP(m) MEMBER(m), .parse = value_parse_group, .print = value_print_group, .max = (gid_t)-1
#define WORDS(m, list) \
	MEMBER(m), .parse = value_parse_word, .print = value_print_word, .words = list

static const char at_mount[] = "unmount, and mount with the new value";

static const struct row rows[] = {
	{ "recorder", "none|auto|DEVICE|image:PATH|FILE.iso|FILE.bin|FILE.cue",
	  "where a burn goes, unless the command line names a recorder", "auto",
	  "write \"recorder RECORDER\" to control", .parse = value_parse_recorder, TEXT(recorder) },
	{ "stash", "DIR",
	  "the directory that keeps staged files: a new or empty one, or a stash; "
	  "empty: a directory made from the mountpoint",
	  "", at_mount, .parse = value_parse_text, TEXT(stash) },
	{ "keep", "no|unburned|yes",
	  "keep the stage after unmounting: never, unless all of it was recorded, always",
	  "unburned", .synonyms = keep_synonyms, WORDS(keep, keep_words) },
	{ "capacity", "none|cd74|cd80|dvd|dvd-dl|bd|bd-dl|bdxl|BLOCKS|SIZE",
	  "what the disc holds: blocks of 2048 bytes, or a SIZE such as 4.7GB or 700M; K, M, G, T "
	  "and KiB are powers of 1024, kB, MB, GB, TB powers of 1000",
	  "none",
	  .use = "none, cd74, cd80, dvd, dvd-dl, bd, bd-dl, bdxl, a number of blocks, or a size "
		 "such as 4.7GB",
	  .synonyms = capacity_synonyms, .parse = value_parse_capacity, .print = value_print_word,
	  .remark = value_remark_capacity, .words = capacity_words, .max = BLOCKS_MAX,
	  MEMBER(capacity) },
	{ "label", "TEXT", "the volume label, at most 32 bytes; Joliet keeps 16 characters", "",
	  .parse = value_parse_label, TEXT(label) },
	{ "publisher", "TEXT", "the publisher of the volume, at most 128 bytes", "",
	  .parse = value_parse_label, TEXT(publisher) },
	{ "album", "TEXT",
	  "the title of an audio disc, unless audio/ has the attribute user.cdtext.title; "
	  "empty: the one that all its files have",
	  "", .parse = value_parse_label, TEXT(album) },
	{ "performer", "TEXT",
	  "the performer of an audio disc, unless audio/ has the attribute "
	  "user.cdtext.performer; empty: the one that all its files have",
	  "", .parse = value_parse_label, TEXT(performer) },
	{ "format", "data|audio|mixed|image|auto", "what a burn records; auto: what is staged",
	  "auto",
	  .synonyms = format_synonyms, WORDS(format, format_words) },
	{ "names", "any|strict", "accept or refuse names that Joliet or Linux shortens", "any",
	  .synonyms = names_synonyms, WORDS(names_strict, names_words) },
	{ "exclude", "PATTERN[:PATTERN]...",
	  "names in data/ to keep off the disc, with all that is "
	  "below them; empty: none",
	  EXCLUDE_DEFAULT, .parse = value_parse_exclude, TEXT(exclude) },
	{ "gap", "0...4500|Ns",
	  "silence before tracks 2 to 99: sectors, 75 a second, or seconds such as 2s", "150",
	  .use = "0 to 4500 sectors (75 a second), or seconds such as 2s",
	  .parse = value_parse_gap, .print = value_print_word, .remark = value_remark_gap,
	  .words = no_words, .max = 60 * SECTORS_PER_SECOND, MEMBER(gap) },
	{ "speed", "max|Nx|KB",
	  "how fast a drive records: as 8x of the medium's kind, or in kB/s from 100 on; "
	  "the drive takes its next lower speed",
	  "max", .use = "max, 8x, or kB/s such as 1764", .synonyms = speed_synonyms,
	  .parse = value_parse_speed, .print = value_print_speed, .words = speed_words,
	  .max = SPEED_MAX, MEMBER(speed) },
	{ "burnfree", "no|yes", "let the drive pause when data comes late", "yes",
	  WORDS(burnfree, yes_words) },
	{ "stream", "no|yes",
	  "write BD and DVD-RAM without the drive's defect management, which is faster", "no",
	  WORDS(stream, yes_words) },
	{ "verify", "no|yes", "read every burn back and compare", "no", WORDS(verify, yes_words) },
	{ "eject", "no|yes", "open the tray after every successful burn", "no",
	  WORDS(eject, yes_words) },
	{ "burn_wait", "0...3600",
	  "seconds that a burn waits for staged files that are open for writing", "10",
	  .use = "0 to 3600 seconds", .parse = value_parse_number, .print = value_print_word,
	  .words = no_words, .max = 3600, MEMBER(burn_wait) },
	{ "overwrite", "no|yes", "replace image files that this mount did not record", "no",
	  WORDS(overwrite, yes_words) },
	{ "control_group", "GROUP",
	  "the group that may write control and read image/, beside the user who "
	  "mounted; needs allow_other; empty: none",
	  "", at_mount, GROUP(control_group) },
	{ "stage_group", "GROUP",
	  "the group that owns data/ and audio/, so that its members can stage; needs "
	  "allow_other; empty: that of the user who mounted",
	  "", at_mount, GROUP(stage_group) },
};

static const struct row *find_row(const char *key)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].key, key) == 0)
			return &rows[i];
	return NULL;
}

/* What other programs call the settings. */
static const struct synonym key_synonyms[] = {
	{ "volume", "label" },	    { "volid", "label" },	{ "volumeid", "label" },
	{ "volume_id", "label" },   { "volname", "label" },	{ "name", "label" },
	{ "device", "recorder" },   { "drive", "recorder" },	{ "dev", "recorder" },
	{ "burner", "recorder" },   { "writer", "recorder" },	{ "output", "recorder" },
	{ "target", "recorder" },   { "dir", "stash" },		{ "directory", "stash" },
	{ "spool", "stash" },	    { "cache", "stash" },	{ "tmpdir", "stash" },
	{ "size", "capacity" },	    { "medium", "capacity" },	{ "pause", "gap" },
	{ "pregap", "gap" },	    { "title", "album" },	{ "artist", "performer" },
	{ "type", "format" },	    { "mode", "format" },	{ "ignore", "exclude" },
	{ "skip", "exclude" },	    { "filter", "exclude" },	{ "force", "overwrite" },
	{ "replace", "overwrite" }, { "underrun", "burnfree" }, { "burnproof", "burnfree" },
	{ "check", "verify" },	    { "joliet", "names" },	{ "group", "stage_group" },
	{ "wait", "burn_wait" },    { "timeout", "burn_wait" }, { 0 },
};

const char *settings_nearest(const char *key)
{
	struct suggestion near = { .word = key };

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		suggest(&near, rows[i].key);
	if (!settings_known(key))
		suggest_synonym(&near, key_synonyms);
	return near.best;
}

bool settings_known(const char *key)
{
	return find_row(key);
}

const char *settings_example(const char *key)
{
	const struct row *row = find_row(key);

	if (!row || row->words == yes_words)
		return "yes";
	return *row->fallback ? row->fallback : row->values;
}

const char *settings_key(size_t row)
{
	return row < ARRAY_SIZE(rows) ? rows[row].key : NULL;
}

void settings_remark(const struct settings *s, const char *key, char *buf, size_t len)
{
	const struct row *row = find_row(key);

	*buf = '\0';
	if (row && row->remark)
		row->remark(s, row, buf, len);
}

void settings_init(struct settings *s)
{
	*s = (struct settings){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i].parse(s, &rows[i], rows[i].fallback, NULL);
}

/* ---- setting ---- */

static int unknown_key(const char *key, struct err *err)
{
	const char *nearest = settings_nearest(key);

	if (nearest)
		return err_set(err, EINVAL, "unknown setting \"%.60s\"; did you mean \"%s\"?", key,
			       nearest);
	return err_set(err, EINVAL, "unknown setting \"%.60s\": burnfs --help lists them", key);
}

/* What no value may hold, because an INI file could not say it. */
static int check_text(const char *key, const char *value, struct err *err)
{
	for (const char *p = value; *p; p++) {
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return err_set(err, EINVAL,
				       "%s cannot have control characters: remove them", key);
		if (*p == ';' && (p == value || p[-1] == ' '))
			return err_set(err, EINVAL,
				       "%s cannot have a \";\" after a blank: it begins a "
				       "comment in an INI file",
				       key);
	}
	return 0;
}

bool settings_joliet_label(const struct settings *s, char out[static LABEL_BYTES + 1])
{
	size_t bytes = 0;

	for (unsigned chars = 0; s->label[bytes] && chars < JOLIET_LABEL_CHARS; chars++)
		do {
			bytes++;
		} while ((s->label[bytes] & 0xc0) == 0x80);
	memcpy(out, s->label, bytes);
	out[bytes] = '\0';
	return !s->label[bytes];
}

/* What one setting alone cannot tell. */
static int check_together(const struct settings *s, struct err *err)
{
	char shown[LABEL_BYTES + 1];

	if (!s->names_strict || settings_joliet_label(s, shown))
		return 0;
	return err_set(err, ENAMETOOLONG, "Joliet would cut the label \"%s\" to \"%s\", and "
		       "names is strict: use at most %d characters", s->label, shown,
		       JOLIET_LABEL_CHARS);
}

static int parse(struct settings *s, const struct row *row, const char *value,
		 enum settings_from from, struct err *err)
{
	cleanup_free struct settings *changed = malloc(sizeof(*changed));
	int r;

	if (!changed)
		return err_set(err, ENOMEM, "not enough memory");
	*changed = *s;
	r = row->parse(changed, row, value, err);
	/* While mounted names=strict leaves what is there already, as it does with names. */
	if (r == 0 && (from != SETTINGS_VERB || strcmp(row->key, "label") == 0))
		r = check_together(changed, err);
	if (r == 0)
		*s = *changed;
	return r;
}

int settings_set(struct settings *s, const char *key, const char *value, enum settings_from from,
		 struct err *err)
{
	static const char blanks[] = " \t\r\n\v\f";
	const struct row *row = find_row(key);
	cleanup_free char *trimmed = NULL;
	size_t len;
	int r;

	if (!row)
		return unknown_key(key, err);
	if (from == SETTINGS_VERB && row->no_verb)
		return err_set(err, EINVAL, "%s cannot be set while mounted: %s", key,
			       row->no_verb);
	value += strspn(value, blanks);
	len = strlen(value);
	while (len && strchr(blanks, value[len - 1]))
		len--;
	trimmed = strndup(value, len);
	if (!trimmed)
		return err_set(err, ENOMEM, "not enough memory");
	r = check_text(key, trimmed, err);
	return r < 0 ? r : parse(s, row, trimmed, from, err);
}

const char *settings_disc(uint64_t blocks, uint64_t *holds)
{
	const struct word *w = capacity_words;

	while (w[1].name && (w->value < blocks || w->value < CD80_SECTORS))
		w++;
	*holds = w->value;
	return w->name;
}

/* ---- printing ---- */

int settings_text(const struct settings *s, const char *key, char *buf, size_t len)
{
	const struct row *row = find_row(key);
	cleanup_text struct text out = { 0 };

	if (!row)
		return -EINVAL;
	row->print(s, row, &out);
	if (out.failed)
		return -ENOMEM;
	if (out.len >= len)
		return -ERANGE;
	memcpy(buf, out.data ? out.data : "", out.len + 1);
	return 0;
}

void settings_print(const struct settings *s, FILE *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_text struct text value = { 0 };

		rows[i].print(s, &rows[i], &value);
		fprintf(file, "%s =%s%s\n", rows[i].key, value.len ? " " : "",
			value.len ? value.data : "");
	}
}

void settings_help(FILE *file)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		fprintf(file, "    %s=%s\n        %s (default: %s)\n", rows[i].key, rows[i].values,
			rows[i].help, *rows[i].fallback ? rows[i].fallback : "empty");
}
