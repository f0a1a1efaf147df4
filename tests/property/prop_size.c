/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is size.c right? Random trees are edited and measured after every round of edits: the whole image
 * must be what libisofs makes of the same tree, to the block, and no directory may be larger than
 * its bound, whose sums are kept up to date name by name. No content is read: sizes are enough.
 *
 *	prop_size [-n TREES] [-s SEED]
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#define LIBISOFS_WITHOUT_LIBBURN yes
#include <libisofs/libisofs.h>

#include "size.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum {
	NAME_MAX_BYTES = 255,
	DEPTH_MAX = 12,
	ROUNDS = 4,             /* states of a tree */
	REDUCE_SECONDS = 20,    /* to make a failing tree smaller */
	LINES_MAX = 100,        /* of it that are shown */
};

/*
 * Chance
 */

static uint64_t random_state;

static uint64_t random64(void)
{
	uint64_t x = random_state += 0x9e3779b97f4a7c15;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
	x = (x ^ x >> 27) * 0x94d049bb133111eb;
	return x ^ x >> 31;
}

static uint64_t below(uint64_t n)
{
	return random64() % n;
}

static uint64_t between(uint64_t low, uint64_t high)
{
	return low + below(high - low + 1);
}

static bool one_in(unsigned n)
{
	return below(n) == 0;
}

/*
 * The tree
 */

struct node {
	struct node *parent, **children;
	size_t n, cap;
	struct size_bound bound;
	enum size_kind kind;
	uint64_t size;
	uint32_t ino;                      /* files that share it are hard links */
	char *target;
	char prefix[NAME_MAX_BYTES + 1];   /* that many names in this directory begin with */
	unsigned script;                   /* what they are mostly written in */
	char name[NAME_MAX_BYTES + 1];
};

static uint32_t last_ino;

static void *must(void *memory)
{
	if (!memory) {
		fprintf(stderr, "prop_size: out of memory\n");
		exit(2);
	}
	return memory;
}

static struct size_entry entry_of(const struct node *n)
{
	return (struct size_entry){ n->name, n->target, n->size, n->kind };
}

static bool has_child(const struct node *dir, const char *name)
{
	for (size_t i = 0; i < dir->n; i++)
		if (strcmp(dir->children[i]->name, name) == 0)
			return true;
	return false;
}

static void attach(struct node *dir, struct node *child)
{
	struct size_entry e = entry_of(child);

	if (dir->n == dir->cap) {
		dir->cap = dir->cap ? 2 * dir->cap : 8;
		dir->children = must(realloc(dir->children, dir->cap * sizeof(*dir->children)));
	}
	dir->children[dir->n++] = child;
	child->parent = dir;
	size_bound_add(&dir->bound, &e);
}

static void detach(struct node *child)
{
	struct node *dir = child->parent;
	struct size_entry e = entry_of(child);

	for (size_t i = 0; i < dir->n; i++)
		if (dir->children[i] == child) {
			dir->children[i] = dir->children[--dir->n];
			break;
		}
	size_bound_remove(&dir->bound, &e);
}

static void free_node(struct node *n)
{
	for (size_t i = 0; i < n->n; i++)
		free_node(n->children[i]);
	free(n->children);
	free(n->target);
	free(n);
}

/* All nodes below, as a list that the caller frees. */
struct nodes {
	struct node **list;
	size_t n, cap;
};

static void collect(struct node *dir, struct nodes *out)
{
	for (size_t i = 0; i < dir->n; i++) {
		if (out->n == out->cap) {
			out->cap = out->cap ? 2 * out->cap : 256;
			out->list = must(realloc(out->list, out->cap * sizeof(*out->list)));
		}
		out->list[out->n++] = dir->children[i];
		collect(dir->children[i], out);
	}
}

/*
 * Names, targets, sizes
 */

/* Ranges of code points to write in. Many in a range fall together in one tree or both. */
static const struct script {
	uint32_t first, last;
} scripts[] = {
	{ 'a', 'z' }, { 'A', 'Z' }, { '0', '9' }, { 'A', 'z' }, { ' ', '~' }, { 'A', 'B' },
	{ 0xe0, 0xff }, { 0x410, 0x44f }, { 0x4e00, 0x9fa5 }, { 0x1f600, 0x1f64f },
	{ 0x01, 0x1f }, { 0xe0000, 0xe007f }, { 0xd000, 0xd7ff }, { 0xe000, 0xffff },
	{ 0x7f, 0xa0 },
};

