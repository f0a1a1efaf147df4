/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of the stage share, and nobody else sees. The order of the locks is in
 * doc/design.md.
 */
#ifndef BURNFS_STAGE_PRIV_H
#define BURNFS_STAGE_PRIV_H

#include <pthread.h>

#include "stage/stage.h"
#include "stash/stash.h"

enum { JUDGES_MAX = 4 };  /* threads that judge sound: no more than there are processors */

struct judgement;  /* a file in the queue of stage/judge.c */

struct stage {
	pthread_rwlock_t gate;
	pthread_mutex_t attr_lock;     /* see attr_keep() */
	pthread_rwlock_t lock;         /* of the tree and of the nodes' open files */
	struct tree tree;
	struct stash *stash;
	struct events *events;
	uid_t uid;                     /* the daemon's: what stash objects belong to by
					  themselves */
	gid_t gid;
	atomic_uint_fast64_t generation;
	uint64_t changed[BRANCHES];    /* generation of the branch's last change, by lock */
	bool frozen;                   /* by gate */
	bool gathering;                /* by gate: a freeze waits for writers, and keeps new ones
					  waiting */
	bool left_alone[BRANCHES];     /* something in the stash is not staged, for its name cannot
					  be; by lock */
	/* Settings, by lock. */
	uint64_t capacity;
	uint64_t medium[BRANCHES];  /* blocks of the disc in the drive, or BLOCKS_UNKNOWN */
	struct recorded *recorded;  /* what that disc holds, or NULL: the tree lies over it */
	unsigned gap;
	bool names_strict;

	pthread_mutex_t image_lock;    /* before the gate */
	struct stage_image *image;     /* by image_lock: as it was found last, or NULL */
	struct image_cd *image_cd;     /* by image_lock: of the sheet in it, or NULL */
	uint64_t image_of;             /* the branch's change that it is about */

	struct titles titles;          /* of the audio disc: audio/'s attributes; by lock */

	pthread_mutex_t tops_lock;     /* before lock */
	struct stage_tops tops;        /* by tops_lock, as of the generation */
	uint64_t tops_of;              /* 0: not known yet */

	pthread_mutex_t handles_lock;  /* after lock; of all that follows. Nothing is called under
					  it */
	pthread_cond_t handle_left;    /* or a sound was judged, or who waits is to look up */
	unsigned wakes;                /* goes up with each of these that a freeze waits for */
	bool held;                     /* who is to open for writing waits for his turn */
	double turn_seconds;           /* at most so long */
	struct handle *handles;        /* all open files */
	struct judgement *judgements;  /* sounds to be judged, and those that are being judged: a
					  job waits for them */
	pthread_cond_t judge_work;
	/* what the threads call */
	void (*judge)(struct stage *, struct node *, struct judgement *);
	uint64_t judge_tickets;
	pthread_t judges[JUDGES_MAX];  /* started so far */
	unsigned njudges;
	bool judging_ends;

	void (*refused)(void *data, const struct err *);
	void *refused_data;
	void (*removed)(void *data, struct node *dir, const char *name);
	void *removed_data;
};

/* An open file: one descriptor for all its handles. */
struct file {
	int fd;
	unsigned handles;
	unsigned direct;               /* of them, those that write past the page cache */
	atomic_uint changing;          /* changes of content that are under way */
	atomic_bool unsure;            /* one of them failed: the size has to be asked for after the
					  last */
};

struct handle {
	struct stage *stage;
	struct node *node;
	struct handle *next, *prev;    /* in stage->handles */
	int flags;                     /* as for open(2) */
	bool writable;
	bool direct;
	bool pages_valid;              /* what the kernel kept from before is right */
	atomic_bool unflushed;         /* written to, or just opened, since the last close(2) */
	atomic_bool wrote;             /* ever */
};

/* Its file's descriptor: borrowed, good until the handle is closed. */
static inline int handle_fd(const struct handle *h) { return h->node->file->fd; }

/* A path in the stash: on the stack unless it is long. */
struct path {
	char *text;
	char *heap;
	char space[512];
};

static inline void path_free(struct path *p)
{
	free(p->heap);
}
#define cleanup_path __attribute__((cleanup(path_free)))

/* stage/path.c */
/* The node's, the name's, or a future name's path. 0, -ENOENT without one, -ENOMEM. lock held. */
int path_of_node(struct path *, const struct node *);
/* The node's, for a sentence: cut if it is long. lock held */
void path_text(const struct node *, char *buf, size_t len);
int path_of_name(struct path *, const struct name *);
/*
 * Call for a path of the node's. Of a file with several names one may go meanwhile: then the next
 * is tried. gate held, no lock. The call's result; -ENOENT for a node that has no name.
 */
