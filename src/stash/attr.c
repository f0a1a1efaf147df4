/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attributes that objects cannot hold themselves: a file of slots, one for each object that has
 * such attributes, written over in place. So it does not grow by changes, and neither changing nor
 * forgetting takes space. The file has room for as many objects as there are names
 * (stash_attr_reserve()), so that changing the attributes of any of them finds a slot on a full
 * volume, too.
 *
 * The first slot names the directory that the file belongs to: in a copy of a stash all objects are
 * other ones. Slots are kept in memory by inode number, the attributes only on disk. The log's own
 * lock guards all.
 */
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "stash/priv.h"

enum {
	RECORD = sizeof(struct stash_record),
	ROOM_STEP = 256,           /* slots by which the file grows at least */
	BUCKETS_FIRST = 64,
};

_Static_assert(RECORD == 64, "a record never crosses a sector");

enum record_kind { RECORD_FREE = 0, RECORD_DIRECTORY = 4, RECORD_ATTR = 5 };

/* Slot 0 is the directory's, so 0 stands for none. */
struct slot {
	uint64_t ino;
	uint32_t next;             /* in its bucket, or of those that are free */
	bool wanted;               /* recovery asked for it, or it is new */
};

static void seal(struct stash_record *r, enum record_kind kind)
{
	r->kind = kind;
	r->check = stash_hash(r, offsetof(struct stash_record, check));
}

static bool is_whole(const struct stash_record *r, enum record_kind kind)
{
	return r->kind == kind && r->check == stash_hash(r, offsetof(struct stash_record, check));
}

/* ---- slots in memory ---- */

static uint32_t *bucket_of(const struct stash_log *log, uint64_t ino)
{
	return &log->buckets[(ino * 0x9fb21c651e98df25u >> 32) & (log->nbuckets - 1)];
}

static uint32_t slot_find(const struct stash_log *log, uint64_t ino)
{
	uint32_t i = log->buckets ? *bucket_of(log, ino) : 0;

	while (i && log->slots[i].ino != ino)
		i = log->slots[i].next;
	return i;
}

static bool grow_buckets(struct stash_log *log)
{
	uint32_t n = log->nbuckets ? 2 * log->nbuckets : BUCKETS_FIRST, *old = log->buckets,
		 old_n = log->nbuckets;
	uint32_t *fresh = calloc(n, sizeof(*fresh));

	if (!fresh)
		return log->nbuckets; /* longer chains are slower, not wrong */
	log->buckets = fresh;
	log->nbuckets = n;
	for (uint32_t b = 0; b < old_n; b++) {
		for (uint32_t i = old[b], next; i; i = next) {
			next = log->slots[i].next;
			log->slots[i].next = *bucket_of(log, log->slots[i].ino);
			*bucket_of(log, log->slots[i].ino) = i;
		}
	}
	free(old);
	return true;
}

static bool grow_slots(struct stash_log *log)
{
	uint32_t cap = log->cap ? log->cap + log->cap / 2 : BUCKETS_FIRST;
	struct slot *more = reallocarray(log->slots, cap, sizeof(*more));

	if (!more)
		return false;
	log->slots = more;
	log->cap = cap;
	return true;
}

/* One more slot behind the last: in no bucket, and not free. */
static bool slot_append(struct stash_log *log)
{
	if (log->n == log->cap && !grow_slots(log))
		return false;
	log->slots[log->n++] = (struct slot){ 0 };
	return true;
}

static bool slot_use(struct stash_log *log, uint32_t i, uint64_t ino)
{
	if (log->used >= log->nbuckets && !grow_buckets(log))
		return false;
	log->slots[i] = (struct slot){ .ino = ino, .next = *bucket_of(log, ino) };
	*bucket_of(log, ino) = i;
	log->used++;
	return true;
}