static size_t put_utf8(char *out, uint32_t c)
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c < 0x800) {
		out[0] = (char)(0xc0 | c >> 6);
		out[1] = (char)(0x80 | (c & 0x3f));
		return 2;
	}
	if (c < 0x10000) {
		out[0] = (char)(0xe0 | c >> 12);
		out[1] = (char)(0x80 | (c >> 6 & 0x3f));
		out[2] = (char)(0x80 | (c & 0x3f));
		return 3;
	}
	out[0] = (char)(0xf0 | c >> 18);
	out[1] = (char)(0x80 | (c >> 12 & 0x3f));
	out[2] = (char)(0x80 | (c >> 6 & 0x3f));
	out[3] = (char)(0x80 | (c & 0x3f));
	return 4;
}

/* Append up to @bytes of text in one script, never half a character or a slash. */
static void write_text(char *name, size_t bytes, unsigned script)
{
	const struct script *s = &scripts[script];
	size_t at = strlen(name), end = at + bytes < NAME_MAX_BYTES ? at + bytes : NAME_MAX_BYTES;
	char c[4];

	while (at < end) {
		size_t n = put_utf8(c, (uint32_t)between(s->first, s->last));

		if (c[0] == '/' || c[0] == '\0')
			continue;
		if (at + n > end)
			break;
		memcpy(name + at, c, n);
		at += n;
	}
	name[at] = '\0';
}

static size_t some_length(void)
{
	static const unsigned most[] = { 3, 12, 12, 30, 36, 80, 115, 130, 255 };

	return (size_t)between(1, most[below(ARRAY_LEN(most))]);
}

static unsigned some_script(void)
{
	return (unsigned)(one_in(2) ? below(6) : below(ARRAY_LEN(scripts)));
}

static void some_extension(char *name)
{
	static const char *const ends[] = {
		".", "..", ".a", ".txt", ".TXT", ".jpeg", ".b.c", "0", "00",
	};

	if (one_in(2))
		return;
	if (one_in(6)) {
		write_text(name, 1, 0);
		if (strlen(name) < NAME_MAX_BYTES)
			strcat(name, ".");
		write_text(name, some_length(), some_script());
		return;
	}
	const char *end = ends[below(ARRAY_LEN(ends))];
	if (strlen(name) + strlen(end) <= NAME_MAX_BYTES)
		strcat(name, end);
}

static void flip_case(char *name)
{
	for (; *name; name++)
		if (((*name >= 'a' && *name <= 'z') || (*name >= 'A' && *name <= 'Z')) && one_in(2))
			*name = (char)(*name ^ 0x20);
}

static bool usable(const struct node *dir, const char *name)
{
	return name[0] && strcmp(name, ".") && strcmp(name, "..") && size_name_remains(name) &&
	       !has_child(dir, name);
}

/* A new name for @dir, often near to one that is there. */
static void some_name(const struct node *dir, char *name)
{
	do {
		name[0] = '\0';
		if (dir->n > 0 && one_in(4)) {
			strcpy(name, dir->children[below(dir->n)]->name);
			flip_case(name);
			if (one_in(2))
				write_text(name, below(4), some_script());
			continue;
		}
		if (!one_in(3))
			strcpy(name, dir->prefix);
		write_text(name, some_length(), one_in(3) ? some_script() : dir->script);
		some_extension(name);
	} while (!usable(dir, name));
}

static char *some_target(void)
{
	static const char *const parts[] = { "", ".", "..", "a", "usr", "lib" };
	char target[SIZE_LINK_MAX + NAME_MAX_BYTES + 2] = "";
	size_t goal = one_in(3) ? below(SIZE_LINK_MAX) : below(60);
	bool long_parts = one_in(2);

	do {
		char part[NAME_MAX_BYTES + 1] = "";

		if (long_parts)
			write_text(part, one_in(4) ? between(245, 255) : some_length(),
				   some_script());
		else
			strcpy(part, parts[below(ARRAY_LEN(parts))]);
		strcat(target, part);
		if (!one_in(20))
			strcat(target, "/");
	} while (strlen(target) < goal && strlen(target) + NAME_MAX_BYTES < SIZE_LINK_MAX);
	for (size_t n = below(SIZE_LINK_MAX); one_in(30) && strlen(target) < n;)
		strcat(target, "/");
	return must(strdup(target[0] ? target : "/"));
}

