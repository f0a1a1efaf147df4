/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Two processes: the starter, which somebody waits for, and the daemon that it leaves behind. An
 * automount lets the starter's process group alone walk to a mount that is not finished. So the
 * daemon stays in that group, and in the starter's session and at its terminal, until the starter
 * has seen that the mount answers.
 */
#ifndef BURNFS_START_DETACH_H
#define BURNFS_START_DETACH_H

#include <sys/types.h>

#include "base/util.h"

/*
 * fork(2), with @link from each process to the other; the daemon gets 0, and is in the root
 * directory. -1 and errno.
 */
pid_t detach_fork(int *link);
/*
 * In the starter: wait until the mount answers and the daemon has left. Returns 0, or the exit
 * status; the reason is on stderr by then. @failed is the status for what the daemon has not given
 * one for. Closes @link.
 */
int detach_wait(pid_t daemon, int link, const char *mountpoint, int failed);
/*
 * In the daemon, when the kernel has the mount and the loop is about to run: a thread tells the
 * starter, and leaves once that has an answer. A starter that ends before is as good as SIGTERM.
 * Takes @link, also when it fails.
 */
int detach_leave(int link, struct err *err);

#endif
