/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The staged names: nodes in memory, their attributes, and the counts behind `stats`.
 *
 * No I/O, no FUSE types, no policy. The lock is the caller's: stage/stage.c guards a tree with one
 * rwlock. "read" below means held at least for reading, "write" for writing. node_ref() alone is
 * atomic.
 *
 * A node is what an inode is: it lives while it has a name, or the kernel remembers it (nlookup),
 * or it is open. A name is a directory entry; a hard-linked file has several.
 */
#ifndef BURNFS_TREE_H
#define BURNFS_TREE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

#include "base/exclude.h"
#include "tree/size.h"

struct node;
struct track_info;  /* sound/audio.h */
struct image_seen;  /* stage/image.c */
struct file;   /* stage/file.c: the descriptor and the open handles of a node */
struct snapshot;    /* tree/snapshot.h */

struct name {
	struct node *parent;      /* NULL only for the root of a branch */
	struct node *node;
	struct name *next_link;   /* of the same node */
	struct name *hash_next;
	uint32_t hash;
	uint32_t slot;            /* in the parent's list */
	uint8_t len;
	bool excluded;            /* what it names is kept off the disc, with all below it */
	bool sound;               /* in audio/: it names a file, and is a sound file's name */
	bool track;               /* the same, in a directory that is not hidden: it is in
				     tree.tracks */
	char text[];              /* NUL-terminated */
};

/* What a directory has beside a node. */
struct dir {
	struct name **slots;      /* in order of creation; NULL where a name was removed */
	uint64_t *cookies;        /* by slot, ascending; NULL: a slot's cookie is its number */
	uint32_t nslots, cap;
	uint32_t nnames;          /* names in it */
	uint32_t nsubdirs;
	uint32_t nopen;           /* directory handles: cookies stay good while there are any */
	bool off;                 /* it is not on the disc, and has no size: excluded, or somewhere
				     below what is */
	bool hidden;              /* in audio/: its name, or that of one above it, begins with a
				     dot */
	bool dirty;               /* size holds the bound, not the exact figure */
	struct node *dirty_prev, *dirty_next;
	const struct node *under; /* the directory of this path in the tree that lies under; or
				     NULL */
	struct size_dir size;     /* with the names from under it, and all directories that they
				     bring */
	struct size_dir below;    /* in a tree that lies under another: this one, and all below
				     it */
	struct size_bound bound;  /* of its own names on the disc */
};

enum node_flag {
	NODE_ATTR_LOGGED = 1 << 0, /* the stash's attribute log has a record of it */
	NODE_XATTRS = 1 << 1,      /* may have extended attributes in the stash */
	NODE_STALE_PAGES = 1 << 2, /* the kernel may hold pages older than the content */
	NODE_TIMES_BEHIND = 1 << 3,/* the stash object's times are not yet the node's */
	NODE_ROOT = 1 << 4,        /* of a branch: has no name and is never freed before the tree */
	NODE_RECORDED = 1 << 5     /* is on the disc already, and not staged */
};

struct node {
	uint64_t ino;             /* st_ino: the inode number of the stash object */
	struct name *names;
	uint64_t size;            /* bytes; of a symbolic link its target's length */
	struct timespec mtime, atime, ctime;
	atomic_uint_least64_t nlookup;
	uint32_t uid, gid;
	uint32_t nlink;
	uint32_t nopen;           /* handles, directory handles included */
	uint32_t pages;           /* of 4096 bytes that the content takes in the stash */
	uint16_t mode;            /* with the file type */
	uint8_t branch;
	uint8_t flags;            /* enum node_flag */
	union {
		struct dir *dir;
		char *target;
		struct track_info *track;  /* of a file in audio/: what is known of it, or NULL */
		struct image_seen *image;  /* the same of one in image/ */
		uint32_t links;            /* of a file in data/: how many of its names are on the
					      disc */
	};
	union {
		struct file *file;        /* NULL while the node is not open */
		uint64_t block;           /* of a recorded file: where on the disc its content
					     begins */
		struct node *next_removed; /* see struct tree_removed */
	};
};