/* A target that libisofs takes: no component over 255 bytes. */
static bool target_fits(const char *target)
{
	for (; target; target = strchr(target, '/') ? strchr(target, '/') + 1 : NULL)
		if (strcspn(target, "/") > NAME_MAX_BYTES)
			return false;
	return true;
}

static uint64_t some_size(void)
{
	const uint64_t section = 0xfffff800;

	switch (below(16)) {
	case 0:
	case 1:
		return 0;
	case 2:
		return between(SIZE_ALIGN_MIN - 2, SIZE_ALIGN_MIN + 2);
	case 3:
		return between(SIZE_ALIGN_MIN, 5 * SIZE_ALIGN_MIN);
	case 4:
		return one_in(4) ? UINT32_MAX + between(1, 4) * section - 2 + below(5) : BLOCK_SIZE;
	case 5:
		return one_in(8) ? between(UINT32_MAX - 3ULL, UINT32_MAX + 3ULL) : 1;
	default:
		return between(1, 20000);
	}
}

static void some_content(struct node *file, struct node *root)
{
	struct nodes all = { 0 };

	file->size = some_size();
	file->ino = ++last_ino;
	if (!one_in(12))
		return;
	collect(root, &all);
	if (all.n > 0) {
		const struct node *other = all.list[below(all.n)];

		if (other->kind == SIZE_FILE) {
			file->size = other->size;
			file->ino = other->ino;
		}
	}
	free(all.list);
}

static struct node *new_node(struct node *root, struct node *dir, enum size_kind kind)
{
	struct node *n = must(calloc(1, sizeof(*n)));

	n->kind = kind;
	if (dir)
		some_name(dir, n->name);
	if (kind == SIZE_FILE)
		some_content(n, root);
	while (kind == SIZE_SYMLINK && (!n->target || !target_fits(n->target))) {
		free(n->target);
		n->target = some_target();
	}
	if (kind == SIZE_DIRECTORY) {
		n->script = some_script();
		if (one_in(2))
			write_text(n->prefix, some_length() * 2 / 3, some_script());
	}
	return n;
}

static enum size_kind some_kind(void)
{
	static const enum size_kind kinds[] = {
		SIZE_FILE, SIZE_FILE, SIZE_FILE, SIZE_FILE, SIZE_FILE,
		SIZE_DIRECTORY, SIZE_SYMLINK, SIZE_FIFO,
	};

	return kinds[below(ARRAY_LEN(kinds))];
}

/* What a family begins with: a dot and an extension that leaves no room for numbers, at times. */
static void some_stem(char *stem)
{
	stem[0] = '\0';
	if (one_in(4)) {
		strcpy(stem, one_in(2) ? "." : "a.");
		write_text(stem, one_in(2) ? between(22, 31) : between(94, 106), 0);
		return;
	}
	write_text(stem, some_length() * 4 / 5, some_script());
}

/* Names that are one name in ISO 9660, some in Joliet too, and a few that are in their way. */
static void add_family(struct node *root, struct node *dir)
{
	static const unsigned members[] = { 2, 9, 10, 11, 12, 99, 100, 101, 102, 250 };
	static const unsigned alike[] = { 6, 7, 8, 9, 14 };
	unsigned n = members[below(ARRAY_LEN(members))], script = alike[below(ARRAY_LEN(alike))];
	enum size_kind kind = one_in(4) ? SIZE_DIRECTORY : SIZE_FILE;
	char stem[NAME_MAX_BYTES + 1];

	some_stem(stem);
	for (unsigned i = 0; i < n; i++) {
		struct node *child = new_node(root, dir, one_in(10) ? SIZE_DIRECTORY : kind);
		char name[NAME_MAX_BYTES + 1];

		strcpy(name, stem);
		if (one_in(2))
			flip_case(name);
		if (one_in(15))
			snprintf(name + strlen(name), 24, "%0*" PRIu64, (int)between(1, 3),
				 below(120));
		else if (one_in(2))
			write_text(name, between(1, 3) * 4, script);
		if (one_in(8) && strlen(name) < NAME_MAX_BYTES)
			strcat(name, ".");
		if (usable(dir, name))
			strcpy(child->name, name);
		attach(dir, child);
	}
}

