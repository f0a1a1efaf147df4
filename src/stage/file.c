/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: content. A node that is open has one descriptor of its stash file, for all its
 * handles.
 *
 * A write that makes a file larger reserves its room in the tree first, in one step with the check
 * that the disc still holds everything, and gives it back if the stash takes less.
 */
#include <fcntl.h>
#include <string.h>

#include "stage/priv.h"

/* ---- handles ---- */

static void handle_join(struct stage *s, struct handle *h)
{
	pthread_mutex_lock(&s->handles_lock);
	h->next = s->handles;
	if (s->handles)
		s->handles->prev = h;
	s->handles = h;
	pthread_mutex_unlock(&s->handles_lock);
}

static void handle_leave(struct stage *s, struct handle *h)
{
	pthread_mutex_lock(&s->handles_lock);
	if (h->prev)
		h->prev->next = h->next;
	else
		s->handles = h->next;
	if (h->next)
		h->next->prev = h->prev;
	pthread_mutex_unlock(&s->handles_lock);
	if (h->writable)
		stage_wake(s);
}

/*
 * How the kernel is to treat a handle. One that only writes, alone, bypasses the page cache: the
 * kernel then sends large writes and asks for no attributes between them. Nor does it take set-uid
 * bits away then, so the handle of a file that has some is not one of these. While such a writer is
 * there, whoever opens the file beside it bypasses the cache too, or he would read what the cache
 * kept from before. Nothing can be mapped shared through such a handle, so a reader that is left
 * over makes nobody else bypass the cache.
 */
static void choose_caching(struct handle *h, struct file *f, bool only_writes)
{
	struct node *n = h->node;

	h->direct = f->direct ||
		    (only_writes && f->handles == 0 && !(n->mode & (S_ISUID | S_ISGID)));
	h->pages_valid = !h->direct && !(n->flags & NODE_STALE_PAGES);
	if (h->direct && h->writable)
		f->direct++;
	if (!h->direct)
		n->flags &= (uint8_t)~NODE_STALE_PAGES;
	f->handles++;
}

/* Give a new handle its node. lock held for writing */
static void handle_attach(struct handle *h, struct node *n, struct file *f, bool only_writes)
{
	h->node = n;
	if (n->file != f) /* others read it without the lock while they have the file open */
		n->file = f;
	n->nopen++;
	choose_caching(h, f, only_writes);
	handle_join(h->stage, h);
}

static struct handle *handle_new(struct stage *s, int flags)
{
	struct handle *h = calloc(1, sizeof(*h));

	if (!h)
		return NULL;
	h->stage = s;
	h->flags = flags;
	h->writable = (flags & O_ACCMODE) != O_RDONLY;
	atomic_init(&h->unflushed, h->writable);
	return h;
}

/* gate held */
static int attach_opened(struct stage *s, struct node *n, struct handle *h, bool only_writes)
{
	cleanup_free struct file *fresh = NULL;
	cleanup_close int fd = -1;
	bool open;

	lock_write(s);
	open = n->file;
	if (open)
		handle_attach(h, n, n->file, only_writes);
	unlock(s);
	if (open)
		return 0;
	fd = open_stash(s, n);
	if (fd < 0)
		return fd;
	fresh = calloc(1, sizeof(*fresh));
	if (!fresh)
		return -ENOMEM;
	lock_write(s);
	if (n->file) { /* somebody was quicker */
		handle_attach(h, n, n->file, only_writes);
	} else {
		fresh->fd = steal_fd(&fd);
		handle_attach(h, n, steal_pointer(&fresh), only_writes);
	}
	unlock(s);
	return 0;
}

