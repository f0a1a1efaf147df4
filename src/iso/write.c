/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds a libisofs image in memory, lets the library write its metadata and stops it there. Files
 * are streams that know their size and nothing else. The order of addresses is ours: every file has
 * a sort weight of its own. Nothing here reads the stash.
 */
#include "iso/write.h"

#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>

#define LIBISOFS_WITHOUT_LIBBURN yes
#include <libisofs/libisofs.h>

#include "iso/format.h"
#include "iso/lib.h"
#include "iso/mend.h"
#include "iso/names.h"
#include "iso/values.h"

enum {
	CONTENT_FS = 0x62666e73,      /* tells our streams from those of a disk or an image */
	FIFO_BLOCKS = 64,
	RECORDING_TIMES = 1 | 2,      /* a record says its file's time, in both trees */
	SERIALS_SPARE = 16,
	/* The library subtracts weights in an int, which must hold the difference. */
	WEIGHT_LARGE = 1 << 29,
	WEIGHT_SMALL = 0,
	WEIGHT_RECORDED = -(1 << 28),
	WEIGHT_REPEATED = -(1 << 29),
};

static const uint64_t content_max = 0xf0000000; /* blocks: what 32 bits can say, less metadata */

struct builder {
	struct snapshot *tree;
	const atomic_bool *cancelled;
	IsoImage *image;
	IsoDir *fillers;              /* hidden: blocks that lie between files */
	IsoFile *leading;             /* the filler before the first large file, or NULL */
	unsigned nfillers, runs;
	struct file_list {
		struct iso_file *v;
		size_t n, cap;
	} large, small, recorded;
	uint64_t blocks;              /* of content */
	struct timespec changed;      /* the latest of all times of change */
	void *linked;                 /* of tsearch(): nodes with several names, seen */
	struct err said;              /* what is no error of the library's */
};

/* ---- small things ---- */

/* The tree that was read is a mixture of two moments. */
static int lost(struct builder *b)
{
	return err_set(&b->said, ESTALE,
		       "the stage changed while the disc was laid out: burn again");
}

static bool is_cancelled(const struct builder *b)
{
	return b->cancelled && atomic_load(b->cancelled);
}

/* ---- streams without content: data is the node, or NULL for a filler ---- */

struct content {
	IsoStream stream;             /* the library frees it, and all of this with it */
	uint64_t size;
};

static int content_ok(IsoStream *s)
{
	(void)s;
	return 1;
}

static off_t content_size(IsoStream *s)
{
	return (off_t)((const struct content *)s)->size;
}

/* What the library writes behind the metadata is thrown away. */
static int content_read(IsoStream *s, void *buf, size_t count)
{
	(void)s;
	memset(buf, 0, count);
	return (int)count;
}

static void content_id(IsoStream *s, unsigned int *fs, dev_t *dev, ino_t *ino)
{
	*fs = CONTENT_FS;
	*dev = 0;
	*ino = (ino_t)(uintptr_t)s->data;
}

static void content_free(IsoStream *s)
{
	(void)s;
}

static IsoStream *content_input(IsoStream *s, int flag)
{
	(void)s;
	(void)flag;
	return NULL;
}

static int compare_addresses(const void *a, const void *b)
{
	return (uintptr_t)a < (uintptr_t)b ? -1 : (uintptr_t)a > (uintptr_t)b;
}

/* Streams of one node are one content; every filler is one of its own. */
static int content_compare(IsoStream *a, IsoStream *b)
{
	if (a->data || b->data)
		return compare_addresses(a->data, b->data);
	return compare_addresses(a, b);
}

static IsoStreamIface content_class = {
	.version = 4,
	.type = { 'u', 's', 'e', 'r' },
	.open = content_ok,
	.close = content_ok,
	.get_size = content_size,
	.read = content_read,
	.is_repeatable = content_ok,
	.get_id = content_id,
	.free = content_free,
	.update_size = content_ok,
	.get_input_stream = content_input,
	.cmp_ino = content_compare,
};

static int add_content(IsoDir *dir, const char *name, const struct node *node, uint64_t size,
		       IsoFile **out)
{
	struct content *c = malloc(sizeof(*c));
	int ret;

	if (!c)
		return (int)ISO_OUT_OF_MEM;
	*c = (struct content){
		.stream = { .class = &content_class,
			    .refcount = 1,
			    .data = (void *)(uintptr_t)node },
		.size = size,
	};
	ret = iso_tree_add_new_file(dir, name, &c->stream, out);
	if (ret < 0)
		iso_stream_unref(&c->stream);
	return ret;
}

/* ---- the order of addresses ---- */

