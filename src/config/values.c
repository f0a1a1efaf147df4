/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How values of each kind are read and printed. */
#include "config/priv.h"

#include <grp.h>
#include <string.h>
#include <strings.h>

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

int value_parse_text(struct settings *s, const struct row *row, const char *value, struct err *err)
{
	size_t len = strlen(value);

	if (len >= row->size)
		return err_set(err, EINVAL, "%s is too long: %zu bytes; use at most %zu", row->key,
			       len, row->size - 1);
	memcpy((char *)s + row->offset, value, len + 1);
	return 0;
}

int value_parse_label(struct settings *s, const struct row *row, const char *value,
		       struct err *err)
{
	if (!utf8_valid(value, strlen(value)))
		return err_set(err, EINVAL, "%s must be UTF-8 text: type it in a UTF-8 locale",
			       row->key);
	return value_parse_text(s, row, value, err);
}

int value_parse_exclude(struct settings *s, const struct row *row, const char *value,
			 struct err *err)
{
	int r = exclude_check(value, err);

	return r < 0 ? r : value_parse_text(s, row, value, err);
}

int value_parse_recorder(struct settings *s, const struct row *row, const char *value,
			  struct err *err)
{
	return value_parse_text(s, row, *value ? value : row->fallback, err);
}

void value_print_text(const struct settings *s, const struct row *row, struct text *out)
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

	values_in_words(row, use, sizeof(use));
	if (!*value)
		return err_set(err, EINVAL, "%s needs a value: use %s", row->key, use);
	for (const struct word *w = row->words; w->name; w++)
		suggest(&near, w->name);
	if (near.best)
		near.best = word_of(row, find_word(row->words, near.best)->value)->name;
	if (row->synonyms)
		suggest_synonym(&near, row->synonyms);
	if (near.best)
		return err_set(err, EINVAL, "%s cannot be \"%.100s\"%s Use %s", row->key, value,
			       suggestion_text(&near, "", question, sizeof(question)), use);
	return err_set(err, EINVAL, "%s cannot be \"%.100s\": use %s", row->key, value, use);
}

int value_parse_word(struct settings *s, const struct row *row, const char *value, struct err *err)
{
	const struct word *word = find_word(row->words, value);

	if (!word)
		return bad_value(row, value, err);
	store_number(s, row, word->value);
	return 0;
}

void value_print_word(const struct settings *s, const struct row *row, struct text *out)
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

