/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A stage, and a session over it, on a stash in a temporary directory; its nodes by their paths.
 * For unit tests and fuzz targets alike, so no assertion of cmocka's: what a test relies on and
 * does not test aborts it. There is one fixture: include this in one file of a program.
 */
#ifndef BURNFS_FIXTURE_H
#define BURNFS_FIXTURE_H

#include <fcntl.h>
#include <ftw.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "session/session.h"
#include "stage/stage.h"
#include "stash/stash.h"

struct fixture {
	char top[64];              /* the temporary directory; room for images beside the stash */
	char stash[96], mountpoint[96];
	struct settings settings;
	struct events *events;
	struct stage *stage;
	struct session *session;   /* NULL until start_session() */
	uint64_t found;            /* by the last recovery */
	struct err err;            /* for whoever needs one */
};

static struct fixture fx;

static inline void must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "fixture: %s: %s (%s)\n", what, fx.err.msg, strerror(errno));
	abort();
}

/* ---- the whole ---- */

static inline void open_stage(void)
{
	struct stash *stash;

	must(stash_open(&stash, fx.stash, fx.mountpoint, &fx.err) == 0, "stash_open");
	must(stage_new(&fx.stage, stash, &fx.settings, fx.events, &fx.found, &fx.err) == 0, "stage_"
											    "new");
}

/*
 * Where the temporary directory is: a file system in memory spares a fuzz target the disk's fsync.
 */
#ifndef FIXTURE_PARENT
#define FIXTURE_PARENT "/tmp"
#endif

static inline int fixture_set_up(void **state)
{
	(void)state;
	fx = (struct fixture){ .top = FIXTURE_PARENT "/burnfs-fixture.XXXXXX" };
	if (!mkdtemp(fx.top)) {
		snprintf(fx.top, sizeof(fx.top), "/tmp/burnfs-fixture.XXXXXX");
		must(mkdtemp(fx.top), "mkdtemp");
	}
	snprintf(fx.stash, sizeof(fx.stash), "%s/stash", fx.top);
	snprintf(fx.mountpoint, sizeof(fx.mountpoint), "%s/mnt", fx.top);
	must(mkdir(fx.mountpoint, 0700) == 0, "mkdir");
	settings_init(&fx.settings);
	fx.events = events_new(64 * 1024);
	must(fx.events, "events_new");
	open_stage();
	return 0;
}

/* What a daemon that ends, or dies, and the next one do. */
static inline void reopen_stage(void)
{
	stage_free(fx.stage);
	open_stage();
}

static inline int fixture_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void end_session(void)
{
	if (fx.session)
		session_finish(fx.session);
	session_free(fx.session);
	fx.session = NULL;
}

