/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config/settings.c over any bytes: as an INI file, and, where they hold a '=', as a key and a
 * value set by -o and by a verb. What was taken must print to a file that reads back to the same.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "config/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* settings_load() wants a path: an anonymous file has one. */
static int load_bytes(struct settings *s, const void *data, size_t len)
{
	cleanup_close int fd = memfd_create("settings", MFD_CLOEXEC);
	struct err err = { 0 };
	char path[64];
	int r;

	if (fd < 0 || write_at(fd, data, len, 0) < 0)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	r = settings_load(s, path, &err);
	if ((r < 0) != (err.code != 0) || (r < 0 && !*err.msg))
		abort();
	return r;
}

static void must_read_back(const struct settings *s)
{
	struct settings again;
	char *text = NULL;
	size_t len = 0;
	FILE *f = open_memstream(&text, &len);

	settings_print(s, f);
	fclose(f);
	settings_init(&again);
	if (load_bytes(&again, text, len) < 0)
		abort();
	for (size_t i = 0; settings_key(i); i++) {
		char was[PATH_MAX], is[PATH_MAX];

		if (settings_text(s, settings_key(i), was, sizeof(was)) < 0 ||
		    settings_text(&again, settings_key(i), is, sizeof(is)) < 0 ||
		    strcmp(was, is) != 0)
			abort();
	}
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct settings s;
	char *line, *value;

	settings_init(&s);
	load_bytes(&s, data, size);
	must_read_back(&s);

	line = malloc(size + 1);
	if (!line)
		return 0;
	memcpy(line, data, size);
	line[size] = '\0';
	value = strchr(line, '=');
	if (value) {
		*value++ = '\0';
		settings_set(&s, line, value, SETTINGS_OPTION, NULL);
		settings_set(&s, line, value, SETTINGS_VERB, NULL);
		must_read_back(&s);
	}
	free(line);
	return 0;
}
