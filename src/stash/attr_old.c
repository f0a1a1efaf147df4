/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attributes as earlier versions kept them: records that were appended, of which the last one
 * about an inode number counts, and nothing that says which object that was. Such a record is
 * believed of an object that was born before the log was last written to, and of no later one.
 */
#include <fcntl.h>
#include <string.h>

#include "stash/priv.h"

enum old_kind { OLD_ATTR = 1, OLD_FORGET = 2, OLD_OWNER = 3 };

struct old_record {
	uint64_t ino;
	uint32_t mode, uid, gid, kind;
	uint64_t check;
};

struct old_entry {
	struct old_record record;
	size_t place;              /* in the log: the later one counts */
};

static bool is_whole(const struct old_record *r)
{
	return r->check == stash_hash(r, offsetof(struct old_record, check));
}

/* The first record names the directory that the log belongs to. */
static bool is_of(const struct old_record *r, const struct stash_id *dir)
{
	uint64_t born = (uint64_t)r->uid << 32 | r->mode;

	if (!is_whole(r) || r->kind != OLD_OWNER || r->ino != dir->ino)
		return false;
	if (!(dir->known & STASH_ID_BORN))
		return true;
	return born == (uint64_t)dir->born_sec && r->gid == dir->born_nsec;
}

static int compare_entries(const void *a, const void *b)
{
	const struct old_entry *x = a, *y = b;

	if (x->record.ino != y->record.ino)
		return x->record.ino < y->record.ino ? -1 : 1;
	return x->place < y->place ? -1 : x->place > y->place;
}

/* Records that a power loss tore or left empty are passed over. */
static int read_entries(int fd, struct old_entry *entries, size_t most, size_t *n)
{
	for (size_t i = 0; i < most; i++) {
		struct old_record *r = &entries[*n].record;
		int rc = read_at(fd, r, sizeof(*r), (i + 1) * sizeof(*r));

		if (rc < 0)
			return rc;
		entries[*n].place = i;
		if (is_whole(r) && (r->kind == OLD_ATTR || r->kind == OLD_FORGET))
			++*n;
	}
	return 0;
}

static struct stash_record as_record(const struct old_record *old, const struct timespec *written)
{
	return (struct stash_record){
		.attr = {
			.id = {
				.ino = old->ino, .known = STASH_ID_BORN_BY,
				.born_sec = written->tv_sec,
				.born_nsec = (uint32_t)written->tv_nsec,
			},
			.mode = old->mode, .uid = old->uid, .gid = old->gid,
		},
	};
}

int stash_old_log(int fd, const struct stash_id *dir, struct stash_record **out, size_t *n)
{
	cleanup_free struct old_entry *entries = NULL;
	struct old_record first;
	size_t most, found = 0;
	struct stat st;
	int r;

	*out = NULL;
	*n = 0;
	if (fstat(fd, &st) < 0 || read_at(fd, &first, sizeof(first), 0) < 0 || !is_of(&first, dir))
		return -ENOENT;
	most = (size_t)st.st_size / sizeof(first) - 1;
	entries = reallocarray(NULL, most + 1, sizeof(*entries));
	*out = reallocarray(NULL, most + 1, sizeof(**out));
	r = entries && *out ? read_entries(fd, entries, most, &found) : -ENOMEM;
	if (r < 0) {
		free(*out);
		return r;
	}
	qsort(entries, found, sizeof(*entries), compare_entries);
	for (size_t i = 0; i < found; i++) {
		bool last = i + 1 == found || entries[i + 1].record.ino != entries[i].record.ino;

		if (last && entries[i].record.kind == OLD_ATTR)
			(*out)[(*n)++] = as_record(&entries[i].record, &st.st_mtim);
	}
	return 0;
}
