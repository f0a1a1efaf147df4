/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Titles of tracks and discs: the attributes that say them, and CD-TEXT, which has ISO 8859-1 only.
 * Anybody may have written the values: nothing is assumed of them, not even that they are UTF-8.
 */
#include "sound/titles.h"

#include <string.h>
#include <uchar.h>

/* A byte that is part of no character, as next_char() gives it. */
#define BROKEN UINT32_MAX

/* Code points, both ends included. */
struct range {
	uint32_t from, to;
};

static bool is_in(uint32_t c, const struct range *ranges, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (c >= ranges[i].from && c <= ranges[i].to)
			return true;
	return false;
}

/* The character at *@at, which is before @end; steps over it. */
static uint32_t next_char(const char **at, const char *end)
{
	const unsigned char *p = (const unsigned char *)*at;
	size_t len = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t c = len == 1 ? *p : *p & 0x7fu >> len;

	if (len > (size_t)(end - *at) || !utf8_valid(*at, len)) {
		(*at)++;
		return BROKEN;
	}
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3f);
	*at += len;
	return c;
}

/* ---- attributes ---- */

static bool is_blank(uint32_t c)
{
	static const struct range blanks[] = {
		{ 0x00, 0x20 }, { 0x7f, 0x9f }, { 0x2028, 0x2029 /* separators of lines */ },
	};

	return is_in(c, blanks, ARRAY_SIZE(blanks));
}

/* One line of @value: each run of blanks is one, none at the ends; @size bytes with the NUL. */
static void one_line(char *out, size_t size, const char *value, size_t len)
{
	const char *end = value + len;
	bool blank = false;
	size_t at = 0;

	while (value < end) {
		const char *from = value;
		uint32_t c = next_char(&value, end);
		size_t bytes = (size_t)(value - from);

		if (is_blank(c)) {
			blank = at > 0;
			continue;
		}
		if (at + blank + bytes >= size)
			break;
		if (blank)
			out[at++] = ' ';
		blank = false;
		memcpy(out + at, c == BROKEN ? "?" : from, bytes);
		at += bytes;
	}
	out[at] = '\0';
}

/* -EINVAL, with @what the value should be. */
static int bad(struct err *err, const char *value, size_t len, const char *what)
{
	char shown[64];

	one_line(shown, sizeof(shown), value, len);
	return err_set(err, EINVAL, "\"%s\" is not %s", shown, what);
}

static int set_line(char *line, const char *value, size_t len, struct err *err)
{
	if (!utf8_valid(value, len))
		return bad(err, value, len, "UTF-8: set the text again in a UTF-8 locale");
	one_line(line, TITLE_BYTES, value, len);
	return 0;
}

static int set_title(struct titles *t, const char *value, size_t len, struct err *err)
{
	return set_line(t->title, value, len, err);
}

static int set_performer(struct titles *t, const char *value, size_t len, struct err *err)
{
	return set_line(t->performer, value, len, err);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
	return c >= 'A' && c <= 'Z';
}

/* @form has an A for a letter, an X for a letter or digit, a 0 for a digit. */
static bool fits(char form, char c)
{
	return (form != '0' && is_letter(c)) || (form != 'A' && is_digit(c));
}

/* Read a code of @form, written with or without hyphens and blanks: whether it is one. */
static bool read_code(char *code, const char *form, const char *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char c = value[i];

		if (c == '-' || c == ' ')
			continue;
		if (c >= 'a' && c <= 'z')
			c = (char)(c - 'a' + 'A');
		if (!*form || !fits(*form, c))
			return false;
		*code++ = c;
		form++;
	}
	*code = '\0';
	return !*form;
}

static int set_isrc(struct titles *t, const char *value, size_t len, struct err *err)
{
	if (len == 0)
		t->code[0] = '\0';
	else if (!read_code(t->code, "AAXXX0000000", value, len))
		return bad(err, value, len,
			   "an ISRC: write 2 letters, 3 letters or digits and 7 digits, as in "
			     "DE-A12-24-00001");
	return 0;
}