static void slot_free(struct stash_log *log, uint32_t i)
{
	uint32_t *p = bucket_of(log, log->slots[i].ino);

	while (*p != i)
		p = &log->slots[*p].next;
	*p = log->slots[i].next;
	log->slots[i] = (struct slot){ .next = log->free };
	log->free = i;
	log->used--;
}

/* A slot for the object, or 0 without memory. */
static uint32_t slot_take(struct stash_log *log, uint64_t ino)
{
	uint32_t i = log->free, next;

	if (!i) {
		if (!slot_append(log))
			return 0;
		i = log->n - 1;
		next = 0;
	} else {
		next = log->slots[i].next;
	}
	if (!slot_use(log, i, ino)) {
		log->slots[i].next = log->free;
		log->free = i;
		return 0;
	}
	log->free = next;
	return i;
}

static void forget_slots(struct stash_log *log)
{
	free(log->slots);
	free(log->buckets);
	log->slots = NULL;
	log->buckets = NULL;
	log->n = log->cap = log->used = log->free = log->nbuckets = 0;
}

/* ---- the file ---- */

static uint64_t place_of(uint32_t slot)
{
	return (uint64_t)slot * RECORD;
}

/* Make the file @slots long, with blocks of its own for all of them. */
static int allocate(int fd, uint64_t from, uint64_t slots)
{
	int r;

	if (slots <= from)
		return 0;
	do
		r = posix_fallocate(fd, (off_t)(from * RECORD), (off_t)((slots - from) * RECORD));
	while (r == EINTR);
	return -r;
}

/* How long a file that shall have room for @names objects is. */
static uint64_t room_for(uint64_t names)
{
	uint64_t slots = 1 + names + names / 8;

	return (slots + ROOM_STEP - 1) / ROOM_STEP * ROOM_STEP;
}

