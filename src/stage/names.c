/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage: names come, go and move. A change is made in the tree first, where it may be found not
 * to fit on the disc, then on the stash; what the stash refuses is taken back in the tree. Removals
 * go the other way round, since they cannot fail in the tree.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "stage/priv.h"

enum { NAME_BYTES_MAX = 255 }; /* of Rock Ridge names, as of those of file systems */

/* ---- what may be staged ---- */

int name_check(struct stage *s, const struct node *dir, const char *name, mode_t mode)
{
	size_t len = strlen(name);

	if (len > NAME_BYTES_MAX)
		return -ENAMETOOLONG;
	if (!utf8_valid(name, len))
		return stage_refuse(s, EILSEQ,
				    "the name is not UTF-8: rename the file before you copy it");
	if (dir->branch != BRANCH_DATA)
		return 0;
	if (!size_name_remains(name))
		return stage_refuse(s, EILSEQ,
				    "the name has only language tags (U+E0000 to U+E007F): "
				    "rename the file before you copy it");
	if (!s->names_strict)
		return 0;
	if (strlen(name) > LINUX_NAME_MAX)
		return stage_refuse(s, ENAMETOOLONG,
				    "Linux would shorten \"%.80s…\" to %d bytes, and "
				    "names is strict: use a shorter name, or set names any",
				    name, LINUX_NAME_MAX);
	if (S_ISFIFO(mode) || S_ISSOCK(mode) || S_ISLNK(mode))
		return 0;
	if (size_joliet_fits(name, S_ISDIR(mode) ? SIZE_DIRECTORY : SIZE_FILE))
		return 0;
	return stage_refuse(s, ENAMETOOLONG,
			    "Joliet would shorten \"%.80s…\", and names is strict: use a "
			    "shorter name, or set names any",
			    name);
}

/* lock held */
static int check_room(struct stage *s, const struct node *dir, const char *name)
{
	if (tree_is_gone(dir))
		return -ENOENT;
	if (tree_find(&s->tree, dir, name))
		return -EEXIST;
	return 0;
}

/*
 * The names in a directory have changed: its times are now those of its stash object, to the
 * nanosecond, so that the next mount finds the same. @child: the path of such a name. gate held, no
 * lock
 */
void dir_take_times(struct stage *s, struct node *dir, const char *child)
{
	cleanup_free char *path = strdup(child);
	struct stat st;

	if (!path)
		return;
	*strrchr(path, '/') = '\0';
	if (stash_stat(s->stash, path, &st) < 0)
		return;
	lock_change(s, dir->branch);
	tree_keep(&s->tree, dir);
	dir->mtime = st.st_mtim;
	dir->ctime = st.st_ctim;
	unlock(s);
}

/* ---- creation ---- */

/* What is to be made. */
struct create_op {
	struct node *dir;
	const char *name;
	mode_t mode;
	const char *target;
	struct cred cred;
	int (*make)(struct stash *, const char *path, const struct create_op *, int *fd);
	const struct placing *placing; /* or NULL */
};

static int make_file(struct stash *stash, const char *path, const struct create_op *m, int *fd)
{
	return stash_create(stash, path, stash_mode(m->mode), fd);
}

static int make_dir(struct stash *stash, const char *path, const struct create_op *m, int *fd)
{
	(void)fd;
	return stash_mkdir(stash, path, stash_mode(m->mode));
}

static int make_placed(struct stash *stash, const char *path, const struct create_op *m, int *fd)
{
	(void)fd;
	return stash_name_file(stash, m->placing->fd, path);
}

/* A fifo or a socket. */
static int make_special(struct stash *stash, const char *path, const struct create_op *m, int *fd)
{
	(void)fd;
	return stash_mknod(stash, path, m->mode);
}

static int make_symlink(struct stash *stash, const char *path, const struct create_op *m, int *fd)
{
	(void)fd;
	return stash_symlink(stash, path, m->target);
}

static struct node *node_for(const struct create_op *m)
{
	struct node *n = tree_node_new((enum branch)m->dir->branch, m->mode, m->target);

	if (!n)
		return NULL;
	n->uid = m->cred.uid;
	n->gid = m->cred.gid;
	n->size = m->placing ? m->placing->size : n->size;
	if (m->dir->mode & S_ISGID) {
		n->gid = m->dir->gid;
		if (S_ISDIR(m->mode))
			n->mode = (uint16_t)(n->mode | S_ISGID);
	}
	return n;
}

/*
 * Whether the disc takes the name that was linked: it takes what is kept off it. lock held for
 * writing
 */