int stage_open(struct stage *s, struct node *n, int flags, struct handle **out)
{
	struct handle *h = handle_new(s, flags);
	int r;

	if (!h)
		return -ENOMEM;
	if (h->writable) {
		r = gate_enter_to_write(s);
	} else {
		pthread_rwlock_rdlock(&s->gate);
		r = 0;
	}
	if (r == 0) {
		r = attach_opened(s, n, h, (flags & O_ACCMODE) == O_WRONLY);
		if (r == 0 && h->writable && (flags & O_TRUNC)) {
			r = file_truncate(s, n, h, 0);
			if (r < 0) {
				gate_leave(s);
				stage_close(h);
				return r;
			}
		}
		gate_leave(s);
	}
	if (r < 0)
		free(h);
	else
		*out = h;
	return r;
}

int stage_create(struct stage *s, struct node *dir, const char *name, mode_t mode, int flags,
		 struct cred cred, struct node **out, struct handle **handle)
{
	struct file *f = calloc(1, sizeof(*f));
	struct handle *h = handle_new(s, flags);
	int r = f && h ? gate_enter_to_write(s) : -ENOMEM;

	if (r == 0) {
		r = stage_create_node(s, dir, name, mode, cred, out, &f->fd);
		if (r == 0) {
			lock_write(s);
			handle_attach(h, *out, f, (flags & O_ACCMODE) == O_WRONLY);
			unlock(s);
		}
		gate_leave(s);
	}
	if (r < 0) {
		free(f);
		free(h);
		return r;
	}
	*handle = h;
	return 0;
}

/*
 * Bring the stash object in line with the node: its times; and learn how much it takes. @fd is
 * of the stash file.
 */
static int settle(struct stage *s, struct node *n, int fd)
{
	struct timespec times[2];
	struct stat st;
	bool behind;

	lock_read(s);
	behind = n->flags & NODE_TIMES_BEHIND;
	unlock(s);
	if (!behind)
		return 0;
	/* An image that is being read must not take the new times for somebody else's doing. */
	lock_change_node(s, n);
	n->flags &= (uint8_t)~NODE_TIMES_BEHIND;
	times[0] = n->atime;
	times[1] = n->mtime;
	unlock(s);
	if (futimens(fd, times) < 0 || fstat(fd, &st) < 0) {
		int r = -errno;

		lock_write(s);
		n->flags |= NODE_TIMES_BEHIND; /* whoever closes or syncs it next tries again */
		unlock(s);
		return r;
	}
	/* Nor one that was begun between the two. */
	lock_change_node(s, n);
	n->pages = (uint32_t)((st.st_blocks + 7) / 8);
	unlock(s);
	return 0;
}

void stage_close(struct handle *h)
{
	struct stage *s = h->stage;
	struct node *n = h->node;
	struct file *f = n->file;
	int fd = -1;

	if (h->writable)
		settle(s, n, f->fd); /* what a mapping wrote after close(2) */
	lock_write(s);
	if (atomic_exchange(&h->wrote, false))
		audio_judge_written(s, n);
	if (h->direct && h->writable)
		f->direct--;
	if (--f->handles == 0) {
		fd = f->fd;
		n->file = NULL;
		free(f);
	}
	handle_leave(s, h);
	n->nopen--;
	tree_node_drop(&s->tree, n);
	unlock(s);
	if (fd >= 0)
		close(fd);
	free(h);
}

int stage_open_flags(const struct handle *h)
{
	return h->flags;
}

bool stage_direct(const struct handle *h)
{
	return h->direct;
}

bool stage_pages_valid(const struct handle *h)
{
	return h->pages_valid;
}

/* ---- the size ---- */

/*
 * Whether growing takes neither a block of content, nor one before the first file that is aligned,
 * nor a record of a further section (ECMA-119 6.5.1).
 */
static bool takes_no_more(uint64_t before, uint64_t after)
{
	return size_content(after) == size_content(before) &&
	       (after < SIZE_ALIGN_MIN) == (before < SIZE_ALIGN_MIN) && after <= UINT32_MAX;
}