/* Many names of one length: no room in a block is as bad as room that is always just too small. */
static void add_uniform(struct node *root, struct node *dir)
{
	unsigned n = (unsigned)between(20, 250), length = (unsigned)some_length();
	enum size_kind kind = some_kind();

	for (unsigned i = 0; i < n; i++) {
		struct node *child = new_node(root, dir, kind);
		char name[NAME_MAX_BYTES + 1];

		snprintf(name, sizeof(name), "%0*u", (int)length, i);
		if (usable(dir, name))
			strcpy(child->name, name);
		attach(dir, child);
	}
}

/*
 * Edits
 */

static unsigned depth_of(const struct node *n)
{
	unsigned depth = 1;

	for (; n->parent; n = n->parent)
		depth++;
	return depth;
}

static struct node *some_directory(struct node *root)
{
	struct nodes all = { 0 };
	struct node *found = root;

	collect(root, &all);
	for (unsigned tries = 0; tries < 8 && all.n > 0; tries++) {
		struct node *n = all.list[below(all.n)];

		n = n->kind == SIZE_DIRECTORY ? n : n->parent;
		if (depth_of(n) < DEPTH_MAX) {
			found = n;
			break;
		}
	}
	free(all.list);
	return found;
}

static void add_names(struct node *root)
{
	unsigned rounds = (unsigned)between(1, 8);

	while (rounds-- > 0) {
		struct node *dir = some_directory(root);
		unsigned names = (unsigned)(one_in(3) ? below(150) : below(20));

		while (names-- > 0)
			attach(dir, new_node(root, dir, some_kind()));
	}
	if (one_in(4))
		add_family(root, some_directory(root));
	if (one_in(6))
		add_uniform(root, some_directory(root));
}

/* A chain of directories, so that depth does not depend on luck. */
static void add_depth(struct node *root)
{
	struct node *dir = root;

	while (depth_of(dir) < DEPTH_MAX) {
		struct node *child = new_node(root, dir, SIZE_DIRECTORY);

		attach(dir, child);
		dir = child;
	}
}

static void remove_names(struct node *root)
{
	struct nodes all = { 0 };

	collect(root, &all);
	for (unsigned i = (unsigned)below(40); i > 0 && all.n > 0; i--) {
		size_t at = below(all.n);
		struct node *n = all.list[at];

		all.list[at] = all.list[--all.n];
		if (n->n > 0 && !one_in(10))
			continue;
		detach(n);
		free_node(n);
		all.n = 0;
		collect(root, &all);
	}
	free(all.list);
}

/* A file gets another size, under all its names. */
static void resize_file(struct node *root)
{
	struct nodes all = { 0 };
	uint64_t size = some_size();
	uint32_t ino = (uint32_t)between(1, last_ino + 1);

	collect(root, &all);
	for (size_t i = 0; i < all.n; i++) {
		struct node *n = all.list[i];
		struct size_entry e = entry_of(n);

		if (n->kind != SIZE_FILE || n->ino != ino)
			continue;
		size_bound_remove(&n->parent->bound, &e);
		e.size = n->size = size;
		size_bound_add(&n->parent->bound, &e);
	}
	free(all.list);
}

static void edit(struct node *root)
{
	remove_names(root);
	add_names(root);
	for (unsigned i = 0; i < 4; i++)
		resize_file(root);
}

/*
 * What size.c says
 */

struct verdict {
	uint64_t data_start, blocks;       /* of the model */
	uint64_t iso_data_start, iso_blocks;
	bool odd;                          /* the first aligned file is at an odd block */
	const struct node *above;          /* a directory above its bound */
	struct size_dir dir, bound;        /* of it */
};

static struct stats {
	uint64_t states, names, directories, nanoseconds;
	uint64_t exact, bound;             /* blocks of directories */
} stats;

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static bool is_above(const struct size_dir *exact, const struct size_dir *bound)
{
	return exact->iso_blocks > bound->iso_blocks ||
	       exact->joliet_blocks > bound->joliet_blocks ||
	       exact->path_bytes > bound->path_bytes ||
	       exact->joliet_path_bytes > bound->joliet_path_bytes;
}

