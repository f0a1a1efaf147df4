/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words of a TOC file: a free text of words, strings and braces, with // before remarks. */
#include <string.h>

#include "imagefile/toc_priv.h"

static void skip_blanks(struct toc *t)
{
	for (; *t->at; t->at++) {
		if (t->at[0] == '/' && t->at[1] == '/')
			t->at += strcspn(t->at, "\n");
		if (*t->at == '\n')
			t->line++;
		else if (!*t->at || !strchr(" \t,", *t->at))
			return;
	}
}

/* What follows a backslash: three octal digits are a character of ISO 8859-1. */
static char *escaped(struct toc *t, char *to)
{
	unsigned c = 0;

	if (strspn(t->at, "01234567") < 3) {
		*to++ = *t->at++;
		return to;
	}
	for (int i = 0; i < 3; i++)
		c = c * 8 + (unsigned)(*t->at++ - '0');
	c &= 0xff;
	if (c >= 0x80) {
		*to++ = (char)(0xc0 | c >> 6);
		c = 0x80 | (c & 0x3f);
	}
	*to++ = c ? (char)c : '?';
	return to;
}

static int read_string(struct toc *t)
{
	char *to = t->at + 1;

	t->string = ++t->at;
	while (*t->at && *t->at != '"' && *t->at != '\n') {
		if (*t->at == '\\' && t->at[1] && t->at[1] != '\n') {
			t->at++;
			to = escaped(t, to);
		} else {
			*to++ = *t->at++;
		}
	}
	if (*t->at != '"')
		return sheet_wrong(t->b, "a string without a closing quote");
	t->at++;
	*to = '\0';
	t->token = TOKEN_STRING;
	return 0;
}

int toc_next(struct toc *t)
{
	size_t n;

	if (t->again) {
		t->again = false;
		t->b->line = t->token_line;
		return 0;
	}
	skip_blanks(t);
	t->b->line = t->token_line = t->line;
	if (*t->at == '"')
		return read_string(t);
	if (!*t->at || *t->at == '{' || *t->at == '}') {
		t->token = !*t->at ? TOKEN_END : *t->at == '{' ? TOKEN_OPEN : TOKEN_CLOSE;
		t->at += *t->at != '\0';
		return 0;
	}
	n = strcspn(t->at, " \t\n,{}\"");
	for (size_t i = 1; i + 1 < n; i++)
		if (t->at[i] == '/' && t->at[i + 1] == '/')
			n = i;
	if (n >= sizeof(t->word))
		return sheet_wrong(t->b, "a word of %zu bytes", n);
	memcpy(t->word, t->at, n);
	t->word[n] = '\0';
	t->at += n;
	t->token = TOKEN_WORD;
	return 0;
}

int toc_expect(struct toc *t, enum token token, const char *what)
{
	int r = toc_next(t);

	if (r == 0 && t->token != token)
		return sheet_wrong(t->b, "%s is missing", what);
	return r;
}

int toc_optional(struct toc *t, const char *begin, bool *there)
{
	unsigned line = t->b->line;
	int r = toc_next(t);

	*there = r == 0 && t->token == TOKEN_WORD && strchr(begin, *t->word) != NULL;
	t->again = r == 0 && !*there;
	if (t->again)
		t->b->line = line;
	return r;
}

int toc_skip_block(struct toc *t)
{
	unsigned depth = 1;
	int r = 0;

	while (r == 0 && depth) {
		r = toc_next(t);
		if (r == 0 && t->token == TOKEN_END)
			return sheet_wrong(t->b, "a brace is not closed");
		depth += t->token == TOKEN_OPEN;
		depth -= t->token == TOKEN_CLOSE;
	}
	return r;
}
