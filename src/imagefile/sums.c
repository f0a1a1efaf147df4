/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading files with checksums. */
#include "imagefile/sums.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *word;            /* as in names of files, and as BSD has it */
	const char *name;
	unsigned char size;
} kinds[SUM_KINDS] = {
	[SUM_MD5] = { "md5", "MD5", 16 },
	[SUM_SHA1] = { "sha1", "SHA-1", 20 },
	[SUM_SHA224] = { "sha224", "SHA-224", 28 },
	[SUM_SHA256] = { "sha256", "SHA-256", 32 },
	[SUM_SHA384] = { "sha384", "SHA-384", 48 },
	[SUM_SHA512] = { "sha512", "SHA-512", 64 },
};

size_t sum_size(enum sum_kind kind)
{
	return kinds[kind].size;
}

const char *sum_name(enum sum_kind kind)
{
	return kinds[kind].name;
}

/* ---- names of the files that have them ---- */

static bool ends_with(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcasecmp(name + n - m, end) == 0;
}

/* The suffix that says a kind, with its dot: ".sha256", ".md5sum"; NULL: there is none. */
static const char *kind_suffix(const char *name, enum sum_kind *kind)
{
	const char *dot = strrchr(name, '.');

	for (int k = 0; dot && k < SUM_KINDS; k++) {
		size_t n = strlen(kinds[k].word);

		if (strncasecmp(dot + 1, kinds[k].word, n) != 0 ||
		    (dot[1 + n] && strcasecmp(dot + 1 + n, "sum") != 0))
			continue;
		*kind = (enum sum_kind)k;
		return dot;
	}
	return NULL;
}

bool sums_name(const char *name)
{
	enum sum_kind kind;

	return kind_suffix(name, &kind) || ends_with(name, "SUMS") || ends_with(name, "CHECKSUM");
}

/*
 * The kinds that sums in a file of that name may be of: one bit each. What names no kind may have
 * any, which their lengths tell apart; unless it names one that we do not know.
 */
static unsigned kinds_of(const char *name)
{
	static const char *const others[] = { "b2", "blake", "sha3", "b3", "sm3" };
	cleanup_free char *lower = strdup(name);
	unsigned found = 0;

	for (char *at = lower; at && *at; at++)
		if (*at >= 'A' && *at <= 'Z')
			*at += 'a' - 'A';
	for (int k = 0; lower && k < SUM_KINDS; k++)
		if (strstr(lower, kinds[k].word))
			found |= 1u << k;
	if (found)
		return found;
	for (size_t i = 0; lower && i < ARRAY_SIZE(others); i++)
		if (strstr(lower, others[i]))
			return 0;
	return lower ? (1u << SUM_KINDS) - 1 : 0;
}

/* ---- lines ---- */

struct reading {
	struct sums *sums;
	size_t room;                 /* for so many */
	unsigned allowed;            /* kinds, one bit each */
	const char *own;             /* what a sum alone is of; NULL: it says nothing */
	unsigned line;
};

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = strchr(digits, c >= 'A' && c <= 'F' ? c + 'a' - 'A' : c);

	return c && at ? (int)(at - digits) : -1;
}

static size_t count_hex(const char *text)
{
	size_t n = 0;

	while (hex_digit(text[n]) >= 0)
		n++;
	return n;
}

static void read_hex(unsigned char *out, const char *text, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (unsigned char)(hex_digit(text[2 * i]) << 4 | hex_digit(text[2 * i + 1]));
}

/* The kind of a sum of so many digits; SUM_KINDS: of none that may be here. */
static int kind_of_digits(const struct reading *r, size_t digits)
{
	int k = 0;

	while (k < SUM_KINDS && (digits != 2u * kinds[k].size || !(r->allowed >> k & 1)))
		k++;
	return k;
}

/* Take what stands for other characters in a line of GNU's with "\" before it. */
static void unescape(char *name)
{
	char *to = name;

	for (const char *from = name; *from; from++) {
		if (*from == '\\' && from[1] == 'n')
			*to++ = '\n', from++;
		else if (*from == '\\' && from[1] == 'r')
			*to++ = '\r', from++;
		else if (*from == '\\' && from[1] == '\\')
			*to++ = '\\', from++;
		else
			*to++ = *from;
	}
	*to = '\0';
}

