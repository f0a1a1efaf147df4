/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random trees for the property tests, and random edits of them: names that collide, in many
 * scripts and of all lengths, hard links, links, sizes at the limits, deep paths, crowded
 * directories. A tree that fails is made as small as it can be and still fails. All chance comes
 * from the seed. Include this in one file of a program.
 */
#ifndef BURNFS_RANDOM_TREE_H
#define BURNFS_RANDOM_TREE_H

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tree/size.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

enum {
	NAME_MAX_BYTES = 255,
	DEPTH_MAX = 12,         /* of most: what is deeper is a chain of directories */
	DEEPEST = 60,
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

struct item {
	struct item *parent, **children;
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
		fprintf(stderr, "%s: out of memory\n", program_invocation_short_name);
		exit(2);
	}
	return memory;
}

static struct size_entry entry_of(const struct item *n)
{
	return (struct size_entry){ n->name, n->target, n->size, n->kind };
}

static bool has_child(const struct item *dir, const char *name)
{
	for (size_t i = 0; i < dir->n; i++)
		if (strcmp(dir->children[i]->name, name) == 0)
			return true;
	return false;
}

static void attach(struct item *dir, struct item *child)
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

static void detach(struct item *child)
{
	struct item *dir = child->parent;
	struct size_entry e = entry_of(child);

	for (size_t i = 0; i < dir->n; i++)
		if (dir->children[i] == child) {
			dir->children[i] = dir->children[--dir->n];
			break;
		}
	size_bound_remove(&dir->bound, &e);
}

static void free_item(struct item *n)
{
	for (size_t i = 0; i < n->n; i++)
		free_item(n->children[i]);
	free(n->children);
	free(n->target);
	free(n);
}

/* All nodes below, as a list that the caller frees. */
struct items {
	struct item **list;
	size_t n, cap;
};

static void collect(struct item *dir, struct items *out)
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

/* What desktops leave about, as the default list has it; the property tests ask no other for it. */
static const char *const junk_starts[] = {
	".Trash-", "._", ".goutputstream-", ".fuse_hidden", ".nfs", "~$",
};
static const char *const junk_names[] = {
	".DS_Store", ".ds_store",   ".Trashes",	    "Thumbs.db",
	"THUMBS.DB", "desktop.ini", "$RECYCLE.BIN",
};

static bool is_junk(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(junk_starts); i++)
		if (strncasecmp(name, junk_starts[i], strlen(junk_starts[i])) == 0)
			return true;
	for (size_t i = 0; i < ARRAY_LEN(junk_names); i++)
		if (strcasecmp(name, junk_names[i]) == 0)
			return true;
	return false;
}

static bool usable(const struct item *dir, const char *name)
{
	return name[0] && strcmp(name, ".") && strcmp(name, "..") && size_name_remains(name) &&
	       !has_child(dir, name);
}

/* A new name for @dir, often near to one that is there. */
static void some_name(const struct item *dir, char *name)
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
		if (one_in(24) && dir->n < 200) {
			strcpy(name, junk_names[below(ARRAY_LEN(junk_names))]);
			continue;
		}
		if (one_in(24))
			strcpy(name, junk_starts[below(ARRAY_LEN(junk_starts))]);
		else if (!one_in(3))
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

static void some_content(struct item *file, struct item *root)
{
	struct items all = { 0 };

	file->size = some_size();
	file->ino = ++last_ino;
	if (!one_in(12))
		return;
	collect(root, &all);
	if (all.n > 0) {
		const struct item *other = all.list[below(all.n)];

		if (other->kind == SIZE_FILE) {
			file->size = other->size;
			file->ino = other->ino;
		}
	}
	free(all.list);
}

static struct item *new_item(struct item *root, struct item *dir, enum size_kind kind)
{
	struct item *n = must(calloc(1, sizeof(*n)));

