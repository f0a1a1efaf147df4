/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control language: a table of verbs. A line is a verb and its words; no line waits for
 * anything but a job that it was told to wait for.
 */
#ifndef BURNFS_FILES_CONTROL_H
#define BURNFS_FILES_CONTROL_H

#include <stdbool.h>
#include <stddef.h>

struct err;
struct session;
struct text;
struct waiter;

/* Who wrote the lines. */
struct control_caller {
	bool may_name_paths;       /* and have them overwritten: root, or the one who mounted */
	struct waiter *waiter;     /* borrowed; for session_interrupt() */
};

/*
 * Run the lines of one write(2), in order, up to the first that fails: its negative errno, and the
 * sentence in @err and in the session's last outcome. 0 if all went well. May wait: not for a
 * thread of the mount's.
 */
int control_run(struct session *, const char *text, size_t len, const struct control_caller *,
		struct err *);

/* Whether running them takes no time, so that any thread may: they cancel, and do nothing else. */
bool control_is_instant(const char *text, size_t len);

/* What reading the file gives: a crib of the verbs, each line a comment, and the last outcome. */
void control_help(struct session *, struct text *);

/* The verbs' names in order, for tests; NULL past the last. */
const char *control_verb(size_t row);

#endif
