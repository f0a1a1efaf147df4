/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log of attributes: records of one size, each with a check, of which the last one about an
 * object counts. The first record names the directory that the log belongs to, so that the log in a
 * copy of a stash, whose objects have other inode numbers, is not believed. Appending takes the
 * log's own lock.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "stash_priv.h"

enum record_kind { RECORD_ATTR = 1, RECORD_FORGET = 2, RECORD_OWNER = 3 };

/* On disk, in the machine's own byte order: a log from another machine fails its checks. */
struct record {
	uint64_t ino;
	uint32_t mode, uid, gid, kind;
	uint64_t check;
};

struct log_entry {
	struct stash_attr attr;
	uint32_t place;            /* in the log: the later one counts */
	bool live;                 /* not forgotten */
	bool wanted;               /* recovery asked for it */
};

/* FNV-1a over all that is before the check. */
static uint64_t record_check(const struct record *r)
{
	const unsigned char *p = (const unsigned char *)r;
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < offsetof(struct record, check); i++)
		hash = (hash ^ p[i]) * 1099511628211u;
	return hash;
}

static struct record make_record(enum record_kind kind, const struct stash_attr *a)
{
	struct record r = {
		.ino = a->ino, .mode = a->mode, .uid = a->uid, .gid = a->gid, .kind = kind,
	};

	r.check = record_check(&r);
	return r;
}

/*
 * Device numbers change from boot to boot, so the directory is known by its inode number and by
 * when it was born, where the file system remembers that.
 */
static struct record owner_record(const struct stash *s)
{
	struct stash_attr a = { .ino = s->ino };
	struct statx stx;

	if (statx(s->dir, "", AT_EMPTY_PATH, STATX_BTIME, &stx) == 0 &&
	    stx.stx_mask & STATX_BTIME) {
		a.mode = (uint32_t)stx.stx_btime.tv_sec;
		a.uid = (uint32_t)((uint64_t)stx.stx_btime.tv_sec >> 32);
		a.gid = stx.stx_btime.tv_nsec;
	}
	return make_record(RECORD_OWNER, &a);
}

/* ---- reading ---- */