/* Discs are sold with check digits that are wrong, and with 13 zeros: none is calculated. */
static int set_mcn(struct titles *t, const char *value, size_t len, struct err *err)
{
	if (len == 0)
		t->code[0] = '\0';
	else if (!read_code(t->code, "0000000000000", value, len))
		return bad(err, value, len,
			   "a catalogue number: write the 13 digits under the bar code; put a 0 in "
			   "front of 12");
	return 0;
}

static int set_pregap(struct titles *t, const char *value, size_t len, struct err *err)
{
	uint32_t sectors = 0;

	for (size_t i = 0; i < len; i++) {
		if (is_digit(value[i]))
			sectors = sectors * 10 + (uint32_t)(value[i] - '0');
		if (!is_digit(value[i]) || sectors > PREGAP_MAX)
			return bad(err, value, len,
				   "a pregap: write a number of sectors, 75 a second, from 0 to "
				   "4500");
	}
	t->has_pregap = len > 0;
	t->pregap = sectors;
	return 0;
}
_Static_assert(PREGAP_MAX == 4500, "the sentence says so");

/* A value of no bytes takes the attribute away. */
static const struct attribute {
	const char *name;
	bool of_track, of_disc;
	int (*set)(struct titles *, const char *value, size_t len, struct err *err);
} attributes[] = {
	{ "user.cdtext.title", true, true, set_title },
	{ "user.cdtext.performer", true, true, set_performer },
	{ "user.isrc", true, false, set_isrc },
	{ "user.pregap", true, false, set_pregap },
	{ "user.mcn", false, true, set_mcn },
};

int titles_set(struct titles *t, bool disc, const char *name, const void *value, size_t len,
	       struct err *err)
{
	const char *text = value ? value : "";
	int r;

	if (!value)
		len = 0;
	if (len && text[len - 1] == '\n')
		len--;
	for (size_t i = 0; i < ARRAY_SIZE(attributes); i++) {
		const struct attribute *a = &attributes[i];
		struct titles changed = *t;

		if (strcmp(name, a->name) || !(disc ? a->of_disc : a->of_track))
			continue;
		r = a->set(&changed, text, len, err);
		if (r < 0)
			return r;
		*t = changed;
		return 1;
	}
	return 0;
}

const char *titles_attribute(size_t row)
{
	return row < ARRAY_SIZE(attributes) ? attributes[row].name : NULL;
}

/* ---- CD-TEXT ---- */

static bool is_latin1(uint32_t c)
{
	return (c >= 0x20 && c <= 0x7e) || (c >= 0xa0 && c <= 0xff);
}

/* Nothing to see: joiners, directions, selectors of a variation. */
static bool is_unseen(uint32_t c)
{
	static const struct range unseen[] = {
		{ 0x00ad, 0x00ad },   { 0x034f, 0x034f }, { 0x061c, 0x061c }, { 0x180b, 0x180f },
		{ 0x200b, 0x200f },   { 0x202a, 0x202e }, { 0x2060, 0x206f }, { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff },   { 0xe0000, 0xe0fff },
	};

	return is_in(c, unseen, ARRAY_SIZE(unseen));
}

/* Marks that stand over, under or around the character before them. */
static bool is_mark(uint32_t c)
{
	static const struct range marks[] = {
		{ 0x0300, 0x036f }, { 0x1ab0, 0x1aff }, { 0x1dc0, 0x1dff },
		{ 0x20d0, 0x20ff }, { 0xfe20, 0xfe2f },
	};

	return is_in(c, marks, ARRAY_SIZE(marks));
}

/* The letter of ISO 8859-1 that @base with @mark is; 0: there is none. */
static uint32_t compose(uint32_t base, uint32_t mark)
{
	static const struct {
		uint32_t mark;
		const char *bases;
		const char16_t *letters;
	} rows[] = {
		{ 0x0300, "AEIOUaeiou", u"ÀÈÌÒÙàèìòù" },
		{ 0x0301, "AEIOUYaeiouy", u"ÁÉÍÓÚÝáéíóúý" },
		{ 0x0302, "AEIOUaeiou", u"ÂÊÎÔÛâêîôû" },
		{ 0x0303, "ANOano", u"ÃÑÕãñõ" },
		{ 0x0308, "AEIOUaeiouy", u"ÄËÏÖÜäëïöüÿ" },
		{ 0x030a, "Aa", u"Åå" },
		{ 0x0327, "Cc", u"Çç" },
	};

	if (base >= 0x80)
		return 0;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const char *at = strchr(rows[i].bases, (int)base);

		if (mark == rows[i].mark && at)
			return rows[i].letters[at - rows[i].bases];
	}
	return 0;
}

