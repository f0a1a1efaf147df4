/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Takes a drive in our hands and gives it back, and listens to libburn. What libburn says goes
 * through one queue, for all its threads; whatever is grave counts as said by the drive that we
 * hold.
 */
#include "drive/priv.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "drive/sense.h"

enum {
	MSG_WRITER_ENDED = 0x00020178,  /* libburn's numbers of messages (its libdax_msgs.h) */
	MSG_DRIVE_LOST = 0x000201a6,
};

static const struct timespec NAP = { .tv_nsec = 50000000 };
/*
 * How long libburn's thread may go on with a drive that is lost; it gives up after about a second.
 */
static const double WRITER_PATIENCE = 60;
/* Seconds that a thread of libburn's which does not say so takes to end, once the drive is idle. */
static const double SETTLING = 0.1;

/* libburn stays until the process ends, or drops a drive: it has one state for all drives. */
static bool started;
/* A thread of its goes on with a drive that was lost: nothing may be taken away from under it. */
static bool has_orphan;

static int start_library(struct err *err)
{
	static char everything[] = "DEBUG", nothing[] = "NEVER", prefix[] = "";

	if (started)
		return 0;
	if (burn_initialize() <= 0)
		return err_set(err, EIO, "cannot start libburn");
	burn_msgs_set_severities(everything, nothing, prefix);
	started = true;
	return 0;
}

static void close_all_of(dev_t device)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *e;
	struct stat st;

	while (dir && (e = readdir(dir))) {
		int fd = (int)strtol(e->d_name, NULL, 10);

		if (fd > 2 && fd != dirfd(dir) && fstat(fd, &st) == 0 &&
		    (S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode)) && st.st_rdev == device)
			close(fd);
	}
	if (dir)
		closedir(dir);
}

/*
 * A drive that did not answer when it was scanned stays open, with nobody to close it but this; one
 * that is lost at the first command not even so. Nobody else in this process opens drives.
 */
static void end_library(dev_t device)
{
	if (has_orphan)
		return;
	burn_finish();
	started = false;
	close_all_of(device);
}

/* ---- who has it ---- */

static bool mounted_on(const char *device, char where[PATH_MAX])
{
	FILE *table = setmntent("/proc/self/mounts", "re");
	const struct mntent *m;
	bool found = false;

	while (table && !found && (m = getmntent(table))) {
		/* A mount of ours is called after its recorder, and does not have it open. */
		found = strcmp(m->mnt_fsname, device) == 0 &&
			strcmp(m->mnt_type, "fuse.burnfs") != 0;
		if (found)
			snprintf(where, PATH_MAX, "%s", m->mnt_dir);
	}
	if (table)
		endmntent(table);
	return found;
}

static bool has_open(const char *pid, const char *device)
{
	char path[PATH_MAX], target[PATH_MAX];
	const struct dirent *e;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof(path), "/proc/%.20s/fd", pid);
	dir = opendir(path);
	while (dir && !found && (e = readdir(dir))) {
		ssize_t n = readlinkat(dirfd(dir), e->d_name, target, sizeof(target) - 1);

		target[n < 0 ? 0 : n] = '\0';
		found = strcmp(target, device) == 0;
	}
	if (dir)
		closedir(dir);
	return found;
}

