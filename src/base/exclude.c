/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A list of patterns, taken apart once. The process has the locale "C", in which fnmatch(3)
 * compares bytes.
 */
#include "base/exclude.h"

#include <fnmatch.h>
#include <string.h>

/* The next pattern of a list and its length, or NULL; @list moves behind it. */
static const char *next_pattern(const char **list, size_t *len)
{
	const char *at = *list + strspn(*list, ":");

	*len = strcspn(at, ":");
	*list = at + *len;
	return *len ? at : NULL;
}

/* Whether the last character is a '\' that has nothing to quote. */
static bool ends_quoting(const char *pattern, size_t len)
{
	size_t n = 0;

	while (n < len && pattern[len - 1 - n] == '\\')
		n++;
	return n % 2;
}

int exclude_check(const char *list, struct err *err)
{
	const char *pattern;
	size_t len = strlen(list);

	if (len >= EXCLUDE_BYTES)
		return err_set(err, EINVAL, "exclude is too long: %zu bytes; use at most %d", len,
			       EXCLUDE_BYTES - 1);
	if (!utf8_valid(list, len))
		return err_set(err, EINVAL,
			       "exclude must be UTF-8 text: type it in a UTF-8 locale");
	while ((pattern = next_pattern(&list, &len))) {
		int cut = (int)(len < 100 ? len : 100);

		if (memchr(pattern, '/', len))
			return err_set(err, EINVAL,
				       "exclude cannot have \"%.*s\": a pattern is for single "
				       "names, so leave out \"/\"",
				       cut, pattern);
		if (ends_quoting(pattern, len))
			return err_set(err, EINVAL,
				       "exclude cannot have \"%.*s\": add a character after "
				       "its last \"\\\"",
				       cut, pattern);
	}
	return 0;
}

bool exclude_set(struct exclude *e, const char *list)
{
	struct exclude fresh = { "" };
	const char *pattern;
	size_t n = 0, len;

	while ((pattern = next_pattern(&list, &len))) {
		memcpy(fresh.patterns + n, pattern, len);
		n += len + 1;
	}
	if (memcmp(e, &fresh, sizeof(fresh)) == 0)
		return false;
	*e = fresh;
	return true;
}

bool exclude_matches(const struct exclude *e, const char *name)
{
	for (const char *p = e->patterns; *p; p += strlen(p) + 1)
		if (fnmatch(p, name, FNM_CASEFOLD) == 0)
			return true;
	return false;
}