static int admit(struct stage *s, const struct name *nm)
{
	if (nm->track)
		return s->tree.ntracks > TRACKS_MAX ? -ENOSPC : 0;
	if (nm->node->branch != BRANCH_DATA || name_is_off(nm))
		return 0;
	if (node_is_dir(nm->node) && s->tree.counts[BRANCH_DATA].directories >= DIRECTORIES_MAX)
		return -EMLINK;
	return space_fits(s) ? 0 : -ENOSPC;
}

/* Put the new node into the tree, if it may be there. Fills @path. */
static int insert(struct stage *s, const struct create_op *m, struct node **out, struct path *path)
{
	struct node *n = NULL;
	struct name *nm = NULL;
	int r;

	lock_write(s);
	r = check_room(s, m->dir, m->name);
	if (r == 0) {
		n = node_for(m);
		nm = n ? tree_link(&s->tree, m->dir, m->name, n) : NULL;
		r = nm ? path_of_name(path, nm) : -ENOMEM;
	}
	if (r == 0)
		r = admit(s, nm);
	if (r == 0 && m->placing && m->dir->branch == BRANCH_IMAGE)
		r = image_fits(s, n, m->placing->fd) ? 0 : -ENOSPC;
	if (r == 0) {
		changed(s, m->dir->branch);
		node_ref(n);
	} else {
		if (nm)
			tree_unlink(&s->tree, nm);
		if (n)
			tree_node_drop(&s->tree, n);
	}
	unlock(s);
	*out = n;
	return refuse_disc(s, (enum branch)m->dir->branch, r);
}

static void take_back(struct stage *s, struct node *n)
{
	lock_change(s, n->branch);
	tree_unlink(&s->tree, n->names);
	atomic_store(&n->nlookup, 0);
	tree_node_drop(&s->tree, n);
	unlock(s);
}

static void unmake(struct stage *s, const struct path *path, mode_t mode)
{
	if (S_ISDIR(mode))
		stash_rmdir(s->stash, path->text);
	else
		stash_unlink(s->stash, path->text);
}

/* The stash object's half: make it, learn its number, keep what it cannot hold. */
static int materialize(struct stage *s, const struct create_op *m, struct node *n,
		       const struct path *path, int *fd)
{
	struct stash_id id = { 0 };
	struct stat st;
	int r = m->make(s->stash, path->text, m, fd);

	if (r < 0)
		return r;
	r = *fd >= 0 ? fstat(*fd, &st) < 0 ? -errno : 0 : stash_stat(s->stash, path->text, &st);
	if (r == 0 && !attr_is_plain(s, n))
		r = stash_identify(s->stash, path->text, &id);
	pthread_mutex_lock(&s->attr_lock);
	lock_change(s, n->branch);
	tree_keep(&s->tree, n);
	if (r == 0) {
		n->ino = st.st_ino;
		n->mtime = st.st_mtim;
		n->atime = st.st_atim;
		n->ctime = st.st_ctim;
		n->pages = (uint32_t)((st.st_blocks + 7) / 8);
		r = attr_keep(s, n, &id, false);
	}
	unlock(s);
	pthread_mutex_unlock(&s->attr_lock);
	if (r == 0) {
		dir_take_times(s, m->dir, path->text);
		return 0;
	}
	unmake(s, path, m->mode);
	if (*fd >= 0)
		close(steal_fd(fd));
	return r;
}

/* So that nobody is refused a change of attributes for want of room. gate held, no lock */
static int reserve_attr(struct stage *s)
{
	uint64_t names;

	lock_read(s);
	names = s->tree.nnames + BRANCHES;
	unlock(s);
	return stash_attr_reserve(s->stash, names);
}

/* @fd: the open stash file of a regular file, the caller's; else -1. gate held */
static int create_gated(struct stage *s, const struct create_op *m, struct node **out, int *fd)
{
	cleanup_path struct path path = { .heap = NULL };
	int r = name_check(s, m->dir, m->name, m->mode);

	*fd = -1;
	if (r == 0)
		r = insert(s, m, out, &path);
	if (r < 0)
		return r;
	r = reserve_attr(s);
	if (r == 0)
		r = materialize(s, m, *out, &path, fd);
	if (r < 0)
		take_back(s, *out);
	return refuse_stash(s, r);
}

static int create(struct stage *s, const struct create_op *m, struct node **out, int *fd)
{
	int r;

	*fd = -1;
	if (m->dir->branch == BRANCH_IMAGE && !S_ISREG(m->mode))
		return stage_refuse(s, EPERM,
				    "\"%.80s\" cannot be made in image/, which takes regular files "
				    "only: the image of a disc, or a CUE sheet with its files",
				    m->name);
	r = gate_enter(s);
	if (r < 0)
		return r;
	r = create_gated(s, m, out, fd);
	gate_leave(s);
	return r;
}

