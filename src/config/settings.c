/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of settings and what reads, checks and prints its values. A new setting is a member of
 * struct settings and a row here. No locks: a struct settings is its owner's.
 */
#include "config/settings.h"

#include <grp.h>
#include <ini.h>
#include <string.h>
#include <strings.h>

#include "base/suggest.h"

enum { SPEED_MAX = 1000000 };   /* kB/s: past any drive */

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
};

static const struct word keep_words[] = {
	{ "no", KEEP_NO }, { "unburned", KEEP_UNBURNED }, { "yes", KEEP_YES }, { 0 },
};

static const struct word format_words[] = {
	{ "data", FORMAT_DATA }, { "audio", FORMAT_AUDIO }, { "mixed", FORMAT_MIXED },
	{ "auto", FORMAT_AUTO }, { 0 },
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

/* Units of a size: without B or with iB powers of 1024, with B alone powers of 1000. */
static const struct word unit_words[] = {
	{ "B", 1 },
	{ "K", 1024 }, { "KiB", 1024 }, { "kB", 1000 },
	{ "M", 1024 * 1024 }, { "MiB", 1024 * 1024 }, { "MB", 1000 * 1000 },
	{ "G", 1024 * 1024 * 1024 }, { "GiB", 1024 * 1024 * 1024 }, { "GB", 1000 * 1000 * 1000 },
	{ "T", UINT64_C(1) << 40 }, { "TiB", UINT64_C(1) << 40 }, { "TB", UINT64_C(1000000000000) },
	{ 0 },
};

/* ---- members ---- */

static void store_number(struct settings *s, const struct row *row, uint64_t value)
{
	uint8_t byte = (uint8_t)value;
	uint32_t word = (uint32_t)value;
	const void *from = &value;

	if (row->size == sizeof(byte))
		from = &byte;
	else if (row->size == sizeof(word))
		from = &word;
	memcpy((char *)s + row->offset, from, row->size);
}

static uint64_t load_number(const struct settings *s, const struct row *row)
{
	const char *at = (const char *)s + row->offset;
	uint64_t value;
	uint32_t word;

	if (row->size == 1)
		return *(const uint8_t *)at;
	if (row->size == sizeof(value)) {
		memcpy(&value, at, sizeof(value));
		return value;
	}
	memcpy(&word, at, sizeof(word));
	return word;
}

/* ---- texts ---- */

static int parse_text(struct settings *s, const struct row *row, const char *value, struct err *err)
{
	size_t len = strlen(value);

	if (len >= row->size)
		return err_set(err, EINVAL, "%s is too long: %zu bytes; use at most %zu", row->key,
			       len, row->size - 1);
	memcpy((char *)s + row->offset, value, len + 1);
	return 0;
}

static int parse_label(struct settings *s, const struct row *row, const char *value,
		       struct err *err)
{
	if (!utf8_valid(value, strlen(value)))
		return err_set(err, EINVAL, "%s must be UTF-8 text: type it in a UTF-8 locale",
			       row->key);
	return parse_text(s, row, value, err);
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

static int parse_exclude(struct settings *s, const struct row *row, const char *value,
			 struct err *err)
{
	int r = exclude_check(value, err);

	return r < 0 ? r : parse_text(s, row, value, err);
}

static int parse_recorder(struct settings *s, const struct row *row, const char *value,
			  struct err *err)
{
	return parse_text(s, row, *value ? value : row->fallback, err);
}

static void print_text(const struct settings *s, const struct row *row, struct text *out)
{
	text_add(out, "%s", (const char *)s + row->offset);
}

/* ---- words ---- */

static const struct word *find_word(const struct word *words, const char *name)
{
	for (; words->name; words++)
		if (strcasecmp(words->name, name) == 0)
			return words;
	return NULL;
}

/* The first word for a value, which is the one that is printed; NULL: it has none. */
static const struct word *word_of(const struct row *row, uint64_t value)
{
	for (const struct word *w = row->words; w->name; w++)
		if (w->value == value)
			return w;
	return NULL;
}

/* "a, b or c" of the row's "a|b|c". */
static void values_in_words(const struct row *row, char *out, size_t len)
{
	const char *last = strrchr(row->values, '|');
	size_t n = 0;

	if (row->use || !last) {
		snprintf(out, len, "%s", row->use ? row->use : row->values);
		return;
	}
	for (const char *p = row->values; *p && n + 8 < len; p++)
		if (*p != '|')
			out[n++] = *p;
		else
			n += (size_t)snprintf(out + n, len - n, "%s", p == last ? " or " : ", ");
	out[n] = '\0';
}

static int bad_value(const struct row *row, const char *value, struct err *err)
{
	struct suggestion near = { .word = value };
	char use[160], question[80];

	for (const struct word *w = row->words; w->name; w++)
		suggest(&near, w->name);
	if (near.best)
		near.best = word_of(row, find_word(row->words, near.best)->value)->name;
	if (row->synonyms)
		suggest_synonym(&near, row->synonyms);
	values_in_words(row, use, sizeof(use));
	if (!*value)
		return err_set(err, EINVAL, "%s needs a value: use %s", row->key, use);
	if (near.best)
		return err_set(err, EINVAL, "%s cannot be \"%.100s\"%s Use %s", row->key, value,
			       suggestion_text(&near, question, sizeof(question)), use);
	return err_set(err, EINVAL, "%s cannot be \"%.100s\": use %s", row->key, value, use);
}

static int parse_word(struct settings *s, const struct row *row, const char *value, struct err *err)
{
	const struct word *word = find_word(row->words, value);

	if (!word)
		return bad_value(row, value, err);
	store_number(s, row, word->value);
	return 0;
}

static void print_word(const struct settings *s, const struct row *row, struct text *out)
{
	uint64_t value = load_number(s, row);
	const struct word *w = word_of(row, value);

	if (w)
		text_add(out, "%s", w->name);
	else
		text_add(out, "%ju", (uintmax_t)value);
}

/* ---- numbers ---- */

/* Digits at *@p, which moves behind them: false if there are none or too many. */
static bool read_digits(const char **p, uint64_t *value)
{
	const char *begin = *p;

	for (*value = 0; **p >= '0' && **p <= '9'; (*p)++)
		if (__builtin_mul_overflow(*value, 10u, value) ||
		    __builtin_add_overflow(*value, (uint64_t)(**p - '0'), value))
			return false;
	return *p > begin;
}

static int parse_number(struct settings *s, const struct row *row, const char *value,
			struct err *err)
{
	const char *p = value;
	uint64_t n;

	if (!read_digits(&p, &n) || *p || n > row->max)
		return bad_value(row, value, err);
	store_number(s, row, n);
	return 0;
}

/* The fraction of a unit behind a point, in the unit's own measure. */
static bool read_fraction(const char **p, double *fraction)
{
	double digit = 1;

	*fraction = 0;
	if (**p != '.')
		return true;
	for ((*p)++; **p >= '0' && **p <= '9'; (*p)++) {
		digit /= 10;
		*fraction += digit * (**p - '0');
	}
	return digit < 1;
}

/* "4.7 GB" in blocks, rounded down; at least one. */
static bool read_size(const char *p, uint64_t *blocks)
{
	const struct word *unit;
	double fraction;
	uint64_t n;

	if (!read_digits(&p, &n) || !read_fraction(&p, &fraction))
		return false;
	p += strspn(p, " \t");
	unit = find_word(unit_words, p);
	if (!unit || __builtin_mul_overflow(n, unit->value, &n))
		return false;
	/* Half a byte makes up for tenths that no binary fraction equals. */
	if (__builtin_add_overflow(n, (uint64_t)(fraction * (double)unit->value + 0.5), &n))
		return false;
	*blocks = n / BLOCK_SIZE;
	return *blocks > 0;
}

static int parse_capacity(struct settings *s, const struct row *row, const char *value,
			  struct err *err)
{
	const struct word *word = find_word(row->words, value);
	const char *p = value;
	uint64_t blocks;

	if (word)
		blocks = word->value;
	else if (!(read_digits(&p, &blocks) && !*p) && !read_size(value, &blocks))
		return bad_value(row, value, err);
	if (blocks > row->max)
		return err_set(err, EINVAL, "%s is too large: %ju blocks; use at most %ju",
			       row->key, (uintmax_t)blocks, (uintmax_t)row->max);
	store_number(s, row, blocks);
	return 0;
}

/* ---- speeds ---- */

/* "8x" or "2.4x", in tenths. */
static bool read_times(const char *p, uint64_t *tenths)
{
	uint64_t n, tenth = 0;

	if (!read_digits(&p, &n))
		return false;
	if (*p == '.') {
		p++;
		if (!read_digits(&p, &tenth) || tenth > 9 || p[-2] != '.')
			return false;
	}
	if (strcasecmp(p, "x") != 0 || n > SPEED_MAX)
		return false;
	*tenths = n * 10 + tenth;
	return *tenths > 0;
}

static int parse_speed(struct settings *s, const struct row *row, const char *value,
		       struct err *err)
{
	uint64_t tenths;

	if (find_word(row->words, value))
		return parse_word(s, row, value, err);
	if (!read_times(value, &tenths))
		return parse_number(s, row, value, err);
	store_number(s, row, SPEED_TIMES | tenths);
	return 0;
}

static void print_speed(const struct settings *s, const struct row *row, struct text *out)
{
	unsigned speed = (unsigned)load_number(s, row), tenths = speed & ~(unsigned)SPEED_TIMES;

	if (!(speed & SPEED_TIMES))
		print_word(s, row, out);
	else if (tenths % 10)
		text_add(out, "%u.%ux", tenths / 10, tenths % 10);
	else
		text_add(out, "%ux", tenths / 10);
}

/* ---- groups ---- */

static int parse_group(struct settings *s, const struct row *row, const char *value,
		       struct err *err)
{
	const char *p = value;
	const struct group *group;
	uint64_t gid;

	if (!*value) {
		store_number(s, row, NO_GROUP);
		return 0;
	}
	if (read_digits(&p, &gid) && !*p && gid < row->max) {
		store_number(s, row, gid);
		return 0;
	}
	group = getgrnam(value);
	if (!group)
		return err_set(err, EINVAL,
			       "%s cannot be \"%.60s\": this machine has no such group; "
			       "getent group lists them",
			       row->key, value);
	store_number(s, row, group->gr_gid);
	return 0;
}

static void print_group(const struct settings *s, const struct row *row, struct text *out)
{
	gid_t gid = (gid_t)load_number(s, row);
	const struct group *group = gid == NO_GROUP ? NULL : getgrgid(gid);

	if (group)
		text_add(out, "%s", group->gr_name);
	else if (gid != NO_GROUP)
		text_add(out, "%u", (unsigned)gid);
}

/* ---- the table ---- */

#define MEMBER(m) \
	.offset = offsetof(struct settings, m), .size = sizeof(((struct settings *)NULL)->m)
#define TEXT(m) MEMBER(m), .print = print_text
#define GROUP(m) MEMBER(m), .parse = parse_group, .print = print_group, .max = (gid_t)-1
#define WORDS(m, list) MEMBER(m), .parse = parse_word, .print = print_word, .words = list

static const char at_mount[] = "unmount, and mount with the new value";

static const struct row rows[] = {
	{ "recorder", "none|auto|DEVICE|image:PATH|FILE.iso|FILE.bin|FILE.cue",
	  "where a burn goes, unless the command line names a recorder", "auto",
	  "write \"recorder RECORDER\" to control", .parse = parse_recorder, TEXT(recorder) },
	{ "stash", "DIR",
	  "the directory that keeps staged files: a new or empty one, or a stash; "
	  "empty: a directory made from the mountpoint",
	  "", at_mount, .parse = parse_text, TEXT(stash) },
	{ "keep", "no|unburned|yes",
	  "keep the stage after unmounting: never, unless all of it was recorded, always",
	  "unburned", .synonyms = keep_synonyms, WORDS(keep, keep_words) },
	{ "capacity", "none|cd74|cd80|dvd|dvd-dl|bd|bd-dl|bdxl|BLOCKS|SIZE",
	  "what the disc holds: blocks of 2048 bytes, or a SIZE such as 4.7GB or 700M; K, M, G, T "
	  "and KiB are powers of 1024, kB, MB, GB, TB powers of 1000",
	  "none",
	  .use = "none, cd74, cd80, dvd, dvd-dl, bd, bd-dl, bdxl, a number of blocks, or a size "
		 "such as 4.7GB",
	  .synonyms = capacity_synonyms, .parse = parse_capacity, .print = print_word,
	  .words = capacity_words, .max = BLOCKS_MAX, MEMBER(capacity) },
	{ "label", "TEXT", "the volume label, at most 32 bytes; Joliet keeps 16 characters", "",
	  .parse = parse_label, TEXT(label) },
	{ "publisher", "TEXT", "the publisher of the volume, at most 128 bytes", "",
	  .parse = parse_label, TEXT(publisher) },
	{ "album", "TEXT",
	  "the title of an audio disc, unless audio/ has the attribute user.cdtext.title; "
	  "empty: the one that all its files have",
	  "", .parse = parse_label, TEXT(album) },
	{ "performer", "TEXT",
	  "the performer of an audio disc, unless audio/ has the attribute "
	  "user.cdtext.performer; empty: the one that all its files have",
	  "", .parse = parse_label, TEXT(performer) },
	{ "format", "data|audio|mixed|auto", "what a burn records; auto: what is staged", "auto",
	  .synonyms = format_synonyms, WORDS(format, format_words) },
	{ "names", "any|strict", "accept or refuse names that Joliet or Linux shortens", "any",
	  .synonyms = names_synonyms, WORDS(names_strict, names_words) },
	{ "exclude", "PATTERN[:PATTERN]...",
	  "names in data/ to keep off the disc, with all that is "
	  "below them; empty: none",
	  EXCLUDE_DEFAULT, .parse = parse_exclude, TEXT(exclude) },
	{ "gap", "0...4500", "sectors of silence before tracks 2 to 99, 75 a second", "150",
	  .use = "0 to 4500 sectors (75 a second; 2 seconds is 150)", .parse = parse_number,
	  .print = print_word, .words = no_words, .max = 60 * SECTORS_PER_SECOND, MEMBER(gap) },
	{ "speed", "max|KB|Nx",
	  "how fast a drive records: in kB/s, or as 8x of the medium's kind; the drive "
	  "takes its next lower speed",
	  "max", .use = "max, 8x, or kB/s such as 1764", .synonyms = speed_synonyms,
	  .parse = parse_speed, .print = print_speed, .words = speed_words, .max = SPEED_MAX,
	  MEMBER(speed) },
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
	  .use = "0 to 3600 seconds", .parse = parse_number, .print = print_word, .words = no_words,
	  .max = 3600, MEMBER(burn_wait) },
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

void settings_init(struct settings *s)
{
	*s = (struct settings){ 0 };
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		rows[i].parse(s, &rows[i], rows[i].fallback, NULL);
}

/* ---- setting ---- */

static int unknown_key(const char *key, struct err *err)
{
	const struct suggestion near = { .word = key, .best = settings_nearest(key) };
	cleanup_text struct text keys = { 0 };
	char question[80];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		text_add(&keys, " %s", rows[i].key);
	return err_set(err, EINVAL, "unknown setting \"%.60s\"%s The settings are:%s", key,
		       near.best ? suggestion_text(&near, question, sizeof(question)) : ".",
		       keys.failed ? " see burnfs --help" : keys.data);
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

/* ---- files ---- */

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
		return err_set(err, EIO, "cannot read %s", l->path);
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
		r = err_set(err, errno, "%s: %s", path, strerror(errno));
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