/* The file may grow to @size: reserve the room for it, or -ENOSPC. lock held for writing */
static int reserve(struct stage *s, struct node *n, int fd, uint64_t size)
{
	uint64_t before = n->size;
	bool fits;

	if (size <= before)
		return 0;
	tree_resize(&s->tree, n, size);
	if (n->branch == BRANCH_AUDIO)
		fits = audio_fits(s, n, fd);
	else if (n->branch == BRANCH_IMAGE)
		fits = image_fits(s, n, fd);
	else
		fits = !tree_links(n) || takes_no_more(before, size) || space_fits(s);
	if (fits)
		return 0;
	tree_resize(&s->tree, n, before);
	return -ENOSPC;
}

static void content_changes(struct stage *s, struct handle *h, struct node *n)
{
	node_changed(s, n);
	n->mtime = n->ctime = time_now();
	n->flags |= NODE_TIMES_BEHIND;
	if (h && h->direct)
		n->flags |= NODE_STALE_PAGES;
	audio_unjudge(s, n);
	image_unjudge(n);
	if (h) {
		atomic_store(&h->unflushed, true);
		atomic_store(&h->wrote, true);
	}
}

/*
 * The stash took less than was reserved: its file tells how large ours is, once nobody else is
 * about to make it larger. Until then what others reserved stays reserved.
 */
static void give_back(struct stage *s, struct node *n, int fd)
{
	struct stat st;

	lock_change_node(s, n);
	if (n->file)
		atomic_store(&n->file->unsure, true);
	if (!n->file || !atomic_load(&n->file->changing)) {
		if (n->file)
			atomic_store(&n->file->unsure, false);
		if (fstat(fd, &st) == 0)
			tree_resize(&s->tree, n, (uint64_t)st.st_size);
	}
	unlock(s);
}

/* A change of content is over: one that failed or was cut short is not @whole. */
static void change_over(struct handle *h, bool whole)
{
	struct file *f = h->node->file;
	bool last = atomic_fetch_sub(&f->changing, 1) == 1;

	if (!whole || (last && atomic_load(&f->unsure)))
		give_back(h->stage, h->node, f->fd);
}

/* Get ready to change content up to byte @end; @grow: the file shall be that large then. */
static int begin_change(struct handle *h, uint64_t end, bool grow)
{
	struct stage *s = h->stage;
	int r = 0;

	lock_write(s);
	if (grow)
		r = reserve(s, h->node, handle_fd(h), end);
	if (r == 0) {
		content_changes(s, h, h->node);
		atomic_fetch_add(&h->node->file->changing, 1);
	}
	unlock(s);
	return refuse_disc(s, (enum branch)h->node->branch, r);
}

/* What a change of content came to: bytes, of @len that were wanted, or -1 with errno. */
static ssize_t end_change(struct handle *h, ssize_t done, size_t len)
{
	int r = done < 0 ? -errno : 0;

	change_over(h, done >= 0 && (size_t)done >= len);
	return r < 0 ? refuse_stash(h->stage, r) : done;
}

/* gate held */
int file_truncate(struct stage *s, struct node *n, struct handle *h, uint64_t size)
{
	cleanup_close int fd = -1;
	int r = 0;

	if (!node_is_file(n))
		return -EINVAL;
	lock_read(s);
	if (n->file)
		fd = fcntl(n->file->fd, F_DUPFD_CLOEXEC, 0);
	unlock(s);
	if (fd < 0)
		fd = open_stash(s, n);
	if (fd < 0)
		return fd;
	lock_write(s);
	r = reserve(s, n, fd, size);
	if (r == 0) {
		content_changes(s, h, n);
		tree_resize(&s->tree, n, size);
		if (n->branch == BRANCH_AUDIO)
			audio_reconsider(s);
	}
	unlock(s);
	if (r < 0)
		return refuse_disc(s, (enum branch)n->branch, r);
	if (ftruncate(fd, (off_t)size) < 0) {
		r = -errno;
		give_back(s, n, fd);
	}
	/*
	 * Without a handle no close(2) will follow that does it. The size is what was asked for, so
	 * the times may come later.
	 */
	if (r == 0 && !h)
		settle(s, n, fd);
	return refuse_stash(s, r);
}

