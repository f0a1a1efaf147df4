/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The disc seen from above, in the measures of ECMA-130, its parts as sectors of a ring, and a card
 * with a legend below. All lengths are integers: so no number depends on the locale. Those of the
 * disc are 50 to the millimetre, others pixels: librsvg loses letters that no font has where
 * letters are made smaller. Colours carry white figures, and are told apart on white and on black.
 */
#include "files/picture.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	MM = 50,
	HOLE = 15 * MM / 2,        /* radii: of the hole, */
	CLEAR = 22 * MM,           /* of what is clear around it, */
	DATA_BEGIN = 25 * MM,      /* of what is recorded, */
	MARKS = 50 * MM,           /* of the marks on it, */
	DATA_END = 58 * MM,
	RIM = 60 * MM,             /* and of the disc */

	PIXEL = 10,                /* of those */
	WIDTH = 640, CENTRE = WIDTH / 2,
	CARD = WIDTH + 4,          /* where it begins, and its margins */
	EDGE = 10, MARGIN = 28,
};

/* ---- text ---- */

/* The character at *@at, and on to the next; U+FFFD for a byte of none. */
static uint32_t next_char(const char **at)
{
	const unsigned char *p = (const unsigned char *)*at;
	size_t len = *p < 0x80 ? 1 : *p < 0xe0 ? 2 : *p < 0xf0 ? 3 : 4;
	uint32_t c = len == 1 ? *p : *p & 0x7fu >> len;

	if (strnlen(*at, len) < len || !utf8_valid(*at, len)) {
		++*at;
		return 0xfffd;
	}
	for (size_t i = 1; i < len; i++)
		c = c << 6 | (p[i] & 0x3f);
	*at += len;
	return c;
}

/*
 * What XML cannot hold (XML 1.0, 2.2), what nobody sees, and what turns the text after it round
 * (UAX #9).
 */
static bool is_unfit(uint32_t c)
{
	static const struct {
		uint32_t from, to;
	} unfit[] = {
		{ 0, 0x1f }, { 0x7f, 0x9f }, { 0xad, 0xad }, { 0x61c, 0x61c }, { 0x200b, 0x200b },
		{ 0x200e, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f }, { 0xfdd0, 0xfdef },
		{ 0xfeff, 0xfeff }, { 0xfff0, 0xfffb }, { 0xe0000, 0xe0fff },
	};

	for (size_t i = 0; i < ARRAY_SIZE(unfit); i++)
		if (c >= unfit[i].from && c <= unfit[i].to)
			return true;
	return (c & 0xfffe) == 0xfffe;
}

/* About how wide a character is, in hundredths of the size of a sans-serif font. */
static unsigned width_of(uint32_t c)
{
	if (c >= 0x1100)
		return c < 0x1200 || c >= 0x2e80 ? 105 : 75;
	if (c < 0x80 && strchr("mwMW@%", (int)c))
		return 98;
	if (c < 0x80 && strchr("fijlrtI|!.,:;'`()[]/ -", (int)c))
		return 40;
	return c < 0x80 && islower((int)c) ? 62 : 72;
}

static int text_width(const char *text, int size)
{
	unsigned width = 0;

	while (*text)
		width += width_of(next_char(&text));
	return (int)width * size / 100;
}

static void add_char(struct text *out, const char *bytes, size_t len, uint32_t c)
{
	if (is_unfit(c) || c == 0xfffd)
		text_add(out, "\xef\xbf\xbd");
	else if (c < 0x80 && strchr("&<>\"'", (int)c))
		text_add(out, "&#%u;", c);
	else
		text_append(out, bytes, len);
}

/* As much of any bytes as @width takes, in letters of @size, as XML. */
static void add_name(struct text *out, const char *name, int width, int size)
{
	unsigned room = (unsigned)(width * 100 / size), taken = 0;
	const char *end = name, *cut = name;

	while (*end && taken <= room) {
		taken += width_of(next_char(&end));
		if (taken + 100 <= room)
			cut = end;
	}
	if (taken <= room)
		cut = end;
	while (name < cut) {
		const char *from = name;
		uint32_t c = next_char(&name);

		add_char(out, from, (size_t)(name - from), c);
	}
	if (taken > room)
		text_add(out, "\xe2\x80\xa6");
}

