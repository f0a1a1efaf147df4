/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage as a whole: taking up a stash, the gate, the space, and what layouts
 * ask. What happens to names, attributes and content is in the files beside this one.
 */
#include "stage/priv.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* ---- the gate ---- */

static uint64_t data_capacity(const struct stage *s)
{
	if (s->medium[BRANCH_DATA] != BLOCKS_UNKNOWN)
		return s->medium[BRANCH_DATA];
	return s->capacity ? s->capacity : BLOCKS_MAX;
}

/*
 * Where the disc is nearly full a change asks for the exact size, under the lock. Let it find no more to measure there
 * than what it changes itself.
 */
static void measure_before_change(struct stage *s)
{
	struct stage_info info;
	bool much;

	lock_read(s);
	much = s->tree.dirty && s->tree.dirty->dir->dirty_next && tree_blocks_bound(&s->tree) > data_capacity(s);
	unlock(s);
	if (much)
		stage_info(s, &info);
}

int gate_enter(struct stage *s)
{
	measure_before_change(s);
	pthread_rwlock_rdlock(&s->gate);
	if (!s->frozen)
		return 0;
	pthread_rwlock_unlock(&s->gate);
	return -EBUSY;
}

int gate_enter_alone(struct stage *s)
{
	measure_before_change(s);
	pthread_rwlock_wrlock(&s->gate);
	if (!s->frozen)
		return 0;
	pthread_rwlock_unlock(&s->gate);
	return -EBUSY;
}

void gate_leave(struct stage *s)
{
	pthread_rwlock_unlock(&s->gate);
}

/* ---- paths ---- */

static int path_make(struct path *p, size_t (*write)(const void *, char *, size_t), const void *what)
{
	size_t len = write(what, p->space, sizeof(p->space));

	p->heap = NULL;
	p->text = p->space;
	if (len < sizeof(p->space))
		return len ? 0 : -ENOENT;
	p->text = p->heap = malloc(len + 1);
	if (!p->heap)
		return -ENOMEM;
	write(what, p->heap, len + 1);
	return 0;
}

static size_t write_node_path(const void *node, char *buf, size_t len)
{
	return tree_path(node, buf, len);
}

static size_t write_name_path(const void *name, char *buf, size_t len)
{
	return tree_name_path(name, buf, len);
}

int path_of_node(struct path *p, const struct node *node)
{
	return path_make(p, write_node_path, node);
}

int path_of_name(struct path *p, const struct name *name)
{
	return path_make(p, write_name_path, name);
}

/* The path of the node's @i-th name, counted round. lock held */
static int path_of_nth(struct path *p, const struct node *n, unsigned i)
{
	const struct name *nm = n->names;

	for (i %= n->nlink ? n->nlink : 1; i > 0 && nm && nm->next_link; i--)
		nm = nm->next_link;
	return nm ? path_of_name(p, nm) : path_of_node(p, n);
}

int with_path(struct stage *s, const struct node *n, int (*call)(struct stash *, const char *, void *),
	      void *data)
{
	enum { TRIES = 64 };
	int r = -ENOENT;

	for (unsigned i = 0; i < TRIES && r == -ENOENT; i++) {
		cleanup_path struct path path = { .heap = NULL };

		lock_read(s);
		r = path_of_nth(&path, n, i);
		unlock(s);
		if (r < 0)
			break;
		r = call(s->stash, path.text, data);
	}
	return r;
}

void path_text(const struct node *n, char *buf, size_t len)
{
	struct path p;

	if (path_of_node(&p, n) < 0)
		snprintf(buf, len, "?");
	else
		snprintf(buf, len, "%.*s", (int)len - 1, p.text);
	path_free(&p);
}

/* ---- refusals ---- */

int stage_refuse(struct stage *s, int code, const char *fmt, ...)
{
	struct err err = { .code = code };
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(err.msg, sizeof(err.msg), fmt, ap);
	va_end(ap);
	if (s->refused)
		s->refused(s->refused_data, &err);
	return -code;
}

int refuse_disc(struct stage *s, enum branch branch, int r)
{
	if (r == -EMLINK)
		return stage_refuse(s, EMLINK, "data/ has %d directories, the most that a disc can hold: "
				    "remove some, or put them into an archive", DIRECTORIES_MAX - 1);
	if (r != -ENOSPC)
		return r;
	if (branch == BRANCH_DATA)
		return stage_refuse(s, ENOSPC, "the disc is full: it holds %llu blocks; remove something, or set "
				    "a larger capacity", (unsigned long long)data_capacity(s));
	return stage_refuse(s, ENOSPC, "the disc is full: it holds %d tracks and %llu sectors; remove a "
			    "track, or set a larger capacity", TRACKS_MAX,
			    (unsigned long long)audio_capacity(s));
}