static void measure_dir(const struct node *dir, struct size_totals *t, struct verdict *v)
{
	struct size_entry *entries = must(malloc((dir->n + 1) * sizeof(*entries)));
	struct size_dir exact, bound;
	uint64_t start;
	int ret;

	for (size_t i = 0; i < dir->n; i++)
		entries[i] = entry_of(dir->children[i]);
	start = now();
	ret = size_dir(entries, dir->n, !dir->parent, &exact);
	stats.nanoseconds += now() - start;
	free(entries);
	if (ret) {
		fprintf(stderr, "prop_size: size_dir: %s\n", strerror(-ret));
		exit(2);
	}
	size_bound_dir(&dir->bound, !dir->parent, &bound);
	if (is_above(&exact, &bound)) {
		v->above = dir;
		v->dir = exact;
		v->bound = bound;
	}
	stats.directories++;
	stats.names += dir->n;
	stats.exact += exact.iso_blocks + exact.joliet_blocks;
	stats.bound += bound.iso_blocks + bound.joliet_blocks;
	t->iso_blocks += exact.iso_blocks;
	t->joliet_blocks += exact.joliet_blocks;
	t->path_bytes += exact.path_bytes;
	t->joliet_path_bytes += exact.joliet_path_bytes;
}

/* Sets @fillers to how many fillers there are. */
static void measure_content(const struct nodes *all, struct size_totals *t, uint64_t *fillers)
{
	bool *seen = must(calloc(last_ino + 1, sizeof(*seen)));

	for (size_t i = 0; i < all->n; i++) {
		const struct node *n = all->list[i];
		uint64_t blocks = size_content(n->size);

		if (n->kind != SIZE_FILE || seen[n->ino])
			continue;
		seen[n->ino] = true;
		if (n->size < SIZE_ALIGN_MIN) {
			t->small_blocks += blocks;
			continue;
		}
		t->large_files++;
		t->large_blocks += blocks;
		*fillers += blocks - blocks_of(n->size);
	}
	free(seen);
	*fillers += size_leading_filler(t);
}

static void measure(struct node *root, struct verdict *v, uint64_t *fillers)
{
	struct nodes all = { 0 };
	struct size_totals t = { 0 };

	collect(root, &all);
	measure_dir(root, &t, v);
	for (size_t i = 0; i < all.n; i++)
		if (all.list[i]->kind == SIZE_DIRECTORY)
			measure_dir(all.list[i], &t, v);
	*fillers = 0;
	measure_content(&all, &t, fillers);
	v->data_start = size_data_start(&t);
	v->blocks = size_image(&t);
	v->odd = t.large_files > 0 && (v->data_start + 1 + size_leading_filler(&t)) % 2 != 0;
	free(all.list);
	stats.states++;
}

/*
 * What libisofs says
 */

struct content {
	off_t size;
	ino_t ino;
};

static const struct content *content_of(IsoStream *s)
{
	return s->data;
}

static int stream_open(IsoStream *s)
{
	(void)s;
	return ISO_FILE_ERROR;
}

static int stream_close(IsoStream *s)
{
	(void)s;
	return 1;
}

static off_t stream_size(IsoStream *s)
{
	return content_of(s)->size;
}

static int stream_read(IsoStream *s, void *buf, size_t n)
{
	(void)s;
	(void)buf;
	(void)n;
	return ISO_FILE_READ_ERROR;
}

static int stream_repeatable(IsoStream *s)
{
	(void)s;
	return 1;
}

static void stream_id(IsoStream *s, unsigned int *fs, dev_t *dev, ino_t *ino)
{
	*fs = 77;
	*dev = 1;
	*ino = content_of(s)->ino;
}

static void stream_free(IsoStream *s)
{
	free(s->data);
}

static int stream_update(IsoStream *s)
{
	(void)s;
	return 0;
}

static IsoStream *stream_input(IsoStream *s, int flag)
{
	(void)s;
	(void)flag;
	return NULL;
}

