/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The drives: who has them opened, and how a command runs. A command holds the lock of its drive,
 * and the file "command" against other processes; it takes notice first of what they, or a test,
 * have changed.
 */
#include "mmc.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { SR_MAJOR = 11 };

struct drive drives[DRIVES] = {
	{ .number = 0, .lock = PTHREAD_MUTEX_INITIALIZER, .command_lock = -1, .log = -1 },
	{ .number = 1, .lock = PTHREAD_MUTEX_INITIALIZER, .command_lock = -1, .log = -1 },
};

/* ---- enter and leave a drive ---- */

static int drive_file(const struct drive *d, const char *name, int flags)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", d->dir, name);
	return open(path, flags | O_CREAT | O_CLOEXEC, 0666);
}

int drive_enter(struct drive *d)
{
	pthread_mutex_lock(&d->lock);
	if (!d->known) {
		close(d->command_lock);
		close(d->log);
		d->command_lock = drive_file(d, "command", O_RDWR);
		d->log = drive_file(d, "log", O_WRONLY | O_APPEND);
		mode_reset(d);
		d->known = d->command_lock >= 0;
	}
	if (access(d->dir, F_OK) < 0) {
		d->known = false;
		pthread_mutex_unlock(&d->lock);
		return -ENODEV;
	}
	while (flock(d->command_lock, LOCK_EX) < 0 && errno == EINTR)
		;
	faults_refresh(d);
	tray_refresh(d);
	tray_control(d);
	return 0;
}

void drive_leave(struct drive *d)
{
	flock(d->command_lock, LOCK_UN);
	pthread_mutex_unlock(&d->lock);
}

struct drive *drive_at(const char *path)
{
	struct drive *d;

	if (!path || strncmp(path, "/dev/sr", 7) || !path[7] || path[8])
		return NULL;
	if (path[7] < '0' || path[7] >= '0' + DRIVES)
		return NULL;
	d = &drives[path[7] - '0'];
	return d->dir[0] && access(d->dir, F_OK) == 0 ? d : NULL;
}

int drive_open(struct drive *d, int flags)
{
	int fd, r = drive_enter(d);
	bool gone, busy, empty;

	if (r < 0)
		return r;
	gone = d->faults.gone;
	busy = fault_of(d, FAULT_BUSY);
	empty = !d->disc;
	drive_leave(d);
	if (gone)
		return -ENXIO;
	if (empty && !(flags & O_NONBLOCK))
		return -ENOMEDIUM;
	fd = drive_file(d, "lock", O_RDWR | (flags & O_CLOEXEC));
	if (fd < 0)
		return -errno;
	if (!(flags & O_CLOEXEC))
		fcntl(fd, F_SETFD, 0);
	if ((flags & O_EXCL) && (busy || flock(fd, LOCK_EX | LOCK_NB) < 0)) {
		close(fd);
		return -EBUSY;
	}
	return fd;
}

void drive_stat(const struct drive *d, struct stat *st)
{
	*st = (struct stat){
		.st_dev = makedev(0, 6), .st_ino = (ino_t)(0x5300 + d->number), .st_nlink = 1,
		.st_mode = S_IFBLK | 0666, .st_uid = getuid(), .st_gid = getgid(),
		.st_rdev = makedev(SR_MAJOR, (unsigned)d->number), .st_blksize = BLOCK_BYTES,
	};
}

const char *drives_info(void)
{
#define HEAD "CD-ROM information, Id: cdrom.c 3.20 2003/12/17\n\ndrive name:\t"
#define CAN(medium, values) "Can write " medium ":" values "\n"
#define CAN_ALL(values) \
	"\n" CAN("CD-R", values) CAN("CD-RW", values) "Can read DVD:" values "\n" \
	CAN("DVD-R", values) \
	CAN("DVD-RAM", values) "\n\n"
	static const char *const texts[] = {
		HEAD CAN_ALL(""),
		HEAD "\tsr0" CAN_ALL("\t\t1"),
		HEAD "\tsr1" CAN_ALL("\t\t1"),
		HEAD "\tsr1\tsr0" CAN_ALL("\t\t1\t1"),
	};

	return texts[(drive_at("/dev/sr0") ? 1 : 0) + (drive_at("/dev/sr1") ? 2 : 0)];
}