int refuse_stash(struct stage *s, int r)
{
	if (r == -ENOSPC || r == -EDQUOT)
		stage_refuse(s, -r, "the stash's volume is full, not the disc: remove something that is "
			     "staged, or make room at %s",
			     stash_path(s->stash));
	return r;
}

void stage_observe_refusals(struct stage *s, void (*refused)(void *, const struct err *), void *data)
{
	s->refused = refused;
	s->refused_data = data;
}

/* ---- recovery ---- */

struct recovery {
	struct stage *stage;
	enum branch branch;
	uint64_t found;
	struct node **linked;   /* files with several names that were met, by inode number */
	size_t nlinked, cap;
};

/* The node of a hard-linked file that was met under another name. */
static struct node *linked_find(const struct recovery *r, uint64_t ino)
{
	for (size_t i = ino % (r->cap | 1); r->cap && r->linked[i % r->cap]; i++)
		if (r->linked[i % r->cap]->ino == ino)
			return r->linked[i % r->cap];
	return NULL;
}

static void linked_put(struct recovery *r, struct node *n)
{
	size_t i = n->ino % (r->cap | 1);

	while (r->linked[i % r->cap])
		i++;
	r->linked[i % r->cap] = n;
}

static int linked_add(struct recovery *r, struct node *n)
{
	if (2 * (r->nlinked + 1) > r->cap) {
		struct recovery grown = { .cap = r->cap ? 2 * r->cap : 64 };

		grown.linked = calloc(grown.cap, sizeof(struct node *));
		if (!grown.linked)
			return -ENOMEM;
		for (size_t i = 0; i < r->cap; i++)
			if (r->linked[i])
				linked_put(&grown, r->linked[i]);
		free(r->linked);
		r->linked = grown.linked;
		r->cap = grown.cap;
	}
	linked_put(r, n);
	r->nlinked++;
	return 0;
}

static void node_take_stat(struct stage *s, struct node *n, const char *path, const struct stat *st)
{
	struct stash_attr attr;

	n->ino = st->st_ino;
	n->pages = (uint32_t)((st->st_blocks + 7) / 8);
	n->uid = s->uid;
	n->gid = s->gid;
	n->mtime = st->st_mtim;
	n->atime = st->st_atim;
	n->ctime = st->st_ctim;
	n->flags |= NODE_XATTRS;
	stash_xattr_want(s->stash, st->st_ino);
	if (stash_attr_get(s->stash, path, st->st_ino, &attr) &&
	    (attr.mode & S_IFMT) == (n->mode & S_IFMT)) {
		n->mode = (uint16_t)attr.mode;
		n->uid = attr.uid;
		n->gid = attr.gid;
		n->flags |= NODE_ATTR_LOGGED;
	}
}

/* The directory that @path, "data/a/b/name", is in; sets @name. Directories come before their content. */
static struct node *recover_parent(struct stage *s, const char *path, const char **name)
{
	const char *slash = strchr(path, '/');
	size_t len = slash ? (size_t)(slash - path) : strlen(path);
	struct node *dir = NULL;
	char text[256];

	for (int b = 0; b < BRANCHES && !dir; b++)
		if (tree_path(s->tree.root[b], text, sizeof(text)) == len && !strncmp(text, path, len))
			dir = s->tree.root[b];
	while (dir && slash) {
		struct name *nm;

		path = slash + 1;
		slash = strchr(path, '/');
		*name = path;
		if (!slash)
			return dir;
		snprintf(text, sizeof(text), "%.*s", (int)(slash - path), path);
		nm = tree_find(&s->tree, dir, text);
		dir = nm && node_is_dir(nm->node) ? nm->node : NULL;
	}
	return NULL;
}