/* Signs, and letters that are two: those that keyboards, word processors and Windows-1252 have. */
static const struct phrase {
	struct range of;
	const char *said;
} phrases[] = {
	{ { 0x0000, 0x001f }, " " },
	{ { 0x007f, 0x009f }, " " },
	{ { 0x0132, 0x0132 }, "IJ" },
	{ { 0x0133, 0x0133 }, "ij" },
	{ { 0x0149, 0x0149 }, "'n" },
	{ { 0x0152, 0x0152 }, "OE" },
	{ { 0x0153, 0x0153 }, "oe" },
	{ { 0x0259, 0x0259 }, "e" },
	{ { 0x02b9, 0x02b9 }, "'" },
	{ { 0x02ba, 0x02ba }, "\"" },
	{ { 0x02bb, 0x02bf }, "'" },
	{ { 0x02c6, 0x02c6 }, "^" },
	{ { 0x02dc, 0x02dc }, "~" },
	{ { 0x2000, 0x200a }, " " },
	{ { 0x2010, 0x2015 }, "-" },
	{ { 0x2018, 0x2019 }, "'" },
	{ { 0x201a, 0x201a }, "," },
	{ { 0x201b, 0x201b }, "'" },
	{ { 0x201c, 0x201f }, "\"" },
	{ { 0x2020, 0x2021 }, "+" },
	{ { 0x2022, 0x2022 }, "·" },
	{ { 0x2024, 0x2024 }, "." },
	{ { 0x2025, 0x2025 }, ".." },
	{ { 0x2026, 0x2026 }, "..." },
	{ { 0x2027, 0x2027 }, "·" },
	{ { 0x2028, 0x2029 }, " " },
	{ { 0x202f, 0x202f }, " " },
	{ { 0x2030, 0x2030 }, "0/00" },
	{ { 0x2032, 0x2032 }, "'" },
	{ { 0x2033, 0x2033 }, "\"" },
	{ { 0x2039, 0x2039 }, "<" },
	{ { 0x203a, 0x203a }, ">" },
	{ { 0x2044, 0x2044 }, "/" },
	{ { 0x205f, 0x205f }, " " },
	{ { 0x20ac, 0x20ac }, "EUR" },
	{ { 0x2116, 0x2116 }, "No" },
	{ { 0x2117, 0x2117 }, "(P)" },
	{ { 0x2122, 0x2122 }, "TM" },
	{ { 0x2212, 0x2212 }, "-" },
	{ { 0x266d, 0x266d }, "b" },
	{ { 0x266f, 0x266f }, "#" },
	{ { 0x3000, 0x3000 }, " " },
	{ { 0x301c, 0x301c }, "~" },
	{ { 0xfb00, 0xfb00 }, "ff" },
	{ { 0xfb01, 0xfb01 }, "fi" },
	{ { 0xfb02, 0xfb02 }, "fl" },
};

static const struct phrase *find_phrase(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(phrases); i++)
		if (is_in(c, &phrases[i].of, 1))
			return &phrases[i];
	return NULL;
}