static void add_bytes(struct text *out, uint64_t bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	uint64_t unit = 1000, tenths;
	size_t i = 0;

	while (i + 1 < ARRAY_SIZE(units) && bytes / unit >= 1000) {
		unit *= 1000;
		i++;
	}
	tenths = bytes / unit * 10 + (bytes % unit * 10 + unit / 2) / unit;
	if (tenths < 1000)
		text_add(out, "%u.%u %s", (unsigned)(tenths / 10), (unsigned)(tenths % 10),
			 units[i]);
	else
		text_add(out, "%llu %s", (unsigned long long)((tenths + 5) / 10), units[i]);
}

static void add_time(struct text *out, uint64_t sectors)
{
	uint64_t seconds = (sectors + SECTORS_PER_SECOND / 2) / SECTORS_PER_SECOND;

	text_add(out, "%llu:%02u", (unsigned long long)(seconds / 60), (unsigned)(seconds % 60));
}

static void add_amount(const struct picture *p, struct text *out, uint64_t blocks)
{
	if (picture_in_sectors(p))
		add_time(out, blocks);
	else
		add_bytes(out, blocks * BLOCK_SIZE);
}

static void begin_text(struct text *out, int x, int y, int size, const char *attributes)
{
	text_add(out, "<text x='%d' y='%d' font-size='%d' %s>", x, y, size, attributes);
}

static void end_text(struct text *out)
{
	text_add(out, "</text>\n");
}

/* ---- what there is to say ---- */

static void add_percent(const struct picture *p, struct text *out)
{
	uint64_t percent = 100;

	if (p->total)
		percent = (uint64_t)((double)picture_used(p) * 100 / (double)p->total);

	text_add(out, percent == 0 && picture_used(p) ? "&lt;1 %%" : "%llu %%",
		 (unsigned long long)percent);
}

/* "12 tracks, 48:21 of 80:00 minutes, 31:39 free" */
static void describe(const struct picture *p, struct text *out)
{
	if (p->tracks)
		text_add(out, plural(p->tracks, "%u track%s, ", "%u tracks%s, "), p->tracks,
			 p->format == FORMAT_MIXED ? " and data" : "");
	if (picture_used(p)) {
		add_amount(p, out, picture_used(p));
		text_add(out, " of ");
		add_amount(p, out, p->total);
		text_add(out, picture_in_sectors(p) ? " minutes, " : ", ");
	}
	if (picture_used(p) > p->total) {
		add_amount(p, out, picture_used(p) - p->total);
		text_add(out, " too much");
	} else {
		add_amount(p, out, p->total - picture_used(p));
		text_add(out, " free");
	}
}

/* ---- colours ---- */

#define FREE     "#dfe4ea"
#define EDGES    "#8792a2"
#define INK      "#1b2430"
#define FAINT    "#526072"
#define REST     "#6a778c"
#define RECORDED "#3a4554"
#define ALARM    "#c3161f"

/* From the first track to the last. */
static unsigned track_colour(unsigned i, unsigned n)
{
	static const unsigned char stops[3][3] = {
		{ 12, 112, 150 }, { 84, 76, 180 }, { 158, 42, 128 },
	};
	unsigned at = n > 1 ? 200 * i / (n - 1) : 0, stop = at < 100 ? 0 : 1;
	unsigned part = at - 100 * stop, rgb = 0;

	for (int c = 0; c < 3; c++)
		rgb = rgb << 8 | (stops[stop][c] * (100 - part) + stops[stop + 1][c] * part) / 100;
	return rgb;
}

/* The 1-based index of a slice among those of its kind. */
static unsigned number_of(const struct picture *p, unsigned i)
{
	enum slice_kind kind = p->slices[i].kind;
	unsigned number = 0;

	for (unsigned k = 0; k <= i; k++)
		number += p->slices[k].kind == kind;
	return number;
}

