/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether one directory is inside another, judged by what the directories are, not by their names.
 * No state, no locks.
 */
#ifndef BURNFS_BASE_INSIDE_H
#define BURNFS_BASE_INSIDE_H

#include <stdbool.h>

/*
 * Whether the directory @dir is @top or below it, also where a bind mount shows it in another
 * place. Both are descriptors, O_PATH will do. False where it cannot be told.
 */
bool inside(int dir, int top);

#endif
