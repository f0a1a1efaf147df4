/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is tree/size.c right? Random trees are edited and measured after every round of edits: the whole
 * image must be what libisofs makes of the same tree, to the block, and no directory may be larger
 * than its bound, whose sums are kept up to date name by name. No content is read: sizes are
 * enough. So must be what tree/tree.c says of it, staged; to libisofs nothing is shown that is
 * excluded.
 *
 *	prop_size [-n TREES] [-s SEED]
 */
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#define LIBISOFS_WITHOUT_LIBBURN yes
#include <libisofs/libisofs.h>

#include "random_tree.h"
#include "staged_tree.h"

/*
 * What tree/size.c says
 */

struct verdict {
	uint64_t data_start, blocks;       /* of the model */
	uint64_t iso_data_start, iso_blocks;
	uint64_t tree_blocks;              /* of the staged tree; 0 of nothing */
	bool nothing;
	bool odd;                          /* the first aligned file is at an odd block */
	const struct item *above;          /* a directory above its bound */
	struct size_dir dir, bound;        /* of it */
};

static struct stats {
	uint64_t states, names, directories, nanoseconds;
	uint64_t exact, bound;             /* blocks of directories */
} stats;

static bool is_above(const struct size_dir *exact, const struct size_dir *bound)
{
	return exact->iso_blocks > bound->iso_blocks ||
	       exact->joliet_blocks > bound->joliet_blocks ||
	       exact->path_bytes > bound->path_bytes ||
	       exact->joliet_path_bytes > bound->joliet_path_bytes;
}

static void measure_dir(const struct item *dir, struct size_totals *t, struct verdict *v)
{
	struct size_entry *entries = must(malloc((dir->n + 1) * sizeof(*entries)));
	struct size_dir exact, bound;
	uint64_t start;
	size_t n = 0;
	int ret;

	for (size_t i = 0; i < dir->n; i++)
		if (!is_junk(dir->children[i]->name))
			entries[n++] = entry_of(dir->children[i]);
	start = now();
	ret = size_dir(entries, n, !dir->parent, &exact);
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
	stats.names += n;
	stats.exact += exact.iso_blocks + exact.joliet_blocks;
	stats.bound += bound.iso_blocks + bound.joliet_blocks;
	t->iso_blocks += exact.iso_blocks;
	t->joliet_blocks += exact.joliet_blocks;
	t->path_bytes += exact.path_bytes;
	t->joliet_path_bytes += exact.joliet_path_bytes;
}

/* Whether it is kept off the disc, itself or with one above it. */
static bool is_off(const struct item *n)
{
	while (n && !is_junk(n->name))
		n = n->parent;
	return n;
}

/* Sets @fillers to how many fillers there are. */
static void measure_content(const struct items *all, struct size_totals *t, uint64_t *fillers)
{
	bool *seen = must(calloc(last_ino + 1, sizeof(*seen)));

	for (size_t i = 0; i < all->n; i++) {
		const struct item *n = all->list[i];
		uint64_t blocks = size_content(n->size);

		if (n->kind != SIZE_FILE || seen[n->ino] || is_off(n))
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

static void measure(struct item *root, struct verdict *v, uint64_t *fillers)
{
	struct items all = { 0 };
	struct size_totals t = { 0 };

	collect(root, &all);
	measure_dir(root, &t, v);
	for (size_t i = 0; i < all.n; i++)
		if (all.list[i]->kind == SIZE_DIRECTORY && !is_off(all.list[i]))
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

/* A link's target as iso/write.c hands it on: slashes too many are left out. */
static int add_link(IsoDir *to, const struct item *n)
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
	const struct item *const *x = a, *const *y = b;

	return strcmp((*y)->name, (*x)->name);
}

static void mirror(const struct item *dir, IsoDir *to)
{
	struct item **sorted = must(malloc((dir->n + 1) * sizeof(*sorted)));

	if (dir->n > 0)
		memcpy(sorted, dir->children, dir->n * sizeof(*sorted));
	/* libisofs keeps a sorted list: in this order each goes to its head */
	qsort(sorted, dir->n, sizeof(*sorted), later_first);
	for (size_t i = 0; i < dir->n; i++) {
		const struct item *n = sorted[i];
		IsoDir *sub = NULL;
		int ret = 0;

		if (is_junk(n->name))
			continue;
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

/* Fillers as iso/write.c makes them: in a hidden directory whose name is no UTF-8. */
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

static void referee(const struct item *root, uint64_t fillers, struct verdict *v)
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

static void stage(const struct item *root, struct verdict *v)
{
	struct staged s;

	stage_begin(&s, EXCLUDE_DEFAULT);
	stage_fill(&s, root, NULL);
	v->tree_blocks = s.blocks;
	unstage(&s);
}

static bool judge(struct item *root, struct verdict *v)
{
	uint64_t fillers;

	*v = (struct verdict){ .nothing = true };
	for (size_t i = 0; i < root->n; i++)
		v->nothing &= is_junk(root->children[i]->name);
	measure(root, v, &fillers);
	referee(root, fillers, v);
	stage(root, v);
	return !v->above && !v->odd && v->data_start == v->iso_data_start &&
	       v->blocks == v->iso_blocks && v->tree_blocks == (v->nothing ? 0 : v->iso_blocks);
}

static void print_above(const struct verdict *v)
{
	const struct size_dir *d = &v->dir, *b = &v->bound;

	printf("a directory above its bound, \"%s\": blocks %u and %u of %u and %u, path bytes %u "
	       "and %u of %u and %u\n", v->above->name, d->iso_blocks, d->joliet_blocks,
	       b->iso_blocks, b->joliet_blocks, d->path_bytes, d->joliet_path_bytes, b->path_bytes,
	       b->joliet_path_bytes);
}

static bool holds(struct item *root)
{
	struct verdict v;

	return judge(root, &v);
}

static void explain(struct item *root)
{
	struct verdict v;

	judge(root, &v);
	if (v.odd)
		printf("the first aligned file is at an odd block\n");
	printf("data start: model %" PRIu64 ", libisofs %" PRIu64 "; blocks: model %" PRIu64
	       ", libisofs %" PRIu64 ", tree %" PRIu64 "\n",
	       v.data_start, v.iso_data_start, v.blocks, v.iso_blocks, v.tree_blocks);
	if (v.above)
		print_above(&v);
}

static void print_stats(void)
{
	double us = (double)stats.nanoseconds / 1e3;

	printf("%" PRIu64 " states, %" PRIu64 " directories, %" PRIu64 " names; %.1f us for a "
	       "directory, %.2f us for a name; bounds are %.1f %% above\n", stats.states,
	       stats.directories, stats.names, us / (double)stats.directories,
	       us / (double)stats.names, 100.0 * (double)stats.bound / (double)stats.exact - 100);
}

int main(int argc, char **argv)
{
	static const struct property property = { holds, explain };
	int major, minor, micro;
	struct run run;

	if (!run_start(&run, argc, argv))
		return 2;
	check_iso(iso_init_with_flag(1), "libisofs");
	iso_lib_version(&major, &minor, &micro);
	size_set_library(major, minor, micro);
	iso_set_local_charset((char[]){ "UTF-8" }, 0);
	iso_set_msgs_severities((char[]){ "NEVER" }, (char[]){ "NEVER" }, (char[]){ "" });
	run_trees(&run, &property);
	iso_finish();
	print_stats();
	return run_end(&run);
}
