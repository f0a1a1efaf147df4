/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands between the program and the C library. Paths of our drives, descriptors of them and
 * the list in /proc are answered here; all else goes on as it came. Before the constructor ran, and
 * where the library has no such function, calls go to the kernel: nothing is allocated on their
 * way. A descriptor of a drive is one of its file "lock", so that locks, fcntl(2), dup(2) and
 * close(2) are those of the kernel.
 */

/* Else the names below would be others in the object file: open64 for open, stat64 for stat. */
#undef _FILE_OFFSET_BITS

#include "mmc.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <scsi/sg.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))
#define CDROM_INFO "/proc/sys/dev/cdrom/info"

enum { TRANSFER_MAX = 512 * 1024 };

/* In the order of enum host_call. */
#define HOST_CALLS(X) \
	X(open) X(openat) X(ioctl) X(fopen) X(fstatat) X(fstat) X(access) X(readlink) X(realpath) \
	X(usleep) X(sleep) X(nanosleep) X(statx)

static struct {
	int (*open)(const char *, int, ...);
	int (*openat)(int, const char *, int, ...);
	int (*ioctl)(int, unsigned long, ...);
	FILE *(*fopen)(const char *, const char *);
	int (*fstatat)(int, const char *, struct stat *, int);
	int (*fstat)(int, struct stat *);
	int (*access)(const char *, int);
	ssize_t (*readlink)(const char *, char *, size_t);
	char *(*realpath)(const char *, char *);
	int (*usleep)(useconds_t);
	unsigned (*sleep)(unsigned);
	int (*nanosleep)(const struct timespec *, struct timespec *);
	int (*statx)(int, const char *, int, unsigned, struct statx *);
} host;

static bool active;
static long nap_max = -1;          /* microseconds; -1: as long as the program wants */
static _Atomic dev_t lock_dev[DRIVES]; /* of the files that stand for the drives */
static _Atomic ino_t lock_ino[DRIVES];

/* POSIX lets a pointer to a function be kept so, ISO C only does not say it. */
static void find(void *where, const char *name)
{
	void *found = dlsym(RTLD_NEXT, name);

	memcpy(where, &found, sizeof(found));
}

static void note_lock(int i)
{
	char path[sizeof(drives[i].dir) + 8];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/lock", drives[i].dir);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
	if (fd < 0)
		return;
	if (host.fstat && host.fstat(fd, &st) == 0) {
		lock_dev[i] = st.st_dev;
		lock_ino[i] = st.st_ino;
	}
	close(fd);
}

__attribute__((constructor)) static void begin(void)
{
	const char *dir = getenv("BURNFS_MMC"), *nap = getenv("BURNFS_MMC_NAP");

#define FIND(name) find(&host.name, #name);
	HOST_CALLS(FIND)
	if (nap)
		nap_max = strtol(nap, NULL, 10);
	if (!dir || strlen(dir) > sizeof(drives[0].dir) - 8)
		return;
	for (int i = 0; i < DRIVES; i++) {
		snprintf(drives[i].dir, sizeof(drives[i].dir), "%s/sr%d", dir, i);
		note_lock(i);
	}
	active = true;
}

static int fail(int r)
{
	if (r >= 0)
		return r;
	errno = -r;
	return -1;
}

/* ---- which calls are ours ---- */

static int host_fstat(int fd, struct stat *st)
{
	return host.fstat ? host.fstat(fd, st) : fstatat(fd, "", st, AT_EMPTY_PATH);
}

static ssize_t host_readlink(const char *path, char *to, size_t len)
{
	if (host.readlink)
		return host.readlink(path, to, len);
	return syscall(SYS_readlinkat, AT_FDCWD, path, to, len);
}

static struct drive *drive_of_path(const char *path)
{
	return active ? drive_at(path) : NULL;
}

/* As drive_of_path(), when it is not there, also of a symbolic link to it. */
static struct drive *drive_of_link(const char *path)
{
	char target[16];
	int saved = errno;
	ssize_t n;

	if (!active || saved != ENOENT || !path)
		return NULL;
	n = host_readlink(path, target, sizeof(target) - 1);
	errno = saved;
	if (n < 0)
		return NULL;
	target[n] = '\0';
	return drive_at(target);
}

