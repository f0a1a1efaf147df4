/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: burnfs [options] [RECORDER] MOUNTPOINT, or what mount(8) says to a program
 * called mount.burnfs: RECORDER MOUNTPOINT [-sfnv] [-N NAMESPACE] [-o OPTIONS] [-t TYPE]. Settings
 * go to the settings' table; of the words of -o that are no settings, libfuse's own are passed on,
 * those of mount(8) dropped, and all others refused.
 */
#ifndef BURNFS_START_OPTIONS_H
#define BURNFS_START_OPTIONS_H

#include "base/util.h"
#include "config/settings.h"

struct options {
	struct settings settings;
	char *mountpoint;          /* as given; owned */
	char *source;              /* the recorder as given; owned; NULL: none was */
	const char *namespace;     /* where mount(8) wants the mount: a process or a path; NULL:
				      here */
	struct text fuse;          /* for libfuse's -o */
	bool help, version, list_recorders, print_config;
	bool foreground, debug, single_thread;
	bool helper;               /* called by mount(8): its exit statuses are in force */
	bool fake, verbose, sloppy;
	bool allow_other;
	unsigned max_threads;
};

/*
 * Reads the INI files and the command line, in the order in which they override each other. EINVAL
 * with a sentence. options_free() in any case.
 */
int options_parse(struct options *, int argc, char **argv, struct err *err);
/*
 * The source that the kernel shall show: the recorder as it was given, in @buf. systemd unmounts
 * what has a drive for its source when the disc is taken out, so a path below /dev gets "burnfs#"
 * before it. Returns whether it did: such a mount is not found by mount(8), which compares the
 * source with the first field of fstab.
 */
bool options_source(const struct options *, char *buf, size_t len);
void options_free(struct options *);

#endif