static int list_add(struct file_list *l, const struct node *node, uint64_t size)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap + l->cap / 2 : 64;
		struct iso_file *v = reallocarray(l->v, cap, sizeof(*v));

		if (!v)
			return (int)ISO_OUT_OF_MEM;
		l->v = v;
		l->cap = cap;
	}
	l->v[l->n++] = (struct iso_file){ .node = node, .size = size };
	return 1;
}

static void keep(void *node)
{
	(void)node;
}

/* Whether the node had its turn by another of its names. 1, 0 or an error of the library's. */
static int seen_before(struct builder *b, const struct node *node, uint32_t links)
{
	if (links < 2)
		return 0;
	if (tfind(node, &b->linked, compare_addresses))
		return 1;
	return tsearch(node, &b->linked, compare_addresses) ? 0 : (int)ISO_OUT_OF_MEM;
}

/* Weights go down by two from file to file, so that a filler has room behind each. */
static int weight_of(int base, size_t n)
{
	return base - 2 * (int)n;
}

/* Their names go down, for the reason that add_directory() has. */
static int add_filler(struct builder *b, int weight, IsoFile **out)
{
	char name[16];
	int ret;

	snprintf(name, sizeof(name), "%08x", UINT32_MAX - b->nfillers);
	ret = add_content(b->fillers, name, NULL, BLOCK_SIZE, out);
	if (ret < 0)
		return ret;
	b->nfillers++;
	iso_node_set_hidden((IsoNode *)*out, LIBISO_HIDE_ON_RR | LIBISO_HIDE_ON_JOLIET |
					     LIBISO_HIDE_BUT_WRITE);
	iso_node_set_sort_weight((IsoNode *)*out, weight);
	return 1;
}

/*
 * A file whose content is on the disc already: behind all others, as if it were to be written. It
 * is not, and iso_place() says where it is.
 */
static int place_recorded(struct builder *b, const struct node *node, const struct node_attr *attr,
			  IsoNode *file)
{
	int ret = seen_before(b, node, attr->links);

	iso_node_set_sort_weight(file,
				 ret ? WEIGHT_REPEATED : weight_of(WEIGHT_RECORDED, b->recorded.n));
	if (ret || !attr->size)
		return ret;
	b->blocks += blocks_of(attr->size);
	return list_add(&b->recorded, node, attr->size);
}

/* The next file in the order of the tree. */
static int place_file(struct builder *b, const struct node *node, const struct node_attr *attr,
		      IsoNode *file)
{
	uint64_t size = attr->size;
	bool large = size >= SIZE_ALIGN_MIN;
	struct file_list *list = large ? &b->large : &b->small;
	int weight = weight_of(large ? WEIGHT_LARGE : WEIGHT_SMALL, list->n);
	IsoFile *filler;
	int ret = seen_before(b, node, attr->links);

	iso_node_set_sort_weight(file, ret ? WEIGHT_REPEATED : weight);
	if (ret || !size)
		return ret;
	ret = list_add(list, node, size);
	if (ret > 0 && size_content(size) != blocks_of(size))
		ret = add_filler(b, weight - 1, &filler);
	b->blocks += size_content(size);
	return ret;
}

/* ---- the tree ---- */

static bool is_later(struct timespec a, struct timespec b)
{
	return a.tv_sec > b.tv_sec || (a.tv_sec == b.tv_sec && a.tv_nsec > b.tv_nsec);
}

static void set_attributes(struct builder *b, IsoNode *iso, const struct node_attr *attr)
{
	if (is_later(attr->ctime, b->changed))
		b->changed = attr->ctime;
	iso_node_set_permissions(iso, attr->mode & ALLPERMS);
	iso_node_set_uid(iso, attr->uid);
	iso_node_set_gid(iso, attr->gid);
	iso_node_set_mtime(iso, iso_time(attr->mtime));
	iso_node_set_atime(iso, iso_time(attr->atime));
	iso_node_set_ctime(iso, iso_time(attr->ctime));
}

static int add_symlink(IsoDir *dir, const char *name, const struct node *node, IsoNode **out)
{
	cleanup_free char *target = malloc(strlen(node->target) + 1);
	IsoSymlink *link;
	int ret;

	if (!target)
		return (int)ISO_OUT_OF_MEM;
	iso_link_target(node->target, target);
	ret = iso_tree_add_new_symlink(dir, name, target, &link);
	if (ret > 0)
		*out = (IsoNode *)link;
	return ret;
}

