/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The text of a sheet in UTF-8. Where it is in another encoding each character is converted by
 * itself: what a file's name says must come out as the name that the file has here.
 */
#include <string.h>

#include "imagefile/sheet_priv.h"

enum { END_OF_TEXT = 0x1a }; /* Ctrl-Z, in DOS; what follows is nothing */

/* Windows-1252, 0x80 to 0x9f; what it leaves open is as in ISO 8859-1. */
static const uint16_t windows[32] = {
	0x20ac, 0x81, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
	0x2039, 0x0152, 0x8d, 0x017d, 0x8f, 0x90, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
	0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x9d, 0x017e, 0x0178,
};

/* At most four bytes. */
static char *put(char *to, uint32_t c)
{
	if (c < 0x80) {
		*to++ = (char)c;
		return to;
	}
	if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
	} else {
		if (c < 0x10000) {
			*to++ = (char)(0xe0 | c >> 12);
		} else {
			*to++ = (char)(0xf0 | c >> 18);
			*to++ = (char)(0x80 | (c >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (c & 0x3f));
	return to;
}

static char *from_bytes(char *to, const unsigned char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to = put(to, text[i] >= 0x80 && text[i] < 0xa0 ? windows[text[i] - 0x80] : text[i]);
	return to;
}

static uint32_t unit(const unsigned char *at, bool big)
{
	return big ? (uint32_t)at[0] << 8 | at[1] : (uint32_t)at[1] << 8 | at[0];
}

static char *from_utf16(char *to, const unsigned char *text, size_t len, bool big)
{
	for (size_t i = 0; i + 1 < len; i += 2) {
		uint32_t c = unit(text + i, big), low;

		if (c >= 0xd800 && c < 0xdc00 && i + 3 < len) {
			low = unit(text + i + 2, big);
			if (low >= 0xdc00 && low < 0xe000) {
				c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
				i += 2;
			}
		}
		to = put(to, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
	}
	return to;
}

/* The end of what is made of it; three bytes of one, or of two as UTF-16, at the most. */
static char *convert(char *to, const unsigned char *text, size_t len)
{
	const unsigned char *end;

	if (len >= 2 &&
	    ((text[0] == 0xff && text[1] == 0xfe) || (text[0] == 0xfe && text[1] == 0xff)))
		return from_utf16(to, text + 2, len - 2, text[0] == 0xfe);
	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
		text += 3;
		len -= 3;
	}
	end = memchr(text, END_OF_TEXT, len);
	if (end)
		len = (size_t)(end - text);
	if (!utf8_valid((const char *)text, len))
		return from_bytes(to, text, len);
	memcpy(to, text, len);
	return to + len;
}

/* Newlines alone, in place. Returns the number of the lines. */
static unsigned end_lines(char *text, size_t *len)
{
	unsigned lines = 1;
	size_t to = 0;

	for (size_t i = 0; i < *len && text[i] != END_OF_TEXT; i++) {
		if (text[i] == '\r') {
			text[to++] = '\n';
			i += i + 1 < *len && text[i + 1] == '\n';
		} else {
			text[to++] = text[i];
		}
		lines += text[to - 1] == '\n';
		if (!text[to - 1])
			break;
	}
	text[to] = '\0';
	*len = to;
	return lines;
}

int sheet_text(char **out, const char *text, size_t len, struct err *err)
{
	cleanup_free char *made = NULL;
	unsigned lines;
	size_t n;

	*out = NULL;
	if (len > SHEET_BYTES)
		return err_set(err, EFBIG, "it has %zu bytes: a sheet has at most %d", len,
			       SHEET_BYTES);
	made = malloc(3 * len + 1);
	if (!made)
		return sheet_nomem(err);
	n = len ? (size_t)(convert(made, (const unsigned char *)text, len) - made) : 0;
	lines = end_lines(made, &n);
	if (n && !made[n - 1])
		return err_set(err, EINVAL,
			       "line %u: a NUL byte, so it is not text; save it as "
			       "UTF-8",
			       lines);
	*out = steal_pointer(&made);
	return 0;
}