/*
 * What it bears on the disc and in the legend: tracks have numbers, names letters, and others
 * nothing.
 */
struct mark {
	char text[4];
};
static struct mark mark_of(const struct picture *p, unsigned i)
{
	struct mark m = { "" };

	if (p->slices[i].kind == SLICE_TRACK)
		snprintf(m.text, sizeof(m.text), "%u", number_of(p, i) % 1000);
	else if (p->slices[i].kind == SLICE_NAME)
		snprintf(m.text, sizeof(m.text), "%c", (char)('A' + (number_of(p, i) - 1) % 26));
	return m;
}

static const char *colour_of(const struct picture *p, unsigned i, char buf[8])
{
	static const char *const names[STAGE_TOPS] = {
		"#0b6cb4", "#c2410c", "#0d7a58", "#a52f7c",
		"#6b4fc0", "#876000", "#0c7288", "#93500f",
	};
	const struct slice *s = &p->slices[i];

	if (s->amiss)
		return ALARM;
	if (s->kind == SLICE_NAME)
		return names[(number_of(p, i) - 1) % STAGE_TOPS];
	if (s->kind != SLICE_TRACK)
		return s->kind == SLICE_RECORDED ? RECORDED : REST;
	snprintf(buf, 8, "#%06x", track_colour(number_of(p, i) - 1, p->tracks) & 0xffffff);
	return buf;
}

static void draw_mark(struct text *out, int x, int y, int size, const char *mark)
{
	begin_text(out, x, y, size, "text-anchor='middle' fill='#fff'");
	text_add(out, "%s", mark);
	end_text(out);
}

/* ---- the disc ---- round 0, 0 */

static int x_of(double turn, int radius)
{
	return (int)lround(radius * sin(2 * M_PI * turn));
}

static int y_of(double turn, int radius)
{
	return -(int)lround(radius * cos(2 * M_PI * turn));
}

static void add_circle(struct text *out, int radius)
{
	text_add(out, "M%d 0a%d %d 0 1 0 %d 0a%d %d 0 1 0 %d 0z", -radius, radius, radius,
		 2 * radius, radius, radius, -2 * radius);
}

/*
 * The outline of a piece of a ring between two fractions of a turn. An arc from a point to itself
 * would be none.
 */
static void add_piece(struct text *out, double from, double to, int inner, int outer)
{
	int large = to - from > 0.5;

	if (to - from > 0.9999) {
		add_circle(out, outer);
		add_circle(out, inner);
		return;
	}
	text_add(out, "M%d %dA%d %d 0 %d 1 %d %d", x_of(from, outer), y_of(from, outer), outer,
		 outer, large, x_of(to, outer), y_of(to, outer));
	text_add(out, "L%d %dA%d %d 0 %d 0 %d %dz", x_of(to, inner), y_of(to, inner), inner, inner,
		 large, x_of(from, inner), y_of(from, inner));
}

/* A disc with nothing on it, and light falling on it. */
static void draw_blank(struct text *out)
{
	static const struct { int radius, width; } edges[] = {
		{ CLEAR, 10 }, { DATA_END, 10 }, { HOLE, 30 }, { RIM, 30 },
	};
	static const double beams[] = { 0.07, 0.57 };

	text_add(out, "<path fill='" FREE "' d='");
	add_circle(out, RIM);
	add_circle(out, HOLE);
	text_add(out, "'/>\n<path fill='#fff' fill-opacity='.45' d='");
	for (size_t i = 0; i < ARRAY_SIZE(beams); i++)
		add_piece(out, beams[i], beams[i] + 0.11, HOLE, RIM);
	text_add(out, "'/>\n");
	for (size_t i = 0; i < ARRAY_SIZE(edges); i++) {
		text_add(out, "<path fill='none' stroke='" EDGES "' stroke-width='%d' d='",
			 edges[i].width);
		add_circle(out, edges[i].radius);
		text_add(out, "'/>\n");
	}
}

