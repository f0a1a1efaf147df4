/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "base/amount.h"

#include <stdio.h>

#include "base/util.h"

/* Where hours are easier to read; no CD gets there. */
enum { MANY_MINUTES = 100 * 60 };

struct amount amount_of_bytes(uint64_t bytes)
{
	struct amount a;

	if (bytes < 100000)
		snprintf(a.text, sizeof(a.text), "%u kB", (unsigned)(bytes + 999) / 1000);
	else if (bytes < 1000000000)
		snprintf(a.text, sizeof(a.text), "%.1f MB", (double)bytes / 1e6);
	else
		snprintf(a.text, sizeof(a.text), "%.2f GB", (double)bytes / 1e9);
	return a;
}

struct amount amount_of_seconds(uint64_t seconds)
{
	unsigned long long hours = seconds / 3600;
	unsigned minutes = (unsigned)(seconds / 60 % 60), rest = (unsigned)(seconds % 60);
	struct amount a;

	if (seconds < 60)
		snprintf(a.text, sizeof(a.text), plural(rest, "%u second", "%u seconds"), rest);
	else if (seconds < MANY_MINUTES)
		snprintf(a.text, sizeof(a.text), "%u:%02u minutes", (unsigned)(seconds / 60), rest);
	else
		snprintf(a.text, sizeof(a.text), "%llu:%02u:%02u hours", hours, minutes, rest);
	return a;
}

struct amount amount_of_disc(enum format format, uint64_t blocks)
{
	if (format != FORMAT_AUDIO)
		return amount_of_bytes(blocks * BLOCK_SIZE);
	return amount_of_seconds(blocks / SECTORS_PER_SECOND + (blocks % SECTORS_PER_SECOND != 0));
}
