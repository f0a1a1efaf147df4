/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which names are kept off the disc: those that a pattern of a list is a match for. Pure; where a
 * name is, what it names and what becomes of it is the tree's affair.
 */
#ifndef BURNFS_BASE_EXCLUDE_H
#define BURNFS_BASE_EXCLUDE_H

#include <stdbool.h>

#include "base/util.h"

enum { EXCLUDE_BYTES = 2048 };  /* of a list, its NUL included */

/*
 * What desktops and other systems leave about, and nobody misses: never what somebody may have
 * written.
 */
#define EXCLUDE_DEFAULT \
	".Trash:.Trash-*:.Trashes:.DS_Store:._*:.AppleDouble:.Spotlight-V100:.fseventsd:" \
	".TemporaryItems:.DocumentRevisions-V100:.apdisk:Thumbs.db:ehthumbs*.db:desktop.ini:" \
	"$RECYCLE.BIN:System Volume Information:~$*:.~lock.*#:.goutputstream-*:.fuse_hidden*:.nfs*"

/*
 * A list that is ready to be compared with: each pattern ends with a NUL, and an empty one is
 * behind the last. All zero matches nothing.
 */
struct exclude {
	char patterns[EXCLUDE_BYTES + 1];
};

/*
 * Whether @list can be a list: patterns as fnmatch(3) has them, between them ':', less than
 * EXCLUDE_BYTES bytes; empty ones are passed over. -EINVAL with the sentence.
 */
int exclude_check(const char *list, struct err *err);
/*
 * Compare with @list from now on, which has been checked. Whether that is another one than before.
 */
bool exclude_set(struct exclude *, const char *list);
/*
 * Whether a whole name is matched: ASCII letters of either case are equal, a dot at the front is a
 * character like others, and characters are bytes, whatever the locale of who started us.
 */
bool exclude_matches(const struct exclude *, const char *name);

#endif