int with_path(struct stage *, const struct node *,
	      int (*call)(struct stash *, const char *path, void *), void *data);

/* stage/gate.c */
/* Enter the gate to change something: -EBUSY, and not entered, while a job has frozen the stage. */
int gate_enter(struct stage *);
/* Enter it for writing. */
int gate_enter_alone(struct stage *);
/* Enter it to open something for writing: -EAGAIN as well, while that has to wait. */
int gate_enter_to_write(struct stage *);
void gate_leave(struct stage *);

static inline void lock_read(struct stage *s) { pthread_rwlock_rdlock(&s->lock); }
static inline void unlock(struct stage *s) { pthread_rwlock_unlock(&s->lock); }

static inline void lock_write(struct stage *s) { pthread_rwlock_wrlock(&s->lock); }

/* What is staged in a branch changes: before the stash is touched. lock held for writing */
static inline void changed(struct stage *s, unsigned branch)
{
	s->changed[branch] = atomic_fetch_add(&s->generation, 1) + 1;
}
/*
 * The same for one node, before its attributes change: one that the disc does not get, for it is
 * excluded or has no name, is no part of it.
 */
static inline void node_changed(struct stage *s, const struct node *n)
{
	tree_keep(&s->tree, n);
	if (tree_links(n))
		changed(s, n->branch);
}
/* Lock for a change that cannot be refused any more. */
static inline void lock_change(struct stage *s, unsigned branch)
{
	lock_write(s);
	changed(s, branch);
}
static inline void lock_change_node(struct stage *s, const struct node *n)
{
	lock_write(s);
	node_changed(s, n);
}

/* stage/room.c */
/* What the disc holds, in blocks of data or in sectors of sound. lock held */
uint64_t data_capacity(const struct stage *);
uint64_t audio_capacity(const struct stage *);
/* Whether the staged data fits on the disc as it is now. lock held for writing. */
bool space_fits(struct stage *);