/* Where the slices of @p begin, in turns; that behind the last is where they end. */
static void divide(const struct picture *p, double from[SLICES_MAX + 1])
{
	uint64_t whole = picture_used(p) > p->total ? picture_used(p) : p->total, at = 0;

	from[0] = 0;
	for (unsigned i = 0; i < p->n; i++) {
		at += p->slices[i].blocks;
		/* What is staged may have changed between two questions. */
		from[i + 1] = at < whole ? (double)at / (double)whole : 1;
	}
}

static void draw_slices(const struct picture *p, const double *from, struct text *out)
{
	char buf[8];

	for (unsigned i = 0; i < p->n; i++) {
		double share = from[i + 1] - from[i];

		if (share <= 0)
			continue;
		/* A line beside what is thin would be all that is seen. */
		text_add(out, "<path fill='%s' stroke='#fff' stroke-width='%d' d='",
			 colour_of(p, i, buf), share > 0.006 && share < 1 ? 24 : 0);
		add_piece(out, from[i], from[i + 1], DATA_BEGIN, DATA_END);
		text_add(out, "'/>\n");
	}
}

static void draw_marks(const struct picture *p, const double *from, struct text *out)
{
	for (unsigned i = 0; i < p->n; i++) {
		struct mark mark = mark_of(p, i);
		double middle = (from[i] + from[i + 1]) / 2;
		int x = CENTRE + x_of(middle, MARKS) / PIXEL,
		    y = CENTRE + y_of(middle, MARKS) / PIXEL;

		if (mark.text[0] && from[i + 1] - from[i] > (mark.text[1] ? 0.018 : 0.012))
			draw_mark(out, x, y + 6, 17, mark.text);
	}
}

static void draw_hub(const struct picture *p, struct text *out)
{
	bool over = picture_used(p) > p->total;

	text_add(out, "<g text-anchor='middle' fill='%s'>\n", over ? ALARM : INK);
	begin_text(out, CENTRE, CENTRE - 53, 46, "font-weight='bold'");
	add_percent(p, out);
	end_text(out);
	begin_text(out, CENTRE, CENTRE + 76, 22, "");
	text_add(out, over ? "too full" : picture_used(p) ? "used" : "empty");
	end_text(out);
	text_add(out, "</g>\n");
}

static void draw_disc(const struct picture *p, struct text *out)
{
	double from[SLICES_MAX + 1];

	divide(p, from);
	text_add(out, "<g transform='translate(%d %d) scale(.1)' fill-rule='evenodd'>\n", CENTRE,
		 CENTRE);
	draw_blank(out);
	draw_slices(p, from, out);
	if (picture_used(p) > p->total) {
		text_add(out, "<path fill='" ALARM "' d='");
		add_piece(out, (double)p->total / (double)picture_used(p), 1, DATA_END, RIM);
		text_add(out, "'/>\n");
	}
	text_add(out, "</g>\n");
	draw_marks(p, from, out);
	draw_hub(p, out);
}

/* ---- the card ---- */

/* Columns of lines, filled one after the other. */
struct legend {
	unsigned columns, rows;
	int font, line, pitch;
	int top;                   /* of the first line */
};

static struct legend legend_of(const struct picture *p)
{
	unsigned lines = p->n + (picture_used(p) < p->total);
	struct legend l = { .columns = lines <= 6 ? 1 : lines <= 40 ? 2 : 3, .top = CARD + 120 };

	l.rows = (lines + l.columns - 1) / l.columns;
	l.font = 20 - 2 * (int)l.columns;
	l.line = l.font * 3 / 2;
	l.pitch = (WIDTH - 2 * MARGIN + MARGIN / 2) / (int)l.columns;
	return l;
}