/* Names of other folders are passed over. */
static int add(struct reading *r, int kind, const char *digits, const char *name, bool escaped)
{
	struct sums *s = r->sums;
	struct sum *sum;

	while (strncmp(name, "./", 2) == 0)
		name += 2;
	if (kind == SUM_KINDS || !*name || strchr(name, '/'))
		return 0;
	if (s->n == r->room) {
		size_t room = r->room ? 2 * r->room : 16;
		struct sum *more = reallocarray(s->sums, room, sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->sums = more;
		r->room = room;
	}
	sum = &s->sums[s->n];
	*sum = (struct sum){ .name = strdup(name), .kind = (enum sum_kind)kind, .line = r->line };
	if (!sum->name)
		return -ENOMEM;
	if (escaped)
		unescape(sum->name);
	read_hex(sum->bytes, digits, kinds[kind].size);
	s->n++;
	return 0;
}

/* "SHA256 (NAME) = digits" */
static int read_bsd(struct reading *r, char *line)
{
	char *name = strstr(line, " ("), *end = NULL;
	size_t word = name ? (size_t)(name - line) : 0;

	for (char *at = name; at && (at = strstr(at, ") = ")); at++)
		end = at;
	if (!end)
		return 0;
	*end = '\0';
	for (int k = 0; k < SUM_KINDS; k++)
		if (strlen(kinds[k].word) == word && strncasecmp(line, kinds[k].word, word) == 0 &&
		    count_hex(end + 4) == 2u * kinds[k].size && !end[4 + 2u * kinds[k].size])
			return add(r, k, end + 4, name + 2, false);
	return 0;
}

/* "digits  NAME", "digits *NAME", or digits alone */
static int read_line(struct reading *r, char *line)
{
	bool escaped = *line == '\\';
	char *digits = line + escaped;
	size_t n = count_hex(digits);
	int kind = kind_of_digits(r, n);

	if (n == 0 || kind == SUM_KINDS)
		return read_bsd(r, line);
	if (!digits[n + strspn(digits + n, " \t")])
		return r->own ? add(r, kind, digits, r->own, false) : 0;
	if (digits[n] != ' ' || (digits[n + 1] != ' ' && digits[n + 1] != '*'))
		return read_bsd(r, line);
	return add(r, kind, digits, digits + n + 2, escaped);
}

static int read_lines(struct reading *r, char *text)
{
	int ret = 0;

	for (char *line = text; line && ret == 0; r->line++) {
		char *end = strchr(line, '\n');

		if (end)
			*end = '\0';
		line[strcspn(line, "\r")] = '\0';
		ret = read_line(r, line);
		line = end ? end + 1 : NULL;
	}
	return ret;
}

/* ---- all of it ---- */

static int no_memory(struct err *err)
{
	return err_set(err, ENOMEM, "not enough memory for the checksums");
}

static int too_long(struct err *err)
{
	return err_set(err, EFBIG, "a file with checksums has at most %d MiB", SUMS_BYTES >> 20);
}

/* @text, with a 0 behind it, is changed. */
static int parse(struct sums *out, const char *name, char *text)
{
	struct reading r = { .sums = out, .allowed = kinds_of(name), .line = 1 };
	char *own = strdup(name);
	enum sum_kind kind;
	const char *suffix = kind_suffix(name, &kind);
	int ret;

	if (!own)
		return -ENOMEM;
	if (suffix) {
		own[suffix - name] = '\0';
		r.own = own;
	}
	ret = read_lines(&r, text);
	free(own);
	return ret;
}

int sums_parse(struct sums **out, const char *name, const char *text, size_t len, struct err *err)
{
	cleanup_free char *copy = NULL;
	struct sums *s;

	*out = NULL;
	if (len > SUMS_BYTES)
		return too_long(err);
	copy = malloc(len + 1);
	s = calloc(1, sizeof(*s));
	if (!copy || !s) {
		free(s);
		return no_memory(err);
	}
	memcpy(copy, text, len);
	copy[len] = '\0';
	if (parse(s, name, copy) < 0) {
		sums_free(s);
		return no_memory(err);
	}
	*out = s;
	return 0;
}

int sums_read(struct sums **out, const char *name, int fd, uint64_t size, struct err *err)
{
	cleanup_free char *text = NULL;
	int r;

	*out = NULL;
	if (size > SUMS_BYTES)
		return too_long(err);
	text = malloc(size + 1);
	if (!text)
		return no_memory(err);
	r = read_at(fd, text, size, 0);
	if (r < 0)
		return err_set(err, -r, "the checksums cannot be read: %s", strerror(-r));
	return sums_parse(out, name, text, size, err);
}

void sums_free(struct sums *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->n; i++)
		free(s->sums[i].name);
	free(s->sums);
	free(s);
}

const struct sum *sums_find(const struct sums *s, const char *name, size_t *at)
{
	while (*at < s->n) {
		const struct sum *sum = &s->sums[(*at)++];

		if (strcmp(sum->name, name) == 0)
			return sum;
	}
	return NULL;
}
