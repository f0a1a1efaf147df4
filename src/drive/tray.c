/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of a drive's tray. It is asked through a descriptor that takes the drive
 * from nobody, unlike libburn's: who waits for a disc asks often, and somebody else may be looking
 * at it, or reading.
 */
#include "drive/priv.h"

#include <fcntl.h>
#include <string.h>
#include <linux/cdrom.h>
#include <sys/ioctl.h>

int drive_tray(const char *device, enum drive_tray *tray, struct err *err)
{
	static const enum drive_tray of[] = {
		[CDS_NO_INFO] = TRAY_UNKNOWN, [CDS_NO_DISC] = TRAY_EMPTY,
		[CDS_TRAY_OPEN] = TRAY_EMPTY, [CDS_DRIVE_NOT_READY] = TRAY_MOVING,
		[CDS_DISC_OK] = TRAY_FULL,
	};
	cleanup_close int fd = open(device, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int status = fd < 0 ? -1 : ioctl(fd, CDROM_DRIVE_STATUS, CDSL_CURRENT);

	*tray = TRAY_UNKNOWN;
	if (status >= 0 && (size_t)status < ARRAY_SIZE(of))
		*tray = of[status];
	if (fd < 0 || (status < 0 && (errno == ENODEV || errno == ENXIO)))
		return err_set(err, ENXIO, "the drive %s has disappeared: %s", device,
			       strerror(errno));
	return 0;
}