static int add_node(struct builder *b, IsoDir *dir, const struct name *nm, IsoNode **out)
{
	struct node_attr attr;
	IsoDir *subdir;
	IsoFile *file;
	IsoSpecial *special;
	int ret;

	snapshot_attr(b->tree, nm->node, &attr);
	if (S_ISLNK(attr.mode)) {
		ret = add_symlink(dir, nm->text, nm->node, out);
	} else if (S_ISDIR(attr.mode)) {
		ret = iso_tree_add_new_dir(dir, nm->text, &subdir);
		*out = ret > 0 ? (IsoNode *)subdir : NULL;
	} else if (S_ISREG(attr.mode)) {
		ret = add_content(dir, nm->text, nm->node, attr.size, &file);
		*out = ret > 0 ? (IsoNode *)file : NULL;
	} else {
		ret = iso_tree_add_new_special(dir, nm->text, attr.mode, 0, &special);
		*out = ret > 0 ? (IsoNode *)special : NULL;
	}
	if (ret < 0)
		return ret;
	set_attributes(b, *out, &attr);
	/* Joliet has no links, fifos and sockets, and the library would complain of each. */
	if (!S_ISDIR(attr.mode) && !S_ISREG(attr.mode))
		iso_node_set_hidden(*out, LIBISO_HIDE_ON_JOLIET);
	return 1;
}

static int add_directory(struct builder *b, const struct node *dir, IsoDir *iso, unsigned depth);

/*
 * What comes with a name that has its node already: a file's place, or all that is below a
 * directory.
 */
static int add_rest(struct builder *b, const struct name *nm, IsoNode *iso, unsigned depth)
{
	const struct node *node = nm->node;
	struct node_attr attr;

	snapshot_attr(b->tree, node, &attr);
	if (S_ISDIR(attr.mode))
		return add_directory(b, node, (IsoDir *)iso, depth + 1);
	if (!S_ISREG(attr.mode))
		return 1;
	return attr.recorded ? place_recorded(b, node, &attr, iso) :
			       place_file(b, node, &attr, iso);
}

/*
 * The nodes are made in falling order of names: the library keeps a sorted list and looks for the
 * place from its front. Addresses go up with the names, those below a directory where its name
 * stands. @made has room for all nodes.
 */
static int add_names(struct builder *b, const struct name *const *names, size_t n, IsoDir *iso,
		     IsoNode **made, unsigned depth)
{
	int ret = 1;

	if (depth > ISO_DEPTH_MAX)
		return err_set(&b->said, ENAMETOOLONG,
			       "\"%s\" is nested in more than %d directories: move "
			       "it up",
			       n ? names[0]->text : "a directory", ISO_DEPTH_MAX);
	if (is_cancelled(b))
		return (int)ISO_CANCELED;
	for (size_t i = n; i-- > 0 && ret >= 0;)
		ret = add_node(b, iso, names[i], &made[i]);
	for (size_t i = 0; i < n && ret >= 0; i++)
		ret = add_rest(b, names[i], made[i], depth);
	return ret;
}

static int add_directory(struct builder *b, const struct node *dir, IsoDir *iso, unsigned depth)
{
	cleanup_free const struct name **names = NULL;
	IsoNode **made;
	size_t n;
	int ret = snapshot_list(b->tree, dir, &names, &n);

	if (ret < 0)
		return ret == -ENOMEM ? (int)ISO_OUT_OF_MEM : lost(b);
	snapshot_sort(names, n);
	made = calloc(n + 1, sizeof(IsoNode *));
	ret = made ? add_names(b, names, n, iso, made, depth) : (int)ISO_OUT_OF_MEM;
	free(made);
	return ret;
}

/* No staged name can be this one: it is not UTF-8. */
static const char fillers_name[] = "\xff";

static int build_tree(struct builder *b)
{
	const struct node *top = b->tree->at.root[BRANCH_DATA];
	struct node_attr attr;
	IsoDir *root = iso_image_get_root(b->image);
	int ret = iso_tree_add_new_dir(root, fillers_name, &b->fillers);

	if (ret < 0)
		return ret;
	iso_node_set_hidden((IsoNode *)b->fillers, LIBISO_HIDE_ON_RR | LIBISO_HIDE_ON_JOLIET |
						   LIBISO_HIDE_BUT_WRITE);
	snapshot_attr(b->tree, top, &attr);
	set_attributes(b, (IsoNode *)root, &attr);
	return add_directory(b, top, root, 1);
}

/* ---- the library's options ---- */

static void set_texts(IsoImage *image, const struct settings *s)
{
	const char *label = s->label[0] ? s->label : "BURNFS";

	iso_image_set_volume_id(image, label);
	iso_image_set_volset_id(image, label);
	iso_image_set_publisher_id(image, s->publisher);
	iso_image_set_application_id(image, "BURNFS");
	iso_image_set_system_id(image, "LINUX");
	iso_image_set_data_preparer_id(image, "");
}

