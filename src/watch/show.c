/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shows what goes on, in one of the styles. A carriage return and blanks are all that it asks of a
 * terminal.
 */
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <wchar.h>
#include <wctype.h>

#include "watch/watch.h"

enum { BAR_MIN = 8, BAR_MAX = 40, COLUMNS_DEFAULT = 80, COLUMNS_MIN = 10 };

/* ---- texts of others ---- */

/*
 * What iswprint() lets pass: it cannot be seen, or turns what follows round (Unicode, bidirectional
 * algorithm).
 */
static const struct {
	wchar_t from, to;
} unseen[] = {
	{ 0x00ad, 0x00ad }, { 0x061c, 0x061c }, { 0x180e, 0x180e },
	{ 0x200b, 0x200f }, { 0x2028, 0x202e }, { 0x2060, 0x206f },
	{ 0xfeff, 0xfeff }, { 0xfff9, 0xfffb }, { 0xe0000, 0xe007f },
};

static bool can_be_seen(wchar_t c)
{
	for (size_t i = 0; i < ARRAY_SIZE(unseen); i++)
		if (c >= unseen[i].from && c <= unseen[i].to)
			return false;
	return iswprint((wint_t)c);
}

/* The character at @s and its bytes; what is none counts as one byte, and cannot be seen. */
static size_t next_char(const char *s, wchar_t *c)
{
	mbstate_t state = { 0 };
	size_t n = mbrtowc(c, s, strlen(s), &state);

	if (n != (size_t)-1 && n != (size_t)-2)
		return n;
	*c = L'\0';
	return 1;
}

void clean(struct text *out, const char *text)
{
	size_t n;
	wchar_t c;

	for (; *text; text += n) {
		n = next_char(text, &c);
		if (can_be_seen(c))
			text_append(out, text, n);
		else
			text_append(out, "?", 1);
	}
}

/* How many bytes of a clean text fit that many columns. */
static size_t fitting(const char *text, int columns)
{
	const char *p = text;
	size_t n;
	wchar_t c;

	for (; *p; p += n) {
		n = next_char(p, &c);
		columns -= wcwidth(c);
		if (columns < 0)
			break;
	}
	return (size_t)(p - text);
}

static int columns_of(const char *text)
{
	int columns = 0;
	size_t n;
	wchar_t c;

	for (; *text; text += n) {
		n = next_char(text, &c);
		columns += wcwidth(c);
	}
	return columns;
}

__attribute__((format(printf, 2, 0)))
static void sentence(struct text *out, const char *fmt, va_list ap)
{
	char line[2 * PATH_MAX];

	vsnprintf(line, sizeof(line), fmt, ap);
	clean(out, line);
}

void complain(const char *fmt, ...)
{
	cleanup_text struct text text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	sentence(&text, fmt, ap);
	va_end(ap);
	fprintf(stderr, "burnfs-watch: %s\n", text.data ? text.data : "");
}

/* ---- figures in words ---- */

/* -1 while nothing moves: the figures are those of what was before. */
static int64_t percent(const struct figures *f)
{
	if (f->total <= 0 || strcmp(f->state, "preparing") == 0 || strcmp(f->state, "closing") == 0)
		return -1;
	return f->done >= f->total ? 100 : f->done * 100 / f->total;
}

static void add_what(const struct show *s, const struct figures *f, struct text *out)
{
	if (f->waiting) {
		text_add(out, "put in disc %lld of %lld", (long long)f->copy, (long long)f->copies);
		if (s->reason[0])
			text_add(out, ": ");
		clean(out, s->reason);
		return;
	}
	/* A burn has states; other jobs are known by their names, once these are. */
	clean(out, !f->job[0] || strcmp(f->job, "burn") == 0 || strcmp(f->state, "blanking") == 0 ?
	      f->state : f->job);
}

typedef void add_figure(const struct figures *, struct text *out);

static void add_disc(const struct figures *f, struct text *out)
{
	if (f->copies > 1)
		text_add(out, "disc %lld of %lld", (long long)f->copy, (long long)f->copies);
}