static bool add_entry(struct stash_log *log, const struct record *r)
{
	if (log->n == log->cap) {
		size_t cap = log->cap ? 2 * log->cap : 256;
		struct log_entry *entries = reallocarray(log->entries, cap, sizeof(*entries));

		if (!entries)
			return false;
		log->entries = entries;
		log->cap = cap;
	}
	log->entries[log->n] = (struct log_entry){
		.attr = { .ino = r->ino, .mode = r->mode, .uid = r->uid, .gid = r->gid },
		.place = (uint32_t)log->n,
		.live = r->kind == RECORD_ATTR,
	};
	log->n++;
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	const struct log_entry *x = a, *y = b;

	if (x->attr.ino != y->attr.ino)
		return x->attr.ino < y->attr.ino ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* Leave the last entry of each object, if it is live. */
static void keep_last(struct stash_log *log)
{
	size_t n = 0;

	if (log->n)
		qsort(log->entries, log->n, sizeof(*log->entries), compare_entries);
	for (size_t i = 0; i < log->n; i++) {
		const struct log_entry *e = &log->entries[i];
		bool last = i + 1 == log->n || e[1].attr.ino != e->attr.ino;

		if (last && e->live)
			log->entries[n++] = *e;
	}
	log->n = n;
}

/* Records that a power loss tore or left empty are passed over. */
static int read_records(struct stash_log *log)
{
	struct record buf[1024];
	ssize_t n;

	while ((n = pread(log->fd, buf, sizeof(buf), (off_t)log->end)) >= (ssize_t)sizeof(*buf)) {
		size_t got = (size_t)n / sizeof(*buf);

		for (size_t i = 0; i < got; i++) {
			if (buf[i].check != record_check(&buf[i]))
				continue;
			if (buf[i].kind != RECORD_ATTR && buf[i].kind != RECORD_FORGET)
				continue;
			if (!add_entry(log, &buf[i]))
				return -ENOMEM;
		}
		log->end += got * sizeof(*buf);
		log->records += got;
	}
	return n < 0 ? -errno : 0;
}

/* ---- writing ---- */

/* Write a new log of the wanted entries beside the old one and put it in its place. */
static int write_log(struct stash *s)
{
	struct record owner = owner_record(s);
	cleanup_close int fd = -1;
	uint64_t end = sizeof(owner);
	int r;

	unlinkat(s->dir, STASH_LOG_NEW, 0);
	fd = openat(s->dir, STASH_LOG_NEW, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -errno;
	r = write_at(fd, &owner, sizeof(owner), 0);
	for (size_t i = 0; r == 0 && i < s->log.n; i++) {
		struct record entry = make_record(RECORD_ATTR, &s->log.entries[i].attr);

		if (!s->log.entries[i].wanted)
			continue;
		r = write_at(fd, &entry, sizeof(entry), end);
		end += sizeof(entry);
	}
	if (r == 0 && s->log.n && fsync(fd) < 0)
		r = -errno;
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
	s->log.end = end;
	return 0;
}

int stash_log_open(struct stash *s, struct err *err)
{
	struct record owner = owner_record(s), found;
	struct stat st;
	int r;

	s->log.fd = openat(s->dir, STASH_LOG, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (s->log.fd >= 0 && fstat(s->log.fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    read_at(s->log.fd, &found, sizeof(found), 0) == 0 &&
	    memcmp(&found, &owner, sizeof(owner)) == 0) {
		s->log.end = sizeof(owner);
		r = read_records(&s->log);
		keep_last(&s->log);
	} else {
		if (s->log.fd >= 0)
			log_warning("the attributes in %s are another directory's: modes and "
				    "owners are taken from the files", s->path);
		r = write_log(s);
	}
	if (r < 0)
		return err_set(err, -r, "cannot read or write the attributes in the stash %s: %s",
			       s->path, strerror(-r));
	return 0;
}

void stash_log_close(struct stash *s)
{
	if (s->log.fd >= 0)
		close(s->log.fd);
	free(s->log.entries);
	pthread_mutex_destroy(&s->log.lock);
}

/* A record that did not get in whole is overwritten by the next one. */
static int append(struct stash *s, const struct record *r)
{
	int result;

	pthread_mutex_lock(&s->log.lock);
	result = write_at(s->log.fd, r, sizeof(*r), s->log.end);
	if (result == 0)
		s->log.end += sizeof(*r);
	pthread_mutex_unlock(&s->log.lock);
	return result;
}

int stash_attr_put(struct stash *s, const struct stash_attr *attr)
{
	struct record r = make_record(RECORD_ATTR, attr);

	return append(s, &r);
}

int stash_attr_forget(struct stash *s, uint64_t ino)
{
	struct stash_attr none = { .ino = ino };
	struct record r = make_record(RECORD_FORGET, &none);

	return append(s, &r);
}

int stash_attr_sync(struct stash *s)
{
	return fdatasync(s->log.fd) < 0 ? -errno : 0;
}

static int compare_ino(const void *key, const void *entry)
{
	uint64_t ino = *(const uint64_t *)key;
	const struct log_entry *e = entry;

	return ino < e->attr.ino ? -1 : ino > e->attr.ino;
}

bool stash_attr_get(struct stash *s, uint64_t ino, struct stash_attr *attr)
{
	struct log_entry *e = NULL;

	if (s->log.n)
		e = bsearch(&ino, s->log.entries, s->log.n, sizeof(*e), compare_ino);
	if (!e)
		return false;
	e->wanted = true;
	*attr = e->attr;
	return true;
}

void stash_attr_settle(struct stash *s)
{
	uint64_t wanted = 0;
	int r = 0;

	for (size_t i = 0; i < s->log.n; i++)
		wanted += s->log.entries[i].wanted;
	pthread_mutex_lock(&s->log.lock);
	if (wanted != s->log.records && s->log.end == (1 + s->log.records) * sizeof(struct record))
		r = write_log(s);
	pthread_mutex_unlock(&s->log.lock);
	if (r < 0)
		log_warning("cannot rewrite the attributes in %s: %s", s->path, strerror(-r));
	free(s->log.entries);
	s->log.entries = NULL;
	s->log.n = s->log.cap = 0;
}