/* The nearest letter of ISO 8859-1, or a '?': for the blocks of Latin letters with all marks. */
static uint32_t nearest_letter(uint32_t c)
{
	static const struct {
		struct range of;
		const char16_t *letters;
	} blocks[] = {
		{ { 0x0100, 0x017f }, /* Latin Extended-A */
		  u"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIi??JjKkkLlLlLlL"
		  u"lLlNnNnNn?NnOoOoOo??RrRrRrSsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs" },
		{ { 0x0180, 0x024f }, /* Latin Extended-B */
		  u"bBBb???CcDDDd??E?FfG???IKkl??NnOOoo?Pp?????tTtTUu?VYyZz?????????"
		  u"????DDdLLlNNnAaIiOoUuÜüÜüÜüÜüeÄäAaÆæGgGgKkOoOo??jDDdGg??NnÅåÆæØø"
		  u"AaAaEeEeIiIiOoOoRrRrUuUuSsTt??HhNd??ZzAaEeÖöÕõOoOoYylntj??ACcLTs"
		  u"z??BU?EeJjQqRrYy" },
		{ { 0x1e00, 0x1eff }, /* Latin Extended Additional */
		  u"AaBbBbBbÇçDdDdDdDdDdÈèÉéEeEeEeFfGgHhHhHhHhHhIiÏïKkKkKkLlLlLlLlMm"
		  u"MmMmNnNnNnNnÕõÕõÒòÓóPpPpRrRrRrRrSsSsSsSsSsTtTtTtTtUuUuUuÚúÜüVvVv"
		  u"WwWwWwWwWwXxXxYyZzZzZzhtwyasssß?AaAaÂâÂâÂâÂâÂâÁáÀàAaÃãAaEeEeEeÊê"
		  u"ÊêÊêÊêÊêIiIiOoOoÔôÔôÔôÔôÔôÓóÒòOoÕõOoUuUuÚúÙùUuUuUuYyYyYyYy????Yy" },
	};
	static const struct range wide = { 0xff01, 0xff5e }; /* as ASCII, which starts at 0x21 */

	for (size_t i = 0; i < ARRAY_SIZE(blocks); i++)
		if (is_in(c, &blocks[i].of, 1))
			return blocks[i].letters[c - blocks[i].of.from];
	return is_in(c, &wide, 1) ? c - wide.from + '!' : '?';
}

/* What titles_to_cdtext() has said so far. */
struct said {
	char *out;
	size_t bytes;
	unsigned chars;
	unsigned lost;  /* characters that are not what they were */
	bool full;      /* nothing may follow what did not fit */
};

/* Say @utf8 for one character; @exact: that is what it was. */
static void say(struct said *s, const char *utf8, bool exact)
{
	size_t bytes = strlen(utf8);
	unsigned chars = 0;

	for (size_t i = 0; i < bytes; i++)
		chars += (utf8[i] & 0xc0) != 0x80;
	if (chars > CDTEXT_CHARS - s->chars)
		s->full = true;
	if (s->full || !exact)
		s->lost++;
	if (s->full)
		return;
	memcpy(s->out + s->bytes, utf8, bytes);
	s->bytes += bytes;
	s->chars += chars;
}

/* @c is a character of ISO 8859-1. */
static void say_letter(struct said *s, uint32_t c, bool exact)
{
	const char one[] = { (char)c, '\0' };
	const char two[] = { (char)(0xc0 | c >> 6), (char)(0x80 | (c & 0x3f)), '\0' };

	say(s, c < 0x80 ? one : two, exact);
}

static void say_char(struct said *s, uint32_t c, bool exact)
{
	const struct phrase *phrase = find_phrase(c);

	if (is_latin1(c))
		say_letter(s, c, exact);
	else if (phrase)
		say(s, phrase->said, false);
	else
		say_letter(s, nearest_letter(c), false);
}

/* Step over the marks that follow *@c, and put them on it: whether it can have them all. */
static bool take_marks(const char **at, const char *end, uint32_t *c)
{
	bool all = true;

	for (const char *next = *at; next < end; *at = next) {
		uint32_t mark = next_char(&next, end);
		uint32_t composed = compose(*c, mark);

		if (is_unseen(mark))
			continue;
		if (!is_mark(mark))
			break;
		if (composed)
			*c = composed;
		else
			all = false;
	}
	return all;
}

unsigned titles_to_cdtext(const char *utf8, char out[static TITLE_SAID])
{
	struct said s = { .out = out };
	const char *end = utf8 + strlen(utf8);

	while (utf8 < end) {
		uint32_t c = next_char(&utf8, end);
		bool exact;

		if (is_unseen(c))
			continue;
		exact = take_marks(&utf8, end, &c);
		say_char(&s, c, exact);
	}
	out[s.bytes] = '\0';
	return s.lost;
}

size_t titles_latin1(const char *said, char out[static CDTEXT_CHARS + 1])
{
	const char *end = said + strlen(said);
	size_t len = 0;

	while (said < end && len < CDTEXT_CHARS) {
		uint32_t c = next_char(&said, end);

		out[len++] = (char)(is_latin1(c) ? c : '?');
	}
	out[len] = '\0';
	return len;
}
