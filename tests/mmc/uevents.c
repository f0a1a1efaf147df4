/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's messages about devices: who listens to them gets a socket "uevents.PID" in the
 * directory of the drives instead, and what is sent to that comes as if from the kernel.
 */
#include "mmc.h"

#include <errno.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))

static _Atomic int uevents = -1;

static int open_ours(const char *dir, int type)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd;

	if (snprintf(address.sun_path, sizeof(address.sun_path), "%s/uevents.%d", dir, getpid()) >=
	    (int)sizeof(address.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	unlink(address.sun_path);
	fd = (int)syscall(SYS_socket, AF_UNIX, type, 0);
	if (fd >= 0 && syscall(SYS_bind, fd, &address, sizeof(address)) == 0)
		uevents = fd;
	return fd;
}

PUBLIC int socket(int domain, int type, int protocol)
{
	const char *dir = getenv("BURNFS_MMC");

	if (dir && domain == AF_NETLINK && protocol == NETLINK_KOBJECT_UEVENT)
		return open_ours(dir, type);
	return (int)syscall(SYS_socket, domain, type, protocol);
}

PUBLIC int bind(int fd, const struct sockaddr *address, socklen_t len)
{
	if (fd >= 0 && fd == uevents)
		return 0;
	return (int)syscall(SYS_bind, fd, address, len);
}

PUBLIC ssize_t recvfrom(int fd, void *buf, size_t len, int flags, struct sockaddr *from,
			socklen_t *size)
{
	const struct sockaddr_nl kernel = { .nl_family = AF_NETLINK, .nl_groups = 1 };

	if (fd < 0 || fd != uevents || !from || *size < sizeof(kernel))
		return syscall(SYS_recvfrom, fd, buf, len, flags, from, size);
	memcpy(from, &kernel, sizeof(kernel));
	*size = sizeof(kernel);
	return syscall(SYS_recvfrom, fd, buf, len, flags, NULL, NULL);
}
