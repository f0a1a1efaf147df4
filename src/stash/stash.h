/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The staged bytes: a directory that mirrors the tree, name for name, below data/ and audio/. With
 * it the mark that says it is burnfs's, the lock that says who has it, the log of attributes that
 * its objects cannot hold, and the note of an image being written.
 *
 * Knows nothing of the tree: it takes paths relative to itself ("data/a/b", of any length), which
 * the caller keeps still while a call runs. It follows no symbolic link and crosses no file system.
 * Returns are >= 0 or -errno; calls may come from many threads.
 */
#ifndef BURNFS_STASH_H
#define BURNFS_STASH_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>

#include "base/util.h"

struct stash;

/*
 * The stash that a mountpoint gets unless told otherwise: $XDG_STATE_HOME/burnfs/NAME, else
 * ~/.local/state/burnfs/NAME; for root /var/lib/burnfs/NAME. NAME is the mountpoint in the manner
 * of systemd-escape --path; no two mountpoints share one. @mountpoint is absolute, without "." and
 * "..". EINVAL, ENAMETOOLONG for a @buf too small, ENOENT without a home directory.
 */
int stash_default_path(const char *mountpoint, char *buf, size_t len, struct err *);
/*
 * A stash at that default @path could not be opened, as @err says: where there is no home directory
 * say that instead. -errno, as before.
 */
int stash_explain_home(const char *path, struct err *);
/* Where it was before: in $XDG_CACHE_HOME, ~/.cache or, for root, /var/cache. */
int stash_former_path(const char *mountpoint, char *buf, size_t len, struct err *);

/*
 * Open or create the stash at @path, which is absolute, for this process (the mark names it, not a
 * child that it forks): it is taken if it is empty or bears the mark, and belongs to who runs this.
 * Missing parents are made, 0700; so does the stash become. Links on the way are followed if they
 * are root's or of who runs this, and what they lead to is not made. Errors: EBUSY names the daemon
 * that has it, after a wait of up to 60 s for one that is closing, of 8 s for one whose mountpoint
 * is not (or not any more) in the mount table; ENOTEMPTY for a directory that is no stash; EINVAL
 * for one that lies in another stash, and for a mark that is not burnfs's or of another version;
 * EPERM for somebody else's directory; EACCES, EROFS, ENOSPC with the path. @mountpoint goes into
 * the mark for others to read.
 */
int stash_open(struct stash **out, const char *path, const char *mountpoint, struct err *);
/*
 * The same; but where @path is no stash yet and @former is one, that one is moved there. It is used
 * where it is if it cannot be moved, on another volume for example. stash_path() says which.
 */
int stash_open_from(struct stash **out, const char *path, const char *former,
		    const char *mountpoint, struct err *);
/* Tell others that the mount is gone and stash_close() will follow, so that they wait for it. */
void stash_closing(struct stash *);
/*
 * Frees the lock. @discard: the stash is removed, and only what burnfs put there: the directory
 * itself goes if burnfs made it and nothing else is in it. The lock is free, and the path fit for
 * another daemon, before the deleting begins; what a crash leaves of it the next daemon's
 * stash_sweep() deletes.
 */
void stash_close(struct stash *, bool discard);
const char *stash_path(const struct stash *);
/* Whether the directory @fd is the stash or lies in it, also by way of a bind mount. */
bool stash_contains(const struct stash *, int fd);
int stash_statvfs(const struct stash *, struct statvfs *);

/*
 * The usual calls, each exactly one step on the disk. @mode is the staged one: it goes through
 * stash_mode(), and the process's umask applies. New files are open for reading and writing; to
 * open one neither makes it nor follows a link, and reading leaves its atime alone where that is
 * allowed.
 */
int stash_create(struct stash *, const char *path, mode_t mode, int *fd);
int stash_open_file(struct stash *, const char *path, int flags);
int stash_mkdir(struct stash *, const char *path, mode_t mode);
/* A fifo or a socket, as the type in @mode says. */
int stash_mknod(struct stash *, const char *path, mode_t mode);
int stash_symlink(struct stash *, const char *path, const char *target);
int stash_link(struct stash *, const char *path, const char *new_path);
int stash_unlink(struct stash *, const char *path);
int stash_rmdir(struct stash *, const char *path);
int stash_rename(struct stash *, const char *path, const char *new_path, unsigned flags);
/*
 * A new file without a name that shares its blocks with @source, a file of any file system: it is
 * in @fd, open for reading and writing, and is gone when that is closed. Errors: those of FICLONE.
 */
int stash_clone(struct stash *, int source, mode_t mode, const struct timespec times[2], int *fd);
/* Give it its name: -EEXIST if there is one. */
int stash_name_file(struct stash *, int fd, const char *path);
int stash_stat(struct stash *, const char *path, struct stat *);
int stash_set_times(struct stash *, const char *path, const struct timespec times[2]);
int stash_fsyncdir(struct stash *, const char *path);
/*
 * Move a branch aside and put an empty one in its place; the old one is deleted by stash_sweep().
 * On a full volume as much of it is deleted at once as the new one needs: then 1.
 */