static IsoStreamIface stream_class = {
	.version = 4, .type = "user", .open = stream_open, .close = stream_close,
	.get_size = stream_size, .read = stream_read, .is_repeatable = stream_repeatable,
	.get_id = stream_id, .free = stream_free, .update_size = stream_update,
	.get_input_stream = stream_input,
};

static void check_iso(int ret, const char *what)
{
	if (ret >= 0)
		return;
	fprintf(stderr, "prop_size: %s: %s\n", what, iso_error_to_msg(ret));
	exit(2);
}

static IsoStream *new_stream(uint64_t size, uint32_t ino)
{
	IsoStream *s = must(calloc(1, sizeof(*s)));
	struct content *c = must(calloc(1, sizeof(*c)));

	c->size = (off_t)size;
	c->ino = ino;
	s->class = &stream_class;
	s->refcount = 1;
	s->data = c;
	return s;
}

/* A link's target as iso.c hands it on: slashes too many are left out. */
static int add_link(IsoDir *to, const struct node *n)
{
	char target[SIZE_LINK_MAX + 1];
	size_t length = 0;

	for (const char *s = n->target; *s; s++)
		if (*s != '/' || (s[1] != '/' && (s[1] != '\0' || length == 0)))
			target[length++] = *s;
	target[length] = '\0';
	return iso_tree_add_new_symlink(to, n->name, target, NULL);
}

static int later_first(const void *a, const void *b)
{
	const struct node *const *x = a, *const *y = b;

	return strcmp((*y)->name, (*x)->name);
}

static void mirror(const struct node *dir, IsoDir *to)
{
	struct node **sorted = must(malloc((dir->n + 1) * sizeof(*sorted)));

	if (dir->n > 0)
		memcpy(sorted, dir->children, dir->n * sizeof(*sorted));
	/* libisofs keeps a sorted list: in this order each goes to its head */
	qsort(sorted, dir->n, sizeof(*sorted), later_first);
	for (size_t i = 0; i < dir->n; i++) {
		const struct node *n = sorted[i];
		IsoDir *sub = NULL;
		int ret = 0;

		switch (n->kind) {
		case SIZE_FILE:
			ret = iso_tree_add_new_file(to, n->name, new_stream(n->size, n->ino), NULL);
			break;
		case SIZE_DIRECTORY:
			ret = iso_tree_add_new_dir(to, n->name, &sub);
			break;
		case SIZE_SYMLINK:
			ret = add_link(to, n);
			break;
		case SIZE_FIFO:
			ret = iso_tree_add_new_special(to, n->name, S_IFIFO | 0644, 0, NULL);
			break;
		}
		check_iso(ret, n->name);
		if (sub)
			mirror(n, sub);
	}
	free(sorted);
}

/* Fillers as iso.c makes them: in a hidden directory whose name is no UTF-8. */
static void add_fillers(IsoDir *root, uint64_t fillers)
{
	const int hide = LIBISO_HIDE_ON_RR | LIBISO_HIDE_ON_JOLIET | LIBISO_HIDE_BUT_WRITE;
	IsoDir *hidden;

	if (fillers == 0)
		return;
	check_iso(iso_tree_add_new_dir(root, "\xff", &hidden), "the fillers' directory");
	iso_node_set_hidden((IsoNode *)hidden, hide);
	while (fillers > 0) {
		IsoStream *stream = new_stream(BLOCK_SIZE, last_ino + (uint32_t)fillers);
		IsoFile *file;
		char name[24];

		snprintf(name, sizeof(name), "%020" PRIu64, fillers--);
		check_iso(iso_tree_add_new_file(hidden, name, stream, &file), "a filler");
		iso_node_set_hidden((IsoNode *)file, hide);
	}
}

static IsoWriteOpts *write_options(void)
{
	IsoWriteOpts *o;

	check_iso(iso_write_opts_new(&o, 0), "options");
	iso_write_opts_set_iso_level(o, 3);
	iso_write_opts_set_rockridge(o, 1);
	iso_write_opts_set_joliet(o, 1);
	iso_write_opts_set_joliet_long_names(o, 1);
	iso_write_opts_set_joliet_longer_paths(o, 1);
	iso_write_opts_set_allow_deep_paths(o, 1);
	iso_write_opts_set_hardlinks(o, 1);
	iso_write_opts_set_tail_blocks(o, SIZE_TAIL_BLOCKS);
	iso_write_opts_set_will_cancel(o, 1);
	return o;
}

