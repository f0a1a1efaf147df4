/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stage against a model that is too simple to be wrong: the bytes are a list of operations,
 * four bytes each, and every one must end as the model says, ENOSPC at the very block included.
 * After each the size of the disc must be what tree/size.c makes of the model, without what is
 * excluded; at the end, and when the stash is taken up again on the way, everything must be there:
 * names, kinds, sizes, modes, link counts.
 */
#define FIXTURE_PARENT "/dev/shm"
#include "../unit/fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { NODES_MAX = 100, NAMES_MAX = 150, HANDLES_MAX = 4, OPS_MAX = 300 };

struct thing {                 /* an inode of the model's; 0 is the root */
	mode_t mode;           /* with the type; 0: free */
	uint64_t size;
	const char *target;
	unsigned open;
};

struct entry {                 /* a directory entry; in no order */
	unsigned dir, thing;
	const char *name;      /* NULL: free */
};

struct model {
	struct thing things[NODES_MAX];
	struct entry entries[NAMES_MAX];
	uint64_t capacity;
	struct exclude exclude;
};

static struct model model;
static struct {
	struct handle *handle;
	unsigned thing;
	bool writes;
} handles[HANDLES_MAX];

/* ---- what the operations choose from ---- */

static char name120[121], name255[256], name256[257];
static char target1024[SIZE_LINK_MAX + 1], target1025[SIZE_LINK_MAX + 2];

static const char *const names[16] = {
	"a",
	"b",
	"c",
	"A",
	"readme.txt",
	"README.TXT",
	"\xc3\xa4\xc3\xb6",
	"\xf0\x9f\x98\x80.iso",
	name120,
	name255,
	name256,
	"\xff",
	"with blanks and more of them.tar.gz",
	"._x;1",
	".Trash-0",
	"0123456789012345678901234567890123456789",
};

static const char *const targets[8] = {
	"a", "/", "../../x", "a//b/./c/", target1024, "\xc3\xa4", "..", target1025,
};

static const char *const lists[8] = {
	EXCLUDE_DEFAULT, "", "?", "*.*", "._*:readme.txt", "*", "b:.Trash-*", "[!a]*",
};

static const uint64_t sizes[16] = {
	0, 1, 2047, 2048, 2049, 4096, 10000, 100000, SIZE_ALIGN_MIN - 1, SIZE_ALIGN_MIN,
	SIZE_ALIGN_MIN + 2049, 5 * SIZE_ALIGN_MIN,
	600000, UINT32_MAX, (uint64_t)UINT32_MAX + 1, UINT64_C(3) << 32,
};

static void fill_names(void)
{
	memset(name120, 'n', 120);
	memset(name255, 'm', 255);
	memset(name256, 'o', 256);
	memset(target1024, 't', SIZE_LINK_MAX);
	for (size_t i = 100; i < SIZE_LINK_MAX; i += 100)
		target1024[i] = '/';
	memset(target1025, '/', SIZE_LINK_MAX + 1);
}

/* ---- the model ---- */

static struct entry *find(unsigned dir, const char *name)
{
	for (unsigned i = 0; i < NAMES_MAX; i++) {
		struct entry *e = &model.entries[i];

		if (e->name && e->dir == dir && strcmp(e->name, name) == 0)
			return e;
	}
	return NULL;
}

static struct entry *free_entry(void)
{
	for (unsigned i = 0; i < NAMES_MAX; i++)
		if (!model.entries[i].name)
			return &model.entries[i];
	return NULL;
}

static unsigned links_of(unsigned thing)
{
	unsigned n = 0;

	for (unsigned i = 0; i < NAMES_MAX; i++)
		n += model.entries[i].name && model.entries[i].thing == thing;
	return n;
}

static unsigned names_in(unsigned dir, bool only_dirs)
{
	unsigned n = 0;

	for (unsigned i = 0; i < NAMES_MAX; i++) {
		const struct entry *e = &model.entries[i];

		n += e->name && e->dir == dir &&
		     (!only_dirs || S_ISDIR(model.things[e->thing].mode));
	}
	return n;
}

