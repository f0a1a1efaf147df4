// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * list DIRECTORY [PIECES]: a line for each name in it, on standard output, for a host and a guest
 * to be compared, in no order:
 *
 *     PATH TYPE MODE LINKS OWNER:GROUP MTIME SIZE SUM|TARGET
 *
 * Bytes of names that are no printing ASCII are \ooo; times are in seconds. LINKS is not told of
 * directories, SIZE and SUM are of regular files; "-" where there is none. SUM is of all bytes: it
 * finds mistakes, not forgeries, and is fast on an emulated processor. Of files over 1 GiB it is of
 * so many pieces of each 64: half of them at the end and half at the beginning, so that an address
 * of 2^N lies between two. What cannot be read has a line that begins with "!".
 *
 * It uses openat() throughout, so paths may be of any length.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIECE = 1 << 20 };

static uint64_t piece[PIECE / 8];
static char path[1 << 16];
static size_t path_len;
static unsigned pieces = 64;
static int failed;

static void escaped(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text <= 32 || (unsigned char)*text >= 127 || *text == '\\')
			printf("\\%03o", (unsigned char)*text);
		else
			putchar(*text);
}

static void broken(const char *what)
{
	printf("! ");
	escaped(path);
	printf(" %s: %s\n", what, strerror(errno));
	failed = 1;
}

/* A whole piece unless the file ends. */
static ssize_t read_piece(int fd)
{
	size_t got = 0;

	while (got < PIECE) {
		ssize_t n = read(fd, (char *)piece + got, PIECE - got);

		if (n < 0)
			return -1;
		if (!n)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

/* Of a word that is not zero, at its place in the file: so holes need not be read. */
static uint64_t mixed(uint64_t word, uint64_t at)
{
	word = (word + at * 0x9e3779b97f4a7c15) * 0xbf58476d1ce4e5b9;
	return (word ^ word >> 31) * 0x94d049bb133111eb;
}

static void add(uint64_t *total, size_t len, uint64_t at)
{
	memset((char *)piece + len, 0, -len % 8);
	for (size_t i = 0; i < (len + 7) / 8; i++)
		if (piece[i])
			*total += mixed(piece[i], at / 8 + i);
}

/* Where to go on reading: holes are left out, and pieces that are not wanted. */
static off_t next_piece(int fd, off_t at, off_t size)
{
	off_t data = lseek(fd, at, SEEK_DATA);

	if (data < 0)
		return errno == ENXIO ? size : -1;
	at = data / PIECE * PIECE;
	while (size > 1 << 30 && at < size && ((uint64_t)at / PIECE + pieces / 2) % 64 >= pieces)
		at += PIECE;
	return at < size ? at : size;
}

static int sum(int dir, const char *name, off_t size, uint64_t *total)
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	off_t at = 0;
	ssize_t got = 0;

	*total = 0;
	if (fd < 0)
		return -1;
	while (got >= 0 && (at = next_piece(fd, at, size)) >= 0 && at < size) {
		lseek(fd, at, SEEK_SET);
		got = read_piece(fd);
		if (got < 0 || got != (size - at < PIECE ? size - at : PIECE))
			break;
		add(total, (size_t)got, (uint64_t)at);
		at += got;
	}
	close(fd);
	return at == size ? 0 : -1;
}

static void content(int dir, const char *name, const struct stat *st)
{
	uint64_t total = 0;

	errno = 0;
	if (st->st_size && sum(dir, name, st->st_size, &total)) {
		printf(" %" PRId64 " ?\n", (int64_t)st->st_size);
		broken("read");
		return;
	}
	printf(" %" PRId64 " %016" PRIx64 "\n", (int64_t)st->st_size, total);
}

static void target(int dir, const char *name)
{
	char text[8192];
	ssize_t len = readlinkat(dir, name, text, sizeof(text) - 1);

	printf(" - ");
	if (len < 0) {
		printf("?\n");
		broken("readlink");
		return;
	}
	text[len] = 0;
	escaped(text);
	putchar('\n');
}

static char type(mode_t mode)
{
	return S_ISREG(mode) ? 'f' : S_ISDIR(mode) ? 'd' : S_ISLNK(mode) ? 'l' :
	       S_ISFIFO(mode) ? 'p' : S_ISSOCK(mode) ? 's' : '?';
}

static int directory(int dir, const char *name);

static void entry(int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW)) {
		broken("stat");
		return;
	}
	escaped(path);
	printf(" %c %04o", type(st.st_mode), (unsigned)st.st_mode & 07777);
	if (S_ISDIR(st.st_mode))
		printf(" -");
	else
		printf(" %u", (unsigned)st.st_nlink);
	printf(" %u:%u %" PRId64, st.st_uid, st.st_gid, (int64_t)st.st_mtime);
	if (S_ISREG(st.st_mode))
		content(dir, name, &st);
	else if (S_ISLNK(st.st_mode))
		target(dir, name);
	else
		printf(" - -\n");
	if (S_ISDIR(st.st_mode) && directory(dir, name))
		broken("read");
}

static int directory(int dir, const char *name)
{
	int fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	size_t here = path_len;
	struct dirent *d;
	DIR *open;
	int error;

	if (fd < 0)
		return -1;
	open = fdopendir(fd);
	if (!open) {
		close(fd);
		return -1;
	}
	while (errno = 0, (d = readdir(open))) {
		if (!strcmp(d->d_name, ".") || !strcmp(d->d_name, ".."))
			continue;
		path_len += (size_t)snprintf(path + here, sizeof(path) - here, "/%s", d->d_name);
		if (path_len >= sizeof(path))
			abort();
		entry(fd, d->d_name);
		path_len = here;
		path[here] = 0;
	}
	error = errno;
	closedir(open);
	errno = error;
	return error ? -1 : 0;
}

int main(int argc, char **argv)
{
	if (argc < 2 || argc > 3 || chdir(argv[1])) {
		perror("list DIRECTORY [PIECES]");
		return 2;
	}
	if (argc == 3)
		pieces = (unsigned)atoi(argv[2]);
	strcpy(path, ".");
	path_len = 1;
	entry(AT_FDCWD, ".");
	return fflush(stdout) || failed;
}
