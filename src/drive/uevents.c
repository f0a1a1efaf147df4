/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kernel's messages about devices (lib/kobject_uevent.c): "change@/devices/…", then KEY=VALUE,
 * each with a 0 at its end. Only those that the kernel itself has sent are believed.
 */
#include "drive/uevents.h"

#include <linux/netlink.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "base/util.h"

enum {
	KERNEL_GROUP = 1,       /* udev's own messages are in group 2 */
	MESSAGE_BYTES = 8192,
};

struct drive_uevents {
	int netlink, end;       /* descriptors; @end is written to when it is to end */
	void (*told)(void *data, const char *device, enum drive_news);
	void *data;
	pthread_t thread;
};

/* ---- messages ---- */

/* The value of a key, or "". */
static const char *value_of(const char *message, size_t len, const char *key)
{
	size_t n = strlen(key);

	for (size_t at = 0; at < len; at += strlen(message + at) + 1)
		if (strncmp(message + at, key, n) == 0 && message[at + n] == '=')
			return message + at + n + 1;
	return "";
}

static bool find_news(const char *message, size_t len, enum drive_news *news)
{
	static const struct {
		const char *action, *key;
		enum drive_news news;
	} known[] = {
		{ "add", "DEVNAME", DRIVE_PLUGGED },
		{ "remove", "DEVNAME", DRIVE_UNPLUGGED },
		{ "change", "DISK_MEDIA_CHANGE", DRIVE_DISC_CHANGED },
	};
	const char *action = value_of(message, len, "ACTION");

	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (strcmp(action, known[i].action) != 0 || !*value_of(message, len, known[i].key))
			continue;
		*news = known[i].news;
		return true;
	}
	return false;
}

/* @message ends with a 0. */
static void read_message(const struct drive_uevents *u, const char *message, size_t len)
{
	const char *name = value_of(message, len, "DEVNAME");
	enum drive_news news;
	char device[32];

	if (strncmp(name, "sr", 2) != 0 || strchr(name, '/') ||
	    strcmp(value_of(message, len, "SUBSYSTEM"), "block") != 0 ||
	    !find_news(message, len, &news))
		return;
	if (snprintf(device, sizeof(device), "/dev/%s", name) < (int)sizeof(device))
		u->told(u->data, device, news);
}

static void receive(const struct drive_uevents *u)
{
	struct sockaddr_nl from = { 0 };
	socklen_t size = sizeof(from);
	char message[MESSAGE_BYTES];
	ssize_t n = recvfrom(u->netlink, message, sizeof(message) - 1, MSG_DONTWAIT,
			     (struct sockaddr *)&from, &size);

	if (n <= 0 || size != sizeof(from) || from.nl_pid != 0)
		return;
	message[n] = '\0';
	read_message(u, message, (size_t)n);
}

/* ---- the thread ---- */

static void *listen_on(void *data)
{
	struct drive_uevents *u = data;
	struct pollfd fds[] = {
		{ .fd = u->netlink, .events = POLLIN },
		{ .fd = u->end, .events = POLLIN },
	};

	for (;;) {
		if (poll(fds, ARRAY_SIZE(fds), -1) < 0 && errno != EINTR)
			return NULL;
		if (fds[1].revents)
			return NULL;
		if (fds[0].revents & (POLLHUP | POLLNVAL))
			fds[0].fd = -1;
		else if (fds[0].revents) /* also that messages were dropped, which reading clears */
			receive(u);
	}
}

static int open_netlink(void)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_KOBJECT_UEVENT);

	if (fd < 0)
		return -errno;
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		int r = -errno;

		close(fd);
		return r;
	}
	return fd;
}

int drive_uevents_new(struct drive_uevents **out,
		      void (*told)(void *data, const char *device, enum drive_news), void *data)
{
	struct drive_uevents *u = calloc(1, sizeof(*u));
	int r;

	if (!u)
		return -ENOMEM;
	*u = (struct drive_uevents){ open_netlink(), eventfd(0, EFD_CLOEXEC), told, data };
	if (u->netlink < 0)
		r = u->netlink;
	else if (u->end < 0)
		r = -errno;
	else
		r = -pthread_create(&u->thread, NULL, listen_on, u);
	if (r == 0) {
		*out = u;
		return 0;
	}
	if (u->netlink >= 0)
		close(u->netlink);
	if (u->end >= 0)
		close(u->end);
	free(u);
	return r;
}

void drive_uevents_free(struct drive_uevents *u)
{
	const uint64_t one = 1;

	if (!u)
		return;
	while (write(u->end, &one, sizeof(one)) < 0 && errno == EINTR)
		;
	pthread_join(u->thread, NULL);
	close(u->netlink);
	close(u->end);
	free(u);
}