/* A free inode, or 0. */
static unsigned free_thing(void)
{
	for (unsigned i = 1; i < NODES_MAX; i++)
		if (!model.things[i].mode)
			return i;
	return 0;
}

static void drop_unused(unsigned thing)
{
	if (!links_of(thing) && !model.things[thing].open)
		model.things[thing] = (struct thing){ 0 };
}

static bool is_dir(unsigned thing)
{
	return S_ISDIR(model.things[thing].mode);
}

/* Whether @thing is @dir or below it. */
static bool is_below(unsigned thing, unsigned dir)
{
	while (thing != dir && thing) {
		unsigned i = 0;

		while (!model.entries[i].name || model.entries[i].thing != thing)
			i++;
		thing = model.entries[i].dir;
	}
	return thing == dir;
}

/* Whether a directory entry is kept off the disc, itself or with one above it. */
static bool is_off(const struct entry *e)
{
	while (!exclude_matches(&model.exclude, e->name)) {
		unsigned i = 0;

		if (!e->dir)
			return false;
		while (!model.entries[i].name || model.entries[i].thing != e->dir)
			i++;
		e = &model.entries[i];
	}
	return true;
}

/* Names that the disc has of it. */
static unsigned names_on_disc(unsigned thing)
{
	unsigned n = 0;

	for (unsigned i = 0; i < NAMES_MAX; i++)
		n += model.entries[i].name && model.entries[i].thing == thing &&
		     !is_off(&model.entries[i]);
	return n;
}

/* All that are kept off it, or all others. */
static unsigned names_that_are(bool off)
{
	unsigned n = 0;

	for (unsigned i = 0; i < NAMES_MAX; i++)
		n += model.entries[i].name && is_off(&model.entries[i]) == off;
	return n;
}

static void add_dir(struct size_totals *t, unsigned dir)
{
	struct size_entry list[NAMES_MAX];
	struct size_dir d;
	size_t n = 0;

	for (unsigned i = 0; i < NAMES_MAX; i++) {
		const struct entry *e = &model.entries[i];
		const struct thing *th = &model.things[e->thing];

		if (!e->name || e->dir != dir || is_off(e))
			continue;
		list[n++] = (struct size_entry){
			.name = e->name,
			.target = th->target,
			.size = S_ISREG(th->mode) ? th->size : 0,
			.kind = S_ISDIR(th->mode) ? SIZE_DIRECTORY :
				S_ISLNK(th->mode) ? SIZE_SYMLINK :
				S_ISREG(th->mode) ? SIZE_FILE :
						    SIZE_FIFO,
		};
	}
	must(size_dir(list, n, dir == 0, &d) == 0, "size_dir");
	t->iso_blocks += d.iso_blocks;
	t->joliet_blocks += d.joliet_blocks;
	t->path_bytes += d.path_bytes;
	t->joliet_path_bytes += d.joliet_path_bytes;
}

static uint64_t blocks(void)
{
	struct size_totals t = { 0 };

	for (unsigned i = 0; i < NODES_MAX; i++) {
		const struct thing *th = &model.things[i];

		if (i == 0 || (S_ISDIR(th->mode) && names_on_disc(i)))
			add_dir(&t, i);
		if (!S_ISREG(th->mode) || !names_on_disc(i))
			continue;
		if (th->size < SIZE_ALIGN_MIN) {
			t.small_blocks += size_content(th->size);
		} else {
			t.large_blocks += size_content(th->size);
			t.large_files++;
		}
	}
	return names_that_are(false) ? size_image(&t) : 0;
}

static bool full(void)
{
	return model.capacity && blocks() > model.capacity;
}

static void check_space(void)
{
	struct stage_info info;

	stage_info(fx.stage, &info);
	must(info.data_blocks == blocks(), "the size of the disc");
	must(info.counts[BRANCH_DATA].excluded == names_that_are(true), "how much is excluded");
}

/* ---- the stage's half ---- */

