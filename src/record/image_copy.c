/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of an image: large files are shared (FICLONERANGE) or copied within the kernel, all
 * else is gathered into a buffer, many small files to one write. Write-back is started on the way,
 * so that the sync at the end has little left to do.
 */
#include "record/image_copy.h"

#include "base/util.h"
#include "image/source.h"
#include "record/progress.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#undef BLOCK_SIZE              /* linux/fs.h has another */

enum {
	CHUNK = 1 << 20,       /* bytes gathered for one write */
	STEP = 8 << 20,        /* copied by the kernel between two looks at `cancel` */
	LARGE = 256 << 10,     /* files from here on are not gathered */
	FLUSH = 8 << 20,       /* bytes of write-back started at once */
};

#define CLONE_STEP (UINT64_C(1) << 30)

struct copy {
	struct source *source;
	int fd;
	const char *name;
	struct progress *progress;
	struct err *err;
	char *buf;             /* CHUNK bytes */
	uint64_t pos, size;
	uint64_t flushed;      /* write-back was started up to here */
	uint64_t unit;         /* the target's file system shares whole blocks of this many bytes */
	bool room_known;
};

static int begin(struct copy *c)
{
	c->size = source_size(c->source);
	c->buf = malloc(CHUNK);
	if (!c->buf)
		return err_set(c->err, ENOMEM, "not enough memory to copy");
	atomic_store(&c->progress->done, 0);
	atomic_store(&c->progress->total, source_layout(c->source)->blocks);
	atomic_store(&c->progress->tracks, source_layout(c->source)->ntracks);
	return 0;
}

static int check_cancel(struct copy *c)
{
	if (!atomic_load_explicit(&c->progress->cancel, memory_order_relaxed))
		return 0;
	return err_set(c->err, ECANCELED, "cancelled after %llu of %llu bytes",
		       (unsigned long long)c->pos, (unsigned long long)c->size);
}

static int write_failed(struct copy *c, int code)
{
	unsigned long long pos = c->pos, size = c->size;

	if (code == ENOSPC || code == EDQUOT)
		return err_set(c->err, ENOSPC,
			       "the volume of %s is full after %llu of %llu bytes: make room "
			       "there, or choose another place",
			       c->name, pos, size);
	if (code == EFBIG)
		return err_set(c->err, EFBIG,
			       "%s would have %llu bytes, more than its file system or a limit "
			       "allows: choose another place",
			       c->name, size);
	return err_set(c->err, code, "cannot write %s at byte %llu: %s", c->name, pos,
		       strerror(code));
}

/*
 * The ways to move what lies at the position. Each returns how many bytes it moved, 0 when it is
 * not the way for that, or -errno. A way that does not work, for whatever reason, leaves it to the
 * next; the last one finds the words.
 */

static int64_t clone_blocks(struct copy *c, const struct span *span)
{
	uint64_t len = span->len < CLONE_STEP ? span->len : CLONE_STEP;
	struct file_clone_range range;
	int ret;

	len -= len % c->unit;
	if (span->kind != SPAN_FILE || len < LARGE || c->pos % c->unit || span->offset % c->unit)
		return 0;
	range = (struct file_clone_range){ span->fd, span->offset, len, c->pos };
	if (ioctl(c->fd, FICLONERANGE, &range) < 0)
		return 0;
	ret = source_check(c->source, c->err);
	return ret < 0 ? ret : (int64_t)len;
}

/* Asked once, when it is plain that files are not shared: shared ones take no room. */
static int64_t check_room(struct copy *c, const struct span *span)
{
	uint64_t need = c->size - c->pos, room;
	struct statvfs vfs;

	if (c->room_known || span->kind != SPAN_FILE || span->len < c->unit)
		return 0;
	c->room_known = true;
	if (fstatvfs(c->fd, &vfs) < 0)
		return 0;
	room = (uint64_t)(geteuid() ? vfs.f_bavail : vfs.f_bfree) * vfs.f_frsize;
	if (need <= room)
		return 0;
	return err_set(c->err, ENOSPC,
		       "%s needs %llu MiB more, and its volume has %llu MiB free: make "
		       "room there, or choose another place",
		       c->name, (unsigned long long)(need >> 20) + 1,
		       (unsigned long long)(room >> 20));
}

static int64_t copy_in_kernel(struct copy *c, const struct span *span)
{
	size_t len = span->len < STEP ? (size_t)span->len : STEP;
	off_t from = (off_t)span->offset, to = (off_t)c->pos;
	ssize_t n;
	int ret;

	if (span->kind != SPAN_FILE || span->len < LARGE)
		return 0;
	n = copy_file_range(span->fd, &from, c->fd, &to, len, 0);
	if (n <= 0)
		return 0;
	ret = source_check(c->source, c->err);
	return ret < 0 ? ret : n;
}

static int64_t gather(struct copy *c, const struct span *first)
{
	/* So that the next write begins on a page. */
	size_t room = CHUNK - (size_t)(c->pos % CHUNK), fill = 0;
	struct span span = *first;
	int ret = 0;

	if (room > c->size - c->pos)
		room = (size_t)(c->size - c->pos);
	do {
		size_t len = span.len < room - fill ? (size_t)span.len : room - fill;
		ssize_t n = source_read(c->source, c->buf + fill, len, c->pos + fill, c->err);

		if (n < 0)
			return n;
		fill += (size_t)n;
		if (fill == room)
			break;
		ret = source_span(c->source, c->pos + fill, &span, c->err);
		if (ret == 0)
			ret = check_cancel(c);
	} while (ret == 0 && !(span.kind == SPAN_FILE && span.len >= LARGE));
	if (ret == 0)
		ret = write_at(c->fd, c->buf, fill, c->pos);
	else
		return ret;
	return ret < 0 ? write_failed(c, -ret) : (int64_t)fill;
}

static int step(struct copy *c)
{
	static int64_t (*const ways[])(struct copy *, const struct span *) = {
		clone_blocks, check_room, copy_in_kernel, gather,
	};
	struct span span;
	int64_t n = 0;
	int ret = source_span(c->source, c->pos, &span, c->err);

	if (ret < 0)
		return ret;
	for (size_t i = 0; i < ARRAY_SIZE(ways) && n == 0; i++)
		n = ways[i](c, &span);
	if (n < 0)
		return (int)n;
	c->pos += (uint64_t)n;
	if (c->pos - c->flushed >= FLUSH) {
		sync_file_range(c->fd, (off_t)c->flushed, (off_t)(c->pos - c->flushed),
				SYNC_FILE_RANGE_WRITE);
		c->flushed = c->pos;
	}
	progress_at(c->progress, source_layout(c->source),
		    c->pos / source_layout(c->source)->block_size);
	return check_cancel(c);
}

int image_copy(struct source *source, int fd, const char *name, struct progress *progress,
	       struct err *err)
{
	struct copy c = { source, fd, name, progress, err };
	struct statvfs vfs;
	struct stat st;
	int ret = begin(&c);

	c.unit = fstatvfs(fd, &vfs) == 0 && vfs.f_bsize ? vfs.f_bsize : 4096;
	while (ret == 0 && c.pos < c.size)
		ret = step(&c);
	free(c.buf);
	if (ret == 0 && (fstat(fd, &st) < 0 || (uint64_t)st.st_size != c.size))
		ret = err_set(err, EIO,
			      "%s does not have the size of the disc, %llu bytes, after writing",
			      name, (unsigned long long)c.size);
	return ret;
}