static inline int fixture_tear_down(void **state)
{
	(void)state;
	end_session();
	/* The stash's own deleting copes with any depth. */
	stash_close(stage_release(fx.stage), true);
	events_free(fx.events);
	nftw(fx.top, fixture_remove, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
	return 0;
}

/* @recorder may be relative to the temporary directory: "image:x.iso". */
static inline void start_session(const char *recorder)
{
	struct session_start how = {
		.settings = fx.settings, .cwd = fx.top, .mountpoint = fx.mountpoint, .umask = 022,
	};

	snprintf(how.settings.recorder, sizeof(how.settings.recorder), "%s", recorder);
	must(session_new(&fx.session, fx.stage, fx.events, &how, &fx.err) == 0, "session_new");
}

static inline void set_capacity(uint64_t blocks)
{
	fx.settings.capacity = blocks;
	stage_apply(fx.stage, &fx.settings);
}

/* ---- jobs ---- */

/* A freeze that waits so long for files that are closed, and not at all for others. */
static inline int freeze(double closed)
{
	struct stage_patience patience = { .closed = closed };

	return stage_freeze(fx.stage, &patience, &fx.err);
}

static inline int clear(enum branch branch, double closed)
{
	struct stage_patience patience = { .closed = closed };

	return stage_clear(fx.stage, branch, &patience, &fx.err);
}

/* A job can be held at its first event in a state: there its thread stands until it is let go. */
static struct {
	atomic_bool armed;
	enum session_state at;
	pthread_t tester;
	sem_t reached, go;
} hold;

static inline void hold_here(void *data)
{
	struct session_status st;

	(void)data;
	if (pthread_equal(pthread_self(), hold.tester) || !atomic_load(&hold.armed))
		return;
	session_status(fx.session, &st);
	if (st.state != hold.at || !atomic_exchange(&hold.armed, false))
		return;
	sem_post(&hold.reached);
	sem_wait(&hold.go);
}

/*
 * Before the burn: hold it at @state. Then await_hold(), and if that is true, in the end let_go().
 */
static inline void hold_job(enum session_state state)
{
	hold.at = state;
	hold.tester = pthread_self();
	sem_init(&hold.reached, 0, 0);
	sem_init(&hold.go, 0, 0);
	events_observe(fx.events, hold_here, NULL);
	atomic_store(&hold.armed, true);
}

/* Whether the job stands there; false when it has not come there for ten seconds. */
static inline bool await_hold(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	return sem_timedwait(&hold.reached, &until) == 0;
}

static inline void let_go(void)
{
	sem_post(&hold.go);
}

static inline int burn(const struct burn_options *options)
{
	fx.err = (struct err){ 0 };
	return session_burn(fx.session, options, NULL, &fx.err);
}

static const struct burn_options plain_burn = { .copies = 1 };

static inline int wait_for_job(void)
{
	struct waiter w = { 0 };

	fx.err = (struct err){ 0 };
	return session_wait(fx.session, &w, &fx.err);
}

/* A file beside the stash. */
static inline const char *beside(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", fx.top, name);
	return path;
}

/* ---- nodes ---- */

/* The node of that name, which is good for as long as it has one; NULL without. */
static inline struct node *child(struct node *dir, const char *name)
{
	struct node *n;

	if (stage_lookup(fx.stage, dir, name, &n) < 0)
		return NULL;
	stage_forget(fx.stage, n, 1);
	return n;
}

static inline struct node *root_of(const char *path, const char **rest)
{
	bool data = strncmp(path, "data", 4) == 0;

	*rest = path + (data ? 4 : 5);
	return stage_root(fx.stage, data ? BRANCH_DATA : BRANCH_AUDIO);
}

/* The node of "data/a/b", or NULL. */
static inline struct node *node_at(const char *path)
{
	struct node *n = root_of(path, &path);
	char name[300];

	while (n && *path == '/') {
		size_t len = strcspn(path + 1, "/");

		snprintf(name, sizeof(name), "%.*s", (int)len, path + 1);
		n = child(n, name);
		path += 1 + len;
	}
	return n;
}

/* The directory that @path is in, and the last name of it. */
static inline struct node *dir_of(const char *path, const char **name)
{
	cleanup_free char *dir = strdup(path);
	struct node *n;

	must(dir, "strdup");
	*name = strrchr(path, '/') + 1;
	dir[*name - 1 - path] = '\0';
	n = node_at(dir);
	must(n, dir);
	return n;
}

static inline struct cred own_cred(void)
{
	return (struct cred){ geteuid(), getegid() };
}

/*
 * What the stage's call @r came to; where it is to be judged, what that came to: of @n, of all with
 * NULL.
 */
static inline int judged(int r, struct node *n)
{
	struct stage_waiter waiter = { .interrupted = false };

	return r > 0 ? stage_judged(fx.stage, n, &waiter, JUDGED_AT_LAST) : r;
}

/* As stage_flush(), with the judging. */
static inline int flush_file(struct handle *h, struct node *n)
{
	return judged(stage_flush(h), n);
}

/* The stage's calls over paths: 0 or -errno. No lookup stays behind. */
static inline int keep_no_lookup(int r, struct node **n)
{
	if (r == 0)
		stage_forget(fx.stage, *n, 1);
	return r;
}

static inline int make_dir(const char *path, mode_t mode)
{
	struct node *n, *dir = dir_of(path, &path);

	return keep_no_lookup(stage_mkdir(fx.stage, dir, path, mode, own_cred(), &n), &n);
}

/* A regular file, empty, or a fifo, as the type in @mode says. */
static inline int make_node(const char *path, mode_t mode)
{
	struct node *n, *dir = dir_of(path, &path);

	return keep_no_lookup(stage_mknod(fx.stage, dir, path, mode, own_cred(), &n), &n);
}

static inline int make_file(const char *path)
{
	return make_node(path, S_IFREG | 0644);
}

static inline int make_symlink(const char *path, const char *target)
{
	struct node *n, *dir = dir_of(path, &path);

	return keep_no_lookup(stage_symlink(fx.stage, dir, path, target, own_cred(), &n), &n);
}

static inline int make_link(const char *path, const char *new_path)
{
	struct node *n = node_at(path), *dir = dir_of(new_path, &new_path);

	return keep_no_lookup(judged(stage_link(fx.stage, n, dir, new_path), NULL), &n);
}

static inline int remove_file(const char *path)
{
	struct node *dir = dir_of(path, &path);

	return stage_unlink(fx.stage, dir, path);
}

static inline int remove_dir(const char *path)
{
	struct node *dir = dir_of(path, &path);

	return stage_rmdir(fx.stage, dir, path);
}

static inline int move(const char *path, const char *new_path, unsigned flags)
{
	struct node *dir = dir_of(path, &path), *new_dir = dir_of(new_path, &new_path);

	return judged(stage_rename(fx.stage, dir, path, new_dir, new_path, flags), NULL);
}

static inline int set_attr(const char *path, const struct stat *st, unsigned which)
{
	struct stat out;

	return judged(stage_setattr(fx.stage, node_at(path), NULL, st, which, &out), NULL);
}

static inline int set_size(const char *path, uint64_t size)
{
	return set_attr(path, &(struct stat){ .st_size = (off_t)size }, SET_SIZE);
}

static inline int set_mode(const char *path, mode_t mode)
{
	return set_attr(path, &(struct stat){ .st_mode = mode }, SET_MODE);
}

static inline struct stat stat_of(const char *path)
{
	struct node *n = node_at(path);
	struct stat st;

	must(n, path);
	stage_getattr(fx.stage, n, &st);
	return st;
}

/* ---- content ---- */

static inline int open_file(const char *path, int flags, struct handle **h)
{
	return stage_open(fx.stage, node_at(path), flags, h);
}

static inline int create_file(const char *path, int flags, struct handle **h)
{
	struct node *n, *dir = dir_of(path, &path);

	return keep_no_lookup(stage_create(fx.stage, dir, path, 0644, flags, own_cred(), &n, h),
			      &n);
}

/* As "cp FILE path": what the first call that failed said. */
static inline int put_file(const char *path, const void *bytes, size_t len)
{
	struct handle *h;
	ssize_t n = 0;
	int r = node_at(path) ? open_file(path, O_WRONLY | O_TRUNC, &h) :
				create_file(path, O_WRONLY, &h);
	struct node *written = node_at(path);

	if (r < 0)
		return r;
	if (len)
		n = stage_write(h, bytes, len, 0);
	r = flush_file(h, written);
	stage_close(h);
	return n < 0 ? (int)n : r;
}

static inline void put_le32(unsigned char *to, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		to[i] = (unsigned char)(value >> 8 * i);
}

enum { WAV_HEADER = 44 };

/* The header of a WAV of CD samples, @bytes of them. */
static inline void wav_header(unsigned char *to, uint32_t bytes)
{
	static const unsigned char format[] = {
		'R', 'I', 'F', 'F', 0, 0, 0, 0, 'W', 'A', 'V', 'E', 'f', 'm', 't', ' ', 16, 0, 0, 0,
		1, 0, 2, 0,
		0x44, 0xac, 0, 0, 0x10, 0xb1, 2, 0, 4, 0, 16, 0, 'd', 'a', 't', 'a', 0, 0, 0, 0,
	};

	memcpy(to, format, sizeof(format));
	put_le32(to + 4, bytes + WAV_HEADER - 8);
	put_le32(to + 40, bytes);
}

/* A WAV of so many sectors; at close(2)'s errno. */
static inline int put_wav(const char *path, unsigned sectors)
{
	size_t bytes = (size_t)sectors * SECTOR_SIZE;
	cleanup_free unsigned char *wav = calloc(1, WAV_HEADER + bytes);

	must(wav, "calloc");
	wav_header(wav, (uint32_t)bytes);
	return put_file(path, wav, WAV_HEADER + bytes);
}

/* ---- the size, counted anew: of names alone, without what the tree keeps with them ---- */

struct scratch {
	const struct tree *tree;
	struct size_totals totals;
	struct tree_counts counts;
	uint64_t renamed;
};

static inline struct size_entry scratch_entry(const struct name *nm)
{
	const struct node *n = nm->node;
	struct size_entry e = { .name = nm->text, .kind = SIZE_FIFO };

	if (node_is_dir(n))
		e.kind = SIZE_DIRECTORY;
	if (node_is_symlink(n)) {
		e.kind = SIZE_SYMLINK;
		e.target = n->target;
	}
	if (node_is_file(n)) {
		e.kind = SIZE_FILE;
		e.size = n->size;
	}
	return e;
}

/* Whether a staged name is kept off the disc, itself or with one above it. */
static inline bool scratch_off(const struct tree *t, const struct name *nm)
{
	for (; nm; nm = nm->parent->names)
		if (exclude_matches(&t->exclude, nm->text))
			return true;
	return false;
}

/* A hard-linked file is counted at the first of its names that is on the disc. */
static inline void scratch_content(struct scratch *s, const struct name *nm)
{
	uint64_t blocks = size_content(nm->node->size);
	const struct name *first = nm->node->names;

	if (!node_is_file(nm->node))
		return;
	while (scratch_off(s->tree, first))
		first = first->next_link;
	if (first != nm)
		return;
	s->counts.bytes += nm->node->size;
	if (nm->node->size < SIZE_ALIGN_MIN) {
		s->totals.small_blocks += blocks;
	} else {
		s->totals.large_blocks += blocks;
		s->totals.large_files++;
	}
}

static inline uint64_t scratch_names(const struct node *dir)
{
	struct name *nm;
	uint64_t n = 0;

	for (uint32_t i = 0; (nm = dir_next(dir, &i)); )
		n += 1 + (node_is_dir(nm->node) ? scratch_names(nm->node) : 0);
	return n;
}

static inline const struct node *scratch_subdir(const struct tree *t, const struct node *dir,
						const char *text)
{
	const struct name *nm = dir ? tree_find(t, dir, text) : NULL;

	return nm && node_is_dir(nm->node) ? nm->node : NULL;
}

/* One directory of the disc: the staged one, and the recorded one under it; either may be NULL. */
static inline void scratch_dir(struct scratch *s, const struct node *dir, const struct node *under)
{
	size_t most = (dir ? dir->dir->nnames : 0) + (under ? under->dir->nnames : 0), n = 0;
	struct size_entry *entries = calloc(most + 1, sizeof(*entries));
	struct size_dir d;
	struct name *nm;

	must(entries, "calloc");
	for (uint32_t i = 0; dir && (nm = dir_next(dir, &i)); ) {
		if (exclude_matches(&s->tree->exclude, nm->text)) {
			s->counts.excluded += 1 +
					      (node_is_dir(nm->node) ? scratch_names(nm->node) : 0);
			continue;
		}
		entries[n++] = scratch_entry(nm);
		scratch_content(s, nm);
		*(node_is_dir(nm->node) ? &s->counts.directories : &s->counts.files) += 1;
		s->counts.linux_shortened += strlen(nm->text) > 253;
		if (node_is_dir(nm->node))
			scratch_dir(s, nm->node, scratch_subdir(s->tree->under, under, nm->text));
	}
	for (uint32_t i = 0; under && (nm = dir_next(under, &i)); ) {
		if (dir && tree_find(s->tree, dir, nm->text) &&
		    !exclude_matches(&s->tree->exclude, nm->text))
			continue;
		entries[n++] = scratch_entry(nm);
		if (node_is_dir(nm->node))
			scratch_dir(s, NULL, nm->node);
	}
	must(size_dir(entries, n, (dir ? dir : under)->flags & NODE_ROOT, &d) == 0, "size_dir");
	free(entries);
	s->totals.iso_blocks += d.iso_blocks;
	s->totals.joliet_blocks += d.joliet_blocks;
	s->totals.path_bytes += d.path_bytes;
	s->totals.joliet_path_bytes += d.joliet_path_bytes;
	s->renamed += d.joliet_renamed;
}

/*
 * What tree_blocks() and its count of shortened names must say; and whether it counts what is
 * staged right.
 */
static inline uint64_t blocks_from_scratch(const struct tree *t, uint64_t *renamed)
{
	struct scratch s = { .tree = t };

	scratch_dir(&s, t->root[BRANCH_DATA], t->under ? t->under->root[BRANCH_DATA] : NULL);
	must(memcmp(&s.counts, &t->counts[BRANCH_DATA], sizeof(s.counts)) == 0, "the counts of "
										"what is staged");
	*renamed = s.renamed;
	return s.counts.files + s.counts.directories ? size_image(&s.totals) : 0;
}

static inline uint64_t staged_blocks(void)
{
	struct stage_info info;

	stage_info(fx.stage, &info);
	return info.data_blocks;
}

#endif