/* The path of an inode, by any of its names; into a buffer that is good for a few calls. */
static const char *path_of(unsigned thing)
{
	static char paths[4][8192];
	static unsigned turn;
	char *at = paths[turn % 4] + sizeof(paths[0]) - 1, *begin = paths[turn++ % 4];

	*at = '\0';
	while (thing) {
		unsigned i = 0;
		size_t len;

		while (!model.entries[i].name || model.entries[i].thing != thing)
			i++;
		len = strlen(model.entries[i].name);
		must((size_t)(at - begin) > len + 6, "a path too long for the test");
		at -= len;
		memcpy(at, model.entries[i].name, len);
		*--at = '/';
		thing = model.entries[i].dir;
	}
	return memcpy(at - 4, "data", 4);
}

static struct node *node_of(unsigned thing)
{
	struct node *n;

	for (unsigned i = 0; i < HANDLES_MAX; i++)
		if (handles[i].handle && handles[i].thing == thing && !links_of(thing))
			return NULL; /* open, and without a name */
	n = node_at(path_of(thing));
	must(n, "a node of the model's is not staged");
	return n;
}

static void expect(int r, int expected, const char *what)
{
	if (r == expected)
		return;
	fprintf(stderr, "%s: %d (%s), expected %d\n", what, r, r < 0 ? err_name(-r) : "ok",
		expected);
	abort();
}

static int name_error(const char *name)
{
	if (strlen(name) > 255)
		return -ENAMETOOLONG;
	return utf8_valid(name, strlen(name)) ? 0 : -EILSEQ;
}

/* ---- operations: the three bytes behind the first choose ---- */

/* The directory or any inode that a byte means. */
static unsigned pick(uint8_t byte, bool dirs_only)
{
	unsigned found[NODES_MAX], n = 0;

	for (unsigned i = 0; i < NODES_MAX; i++)
		if (model.things[i].mode && (i == 0 || links_of(i)) && (!dirs_only || is_dir(i)))
			found[n++] = i;
	return found[byte % n];
}

static mode_t type_of(unsigned kind)
{
	static const mode_t types[4] = { S_IFREG, S_IFDIR, S_IFLNK, S_IFIFO };

	return types[kind % 4];
}

static int stage_make(struct node *dir, const char *name, mode_t mode, const char *target)
{
	struct node *n;
	int r;

	if (S_ISDIR(mode))
		r = stage_mkdir(fx.stage, dir, name, mode & 07777, own_cred(), &n);
	else if (S_ISLNK(mode))
		r = stage_symlink(fx.stage, dir, name, target, own_cred(), &n);
	else
		r = stage_mknod(fx.stage, dir, name, mode, own_cred(), &n);
	return keep_no_lookup(r, &n);
}

static void op_make(const uint8_t *b)
{
	static const mode_t modes[4] = { 0644, 0, 0751, 0600 };
	unsigned dir = pick(b[1], true), thing = free_thing();
	struct entry *e = free_entry();
	const char *name = names[b[2] % 16], *target = targets[b[3] >> 4 & 7];
	mode_t mode = type_of(b[3]) | modes[b[3] >> 2 & 3], inherited;
	int expected = name_error(name);

	if (!e || !thing)
		return;
	if (S_ISLNK(mode))
		mode = S_IFLNK | 0777;
	inherited = S_ISDIR(mode) ? model.things[dir].mode & S_ISGID : 0;
	if (S_ISLNK(mode) && strlen(target) > SIZE_LINK_MAX)
		expected = -ENAMETOOLONG;
	if (!expected && find(dir, name))
		expected = -EEXIST;
	if (!expected) {
		*e = (struct entry){ dir, thing, name };
		model.things[thing] = (struct thing){
			.mode = mode | inherited, .target = S_ISLNK(mode) ? target : NULL,
		};
		if (S_ISLNK(mode))
			model.things[thing].size = strlen(target);
		if (!is_off(e) && full()) {
			expected = -ENOSPC;
			e->name = NULL;
			model.things[thing] = (struct thing){ 0 };
		}
	}
	expect(stage_make(node_at(path_of(dir)), name, mode, target), expected, "make");
}