static struct drive *drive_of_fd(int fd)
{
	struct stat st;
	int saved = errno;

	if (!active || host_fstat(fd, &st) < 0) {
		errno = saved;
		return NULL;
	}
	for (int i = 0; i < DRIVES; i++)
		if (lock_ino[i] && lock_ino[i] == st.st_ino && lock_dev[i] == st.st_dev)
			return &drives[i];
	return NULL;
}

/* ---- open ---- */

static int host_open(int dir, const char *path, int flags, mode_t mode)
{
	if (host.openat)
		return host.openat(dir, path, flags, mode);
	return (int)syscall(SYS_openat, dir, path, flags, mode);
}

static int text_fd(const char *text, int flags)
{
	int fd = memfd_create("drive-info", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);

	if (fd >= 0 && pwrite(fd, text, strlen(text), 0) < 0)
		return fd;
	return fd;
}

static int open_drive(struct drive *d, int flags)
{
	int fd = drive_open(d, flags);

	if (fd >= 0)
		note_lock(d->number);
	return fail(fd);
}

static int any_open(int dir, const char *path, int flags, mode_t mode)
{
	struct drive *d = drive_of_path(path);
	int fd;

	if (d)
		return open_drive(d, flags);
	if (active && path && !strcmp(path, CDROM_INFO))
		return text_fd(drives_info(), flags);
	if (active && path && drives_identity(path))
		return text_fd(drives_identity(path), flags);
	fd = host_open(dir, path, flags, mode);
	if (fd < 0 && (d = drive_of_link(path)))
		return open_drive(d, flags);
	return fd;
}