static void referee(const struct node *root, uint64_t fillers, struct verdict *v)
{
	IsoWriteOpts *o = write_options();
	struct burn_source *source;
	IsoImage *image;
	uint32_t lba;

	check_iso(iso_image_new("PROP", &image), "an image");
	mirror(root, iso_image_get_root(image));
	add_fillers(iso_image_get_root(image), fillers);
	check_iso(iso_image_create_burn_source(image, o, &source), "the layout");
	check_iso(iso_write_opts_get_data_start(o, &lba, 0), "the start of the data");
	v->iso_data_start = lba;
	v->iso_blocks = (uint64_t)source->get_size(source) / BLOCK_SIZE;
	source->cancel(source);
	source->free_data(source);
	free(source);
	iso_write_opts_free(o);
	iso_image_unref(image);
}

static bool judge(struct node *root, struct verdict *v)
{
	uint64_t fillers;

	*v = (struct verdict){ 0 };
	measure(root, v, &fillers);
	referee(root, fillers, v);
	return !v->above && !v->odd && v->data_start == v->iso_data_start &&
	       v->blocks == v->iso_blocks;
}

/*
 * Reports
 */

static uint64_t reduce_until;

static void print_text(const char *label, const char *s)
{
	printf(" %s[%zu] \"", label, strlen(s));
	for (; *s; s++)
		printf(*s >= ' ' && *s <= '~' && *s != '"' && *s != '\\' ? "%c" : "\\x%02x",
		       (unsigned char)*s);
	printf("\"");
}

static void print_tree(const struct node *dir, int depth, int *lines)
{
	static const char kinds[] = { 'f', 'd', 'l', 'p' };

	for (size_t i = 0; i < dir->n && (*lines)-- > 0; i++) {
		const struct node *n = dir->children[i];

		printf("%*s%c", 2 * depth, "", kinds[n->kind]);
		print_text("name", n->name);
		if (n->target)
			print_text("target", n->target);
		if (n->kind == SIZE_FILE)
			printf(" size %" PRIu64 " ino %u", n->size, n->ino);
		putchar('\n');
		print_tree(n, depth + 1, lines);
	}
}

/* Take away @n of a directory's names for good, unless the failure needs one of them. */
static void take_away(struct node *root, struct node *dir, struct node **list, size_t n)
{
	struct verdict v;

	for (size_t i = 0; i < n; i++)
		detach(list[i]);
	if (now() > reduce_until || judge(root, &v)) {
		for (size_t i = 0; i < n; i++)
			attach(dir, list[i]);
		return;
	}
	for (size_t i = 0; i < n; i++)
		free_node(list[i]);
}

/* Leave what the failure needs, from the root downwards, and for some seconds only. */
static void reduce(struct node *root, struct node *dir)
{
	struct node **list = must(malloc((dir->n + 1) * sizeof(*list)));

	for (size_t chunk = dir->n; chunk > 0; chunk /= 2) {
		size_t n = dir->n;

		for (size_t i = 0; i < n; i++)
			list[i] = dir->children[i];
		for (size_t i = 0; i < n; i += chunk)
			take_away(root, dir, list + i, i + chunk < n ? chunk : n - i);
	}
	free(list);
	for (size_t i = 0; i < dir->n; i++)
		reduce(root, dir->children[i]);
}

static void print_above(const struct verdict *v)
{
	const struct size_dir *d = &v->dir, *b = &v->bound;

	printf("a directory above its bound, \"%s\": blocks %u and %u of %u and %u, path bytes %u "
	       "and %u of %u and %u\n", v->above->name, d->iso_blocks, d->joliet_blocks,
	       b->iso_blocks, b->joliet_blocks, d->path_bytes, d->joliet_path_bytes, b->path_bytes,
	       b->joliet_path_bytes);
}