/* What of a branch is on the disc, its root left out; and what is kept off it. */
struct tree_counts {
	uint64_t files;           /* names of what is no directory */
	uint64_t directories;
	uint64_t bytes;           /* of content, that of hard-linked files once */
	uint64_t linux_shortened; /* names of more than LINUX_NAME_MAX bytes */
	uint64_t excluded;        /* names that are kept off, those below excluded directories
				     included */
};

/* What was removed while a snapshot may know it: to be freed with the last one. */
struct tree_removed {
	struct name *names;       /* by hash_next */
	struct node *nodes;
};

struct tree {
	struct node *root[BRANCHES];
	const struct tree *under;     /* of the names that are on the disc already; NULL: none */
	struct exclude exclude;       /* which names in data/ are kept off the disc */
	struct name **buckets;
	size_t nbuckets, nnames;
	uint64_t seed;                /* of the hash: names are chosen by others */
	bool closing;                 /* the kernel's lookups and handles count no more */
	struct tree_counts counts[BRANCHES];
	/*
	 * The size of the data disc: exact = clean with nothing dirty; clean + bound is never below
	 * it.
	 */
	struct size_totals clean;     /* content of all files, and the directories that are not
					 dirty */
	struct size_totals bound;     /* bounds of the dirty directories */
	struct name **tracks;         /* the names in audio/ that are tracks, in no order */
	uint32_t ntracks;
	uint32_t nsounds, tracks_cap; /* names that would be tracks if nothing were hidden; there is
					 room for them */
	uint64_t renamed;             /* joliet_renamed of the directories that are not dirty */
	struct node *dirty;           /* list of dirty directories */
	struct snapshot *snapshots;   /* newest first */
	struct tree_removed removed;
	struct node *cleared;         /* see tree_clear(); by next_removed */
};

/* 0 or -ENOMEM. The branches' roots belong to @uid and @gid. */
int tree_init(struct tree *, uid_t uid, gid_t gid);
void tree_fini(struct tree *);

static inline bool node_is_dir(const struct node *n) { return S_ISDIR(n->mode); }
static inline bool node_is_file(const struct node *n) { return S_ISREG(n->mode); }
static inline bool node_is_symlink(const struct node *n) { return S_ISLNK(n->mode); }

/*
 * A node without a name, all times now. @target, of a symbolic link, is copied. NULL without
 * memory.
 */
struct node *tree_node_new(enum branch, mode_t mode, const char *target);
/* Free the node if nothing holds it any more. write */
void tree_node_drop(struct tree *, struct node *);

/* The name @text in @dir, or NULL. read */
struct name *tree_find(const struct tree *, const struct node *dir, const char *text);
/*
 * Give @node the name @text in @dir. The caller has checked that the name is free, valid, and 1 to
 * 255 bytes long. NULL without memory. write
 */
struct name *tree_link(struct tree *, struct node *dir, const char *text, struct node *node);
/* Take a name away and free it; the node stays until tree_node_drop(). write */
void tree_unlink(struct tree *, struct name *);
/* The file's size is now @size bytes. write */
void tree_resize(struct tree *, struct node *, uint64_t size);
/*
 * Keep what base/exclude.h says of @list off the disc: names in data/ that match, and all that is
 * below such directories. True if that brought anything onto the disc or took it away. O(names) if
 * the list is another one. write
 */
bool tree_exclude(struct tree *, const char *list);
/*
 * Up to @most different names that are kept off the disc by themselves, not by a directory above
 * them; returns how many. O(names) if there are fewer. read
 */
unsigned tree_excluded_names(const struct tree *, char (*names)[256], unsigned most);
/* Whether the name is kept off the disc by itself, or by one above it. read */
static inline bool name_is_off(const struct name *nm)
{
	return nm->excluded || nm->parent->dir->off;
}
/*
 * How many names of the node the disc gets: none of one that is not on it; of the root of a branch
 * one. read
 */