/* ---- reading and writing ---- */

ssize_t stage_read(struct handle *h, void *buf, size_t len, off_t off)
{
	ssize_t n = pread(handle_fd(h), buf, len, off);

	return n < 0 ? -errno : n;
}

/* As pwrite(2). On a full volume, what was cleared is perhaps not yet deleted. */
static ssize_t write_some(struct handle *h, const char *from, size_t len, off_t off)
{
	int saved;
	ssize_t n;

	do {
		n = pwrite(handle_fd(h), from, len, off);
		saved = errno;
	} while (n < 0 && (saved == ENOSPC || saved == EDQUOT) &&
		 stash_sweep_wait(h->stage->stash, 0.02));
	errno = saved;
	return n;
}

ssize_t stage_write(struct handle *h, const void *buf, size_t len, off_t off)
{
	const char *from = buf;
	size_t done = 0;
	ssize_t n = 0;
	int r = len ? begin_change(h, (uint64_t)off + len, true) : 0;

	if (r < 0 || len == 0)
		return r;
	while (done < len) {
		n = write_some(h, from + done, len - done, off + (off_t)done);
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return end_change(h, done || n >= 0 ? (ssize_t)done : n, len);
}

int stage_fallocate(struct handle *h, int mode, off_t off, off_t len)
{
	int known = FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE;
	int r;

	if (mode & ~known)
		return -EOPNOTSUPP;
	r = begin_change(h, (uint64_t)off + (uint64_t)len, !(mode & FALLOC_FL_KEEP_SIZE));
	if (r < 0)
		return r;
	return (int)end_change(h, fallocate(handle_fd(h), mode, off, len), 0);
}

off_t stage_lseek(struct handle *h, off_t off, int whence)
{
	off_t at = lseek(handle_fd(h), off, whence);

	return at < 0 ? -errno : at;
}

ssize_t stage_copy(struct handle *in, off_t in_off, struct handle *out, off_t out_off, size_t len)
{
	struct stat st;
	ssize_t n;
	int r;

	if (fstat(handle_fd(in), &st) < 0)
		return -errno;
	if (in_off >= st.st_size || len == 0)
		return 0;
	if (len > (uint64_t)(st.st_size - in_off))
		len = (size_t)(st.st_size - in_off);
	r = begin_change(out, (uint64_t)out_off + len, true);
	if (r < 0)
		return r;
	n = copy_file_range(handle_fd(in), &in_off, handle_fd(out), &out_off, len, 0);
	return end_change(out, n, len);
}

/* ---- closing and syncing ---- */

int stage_flush(struct handle *h)
{
	int r;

	if (!h->writable)
		return 0;
	r = refuse_stash(h->stage, settle(h->stage, h->node, handle_fd(h)));
	atomic_store(&h->unflushed, false);
	if (r == 0 && atomic_exchange(&h->wrote, false)) {
		lock_read(h->stage);
		r = audio_judge_written(h->stage, h->node);
		unlock(h->stage);
	}
	return r;
}

int stage_fsync(struct handle *h, bool data_only)
{
	int r = settle(h->stage, h->node, handle_fd(h));

	if (r == 0 && (data_only ? fdatasync(handle_fd(h)) : fsync(handle_fd(h))) < 0)
		r = -errno;
	if (r == 0)
		r = stash_attr_sync(h->stage->stash);
	return refuse_stash(h->stage, r);
}

int stage_fsyncdir(struct stage *s, struct node *dir)
{
	cleanup_path struct path path = { .heap = NULL };
	int r;

	pthread_rwlock_rdlock(&s->gate);
	lock_read(s);
	r = path_of_node(&path, dir);
	unlock(s);
	if (r == 0)
		r = stash_fsyncdir(s->stash, path.text);
	gate_leave(s);
	return r == 0 ? stash_attr_sync(s->stash) : r == -ENOENT ? 0 : r;
}