int value_parse_number(struct settings *s, const struct row *row, const char *value,
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

int value_parse_capacity(struct settings *s, const struct row *row, const char *value,
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

/* ---- numbers with a unit ---- */

/* What may stand behind a number, with or without a blank before it; none is a unit, too. */
static const struct word gap_units[] = {
	{ "", 1 }, { "sector", 1 }, { "sectors", 1 }, { "s", SECTORS_PER_SECOND },
	{ "sec", SECTORS_PER_SECOND }, { "second", SECTORS_PER_SECOND },
	{ "seconds", SECTORS_PER_SECOND }, { 0 },
};
static const struct word speed_units[] = { { "", 1 }, { "kB/s", 1 }, { "kB", 1 }, { 0 } };

static const struct word *unit_at(const struct word *units, const char *p)
{
	return find_word(units, p + strspn(p, " \t"));
}

/* "150" sectors, or "2s" and "0.5 seconds". */
int value_parse_gap(struct settings *s, const struct row *row, const char *value, struct err *err)
{
	const struct word *unit = NULL;
	const char *p = value;
	double fraction;
	uint64_t n;

	if (read_digits(&p, &n) && read_fraction(&p, &fraction) && n <= row->max)
		unit = unit_at(gap_units, p);
	if (!unit || (unit->value == 1 && strchr(value, '.')))
		return bad_value(row, value, err);
	n = n * unit->value + (uint64_t)(fraction * (double)unit->value + 0.5);
	if (n > row->max)
		return bad_value(row, value, err);
	store_number(s, row, n);
	return 0;
}

/* "8x", "2.4 x", and "8" where it is too little for kB/s; in tenths. */
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
	p += strspn(p, " \t");
	if ((*p || n >= SPEED_MIN) && strcasecmp(p, "x") != 0)
		return false;
	if (n > SPEED_MAX)
		return false;
	*tenths = n * 10 + tenth;
	return *tenths > 0;
}

/* "1764" and "1764 kB/s"; 0 is as fast as it goes. */
static bool read_rate(const char *p, uint64_t *n)
{
	return read_digits(&p, n) && unit_at(speed_units, p) && (!*n || *n >= SPEED_MIN);
}

int value_parse_speed(struct settings *s, const struct row *row, const char *value,
		       struct err *err)
{
	uint64_t n, tenths;

	if (find_word(row->words, value))
		return value_parse_word(s, row, value, err);
	if (read_times(value, &tenths)) {
		store_number(s, row, SPEED_TIMES | tenths);
		return 0;
	}
	if (!read_rate(value, &n) || n > row->max)
		return bad_value(row, value, err);
	store_number(s, row, n);
	return 0;
}

void value_print_speed(const struct settings *s, const struct row *row, struct text *out)
{
	unsigned speed = (unsigned)load_number(s, row), tenths = speed & ~(unsigned)SPEED_TIMES;

	if (!(speed & SPEED_TIMES))
		value_print_word(s, row, out);
	else if (tenths % 10)
		text_add(out, "%u.%ux", tenths / 10, tenths % 10);
	else
		text_add(out, "%ux", tenths / 10);
}

/* ---- groups ---- */

int value_parse_group(struct settings *s, const struct row *row, const char *value,
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

void value_print_group(const struct settings *s, const struct row *row, struct text *out)
{
	gid_t gid = (gid_t)load_number(s, row);
	const struct group *group = gid == NO_GROUP ? NULL : getgrgid(gid);

	if (group)
		text_add(out, "%s", group->gr_name);
	else if (gid != NO_GROUP)
		text_add(out, "%u", (unsigned)gid);
}

/* ---- what may not have been meant ---- */

enum {
	GAP_SECONDS = 10,         /* a gap of so few sectors was meant in seconds */
	CAPACITY_LEAST = 20000,   /* and a disc of fewer blocks in megabytes */
};

void value_remark_gap(const struct settings *s, const struct row *row, char *buf, size_t len)
{
	(void)row;
	if (s->gap && s->gap <= GAP_SECONDS)
		snprintf(buf, len, "the gap is %.2f seconds; write %us for %u %s",
			 (double)s->gap / SECTORS_PER_SECOND, s->gap, s->gap,
			 plural(s->gap, "second", "seconds"));
}

/*
 * Discs are sold by powers of 1000: what is a disc's own size if it was meant so is too much for
 * it. NULL: none.
 */
static const struct word *disc_meant(const struct word *discs, uint64_t blocks)
{
	const double ratio = 1024.0 * 1024 * 1024 / 1e9;

	for (; discs->name; discs++) {
		double apart = (double)blocks / ratio - (double)discs->value;

		if (discs->value > CD80_SECTORS && apart < (double)discs->value / 100 &&
		    apart > (double)discs->value / -100)
			return discs;
	}
	return NULL;
}

void value_remark_capacity(const struct settings *s, const struct row *row, char *buf, size_t len)
{
	double bytes = (double)s->capacity * BLOCK_SIZE;
	const struct word *disc = disc_meant(row->words, s->capacity);

	if (s->capacity && s->capacity < CAPACITY_LEAST)
		snprintf(buf, len, "the capacity is %.1f MB; write %juMB for %ju MB", bytes / 1e6,
			 (uintmax_t)s->capacity, (uintmax_t)s->capacity);
	else if (disc)
		snprintf(buf, len, "the capacity is %.2f GB, more than a disc of %.1f GB holds; "
			 "write %s for that", bytes / 1e9, (double)disc->value * BLOCK_SIZE / 1e9,
			 disc->name);
}