static int recover_one(void *data, const char *path, const struct stat *st, const char *target)
{
	struct recovery *r = data;
	struct stage *s = r->stage;
	bool shared = !S_ISDIR(st->st_mode) && st->st_nlink > 1;
	const char *name = NULL;
	struct node *dir = recover_parent(s, path, &name), *n;

	if (!dir || !utf8_valid(name, strlen(name))) {
		log_warning("ignoring %s/%s, which was not staged", stash_path(s->stash), path);
		s->left_alone[r->branch] = true;
		return 0;
	}
	n = shared ? linked_find(r, st->st_ino) : NULL;
	if (!n) {
		n = tree_node_new((enum branch)dir->branch, st->st_mode & (S_IFMT | 0777), target);
		if (!n)
			return -ENOMEM;
		node_take_stat(s, n, path, st);
		if (shared && linked_add(r, n) < 0)
			return -ENOMEM;
	}
	if (!tree_link(&s->tree, dir, name, n))
		return -ENOMEM;
	if (node_is_file(n))
		tree_resize(&s->tree, n, (uint64_t)st->st_size);
	audio_take_titles(s, n, path);
	r->found++;
	return 0;
}

static int recover(struct stage *s, uint64_t *found, struct err *err)
{
	struct recovery r = { .stage = s };
	int rc = 0;

	for (int b = 0; b < BRANCHES && rc == 0; b++) {
		char branch[16];
		struct stat st;

		tree_path(s->tree.root[b], branch, sizeof(branch));
		rc = stash_stat(s->stash, branch, &st);
		if (rc < 0)
			return err_set(err, -rc, "%s/%s: %s", stash_path(s->stash), branch, strerror(-rc));
		s->tree.root[b]->mode = S_IFDIR | 0755;
		node_take_stat(s, s->tree.root[b], branch, &st);
		audio_take_titles(s, s->tree.root[b], branch);
		r.branch = (enum branch)b;
		rc = stash_walk(s->stash, branch, recover_one, &r, err);
	}
	if (rc == 0)
		stash_attr_settle(s->stash, s->tree.nnames + BRANCHES);
	free(r.linked);
	*found = r.found;
	return rc;
}

/* ---- the whole ---- */