int stage_mkdir(struct stage *s, struct node *dir, const char *name, mode_t mode, struct cred cred,
		struct node **out)
{
	struct create_op m = { dir, name, S_IFDIR | (mode & 07777), NULL, cred, make_dir };
	int fd;

	return create(s, &m, out, &fd);
}

int stage_mknod(struct stage *s, struct node *dir, const char *name, mode_t mode, struct cred cred,
		struct node **out)
{
	struct create_op m = {
		dir, name, mode, NULL, cred, S_ISREG(mode) ? make_file : make_special,
	};
	cleanup_close int fd = -1;

	if (S_ISBLK(mode) || S_ISCHR(mode))
		return stage_refuse(s, EPERM,
				    "\"%.80s\" is a device, which burnfs does not record: leave "
				    "it out, as rsync --no-devices does",
				    name);
	if (!S_ISREG(mode) && !S_ISFIFO(mode) && !S_ISSOCK(mode))
		return -EPERM;
	return create(s, &m, out, &fd);
}

int stage_symlink(struct stage *s, struct node *dir, const char *name, const char *target,
		  struct cred cred, struct node **out)
{
	struct create_op m = { dir, name, S_IFLNK | 0777, target, cred, make_symlink };
	int fd;

	if (!size_link_fits(target))
		return stage_refuse(s, ENAMETOOLONG,
				    "the target of the symbolic link is too long for a "
				    "disc: use at most %d bytes, and 248 between two slashes",
				    SIZE_LINK_MAX);
	return create(s, &m, out, &fd);
}

int stage_create_node(struct stage *s, struct node *dir, const char *name, mode_t mode,
		      struct cred cred, struct node **out, int *fd)
{
	struct create_op m = { dir, name, S_IFREG | (mode & 07777), NULL, cred, make_file };

	return create_gated(s, &m, out, fd);
}

int stage_place_node(struct stage *s, const char *name, const struct placing *p, struct node **out)
{
	struct create_op m = {
		s->tree.root[p->branch], name, p->mode, NULL, p->cred, make_placed, p,
	};
	int fd;

	return create_gated(s, &m, out, &fd);
}

/* ---- links ---- */

/* lock held for writing. Fills both paths. */
static int link_in_tree(struct stage *s, struct node *n, struct node *dir, const char *name,
			struct path *from, struct path *to, struct name **nm)
{
	int r = check_room(s, dir, name);

	*nm = NULL;
	if (r == 0)
		r = path_of_node(from, n);
	if (r < 0)
		return r;
	*nm = tree_link(&s->tree, dir, name, n);
	if (!*nm)
		return -ENOMEM;
	r = path_of_name(to, *nm);
	return r == 0 ? admit(s, *nm) : r;
}

static int link_name(struct stage *s, struct node *n, struct node *dir, const char *name)
{
	cleanup_path struct path from = { .heap = NULL }, to = { .heap = NULL };
	struct name *nm;
	int r;

	lock_write(s);
	r = link_in_tree(s, n, dir, name, &from, &to, &nm);
	if (r == 0)
		changed(s, dir->branch);
	else if (nm)
		tree_unlink(&s->tree, nm);
	unlock(s);
	if (r < 0)
		return refuse_disc(s, (enum branch)dir->branch, r);
	r = refuse_stash(s, stash_link(s->stash, from.text, to.text));
	lock_change(s, dir->branch);
	if (r < 0) {
		tree_unlink(&s->tree, nm);
	} else {
		tree_keep(&s->tree, n);
		n->ctime = time_now();
		node_ref(n);
	}
	unlock(s);
	if (r == 0)
		dir_take_times(s, dir, to.text);
	return r;
}

int stage_link(struct stage *s, struct node *n, struct node *dir, const char *name)
{
	int r = name_check(s, dir, name, n->mode);

	if (r < 0)
		return r;
	if (n->branch != dir->branch)
		return -EXDEV;
	if (node_is_dir(n))
		return -EPERM;
	r = gate_enter(s);
	if (r < 0)
		return r;
	r = link_name(s, n, dir, name);
	if (r == 0) {
		lock_read(s);
		r = audio_judge_left(s, n) > 0;
		unlock(s);
	}
	gate_leave(s);
	return r;
}

/* ---- removal ---- */

/* The node's last name is gone. lock held for writing; attr_lock too, if its object may be gone */
void node_last_name_gone(void *stage, struct node *n)
{
	attr_forget(stage, n);
	audio_unjudge(stage, n);
}