/* @name may be any bytes. */
static void draw_line(const struct legend *l, unsigned at, const char *colour, const char *mark,
		      const char *name, const char *amount, struct text *out)
{
	int x = MARGIN + (int)(at / l->rows) * l->pitch, y = l->top + (int)(at % l->rows) * l->line;
	int words = x + 2 * l->font, right = x + l->pitch - MARGIN / 2;

	text_add(out,
		 "<rect x='%d' y='%d' width='%d' height='%d' rx='3' fill='%s' "
		 "stroke='" EDGES "'/>\n",
		 x, y - l->font, l->font * 3 / 2, l->font * 5 / 4, colour);
	if (mark[0])
		draw_mark(out, x + l->font * 3 / 4, y - 1, l->font - 2, mark);
	begin_text(out, words, y, l->font, "fill='" INK "'");
	add_name(out, name, right - words - text_width(amount, l->font) - l->font / 2, l->font);
	end_text(out);
	begin_text(out, right, y, l->font, "text-anchor='end' fill='" FAINT "'");
	text_add(out, "%s", amount);
	end_text(out);
}

static void draw_slice_line(const struct picture *p, const struct legend *l, unsigned i,
			    struct text *out)
{
	const struct slice *s = &p->slices[i];
	cleanup_text struct text amount = { 0 };
	struct mark mark = mark_of(p, i);
	char buf[8];

	if (s->amiss)
		text_add(&amount, "%s", s->amiss);
	else if (s->kind == SLICE_TRACK)
		add_time(&amount, s->blocks - s->gap);
	else
		add_bytes(&amount, s->blocks * BLOCK_SIZE);
	if (amount.failed)
		out->failed = true;
	else
		draw_line(l, i, colour_of(p, i, buf), mark.text, s->name, amount.data, out);
}

static void draw_legend(const struct picture *p, const struct legend *l, struct text *out)
{
	cleanup_text struct text amount = { 0 };

	for (unsigned i = 0; i < p->n; i++)
		draw_slice_line(p, l, i, out);
	if (picture_used(p) >= p->total)
		return;
	add_amount(p, &amount, p->total - picture_used(p));
	if (amount.failed)
		out->failed = true;
	else
		draw_line(l, p->n, FREE, "", "free", amount.data, out);
}

static void draw_card(const struct picture *p, int height, struct text *out)
{
	static const char *const formats[] = {
		[FORMAT_NONE] = "Empty disc",
		[FORMAT_DATA] = "Data disc",
		[FORMAT_AUDIO] = "Audio disc",
		[FORMAT_MIXED] = "Audio and data",
		[FORMAT_IMAGE] = "Disc image",
		[FORMAT_AUTO] = "",
	};

	text_add(out,
		 "<rect x='%d' y='%d' width='%d' height='%d' rx='16' fill='#fcfdfe' stroke='" EDGES
		 "'/>\n",
		 EDGE, CARD, WIDTH - 2 * EDGE, height - CARD - EDGE);
	begin_text(out, MARGIN, CARD + 44, 33, "font-weight='bold' fill='" INK "'");
	add_name(out, p->label[0] ? p->label : formats[p->format], WIDTH - 2 * MARGIN, 36);
	end_text(out);
	begin_text(out, MARGIN, CARD + 74, 19, "fill='" FAINT "'");
	describe(p, out);
	end_text(out);
	begin_text(out, WIDTH - MARGIN, CARD + 74, 15, "text-anchor='end' fill='" FAINT "'");
	add_name(out, p->disc, WIDTH / 2, 15);
	end_text(out);
}

void picture_draw(const struct picture *p, struct text *out)
{
	struct legend l = legend_of(p);
	int height = l.top + (int)(l.rows ? l.rows - 1 : 0) * l.line + 20 + EDGE;

	text_add(out,
		 "<?xml version='1.0' encoding='UTF-8'?>\n<svg xmlns='http://www.w3.org/2000/svg' "
		 "version='1.1' width='%d' height='%d' viewBox='0 0 %d %d' "
		 "font-family='sans-serif'>\n<title>", WIDTH, height, WIDTH, height);
	add_name(out, p->label[0] ? p->label : "disc", 1000, 1);
	text_add(out, ": ");
	describe(p, out);
	text_add(out, "</title>\n");
	draw_disc(p, out);
	draw_card(p, height, out);
	draw_legend(p, &l, out);
	text_add(out, "</svg>\n");
}