const char *drives_identity(const char *path)
{
	/* As INQUIRY has them. */
	static const struct {
		const char *name, *text[DRIVES];
	} files[] = {
		{ "vendor", { "BURNFS  \n", "BURNFS  \n" } },
		{ "model", { "EMULATED ONE    \n", "EMULATED TWO    \n" } },
		{ "rev", { "1.00\n", "1.00\n" } },
	};
	char number, name[16];

	if (sscanf(path, "/sys/class/block/sr%c/device/%15s", &number, name) != 2)
		return NULL;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (!strcmp(name, files[i].name) &&
		    drive_at(number == '0' ? "/dev/sr0" : "/dev/sr1"))
			return files[i].text[number != '0'];
	return NULL;
}

/* ---- a command ---- */

void fill_sense(uint8_t data[18], int sense, int done)
{
	memset(data, 0, 18);
	data[0] = sense & DEFERRED ? 0x71 : 0x70;
	data[2] = (uint8_t)(sense >> 16 & 15);
	data[7] = 10;
	data[12] = (uint8_t)(sense >> 8);
	data[13] = (uint8_t)sense;
	if (done > 0) {
		data[15] = 0x80;
		put16(data + 16, (uint32_t)done);
	}
}

int progress(const struct drive *d)
{
	return d->busy ? 0x10000 / (d->busy + 2) : 0;
}

int reply(struct cmd *c, const void *from, size_t len, size_t allocated)
{
	if (len > allocated)
		len = allocated;
	if (len > c->len)
		len = c->len;
	if (len)
		memcpy(c->data, from, len);
	c->done = len;
	return 0;
}

void drive_busy(struct drive *d, bool immediate, int sense)
{
	if (!immediate)
		return;
	d->busy = 2;
	d->busy_sense = sense;
}

bool drive_simulates(const struct drive *d)
{
	return d->disc && is_kind(d->disc, KIND_PAGE5) && d->mode[PAGE_05][2] & 0x10;
}

struct disc *drive_recorded(struct drive *d)
{
	if (!drive_simulates(d))
		return d->disc;
	if (!d->shadow)
		d->shadow = disc_shadow(d->disc);
	return d->shadow ? d->shadow : d->disc;
}

/* Whether there is a disc that is ready: a sense. */
static int medium_ready(struct drive *d)
{
	if (d->tray_open)
		return NO_MEDIUM_TRAY_OPEN;
	if (!d->disc)
		return NO_MEDIUM;
	if (d->spin_up > 0) {
		d->spin_up--;
		return BECOMING_READY;
	}
	return 0;
}

static int run(struct drive *d, struct cmd *c)
{
	unsigned flags = c->row ? c->row->flags : 0;
	int sense;

	if (!c->row)
		return NO_SUCH_COMMAND;
	if (d->attention && !(flags & NO_ATTENTION)) {
		sense = d->attention;
		d->attention = 0;
		return sense;
	}
	if (d->deferred && !(flags & NO_ATTENTION)) {
		sense = d->deferred | DEFERRED;
		d->deferred = 0;
		return sense;
	}
	sense = flags & NEEDS_MEDIUM ? medium_ready(d) : 0;
	if (!sense && flags & NEEDS_IDLE && d->busy) {
		d->busy--;
		sense = d->busy_sense;
	}
	return sense ? sense : c->row->run(d, c);
}

int drive_command(struct drive *d, struct cmd *c)
{
	int r = drive_enter(d);

	if (r < 0)
		return r;
	c->row = command_of(c->cdb[0]);
	r = fault_command(d);
	if (r >= 0) {
		c->sense = r ? r : run(d, c);
		fill_sense(c->sense_data, c->sense, c->sense ? progress(d) : 0);
		if (c->cdb[0] != 0x03)
			memcpy(d->last_sense, c->sense_data, sizeof(d->last_sense));
	}
	log_command(d, c, r);
	drive_save(d, c->row && c->row->run == do_write && !c->sense ? 64 : 1);
	drive_leave(d);
	return r < 0 ? r : 0;
}