/* A name of the node's is gone, perhaps the last. attr_lock, and lock for writing, held */
void node_left_by_name(struct stage *s, struct node *n, const struct timespec *now)
{
	tree_keep(&s->tree, n);
	n->ctime = *now;
	if (!n->names) {
		node_last_name_gone(s, n);
		if (n->nopen)
			stage_wake(s); /* no job waits for it any more */
	}
	tree_node_drop(&s->tree, n);
}

/* Find what is to be removed, and its path. lock held */
static int find_removable(struct stage *s, const struct node *dir, const char *name, bool want_dir,
			  struct path *path)
{
	struct name *nm = tree_find(&s->tree, dir, name);

	if (!nm)
		return -ENOENT;
	if (want_dir && !node_is_dir(nm->node))
		return -ENOTDIR;
	if (!want_dir && node_is_dir(nm->node))
		return -EISDIR;
	if (want_dir && nm->node->dir->nnames)
		return -ENOTEMPTY;
	return path_of_name(path, nm);
}

/* Take the name out of the tree, its object being gone. attr_lock held */
static void forget_name(struct stage *s, struct node *dir, const char *name)
{
	struct timespec now = time_now();
	struct name *nm;
	struct node *n;

	lock_change(s, dir->branch);
	nm = tree_find(&s->tree, dir, name);
	if (nm) {
		n = nm->node;
		tree_unlink(&s->tree, nm);
		node_left_by_name(s, n, &now);
	}
	if (dir->branch == BRANCH_AUDIO)
		audio_reconsider(s);
	unlock(s);
}

static int remove_name(struct stage *s, struct node *dir, const char *name, bool want_dir)
{
	cleanup_path struct path path = { .heap = NULL };
	int r;

	lock_write(s);
	r = find_removable(s, dir, name, want_dir, &path);
	if (r == 0)
		changed(s, dir->branch);
	unlock(s);
	if (r < 0)
		return r;
	pthread_mutex_lock(&s->attr_lock);
	r = want_dir ? stash_rmdir(s->stash, path.text) : stash_unlink(s->stash, path.text);
	if (r == 0)
		forget_name(s, dir, name);
	pthread_mutex_unlock(&s->attr_lock);
	if (r == 0)
		dir_take_times(s, dir, path.text);
	return r;
}

static int gated_remove(struct stage *s, struct node *dir, const char *name, bool want_dir)
{
	int r = gate_enter(s);

	if (r < 0)
		return r;
	r = remove_name(s, dir, name, want_dir);
	gate_leave(s);
	return r;
}

int stage_unlink(struct stage *s, struct node *dir, const char *name)
{
	return gated_remove(s, dir, name, false);
}

int stage_rmdir(struct stage *s, struct node *dir, const char *name)
{
	return gated_remove(s, dir, name, true);
}

/* ---- lookups and listings ---- */

int stage_lookup(struct stage *s, struct node *dir, const char *name, struct node **out)
{
	struct name *nm;

	lock_read(s);
	nm = tree_is_gone(dir) ? NULL : tree_find(&s->tree, dir, name);
	if (nm) {
		*out = nm->node;
		node_ref(nm->node);
	}
	unlock(s);
	return nm ? 0 : -ENOENT;
}

int stage_readlink(struct stage *s, struct node *n, char *buf, size_t len)
{
	int r = 0;

	if (!node_is_symlink(n))
		return -EINVAL;
	lock_read(s);
	if (n->size < len)
		memcpy(buf, n->target, n->size + 1);
	else
		r = -ERANGE;
	unlock(s);
	return r;
}

void stage_opendir(struct stage *s, struct node *dir)
{
	lock_write(s);
	dir->nopen++;
	dir->dir->nopen++;
	unlock(s);
}

void stage_closedir(struct stage *s, struct node *dir)
{
	lock_write(s);
	dir->dir->nopen--;
	dir->nopen--;
	tree_node_drop(&s->tree, dir);
	unlock(s);
}

void stage_dots(struct stage *s, const struct node *dir, uint64_t *self, uint64_t *parent)
{
	lock_read(s);
	*self = dir->ino;
	*parent = dir->names ? dir->names->parent->ino : 0;
	unlock(s);
}

void stage_list(struct stage *s, struct node *dir, uint64_t from,
		bool (*fill)(void *data, const char *name, struct node *, const struct stat *,
			     uint64_t next),
		void *data)
{
	struct name *nm;
	struct stat st;
	uint32_t i;

	lock_read(s);
	i = dir_index(dir, from);
	while (!tree_is_gone(dir) && (nm = dir_next(dir, &i))) {
		node_stat(nm->node, &st);
		if (!fill(data, nm->text, nm->node, &st, dir_cookie(dir, i)))
			break;
	}
	unlock(s);
}