static void op_link(const uint8_t *b)
{
	unsigned thing = pick(b[1], false), dir = pick(b[2], true);
	const char *name = names[b[3] % 16];
	struct entry *e = free_entry();
	int expected = name_error(name);
	struct node *n = node_of(thing), *d = node_of(dir);

	if (!e)
		return;
	if (!expected && is_dir(thing))
		expected = -EPERM;
	if (!expected && find(dir, name))
		expected = -EEXIST;
	if (!expected) {
		*e = (struct entry){ dir, thing, name };
		if (!is_off(e) && full()) {
			expected = -ENOSPC;
			e->name = NULL;
		}
	}
	expect(keep_no_lookup(judged(stage_link(fx.stage, n, d, name), NULL), &n), expected,
	       "link");
}

static void op_remove(const uint8_t *b)
{
	unsigned dir = pick(b[1], true), thing;
	const char *name = names[b[2] % 16];
	struct entry *e = find(dir, name);
	struct node *d = node_of(dir);
	bool want_dir = b[3] & 1;
	int expected = 0;

	if (!e)
		expected = -ENOENT;
	else if (want_dir != is_dir(e->thing))
		expected = want_dir ? -ENOTDIR : -EISDIR;
	else if (want_dir && names_in(e->thing, false))
		expected = -ENOTEMPTY;
	if (!expected) {
		thing = e->thing;
		e->name = NULL;
		drop_unused(thing);
	}
	expect(want_dir ? stage_rmdir(fx.stage, d, name) : stage_unlink(fx.stage, d, name),
	       expected, "remove");
}