static void add_eta(const struct figures *f, struct text *out)
{
	long long s = f->eta;

	if (s >= 3600)
		text_add(out, "%lld:%02lld:%02lld left", s / 3600, s / 60 % 60, s % 60);
	else if (s >= 0)
		text_add(out, "%lld:%02lld left", s / 60, s % 60);
}

static void add_speed(const struct figures *f, struct text *out)
{
	if (f->speed > 0)
		text_add(out, "%.1f MB/s", (double)f->speed * 1024 / 1e6);
}

static void add_track(const struct figures *f, struct text *out)
{
	if (f->tracks > 1)
		text_add(out, "track %lld of %lld", (long long)f->track, (long long)f->tracks);
}

static void add_buffer(const struct figures *f, struct text *out)
{
	if (f->buffer >= 0)
		text_add(out, "buffer %lld %%", (long long)f->buffer);
}

/* In the order in which they matter: what has no room is left out from the end. */
static add_figure *const figures_by_weight[] = { add_disc, add_eta, add_speed, add_track,
						 add_buffer };

/* Those that fit, joined by commas. */
static void add_figures(const struct figures *f, struct text *out, int columns)
{
	if (f->waiting || percent(f) < 0)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(figures_by_weight); i++) {
		cleanup_text struct text one = { 0 };

		figures_by_weight[i](f, &one);
		if (!one.len)
			continue;
		if ((int)(out->len + one.len) + 2 > columns)
			return;
		text_add(out, "%s%s", out->len ? ", " : "", one.data);
	}
}

/* ---- a line that is drawn again ---- */

static int terminal_columns(void)
{
	const char *wish = getenv("COLUMNS");
	struct winsize size;
	long columns = 0;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		columns = size.ws_col;
	if (columns <= 0 && wish)
		columns = strtol(wish, NULL, 10);
	if (columns <= 0 || columns > 1000)
		columns = COLUMNS_DEFAULT;
	/* In the last column the cursor is nowhere in particular. */
	return columns > COLUMNS_MIN ? (int)columns - 1 : COLUMNS_MIN;
}

/* "[####      ]" in the columns that are left, if they suffice. */
static void add_bar(struct text *line, int64_t done, int columns)
{
	int width = columns - 3 < BAR_MAX ? columns - 3 : BAR_MAX;

	if (width < BAR_MIN)
		return;
	text_add(line, " [");
	for (int i = 0; i < width; i++)
		text_append(line, i < done * width / 100 ? "#" : " ", 1);
	text_add(line, "]");
}

static void draw(struct show *s, const char *line)
{
	int columns = terminal_columns();
	int before = s->shown.data ? columns_of(s->shown.data) : 0;
	size_t len = fitting(line, columns);
	int pad;

	if (s->shown.data && s->shown.len == len && memcmp(s->shown.data, line, len) == 0)
		return;
	s->shown.len = 0;
	text_append(&s->shown, line, len);
	if (s->shown.failed)
		return;
	pad = (before < columns ? before : columns) - columns_of(s->shown.data);
	printf("\r%s%*s", s->shown.data, pad > 0 ? pad : 0, "");
	fflush(stdout);
}

static void bar_figures(struct show *s, const struct figures *f)
{
	cleanup_text struct text line = { 0 }, figures = { 0 };
	int columns = terminal_columns();

	add_what(s, f, &line);
	if (!f->waiting && percent(f) >= 0)
		text_add(&line, " %3lld %%", (long long)percent(f));
	add_figures(f, &figures, columns - (int)line.len - 2);
	if (!f->waiting && percent(f) >= 0)
		add_bar(&line, percent(f), columns - (int)line.len - (int)figures.len - 2);
	if (figures.len)
		text_add(&line, "  %s", figures.data);
	if (line.len)
		draw(s, line.data);
}

static void bar_line(struct show *s, const char *line)
{
	draw(s, "");
	printf("\r%s\n", line);
	fflush(stdout);
}

static void bar_end(struct show *s, bool ok)
{
	(void)ok;
	draw(s, "");
	printf("\r");
	fflush(stdout);
}

/* ---- lines ---- */

static void lines_line(struct show *s, const char *line)
{
	(void)s;
	printf("%s\n", line);
	fflush(stdout);
}

