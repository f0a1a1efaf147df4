/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which drives there are is asked of /dev each time, so that the list follows what is plugged in
 * and out without a daemon or a library of its own. Who made them is in /sys, and what they record
 * in the table that the kernel's cdrom driver keeps; what is missing there is left out.
 */
#include "drive/list.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define TABLE "/proc/sys/dev/cdrom/info"

/* The lines of the table that say what a drive records. The kernel knows no BD. */
static const struct {
	const char *line, *word;
} abilities[] = {
	{ "Can write CD-R:", "cd-r" },
	{ "Can write CD-RW:", "cd-rw" },
	{ "Can write DVD-R:", "dvd-r" },
	{ "Can write DVD-RAM:", "dvd-ram" },
};

static void read_text(const char *path, char *out, size_t size)
{
	cleanup_close int fd = open(path, O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;

	while (fd >= 0 && len < size - 1 && (n = read(fd, out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	while (len && (unsigned char)out[len - 1] <= ' ')
		len--;
	out[len] = '\0';
}

/* The value in a line of the table, in the column of a drive; NULL if there is none. */
static const char *cell(const char *table, const char *line, int column)
{
	const char *at = strstr(table, line);

	if (!at)
		return NULL;
	for (at += strlen(line); ; at += strcspn(at, " \t\n")) {
		at += strspn(at, " \t");
		if (!*at || *at == '\n')
			return NULL;
		if (column-- == 0)
			return at;
	}
}

static int column_of(const char *table, const char *name)
{
	const char *at;

	for (int column = 0; (at = cell(table, "drive name:", column)); column++) {
		size_t len = strcspn(at, " \t\n");

		if (len == strlen(name) && strncmp(at, name, len) == 0)
			return column;
	}
	return -1;
}

/* Whether the table says that the drive records nothing at all. */
static bool find_abilities(const char *table, const char *name, char *out, size_t size)
{
	int column = column_of(table, name);
	unsigned known = 0, able = 0;
	size_t len = 0;

	*out = '\0';

	for (size_t i = 0; i < ARRAY_SIZE(abilities) && column >= 0; i++) {
		const char *value = cell(table, abilities[i].line, column);

		known += value != NULL;
		if (value && *value == '1' && len < size)
			len += (size_t)snprintf(out + len, size - len, "%s%s", able++ ? " " : "",
						abilities[i].word);
	}
	return known && !able;
}

static void add_maker(struct text *out, const char *name)
{
	static const char *const parts[] = { "vendor", "model", "rev" };

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		char path[64], value[32];

		snprintf(path, sizeof(path), "/sys/class/block/%s/device/%s", name, parts[i]);
		read_text(path, value, sizeof(value));
		if (*value)
			text_add(out, "%s%s", out->len ? " " : "", value);
	}
	if (!out->len)
		text_add(out, "an optical drive");
}

unsigned drive_list(struct drive_entry all[static DRIVES_MAX])
{
	char table[8192];
	unsigned n = 0;

	read_text(TABLE, table, sizeof(table));
	for (unsigned i = 0; i < DRIVES_MAX; i++) {
		cleanup_text struct text is = { 0 };
		char device[16];
		struct stat st;

		snprintf(device, sizeof(device), "/dev/sr%u", i);
		if (stat(device, &st) < 0 || !S_ISBLK(st.st_mode))
			continue;
		add_maker(&is, device + strlen("/dev/"));
		if (find_abilities(table, device + strlen("/dev/"), all[n].records,
				   sizeof(all[n].records)) ||
		    is.failed)
			continue;
		memcpy(all[n].device, device, sizeof(device));
		snprintf(all[n].is, sizeof(all[n].is), "%s", is.data);
		make_line(all[n].is);
		n++;
	}
	return n;
}
