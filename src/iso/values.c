/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values as ISO 9660 and Rock Ridge can say them.
 */
#include "iso/values.h"

static const int64_t time_min = -2208988800;   /* 1900-01-01 00:00:00 UTC */
static const int64_t time_max = 5680281600;    /* 2150-01-01 00:00:00 UTC */

int64_t iso_time(struct timespec t)
{
	if (t.tv_sec < time_min)
		return time_min;
	return t.tv_sec > time_max ? time_max : t.tv_sec;
}

size_t iso_link_target(const char *target, char *buf)
{
	size_t n = 0;

	for (const char *s = target; *s; s++)
		if (*s != '/' || n == 0 || buf[n - 1] != '/')
			buf[n++] = *s;
	if (n > 1 && buf[n - 1] == '/')
		n--;
	buf[n] = '\0';
	return n;
}