static void lines_figures(struct show *s, const struct figures *f)
{
	cleanup_text struct text what = { 0 }, figures = { 0 };
	int64_t tenth = percent(f) / 10;
	bool same;

	add_what(s, f, &what);
	text_add(&what, "#%u.%lld", s->asked, (long long)(f->copies > 1 ? f->copy : 0));
	same = what.data && s->shown.data && strcmp(what.data, s->shown.data) == 0;
	if (!what.data || (same && tenth <= s->tenth))
		return;
	s->tenth = tenth;
	if (!same) {
		s->shown.len = 0;
		text_append(&s->shown, what.data, what.len);
	}
	*strrchr(what.data, '#') = '\0';
	add_figures(f, &figures, INT_MAX);
	if (percent(f) <= 0 || f->waiting)
		printf("%s\n", what.data);
	else
		printf("%s %lld %%%s%s\n", what.data, (long long)percent(f),
		       figures.len ? ", " : "", figures.len ? figures.data : "");
	fflush(stdout);
}

static void lines_end(struct show *s, bool ok)
{
	(void)s;
	(void)ok;
}

/* ---- zenity, dialog ---- */

/*
 * A percentage, or "# " and a text, in which zenity takes a backslash for the beginning of an
 * escape.
 */
static void gauge_line(struct show *s, const char *line)
{
	if (s->shown.data && strcmp(s->shown.data, line) == 0)
		return;
	s->shown.len = 0;
	text_append(&s->shown, line, strlen(line));
	printf("# ");
	for (const char *c = line; *c; c++) {
		if (*c == '\\')
			putchar('\\');
		putchar(*c);
	}
	putchar('\n');
	fflush(stdout);
}

static void gauge_percent(struct show *s, int64_t now)
{
	if (now >= 0 && now != s->percent)
		printf("%lld\n", (long long)now);
	s->percent = now;
	fflush(stdout);
}

/* With 100 a dialog takes it for the end, which it is not while there is verifying to come. */
static void gauge_figures(struct show *s, const struct figures *f)
{
	cleanup_text struct text line = { 0 }, figures = { 0 };

	add_what(s, f, &line);
	if (line.failed || !line.len)
		return;
	if (line.data[0] >= 'a' && line.data[0] <= 'z')
		line.data[0] = (char)(line.data[0] - 'a' + 'A');
	add_figures(f, &figures, INT_MAX);
	if (figures.len)
		text_add(&line, ": %s", figures.data);
	gauge_percent(s, percent(f) < 100 ? percent(f) : 99);
	gauge_line(s, line.data);
}

static void gauge_end(struct show *s, bool ok)
{
	if (ok)
		gauge_percent(s, 100);
}

/* ---- the styles ---- */

static void no_line(struct show *s, const char *line)
{
	(void)s;
	(void)line;
}

static void no_figures(struct show *s, const struct figures *f)
{
	(void)s;
	(void)f;
}

static const struct {
	void (*figures)(struct show *, const struct figures *);
	void (*line)(struct show *, const char *line);
	void (*end)(struct show *, bool ok);
} styles[] = {
	[STYLE_NONE] = { no_figures, no_line, lines_end },
	[STYLE_LINES] = { lines_figures, lines_line, lines_end },
	[STYLE_BAR] = { bar_figures, bar_line, bar_end },
	[STYLE_GAUGE] = { gauge_figures, gauge_line, gauge_end },
};

void show_figures(struct show *s, const struct figures *f)
{
	styles[s->style].figures(s, f);
}

void show_asked(struct show *s, const struct figures *f)
{
	s->asked++;
	styles[s->style].figures(s, f);
}

void show_line(struct show *s, const char *fmt, ...)
{
	cleanup_text struct text text = { 0 };
	va_list ap;

	va_start(ap, fmt);
	sentence(&text, fmt, ap);
	va_end(ap);
	if (text.data)
		styles[s->style].line(s, text.data);
}

void show_end(struct show *s, bool ok)
{
	styles[s->style].end(s, ok);
}

void show_free(struct show *s)
{
	text_free(&s->shown);
}