	n->kind = kind;
	if (dir)
		some_name(dir, n->name);
	if (kind == SIZE_FILE)
		some_content(n, root);
	while (kind == SIZE_SYMLINK && (!n->target || !size_link_fits(n->target))) {
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
static void add_family(struct item *root, struct item *dir)
{
	static const unsigned members[] = { 2, 9, 10, 11, 12, 99, 100, 101, 102, 250 };
	static const unsigned alike[] = { 6, 7, 8, 9, 14 };
	unsigned n = members[below(ARRAY_LEN(members))], script = alike[below(ARRAY_LEN(alike))];
	enum size_kind kind = one_in(4) ? SIZE_DIRECTORY : SIZE_FILE;
	char stem[NAME_MAX_BYTES + 1];

	some_stem(stem);
	for (unsigned i = 0; i < n; i++) {
		struct item *child = new_item(root, dir, one_in(10) ? SIZE_DIRECTORY : kind);
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
static void add_uniform(struct item *root, struct item *dir)
{
	unsigned n = (unsigned)between(20, 250), length = (unsigned)some_length();
	enum size_kind kind = some_kind();

	for (unsigned i = 0; i < n; i++) {
		struct item *child = new_item(root, dir, kind);
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

static unsigned depth_of(const struct item *n)
{
	unsigned depth = 1;

	for (; n->parent; n = n->parent)
		depth++;
	return depth;
}

static struct item *some_directory(struct item *root)
{
	struct items all = { 0 };
	struct item *found = root;

	collect(root, &all);
	for (unsigned tries = 0; tries < 8 && all.n > 0; tries++) {
		struct item *n = all.list[below(all.n)];

		n = n->kind == SIZE_DIRECTORY ? n : n->parent;
		if (depth_of(n) < DEPTH_MAX) {
			found = n;
			break;
		}
	}
	free(all.list);
	return found;
}

static void add_names(struct item *root)
{
	unsigned rounds = (unsigned)between(1, 8);

	while (rounds-- > 0) {
		struct item *dir = some_directory(root);
		unsigned names = (unsigned)(one_in(3) ? below(150) : below(20));

		while (names-- > 0)
			attach(dir, new_item(root, dir, some_kind()));
	}
	if (one_in(4))
		add_family(root, some_directory(root));
	if (one_in(6))
		add_uniform(root, some_directory(root));
}

/* A chain of directories, so that depth does not depend on luck. */
static void add_depth(struct item *root)
{
	unsigned depth = one_in(4) ? (unsigned)between(DEPTH_MAX, DEEPEST) : DEPTH_MAX;
	struct item *dir = root;

	while (depth_of(dir) < depth) {
		struct item *child = new_item(root, dir, SIZE_DIRECTORY);

		attach(dir, child);
		dir = child;
	}
}

static void remove_names(struct item *root)
{
	struct items all = { 0 };

	collect(root, &all);
	for (unsigned i = (unsigned)below(40); i > 0 && all.n > 0; i--) {
		size_t at = below(all.n);
		struct item *n = all.list[at];

		all.list[at] = all.list[--all.n];
		if (n->n > 0 && !one_in(10))
			continue;
		detach(n);
		free_item(n);
		all.n = 0;
		collect(root, &all);
	}
	free(all.list);
}

/* A file gets another size, under all its names. */
static void resize_file(struct item *root)
{
	struct items all = { 0 };
	uint64_t size = some_size();
	uint32_t ino = (uint32_t)between(1, last_ino + 1);

	collect(root, &all);
	for (size_t i = 0; i < all.n; i++) {
		struct item *n = all.list[i];
		struct size_entry e = entry_of(n);

		if (n->kind != SIZE_FILE || n->ino != ino)
			continue;
		size_bound_remove(&n->parent->bound, &e);
		e.size = n->size = size;
		size_bound_add(&n->parent->bound, &e);
	}
	free(all.list);
}

static void edit(struct item *root)
{
	remove_names(root);
	add_names(root);
	for (unsigned i = 0; i < 4; i++)
		resize_file(root);
}

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

/*
 * Reports
 */

/* What must hold of every tree. */
struct property {
	bool (*holds)(struct item *root);
	void (*explain)(struct item *root);  /* print why it does not */
};

static uint64_t reduce_until;

static void print_text(const char *label, const char *s)
{
	printf(" %s[%zu] \"", label, strlen(s));
	for (; *s; s++)
		printf(*s >= ' ' && *s <= '~' && *s != '"' && *s != '\\' ? "%c" : "\\x%02x",
		       (unsigned char)*s);
	printf("\"");
}

static void print_tree(const struct item *dir, int depth, int *lines)
{
	static const char kinds[] = { 'f', 'd', 'l', 'p' };

	for (size_t i = 0; i < dir->n && (*lines)-- > 0; i++) {
		const struct item *n = dir->children[i];

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
static void take_away(const struct property *p, struct item *root, struct item *dir,
		      struct item **list, size_t n)
{
	for (size_t i = 0; i < n; i++)
		detach(list[i]);
	if (now() > reduce_until || p->holds(root)) {
		for (size_t i = 0; i < n; i++)
			attach(dir, list[i]);
		return;
	}
	for (size_t i = 0; i < n; i++)
		free_item(list[i]);
}

/* Leave what the failure needs, from the root downwards, and for some seconds only. */
static void reduce(const struct property *p, struct item *root, struct item *dir)
{
	struct item **list = must(malloc((dir->n + 1) * sizeof(*list)));

	for (size_t chunk = dir->n; chunk > 0; chunk /= 2) {
		size_t n = dir->n;

		for (size_t i = 0; i < n; i++)
			list[i] = dir->children[i];
		for (size_t i = 0; i < n; i += chunk)
			take_away(p, root, dir, list + i, i + chunk < n ? chunk : n - i);
	}
	free(list);
	for (size_t i = 0; i < dir->n; i++)
		reduce(p, root, dir->children[i]);
}

/* Returns 1, and frees the tree. */
static int fail(const struct property *p, struct item *root, uint64_t seed, unsigned tree,
		unsigned round)
{
	int lines = LINES_MAX;

	printf("FAILED: -s %" PRIu64 ", tree %u, state %u; the smallest that fails:\n", seed, tree,
	       round);
	reduce_until = now() + REDUCE_SECONDS * 1000000000ULL;
	reduce(p, root, root);
	print_tree(root, 0, &lines);
	p->explain(root);
	free_item(root);
	return 1;
}

/*
 * Runs
 */

static struct item *new_root(void)
{
	last_ino = 0;
	return new_item(NULL, NULL, SIZE_DIRECTORY);
}

static int try_tree(const struct property *p, uint64_t seed, unsigned tree)
{
	struct item *root;

	random_state = seed + tree * 0x2545f4914f6cdd1dULL;
	root = new_root();
	if (one_in(4))
		add_depth(root);
	for (unsigned round = 0; round < ROUNDS; round++) {
		if (!p->holds(root))
			return fail(p, root, seed, tree, round);
		edit(root);
	}
	free_item(root);
	return 0;
}

/* Names with each code point of the basic plane and of some others, 256 in a directory. */
static int try_code_points(const struct property *p)
{
	static const struct script planes[] = {
		{ 0x1, 0xd7ff }, { 0xe000, 0x103ff }, { 0x1f000, 0x1fbff }, { 0xe0000, 0xe0fff },
		{ 0x10ff00, 0x10ffff },
	};
	struct item *root = new_root(), *dir = NULL;

	for (size_t i = 0; i < ARRAY_LEN(planes); i++)
		for (uint32_t c = planes[i].first; c <= planes[i].last; c++) {
			struct item *n;

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
	if (!p->holds(root))
		return fail(p, root, 0, 0, 0);
	free_item(root);
	return 0;
}

struct run {
	uint64_t seed;
	unsigned trees, failed;
};

/* [-n TREES] [-s SEED]. False when the command line says something else. */
static bool run_start(struct run *r, int argc, char **argv)
{
	int opt;

	*r = (struct run){ .seed = (uint64_t)time(NULL), .trees = 200 };
	while ((opt = getopt(argc, argv, "n:s:")) != -1) {
		if (opt == 'n')
			r->trees = (unsigned)strtoul(optarg, NULL, 0);
		else if (opt == 's')
			r->seed = strtoull(optarg, NULL, 0);
		else
			return false;
	}
	printf("seed %" PRIu64 "\n", r->seed);
	return true;
}

static void run_trees(struct run *r, const struct property *p)
{
	r->failed = (unsigned)try_code_points(p);
	for (unsigned i = 0; i < r->trees && r->failed == 0; i++)
		r->failed = (unsigned)try_tree(p, r->seed, i);
}

/* Returns the program's exit status. */
static int run_end(const struct run *r)
{
	printf("%u passed, %u failed\n", r->failed ? 0 : r->trees + 1, r->failed);
	return r->failed > 0;
}

#endif