static int fail(struct node *root, uint64_t seed, unsigned tree, unsigned round)
{
	struct verdict v;
	int lines = LINES_MAX;

	printf("FAILED: -s %" PRIu64 ", tree %u, state %u; the smallest that fails:\n", seed, tree,
	       round);
	reduce_until = now() + REDUCE_SECONDS * 1000000000ULL;
	reduce(root, root);
	judge(root, &v);
	print_tree(root, 0, &lines);
	if (v.odd)
		printf("the first aligned file is at an odd block\n");
	printf("data start: model %" PRIu64 ", libisofs %" PRIu64 "; blocks: model %" PRIu64
	       ", libisofs %" PRIu64 "\n", v.data_start, v.iso_data_start, v.blocks, v.iso_blocks);
	if (v.above)
		print_above(&v);
	free_node(root);
	return 1;
}

static struct node *new_root(void)
{
	last_ino = 0;
	return new_node(NULL, NULL, SIZE_DIRECTORY);
}

static int try_tree(uint64_t seed, unsigned tree)
{
	struct node *root;
	struct verdict v;

	random_state = seed + tree * 0x2545f4914f6cdd1dULL;
	root = new_root();
	if (one_in(4))
		add_depth(root);
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (!judge(root, &v))
			return fail(root, seed, tree, round);
		edit(root);
	}
	free_node(root);
	return 0;
}

/* Names with each code point of the basic plane and of some others, 256 in a directory. */
static int try_code_points(void)
{
	static const struct script planes[] = {
		{ 0x1, 0xd7ff }, { 0xe000, 0x103ff }, { 0x1f000, 0x1fbff }, { 0xe0000, 0xe0fff },
		{ 0x10ff00, 0x10ffff },
	};
	struct node *root = new_root(), *dir = NULL;
	struct verdict v;

	for (size_t i = 0; i < ARRAY_LEN(planes); i++)
		for (uint32_t c = planes[i].first; c <= planes[i].last; c++) {
			struct node *n;

			if (c == '/')
				continue;
			if (!dir || c % 256 == 0) {
				dir = must(calloc(1, sizeof(*dir)));
				dir->kind = SIZE_DIRECTORY;
				snprintf(dir->name, sizeof(dir->name), "%x", c);
				attach(root, dir);
			}
			n = must(calloc(1, sizeof(*n)));
			n->kind = c % 2 ? SIZE_FILE : SIZE_DIRECTORY;
			n->name[0] = 'x';
			n->name[1 + put_utf8(n->name + 1, c)] = '\0';
			n->ino = ++last_ino;
			attach(dir, n);
		}
	if (!judge(root, &v))
		return fail(root, 0, 0, 0);
	free_node(root);
	return 0;
}

static void print_stats(void)
{
	double us = (double)stats.nanoseconds / 1e3;

	printf("%" PRIu64 " states, %" PRIu64 " directories, %" PRIu64 " names; %.1f us for a "
	       "directory, %.2f us for a name; bounds are %.1f %% above\n", stats.states,
	       stats.directories, stats.names, us / (double)stats.directories,
	       us / (double)stats.names, 100.0 * (double)stats.bound / (double)stats.exact - 100);
}

/* As iso.c does, which would draw the tree in. */
static void set_size_model(void)
{
	int major, minor, micro;

	iso_lib_version(&major, &minor, &micro);
	size_set_gaps_twice(major == 1 && (minor < 5 || (minor == 5 && micro <= 4)));
}

int main(int argc, char **argv)
{
	uint64_t seed = (uint64_t)time(NULL);
	unsigned trees = 200, failed = 0;
	int opt;

	while ((opt = getopt(argc, argv, "n:s:")) != -1) {
		if (opt == 'n')
			trees = (unsigned)strtoul(optarg, NULL, 0);
		else if (opt == 's')
			seed = strtoull(optarg, NULL, 0);
		else
			return 2;
	}
	printf("seed %" PRIu64 "\n", seed);
	check_iso(iso_init_with_flag(1), "libisofs");
	set_size_model();
	iso_set_local_charset((char[]){ "UTF-8" }, 0);
	iso_set_msgs_severities((char[]){ "NEVER" }, (char[]){ "NEVER" }, (char[]){ "" });
	failed = (unsigned)try_code_points();
	for (unsigned i = 0; i < trees && failed == 0; i++)
		failed = (unsigned)try_tree(seed, i);
	iso_finish();
	print_stats();
	printf("%u passed, %u failed\n", failed ? 0 : trees + 1, failed);
	return failed > 0;
}