/* The profile that tree/size.c models. */
static int make_options(IsoWriteOpts **out)
{
	char utf8[] = "UTF-8";
	IsoWriteOpts *o;
	int ret = iso_write_opts_new(&o, 0);

	if (ret < 0)
		return ret;
	*out = o;
	iso_write_opts_set_iso_level(o, 3);
	iso_write_opts_set_rockridge(o, 1);
	iso_write_opts_set_joliet(o, 1);
	iso_write_opts_set_joliet_long_names(o, 1);
	iso_write_opts_set_joliet_longer_paths(o, 1);
	iso_write_opts_set_allow_deep_paths(o, 1);
	iso_write_opts_set_relaxed_vol_atts(o, 1);
	iso_write_opts_set_aaip(o, 0);
	iso_write_opts_set_hardlinks(o, 1);
	iso_write_opts_set_sort_files(o, 1);
	iso_write_opts_set_record_md5(o, 0, 0);
	iso_write_opts_set_always_gmt(o, 1);
	iso_write_opts_set_dir_rec_mtime(o, RECORDING_TIMES);
	iso_write_opts_set_output_charset(o, utf8);
	iso_write_opts_set_tail_blocks(o, SIZE_TAIL_BLOCKS);
	iso_write_opts_set_fifo_size(o, FIFO_BLOCKS);
	return 1;
}

/* ---- from the library's stream to the head ---- */

/* The library's thread inherits the mask: signals are for the daemon's other threads. */
static int start_writer(IsoImage *image, IsoWriteOpts *opts, struct burn_source **out)
{
	sigset_t all, before;
	int ret;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	ret = iso_image_create_burn_source(image, opts, out);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return ret;
}

static void stop_writer(struct burn_source *src)
{
	src->cancel(src);
	src->free_data(src);
	free(src);
}

/*
 * Read the metadata, a block at a time: a request for more than the library has left would lose
 * what it has.
 */
static int read_head(struct builder *b, struct burn_source *src, struct iso_layout *out)
{
	uint32_t blocks = (uint32_t)(out->head_len / BLOCK_SIZE);
	size_t nserials = (tree_names_most(&b->tree->at) + SERIALS_SPARE) * b->runs;
	cleanup_free uint32_t *serials = calloc(nserials, sizeof(*serials));
	struct iso_mend mend = { .serials = serials, .nserials = nserials };

	out->head = calloc(blocks, BLOCK_SIZE);
	if (!out->head || !serials)
		return (int)ISO_OUT_OF_MEM;
	for (uint32_t pos = 0; pos < blocks; pos++) {
		int got = src->read_xt(src, out->head + (size_t)pos * BLOCK_SIZE, BLOCK_SIZE);

		if (got != BLOCK_SIZE)
			return (int)ISO_BUF_READ_ERROR;
		if (pos % 1024 == 0 && is_cancelled(b))
			return (int)ISO_CANCELED;
		pos = iso_mend_block(&mend, out->head, pos, blocks);
	}
	iso_mend_parents(out->head, blocks);
	iso_names_split(out->head, blocks);
	return 1;
}

/* Give every file its address. Returns the blocks that are taken in all. */
static uint64_t address_files(struct builder *b, struct iso_layout *out)
{
	uint64_t block = out->head_len / BLOCK_SIZE + (b->leading ? 1 : 0);

	out->files = b->large.v;
	out->nrecorded = b->recorded.n;
	out->nfiles = b->large.n;
	b->large = (struct file_list){ 0 };
	for (size_t i = 0; i < out->nfiles; i++) {
		struct iso_file *f = &out->files[i];
		bool recorded = i >= out->nfiles - out->nrecorded;

		f->block = block;
		block += recorded ? blocks_of(f->size) : size_content(f->size);
	}
	return block + SIZE_TAIL_BLOCKS;
}

static int join(struct file_list *to, const struct file_list *more)
{
	struct iso_file *v = reallocarray(to->v, to->n + more->n + 1, sizeof(*v));

	if (!v)
		return (int)ISO_OUT_OF_MEM;
	to->v = v;
	if (more->n)
		memcpy(v + to->n, more->v, more->n * sizeof(*v));
	to->n += more->n;
	return 1;
}

/* One list: the large files, then the others, then what is recorded. */
static int join_lists(struct builder *b)
{
	int ret = join(&b->large, &b->small);

	return ret < 0 ? ret : join(&b->large, &b->recorded);
}