static bool wants_mode(int flags)
{
	return flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

#define OPEN(name) \
	PUBLIC int name(const char *path, int flags, ...); \
	PUBLIC int name(const char *path, int flags, ...) \
	{ \
		mode_t mode = 0; \
		va_list ap; \
		va_start(ap, flags); \
		if (wants_mode(flags)) \
			mode = va_arg(ap, mode_t); \
		va_end(ap); \
		return any_open(AT_FDCWD, path, flags, mode); \
	}
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
	PUBLIC int name(int dir, const char *path, int flags, ...); \
	PUBLIC int name(int dir, const char *path, int flags, ...) \
	{ \
		mode_t mode = 0; \
		va_list ap; \
		va_start(ap, flags); \
		if (wants_mode(flags)) \
			mode = va_arg(ap, mode_t); \
		va_end(ap); \
		return any_open(dir, path, flags, mode); \
	}
OPENAT(openat)
OPENAT(openat64)

/* What calls become when they are compiled with _FORTIFY_SOURCE. */
#define OPEN_2(name) \
	PUBLIC int name(const char *path, int flags); \
	PUBLIC int name(const char *path, int flags) \
	{ \
		return any_open(AT_FDCWD, path, flags, 0); \
	}
OPEN_2(__open_2)
OPEN_2(__open64_2)

PUBLIC int __openat_2(int dir, const char *path, int flags);
PUBLIC int __openat_2(int dir, const char *path, int flags)
{
	return any_open(dir, path, flags, 0);
}

#define FOPEN(name) \
	PUBLIC FILE *name(const char *path, const char *mode); \
	PUBLIC FILE *name(const char *path, const char *mode) \
	{ \
		if (active && path && !strcmp(path, CDROM_INFO)) \
			return fdopen(text_fd(drives_info(), 0), "r"); \
		if (!host.fopen) \
			find(&host.fopen, "fopen"); \
		return host.fopen(path, mode); \
	}
FOPEN(fopen)
FOPEN(fopen64)

/* ---- stat and the like ---- */

static int any_stat(int dir, const char *path, struct stat *st, int flags)
{
	struct drive *d = drive_of_path(path);
	int r;

	if (!d) {
		if (flags & AT_EMPTY_PATH && path && !path[0] && (d = drive_of_fd(dir))) {
			drive_stat(d, st);
			return 0;
		}
		if (!host.fstatat)
			find(&host.fstatat, "fstatat");
		r = host.fstatat(dir, path, st, flags);
		if (r == 0 || flags & AT_SYMLINK_NOFOLLOW)
			return r;
		d = drive_of_link(path);
		if (!d)
			return r;
	}
	drive_stat(d, st);
	return 0;
}

/* The two are one where off_t has 64 bits; for elsewhere this library is not made. */
_Static_assert(sizeof(struct stat) == sizeof(struct stat64), "a struct stat of 64 bits");

#define STAT(name, type, flags) \
	PUBLIC int name(const char *path, struct type *st) \
	{ \
		return any_stat(AT_FDCWD, path, (struct stat *)st, flags); \
	}
#define XSTAT(name, flags) \
	PUBLIC int name(int version, const char *path, struct stat *st); \
	PUBLIC int name(int version, const char *path, struct stat *st) \
	{ \
		(void)version; \
		return any_stat(AT_FDCWD, path, st, flags); \
	}
#define FSTATAT(name, type) \
	PUBLIC int name(int dir, const char *path, struct type *st, int flags) \
	{ \
		return any_stat(dir, path, (struct stat *)st, flags); \
	}

static int any_fstat(int fd, struct stat *st)
{
	struct drive *d = drive_of_fd(fd);

	if (!d)
		return host_fstat(fd, st);
	drive_stat(d, st);
	return 0;
}

#define FSTAT(name, type) \
	PUBLIC int name(int fd, struct type *st) \
	{ \
		return any_fstat(fd, (struct stat *)st); \
	}
#define FXSTAT(name) \
	PUBLIC int name(int version, int fd, struct stat *st); \
	PUBLIC int name(int version, int fd, struct stat *st) \
	{ \
		(void)version; \
		return any_fstat(fd, st); \
	}

STAT(stat, stat, 0)
STAT(stat64, stat64, 0)
STAT(lstat, stat, AT_SYMLINK_NOFOLLOW)
STAT(lstat64, stat64, AT_SYMLINK_NOFOLLOW)
XSTAT(__xstat, 0)
XSTAT(__xstat64, 0)
XSTAT(__lxstat, AT_SYMLINK_NOFOLLOW)
XSTAT(__lxstat64, AT_SYMLINK_NOFOLLOW)
FSTATAT(fstatat, stat)
FSTATAT(fstatat64, stat64)
FSTAT(fstat, stat)
FSTAT(fstat64, stat64)
FXSTAT(__fxstat)
FXSTAT(__fxstat64)

PUBLIC int statx(int dir, const char *path, int flags, unsigned mask, struct statx *stx)
{
	struct drive *d = drive_of_path(path);
	struct stat st;

	if (!d && host.statx)
		return host.statx(dir, path, flags, mask, stx);
	if (!d)
		return (int)syscall(SYS_statx, dir, path, flags, mask, stx);
	drive_stat(d, &st);
	*stx = (struct statx){
		.stx_mask = STATX_BASIC_STATS, .stx_blksize = BLOCK_BYTES, .stx_nlink = 1,
		.stx_mode = (uint16_t)st.st_mode, .stx_uid = st.st_uid, .stx_gid = st.st_gid,
		.stx_ino = st.st_ino, .stx_rdev_major = major(st.st_rdev),
		.stx_rdev_minor = minor(st.st_rdev),
	};
	return 0;
}

#define ACCESS(name) \
	PUBLIC int name(const char *path, int mode); \
	PUBLIC int name(const char *path, int mode) \
	{ \
		if (drive_of_path(path)) \
			return 0; \
		if (host.access) \
			return host.access(path, mode); \
		return (int)syscall(SYS_faccessat, AT_FDCWD, path, mode); \
	}
ACCESS(access)
ACCESS(eaccess)
ACCESS(euidaccess)

PUBLIC ssize_t readlink(const char *path, char *to, size_t len)
{
	if (drive_of_path(path))
		return fail(-EINVAL);
	return host_readlink(path, to, len);
}

PUBLIC char *realpath(const char *path, char *to)
{
	struct drive *d = drive_of_path(path);
	char *found;

	if (!d) {
		if (!host.realpath)
			find(&host.realpath, "realpath");
		found = host.realpath(path, to);
		if (found || !(d = drive_of_link(path)))
			return found;
	}
	if (!to)
		to = malloc(PATH_MAX);
	if (to)
		snprintf(to, PATH_MAX, "/dev/sr%d", d->number);
	return to;
}

/* Fortified: the compiler knew how much room there is, at least. */
PUBLIC ssize_t __readlink_chk(const char *path, char *to, size_t len, size_t room);
PUBLIC ssize_t __readlink_chk(const char *path, char *to, size_t len, size_t room)
{
	return len > room ? fail(-EINVAL) : readlink(path, to, len);
}

PUBLIC char *__realpath_chk(const char *path, char *to, size_t room);
PUBLIC char *__realpath_chk(const char *path, char *to, size_t room)
{
	if (room >= PATH_MAX)
		return realpath(path, to);
	errno = EINVAL;
	return NULL;
}

/* ---- ioctl ---- */

static bool to_host(const sg_io_hdr_t *io)
{
	return io->dxfer_direction == SG_DXFER_FROM_DEV ||
	       io->dxfer_direction == SG_DXFER_TO_FROM_DEV;
}

static bool is_sane(const sg_io_hdr_t *io)
{
	return io->cmdp && io->cmd_len >= 6 && io->cmd_len <= 16 && !io->iovec_count &&
	       io->dxfer_len <= TRANSFER_MAX && (!io->dxfer_len || io->dxferp);
}

static int sg_io(struct drive *d, sg_io_hdr_t *io)
{
	struct cmd c = {
		.cdb = io->cmdp, .cdb_len = io->cmd_len, .data = io->dxferp, .len = io->dxfer_len,
	};
	int r;

	if (io->interface_id != 'S')
		return -ENOSYS;
	if (!is_sane(io))
		return -EINVAL;
	if (io->dxfer_direction == SG_DXFER_NONE)
		c.len = 0;
	r = drive_command(d, &c);
	if (r < 0)
		return r;
	io->status = c.sense ? 2 : 0;
	io->masked_status = c.sense ? 1 : 0;
	io->msg_status = 0;
	io->host_status = 0;
	io->driver_status = c.sense ? 8 : 0;
	io->info = c.sense ? SG_INFO_CHECK : SG_INFO_OK;
	io->duration = 0;
	io->resid = (int)(to_host(io) || c.sense ? c.len - c.done : 0);
	io->sb_len_wr = 0;
	if (c.sense && io->sbp) {
		io->sb_len_wr = sizeof(c.sense_data);
		if (io->sb_len_wr > io->mx_sb_len)
			io->sb_len_wr = io->mx_sb_len;
		memcpy(io->sbp, c.sense_data, io->sb_len_wr);
	}
	return 0;
}

PUBLIC int ioctl(int fd, unsigned long request, ...)
{
	struct drive *d = drive_of_fd(fd);
	va_list ap;
	void *arg;

	va_start(ap, request);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (d)
		return fail(request == SG_IO ? sg_io(d, arg) : drive_ioctl(d, request, arg));
	if (host.ioctl)
		return host.ioctl(fd, request, arg);
	return (int)syscall(SYS_ioctl, fd, request, arg);
}

/* ---- sleep, which BURNFS_MMC_NAP shortens ---- */

static bool shortens(long long microseconds)
{
	return nap_max >= 0 && microseconds > nap_max;
}

static int nap(void)
{
	struct timespec t = { nap_max / 1000000, nap_max % 1000000 * 1000 };

	return host.nanosleep ? host.nanosleep(&t, NULL) : 0;
}

PUBLIC int usleep(useconds_t microseconds)
{
	return shortens(microseconds) || !host.usleep ? nap() : host.usleep(microseconds);
}

PUBLIC unsigned sleep(unsigned seconds)
{
	if (!shortens(seconds * 1000000LL) && host.sleep)
		return host.sleep(seconds);
	nap();
	return 0;
}

PUBLIC int nanosleep(const struct timespec *t, struct timespec *left)
{
	if (t && shortens(t->tv_sec * 1000000LL + t->tv_nsec / 1000))
		return nap();
	return host.nanosleep ? host.nanosleep(t, left) : (int)syscall(SYS_nanosleep, t, left);
}