/* Btrfs writes over a block in a new one, which takes space, unless it is told not to. */
static void write_in_place(int fd)
{
	struct statfs fs;
	int flags;

	if (fstatfs(fd, &fs) < 0 || (unsigned long)fs.f_type != BTRFS_SUPER_MAGIC ||
	    ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
		return;
	flags |= FS_NOCOW_FL;
	if (ioctl(fd, FS_IOC_SETFLAGS, &flags) < 0)
		log_debug("the file of attributes is copied on write: %s", strerror(errno));
}

/* Take up slot @i as it was read. A second one of the same object counts as free. */
static bool take_slot(struct stash_log *log, uint32_t i, const struct stash_record *r)
{
	if (!is_whole(r, RECORD_ATTR) || slot_find(log, r->attr.id.ino))
		return true;
	while (log->n <= i) {
		if (!slot_append(log))
			return false;
		if (log->n <= i) {
			log->slots[log->n - 1].next = log->free;
			log->free = log->n - 1;
		}
	}
	return slot_use(log, i, r->attr.id.ino);
}

/* Records that a power loss tore or left empty are free slots. */
static int read_slots(struct stash_log *log)
{
	struct stash_record buf[512];
	uint64_t at = 0;
	ssize_t n;

	if (!slot_append(log))
		return -ENOMEM;
	while ((n = pread(log->fd, buf, sizeof(buf), (off_t)(at * RECORD))) >= RECORD) {
		for (size_t i = 0; i < (size_t)n / RECORD && at < UINT32_MAX; i++, at++)
			if (at && !take_slot(log, (uint32_t)at, &buf[i]))
				return -ENOMEM;
	}
	atomic_store(&log->room, at);
	return n < 0 ? -errno : 0;
}

/*
 * Write the directory's record and @n others, with room for as many objects as there are of them.
 */
static int write_new(struct stash *s, int fd, struct stash_record *records, size_t n)
{
	struct stash_record dir = { 0 };
	int r = stash_identify_at(s, s->dir, "", &dir.attr.id);

	seal(&dir, RECORD_DIRECTORY);
	write_in_place(fd);
	if (r == 0)
		r = allocate(fd, 0, room_for(n));
	if (r == 0)
		r = write_at(fd, &dir, sizeof(dir), 0);
	for (size_t i = 0; i < n; i++)
		seal(&records[i], RECORD_ATTR);
	if (r == 0 && n)
		r = write_at(fd, records, n * sizeof(*records), RECORD);
	if (r == 0 && n && fsync(fd) < 0)
		r = -errno;
	return r;
}

/* Put a new file with these records in the place of the one that is there, and take it up. */
static int replace(struct stash *s, struct stash_record *records, size_t n)
{
	cleanup_close int fd = -1;
	int r;

	unlinkat(s->dir, STASH_LOG_NEW, 0);
	fd = openat(s->dir, STASH_LOG_NEW, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	r = fd < 0 ? -errno : write_new(s, fd, records, n);
	if (r == 0 && renameat(s->dir, STASH_LOG_NEW, s->dir, STASH_LOG) < 0)
		r = -errno;
	if (r < 0) {
		unlinkat(s->dir, STASH_LOG_NEW, 0);
		return r;
	}
	fsync(s->dir);
	if (s->log.fd >= 0)
		close(s->log.fd);
	s->log.fd = steal_fd(&fd);
	forget_slots(&s->log);
	return read_slots(&s->log);
}

/* ---- opening ---- */

static bool belongs_here(struct stash *s, const struct stash_id *dir)
{
	struct stash_record first;

	return read_at(s->log.fd, &first, sizeof(first), 0) == 0 &&
	       is_whole(&first, RECORD_DIRECTORY) && stash_is_same(&first.attr.id, dir);
}

/*
 * A log of an earlier version is written anew; where there is none that belongs here, an empty one.
 */
static int start_new(struct stash *s, const struct stash_id *dir)
{
	cleanup_free struct stash_record *records = NULL;
	size_t n = 0;
	int r = s->log.fd >= 0 ? stash_old_log(s->log.fd, dir, &records, &n) : 0;

	if (r == -ENOENT)
		log_warning("the attributes in %s belong to another directory: using the modes and "
			    "owners of the files",
			    s->path);
	return r < 0 && r != -ENOENT ? r : replace(s, records, n);
}

int stash_log_open(struct stash *s, struct err *err)
{
	struct stash_id dir;
	struct stat st;
	int r;

	s->handles = stash_has_handles(s);
	r = stash_identify_at(s, s->dir, "", &dir);
	s->log.fd = openat(s->dir, STASH_LOG, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (r == 0)
		r = s->log.fd >= 0 && fstat(s->log.fd, &st) == 0 && S_ISREG(st.st_mode) &&
				    belongs_here(s, &dir) ?
			    read_slots(&s->log) :
			    start_new(s, &dir);
	if (r == 0)
		r = stash_xattr_open(s);
	if (r < 0)
		return err_set(err, -r, "cannot read or write the attributes in the stash %s: %s",
			       s->path, strerror(-r));
	return 0;
}

void stash_log_close(struct stash *s)
{
	if (s->log.fd >= 0)
		close(s->log.fd);
	forget_slots(&s->log);
	pthread_mutex_destroy(&s->log.lock);
}

/* ---- room ---- */

/* lock held */
static int reserve(struct stash_log *log, uint64_t names)
{
	uint64_t room = atomic_load(&log->room), want = room_for(names);
	int r = names < room ? 0 : allocate(log->fd, room, want);

	if (r == 0 && names >= room)
		atomic_store(&log->room, want);
	return r;
}

int stash_attr_reserve(struct stash *s, uint64_t names)
{
	int r;

	if (names < atomic_load(&s->log.room))
		return 0;
	pthread_mutex_lock(&s->log.lock);
	r = reserve(&s->log, names);
	pthread_mutex_unlock(&s->log.lock);
	return r;
}

/* ---- records ---- */

int stash_attr_put(struct stash *s, const struct stash_attr *attr)
{
	struct stash_record r = { .attr = *attr };
	struct stash_log *log = &s->log;
	uint32_t had, slot;
	int result = -ENOMEM;

	seal(&r, RECORD_ATTR);
	pthread_mutex_lock(&log->lock);
	had = slot_find(log, attr->id.ino);
	slot = had ? had : slot_take(log, attr->id.ino);
	if (slot) {
		log->slots[slot].wanted = true;
		result = reserve(log, slot);
		if (result == 0)
			result = write_at(log->fd, &r, sizeof(r), place_of(slot));
		if (result < 0 && !had)
			slot_free(log, slot);
	}
	pthread_mutex_unlock(&log->lock);
	return result;
}

/* lock held */
static void forget(struct stash *s, uint32_t slot)
{
	static const struct stash_record nothing;

	/* Should this fail, the record is no other object's: stash_is_same() knows. */
	if (write_at(s->log.fd, &nothing, sizeof(nothing), place_of(slot)) < 0)
		log_debug("cannot erase a record of attributes");
	slot_free(&s->log, slot);
}

void stash_attr_forget(struct stash *s, uint64_t ino)
{
	uint32_t slot;

	pthread_mutex_lock(&s->log.lock);
	slot = slot_find(&s->log, ino);
	if (slot)
		forget(s, slot);
	pthread_mutex_unlock(&s->log.lock);
}

int stash_attr_sync(struct stash *s)
{
	return fdatasync(s->log.fd) < 0 ? -errno : stash_xattr_sync(s);
}

/* lock held */
static bool read_record(struct stash_log *log, uint32_t slot, struct stash_record *r)
{
	return slot && read_at(log->fd, r, sizeof(*r), place_of(slot)) == 0 &&
	       is_whole(r, RECORD_ATTR);
}

bool stash_attr_get(struct stash *s, const char *path, uint64_t ino, struct stash_attr *attr)
{
	struct stash_log *log = &s->log;
	struct stash_record record;
	struct stash_id id;
	uint32_t slot;
	bool found;

	pthread_mutex_lock(&log->lock);
	slot = slot_find(log, ino);
	found = read_record(log, slot, &record) && stash_identify(s, path, &id) == 0 &&
		stash_is_same(&record.attr.id, &id);
	if (found) {
		log->slots[slot].wanted = true;
		*attr = record.attr;
		attr->id = id;
	}
	pthread_mutex_unlock(&log->lock);
	return found;
}

/* ---- after recovery ---- */

/* Write all records side by side into a file that is no larger than it must be. lock held */
static int shrink(struct stash *s)
{
	cleanup_free struct stash_record *records = reallocarray(NULL, s->log.used + 1u,
								 sizeof(*records));
	size_t n = 0;

	if (!records)
		return -ENOMEM;
	for (uint32_t b = 0; b < s->log.nbuckets; b++)
		for (uint32_t i = s->log.buckets[b]; i; i = s->log.slots[i].next)
			n += read_record(&s->log, i, &records[n]);
	return replace(s, records, n);
}

/* lock held */
static void forget_unwanted(struct stash *s)
{
	for (uint32_t b = 0; b < s->log.nbuckets; b++) {
		for (uint32_t i = s->log.buckets[b], next; i; i = next) {
			next = s->log.slots[i].next;
			if (!s->log.slots[i].wanted)
				forget(s, i);
		}
	}
}

void stash_attr_settle(struct stash *s, uint64_t names)
{
	struct stash_log *log = &s->log;
	int r = 0;

	stash_xattr_settle(s);
	pthread_mutex_lock(&log->lock);
	forget_unwanted(s);
	if (atomic_load(&log->room) > 2 * room_for(names > log->used ? names : log->used))
		r = shrink(s);
	if (r < 0)
		log_warning("cannot rewrite the attributes in %s: %s", s->path, strerror(-r));
	r = reserve(log, names);
	if (r < 0)
		log_warning("no room for attributes in %s: %s; make room, or changing a mode or "
			    "owner may fail",
			    s->path, strerror(-r));
	pthread_mutex_unlock(&log->lock);
}