int stash_clear(struct stash *, const char *branch);
/* Delete what was moved aside, by an earlier daemon too. May take long; needs no lock. */
void stash_sweep(struct stash *);
/*
 * The same in a thread: returns at once. stash_close() ends it after the object that it is at, and
 * what is left then the next daemon deletes: so this is worth a call after stash_open().
 */
void stash_sweep_behind(struct stash *);
/* Before it deletes, the thread calls @first until that returns false. While there is no thread */
void stash_sweep_first(struct stash *, bool (*first)(void *data), void *data);
/* End the thread after the object that it is at. Never beside stash_sweep_behind(). */
void stash_sweep_end(struct stash *);
/*
 * Wait until that thread has deleted all, but no longer than that. Whether it was at it when this
 * was called: where the volume is full, it may have made room meanwhile.
 */
bool stash_sweep_wait(struct stash *, double seconds);

/* Which object it is: another one that gets the same inode number later is told apart. */
struct stash_id {
	_Alignas(8) uint64_t ino;   /* as on 64-bit machines: it lies in files, see struct
				       stash_record */
	int64_t born_sec;
	uint32_t born_nsec;
	uint32_t known;     /* enum stash_id_known: which of the others count */
	uint64_t handle;    /* a hash of the file handle */
};
enum stash_id_known {
	STASH_ID_BORN = 1 << 0,
	STASH_ID_HANDLE = 1 << 1,
	STASH_ID_BORN_BY = 1 << 2,   /* born then or earlier: a record of an earlier version */
};
int stash_identify(struct stash *, const char *path, struct stash_id *);

/* Attributes as staged, where the object itself cannot or must not hold them. */
struct stash_attr {
	struct stash_id id;
	uint32_t mode, uid, gid;
};
/* What was kept survives the daemon at once, a loss of power after stash_attr_sync(). */
int stash_attr_put(struct stash *, const struct stash_attr *);
/* Never fails for want of space. Nothing if there is no record of @ino. */
void stash_attr_forget(struct stash *, uint64_t ino);
int stash_attr_sync(struct stash *);
/*
 * Make room for the attributes of @names objects, so that stash_attr_put() finds it on a full
 * volume, too. To be called before an object is made: -ENOSPC, -EDQUOT.
 */
int stash_attr_reserve(struct stash *, uint64_t names);
/* Whether there is a record of the object at @path, which has @ino. */
bool stash_attr_get(struct stash *, const char *path, uint64_t ino, struct stash_attr *);
/*
 * Recovery is over, and found @names: records that nobody asked for belong to objects that are
 * gone, and are forgotten. The file is rewritten if that makes it much smaller.
 */
void stash_attr_settle(struct stash *, uint64_t names);
/*
 * Extended attributes ("user." ones) of the object that @fd has open, as the calls of that name: up
 * to 64 KiB each, whatever the stash's file system takes. Those that are kept beside the object
 * survive as stash_attr_put() says, and go with stash_xattr_forget(), when its last name goes. The
 * list has all names, also others that the object has.
 */
int stash_xattr_set(struct stash *, int fd, const char *name, const void *value, size_t len,
		    int flags);
ssize_t stash_xattr_get(struct stash *, int fd, const char *name, void *value, size_t len);
int stash_xattr_remove(struct stash *, int fd, const char *name);
ssize_t stash_xattr_list(struct stash *, int fd, char list[XATTR_LIST_MAX]);
void stash_xattr_forget(struct stash *, uint64_t ino);
/*
 * Recovery has met @ino. Before stash_attr_settle(), which forgets what belongs to objects that
 * were not met.
 */
void stash_xattr_want(struct stash *, uint64_t ino);

/*
 * The mode that a stash object gets for a staged one, file type included: rw or rwx for the owner,
 * never set-uid.
 */
mode_t stash_mode(mode_t staged);

/*
 * Called for every object of a branch but the branch itself, directories before what is in them,
 * the names of a directory in the order of strcmp(). Path relative to the stash; @link_target is
 * NULL but for a symbolic link. Anything but 0 ends the walk, which returns it. Devices, and what
 * is on another file system, are passed over with a warning.
 */
typedef int stash_visit(void *data, const char *path, const struct stat *, const char *link_target);
int stash_walk(struct stash *, const char *branch, stash_visit *, void *data, struct err *);

/* A file as it was, for the number of an inode alone may soon be another file's. */
struct noted_file {
	ino_t ino;                /* 0: there is none */
	off_t size;
	struct timespec mtime;
};

enum { IMAGE_FILES = 2 };         /* an image; the sheet of a .bin */

/* An image that is being made, as the next mount must know it. */
struct image_note {
	char path[PATH_MAX];      /* of the image under its hidden name */
	struct {
		char name[NAME_MAX + 1];  /* that it is about to get; empty before all files are
					     complete */
		struct noted_file made;   /* before that only the ino counts, 0 until the file is
					     made */
		struct noted_file old;    /* what had the name then */
	} file[IMAGE_FILES];
};

/*
 * Written and synced before the image is made, and again with what is known then. Each time the
 * whole old note or the whole new one survives.
 */
int stash_note_image(struct stash *, const struct image_note *);
/*
 * -ENOENT: there is none. -EINVAL: another version wrote it; the path alone is set, and empty if
 * there is none.
 */
int stash_note_read(struct stash *, struct image_note *);
void stash_note_clear(struct stash *);

#endif
