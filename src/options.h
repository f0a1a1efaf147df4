/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: burnfs [options] [RECORDER] MOUNTPOINT. Settings go to the settings' table; of the words
 * of -o that are no settings, libfuse's own are passed on, those of mount(8) dropped, and all others
 * refused.
 */
#ifndef BURNFS_OPTIONS_H
#define BURNFS_OPTIONS_H

#include "settings.h"
#include "util.h"

struct options {
	struct settings settings;
	char *mountpoint;          /* as given; owned */
	struct text fuse;          /* for libfuse's -o */
	bool help, version, list_recorders, print_config;
	bool foreground, debug, single_thread;
	unsigned max_threads;
};

/*
 * Reads the INI files and the command line, in the order in which they override each other. EINVAL with a
 * sentence. options_free() in any case.
 */
int options_parse(struct options *, int argc, char **argv, struct err *err);
void options_free(struct options *);

#endif