/* ", a process of NAME (PID)"; what belongs to others is only seen by root. */
static void find_holder(const char *device, char *out, size_t size)
{
	DIR *proc = opendir("/proc");
	const struct dirent *e;

	while (proc && (e = readdir(proc))) {
		char path[64], name[64] = "?";
		cleanup_close int fd = -1;
		ssize_t n;

		if (*e->d_name < '1' || *e->d_name > '9' || !has_open(e->d_name, device))
			continue;
		snprintf(path, sizeof(path), "/proc/%.20s/comm", e->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		n = fd < 0 ? 0 : read(fd, name, sizeof(name) - 1);
		if (n > 0)
			name[n - 1] = '\0';
		snprintf(out, size, ": %s, process %.20s", name, e->d_name);
		break;
	}
	if (proc)
		closedir(proc);
}

static int busy(const char *device, struct err *err)
{
	char real[PATH_MAX], where[PATH_MAX], holder[128] = "";

	if (!realpath(device, real))
		snprintf(real, sizeof(real), "%s", device);
	if (mounted_on(real, where))
		return err_set(err, EBUSY, "the disc in %s is mounted on %s: unmount it", device,
			       where);
	find_holder(real, holder, sizeof(holder));
	return err_set(err, EBUSY, "another program uses %s%s: close it, then try again", device,
		       holder);
}

/* ---- taking it ---- */

/* Whether the device can be had now. libburn does not tell why it cannot. */
static int try_device(const char *device, dev_t *number, struct err *err)
{
	cleanup_close int fd = open(device, O_RDWR | O_EXCL | O_NONBLOCK | O_CLOEXEC);
	struct stat st;

	if (fd < 0 && errno == EBUSY)
		return busy(device, err);
	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return err_set(err, EACCES,
			       "cannot open %s for recording: %s; add yourself to the group that "
			       "owns it: sudo adduser YOU cdrom, then log in again",
			       device, strerror(errno));
	if (fd < 0)
		return err_set(err, ENXIO, "the drive %s is not there: plug it in, or write "
			       "\"recorder image:PATH\" to control", device);
	if (fstat(fd, &st) < 0 || !(S_ISBLK(st.st_mode) || S_ISCHR(st.st_mode)))
		return err_set(err, ENXIO, "%s is not a device: choose a drive such as /dev/sr0",
			       device);
	*number = st.st_rdev;
	return 0;
}

/*
 * A drive that is lost counts as released, and libburn never gives back what it knew of the disc.
 */
static void forget_contents(struct burn_drive *drive)
{
	struct burn_disc *disc = burn_drive_get_disc(drive);

	if (!disc)
		return;
	burn_disc_free(disc);
	burn_disc_free(disc);    /* the drive's own reference */
}

int drive_acquire(struct drive_link *l, const char *device, bool load, double patience,
		  struct progress *progress, struct err *err)
{
	double deadline = time_monotonic() + patience;
	char address[BURN_DRIVE_ADR_LEN], given[PATH_MAX];
	dev_t number = 0;
	int r = start_library(err);

	*l = (struct drive_link){ .device = device };
	if (r < 0)
		return r;
	while ((r = try_device(device, &number, err)) == -EBUSY && time_monotonic() < deadline) {
		if (progress && atomic_load(&progress->cancel))
			return err_set(err, ECANCELED, "cancelled while another program used %s",
				       device);
		nanosleep(&NAP, NULL);
	}
	if (r < 0)
		return r;
	snprintf(given, sizeof(given), "%s", device);
	if (burn_drive_convert_fs_adr(given, address) <= 0)
		snprintf(address, sizeof(address), "%s", device);
	drive_clear_messages(l);
	r = burn_drive_scan_and_grab(&l->info, address, load);
	drive_poll_messages(l);
	if (r == 1) {
		l->drive = l->info[0].drive;
		return 0;
	}
	if (l->lost && l->info)
		forget_contents(l->info[0].drive);
	burn_drive_info_free(steal_pointer(&l->info));
	end_library(number);
	r = try_device(device, &number, err);
	if (r < 0)
		return r;
	if (l->last_error.code)
		return drive_failed(l, "cannot open the drive", err);
	return err_set(err, ENXIO, "%s is not an optical drive that libburn can use", device);
}

void drive_release(struct drive_link *l, bool eject)
{
	if (!l->drive)
		return;
	drive_poll_messages(l);
	if (!l->lost)
		burn_drive_release(l->drive, eject);
	else if (!l->stuck)
		forget_contents(l->drive);
	drive_poll_messages(l);
	/* A thread of libburn's that goes on would use what is freed. */
	if (!l->stuck)
		burn_drive_info_free(l->info);
	l->drive = NULL;
	l->info = NULL;
}

/* ---- what it says ---- */

static bool is_grave(const char *severity)
{
	static char least[] = "SORRY";
	int that, limit;

	return burn_text_to_sev((char *)(uintptr_t)severity, &that, 0) > 0 &&
	       burn_text_to_sev(least, &limit, 0) > 0 && that >= limit;
}

void drive_poll_messages(struct drive_link *l)
{
	static char everything[] = "ALL";
	char text[BURN_MSGS_MESSAGE_LEN], severity[81];
	int code, os_errno;

	while (burn_msgs_obtain(everything, &code, text, &os_errno, severity) > 0) {
		log_debug("libburn: %s: %s", severity, text);
		l->writer_ended = l->writer_ended || code == MSG_WRITER_ENDED;
		l->lost = l->lost || code == MSG_DRIVE_LOST;
		if (!l->last_error.code && is_grave(severity))
			err_set(&l->last_error, EIO, "%s", text);
	}
}

void drive_clear_messages(struct drive_link *l)
{
	bool lost = l->lost;

	drive_poll_messages(l);
	l->lost = lost || l->lost;
	l->writer_ended = false;
	l->last_error = (struct err){ 0 };
}

int drive_failed(struct drive_link *l, const char *what, struct err *err)
{
	const char *said = l->last_error.msg;
	const struct sense_reason *reason;
	enum drive_tray tray;
	size_t len;

	/* Where only the drive was asked something, libburn may not say that it is gone. */
	if (!l->lost && !l->last_error.code)
		l->lost = drive_tray(l->device, &tray, &(struct err){ 0 }) == -ENXIO;
	if (l->lost)
		return err_set(err, ENXIO, "%s: the drive %s has disappeared: plug it in again",
			       what, l->device);
	if (!l->last_error.code)
		return err_set(err, EIO,
			       "%s: the drive gave no reason; try again, or use another disc",
			       what);
	reason = sense_reason(said);
	if (!reason)
		return err_set(err, EIO, "%s: %s", what, said);
	len = strlen(said);
	while (len && said[len - 1] == '.')
		len--;
	return err_set(err, reason->code, "%s: %s (%.*s)", what, reason->words, (int)len, said);
}

/* ---- while it works ---- */

void drive_wait_idle(struct drive_link *l, bool writing, void (*each)(void *data), void *data)
{
	double deadline = 0, settled = 0;
	bool begun = burn_drive_get_status(l->drive, NULL) != BURN_DRIVE_IDLE;

	for (;;) {
		bool idle = burn_drive_get_status(l->drive, NULL) == BURN_DRIVE_IDLE;

		/* In this order: a thread says that it ends before the drive is idle for good. */
		drive_poll_messages(l);
		if (idle && writing && l->writer_ended)
			return;
		/* One that formats puts the drive's buffer back after that. */
		if (!idle || settled == 0)
			settled = time_monotonic() + SETTLING;
		if (idle && !writing && time_monotonic() >= settled)
			return;
		/*
		 * A drive that is lost is idle at once, while the thread goes on with it for a
		 * while.
		 */
		if (idle && deadline == 0)
			deadline = time_monotonic() + (begun ? WRITER_PATIENCE : 1);
		if (idle && time_monotonic() > deadline) {
			/* Lost before there was a thread, libburn does not say so. */
			l->stuck = begun;
			has_orphan = has_orphan || begun;
			return;
		}
		if (each)
			each(data);
		nanosleep(&NAP, NULL);
	}
}