uint32_t tree_links(const struct node *);
/* Whether there is nothing for a data disc. read */
bool tree_is_empty(const struct tree *);

/* One more lookup of the kernel's. read */
static inline void node_ref(struct node *n)
{
	atomic_fetch_add_explicit(&n->nlookup, 1, memory_order_relaxed);
}

/*
 * The i-th name of a directory, or NULL past the end; skips gaps and advances *@i behind it. read
 */
struct name *dir_next(const struct node *dir, uint32_t *i);
/*
 * An index moves when names are removed. What a reader of a directory that is open (nopen) keeps
 * between two calls is a cookie: dir_cookie() of an index, and dir_index() of that cookie leads to
 * the same place. 0 is the beginning. read
 */
uint64_t dir_cookie(const struct node *dir, uint32_t i);
uint32_t dir_index(const struct node *dir, uint64_t cookie);

/*
 * A disc may hold names already: a tree of recorded nodes, that lies under the staged one. What is
 * staged stands for what has the same path there, unless it is kept off the disc; of directories
 * that are in both the names are put together. The sizes below are those of both trees in one,
 * without the content of recorded files.
 */

/* No fewer than there are of them in all directories. read */
uint64_t tree_names_most(const struct tree *);
/*
 * Make a tree fit to lie under others: nothing in it may change from now on. All its nodes are
 * recorded ones. At most a few thousand directories above each other. -ENOMEM.
 */
int tree_settle(struct tree *);
/* Let a settled tree lie under this one, which borrows it; NULL: none. O(directories). write */
void tree_lay_over(struct tree *, const struct tree *under);

/*
 * Write the path of a node below the stash, "data/a/b", into @buf. Returns its length without the
 * NUL, or what it would be when @len is too small. 0: the node has no name any more. read
 */
size_t tree_path(const struct node *, char *buf, size_t len);
size_t tree_name_path(const struct name *, char *buf, size_t len);

/* Whether the directory @node is @dir or lies below it. read */
bool tree_is_below(const struct node *node, const struct node *dir);

/* Whether the node has no path: it was removed, or what was cleared has it. O(depth). read */
bool tree_is_gone(const struct node *);

/*
 * Empty a branch at once: all that is below its root is below @cleared from now on, a new directory
 * that becomes the tree's. Nothing of it is staged any more; it only waits to be freed. Before,
 * take out (tree_unlink()) each file that is open: nothing there may change its size any more.
 * O(names in the root). write
 */
void tree_clear(struct tree *, enum branch, struct node *cleared);
/*
 * Free up to @names names of what was cleared; @gone (may be NULL) is told each node that lost its
 * last. What the kernel knows lives on as after tree_unlink(). Whether there is more. write
 */
bool tree_free_cleared(struct tree *, size_t names, void (*gone)(void *data, struct node *),
		       void *data);

/* Blocks of 2048 that the data disc takes at most: O(1). 0 when it is empty. read */
uint64_t tree_blocks_bound(const struct tree *);
/*
 * Blocks that it takes exactly; work only for the directories that changed since the last call.
 * 0 when it is empty. Without memory for it the answer is the bound. write
 */
uint64_t tree_blocks(struct tree *);
/*
 * A part of that work: measure directories that have changed, as long as they have no more than
 * @names names together. 0: none is left, and tree_blocks_bound() is exact; 1: the next is
 * tree->dirty; or -ENOMEM, -EMLINK as size_dir(): the next cannot be measured. write
 */
int tree_measure_some(struct tree *, size_t names);
/*
 * A directory was measured by somebody else, who knows that nothing of it has changed meanwhile.
 * write
 */
void tree_measured(struct tree *, struct node *dir, const struct size_dir *);
/*
 * Names in a directory, those of the one under it included: about the work that it takes to measure
 * it. read
 */
size_t tree_dir_names(const struct tree *, const struct node *dir);

/* Free what was removed. No lock held */
void tree_free_removed(struct tree_removed *);

#endif