static int rename_error(const struct entry *from, const struct entry *to, unsigned to_dir,
			unsigned flags)
{
	bool exchange = flags & RENAME_EXCHANGE;

	if (!from || (exchange && !to))
		return -ENOENT;
	if (to && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (to && to->thing == from->thing)
		return 0;
	if (is_dir(from->thing) && is_below(to_dir, from->thing))
		return -EINVAL;
	if (exchange && is_dir(to->thing) && is_below(from->dir, to->thing))
		return -EINVAL;
	if (!to || exchange)
		return 0;
	if (!is_dir(from->thing))
		return is_dir(to->thing) ? -EISDIR : 0;
	if (!is_dir(to->thing))
		return -ENOTDIR;
	return names_in(to->thing, false) ? -ENOTEMPTY : 0;
}

/* What a rename makes of the model; -ENOSPC leaves it alone. */
static int rename_model(struct entry *from, struct entry *to, unsigned to_dir, const char *name,
			bool exchange)
{
	uint64_t before = blocks();
	struct model old = model;
	unsigned gone = to ? to->thing : 0;

	if (to && to->thing == from->thing)
		return 0;
	if (exchange) {
		to->thing = from->thing;
		from->thing = gone;
	} else {
		if (to)
			to->name = NULL;
		from->dir = to_dir;
		from->name = name;
		if (to)
			drop_unused(gone);
	}
	if (!full() || blocks() <= before)
		return 0;
	model = old;
	return -ENOSPC;
}

static void op_rename(const uint8_t *b)
{
	static const unsigned all_flags[4] = { 0, RENAME_NOREPLACE, RENAME_EXCHANGE, 0 };
	unsigned from_dir = pick(b[1] & 15, true), to_dir = pick(b[1] >> 4, true);
	unsigned flags = all_flags[b[3] & 3];
	const char *from_name = names[b[2] & 15], *to_name = names[b[2] >> 4];
	struct node *from = node_of(from_dir), *to = node_of(to_dir);
	struct entry *e = find(from_dir, from_name), *t = find(to_dir, to_name);
	int expected = name_error(to_name);

	if (!expected)
		expected = rename_error(e, t, to_dir, flags);
	if (!expected)
		expected = rename_model(e, t, to_dir, to_name, flags & RENAME_EXCHANGE);
	expect(judged(stage_rename(fx.stage, from, from_name, to, to_name, flags), NULL), expected,
	       "rename");
}

/* Grow or shrink the model's file. */
static int resize_model(unsigned thing, uint64_t size)
{
	struct thing *th = &model.things[thing];
	uint64_t old = th->size, before = blocks();

	th->size = size;
	if (size <= old || !full() || blocks() <= before)
		return 0;
	th->size = old;
	return -ENOSPC;
}

static void op_truncate(const uint8_t *b)
{
	unsigned thing = pick(b[1], false);
	struct node *n = node_of(thing);
	struct stat st = { .st_size = (off_t)sizes[b[2] % 16] }, out;
	int expected = S_ISREG(model.things[thing].mode) ? resize_model(thing, sizes[b[2] % 16]) :
							   -EINVAL;

	expect(judged(stage_setattr(fx.stage, n, NULL, &st, SET_SIZE, &out), NULL), expected,
	       "truncate");
}

static void op_chmod(const uint8_t *b)
{
	unsigned thing = pick(b[1], false);
	struct stat st = { .st_mode = (mode_t)(b[2] | b[3] << 8) & 07777 }, out;

	model.things[thing].mode = (model.things[thing].mode & S_IFMT) | st.st_mode;
	expect(stage_setattr(fx.stage, node_of(thing), NULL, &st, SET_MODE, &out), 0, "chmod");
}

static void close_slot(unsigned slot)
{
	if (!handles[slot].handle)
		return;
	expect(stage_flush(handles[slot].handle), 0, "flush");
	stage_close(handles[slot].handle);
	handles[slot].handle = NULL;
	model.things[handles[slot].thing].open--;
	drop_unused(handles[slot].thing);
}

static void op_open(const uint8_t *b)
{
	unsigned slot = b[2] % HANDLES_MAX, thing = pick(b[1], false);

	close_slot(slot);
	/* The node may have gone with the handle. */
	if (!S_ISREG(model.things[thing].mode) || !links_of(thing))
		return;
	handles[slot].writes = b[3] & 1;
	expect(stage_open(fx.stage, node_of(thing), b[3] & 1 ? O_RDWR : O_RDONLY,
			  &handles[slot].handle),
	       0, "open");
	handles[slot].thing = thing;
	model.things[thing].open++;
}

static void op_write(const uint8_t *b)
{
	static const char bytes[3000];
	unsigned slot = b[1] % HANDLES_MAX, thing = handles[slot].thing;
	uint64_t at = sizes[b[2] % 16], end = at + b[3] * 10u;
	int expected = 0;

	if (!handles[slot].handle || !handles[slot].writes)
		return;
	if (end > at && end > model.things[thing].size)
		expected = resize_model(thing, end);
	expect((int)stage_write(handles[slot].handle, bytes, (size_t)(end - at), (off_t)at),
	       expected ? expected : (int)(end - at), "write");
}

static void op_capacity(const uint8_t *b)
{
	uint64_t now = blocks();

	model.capacity = b[1] & 1 ? now + b[2] % 8 : 0;
	if (b[1] & 2 && now > b[2])
		model.capacity = now - b[2];
	set_capacity(model.capacity);
}

static void op_exclude(const uint8_t *b)
{
	const char *list = lists[b[1] % 8];

	exclude_set(&model.exclude, list);
	must(settings_set(&fx.settings, "exclude", list, SETTINGS_VERB, &fx.err) == 0, "exclude");
	stage_apply(fx.stage, &fx.settings);
}

/* Whether a staged file is open for writing; a removed one is not staged. */
static bool being_written(void)
{
	for (unsigned i = 0; i < HANDLES_MAX; i++)
		if (handles[i].handle && handles[i].writes && links_of(handles[i].thing))
			return true;
	return false;
}

static void op_clear(const uint8_t *b)
{
	bool writes = being_written();

	(void)b;
	expect(clear(BRANCH_DATA, 0), writes ? -EBUSY : 0, "clear");
	if (writes)
		return;
	memset(model.entries, 0, sizeof(model.entries));
	for (unsigned i = 1; i < NODES_MAX; i++)
		drop_unused(i);
}

/* While it is frozen all of the above must fail; a few stand for them. */
static void op_freeze(const uint8_t *b)
{
	unsigned thing = pick(b[1], false);
	bool writes = being_written();
	struct stat st = { 0 }, out;

	expect(freeze(0), writes ? -EBUSY : 0, "freeze");
	if (writes)
		return;
	expect(stage_make(stage_root(fx.stage, BRANCH_DATA), "q", S_IFREG, NULL), -EBUSY, "make");
	expect(stage_setattr(fx.stage, node_of(thing), NULL, &st, SET_MODE, &out), -EBUSY, "chmod");
	stage_thaw(fx.stage);
}

/* ---- the whole ---- */

static bool count_name(void *data, const char *name, struct node *n, const struct stat *st,
		       uint64_t next)
{
	(void)name;
	(void)n;
	(void)st;
	(void)next;
	++*(unsigned *)data;
	return true;
}

static void check_thing(unsigned thing, struct node *n)
{
	const struct thing *th = &model.things[thing];
	unsigned listed = 0;
	struct stat st;

	stage_getattr(fx.stage, n, &st);
	expect((int)st.st_mode, (int)th->mode, "mode");
	if (!S_ISDIR(th->mode)) {
		must((uint64_t)st.st_size == th->size, "a size");
		must(st.st_nlink == links_of(thing), "a link count");
		return;
	}
	must(st.st_nlink == 2 + names_in(thing, true), "a directory's link count");
	stage_list(fx.stage, n, 0, count_name, &listed);
	must(listed == names_in(thing, false), "names in a directory");
}

static void check_all(void)
{
	for (unsigned i = 0; i < NAMES_MAX; i++) {
		const struct entry *e = &model.entries[i];
		struct node *n = e->name ? child(node_of(e->dir), e->name) : NULL;

		if (!e->name)
			continue;
		must(n, "a name is missing");
		must(n == node_of(e->thing), "two names of one file");
		check_thing(e->thing, n);
	}
	check_thing(0, stage_root(fx.stage, BRANCH_DATA));
}

static void op_reopen(const uint8_t *b)
{
	(void)b;
	for (unsigned i = 0; i < HANDLES_MAX; i++)
		close_slot(i);
	check_all();
	reopen_stage();
	check_all();
}

static void (*const ops[])(const uint8_t *) = {
	op_make, op_make,  op_make,  op_link,	  op_remove, op_rename, op_truncate, op_chmod,
	op_open, op_write, op_write, op_capacity, op_clear,  op_freeze, op_reopen,   op_exclude,
};

static void tear_down(void)
{
	fixture_tear_down(NULL);
}

/*
 * An empty stage with the settings that a program begins with. It is made once: that takes longer
 * than most inputs.
 */
static void set_up(void)
{
	struct stat st = { .st_mode = 0755 }, out;

	if (!fx.stage) {
		log_set_level(LOG_LEVEL_ERROR);
		fill_names();
		fixture_set_up(NULL);
		atexit(tear_down);
	}
	settings_init(&fx.settings);
	stage_apply(fx.stage, &fx.settings);
	expect(clear(BRANCH_DATA, 0), 0, "clear");
	expect(stage_setattr(fx.stage, stage_root(fx.stage, BRANCH_DATA), NULL, &st, SET_MODE,
			     &out),
	       0, "chmod");
	model = (struct model){ .things[0].mode = S_IFDIR | 0755 };
	exclude_set(&model.exclude, EXCLUDE_DEFAULT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	set_up();
	for (unsigned i = 0; i < OPS_MAX && size >= 4; i++, data += 4, size -= 4) {
		ops[data[0] % ARRAY_SIZE(ops)](data);
		check_space();
	}
	op_reopen(NULL);
	check_space();
	return 0;
}
