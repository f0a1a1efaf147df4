/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ioctls of the kernel's sr and cdrom drivers, but for SG_IO.
 */
#include "mmc.h"

#include <errno.h>
#include <linux/cdrom.h>
#include <linux/fs.h>
#include <scsi/scsi.h>
#include <scsi/sg.h>

enum { SG_VERSION = 30536, ALL_CAPABILITIES = 0x3fffff };

static int answer(void *arg, int value)
{
	*(int *)arg = value;
	return 0;
}

static int get_version(struct drive *d, void *arg)
{
	(void)d;
	return answer(arg, SG_VERSION);
}

/* Host, channel, target and unit, and a number of the host: a drive is a target of host 1. */
static int get_idlun(struct drive *d, void *arg)
{
	int *idlun = arg;

	idlun[0] = d->number | 1 << 24;
	idlun[1] = 0;
	return 0;
}

static int get_bus(struct drive *d, void *arg)
{
	(void)d;
	return answer(arg, 1);
}

static int drive_status(struct drive *d, void *arg)
{
	(void)arg;
	if (d->tray_open)
		return CDS_TRAY_OPEN;
	return d->disc ? CDS_DISC_OK : CDS_NO_DISC;
}

static int disc_kind(struct drive *d, void *arg)
{
	(void)arg;
	return d->disc ? CDS_DATA_1 : CDS_NO_DISC;
}

static int capability(struct drive *d, void *arg)
{
	(void)d;
	(void)arg;
	return ALL_CAPABILITIES;
}

static int media_changed(struct drive *d, void *arg)
{
	(void)arg;
	return d->attention != 0;
}

static int lock_door(struct drive *d, void *arg)
{
	d->prevented = arg != NULL;
	return 0;
}

static int eject(struct drive *d, void *arg)
{
	(void)arg;
	if (d->prevented)
		return -EBUSY;
	drive_set_tray(d, true);
	return 0;
}

static int close_tray(struct drive *d, void *arg)
{
	(void)arg;
	drive_set_tray(d, false);
	return 0;
}

static int flush_buffers(struct drive *d, void *arg)
{
	(void)d;
	(void)arg;
	return 0;
}

static uint64_t readable_bytes(const struct drive *d)
{
	return d->disc ? (uint64_t)disc_readable(d->disc) * BLOCK_BYTES : 0;
}

static int get_sectors(struct drive *d, void *arg)
{
	*(unsigned long *)arg = (unsigned long)(readable_bytes(d) / 512);
	return 0;
}

static int get_bytes(struct drive *d, void *arg)
{
	*(uint64_t *)arg = readable_bytes(d);
	return 0;
}

static int get_block_size(struct drive *d, void *arg)
{
	(void)d;
	return answer(arg, BLOCK_BYTES);
}

static const struct request {
	unsigned long code;
	int (*run)(struct drive *d, void *arg);
} requests[] = {
	{ SG_GET_VERSION_NUM, get_version },
	{ SCSI_IOCTL_GET_IDLUN, get_idlun },
	{ SCSI_IOCTL_GET_BUS_NUMBER, get_bus },
	{ CDROM_DRIVE_STATUS, drive_status },
	{ CDROM_DISC_STATUS, disc_kind },
	{ CDROM_GET_CAPABILITY, capability },
	{ CDROM_MEDIA_CHANGED, media_changed },
	{ CDROM_LOCKDOOR, lock_door },
	{ CDROMEJECT, eject },
	{ CDROMCLOSETRAY, close_tray },
	{ BLKFLSBUF, flush_buffers },
	{ BLKSSZGET, get_block_size },
	{ BLKGETSIZE, get_sectors },
	{ BLKGETSIZE64, get_bytes },
};

int drive_ioctl(struct drive *d, unsigned long code, void *arg)
{
	int r = drive_enter(d);

	if (r < 0)
		return r;
	r = d->faults.gone ? -ENODEV : -ENOTTY;
	for (size_t i = 0; r == -ENOTTY && i < COUNT(requests); i++)
		if (requests[i].code == code) {
			r = requests[i].run(d, arg);
			break;
		}
	drive_leave(d);
	return r;
}