/* Add or remove the block before the first large file. */
static int set_leading(struct builder *b, bool wanted)
{
	int ret = 1;

	if (wanted && !b->leading)
		return add_filler(b, WEIGHT_LARGE + 1, &b->leading);
	if (!wanted && b->leading) {
		ret = iso_node_remove((IsoNode *)b->leading);
		b->leading = NULL;
	}
	return ret;
}

/*
 * The first large file begins at an even block. Where that is, is known only once the library has
 * laid out; tree/size.c foresees it, and if it should be wrong once, a second run is right.
 */
static int write_metadata(struct builder *b, IsoWriteOpts *opts, struct iso_layout *out)
{
	bool aligned = b->large.n > 0, odd = size_leading_filler(&b->tree->at.clean);
	struct burn_source *src;
	uint32_t start;
	int ret;

	for (b->runs = 1; ; b->runs++) {
		ret = set_leading(b, aligned && odd);
		if (ret >= 0)
			ret = start_writer(b->image, opts, &src);
		if (ret < 0)
			return ret;
		ret = iso_write_opts_get_data_start(opts, &start, 0);
		odd = (start + 1) % 2;
		if (ret < 0 || !aligned || odd == (b->leading != NULL) || b->runs > 1)
			break;
		stop_writer(src);
	}
	out->head_len = ((size_t)start + 1) * BLOCK_SIZE;
	out->blocks = (uint64_t)src->get_size(src) / BLOCK_SIZE;
	if (ret >= 0)
		ret = read_head(b, src, out);
	stop_writer(src);
	return ret;
}

/* The volume is as old as the last change in it. */
static void set_dates(const struct builder *b, IsoWriteOpts *opts)
{
	time_t t = iso_time(b->changed) > 0 ? iso_time(b->changed) : 1; /* zero would say "now" */
	char no_uuid[] = "";

	iso_write_opts_set_pvd_times(opts, t, t, 0, 0, no_uuid);
}

static int lay_out(struct builder *b, IsoWriteOpts *opts, struct iso_layout *out)
{
	uint64_t blocks;
	int ret = build_tree(b);

	if (ret < 0)
		return ret;
	set_dates(b, opts);
	if (b->blocks > content_max)
		return err_set(&b->said, ENOSPC,
			       "%llu blocks are more than ISO 9660 can hold: remove something",
			       (unsigned long long)b->blocks);
	ret = write_metadata(b, opts, out);
	if (ret >= 0)
		ret = join_lists(b);
	if (ret < 0)
		return ret;
	blocks = address_files(b, out);
	if (blocks != out->blocks)
		return err_set(&b->said, EIO,
			       INTERNAL_ERROR "libisofs %s made %llu blocks, predicted %llu; "
					      "please report this",
			       iso_library_version(), (unsigned long long)out->blocks,
			       (unsigned long long)blocks);
	return 1;
}

/* The codes of lay_out() are the library's, unless the sentence has been said already. */
static int outcome(const struct builder *b, int code, struct err *err)
{
	int ret = iso_lib_error(code, err);

	if (b->said.code)
		return err_set(err, b->said.code, "%s", b->said.msg);
	if (ret < 0 && is_cancelled(b))
		return err_set(err, ECANCELED, "cancelled");
	return ret;
}

static int run(struct builder *b, const struct settings *s, struct iso_layout *out)
{
	char name[] = "BURNFS";
	IsoWriteOpts *opts = NULL;
	int ret = iso_image_new(name, &b->image);

	if (ret < 0)
		return ret;
	set_texts(b->image, s);
	ret = make_options(&opts);
	if (ret >= 0)
		ret = lay_out(b, opts, out);
	if (opts)
		iso_write_opts_free(opts);
	iso_image_unref(b->image);
	return ret;
}

int iso_lay_out(struct snapshot *tree, const struct settings *s, const atomic_bool *cancelled,
		struct iso_layout *out, struct err *err)
{
	struct builder b = { .tree = tree, .cancelled = cancelled };
	struct iso_layout made = { 0 };
	int ret;

	ret = iso_lib_begin(err);
	if (ret == 0)
		ret = outcome(&b, run(&b, s, &made), err);
	iso_lib_end();
	tdestroy(b.linked, keep);
	free(b.large.v);
	free(b.small.v);
	free(b.recorded.v);
	memory_give_back(); /* half a KiB a file */
	if (ret < 0)
		iso_layout_fini(&made);
	else
		*out = made;
	return ret;
}

void iso_layout_fini(struct iso_layout *l)
{
	free(l->head);
	free(l->files);
	*l = (struct iso_layout){ 0 };
}