/* stage/refusal.c */
/* Say that a change was refused: returns -code. No lock held. */
int stage_refuse(struct stage *, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/*
 * Pass on @r, and tell what stands behind it: refuse_disc() when the disc does not take a change
 * (-ENOSPC, -EMLINK), refuse_stash() when the stash's file system does not (-ENOSPC, -EDQUOT). Each
 * where the error arises, and nowhere else: the same number means another thing a step later. No
 * lock held.
 */
int refuse_disc(struct stage *, enum branch, int r);
int refuse_stash(struct stage *, int r);

/* stage/node.c */
void node_stat(const struct node *, struct stat *);
/* Whether the stash object says all of the node's mode and owner. */
bool attr_is_plain(const struct stage *, const struct node *);
/*
 * Keep beside the stash object, which is @id, what it cannot hold: after creating it, or when
 * @always. attr_lock and lock held: who removes an object that has such a record holds attr_lock
 * until the record is gone as well, so that another object that gets its inode number keeps the
 * record of its own.
 */
int attr_keep(struct stage *, struct node *, const struct stash_id *id, bool always);
/* The node's last name is gone, and with it its stash object: so is the record. The same locks. */
void attr_forget(struct stage *, struct node *);
/* What is known of a file in audio/, to be changed; NULL without memory. lock held for writing */
struct track_info *track_info(struct node *);

/* The stash file of a node that is not open yet, or -errno: the caller's. gate held, no lock */
int open_stash(struct stage *, const struct node *);
/* Whether somebody wrote to the file who has not closed it. lock held */
bool file_is_written(struct stage *, const struct node *);

/* stage/freeze.c */
/*
 * Enter the gate for writing when no file of the branch (of BRANCHES: of any) is open for writing;
 * waits for that as stage_freeze() does. -EBUSY or -ECANCELED, and the gate is not held.
 */
int gate_enter_unwritten(struct stage *, enum branch, const struct stage_patience *, struct err *);


/* stage/recover.c: take up what the stash has. @found: how many objects. -errno with a sentence */
int stage_recover(struct stage *, uint64_t *found, struct err *);

/* stage/names.c */
/* Whether that name can be staged in the directory: 0, or -errno after a sentence. No lock held */
int name_check(struct stage *, const struct node *dir, const char *name, mode_t);
/*
 * After a name in @dir came or went: its times are those of the stash's directory. @child: a name
 * in it
 */
void dir_take_times(struct stage *, struct node *dir, const char *child);
/* A name of the node's is gone, perhaps the last. attr_lock, and lock for writing, held */
void node_left_by_name(struct stage *, struct node *, const struct timespec *now);
/* The node's last name is gone. lock held for writing; attr_lock too, if its object may be gone */
void node_last_name_gone(void *stage, struct node *);
/* A new, empty file and the descriptor of its stash object. gate held */
int stage_create_node(struct stage *, struct node *dir, const char *name, mode_t, struct cred,
		      struct node **out, int *fd);

/* A file that the stash has already, without a name: for the top of a branch. */
struct placing {
	enum branch branch;
	mode_t mode;
	struct cred cred;
	uint64_t size;
	int fd;                        /* borrowed */
};
/* Give it a name, if the disc takes it. Errors: those of stage_create(). gate held */
int stage_place_node(struct stage *, const char *name, const struct placing *, struct node **out);

/* stage/clear.c: have what was cleared freed before the thread of the stash deletes it. */
void stage_free_cleared_first(struct stage *);

/* stage/file.c: gate held. @h may be NULL. */
int file_truncate(struct stage *, struct node *, struct handle *h, uint64_t size);

/* stage/audio.c */
/*
 * Whether a file in audio/ fits with the size it has now; looks at its content where need be. lock
 * held
 */
bool audio_fits(struct stage *, struct node *, int fd);
/*
 * The content is about to change, or nobody sees it any more: what was judged holds no more. lock
 * held for writing
 */
void audio_unjudge(struct stage *, struct node *);
/*
 * There may be room again: judge by length anew what did not fit. Whether anything does now. lock
 * held for writing
 */
bool audio_reconsider(struct stage *);
/*
 * Have a file judged that was written, at close(2). 1 if there is anything to judge, 0 if not,
 * -ENOMEM, -EAGAIN. With the gate or a handle held: no job begins before it is judged. lock held
 */
int audio_judge_written(struct stage *, struct node *);
/*
 * The same where nobody is to close it: after a rename, a truncation, or at recovery; of one file,
 * of all tracks.
 */
int audio_judge_left(struct stage *, struct node *);
int audio_judge_all(struct stage *);
/* Judge it: it may take long. In a thread of stage/judge.c's; no lock held */
void audio_judge_node(struct stage *, struct node *, struct judgement *);

/* stage/titles.c */
/*
 * An extended attribute that may say what a track or the disc is called: @value NULL, it is to go.
 */
struct title_edit {
	bool says;               /* it does, and @next is what is known then */
	struct titles next;
};
/* 0, or -EINVAL for a bad value. Before the attribute changes; no lock held */
int audio_title_check(struct stage *, const struct node *, const char *name, const void *value,
		      size_t len, struct title_edit *);
/* It has changed. lock held for writing */
void audio_title_keep(struct stage *, struct node *, const struct title_edit *);
/*
 * Read what the attributes of a file or of audio/ say, when it is taken up from the stash at that
 * path.
 */
void audio_take_titles(struct stage *, struct node *, const char *path);

/* stage/image.c */
/* The content of a file in image/ changes: it is to be judged anew. lock held for writing */
void image_unjudge(struct node *);
/* Whether the file is a part of the disc in image/, as far as is known. lock held */
bool image_has(const struct node *);
/* Whether the disc holds a file in image/ with the size that it has now. lock held */
bool image_fits(struct stage *, const struct node *, int fd);

/* stage/judge.c */
/*
 * Have a file judged by a thread. 1, -ENOMEM, -EAGAIN; 0 if no thread judges any more. Any lock but
 * handles_lock
 */
int judge_later(struct stage *, struct node *);
/*
 * The descriptor that is read from now on, or -1: it reads as empty once the verdict is not wanted
 * any more. False if that is so already.
 */
bool judge_reads(struct stage *, struct judgement *, int fd);
/*
 * Whether the verdict is wanted: else it may be about an end that was none. Any lock but
 * handles_lock
 */
bool judge_wanted(struct stage *, const struct judgement *);
/*
 * The file that waits longest, or NULL; handles_lock held. Whether that file is in the queue; any
 * lock but that.
 */
const struct node *judge_first(const struct stage *);
/* A file in the queue that has a name, or NULL. lock held for writing */
struct node *judge_staged(struct stage *);
bool judge_has(struct stage *, const struct node *);
/*
 * Wait until no verdict is due on a file, or on any (NULL): as stage_judged(), but for the verdict.
 */
int judge_await(struct stage *, struct node *, struct stage_waiter *, double patience);
/*
 * The content that is being judged of that file is not wanted any more. Any lock but handles_lock
 */
void judge_abandon(struct stage *, const struct node *);

#endif
