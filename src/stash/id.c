/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells an object of the stash from another one that gets its inode number later: when it was
 * born, and its file handle, which has the inode's generation in it. Not every file system has
 * both. No locks.
 */
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/statfs.h>

#include "stash/priv.h"

/* FNV-1a */
uint64_t stash_hash(const void *bytes, size_t len)
{
	const unsigned char *p = bytes;
	uint64_t hash = 14695981039346656037u;

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ p[i]) * 1099511628211u;
	return hash;
}

bool stash_has_handles(const struct stash *s)
{
	struct statfs fs;

	/* A FUSE server may number its files anew each time that it is mounted. */
	return fstatfs(s->dir, &fs) == 0 && fs.f_type != FUSE_SUPER_MAGIC;
}

static bool take_handle(int at, const char *path, int flags, uint64_t *hash)
{
	_Alignas(struct file_handle) char space[sizeof(struct file_handle) + MAX_HANDLE_SZ] = { 0 };
	struct file_handle *h = (struct file_handle *)space;
	int mount_id;

	h->handle_bytes = MAX_HANDLE_SZ;
	if (name_to_handle_at(at, path, h, &mount_id, flags) < 0)
		return false;
	*hash = stash_hash(space, sizeof(*h) + h->handle_bytes);
	return true;
}

int stash_identify_at(const struct stash *s, int at, const char *path, struct stash_id *id)
{
	bool itself = path[0] == '\0';
	struct statx stx;

	*id = (struct stash_id){ 0 };
	if (statx(at, path, itself ? AT_EMPTY_PATH : AT_SYMLINK_NOFOLLOW, STATX_INO | STATX_BTIME,
		  &stx) < 0)
		return -errno;
	id->ino = stx.stx_ino;
	if (stx.stx_mask & STATX_BTIME) {
		id->known |= STASH_ID_BORN;
		id->born_sec = stx.stx_btime.tv_sec;
		id->born_nsec = stx.stx_btime.tv_nsec;
	}
	if (s->handles && take_handle(at, path, itself ? AT_EMPTY_PATH : 0, &id->handle))
		id->known |= STASH_ID_HANDLE;
	return 0;
}

int stash_identify(struct stash *s, const char *path, struct stash_id *id)
{
	struct stash_place at;
	int r = stash_reach(s, path, &at);

	if (r < 0)
		return r;
	r = stash_identify_at(s, at.dir, at.path, id);
	stash_leave(s, &at, 0);
	return r;
}

static int compare_born(const struct stash_id *a, const struct stash_id *b)
{
	if (a->born_sec != b->born_sec)
		return a->born_sec < b->born_sec ? -1 : 1;
	return a->born_nsec < b->born_nsec ? -1 : a->born_nsec > b->born_nsec;
}

/*
 * Only what is known of both is compared: another kernel may know more of a file system, or less.
 */
bool stash_is_same(const struct stash_id *kept, const struct stash_id *found)
{
	unsigned both = kept->known & found->known;

	if (kept->ino != found->ino)
		return false;
	if ((kept->known & STASH_ID_BORN_BY) && (found->known & STASH_ID_BORN))
		return compare_born(found, kept) <= 0;
	if ((both & STASH_ID_BORN) && compare_born(found, kept) != 0)
		return false;
	return !(both & STASH_ID_HANDLE) || kept->handle == found->handle;
}