static void init_locks(struct stage *s)
{
	pthread_rwlockattr_t fair;

	/* A rename, or the freeze of a burn, must get its turn however many others are at work. */
	pthread_rwlockattr_init(&fair);
	pthread_rwlockattr_setkind_np(&fair, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	pthread_rwlock_init(&s->gate, &fair);
	pthread_rwlock_init(&s->lock, &fair);
	pthread_rwlockattr_destroy(&fair);
	pthread_mutex_init(&s->attr_lock, NULL);
	pthread_mutex_init(&s->tops_lock, NULL);
	pthread_mutex_init(&s->handles_lock, NULL);
	cond_init(&s->handle_left);
	pthread_cond_init(&s->judge_work, NULL);
}

/* What an earlier mount left unjudged. */
static void judge_found(struct stage *s)
{
	struct stage_waiter waiter = { .interrupted = false };

	lock_read(s);
	audio_judge_all(s);
	unlock(s);
	stage_judged(s, NULL, &waiter, JUDGED_AT_LAST);
}

int stage_new(struct stage **out, struct stash *stash, const struct settings *settings,
	      struct events *events, uint64_t *found, struct err *err)
{
	struct stage *s = calloc(1, sizeof(*s));
	int r;

	*out = NULL;
	if (!s || tree_init(&s->tree, geteuid(), getegid()) < 0) {
		free(s);
		stash_close(stash, false);
		return err_set(err, ENOMEM, "not enough memory to start");
	}
	init_locks(s);
	s->medium[BRANCH_DATA] = s->medium[BRANCH_AUDIO] = BLOCKS_UNKNOWN;
	s->stash = stash;
	s->events = events;
	s->uid = geteuid();
	s->gid = getegid();
	s->generation = 1;
	stage_apply(s, settings);
	r = recover(s, found, err);
	if (r < 0) {
		stage_free(s);
		return r;
	}
	judge_found(s);
	stage_free_cleared_first(s);
	stash_sweep_behind(stash);
	*out = s;
	return 0;
}

void stage_free(struct stage *s)
{
	struct stash *stash = stage_release(s);

	if (stash)
		stash_close(stash, false);
}

struct stash *stage_release(struct stage *s)
{
	struct stash *stash;

	if (!s)
		return NULL;
	stash = s->stash;
	stash_sweep_end(stash);
	stash_sweep_first(stash, NULL, NULL);
	stage_end_judging(s);
	while (s->handles) /* the kernel releases nothing when a connection breaks */
		stage_close(s->handles);
	tree_fini(&s->tree);
	recorded_put(s->recorded);
	pthread_rwlock_destroy(&s->gate);
	pthread_rwlock_destroy(&s->lock);
	pthread_mutex_destroy(&s->attr_lock);
	pthread_mutex_destroy(&s->tops_lock);
	pthread_mutex_destroy(&s->handles_lock);
	pthread_cond_destroy(&s->handle_left);
	pthread_cond_destroy(&s->judge_work);
	free(s);
	return stash;
}

struct stash *stage_stash(struct stage *s)
{
	return s->stash;
}

void stage_apply(struct stage *s, const struct settings *settings)
{
	lock_write(s);
	atomic_fetch_add(&s->generation, 1);
	s->capacity = settings->capacity;
	s->gap = settings->gap;
	s->names_strict = settings->names_strict;
	if (tree_exclude(&s->tree, settings->exclude))
		changed(s, BRANCH_DATA);
	audio_reconsider(s);
	unlock(s);
}

struct node *stage_root(struct stage *s, enum branch branch)
{
	return s->tree.root[branch];
}

uint64_t stage_generation(struct stage *s)
{
	return atomic_load(&s->generation);
}

uint64_t stage_changed(struct stage *s, enum branch branch)
{
	uint64_t changed;

	lock_read(s);
	changed = s->changed[branch];
	unlock(s);
	return changed;
}

/* ---- the exact size ---- */

enum {
	MEASURE_STEP = 2048,      /* names that are measured under the lock at a time */
	MEASURE_TRIES = 3,        /* for a directory with more, which changes meanwhile */
};

/* Measure a large directory without the lock. False if it changed meanwhile. */
static bool measure_aside(struct stage *s, struct node *dir, struct snapshot *snapshot)
{
	struct size_dir exact;
	bool good = snapshot_measure(snapshot, dir, &exact) == 0;

	lock_write(s);
	good = good && snapshot_unchanged(snapshot, dir);
	if (good && dir->dir->dirty)
		tree_measured(&s->tree, dir, &exact);
	unlock(s);
	return good;
}

/* lock held */
static void fill_info(struct stage *s, struct stage_info *info)
{
	info->data_blocks = tree_blocks_bound(&s->tree);
	info->added = s->recorded != NULL;
	info->joliet_renamed = s->tree.renamed;
	memcpy(info->counts, s->tree.counts, sizeof(info->counts));
	info->generation = stage_generation(s);
}

/*
 * Measure some of what has changed, and tell how it is now. 1: there is more; 0: all is exact; -EAGAIN: a large
 * directory changed meanwhile.
 */
static int measure_some(struct stage *s, struct stage_info *info)
{
	struct recorded *under = NULL;
	struct snapshot snapshot;
	struct node *large = NULL;
	int r = 0;

	lock_read(s);
	if (s->tree.dirty) {
		unlock(s);
		lock_write(s);
		r = tree_measure_some(&s->tree, MEASURE_STEP);
	}
	if (r > 0 && tree_dir_names(&s->tree, s->tree.dirty) >= MEASURE_STEP) {
		large = s->tree.dirty;
		under = recorded_get(s->recorded); /* another disc may come meanwhile */
		snapshot_begin(&snapshot, &s->tree, &s->lock);
	}
	fill_info(s, info);
	unlock(s);
	if (large) {
		r = measure_aside(s, large, &snapshot) ? 1 : -EAGAIN;
		snapshot_end(&snapshot);
		recorded_put(under);
	}
	return r;
}

void stage_info(struct stage *s, struct stage_info *info)
{
	int tries = MEASURE_TRIES, r = 1;

	/* A large directory that goes on changing counts with its bound. */
	while (r > 0 || (r == -EAGAIN && --tries > 0))
		r = measure_some(s, info);
}

unsigned stage_excluded_names(struct stage *s, char (*names)[256], unsigned most)
{
	unsigned n;

	lock_read(s);
	n = tree_excluded_names(&s->tree, names, most);
	unlock(s);
	return n;
}

/* ---- space ---- */

bool space_fits(struct stage *s)
{
	uint64_t most = data_capacity(s);

	return tree_blocks_bound(&s->tree) <= most || tree_blocks(&s->tree) <= most;
}

int stage_tracks(struct stage *s, struct track_list *list)
{
	int r;

	lock_read(s);
	r = tracks_list(&s->tree, s->gap, list);
	for (unsigned i = 0; i < list->n; i++)
		if (list->files[i].sound.state == SOUND_UNJUDGED)
			list->files[i].checked = judge_has(s, list->files[i].node);
	unlock(s);
	return r;
}

unsigned stage_titles_replaced(struct stage *s, const struct settings *settings)
{
	struct track_list list;
	unsigned replaced = 0;
	struct cdtext *texts;

	lock_read(s);
	if (tracks_list(&s->tree, s->gap, &list) == 0) {
		texts = tracks_cdtext(&list, &s->titles, settings->album, settings->performer, &replaced);
		free(texts);
		tracks_free(&list);
	}
	unlock(s);
	return replaced;
}

static uint64_t audio_sectors(struct stage *s)
{
	struct track_list list;
	uint64_t sectors;

	if (stage_tracks(s, &list) < 0)
		return 0;
	sectors = list.sectors;
	tracks_free(&list);
	return sectors;
}

uint64_t stage_disc(struct stage *s)
{
	uint64_t disc;

	lock_read(s);
	disc = recorded_disc(s->recorded);
	unlock(s);
	return disc;
}

struct recorded *stage_recorded(struct stage *s)
{
	return s->recorded;
}

void stage_set_medium(struct stage *s, uint64_t data_blocks, uint64_t audio_blocks, struct recorded *recorded)
{
	struct recorded *old;

	lock_write(s);
	old = s->recorded;
	s->recorded = recorded_get(recorded);
	tree_lay_over(&s->tree, recorded ? &recorded->tree : NULL);
	s->medium[BRANCH_DATA] = data_blocks;
	if (s->medium[BRANCH_AUDIO] != audio_blocks) {
		s->medium[BRANCH_AUDIO] = audio_blocks;
		if (audio_reconsider(s))
			atomic_fetch_add(&s->generation, 1);
	}
	unlock(s);
	recorded_put(old);
}

/* Without a medium and without a capacity the disc ends where the stash's volume does. */
static uint64_t stash_free_blocks(struct stage *s)
{
	struct statvfs vfs;

	if (stash_statvfs(s->stash, &vfs) < 0)
		return 0;
	return (uint64_t)vfs.f_bavail * vfs.f_frsize / BLOCK_SIZE;
}

void stage_space(struct stage *s, enum branch branch, struct stage_space *space)
{
	struct stage_info info;
	uint64_t most;
	bool volume_decides;

	lock_read(s);
	most = branch == BRANCH_AUDIO ? audio_capacity(s) : data_capacity(s);
	volume_decides = branch == BRANCH_DATA && !s->capacity && s->medium[BRANCH_DATA] == BLOCKS_UNKNOWN;
	unlock(s);
	if (branch == BRANCH_AUDIO) {
		space->used = audio_sectors(s);
	} else {
		stage_info(s, &info);
		space->used = info.data_blocks;
	}
	space->total = volume_decides ? space->used + stash_free_blocks(s) : most;
	if (space->total > most)
		space->total = most;
	space->free = space->total > space->used ? space->total - space->used : 0;
	/* Of a file system without a single block df(1) says nothing, and file managers refuse to look into it. */
	if (space->total == 0)
		space->total = 1;
}

/* ---- for layouts ---- */

const struct tree *stage_tree_hold(struct stage *s)
{
	lock_read(s);
	return &s->tree;
}

const struct tree *stage_tree_snapshot(struct stage *s, struct snapshot *snapshot)
{
	lock_write(s);
	snapshot_begin(snapshot, &s->tree, &s->lock);
	return &s->tree;
}

void stage_tree_release(struct stage *s)
{
	unlock(s);
}

const struct titles *stage_disc_titles(struct stage *s)
{
	return &s->titles;
}

int stage_open_at(struct stage *s, const struct node *n, uint64_t generation)
{
	cleanup_path struct path path = { .heap = NULL };
	int r = -ESTALE;

	pthread_rwlock_rdlock(&s->gate);
	lock_read(s);
	if (stage_generation(s) == generation)
		r = path_of_node(&path, n);
	unlock(s);
	if (r == 0)
		r = stash_open_file(s->stash, path.text, O_RDONLY);
	gate_leave(s);
	return r;
}

void stage_path_at(struct stage *s, const struct node *n, uint64_t generation, char *buf, size_t len)
{
	snprintf(buf, len, "?");
	lock_read(s);
	if (stage_generation(s) == generation)
		path_text(n, buf, len);
	unlock(s);
}
